"""The list of places and the page of each (P-27, P-28, P-31)."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.opendata.finder import find_place, find_places
from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.names import prefecture_names, service_names, town_names
from madoguchi.opendata.reports import report_mistake
from madoguchi.people.access import Actor, may
from madoguchi.people.rules import Scope
from madoguchi.registry.closing import resolve_place
from madoguchi.registry.queries import find_place as registered
from madoguchi.web.edges import Page, page_of
from madoguchi.web.finder import words
from madoguchi.web.finder.forms import FinderForm, ReportForm
from madoguchi.web.finder.map_views import map_context
from madoguchi.web.finder.parts import (
    address_of,
    filters_html,
    hidden_html,
    rate_of,
    rows_html,
    where_of,
    words_input_html,
)
from madoguchi.web.templatetags.madoguchi import is_english

# Stand in what is remembered for the page's content, its own address, and the token of whoever reads it. Made of the
# installation's secret, so that nobody can name a shop like one.
MAIN_HERE, ADDRESS_HERE, TOKEN_HERE = (
    salted_hmac("madoguchi.finder", name).hexdigest() for name in ("main", "address", "token")
)
# Whoever withdraws consent is off every list within this time after the worker heard of it.
REMEMBERED_SECONDS = 30


@require_GET
def finder(request: HttpRequest) -> HttpResponse:
    """Search and list; the map stands beside it and is not needed.

    A page that a visitor without a session asked for is remembered for half a minute, by all processes: of 200 views a
    second, half ask for what somebody just asked for. Each reader gets their own token against forged forms in it.
    """
    if request.COOKIES.keys() & {settings.SESSION_COOKIE_NAME, "messages"}:
        main, has_map, status = _main(FinderForm(request.GET))
        return render(request, "finder/finder.html", {"main": main, "map": has_map}, status=status)
    asked = f"{get_language()} {request.get_full_path()}"
    key = f"finder:{sha256(asked.encode()).hexdigest()}"
    page, status = cache.get(key), 200
    if page is None:
        main, has_map, status = _main(FinderForm(request.GET))
        page = _frame(request, has_map=has_map).replace(ADDRESS_HERE, escape(page_of(request)))
        page = page.replace(MAIN_HERE, main)
        if status == 200:
            cache.set(key, page, REMEMBERED_SECONDS)
    return HttpResponse(page.replace(TOKEN_HERE, get_token(request)), status=status)


def _frame(request: HttpRequest, *, has_map: bool) -> str:
    """The page around the content as visitors see it: drawn once for each language, which saves a third of a page."""
    key = f"finder-frame:{get_language()}:{has_map}"
    frame: str | None = cache.get(key)
    if frame is None:
        facts = {"main": MAIN_HERE, "map": has_map, "here": ADDRESS_HERE, "csrf_token": TOKEN_HERE}
        frame = render_to_string("finder/finder.html", facts, request)
        cache.set(key, frame, REMEMBERED_SECONDS)
    return frame


def _main(form: FinderForm) -> tuple[SafeString, bool, int]:
    """The page's content, whether a map is in it, and the answer's status."""
    if not form.is_valid():
        facts = {"form": form, "found": None, **_filters(form)}
        return render_to_string("finder/_found.html", facts), False, 422
    query = form.query()
    found = find_places(query)
    shown = map_context(form.data)
    facts = {
        "form": form,
        "query": query,
        "found": found,
        "rows": rows_html(found) if found.places else "",
        "town": _town(form.cleaned_data["town"]),
        "all_of_map": _address(form, near="", bbox=""),
        "all_towns": _address(form, town=""),
        "next": _address(form, after=found.next) if found.next else "",
        "first": _address(form) if query.after else "",
        "map": shown,
        **_filters(form),
    }
    return render_to_string("finder/_found.html", facts), shown is not None, 200


def _filters(form: FinderForm) -> dict[str, Any]:
    return {"filters": filters_html(form), "words_input": words_input_html(form), "hidden": hidden_html(form)}


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
        "where_town": _town(found.municipality_code),
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


def _town(code: str) -> str:
    """The name of a town or prefecture whose code was chosen."""
    names = prefecture_names() if len(code) == 2 else town_names()
    return names.get(code, ("", ""))[is_english()]


def _address(form: FinderForm, **changed: str) -> str:
    """The list's address with some fields changed; always its first page unless `after` is among them."""
    kept = {name: form.data.get(name, "") for name in form.fields} | {"after": ""} | changed
    asked = urlencode({name: value for name, value in kept.items() if value})
    return f"/map/?{asked}" if asked else "/map/"
