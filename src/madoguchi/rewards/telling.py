"""Messages to providers about a campaign: what was decided that concerns their services."""

from __future__ import annotations

from collections.abc import Iterable

from madoguchi.events.actions import send_later
from madoguchi.registry.models import Provider
from madoguchi.rewards.life import providers_of
from madoguchi.rewards.models import Claim, Run


def tell_run_approved(run: Run) -> None:
    """Tell every provider of the campaign that a run was approved, inside the caller's transaction."""
    campaign = run.campaign
    found = Provider.objects.filter(code__in=providers_of(campaign)).exclude(webhook_url="")
    for provider in found.order_by("code"):
        send_later(provider.code, "campaign.run_approved", run.id, {"campaign": campaign.code, "run": run.number})


def tell_claims_decided(claims: Iterable[Claim]) -> None:
    """Tell each claim's provider that it was approved, declined or paid, inside the caller's transaction."""
    for claim in claims:
        if not claim.provider.webhook_url:
            continue
        facts = {
            "campaign": claim.campaign.code,
            "number": claim.number,
            "kind": claim.kind,
            "service": claim.service,
            "month": claim.month,
            "yen": claim.yen,
            "state": claim.state,
            "reason": claim.answer if claim.state == "refused" else "",
        }
        send_later(claim.provider_id, "claim.decided", claim.id, facts)
