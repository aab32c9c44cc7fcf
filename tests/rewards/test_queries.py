"""What a campaign's pages show: its budget, the life of its points, what waits for whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from madoguchi.rewards.life import report_points
from madoguchi.rewards.queries import (
    adjustments_of,
    budget_of,
    campaigns_for,
    find_campaign,
    grants_of,
    points_of,
    public_campaigns,
    waiting_for,
)
from madoguchi.rewards.rules import Life
from madoguchi.rewards.runs import ask_run, compute_asked, propose_run
from tests.conftest import actor_named, refused
from tests.rewards.conftest import paid

pytestmark = pytest.mark.django_db
CAFE, NOODLES = "9910210000", "9910210001"


@pytest.fixture
def run(campaign: Any, send: Any, approve: Any) -> Any:
    send("paypay", [paid("a1", "m1", CAFE, 1_000, 2), paid("a2", "m2", NOODLES, 2_000, 4)])
    send("line_pay", [paid("b1", "k1", CAFE, 4_000, 4, service="line_pay")])
    return approve(campaign)


def test_the_budget_is_what_the_approved_run_leaves(campaign: Any, run: Any) -> None:
    budget = budget_of(campaign)
    assert (budget.granted_points, budget.left_points) == (2_100, 997_900)
    assert budget.granted == {date(2026, 11, 2): 300, date(2026, 11, 4): 1_800}


def test_without_an_approved_run_nothing_is_granted(campaign: Any) -> None:
    budget = budget_of(campaign)
    assert (budget.granted_points, budget.left_points, budget.coming) == (0, 1_000_000, [])


def test_the_life_of_points_stands_beside_what_the_run_grants(campaign: Any, run: Any, paypay: Any) -> None:
    for life in (
        Life(date(2026, 11, 10), 900, 500, 0, 0),
        Life(date(2026, 11, 12), 900, 600, 0, 0),
        Life(date(2026, 11, 13), 900, 600, 300, 0, is_estimate=True),
    ):
        report_points(actor=paypay, campaign_id=campaign.id, service="paypay", month="2026-11", life=life)
    line, pay = points_of(campaign)
    assert (line.service, line.granted_points, line.measured, line.differs_by) == ("line_pay", 1_200, None, 0)
    assert pay.measured is not None
    assert (pay.measured.used_points, pay.measured.outstanding_points, pay.differs_by) == (600, 300, 0)
    assert pay.estimated is not None
    assert pay.estimated.expired_points == 300
    assert [row.service for row in points_of(campaign, "line_pay")] == ["line_pay"]


def test_a_provider_sees_rows_of_its_own_services_only(run: Any) -> None:
    own = frozenset({"line_pay"})
    assert [row["payment_id"] for row in adjustments_of(run, services=own)] == ["b1"]
    assert [row["granted_points"] for row in grants_of(run, date(2026, 11, 4), services=own)] == [1_200]
    assert list(grants_of(run, date(2026, 11, 5))) == []


def test_what_waits_is_told_to_those_who_may_decide(
    campaign: Any, send: Any, maker: Any, checker: Any, worker: Any
) -> None:
    send("paypay", [paid("a1", "m1", CAFE, 1_000, 2)])
    run = ask_run(actor=maker, campaign_id=campaign.id)
    compute_asked(actor=worker)
    propose_run(actor=maker, run_id=run.id)
    assert (waiting_for(checker, campaign)["runs"], waiting_for(maker, campaign)["runs"]) == (1, 0)


def test_each_sees_the_campaigns_they_run(campaign: Any) -> None:
    assert list(campaigns_for(actor_named("accountant-tomioka"))) == [campaign]
    assert list(campaigns_for(actor_named("programme-office"))) == [campaign]
    assert list(campaigns_for(actor_named("accountant-yasuoka"))) == []
    with refused("not_allowed"):
        campaigns_for(actor_named("clerk-mill"))
    with refused("not_allowed"):
        find_campaign(actor_named("accountant-yasuoka"), campaign.code)
    with refused("campaign_unknown"):
        find_campaign(actor_named("auditor"), "nothing")


def test_drafts_are_not_public(campaign: Any) -> None:
    assert list(public_campaigns()) == [campaign]
    campaign.state = "draft"
    campaign.save()
    assert list(public_campaigns()) == []
