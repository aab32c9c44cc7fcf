"""Stores that should not have taken part: their payments earn nothing from a day on, also in hindsight (P-10)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.people.access import Actor
from madoguchi.rewards import deciding
from madoguchi.rewards.campaigns import locked
from madoguchi.rewards.deciding import require_office, written
from madoguchi.rewards.enrolled import stores_of
from madoguchi.rewards.models import Exclusion
from madoguchi.rewards.rules import EXCLUSION_STATES


def propose_exclusion(
    *, actor: Actor, campaign_id: UUID, store_id: str, starts_on: date, reason: str
) -> Exclusion:  # fmt: skip
    """Propose that a store's payments earn nothing from `starts_on`, which may lie in the past.

    Raises Refusal `store_not_in_campaign`, `reason_missing`, `exclusion_open` where one stands already.
    """
    try:
        with transaction.atomic():
            campaign = locked(actor, campaign_id)
            if store_id not in stores_of(campaign):
                raise Refusal("store_not_in_campaign", field="store_id", store=store_id)
            row = Exclusion(campaign=campaign, store_id=store_id, starts_on=starts_on)
            deciding.propose(actor, row, EXCLUSION_STATES, written(reason))
            return _done(actor, row, "exclusion.proposed", reason=row.reason)
    except IntegrityError as error:
        raise Refusal("exclusion_open", field="store_id", store=store_id) from error


def approve_exclusion(*, actor: Actor, exclusion_id: UUID) -> Exclusion:
    """Confirm what somebody else proposed; the next run claws the points back."""
    with transaction.atomic():
        row = _locked(actor, exclusion_id)
        deciding.decide(actor, row, EXCLUSION_STATES, "approved")
        return _done(actor, row, "exclusion.approved")


def decline_exclusion(*, actor: Actor, exclusion_id: UUID, reason: str) -> Exclusion:
    """Decline what somebody else proposed, with a reason."""
    with transaction.atomic():
        row = _locked(actor, exclusion_id)
        deciding.decide(actor, row, EXCLUSION_STATES, "declined", written(reason))
        return _done(actor, row, "exclusion.declined", reason=row.answer)


def lift_exclusion(*, actor: Actor, exclusion_id: UUID, reason: str) -> Exclusion:
    """Lift an exclusion that turned out to be wrong: the next run gives the points back."""
    with transaction.atomic():
        row = _locked(actor, exclusion_id)
        deciding.move(row, EXCLUSION_STATES, "lifted")
        return _done(actor, row, "exclusion.lifted", reason=written(reason))


def _locked(actor: Actor, exclusion_id: UUID) -> Exclusion:
    row = Exclusion.objects.select_for_update(of=("self",)).select_related("campaign").filter(id=exclusion_id).first()
    if row is None:
        raise Refusal("exclusion_unknown")
    require_office(actor, row.campaign)
    return row


def _done(actor: Actor, row: Exclusion, event: str, **facts: Any) -> Exclusion:
    row.save()
    record(actor, event, row.id, campaign=row.campaign.code, store=row.store_id, **facts)
    return row
