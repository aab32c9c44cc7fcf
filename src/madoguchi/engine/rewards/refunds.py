"""Refunds of a run: kept in memory, summed by the payment they give back, and those whose payment never came."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

from madoguchi.engine.rewards.batches import REFUND, Batch, Ids
from madoguchi.engine.rewards.doubles import A_REFUND, SAID, contents
from madoguchi.engine.rewards.interning import Table, hashes, mix_all, mixed, table_for

BITS_FOR_EACH = 16
NONE = np.zeros(0, np.int64)


class Refunds:
    """Collects refunds from several threads; `settle` ends that, then sums are asked for by one."""

    def __init__(self, payment_id: pa.DataType) -> None:
        self._kind = payment_id
        self._lock = threading.Lock()
        self._pieces: list[dict[str, Any]] = []
        self._rows: dict[str, Any] = {}
        self._table: Table = table_for(payment_id)
        self._sums = NONE
        self._was_found = np.zeros(0, bool)
        self._filter = np.zeros(1, np.uint64)
        self._keep = np.zeros(0, bool)

    def add(self, batch: Batch) -> None:
        """The sound refunds of a batch."""
        rows = np.flatnonzero((batch.kind == REFUND) & (batch.problem == 0))
        if not len(rows):
            return
        original, member = as_bits(take(batch.original_id, rows)), as_bits(take(batch.member_id, rows))
        said = contents(
            A_REFUND, original, batch.paid_at[rows], member, batch.amount_yen[rows], batch.store[rows],
            batch.pair[rows], batch.gaps[rows] | (batch.has_original[rows] << 7).astype(np.uint8),
        )  # fmt: skip
        piece = {
            "payment": as_bits(take(batch.payment_id, rows)),
            "content": said,
            "original": take(batch.original_id, rows),
            "has_original": batch.has_original[rows],
            "amount": batch.amount_yen[rows],
            "file": np.full(len(rows), batch.file, np.int32),
            "row": batch.first_row + rows,
        }
        with self._lock:
            self._pieces.append(piece)

    def said(self) -> np.ndarray:
        """Ids and contents, as doubles are looked for by."""
        self._join()
        said = np.empty(len(self._rows["payment"]), SAID)
        said["bits"], said["content"] = mix_all(self._rows["payment"]), self._rows["content"]
        return said

    def settle(self, is_dropped: np.ndarray | None) -> None:
        """Sum up; those marked `is_dropped` (by row, in the order of `numbered`) are none, repetitions count once."""
        self._join()
        keep = np.ones(len(self._rows["payment"]), bool) if is_dropped is None else ~is_dropped
        keys = np.rec.fromarrays([self._rows["payment"], self._rows["content"]])
        _, first = np.unique(keys, return_index=True)
        is_first = np.zeros(len(keep), bool)
        is_first[first] = True
        self._keep = keep & is_first
        counted = np.flatnonzero(self._keep & self._rows["has_original"])
        originals = take(self._rows["original"], counted)
        codes = self._table.add(originals)
        self._sums = np.zeros(len(self._table), np.int64)
        np.add.at(self._sums, codes, self._rows["amount"][counted])
        self._was_found = np.zeros(len(self._table), bool)
        size = 1 << max(6, int(BITS_FOR_EACH * len(self._table)).bit_length())
        self._filter = np.zeros(size // 64, np.uint64)
        _mark(self._filter, as_bits(originals))

    def numbered(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Id (of text its hash), file and row number (0-based) of every refund."""
        self._join()
        return self._rows["payment"], self._rows["file"], self._rows["row"]

    def of(self, bits: np.ndarray, texts: pa.Array | None) -> np.ndarray:
        """Yen given back of each payment, or nothing at all if there is none among them.

        `bits` are the ids, or the hashes of `texts`. What is asked for counts as having come.
        """
        if not len(self._table):
            return NONE
        hits = _maybe(self._filter, bits)
        if not len(hits):
            return NONE
        codes = self._table.find(bits[hits] if texts is None else texts.take(pa.array(hits)))
        hits, codes = hits[codes >= 0], codes[codes >= 0]
        if not len(hits):
            return NONE
        self._was_found[codes] = True
        given_back = np.zeros(len(bits), np.int64)
        given_back[hits] = self._sums[codes]
        return given_back

    def orphans(self) -> tuple[np.ndarray, np.ndarray]:
        """File and row number (0-based) of the refunds whose payment never came."""
        has_original = self._rows["has_original"]
        is_orphan = ~has_original
        some = np.flatnonzero(has_original)
        codes = self._table.find(take(self._rows["original"], some))
        is_orphan[some] = ~self._was_found[codes] | (codes < 0) if len(self._was_found) else True
        rows = np.flatnonzero(is_orphan & self._keep)
        return self._rows["file"][rows], self._rows["row"][rows]

    def _join(self) -> None:
        if self._rows and not self._pieces:
            return
        pieces, self._pieces = self._pieces, []
        empty = {"payment": np.int64, "content": np.uint64, "amount": np.int64, "file": np.int32, "row": np.int64}
        kinds = {**empty, "has_original": bool}
        self._rows = {
            name: np.concatenate([np.zeros(0, kinds[name]), *(one[name] for one in pieces)]) for name in kinds
        }
        originals = [one["original"] for one in pieces]
        if pa.types.is_int64(self._kind):
            self._rows["original"] = np.concatenate([NONE, *originals])
        else:
            self._rows["original"] = pa.concat_arrays([pa.array([], pa.string()), *originals])
        # In the order of the input, so that of repetitions the first is told, whichever thread was quicker.
        order = np.lexsort((self._rows["row"], self._rows["file"]))
        self._rows = {name: take(column, order) for name, column in self._rows.items()}


def take(ids: Ids, rows: np.ndarray) -> Ids:
    """The ids of these rows."""
    return ids[rows] if isinstance(ids, np.ndarray) else ids.take(pa.array(rows))


def as_bits(ids: Ids) -> np.ndarray:
    """int64 of each id: itself, or of text its hash."""
    return ids if isinstance(ids, np.ndarray) else hashes(ids).view(np.int64)


@njit(nogil=True, cache=True)
def _mark(words: np.ndarray, bits: np.ndarray) -> None:
    mask = np.uint64(len(words) * 64 - 1)
    for row in range(len(bits)):
        place = mixed(bits[row]) & mask
        words[np.int64(place >> np.uint64(6))] |= np.uint64(1) << (place & np.uint64(63))


@njit(nogil=True, cache=True)
def _maybe(words: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Rows whose id may be among those marked: all that are, and one in BITS_FOR_EACH of those that are not."""
    mask = np.uint64(len(words) * 64 - 1)
    hits = np.empty(len(bits), np.int64)
    count = 0
    for row in range(len(bits)):
        place = mixed(bits[row]) & mask
        if words[np.int64(place >> np.uint64(6))] >> (place & np.uint64(63)) & np.uint64(1):
            hits[count] = row
            count += 1
    return hits[:count]
