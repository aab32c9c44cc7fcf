"""The stores of a campaign, and those excluded from it since a day (P-10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.core.errors import Refusal
from madoguchi.people.access import require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import StoreCode
from madoguchi.rewards import excluding as actions
from madoguchi.rewards.enrolled import stores_of
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.runs import last_approved
from madoguchi.web.campaigns.desk import opened, page, people_of
from madoguchi.web.campaigns.forms import ExclusionForm, ReasonForm
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.forms import told_in

SHOWN = 200
DONE = {
    "approve": gettext_lazy("Confirmed. The next run claws the points back."),
    "decline": gettext_lazy("Declined; the reason is kept."),
    "lift": gettext_lazy("Lifted. The next run gives the points back."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def stores(request: Page, code: str) -> HttpResponse:
    """Who takes part, with what they came to; a POST proposes to exclude one."""
    campaign = opened(request, code)
    form = ExclusionForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        require(request.actor, "campaign.write", Scope(principal_id=campaign.owner_id))
        if form.is_valid():
            with told_in(form):
                actions.propose_exclusion(actor=request.actor, campaign_id=campaign.id, **form.cleaned_data)
                messages.success(request, _("Proposed. Another officer confirms or declines it."))
                return redirect("campaigns:stores", code)
    return _page(request, campaign, form)


def _page(request: Page, campaign: Campaign, form: ExclusionForm, reason: ReasonForm | None = None) -> HttpResponse:
    codes = sorted(stores_of(campaign))
    run = last_approved(campaign)
    sums = {row["store_id"]: row for row in run.figures.get("by_store", [])} if run else {}
    exclusions = list(campaign.exclusions.order_by("-proposed_at"))
    wanted = {*codes[:SHOWN], *sums, *(row.store_id for row in exclusions)}
    places = {row.store_id: row.place for row in StoreCode.objects.select_related("place").filter(store_id__in=wanted)}
    facts: dict[str, Any] = {
        "count": len(codes),
        "stores": [(code, places.get(code)) for code in codes[:SHOWN]],
        "most": [(store, places.get(store), row) for store, row in sums.items()],
        "exclusions": [(row, places.get(row.store_id)) for row in exclusions],
        "names": people_of(exclusions),
        "form": form,
        "reason": reason or ReasonForm(),
        "shown": SHOWN,
    }
    is_wrong = form.is_bound or reason is not None
    return page(request, "stores.html", campaign, "stores", facts, status=422 if is_wrong else 200)


@require_POST
@signed_in
def exclusion_step(request: Page, code: str, exclusion_id: UUID) -> HttpResponse:
    """Confirm or decline what somebody else proposed, or lift what was wrong."""
    campaign = opened(request, code)
    require(request.actor, "campaign.write", Scope(principal_id=campaign.owner_id))
    if not campaign.exclusions.filter(id=exclusion_id).exists():
        raise Refusal("exclusion_unknown")
    step = request.POST.get("step", "")
    if step == "approve":
        actions.approve_exclusion(actor=request.actor, exclusion_id=exclusion_id)
    elif step in {"decline", "lift"}:
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, campaign, ExclusionForm(), form)
        act = actions.decline_exclusion if step == "decline" else actions.lift_exclusion
        act(actor=request.actor, exclusion_id=exclusion_id, reason=form.cleaned_data["reason"])
    else:
        raise Refusal("field_wrong", field="step")
    messages.success(request, DONE[step])
    return redirect("campaigns:stores", code)
