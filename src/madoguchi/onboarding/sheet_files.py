"""A stranger's XLSX or CSV file as plain rows, opened so that it can neither run anything nor outgrow the machine."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import PurePath
from typing import Any, Literal

from madoguchi.core.errors import Refusal
from madoguchi.core.tables import RISKY
from madoguchi.onboarding.confinement import BrokenError, OutgrownError, confined
from madoguchi.onboarding.sheet_columns import column_of

MAX_MIB = 5
MAX_UNZIPPED_MIB = 100
# An honest sheet of repeated words shrinks to a hundredth; deflate's limit is about a thousandth.
MAX_RATIO = 500
MAX_ROWS = 10_000
MAX_COLUMNS = 100
# Blank rows between filled ones do not count, up to here.
LAST_ROW = 20_000
HEAD_WITHIN_ROWS = 20
MIB = 1 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Names in an OLE container are UTF-16: an encrypted workbook's, and a module's of an old workbook.
OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
OLE_MACROS = ("_VBA_PROJECT".encode("utf-16-le"), "Macros".encode("utf-16-le"))
MACRO_NAMES = (".xlsm", ".xltm", ".xlsb", ".xlam")
MACRO_PARTS = ("vbaproject.bin", "xl/macrosheets/", "xl/activex/")


class Formula(str):
    """A cell that holds a formula, as its text."""

    __slots__ = ()


class CellError(str):
    """A cell whose formula failed, such as #REF!."""

    __slots__ = ()


Cell = str | int | float | bool | None
Row = tuple[int, tuple[Cell, ...]]


@dataclass(frozen=True)
class RawSheet:
    """The rows that hold anything, each with its number in the file (from 1), and how the file was written.

    `delimiter` and `encoding` are a CSV file's.
    """

    file_type: Literal["xlsx", "csv"]
    rows: tuple[Row, ...]
    encoding: str = "utf-8-sig"
    delimiter: str = ","


def read_file(data: bytes, filename: str) -> RawSheet:
    """The rows of an XLSX or CSV file, by its content.

    Raises Refusal `sheet_too_large`, `sheet_empty`, `sheet_has_macro`, `sheet_locked`, `sheet_unreadable`, each with
    `filename`.
    """
    try:
        return _read(data, PurePath(filename).suffix.lower())
    except Refusal as refusal:
        raise Refusal(refusal.code, **{**refusal.details, "filename": filename[-80:]}) from refusal


def head_position(rows: Iterable[Row]) -> int | None:
    """Where in `rows` the head is: the first row, near the top, that names the place's name."""
    for position, (_, cells) in enumerate(islice(rows, HEAD_WITHIN_ROWS)):
        if any(isinstance(cell, str) and column_of(cell) == "name" for cell in cells):
            return position
    return None


def _read(data: bytes, suffix: str) -> RawSheet:
    if len(data) > MAX_MIB * MIB:
        raise Refusal("sheet_too_large", limit_mib=MAX_MIB)
    if not data.strip():
        raise Refusal("sheet_empty")
    if suffix in MACRO_NAMES:
        raise Refusal("sheet_has_macro")
    if data.startswith(OLE):
        raise Refusal(_fault_of_ole(data))
    if data.startswith(b"PK"):
        return _xlsx(data)
    if suffix.startswith((".xls", ".xlt", ".ods", ".pdf")):
        raise Refusal("sheet_unreadable")
    return _csv(data)


def _fault_of_ole(data: bytes) -> str:
    if OLE_ENCRYPTED in data:
        return "sheet_locked"
    return "sheet_has_macro" if any(name in data for name in OLE_MACROS) else "sheet_unreadable"


def _xlsx(data: bytes) -> RawSheet:
    try:
        _, payload = confined("xlsx", data)
    except OutgrownError as error:
        raise Refusal("sheet_too_large", limit_mib=MAX_UNZIPPED_MIB) from error
    except BrokenError as error:
        raise Refusal("sheet_unreadable") from error
    rows = tuple((number, tuple(_cell(one) for one in cells)) for number, cells in json.loads(payload))
    return RawSheet("xlsx", rows)


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        kind, text = value
        return Formula(text) if kind == "formula" else CellError(text)
    found: Cell = value
    return _without_our_apostrophe(found) if isinstance(found, str) else found


