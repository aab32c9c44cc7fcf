"""Who is eligible for a programme, at which rate, and why: pure rules over dated data (P-04, P-06 to P-15, P-48)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Entity = Literal[
    "company", "sole_proprietor", "cooperative", "general_association", "general_foundation",
    "public_interest_association", "public_interest_foundation", "npo", "religious", "government",
    "public_corporation", "unincorporated",
]  # fmt: skip
Industry = Literal["manufacturing", "wholesale", "retail", "service", "inn", "software", "other"]
Activity = Literal[
    "general", "securities", "bank", "credit_cooperative", "credit_guarantee", "trust", "insurance", "crypto",
    "entertainment", "medical", "pharmacy", "care", "welfare", "rehabilitation", "school", "organised_crime",
    "bonded_shop",
]  # fmt: skip
PlaceClass = Literal["fixed", "mobile", "ec", "other"]
Outcome = Literal["eligible", "not_eligible", "ask_desk"]
Effect = Literal["for", "against", "unknown"]
Yen = Annotated[int, Field(strict=True, ge=0)]

# Judged by their employees alone, whatever capital they name: bodies without capital (P-12), and people, who have none.
BY_EMPLOYEES: Mapping[str, str] = {
    "general_association": "P-12",
    "general_foundation": "P-12",
    "public_interest_association": "P-12",
    "public_interest_foundation": "P-12",
    "npo": "P-12",
    "sole_proprietor": "P-06",
}


class Facts(BaseModel):
    """What an applicant tells of itself; None where it has not told. Amounts in yen.

    `taxable_income_yen` holds up to three filed years and is empty for a business that has filed none.
    `full_owner_capital_yen` is the capital of a corporation that owns all of it, directly or not; None if none does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: date
    entity: Entity | None = None
    industry: Industry | None = None
    capital_yen: Yen | None = None
    regular_employees: Yen | None = None
    taxable_income_yen: Annotated[list[Yen], Field(max_length=3)] | None = None
    full_owner_capital_yen: Yen | None = None
    activity: Activity | None = None
    licences: list[Annotated[str, Field(max_length=60)]] | None = None
    franchise: Annotated[bool, Field(strict=True)] | None = None
    petrol_station: Annotated[bool, Field(strict=True)] | None = None
    place_class: PlaceClass | None = None


