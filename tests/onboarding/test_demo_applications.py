"""The demo's example applications: one in each state, set up once, and never taken for real ones."""

from __future__ import annotations

from typing import Any

import pytest

from madoguchi.core.clock import today
from madoguchi.events.models import Event
from madoguchi.onboarding.beginning import resume
from madoguchi.onboarding.demo_applications import APPROVED_DAYS, DEMO_KEY, add_demo_applications, demo_applications
from madoguchi.onboarding.models import Application, Item, Proposal
from madoguchi.registry.models import Organisation, Place, StoreCode
from tests.conftest import refused
from tests.onboarding.conftest import CHECKER, MAKER, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def examples(towns: Any, clock: Any, in_demo: None) -> dict[str, Application]:
    """The examples by the state they are in; of two that wait, the one that nobody proposed to accept."""
    assert add_demo_applications(maker=MAKER, checker=CHECKER) == 7
    return {each.state: each for each in reversed(demo_applications()) if not each.proposals.filter(state="proposed")}


def test_there_is_one_in_each_state_that_somebody_meets(examples: dict[str, Application]) -> None:
    assert [(each.reference, each.state) for each in demo_applications()] == [
        ("DEM0-0001", "draft"),
        ("DEM0-0002", "accepted"),
        ("DEM0-0003", "submitted"),
        ("DEM0-0004", "submitted"),
        ("DEM0-0005", "returned"),
        ("DEM0-0006", "withdrawn"),
        ("DEM0-0007", "refused"),
    ]


def test_the_office_has_one_with_flags_and_one_proposed_by_another_officer(examples: dict[str, Application]) -> None:
    """P-21, P-22, P-26, P-28, J-23: what screening looks for is there to see."""
    assert [flag["code"] for flag in examples["submitted"].flags] == [
        "ask_desk",
        "place_elsewhere",
        "card_companies_missing",
        "postal_code_differs",
        "start_may_be_late",
        "used_already",
    ]
    proposal = Proposal.objects.get(state="proposed")
    assert (proposal.application.reference, proposal.content, proposal.maker) == (
        "DEM0-0004",
        {"decision": "accept"},
        "user:maker",
    )


def test_the_provider_has_one_new_one_asked_one_approved_and_one_refused(examples: dict[str, Application]) -> None:
    items = Item.objects.filter(application=examples["accepted"], service="line_pay").order_by("place__position")

    assert [item.state for item in items] == ["approved", "questions", "at_provider", "refused"]
    approved, asked, _, turned_down = items
    assert (approved.starts_on - today()).days == APPROVED_DAYS
    assert (approved.fee_bps, approved.terms[:3], turned_down.reason[:3]) == (245, "（例）", "（例）")
    assert [message.text[:3] for message in asked.messages.all()] == ["（例）"]


def test_a_second_start_adds_nothing(examples: dict[str, Application]) -> None:
    before = Application.objects.count(), Item.objects.count(), Event.objects.count()

    assert add_demo_applications(maker=MAKER, checker=CHECKER) == 0

    assert (Application.objects.count(), Item.objects.count(), Event.objects.count()) == before


def test_what_somebody_did_with_an_example_stays(examples: dict[str, Application]) -> None:
    Application.objects.filter(reference="DEM0-0001").update(name="changed")

    add_demo_applications(maker=MAKER, checker=CHECKER)

    assert Application.objects.get(reference="DEM0-0001").name == "changed"


def test_a_town_that_has_applied_in_an_older_demo_is_left_out(towns: Any, clock: Any, in_demo: None) -> None:
    """J-22: the demo starts all the same."""
    sent(municipality_code="20414")

    assert add_demo_applications(maker=MAKER, checker=CHECKER) == 6

    assert not Application.objects.filter(reference="DEM0-0004").exists()


def test_nothing_of_them_is_taken_for_real(examples: dict[str, Application]) -> None:
    """Made-up names, numbers of the test range, letters to nobody's address."""
    for each in demo_applications():
        assert each.is_demo
        assert "例" in each.name
        assert each.email.endswith("@madoguchi.example")
    joined = Organisation.objects.get(name="まちの豆腐店（例）")
    assert joined.is_demo
    assert all(place.is_demo and "例" in place.name for place in Place.objects.filter(operator=joined))
    codes = StoreCode.objects.filter(principal=joined)
    assert [code.store_id for code in codes] == ["0000000000001-0002-000001-000001"]


def test_everybody_opens_an_example_in_a_demo_and_nobody_elsewhere(
    examples: dict[str, Application], settings: Any
) -> None:
    actor = resume(reference="DEM0-0001", key=DEMO_KEY)
    assert str(actor) == f"applicant:{Application.objects.get(reference='DEM0-0001').id}"

    settings.DEMO = False

    with refused("resume_key_wrong"):
        resume(reference="DEM0-0001", key=DEMO_KEY)
