"""Providers keep their own plans: dated rows, the past never edited, every change recorded (P-16, J-09)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from madoguchi.events.models import Event
from madoguchi.onboarding.models import Plan
from madoguchi.onboarding.plan_editing import (
    FeeFacts,
    PlanFacts,
    add_plan,
    change_plan,
    end_plan,
    facts_of,
    find_plan,
    may_edit_plans,
    plans_of,
    put_plan,
)
from madoguchi.people.access import ANONYMOUS, Actor, provider_actor
from madoguchi.people.rules import Grant
from tests.conftest import refused

pytestmark = pytest.mark.django_db
PAYPAY, LINE = provider_actor("paypay"), provider_actor("line_pay")
OFFICE = Actor("user:office", (Grant("programme_officer", everywhere=True),))
AUDITOR = Actor("user:auditor", (Grant("auditor", everywhere=True),))
CLERK = Actor("user:clerk", (Grant("clerk"),))
TODAY, TOMORROW = date(2026, 11, 20), date(2026, 11, 21)
PLAN = PlanFacts(
    name="標準",
    services=frozenset({"paypay"}),
    starts_on=date(2026, 4, 1),
    payout_cycle="month_end",
    payouts_per_month=1,
    fees=(FeeFacts(date(2026, 4, 1), None, "during", 160),),
)
FROM_JANUARY = replace(
    PLAN, starts_on=date(2027, 1, 1), fees=(*PLAN.fees, FeeFacts(date(2027, 1, 1), None, "after", 198))
)


def add(facts: PlanFacts = PLAN, actor: Actor = PAYPAY, **changed: Any) -> Plan:
    return add_plan(actor=actor, provider="paypay", facts=replace(facts, **changed))


def change(plan: Plan, facts: PlanFacts = FROM_JANUARY, actor: Actor = PAYPAY) -> Plan:
    return change_plan(actor=actor, provider="paypay", plan_id=plan.id, facts=facts)


def end(plan: Plan, ends_on: date, actor: Actor = PAYPAY) -> None:
    end_plan(actor=actor, provider="paypay", plan_id=plan.id, ends_on=ends_on)


def rows() -> list[tuple[str, str | None, list[int | None]]]:
    """Every row's days and fees."""
    return [
        (str(plan.starts_on), plan.ends_on and str(plan.ends_on), [fee.fee_bps for fee in facts_of(plan).fees])
        for plan in Plan.objects.order_by("starts_on")
    ]


def events() -> list[tuple[str, str]]:
    return list(Event.objects.filter(name__startswith="plan.").order_by("id").values_list("actor", "name"))


@pytest.fixture(autouse=True)
def noon(clock: Any) -> None:
    """Friday 2026-11-20."""


# Adding


def test_a_plan_is_kept_as_it_was_told_and_recorded(towns: Any) -> None:
    told = replace(PLAN, brands=("id", "visa"), terminals=("JT-C06", " CT-5100 ", "JT-C06"), contact=" 03-0000-0000 ")

    plan = add(told)

    # Brands in the order of the table, terminals trimmed and once each.
    kept = replace(told, brands=("visa", "id"), terminals=("JT-C06", "CT-5100"), contact="03-0000-0000")
    assert facts_of(plan) == kept
    assert events() == [("provider:paypay", "plan.added")]


def test_a_name_is_taken_once(towns: Any) -> None:
    add()

    with refused("plan_exists", field="name"):
        add(starts_on=date(2027, 1, 1))
    assert len(rows()) == 1


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"name": "  "}, "field_missing", "name"),
        ({"name": "あ" * 81}, "field_wrong", "name"),
        ({"name": "=1+1"}, "formula_in_cell", "name"),
        ({"contact": "@SUM(A1)"}, "formula_in_cell", "contact"),
        ({"terminals": ("=cmd",)}, "formula_in_cell", "terminals"),
        ({"terminals": tuple(f"T-{n}" for n in range(21))}, "field_wrong", "terminals"),
        ({"services": frozenset()}, "field_missing", "services"),
        ({"services": frozenset({"line_pay"})}, "service_unknown", "services"),
        ({"brands": ("gold",)}, "brand_wrong", "brands"),
        ({"payout_cycle": "sometimes"}, "field_wrong", "payout_cycle"),
        ({"applicants": "nobody"}, "field_wrong", "applicants"),
        ({"payouts_per_month": 0}, "field_wrong", "payouts_per_month"),
        ({"transfer_fee_yen": -1}, "field_wrong", "transfer_fee_yen"),
        ({"url": "javascript:alert(1)"}, "field_wrong", "url"),
        ({"ends_on": date(2026, 3, 31)}, "period_wrong", "ends_on"),
        ({"fees": (FeeFacts(TODAY, date(2026, 1, 1), "during", 1),)}, "period_wrong", "fees"),
        ({"fees": (FeeFacts(TODAY, None, "during", 10_001),)}, "field_wrong", "fees"),
        ({"fees": (FeeFacts(TODAY, None, "sometimes", 1),)}, "field_wrong", "fees"),
        ({"fees": (FeeFacts(TODAY, None, "during", 1), FeeFacts(TODAY, None, "after", 2))}, "fee_repeated", "fees"),
    ],
)
def test_what_cannot_be_a_plan_is_refused_with_its_field(towns: Any, changed: Any, code: str, field: str) -> None:
    with refused(code, field=field):
        add(**changed)

    assert rows() == []
    assert events() == []


# Changing


def test_a_change_ends_the_old_row_and_begins_a_new_one(towns: Any) -> None:
    change(add())

    assert rows() == [("2026-04-01", "2026-12-31", [160]), ("2027-01-01", None, [160, 198])]
    assert events() == [("provider:paypay", "plan.added"), ("provider:paypay", "plan.changed")]


