"""Whole yen: every split sums to the whole, every fee is within a yen of the exact one (J-27)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.core.yen import BPS, ROUNDINGS, fee_yen, format_yen, split_yen

YEN = st.integers(min_value=-(10**10), max_value=10**10)
POSITIVE_YEN = st.integers(min_value=0, max_value=10**10)
FEE_BPS = st.integers(min_value=0, max_value=BPS)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**7), min_size=1, max_size=50).filter(any)


@given(YEN, WEIGHTS)
def test_the_parts_sum_to_the_whole(total_yen, weights):
    assert sum(split_yen(total_yen, weights)) == total_yen


@given(YEN, WEIGHTS)
def test_each_part_is_within_a_yen_of_its_exact_share(total_yen, weights):
    for part, weight in zip(split_yen(total_yen, weights), weights, strict=True):
        assert abs(part - Fraction(total_yen * weight, sum(weights))) < 1


@given(YEN, WEIGHTS)
def test_a_part_without_weight_gets_nothing(total_yen, weights):
    parts = split_yen(total_yen, weights)

    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(YEN, WEIGHTS)
def test_giving_back_splits_as_taking_did(total_yen, weights):
    assert split_yen(-total_yen, weights) == [-part for part in split_yen(total_yen, weights)]


@given(WEIGHTS)
def test_a_whole_equal_to_the_weights_gives_each_its_weight(weights):
    """A full refund puts back exactly what each line was."""
    assert split_yen(sum(weights), weights) == weights


@given(POSITIVE_YEN, st.integers(min_value=1, max_value=50))
def test_with_equal_weights_the_spare_yen_go_to_the_first_parts(total_yen, count):
    parts = split_yen(total_yen, [1] * count)

    assert parts == sorted(parts, reverse=True)
    assert max(parts) - min(parts) <= 1


def test_the_largest_remainder_gets_the_spare_yen():
    assert split_yen(100, [1, 1, 1]) == [34, 33, 33]
    assert split_yen(10, [1, 5, 4]) == [1, 5, 4]
    assert split_yen(11, [1, 5, 4]) == [1, 6, 4]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [-1, 5]])
def test_weights_that_cannot_be_split_by_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        split_yen(100, weights)


@given(YEN, FEE_BPS)
def test_a_fee_rounded_down_half_up_and_up(amount_yen, fee_bps):
    """Down never takes more than the exact fee, up never less, half_up is nearest."""
    size = abs(amount_yen)
    exact = Fraction(size * fee_bps, BPS)

    assert exact - 1 < fee_yen(size, fee_bps, "down") <= exact
    assert exact <= fee_yen(size, fee_bps, "up") < exact + 1
    assert exact - Fraction(1, 2) < fee_yen(size, fee_bps, "half_up") <= exact + Fraction(1, 2)


@given(YEN, FEE_BPS, st.sampled_from(ROUNDINGS))
def test_the_fee_given_back_is_the_fee_taken(amount_yen, fee_bps, rounding):
    assert fee_yen(-amount_yen, fee_bps, rounding) == -fee_yen(amount_yen, fee_bps, rounding)


@given(POSITIVE_YEN, FEE_BPS, st.sampled_from(ROUNDINGS))
def test_a_fee_never_exceeds_the_amount(amount_yen, fee_bps, rounding):
    assert 0 <= fee_yen(amount_yen, fee_bps, rounding) <= amount_yen


@pytest.mark.parametrize(
    ("amount_yen", "fee_bps", "rounding", "expected"),
    [
        (1_000, 160, "down", 16),
        (1_031, 160, "down", 16),
        (1_031, 160, "half_up", 16),
        (1_031, 160, "up", 17),
        (250, 200, "half_up", 5),
        (50, 100, "half_up", 1),
        (49, 100, "half_up", 0),
        (300, 0, "up", 0),
    ],
)
def test_fees_worked_by_hand(amount_yen, fee_bps, rounding, expected):
    assert fee_yen(amount_yen, fee_bps, rounding) == expected


def test_an_unknown_rounding_is_refused():
    with pytest.raises(ValueError, match="rounding must be one of down, half_up, up"):
        fee_yen(1_000, 160, "bankers")


@pytest.mark.parametrize(
    ("amount_yen", "text"), [(0, "¥0"), (1_234, "¥1,234"), (-1_234, "−¥1,234"), (10_000_000, "¥10,000,000")]
)
def test_an_amount_is_written_with_grouping_and_a_true_minus(amount_yen, text):
    assert format_yen(amount_yen) == text
