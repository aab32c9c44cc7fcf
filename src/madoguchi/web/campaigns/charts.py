"""The room's pictures, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from madoguchi.rewards import charts
from madoguchi.rewards.queries import Budget
from madoguchi.web.short_numbers import short_number


def short_day(day: date) -> str:
    """`10/1`."""
    return f"{day.month}/{day.day}"


def burn_picture(budget: Budget) -> SafeString:
    """Points in all by day beside the budget, and what is to be expected."""
    words = charts.BurnWords(
        title=_("Points granted in all, and the budget"),
        description=_("By the end of each day; beyond the last known day what is to be expected, with its bounds."),
        number=short_number,
        empty=_("Nothing was granted yet."),
        day=short_day,
        budget=_("Budget"),
        so_far=_("Granted so far"),
        expected=_("Expected"),
        band=_("Nine times in ten"),
        today=_("Last known day"),
    )
    drawn = charts.burn_chart(
        granted=budget.granted, coming=budget.coming, budget_points=budget.budget_points, words=words
    )
    return mark_safe(drawn)  # noqa: S308  # drawn here, every text escaped


def day_picture(values: Mapping[date, int], title: str) -> SafeString:
    """A bar for each day."""
    words = charts.BarWords(
        title=title,
        description=_("A bar for each day."),
        number=short_number,
        empty=_("Nothing was granted yet."),
        day=short_day,
        by_week=_("A bar for each week"),
        to=_("to"),
    )
    return mark_safe(charts.day_bars(values=values, words=words))  # noqa: S308  # drawn here, every text escaped


def service_picture(rows: Sequence[tuple[str, int]]) -> SafeString:
    """A bar for each service."""
    words = charts.Words(
        title=_("Points by service"),
        description=_("A bar for each service, the longest first."),
        number=short_number,
        empty=_("Nothing was granted yet."),
    )
    return mark_safe(charts.service_bars(rows, words))  # noqa: S308  # drawn here, every text escaped
