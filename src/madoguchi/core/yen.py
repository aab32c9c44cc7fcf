"""Whole yen: splitting so that the parts sum, fees in basis points, and writing an amount."""

from __future__ import annotations

from collections.abc import Sequence

BPS = 10_000
ROUNDINGS = ("down", "half_up", "up")


def split_yen(total_yen: int, weights: Sequence[int]) -> list[int]:
    """Divide `total_yen` (which may be negative) by `weights`; the parts sum to the whole.

    Largest remainder, ties to the earlier part, so the result never depends on where a row was stored.
    Raises ValueError if a weight is negative or none is positive.
    """
    weight = sum(weights)
    if weight <= 0 or any(part < 0 for part in weights):
        raise ValueError("weights must not be negative, and one must be positive")
    sign = -1 if total_yen < 0 else 1
    whole = abs(total_yen)
    parts = [whole * part // weight for part in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % weight), i))
    for i in by_remainder[: whole - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def fee_yen(amount_yen: int, fee_bps: int, rounding: str) -> int:
    """The fee on `amount_yen` at `fee_bps` hundredths of a percent, rounded `down`, `half_up` or `up`.

    A negative amount gives the negative of the fee on its size, so that a fee given back equals the fee taken.
    """
    if rounding not in ROUNDINGS:
        raise ValueError(f"rounding must be one of {', '.join(ROUNDINGS)}")
    if amount_yen < 0:
        return -fee_yen(-amount_yen, fee_bps, rounding)
    extra = {"down": 0, "half_up": BPS // 2, "up": BPS - 1}[rounding]
    return (amount_yen * fee_bps + extra) // BPS


def format_yen(amount_yen: int) -> str:
    """`¥1,234`; a negative amount as `−¥1,234` with a true minus sign."""
    return f"{'−' if amount_yen < 0 else ''}¥{abs(amount_yen):,}"
