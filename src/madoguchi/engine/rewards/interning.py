"""Ids of any kind as small numbers: exact tables that give each id the next number, compiled.

Compiled because Arrow builds its table of all stores anew for every batch, and a dict in Python takes thirty times as
long. Collisions of hashes cost a comparison, never correctness: the ids themselves are kept and compared.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

FEWEST_SLOTS = 1 << 12
FREE = -1


@njit(nogil=True, cache=True, inline="always")
def mixed(value: Any) -> Any:
    """64 bits well mixed, one to one (the finaliser of MurmurHash3)."""
    bits = np.uint64(value)
    bits ^= bits >> np.uint64(33)
    bits *= np.uint64(0xFF51AFD7ED558CCD)
    bits ^= bits >> np.uint64(33)
    bits *= np.uint64(0xC4CEB9FE1A85EC53)
    bits ^= bits >> np.uint64(33)
    return bits


# A text of up to 16 bytes stands in its slot as two numbers, so that finding it takes one look into memory; of a longer
# one its hash stands there, and its bytes are compared where they are kept.
SLOT = np.dtype([("low", np.uint64), ("high", np.uint64), ("code", np.int32), ("size", np.int32)])
LONGEST_IN_SLOT = 16


@njit(nogil=True, cache=True, inline="always")
def _packed(data: np.ndarray, begin: Any, end: Any) -> Any:
    """The eight bytes from `begin` on as a number, those from `end` on as zeros."""
    bits = np.uint64(0)
    for place in range(min(end - begin, 8)):
        bits |= np.uint64(data[begin + place]) << np.uint64(8 * place)
    return bits


@njit(nogil=True, cache=True, inline="always")
def _key(data: np.ndarray, begin: Any, end: Any) -> Any:
    """A text as two numbers (of up to 16 bytes exactly), and a hash of it."""
    size = end - begin
    if size <= LONGEST_IN_SLOT:
        low, high = _packed(data, begin, end), _packed(data, begin + 8, end)
    else:
        low, high = np.uint64(0x2545F4914F6CDD1D), np.uint64(0)
        for first in range(begin, end, 8):
            low = mixed(low * np.uint64(0x9E3779B97F4A7C15) + _packed(data, first, end))
    return low, high, mixed(low ^ mixed(high + np.uint64(size) * np.uint64(0x9E3779B97F4A7C15)))


@njit(nogil=True, cache=True)
def hash_bytes(offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
    """A 64-bit hash of each text; `offsets` has one more entry than there are texts."""
    found = np.empty(len(offsets) - 1, np.uint64)
    for row in range(len(found)):
        found[row] = _key(data, np.int64(offsets[row]), np.int64(offsets[row + 1]))[2]
    return found


def text_parts(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and bytes of an Arrow array of strings, without a copy; a null is an empty text."""
    _, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return places, np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)


def hashes(ids: pa.Array | np.ndarray) -> np.ndarray:
    """uint64 of each id; of whole numbers one to one."""
    if isinstance(ids, np.ndarray):
        return mix_all(ids)
    return hash_bytes(*text_parts(ids))


@njit(nogil=True, cache=True)
def mix_all(values: np.ndarray) -> np.ndarray:
    """`mixed` of each."""
    found = np.empty(len(values), np.uint64)
    for row in range(len(values)):
        found[row] = mixed(values[row])
    return found


@njit(nogil=True, cache=True)
def _number_code(slots: np.ndarray, known: np.ndarray, value: int, bits: Any) -> Any:
    """The code of a number or FREE, and the slot where the search ended."""
    mask = len(slots) - 1
    slot = np.int64(bits & np.uint64(mask))
    while slots[slot] != FREE and known[slots[slot]] != value:
        slot = (slot + 1) & mask
    return slots[slot], slot


