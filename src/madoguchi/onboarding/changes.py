"""What a proposal changes, value by value, before and after: what its checker reads before confirming."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.eligibility import shipped_rule_sets
from madoguchi.onboarding.models import ApplicationPlace, Proposal, RuleVersion
from madoguchi.people.access import Actor, require


@dataclass(frozen=True)
class Change:
    """One value: `field` as the tables call it."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Proposed:
    """A proposal with what it is about and what it changes. `places` are kept and other of a merge, or the one."""

    proposal: Proposal
    changes: Sequence[Change]
    places: Sequence[ApplicationPlace]


def proposals_by(actor: Actor, *, state: str = "proposed", kind: str = "") -> QuerySet[Proposal]:
    """Proposals in a state, those that wait longest first, of decided ones the latest. Raises Refusal `not_allowed`."""
    require(actor, "office.read")
    rows = Proposal.objects.select_related("application").filter(state=state)
    rows = rows.filter(kind=kind) if kind else rows
    return rows.order_by("proposed_at" if state == "proposed" else "-proposed_at", "id")


def find_proposal(actor: Actor, proposal_id: UUID) -> Proposed:
    """One proposal with what it changes. Raises Refusal `proposal_unknown`, `not_allowed`."""
    require(actor, "office.read")
    proposal = Proposal.objects.select_related("application").filter(id=proposal_id).first()
    if proposal is None:
        raise Refusal("proposal_unknown")
    return with_changes([proposal])[0]


def with_changes(proposals: Iterable[Proposal]) -> list[Proposed]:
    """Proposals with what each changes; two queries for places however many, one for each that is of rules."""
    rows = list(proposals)
    wanted = {identifier for row in rows for identifier in _place_ids(row)}
    places = ApplicationPlace.objects.select_related("application", "municipality").in_bulk(wanted)
    found = []
    for row in rows:
        about = [places[identifier] for identifier in _place_ids(row) if identifier in places]
        found.append(Proposed(row, _changes(row), about))
    return found


def _changes(proposal: Proposal) -> list[Change]:
    content: Mapping[str, Any] = proposal.content
    if proposal.kind == "screening":
        accepted = {"accept": "accepted", "refuse": "refused"}
        return [Change("state", "submitted", accepted.get(content.get("decision", ""), ""))]
    if proposal.kind == "cancellation":
        return [Change("state", "accepted", "cancelled")]
    if proposal.kind in {"correction", "class_change"}:
        after = content.get("changes") or {"place_class": content.get("place_class")}
        return [Change(name, content.get("before", {}).get(name), value) for name, value in after.items()]
    if proposal.kind == "rules":
        return differences(_rules_before(proposal), content)
    return []


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The fields in which two rule sets differ, in the order of the second; of a table only the entries that do."""
    changed = [(name, before.get(name), value) for name, value in after.items() if before.get(name) != value]
    return [Change(name, *_differing(old, new)) for name, old, new in changed]


def _differing(before: Any, after: Any) -> tuple[Any, Any]:
    """Two values, or of two tables the entries in which they differ: the rest would hide them."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return before, after
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for name in dict.fromkeys((*before, *after)):
        if name not in before:
            new[name] = after[name]
        elif name not in after:
            old[name] = before[name]
        elif before[name] != after[name]:
            old[name], new[name] = _differing(before[name], after[name])
    return old, new


def _rules_before(proposal: Proposal) -> Mapping[str, Any]:
    """The version that this one follows: the last there was when it was proposed, or the shipped rules."""
    name = proposal.content.get("name")
    earlier = RuleVersion.objects.filter(name=name, entered_at__lte=proposal.proposed_at).order_by("-number")
    versions = [row for row in earlier if row.content != proposal.content]
    if versions:
        content: Mapping[str, Any] = versions[0].content
        return content
    shipped = next((one for one in shipped_rule_sets() if one.name == name), None)
    return shipped.model_dump(mode="json") if shipped else {}


def _place_ids(proposal: Proposal) -> list[UUID]:
    names = ("kept", "other") if proposal.kind in {"merge", "unmerge"} else ("place",)
    found = []
    for name in names:
        try:
            found.append(UUID(str(proposal.content.get(name, ""))))
        except ValueError:
            continue
    return found
