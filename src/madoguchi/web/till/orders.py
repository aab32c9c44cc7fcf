"""An order at the till: its code, whether it is paid, cash, and the ways in which it can end otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.counter import rules
from madoguchi.counter.actions import abandon_order, return_cash, take_cash
from madoguchi.counter.models import Order
from madoguchi.counter.queries import find_order, order_state, orders_of_day, sees_payer
from madoguchi.payments.actions import assign_payment, see_payment
from madoguchi.payments.charges import has_running_charge, latest_charge, request_charge
from madoguchi.payments.models import Payment, Refund
from madoguchi.payments.queries import payment_of, stray_payments
from madoguchi.payments.rules import RUNNING_CHARGES, charge_state
from madoguchi.people.access import require
from madoguchi.registry.operators import takes_shown_codes
from madoguchi.registry.queries import place_scope, services_at
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.sentences import ANSWERED_NO, CHARGE_ANSWERS
from madoguchi.web.till.codes import symbol_or_nothing
from madoguchi.web.till.days import day_in
from madoguchi.web.till.forms import (
    AbandonForm,
    AssignForm,
    CashForm,
    ChargeForm,
    GiveCashBackForm,
    ReasonForm,
    SeenForm,
)
from madoguchi.web.till.places import go, place_at

STOP_POLLING = 286  # htmx: take this content and ask no more
# A provider's notice shows within a second; after ten minutes somebody has walked away from the tablet.
EAGER_MS, PATIENT_MS, EAGER_FOR = 700, 5_000, timedelta(minutes=10)
NEAR = timedelta(minutes=2)


@dataclass(frozen=True)
class Stray:
    """A payment at the order's code that is not tied to any order."""

    payment: Payment
    refund: Refund | None
    fits: bool  # the amount is the order's: it may be this customer's


def _in_order(payment: Payment) -> list[Refund]:
    """A payment's refunds as they were made, from what has been read already."""
    return sorted(payment.refunds.all(), key=lambda refund: refund.id)


def _strays(order: Order) -> list[Stray]:
    """Stray payments while this order was being paid; those of later customers are no longer its business."""
    until = (order.paid_at or order.closed_at or now()) + NEAR
    strays = []
    for payment in stray_payments(order):
        if payment.paid_at > until:
            continue
        refunds = [refund for refund in _in_order(payment) if refund.state != "refused"]
        is_waiting = order.state in rules.WAITING_STATES
        fits = is_waiting and not refunds and payment.amount_yen == order.total_yen
        strays.append(Stray(payment, refunds[-1] if refunds else None, fits))
    return strays


def _situation(order: Order) -> dict[str, Any]:
    """How an order stands, and a mark that changes whenever that does."""
    strays = [] if order.tender == "cash" else _strays(order)
    payment = payment_of(order.id) if order.tender == "service" and order.paid_at else None
    refunds = _in_order(payment) if payment else []
    charge = latest_charge(order.id) if order.state == "open" else None
    charged = charge_state(charge.state, charge.valid_until, now()) if charge else ""
    seen = (
        order.state,
        charge and (charge.id, charged),
        *((row.payment.id, row.refund and row.refund.state) for row in strays),
        *(refund.state for refund in refunds),
    )
    is_eager = order.state in rules.WAITING_STATES and now() - order.opened_at < EAGER_FOR
    return {
        "order": order,
        "strays": strays,
        "payment": payment,
        "refund": refunds[-1] if refunds else None,
        "charge": charge,
        "charge_state": charged,
        "is_charging": charged in RUNNING_CHARGES,
        "charge_answer": CHARGE_ANSWERS.get(charge.answer, ANSWERED_NO) if charge else "",
        "mark": sha256(repr(seen).encode()).hexdigest()[:12],
        "change_yen": (order.cash_given_yen or order.total_yen) - order.total_yen,
        "is_waiting": order.state in rules.WAITING_STATES,
        "is_moving": order.state in (*rules.WAITING_STATES, "cancelling"),
        "poll_ms": EAGER_MS if is_eager else PATIENT_MS,
    }


def _ways_to_pay(order: Order) -> dict[str, Any]:
    """Our code for the customer to scan, and whether theirs could be read instead."""
    return {
        "symbol": symbol_or_nothing(order.code),
        "reads_codes": order.state == "open" and takes_shown_codes(order.code_id, today()),
    }


@require_GET
@never_cache
@signed_in
def order(request: Page, order_id: UUID) -> HttpResponse:
    """The amount, the code, and below it how the order stands; the part that changes asks again by itself."""
    found = find_order(request.actor, order_id)
    require(request.actor, "till.use", place_scope(found.place))
    facts = {
        **_situation(found),
        **_ways_to_pay(found),
        "place": found.place,
        "sees_payer": sees_payer(request.actor, found),
        "lines": found.lines.all(),
        "services": services_at(found.code_id, today()),
    }
    return render(request, "till/order.html", facts)


