"""Suspicious payments on hold: found by a run, looked at by one officer, released or refused by another."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.people.access import Actor
from madoguchi.rewards import deciding
from madoguchi.rewards.deciding import require_office, written
from madoguchi.rewards.models import Campaign, Hold
from madoguchi.rewards.rules import HOLD_STATES

VERDICTS = ("released", "refused")


def keep_found(actor: Actor, campaign: Campaign, rows: Iterable[Mapping[str, Any]]) -> int:
    """Put what a run found suspicious on hold; what was found before keeps its state. Returns how many are new.

    Each row is one payment and rule with evidence, as `engine.suspicion.find` tells them.
    """
    evidence: dict[str, list[dict[str, Any]]] = defaultdict(list)
    about: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        payment = str(row["payment_id"])
        about[payment] = row
        evidence[payment].append({"rule": row["rule"], "score": row["score"], **json.loads(row["evidence"])})
    known = set(campaign.holds.filter(payment_id__in=list(about)).values_list("payment_id", flat=True))
    new = [
        Hold(
            campaign=campaign,
            payment_id=payment,
            service=str(row["service_id"]),
            member_id=str(row["member_id"]),
            store_id=str(row["store_id"]),
            evidence=evidence[payment],
            state="open",
            found_at=now(),
        )
        for payment, row in about.items()
        if payment not in known
    ]
    Hold.objects.bulk_create(new, batch_size=500)
    if new:
        record(actor, "payments.held", campaign.id, campaign=campaign.code, payments=len(new))
    return len(new)


def propose_verdict(*, actor: Actor, hold_id: UUID, verdict: str, reason: str) -> Hold:
    """Propose to release a payment or to refuse it, with a reason.

    Raises Refusal `hold_unknown`, `field_wrong`, `reason_missing`, `step_not_possible`.
    """
    if verdict not in VERDICTS:
        raise Refusal("field_wrong", field="verdict")
    with transaction.atomic():
        hold = _locked(actor, hold_id)
        if hold.state == verdict:
            raise Refusal("step_not_possible", state=hold.state, to=verdict)
        deciding.propose(actor, hold, HOLD_STATES, written(reason))
        hold.proposed = verdict
        return _done(actor, hold, "hold.proposed", verdict=verdict, reason=hold.reason)


def confirm_verdict(*, actor: Actor, hold_id: UUID) -> Hold:
    """Confirm what somebody else proposed. Raises Refusal `checker_is_maker`, `step_not_possible`."""
    with transaction.atomic():
        hold = _locked(actor, hold_id)
        deciding.decide(actor, hold, HOLD_STATES, hold.proposed or "released")
        return _done(actor, hold, f"hold.{hold.state}")


def decline_verdict(*, actor: Actor, hold_id: UUID, reason: str) -> Hold:
    """Decline what somebody else proposed, with a reason: the payment is open again."""
    with transaction.atomic():
        hold = _locked(actor, hold_id)
        deciding.decide(actor, hold, HOLD_STATES, "open", written(reason))
        return _done(actor, hold, "hold.declined", reason=hold.answer)


def take_back_verdict(*, actor: Actor, hold_id: UUID) -> Hold:
    """Take one's own proposal back. Raises Refusal `not_the_maker`, `step_not_possible`."""
    with transaction.atomic():
        hold = _locked(actor, hold_id)
        deciding.take_back(actor, hold, HOLD_STATES, "open")
        return _done(actor, hold, "hold.taken_back")


def holds_of(actor: Actor, campaign: Campaign, state: str = "") -> QuerySet[Hold]:
    """The holds of a campaign, those found first at the top. Raises Refusal `not_allowed`."""
    require_office(actor, campaign, "campaign.read")
    found = campaign.holds.order_by("found_at", "payment_id")
    return found.filter(state=state) if state else found


def _locked(actor: Actor, hold_id: UUID) -> Hold:
    hold = Hold.objects.select_for_update(of=("self",)).select_related("campaign").filter(id=hold_id).first()
    if hold is None:
        raise Refusal("hold_unknown")
    require_office(actor, hold.campaign)
    return hold


def _done(actor: Actor, hold: Hold, event: str, **facts: Any) -> Hold:
    hold.save()
    record(actor, event, hold.id, campaign=hold.campaign.code, payment=hold.payment_id, **facts)
    return hold
