"""Why one of a provider's payments earned what it did, for its staff who are asked."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.explaining import Explanation
from madoguchi.registry.models import Provider
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.provider_desk import campaign_with, services_with
from madoguchi.rewards.published import service_names
from madoguchi.rewards.runs import last_approved
from madoguchi.web import refusals
from madoguchi.web.campaigns.explained import LONGEST_ID, explained, steps_of
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.provider.reward_files import show
from madoguchi.web.provider.views import provider_of


@require_GET
@never_cache
@signed_in
def payment(request: Page, code: str) -> HttpResponse:
    """`?id=` names one of the provider's payments, in the last approved run."""
    provider = provider_of(request)
    campaign = campaign_with(request.actor, provider.code, code)
    wanted = request.GET.get("id", "").strip()[:LONGEST_ID]
    facts: dict[str, Any] = {"campaign": campaign, "wanted": wanted, "services": service_names()}
    facts["run"] = last_approved(campaign)
    if facts["run"] and wanted:
        try:
            found = _own(campaign, provider, wanted)
        except Refusal as refusal:
            facts["refusal"] = refusals.sentence(refusal)
            return show(request, "reward_payment.html", provider, facts, status=refusals.status_of(refusal.code))
        facts |= {"found": found, "steps": steps_of(found)}
    return show(request, "reward_payment.html", provider, facts)


def _own(campaign: Campaign, provider: Provider, payment_id: str) -> Explanation:
    """Another provider's payment is told of no more than one that is not there."""
    run = last_approved(campaign)
    if run is None:
        raise Refusal("run_unknown")
    found = explained(campaign, run, payment_id)
    own = {service.code for service, _terms in services_with(campaign, provider.code)}
    if found.service_id not in own:
        raise Refusal("payment_not_in_run", payment_id=payment_id)
    return found