@require_GET
@never_cache
def status(request: Page, order_id: UUID) -> HttpResponse:
    """The part of the order's page that changes; 204 while it is as the page already shows it."""
    if not request.user.is_authenticated:
        # A redirect would put the sign-in page inside the order's; this sends the whole window there, and back.
        to_sign_in = redirect_to_login(reverse("till:order", args=[order_id]))
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": to_sign_in.url})
        return to_sign_in
    facts = _situation(order_state(request.actor, order_id))
    if facts["mark"] == request.GET.get("known"):
        return HttpResponse(status=204)
    if facts["is_waiting"]:
        facts |= _ways_to_pay(facts["order"])
    return render(request, "till/_status.html", facts, status=200 if facts["is_moving"] else STOP_POLLING)


def _waiting(request: Page, order_id: UUID) -> Order | None:
    """An order that can still be paid; None if it has moved on and its page should be shown instead."""
    found = find_order(request.actor, order_id)
    require(request.actor, "till.use", place_scope(found.place))
    return found if found.state in rules.WAITING_STATES else None


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def cash(request: Page, order_id: UUID) -> HttpResponse:
    """Cash: how much was given, how much goes back."""
    found = _waiting(request, order_id)
    if found is None or found.state != "open":
        return go(request, "till:order", order_id)
    if has_running_charge(order_id):
        # The customer would pay twice.
        raise Refusal("charge_running")
    form = CashForm(request.POST if request.method == "POST" else None, total_yen=found.total_yen)
    if form.is_valid():
        take_cash(actor=request.actor, order_id=order_id, given_yen=form.cleaned_data["given_yen"])
        return go(request, "till:order", order_id)
    notes = [yen for yen in (1_000, 5_000, 10_000) if yen > found.total_yen]
    facts = {"order": found, "place": found.place, "lines": found.lines.all(), "form": form, "notes": notes}
    return render(request, "till/cash.html", facts, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def charge(request: Page, order_id: UUID) -> HttpResponse:
    """The customer shows a code: read it with a scanner or the tablet's camera, and ask its provider for the money."""
    found = _waiting(request, order_id)
    if found is None or found.state != "open":
        return go(request, "till:order", order_id)
    is_sent = request.method == "POST"
    form = ChargeForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if form.is_valid():
        request_charge(
            actor=request.actor,
            order_id=order_id,
            shown_code=form.cleaned_data["shown_code"],
            key=form.cleaned_data["key"],
        )
        return go(request, "till:order", order_id)
    if not is_sent and has_running_charge(order_id):
        return go(request, "till:order", order_id)
    facts = {"order": found, "place": found.place, "form": form}
    return render(request, "till/charge.html", facts, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def seen(request: Page, order_id: UUID) -> HttpResponse:
    """The notice is late: the clerk says which service the customer's screen shows (J-25)."""
    found = _waiting(request, order_id)
    if found is None:
        return go(request, "till:order", order_id)
    services = services_at(found.code_id, today())
    form = SeenForm(request.POST if request.method == "POST" else None, services=services)
    if form.is_valid():
        see_payment(actor=request.actor, order_id=order_id, service_code=form.cleaned_data["service"])
        return go(request, "till:order", order_id)
    facts = {"order": found, "place": found.place, "lines": found.lines.all(), "form": form}
    return render(request, "till/seen.html", facts, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def abandon(request: Page, order_id: UUID) -> HttpResponse:
    """Nobody pays: close the order, with a reason."""
    found = _waiting(request, order_id)
    if found is None:
        return redirect("till:order", order_id)
    form = AbandonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        abandon_order(actor=request.actor, order_id=order_id, reason=form.reason)
        return redirect("till:till", found.place_id)
    return _reason_page(request, "till/abandon.html", found, form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def give_cash_back(request: Page, order_id: UUID) -> HttpResponse:
    """Cancel a cash order: the clerk gives the money back, with a reason."""
    found = find_order(request.actor, order_id)
    require(request.actor, "till.refund", place_scope(found.place))
    if found.state == "cancelled":
        return redirect("till:order", order_id)
    if found.tender != "cash" or found.state != "paid":
        raise Refusal("order_not_cash")
    form = GiveCashBackForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return_cash(actor=request.actor, order_id=order_id, reason=form.reason)
        return redirect("till:order", order_id)
    return _reason_page(request, "till/return_cash.html", found, form)


def _reason_page(request: Page, template: str, found: Order, form: ReasonForm) -> HttpResponse:
    facts = {"order": found, "place": found.place, "lines": found.lines.all(), "form": form}
    return render(request, template, facts, status=422 if form.is_bound else 200)


@require_POST
@signed_in
def assign(request: Page, order_id: UUID) -> HttpResponse:
    """This payment is our customer's: tie it to the order."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        raise Refusal("payment_unknown")
    assign_payment(actor=request.actor, payment_id=form.cleaned_data["payment"], order_id=order_id)
    return redirect("till:order", order_id)


@require_GET
@never_cache
@signed_in
def orders(request: Page, place_id: UUID) -> HttpResponse:
    """The orders of one day at a till, newest first; `?day=` in the address."""
    place = place_at(request.actor, place_id)
    day = day_in(request.GET.get("day")) or today()
    found = list(orders_of_day(request.actor, place, day))
    is_paid = [row for row in found if row.state in rules.PAID_STATES]
    facts = {
        "place": place,
        "day": day,
        "today": today(),
        "orders": found,
        "paid_orders": len(is_paid),
        "paid_yen": sum(row.total_yen for row in is_paid),
    }
    return render(request, "till/orders.html", facts)
