"""What officers propose and others confirm: each with what it will change."""

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

from madoguchi.onboarding.changes import find_proposal, proposals_by, with_changes
from madoguchi.onboarding.kinds import PROPOSAL_KINDS
from madoguchi.onboarding.proposals import confirm_proposal, decline_proposal, take_back_proposal
from madoguchi.people.access import require
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.office.applications import proposal_facts
from madoguchi.web.office.forms import ReasonForm
from madoguchi.web.office.paging import window
from madoguchi.web.office.views import page
from madoguchi.web.office.words import PROPOSAL_STATES, PROPOSALS, names_for
from madoguchi.web.town.forms import told_in

PAGE_ROWS = 50


@require_GET
@never_cache
@signed_in
def proposals(request: Page) -> HttpResponse:
    """Proposals of every kind, by how they stand."""
    require(request.actor, "office.read")
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    state = state if state in PROPOSAL_STATES else "proposed"
    kind = kind if kind in PROPOSAL_KINDS else ""
    shown = window(proposals_by(request.actor, state=state, kind=kind), request.GET.get("page"), PAGE_ROWS)
    facts: dict[str, Any] = {
        "window": shown,
        "rows": with_changes(shown.rows),
        "names": names_for(name for row in shown.rows for name in (row.maker, row.checker) if name),
        "state": state,
        "kind": kind,
        "states": list(PROPOSAL_STATES),
        "kinds": list(PROPOSALS.items()),
        "keep": f"state={state}&kind={kind}&",
        "own": str(request.actor),
    }
    return page(request, "proposals.html", "proposals", facts)


@require_GET
@never_cache
@signed_in
def proposal(request: Page, proposal_id: UUID) -> HttpResponse:
    """One proposal: what is, what will be, who proposed it and who may confirm it."""
    return _page(request, proposal_id)


def _page(request: Page, proposal_id: UUID, status: int = 200, **sent: forms.Form) -> HttpResponse:
    found = find_proposal(request.actor, proposal_id)
    facts = {"found": found, **proposal_facts(request, found.proposal), "opened": set(sent), **sent}
    return page(request, "proposal.html", "proposals", facts, status=status)


@require_POST
@signed_in
def confirm(request: Page, proposal_id: UUID) -> HttpResponse:
    """Confirm somebody else's proposal: it is done at once."""
    require(request.actor, "office.write")
    confirm_proposal(actor=request.actor, proposal_id=proposal_id)
    messages.success(request, _("Confirmed and done. Both names stand in the log."))
    return redirect("office:proposal", proposal_id)


@require_POST
@signed_in
def decline(request: Page, proposal_id: UUID) -> HttpResponse:
    """Decline somebody else's proposal, with a reason; nothing is changed."""
    require(request.actor, "office.write")
    form = ReasonForm(request.POST, prefix="decline")
    if form.is_valid():
        with told_in(form):
            decline_proposal(actor=request.actor, proposal_id=proposal_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("Declined. Nothing was changed; the reason is kept."))
            return redirect("office:proposal", proposal_id)
    return _page(request, proposal_id, status=422, decline=form)


@require_POST
@signed_in
def take_back(request: Page, proposal_id: UUID) -> HttpResponse:
    """Take one's own proposal back."""
    require(request.actor, "office.write")
    take_back_proposal(actor=request.actor, proposal_id=proposal_id)
    messages.success(request, _("Taken back. Nothing was changed."))
    return redirect("office:proposal", proposal_id)
