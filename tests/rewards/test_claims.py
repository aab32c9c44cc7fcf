"""Claims on measured use, on fees and on terminals; two officers, and a later run that claws back (P-04, P-05)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from madoguchi.events.models import Delivery
from madoguchi.people.access import provider_actor
from madoguchi.rewards.claims import (
    approve_claims,
    draw_up_claims,
    mark_paid,
    propose_claims,
    refuse_claims,
    take_back_claims,
)
from madoguchi.rewards.life import months_of, report_cost, report_points
from madoguchi.rewards.models import Claim, CostReport, PointsReport
from madoguchi.rewards.rules import Life
from tests.conftest import actor_named, refused
from tests.rewards.conftest import given_back, paid

pytestmark = pytest.mark.django_db
CAFE, NOODLES = "9910210000", "9910210001"
MONTH = "2026-11"


@pytest.fixture
def granted(campaign: Any, send: Any, approve: Any) -> Any:
    """PayPay granted 3,000 points to m1 and 600 to m2."""
    send("paypay", [paid("a1", "m1", CAFE, 10_000, 2), paid("a2", "m2", NOODLES, 2_000, 3)])
    assert approve(campaign).granted_points == 3_600
    return campaign


@pytest.fixture
def report(paypay: Any) -> Any:
    def tell(campaign: Any, day: int, used: int, expired: int = 0, *, granted: int = 3_600, **more: Any) -> Any:
        life = Life(date(2026, 11, day), granted, used, expired, 0, **more)
        return report_points(actor=paypay, campaign_id=campaign.id, service="paypay", month=MONTH, life=life)

    return tell


@pytest.fixture
def settle(maker: Any, checker: Any) -> Any:
    """`settle(campaign)`: what is due is drawn up, proposed, approved and paid; returns the amounts by kind."""

    def make(campaign: Any) -> list[tuple[str, int]]:
        ids = [claim.id for claim in draw_up_claims(actor=maker, campaign_id=campaign.id)]
        if not ids:
            return []
        propose_claims(actor=maker, campaign_id=campaign.id, claim_ids=ids)
        approve_claims(actor=checker, campaign_id=campaign.id, claim_ids=ids)
        paid = mark_paid(actor=maker, campaign_id=campaign.id, claim_ids=ids, paid_on=date(2026, 12, 10))
        return [(claim.kind, claim.yen) for claim in paid]

    return make


def test_points_are_paid_as_they_are_used_until_the_last_has_gone(granted: Any, report: Any, settle: Any) -> None:
    """Of 3,600 points 2,000, then 1,100 more are used; 500 expire and cost nothing."""
    report(granted, 10, 2_000)
    assert settle(granted) == [("reward", 2_000)]
    report(granted, 20, 3_100, expired=500)
    assert settle(granted) == [("reward", 1_100)]
    last = Claim.objects.order_by("number").last()
    assert last is not None
    assert (last.basis["is_final"], last.basis["claimed_before_points"], last.basis["expired_points"]) == (
        True,
        2_000,
        500,
    )
    assert settle(granted) == []


def test_an_estimate_is_never_claimed_on(granted: Any, report: Any, settle: Any) -> None:
    """¥1.6 billion were once paid on estimated expiry."""
    report(granted, 10, 3_500, expired=100, is_estimate=True)
    assert settle(granted) == []


def test_no_more_is_claimed_than_the_approved_run_grants(granted: Any, report: Any, settle: Any) -> None:
    report(granted, 10, 3_700, granted=4_000)
    assert settle(granted) == [("reward", 3_600)]


def test_a_refund_after_the_claim_is_paid_back(granted: Any, report: Any, settle: Any, send: Any, approve: Any) -> None:
    report(granted, 10, 3_600)
    assert settle(granted) == [("reward", 3_600)]
    send("paypay", [given_back("r1", "a2", 2_000, 12)])
    approve(granted)
    assert settle(granted) == [("reward", -600)]


def test_a_third_of_the_fees_and_the_share_of_terminals(granted: Any, paypay: Any, settle: Any) -> None:
    """P-04: a third of ¥3,250; X-07: half of ¥39,999, the odd yen stays with the provider."""
    told = {"actor": paypay, "campaign_id": granted.id, "provider": "paypay", "month": MONTH}
    report_cost(kind="fee", cost_yen=3_250, basis_yen=100_000, **told)
    report_cost(kind="terminal", cost_yen=39_999, count=2, **told)
    assert settle(granted) == [("fee", 1_083), ("terminal", 19_999)]


def test_a_corrected_report_of_costs_claims_the_difference(granted: Any, paypay: Any, settle: Any, clock: Any) -> None:
    told = {"actor": paypay, "campaign_id": granted.id, "provider": "paypay", "month": MONTH, "kind": "fee"}
    report_cost(cost_yen=3_000, basis_yen=100_000, **told)
    assert settle(granted) == [("fee", 1_000)]
    clock.move(hours=1)
    report_cost(cost_yen=2_400, basis_yen=100_000, **told)
    assert settle(granted) == [("fee", -200)]


def test_drawing_up_twice_claims_once(granted: Any, report: Any, maker: Any) -> None:
    report(granted, 10, 2_000)
    assert len(draw_up_claims(actor=maker, campaign_id=granted.id)) == 1
    assert draw_up_claims(actor=maker, campaign_id=granted.id) == []
    report(granted, 12, 2_500)
    draw_up_claims(actor=maker, campaign_id=granted.id)
    assert list(Claim.objects.order_by("number").values_list("yen", "state")) == [
        (2_000, "overtaken"),
        (2_500, "drawn_up"),
    ]


def test_a_proposed_claim_does_not_change_under_the_checkers_eyes(
    granted: Any, report: Any, maker: Any, checker: Any
) -> None:
    report(granted, 10, 2_000)
    (claim,) = draw_up_claims(actor=maker, campaign_id=granted.id)
    propose_claims(actor=maker, campaign_id=granted.id, claim_ids=[claim.id])
    report(granted, 12, 2_500)
    assert draw_up_claims(actor=maker, campaign_id=granted.id) == []
    approve_claims(actor=checker, campaign_id=granted.id, claim_ids=[claim.id])
    assert [claim.yen for claim in draw_up_claims(actor=maker, campaign_id=granted.id)] == [500]


def test_its_maker_cannot_approve_a_claim_and_then_none_is(granted: Any, report: Any, maker: Any, checker: Any) -> None:
    report(granted, 10, 2_000)
    (claim,) = draw_up_claims(actor=maker, campaign_id=granted.id)
    with refused("step_not_possible"):
        approve_claims(actor=checker, campaign_id=granted.id, claim_ids=[claim.id])
    propose_claims(actor=maker, campaign_id=granted.id, claim_ids=[claim.id])
    with refused("checker_is_maker"):
        approve_claims(actor=maker, campaign_id=granted.id, claim_ids=[claim.id])
    assert Claim.objects.get().state == "proposed"


def test_a_refused_claim_is_drawn_up_again(granted: Any, report: Any, maker: Any, checker: Any) -> None:
    report(granted, 10, 2_000)
    (claim,) = draw_up_claims(actor=maker, campaign_id=granted.id)
    propose_claims(actor=maker, campaign_id=granted.id, claim_ids=[claim.id])
    refuse_claims(actor=checker, campaign_id=granted.id, claim_ids=[claim.id], reason="使用数を確かめてください")
    assert [claim.yen for claim in draw_up_claims(actor=maker, campaign_id=granted.id)] == [2_000]


def test_only_its_maker_takes_a_claim_back(granted: Any, report: Any, maker: Any, checker: Any) -> None:
    report(granted, 10, 2_000)
    (claim,) = draw_up_claims(actor=maker, campaign_id=granted.id)
    propose_claims(actor=maker, campaign_id=granted.id, claim_ids=[claim.id])
    with refused("not_the_maker"):
        take_back_claims(actor=checker, campaign_id=granted.id, claim_ids=[claim.id])
    assert take_back_claims(actor=maker, campaign_id=granted.id, claim_ids=[claim.id])[0].state == "drawn_up"


def test_nothing_is_claimed_before_a_run_is_approved(campaign: Any, report: Any, maker: Any) -> None:
    report(campaign, 10, 100)
    with refused("run_not_approved"):
        draw_up_claims(actor=maker, campaign_id=campaign.id)


def test_the_same_report_again_is_the_first_one(granted: Any, report: Any) -> None:
    assert report(granted, 10, 2_000).id == report(granted, 10, 2_000).id
    with refused("report_differs", field="as_of"):
        report(granted, 10, 2_001)
    assert PointsReport.objects.get().used_points == 2_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"service": "line_pay"}, "not_allowed"),
        ({"service": "nobody_pay"}, "service_not_in_campaign"),
        ({"month": "2026-12"}, "month_outside"),
        ({"month": "November"}, "month_outside"),
        ({"life": Life(date(2026, 11, 21), 10, 1, 0, 0)}, "life_wrong"),
        ({"life": Life(date(2026, 11, 10), 10, 11, 0, 0)}, "life_wrong"),
        ({"life": Life(date(2026, 11, 10), 10**14, 1, 0, 0)}, "life_wrong"),
    ],
)
def test_a_report_that_cannot_be_true_is_not_kept(
    campaign: Any, paypay: Any, changes: dict[str, Any], code: str
) -> None:
    told = {"service": "paypay", "month": MONTH, "life": Life(date(2026, 11, 10), 10, 1, 0, 0), **changes}
    with refused(code):
        report_points(actor=paypay, campaign_id=campaign.id, **told)
    assert not PointsReport.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cost_yen": 3_251}, "fee_above_limit"),
        ({"kind": "gift"}, "field_wrong"),
        ({"kind": "terminal"}, "field_missing"),
        ({"cost_yen": -1}, "field_wrong"),
        ({"month": "2026-10"}, "month_outside"),
        ({"provider": "line_pay"}, "not_allowed"),
    ],
)
def test_costs_that_cannot_be_are_not_kept(campaign: Any, paypay: Any, changes: dict[str, Any], code: str) -> None:
    told = {"provider": "paypay", "kind": "fee", "month": MONTH, "cost_yen": 3_250, "basis_yen": 100_000, **changes}
    with refused(code):
        report_cost(actor=paypay, campaign_id=campaign.id, **told)
    assert not CostReport.objects.exists()


def test_a_provider_outside_the_campaign_reports_nothing(campaign: Any) -> None:
    with refused("provider_not_in_campaign"):
        report_cost(
            actor=provider_actor("au_pay"),
            campaign_id=campaign.id,
            provider="au_pay",
            kind="fee",
            month=MONTH,
            cost_yen=1,
            basis_yen=100,
        )


def test_other_towns_do_not_draw_up_claims(granted: Any) -> None:
    with refused("not_allowed"):
        draw_up_claims(actor=actor_named("accountant-yasuoka"), campaign_id=granted.id)


def test_months_are_those_of_the_campaigns_days(campaign: Any) -> None:
    assert months_of(campaign) == ["2026-11"]
    campaign.starts_on, campaign.ends_on = date(2019, 11, 30), date(2020, 2, 1)
    assert months_of(campaign) == ["2019-11", "2019-12", "2020-01", "2020-02"]


def test_a_provider_is_told_what_was_decided(granted: Any, report: Any, settle: Any) -> None:
    report(granted, 10, 2_000)
    settle(granted)
    told = Delivery.objects.filter(destination="paypay", event="claim.decided").order_by("created_at")
    assert [(row.data["number"], row.data["yen"], row.data["state"]) for row in told] == [
        (1, 2_000, "approved"),
        (1, 2_000, "paid"),
    ]
    approved = Delivery.objects.filter(event="campaign.run_approved")
    assert {(row.destination, row.data["run"]) for row in approved} == {("paypay", 1), ("line_pay", 1)}
