"""What a reader can work out about withheld cells: from all sums together, and from the bounds that each sum sets."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

# The signed sum of some withheld cells, and what it is.
Equation = tuple[dict[Hashable, int], int]
# Sums are solved modulo a prime: exact whole numbers, without fractions that grow. 2**61 - 1.
PRIME = 2_305_843_009_213_693_951
# Bounds that still creep after so many rounds are left where they are: they are true, if not the best.
ROUNDS = 40


def determined(equations: Sequence[Equation]) -> set[Hashable]:
    """The cells whose value follows from the equations alone, whatever it is."""
    # pivot cell -> the other cells of its row; kept fully reduced, so that a row of one cell is a known value.
    rows: dict[Hashable, dict[Hashable, int]] = {}
    used_in: dict[Hashable, set[Hashable]] = {}
    often: dict[Hashable, int] = {}
    for signs, _ in equations:
        for key in signs:
            often[key] = often.get(key, 0) + 1
    for signs, _ in equations:
        row = dict(signs)
        for key in [key for key in signs if key in rows]:
            _add(row, rows[key], -row.pop(key))
        if not row:
            continue
        # A cell of few sums as pivot: it is then replaced in few rows.
        pivot = min(row, key=lambda key: often[key])
        inverse = pow(row.pop(pivot), -1, PRIME)
        reduced = {key: value * inverse % PRIME for key, value in row.items()}
        for other in used_in.pop(pivot, set()):
            factor = rows[other].pop(pivot)
            before = set(rows[other])
            _add(rows[other], reduced, -factor)
            for key in set(rows[other]) - before:
                used_in.setdefault(key, set()).add(other)
            for key in before - set(rows[other]):
                used_in[key].discard(other)
        rows[pivot] = reduced
        for key in reduced:
            used_in.setdefault(key, set()).add(pivot)
    return {pivot for pivot, others in rows.items() if not others}


def _add(row: dict[Hashable, int], other: Mapping[Hashable, int], factor: int) -> None:
    """Add `factor` times a row of non-pivots, whose pivot is taken out already."""
    for key, value in other.items():
        summed = (row.get(key, 0) + factor * value) % PRIME
        if summed:
            row[key] = summed
        else:
            row.pop(key, None)


def bounds(equations: Sequence[Equation], lowest: Mapping[Hashable, int]) -> dict[Hashable, tuple[int, int | None]]:
    """The least and the most each cell can be (None: no limit), by looking at one sum after the other."""
    low = dict(lowest)
    high: dict[Hashable, int | None] = dict.fromkeys(lowest)
    for _ in range(ROUNDS):
        # Counted, for every sum must be looked at in each round.
        if sum(_tighten(signs, total, low, high) for signs, total in equations) == 0:
            break
    return {key: (low[key], high[key]) for key in low}


def narrowed(equations: Sequence[Equation], lowest: Mapping[Hashable, int], least: int) -> set[Hashable]:
    """The cells of which bounds leave fewer than `least` values."""
    found = bounds(equations, lowest)
    return {key for key, (low, high) in found.items() if high is not None and high - low + 1 < least}


def _tighten(
    signs: Mapping[Hashable, int], total: int, low: dict[Hashable, int], high: dict[Hashable, int | None]
) -> bool:
    """Bounds of each cell from those of the others in one sum; whether any got tighter."""
    least, most, endless_low, endless_high = 0, 0, 0, 0
    for key, sign in signs.items():
        top = high[key]
        small, large = (low[key], top) if sign > 0 else (None if top is None else -top, -low[key])
        least, endless_low = (least, endless_low + 1) if small is None else (least + small, endless_low)
        most, endless_high = (most, endless_high + 1) if large is None else (most + large, endless_high)
    changed = False
    for key, sign in signs.items():
        top = high[key]
        small, large = (low[key], top) if sign > 0 else (None if top is None else -top, -low[key])
        # This cell's signed value is at most the total less the least of the others, and so on.
        others_have_least = endless_low - (small is None) == 0
        others_have_most = endless_high - (large is None) == 0
        upper = total - (least - (small or 0)) if others_have_least else None
        lower = total - (most - (large or 0)) if others_have_most else None
        new_low, new_high = (lower, upper) if sign > 0 else (_minus(upper), _minus(lower))
        if new_low is not None and new_low > low[key]:
            low[key], changed = new_low, True
        if new_high is not None and (top is None or new_high < top):
            high[key], changed = new_high, True
    return changed


def _minus(value: int | None) -> int | None:
    return None if value is None else -value
