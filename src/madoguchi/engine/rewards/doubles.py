"""Ids that came more than once: exact repetitions, which count once, and those that say different things."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from madoguchi.engine.rewards.interning import mixed

# An id and a hash of what its row says; 64 bits decide only among rows of one id.
SAID = np.dtype([("bits", np.uint64), ("content", np.uint64)])
A_PAYMENT, A_REFUND = 1, 2


@njit(nogil=True, cache=True, inline="always")
def stirred(bits: Any, value: Any) -> Any:
    """A hash with one more number in it."""
    return mixed(bits * np.uint64(0x9E3779B97F4A7C15) + np.uint64(value))


@njit(nogil=True, cache=True)
def said_by_payments(kept: np.ndarray, said: np.ndarray) -> None:
    """Id and content of the payments that are kept."""
    for row in range(len(kept)):
        bits = np.uint64(A_PAYMENT)
        bits = stirred(bits, kept[row].paid_at)
        bits = stirred(bits, kept[row].member)
        bits = stirred(bits, kept[row].amount)
        bits = stirred(bits, kept[row].store)
        bits = stirred(bits, kept[row].pair)
        bits = stirred(bits, kept[row].reason)
        said[row].bits = mixed(kept[row].payment)
        said[row].content = bits


@njit(nogil=True, cache=True)
def contents(
    kind: int, original: np.ndarray, paid_at: np.ndarray, member: np.ndarray, amount: np.ndarray, store: np.ndarray,
    pair: np.ndarray, gaps: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """A hash of everything that each row says besides its id."""
    found = np.empty(len(amount), np.uint64)
    for row in range(len(amount)):
        bits = stirred(np.uint64(kind), original[row])
        bits = stirred(bits, paid_at[row])
        bits = stirred(bits, member[row])
        bits = stirred(bits, amount[row])
        bits = stirred(bits, store[row])
        bits = stirred(bits, pair[row])
        found[row] = stirred(bits, gaps[row])
    return found


@dataclass
class Ranges:
    """Whether ids may repeat at all: not if they rise within each batch and no two batches overlap."""

    is_rising: bool = True
    ranges: list[tuple[int, int]] = field(default_factory=list)

    def add(self, ids: np.ndarray) -> None:
        """The ids of a batch, payments' and refunds', in the order of its rows."""
        if self.is_rising and len(ids):
            self.is_rising = bool((ids[1:] > ids[:-1]).all())
            self.ranges.append((int(ids[0]), int(ids[-1])))

    def may_repeat(self, others: Iterable[Ranges]) -> bool:
        """Whether an id of these or the others may come twice."""
        every = [self, *others]
        if not all(one.is_rising for one in every):
            return True
        ordered = sorted(one for ranges in every for one in ranges.ranges)
        return any(after[0] <= before[1] for before, after in pairwise(ordered))


@dataclass(frozen=True)
class Doubles:
    """`differing`: the ids (sorted int64; of text ids the hash) whose rows may differ; `exact`: how many rows repeat
    another of theirs exactly."""

    differing: np.ndarray
    exact: int


def find_doubles(said: Iterable[np.ndarray], rows: int, scratch: Path, memory: int) -> Doubles:
    """Which ids repeat among `rows` rows of SAID, in about `memory` bytes: parted by hash, then sorted."""
    parts = 1
    while rows * SAID.itemsize > parts * memory // 4:
        parts *= 2
    differing, exact = [], 0
    for part in _parted(said, parts, scratch):
        ordered = np.sort(part["bits"])
        if not (ordered[1:] == ordered[:-1]).any():
            continue
        repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        concerned = part[np.isin(part["bits"], repeated)]
        distinct, counts = np.unique(concerned, return_counts=True)
        exact += int((counts - 1).sum())
        same = distinct["bits"][1:] == distinct["bits"][:-1]
        differing.append(np.unique(distinct["bits"][1:][same]))
    bits = np.concatenate(differing) if differing else np.zeros(0, np.uint64)
    return Doubles(np.sort(unmixed(bits).view(np.int64)), exact)


def _parted(said: Iterable[np.ndarray], parts: int, scratch: Path) -> Iterator[np.ndarray]:
    if parts == 1:
        pieces = [np.array(one) for one in said]
        yield np.concatenate(pieces) if pieces else np.zeros(0, SAID)
        return
    files = [(scratch / f"ids-{part}").open("w+b") for part in range(parts)]
    try:
        for piece in said:
            order, ends = _by_part(piece["bits"], parts)
            ordered = piece[order]
            for part in range(parts):
                files[part].write(ordered[ends[part] : ends[part + 1]].tobytes())
        for file in files:
            file.seek(0)
            yield np.fromfile(file, SAID)
            file.truncate(0)
    finally:
        for file in files:
            file.close()
            os.unlink(file.name)


@njit(nogil=True, cache=True)
def _by_part(bits: np.ndarray, parts: int) -> Any:
    """Rows in the order of the upper bits of their hash, and where each part ends."""
    shift: Any = np.uint64(64)
    size: Any = parts
    while size > 1:
        shift -= np.uint64(1)
        size //= 2
    ends = np.zeros(parts + 1, np.int64)
    for row in range(len(bits)):
        ends[np.int64(bits[row] >> shift) + 1] += 1
    for part in range(parts):
        ends[part + 1] += ends[part]
    place = ends[:-1].copy()
    order = np.empty(len(bits), np.int64)
    for row in range(len(bits)):
        part = np.int64(bits[row] >> shift)
        order[place[part]] = row
        place[part] += 1
    return order, ends


@njit(nogil=True, cache=True)
def unmixed(bits: np.ndarray) -> np.ndarray:
    """What `mixed` made these of."""
    found = np.empty(len(bits), np.uint64)
    for row in range(len(bits)):
        one = bits[row]
        one ^= one >> np.uint64(33)
        one *= np.uint64(0x9CB4B2F8129337DB)
        one ^= one >> np.uint64(33)
        one *= np.uint64(0x4F74430C22A54005)
        one ^= one >> np.uint64(33)
        found[row] = one
    return found
