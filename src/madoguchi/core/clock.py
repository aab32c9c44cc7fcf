"""The Japanese clock: aware instants stored in UTC, shown in JST; business days; an hour that tests can move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone

import jpholiday

JST = timezone(timedelta(hours=9), "JST")
WEEKDAYS_JA = "月火水木金土日"


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The present instant, aware, UTC."""
    return _source()


def set_clock(source: Callable[[], datetime] | None) -> None:
    """Replace the source of `now()`, or restore the system's with None. For tests and for replaying a past month."""
    global _source  # noqa: PLW0603  # one clock per process is the point
    _source = source or _system_time


def today() -> date:
    """The present date in Japan."""
    return now().astimezone(JST).date()


def jst_date(instant: datetime) -> date:
    """The date in Japan on which `instant` falls."""
    return instant.astimezone(JST).date()


def start_of_day(day: date) -> datetime:
    """Midnight in Japan at the beginning of `day`."""
    return datetime.combine(day, time(), JST)


def is_bank_business_day(day: date) -> bool:
    """Whether Japanese banks settle on `day`: not Saturday, Sunday, a holiday, or 31 December to 3 January."""
    if day.weekday() >= 5 or (day.month, day.day) in {(12, 31), (1, 1), (1, 2), (1, 3)}:
        return False
    return not jpholiday.is_holiday(day)


def next_bank_business_day(day: date) -> date:
    """`day` itself if banks settle on it, else the first later day on which they do."""
    while not is_bank_business_day(day):
        day += timedelta(days=1)
    return day


def format_date_ja(day: date) -> str:
    """`2026年11月21日（土）`."""
    return f"{day.year}年{day.month}月{day.day}日（{WEEKDAYS_JA[day.weekday()]}）"
