"""Providers' plans side by side, what each would cost, and whom to ask (P-16, P-18, P-19, J-09, J-20, J-21)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from madoguchi.core.clock import today
from madoguchi.onboarding.plans import Offer, cheapest, choices_on, offers, offers_of
from madoguchi.web.merchant.plan_forms import PlansForm, day_asked
from madoguchi.web.merchant.plan_support import support_of
from madoguchi.web.merchant.plan_words import (
    APPLICANTS,
    PERIODS,
    brand_lines,
    days,
    extra_costs,
    fee_figure,
    fee_now,
    lines_of,
    name_of,
    payout,
    plan_table,
    services,
    transfer_fee,
    year_lines,
)
from madoguchi.web.town.sales import FILES, require_kind, table_file

MOST_COMPARED = 4
# A page of them takes a third of a second to draw; the file holds all.
PAGE_ROWS = 50


@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """The plans of today that fit, the cheapest first; filter and page stand in the address, for a colleague."""
    form = form_of(request.GET)
    facts: dict[str, Any] = {"form": form, "today": today(), **support_of(request.GET, form.pairs)}
    if form.is_valid():
        found = offers(form.wish, form.cleaned_data["day"], form.cleaned_data["takings"])
        shown = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
        facts |= {
            "rows": [row_of(offer) for offer in shown],
            "page": shown,
            "keep": urlencode(form.pairs),
            **_cheapest(found),
            "takings": form.cleaned_data["takings"],
            "day": form.cleaned_data["day"],
            "files": [(label, _address(form, kind, encoding)) for label, kind, encoding in FILES],
        }
    is_wrong = bool(form.errors or facts["support_form"].errors)
    return render(request, "merchant/plans.html", facts, status=422 if is_wrong else 200)


@require_GET
def plans_compare(request: HttpRequest) -> HttpResponse:
    """Up to four plans column by column, differences marked."""
    form = form_of(request.GET)
    chosen = list(dict.fromkeys(_ids(request.GET.getlist("plan"))))
    is_read = form.is_valid()
    day = form.cleaned_data["day"] if is_read else today()
    found = offers_of(chosen[:MOST_COMPARED], day, form.cleaned_data["takings"] if is_read else None)
    facts = {
        "columns": [row_of(offer) for offer in found],
        "lines": compared(found),
        "too_many": len(chosen) > MOST_COMPARED,
        "gone": len(chosen[:MOST_COMPARED]) - len(found),
        "takings": form.cleaned_data["takings"] if is_read else None,
        "day": day,
        "is_today": day == today(),
        "back": f"{reverse('merchant:plans')}?{urlencode(form.pairs)}",
        "apply": application_address(found),
    }
    return render(request, "merchant/plans_compare.html", facts)


@require_GET
def plans_file(request: HttpRequest, kind: str) -> HttpResponse | StreamingHttpResponse:
    """The plans exactly as they are shown: CSV in UTF-8 with BOM (`?encoding=cp932` for old Excel), or XLSX."""
    require_kind(kind)
    form = form_of(request.GET)
    if not form.is_valid():
        facts = {"form": form, "today": today(), **support_of(request.GET, form.pairs)}
        return render(request, "merchant/plans.html", facts, status=422)
    head, rows = plan_table(offers(form.wish, form.cleaned_data["day"], form.cleaned_data["takings"]))
    return table_file(head, rows, kind=kind, encoding=request.GET.get("encoding", ""), title=_("Plans"))


def form_of(data: QueryDict) -> PlansForm:
    """The filter with what there is to choose from on its day."""
    return PlansForm(data, choices=choices_on(day_asked(data)))


def _cheapest(found: list[Offer]) -> dict[str, Any]:
    """What the sentence of the cheapest plan says; also for whom it is, if not for everybody."""
    best = cheapest(found)
    whom = {APPLICANTS[one.plan.applicants] for one in best if one.plan.applicants != "all"}
    return {
        "best": [name_of(one.plan) for one in best],
        "least": best[0] if best else None,
        "best_whom": " / ".join(map(str, whom)),
    }


def row_of(offer: Offer) -> dict[str, Any]:
    """A plan as the page tells it."""
    plan = offer.plan
    return {
        "offer": offer,
        "plan": plan,
        "name": name_of(plan),
        "services": services(offer),
        "applicants": APPLICANTS[plan.applicants],
        "fee_now": fee_now(offer),
        "fees": [
            (PERIODS[fee.period], days(fee.starts_on, fee.ends_on), fee_figure(fee), fee == offer.fee)
            for fee in offer.fees
        ],
        "payout": payout(plan),
        "transfer_fee": transfer_fee(plan),
        "costs": extra_costs(plan),
        "brands": brand_lines(plan),
        "year_lines": year_lines(offer.year) if offer.year else [],
        "apply": application_address([offer]),
    }


def compared(found: list[Offer]) -> list[dict[str, Any]]:
    """Each aspect with what every plan says of it, and whether they differ; what no plan tells is left out."""
    rows = []
    for aspect in zip(*(list(lines_of(offer)) for offer in found), strict=True):
        texts = [line.text for line in aspect]
        if any(texts):
            differs = len(set(texts)) > 1
            rows.append({"label": aspect[0].label, "cells": aspect, "differs": differs})
    return rows


def application_address(found: list[Offer]) -> str:
    """Where an application with these plans' services begins; empty where none can be begun here."""
    codes = sorted({service.code for offer in found for service in offer.services})
    try:
        address = reverse("merchant:begin")
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode({'services': ','.join(codes)})}" if codes else ""


def _address(form: PlansForm, kind: str, encoding: str) -> str:
    extra = [("encoding", encoding)] if encoding else []
    return f"{reverse('merchant:plans_file', args=[kind])}?{urlencode([*form.pairs, *extra])}"


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
