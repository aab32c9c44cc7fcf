"""Tables that open in Excel: CSV (UTF-8 with BOM, or cp932) and XLSX, with cells that could run made harmless."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from madoguchi.core.clock import JST

Cell = object
CP932_TWINS = str.maketrans("¥−〜–—", "￥－～－―")
# OWASP, "CSV Injection"; a spreadsheet in Japanese reads the full-width signs as the narrow ones.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: Cell) -> Cell:
    """A text cell that a spreadsheet would run as a formula gets a leading apostrophe; numbers stay numbers.

    Control characters, which a text pasted from a document may hide and XLSX cannot hold, become spaces.
    """
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub(" ", value)
        return "'" + text if text.startswith(RISKY) else text
    if isinstance(value, datetime):
        return value.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S")
    return "" if value is None else value


class _Line:
    """The last line a csv.writer wrote; lets a table be streamed row by row without a row limit."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, encoding: str = "utf-8-sig") -> Iterator[bytes]:
    """The table as encoded CSV lines. `encoding` is `utf-8-sig` or `cp932`.

    In cp932 a yen sign, minus or wave dash becomes its full-width twin; what it cannot write at all becomes `?`.
    """
    line = _Line()
    writer = csv.writer(line)
    first = True
    for row in _with_head(head, rows):
        writer.writerow([harmless(_twinned(cell) if encoding == "cp932" else cell) for cell in row])
        # Only the first line may carry the byte-order mark.
        codec = encoding if first or encoding != "utf-8-sig" else "utf-8"
        first = False
        yield line.text.encode(codec, errors="replace")


def _twinned(cell: Cell) -> Cell:
    # Before `harmless`, for a full-width minus at the start of a cell is one of the signs it looks for.
    return cell.translate(CP932_TWINS) if isinstance(cell, str) else cell


def xlsx_bytes(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str) -> bytes:
    """The table as one XLSX sheet with a frozen, bold head."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    bold = []
    for text in head:
        cell = WriteOnlyCell(sheet, value=text)
        cell.font = Font(bold=True)
        bold.append(cell)
    sheet.append(bold)
    for row in rows:
        sheet.append([harmless(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _with_head(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    yield head
    yield from rows
