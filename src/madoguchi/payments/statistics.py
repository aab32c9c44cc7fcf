"""Counting payments for statistics: a month's payments and refunds of each place and service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Min, Sum
from django.db.models.functions import Substr

from madoguchi.core.clock import jst_date, start_of_day
from madoguchi.payments.models import Payment, Refund

ROWS_AT_ONCE = 5_000
DAYS_BEYOND_A_MONTH = 32


@dataclass(frozen=True, slots=True)
class PlaceMonth:
    """A month's payments at one place with one service; `refunds` are those of its payments, whenever made."""

    place_id: UUID
    prefecture: str
    service: str
    payments: int
    amount_yen: int
    refunds: int = 0
    refund_yen: int = 0


def first_month() -> date | None:
    """The first day of the month of the earliest payment; None before there is any."""
    first: datetime | None = Payment.objects.aggregate(first=Min("paid_at"))["first"]
    return jst_date(first).replace(day=1) if first else None


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=DAYS_BEYOND_A_MONTH)).replace(day=1)


def payments_in(month: date) -> Iterator[PlaceMonth]:
    """The payments of a month in Japan, added up by place and service, in no order.

    A refund counts once the payer has the money, in the month of the payment it belongs to.
    """
    instants = (start_of_day(month.replace(day=1)), start_of_day(month_after(month)))
    returned = Refund.objects.filter(state="returned").filter(
        payment__paid_at__gte=instants[0], payment__paid_at__lt=instants[1]
    )
    refunds = {
        (row["at"], row["taken"]): (row["refunds"], row["refund_yen"])
        for row in returned.values(at=F("payment__place_id"), taken=F("payment__service_id"))
        .annotate(refunds=Count("id"), refund_yen=Sum("amount_yen"))
        .order_by()
    }
    rows = Payment.objects.filter(paid_at__gte=instants[0], paid_at__lt=instants[1])
    grouped = rows.values("place_id", "service_id", prefecture=Substr("place__municipality_id", 1, 2)).order_by()
    counted = grouped.annotate(payments=Count("id"), paid_yen=Sum("amount_yen"))
    columns = ("place_id", "prefecture", "service_id", "payments", "paid_yen")
    for place, prefecture, service, payments, paid_yen in counted.values_list(*columns).iterator(
        chunk_size=ROWS_AT_ONCE
    ):
        yield PlaceMonth(place, prefecture, service, payments, paid_yen, *refunds.get((place, service), (0, 0)))
