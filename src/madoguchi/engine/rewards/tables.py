"""Tables that a run is given, as CSV or Parquet: their columns asked for, the cells of CSV left as text."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from madoguchi.core.errors import Refusal

EPOCH = date(1970, 1, 1).toordinal()


def read_table(file: Path, wanted: Sequence[str], optional: Sequence[str], refusal: str) -> pa.Table:
    """Columns of a table; what is optional and not there is null. Cells of CSV are text, "" is null.

    Raises Refusal `file_unreadable`, or `refusal` with the columns that are missing.
    """
    try:
        table = _parquet(file, [*wanted, *optional]) if file.suffix.lower() == ".parquet" else _csv(file)
    except (OSError, pa.ArrowException) as error:
        raise Refusal("file_unreadable", file=str(file), reason=" ".join(str(error).split())) from error
    if missing := [name for name in wanted if name not in table.column_names]:
        raise Refusal(refusal, file=str(file), missing=" ".join(missing))
    for name in optional:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), pa.string()))
    return table.select([*wanted, *optional])


def _parquet(file: Path, wanted: Sequence[str]) -> pa.Table:
    with parquet.ParquetFile(file) as opened:
        return opened.read(columns=[name for name in wanted if name in opened.schema_arrow.names])


def _csv(file: Path) -> pa.Table:
    names = csv_names(file)
    if not names:
        return pa.table({})
    options = csv.ConvertOptions(
        column_types={name: pa.string() for name in names}, strings_can_be_null=True, null_values=[""]
    )
    with open_text(file) as opened:
        return csv.read_csv(opened, convert_options=options)


def csv_names(file: Path) -> list[str]:
    """The columns of a CSV file; none of an empty one."""
    with open_text(file) as opened:
        if not opened.peek(1)[:1].strip():
            return []
        with csv.open_csv(opened) as reader:
            return list(reader.schema.names)


@contextmanager
def open_text(file: Path) -> Iterator[BufferedReader]:
    """A text file's bytes, without the mark that Excel puts in front of them."""
    with file.open("rb") as opened:
        if not opened.peek(3).startswith(codecs.BOM_UTF8):
            yield opened
            return
        opened.seek(len(codecs.BOM_UTF8))
        yield opened


def whole_numbers(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """int64 of each cell, and where there is none that can be read (0 there)."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        is_one = pc.match_substring_regex(column, r"^ *-?[0-9]{1,18} *$").fill_null(False)
        column = pc.if_else(is_one, pc.utf8_trim_whitespace(column), None).cast(pa.int64())
    elif pa.types.is_integer(column.type):
        column = column.cast(pa.int64())
    else:
        column = pa.nulls(len(column), pa.int64())
    return _filled(column, np.int64)


def days(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970-01-01 of each cell (2019-10-01 in text), and where there is none that can be read (0 there)."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _dates_of_text(column)
    elif pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        column = column.cast(pa.date32(), safe=False)
    else:
        column = pa.nulls(len(column), pa.date32())
    return _filled(column.cast(pa.int32()), np.int32)


def _dates_of_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Few days are named often, so each is read once."""
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    read = pa.array([_date(text) for text in coded.dictionary.to_pylist()], pa.date32())
    return pa.chunked_array([read.take(coded.indices)])


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _filled(column: Any, kind: Any) -> tuple[np.ndarray, np.ndarray]:
    # A copy: what Arrow lends may not be written to.
    return np.asarray(column.fill_null(0)).astype(kind), np.asarray(column.is_null())


def first_true(where: np.ndarray) -> int | None:
    """The 1-based number of the first row that is marked."""
    return int(np.argmax(where)) + 1 if where.any() else None
