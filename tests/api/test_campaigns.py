"""/api/v1/campaigns: reward campaigns for programs, open to all; the calculator equals the engine (P-35, P-38)."""
# ruff: noqa: F811  # fixtures are parameters by their own names

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from madoguchi.engine.rewards.calculator import Purchase, reward_of
from madoguchi.rewards.campaigns import draft_campaign, propose_campaign, services_of, terms_of
from madoguchi.rewards.models import Campaign
from tests.rewards.conftest import (  # noqa: F401
    approve,
    campaign,
    checker,
    draft,
    lake,
    maker,
    paid,
    send,
    shops,
    town,
    worker,
)

pytestmark = pytest.mark.django_db
LIST, ONE = "/api/v1/campaigns", "/api/v1/campaigns/tomioka-2026"
REWARD = f"{ONE}/reward"


def get(address: str) -> Any:
    return Client().get(address)


def post(data: Any) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Client().post(REWARD, body, "application/json")


def purchase(amount_yen: Any = 11_000, **more: Any) -> dict[str, Any]:
    return {"service_id": "paypay", "bought_at": "2026-11-03T12:00:00+09:00", "amount_yen": amount_yen, **more}


def test_the_list_tells_what_goes_on(campaign: Any) -> None:
    told = get(LIST).json()

    assert told == {
        "campaigns": [
            {
                "code": "tomioka-2026",
                "name": "富岡30％還元ウィーク",
                "name_en": "Tomioka 30 per cent week",
                "summary": "",
                "summary_en": "",
                "owner": {"name": "群馬県富岡市", "name_en": "Tomioka City, Gunma", "municipality": "10210"},
                "starts_on": "2026-11-02",
                "ends_on": "2026-11-08",
                "stage": "over",
                "rate_bps": 3_000,
                "budget_points": 1_000_000,
                "granted_points": None,
                "as_of": None,
            }
        ],
        "has_more": False,
    }
    assert get(f"{LIST}?page=2").json() == {"campaigns": [], "has_more": False}


@pytest.mark.parametrize("page", ["0", "-1", "x", "1234567"])
def test_a_page_that_is_none_is_refused(page: str) -> None:
    answer = get(f"{LIST}?page={page}")

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "page")


@pytest.mark.parametrize("state", ["draft", "proposed"])
def test_a_campaign_that_is_not_approved_is_not_there(
    town: Any, maker: Any, draft: Any, shops: Any, state: str
) -> None:
    made = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    if state == "proposed":
        propose_campaign(actor=maker, campaign_id=made.id)

    assert get(LIST).json()["campaigns"] == []
    assert (get(ONE).status_code, get(ONE).json()["error"]["code"]) == (404, "campaign_unknown")
    assert post({"purchases": [purchase()]}).status_code == 404


def test_a_campaign_has_its_terms_and_services_and_before_its_first_run_no_figures(campaign: Any) -> None:
    told = get(ONE).json()

    assert told["terms"]["municipalities"] == ["10210"]
    assert told["terms"]["excluded_transactions"][0] == "securities"
    assert told["services"][1] == {
        "name": "PayPay",
        "service_id": "paypay",
        "channel": "",
        "method": "points",
        "credit_rule": "days:+30",
        "cap_amount": 5_000,
        "cap_unit": "point",
        "cap_period": "programme",
        "cap_scope": "service",
    }
    assert told["figures"] is None


def test_the_figures_hold_small_groups_together_as_the_page_does(
    campaign: Any, shops: Any, send: Any, approve: Any
) -> None:
    cafe = shops["製糸場前カフェ"]
    send("paypay", [paid(f"p{number}", f"m{number}", cafe, 1_000, 3) for number in range(5)])
    send("line_pay", [paid("l0", "x", cafe, 2_000, 5, service="line_pay")])
    approve(campaign)

    figures = get(ONE).json()["figures"]

    assert (figures["run"], figures["as_of"], figures["fewest_payments"]) == (1, "2026-11-05", 5)
    assert (figures["granted_points"], figures["left_points"], figures["used_bps"]) == (2_100, 997_900, 21)
    together = {"payments": 6, "base_yen": 7_000, "granted_points": 2_100}
    assert figures["by_service"] == [{"service_id": None, "name": None, "of": 2, **together}]
    assert figures["by_municipality"] == [
        {"prefecture": "10", "municipality": "10210", "name": "富岡市", "of": 1, **together}
    ]
    assert get(LIST).json()["campaigns"][0]["granted_points"] == 2_100


