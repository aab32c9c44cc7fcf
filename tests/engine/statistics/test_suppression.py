"""No withheld count can be worked out from what is published (P-44)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.engine.statistics import LEAST, Relation, withheld

Counts = dict[Any, int]
SMALL_AND_LARGE = st.one_of(st.integers(0, 9), st.integers(0, 400))


def two_ways(rows: list[list[int]]) -> tuple[Counts, list[Relation]]:
    """A table with the sums of its rows and columns, and the total of both."""
    high, wide = len(rows), len(rows[0])
    counts: Counts = {(r, c): rows[r][c] for r in range(high) for c in range(wide)}
    relations = []
    for r in range(high):
        counts[r, "sum"] = sum(rows[r])
        relations.append(Relation(((r, "sum"),), tuple((r, c) for c in range(wide))))
    for c in [*range(wide), "sum"]:
        counts["sum", c] = sum(counts[r, c] for r in range(high))
        relations.append(Relation((("sum", c),), tuple((r, c) for r in range(high))))
    relations.append(Relation((("sum", "sum"),), tuple(("sum", c) for c in range(wide))))
    return counts, relations


def groups(parts: list[list[int]]) -> tuple[Counts, list[Relation]]:
    """Rows within groups within a total, as municipalities within prefectures."""
    counts: Counts = {(g, n): count for g, group in enumerate(parts) for n, count in enumerate(group)}
    relations = []
    for g, group in enumerate(parts):
        counts[g] = sum(group)
        relations.append(Relation((g,), tuple((g, n) for n in range(len(group)))))
    counts["all"] = sum(counts[g] for g in range(len(parts)))
    relations.append(Relation(("all",), tuple(range(len(parts)))))
    return counts, relations


def stocks(months: list[tuple[int, int]]) -> tuple[Counts, list[Relation]]:
    """What began, ended and held by month; of what holds at most all ends."""
    counts: Counts = {}
    held = 0
    for month, (began, wanted) in enumerate(months):
        over = min(wanted, held + began)
        held += began - over
        counts |= {("began", month): began, ("over", month): over, ("held", month): held}
    first = Relation((("held", 0), ("over", 0)), (("began", 0),))
    later = [
        Relation((("held", month), ("over", month)), (("held", before), ("began", month)))
        for before, month in pairwise(range(len(months)))
    ]
    return counts, [first, *later]


TABLES = st.one_of(
    st.tuples(st.integers(1, 6), st.integers(1, 6))
    .flatmap(
        lambda size: st.lists(
            st.lists(SMALL_AND_LARGE, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
        )
    )
    .map(two_ways),
    st.lists(st.lists(SMALL_AND_LARGE, min_size=1, max_size=8), min_size=1, max_size=6).map(groups),
    st.lists(st.tuples(SMALL_AND_LARGE, SMALL_AND_LARGE), min_size=1, max_size=10).map(stocks),
)


def solved(counts: Counts, relations: list[Relation], hidden: frozenset[Any]) -> set[Any]:
    """What linear algebra finds: cells that are the same in every solution of the sums."""
    unknown = sorted(hidden, key=str)
    if not unknown:
        return set()
    at = {key: number for number, key in enumerate(unknown)}
    matrix = numpy.zeros((len(relations), len(unknown)))
    for row, relation in enumerate(relations):
        for sign, keys in ((1, relation.parts), (-1, relation.wholes)):
            for key in keys:
                if key in at:
                    matrix[row, at[key]] += sign
    rank = numpy.linalg.matrix_rank(matrix)
    found = set()
    for key, number in at.items():
        unit = numpy.zeros((1, len(unknown)))
        unit[0, number] = 1
        # A cell is known if its own row adds nothing to what the sums say.
        if numpy.linalg.matrix_rank(numpy.vstack([matrix, unit])) == rank:
            found.add(key)
    return found


def bounded(counts: Counts, relations: list[Relation], hidden: frozenset[Any]) -> dict[Any, int]:
    """What is left to each withheld part of a single sum, if all its withheld parts are at least 1."""
    left: dict[Any, int] = {}
    for relation in relations:
        gone = [key for key in relation.parts if key in hidden]
        if len(relation.wholes) == 1 and relation.wholes[0] not in hidden and gone:
            slack = sum(counts[key] for key in gone) - len(gone)
            left |= {key: min(left.get(key, slack), slack) for key in gone}
    return left


@given(TABLES)
def test_no_withheld_count_follows_from_the_sums(table: tuple[Counts, list[Relation]]) -> None:
    """P-44: the attack solves all sums at once."""
    counts, relations = table
    assert solved(counts, relations, withheld(counts, relations)) == set()


@given(TABLES)
def test_no_sum_leaves_a_withheld_count_fewer_than_five_values(table: tuple[Counts, list[Relation]]) -> None:
    """P-44: two hidden shops of a sum of 2 would be one each."""
    counts, relations = table
    left = bounded(counts, relations, withheld(counts, relations))
    assert all(slack + 1 >= LEAST for slack in left.values())


@given(TABLES)
def test_every_small_count_is_withheld_and_none_is_not(table: tuple[Counts, list[Relation]]) -> None:
    """P-44: k = 5; 0 is a fact about nobody."""
    counts, relations = table
    hidden = withheld(counts, relations)
    assert {key for key, count in counts.items() if 0 < count < LEAST} <= hidden
    assert not {key for key, count in counts.items() if count == 0} & hidden


@given(TABLES, st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_of_the_counts(table: Any, random: Any) -> None:
    """The same figures give the same table, wherever a row was stored."""
    counts, relations = table
    shuffled = list(counts.items())
    random.shuffle(shuffled)
    assert withheld(dict(shuffled), relations) == withheld(counts, relations)


@given(TABLES, st.data())
def test_cells_withheld_for_another_reason_are_protected_as_well(table: Any, data: Any) -> None:
    """Of a figure that is nearly all one shop's, even a 0 beside it is not told."""
    counts, relations = table
    also = frozenset(data.draw(st.sets(st.sampled_from(sorted(counts, key=str)), max_size=3)))
    hidden = withheld(counts, relations, also=also)
    known = solved(counts, relations, hidden)
    assert also <= hidden
    # With nothing above 0 beside it there is nothing to hide behind.
    assert all(counts[key] == 0 for key in known)


