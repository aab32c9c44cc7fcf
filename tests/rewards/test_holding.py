"""Suspicious payments: held by a run, released or refused by two officers, and what the next run does with that."""

from __future__ import annotations

from typing import Any

import pytest
from pyarrow import parquet

from madoguchi.rewards.computing import SUSPICIOUS, folder_of
from madoguchi.rewards.holding import (
    confirm_verdict,
    decline_verdict,
    holds_of,
    propose_verdict,
    take_back_verdict,
)
from madoguchi.rewards.models import Hold
from tests.conftest import actor_named, refused
from tests.rewards.conftest import paid

pytestmark = pytest.mark.django_db
CAFE = "9910210000"
# Two sums that are whole thousands, by one member at one shop, where nobody else pays so.
ROUND = [paid("a1", "m1", CAFE, 15_000, 2), paid("a2", "m1", CAFE, 18_000, 3)]


@pytest.fixture
def held(campaign: Any, send: Any, approve: Any) -> list[Hold]:
    send("paypay", ROUND)
    assert approve(campaign).granted_points == 0
    return list(campaign.holds.order_by("payment_id"))


def test_a_run_holds_what_is_suspicious_and_says_why(held: list[Hold]) -> None:
    assert [(hold.payment_id, hold.state, hold.store_id) for hold in held] == [
        ("a1", "open", CAFE),
        ("a2", "open", CAFE),
    ]
    assert {found["rule"] for hold in held for found in hold.evidence} == {"round_amounts"}
    assert held[0].evidence[0]["all_rules_together"] >= 0.5


def test_what_two_officers_release_is_granted_by_the_next_run(
    campaign: Any, held: list[Hold], maker: Any, checker: Any, approve: Any
) -> None:
    propose_verdict(actor=maker, hold_id=held[0].id, verdict="released", reason="常連の法人客で、領収書を確かめました")
    with refused("checker_is_maker"):
        confirm_verdict(actor=maker, hold_id=held[0].id)
    assert confirm_verdict(actor=checker, hold_id=held[0].id).state == "released"

    run = approve(campaign)
    assert (run.granted_points, run.report["counts"]["held"]) == (4_500, 1)
    assert Hold.objects.count() == 2


def test_what_two_officers_refuse_is_never_granted(
    campaign: Any, held: list[Hold], maker: Any, checker: Any, approve: Any
) -> None:
    for hold in held:
        propose_verdict(actor=maker, hold_id=hold.id, verdict="refused", reason="自店での決済と認められます")
        confirm_verdict(actor=checker, hold_id=hold.id)
    run = approve(campaign)
    assert (run.granted_points, run.report["counts"]["held"]) == (0, 2)
    assert set(campaign.holds.values_list("state", flat=True)) == {"refused"}


def test_a_verdict_can_be_declined_with_a_reason_or_taken_back(held: list[Hold], maker: Any, checker: Any) -> None:
    hold = held[0]
    propose_verdict(actor=maker, hold_id=hold.id, verdict="refused", reason="疑わしい")
    with refused("reason_missing"):
        decline_verdict(actor=checker, hold_id=hold.id, reason=" ")
    assert decline_verdict(actor=checker, hold_id=hold.id, reason="証拠が足りません").state == "open"
    propose_verdict(actor=maker, hold_id=hold.id, verdict="released", reason="確認済み")
    with refused("not_the_maker"):
        take_back_verdict(actor=checker, hold_id=hold.id)
    assert take_back_verdict(actor=maker, hold_id=hold.id).state == "open"


@pytest.mark.parametrize(
    ("verdict", "reason", "code"), [("perhaps", "…", "field_wrong"), ("refused", "", "reason_missing")]
)
def test_a_verdict_that_says_nothing_is_refused(
    held: list[Hold], maker: Any, verdict: str, reason: str, code: str
) -> None:
    with refused(code):
        propose_verdict(actor=maker, hold_id=held[0].id, verdict=verdict, reason=reason)
    assert Hold.objects.get(id=held[0].id).state == "open"


def test_a_decision_can_be_looked_at_once_more(held: list[Hold], maker: Any, checker: Any) -> None:
    propose_verdict(actor=maker, hold_id=held[0].id, verdict="refused", reason="疑わしい")
    confirm_verdict(actor=checker, hold_id=held[0].id)
    with refused("step_not_possible"):
        propose_verdict(actor=maker, hold_id=held[0].id, verdict="refused", reason="疑わしい")
    propose_verdict(actor=checker, hold_id=held[0].id, verdict="released", reason="領収書が出てきました")
    assert confirm_verdict(actor=maker, hold_id=held[0].id).state == "released"


def test_only_those_who_run_the_campaign_see_holds(campaign: Any, held: list[Hold]) -> None:
    with refused("not_allowed"):
        holds_of(actor_named("accountant-yasuoka"), campaign)
    assert holds_of(actor_named("auditor"), campaign, "open").count() == 2
    with refused("not_allowed"):
        propose_verdict(actor=actor_named("auditor"), hold_id=held[0].id, verdict="refused", reason="…")


def test_payments_that_would_earn_nothing_anyway_are_not_looked_at(campaign: Any, send: Any, approve: Any) -> None:
    """Providers' files hold payments of shops all over the country, which are not the town's to see."""
    elsewhere = "8800000001"
    send("paypay", [paid("c1", "m9", elsewhere, 15_000, 2), paid("c2", "m9", elsewhere, 18_000, 3)])
    run = approve(campaign)
    assert parquet.read_table(folder_of(run) / SUSPICIOUS)["payment_id"].to_pylist() == ["c1", "c2"]
    assert run.report["counts"]["not_enrolled"] == 2
    assert not Hold.objects.exists()
