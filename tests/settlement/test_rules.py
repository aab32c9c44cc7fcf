"""Periods, fees and shares add up for every amount, not for chosen ones (J-22, J-27)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.core.yen import ROUNDINGS, fee_yen
from madoguchi.registry.rules import CLOSING_CYCLES
from madoguchi.settlement import rules

yen = st.integers(1, 10_000_000)


@dataclass(frozen=True)
class Terms:
    fee_bps: int = 160
    fee_rounding: str = "down"
    fee_basis: str = "payment"
    starts_on: date = date(2020, 1, 1)
    ends_on: date | None = None
    closing_cycle: str = "month_end"
    payout_months_after: int = 1
    payout_day_of_month: int = 15
    payout_days_after: int = 0


fee_terms = st.builds(Terms, fee_bps=st.integers(0, 1_000), fee_rounding=st.sampled_from(ROUNDINGS))
schedules = st.builds(
    Terms,
    closing_cycle=st.sampled_from(CLOSING_CYCLES),
    starts_on=st.dates(date(2020, 1, 1), date(2027, 1, 1)),
)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(yen, st.lists(st.integers(0, 10_000_000), max_size=6), fee_terms)
def test_the_fees_of_a_payment_and_its_refunds_sum_to_the_fee_on_what_is_left(paid, cuts, terms):
    """J-27, J-29: a refund in whatever period gives back exactly the difference; after a full one, all of it."""
    marks = sorted({min(cut, paid) for cut in cuts}, reverse=True)
    fees = [rules.line_fee_yen(0, paid, terms)]
    left = paid
    for mark in marks:
        fees.append(rules.line_fee_yen(left, mark - left, terms))
        left = mark

    assert sum(fees) == fee_yen(left, terms.fee_bps, terms.fee_rounding)
    assert all(fee <= 0 for fee in fees[1:])


@given(st.lists(st.integers(-1_000_000, 1_000_000).filter(bool), min_size=1, max_size=40), fee_terms)
def test_one_fee_on_the_net_is_divided_over_the_lines_without_rest(amounts, terms):
    """J-27: payments are charged, refunds are credited, and the lines sum to the one fee on their net."""
    fees = rules.net_fee_lines(amounts, terms)

    assert sum(fees) == fee_yen(sum(amounts), terms.fee_bps, terms.fee_rounding)
    assert all(fee >= 0 if amount > 0 else fee <= 0 for amount, fee in zip(amounts, fees, strict=True))


@given(st.lists(st.integers(0, 100_000), max_size=8), st.lists(st.integers(1, 5_000), min_size=1, max_size=8))
def test_parts_sum_to_each_movement_and_to_the_whole_however_it_is_cut(stations, weights):
    """J-22: what a division has after any number of movements depends only on where they led."""
    moved = [0] * len(weights)
    before = 0
    for after in stations:
        parts = rules.parts_between(before, after, weights)
        assert sum(parts) == after - before
        moved = [have + part for have, part in zip(moved, parts, strict=True)]
        before = after

    assert moved == rules.parts_between(0, before, weights)


@given(days, st.lists(schedules, min_size=1, max_size=4, unique_by=lambda row: row.starts_on))
def test_periods_follow_one_another_without_gap_and_end_before_another_schedule_begins(day, terms):
    """J-27: every day from the first terms on lies in exactly one period."""
    found = rules.next_period(day, terms)
    assert found is not None
    held, last = found

    assert last >= day
    assert last >= min(row.starts_on for row in terms)
    following = rules.next_period(last + timedelta(days=1), terms)
    assert following is not None
    assert following[1] > last
    first = max(day, min(row.starts_on for row in terms))
    for other in terms:
        if first < other.starts_on <= last:
            assert other.closing_cycle == held.closing_cycle
    assert rules.due_day(last, held) > last or held.payout_day_of_month


def test_a_change_of_the_fee_alone_does_not_split_the_month():
    """J-27: one payout a month stays one; another cycle ends the running period on the day before."""
    old = Terms()
    dearer = Terms(fee_bps=300, starts_on=date(2026, 11, 16))
    daily = Terms(closing_cycle="day", starts_on=date(2026, 11, 16))

    assert rules.next_period(date(2026, 11, 1), [old, dearer]) == (dearer, date(2026, 11, 30))
    assert rules.next_period(date(2026, 11, 1), [old, daily]) == (old, date(2026, 11, 15))
    assert rules.next_period(date(2026, 11, 16), [old, daily]) == (daily, date(2026, 11, 16))


def test_without_terms_there_is_no_period():
    assert rules.next_period(date(2026, 11, 1), []) is None
    assert rules.next_period(date(2026, 11, 1), [Terms(ends_on=date(2025, 1, 1))]) is None


@pytest.mark.parametrize("table", [rules.PAYOUT_STATES, rules.DEPOSIT_STATES])
def test_every_state_can_be_reached_and_no_move_is_listed_twice(table):
    """The tables are the state machines; the documents draw them."""
    moves = [(before, after) for before, after, _ in table]
    reached = {after for before, after in moves if before is None}
    while more := {after for before, after in moves if before in reached} - reached:
        reached |= more

    assert len(moves) == len(set(moves))
    assert {before for before, _ in moves} - {None} <= reached
    assert all(reason for *_, reason in table)
