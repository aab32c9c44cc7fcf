"""Providers keep their plans: a change ends the old row and begins a new dated one, and the past stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.answers import FORMULA_SIGNS, plain
from madoguchi.onboarding.kinds import FEE_PERIODS, PLAN_APPLICANTS
from madoguchi.onboarding.models import Plan, PlanFee
from madoguchi.onboarding.plan_brands import BRANDS
from madoguchi.people.access import Actor, may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Provider, Service
from madoguchi.registry.rules import CLOSING_CYCLES, TRANSFER_FEE_BEARERS

Outcome = Literal["added", "changed", "unchanged"]
DAY = timedelta(days=1)
HIGHEST_FEE_BPS = 10_000
HIGHEST_YEN = 100_000_000
MAX_FEES = 20
MAX_TERMINALS = 20
LENGTHS = {"name": 80, "name_en": 120, "further_costs": 200, "contact": 120, "url": 200}
HIGHEST = {
    "payouts_per_month": 31,
    "payout_days_after": 366,
    "transfer_fee_yen": HIGHEST_YEN,
    "terminal_yen": HIGHEST_YEN,
    "monthly_yen": HIGHEST_YEN,
    "monthly_after_yen": HIGHEST_YEN,
}
WORDS = {
    "applicants": PLAN_APPLICANTS,
    "payout_cycle": CLOSING_CYCLES,
    "transfer_fee_bearer": TRANSFER_FEE_BEARERS,
}


@dataclass(frozen=True, order=True)
class FeeFacts:
    """A fee over some days; `fee_bps` is None where it is negotiated."""

    starts_on: date
    ends_on: date | None
    period: str
    fee_bps: int | None


@dataclass(frozen=True)
class PlanFacts:
    """A plan from `starts_on` to `ends_on`, both included; an open end is None. Yen include the consumption tax."""

    name: str
    services: frozenset[str]
    starts_on: date
    payout_cycle: str
    payouts_per_month: int
    name_en: str = ""
    applicants: str = "all"
    ends_on: date | None = None
    fees: tuple[FeeFacts, ...] = ()
    payout_days_after: int | None = None
    transfer_fee_yen: int = 0
    transfer_fee_bearer: str = "provider"
    brands: tuple[str, ...] = ()
    terminals: tuple[str, ...] = ()
    terminal_yen: int = 0
    monthly_yen: int = 0
    monthly_after_yen: int = 0
    further_costs: str = ""
    contact: str = ""
    url: str = ""


COLUMNS = tuple(one.name for one in fields(PlanFacts) if one.name not in {"services", "fees"})


@dataclass
class _Kept:
    """What became of the rows of one name."""

    cut: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)


def may_edit_plans(actor: Actor, provider: str) -> bool:
    """Whether `actor` may keep this provider's plans: the provider itself, and the programme's office."""
    return may(actor, "provider.write", Scope(provider=provider)) or may(actor, "office.write")


def facts_of(plan: Plan) -> PlanFacts:
    """A kept plan as facts, e.g. to begin a change from."""
    told = {name: getattr(plan, name) for name in COLUMNS}
    fees = sorted(FeeFacts(fee.starts_on, fee.ends_on, fee.period, fee.fee_bps) for fee in plan.fees.all())
    told |= {"brands": tuple(plan.brands), "terminals": tuple(plan.terminals), "fees": tuple(fees)}
    return PlanFacts(**told, services=frozenset(service.code for service in plan.services.all()))


def plans_of(actor: Actor, provider: str) -> list[Plan]:
    """Every row of a provider's plans, by name and the latest first. Raises Refusal `not_allowed`."""
    if not may(actor, "office.read"):
        require(actor, "provider.read", Scope(provider=provider))
    rows = Plan.objects.filter(provider=provider).select_related("provider").prefetch_related("fees", "services")
    return list(rows.order_by("name", "-starts_on"))


def find_plan(actor: Actor, provider: str, plan_id: UUID) -> Plan:
    """One of a provider's rows. Raises Refusal `not_allowed`, `plan_unknown`."""
    found = next((plan for plan in plans_of(actor, provider) if plan.id == plan_id), None)
    if found is None:
        raise Refusal("plan_unknown")
    return found


