"""A run's grants as files, one a day: the same bytes for the same rows, whichever engine made them."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from madoguchi.engine.rewards.kernels import REASONS, first_appearance
from madoguchi.engine.rewards.tables import EPOCH

COLUMNS = (
    "payment_id",
    "service_id",
    "channel",
    "member_id",
    "store_id",
    "base_yen",
    "raw_points",
    "granted_points",
    "reason",
    "period",
    "credit_on",
)
WORDS = ("service_id", "channel", "reason", "period")
IDS = ("payment_id", "member_id", "store_id")
# Fixed, so that where one group of rows ends does not depend on the memory a run had.
ROWS_OF_GROUP = 1 << 20
SUMS = (
    "payments",
    "base_yen",
    "granted_points",
    "capped_points",
    "held_points",
    "rewarded_payments",
    "rewarded_base_yen",
)


class GrantsWriter:
    """Writes days of grants into a folder, several at a time if asked from several threads, and sums them up."""

    def __init__(self, folder: Path, payment_id: pa.DataType, member_id: pa.DataType, store_id: pa.DataType) -> None:
        kinds = {
            "payment_id": payment_id,
            "member_id": member_id,
            "store_id": store_id,
            "credit_on": pa.date32(),
            **dict.fromkeys(WORDS, pa.string()),
            **dict.fromkeys(("base_yen", "raw_points", "granted_points"), pa.int64()),
        }
        self.schema = pa.schema([(name, kinds[name]) for name in COLUMNS])
        self._layout = _layout({name: pa.types.is_int64(kinds[name]) for name in IDS})
        self.folder = folder
        self._lock = threading.Lock()
        self._sums: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros(len(SUMS), np.int64))
        self.reasons = dict.fromkeys(REASONS, 0)
        self._days = 0
        folder.mkdir(parents=True)

    def open_day(self, day: int) -> Day:
        """A day's file, open for its rows in order; `day` counts from 1970-01-01. Close it when it has them all."""
        on = date.fromordinal(EPOCH + day)
        writer = parquet.ParquetWriter(self.folder / f"{on}.parquet", self._written(), **self._layout)
        with self._lock:
            self._days += 1
        return Day(self, writer, f"{on:%Y-%m}")

    def finish(self) -> None:
        """Without any payment, one file without rows, so that whoever reads the folder finds the columns."""
        if not self._days:
            parquet.write_table(self.schema.empty_table(), self.folder / "empty.parquet", store_schema=False)

    def claims(self) -> list[tuple[str, str, tuple[int, ...]]]:
        """Service, month, and the figures of SUMS, in order."""
        return [(*key, tuple(int(one) for one in self._sums[key])) for key in sorted(self._sums)]

    def told(self) -> dict[str, Any]:
        """What was counted here, as plain values for the writer of another process to take over."""
        sums = [[service, month, *figures] for service, month, figures in self.claims()]
        return {"days": self._days, "reasons": self.reasons, "sums": sums}

    def take_over(self, told: dict[str, Any]) -> None:
        """Count what a writer of another process has told; its files must be in this one's folder."""
        with self._lock:
            self._days += told["days"]
            for reason, count in told["reasons"].items():
                self.reasons[reason] += count
            for service, month, *figures in told["sums"]:
                self._sums[service, month] += np.array(figures, np.int64)

    def coded(self, rows: pa.Table) -> pa.Table:
        """The rows with every word as a code by first appearance, however it came."""
        columns = []
        for field in self.schema:
            column = _whole(rows.column(field.name))
            columns.append(_by_appearance(column) if field.name in WORDS else _plain(column, field.type))
        return pa.Table.from_arrays(columns, names=self.schema.names)

    def count(self, rows: pa.Table, month: str) -> None:
        """Add coded rows of a month to the sums."""
        service, reason = _whole(rows.column("service_id")), _whole(rows.column("reason"))
        services, codes = service.dictionary.to_pylist(), np.asarray(service.indices)
        reasons, told = reason.dictionary.to_pylist(), np.asarray(reason.indices)
        base, raw, granted = (np.asarray(rows.column(name)) for name in ("base_yen", "raw_points", "granted_points"))
        is_held = told == (reasons.index("held") if "held" in reasons else -1)
        is_rewarded = granted > 0
        figures = (
            np.ones(len(codes), np.int64), base, granted, np.where(is_held, 0, raw - granted),
            np.where(is_held, raw, 0), is_rewarded.astype(np.int64), np.where(is_rewarded, base, 0),
        )  # fmt: skip
        # Sums of one group of rows are far below 2^53, so floats hold them exactly.
        sums = np.array([np.bincount(codes, one, len(services)) for one in figures]).astype(np.int64)
        with self._lock:
            for place, name in enumerate(services):
                self._sums[name, month] += sums[:, place]
            for place, count in enumerate(np.bincount(told, minlength=len(reasons))):
                self.reasons[reasons[place]] += int(count)

    def _written(self) -> pa.Schema:
        fields = [
            pa.field(field.name, pa.dictionary(pa.int32(), field.type) if field.name in WORDS else field.type)
            for field in self.schema
        ]
        return pa.schema(fields)


