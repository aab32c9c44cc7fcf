"""Places sheets on their way out: the template, and an applicant's own sheet with what is wrong beside each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
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
from madoguchi.onboarding.sheet_rows import LIST_COLUMNS, RowFault
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
from madoguchi.onboarding.sheets import SheetReading
from madoguchi.onboarding.words import Language

HEAD_FILL = PatternFill("solid", fgColor="E8F1FE")
FAULT_FILL = PatternFill("solid", fgColor="FFDEDC")
BOLD = Font(bold=True)
WRAPPED = Alignment(wrap_text=True, vertical="top")
AS_TEXT = "@"
ERROR_WIDTH = 60
OWN_WIDTH = 16
Choices = Mapping[str, Sequence[str]]


def template_xlsx(language: Language, services: Names, purposes: Names) -> bytes:
    """An empty places sheet with an example's row and lists to choose from, and how to fill it in beside it."""
    example = tuple(EXAMPLE[language].get(column.key, "") for column in TEMPLATE_COLUMNS)
    keys = [column.key for column in TEMPLATE_COLUMNS]
    rows = [(1, tuple(column.head(language) for column in TEMPLATE_COLUMNS)), (2, example)]
    return _workbook(rows, 1, keys, {}, _choices(language, services, purposes), language)


def template_csv(language: Language, services: Names, purposes: Names) -> bytes:
    """The same as CSV in UTF-8 with BOM; what may be chosen stands in the example's row."""
    example = {
        **EXAMPLE[language],
        "purposes": _listed(purposes, language),
        "services": _listed(services, language),
    }
    heads = [column.head(language) for column in TEMPLATE_COLUMNS]
    return _csv_bytes([heads, [example.get(column.key, "") for column in TEMPLATE_COLUMNS]], "utf-8-sig", ",")


def with_faults(reading: SheetReading, language: Language, *, only_faulty: bool = False) -> bytes:
    """The applicant's file, of the same type, with a first column that says in words what is wrong with each row.

    Every cell is kept; formulas become text, and an earlier column of errors is replaced. In XLSX the cells at fault
    are coloured. With `only_faulty` good rows are left out, so that nobody sends them twice.
    """
    faults: dict[int, list[RowFault]] = {}
    for fault in reading.faults:
        faults.setdefault(fault.row, []).append(fault)
    head = reading.raw.rows[reading.head][0]
    rows = [
        (number, cells) for number, cells in reading.raw.rows if not only_faulty or number <= head or number in faults
    ]
    if reading.raw.file_type == "csv":
        table = [_with_error(number, cells, head, faults, reading.keys, language) for number, cells in rows]
        if not only_faulty:
            table = list(_spread(rows, table))
        return _csv_bytes(table, reading.raw.encoding, reading.raw.delimiter)
    choices = _choices(language, reading.services, reading.purposes)
    return _workbook(rows, head, reading.keys, faults, choices, language, has_errors=True, is_spread=not only_faulty)


def _spread(rows: Sequence[tuple[int, object]], table: Sequence[Sequence[Cell]]) -> Iterable[Sequence[Cell]]:
    """The table with its blank rows, so that every row keeps its number."""
    written = 0
    for (number, _), cells in zip(rows, table, strict=True):
        for _ in range(number - written - 1):
            yield ()
        written = number
        yield cells


def _with_error(
    number: int,
    cells: Sequence[Cell],
    head: int,
    faults: Mapping[int, Sequence[RowFault]],
    keys: Sequence[str],
    language: Language,
) -> list[Cell]:
    """A row with our column first, and without the one that came back."""
    own = [
        cell for key, cell in zip_longest(keys, cells[: max(len(keys), len(cells))], fillvalue="") if key != "errors"
    ]
    told = " ".join(sentence(fault, language) for fault in faults.get(number, ()))
    return [ERROR_HEADS[language] if number == head else told, *own]


def _listed(names: Names, language: Language) -> str:
    return ("、" if language == "ja" else ", ").join(names_of(names[code])[0] for code in names)


def _choices(language: Language, services: Names, purposes: Names) -> Choices:
    return {
        "kind": [names[language] for names in KINDS.values()],
        "place_class": [names[language] for names in PLACE_CLASSES.values()],
        "purposes": [names_of(names)[0] for names in purposes.values()],
        "services": [names_of(names)[0] for names in services.values()],
        "used_already": [names_of(names)[0] for names in services.values()],
    }


def _csv_bytes(rows: Iterable[Sequence[Cell]], encoding: str, delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue().encode(encoding, errors="replace")


def _workbook(
    rows: Sequence[tuple[int, Sequence[Cell]]],
    head: int,
    keys: Sequence[str],
    faults: Mapping[int, Sequence[RowFault]],
    choices: Choices,
    language: Language,
    *,
    has_errors: bool = False,
    is_spread: bool = True,
) -> bytes:
    """A workbook of the table and its guide. Written anew: nothing hidden in an uploaded one comes along."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET_TITLES[language])
    columns = ["errors", *(key for key in keys if key != "errors")] if has_errors else list(keys)
    lists = _guide_lists(choices)
    head_row = head if is_spread else 1 + sum(number < head for number, _ in rows)
    _dress(sheet, columns, head_row, lists, language)
    table = [
        _with_error(number, cells, head, faults, keys, language) if has_errors else list(cells)
        for number, cells in rows
    ]
    made = (
        _cells(sheet, cells, columns, number == head, {fault.column for fault in faults.get(number, ())})
        for (number, _), cells in zip(rows, table, strict=True)
    )
    for cells in _spread(rows, list(made)) if is_spread else made:
        sheet.append(list(cells))
    _guide(book.create_sheet(GUIDE_TITLES[language]), choices, language)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(sheet: Any, row: Sequence[Cell], columns: Sequence[str], is_head: bool, at_fault: set[str]) -> list[Any]:
    """A row's cells. Only those that look different are made cells, which takes five times as long as a value."""
    made: list[Any] = []
    for key, value in zip_longest(columns, row, fillvalue=""):
        text = harmless(value)
        is_marked = key in at_fault or (key == "errors" and bool(at_fault))
        if not (is_head or is_marked or key in DIGIT_COLUMNS):
            made.append(text)
            continue
        cell = WriteOnlyCell(sheet, value=text)
        if is_head:
            cell.font, cell.fill = BOLD, HEAD_FILL
        elif is_marked:
            cell.fill = FAULT_FILL
            cell.alignment = WRAPPED
        if key in DIGIT_COLUMNS:
            cell.number_format = AS_TEXT
        made.append(cell)
    return made


def _dress(sheet: Any, columns: Sequence[str], head_row: int, lists: Mapping[str, str], language: Language) -> None:
    """Widths, a head that stays in view, digits as text, and lists to choose from."""
    sheet.freeze_panes = f"A{head_row + 1}"
    guide = quote_sheetname(GUIDE_TITLES[language])
    for position, key in enumerate(columns, start=1):
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
        choice.add(f"{letter}{head_row + 1}:{letter}{head_row + MAX_ROWS}")
        sheet.data_validations.append(choice)


GUIDE_LEFT = 5


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
