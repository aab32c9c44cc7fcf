"""What is claimed for rewards, fees and terminals (P-04, P-05), and never on an estimate."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.rewards.rules import (
    CAMPAIGN_STATES,
    CLAIM_STATES,
    RUN_STATES,
    Life,
    RewardClaim,
    check_life,
    fee_subsidy_yen,
    may_go,
    reward_claim,
    shared_yen,
)
from tests.conftest import refused


def life(month: int, granted: int, used: int, expired: int = 0, returned: int = 0, **more: Any) -> Life:
    return Life(date(2020, month, 1), granted, used, expired, returned, **more)


def test_points_are_paid_as_they_are_used_and_never_when_they_expire():
    """Of 1,000 points 600 are used, then 250 more; 150 expire and cost nothing."""
    first, last = life(1, 1_000, 600), life(7, 1_000, 850, expired=150)

    assert reward_claim([first], 0, 1_000) == RewardClaim(points=600, outstanding_points=400, is_final=False)
    assert reward_claim([first, last], 600, 1_000) == RewardClaim(points=250, outstanding_points=0, is_final=True)


def test_an_estimated_expiry_is_never_claimed_on():
    """¥1.6 billion were paid for points that had expired, because expiry was estimated."""
    estimate = life(3, 1_000, 980, expired=20, is_estimate=True)

    assert reward_claim([life(1, 1_000, 600), estimate], 600, 1_000) == RewardClaim(0, 400, False)
    assert reward_claim([estimate], 0, 1_000) == RewardClaim(0, 0, False)


def test_more_claimed_than_was_used_is_paid_back():
    assert reward_claim([life(4, 900, 500, returned=400)], 600, 900) == RewardClaim(-100, 0, True)


def test_points_that_a_later_run_claws_back_are_paid_back_although_they_were_used():
    """A shop revoked to the day of its application (P-10) loses what its customers have spent already."""
    assert reward_claim([life(4, 1_000, 900)], 900, granted_points=700) == RewardClaim(-200, 100, False)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12))
def test_whatever_the_reports_in_the_end_exactly_the_used_points_were_paid(steps: list[int]):
    used, paid, reports = 0, 0, []
    for month, step in enumerate(steps, start=1):
        used += step
        reports.append(Life(date(2020, month, 1), 10**11, used, 0, 0))
        paid += reward_claim(reports, paid, 10**11).points
    assert paid == sum(steps)


@pytest.mark.parametrize(
    ("report", "before", "field"),
    [
        (life(2, 100, -1), None, "used_points"),
        (life(2, 100, 60, expired=41), None, "granted_points"),
        (life(2, 100, 59), life(1, 100, 60), "used_points"),
        (life(2, 100, 60, expired=1), life(1, 100, 60, expired=2), "expired_points"),
        (life(1, 100, 60), life(1, 100, 60), "as_of"),
    ],
)
def test_a_report_that_cannot_be_true_is_refused(report: Life, before: Life | None, field: str):
    with refused("life_wrong", field=field):
        check_life(report, before)


def test_points_clawed_back_make_the_granted_ones_fewer():
    check_life(life(2, 90, 60), life(1, 100, 60))


@pytest.mark.parametrize(("fee_yen", "takings_yen", "subsidy_yen"), [(3_250, 100_000, 1_083), (0, 0, 0), (3, 100, 1)])
def test_a_third_of_the_fee_is_borne_by_the_state(fee_yen: int, takings_yen: int, subsidy_yen: int):
    """P-04: of 3.25 % the shop is left with 2.17 %."""
    assert fee_subsidy_yen(fee_yen, takings_yen) == subsidy_yen


@given(st.integers(0, 10**12))
def test_the_shop_pays_at_most_two_point_one_seven_per_cent_and_a_yen(takings_yen: int):
    fee = takings_yen * 325 // 10_000
    assert (fee - fee_subsidy_yen(fee, takings_yen)) * 10_000 <= takings_yen * 217 + 10_000


def test_a_fee_above_the_limit_is_not_supported_at_all():
    with refused("fee_above_limit", highest_bps=325):
        fee_subsidy_yen(3_251, 100_000)
    with refused("fee_wrong"):
        fee_subsidy_yen(-1, 100_000)


@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_the_two_parts_are_the_whole(yen: int, share_bps: int):
    """X-07: the share is the campaign's to name."""
    state, provider = shared_yen(yen, share_bps)
    assert state + provider == yen
    assert 0 <= state <= yen


def test_a_share_above_the_whole_is_refused():
    with refused("share_wrong", share_bps=10_001):
        shared_yen(1, 10_001)


@pytest.mark.parametrize("states", [CAMPAIGN_STATES, RUN_STATES, CLAIM_STATES], ids=["campaign", "run", "claim"])
def test_every_state_can_be_reached_and_nothing_is_approved_without_being_proposed(states: Any):
    reached = {None}
    for _ in states:
        reached |= {after for before, after, _ in states if before in reached}
    assert reached == {None} | {after for _, after, _ in states}
    assert [before for before, after, _ in states if after == "approved"] == ["proposed"]
    assert not may_go(states, None, "approved")
