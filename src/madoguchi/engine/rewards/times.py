"""Instants of payments as nanoseconds since 1970-01-01 UTC; without a zone they are Japanese time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from madoguchi.core.clock import JST

NANOSECONDS_OF_DAY = 86_400 * 10**9
NANOSECONDS_TO_JST = 9 * 3_600 * 10**9
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
FIRST_DAY = (date(2000, 1, 1) - date(1970, 1, 1)).days
LAST_DAY = (date(2099, 12, 31) - date(1970, 1, 1)).days
# What is outside 2000 to 2099, or is no time at all, lies beyond every real instant.
ABSURD = np.iinfo(np.int64).max
_FORM = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$"


def instants(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Nanoseconds of each cell (ABSURD outside 2000 to 2099 JST), and which cells are null or cannot be read."""
    if not pa.types.is_timestamp(column.type):
        column = _read(column.cast(pa.string()))
    per_second = PER_SECOND[column.type.unit]
    shift = 0 if column.type.tz else -NANOSECONDS_TO_JST
    is_missing = np.asarray(column.is_null()) if column.null_count else np.zeros(len(column), bool)
    units = (
        np.asarray(column.cast(pa.int64()).fill_null(0)) if column.null_count else np.asarray(column.cast(pa.int64()))
    )
    seconds_to_jst = 9 * 3_600 if column.type.tz else 0
    first = (FIRST_DAY * 86_400 - seconds_to_jst) * per_second
    beyond = ((LAST_DAY + 1) * 86_400 - seconds_to_jst) * per_second
    is_absurd = (units < first) | (units >= beyond)
    if is_absurd.any():
        return np.where(is_absurd, ABSURD, np.where(is_absurd, 0, units) * (10**9 // per_second) + shift), is_missing
    return units * np.int64(10**9 // per_second) + np.int64(shift), is_missing


def _read(texts: pa.Array) -> pa.Array:
    """Timestamps in UTC of ISO 8601 texts; null for what is none."""
    trimmed = pc.utf8_trim_whitespace(texts)
    is_zoned = pc.match_substring_regex(trimmed, _FORM + _ZONE).fill_null(False)
    is_plain = pc.match_substring_regex(trimmed, _FORM + "$").fill_null(False)
    kind = pa.timestamp("ns", "UTC")
    try:
        zoned = pc.if_else(is_zoned, trimmed, None).cast(kind)
        plain = pc.if_else(is_plain, trimmed, None).cast(pa.timestamp("ns"))
        shifted = pc.subtract(plain.cast(pa.int64()), NANOSECONDS_TO_JST).cast(kind)
        return pc.coalesce(zoned, shifted)
    except pa.ArrowInvalid:
        # A date that no calendar has, or one outside what nanoseconds reach, is among them: one by one.
        return pa.array([_one(text) for text in trimmed.to_pylist()], pa.int64()).cast(kind)


def _one(text: str | None) -> int | None:
    """Nanoseconds of one text; what is beyond 64 bits is as absurd as any."""
    if text is None:
        return None
    body, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    try:
        read = datetime.fromisoformat(body + rest[len(digits) :] if dot else text)
    except ValueError:
        return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=JST)
    if dot and (not digits or len(digits) > 9):
        return None
    seconds = (read - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400 + (
        read - datetime(1970, 1, 1, tzinfo=UTC)
    ).seconds
    found = seconds * 10**9 + int(digits.ljust(9, "0") or 0)
    return found if 0 <= found < ABSURD else 0
