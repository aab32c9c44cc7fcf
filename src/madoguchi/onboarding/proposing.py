"""What an officer may propose, each put into the one form in which the checker, the log and the effect read it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.models import ApplicationPlace, Likeness, Proposal
from madoguchi.onboarding.proposals import propose
from madoguchi.onboarding.rulebook import read_rules, rule_sets_now
from madoguchi.people.access import Actor, require


def propose_screening(*, actor: Actor, application_id: UUID, decision: str, reason: str = "") -> Proposal:
    """Propose to `accept` or `refuse` an application. Raises Refusal as `proposals.propose`."""
    return propose(
        actor=actor,
        kind="screening",
        subject=f"application:{application_id}",
        content={"decision": decision},
        reason=reason,
        application_id=application_id,
    )


def propose_cancellation(*, actor: Actor, application_id: UUID, reason: str) -> Proposal:
    """Propose to cancel an accepted application. Raises Refusal as `proposals.propose`."""
    return propose(
        actor=actor,
        kind="cancellation",
        subject=f"application:{application_id}",
        content={},
        reason=reason,
        application_id=application_id,
    )


def propose_correction(*, actor: Actor, place_id: UUID, facts: Mapping[str, str], reason: str) -> Proposal:
    """Propose to write `facts` of a place (P-28); what is so already is left out.

    Raises Refusal `nothing_to_change`, `applied_place_unknown`, and as `proposals.propose`.
    """
    place = _place(actor, place_id)
    changes = {name: value.strip() for name, value in facts.items() if value.strip() != getattr(place, name)}
    if not changes:
        raise Refusal("nothing_to_change")
    # What stood there when it was proposed, so that it can still be seen once it is done.
    before = {name: getattr(place, name) for name in changes}
    return propose(
        actor=actor,
        kind="correction",
        subject=f"place:{place.id}",
        content={"place": str(place.id), "changes": changes, "before": before},
        reason=reason,
        application_id=place.application_id,
    )


def propose_class_change(*, actor: Actor, place_id: UUID, place_class: str, reason: str) -> Proposal:
    """Propose that a place is fixed, mobile, an online shop or other instead (P-28). Raises Refusal `field_wrong`."""
    place = _place(actor, place_id)
    if place_class == place.place_class:
        raise Refusal("nothing_to_change")
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    return propose(
        actor=actor,
        kind="class_change",
        subject=f"place:{place.id}",
        content={"place": str(place.id), "place_class": place_class, "before": {"place_class": place.place_class}},
        reason=reason,
        application_id=place.application_id,
    )


def propose_merge(*, actor: Actor, likeness_id: UUID, kept_id: UUID, reason: str = "") -> Proposal:
    """Propose that of two places found alike `kept_id` stands for both (P-29).

    Raises Refusal `likeness_unknown`, `applied_place_unknown` for a place that is not one of the two, `merged_already`.
    """
    likeness = _likeness(actor, likeness_id)
    pair = [likeness.kept_id, likeness.other_id]
    if kept_id not in pair:
        raise Refusal("applied_place_unknown")
    other_id = pair[1 - pair.index(kept_id)]
    return propose(
        actor=actor,
        kind="merge",
        subject=f"likeness:{likeness.id}",
        content={"kept": str(kept_id), "other": str(other_id)},
        reason=reason,
        application_id=likeness.kept.application_id,
    )


def propose_unmerge(*, actor: Actor, place_id: UUID, reason: str) -> Proposal:
    """Propose that a merged place stands for itself again. Raises Refusal `applied_place_unknown`, `not_merged`."""
    place = _place(actor, place_id)
    if place.merged_into_id is None:
        raise Refusal("not_merged")
    return propose(
        actor=actor,
        kind="unmerge",
        subject=f"place:{place.id}",
        content={"other": str(place.id), "kept": str(place.merged_into_id)},
        reason=reason,
        application_id=place.application_id,
    )


def propose_rules(*, actor: Actor, text: str, reason: str) -> Proposal:
    """Propose a rule set, `text` as JSON, as the next version of its name (P-48).

    Raises Refusal `rules_wrong` with the field at fault, `nothing_to_change`, `reason_missing`, `proposal_open`.
    """
    rules = read_rules(text)
    if rules in rule_sets_now():
        raise Refusal("nothing_to_change")
    content = rules.model_dump(mode="json")
    return propose(actor=actor, kind="rules", subject=f"rules:{rules.name}", content=content, reason=reason)


def _place(actor: Actor, place_id: UUID) -> ApplicationPlace:
    require(actor, "office.write")
    place = ApplicationPlace.objects.filter(id=place_id).first()
    if place is None:
        raise Refusal("applied_place_unknown")
    return place


def _likeness(actor: Actor, likeness_id: UUID) -> Likeness:
    require(actor, "office.write")
    likeness = Likeness.objects.select_related("kept").filter(id=likeness_id).first()
    if likeness is None:
        raise Refusal("likeness_unknown")
    return likeness
