"""Four eyes over every row of this room: one officer proposes, another decides, in states that a table allows."""

from __future__ import annotations

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.rewards.models import Campaign, Claim, Exclusion, Hold, Run
from madoguchi.rewards.rules import States, may_go

LONGEST_REASON = 400
Decided = Campaign | Claim | Exclusion | Hold | Run


def require_office(actor: Actor, campaign: Campaign, permission: str = "campaign.write") -> None:
    """Raise Refusal `not_allowed` unless `actor` runs this campaign: its town, or the programme's office."""
    require(actor, permission, Scope(principal_id=campaign.owner_id))


def written(reason: str, field: str = "reason") -> str:
    """A reason that is one. Raises Refusal `reason_missing` with the field."""
    kept = " ".join(reason.split())[:LONGEST_REASON]
    if not kept:
        raise Refusal("reason_missing", field=field)
    return kept


def move(row: Decided, states: States, to: str) -> None:
    """Take a row to another state, unsaved. Raises Refusal `step_not_possible` with both states."""
    # A row that was never saved has no state yet.
    if not may_go(states, row.state or None, to):
        raise Refusal("step_not_possible", state=row.state, to=to)
    row.state = to


def propose(actor: Actor, row: Decided, states: States, reason: str = "") -> None:
    """Put a row before a second pair of eyes, unsaved. Raises Refusal `step_not_possible`."""
    move(row, states, "proposed")
    row.maker, row.reason, row.proposed_at = str(actor), " ".join(reason.split())[:LONGEST_REASON], now()
    row.checker, row.answer, row.decided_at = "", "", None


def decide(actor: Actor, row: Decided, states: States, to: str, answer: str = "") -> None:
    """Decide on what somebody else proposed, unsaved. Raises Refusal `step_not_possible`, `checker_is_maker`."""
    if row.state != "proposed":
        raise Refusal("step_not_possible", state=row.state, to=to)
    if row.maker == str(actor):
        raise Refusal("checker_is_maker")
    move(row, states, to)
    row.checker, row.answer, row.decided_at = str(actor), " ".join(answer.split())[:LONGEST_REASON], now()


def take_back(actor: Actor, row: Decided, states: States, to: str) -> None:
    """Take one's own proposal back, unsaved. Raises Refusal `step_not_possible`, `not_the_maker`."""
    if row.state != "proposed":
        raise Refusal("step_not_possible", state=row.state, to=to)
    if row.maker != str(actor):
        raise Refusal("not_the_maker")
    move(row, states, to)
