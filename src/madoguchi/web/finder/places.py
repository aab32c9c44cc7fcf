"""The list of places and the page of each (P-27, P-28, P-31)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.opendata.finder import find_place, find_places
from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.names import service_names
from madoguchi.opendata.reports import report_mistake
from madoguchi.people.access import Actor, may
from madoguchi.people.rules import Scope
from madoguchi.registry.closing import resolve_place
from madoguchi.registry.queries import find_place as registered
from madoguchi.web.edges import Page
from madoguchi.web.finder import words
from madoguchi.web.finder.asking import read_asked
from madoguchi.web.finder.drawing import content_html, mistakes_html, page_around, town_name
from madoguchi.web.finder.forms import ReportForm
from madoguchi.web.finder.map_views import map_context
from madoguchi.web.finder.parts import address_of, rate_of, where_of
from madoguchi.web.remembered import is_visitor
from madoguchi.web.templatetags.madoguchi import is_english


@require_GET
def finder(request: HttpRequest) -> HttpResponse:
    """Search and list; the map stands beside it and is not needed."""
    asked = read_asked(request.GET)
    if asked.mistakes:
        content, has_map, status = mistakes_html(asked), False, 422
    else:
        found = find_places(asked.query)
        shown = map_context(asked.fields, listed=found.places)
        content, has_map, status = content_html(asked, found, shown), shown is not None, 200
    if is_visitor(request):
        return HttpResponse(page_around(request, content, has_map=has_map), status=status)
    return render(request, "finder/finder.html", {"content": content, "map": has_map}, status=status)


@require_GET
def place(request: Page, place_id: UUID) -> HttpResponse:
    """One place: what is taken there from when, the rate, hours, the way in, and how to report a mistake."""
    try:
        found = find_place(place_id)
    except Refusal:
        # An address that was handed on goes on leading to the place, also once it was found to be another's double.
        if (standing := resolve_place(place_id)).id == place_id:
            raise
        return redirect("finder:place", standing.id, permanent=True)
    return render(request, "finder/place.html", _place_facts(found) | {"is_own": _is_own(request.actor, place_id)})


def _is_own(actor: Actor, place_id: UUID) -> bool:
    """Whether the reader may change what is told here; visitors cost no query."""
    if not actor.grants:
        return False
    return may(actor, "registry.write", Scope(principal_id=registered(place_id).operator_id))


def _place_facts(found: PublishedPlace) -> dict[str, Any]:
    names, day = service_names(), today()
    services = []
    for row in found.services:
        starts_on = date.fromisoformat(row["starts_on"])
        ends_on = date.fromisoformat(row["ends_on"]) if row["ends_on"] else None
        name = names.get(row["service"], row["service"])
        services.append(
            {
                "code": row["service"],
                "name": name,
                "starts_on": starts_on,
                "ends_on": ends_on,
                "is_yet": starts_on > day,
            }
        )
    return {
        "place": found,
        "where": where_of(found, english=is_english()),
        "where_ja": address_of(found),
        "where_town": town_name(found.municipality_code),
        "kind": words.KINDS.get(found.kind, found.kind),
        "place_class": words.PLACE_CLASSES[found.place_class],
        "rate": rate_of(found),
        "services": sorted(services, key=lambda row: str(row["name"])),
        "access": [words.ACCESS[code] for code in found.access if code in words.ACCESS],
        "hours": (is_english() and found.hours_en) or found.hours,
        "map": map_context({}, found) if found.latitude is not None else None,
    }


@require_http_methods(["GET", "POST"])
def report(request: Page, place_id: UUID) -> HttpResponse:
    """Report a mistake about a place: what, and how it is right."""
    found = find_place(place_id)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        report_mistake(actor=request.actor, place_id=place_id, **form.cleaned_data)
        return redirect(f"{reverse('finder:report', args=[place_id])}?thanks=1")
    facts = {"place": found, "form": form, "thanks": "thanks" in request.GET}
    return render(request, "finder/report.html", facts, status=422 if form.errors else 200)
