"""Counting the registry for statistics: places that take a service, and enrolments that begin and end by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Substr, TruncMonth

from madoguchi.registry.models import Enrolment, StoreCode

ROWS_AT_ONCE = 5_000
# (first day of a month, prefecture's two digits)
MonthAndPrefecture = tuple[date, str]


@dataclass(frozen=True)
class PlaceFacts:
    """What places that are counted together have in common; `trade` is the MCC of a place's first code."""

    municipality: str
    place_class: str
    operator_kind: str
    trade: str


def enrolled_places(on: date) -> Counter[PlaceFacts]:
    """How many places take at least one service on a day, by what they are (P-42, P-43).

    A closed place, one that another stands for, and a code that is closed do not count. Each place counts once.
    """
    found: Counter[PlaceFacts] = Counter()
    for facts in _each_place(on):
        found[facts] += 1
    return found


def _each_place(on: date) -> Iterator[PlaceFacts]:
    taken = _in_force(Enrolment.objects.filter(code=OuterRef("pk")), on)
    codes = StoreCode.objects.filter(Exists(taken), is_closed=False, place__is_closed=False, place__merged_into=None)
    columns = ("place_id", "place__municipality_id", "place__place_class", "place__operator__kind", "mcc")
    rows = codes.order_by("place_id", "store_id").values_list(*columns)
    last = None
    for place, *facts in rows.iterator(chunk_size=ROWS_AT_ONCE):
        if place != last:
            yield PlaceFacts(*facts)
        last = place


def places_by_service(on: date) -> dict[tuple[str, str], int]:
    """`{(prefecture's two digits, service): places}` that take the service on a day, each place once a service."""
    rows = _in_force(Enrolment.objects.all(), on).filter(
        code__is_closed=False, code__place__is_closed=False, code__place__merged_into=None
    )
    counted = rows.values(prefecture=_prefecture(), taken=F("service_id"))
    counted = counted.annotate(places=Count("code__place", distinct=True)).order_by()
    return {(row["prefecture"], row["taken"]): row["places"] for row in counted}


def enrolments_started(before: date) -> dict[MonthAndPrefecture, int]:
    """Enrolments (place and service) by the month of their first day, of days before `before`."""
    return _by_month(Enrolment.objects.filter(starts_on__lt=before), "starts_on")


def enrolments_ended(before: date) -> dict[MonthAndPrefecture, int]:
    """Enrolments by the month of their last day, of days before `before`; none that ended before it began."""
    rows = Enrolment.objects.filter(ends_on__lt=before, starts_on__lt=before)
    return _by_month(rows, "ends_on")


def _by_month(rows: QuerySet[Enrolment], column: str) -> dict[MonthAndPrefecture, int]:
    counted = rows.values(month=TruncMonth(column), prefecture=_prefecture())
    counted = counted.annotate(enrolments=Count("id")).order_by()
    return {(row["month"], row["prefecture"]): row["enrolments"] for row in counted}


def _in_force(rows: QuerySet[Enrolment], on: date) -> QuerySet[Enrolment]:
    return rows.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)


def _prefecture() -> Any:
    return Substr("code__place__municipality_id", 1, 2)
