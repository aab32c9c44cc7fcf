"""Points already given in each window whose cap may be met: a table of running sums, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from madoguchi.engine.rewards.interning import mixed
from madoguchi.engine.rewards.kernels import MONTH, QUARTER, period_number
from madoguchi.engine.rewards.terms import Terms
from madoguchi.engine.rewards.times import FIRST_DAY

FEWEST_SLOTS = 1 << 10
EMPTY = np.iinfo(np.int64).min


class Windows:
    """Running sums by two whole numbers, who and which window; what is over is forgotten when room is short."""

    def __init__(self) -> None:
        self.who, self.window, self.sums = _empty(FEWEST_SLOTS)
        self.count = np.zeros(1, np.int64)

    def make_room(self, more: int, is_over: Any) -> None:
        """Room for so many new windows; `is_over(window numbers)` marks those that nobody will ask for again."""
        if 2 * (self.count[0] + more) <= len(self.who):
            return
        used = np.flatnonzero(self.window != EMPTY)
        used = used[~is_over(self.window[used])]
        slots = 1 << max(10, int(2 * (len(used) + more)).bit_length())
        who, window, sums = self.who[used], self.window[used], self.sums[used]
        self.who, self.window, self.sums = _empty(slots)
        self.count[0] = len(used)
        _replace(self.who, self.window, self.sums, who, window, sums)


def _empty(slots: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.zeros(slots, np.int64), np.full(slots, EMPTY, np.int64), np.zeros(slots, np.int64)


@njit(nogil=True, cache=True)
def slot_of(whos: np.ndarray, windows: np.ndarray, who: Any, window: Any) -> Any:
    """Where the sum of a window stands or would stand."""
    mask = len(whos) - 1
    slot = np.int64(mixed(np.uint64(who) ^ mixed(window)) & np.uint64(mask))
    while windows[slot] != EMPTY and not (windows[slot] == window and whos[slot] == who):
        slot = (slot + 1) & mask
    return slot


@njit(nogil=True, cache=True)
def _replace(
    whos: np.ndarray, windows: np.ndarray, sums: np.ndarray, who: np.ndarray, window: np.ndarray, added: np.ndarray
) -> None:
    for row in range(len(who)):
        slot = slot_of(whos, windows, who[row], window[row])
        whos[slot], windows[slot], sums[slot] = who[row], window[row], added[row]


@njit(nogil=True, cache=True)
def take(whos: np.ndarray, windows: np.ndarray, sums: np.ndarray, count: np.ndarray,
         who: Any, window: Any, points: Any, cap: Any) -> Any:  # fmt: skip
    """What the cap leaves of `points`: min(cap, sum after) − min(cap, sum before); the sum then holds them all."""
    slot = slot_of(whos, windows, who, window)
    if windows[slot] == EMPTY:
        whos[slot], windows[slot] = who, window
        count[0] += 1
    before = sums[slot]
    sums[slot] = before + points
    return min(cap, before + points) - min(cap, before)


@njit(nogil=True, cache=True)
def numbered(window: Any, period: Any, number: Any) -> Any:
    """A window, the kind of its period and the period's number, as one number."""
    return (np.int64(window) * 8 + period) * np.int64(1 << 20) + number


@njit(nogil=True, cache=True)
def cut_members(
    terms: Terms, service_of_pair: np.ndarray, day: int, kept: np.ndarray, hot: np.ndarray, members: np.ndarray,
    whos: np.ndarray, windows: np.ndarray, sums: np.ndarray, count: np.ndarray, granted: np.ndarray,
) -> None:  # fmt: skip
    """Cut the rows numbered in `hot`, in order, at the cap of their member's window; `members` says who, by row."""
    for place in range(len(hot)):
        row = hot[place]
        service = service_of_pair[kept[row].pair]
        period = terms.period[service]
        window = numbered(terms.window[service], period, period_number(terms, period, day))
        cap = terms.cap_points[service]
        granted[row] = take(whos, windows, sums, count, members[place], window, granted[row], cap)


@njit(nogil=True, cache=True)
def cut_all(
    terms: Terms, day: int, period: int, cap: int, who: np.ndarray,
    whos: np.ndarray, windows: np.ndarray, sums: np.ndarray, count: np.ndarray, granted: np.ndarray,
) -> None:  # fmt: skip
    """Cut every row, in order, at a cap that each `who` (by row) has in the period."""
    window = numbered(0, period, period_number(terms, period, day))
    for row in range(len(granted)):
        if granted[row] > 0:
            granted[row] = take(whos, windows, sums, count, who[row], window, granted[row], cap)


def over_before(terms: Terms, day: int) -> Any:
    """Tells, of window numbers, which are of months or quarters before that of `day`."""
    month = int(terms.month[day - FIRST_DAY])

    def is_over(windows: np.ndarray) -> np.ndarray:
        period, number = windows >> 20 & 7, windows & ((1 << 20) - 1)
        is_past = ((period == MONTH) & (number < month)) | ((period == QUARTER) & (number < month // 3))
        return np.asarray(is_past)

    return is_over
