"""Time-ordered identifiers (UUIDv7, RFC 9562) and their short, typo-safe form for people."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

# Crockford's base 32 leaves out I, L, O and U; the five further symbols only ever stand as the check symbol.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_ALPHABET = ALPHABET + "*~$=U"
CONFUSED = str.maketrans("ILO", "110")
SHORT_LENGTH = 26


_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """A new UUIDv7: 48 bits of Unix milliseconds, then 74 random bits.

    Sorts by the time it was made; within one process strictly, also inside one millisecond or when the clock goes
    back, by counting on from the one before.
    """
    global _last  # noqa: PLW0603  # the identifier before is what the next one must follow
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | (random & (2**62 - 1))
    with _lock:
        _last = value = max(value, _last + 1)
    return UUID(int=value)


def short_form(identifier: UUID) -> str:
    """The identifier as 26 Crockford symbols and a check symbol, e.g. `01JD…-K`."""
    value = identifier.int
    symbols = []
    for _ in range(SHORT_LENGTH):
        value, digit = divmod(value, 32)
        symbols.append(ALPHABET[digit])
    return "".join(reversed(symbols)) + CHECK_ALPHABET[identifier.int % 37]


def parse_id(text: str) -> UUID:
    """Read an identifier in its UUID or short form; spaces, hyphens and case do not matter.

    Raises ValueError if it is neither, or if the check symbol shows a typing mistake.
    """
    try:
        return UUID(text)
    except ValueError:
        pass
    compact = text.strip().upper().replace("-", "").replace(" ", "").translate(CONFUSED)
    if len(compact) != SHORT_LENGTH + 1:
        raise ValueError(f"an identifier has {SHORT_LENGTH + 1} characters, not {len(compact)}")
    body, check = compact[:-1], compact[-1]
    value = 0
    for symbol in body:
        value = value * 32 + ALPHABET.index(symbol)  # ValueError for a symbol outside the alphabet
    if value >= 2**128 or CHECK_ALPHABET[value % 37] != check:
        raise ValueError("the check symbol does not fit: look for a mistyped character")
    return UUID(int=value)
