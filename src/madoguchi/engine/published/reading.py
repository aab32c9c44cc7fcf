"""Reading a printed table: every row resolved to its official name, every change noted, every sum checked (P-42)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from madoguchi.engine.published.completeness import name_problems
from madoguchi.engine.published.figures import read_figure
from madoguchi.engine.published.lines import Line, find_region
from madoguchi.engine.published.mapping import MUNICIPALITY, PREFECTURE, Mapping
from madoguchi.engine.published.names import agreed, resolve
from madoguchi.engine.published.official import Official
from madoguchi.engine.published.problems import Problem, Repair
from madoguchi.engine.published.sums import sum_problems
from madoguchi.engine.published.table import Figures, PrintedRow, PrintedSum, PrintedTable


def read_printed(text: str, mapping: Mapping, official: Official) -> PrintedTable:
    """Read the table that `mapping` describes out of a text (P-42, P-43, P-44).

    A name is resolved if it is an official one of its prefecture, a known variant of exactly one, or a reading that
    the mapping agrees on; nothing is guessed. Then every official name has to be there exactly once, and rows,
    subtotals and totals have to agree. What does not hold is a problem with its line; a table with problems is not to
    be used.
    """
    region = find_region(text, mapping)
    table = PrintedTable(mapping, sha256=region.sha256, problems=[*region.problems])
    if not region.lines:
        return table
    reader = _Reader(table, official)
    for line in region.lines:
        reader.take(line)
    names = name_problems(table, official)
    # A row that is not there is told once, with the figures that the sums leave for it.
    explained = {problem.facts["prefecture"] for problem in names if problem.facts.get("figures")}
    table.problems += [*_unknown_readings(mapping, official), *names, *sum_problems(table, explained)]
    table.problems.sort(key=lambda problem: problem.line)
    return table


@dataclass
class _Reader:
    table: PrintedTable
    official: Official
    above: str = ""
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def take(self, line: Line) -> None:
        mapping = self.table.mapping
        cells = dict(zip((column.name for column in mapping.columns), line.cells, strict=True))
        if mapping.total and _tight(cells[mapping.total.column]) == _tight(mapping.total.text):
            self.table.totals.append(PrintedSum(line.number, line.text, "", self._figures(line, cells)))
        elif mapping.subtotal and cells[mapping.subtotal.column].endswith(mapping.subtotal.text):
            self._take_subtotal(line, cells)
        else:
            self._take_row(line, cells)

    def _take_subtotal(self, line: Line, cells: dict[str, str]) -> None:
        mark = self.table.mapping.subtotal
        printed = cells[PREFECTURE]
        if mark and mark.column == PREFECTURE:
            printed = printed.removesuffix(mark.text).strip()
        figures = self._figures(line, cells)
        if prefecture := self._prefecture(line, printed):
            self.table.subtotals.append(PrintedSum(line.number, line.text, prefecture, figures))

    def _take_row(self, line: Line, cells: dict[str, str]) -> None:
        printed = cells[PREFECTURE]
        figures = self._figures(line, cells)
        prefecture = self._prefecture(line, printed)
        if not prefecture:
            return
        name, as_printed = "", ""
        code = self.official.prefectures[prefecture]
        if self.table.mapping.level == "municipality":
            as_printed = cells[MUNICIPALITY]
            name = self._name(line, prefecture, as_printed)
            code = self.official.municipalities[prefecture].get(name, "")
        self.table.rows.append(PrintedRow(line.number, line.text, code, prefecture, name, printed, as_printed, figures))

    def _prefecture(self, line: Line, printed: str) -> str:
        """The official name, or "" and a problem."""
        if not printed and self.table.mapping.fills_down and self.above:
            self._repair(line, PREFECTURE, printed, self.above, "filled_down")
            return self.above
        found = self._agreed("", printed, self.official.prefectures) or resolve(printed, self.official.prefectures)
        if found is None:
            self.table.problems.append(Problem(line.number, "prefecture_unknown", line.text, {"printed": printed}))
            return ""
        self.above, reason = found
        self._repair(line, PREFECTURE, printed, self.above, reason)
        return self.above

    def _name(self, line: Line, prefecture: str, printed: str) -> str:
        """The official name, or "": then the check of completeness tells what is missing."""
        names = self.official.municipalities[prefecture]
        found = self._agreed(prefecture, printed, names) or resolve(printed, names)
        if found is None:
            return ""
        self._repair(line, MUNICIPALITY, printed, *found)
        return found[0]

    def _agreed(self, prefecture: str, printed: str, names: Collection[str]) -> tuple[str, str] | None:
        """What the mapping says, if it is an official name: the check of completeness comes after it, too."""
        self.seen[prefecture, printed] += 1
        reading = agreed(self.table.mapping.readings, prefecture, printed, self.seen[prefecture, printed])
        return (reading.read, reading.reason) if reading and reading.read in names else None

    def _figures(self, line: Line, cells: dict[str, str]) -> Figures:
        figures: Figures = {}
        for column in self.table.mapping.figures:
            printed = cells[column.name]
            found = read_figure(printed, self.table.mapping.zero_signs)
            if found is None:
                facts = {"column": column.label or column.name, "column_en": column.label_en or column.name}
                self.table.problems.append(
                    Problem(line.number, "figure_unreadable", line.text, facts | {"printed": printed})
                )
                continue
            figures[column.name], reason = found
            self._repair(line, column.name, printed, str(found[0]), reason)
        return figures

    def _repair(self, line: Line, column: str, printed: str, read: str, reason: str) -> None:
        if reason:
            self.table.repairs.append(Repair(line.number, column, printed, read, reason))


def _unknown_readings(mapping: Mapping, official: Official) -> list[Problem]:
    return [
        Problem(
            0,
            "reading_unknown",
            "",
            {"prefecture": reading.prefecture, "printed": reading.printed, "read": reading.read},
        )
        for reading in mapping.readings
        if reading.read not in _names_of(reading.prefecture, official)
    ]


def _names_of(prefecture: str, official: Official) -> Collection[str]:
    return official.municipalities.get(prefecture, {}) if prefecture else official.prefectures


def _tight(text: str) -> str:
    return "".join(text.split())
