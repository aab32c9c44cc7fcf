"""Choosing a till, and the till itself: what the customer pays for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.counter.actions import open_order
from madoguchi.counter.models import TillDay
from madoguchi.counter.queries import day_totals, offers_at, till_day, unclosed_days
from madoguchi.payments.queries import unmatched_at
from madoguchi.people.access import Actor, require
from madoguchi.registry.models import Place, StoreCode
from madoguchi.registry.queries import codes_at, find_place, place_scope, places_with_till, services_at
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.refusals import wants_json
from madoguchi.web.till.codes import symbol_or_nothing
from madoguchi.web.till.forms import OrderForm


def place_at(actor: Actor, place_id: UUID) -> Place:
    """A place whose till `actor` may use. Raises Refusal `place_unknown`, `not_allowed`."""
    place = find_place(place_id)
    require(actor, "till.use", place_scope(place))
    return place


def go(request: Page, name: str, identifier: UUID) -> HttpResponse:
    """Send the browser on; the till's script, which must know at once whether its order arrived, is told where to.

    So is htmx, which would otherwise put the next page into this one.
    """
    address = reverse(name, args=[identifier])
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return JsonResponse({"address": address}) if wants_json(request) else HttpResponseRedirect(address)


@require_GET
@signed_in
def places(request: Page) -> HttpResponse:
    """The places whose till the clerk may open; with one, that till."""
    found = places_with_till(request.actor)
    if not found:
        require(request.actor, "till.use")
    if len(found) == 1:
        return redirect("till:till", found[0].id)
    return render(request, "till/places.html", {"places": found})


@dataclass(frozen=True)
class Summary:
    """Today's takings in one line."""

    orders: int
    paid_yen: int
    waiting: int
    unmatched: int


def summary_of(actor: Actor, place: Place, day: TillDay | None) -> Summary:
    """What the till took today, and what still waits for a person."""
    unmatched = len(unmatched_at(actor, place))
    if day is None:
        return Summary(0, 0, 0, unmatched)
    totals = day_totals(day)
    orders = sum(line["orders"] - line["cancelled"] for line in totals.lines)
    return Summary(orders, sum(line["net_yen"] for line in totals.lines), totals.waiting, unmatched)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache  # so that going back gives a fresh key: with the old one the next customer's order would be the last one's
@signed_in
def till(request: Page, place_id: UUID) -> HttpResponse:
    """The items of one principal at a place, as keys to touch; sending them opens an order."""
    place = place_at(request.actor, place_id)
    codes = codes_at(place.id)
    code = _chosen(codes, request.GET.get("for", ""))
    offers = [offer for offer in offers_at(place, today()) if code and offer.principal_id == code.principal_id]
    form = OrderForm(request.POST if request.method == "POST" else None, offers=offers)
    if form.is_valid():
        order = open_order(
            actor=request.actor,
            place_id=place.id,
            picks=form.picks(),
            client_key=form.cleaned_data["client_key"],
            case_reference=form.cleaned_data["case_reference"],
            payer_name=form.cleaned_data["payer_name"],
        )
        is_cash = request.POST.get("tender") == "cash" and order.state == "open"
        return go(request, "till:cash" if is_cash else "till:order", order.id)
    return _page(request, place, codes, code, form)


def _chosen(codes: list[StoreCode], wanted: str) -> StoreCode | None:
    return next((code for code in codes if str(code.principal_id) == wanted), codes[0] if codes else None)


def _page(request: Page, place: Place, codes: list[StoreCode], code: StoreCode | None, form: OrderForm) -> HttpResponse:
    day = till_day(place)
    facts: dict[str, Any] = {
        "place": place,
        "codes": codes,
        "code": code,
        "form": form,
        "day": day,
        "today": today(),
        "is_agent": code is not None and code.principal_id != place.operator_id,
        "summary": summary_of(request.actor, place, day),
        "unclosed": unclosed_days(place, today()),
        "services": services_at(code.id, today()) if code else [],
        "symbol": symbol_or_nothing(code) if code else None,
    }
    return render(request, "till/till.html", facts, status=422 if form.is_bound else 200)
