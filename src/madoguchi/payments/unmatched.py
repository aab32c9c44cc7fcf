"""Payments and refunds that wait for a person, of one principal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, F, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from madoguchi.core.errors import Refusal
from madoguchi.counter.models import Order
from madoguchi.counter.rules import WAITING_STATES
from madoguchi.payments.models import Payment, Refund, RefundTold, RefusedNotice
from madoguchi.payments.refunds import cut_off_of
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope


@dataclass(frozen=True)
class UnmatchedSums:
    """How many payments wait, how much they come to, and how many refunds were refused."""

    payments: int
    yen: int
    refused_refunds: int


def _asked_back() -> Coalesce:
    live = Case(When(~Q(refunds__state="refused"), then=F("refunds__amount_yen")), default=0)
    return Coalesce(Sum(live), 0)


def unmatched_payments(principal_id: UUID) -> QuerySet[Payment]:
    """A principal's payments that found no order and whose money is not on its way back, oldest first."""
    rows = Payment.objects.filter(principal=principal_id, state="unmatched").annotate(asked_yen=_asked_back())
    return rows.filter(asked_yen__lt=F("amount_yen")).order_by("paid_at", "id")


def unmatched_sums(principal_id: UUID) -> UnmatchedSums:
    """What waits for the accountant. The caller has checked access."""
    ids = unmatched_payments(principal_id).order_by().values("id")
    sums = Payment.objects.filter(id__in=Subquery(ids)).aggregate(payments=Count("pk"), yen=Sum("amount_yen"))
    refused = refused_refunds(principal_id).count()
    return UnmatchedSums(sums["payments"], sums["yen"] or 0, refused)


def refused_refunds(principal_id: UUID) -> QuerySet[Refund]:
    """Refunds the provider refused and of whose payment money is left, latest first."""
    rows = Refund.objects.filter(payment__principal=principal_id, state="refused")
    later = Refund.objects.filter(payment__principal=principal_id).exclude(state="refused")
    rows = rows.exclude(payment__in=later.values("payment"))
    return rows.select_related("payment__place", "payment__service", "requested_by").order_by("-answered_at")


def orders_for(payments: list[Payment]) -> dict[UUID, list[Order]]:
    """For each payment the waiting orders at its code with its amount, nearest in time first."""
    codes = {row.code_id for row in payments}
    waiting = Order.objects.filter(code__in=codes, state__in=WAITING_STATES).prefetch_related("lines__item")
    found: dict[UUID, list[Order]] = {}
    orders = list(waiting)
    for payment in payments:
        fitting = [row for row in orders if (row.code_id, row.total_yen) == (payment.code_id, payment.amount_yen)]
        found[payment.id] = sorted(fitting, key=lambda row, at=payment.paid_at: abs(row.opened_at - at))  # type: ignore[misc]
    return found


def held_refunds(actor: Actor, *, provider: str | None = None) -> QuerySet[RefundTold]:
    """Refund notices whose payment has not been told of yet, or that could not be applied, latest first.

    For the programme's office, or with `provider` for that provider. Raises Refusal `not_allowed`.
    """
    if provider is None:
        require(actor, "office.read")
    else:
        require(actor, "provider.read", Scope(provider=provider))
    rows = RefundTold.objects.filter(state__in=("held", "refused")).select_related("provider")
    return (rows.filter(provider=provider) if provider else rows).order_by("-received_at")


def cut_off_if_known(payment: Payment) -> datetime | None:
    """Until when the provider can still take a payment back (J-29); None while its terms are not entered."""
    try:
        return cut_off_of(payment)
    except Refusal:
        return None


def refused_of(actor: Actor, provider: str) -> QuerySet[RefusedNotice]:
    """A provider's notices that were turned away, latest first. Raises Refusal `not_allowed`."""
    require(actor, "provider.read", Scope(provider=provider))
    return RefusedNotice.objects.filter(provider=provider).select_related("provider").order_by("-last_at")
