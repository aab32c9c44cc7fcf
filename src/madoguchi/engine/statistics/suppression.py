"""Which figures of a table are withheld, so that neither a cell nor any sum tells a small count.

A reader of a table knows more than its cells: every row and column adds up, a month's stock is last month's and what
came and went. Such facts are `Relation`s. A small count is withheld, and then as many others as it takes that the
relations give none of them away. What is left for a reader to try is in docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from madoguchi.engine.statistics.attacks import determined, narrowed

# Fewer than so many are not told.
LEAST = 5
# Whatever a caller names its cells by; of one kind throughout a table.
Key = Any


@dataclass(frozen=True)
class Relation:
    """A fact that every reader knows: the sum of `wholes` is the sum of `parts`. Mostly there is one whole."""

    wholes: tuple[Hashable, ...]
    parts: tuple[Hashable, ...]

    @property
    def members(self) -> tuple[Hashable, ...]:
        """Parts before wholes: a part is the lesser loss."""
        return self.parts + self.wholes


def withheld(
    values: Mapping[Key, int],
    relations: Sequence[Relation],
    *,
    also: AbstractSet[Key] = frozenset(),
    least: int = LEAST,
) -> frozenset[Key]:
    """The keys of the counts to withhold: those below `least`, those in `also`, and what protects them.

    `values` are counts of 0 or more and fulfil all `relations`, whose members are among the keys. 0 is published. What
    protects a cell is the smallest other cell above 0 of a sum it stands in, parts before totals, the first if equal.
    Afterwards the relations determine no withheld cell, and simple bounds leave each at least `least` values. The
    answer depends on the figures alone, not on the order of `values`. Raises ValueError for a relation that is wrong.
    """
    for relation in relations:
        if sum(values[one] for one in relation.wholes) != sum(values[one] for one in relation.parts):
            raise ValueError(f"these do not add up: {relation.wholes}")
    table = _Table(values, relations, also, least)
    table.hide(key for key, value in values.items() if 0 < value < least or key in also)
    while table.cover_single() or table.cover_narrow() or table.cover_determined():
        pass
    return frozenset(table.hidden)


class _Table:
    """The cells, the sums they stand in, and what is hidden so far."""

    def __init__(
        self, values: Mapping[Key, int], relations: Sequence[Relation], also: AbstractSet[Key], least: int
    ) -> None:
        self.values: Mapping[Hashable, int] = values
        self.relations = relations
        self.also: AbstractSet[Hashable] = also
        self.least = least
        self.hidden: set[Hashable] = set()
        self.of: dict[Hashable, list[int]] = {}
        self.sums_up: dict[Hashable, int] = {}
        for number, relation in enumerate(relations):
            for key in relation.members:
                self.of.setdefault(key, []).append(number)
            for key in relation.wholes:
                self.sums_up[key] = self.sums_up.get(key, 0) + 1

    def hide(self, keys: Iterable[Hashable]) -> None:
        self.hidden.update(keys)

    def cover_single(self) -> bool:
        """Hide a second cell in every sum that has only one hidden, again and again; whether any was."""
        waiting = sorted({number for key in self.hidden for number in self.of.get(key, [])})
        found = False
        while waiting:
            number = waiting.pop(0)
            if sum(key in self.hidden for key in self.relations[number].members) == 1:
                key = self._cheapest([number])
                if key is not None:
                    self.hidden.add(key)
                    waiting += [other for other in self.of[key] if other not in waiting]
                    found = True
        return found

    def cover_narrow(self) -> bool:
        """Hide one more for each cell of which bounds leave fewer than `least` values."""
        lowest = {key: 0 if key in self.also else 1 for key in self.hidden}
        narrow = narrowed(self._equations(), lowest, self.least)
        return self._cover(narrow)

    def cover_determined(self) -> bool:
        """Hide one more for each cell that follows from all sums together."""
        return self._cover(determined(self._equations()))

    def _equations(self) -> list[tuple[dict[Hashable, int], int]]:
        """Each sum with hidden cells as `{cell: sign}` and what they add up to."""
        found = []
        for relation in self.relations:
            signs = {key: 1 for key in relation.parts if key in self.hidden}
            signs |= {key: -1 for key in relation.wholes if key in self.hidden}
            if signs:
                total = sum(self.values[key] for key in relation.wholes if key not in self.hidden)
                total -= sum(self.values[key] for key in relation.parts if key not in self.hidden)
                found.append((signs, total))
        return found

    def _cover(self, keys: Collection[Hashable]) -> bool:
        """Hide a cell beside each of these; one may cover several that share a sum."""
        covered: set[int] = set()
        found = False
        for key in sorted(keys, key=self._order()):
            near = self.of.get(key, [])
            if covered.intersection(near):
                continue
            chosen = self._cheapest(near)
            if chosen is None:
                chosen = self._cheapest(self._around(key))
            if chosen is not None:
                self.hidden.add(chosen)
                covered.update(self.of[chosen])
                found = True
        return found

    def _cheapest(self, numbers: Iterable[int]) -> Hashable | None:
        """The smallest shown cell above 0 of these sums, of those that are totals of the fewest."""
        shown = [
            (self.sums_up.get(key, 0), self.values[key], number, place, key)
            for number in numbers
            for place, key in enumerate(self.relations[number].members)
            if key not in self.hidden and self.values[key] > 0
        ]
        return min(shown, key=lambda one: one[:4])[4] if shown else None

    def _around(self, key: Hashable) -> list[int]:
        """Every sum that hidden cells link to this one's."""
        seen: set[int] = set(self.of.get(key, []))
        waiting = list(seen)
        while waiting:
            for member in self.relations[waiting.pop()].members:
                if member in self.hidden:
                    fresh = set(self.of[member]) - seen
                    seen |= fresh
                    waiting += fresh
        return sorted(seen)

    def _order(self) -> Callable[[Hashable], tuple[int, int]]:
        """By the first sum a cell stands in and its place there."""
        return lambda key: (self.of[key][0], self.relations[self.of[key][0]].members.index(key))
