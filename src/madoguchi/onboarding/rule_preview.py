"""What amended rules would change: every open application's eligibility decided anew, and compared (P-48)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from madoguchi.onboarding.eligibility import shipped_rule_sets
from madoguchi.onboarding.models import Application, RuleVersion
from madoguchi.onboarding.rulebook import rule_sets_now
from madoguchi.onboarding.rules import Decision, Facts, RuleSet, decide
from madoguchi.onboarding.states import OPEN_APPLICATIONS
from madoguchi.people.access import Actor, require

# The changes named one by one; all are counted.
LISTED = 50


@dataclass(frozen=True)
class Changed:
    """An application whose decision would change: outcome and rate in hundredths of a percent, before and after."""

    application_id: UUID
    reference: str
    name: str
    before: tuple[str, int | None]
    after: tuple[str, int | None]


@dataclass(frozen=True)
class Effect:
    """How many open applications there are, how many would be decided otherwise, and the first LISTED of those."""

    open_count: int
    changed_count: int
    listed: Sequence[Changed]


@dataclass(frozen=True)
class RuleSetRow:
    """A rule set as it holds now, with its versions, the latest first; a shipped one without versions has none."""

    rules: RuleSet
    versions: Sequence[RuleVersion]
    is_shipped: bool


def rule_rows(actor: Actor) -> list[RuleSetRow]:
    """Every rule set with its versions, the set that began last first. Raises Refusal `not_allowed`."""
    require(actor, "office.read")
    shipped = {one.name: one for one in shipped_rule_sets()}
    versions: dict[str, list[RuleVersion]] = {}
    for version in RuleVersion.objects.order_by("-number"):
        versions.setdefault(version.name, []).append(version)
    rows = [RuleSetRow(one, versions.get(one.name, []), one == shipped.get(one.name)) for one in rule_sets_now()]
    return sorted(rows, key=lambda row: str(row.rules.starts_on or ""), reverse=True)


def effect_of(actor: Actor, rules: RuleSet) -> Effect:
    """What would change for the open applications if `rules` held instead of those of the same name.

    Each is decided for the day on which it was decided before; nothing is stored. Raises Refusal `not_allowed`.
    """
    require(actor, "office.read")
    others = tuple(one for one in rule_sets_now() if one.name != rules.name)
    rows = Application.objects.filter(state__in=OPEN_APPLICATIONS, decision__isnull=False).order_by("submitted_at")
    count, changed = 0, 0
    listed: list[Changed] = []
    columns = ("id", "reference", "name", "decision")
    for identifier, reference, name, told in rows.values_list(*columns).iterator(chunk_size=2_000):
        count += 1
        before, after = _before(told), _after(decide(Facts.model_validate(told["facts"]), (*others, rules)))
        if before != after:
            changed += 1
            if len(listed) < LISTED:
                listed.append(Changed(identifier, reference, name, before, after))
    return Effect(count, changed, listed)


def decided_by(application: Application) -> tuple[Decision, Decision] | None:
    """An application's decision under the rules of its day and under those that hold for that day now; None if none."""
    told = application.decision
    if told is None:
        return None
    facts = Facts.model_validate(told["facts"])
    version = application.rule_version
    of_its_day = [RuleSet.model_validate(version.content)] if version else []
    return decide(facts, of_its_day), decide(facts, rule_sets_now())


def _before(told: dict[str, Any]) -> tuple[str, int | None]:
    return told["outcome"], told["rate_bps"]


def _after(decision: Decision) -> tuple[str, int | None]:
    return decision.outcome, decision.rate_bps