@njit(nogil=True, cache=True)
def _find_numbers(slots: np.ndarray, known: np.ndarray, values: np.ndarray, codes: np.ndarray) -> None:
    for row in range(len(values)):
        codes[row] = _number_code(slots, known, values[row], mixed(values[row]))[0]


@njit(nogil=True, cache=True)
def _add_numbers(slots: np.ndarray, known: np.ndarray, count: int, values: np.ndarray, codes: np.ndarray) -> int:
    for row in range(len(values)):
        code, slot = _number_code(slots, known, values[row], mixed(values[row]))
        if code == FREE:
            code = count
            slots[slot] = code
            known[code] = values[row]
            count += 1
        codes[row] = code
    return count


@njit(nogil=True, cache=True)
def _replace(slots: np.ndarray, bits_of: np.ndarray, count: int) -> None:
    """Fill empty slots anew from the hashes of the codes."""
    mask = len(slots) - 1
    for code in range(count):
        slot = np.int64(bits_of[code] & np.uint64(mask))
        while slots[slot] != FREE:
            slot = (slot + 1) & mask
        slots[slot] = code


class NumberTable:
    """Codes 0, 1, 2 … of int64 in the order in which they came. Safe from several threads."""

    def __init__(self) -> None:
        self._slots = np.full(FEWEST_SLOTS, FREE, np.int32)
        self._known = np.zeros(FEWEST_SLOTS, np.int64)
        self._count = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def add(self, values: np.ndarray) -> np.ndarray:
        """int32 codes of the values; new ones get the next."""
        codes = np.empty(len(values), np.int32)
        with self._lock:
            self._make_room(len(values))
            self._count = _add_numbers(self._slots, self._known, self._count, values, codes)
        return codes

    def find(self, values: np.ndarray) -> np.ndarray:
        """int32 codes of the values, -1 for what is not in the table."""
        codes = np.empty(len(values), np.int32)
        _find_numbers(self._slots, self._known, values, codes)
        return codes

    def values(self) -> np.ndarray:
        """What the codes stand for."""
        return self._known[: self._count]

    def _make_room(self, more: int) -> None:
        wanted = self._count + more
        if wanted > len(self._known):
            self._known = np.concatenate((self._known[: self._count], np.zeros(2 * wanted - self._count, np.int64)))
        if 2 * wanted > len(self._slots):
            self._slots = np.full(1 << (2 * wanted).bit_length(), FREE, np.int32)
            _replace(self._slots, mix_all(self._known[: self._count]), self._count)


@njit(nogil=True, cache=True)
def _text_slot(slots: np.ndarray, starts: np.ndarray, kept: np.ndarray, data: np.ndarray, begin: Any, end: Any) -> Any:
    """The slot where a text stands or would stand, and its two numbers."""
    mask = np.uint64(len(slots) - 1)
    low, high, bits = _key(data, begin, end)
    size = end - begin
    slot = np.int64(bits & mask)
    while slots[slot].code != FREE:
        if slots[slot].low == low and slots[slot].high == high and slots[slot].size == size:
            if size <= LONGEST_IN_SLOT:
                break
            first, is_same = starts[slots[slot].code], True
            for place in range(size):
                if kept[first + place] != data[begin + place]:
                    is_same = False
                    break
            if is_same:
                break
        slot = np.int64(np.uint64(slot + 1) & mask)
    return slot, low, high


@njit(nogil=True, cache=True)
def _find_texts(
    slots: np.ndarray, starts: np.ndarray, kept: np.ndarray, offsets: np.ndarray, data: np.ndarray, codes: np.ndarray
) -> None:
    for row in range(len(codes)):
        slot = _text_slot(slots, starts, kept, data, np.int64(offsets[row]), np.int64(offsets[row + 1]))[0]
        codes[row] = slots[slot].code


