"""One payment: what it was for, what was given back, its memo, and every step its yen took."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.counter.queries import find_order, sees_payer
from madoguchi.payments.actions import write_memo
from madoguchi.payments.models import Payment
from madoguchi.payments.queries import find_payment
from madoguchi.payments.refunds import left_of
from madoguchi.payments.unmatched import cut_off_if_known
from madoguchi.people.access import may, require
from madoguchi.registry.queries import place_scope
from madoguchi.settlement import tracing
from madoguchi.settlement.sales import Sums, names_for, of_payment
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.desk import Desk, open_desk
from madoguchi.web.town.forms import MemoForm, told_in
from madoguchi.web.town.tables import movement_rows


def payment_at(request: Page, payment_id: UUID, *, permission: str = "sales.read") -> tuple[Desk, Payment]:
    """A payment of the principals whose books the reader keeps. Raises Refusal `payment_unknown`, `not_allowed`."""
    payment = find_payment(request.actor, payment_id)
    require(request.actor, permission, place_scope(payment.place, payment.principal_id))
    return open_desk(request, of=payment.principal_id), payment


@require_GET
@never_cache
@signed_in
def payment(request: Page, payment_id: UUID) -> HttpResponse:
    """A payment with its order, movements and refunds; the payer only for the principal's own staff (J-19)."""
    desk, found = payment_at(request, payment_id)
    order = find_order(request.actor, found.order_id) if found.order_id else None
    rows = list(movement_rows(of_payment(found.id, found.principal_id), names_for(frozenset({found.principal_id}))))
    facts = {
        "payment": found,
        "order": order,
        "sees_payer": order is not None and sees_payer(request.actor, order),
        "rows": rows,
        "total": Sums(
            sold_yen=sum(row.movement.amount_yen for row in rows), fee_yen=sum(row.movement.fee_yen for row in rows)
        ),
        "refunds": found.refunds.order_by("id"),
        "left_yen": left_of(found),
        "cut_off_at": cut_off_if_known(found),
        "form": MemoForm(initial={"memo": found.memo}),
        "may_write": desk.may("sales.memo"),
        "may_clear": desk.may("payment.clear") and found.state == "unmatched" and left_of(found) == found.amount_yen,
    }
    return desk.page("payment.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def memo(request: Page, payment_id: UUID) -> HttpResponse:
    """The memo of a payment, to read or to write in place (J-26)."""
    desk, found = payment_at(request, payment_id, permission="sales.memo")
    form = MemoForm(request.POST if request.method == "POST" else None, initial={"memo": found.memo})
    facts = {"desk": desk, "payment_id": found.id, "memo": found.memo, "form": form, "may_write": True}
    if form.is_valid():
        with told_in(form):
            written = write_memo(actor=request.actor, payment_id=payment_id, memo=form.cleaned_data["memo"])
            if not request.htmx:
                return redirect(desk.address("payment", payment_id))
            return render(request, "town/_memo.html", {**facts, "memo": written.memo})
    if request.htmx and request.GET.get("read") is not None:
        return render(request, "town/_memo.html", facts)
    template = "town/_memo_form.html" if request.htmx else "town/memo.html"
    return render(request, template, {**facts, "payment": found}, status=422 if form.is_bound else 200)


@require_GET
@signed_in
def trace(request: Page, payment_id: UUID) -> HttpResponse:
    """Every arrow of one yen: when, what, and the rule that decided it."""
    steps = tracing.trace(payment_id, actor=request.actor)
    found = find_payment(request.actor, payment_id)
    # The programme's office may follow a payment without keeping anybody's books.
    reads = may(request.actor, "sales.read", place_scope(found.place, found.principal_id))
    facts = {"payment": found, "steps": steps}
    if not reads:
        return render(request, "town/trace.html", facts)
    return open_desk(request, of=found.principal_id).page("trace.html", facts)
