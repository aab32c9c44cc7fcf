"""Four eyes: one officer proposes a change, another confirms it, and only then is it done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.answers import written
from madoguchi.onboarding.effects import EFFECTS, check
from madoguchi.onboarding.models import Proposal
from madoguchi.onboarding.states import PROPOSAL_STATES, may_go
from madoguchi.people.access import Actor, require


def propose(
    *,
    actor: Actor,
    kind: str,
    subject: str,
    content: dict[str, Any],
    reason: str = "",
    application_id: UUID | None = None,
) -> Proposal:
    """Propose a change; nothing is changed yet. The same proposal again is the first one.

    Raises Refusal `proposal_open` (somebody else's is being looked at), `reason_missing`, and those with which the
    change itself could not be made.
    """
    require(actor, "office.write")
    try:
        with transaction.atomic():
            open_one = Proposal.objects.filter(subject=subject, state="proposed").first()
            if open_one is not None:
                if (open_one.kind, open_one.content, open_one.maker) == (kind, content, str(actor)):
                    return open_one
                raise Refusal("proposal_open", kind=open_one.kind)
            check(kind, content, reason, application_id)
            proposal = Proposal.objects.create(
                kind=kind,
                subject=subject,
                application_id=application_id,
                content=content,
                reason=written(reason)[:400],
                state="proposed",
                maker=str(actor),
                proposed_at=now(),
            )
            record(actor, "proposal.made", proposal.id, kind=kind, about=subject)
            return proposal
    except IntegrityError as error:
        raise Refusal("proposal_open", kind=kind) from error


def confirm_proposal(*, actor: Actor, proposal_id: UUID) -> Proposal:
    """Confirm somebody else's proposal, and do what it says: both or neither.

    Raises Refusal `proposal_unknown`, `proposal_decided`, `checker_is_maker`, and those of the change itself.
    """
    with transaction.atomic():
        proposal = _locked(actor, proposal_id)
        if proposal.maker == str(actor):
            raise Refusal("checker_is_maker")
        EFFECTS[proposal.kind](actor, proposal)
        return _decide(actor, proposal, "confirmed", "")


def decline_proposal(*, actor: Actor, proposal_id: UUID, reason: str) -> Proposal:
    """Decline somebody else's proposal, with a reason; nothing is changed.

    Raises Refusal `proposal_unknown`, `proposal_decided`, `checker_is_maker`, `reason_missing`.
    """
    with transaction.atomic():
        proposal = _locked(actor, proposal_id)
        if proposal.maker == str(actor):
            raise Refusal("checker_is_maker")
        if not written(reason):
            raise Refusal("reason_missing", field="reason")
        return _decide(actor, proposal, "declined", written(reason))


def take_back_proposal(*, actor: Actor, proposal_id: UUID) -> Proposal:
    """Take one's own proposal back. Raises Refusal `proposal_unknown`, `proposal_decided`, `not_the_maker`."""
    with transaction.atomic():
        proposal = _locked(actor, proposal_id)
        if proposal.maker != str(actor):
            raise Refusal("not_the_maker")
        return _decide(actor, proposal, "taken_back", "")


def _locked(actor: Actor, proposal_id: UUID) -> Proposal:
    require(actor, "office.write")
    proposal = Proposal.objects.select_for_update().filter(id=proposal_id).first()
    if proposal is None:
        raise Refusal("proposal_unknown")
    if proposal.state != "proposed":
        raise Refusal("proposal_decided", state=proposal.state)
    return proposal


def _decide(actor: Actor, proposal: Proposal, state: str, answer: str) -> Proposal:
    if not may_go(PROPOSAL_STATES, proposal.state, state):
        raise Refusal("proposal_decided", state=proposal.state)
    proposal.state, proposal.answer, proposal.decided_at = state, answer[:400], now()
    proposal.checker = str(actor) if state != "taken_back" else ""
    proposal.save()
    record(actor, f"proposal.{state}", proposal.id, kind=proposal.kind, about=proposal.subject)
    return proposal
