"""Dates on which terms, designations and payouts hold: pure rules (J-27, H-07)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.core.clock import is_bank_business_day, next_bank_business_day
from madoguchi.registry.rules import (
    CLOSING_CYCLES,
    Designation,
    closing_day,
    in_force,
    is_corporate_number,
    may_take,
    payout_day,
)

DAYS = st.dates(min_value=date(2019, 1, 1), max_value=date(2035, 12, 31))


def designation(**changed: object) -> Designation:
    facts = {
        "purposes": frozenset({"certificate_fee"}),
        "starts_on": date(2024, 4, 1),
        "ends_on": None,
        "announced_on": date(2024, 4, 1),
    }
    return Designation(**{**facts, **changed})


class TestInForce:
    row = designation(starts_on=date(2026, 4, 1), ends_on=date(2027, 3, 31))

    @pytest.mark.parametrize(
        ("day", "holds"),
        [
            (date(2026, 3, 31), False),
            (date(2026, 4, 1), True),
            (date(2027, 3, 31), True),
            (date(2027, 4, 1), False),
        ],
    )
    def test_both_ends_are_included(self, day, holds):
        assert in_force(self.row, day) is holds

    @given(DAYS)
    def test_without_an_end_it_holds_for_ever(self, day):
        assert in_force(designation(), day) == (day >= date(2024, 4, 1))


class TestClosingDay:
    @pytest.mark.parametrize(
        ("day", "cycle", "closes_on"),
        [
            (date(2026, 11, 1), "month_end", date(2026, 11, 30)),
            (date(2026, 11, 30), "month_end", date(2026, 11, 30)),
            (date(2028, 2, 3), "month_end", date(2028, 2, 29)),
            (date(2026, 2, 28), "month_end", date(2026, 2, 28)),
            (date(2026, 11, 15), "half_month", date(2026, 11, 15)),
            (date(2026, 11, 16), "half_month", date(2026, 11, 30)),
            (date(2026, 12, 31), "half_month", date(2026, 12, 31)),
            (date(2026, 11, 16), "week", date(2026, 11, 22)),
            (date(2026, 11, 22), "week", date(2026, 11, 22)),
            (date(2026, 12, 28), "week", date(2027, 1, 3)),
            (date(2026, 11, 20), "day", date(2026, 11, 20)),
        ],
    )
    def test_each_cycle(self, day, cycle, closes_on):
        assert closing_day(day, cycle) == closes_on

    @given(DAYS, st.sampled_from(CLOSING_CYCLES))
    def test_a_period_closes_on_its_own_last_day(self, day, cycle):
        """The periods follow each other without gap or overlap, so that each payment is paid out once."""
        closes_on = closing_day(day, cycle)

        assert closes_on >= day
        assert closing_day(closes_on, cycle) == closes_on
        assert closing_day(closes_on + timedelta(days=1), cycle) > closes_on
        assert {closing_day(day + timedelta(days=n), cycle) for n in range((closes_on - day).days + 1)} == {closes_on}

    def test_an_unknown_cycle_is_refused(self):
        with pytest.raises(ValueError, match="unknown closing cycle: fortnight"):
            closing_day(date(2026, 11, 20), "fortnight")


class TestPayoutDay:
    def on_the_15th(self, closed_on: date) -> date:
        return payout_day(closed_on, months_after=1, day_of_month=15, days_after=0)

    @pytest.mark.parametrize(
        ("closed_on", "paid_on"),
        [
            (date(2026, 10, 31), date(2026, 11, 16)),  # the 15th is a Sunday
            (date(2026, 11, 30), date(2026, 12, 15)),
            (date(2026, 12, 31), date(2027, 1, 15)),
            (date(2026, 1, 31), date(2026, 2, 16)),
        ],
    )
    def test_the_15th_of_the_next_month_or_the_next_bank_day(self, closed_on, paid_on):
        assert self.on_the_15th(closed_on) == paid_on

    @pytest.mark.parametrize(
        ("closed_on", "months_after", "paid_on"),
        [
            (date(2027, 1, 31), 1, date(2027, 3, 1)),  # 28 February is a Sunday
            (date(2028, 1, 31), 1, date(2028, 2, 29)),
            (date(2026, 8, 31), 1, date(2026, 9, 30)),
            (date(2026, 11, 30), 1, date(2027, 1, 4)),  # banks rest on 31 December
            (date(2026, 11, 30), 14, date(2028, 1, 31)),
            (date(2026, 11, 30), 0, date(2026, 11, 30)),
        ],
    )
    def test_the_31st_is_the_last_day_of_a_shorter_month(self, closed_on, months_after, paid_on):
        assert payout_day(closed_on, months_after=months_after, day_of_month=31, days_after=0) == paid_on

    def test_days_after_pass_over_holidays_and_the_end_of_the_year(self):
        assert payout_day(date(2026, 11, 20), months_after=0, day_of_month=0, days_after=2) == date(2026, 11, 24)
        assert payout_day(date(2026, 12, 30), months_after=0, day_of_month=0, days_after=1) == date(2027, 1, 4)

    @given(DAYS, st.integers(0, 6), st.integers(0, 31), st.integers(0, 60))
    def test_a_payout_is_made_on_a_bank_day(self, closed_on, months_after, day_of_month, days_after):
        paid_on = payout_day(closed_on, months_after=months_after, day_of_month=day_of_month, days_after=days_after)

        assert is_bank_business_day(paid_on)
        if day_of_month == 0:
            assert paid_on == next_bank_business_day(closed_on + timedelta(days=days_after))


class TestMayTake:
    DAY = date(2026, 11, 20)

    def taken(self, *designations: Designation, purpose: str = "certificate_fee", day: date = DAY) -> bool:
        return may_take(is_own=False, purpose=purpose, day=day, designations=designations)

    def test_ones_own_revenue_always(self):
        assert may_take(is_own=True, purpose="certificate_fee", day=self.DAY, designations=[])

    def test_anothers_only_under_a_designation(self):
        assert not self.taken()
        assert self.taken(designation())

    def test_only_the_revenues_it_names(self):
        assert not self.taken(designation(), purpose="facility_fee")
        assert self.taken(designation(), designation(purposes=frozenset({"facility_fee"})), purpose="facility_fee")

    def test_only_from_its_first_to_its_last_day(self):
        row = designation(starts_on=date(2026, 11, 20), ends_on=date(2026, 11, 21))

        days = [date(2026, 11, day) for day in (19, 20, 21, 22)]
        assert [self.taken(row, day=day) for day in days] == [False, True, True, False]

    def test_only_once_it_has_been_announced(self):
        """地方自治法243条の2: without 告示 the agent may not take the money, even if the designation has begun."""
        assert not self.taken(designation(announced_on=None))
        assert not self.taken(designation(announced_on=date(2026, 11, 21)))
        assert self.taken(designation(announced_on=date(2026, 11, 20)))


@pytest.mark.parametrize("number", ["7000012050002", "2000020102105"])
def test_a_corporate_number_with_its_check_digit(number):
    assert is_corporate_number(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "7000012050003",
        "700001205000",
        "70000120500020",
        "T7000012050002",
        "7-0000-1205-0002",
        "７０００012050002",
    ],
)
def test_what_is_no_corporate_number(text):
    assert not is_corporate_number(text)


@given(st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_in_a_corporate_number_is_noticed(position, off):
    number = "7000012050002"
    wrong = (int(number[position]) + off) % 10
    typed = f"{number[:position]}{wrong}{number[position + 1 :]}"

    # The scheme's modulus is 9, so only a 0 taken for a 9 (or a 9 for a 0) goes unnoticed.
    assert is_corporate_number(typed) == ({number[position], str(wrong)} == {"0", "9"})
