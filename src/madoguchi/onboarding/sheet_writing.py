"""Places sheets on their way out: the template, and an applicant's own sheet with what is wrong beside each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from madoguchi.core.tables import harmless
from madoguchi.onboarding.sheet_columns import (
    BY_KEY,
    DIGIT_COLUMNS,
    ERROR_HEADS,
    KINDS,
    PLACE_CLASSES,
    TEMPLATE_COLUMNS,
    Names,
    names_of,
)
from madoguchi.onboarding.sheet_files import MAX_ROWS, Cell
from madoguchi.onboarding.sheet_rows import LIST_COLUMNS, RowFault, SheetReading
from madoguchi.onboarding.sheet_words import (
    CHOICES,
    EXAMPLE,
    GUIDE,
    GUIDE_HEADS,
    GUIDE_TITLES,
    HOW,
    REQUIRED,
    SHEET_TITLES,
    sentence,
)
from madoguchi.onboarding.words import Language

HEAD_FILL = PatternFill("solid", fgColor="E8F1FE")
FAULT_FILL = PatternFill("solid", fgColor="FFDEDC")
BOLD = Font(bold=True)
WRAPPED = Alignment(wrap_text=True, vertical="top")
AS_TEXT = "@"
ERROR_WIDTH = 60
OWN_WIDTH = 16
# The guide's first column of choices.
GUIDE_LEFT = 5
Choices = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Table:
    """What is written: rows with their numbers, the number of the head's, the columns' keys, and faults by row."""

    rows: Sequence[tuple[int, Sequence[Cell]]]
    head: int
    columns: Sequence[str]
    faults: Mapping[int, Sequence[RowFault]] = field(default_factory=dict)

    def lines(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """The rows with the blank ones between them, so that every row keeps its number."""
        written = 0
        for number, cells in self.rows:
            for blank in range(written + 1, number):
                yield blank, ()
            written = number
            yield number, cells


def template_xlsx(language: Language, services: Names, purposes: Names) -> bytes:
    """An empty places sheet with an example's row and lists to choose from, and how to fill it in beside it."""
    table = _template(EXAMPLE[language], language)
    return _workbook(table, _choices(language, services, purposes), language)


def template_csv(language: Language, services: Names, purposes: Names) -> bytes:
    """The same as CSV in UTF-8 with BOM; what may be chosen stands in the example's row."""
    choices = _choices(language, services, purposes)
    comma = "、" if language == "ja" else ", "
    listed = {key: comma.join(choices[key]) for key in ("purposes", "services")}
    return _csv_bytes(_template({**EXAMPLE[language], **listed}, language), "utf-8-sig", ",")


def with_faults(reading: SheetReading, language: Language, *, only_faulty: bool = False) -> bytes:
    """The applicant's file, of the same type, with a first column that says in words what is wrong with each row.

    Every cell is kept; formulas become text, and an earlier column of errors is replaced. In XLSX the cells at fault
    are coloured. With `only_faulty` good rows are left out, so that nobody sends them twice; the rows' numbers that
    sentences name are those of the file as it came.
    """
    table = _told(reading, language, only_faulty)
    if reading.raw.file_type == "csv":
        return _csv_bytes(table, reading.raw.encoding, reading.raw.delimiter)
    return _workbook(table, _choices(language, reading.services, reading.purposes), language)


def _template(example: Mapping[str, str], language: Language) -> _Table:
    heads = [column.head(language) for column in TEMPLATE_COLUMNS]
    cells = [example.get(column.key, "") for column in TEMPLATE_COLUMNS]
    return _Table([(1, heads), (2, cells)], 1, [column.key for column in TEMPLATE_COLUMNS])


def _told(reading: SheetReading, language: Language, only_faulty: bool) -> _Table:
    faults: dict[int, list[RowFault]] = {}
    for fault in reading.faults:
        faults.setdefault(fault.row, []).append(fault)
    head = reading.raw.rows[reading.head][0]
    rows: list[tuple[int, list[Cell]]] = []
    numbered: dict[int, Sequence[RowFault]] = {}
    for number, cells in reading.raw.rows:
        if only_faulty and number > head and number not in faults:
            continue
        written = number if not only_faulty or number <= head else rows[-1][0] + 1
        numbered[written] = faults.get(number, ())
        told = " ".join(sentence(fault, language) for fault in numbered[written])
        # A row is as long as its last filled cell, and may be longer than the head.
        own = [cell for key, cell in zip_longest(reading.keys[: len(cells)], cells, fillvalue="") if key != "errors"]
        rows.append((written, [ERROR_HEADS[language] if number == head else told, *own]))
    return _Table(rows, head, ["errors", *(key for key in reading.keys if key != "errors")], numbered)