def test_a_change_keeps_the_name(towns: Any) -> None:
    changed = change(add(), replace(FROM_JANUARY, name="another"))

    assert changed.name == "標準"


def test_what_an_example_becomes_is_an_example_too(towns: Any) -> None:
    plan = add_plan(actor=PAYPAY, provider="paypay", facts=PLAN, is_demo=True)

    assert change(plan).is_demo


@pytest.mark.parametrize("starts_on", [date(2026, 4, 1), date(2026, 11, 19), TODAY])
def test_the_past_and_today_are_never_edited(towns: Any, starts_on: date) -> None:
    plan = add()

    with refused("plan_begun", field="starts_on", day=TOMORROW):
        change(plan, replace(FROM_JANUARY, starts_on=starts_on))
    assert rows() == [("2026-04-01", None, [160])]


def test_a_change_may_begin_tomorrow(towns: Any) -> None:
    change(add(), replace(FROM_JANUARY, starts_on=TOMORROW))

    assert rows()[0] == ("2026-04-01", "2026-11-20", [160])


def test_a_change_replaces_what_was_announced_for_later_and_says_so(towns: Any) -> None:
    plan = add()
    change(plan)
    change(plan, replace(FROM_JANUARY, starts_on=date(2026, 12, 1)))

    assert rows() == [("2026-04-01", "2026-11-30", [160]), ("2026-12-01", None, [160, 198])]
    assert Event.objects.filter(name="plan.changed").latest("id").facts["withdrawn"] == ["2027-01-01"]


def test_a_change_until_a_day_leaves_what_begins_after_it(towns: Any) -> None:
    plan = add()
    change(plan)
    change(plan, replace(PLAN, starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 31), monthly_yen=100))

    days = [row[:2] for row in rows()]
    assert days == [("2026-04-01", "2026-11-30"), ("2026-12-01", "2026-12-31"), ("2027-01-01", None)]


def test_a_plan_of_another_provider_is_not_there(towns: Any) -> None:
    plan = add()

    with refused("plan_unknown"):
        change_plan(actor=LINE, provider="line_pay", plan_id=plan.id, facts=FROM_JANUARY)
    with refused("plan_unknown"):
        find_plan(PAYPAY, "paypay", uuid4())


def test_the_same_row_again_changes_nothing(towns: Any) -> None:
    put_plan(actor=PAYPAY, provider="paypay", facts=PLAN)
    plan, outcome = put_plan(actor=PAYPAY, provider="paypay", facts=PLAN)

    assert outcome == "unchanged"
    assert [row.id for row in Plan.objects.all()] == [plan.id]
    assert events() == [("provider:paypay", "plan.added")]


def test_past_rows_that_cover_days_of_their_own_may_be_added(towns: Any) -> None:
    """A provider brings its history along; no row of it says anything about another's days."""
    put_plan(actor=PAYPAY, provider="paypay", facts=replace(PLAN, ends_on=date(2026, 6, 30)))
    put_plan(actor=PAYPAY, provider="paypay", facts=replace(PLAN, starts_on=date(2026, 7, 1)))

    assert [row[:2] for row in rows()] == [("2026-04-01", "2026-06-30"), ("2026-07-01", None)]


# Ending


def test_a_plan_ends_on_its_last_day_with_what_was_announced(towns: Any) -> None:
    plan = add()
    change(plan)
    end(plan, date(2026, 12, 15))

    assert rows() == [("2026-04-01", "2026-12-15", [160])]
    assert events()[-1] == ("provider:paypay", "plan.ended")


def test_a_plan_that_has_not_begun_is_withdrawn(towns: Any) -> None:
    end(add(FROM_JANUARY), TODAY)

    assert rows() == []


@pytest.mark.parametrize(
    ("has_ended", "ends_on", "code"), [(False, date(2026, 11, 19), "plan_begun"), (True, TODAY, "plan_ended")]
)
def test_a_plan_does_not_end_in_the_past(towns: Any, has_ended: bool, ends_on: date, code: str) -> None:
    plan = add(ends_on=date(2026, 10, 31) if has_ended else None)
    before = rows()

    with refused(code, field="ends_on"):
        end(plan, ends_on)
    assert rows() == before


# Who may


def test_the_office_may_keep_a_providers_plans_and_is_recorded_as_itself(towns: Any) -> None:
    end(change(add(actor=OFFICE), actor=OFFICE), date(2027, 3, 31), actor=OFFICE)

    assert events() == [("user:office", "plan.added"), ("user:office", "plan.changed"), ("user:office", "plan.ended")]


@pytest.mark.parametrize("actor", [LINE, AUDITOR, CLERK, ANONYMOUS], ids=str)
def test_nobody_else_changes_them(towns: Any, actor: Actor) -> None:
    plan = add()
    before = rows()

    for act in (
        lambda: add(name="new", actor=actor),
        lambda: change(plan, actor=actor),
        lambda: end(plan, TODAY, actor),
    ):
        with refused("not_allowed"):
            act()
    assert rows() == before
    assert not may_edit_plans(actor, "paypay")


def test_an_auditor_reads_them_and_another_provider_does_not(towns: Any) -> None:
    add()

    assert len(plans_of(AUDITOR, "paypay")) == 1
    with refused("not_allowed"):
        plans_of(LINE, "paypay")


def test_the_plans_of_a_provider_that_is_not_there_cannot_be_kept(towns: Any) -> None:
    with refused("provider_unknown"):
        add_plan(actor=OFFICE, provider="nobody", facts=PLAN)
