"""Closed and open days of an organisation's tills, for its accountant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.counter import rules
from madoguchi.counter.models import TillDay
from madoguchi.counter.queries import DayTotals, day_totals
from madoguchi.people.access import Actor, require
from madoguchi.registry.queries import place_scope


@dataclass(frozen=True)
class DayLine:
    """A till's day in a list. `difference_yen` is count less expectation; 0 while the day is open."""

    day: TillDay
    side: str  # over, short or even; empty while the day is open
    difference_yen: int


def till_days(operator_id: UUID, *, since: date, until: date, place_id: UUID | None = None) -> list[DayLine]:
    """The days of an organisation's tills from `since` to `until`, latest first. The caller has checked access."""
    rows: QuerySet[TillDay] = TillDay.objects.filter(place__operator=operator_id, day__gte=since, day__lte=until)
    if place_id is not None:
        rows = rows.filter(place=place_id)
    return [_line(row) for row in rows.select_related("place", "closed_by").order_by("-day", "place__name")]


def _line(row: TillDay) -> DayLine:
    if row.closed_at is None:
        return DayLine(row, "", 0)
    side, _ = rules.over_or_short(row.expected_cash_yen, row.counted_cash_yen)
    return DayLine(row, side, row.counted_cash_yen - row.expected_cash_yen)


@dataclass(frozen=True)
class DaySheet:
    """One till's day: what it took by payee and tender now, the count, and what is over or short."""

    line: DayLine
    totals: DayTotals
    counts: list[tuple[int, int, int]]

    @property
    def has_changed(self) -> bool:
        """Whether something happened to the day's orders after it was closed, e.g. a refund."""
        report = self.line.day.report
        return bool(report) and list(report["lines"]) != list(self.totals.lines)


def day_sheet(actor: Actor, till_day_id: UUID) -> DaySheet:
    """A till's day for those who read its operator's sales. Raises Refusal `day_unknown`, `not_allowed`."""
    row = TillDay.objects.select_related("place__operator", "closed_by").filter(id=till_day_id).first()
    if row is None:
        raise Refusal("day_unknown")
    require(actor, "sales.read", place_scope(row.place, row.place.operator_id))
    counted = sorted(((int(value), number) for value, number in row.counts.items()), reverse=True)
    counts = [(value, number, value * number) for value, number in counted if number]
    return DaySheet(_line(row), day_totals(row), counts)
