"""Rows of a version, a page at a time, read from its Parquet file without the rest of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from madoguchi.core.errors import Refusal
from madoguchi.opendata.datasets import KINDS, Column, Dataset
from madoguchi.opendata.models import Snapshot
from madoguchi.opendata.snapshots import path_of

LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class RowsPage:
    """Rows as plain values; `last` is the position of the last one (from 1), None where no row follows it."""

    rows: list[dict[str, Any]]
    last: int | None


def page_of_rows(
    snapshot: Snapshot, dataset: Dataset, *, after: int = 0, limit: int, wanted: Mapping[str, str] | None = None
) -> RowsPage:
    """At most `limit` rows that stand behind position `after` and equal `wanted` in every column named there.

    An empty value asks for rows without one. Raises Refusal `column_unknown` or `field_wrong` with the `field`, and
    `snapshot_file_unknown` if the version's file is gone.
    """
    values = {name: value_of(_column(dataset, name), text) for name, text in (wanted or {}).items()}
    found: list[dict[str, Any]] = []
    last = None
    with parquet.ParquetFile(path_of(snapshot, "parquet")) as file:
        first = 0
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            begin, first = first, first + size
            if first <= after or not _may_hold(file, group, values):
                continue
            positions = _matching(file, group, values, size)
            positions = positions.filter(pc.greater_equal(positions, max(0, after - begin)))
            taken = positions.slice(0, limit - len(found))
            if len(taken):
                found += file.read_row_group(group).take(taken).to_pylist()
                last = begin + taken[-1].as_py() + 1
            if len(positions) > len(taken):
                return RowsPage(found, last)
    return RowsPage(found, None)


def value_of(column: Column, text: str) -> Any:
    """What somebody typed as a value of a column; None for nothing. Raises Refusal `field_wrong` with the `field`."""
    if not text:
        return None
    try:
        match column.kind:
            case "integer":
                if abs(value := int(text)) > LARGEST_INTEGER:
                    raise ValueError
                return value
            case "number":
                if not isfinite(number := float(text)):
                    raise ValueError
                return number
            case "date":
                return date.fromisoformat(text)
            case _:
                return text
    except ValueError:
        raise Refusal("field_wrong", field=column.name) from None


def _column(dataset: Dataset, name: str) -> Column:
    for column in dataset.columns:
        if column.name == name:
            return column
    raise Refusal("column_unknown", field=name)


def _may_hold(file: parquet.ParquetFile, group: int, values: Mapping[str, Any]) -> bool:
    """Whether the group's smallest and largest values leave room for those that are wanted."""
    facts = file.metadata.row_group(group)
    for name, value in values.items():
        if value is None:
            continue
        at = file.schema_arrow.get_field_index(name)
        told = facts.column(at).statistics if at >= 0 else None
        if told is not None and told.has_min_max and not told.min <= value <= told.max:
            return False
    return True


def _matching(file: parquet.ParquetFile, group: int, values: Mapping[str, Any], size: int) -> pa.Array:
    """Positions within the group; only the columns that are asked for are read."""
    if not values:
        return pa.array(range(size), pa.int64())
    rows = file.read_row_group(group, columns=list(values))
    mask: Any = None
    for name, value in values.items():
        column = rows[name]
        if value is None:
            one = pc.is_null(column)
            if column.type == KINDS["text"]:
                one = pc.or_(one, pc.fill_null(pc.equal(column, ""), False))
        else:
            one = pc.fill_null(pc.equal(column, pa.scalar(value, column.type)), False)
        mask = one if mask is None else pc.and_(mask, one)
    return pc.indices_nonzero(mask).cast(pa.int64())
