"""Rates beside counts."""

from __future__ import annotations


def per_thousand(count: int | None, residents: int | None) -> float | None:
    """How many there are for each 1,000 residents, to two places; None where either is unknown or nobody lives."""
    if count is None or not residents:
        return None
    return round(1_000 * count / residents, 2)
