"""Whether rows, subtotals and totals agree, and which line or cell is the likely reason where they do not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from madoguchi.engine.published.figures import one_digit_apart
from madoguchi.engine.published.mapping import Column
from madoguchi.engine.published.problems import Problem
from madoguchi.engine.published.table import PrintedRow, PrintedSum, PrintedTable

MOST_CANDIDATES = 12


@dataclass(frozen=True)
class _Gap:
    """A column of some rows whose sum is not the printed one."""

    column: Column
    found: int
    printed: int

    @property
    def difference(self) -> int:
        return self.found - self.printed


def sum_problems(table: PrintedTable, without: Collection[str] = ()) -> list[Problem]:
    """Every sum that does not come out, once; where row and column point at one cell, that cell.

    `without`: prefectures ("" is the whole table) of which a row that is not there explains the sums.
    """
    if not table.mapping.subtotal:
        total = table.totals[0] if table.totals else None
        gaps = _unexplained(table, table.rows, total) if total and "" not in without else []
        return list(_told(table, table.rows, total, gaps))
    found: list[Problem] = []
    for subtotal in table.subtotals:
        rows = [row for row in table.rows if row.prefecture == subtotal.prefecture]
        gaps = [] if subtotal.prefecture in without else _unexplained(table, rows, subtotal)
        found += _told(table, rows, subtotal, gaps)
    for total in table.totals[:1]:
        found += _of_subtotals(table, total)
        found += [_row_problem(table, total)] if _row_gap(table, total) else []
    return found


def _of_subtotals(table: PrintedTable, total: PrintedSum) -> Iterator[Problem]:
    rows = table.sums(table.rows)
    for gap in _gaps(table, table.subtotals, total):
        # A subtotal that is wrong by itself is told there: the rows agree with the total.
        if rows.get(gap.column.name) != gap.printed:
            yield _total_problem(total, gap)


def _unexplained(table: PrintedTable, rows: list[PrintedRow], printed: PrintedSum) -> list[_Gap]:
    """The gaps, unless all close without the rows that are there twice: those are told by their names."""
    once = list({row.code or str(row.line): row for row in reversed(rows)}.values())
    return _gaps(table, rows, printed) if len(once) == len(rows) or _gaps(table, once, printed) else []


def _gaps(table: PrintedTable, rows: list[PrintedRow] | list[PrintedSum], printed: PrintedSum) -> list[_Gap]:
    sums = table.sums(rows)
    return [
        _Gap(column, sums[column.name], printed.figures[column.name])
        for column in table.mapping.figures
        if column.name in sums and column.name in printed.figures and sums[column.name] != printed.figures[column.name]
    ]


def _told(
    table: PrintedTable, rows: list[PrintedRow], printed: PrintedSum | None, gaps: list[_Gap]
) -> Iterator[Problem]:
    lines: list[PrintedRow | PrintedSum] = [*rows, *([printed] if printed else [])]
    uneven = [row for row in lines if _row_gap(table, row)]
    if len(uneven) == 1 and len(gaps) == 1:
        row, gap = uneven[0], gaps[0]
        value = row.figures[gap.column.name]
        expected = gap.found if row is printed else value - gap.difference
        if not _row_gap(table, row, {gap.column.name: expected}):
            facts: dict[str, Any] = {"name": _name(row), **_label(gap.column), "printed": value, "expected": expected}
            yield Problem(row.line, "cell_wrong", row.text, facts)
            return
    for row in uneven:
        yield _row_problem(table, row)
    if printed is None:
        return
    for gap in gaps:
        yield _gap_problem(table, rows, printed, gap) if printed.prefecture else _total_problem(printed, gap)


def _gap_problem(table: PrintedTable, rows: list[PrintedRow], subtotal: PrintedSum, gap: _Gap) -> Problem:
    facts: dict[str, Any] = {
        "prefecture": subtotal.prefecture,
        **_label(gap.column),
        "found": gap.found,
        "printed": gap.printed,
        "difference": gap.difference,
    }
    name = gap.column.name
    if table.totals and table.sums(table.rows).get(name) == table.totals[0].figures.get(name):
        return Problem(subtotal.line, "subtotal_wrong", subtotal.text, facts)
    numbers = [row.line for row in rows]
    slips = [row.line for row in rows if one_digit_apart(row.figures[name], row.figures[name] - gap.difference)]
    whole = all(row.code for row in rows) and len({row.code for row in rows}) == len(rows)
    facts["from_line"], facts["to_line"] = (min(numbers), max(numbers)) if numbers else (subtotal.line, subtotal.line)
    facts["candidates"] = slips if whole and len(slips) <= MOST_CANDIDATES else []
    return Problem(subtotal.line, "rows_differ", subtotal.text, facts)


def _total_problem(total: PrintedSum, gap: _Gap) -> Problem:
    facts: dict[str, Any] = {
        **_label(gap.column),
        "found": gap.found,
        "printed": gap.printed,
        "difference": gap.difference,
    }
    return Problem(total.line, "total_wrong", total.text, facts)


def _row_gap(table: PrintedTable, row: PrintedRow | PrintedSum, instead: dict[str, int] | None = None) -> int:
    """How much the parts of a row are more than its whole; 0 where it has none or not all could be read."""
    figures = {**row.figures, **(instead or {})}
    parts, whole = table.mapping.parts, table.mapping.whole
    if not whole or len(figures) < len(table.mapping.figures):
        return 0
    return sum(figures[name] for name in parts) - figures[whole]


def _row_problem(table: PrintedTable, row: PrintedRow | PrintedSum) -> Problem:
    whole = next(column for column in table.mapping.figures if column.name == table.mapping.whole)
    printed = row.figures[whole.name]
    difference = _row_gap(table, row)
    facts: dict[str, Any] = {
        "name": _name(row),
        **_label(whole),
        "found": printed + difference,
        "printed": printed,
        "difference": difference,
    }
    return Problem(row.line, "row_differs", row.text, facts)


def _name(row: PrintedRow | PrintedSum) -> str:
    """Its place; "" for the total."""
    if isinstance(row, PrintedSum):
        return row.prefecture
    return row.prefecture + row.name


def _label(column: Column) -> dict[str, str]:
    return {"column": column.label or column.name, "column_en": column.label_en or column.name}
