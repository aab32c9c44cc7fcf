"""Reading payments: one payment, what still waits for a person, and when each service last spoke."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from madoguchi.core.clock import now, start_of_day
from madoguchi.core.errors import Refusal
from madoguchi.counter.models import Order, TillDay
from madoguchi.payments.models import Payment, Refund, RefusedNotice
from madoguchi.people.access import Actor, may, organisations_where, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Organisation, Place, Service
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


@dataclass
class ServiceLine:
    """One principal's orders of a till day by one service, beside what the service told of."""

    principal: Organisation
    service: Service
    orders: int = 0
    orders_yen: int = 0
    payments: int = 0
    payments_yen: int = 0
    # Told of by the service, but without an order; and seen on a customer's screen, but not told of yet (J-25).
    over_yen: int = 0
    short_yen: int = 0


def service_lines(day: TillDay) -> list[ServiceLine]:
    """A till day's orders and payments by principal and service; `payments - orders = over - short`.

    Orders count with what was paid, also if it was given back later, as their payments do. A payment without an
    order counts with what is left of it after refunds, so a wrong amount that was cancelled (J-29) leaves no trace.
    """
    lines: dict[tuple[UUID, str], ServiceLine] = {}

    def line(row: Order | Payment) -> ServiceLine:
        assert row.service is not None  # noqa: S101  # both queries leave out rows without one
        return lines.setdefault((row.principal_id, row.service.code), ServiceLine(row.principal, row.service))

    orders = day.orders.filter(tender="service", service__isnull=False).exclude(state="abandoned")
    for order in orders.select_related("principal", "service"):
        found = line(order)
        found.orders += 1
        found.orders_yen += order.total_yen
        found.short_yen += order.total_yen if order.state == "seen" else 0
    midnight = start_of_day(day.day)
    without_order = Q(
        state="unmatched", code__place=day.place_id, paid_at__gte=midnight, paid_at__lt=midnight + timedelta(days=1)
    )
    payments = Payment.objects.filter(Q(order__till_day=day) | without_order).select_related("principal", "service")
    for payment in payments.prefetch_related("refunds"):
        given_back = sum(refund.amount_yen for refund in payment.refunds.all() if refund.state != "refused")
        left_yen = payment.amount_yen if payment.order_id else payment.amount_yen - given_back
        if left_yen > 0:
            found = line(payment)
            found.payments += 1
            found.payments_yen += left_yen
            found.over_yen += 0 if payment.order_id else left_yen
    return sorted(lines.values(), key=lambda found: (str(found.principal.id), found.service.name))
