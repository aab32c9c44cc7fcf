"""Runs over the lake: computed, compared with the last approved one, approved by a second officer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyarrow import parquet

from madoguchi.people.access import provider_actor
from madoguchi.rewards.computing import ADJUSTMENTS, RESULTS, claims_of, computing, folder_of
from madoguchi.rewards.lake import withdraw_payments_file
from madoguchi.rewards.models import Run
from madoguchi.rewards.runs import approve_run, ask_due_runs, ask_run, compute_asked, propose_run, refuse_run
from tests.conftest import refused
from tests.rewards.conftest import given_back, paid

pytestmark = pytest.mark.django_db
CAFE, NOODLES = "9910210000", "9910210001"


def changes(run: Any) -> list[tuple[str, int, int]]:
    rows = parquet.read_table(folder_of(run) / ADJUSTMENTS).to_pylist()
    return [(row["payment_id"], row["points_before"], row["points_after"]) for row in rows]


def test_each_payment_of_the_week_earns_thirty_per_cent_up_to_the_cap(campaign: Any, send: Any, approve: Any) -> None:
    """¥1,990 earn 597; of ¥20,000, which would earn 6,000, 4,403 are left below 5,000."""
    send(
        "paypay",
        [paid("a1", "m1", CAFE, 1_990, 2), paid("a2", "m1", NOODLES, 20_000, 3), paid("a3", "m2", CAFE, 999, 9)],
    )
    run = approve(campaign)

    assert (run.granted_points, run.report["counts"]["capped"], run.report["counts"]["outside_period"]) == (5_000, 1, 1)
    assert changes(run) == [("a1", 0, 597), ("a2", 0, 4_403)]
    assert [(row["month"], row["granted_points"]) for row in claims_of(run) if row["granted_points"]] == [
        ("2026-11", 5_000)
    ]


def test_figures_for_people_are_sums_of_the_grants(campaign: Any, send: Any, approve: Any) -> None:
    send(
        "paypay",
        [paid("a1", "m1", CAFE, 1_000, 2), paid("a2", "m2", NOODLES, 2_000, 2), paid("a3", "m2", CAFE, 500, 4)],
    )
    send("line_pay", [paid("b1", "k1", CAFE, 4_000, 4, service="line_pay")])
    figures = approve(campaign).figures

    assert [(row["day"], row["granted_points"]) for row in figures["by_day"]] == [
        ("2026-11-02", 900),
        ("2026-11-04", 1_350),
    ]
    assert [(row["service_id"], row["granted_points"]) for row in figures["by_service"]] == [
        ("line_pay", 1_200),
        ("paypay", 1_050),
    ]
    assert [(row["municipality"], row["payments"]) for row in figures["by_municipality"]] == [("10210", 4)]
    assert figures["by_store"][0] == {"store_id": CAFE, "payments": 3, "base_yen": 5_500, "granted_points": 1_650}


def test_a_late_refund_becomes_a_claw_back_and_frees_the_cap(campaign: Any, send: Any, approve: Any) -> None:
    """The refund takes 4,500 of a1 back; a2, which had 500 below the cap, now gets its 3,000 whole."""
    send("paypay", [paid("a1", "m1", CAFE, 15_000, 2), paid("a2", "m1", NOODLES, 10_000, 3)])
    first = approve(campaign)
    send("paypay", [given_back("r1", "a1", 15_000, 12)])
    second = approve(campaign)

    assert changes(first) == [("a1", 0, 4_500), ("a2", 0, 500)]
    assert changes(second) == [("a1", 4_500, 0), ("a2", 500, 3_000)]
    assert (second.base_id, second.clawed_back_points, second.added_points) == (first.id, 4_500, 2_500)


def test_a_file_taken_back_is_clawed_back(campaign: Any, send: Any, approve: Any) -> None:
    wrong = send("paypay", [paid("a1", "m1", CAFE, 1_000, 2)])
    send("line_pay", [paid("b1", "k1", CAFE, 1_000, 2, service="line_pay")])
    approve(campaign)
    withdraw_payments_file(
        actor=provider_actor("paypay"), provider="paypay", file_id=wrong.id, reason="別の月のファイル"
    )

    assert changes(approve(campaign)) == [("a1", 300, 0)]


def test_a_second_officer_approves_a_run(campaign: Any, send: Any, maker: Any, worker: Any) -> None:
    send("paypay", [paid("a1", "m1", CAFE, 1_000, 2)])
    run = ask_run(actor=maker, campaign_id=campaign.id)
    compute_asked(actor=worker)
    propose_run(actor=maker, run_id=run.id)
    with refused("checker_is_maker"):
        approve_run(actor=maker, run_id=run.id)
    assert Run.objects.get().state == "proposed"


def test_a_refused_run_is_not_what_the_next_is_compared_with(
    campaign: Any, send: Any, maker: Any, checker: Any, worker: Any, approve: Any
) -> None:
    send("paypay", [paid("a1", "m1", CAFE, 1_000, 2)])
    run = ask_run(actor=maker, campaign_id=campaign.id)
    compute_asked(actor=worker)
    propose_run(actor=maker, run_id=run.id)
    with refused("reason_missing"):
        refuse_run(actor=checker, run_id=run.id, reason="")
    refuse_run(actor=checker, run_id=run.id, reason="11月4日のファイルがありません")

    assert approve(campaign).base is None


def test_one_run_at_a_time_waits_for_a_decision(campaign: Any, send: Any, maker: Any, worker: Any) -> None:
    send("paypay", [paid("a1", "m1", CAFE, 1_000, 2)])
    first = ask_run(actor=maker, campaign_id=campaign.id)
    with refused("run_open"):
        ask_run(actor=maker, campaign_id=campaign.id)
    compute_asked(actor=worker)
    second = ask_run(actor=maker, campaign_id=campaign.id)

    assert list(Run.objects.order_by("number").values_list("number", "state")) == [(1, "overtaken"), (2, "asked")]
    assert (first.number, second.number) == (1, 2)


def test_a_campaign_that_is_not_approved_is_not_computed(town: Any, maker: Any, draft: Any) -> None:
    from madoguchi.rewards.campaigns import draft_campaign

    written = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    with refused("campaign_not_approved", state="draft"):
        ask_run(actor=maker, campaign_id=written.id)


def test_a_run_without_any_file_fails_and_says_why(campaign: Any, maker: Any, worker: Any) -> None:
    run = ask_run(actor=maker, campaign_id=campaign.id)
    compute_asked(actor=worker)
    run.refresh_from_db()
    assert (run.state, run.failure["code"]) == ("failed", "payments_missing")


def test_the_schedule_asks_once_a_day_and_never_while_one_is_open(
    campaign: Any, send: Any, worker: Any, clock: Any
) -> None:
    send("paypay", [paid("a1", "m1", CAFE, 1_000, 2)])
    assert [ask_due_runs(actor=worker), ask_due_runs(actor=worker)] == [1, 0]
    compute_asked(actor=worker)
    clock.move(hours=25)
    assert ask_due_runs(actor=worker) == 1


def test_a_run_is_computed_by_one_process_and_anew_when_that_died(
    campaign: Any, send: Any, maker: Any, worker: Any
) -> None:
    send("paypay", [paid("a1", "m1", CAFE, 1_000, 2)])
    run = ask_run(actor=maker, campaign_id=campaign.id)
    with computing(run) as is_mine:
        assert is_mine
        assert compute_asked(actor=worker) == 0
    assert compute_asked(actor=worker) == 1
    run.refresh_from_db()
    assert (run.state, (folder_of(run) / RESULTS / "run.json").is_file()) == ("computed", True)


def test_other_towns_do_not_see_a_run(campaign: Any, send: Callable[..., Any], approve: Any) -> None:
    from madoguchi.rewards.runs import find_run
    from tests.conftest import actor_named

    send("paypay", [paid("a1", "m1", CAFE, 1_000, 2)])
    run = approve(campaign)
    with refused("not_allowed"):
        find_run(actor_named("accountant-yasuoka"), run.id)
    assert find_run(actor_named("auditor"), run.id) == run
