"""Rows of a day in their order: by instant, then by id."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from madoguchi.engine.rewards.kernels import gathered, is_ordered, untie

NANOSECONDS_OF_MICROSECOND = 1_000
# Rows of one instant are few as a rule; more than this are sorted together with all others.
LONGEST_TIE = 64
INDEX_BITS = 27


def ordered(kept: np.ndarray, texts: dict[str, pa.Array]) -> tuple[np.ndarray, dict[str, pa.Array]]:
    """The rows, and the texts beside them, by `paid_at`, then by payment id; text ids by code point."""
    if "payment" not in texts and is_ordered(kept):
        return kept, texts
    order = _by_text(kept, texts["payment"]) if "payment" in texts else _by_number(kept)
    if order is None:
        return kept, texts
    places = pa.array(order)
    return gathered(kept, order), {name: column.take(places) for name, column in texts.items()}


def _by_number(kept: np.ndarray) -> np.ndarray:
    order = _by_instant(kept)
    if order is None or not untie(kept, order, LONGEST_TIE):
        return np.lexsort((kept["payment"], kept["paid_at"]))
    return order


def _by_instant(kept: np.ndarray) -> np.ndarray | None:
    """Order by instant alone, equal ones as they came; None if the instants do not fit beside a row's number.

    Microseconds of a day take 37 bits: with the row's number behind them, sorting plain numbers sorts the rows, which
    takes a quarter of the time of sorting row numbers by what they point to.
    """
    paid_at = kept["paid_at"]
    if len(kept) >= 1 << INDEX_BITS or not len(kept):
        return None
    first = paid_at.min()
    since = paid_at - first
    microseconds = since // NANOSECONDS_OF_MICROSECOND
    if since.max() >> 47 or (microseconds * NANOSECONDS_OF_MICROSECOND != since).any():
        return None
    keys = (microseconds.view(np.uint64) << np.uint64(INDEX_BITS)) | np.arange(len(kept), dtype=np.uint64)
    keys.sort()
    return np.asarray(keys & np.uint64((1 << INDEX_BITS) - 1)).view(np.int64)


def _by_text(kept: np.ndarray, ids: pa.Array) -> np.ndarray | None:
    """None if the rows stand in order already."""
    paid_at = kept["paid_at"]
    since = np.diff(paid_at)
    if len(paid_at) < 2 or (since > 0).all():
        return None
    order = np.argsort(paid_at, kind="stable")
    sorted_at = paid_at[order]
    is_tied = np.zeros(len(order), bool)
    is_same = sorted_at[1:] == sorted_at[:-1]
    is_tied[1:] |= is_same
    is_tied[:-1] |= is_same
    tied = order[is_tied]
    rank: Any = np.zeros(len(order), np.int64)
    rank[tied[np.asarray(pc.sort_indices(ids.take(pa.array(tied))))]] = np.arange(len(tied))
    return np.lexsort((rank, paid_at))
