"""Places by the sheet: the template, good rows in, broken rows back in the same kind of file (J-22)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.onboarding.following import purposes_on_offer, services_applied_for, services_on_offer
from madoguchi.onboarding.sheet_columns import Names
from madoguchi.onboarding.sheet_intake import Taken, take_sheet
from madoguchi.onboarding.sheets import read_sheet, sentence, template_csv, template_xlsx, with_faults
from madoguchi.onboarding.words import Language
from madoguchi.web.merchant.access import Visit, for_applicants
from madoguchi.web.merchant.place_forms import SheetForm, grouped
from madoguchi.web.merchant.progress import steps_of
from madoguchi.web.merchant.returned import keep_returned, returned_facts, returned_file
from madoguchi.web.merchant.section_forms import told_in
from madoguchi.web.merchant.words import SHEET_REFUSALS

MEDIA_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
MOST_FAULTS_SHOWN = 100


def _language() -> Language:
    return "en" if get_language() == "en" else "ja"


def _names() -> tuple[Names, Names]:
    """The words that a sheet may use for services and purposes."""
    services = {one.code: one.name for one in services_on_offer()}
    purposes = {
        one.code: (one.name_en, one.name) if _language() == "en" else (one.name, one.name_en)
        for one in purposes_on_offer()
    }
    return services, purposes


@require_GET
@for_applicants
def template(visit: Visit, kind: str) -> HttpResponse:
    """An empty sheet with an example and how to fill it in."""
    make = {"xlsx": template_xlsx, "csv": template_csv}.get(kind)
    if make is None:
        raise Http404
    return _file(make(_language(), *_names()), f"{_('Places')}.{kind}", kind)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def sheet(visit: Visit) -> HttpResponse:
    """Send a sheet in. What is wrong with the file as a whole changes nothing; broken rows stop no others."""
    if not visit.is_open:
        return redirect(visit.address("status"))
    offered = services_on_offer()
    own = services_applied_for(visit.application)
    sent = (visit.request.POST, visit.request.FILES) if visit.request.method == "POST" else ()
    form = SheetForm(*sent, offered=offered, initial={"services": sorted(own)})
    if form.is_valid():
        file = form.cleaned_data["file"]
        with told_in(form, SHEET_REFUSALS):
            services, purposes = _names()
            reading = read_sheet(file.read(), file.name, services=services, purposes=purposes)
            taken = take_sheet(
                actor=visit.actor,
                application_id=visit.application.id,
                reading=reading,
                services=form.cleaned_data["services"],
            )
            _keep(visit, taken, file.name)
            return redirect(visit.address("sheet_result"))
    facts = {
        "form": form,
        "groups": grouped(offered, form["services"].value() or ()),
        "steps": steps_of(visit),
    }
    return visit.page("sheet.html", facts, status=422 if form.is_bound else 200)


def _keep(visit: Visit, taken: Taken, filename: str) -> None:
    faults = taken.reading.faults
    rows = {fault.row for fault in faults}
    facts: dict[str, Any] = {
        "name": filename[-80:],
        "kind": taken.reading.raw.file_type,
        "new": taken.new,
        "known": taken.known,
        "broken": len(rows),
        "faults": [
            {"row": fault.row, "value": fault.value, "told": sentence(fault, _language())}
            for fault in faults[:MOST_FAULTS_SHOWN]
        ],
        "more": max(0, len(faults) - MOST_FAULTS_SHOWN),
    }
    file = with_faults(taken.reading, _language(), only_faulty=True) if faults else None
    keep_returned(visit.request, visit.application.id, facts, file)


@require_GET
@for_applicants
def sheet_result(visit: Visit) -> HttpResponse:
    """What the last sheet came to."""
    facts = returned_facts(visit.request, visit.application.id)
    if facts is None:
        return redirect(visit.address("sheet"))
    return visit.page("sheet_result.html", {"result": facts, "steps": steps_of(visit)})


@require_GET
@for_applicants
def broken_rows(visit: Visit) -> HttpResponse:
    """The last sheet's broken rows, each with its reasons, to be corrected and sent again as it is."""
    facts, file = (
        returned_facts(visit.request, visit.application.id),
        returned_file(visit.request, visit.application.id),
    )
    if facts is None or file is None:
        # A day has passed, or everything went in.
        return redirect(visit.address("sheet"))
    return _file(file, f"{_('Rows to correct')}.{facts['kind']}", facts["kind"])


def _file(data: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=MEDIA_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response
