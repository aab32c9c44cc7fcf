"""A till's day: change money in the morning, the count in the evening, and the report for the accountant."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.counter import rules
from madoguchi.counter.closing import close_day, set_float
from madoguchi.counter.models import TillDay
from madoguchi.counter.queries import day_totals, find_day, orders_waiting, till_day
from madoguchi.counter.receipts import DayReport, day_report
from madoguchi.counter.receipts import report_pdf as draw_report
from madoguchi.payments.queries import ServiceLine, service_lines
from madoguchi.people.access import may, require
from madoguchi.registry.models import Place
from madoguchi.registry.queries import find_place, place_scope
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.till.forms import CountForm, FloatForm
from madoguchi.web.till.places import place_at


def day_in(text: str | None) -> date | None:
    """A date in an address, `2026-11-21`; None if there is none or it is not one."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def float_money(request: Page, place_id: UUID) -> HttpResponse:
    """How much change money is in the till this morning."""
    place = place_at(request.actor, place_id)
    day = till_day(place)
    initial = {"float_yen": day.float_yen} if day else None
    form = FloatForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        set_float(actor=request.actor, place_id=place_id, float_yen=form.cleaned_data["float_yen"])
        messages.success(request, _("The change money is noted."))
        return redirect("till:till", place_id)
    facts = {"place": place, "form": form, "day": day, "today": today()}
    return render(request, "till/float.html", facts, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def close(request: Page, place_id: UUID) -> HttpResponse:
    """Close the day: count the cash, compare each service with the orders. `?day=` for one that was forgotten."""
    place = place_at(request.actor, place_id)
    require(request.actor, "till.close_day", place_scope(place))
    on = day_in(request.GET.get("day")) or today()
    day = till_day(place, on)
    if day is not None and day.closed_at is not None:
        return redirect("till:report", place_id, on.isoformat())
    form = CountForm(request.POST if request.method == "POST" and day else None)
    if day is not None and form.is_valid():
        close_day(actor=request.actor, place_id=place_id, day=on, counts=form.counts)
        return redirect("till:report", place_id, on.isoformat())
    waiting = orders_waiting(request.actor, place)
    facts: dict[str, Any] = {
        "place": place,
        "on": on,
        "day": day,
        "form": form,
        "count_fields": [(value, form[f"count-{value}"]) for value in rules.DENOMINATIONS_YEN],
        "totals": day_totals(day) if day else None,
        "services": service_lines(day) if day else [],
        "blocking": [order for order in waiting if day and order.till_day_id == day.id and order.state == "open"],
    }
    return render(request, "till/close.html", facts, status=422 if form.is_bound else 200)


def _report(request: Page, place_id: UUID, day: str) -> tuple[Place, TillDay, DayReport, list[ServiceLine]]:
    on = day_in(day)
    if on is None:
        raise Http404
    place = find_place(place_id)
    row = find_day(request.actor, place, on)
    services = service_lines(row)
    return place, row, day_report(row), services


@require_GET
@never_cache
@signed_in
def report(request: Page, place_id: UUID, day: str) -> HttpResponse:
    """The daily report: as it stood at closing, and what changed since."""
    place, row, facts, services = _report(request, place_id, day)
    is_clerk = may(request.actor, "till.use", place_scope(place))
    page = {"place": place, "day": row, "report": facts, "services": services, "is_clerk": is_clerk}
    return render(request, "till/report.html", page)


@require_GET
@never_cache
@signed_in
def report_pdf(request: Page, place_id: UUID, day: str) -> HttpResponse:
    """The daily report on paper."""
    place, _row, facts, services = _report(request, place_id, day)
    compared = [
        {
            "principal": line.principal.name,
            "service": line.service.name,
            "orders_yen": line.orders_yen,
            "payments_yen": line.payments_yen,
            "over_yen": line.over_yen,
            "short_yen": line.short_yen,
        }
        for line in services
    ]
    response = HttpResponse(draw_report(facts, compared), content_type="application/pdf")
    disposition = content_disposition_header(as_attachment=False, filename=f"{place.name}-{day}.pdf")
    response["Content-Disposition"] = disposition or "inline"
    return response
