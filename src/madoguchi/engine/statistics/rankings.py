"""Rankings with ties: equal figures share a rank, and nobody is left out of a list's end in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Figure = int | float


@dataclass(frozen=True)
class Ranked:
    """One of a ranking. Equal figures share the rank of the first of them: 1, 2, 2, 4."""

    rank: int
    code: str
    figure: Figure


@dataclass(frozen=True)
class Ends:
    """Both ends of a ranking; `top_tied` and `bottom_tied` count those left out that equal the last one shown.

    `bottom` begins with the lowest.
    """

    top: tuple[Ranked, ...]
    bottom: tuple[Ranked, ...]
    top_tied: int
    bottom_tied: int


def ranked(figures: Mapping[str, Figure | None]) -> list[Ranked]:
    """All that have a figure, the highest first, equal ones by code."""
    known = [(figure, code) for code, figure in figures.items() if figure is not None]
    known.sort(key=lambda one: (-one[0], one[1]))
    rows: list[Ranked] = []
    for place, (figure, code) in enumerate(known, start=1):
        is_tied = bool(rows) and rows[-1].figure == figure
        rows.append(Ranked(rows[-1].rank if is_tied else place, code, figure))
    return rows


def ends(figures: Mapping[str, Figure | None], most: int = 10) -> Ends:
    """The highest and the lowest `most`; of a short ranking the bottom has only those not in the top."""
    rows = ranked(figures)
    top = rows[:most]
    lowest = sorted(rows[most:], key=lambda one: (one.figure, one.code))
    bottom = lowest[:most]
    return Ends(
        tuple(top),
        tuple(bottom),
        sum(1 for one in rows[most:] if top and one.figure == top[-1].figure),
        sum(1 for one in lowest[most:] if one.figure == bottom[-1].figure),
    )
