"""The inbox as a file and decisions back from it: CSV (UTF-8 with BOM, or cp932) and JSON, in one published schema."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from pydantic_core import from_json

from madoguchi.core.errors import Refusal
from madoguchi.core.tables import RISKY, csv_lines
from madoguchi.onboarding.decisions import MAX_DECISIONS, Decision, Outcome
from madoguchi.onboarding.kinds import APPLICANT_KINDS
from madoguchi.onboarding.states import ITEM_STATES, names_of

FileType = Literal["csv", "json"]
MAX_BYTES = 1 << 20
# What the provider fills in, in the columns of the file it was given.
DECISION_COLUMNS = ("decision", "starts_on", "fee_bps", "terms", "provider_reference", "keeps_terms", "text")
ITEM_COLUMNS = (
    "item_id", "application", "state", "service", "submitted_at", "taken_at", "changed_at", "wished_on",
    "is_used_already", "is_late", "reason",
)  # fmt: skip
PLACE_COLUMNS = (
    "place_id", "name", "name_en", "name_kana", "kind", "place_class", "municipality_code", "prefecture",
    "municipality", "postal_code", "address", "phone", "purposes", "remarks", "registration_id",
)  # fmt: skip
APPLICANT_COLUMNS = (
    "kind", "language", "name", "name_en", "name_kana", "corporate_number", "municipality_code", "postal_code",
    "address", "representative", "contact_person", "phone", "email", "entity", "industry", "trade",
    "yearly_sales_yen", "eligibility", "rate_bps",
)  # fmt: skip
ACCOUNT_COLUMNS = ("bank_code", "branch_code", "account_kind", "account_number", "holder_kana")
# The decision stands beside the item, where it is filled in; all else behind it is to be read.
COLUMNS = (
    "item_id",
    *DECISION_COLUMNS,
    *(name for name in ITEM_COLUMNS if name != "item_id"),
    *(f"place_{name.removeprefix('place_')}" for name in PLACE_COLUMNS),
    *(f"applicant_{name}" for name in APPLICANT_COLUMNS),
    *(f"account_{name.removeprefix('account_')}" for name in ACCOUNT_COLUMNS),
    "documents",
)
ERROR_COLUMNS = ("error", "error_field", "error_code")
_TRUE = frozenset({"true", "yes", "1", "はい", "継続"})
_FALSE = frozenset({"false", "no", "0", "いいえ", "新規"})
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True)
class DecisionFile:
    """The rows of a file with a decision, each with its number in it (from 1, the head included), as JSON has them.

    `left_out` is how many rows had none.
    """

    file_type: FileType
    encoding: str
    rows: tuple[tuple[int, dict[str, Any]], ...]
    left_out: int


def inbox_csv(rows: Iterable[Mapping[str, Any]], *, encoding: str = "utf-8-sig") -> Iterator[bytes]:
    """Items as CSV lines, the columns of the decision empty. `encoding` is `utf-8-sig` or `cp932`."""
    return csv_lines(COLUMNS, ([_cell(row, column) for column in COLUMNS] for row in rows), encoding=encoding)


def inbox_json(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Items as JSON, as the API gives them."""
    return json.dumps({"items": list(rows)}, ensure_ascii=False, indent=1).encode()


def _cell(row: Mapping[str, Any], column: str) -> object:
    if column in ITEM_COLUMNS:
        return _text(row[column])
    if column == "documents":
        return "; ".join(f"{document['need']}: {document['filename']}" for document in row["documents"])
    if column in DECISION_COLUMNS:
        return "" if column in {"decision", "text"} else _text(row[column])
    part, _, name = column.partition("_")
    inner: Mapping[str, Any] = row[part]
    return _text(inner.get(name, inner.get(column, "")))


def _text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else value


# --- decisions back


