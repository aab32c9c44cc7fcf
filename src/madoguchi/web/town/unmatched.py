"""Payments that found no order: a person names the order, books the fee item, or gives the money back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.core.clock import now
from madoguchi.counter.schedule import items_of
from madoguchi.payments.actions import assign_payment, book_payment
from madoguchi.payments.models import Payment
from madoguchi.payments.refunds import left_of, request_refund
from madoguchi.payments.unmatched import (
    cut_off_if_known,
    orders_for,
    refused_refunds,
    unmatched_payments,
    unmatched_sums,
)
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.templatetags.madoguchi import is_english
from madoguchi.web.town.desk import Desk, open_desk
from madoguchi.web.town.forms import AssignForm, BookForm, RefundForm, told_in
from madoguchi.web.town.payments import payment_at

PAGE_ROWS = 50


@require_GET
@never_cache
@signed_in
def unmatched(request: Page) -> HttpResponse:
    """The list that a person clears, with the rule why each is on it; and refunds that providers refused."""
    desk = open_desk(request)
    rows = unmatched_payments(desk.organisation.id).select_related("place", "service")
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    orders = orders_for(list(page.object_list))
    facts = {
        "page": page,
        "rows": [(payment, len(orders[payment.id])) for payment in page.object_list],
        "sums": unmatched_sums(desk.organisation.id),
        "refused": list(refused_refunds(desk.organisation.id)[:PAGE_ROWS]),
        "may_clear": desk.may("payment.clear"),
    }
    return desk.page("unmatched.html", facts)


@require_GET
@never_cache
@signed_in
def clear(request: Page, payment_id: UUID) -> HttpResponse:
    """One unmatched payment, and the three ways to clear it."""
    desk, payment = payment_at(request, payment_id, permission="payment.clear")
    return _page(desk, payment)


@require_POST
@signed_in
def assign(request: Page, payment_id: UUID) -> HttpResponse:
    """Name the order that a payment is for."""
    desk, payment = payment_at(request, payment_id, permission="payment.clear")
    form = AssignForm(request.POST, orders=orders_for([payment])[payment.id])
    if form.is_valid():
        with told_in(form):
            assign_payment(actor=request.actor, payment_id=payment_id, order_id=UUID(form.cleaned_data["order"]))
            messages.success(request, _("The payment belongs to its order now."))
            return redirect(desk.address("unmatched"))
    return _page(desk, payment, assign=form)


@require_POST
@signed_in
def book(request: Page, payment_id: UUID) -> HttpResponse:
    """Book a payment to a fee item, with a reason."""
    desk, payment = payment_at(request, payment_id, permission="payment.clear")
    form = BookForm(request.POST, items=items_of(payment.principal_id), english=is_english())
    if form.is_valid():
        with told_in(form):
            book_payment(
                actor=request.actor,
                payment_id=payment_id,
                item_id=UUID(form.cleaned_data["item"]),
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, _("The payment is booked."))
            return redirect(desk.address("unmatched"))
    return _page(desk, payment, book=form)


@require_POST
@signed_in
def refund(request: Page, payment_id: UUID) -> HttpResponse:
    """Ask the provider to give money back, with a reason."""
    desk, payment = payment_at(request, payment_id, permission="payment.clear")
    form = RefundForm(request.POST, left_yen=left_of(payment))
    if form.is_valid():
        with told_in(form):
            request_refund(actor=request.actor, payment_id=payment_id, **form.cleaned_data)
            messages.success(request, _("The provider was asked for the refund. Its answer will show on the payment."))
            return redirect(desk.address("payment", payment_id))
    return _page(desk, payment, refund=form)


def _page(desk: Desk, payment: Payment, **sent: Any) -> HttpResponse:
    orders = orders_for([payment])[payment.id]
    left_yen, cut_off_at = left_of(payment), cut_off_if_known(payment)
    key = {"key": str(payment.id) + f":{left_yen}"}
    facts = {
        "payment": payment,
        "orders": orders,
        "left_yen": left_yen,
        "is_waiting": payment.state == "unmatched" and left_yen == payment.amount_yen,
        "cut_off_at": cut_off_at,
        "is_catchable": cut_off_at is not None and now() < cut_off_at,
        "assign": sent.get("assign") or AssignForm(orders=orders),
        "book": sent.get("book") or BookForm(items=items_of(payment.principal_id), english=is_english()),
        "refund": sent.get("refund") or RefundForm(left_yen=left_yen, initial=key),
    }
    return desk.page("clear.html", facts, status=422 if sent else 200)
