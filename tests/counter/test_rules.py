"""How an order moves, what it costs, and how a till's day adds up: pure rules."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.counter.rules import (
    DENOMINATIONS_YEN,
    ORDER_STATES,
    PAID_STATES,
    WAITING_STATES,
    Price,
    change_yen,
    counted_yen,
    expected_cash_yen,
    may_move,
    order_number,
    over_or_short,
    price_on,
)

STATES = {after for _, after, _ in ORDER_STATES}
# Written out by hand, so that a change of what an order may do shows as a change of this table.
ALLOWED = {
    None: {"open"},
    "open": {"paid", "seen", "abandoned"},
    "seen": {"paid", "abandoned"},
    "paid": {"cancelling", "cancelled", "refunded_elsewhere"},
    "cancelling": {"cancelled", "paid"},
    "abandoned": set(),
    "cancelled": set(),
    "refunded_elsewhere": set(),
}
YEN = st.integers(min_value=0, max_value=10**9)


@pytest.mark.parametrize(("before", "after"), list(product([None, *sorted(STATES)], sorted(STATES))))
def test_an_order_moves_only_along_the_table(before, after):
    assert may_move(before, after) == (after in ALLOWED[before])


def test_every_state_is_reached_from_the_beginning():
    reached, frontier = set(), {None}
    while frontier:
        frontier = {after for before, after, _ in ORDER_STATES if before in frontier} - reached
        reached |= frontier

    assert reached == STATES


def test_no_waiting_order_counts_as_paid():
    assert not set(WAITING_STATES) & set(PAID_STATES)
    assert set(WAITING_STATES) | set(PAID_STATES) <= STATES


class TestPrice:
    OLD = Price(date(2020, 4, 1), date(2026, 11, 20), 300)
    NEW = Price(date(2026, 11, 21), None, 350)

    @pytest.mark.parametrize(
        ("day", "unit_yen"),
        [
            (date(2020, 3, 31), None),
            (date(2020, 4, 1), 300),
            (date(2026, 11, 20), 300),
            (date(2026, 11, 21), 350),
            (date(2040, 1, 1), 350),
        ],
    )
    def test_each_day_has_the_price_of_its_row(self, day, unit_yen):
        assert price_on([self.OLD, self.NEW], day) == unit_yen
        assert price_on([self.NEW, self.OLD], day) == unit_yen

    def test_where_rows_overlap_the_later_start_wins(self):
        open_ended = Price(date(2020, 4, 1), None, 300)

        assert price_on([self.NEW, open_ended], date(2026, 11, 21)) == 350
        assert price_on([self.NEW, open_ended], date(2026, 11, 20)) == 300

    def test_without_a_row_there_is_no_price(self):
        assert price_on([], date(2026, 11, 20)) is None


@given(YEN, YEN)
def test_change_is_what_was_given_less_the_total(total_yen, given_yen):
    if given_yen < total_yen:
        with pytest.raises(ValueError, match=f"^{total_yen - given_yen} yen short$"):
            change_yen(total_yen, given_yen)
    else:
        assert change_yen(total_yen, given_yen) + total_yen == given_yen


@given(st.dictionaries(st.sampled_from(DENOMINATIONS_YEN), st.integers(0, 10_000)))
def test_a_count_is_the_sum_of_its_notes_and_coins(counts):
    assert counted_yen(counts) == sum(value * number for value, number in counts.items())


@pytest.mark.parametrize("counts", [{3: 1}, {20_000: 1}, {0: 1}, {-1: 1}])
def test_a_denomination_that_does_not_exist_is_refused(counts):
    with pytest.raises(ValueError, match="no such denomination"):
        counted_yen(counts)


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="negative"):
        counted_yen({1_000: 5, 500: -1})


@given(YEN, YEN, YEN, YEN)
def test_over_or_short_names_the_difference(float_yen, taken_yen, returned_yen, counted):
    expected = expected_cash_yen(float_yen, taken_yen, returned_yen)
    name, difference = over_or_short(expected, counted)

    assert {"over": 1, "short": -1, "even": 0}[name] * difference == counted - expected
    assert difference >= 0
    assert (name == "even") == (difference == 0)


def test_an_order_number_is_its_day_and_its_place_in_it():
    assert order_number(date(2026, 11, 21), 7) == "20261121-0007"


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 99_999), st.integers(1, 99_999))
def test_two_orders_of_a_place_never_share_a_number(day, first, second):
    assert (order_number(day, first) == order_number(day, second)) == (first == second)
    assert order_number(day, first) != order_number(day + timedelta(days=1), first)
    assert len(order_number(day, first)) <= 16