def read_decisions(data: bytes, filename: str) -> DecisionFile:
    """The decisions of a CSV or JSON file; nothing is done yet. Rows without a decision are left out.

    Raises Refusal `decisions_too_large`, `decisions_unreadable` (with `row` if that is known), `decisions_empty`,
    `decisions_head_missing` and `decisions_column_unknown` (with `columns`).
    """
    if len(data) > MAX_BYTES:
        raise Refusal("decisions_too_large", limit_bytes=MAX_BYTES, limit=MAX_DECISIONS)
    is_json = filename.lower().endswith(".json") or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}
    found = _json(data) if is_json else _csv(data)
    if not found.rows:
        raise Refusal("decisions_empty", count=found.left_out)
    if len(found.rows) > MAX_DECISIONS:
        raise Refusal("decisions_too_large", limit_bytes=MAX_BYTES, limit=MAX_DECISIONS)
    return found


def _json(data: bytes) -> DecisionFile:
    try:
        told = from_json(data.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as error:
        raise Refusal("decisions_unreadable") from error
    for key in ("decisions", "items"):
        if isinstance(told, dict) and isinstance(told.get(key), list):
            told = told[key]
    if not isinstance(told, list):
        raise Refusal("decisions_unreadable")
    rows = [(number, row if isinstance(row, dict) else {"decision": row}) for number, row in enumerate(told, start=1)]
    kept = tuple((number, _of_ours(row)) for number, row in rows if row.get("decision") not in {None, ""})
    return DecisionFile("json", "utf-8", kept, len(rows) - len(kept))


def _of_ours(row: Mapping[str, Any]) -> dict[str, Any]:
    """A decision without what was only to be read; what nobody knows stays, and is refused with its name."""
    ours = (*ITEM_COLUMNS, *ERROR_COLUMNS, "row", "place", "applicant", "account", "documents", "messages")
    read_only = set(ours) - {"item_id"}
    return {name: value for name, value in row.items() if name not in read_only}


def _csv(data: bytes) -> DecisionFile:
    text, encoding = _decoded(data)
    delimiter = "\t" if text.partition("\n")[0].count("\t") > text.partition("\n")[0].count(",") else ","
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    rows, left_out = [], 0
    try:
        head = [cell.strip() for cell in next(table, [])]
        _require_head(head)
        for number, cells in enumerate(table, start=2):
            row = {name: cell for name, cell in zip_longest(head, cells[: len(head)], fillvalue="") if name}
            if row.get("decision", "").strip():
                rows.append((number, _typed(row)))
            elif any(cell.strip() for cell in cells):
                left_out += 1
    except csv.Error as error:
        raise Refusal("decisions_unreadable", row=number + 1) from error
    return DecisionFile("csv", encoding, tuple(rows), left_out)


def _decoded(data: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, encoding
    raise Refusal("decisions_unreadable")


def _require_head(head: Sequence[str]) -> None:
    if missing := [name for name in ("item_id", "decision") if name not in head]:
        raise Refusal("decisions_head_missing", columns=", ".join(missing))
    known = {*COLUMNS, *ERROR_COLUMNS, ""}
    named = [name for name in head if name]
    # A mistyped column would otherwise be a wish that nobody hears.
    if strange := [name for name in named if name not in known or named.count(name) > 1]:
        raise Refusal("decisions_column_unknown", columns=", ".join(dict.fromkeys(strange))[:200])


def _typed(row: Mapping[str, str]) -> dict[str, Any]:
    """A CSV row's decision as JSON has it; what cannot be read stays as it is, and is refused with its field."""
    found: dict[str, Any] = {}
    for name in ("item_id", *DECISION_COLUMNS):
        cell = _without_apostrophe(row.get(name, "").strip())
        if not cell:
            continue
        if name == "fee_bps":
            found[name] = int(cell) if cell.isascii() and cell.isdigit() else cell
        elif name == "keeps_terms":
            found[name] = True if cell.lower() in _TRUE else False if cell.lower() in _FALSE else cell
        elif name == "starts_on" and (day := _DAY.fullmatch(cell)):
            # Spreadsheets write 2026/12/1 where they were given 2026-12-01.
            found[name] = f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}"
        else:
            found[name] = cell.lower() if name == "decision" else cell
    return found


def _without_apostrophe(cell: str) -> str:
    """A cell as it was before it was made harmless on its way out."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RISKY) else cell


def bad_rows(file: DecisionFile, outcomes: Sequence[Outcome], sentences: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows that were not done, each with the reason: `error` in words, `error_field`, `error_code`, `row`."""
    return [
        {
            "error": sentences.get(outcome.code, outcome.code),
            "error_field": outcome.field,
            "error_code": outcome.code,
            "row": number,
            **row,
        }
        for (number, row), outcome in zip(file.rows, outcomes, strict=True)
        if outcome.code
    ]


def bad_rows_csv(rows: Iterable[Mapping[str, Any]], *, encoding: str = "utf-8-sig") -> Iterator[bytes]:
    """The rows to correct as CSV, to be sent again as it is."""
    head = (*ERROR_COLUMNS, "item_id", *DECISION_COLUMNS)
    return csv_lines(head, ([_text(row.get(name, "")) for name in head] for row in rows), encoding=encoding)


def bad_rows_json(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The same as JSON."""
    return json.dumps({"decisions": list(rows)}, ensure_ascii=False, indent=1).encode()


# --- the schemas, published at /api/v1/schemas/


def decisions_schema() -> dict[str, Any]:
    """JSON Schema of decisions: up to 1,000, as the API and a JSON file take them, and as a CSV file's columns."""
    one = Decision.model_json_schema()
    one.pop("$defs", None)
    one["allOf"] = [
        {"if": _decided_as("approve"), "then": {"required": ["starts_on"]}},
        {"if": _decided_as("refuse", "ask"), "then": {"required": ["text"]}},
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Decisions of a provider on places and services applied for",
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_DECISIONS,
        "items": one,
        "x-csv-columns": ["item_id", *DECISION_COLUMNS],
    }


def _decided_as(*decisions: str) -> dict[str, Any]:
    return {"properties": {"decision": {"enum": list(decisions)}}, "required": ["decision"]}


def inbox_schema() -> dict[str, Any]:
    """JSON Schema of an item as the API and the JSON file give it, and the columns of the CSV file."""
    flags = {"is_used_already", "is_late"}
    item: dict[str, Any] = {name: {"type": "boolean" if name in flags else _NULLABLE} for name in ITEM_COLUMNS}
    item["state"] = {"enum": list(names_of(ITEM_STATES))}
    applicant: dict[str, Any] = {name: {"type": _NULLABLE} for name in APPLICANT_COLUMNS}
    applicant["kind"] = {"enum": list(APPLICANT_KINDS)}
    applicant |= {name: {"type": ["integer", "null"]} for name in ("yearly_sales_yen", "rate_bps")}
    place: dict[str, Any] = {name: {"type": "string"} for name in PLACE_COLUMNS}
    place["purposes"] = {"type": "array", "items": {"type": "string"}}
    listed = {"type": "array", "items": {"type": "object"}}
    decided = {
        **{name: {"type": _NULLABLE} for name in ("starts_on", "terms", "provider_reference")},
        "fee_bps": {"type": ["integer", "null"]},
        "keeps_terms": {"type": ["boolean", "null"]},
    }
    parts = {
        "place": {"type": "object", "properties": place},
        "applicant": {"type": "object", "properties": applicant},
        "account": {"type": "object", "properties": {name: {"type": "string"} for name in ACCOUNT_COLUMNS}},
        "documents": listed,
        "messages": listed,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Places and services applied for, as a provider reads them",
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"type": "object", "properties": item | decided | parts}}},
        "required": ["items"],
        "x-csv-columns": list(COLUMNS),
    }


_NULLABLE = ["string", "null"]