def test_nothing_is_withheld_without_a_small_count() -> None:
    counts, relations = two_ways([[5, 0, 90], [8, 12, 0]])
    assert withheld(counts, relations) == frozenset()


def test_the_smallest_other_counts_protect_a_small_one() -> None:
    """3 would be 110 − 7 − 100; with 7 its sum of 10 tells neither."""
    counts, relations = groups([[3, 7, 100]])
    counts, relations = {key: counts[key] for key in counts if key != "all"}, relations[:1]
    assert withheld(counts, relations) == {(0, 0), (0, 1)}


def test_two_small_counts_of_a_small_sum_need_a_third() -> None:
    """1 and 2 are together 3: a reader would know one of two values."""
    counts, relations = groups([[1, 2, 20, 100], [50, 60]])
    assert withheld(counts, relations) == {(0, 0), (0, 1), (0, 2)}


def test_a_total_that_is_small_is_withheld_with_its_parts_and_another_total() -> None:
    counts, relations = groups([[3, 0], [40, 60], [7, 200]])
    assert withheld(counts, relations) >= {(0, 0), 0}
    assert "all" not in withheld(counts, relations)


def test_a_small_change_is_not_the_difference_of_two_stocks() -> None:
    """103 − 100 would tell that 3 began."""
    counts, relations = stocks([(100, 0), (3, 0), (50, 0)])
    hidden = withheld(counts, relations)
    assert ("began", 1) in hidden
    assert hidden & {("held", 0), ("held", 1)}


def test_sums_that_do_not_add_up_are_an_error() -> None:
    with pytest.raises(ValueError, match="add up"):
        withheld({"a": 1, "b": 2, "all": 4}, [Relation(("all",), ("a", "b"))])
