"""A store that should not have taken part: excluded by two officers, also in hindsight (P-10)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from madoguchi.registry.models import Enrolment
from madoguchi.rewards.enrolled import stores_of
from madoguchi.rewards.excluding import approve_exclusion, decline_exclusion, lift_exclusion, propose_exclusion
from madoguchi.rewards.models import Exclusion
from tests.conftest import refused
from tests.rewards.conftest import paid

pytestmark = pytest.mark.django_db
CAFE, NOODLES = "9910210000", "9910210001"


@pytest.fixture
def exclude(maker: Any) -> Any:
    def make(campaign: Any, **changes: Any) -> Exclusion:
        told = {"store_id": CAFE, "starts_on": date(2026, 11, 3), "reason": "資本金を偽っていました", **changes}
        return propose_exclusion(actor=maker, campaign_id=campaign.id, **told)

    return make


def test_what_it_earned_since_is_clawed_back_by_the_next_run(
    campaign: Any, send: Any, approve: Any, exclude: Any, checker: Any
) -> None:
    send(
        "paypay", [paid("a1", "m1", CAFE, 1_000, 2), paid("a2", "m2", CAFE, 990, 3), paid("a3", "m1", NOODLES, 500, 4)]
    )
    assert approve(campaign).granted_points == 300 + 297 + 150
    approve_exclusion(actor=checker, exclusion_id=exclude(campaign).id)
    run = approve(campaign)
    assert (run.granted_points, run.clawed_back_points, run.report["counts"]["not_enrolled"]) == (450, 297, 1)


def test_lifting_it_gives_the_points_back(
    campaign: Any, send: Any, approve: Any, exclude: Any, checker: Any, maker: Any
) -> None:
    send("paypay", [paid("a2", "m2", CAFE, 990, 3)])
    row = approve_exclusion(actor=checker, exclusion_id=exclude(campaign).id)
    assert approve(campaign).granted_points == 0
    with refused("reason_missing"):
        lift_exclusion(actor=maker, exclusion_id=row.id, reason="")
    lift_exclusion(actor=maker, exclusion_id=row.id, reason="別の会社でした")
    assert approve(campaign).granted_points == 297


def test_nothing_changes_before_a_second_officer_confirms(
    campaign: Any, exclude: Any, maker: Any, checker: Any
) -> None:
    row = exclude(campaign)
    with refused("checker_is_maker"):
        approve_exclusion(actor=maker, exclusion_id=row.id)
    assert CAFE in stores_of(campaign)
    assert decline_exclusion(actor=checker, exclusion_id=row.id, reason="証拠がありません").state == "declined"


@pytest.mark.parametrize(
    ("changes", "code"), [({"store_id": "nowhere"}, "store_not_in_campaign"), ({"reason": " "}, "reason_missing")]
)
def test_an_exclusion_that_says_nothing_is_not_kept(
    campaign: Any, exclude: Any, changes: dict[str, Any], code: str
) -> None:
    with refused(code):
        exclude(campaign, **changes)
    assert not Exclusion.objects.exists()


def test_a_store_is_excluded_once(campaign: Any, exclude: Any) -> None:
    exclude(campaign)
    with refused("exclusion_open", field="store_id"):
        exclude(campaign)
    assert Exclusion.objects.count() == 1


def test_a_towns_own_takings_never_take_part(campaign: Any, mill: Any) -> None:
    """P-15: the mill takes PayPay, too."""
    assert Enrolment.objects.filter(code__place=mill, service="paypay").exists()
    assert stores_of(campaign) == {"9910210000", "9910210001", "9910210002"}


def test_terms_narrow_the_stores(campaign: Any) -> None:
    campaign.terms = {**campaign.terms, "trades": ["5942"]}
    assert stores_of(campaign) == {"9910210002"}
    campaign.terms = {**campaign.terms, "trades": [], "municipalities": ["20403"]}
    assert stores_of(campaign) == set()
