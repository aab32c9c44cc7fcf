"""Payments that need a person: what matches no order, and giving a payment back (J-29)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.counter.models import Order
from madoguchi.counter.queries import orders_waiting
from madoguchi.payments.models import Payment
from madoguchi.payments.queries import find_payment, refunds_waiting, unmatched_at
from madoguchi.payments.refunds import cut_off_of, left_of, request_refund
from madoguchi.people.access import may, require
from madoguchi.registry.queries import place_scope
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.till.forms import RefundForm
from madoguchi.web.till.places import place_at

MOVING = ("requested", "accepted")


@dataclass(frozen=True)
class Unmatched:
    """A payment without an order, with the orders it could be for and until when it can be caught."""

    payment: Payment
    candidates: list[Order]
    cut_off_at: datetime | None
    is_catchable: bool


def cut_off_or_none(payment: Payment) -> datetime | None:
    """Until when the provider can still take a payment back; None if its terms are missing."""
    try:
        return cut_off_of(payment)
    except Refusal:
        return None


@require_GET
@never_cache
@signed_in
def unmatched(request: Page, place_id: UUID) -> HttpResponse:
    """Payments at a place that no order was found for, and refunds under way."""
    place = place_at(request.actor, place_id)
    waiting = orders_waiting(request.actor, place)
    rows = []
    for payment in unmatched_at(request.actor, place):
        fitting = [
            order for order in waiting if order.code_id == payment.code_id and order.total_yen == payment.amount_yen
        ]
        cut_off_at = cut_off_or_none(payment)
        rows.append(Unmatched(payment, fitting, cut_off_at, cut_off_at is not None and now() < cut_off_at))
    facts = {
        "place": place,
        "rows": rows,
        "sum_yen": sum(row.payment.amount_yen for row in rows),
        "refunds": refunds_waiting(request.actor, place),
        "seen_orders": [order for order in waiting if order.state == "seen"],
    }
    return render(request, "till/unmatched.html", facts)


@require_GET
@never_cache
@signed_in
def payment(request: Page, payment_id: UUID) -> HttpResponse:
    """A payment and how its refund stands; the part that changes asks again by itself."""
    found = find_payment(request.actor, payment_id)
    refunds = list(found.refunds.order_by("id"))
    is_moving = any(refund.state in MOVING for refund in refunds)
    facts = {"payment": found, "place": found.place, "refunds": refunds, "is_moving": is_moving}
    template = "till/_refunds.html" if request.headers.get("HX-Request") else "till/payment.html"
    return render(request, template, facts)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def refund(request: Page, payment_id: UUID) -> HttpResponse:
    """Cancel a payment: why, and until when the provider can still catch it."""
    found = find_payment(request.actor, payment_id)
    scope = place_scope(found.place, found.principal_id)
    if not may(request.actor, "payment.clear", scope):
        require(request.actor, "till.refund", scope)
    form = RefundForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        request_refund(
            actor=request.actor,
            payment_id=payment_id,
            amount_yen=left_of(found),
            reason=form.reason,
            key=form.cleaned_data["key"],
        )
        return redirect("till:payment", payment_id)
    left_yen = left_of(found)
    if left_yen == 0:
        return redirect("till:payment", payment_id)
    cut_off_at = cut_off_of(found)
    facts = {
        "payment": found,
        "place": found.place,
        "form": form,
        "left_yen": left_yen,
        "cut_off_at": cut_off_at,
        "is_catchable": now() < cut_off_at,
    }
    return render(request, "till/refund.html", facts, status=422 if form.is_bound else 200)