class SizeLimit(BaseModel):
    """How large a business of one industry may be: capital or employees at most this (P-06, P-07)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    capital_yen: Yen
    employees: Yen
    rule: str


class RuleSet(BaseModel):
    """The rules in force from one day to another, both included; an open end is None."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    source: str
    starts_on: date | None
    ends_on: date | None
    size: dict[Industry, SizeLimit]
    average_income_above_yen: Yen
    full_owner_capital_from_yen: Yen
    excluded_entities: dict[Entity, list[str]]
    excluded_activities: list[Activity]
    licences_that_admit: dict[Activity, list[str]]
    excluded_transactions: list[str]
    rate_bps: int
    rate_of_franchise_bps: int

    def holds_on(self, day: date) -> bool:
        """Whether these rules decide on `day`."""
        return (self.starts_on is None or self.starts_on <= day) and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class Reason:
    """One rule's word. `code` names the sentence; `facts` are its numbers; `asks` the facts that would settle it."""

    code: str
    rules: tuple[str, ...]
    effect: Effect
    facts: Mapping[str, Any] = field(default_factory=dict)
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """An outcome with every reason. `rules` are the ids that decided; `asks` what the desk would have to know.

    An eligible applicant that changed its capital, staff or owners for show loses everything from the day on which it
    applied (P-10): `is_revocable`.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    rate_bps: int | None = None
    fee_subsidy: bool = False
    terminal_subsidy: bool = False
    rule_set: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """The requirement ids that decided, each once, in their order."""
        return tuple(dict.fromkeys(rule for reason in self.reasons for rule in reason.rules))

    @property
    def asks(self) -> tuple[str, ...]:
        """The facts that are missing and matter."""
        return tuple(dict.fromkeys(name for reason in self.reasons for name in reason.asks))

    @property
    def is_revocable(self) -> bool:
        """Whether a sham change would undo it from the day of application (P-10)."""
        return self.outcome == "eligible"


def rules_on(day: date, rule_sets: Iterable[RuleSet]) -> RuleSet | None:
    """The rules in force on `day`; of several the one that began last."""
    in_force = [one for one in rule_sets if one.holds_on(day)]
    return max(in_force, key=lambda one: one.starts_on or date.min, default=None)


def decide(facts: Facts, rule_sets: Iterable[RuleSet]) -> Decision:
    """Who is eligible, at which rate, and why, under the rules of `facts.as_of`.

    One reason against is enough, however much is missing; what is missing is asked for only if it could change the
    outcome. Without rules for that day the desk must say (P-48).
    """
    rules = rules_on(facts.as_of, rule_sets)
    if rules is None:
        return Decision("ask_desk", (Reason("no_rules", ("P-48",), "unknown"),))
    rate = _rate(facts, rules)
    reasons = [_entity(facts, rules), _activity(facts, rules), _income(facts, rules), _owner(facts, rules)]
    reasons += [_size(facts, rules), rate]
    for outcome, effect in (("not_eligible", "against"), ("ask_desk", "unknown")):
        decisive = tuple(one for one in reasons if one is not None and one.effect == effect)
        if decisive:
            return Decision(outcome, decisive, rule_set=rules.name)  # type: ignore[arg-type]  # both are outcomes
    is_full = rate.code == "full_rate"
    bps = rules.rate_bps if is_full else rules.rate_of_franchise_bps
    spoken = tuple(one for one in reasons if one is not None)
    return Decision("eligible", spoken, bps, fee_subsidy=is_full, terminal_subsidy=is_full, rule_set=rules.name)


def excluded_transaction(kind: str, day: date, rule_sets: Iterable[RuleSet]) -> Reason | None:
    """Why a transaction of this kind earns nothing on `day` even at an eligible place; None if it may (P-14)."""
    rules = rules_on(day, rule_sets)
    if rules is None or kind not in rules.excluded_transactions:
        return None
    return Reason("transaction_excluded", ("P-14",), "against", {"kind": kind})


def _entity(facts: Facts, rules: RuleSet) -> Reason | None:
    if facts.entity is None:
        return Reason("entity_unknown", ("P-13",), "unknown", asks=("entity",))
    if ids := rules.excluded_entities.get(facts.entity):
        return Reason("entity_excluded", tuple(ids), "against", {"entity": facts.entity})
    if facts.entity == "cooperative":
        return Reason("cooperative", ("P-11",), "for")
    return None


def _activity(facts: Facts, rules: RuleSet) -> Reason:
    activity = facts.activity
    if activity is None:
        return Reason("activity_unknown", ("P-13",), "unknown", asks=("activity",))
    if activity not in rules.excluded_activities:
        return Reason("activity_open", ("P-13",), "for")
    admitting = rules.licences_that_admit.get(activity, [])
    if admitting and facts.licences is None:
        return Reason("licences_unknown", ("P-13",), "unknown", {"activity": activity}, asks=("licences",))
    held = [licence for licence in facts.licences or [] if licence in admitting]
    if held:
        return Reason("activity_licensed", ("P-13",), "for", {"activity": activity, "licence": held[0]})
    return Reason("activity_excluded", ("P-13",), "against", {"activity": activity})


def _income(facts: Facts, rules: RuleSet) -> Reason:
    years, limit_yen = facts.taxable_income_yen, rules.average_income_above_yen
    if years is None:
        return Reason("income_unknown", ("P-08",), "unknown", {"limit_yen": limit_yen}, asks=("taxable_income_yen",))
    # Compared as a sum, for an average of whole yen would have to be rounded.
    if years and sum(years) > limit_yen * len(years):
        average_yen = sum(years) // len(years)
        return Reason("income_too_high", ("P-08",), "against", {"average_yen": average_yen, "limit_yen": limit_yen})
    return Reason("income_small", ("P-08",), "for", {"limit_yen": limit_yen})


def _owner(facts: Facts, rules: RuleSet) -> Reason | None:
    capital_yen, from_yen = facts.full_owner_capital_yen, rules.full_owner_capital_from_yen
    if capital_yen is None:
        return None
    numbers = {"capital_yen": capital_yen, "limit_yen": from_yen}
    if capital_yen >= from_yen:
        return Reason("owner_too_large", ("P-09",), "against", numbers)
    return Reason("owner_small", ("P-09",), "for", numbers)


def _size(facts: Facts, rules: RuleSet) -> Reason | None:
    """By capital or by employees; where the industry is not told, by every industry it could be."""
    if facts.entity is None or facts.entity == "cooperative" or facts.entity in rules.excluded_entities:
        return None
    industries = [facts.industry] if facts.industry else list(get_args(Industry))
    limits = [rules.size[industry] for industry in industries]
    verdicts = {_is_small(facts, limit) for limit in limits}
    by_employees = facts.entity in BY_EMPLOYEES
    ids = tuple(sorted({limit.rule for limit in limits} | ({BY_EMPLOYEES[facts.entity]} if by_employees else set())))
    numbers: dict[str, Any] = {"industry": facts.industry, "by_employees_alone": by_employees}
    if len(limits) == 1:
        numbers |= {"capital_yen": limits[0].capital_yen, "employees": limits[0].employees}
    if verdicts == {True}:
        return Reason("small", ids, "for", numbers)
    if verdicts == {False}:
        return Reason("too_large", ids, "against", numbers)
    return Reason("size_unknown", ids, "unknown", numbers, asks=_size_questions(facts, verdicts))


def _is_small(facts: Facts, limit: SizeLimit) -> bool | None:
    """None if what is missing could decide."""
    told = [None if facts.regular_employees is None else facts.regular_employees <= limit.employees]
    if facts.entity not in BY_EMPLOYEES:
        told.append(None if facts.capital_yen is None else facts.capital_yen <= limit.capital_yen)
    if True in told:
        return True
    return None if None in told else False


def _size_questions(facts: Facts, verdicts: set[bool | None]) -> tuple[str, ...]:
    asks = [] if facts.industry else ["industry"]
    if None in verdicts:
        if facts.capital_yen is None and facts.entity not in BY_EMPLOYEES:
            asks.append("capital_yen")
        if facts.regular_employees is None:
            asks.append("regular_employees")
    return tuple(asks)


def _rate(facts: Facts, rules: RuleSet) -> Reason:
    """The full rate with subsidies, or that of franchises and petrol stations without (P-04)."""
    told = {"franchise": facts.franchise, "petrol_station": facts.petrol_station}
    if any(told.values()):
        which = next(name for name, value in told.items() if value)
        return Reason("franchise_rate", ("P-04",), "for", {"rate_bps": rules.rate_of_franchise_bps, "which": which})
    if missing := tuple(name for name, value in told.items() if value is None):
        return Reason("rate_unknown", ("P-04",), "unknown", asks=missing)
    return Reason("full_rate", ("P-04",), "for", {"rate_bps": rules.rate_bps})
