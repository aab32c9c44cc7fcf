"""For those who look after places: reported mistakes (P-28), and what visitors read about a place (P-31)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.opendata import reports as opendata_reports
from madoguchi.opendata.describing import describe, place_to_describe
from madoguchi.opendata.finder import is_published
from madoguchi.people.access import require
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.finder import words
from madoguchi.web.finder.forms import AnswerForm, DescriptionForm

REPORTS_A_PAGE = 50


@require_GET
@signed_in
def reports(request: Page) -> HttpResponseBase:
    """What readers say is wrong: what waits, or with `?decided=1` what became of the rest."""
    is_open = "decided" not in request.GET
    rows = opendata_reports.reports(request.actor, is_open=is_open)
    page = Paginator(rows, REPORTS_A_PAGE).get_page(request.GET.get("page"))
    told = [
        (row, words.MATTERS.get(row.matter, row.matter), words.REPORT_STATES.get(row.state, row.state)) for row in page
    ]
    keep = "" if is_open else "decided=1"
    return render(request, "finder/reports.html", {"page": page, "rows": told, "is_open": is_open, "keep": keep})


@require_POST
@signed_in
def decide(request: Page, report_id: UUID) -> HttpResponse:
    """Write down what became of a report."""
    # Before the form is looked at: nobody else is told what it lacks.
    require(request.actor, "opendata.write")
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what became of the report."))
        return redirect("finder:reports")
    opendata_reports.decide_report(actor=request.actor, report_id=report_id, **form.cleaned_data)
    messages.success(request, _("Written down."))
    return redirect("finder:reports")


@require_http_methods(["GET", "POST"])
@signed_in
def describe_place(request: Page, place_id: UUID) -> HttpResponseBase:
    """Tell hours, the way in and the position of a place that one's own organisation runs."""
    place = place_to_describe(request.actor, place_id)
    before = {name: getattr(place, name) for name in DescriptionForm.base_fields}
    form = DescriptionForm(request.POST if request.method == "POST" else None, initial=before)
    if request.method == "POST" and form.is_valid():
        describe(actor=request.actor, place_id=place_id, **form.cleaned_data)
        messages.success(request, _("Written down."))
        return redirect("finder:describe", place_id)
    facts = {"place": place, "form": form, "is_published": is_published(place_id)}
    return render(request, "finder/describe.html", facts, status=422 if form.errors else 200)