def add_plan(*, actor: Actor, provider: str, facts: PlanFacts, is_demo: bool = False) -> Plan:
    """A plan of a new name; it may have begun already.

    Raises Refusal `plan_exists`, and with the field `field_missing`, `field_wrong`, `formula_in_cell`, `period_wrong`,
    `fee_repeated`, `service_unknown`, `brand_wrong`.
    """
    with transaction.atomic():
        _locked(actor, provider)
        if Plan.objects.filter(provider=provider, name=checked_facts(facts).name).exists():
            raise Refusal("plan_exists", field="name")
        return _put(actor, provider, facts, is_demo=is_demo)[0]


def change_plan(*, actor: Actor, provider: str, plan_id: UUID, facts: PlanFacts) -> Plan:
    """Other conditions from `facts.starts_on`, a day still to come: the row in force until then ends the day before.

    Rows of the same name that have not begun and fall into the new one's days are withdrawn. The name stays. Raises
    Refusal as `add_plan`, and `plan_unknown`, `plan_begun` with the first day on which a change may begin.
    """
    with transaction.atomic():
        _locked(actor, provider)
        plan = find_plan(actor, provider, plan_id)
        return _put(actor, provider, replace(facts, name=plan.name))[0]


def put_plan(*, actor: Actor, provider: str, facts: PlanFacts) -> tuple[Plan, Outcome]:
    """Add or change by name, as a file of plans does; the same row again changes nothing. Raises as both."""
    with transaction.atomic():
        _locked(actor, provider)
        return _put(actor, provider, facts)


def end_plan(*, actor: Actor, provider: str, plan_id: UUID, ends_on: date) -> None:
    """Offer a plan until `ends_on`, today at the earliest; one that has not begun by then is withdrawn.

    Rows of the same name that begin later are withdrawn as well. Raises Refusal `plan_unknown`, `plan_ended`,
    `plan_begun` with the earliest day.
    """
    with transaction.atomic():
        _locked(actor, provider)
        plan = find_plan(actor, provider, plan_id)
        if plan.ends_on is not None and plan.ends_on < today():
            raise Refusal("plan_ended", field="ends_on", day=plan.ends_on)
        if ends_on < today():
            raise Refusal("plan_begun", field="ends_on", day=today())
        kept = _Kept()
        for row in Plan.objects.filter(provider=provider, name=plan.name, starts_on__gt=ends_on):
            kept.withdrawn.append(row.starts_on.isoformat())
            row.delete()
        if plan.starts_on <= ends_on:
            plan.ends_on = ends_on
            plan.save(update_fields=["ends_on"])
        record(actor, "plan.ended", plan_id, plan=plan.name, ends_on=str(ends_on), withdrawn=kept.withdrawn)


def checked_facts(facts: PlanFacts) -> PlanFacts:
    """Facts with their texts trimmed and their rows in order; whether the provider has the services is not seen to.

    Raises Refusal with the field: `field_missing`, `field_wrong`, `formula_in_cell`, `period_wrong`, `fee_repeated`,
    `brand_wrong`.
    """
    texts = {name: plain(getattr(facts, name)) for name in LENGTHS}
    for name, text in texts.items():
        _check_text(name, text, LENGTHS[name])
    if texts["url"] and not texts["url"].startswith(("https://", "http://")):
        raise Refusal("field_wrong", field="url")
    for name, told in (("name", texts["name"]), ("services", facts.services)):
        if not told:
            raise Refusal("field_missing", field=name)
    for name, known in WORDS.items():
        if getattr(facts, name) not in known:
            raise Refusal("field_wrong", field=name)
    for name, most in HIGHEST.items():
        number = getattr(facts, name)
        least = 1 if name == "payouts_per_month" else 0
        if number is not None and not least <= number <= most:
            raise Refusal("field_wrong", field=name)
    terminals = tuple(dict.fromkeys(plain(text) for text in facts.terminals if plain(text)))
    for text in terminals:
        _check_text("terminals", text, 40)
    if len(terminals) > MAX_TERMINALS:
        raise Refusal("field_wrong", field="terminals")
    if unknown := [code for code in facts.brands if code not in BRANDS]:
        raise Refusal("brand_wrong", field="brands", brand=unknown[0])
    brands = tuple(code for code in BRANDS if code in facts.brands)
    _check_days(facts, "ends_on")
    return replace(facts, **texts, terminals=terminals, brands=brands, fees=_checked_fees(facts.fees))


