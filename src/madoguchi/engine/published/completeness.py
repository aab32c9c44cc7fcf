"""Every official name exactly once: what is unknown, printed twice or not printed at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from madoguchi.engine.published.names import nearest
from madoguchi.engine.published.official import Official
from madoguchi.engine.published.problems import Problem
from madoguchi.engine.published.table import PrintedRow, PrintedSum, PrintedTable

MOST_NAMES = 10


def name_problems(table: PrintedTable, official: Official) -> list[Problem]:
    """What is wrong with the names of rows, subtotals and totals."""
    found = list(_sum_lines(table, official))
    if table.mapping.level == "prefecture":
        total = table.totals[0] if table.totals else None
        return found + list(_group(table, table.rows, "", official.prefectures, total))
    subtotals = {row.prefecture: row for row in table.subtotals}
    for prefecture, names in official.municipalities.items():
        rows = [row for row in table.rows if row.prefecture == prefecture]
        found += _group(table, rows, prefecture, names, subtotals.get(prefecture))
    return found


def _group(
    table: PrintedTable,
    rows: list[PrintedRow],
    prefecture: str,
    names: Mapping[str, str],
    printed_sum: PrintedSum | None,
) -> Iterator[Problem]:
    first: dict[str, PrintedRow] = {}
    twice: list[PrintedRow] = []
    for row in rows:
        if row.code and first.setdefault(row.code, row) is not row:
            twice.append(row)
    unknown = [row for row in rows if not row.code]
    missing = [name for name, code in names.items() if code not in first]
    some = missing[:MOST_NAMES]
    for row in unknown:
        near = list(nearest(row.as_printed, missing))
        only = missing if len(missing) == len(unknown) == 1 else near if len(near) == 1 else []
        facts: dict[str, Any] = {"printed": row.as_printed, "prefecture": prefecture, "missing": some}
        yield Problem(row.line, "name_unknown", row.text, {**facts, "suggestion": only[0] if only else ""})
    for row in twice:
        facts = {"name": row.name or row.prefecture, "first": first[row.code].line, "missing": some}
        yield Problem(row.line, "name_twice", row.text, facts)
    if len(missing) <= len(unknown) + len(twice):
        # Each is told beside the line that may be it.
        return
    place: PrintedRow | PrintedSum | None = printed_sum or (rows[0] if rows else None)
    for name in missing:
        line, text = (place.line, place.text) if place else (0, "")
        figures = _left(table, rows, printed_sum) if len(missing) == 1 and not unknown and not twice else []
        facts = {"prefecture": prefecture, "name": name, "figures": figures, "from_line": line, "to_line": line}
        if rows:
            facts |= {"from_line": min(row.line for row in rows), "to_line": max(row.line for row in rows)}
        yield Problem(line, "name_missing", text, facts)


def _left(table: PrintedTable, rows: list[PrintedRow], printed_sum: PrintedSum | None) -> list[int]:
    """What the printed sum leaves for the one row that is not there, column by column; [] if that cannot be."""
    if printed_sum is None:
        return []
    sums = table.sums(rows)
    left = [printed_sum.figures[name] - value for name, value in sums.items() if name in printed_sum.figures]
    return left if all(value >= 0 for value in left) else []


def _sum_lines(table: PrintedTable, official: Official) -> Iterator[Problem]:
    first: dict[str, PrintedSum] = {}
    for row in table.subtotals:
        if (earlier := first.setdefault(row.prefecture, row)) is not row:
            facts = {"prefecture": row.prefecture, "first": earlier.line}
            yield Problem(row.line, "subtotal_twice", row.text, facts)
    for prefecture in official.prefectures if table.mapping.subtotal else ():
        if prefecture not in first:
            place = next((row for row in table.rows if row.prefecture == prefecture), None)
            line, text = (place.line, place.text) if place else (0, "")
            yield Problem(line, "subtotal_missing", text, {"prefecture": prefecture})
    if table.mapping.total and not table.totals:
        yield Problem(0, "total_missing", "")
    for row in table.totals[1:]:
        yield Problem(row.line, "total_twice", row.text, {"first": table.totals[0].line})
