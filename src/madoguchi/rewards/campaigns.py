"""Campaigns from a draft to the last claim: written down, proposed, approved by another officer, ended or stopped."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.campaign import Campaign as Terms
from madoguchi.engine.rewards.campaign import campaign_of
from madoguchi.engine.rewards.services import COLUMNS, Service, checked, service_of
from madoguchi.events.actions import record
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Service as KnownService
from madoguchi.rewards import deciding
from madoguchi.rewards.deciding import require_office, written
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.rules import CAMPAIGN_STATES, WHOLE_BPS

# Words that stand where a code stands in other addresses.
TAKEN_CODES = frozenset({"new", "files"})
CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class Draft:
    """What an officer writes down. `terms` and `services` are as in Campaign's table; rows are dicts of COLUMNS."""

    code: str
    name: str
    name_en: str
    starts_on: date
    ends_on: date
    summary: str = ""
    summary_en: str = ""
    terms: Mapping[str, Any] = field(default_factory=dict)
    services: Sequence[Mapping[str, Any]] = ()
    supports_fees: bool = False
    terminal_share_bps: int = 0


def draft_campaign(*, actor: Actor, owner_id: UUID | None, draft: Draft) -> Campaign:
    """A new campaign of a town, or of the programme's office (`owner_id` None), as a draft.

    Raises Refusal `not_allowed`, `field_missing`, `field_wrong`, `campaign_code_taken`, `campaign_wrong` and those of
    the services' table.
    """
    require(actor, "campaign.write", Scope(principal_id=owner_id))
    facts = _facts(draft)
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(owner_id=owner_id, state="draft", created_at=now(), **facts)
            record(actor, "campaign.drafted", campaign.id, code=campaign.code)
            return campaign
    except IntegrityError as error:
        raise Refusal("campaign_code_taken", field="code", taken=draft.code) from error


def change_campaign(*, actor: Actor, campaign_id: UUID, draft: Draft) -> Campaign:
    """Write a draft anew. Raises Refusal `campaign_fixed` after it was proposed, and those of draft_campaign."""
    facts = _facts(draft)
    try:
        with transaction.atomic():
            campaign = locked(actor, campaign_id)
            if campaign.state != "draft":
                raise Refusal("campaign_fixed", state=campaign.state)
            for name, value in facts.items():
                setattr(campaign, name, value)
            campaign.save()
            record(actor, "campaign.changed", campaign.id)
            return campaign
    except IntegrityError as error:
        raise Refusal("campaign_code_taken", field="code", taken=draft.code) from error


def propose_campaign(*, actor: Actor, campaign_id: UUID) -> Campaign:
    """Ask for a second pair of eyes. Raises Refusal `step_not_possible`, `services_missing`, `budget_missing`."""
    with transaction.atomic():
        campaign = locked(actor, campaign_id)
        if not campaign.services:
            raise Refusal("services_missing", field="services")
        if campaign.terms.get("budget_points") is None:
            raise Refusal("budget_missing", field="budget_points")
        deciding.propose(actor, campaign, CAMPAIGN_STATES)
        return _done(actor, campaign, "campaign.proposed")


def give_back_campaign(*, actor: Actor, campaign_id: UUID, reason: str) -> Campaign:
    """Give somebody else's proposal back as a draft, with a reason."""
    with transaction.atomic():
        campaign = locked(actor, campaign_id)
        deciding.decide(actor, campaign, CAMPAIGN_STATES, "draft", written(reason))
        return _done(actor, campaign, "campaign.given_back", reason=campaign.answer)


def take_back_campaign(*, actor: Actor, campaign_id: UUID) -> Campaign:
    """Take one's own proposal back. Raises Refusal `not_the_maker`, `step_not_possible`."""
    with transaction.atomic():
        campaign = locked(actor, campaign_id)
        deciding.take_back(actor, campaign, CAMPAIGN_STATES, "draft")
        return _done(actor, campaign, "campaign.taken_back")


