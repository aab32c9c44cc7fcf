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


@njit(nogil=True, cache=True)
def hash_bytes(offsets: np.ndarray, data: np.ndarray) -> np.ndarray:
    """A 64-bit hash of each text; `offsets` has one more entry than there are texts."""
    found = np.empty(len(offsets) - 1, np.uint64)
    for row in range(len(found)):
        bits = np.uint64(offsets[row + 1] - offsets[row]) * np.uint64(0x9E3779B97F4A7C15)
        for place in range(offsets[row], offsets[row + 1]):
            bits = (bits ^ np.uint64(data[place])) * np.uint64(0x100000001B3)
        found[row] = mixed(bits)
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
def _text_code(
    slots: np.ndarray, bits_of: np.ndarray, starts: np.ndarray, kept: np.ndarray,
    bits: int, data: np.ndarray, begin: int, end: int,
) -> Any:  # fmt: skip
    mask = len(slots) - 1
    slot = np.int64(bits & np.uint64(mask))
    while slots[slot] != FREE:
        code = slots[slot]
        if bits_of[code] == bits and starts[code + 1] - starts[code] == end - begin:
            is_same = True
            first = starts[code]
            for place in range(end - begin):
                if kept[first + place] != data[begin + place]:
                    is_same = False
                    break
            if is_same:
                break
        slot = (slot + 1) & mask
    return slots[slot], slot


@njit(nogil=True, cache=True)
def _find_texts(
    slots: np.ndarray, bits_of: np.ndarray, starts: np.ndarray, kept: np.ndarray,
    bits: np.ndarray, offsets: np.ndarray, data: np.ndarray, codes: np.ndarray,
) -> None:  # fmt: skip
    for row in range(len(bits)):
        codes[row] = _text_code(slots, bits_of, starts, kept, bits[row], data, offsets[row], offsets[row + 1])[0]


@njit(nogil=True, cache=True)
def _add_texts(
    slots: np.ndarray, bits_of: np.ndarray, starts: np.ndarray, kept: np.ndarray, count: int,
    bits: np.ndarray, offsets: np.ndarray, data: np.ndarray, codes: np.ndarray,
) -> int:  # fmt: skip
    for row in range(len(bits)):
        begin, end = offsets[row], offsets[row + 1]
        code, slot = _text_code(slots, bits_of, starts, kept, bits[row], data, begin, end)
        if code == FREE:
            code = count
            slots[slot] = code
            bits_of[code] = bits[row]
            starts[code + 1] = starts[code] + end - begin
            for place in range(end - begin):
                kept[starts[code] + place] = data[begin + place]
            count += 1
        codes[row] = code
    return count


class TextTable:
    """Codes 0, 1, 2 … of texts in the order in which they came. Safe from several threads."""

    def __init__(self) -> None:
        self._slots = np.full(FEWEST_SLOTS, FREE, np.int32)
        self._bits = np.zeros(FEWEST_SLOTS, np.uint64)
        self._starts = np.zeros(FEWEST_SLOTS + 1, np.int64)
        self._kept = np.zeros(1 << 16, np.uint8)
        self._count = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._count

    def add(self, texts: pa.Array) -> np.ndarray:
        """int32 codes of the texts; new ones get the next."""
        offsets, data = text_parts(texts)
        codes, bits = np.empty(len(texts), np.int32), hash_bytes(offsets, data)
        with self._lock:
            self._make_room(len(texts), int(offsets[-1] - offsets[0]))
            parts = self._slots, self._bits, self._starts, self._kept
            self._count = _add_texts(*parts, self._count, bits, offsets, data, codes)
        return codes

    def find(self, texts: pa.Array) -> np.ndarray:
        """int32 codes of the texts, -1 for what is not in the table."""
        offsets, data = text_parts(texts)
        codes, bits = np.empty(len(texts), np.int32), hash_bytes(offsets, data)
        _find_texts(self._slots, self._bits, self._starts, self._kept, bits, offsets, data, codes)
        return codes

    def values(self) -> pa.Array:
        """What the codes stand for, as large strings: all of them may be longer than two gigabytes."""
        starts, kept = pa.py_buffer(self._starts[: self._count + 1]), pa.py_buffer(self._kept)
        return pa.LargeStringArray.from_buffers(self._count, starts, kept)

    def _make_room(self, more: int, more_bytes: int) -> None:
        wanted = self._count + more
        if wanted > len(self._bits):
            self._bits = _grown(self._bits, self._count, 2 * wanted)
            self._starts = _grown(self._starts, self._count + 1, 2 * wanted + 1)
        used = int(self._starts[self._count])
        if used + more_bytes > len(self._kept):
            self._kept = _grown(self._kept, used, 2 * (used + more_bytes))
        if 2 * wanted > len(self._slots):
            self._slots = np.full(1 << (2 * wanted).bit_length(), FREE, np.int32)
            _replace(self._slots, self._bits, self._count)


def _grown(array: np.ndarray, used: int, length: int) -> np.ndarray:
    grown = np.zeros(length, array.dtype)
    grown[:used] = array[:used]
    return grown


Table = NumberTable | TextTable


def table_for(kind: Any) -> Table:
    """An empty table for ids of this Arrow type, int64 or string."""
    return NumberTable() if pa.types.is_int64(kind) else TextTable()