@njit(nogil=True, cache=True)
def _add_texts(
    slots: np.ndarray, starts: np.ndarray, kept: np.ndarray, count: int,
    offsets: np.ndarray, data: np.ndarray, codes: np.ndarray,
) -> int:  # fmt: skip
    for row in range(len(codes)):
        begin, end = np.int64(offsets[row]), np.int64(offsets[row + 1])
        slot, low, high = _text_slot(slots, starts, kept, data, begin, end)
        if slots[slot].code == FREE:
            slots[slot].low, slots[slot].high = low, high
            slots[slot].code, slots[slot].size = count, end - begin
            starts[count + 1] = starts[count] + end - begin
            for place in range(end - begin):
                kept[starts[count] + place] = data[begin + place]
            count += 1
        codes[row] = slots[slot].code
    return count


@njit(nogil=True, cache=True)
def _moved(old: np.ndarray, starts: np.ndarray, kept: np.ndarray, slots: np.ndarray) -> None:
    """Every text of `old` put into the larger, empty `slots`."""
    mask = np.uint64(len(slots) - 1)
    for place in range(len(old)):
        code = old[place].code
        if code == FREE:
            continue
        slot = np.int64(_key(kept, starts[code], starts[code + 1])[2] & mask)
        while slots[slot].code != FREE:
            slot = np.int64(np.uint64(slot + 1) & mask)
        slots[slot] = old[place]


class TextTable:
    """Codes 0, 1, 2 … of texts in the order in which they came. Safe from several threads."""

    def __init__(self) -> None:
        self._slots = _free(FEWEST_SLOTS)
        self._starts = np.zeros(FEWEST_SLOTS + 1, np.int64)
        self._kept = np.zeros(1 << 16, np.uint8)
        self._count = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def add(self, texts: pa.Array) -> np.ndarray:
        """int32 codes of the texts; new ones get the next."""
        offsets, data = text_parts(texts)
        codes = self._find(offsets, data)
        is_new = codes == FREE
        if is_new.any():
            with self._lock:
                self._make_room(int(is_new.sum()), int(offsets[-1] - offsets[0]))
                self._count = _add_texts(self._slots, self._starts, self._kept, self._count, offsets, data, codes)
        return codes

    def find(self, texts: pa.Array) -> np.ndarray:
        """int32 codes of the texts, -1 for what is not in the table."""
        return self._find(*text_parts(texts))

    def values(self) -> pa.Array:
        """What the codes stand for, as large strings: all of them may be longer than two gigabytes."""
        starts, kept = pa.py_buffer(self._starts[: self._count + 1]), pa.py_buffer(self._kept)
        return pa.LargeStringArray.from_buffers(self._count, starts, kept)

    def _find(self, offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
        codes = np.empty(len(offsets) - 1, np.int32)
        with self._lock:
            parts = self._slots, self._starts, self._kept
        _find_texts(*parts, offsets, data, codes)
        return codes

    def _make_room(self, more: int, more_bytes: int) -> None:
        wanted = self._count + more
        if wanted >= len(self._starts):
            self._starts = _grown(self._starts, self._count + 1, 2 * wanted + 1)
        used = int(self._starts[self._count])
        if used + more_bytes > len(self._kept):
            self._kept = _grown(self._kept, used, 2 * (used + more_bytes))
        if 2 * wanted > len(self._slots):
            larger = _free(1 << (2 * wanted).bit_length())
            _moved(self._slots, self._starts, self._kept, larger)
            self._slots = larger


def _free(slots: int) -> np.ndarray:
    free = np.zeros(slots, SLOT)
    # A size that no text has: a thread that looks while another writes finds nothing half written.
    free["code"], free["size"] = FREE, FREE
    return free


def _grown(array: np.ndarray, used: int, length: int) -> np.ndarray:
    grown = np.zeros(length, array.dtype)
    grown[:used] = array[:used]
    return grown


Table = NumberTable | TextTable


def table_for(kind: Any) -> Table:
    """An empty table for ids of this Arrow type, int64 or string."""
    return NumberTable() if pa.types.is_int64(kind) else TextTable()
