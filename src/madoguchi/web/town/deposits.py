"""Deposits: reading a bank statement, and deciding what no rule could."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.settlement.banking import find_deposit, find_reading
from madoguchi.settlement.decisions import assign_deposit, release_deposit, resolve_difference, set_aside_deposit
from madoguchi.settlement.deposits import import_deposits, outstanding_yen
from madoguchi.settlement.models import Deposit
from madoguchi.settlement.queries import (
    bad_rows_csv,
    bad_rows_table,
    bad_rows_xlsx,
    deposit_files,
    deposits,
    open_payouts_for,
)
from madoguchi.settlement.rules import BOOKED_DEPOSIT_STATES, WAITING_DEPOSIT_STATES
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.desk import Desk, open_desk
from madoguchi.web.town.forms import DifferenceForm, PayoutForm, ReasonForm, StatementForm, told_in
from madoguchi.web.town.sales import CSV_ENCODINGS, XLSX, require_kind

PAGE_ROWS = 100
STATES = ("waiting", "matched", "resolved", "set_aside", "no_payout")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def deposit_list(request: Page) -> HttpResponse:
    """The deposits by state, and reading a further statement."""
    desk = open_desk(request, permission="settlement.write" if request.method == "POST" else "settlement.read")
    form = StatementForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        with told_in(form):
            file = form.cleaned_data["file"]
            read = import_deposits(
                actor=request.actor, principal_id=desk.organisation.id, name=file.name, content=file.read()
            )
            return redirect(desk.address("deposit_file", read.id))
    state = request.GET.get("state", "")
    rows = deposits(request.actor, desk.organisation.id, state=state if state in STATES else None)
    facts = {
        "form": form,
        "page": Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "sum_yen": sum(rows.order_by().values_list("amount_yen", flat=True)),
        "state": state,
        "keep": f"state={state}" if state in STATES else "",
        "tabs": [(key, desk.address("deposits", state=key), key == state) for key in ("", *STATES)],
        "waiting": deposits(request.actor, desk.organisation.id, state="waiting").count(),
        "files": list(deposit_files(request.actor, desk.organisation.id)[:10]),
        "may_write": desk.may("settlement.write"),
    }
    return desk.page("deposits.html", facts, status=422 if form.is_bound else 200)


@require_GET
@signed_in
def deposit_file(request: Page, file_id: UUID) -> HttpResponse:
    """What a statement's reading came to: good rows in, broken rows with the reason beside each."""
    reading = find_reading(request.actor, file_id)
    head, bad = bad_rows_table(request.actor, file_id)
    desk = open_desk(request, permission="settlement.read", of=reading.file.principal_id)
    facts = {"reading": reading, "head": head, "bad": bad[:PAGE_ROWS], "bad_more": max(0, len(bad) - PAGE_ROWS)}
    return desk.page("deposit_file.html", facts)


@require_GET
@signed_in
def bad_rows(request: Page, file_id: UUID, kind: str) -> HttpResponse:
    """The broken rows as a file that can be corrected and read in again as it is."""
    require_kind(kind)
    encoding = CSV_ENCODINGS.get(request.GET.get("encoding", ""), "utf-8-sig")
    if kind == "xlsx":
        response = HttpResponse(bad_rows_xlsx(request.actor, file_id), content_type=XLSX)
    else:
        response = HttpResponse(bad_rows_csv(request.actor, file_id, encoding=encoding), content_type="text/csv")
    filename = f"{_('Rows to correct')}.{kind}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    return response


@require_GET
@never_cache
@signed_in
def deposit(request: Page, deposit_id: UUID) -> HttpResponse:
    """One deposit, the rule that decided it, and what a person can decide."""
    return _page(*_deposit_at(request, deposit_id))


def _deposit_at(request: Page, deposit_id: UUID, permission: str = "settlement.read") -> tuple[Desk, Deposit]:
    found = find_deposit(request.actor, deposit_id, permission=permission)
    return open_desk(request, permission="settlement.read", of=found.principal_id), found


def _page(desk: Desk, found: Deposit, **sent: forms.Form) -> HttpResponse:
    is_waiting = found.state in (*WAITING_DEPOSIT_STATES, "set_aside")
    payouts = open_payouts_for(desk.request.actor, found.id) if is_waiting else []
    may_rename = found.state == "resolved" and found.reason_kind == "provider_error"
    facts: dict[str, Any] = {
        "deposit": found,
        "payouts": [(row, outstanding_yen(row), found.amount_yen - outstanding_yen(row)) for row in payouts],
        "may_write": desk.may("settlement.write"),
        "may_assign": is_waiting,
        "may_resolve": found.payout is not None and (found.state == "amount_differs" or may_rename),
        "may_set_aside": found.state in WAITING_DEPOSIT_STATES,
        "may_release": found.state in BOOKED_DEPOSIT_STATES,
        "assign": PayoutForm(payouts=payouts),
        "resolve": DifferenceForm(initial={"reason_kind": "transfer_fee"} if "transfer" in found.rule else None),
        "set_aside": ReasonForm(prefix="aside"),
        "release": ReasonForm(prefix="release"),
        **sent,
    }
    return desk.page("deposit.html", facts, status=422 if sent else 200)


def _decide(
    request: Page,
    deposit_id: UUID,
    name: str,
    make: Callable[[Deposit], forms.Form],
    act: Callable[[dict[str, Any]], object],
) -> HttpResponse:
    desk, found = _deposit_at(request, deposit_id, "settlement.write")
    form = make(found)
    if form.is_valid():
        with told_in(form):
            act(form.cleaned_data)
            messages.success(request, _("The deposit is decided. It stands in the log with your name."))
            return redirect(desk.address("deposit", deposit_id))
    return _page(desk, found, **{name: form})


@require_POST
@signed_in
def assign(request: Page, deposit_id: UUID) -> HttpResponse:
    """Say which payout a deposit pays."""
    return _decide(
        request,
        deposit_id,
        "assign",
        lambda found: PayoutForm(request.POST, payouts=open_payouts_for(request.actor, found.id)),
        lambda facts: assign_deposit(actor=request.actor, deposit_id=deposit_id, payout_id=UUID(facts["payout"])),
    )


@require_POST
@signed_in
def resolve(request: Page, deposit_id: UUID) -> HttpResponse:
    """Name the difference between a deposit and its payout."""
    return _decide(
        request,
        deposit_id,
        "resolve",
        lambda _found: DifferenceForm(request.POST),
        lambda facts: resolve_difference(actor=request.actor, deposit_id=deposit_id, **facts),
    )


@require_POST
@signed_in
def set_aside(request: Page, deposit_id: UUID) -> HttpResponse:
    """Put away a deposit that is not a payout."""
    return _decide(
        request,
        deposit_id,
        "set_aside",
        lambda _found: ReasonForm(request.POST, prefix="aside"),
        lambda facts: set_aside_deposit(actor=request.actor, deposit_id=deposit_id, **facts),
    )


@require_POST
@signed_in
def release(request: Page, deposit_id: UUID) -> HttpResponse:
    """Take a deposit off the payout it was booked to."""
    return _decide(
        request,
        deposit_id,
        "release",
        lambda _found: ReasonForm(request.POST, prefix="release"),
        lambda facts: release_deposit(actor=request.actor, deposit_id=deposit_id, **facts),
    )
