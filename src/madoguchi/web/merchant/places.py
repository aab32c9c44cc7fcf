"""The places of an application: the list, one place with its services, the same services everywhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.onboarding.following import (
    facts_of,
    find_applied_place,
    is_there_already,
    places_of,
    purposes_on_offer,
    services_applied_for,
    services_everywhere,
    services_on_offer,
)
from madoguchi.onboarding.models import ApplicationPlace
from madoguchi.onboarding.places import choose_services, put_place, remove_place
from madoguchi.web.merchant.access import Visit, for_applicants, wished_services
from madoguchi.web.merchant.offers import free_services, plan_notes
from madoguchi.web.merchant.place_forms import PlaceForm, ServicesForm, grouped
from madoguchi.web.merchant.progress import next_address, steps_of
from madoguchi.web.merchant.section_forms import told_in

PAGE_ROWS = 50


@require_GET
@for_applicants
def places(visit: Visit) -> HttpResponse:
    """The places with their services and what each still lacks."""
    words = visit.request.GET.get("words", "").strip()[:80]
    rows = places_of(visit.application, words=words)
    steps = steps_of(visit)
    facts = {
        "page": Paginator(rows, PAGE_ROWS).get_page(visit.request.GET.get("page")),
        "words": words,
        "steps": steps,
        "step": next(step for step in steps if step.key == "places"),
        "on": next_address(visit, "places", steps),
    }
    return visit.page("places.html" if visit.is_open else "places_shown.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def new_place(visit: Visit) -> HttpResponse:
    """A further place."""
    return _place(visit, None)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def place(visit: Visit, applied_id: UUID) -> HttpResponse:
    """One place, to be changed."""
    return _place(visit, find_applied_place(visit.application, applied_id))


def _place(visit: Visit, applied: ApplicationPlace | None) -> HttpResponse:
    if not visit.is_open:
        return redirect(visit.address("place_status", applied.id) if applied else visit.address("status"))
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = PlaceForm(
        posted,
        application=visit.application,
        facts=facts_of(applied) if applied else None,
        offered=services_on_offer(),
        purposes=purposes_on_offer(),
        suggested=services_everywhere(visit.application) or wished_services(visit.request, visit.application.id),
    )
    is_filling = "fill" in visit.request.POST
    if is_filling:
        form.fill_from_postal_code()
    elif form.is_valid() and (answer := _saved(visit, form, applied)):
        return answer
    is_wrong = form.is_bound and not (is_filling and not form.errors)
    facts = {"form": form, "applied": applied, "steps": steps_of(visit)}
    return visit.page("place.html", facts, status=422 if is_wrong else 200)


def _saved(visit: Visit, form: PlaceForm, applied: ApplicationPlace | None) -> HttpResponse | None:
    """Save a place and go on; None if the form now holds why not."""
    told = form.facts()
    if applied is None and is_there_already(visit.application, told):
        # Its answer was lost and the page was sent again: nobody wants the same place twice.
        messages.info(visit.request, _("This very place is in the list already."))
        return redirect(visit.address("places"))
    with told_in(form):
        put_place(
            actor=visit.actor,
            application_id=visit.application.id,
            facts=told,
            place_id=applied.id if applied else None,
            # A new place overwrites nothing.
            version=form.expected_version if applied else None,
        )
    if form.errors or form.is_changed_elsewhere:
        return None
    messages.success(visit.request, _("“%(place)s” is saved.") % {"place": told.name})
    return redirect(visit.address("new_place" if "another" in visit.request.POST else "places"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def remove(visit: Visit, applied_id: UUID) -> HttpResponse:
    """Take a place out, once it was asked whether that is meant."""
    if not visit.is_open:
        return redirect(visit.address("status"))
    applied = find_applied_place(visit.application, applied_id)
    if visit.request.method == "POST":
        remove_place(actor=visit.actor, application_id=visit.application.id, place_id=applied.id)
        messages.success(visit.request, _("“%(place)s” was taken out.") % {"place": applied.name})
        return redirect(visit.address("places"))
    return visit.page("remove_place.html", {"applied": applied})


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def services(visit: Visit) -> HttpResponse:
    """The same services for every place; where plans tell their fees, only those that charge nothing now (J-21)."""
    if not visit.is_open:
        return redirect(visit.address("status"))
    application = visit.application
    free = free_services(application.kind)
    only_free = bool(free) and "free" in visit.request.GET
    offered = [one for one in services_on_offer() if not only_free or one.code in free]
    chosen = services_everywhere(application) or services_applied_for(application)
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = ServicesForm(posted, application=application, offered=offered, chosen=chosen)
    if form.is_valid():
        with told_in(form):
            choose_services(
                actor=visit.actor,
                application_id=application.id,
                services=form.cleaned_data["services"],
                version=form.expected_version,
            )
            count = application.places.count()
            told = ngettext("%(count)s place takes these.", "%(count)s places take these.", count)
            messages.success(visit.request, told % {"count": f"{count:,}"})
            return redirect(visit.address("places"))
    ticked: Any = form["services"].value() or ()
    facts = {
        "form": form,
        "groups": grouped(offered, ticked, notes=plan_notes(application.kind)),
        "has_free": bool(free),
        "only_free": only_free,
        "count": application.places.count(),
        "steps": steps_of(visit),
    }
    return visit.page("services.html", facts, status=422 if form.is_bound else 200)
