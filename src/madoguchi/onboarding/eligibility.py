"""Eligibility for whoever asks: facts as JSON in, the decision in plain words out."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from datetime import date
from importlib import resources
from typing import Any

from pydantic import ValidationError

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import fault_of, refusal_of
from madoguchi.onboarding.rules import Decision, Facts, RuleSet, decide, rules_on
from madoguchi.onboarding.words import Language, explanation


@functools.cache
def shipped_rule_sets() -> tuple[RuleSet, ...]:
    """The rule sets that come with the platform."""
    text = resources.files("madoguchi.onboarding").joinpath("data", "eligibility.json").read_text("utf-8")
    return read_rule_sets(text)


def programme_day(rule_sets: Sequence[RuleSet] | None = None) -> date:
    """Today if a programme takes applications, else the last day on which one did, so that its rules can be tried.

    By the shipped rules unless others are given.
    """
    rule_sets, day = shipped_rule_sets() if rule_sets is None else rule_sets, today()
    if rules_on(day, rule_sets):
        return day
    return max((one.ends_on for one in rule_sets if one.ends_on and one.ends_on < day), default=day)


def read_rule_sets(text: str) -> tuple[RuleSet, ...]:
    """Rule sets from JSON, as an officer keeps them. Raises Refusal `rules_wrong` with the field at fault."""
    try:
        return tuple(RuleSet.model_validate(one) for one in json.loads(text)["rule_sets"])
    except ValidationError as error:
        raise Refusal("rules_wrong", field=fault_of(error)[1]) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("rules_wrong", reason=str(error)) from error


def read_facts(text: str | bytes) -> Facts:
    """An applicant's facts from JSON.

    Raises Refusal `json_malformed`, and with the field `field_missing`, `field_unknown`, `field_wrong`.
    """
    try:
        return Facts.model_validate_json(text)
    except ValidationError as error:
        raise refusal_of(error) from error


def check(facts: Facts, language: Language = "ja", rule_sets: Iterable[RuleSet] | None = None) -> dict[str, Any]:
    """The decision as JSON has it; `questions` are the fields that are missing and matter."""
    decision = decide(facts, shipped_rule_sets() if rule_sets is None else rule_sets)
    return as_json(decision, language)


def as_json(decision: Decision, language: Language) -> dict[str, Any]:
    """A decision for programs, its explanation in the reader's language."""
    return {
        "outcome": decision.outcome,
        "rate_bps": decision.rate_bps,
        "fee_subsidy": decision.fee_subsidy,
        "terminal_subsidy": decision.terminal_subsidy,
        "rules": list(decision.rules),
        "explanation": "\n".join(explanation(decision, language)),
        "questions": list(decision.asks),
        "revocable": decision.is_revocable,
        "rule_set": decision.rule_set,
    }
