"""GET /api/v1/plans: the comparison for programs (P-16, J-09, J-20, J-21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client

from madoguchi.onboarding.demo_plans import add_demo_plans
from madoguchi.onboarding.plan_editing import FeeFacts, PlanFacts, add_plan
from madoguchi.people.access import system_actor

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
PLAN = PlanFacts(
    name="標準",
    services=frozenset({"paypay"}),
    starts_on=date(2026, 4, 1),
    payout_cycle="half_month",
    payouts_per_month=2,
    fees=(FeeFacts(date(2026, 4, 1), date(2026, 12, 31), "during", 0), FeeFacts(date(2027, 1, 1), None, "after", 160)),
    brands=("jpqr",),
    terminals=("A",),
    transfer_fee_yen=220,
    transfer_fee_bearer="principal",
)


@pytest.fixture(autouse=True)
def noon(towns: Any, clock: Any) -> None:
    """Friday 2026-11-20."""


def get(**query: Any) -> Any:
    return Client().get("/api/v1/plans", query)


def test_a_plan_is_told_whole_with_its_dated_fees_and_its_cost() -> None:
    plan = add_plan(actor=SYSTEM, provider="paypay", facts=PLAN)

    answer = get(takings_yen="500000").json()
    assert (answer["day"], answer["takings_yen"]) == ("2026-11-20", 500_000)
    assert answer["plans"] == [
        {
            "id": str(plan.id), "provider": "paypay", "provider_name": "PayPay株式会社", "name": "標準", "name_en": "",
            "services": ["paypay"], "applicants": "all", "starts_on": "2026-04-01", "ends_on": None,
            "brands": ["jpqr"], "terminals": ["A"], "payout_cycle": "half_month", "payouts_per_month": 2,
            "payout_days_after": None, "transfer_fee_yen": 220, "transfer_fee_bearer": "principal", "terminal_yen": 0,
            "monthly_yen": 0, "monthly_after_yen": 0, "further_costs": "", "contact": "", "url": "",
            "fee_bps": 0, "fee_state": "told",
            "fees": [
                {"period": "during", "starts_on": "2026-04-01", "ends_on": "2026-12-31", "fee_bps": 0},
                {"period": "after", "starts_on": "2027-01-01", "ends_on": None, "fee_bps": 160},
            ],
            "changes_on": None, "is_example": False,
            "cost": {
                "fee_yen": 0, "transfer_yen": 440, "monthly_yen": 0, "month_yen": 440, "once_yen": 0,
                # Two months at nothing, ten at 1.6 %, and 440 yen of transfers in each.
                "first_year_yen": 10 * 8_000 + 12 * 440,
            },
        }
    ]  # fmt: skip


def test_without_takings_no_cost_is_told() -> None:
    add_plan(actor=SYSTEM, provider="paypay", facts=PLAN)

    assert get().json()["plans"][0]["cost"] is None


def test_a_fee_that_is_negotiated_gives_no_cost_rather_than_none_to_pay() -> None:
    add_plan(
        actor=SYSTEM, provider="paypay", facts=replace(PLAN, fees=(FeeFacts(date(2026, 4, 1), None, "after", None),))
    )

    (plan,) = get(takings_yen="500000").json()["plans"]
    assert (plan["fee_bps"], plan["fee_state"], plan["cost"]["month_yen"]) == (None, "negotiated", None)


@pytest.mark.parametrize(
    ("query", "providers"),
    [
        ({"service": "aeon_card,paypay"}, {"aeon_card", "paypay"}),
        ({"only_free": "true"}, {"merpay", "j_coin_pay"}),
        ({"only_free": "true", "applicant": "business"}, {"merpay"}),
        ({"most_fee_bps": "200", "applicant": "municipality"}, {"paypay", "au_pay", "j_coin_pay"}),
        ({"brand": "waon"}, {"aeon_card"}),
        ({"terminal": "CT-5100"}, {"aeon_card", "jcb_card"}),
        ({"payout_cycle": "day"}, {"au_pay"}),
        ({"day": "2019-11-01", "transfer_fee_bearer": "principal"}, {"smbc_card"}),
        ({"day": "2019-01-01"}, set()),
    ],
)
def test_plans_are_narrowed_as_on_the_page(query: dict[str, str], providers: set[str]) -> None:
    add_demo_plans(SYSTEM)

    assert {plan["provider"] for plan in get(**query).json()["plans"]} == providers


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("takings_yen", "-1"),
        ("takings_yen", "1.5"),
        ("takings_yen", "9" * 20),
        ("most_fee_bps", "10001"),
        ("applicant", "all"),
        ("payout_cycle", "sometimes"),
        ("transfer_fee_bearer", "nobody"),
        ("day", "yesterday"),
        ("day", "9999-12-31"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused_with_its_name(field: str, value: str) -> None:
    answer = get(**{field: value})

    assert answer.status_code == 422
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == ("field_wrong", field)
