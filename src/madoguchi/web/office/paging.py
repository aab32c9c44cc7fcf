"""Pages of a list of which nobody counts how many there are: rows, and whether there are more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

Row = TypeVar("Row")
# Whoever goes on for so long should narrow the list; an offset further in would be read in full.
LAST_PAGE = 200


@dataclass(frozen=True)
class Window(Generic[Row]):
    """One page: its number from 1, its rows, and whether there is one after it."""

    number: int
    rows: Sequence[Row]
    has_next: bool

    @property
    def previous(self) -> int:
        """The number of the page before; 0 for none."""
        return self.number - 1

    @property
    def next(self) -> int:
        """The number of the page after; 0 for none."""
        return self.number + 1 if self.has_next and self.number < LAST_PAGE else 0


def window(rows: QuerySet[Any], asked: str | None, size: int) -> Window[Any]:
    """The page of `rows` that an address asks for; what is no page number is the first."""
    number = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) <= 4 else 1
    number = min(max(number, 1), LAST_PAGE)
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    return Window(number, found[:size], len(found) > size)
