"""Campaigns: the list, a new one, its terms, and each step of four eyes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.core.errors import Refusal
from madoguchi.people.access import Actor, organisations_where, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Municipality, Organisation
from madoguchi.rewards import campaigns as actions
from madoguchi.rewards.enrolled import stores_of
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.published import service_names
from madoguchi.rewards.queries import budget_of, campaigns_for, waiting_for
from madoguchi.rewards.runs import last_approved
from madoguchi.web.campaigns.charts import burn_picture
from madoguchi.web.campaigns.desk import opened, page, people_of
from madoguchi.web.campaigns.forms import CampaignForm, ReasonForm, initial_of
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.forms import told_in

DONE = {
    "propose": gettext_lazy("Proposed. Another officer approves it or gives it back."),
    "take_back": gettext_lazy("Taken back: it is a draft again."),
    "approve": gettext_lazy("Approved. Its terms are fixed now, and its page is public."),
    "give_back": gettext_lazy("Given back as a draft; its maker reads your reason."),
    "end": gettext_lazy("Ended."),
}


@require_GET
@never_cache
@signed_in
def campaigns(request: Page) -> HttpResponse:
    """Every campaign the reader may see, with what waits in it."""
    rows = [(row, last_approved(row), waiting_for(request.actor, row)) for row in campaigns_for(request.actor)[:200]]
    facts = {"rows": rows, "may_write": bool(_owners(request.actor))}
    return render(request, "campaigns/campaigns.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def campaign_new(request: Page) -> HttpResponse:
    """Write a campaign down; `?of=` says whose it is where the reader may act for several."""
    owner = _owner(request)
    require(request.actor, "campaign.write", Scope(principal_id=owner.id if owner else None))
    town = owner.municipality_id if owner and owner.municipality_id else ""
    form = CampaignForm(request.POST or None, request.FILES or None, initial=initial_of(None, town))
    if form.is_bound and form.is_valid():
        with told_in(form):
            made = actions.draft_campaign(actor=request.actor, owner_id=owner.id if owner else None, draft=form.draft())
            messages.success(request, _("Kept as a draft. Look it over, then propose it."))
            return redirect("campaigns:campaign", made.code)
    facts: dict[str, Any] = {"form": form, "owner": owner, "owners": _owners(request.actor)}
    return render(request, "campaigns/form.html", facts, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def campaign_change(request: Page, code: str) -> HttpResponse:
    """Write a draft anew."""
    found = opened(request, code)
    require(request.actor, "campaign.write", Scope(principal_id=found.owner_id))
    if found.state != "draft":
        raise Refusal("campaign_fixed", state=found.state)
    form = CampaignForm(request.POST or None, request.FILES or None, campaign=found, initial=initial_of(found))
    if form.is_bound and form.is_valid():
        with told_in(form):
            changed = actions.change_campaign(actor=request.actor, campaign_id=found.id, draft=form.draft())
            messages.success(request, _("Kept."))
            return redirect("campaigns:campaign", changed.code)
    facts: dict[str, Any] = {"form": form, "owner": found.owner, "campaign": found}
    return render(request, "campaigns/form.html", facts, status=422 if form.is_bound else 200)


@require_GET
@never_cache
@signed_in
def campaign(request: Page, code: str) -> HttpResponse:
    """One campaign: how it stands, its terms, its services."""
    return _page(request, opened(request, code), ReasonForm())


def _page(request: Page, found: Campaign, form: ReasonForm, status: int = 200) -> HttpResponse:
    run = last_approved(found)
    budget = budget_of(found, run)
    facts: dict[str, Any] = {
        "run": run,
        "budget": budget,
        "picture": burn_picture(budget),
        "names": people_of([found]),
        "services": service_names(),
        "areas": Municipality.objects.filter(code__in=found.terms.get("municipalities", [])).order_by("code"),
        "excluded": actions.terms_of(found).excluded_transactions,
        "stores": len(stores_of(found)),
        "form": form,
        "eyes": found,
    }
    return page(request, "campaign.html", found, "campaign", facts, status=status)


@require_POST
@signed_in
def campaign_step(request: Page, code: str) -> HttpResponse:
    """Propose, take back, approve, give back or end."""
    found = opened(request, code)
    require(request.actor, "campaign.write", Scope(principal_id=found.owner_id))
    step = request.POST.get("step", "")
    plain = {
        "propose": actions.propose_campaign,
        "take_back": actions.take_back_campaign,
        "approve": actions.approve_campaign,
        "end": actions.end_campaign,
    }
    if step in plain:
        plain[step](actor=request.actor, campaign_id=found.id)
    elif step == "give_back":
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, found, form, 422)
        actions.give_back_campaign(actor=request.actor, campaign_id=found.id, **form.cleaned_data)
    else:
        raise Refusal("field_wrong", field="step")
    messages.success(request, DONE[step])
    return redirect("campaigns:campaign", code)


def _owners(actor: Actor) -> list[Organisation | None]:
    """For whom the reader may write a campaign: the towns they act for, and the programme's office (None)."""
    held = organisations_where(actor, "campaign.write")
    if held is None:
        towns = Organisation.objects.filter(kind="municipality").select_related("municipality").order_by("name")
        return [None, *towns[:200]]
    return list(Organisation.objects.filter(id__in=held).select_related("municipality").order_by("name"))


def _owner(request: Page) -> Organisation | None:
    owners, asked = _owners(request.actor), request.GET.get("of", "")
    if not owners:
        raise Refusal("not_allowed", permission="campaign.write")
    if not asked:
        return owners[0]
    try:
        wanted = UUID(asked)
    except ValueError as error:
        raise Refusal("organisation_unknown") from error
    found = next((one for one in owners if one is not None and one.id == wanted), None)
    if found is None:
        raise Refusal("not_allowed", permission="campaign.write")
    return found
