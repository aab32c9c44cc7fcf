"""Rates and rankings beside counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.engine.statistics import Ranked, ends, per_thousand, ranked


def test_equal_figures_share_a_rank_and_the_next_one_is_skipped() -> None:
    rows = ranked({"13": 9, "10": 4, "01": 4, "27": 2, "47": None})
    assert [(row.rank, row.code) for row in rows] == [(1, "13"), (2, "01"), (2, "10"), (4, "27")]


def test_those_left_out_of_an_end_with_the_same_figure_are_counted() -> None:
    """P-42: seven municipalities had no application; a list of the lowest three says that four more have none."""
    found = ends({"big": 50, **{f"zero-{n}": 0 for n in range(7)}}, 3)
    assert found.top == (Ranked(1, "big", 50), Ranked(2, "zero-0", 0), Ranked(2, "zero-1", 0))
    assert found.top_tied == 5
    assert [row.code for row in found.bottom] == ["zero-2", "zero-3", "zero-4"]
    assert found.bottom_tied == 2


@given(st.dictionaries(st.text(min_size=1), st.one_of(st.none(), st.integers(0, 20))), st.integers(1, 5))
def test_no_area_stands_at_both_ends(figures: dict[str, int | None], most: int) -> None:
    found = ends(figures, most)
    assert not {row.code for row in found.top} & {row.code for row in found.bottom}
    assert len(found.top) == min(most, sum(figure is not None for figure in figures.values()))


@pytest.mark.parametrize(
    ("count", "residents", "rate"),
    [(300, 48_000, 6.25), (1, 3_000, 0.33), (0, 10, 0.0), (None, 10, None), (5, None, None), (5, 0, None)],
)
def test_places_per_thousand_residents(count: int | None, residents: int | None, rate: float | None) -> None:
    assert per_thousand(count, residents) == rate
