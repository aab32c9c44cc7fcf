"""How fast a campaign's budget is spent, when it will be gone, and on which days somebody must be told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = 7
# Weeks looked back: long enough for a mean of each weekday, short enough to follow a campaign that catches on.
WEEKS_LOOKED_AT = 6
ALARMS_BPS = (5_000, 8_000, 9_500, 10_000)
WHOLE_BPS = 10_000
# 90 % of a normal distribution lie within this many standard deviations.
NINE_TENTHS = 1.645


@dataclass(frozen=True)
class DayForecast:
    """Points granted in all by the end of a day: expected, and between which bounds nine times in ten."""

    on: date
    low_points: int
    expected_points: int
    high_points: int


@dataclass(frozen=True)
class Alarm:
    """The day on which a share of the budget is used up: expected, at the earliest and at the latest.

    A day that is None lies beyond the campaign. What has come about already has one day for all three.
    """

    share_bps: int
    expected_on: date | None
    earliest_on: date | None
    latest_on: date | None


def forecast(granted: Mapping[date, int], until: date) -> list[DayForecast]:
    """Points in all by the end of each day from the one after the last known to `until`.

    `granted` has the points of every day so far (a day that is missing had none). Each coming day is expected to be
    like the mean of its weekday in the last weeks; the bounds widen with the days, as the errors of days add up, and
    with how unlike one another the weeks were. With less than a week known there is nothing to forecast: the list is
    empty.
    """
    if not granted:
        return []
    first, last = min(granted), max(granted)
    if (last - first).days + 1 < WEEK:
        return []
    looked_at = [last - timedelta(days=back) for back in range(WEEK * WEEKS_LOOKED_AT)]
    by_weekday = {
        weekday: [granted.get(day, 0) for day in looked_at if day >= first and day.weekday() == weekday]
        for weekday in range(WEEK)
    }
    means = {weekday: sum(points) / len(points) for weekday, points in by_weekday.items()}
    deviation = _deviation(by_weekday, means)
    so_far, expected, found = sum(granted.values()), 0.0, []
    for ahead in range(1, (until - last).days + 1):
        on = last + timedelta(days=ahead)
        expected += means[on.weekday()]
        # Two errors: of the days themselves, and of the means, which every week to come repeats.
        weeks = len(by_weekday[on.weekday()])
        spread = NINE_TENTHS * deviation * math.sqrt(ahead + ahead * ahead / (WEEK * weeks))
        low = max(0.0, expected - spread)
        found.append(DayForecast(on, so_far + round(low), so_far + round(expected), so_far + round(expected + spread)))
    return found


def alarms(granted: Mapping[date, int], coming: Sequence[DayForecast], budget_points: int) -> list[Alarm]:
    """For each share of the budget in ALARMS_BPS the day on which it is used up."""
    return [_alarm(granted, coming, budget_points, share) for share in ALARMS_BPS]


def _alarm(granted: Mapping[date, int], coming: Sequence[DayForecast], budget_points: int, share_bps: int) -> Alarm:
    wanted = budget_points * share_bps
    so_far = 0
    for day in sorted(granted):
        so_far += granted[day]
        if so_far * WHOLE_BPS >= wanted:
            return Alarm(share_bps, day, day, day)

    def when(points: Sequence[int]) -> date | None:
        return next((day.on for day, one in zip(coming, points, strict=True) if one * WHOLE_BPS >= wanted), None)

    return Alarm(
        share_bps,
        when([day.expected_points for day in coming]),
        when([day.high_points for day in coming]),
        when([day.low_points for day in coming]),
    )


def _deviation(by_weekday: Mapping[int, Sequence[int]], means: Mapping[int, float]) -> float:
    """How far a day lies from the mean of its weekday; with one week known, from the mean of all days."""
    known = [points for points in by_weekday.values() if len(points) > 1]
    if not known:
        every = [points[0] for points in by_weekday.values()]
        middle = sum(every) / len(every)
        return math.sqrt(sum((one - middle) ** 2 for one in every) / (len(every) - 1))
    errors = [(one - means[weekday]) ** 2 for weekday, points in by_weekday.items() for one in points]
    free = sum(len(points) - 1 for points in known)
    return math.sqrt(sum(errors) / free)
