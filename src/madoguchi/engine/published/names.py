"""Which official name a printed one is: itself, a known variant of it, or a reading somebody agreed on (P-42)."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import combinations

from madoguchi.engine.published.mapping import Reading


@cache
def _glyphs() -> dict[frozenset[str], str]:
    text = files("madoguchi.engine.published").joinpath("data", "glyphs.csv").read_text(encoding="utf-8")
    reasons: dict[frozenset[str], str] = {}
    for row in csv.DictReader(text.splitlines()):
        for pair in combinations(row["characters"], 2):
            reasons.setdefault(frozenset(pair), row["reason"])
    return reasons


def variant_reason(printed: str, official: str) -> str | None:
    """Why `printed` is `official` in another writing; "" if they are the same, None if it is no known variant."""
    tight = "".join(printed.split())
    same = unicodedata.normalize("NFKC", tight)
    if len(same) != len(official):
        return None
    reason = "space_in_name" if tight != printed else "other_code" if same != tight else ""
    for mine, theirs in zip(same, official, strict=True):
        if mine != theirs:
            found = _glyphs().get(frozenset((mine, theirs)))
            if found is None:
                return None
            reason = reason or found
    return reason


def resolve(printed: str, official: Iterable[str]) -> tuple[str, str] | None:
    """The official name and the reason of the change ("" for none); None unless exactly one name fits.

    A name that is an official one is that one, also where it is a variant of another's.
    """
    names = list(official)
    if printed in names:
        return printed, ""
    fits = [(name, reason) for name in names if (reason := variant_reason(printed, name)) is not None]
    return fits[0] if len(fits) == 1 else None


def agreed(readings: Iterable[Reading], prefecture: str, printed: str, occurrence: int) -> Reading | None:
    """The reading that was agreed on for the n-th line of the prefecture with this name."""
    for reading in readings:
        if (reading.prefecture, reading.printed) == (prefecture, printed) and reading.occurrence in {0, occurrence}:
            return reading
    return None


def nearest(printed: str, missing: Iterable[str]) -> Iterator[str]:
    """Of the names not found, those that differ from the printed one in a single character."""
    for name in missing:
        if len(name) == len(printed) and sum(mine != theirs for mine, theirs in zip(name, printed, strict=True)) == 1:
            yield name
