"""The demo campaign: set up once, marked as demo, computed like any other."""

from __future__ import annotations

from typing import Any

from madoguchi.people.access import system_actor
from madoguchi.rewards.demo import add_demo_campaign
from madoguchi.rewards.models import Campaign, PaymentsFile
from madoguchi.rewards.runs import compute_asked


def test_the_demo_campaign_is_set_up_once_and_can_be_computed(town: Any, maker: Any, checker: Any, worker: Any) -> None:
    setup = system_actor("setup")
    campaign = add_demo_campaign(setup=setup, maker=maker, checker=checker)
    assert campaign is not None
    assert add_demo_campaign(setup=setup, maker=maker, checker=checker) is None
    assert (Campaign.objects.get().is_demo, PaymentsFile.objects.count()) == (True, 3)

    assert compute_asked(actor=worker) == 1
    run = campaign.runs.get()
    assert (run.state, run.report["counts"]["rejected_rows"], run.report["counts"]["not_enrolled"]) == (
        "computed",
        0,
        0,
    )
    assert 150_000 < run.granted_points < 700_000