def _check_text(name: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise Refusal("field_wrong", field=name)
    if text.startswith(FORMULA_SIGNS):
        raise Refusal("formula_in_cell", field=name)


def _checked_fees(fees: Sequence[FeeFacts]) -> tuple[FeeFacts, ...]:
    if len(fees) > MAX_FEES:
        raise Refusal("field_wrong", field="fees")
    for fee in fees:
        _check_days(fee, "fees")
        if fee.period not in FEE_PERIODS or not 0 <= (fee.fee_bps or 0) <= HIGHEST_FEE_BPS:
            raise Refusal("field_wrong", field="fees")
    # Two fees may overlap, and the later one then holds; of two that begin on one day neither is the later.
    if len({fee.starts_on for fee in fees}) < len(fees):
        raise Refusal("fee_repeated", field="fees")
    return tuple(sorted(fees, key=lambda fee: fee.starts_on))


def _check_days(row: PlanFacts | FeeFacts, name: str) -> None:
    if row.ends_on is not None and row.ends_on < row.starts_on:
        raise Refusal("period_wrong", field=name)


def _locked(actor: Actor, provider: str) -> None:
    """Only one change of a provider's plans at a time, so that no two rows of a name ever overlap."""
    if not may(actor, "office.write"):
        require(actor, "provider.write", Scope(provider=provider))
    if not Provider.objects.select_for_update().filter(code=provider).exists():
        raise Refusal("provider_unknown")


def _put(actor: Actor, provider: str, facts: PlanFacts, *, is_demo: bool = False) -> tuple[Plan, Outcome]:
    facts = checked_facts(facts)
    services = list(Service.objects.filter(provider=provider, code__in=facts.services))
    if unknown := facts.services - {service.code for service in services}:
        raise Refusal("service_unknown", field="services", services=", ".join(sorted(unknown)))
    versions = Plan.objects.filter(provider=provider, name=facts.name).prefetch_related("fees", "services")
    overlapping = [row for row in versions if _overlap(row, facts)]
    for row in overlapping:
        if facts_of(row) == facts:
            return row, "unchanged"
    kept = _make_room(overlapping, facts)
    # What is an example stays one.
    is_example = is_demo or any(row.is_demo for row in overlapping)
    plan = Plan.objects.create(provider_id=provider, is_demo=is_example, **_columns(facts))
    plan.services.set(services)
    PlanFee.objects.bulk_create(PlanFee(plan=plan, **asdict(fee)) for fee in facts.fees)
    outcome: Outcome = "changed" if kept.cut or kept.withdrawn else "added"
    told = {"provider": provider, "plan": facts.name, "starts_on": str(facts.starts_on)}
    record(actor, f"plan.{outcome}", plan.id, **told, ended=kept.cut, withdrawn=kept.withdrawn)
    return plan, outcome


def _columns(facts: PlanFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in COLUMNS} | {
        "brands": list(facts.brands),
        "terminals": list(facts.terminals),
    }


def _overlap(row: Plan, facts: PlanFacts) -> bool:
    return (row.ends_on is None or facts.starts_on <= row.ends_on) and (
        facts.ends_on is None or row.starts_on <= facts.ends_on
    )


def _make_room(overlapping: Sequence[Plan], facts: PlanFacts) -> _Kept:
    """End what is in force when the new row begins; withdraw what would begin in its days.

    Raises Refusal `plan_begun` if that would change what was offered until today.
    """
    kept = _Kept()
    for row in overlapping:
        is_past = facts.starts_on <= today() if row.starts_on < facts.starts_on else row.starts_on <= today()
        if is_past:
            raise Refusal("plan_begun", field="starts_on", day=today() + DAY)
    for row in overlapping:
        if row.starts_on < facts.starts_on:
            row.ends_on = facts.starts_on - DAY
            row.save(update_fields=["ends_on"])
            kept.cut.append(str(row.id))
        else:
            kept.withdrawn.append(row.starts_on.isoformat())
            row.delete()
    return kept