def _layout(is_number: dict[str, bool]) -> dict[str, Any]:
    """How columns are written: half the time and two thirds of the size of what the library would choose.

    Whole numbers as differences, which need no compressing; the few words by number; ids of text one after another,
    as nearly every one is another.
    """
    texts = [name for name in IDS if not is_number[name]]
    numbers = [name for name in COLUMNS if name not in WORDS and name not in texts]
    return {
        "compression": {name: "snappy" if name in texts else "none" for name in COLUMNS},
        "use_dictionary": list(WORDS),
        "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
        "write_statistics": numbers,
        "store_schema": False,
    }


class Day:
    """Rows of a day on their way to its file, in groups of ROWS_OF_GROUP."""

    def __init__(self, owner: GrantsWriter, writer: parquet.ParquetWriter, month: str) -> None:
        self._owner, self._writer, self._month = owner, writer, month
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def add(self, rows: pa.Table) -> None:
        """The next rows; columns as in COLUMNS, words as strings or as dictionaries of them."""
        self._waiting.append(rows)
        self._rows += len(rows)
        while self._rows >= ROWS_OF_GROUP:
            self._write_group(ROWS_OF_GROUP)

    def close(self) -> None:
        """Write what is left and the end of the file."""
        if self._rows:
            self._write_group(self._rows)
        self._writer.close()

    def _write_group(self, count: int) -> None:
        taken, left = [], count
        while left:
            first = self._waiting.pop(0)
            taken.append(first.slice(0, left))
            if len(first) > left:
                self._waiting.insert(0, first.slice(left))
            left -= min(left, len(first))
        self._rows -= count
        # Codes of several pieces may mean different words, so more than one is put together by its words.
        rows = taken[0] if len(taken) == 1 else pa.concat_tables([_decoded(one) for one in taken])
        coded = self._owner.coded(rows)
        self._owner.count(coded, self._month)
        self._writer.write_table(coded, row_group_size=ROWS_OF_GROUP)


def _decoded(rows: pa.Table) -> pa.Table:
    columns = {
        name: rows.column(name).cast(pa.string())
        if pa.types.is_dictionary(rows.schema.field(name).type)
        else rows[name]
        for name in rows.column_names
    }
    return pa.table(columns)


def _whole(column: Any) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return column


def _plain(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return column.dictionary.take(column.indices).cast(kind)
    return column.cast(kind)


def _by_appearance(column: pa.Array) -> pa.DictionaryArray:
    """Codes in the order in which the words appear: how they came to be coded leaves no trace."""
    if not pa.types.is_dictionary(column.type):
        return column.cast(pa.string()).dictionary_encode()
    indices = np.asarray(column.indices.cast(pa.int32()).fill_null(-1))
    renamed = np.empty(len(indices), np.int32)
    old = first_appearance(indices, len(column.dictionary), renamed)
    words = column.dictionary.take(pa.array(old)).cast(pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(renamed, mask=renamed < 0), words)
