"""A printed table as it was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from madoguchi.engine.published.mapping import Mapping
from madoguchi.engine.published.problems import Problem, Repair

Figures = dict[str, int]


@dataclass(frozen=True)
class PrintedRow:
    """A row: its official code and names, what was printed for them, its figures by column.

    Where the rows are prefectures, `name` is "" and the code has two digits. A row that could not be resolved has
    the code ""; a figure that could not be read is not among the figures. Both leave a problem in the table.
    """

    line: int
    text: str
    code: str
    prefecture: str
    name: str
    as_printed_prefecture: str
    as_printed: str
    figures: Figures


@dataclass(frozen=True)
class PrintedSum:
    """A printed subtotal (of `prefecture`) or total (`prefecture` is "")."""

    line: int
    text: str
    prefecture: str
    figures: Figures


@dataclass
class PrintedTable:
    """A table as it was printed, read. If it has no `problems`, every name and every sum in it is right.

    `sha256` is of the printed lines, `repairs` is everything that was read otherwise than it was printed.
    """

    mapping: Mapping
    sha256: str = ""
    rows: list[PrintedRow] = field(default_factory=list)
    subtotals: list[PrintedSum] = field(default_factory=list)
    totals: list[PrintedSum] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> Figures:
        """The printed total by column; of a table without one, the sums of its rows."""
        return dict(self.totals[0].figures) if self.totals else self.sums(self.rows)

    def sums(self, rows: Iterable[PrintedRow | PrintedSum]) -> Figures:
        """The sums of `rows` by column; of a column with a figure that could not be read there is none."""
        given = list(rows)
        names = [column.name for column in self.mapping.figures]
        return {
            name: sum(row.figures[name] for row in given) for name in names if all(name in row.figures for row in given)
        }
