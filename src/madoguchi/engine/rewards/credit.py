"""From which date the points of a payment are its member's: the credit rules of the services' table (P-37)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from madoguchi.core.errors import Refusal

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Rule = Callable[[date], date]


def credit_date(rule: str, paid_on: date) -> date:
    """The first date on which points of a payment of `paid_on` (JST) are credited.

    `instant` the day itself · `days:+30` so many days later · `next_week:monday` that weekday of the following week ·
    `day:+1:20` the 20th of the next month · `month:+1` and `billing:+1` the 1st, `month_end:+2` the last day of that
    month · `quarter_months:1-4-7[:15]` that day (1st if none is said) of the first listed month after the payment's.
    Of alternatives (`a|b`, by the member's choice) the earlier. A day that a month does not have is its last.
    Raises Refusal `credit_rule_unknown`.
    """
    return min(_read(one.strip())(paid_on) for one in rule.split("|"))


@lru_cache(maxsize=1_000)
def _read(rule: str) -> Rule:
    for pattern, make in _FORMS:
        if found := re.fullmatch(pattern, rule):
            return make(*found.groups())
    raise Refusal("credit_rule_unknown", rule=rule)


def _instant() -> Rule:
    return lambda paid_on: paid_on


def _days(count: str) -> Rule:
    return lambda paid_on: paid_on + timedelta(days=int(count))


def _next_week(weekday: str) -> Rule:
    place = WEEKDAYS.index(weekday)
    return lambda paid_on: paid_on + timedelta(days=7 - paid_on.weekday() + place)


def _day(months: str, day: str) -> Rule:
    return lambda paid_on: _in_month(paid_on, int(months), int(day))


def _month(months: str) -> Rule:
    return lambda paid_on: _in_month(paid_on, int(months), 1)


def _month_end(months: str) -> Rule:
    return lambda paid_on: _in_month(paid_on, int(months), 31)


def _quarter_months(listed: str, day: str | None) -> Rule:
    months = [int(one) for one in listed.split("-")]

    def first_after(paid_on: date) -> date:
        ahead = min((month - paid_on.month - 1) % 12 + 1 for month in months)
        return _in_month(paid_on, ahead, int(day or 1))

    return first_after


def _in_month(paid_on: date, months: int, day: int) -> date:
    """Day `day` of the month that is `months` after that of `paid_on`, or the last day it has."""
    year, month = divmod(paid_on.year * 12 + paid_on.month - 1 + months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


_MONTH = r"(?:0?[1-9]|1[0-2])"
_DAY = r"(0?[1-9]|[12][0-9]|3[01])"
_FORMS: tuple[tuple[str, Callable[..., Rule]], ...] = (
    (r"instant", _instant),
    (r"days:\+([0-9]{1,3})", _days),
    (rf"next_week:({'|'.join(WEEKDAYS)})", _next_week),
    (rf"day:\+([0-9]{{1,2}}):{_DAY}", _day),
    (r"(?:month|billing):\+([0-9]{1,2})", _month),
    (r"month_end:\+([0-9]{1,2})", _month_end),
    (rf"quarter_months:({_MONTH}(?:-{_MONTH})*)(?::{_DAY})?", _quarter_months),
)
