"""Store numbers: which places wait for one, the file to ask for them with, and reading the operator's answer."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.core.ids import short_form
from madoguchi.onboarding.models import ApplicationPlace, Item
from madoguchi.onboarding.queue import reference_in
from madoguchi.onboarding.registering import SCHEME_OPERATOR, IssuedNumber, NumberFault, import_store_ids
from madoguchi.onboarding.sheet_files import HEAD_WITHIN_ROWS, Cell, Row, read_file
from madoguchi.onboarding.states import AT_PROVIDERS
from madoguchi.people.access import Actor, may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import StoreCode

# Each is a small transaction of its own; more would outlast a web server's patience.
MAX_NUMBERS = 2_000
MAX_ASKED_FOR = 10_000
HEAD = (
    "場所の番号",
    "受付番号",
    "枝番",
    "店舗・施設",
    "英語表記",
    "市区町村コード",
    "市区町村",
    "郵便番号",
    "住所",
    "電話番号",
    "事業者",
    "法人番号",
    "サービス",
    "店舗識別番号",
)
# How heads are written, by what they mean; widths and cases do not matter.
NAMES: Mapping[str, frozenset[str]] = {
    "place_id": frozenset({"場所の番号", "place_id", "place", "place number"}),
    "reference": frozenset({"受付番号", "reference"}),
    "position": frozenset({"枝番", "position"}),
    "store_id": frozenset({"店舗識別子", "店舗識別番号", "store_id", "store identifier", "store number"}),
}


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken: where it stood, what it said, and the code of the reason."""

    row: int
    place: str
    store_id: str
    code: str


@dataclass(frozen=True)
class NumbersRead:
    """What a file came to: numbers taken, those there already, and the rows that were not taken."""

    taken: int
    known: int
    bad: Sequence[BadRow]


def places_without_number(actor: Actor) -> QuerySet[ApplicationPlace]:
    """Accepted places that have no store number yet, in the order of their applications.

    A place at which no service is left, each being refused or taken back, needs none. Raises `not_allowed`.
    """
    if not may(actor, "office.read"):
        require(actor, "provider.read", Scope(provider=SCHEME_OPERATOR))
    codes = StoreCode.objects.filter(place=OuterRef("place"), principal=OuterRef("application__organisation"))
    wanted = Item.objects.filter(place=OuterRef("id"), state__in=AT_PROVIDERS)
    rows = ApplicationPlace.objects.filter(
        ~Exists(codes), Exists(wanted), application__state="accepted", place__isnull=False, merged_into=None
    )
    return rows.select_related("application", "municipality").order_by("-id")


def asking_table(actor: Actor) -> tuple[list[str], Iterator[list[object]]]:
    """The file to send to the scheme's operator, a row for each place that waits, the number's column empty."""
    rows = places_without_number(actor).prefetch_related("items__service")[:MAX_ASKED_FOR]
    return list(HEAD), (_asking_row(row) for row in rows)


def _asking_row(place: ApplicationPlace) -> list[object]:
    services = sorted(item.service.name for item in place.items.all() if item.state not in {"refused", "withdrawn"})
    return [
        short_form(place.id),
        place.application.reference,
        place.position,
        place.name,
        place.name_en,
        place.municipality_id,
        str(place.municipality),
        place.postal_code,
        place.address,
        place.phone,
        place.application.name,
        place.application.corporate_number,
        "、".join(services),
        "",
    ]


def read_numbers(*, actor: Actor, data: bytes, filename: str) -> NumbersRead:
    """Take in the numbers of an XLSX or CSV file; good rows in, bad ones back. Rows without a number are passed over.

    A place is named by its number (`場所の番号`) or by reference and position. The same file twice is no fault.
    Raises Refusal `sheet_head_missing`, `numbers_missing`, `numbers_too_many`, and as `sheet_files.read_file`.
    """
    require(actor, "office.write")
    rows = read_file(data, filename).rows
    head, columns = _head(rows, filename)
    asked = [(number, _told(cells, columns)) for number, cells in rows[head + 1 :]]
    filled = [(number, told) for number, told in asked if told.get("store_id")]
    if not filled:
        raise Refusal("numbers_missing", field="file")
    if len(filled) > MAX_NUMBERS:
        raise Refusal("numbers_too_many", field="file", limit=MAX_NUMBERS)
    by_position = _by_position([told for _, told in filled])
    numbers = [IssuedNumber(number, _place_of(told, by_position), told["store_id"]) for number, told in filled]
    taken, faults = import_store_ids(actor=actor, numbers=numbers)
    told_in = dict(filled)
    return NumbersRead(taken, len(numbers) - taken - len(faults), [_bad(fault, told_in[fault.row]) for fault in faults])


def _bad(fault: NumberFault, told: Mapping[str, str]) -> BadRow:
    named = told.get("place_id") or " ".join(filter(None, (told.get("reference", ""), told.get("position", ""))))
    return BadRow(fault.row, named, told["store_id"], fault.code)


def _head(rows: Sequence[Row], filename: str) -> tuple[int, dict[str, int]]:
    """Where the head is, and where in it each column. Raises Refusal `sheet_head_missing`."""
    for position, (_, cells) in enumerate(rows[:HEAD_WITHIN_ROWS]):
        columns: dict[str, int] = {}
        for at, cell in enumerate(cells):
            written = unicodedata.normalize("NFKC", _text(cell)).lower()
            for key, names in NAMES.items():
                if written in names:
                    columns.setdefault(key, at)
        if "store_id" in columns and ("place_id" in columns or {"reference", "position"} <= set(columns)):
            return position, columns
    raise Refusal(
        "sheet_head_missing", columns="場所の番号 (place_id), 店舗識別番号 (store_id)", filename=filename[-80:]
    )


def _told(cells: Sequence[Cell], columns: Mapping[str, int]) -> dict[str, str]:
    return {key: _text(cells[at]) for key, at in columns.items() if at < len(cells)}


def _text(cell: Cell) -> str:
    # A spreadsheet keeps 3 as 3.0.
    plain = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    return "" if plain is None else str(plain).strip()


def _by_position(told: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], UUID]:
    wanted = {reference_in(row.get("reference", "")) for row in told if not row.get("place_id")} - {""}
    rows = ApplicationPlace.objects.filter(application__reference__in=wanted)
    found = rows.values_list("application__reference", "position", "id")
    return {(reference, str(position)): identifier for reference, position, identifier in found}


def _place_of(told: Mapping[str, str], by_position: Mapping[tuple[str, str], UUID]) -> str:
    if told.get("place_id"):
        return told["place_id"]
    found = by_position.get((reference_in(told.get("reference", "")), told.get("position", "")))
    return str(found or "")
