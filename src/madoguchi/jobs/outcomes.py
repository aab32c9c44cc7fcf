"""What came of one try at a delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What came back; `status` is None if nothing did. `is_unwanted` if it was not even sent, nor ever shall be."""

    status: int | None
    answer: str
    milliseconds: int
    is_unwanted: bool = False
