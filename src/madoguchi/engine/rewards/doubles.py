"""Ids that came more than once: exact repetitions, which count once, and those that say different things."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
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
        bits = stirred(bits, kept[row].is_excluded)
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


def find_doubles(said: Callable[[], Iterable[np.ndarray]], rows: int, scratch: Path, memory: int) -> Doubles:
    """Which ids repeat among `rows` rows of SAID, in about `memory` bytes: parted by hash, then sorted.

    `said` gives all rows anew each time: first only the ids are looked at, and what is said only of those that repeat.
    """
    parts = 1
    while rows * 8 > parts * memory // 4:
        parts *= 2
    found = [_repeated(part) for part in _parted((piece["bits"] for piece in said()), parts, scratch)]
    repeated = np.sort(np.concatenate([np.zeros(0, np.uint64), *found]))
    if not len(repeated):
        return Doubles(np.zeros(0, np.int64), 0)
    concerned = np.concatenate([piece[is_among(repeated, piece["bits"])] for piece in said()])
    distinct, counts = np.unique(concerned, return_counts=True)
    same = distinct["bits"][1:] == distinct["bits"][:-1]
    differing = unmixed(np.unique(distinct["bits"][1:][same])).view(np.int64)
    return Doubles(np.sort(differing), int((counts - 1).sum()))


def _repeated(bits: np.ndarray) -> np.ndarray:
    """Those that come more than once, each once."""
    bits.sort()
    return np.unique(bits[1:][bits[1:] == bits[:-1]])


def _parted(ids: Iterable[np.ndarray], parts: int, scratch: Path) -> Iterator[np.ndarray]:
    if parts == 1:
        yield np.concatenate([np.zeros(0, np.uint64), *ids])
        return
    files = [(scratch / f"ids-{part}").open("w+b") for part in range(parts)]
    try:
        for bits in ids:
            ordered, ends = _by_part(np.ascontiguousarray(bits), parts)
            for part in range(parts):
                files[part].write(ordered[ends[part] : ends[part + 1]].tobytes())
        for file in files:
            file.seek(0)
            yield np.fromfile(file, np.uint64)
            file.truncate(0)
    finally:
        for file in files:
            file.close()
            os.unlink(file.name)


@njit(nogil=True, cache=True)
def is_among(known: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Which of `bits` are in the sorted `known`."""
    found = np.zeros(len(bits), np.bool_)
    for row in range(len(bits)):
        low, high = 0, len(known)
        while low < high:
            middle = (low + high) // 2
            if known[middle] < bits[row]:
                low = middle + 1
            else:
                high = middle
        found[row] = low < len(known) and known[low] == bits[row]
    return found


@njit(nogil=True, cache=True)
def _by_part(bits: np.ndarray, parts: int) -> Any:
    """Hashes in the order of their upper bits, and where each part ends."""
    shift: Any = np.uint64(64)
    size: Any = parts
    while size > 1:
        shift -= np.uint64(1)
        size //= 2
    ends = np.zeros(parts + 1, np.int64)
    for row in range(len(bits)):
        ends[np.int64(bits[row] >> shift) + 1] += 1
    for before in range(parts):
        ends[before + 1] += ends[before]
    place = ends[:-1].copy()
    ordered = np.empty(len(bits), np.uint64)
    for row in range(len(bits)):
        part = np.int64(bits[row] >> shift)
        ordered[place[part]] = bits[row]
        place[part] += 1
    return ordered, ends


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
