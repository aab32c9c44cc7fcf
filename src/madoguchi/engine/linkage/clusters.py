"""Pairs become clusters: automatic ones without contradictions, and beside them the rows that may belong there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

AUTO, REVIEW, SINGLE = "auto", "review", "single"


@dataclass
class Grouping:
    """Rows 0 … `count` − 1 in groups, each known by its lowest row."""

    count: int
    parent: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.parent = list(range(self.count))

    def root(self, row: int) -> int:
        """The row that stands for `row`'s group."""
        parent = self.parent
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    def join(self, first: int, second: int) -> None:
        """Make one group of the two; its lowest root stands for it."""
        low, high = sorted((self.root(first), self.root(second)))
        self.parent[high] = low


@dataclass(frozen=True)
class Clusters:
    """For each row: the row that names its cluster, its decision, and the probability that decided."""

    names: list[int]
    decisions: list[str]
    probabilities: list[float]

    @classmethod
    def of_singles(cls, count: int) -> Clusters:
        """Every row its own cluster."""
        return cls(list(range(count)), [SINGLE] * count, [0.0] * count)


Edge = tuple[int, int, float]


def components(count: int, edges: Iterable[Edge]) -> Grouping:
    """Rows joined by edges, directly or through others."""
    found = Grouping(count)
    for first, second, _ in edges:
        found.join(first, second)
    return found


def incomplete(grouping: Grouping, edges: Sequence[Edge]) -> list[list[int]]:
    """Groups of which not every pair is an edge: there, two rows may be together only through a third."""
    members: dict[int, list[int]] = {}
    for row in sorted({row for edge in edges for row in edge[:2]}):
        members.setdefault(grouping.root(row), []).append(row)
    inside = dict.fromkeys(members, 0)
    for first, _, _ in edges:
        inside[grouping.root(first)] += 1
    return [rows for root, rows in members.items() if inside[root] < len(rows) * (len(rows) - 1) // 2]


def clustered(
    count: int, automatic: Sequence[Edge], queued: Sequence[Edge], apart: set[tuple[int, int]], *, below: float
) -> Clusters:
    """Clusters of `count` rows.

    `automatic` edges join, strongest first, unless that would put two rows of `apart` (lower row first) together.
    Such refused edges and `queued` ones then attach rows to the cluster they may belong to, without ever joining two
    automatic clusters. `below` is the highest probability a row of the queue is shown with.
    """
    groups = Grouping(count)
    refused = _join_automatic(groups, _strongest_first(automatic), apart)
    best = [0.0] * count
    core = [False] * count
    for first, second, probability in automatic:
        if groups.root(first) == groups.root(second):
            for row in (first, second):
                core[row], best[row] = True, max(best[row], probability)
    decisions = [AUTO if is_core else SINGLE for is_core in core]
    has_core = {groups.root(row) for row in range(count) if core[row]}
    # The lowest row of an automatic cluster names it, whatever the queue attaches to it later.
    names = {root: root for root in has_core}
    for first, second, probability in _strongest_first([*queued, *refused]):
        one, other = groups.root(first), groups.root(second)
        for row in (first, second):
            if not core[row]:
                decisions[row] = REVIEW
                best[row] = max(best[row], min(probability, below))
        if one == other or (one in has_core and other in has_core):
            continue
        name = names.get(one, names.get(other))
        groups.join(one, other)
        root = groups.root(one)
        if name is not None:
            has_core.add(root)
            names[root] = name
    roots = [groups.root(row) for row in range(count)]
    return Clusters([names.get(root, root) for root in roots], decisions, best)


def _strongest_first(edges: Iterable[Edge]) -> list[Edge]:
    return sorted(edges, key=lambda edge: (-edge[2], edge[0], edge[1]))


def _join_automatic(groups: Grouping, edges: list[Edge], apart: set[tuple[int, int]]) -> list[Edge]:
    refused = []
    against: dict[int, set[int]] = {}
    for low, high in apart:
        against.setdefault(low, set()).add(high)
        against.setdefault(high, set()).add(low)
    members: dict[int, list[int]] = {}
    for edge in edges:
        one, other = groups.root(edge[0]), groups.root(edge[1])
        if one == other:
            continue
        first, second = members.get(one, [one]), members.get(other, [other])
        if any(not against.get(row, _NONE).isdisjoint(second) for row in first):
            refused.append(edge)
            continue
        groups.join(one, other)
        members[groups.root(one)] = first + second
    return refused


_NONE: set[int] = set()
