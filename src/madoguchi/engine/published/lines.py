"""The lines of one table within a longer text, cell by cell."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from madoguchi.engine.published.mapping import Mapping
from madoguchi.engine.published.problems import Problem


@dataclass(frozen=True)
class Line:
    """A line of the table: its number in the text (from 1), the line as printed, its cells without outer spaces."""

    number: int
    text: str
    cells: tuple[str, ...]


@dataclass
class Region:
    """The table's part of a text: its lines without headings, the SHA-256 of what was printed, what is wrong."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    sha256: str = ""


def find_region(text: str, mapping: Mapping) -> Region:
    """The lines of the table `mapping` describes.

    The checksum is of its printed lines from the heading on, without empty ones, so that the table is the same
    whether it is read out of the whole document or out of an extract.
    """
    printed = list(_between(text, mapping))
    if not printed:
        return Region(problems=[Problem(0, "table_not_found", "", {"begins": mapping.begins})])
    region = Region(sha256=hashlib.sha256("\n".join(line for _, line in printed).encode()).hexdigest())
    rows = _below_headings(printed, mapping, region)
    headings = {_without_empty_end(heading, 0) for heading in mapping.headings}
    skips = [re.compile(pattern) for pattern in mapping.skips]
    for number, line in rows:
        cells = _cells(line, mapping.separator)
        # After a page break the headings may come again.
        if _without_empty_end(cells, 0) in headings:
            continue
        if any(pattern.search(line) for pattern in skips):
            continue
        cells = _without_empty_end(cells, len(mapping.columns))
        if len(cells) != len(mapping.columns):
            facts = {"expected": len(mapping.columns), "found": len(cells)}
            region.problems.append(Problem(number, "line_unreadable", line, facts))
            continue
        region.lines.append(Line(number, line, cells))
    return region


def _between(text: str, mapping: Mapping) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, from the one that begins the table to before the one that ends it."""
    begins = re.compile(mapping.begins)
    ends = re.compile(mapping.ends) if mapping.ends else None
    inside = False
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        # Page breaks are white space, too.
        printed = line.rstrip("\r\f")
        if not inside:
            inside = begins.search(printed) is not None
        elif ends and ends.search(printed):
            return
        if inside and printed.strip():
            yield number, printed


def _below_headings(printed: list[tuple[int, str]], mapping: Mapping, region: Region) -> list[tuple[int, str]]:
    """What follows the column titles; a table whose titles or date are others is not the one that was mapped."""
    wanted = [_without_empty_end(heading, 0) for heading in mapping.headings]
    found = [_without_empty_end(_cells(line, mapping.separator), 0) for _, line in printed]
    first = next((at for at in range(len(found)) if found[at : at + len(wanted)] == wanted), None)
    if first is None:
        expected = " / ".join(" | ".join(heading) for heading in mapping.headings)
        number, line = printed[0]
        region.problems.append(Problem(number, "headings_not_found", line, {"expected": expected}))
        return []
    if mapping.as_of_printed and not any(mapping.as_of_printed in line for _, line in printed[:first]):
        number, line = printed[0]
        region.problems.append(Problem(number, "date_not_found", line, {"expected": mapping.as_of_printed}))
    return printed[first + len(wanted) :]


def _cells(line: str, separator: str) -> tuple[str, ...]:
    # A tab-separated print knows no quotes; a spreadsheet's export puts "1,234" between them.
    try:
        cells = line.split("\t") if separator == "\t" else next(csv.reader([line], delimiter=separator))
    except csv.Error:
        # One cell is never what a table has: the line is told as unreadable.
        cells = [line]
    return tuple(cell.strip() for cell in cells)


def _without_empty_end(cells: tuple[str, ...], least: int) -> tuple[str, ...]:
    while len(cells) > least and not cells[-1]:
        cells = cells[:-1]
    return cells