def _choices(language: Language, services: Names, purposes: Names) -> Choices:
    return {
        "kind": [names[language] for names in KINDS.values()],
        "place_class": [names[language] for names in PLACE_CLASSES.values()],
        "purposes": [names_of(names)[0] for names in purposes.values()],
        "services": [names_of(names)[0] for names in services.values()],
        "used_already": [names_of(names)[0] for names in services.values()],
    }


def _csv_bytes(table: _Table, encoding: str, delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    for _, cells in table.lines():
        writer.writerow([harmless(cell) for cell in cells])
    return out.getvalue().encode(encoding, errors="replace")


def _workbook(table: _Table, choices: Choices, language: Language) -> bytes:
    """A workbook of the table and its guide. Written anew: nothing hidden in an uploaded one comes along."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET_TITLES[language])
    _dress(sheet, table, _guide_lists(choices), language)
    for number, cells in table.lines():
        sheet.append(_cells(sheet, cells, table, number))
    _guide(book.create_sheet(GUIDE_TITLES[language]), choices, language)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(sheet: Any, row: Sequence[Cell], table: _Table, number: int) -> list[Any]:
    """A row's cells. Only those that look different are made cells, for that takes much longer than a value."""
    at_fault = {fault.column for fault in table.faults.get(number, ())}
    is_head = number == table.head
    made: list[Any] = []
    for key, value in zip_longest(table.columns[: len(row)], row, fillvalue=""):
        text = harmless(value)
        is_marked = key in at_fault or (key == "errors" and bool(at_fault))
        if not (is_head or is_marked or key in DIGIT_COLUMNS):
            made.append(text)
            continue
        cell = WriteOnlyCell(sheet, value=text)
        if is_head:
            cell.font, cell.fill = BOLD, HEAD_FILL
        elif is_marked:
            cell.fill, cell.alignment = FAULT_FILL, WRAPPED
        if key in DIGIT_COLUMNS:
            cell.number_format = AS_TEXT
        made.append(cell)
    return made


def _dress(sheet: Any, table: _Table, lists: Mapping[str, str], language: Language) -> None:
    """Widths, a head that stays in view, digits as text, and lists to choose from."""
    below = table.head + 1
    sheet.freeze_panes = f"A{below}"
    guide = quote_sheetname(GUIDE_TITLES[language])
    for position, key in enumerate(table.columns, start=1):
        letter = get_column_letter(position)
        column = BY_KEY.get(key)
        sheet.column_dimensions[letter].width = column.width if column else ERROR_WIDTH if key else OWN_WIDTH
        if key in DIGIT_COLUMNS:
            sheet.column_dimensions[letter].number_format = AS_TEXT
        if key not in lists:
            continue
        choice = DataValidation(type="list", formula1=f"{guide}!{lists[key]}", allow_blank=True)
        # Several may be listed with commas, which a list to choose from would refuse.
        choice.showErrorMessage = key not in LIST_COLUMNS
        choice.add(f"{letter}{below}:{letter}{table.head + MAX_ROWS}")
        sheet.data_validations.append(choice)


def _guide_lists(choices: Choices) -> dict[str, str]:
    """Where on the guide's sheet each list of choices stands."""
    return {
        key: f"${letter}$2:${letter}${1 + len(words)}"
        for letter, (key, words) in zip(_letters(), choices.items(), strict=False)
        if words
    }


def _letters() -> Iterable[str]:
    return (get_column_letter(GUIDE_LEFT + offset) for offset in range(len(BY_KEY)))


def _guide(sheet: Any, choices: Choices, language: Language) -> None:
    """How to fill in the columns on the left, what may be chosen on the right."""
    for letter, width in zip("ABC", (26, 10, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    for letter in _letters():
        sheet.column_dimensions[letter].width = 24
    left: list[tuple[str, ...]] = [(line,) for line in GUIDE[language]]
    left += [(), GUIDE_HEADS[language]]
    left += [
        (column.head(language), REQUIRED[language] if column.is_required else "", HOW[column.key][language])
        for column in TEMPLATE_COLUMNS
    ]
    right = [[f"{CHOICES[language]}: {BY_KEY[key].head(language)}" for key in choices]]
    right += [list(words) for words in zip_longest(*choices.values(), fillvalue="")]
    for texts, words in zip_longest(left, right, fillvalue=()):
        padded = [*texts, *[""] * (GUIDE_LEFT - 1 - len(texts)), *words]
        sheet.append([harmless(text) for text in padded])
