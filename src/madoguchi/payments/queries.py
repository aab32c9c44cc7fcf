"""Reading payments: one payment, what still waits for a person, and when each service last spoke."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.counter.models import Order
from madoguchi.payments.models import Payment, Refund, RefusedNotice
from madoguchi.people.access import Actor, may, organisations_where, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Place, Service
from madoguchi.registry.queries import place_scope

FRESH = timedelta(hours=1)
# What a till shows beside an order: payments at its code since shortly before it was opened.
NEAR = timedelta(minutes=2)


def find_payment(actor: Actor, payment_id: UUID) -> Payment:
    """A payment that `actor` may see: its principal's staff, its provider, the till it was made at, the office.

    Raises Refusal `payment_unknown`, `not_allowed`.
    """
    rows = Payment.objects.select_related("place__operator", "principal", "service", "provider", "order", "code")
    payment = rows.prefetch_related("refunds").filter(id=payment_id).first()
    if payment is None:
        raise Refusal("payment_unknown")
    scope = place_scope(payment.place, payment.principal_id)
    provider = Scope(provider=payment.provider_id)
    if may(actor, "sales.read", scope) or may(actor, "provider.read", provider) or may(actor, "office.read"):
        return payment
    require(actor, "till.use", scope)
    return payment


def payment_of(order_id: UUID) -> Payment | None:
    """The payment matched to an order."""
    return Payment.objects.filter(order_id=order_id).select_related("service").prefetch_related("refunds").first()


def stray_payments(order: Order) -> list[Payment]:
    """Unmatched payments at an order's code since it was opened: wrong amounts (J-29) and ambiguous ones."""
    rows = Payment.objects.filter(code_id=order.code_id, state="unmatched", paid_at__gte=order.opened_at - NEAR)
    return list(rows.select_related("service").prefetch_related("refunds").order_by("-paid_at")[:10])


def unmatched_at(actor: Actor, place: Place) -> list[Payment]:
    """Payments at a place that still wait for a person, oldest first."""
    scope = place_scope(place)
    require(actor, "till.use", scope)
    rows = Payment.objects.filter(code__place=place, state="unmatched")
    return open_only(
        rows.select_related("service", "place", "principal").prefetch_related("refunds").order_by("paid_at")[:200]
    )


def unmatched_of(actor: Actor) -> list[Payment]:
    """Payments of every principal whose books `actor` keeps that still wait for a person, oldest first."""
    principals = organisations_where(actor, "sales.read")
    rows = Payment.objects.filter(state="unmatched")
    if principals is not None:
        rows = rows.filter(principal__in=principals)
    return open_only(
        rows.select_related("service", "place", "principal").prefetch_related("refunds").order_by("paid_at")[:1000]
    )


def open_only(rows: Iterable[Payment]) -> list[Payment]:
    """Without those whose money is already on its way back."""
    return [
        row for row in rows if row.amount_yen > sum(r.amount_yen for r in row.refunds.all() if r.state != "refused")
    ]


@dataclass(frozen=True)
class Pulse:
    """When data of a service last came in. `state`: `never`, `fresh` (within an hour) or `quiet`."""

    service: Service
    received_at: datetime | None
    state: str


def service_pulses() -> list[Pulse]:
    """The health of each connected service's data (J-25)."""
    pulses = []
    at = now()
    for service in Service.objects.filter(enrolments__isnull=False).distinct().order_by("name"):
        latest = Payment.objects.filter(service=service).order_by("-received_at").values_list("received_at", flat=True)
        received_at = latest.first()
        state = "never" if received_at is None else "fresh" if at - received_at <= FRESH else "quiet"
        pulses.append(Pulse(service, received_at, state))
    return pulses


def refused_notices(actor: Actor) -> QuerySet[RefusedNotice]:
    """Notices that were turned away, latest first, for the programme's office."""
    require(actor, "office.read")
    return RefusedNotice.objects.select_related("provider").order_by("-last_at")


def refunds_waiting(actor: Actor, place: Place) -> list[Refund]:
    """Refunds asked for at a place and not yet returned, newest first."""
    require(actor, "till.use", place_scope(place))
    rows = Refund.objects.filter(payment__place=place, state__in=("requested", "accepted", "refused"))
    return list(rows.select_related("payment__service").order_by("-requested_at")[:50])
