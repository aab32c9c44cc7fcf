"""Rows put aside by key (a day, or a part of one): one file that only grows, and where in it each key's rows are.

Rows are written as they are in memory, so nothing is parsed when they come back; what the machine's memory can keep of
the file, its page cache keeps.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from madoguchi.engine.rewards.interning import text_parts

Texts = Mapping[str, pa.Array]


class _Run:
    """Where a key's rows of one call are: in the rows' file and, for each text column, lengths and bytes."""

    __slots__ = ("count", "places", "row")

    def __init__(self, row: int, count: int, places: dict[str, tuple[int, int, int]]) -> None:
        self.row, self.count, self.places = row, count, places


class Spill:
    """Rows of one shape, with text columns beside them, by whole-number key. For one writing thread."""

    def __init__(self, folder: Path, name: str, shape: np.dtype, texts: tuple[str, ...] = ()) -> None:
        self._shape, self._texts = shape, texts
        self._rows_file = (folder / f"{name}.rows").open("w+b", buffering=0)
        self._text_files = {text: (folder / f"{name}.{text}").open("w+b", buffering=0) for text in texts}
        self._rows = 0
        self._bytes = dict.fromkeys(texts, 0)
        self._runs: dict[int, list[_Run]] = defaultdict(list)

    def append(self, rows: np.ndarray, first_key: int, counts: np.ndarray, texts: Texts) -> None:
        """Put rows aside that stand in the order of their keys, `counts` of each key from `first_key` on."""
        _write(self._rows_file.fileno(), rows)
        starts = {name: self._put_text(name, texts[name]) for name in self._texts}
        begin = 0
        for place in np.flatnonzero(counts):
            count = int(counts[place])
            places = {
                name: (lengths + 4 * begin, data + int(offsets[begin] - offsets[0]),
                       int(offsets[begin + count] - offsets[begin]))
                for name, (lengths, data, offsets) in starts.items()
            }  # fmt: skip
            self._runs[first_key + int(place)].append(_Run(self._rows + begin, count, places))
            begin += count
        self._rows += begin

    def keys(self) -> list[int]:
        """The keys that have rows, in order."""
        return sorted(self._runs)

    def count(self, key: int) -> int:
        """How many rows a key has."""
        return sum(run.count for run in self._runs.get(key, ()))

    def read(self, key: int) -> Iterator[tuple[np.ndarray, dict[str, pa.Array]]]:
        """A key's rows and texts, in pieces as they were put aside."""
        for run in self._runs.get(key, ()):
            rows = np.empty(run.count, self._shape)
            _read(self._rows_file.fileno(), rows, run.row * self._shape.itemsize)
            yield rows, {name: self._get_text(name, run.count, run.places[name]) for name in self._texts}

    def all_rows(self, rows_at_once: int) -> Iterator[np.ndarray]:
        """Every row, without texts, in the order in which they were put aside."""
        for first in range(0, self._rows, rows_at_once):
            rows = np.empty(min(rows_at_once, self._rows - first), self._shape)
            _read(self._rows_file.fileno(), rows, first * self._shape.itemsize)
            yield rows

    def close(self) -> None:
        """Close and remove the files."""
        for file in (self._rows_file, *self._text_files.values()):
            file.close()
            Path(file.name).unlink(missing_ok=True)

    def _put_text(self, name: str, texts: pa.Array) -> tuple[int, int, np.ndarray]:
        """Write lengths, then bytes; gives where both begin, and the offsets."""
        offsets, data = text_parts(texts)
        lengths = np.diff(offsets).astype(np.int32)
        used = data[offsets[0] : offsets[-1]]
        file, begin = self._text_files[name], self._bytes[name]
        _write(file.fileno(), lengths)
        _write(file.fileno(), used)
        self._bytes[name] = begin + lengths.nbytes + used.nbytes
        return begin, begin + lengths.nbytes, offsets

    def _get_text(self, name: str, count: int, place: tuple[int, int, int]) -> pa.Array:
        lengths_at, data_at, size = place
        descriptor = self._text_files[name].fileno()
        lengths, data = np.empty(count, np.int32), np.empty(size, np.uint8)
        _read(descriptor, lengths, lengths_at)
        _read(descriptor, data, data_at)
        offsets = np.zeros(count + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))


def _write(descriptor: int, rows: np.ndarray) -> None:
    left = np.ascontiguousarray(rows).view(np.uint8).data
    while left:
        left = left[os.write(descriptor, left) :]


def _read(descriptor: int, rows: np.ndarray, position: int) -> None:
    left = rows.view(np.uint8).data
    while left:
        count = os.preadv(descriptor, [left], position)
        if not count:
            raise OSError("what was put aside ends too early")
        left, position = left[count:], position + count