def approve_campaign(*, actor: Actor, campaign_id: UUID) -> Campaign:
    """Approve somebody else's proposal: from here on its terms are fixed and its page is public."""
    with transaction.atomic():
        campaign = locked(actor, campaign_id)
        deciding.decide(actor, campaign, CAMPAIGN_STATES, "approved")
        return _done(actor, campaign, "campaign.approved")


def end_campaign(*, actor: Actor, campaign_id: UUID) -> Campaign:
    """End a campaign whose last day is over and whose claims are settled.

    Raises Refusal `campaign_runs_still`, `claims_open` with how many.
    """
    with transaction.atomic():
        campaign = locked(actor, campaign_id)
        if campaign.ends_on >= today():
            raise Refusal("campaign_runs_still", ends_on=campaign.ends_on.isoformat())
        if count := campaign.claims.filter(state__in=["drawn_up", "proposed", "approved"]).count():
            raise Refusal("claims_open", count=count)
        deciding.move(campaign, CAMPAIGN_STATES, "ended")
        return _done(actor, campaign, "campaign.ended")


def terms_of(campaign: Campaign) -> Terms:
    """The terms as the engine reads them. Raises Refusal `campaign_wrong`."""
    days = {"starts_on": campaign.starts_on, "ends_on": campaign.ends_on}
    return campaign_of({"name": campaign.name, **days, **campaign.terms})


def services_of(campaign: Campaign) -> tuple[Service, ...]:
    """The rows of the services' table. Raises Refusal `service_wrong` and those of `engine.rewards.services`."""
    return checked(service_of(row, number) for number, row in enumerate(campaign.services, start=1))


def locked(actor: Actor, campaign_id: UUID, permission: str = "campaign.write") -> Campaign:
    """A campaign that `actor` runs, locked. Raises Refusal `campaign_unknown`, `not_allowed`."""
    campaign = Campaign.objects.select_for_update().filter(id=campaign_id).first()
    if campaign is None:
        raise Refusal("campaign_unknown")
    require_office(actor, campaign, permission)
    return campaign


def _done(actor: Actor, campaign: Campaign, event: str, **facts: Any) -> Campaign:
    campaign.save()
    record(actor, event, campaign.id, code=campaign.code, **facts)
    return campaign


def _facts(draft: Draft) -> dict[str, Any]:
    """What is kept of a draft, if it makes sense as it stands."""
    code = draft.code.strip()
    if not CODE.fullmatch(code) or code in TAKEN_CODES:
        raise Refusal("field_wrong", field="code")
    texts = {name: " ".join(getattr(draft, name).split()) for name in ("name", "name_en", "summary", "summary_en")}
    limits = {"name": 80, "name_en": 120, "summary": 400, "summary_en": 400}
    for name, value in texts.items():
        if not value and name in {"name", "name_en"}:
            raise Refusal("field_missing", field=name)
        if len(value) > limits[name]:
            raise Refusal("field_wrong", field=name)
    if not 0 <= draft.terminal_share_bps <= WHOLE_BPS:
        raise Refusal("field_wrong", field="terminal_share_bps")
    days = {"starts_on": draft.starts_on, "ends_on": draft.ends_on}
    campaign_of({"name": texts["name"], **days, **draft.terms})
    rows = checked(service_of(row, number) for number, row in enumerate(draft.services, start=1))
    known = set(KnownService.objects.filter(code__in={row.service_id for row in rows}).values_list("code", flat=True))
    if unknown := next((row.service_id for row in rows if row.service_id not in known), None):
        raise Refusal("service_unknown", field="services", service=unknown)
    return {
        "code": code,
        **texts,
        **days,
        "terms": dict(draft.terms),
        "services": [{name: getattr(row, name) for name in (*COLUMNS, "method")} for row in rows],
        "supports_fees": draft.supports_fees,
        "terminal_share_bps": draft.terminal_share_bps,
    }
