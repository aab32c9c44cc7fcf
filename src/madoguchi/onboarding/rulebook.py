"""The eligibility rules as officers keep them: dated, versioned, and each decision replayable under its own (P-48)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import fault_of
from madoguchi.events.actions import record
from madoguchi.onboarding.eligibility import shipped_rule_sets
from madoguchi.onboarding.models import Application, RuleVersion
from madoguchi.onboarding.rules import Decision, Facts, RuleSet, decide, rules_on
from madoguchi.people.access import Actor


def rule_sets_now() -> tuple[RuleSet, ...]:
    """The rule sets in their latest versions: those entered here, and the shipped ones nobody amended."""
    return _with_shipped(_latest())


def rule_sets_known_at(at: datetime) -> tuple[RuleSet, ...]:
    """The rule sets as they stood at an instant, before later amendments, so that an old decision can be replayed."""
    return _with_shipped(_latest(at))


def _with_shipped(entered: dict[str, RuleVersion]) -> tuple[RuleSet, ...]:
    by_name = {one.name: one for one in shipped_rule_sets()}
    by_name |= {name: RuleSet.model_validate(version.content) for name, version in entered.items()}
    return tuple(by_name[name] for name in sorted(by_name))


def _latest(at: datetime | None = None) -> dict[str, RuleVersion]:
    versions = RuleVersion.objects.order_by("number")
    # In order of number: a later version of the same name replaces the earlier one in the dictionary.
    return {version.name: version for version in (versions if at is None else versions.filter(entered_at__lte=at))}


def version_of(rules: RuleSet) -> RuleVersion:
    """The version that holds exactly these rules; a shipped set is kept as its first version when first used."""
    content = rules.model_dump(mode="json")
    for version in RuleVersion.objects.filter(name=rules.name).order_by("-number"):
        if version.content == content:
            return version
    return RuleVersion.objects.get_or_create(
        name=rules.name, number=1, defaults={"content": content, "entered_at": now(), "entered_by": "system:shipped"}
    )[0]


def read_rules(text: str) -> RuleSet:
    """One rule set from JSON. Raises Refusal `rules_wrong` with the field at fault."""
    try:
        return RuleSet.model_validate(json.loads(text))
    except ValidationError as error:
        raise Refusal("rules_wrong", field=fault_of(error)[1]) from error
    except ValueError as error:
        raise Refusal("rules_wrong", reason=str(error)) from error


def enter_rules(*, actor: Actor, content: dict[str, Any]) -> RuleVersion:
    """Keep a rule set as the next version of its name; called by a confirmed proposal only (four eyes)."""
    rules = read_rules(json.dumps(content))
    with transaction.atomic():
        for shipped in shipped_rule_sets():
            if shipped.name == rules.name:
                version_of(shipped)  # the shipped rules stay version 1, so that earlier decisions can be replayed
        last = RuleVersion.objects.select_for_update().filter(name=rules.name).order_by("-number").first()
        version = RuleVersion.objects.create(
            name=rules.name,
            number=last.number + 1 if last else 1,
            content=rules.model_dump(mode="json"),
            entered_at=now(),
            entered_by=str(actor),
        )
        record(actor, "rules.entered", version.id, rule_set=version.name, number=version.number)
    return version


def facts_of(application: Application, day: date) -> Facts:
    """What decides on eligibility, as the application tells it on `day`. A town is the state's (P-15)."""
    told = {
        name: value for name, value in application.answers.get("business", {}).items() if name in Facts.model_fields
    }
    if application.kind == "municipality":
        told |= {"entity": "government"}
    return Facts.model_validate({"as_of": day.isoformat(), **told})


def decide_by_book(application: Application, day: date) -> tuple[Decision, RuleVersion | None, Facts]:
    """The decision of `day` with the version of the rules that made it; None if no rules hold that day."""
    rule_sets, facts = rule_sets_now(), facts_of(application, day)
    rules = rules_on(day, rule_sets)
    return decide(facts, rule_sets), version_of(rules) if rules else None, facts


def replay(application: Application) -> Decision | None:
    """The decision of an application again, under the rules of its day; None if it was decided without rules."""
    if application.decision is None:
        return None
    facts = Facts.model_validate(application.decision["facts"])
    rules = [RuleSet.model_validate(application.rule_version.content)] if application.rule_version else []
    return decide(facts, rules)
