"""Places that are probably one: the queue, the two side by side, and what becomes of pins and posters (P-29, P-30)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.onboarding.duplicates import find_comparison, likenesses
from madoguchi.onboarding.likeness import tell_places_apart
from madoguchi.onboarding.proposing import propose_merge, propose_unmerge
from madoguchi.people.access import may, require
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.office.applications import done, proposal_facts
from madoguchi.web.office.forms import MergeForm, ReasonForm
from madoguchi.web.office.paging import window
from madoguchi.web.office.views import page
from madoguchi.web.office.words import LIKENESS_STATES, names_for
from madoguchi.web.town.forms import told_in

PAGE_ROWS = 50


@require_GET
@never_cache
@signed_in
def duplicates(request: Page) -> HttpResponse:
    """Pairs of places found alike, by how they stand; the most probable first."""
    require(request.actor, "office.read")
    state = request.GET.get("state", "")
    state = state if state in LIKENESS_STATES else "open"
    shown = window(likenesses(request.actor, state), request.GET.get("page"), PAGE_ROWS)
    facts = {
        "window": shown,
        "names": names_for(row.decided_by for row in shown.rows if row.decided_by),
        "state": state,
        "states": list(LIKENESS_STATES),
        "keep": f"state={state}&",
    }
    return page(request, "duplicates.html", "duplicates", facts)


@require_GET
@never_cache
@signed_in
def duplicate(request: Page, likeness_id: UUID) -> HttpResponse:
    """Two places side by side, and what merging them would do."""
    return _page(request, likeness_id)


def _page(request: Page, likeness_id: UUID, status: int = 200, **sent: forms.Form) -> HttpResponse:
    found = find_comparison(request.actor, likeness_id)
    may_write = may(request.actor, "office.write") and found.proposal is None
    facts: dict[str, Any] = {
        "found": found,
        "may_merge": may_write and found.merged is None,
        "may_tell_apart": may_write and found.likeness.state == "open",
        "may_unmerge": may_write and found.merged is not None,
        "merge": MergeForm(prefix="merge", initial={"kept": found.kept.place.id}),
        "kept_id": str(found.kept.place.id),
        "unmerge": ReasonForm(prefix="unmerge"),
        "names": names_for([found.likeness.decided_by] if found.likeness.decided_by else []),
        "opened": set(sent),
        **proposal_facts(request, found.proposal),
        **sent,
    }
    if "merge" in sent:
        facts["kept_id"] = sent["merge"].data.get("merge-kept", "")
    return page(request, "duplicate.html", "duplicates", facts, status=status)


@require_POST
@signed_in
def merge(request: Page, likeness_id: UUID) -> HttpResponse:
    """Propose that one of the two stands for both."""
    require(request.actor, "office.write")
    form = MergeForm(request.POST, prefix="merge")
    if form.is_valid():
        with told_in(form):
            told = form.cleaned_data
            propose_merge(actor=request.actor, likeness_id=likeness_id, kept_id=told["kept"], reason=told["reason"])
            messages.success(request, done("merge"))
            return redirect("office:duplicate", likeness_id)
    return _page(request, likeness_id, status=422, merge=form)


@require_POST
@signed_in
def tell_apart(request: Page, likeness_id: UUID) -> HttpResponse:
    """Note that the two are not one; nobody is asked again."""
    require(request.actor, "office.write")
    tell_places_apart(actor=request.actor, likeness_id=likeness_id)
    messages.success(request, _("Noted: these are two places. They are not asked about again."))
    return redirect("office:duplicates")


@require_POST
@signed_in
def unmerge(request: Page, likeness_id: UUID) -> HttpResponse:
    """Propose that the merged one stands for itself again."""
    require(request.actor, "office.write")
    form = ReasonForm(request.POST, prefix="unmerge")
    found = find_comparison(request.actor, likeness_id)
    if form.is_valid():
        with told_in(form):
            place = found.merged or found.other.place
            propose_unmerge(actor=request.actor, place_id=place.id, reason=form.cleaned_data["reason"])
            messages.success(request, done("unmerge"))
            return redirect("office:duplicate", likeness_id)
    return _page(request, likeness_id, status=422, unmerge=form)
