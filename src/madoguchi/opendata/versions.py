"""Names of versions: their time in Japan, with a number behind it where a second has several."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

from madoguchi.core.clock import JST

FORM = "%Y%m%dT%H%M%S"


def free_version(at: datetime, is_taken: Callable[[str], bool]) -> str:
    """The first free name of a version begun at `at`: `20261127T093000`, then `20261127T093000-2` and on."""
    plain = at.astimezone(JST).strftime(FORM)
    names = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in names if not is_taken(name))


def time_of(version: str) -> datetime:
    """When a version of that name was begun, to the second."""
    return datetime.strptime(version.partition("-")[0], FORM).replace(tzinfo=JST)
