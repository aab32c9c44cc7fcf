"""Payments on hold: the queue, the evidence in words, and what two officers make of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.core.errors import Refusal
from madoguchi.engine import suspicion
from madoguchi.engine.suspicion.words import Language
from madoguchi.people.access import require
from madoguchi.people.rules import Scope
from madoguchi.rewards import holding as actions
from madoguchi.rewards.models import Campaign, Hold
from madoguchi.rewards.published import service_names
from madoguchi.web.campaigns.desk import opened, page, people_of
from madoguchi.web.campaigns.forms import ReasonForm
from madoguchi.web.campaigns.words import HOLD_STATES
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.office.paging import window
from madoguchi.web.templatetags.madoguchi import is_english

PAGE_ROWS = 50
VERDICTS = {"release": "released", "refuse": "refused"}
DONE = {
    "release": gettext_lazy("Proposed: release. Another officer confirms."),
    "refuse": gettext_lazy("Proposed: refuse. Another officer confirms."),
    "confirm": gettext_lazy("Confirmed. The next run goes by it."),
    "decline": gettext_lazy("Declined: the payment is to be looked at again."),
    "take_back": gettext_lazy("Taken back."),
}


@require_GET
@never_cache
@signed_in
def holds(request: Page, code: str) -> HttpResponse:
    """The queue by state, those found first at the top."""
    campaign = opened(request, code)
    state = request.GET.get("state", "")
    state = state if state in HOLD_STATES else "open"
    shown = window(actions.holds_of(request.actor, campaign, state), request.GET.get("page"), PAGE_ROWS)
    counts = {name: campaign.holds.filter(state=name).count() for name in HOLD_STATES}
    facts: dict[str, Any] = {
        "window": shown,
        "rows": [(row, list(dict.fromkeys(found["rule"] for found in row.evidence))) for row in shown.rows],
        "state": state,
        "states": [(name, word, counts[name]) for name, word in HOLD_STATES.items()],
        "services": service_names(),
        "names": people_of(shown.rows),
        "keep": f"state={state}&",
    }
    return page(request, "holds.html", campaign, "holds", facts)


@require_GET
@never_cache
@signed_in
def hold(request: Page, code: str, hold_id: UUID) -> HttpResponse:
    """One payment on hold: each rule that cites it, with its evidence."""
    campaign = opened(request, code)
    return _page(request, campaign, _hold(campaign, hold_id), ReasonForm())


def _page(
    request: Page, campaign: Campaign, found: Hold, form: ReasonForm, *, step: str = "", status: int = 200
) -> HttpResponse:
    language: Language = "en" if is_english() else "ja"
    told = [
        (
            found_by["rule"],
            suspicion.sentence(found_by["rule"], found_by, language),
            suspicion.SENTENCES[found_by["rule"]][language],
        )
        for found_by in found.evidence
    ]
    others = campaign.holds.exclude(id=found.id).filter(store_id=found.store_id, member_id=found.member_id)
    facts: dict[str, Any] = {
        "hold": found,
        "told": told,
        "others": others.order_by("payment_id")[:20],
        "services": service_names(),
        "names": people_of([found]),
        "form": form,
        "step": step,
        "eyes": found,
    }
    return page(request, "hold.html", campaign, "holds", facts, status=status)


@require_POST
@signed_in
def hold_step(request: Page, code: str, hold_id: UUID) -> HttpResponse:
    """Propose to release or refuse, confirm, decline or take back."""
    campaign = opened(request, code)
    require(request.actor, "campaign.write", Scope(principal_id=campaign.owner_id))
    found, step = _hold(campaign, hold_id), request.POST.get("step", "")
    if step in {"confirm", "take_back"}:
        act = actions.confirm_verdict if step == "confirm" else actions.take_back_verdict
        act(actor=request.actor, hold_id=found.id)
    elif step in {"release", "refuse", "decline"}:
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, campaign, found, form, step=step, status=422)
        reason = form.cleaned_data["reason"]
        if step == "decline":
            actions.decline_verdict(actor=request.actor, hold_id=found.id, reason=reason)
        else:
            actions.propose_verdict(actor=request.actor, hold_id=found.id, verdict=VERDICTS[step], reason=reason)
    else:
        raise Refusal("field_wrong", field="step")
    messages.success(request, DONE[step])
    return redirect("campaigns:hold", code, hold_id)


def _hold(campaign: Campaign, hold_id: UUID) -> Hold:
    found = campaign.holds.filter(id=hold_id).first()
    if found is None:
        raise Refusal("hold_unknown")
    return found
