"""The budget's forecast and its alarms: a budget was once overrun by half before anybody was told."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

from madoguchi.rewards.budget import Alarm, alarms, forecast

FIRST = date(2019, 10, 1)  # a Tuesday


def days(count: int, points: int = 1_000) -> dict[date, int]:
    return {FIRST + timedelta(days=number): points for number in range(count)}


def test_days_that_are_all_alike_are_expected_to_go_on():
    coming = forecast(days(14), FIRST + timedelta(days=16))

    assert [day.on for day in coming] == [date(2019, 10, 15), date(2019, 10, 16), date(2019, 10, 17)]
    assert [(day.low_points, day.expected_points, day.high_points) for day in coming] == [
        (15_000, 15_000, 15_000),
        (16_000, 16_000, 16_000),
        (17_000, 17_000, 17_000),
    ]


def test_a_weekday_is_expected_to_be_like_itself():
    """Saturdays have ten times as much."""
    known = days(28)
    for day in known:
        if day.weekday() == 5:
            known[day] = 10_000
    coming = forecast(known, FIRST + timedelta(days=34))

    steps = [b.expected_points - a.expected_points for a, b in pairwise(coming)]
    assert steps == [1_000, 1_000, 1_000, 10_000, 1_000, 1_000]


def test_nothing_is_forecast_from_less_than_a_week():
    assert forecast(days(6), date(2019, 12, 1)) == []
    assert forecast({}, date(2019, 12, 1)) == []


def test_the_bounds_hold_what_comes_nine_times_in_ten():
    """Over 300 made-up campaigns, 28 days ahead."""
    inside = 0
    for seed in range(300):
        chance = random.Random(seed)
        known = {FIRST + timedelta(days=number): round(chance.gauss(10_000, 2_000)) for number in range(84)}
        past = {day: points for day, points in known.items() if (day - FIRST).days < 56}
        last = forecast(past, FIRST + timedelta(days=83))[-1]
        inside += last.low_points <= sum(known.values()) <= last.high_points
    assert 255 <= inside <= 297


def test_alarms_name_the_day_on_which_each_share_is_gone():
    """1,000 points a day of a budget of 20,000: half was gone after ten days; the rest follows."""
    known = days(14)
    coming = forecast(known, FIRST + timedelta(days=30))

    assert alarms(known, coming, 20_000) == [
        Alarm(5_000, *[date(2019, 10, 10)] * 3),
        Alarm(8_000, *[date(2019, 10, 16)] * 3),
        Alarm(9_500, *[date(2019, 10, 19)] * 3),
        Alarm(10_000, *[date(2019, 10, 20)] * 3),
    ]


def test_what_lies_beyond_the_campaign_has_no_day():
    known = days(14)
    coming = forecast(known, FIRST + timedelta(days=16))

    assert alarms(known, coming, 1_000_000)[-1] == Alarm(10_000, None, None, None)


def test_the_earliest_day_is_before_the_expected_and_that_before_the_latest():
    chance = random.Random(1)
    known = {day: points + chance.randint(-300, 300) for day, points in days(28).items()}
    (whole,) = [one for one in alarms(known, forecast(known, date(2020, 6, 30)), 100_000) if one.share_bps == 10_000]

    assert whole.earliest_on is not None and whole.expected_on is not None and whole.latest_on is not None
    assert whole.earliest_on < whole.expected_on < whole.latest_on
