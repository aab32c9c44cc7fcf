"""Dates are Japan's, and banks' days are those on which Japanese banks settle (J-29)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.core.clock import (
    JST,
    format_date_ja,
    is_bank_business_day,
    jst_date,
    next_bank_business_day,
    now,
    set_clock,
    start_of_day,
    today,
)

DAYS = st.dates(min_value=date(2019, 1, 1), max_value=date(2035, 12, 31))


def test_the_day_in_japan_begins_at_three_in_the_afternoon_utc():
    assert jst_date(datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert jst_date(datetime(2026, 11, 20, 15, 0, tzinfo=UTC)) == date(2026, 11, 21)


def test_today_is_japans_date_wherever_the_server_stands(clock):
    clock.move_to(datetime(2026, 12, 31, 15, 0, tzinfo=UTC))

    assert today() == date(2027, 1, 1)


@given(DAYS)
def test_a_day_starts_at_midnight_in_japan(day):
    midnight = start_of_day(day)

    assert midnight.astimezone(JST).isoformat() == f"{day}T00:00:00+09:00"
    assert jst_date(midnight) == day
    assert jst_date(midnight - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_the_present_is_aware_and_utc_when_nobody_moved_the_clock():
    set_clock(None)

    assert now().utcoffset() == timedelta(0)
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("day", "settles", "why"),
    [
        (date(2026, 11, 20), True, "a Friday"),
        (date(2026, 11, 21), False, "a Saturday"),
        (date(2026, 11, 22), False, "a Sunday"),
        (date(2026, 11, 23), False, "Labour Thanksgiving Day"),
        (date(2026, 11, 24), True, "the Tuesday after"),
        (date(2026, 5, 6), False, "in place of Constitution Day, which fell on a Sunday"),
        (date(2026, 9, 22), False, "between two holidays"),
        (date(2021, 7, 19), True, "Marine Day was moved away for the Olympic Games"),
        (date(2021, 7, 22), False, "Marine Day, moved to here"),
        (date(2021, 10, 11), True, "Sports Day was moved away"),
        (date(2026, 12, 30), True, "the last day on which banks settle"),
        (date(2026, 12, 31), False, "banks rest from here"),
        (date(2027, 1, 1), False, "New Year's Day"),
        (date(2025, 1, 2), False, "no holiday by law, but banks rest"),
        (date(2025, 1, 3), False, "no holiday by law, but banks rest"),
        (date(2027, 1, 4), True, "banks open again"),
    ],
)
def test_days_on_which_banks_settle(day, settles, why):
    assert is_bank_business_day(day) is settles, why


@pytest.mark.parametrize(
    ("day", "settled_on"),
    [
        (date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 21), date(2026, 11, 24)),
        (date(2026, 12, 31), date(2027, 1, 4)),
        (date(2020, 12, 31), date(2021, 1, 4)),
        (date(2026, 5, 2), date(2026, 5, 7)),
    ],
)
def test_a_payout_waits_for_the_next_bank_day(day, settled_on):
    assert next_bank_business_day(day) == settled_on


@given(DAYS)
def test_the_next_bank_day_is_the_first_one(day):
    settled_on = next_bank_business_day(day)

    assert is_bank_business_day(settled_on)
    between = [day + timedelta(days=number) for number in range((settled_on - day).days)]
    assert not any(is_bank_business_day(earlier) for earlier in between)


def test_a_date_is_written_with_its_weekday():
    assert format_date_ja(date(2026, 11, 21)) == "2026年11月21日（土）"
