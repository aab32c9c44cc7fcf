"""Places by the sheet: read what an applicant filled in, give every row back with what is wrong beside it (J-22)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.sheet_columns import BY_KEY, EXAMPLE_MARKS, TEMPLATE_COLUMNS, Names, column_of
from madoguchi.onboarding.sheet_files import MAX_ROWS, Cell, RawSheet, Row, head_position, read_file
from madoguchi.onboarding.sheet_rows import Allowed, PlaceDraft, RowFault, RowReader, SheetReading, SheetRow
from madoguchi.onboarding.sheet_words import sentence
from madoguchi.onboarding.sheet_writing import template_csv, template_xlsx, with_faults

__all__ = [
    "TEMPLATE_COLUMNS",
    "PlaceDraft",
    "RowFault",
    "SheetReading",
    "SheetRow",
    "read_sheet",
    "sentence",
    "template_csv",
    "template_xlsx",
    "with_faults",
]

_EXAMPLES = tuple(EXAMPLE_MARKS.values())


def read_sheet(data: bytes, filename: str, *, services: Names, purposes: Names) -> SheetReading:
    """Places from an XLSX or CSV file; nothing is stored.

    `services` and `purposes` are the codes that may be named, each with its name or names. Up to 10,000 places, 5 MiB.
    Raises Refusal with `filename`: `sheet_too_large` (`limit_mib`, `limit_rows` or `limit_columns`), `sheet_empty`,
    `sheet_has_macro`, `sheet_locked`, `sheet_unreadable`, `sheet_head_missing` and `sheet_head_repeated` (`columns`).
    """
    raw = read_file(data, filename)
    try:
        return _read(raw, services, purposes)
    except Refusal as refusal:
        raise Refusal(refusal.code, **{**refusal.details, "filename": filename[-80:]}) from refusal


def _read(raw: RawSheet, services: Names, purposes: Names) -> SheetReading:
    if not raw.rows:
        raise Refusal("sheet_empty")
    head = head_position(raw.rows) or 0
    keys = tuple((column_of(cell) or "") if isinstance(cell, str) else "" for cell in raw.rows[head][1])
    _require_head(keys)
    places = [row for row in raw.rows[head + 1 :] if not _is_example(row, keys)]
    if not places:
        raise Refusal("sheet_empty")
    if len(places) > MAX_ROWS:
        raise Refusal("sheet_too_large", limit_rows=MAX_ROWS)
    readers = _read_rows(places, keys, Allowed.of(services, purposes))
    return SheetReading(
        rows=tuple(SheetRow(one.number, one.draft) for one in readers if one.draft and not one.faults),
        faults=tuple(fault for one in readers for fault in one.in_order()),
        raw=raw,
        head=head,
        keys=keys,
        services=services,
        purposes=purposes,
    )


def _require_head(keys: Sequence[str]) -> None:
    named = [key for key in keys if key in BY_KEY]
    if repeated := [key for key in BY_KEY if named.count(key) > 1]:
        raise Refusal("sheet_head_repeated", columns=_heads(repeated))
    missing = [column.key for column in TEMPLATE_COLUMNS if column.is_required and column.key not in named]
    if "postal_code" not in named and "address" not in named:
        missing.append("postal_code")
    if missing:
        raise Refusal("sheet_head_missing", columns=_heads(missing))


def _heads(keys: Iterable[str]) -> str:
    return ", ".join(f"{BY_KEY[key].ja} ({BY_KEY[key].en})" for key in keys)


def _is_example(row: Row, keys: Sequence[str]) -> bool:
    name = row[1][keys.index("name")] if len(row[1]) > keys.index("name") else None
    return isinstance(name, str) and name.strip().startswith(_EXAMPLES)


def _read_rows(places: Iterable[Row], keys: Sequence[str], allowed: Allowed) -> list[RowReader]:
    readers = []
    first_with: dict[tuple[str, str], int] = {}
    for number, cells in places:
        # A row is as long as its last filled cell.
        by_key: dict[str, Cell] = {key: cell for key, cell in zip(keys, cells, strict=False) if key}
        reader = RowReader(number, by_key, allowed)
        if all(reader.identity):
            earlier = first_with.setdefault(reader.identity, number)
            if earlier != number:
                reader.fault("name", "place_repeated", str(by_key.get("name") or ""), other_row=earlier)
        readers.append(reader)
    return readers