@pytest.mark.parametrize(("rate_bps", "points"), [(500, 550), (200, 220), (None, 0)])
def test_eleven_thousand_yen_earn_what_the_source_says(campaign: Any, rate_bps: int | None, points: int) -> None:
    """P-35; a place that does not take part earns nothing."""
    Campaign.objects.update(terms={"budget_points": 1_000_000})

    assert post({"purchases": [purchase(rate_bps=rate_bps)]}).json()["granted_points"] == points


def test_the_answer_is_the_engines_purchase_by_purchase(campaign: Any) -> None:
    """P-38: caps are used up in the order of time, whatever the order given."""
    times = ["2026-11-04T12:00:00+09:00", "2026-11-03T12:00:00+09:00", "2026-11-09"]

    told = post({"purchases": [purchase(bought_at=one) for one in times]}).json()

    campaign.refresh_from_db()
    bought = [Purchase("paypay", "", datetime.fromisoformat(one), 11_000, 3_000) for one in times]
    engine = reward_of(bought, services_of(campaign), terms_of(campaign))
    assert (
        [one["granted_points"] for one in told["rewards"]]
        == [one.granted_points for one in engine]
        == [1_700, 3_300, 0]
    )
    assert told["granted_points"] == 5_000
    assert told["rewards"][0] == {
        "base_yen": 11_000,
        "raw_points": 3_300,
        "granted_points": 1_700,
        "reason": "capped",
        "period": "programme",
        "credit_on": "2026-12-04",
        "left_in_window_points": 0,
    }
    assert told["rewards"][2]["reason"] == "outside_period"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"{", 400, "json_malformed", None),
        ({}, 422, "field_missing", "purchases"),
        ({"purchases": []}, 422, "field_wrong", "purchases"),
        ({"purchases": [purchase()] * 1_001}, 422, "field_wrong", "purchases"),
        ({"purchases": [purchase("11000")]}, 422, "field_wrong", "purchases.0.amount_yen"),
        ({"purchases": [purchase(-1)]}, 422, "field_wrong", "purchases.0.amount_yen"),
        ({"purchases": [purchase(1_000_000_001)]}, 422, "field_wrong", "purchases.0.amount_yen"),
        ({"purchases": [purchase(True)]}, 422, "field_wrong", "purchases.0.amount_yen"),
        ({"purchases": [purchase(bought_at="soon")]}, 422, "field_wrong", "purchases.0.bought_at"),
        ({"purchases": [purchase(bought_at=1_700_000_000)]}, 422, "field_wrong", "purchases.0.bought_at"),
        ({"purchases": [purchase(bought_at="1999-12-31T00:00:00")]}, 422, "field_wrong", "purchases.0.bought_at"),
        ({"purchases": [purchase(rate_bps=10_001)]}, 422, "field_wrong", "purchases.0.rate_bps"),
        ({"purchases": [purchase(colour=1)]}, 422, "field_unknown", "purchases.0.colour"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_field(
    campaign: Any, body: Any, status: int, code: str, field: str | None
) -> None:
    answer = post(body)

    assert answer.status_code == status
    assert (answer.json()["error"]["code"], answer.json()["error"].get("field")) == (code, field)


def test_where_the_campaign_has_no_rate_the_places_must_be_told(campaign: Any) -> None:
    Campaign.objects.update(terms={"budget_points": 1_000_000})

    answer = post({"purchases": [purchase(rate_bps=500), purchase()]})

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "purchases.1.rate_bps")