def _without_our_apostrophe(text: str) -> str:
    """A text as it was before our own writer made it harmless, so that a file may go back and forth."""
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY) else text


def _is_blank(cells: Iterable[Cell]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _filled(rows: Iterable[tuple[Cell, ...]]) -> Iterator[Row]:
    """The rows that hold anything, numbered. Raises Refusal `sheet_too_large`."""
    count = 0
    for number, cells in enumerate(rows, start=1):
        if _is_blank(cells):
            continue
        count += 1
        # The head and titles above it are no places.
        if count > MAX_ROWS + HEAD_WITHIN_ROWS or number > LAST_ROW:
            raise Refusal("sheet_too_large", limit_rows=MAX_ROWS)
        if not _is_blank(cells[MAX_COLUMNS:]):
            raise Refusal("sheet_too_large", limit_columns=MAX_COLUMNS)
        yield number, cells[:MAX_COLUMNS]


# CSV


def _csv(data: bytes) -> RawSheet:
    text, encoding = _decoded(data)
    first = text.lstrip().partition("\n")[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        filled = tuple(
            (number, tuple(_cell(cell) for cell in cells)) for number, cells in _filled(tuple(row) for row in rows)
        )
    except csv.Error as error:
        raise Refusal("sheet_unreadable") from error
    return RawSheet("csv", filled, encoding, delimiter)


def _decoded(data: bytes) -> tuple[str, str]:
    encodings = ("utf-16",) if data.startswith(UTF_16_MARKS) else ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise Refusal("sheet_unreadable")


# XLSX: what follows runs in the confined process


def xlsx_rows(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The rows of the first sheet that has our head, else of the first sheet, as JSON.

    Formulas come as ["formula", text], failed ones as ["error", text], dates as text. Raises Refusal
    `sheet_too_large`, `sheet_has_macro`, `sheet_locked`, `sheet_unreadable`.
    """
    from openpyxl import load_workbook

    _look_into(data)
    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
    for sheet in sheets:
        # A sheet may claim any size for itself; rows are then filled up to it.
        sheet.reset_dimensions()
    chosen = next((sheet for sheet in sheets if head_position(_rows_of(sheet)) is not None), sheets[0])
    return {}, json.dumps(list(_rows_of(chosen)), ensure_ascii=False).encode()


def _look_into(data: bytes) -> None:
    """Refuse macros, passwords and bombs before anything is parsed."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise Refusal("sheet_unreadable") from error
    parts = archive.infolist()
    names = [part.filename.lower().replace("\\", "/") for part in parts]
    if any(name.endswith(MACRO_PARTS[0]) or name.startswith(MACRO_PARTS[1:]) for name in names):
        raise Refusal("sheet_has_macro")
    if any(part.flag_bits & 1 for part in parts):
        raise Refusal("sheet_locked")
    limit = MAX_UNZIPPED_MIB * MIB
    bombs = (part.file_size > MIB and part.file_size > MAX_RATIO * part.compress_size for part in parts)
    if sum(part.file_size for part in parts) > limit or any(bombs):
        raise Refusal("sheet_too_large", limit_mib=MAX_UNZIPPED_MIB)
    _unpack(archive, limit)


def _unpack(archive: zipfile.ZipFile, limit_bytes: int) -> None:
    """Read every part to its end, piece by piece, for what a head says of its size may be untrue."""
    left = limit_bytes
    for part in archive.infolist():
        with archive.open(part) as content:
            while piece := content.read(MIB):
                left -= len(piece)
                if left < 0:
                    raise Refusal("sheet_too_large", limit_mib=MAX_UNZIPPED_MIB)


def _rows_of(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    yield from _filled(tuple(_plain(cell) for cell in row) for row in sheet.iter_rows())


def _plain(cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "f":
        return ("formula", str(getattr(value, "text", None) or (value if isinstance(value, str) else "=")))
    if cell.data_type == "e":
        return ("error", str(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value == datetime.combine(value, datetime.min.time()) else str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
