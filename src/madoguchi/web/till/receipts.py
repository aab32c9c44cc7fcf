"""A paid order's receipt, as a page to print and as PDF."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from madoguchi.counter.queries import find_order
from madoguchi.counter.receipts import has_receipt, receipt_of
from madoguchi.counter.receipts import receipt_pdf as draw_receipt
from madoguchi.people.access import may
from madoguchi.registry.queries import place_scope
from madoguchi.web.edges import Page, signed_in


@require_GET
@never_cache
@signed_in
def receipt(request: Page, order_id: UUID) -> HttpResponse:
    """The receipt; before the money is there, a page that says so."""
    order = find_order(request.actor, order_id)
    if not has_receipt(order):
        return render(request, "till/receipt_missing.html", {"order": order, "place": order.place}, status=422)
    is_clerk = may(request.actor, "till.use", place_scope(order.place))
    facts = {"order": order, "place": order.place, "receipt": receipt_of(order), "is_clerk": is_clerk}
    return render(request, "till/receipt.html", facts)


@require_GET
@never_cache
@signed_in
def receipt_pdf(request: Page, order_id: UUID) -> HttpResponse:
    """The receipt on paper: `?paper=roll` (80 mm) or `a4`."""
    order = find_order(request.actor, order_id)
    if not has_receipt(order):
        return render(request, "till/receipt_missing.html", {"order": order, "place": order.place}, status=422)
    pdf = draw_receipt(receipt_of(order), paper=request.GET.get("paper", "roll"))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="receipt-{order.number}.pdf"'
    return response
