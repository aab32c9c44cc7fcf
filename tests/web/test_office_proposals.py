"""Four eyes at the browser: who proposes cannot confirm, the second of two is told, nothing is half done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.core.errors import Refusal
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding import effects
from madoguchi.onboarding.applications import withdraw_application
from madoguchi.onboarding.models import Proposal
from madoguchi.onboarding.proposing import propose_correction
from madoguchi.people.access import system_actor
from madoguchi.people.actions import ensure_user, grant_role
from madoguchi.registry.models import Organisation, Place
from tests.onboarding.conftest import accepted, sent
from tests.web.office_desk import first_actor, post, propose_to_accept, two_officers
from tests.web.readers import reader

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo_runs(clock: Any, towns: Any, settings: Any) -> None:
    settings.DEMO = True


def third_officer() -> Client:
    setup = system_actor("setup")
    user = ensure_user(actor=setup, username="third-officer", display_name="三人目", password="a-long-password")
    grant_role(actor=setup, user=user, role="programme_officer")
    return reader("third-officer")


def code_of(answer: Any) -> str:
    """The code beneath a refusal's sentence."""
    text = answer.content.decode()
    return text.split('<p class="code-small">', 1)[1].split("<code>", 1)[1].split("</code>", 1)[0]


def snapshot() -> tuple[int, ...]:
    """What accepting an application makes."""
    events = Event.objects.exclude(name__startswith="proposal.")
    return (Organisation.objects.count(), Place.objects.count(), Delivery.objects.count(), events.count())


def test_the_maker_cannot_confirm_and_is_told_why():
    first, _second = two_officers()
    desk = sent()
    proposal = propose_to_accept(desk)
    before = snapshot()

    answer = post(first, "proposal_confirm", proposal.id)

    assert (answer.status_code, code_of(answer)) == (422, "checker_is_maker")
    proposal.refresh_from_db()
    assert (proposal.state, desk.again().state, snapshot()) == ("proposed", "submitted", before)
    page = first.get(reverse("office:proposal", args=[proposal.id])).content.decode()
    assert "You cannot confirm this yourself" in page
    assert "Confirm it" not in page


def test_of_two_approvers_at_once_the_second_is_told_and_nothing_is_done_twice():
    """Both had the page open; the slower one changes nothing."""
    _first, second = two_officers()
    third = third_officer()
    desk = sent()
    proposal = propose_to_accept(desk)
    for client in (second, third):
        assert "Confirm it" in client.get(reverse("office:proposal", args=[proposal.id])).content.decode()

    faster = post(second, "proposal_confirm", proposal.id)
    after = snapshot()
    slower = post(third, "proposal_confirm", proposal.id)

    assert (faster.status_code, slower.status_code) == (302, 422)
    assert code_of(slower) == "proposal_decided"
    assert snapshot() == after
    proposal.refresh_from_db()
    assert proposal.checker.startswith("user:")
    assert Event.objects.filter(name="proposal.confirmed").count() == 1
    assert desk.again().state == "accepted"


def test_one_confirms_while_the_other_declines_only_the_first_counts():
    _first, second = two_officers()
    third = third_officer()
    desk = sent()
    proposal = propose_to_accept(desk)

    post(second, "proposal_decline", proposal.id, **{"decline-reason": "地番が違います"})
    late = post(third, "proposal_confirm", proposal.id)

    assert (late.status_code, code_of(late)) == (422, "proposal_decided")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.answer, desk.again().state) == ("declined", "地番が違います", "submitted")


def test_a_confirmation_that_fails_half_way_leaves_nothing_behind(monkeypatch: Any):
    """The change and its confirmation are one: both or neither."""
    _first, second = two_officers()
    desk = sent()
    proposal = propose_to_accept(desk)
    before = snapshot()
    whole = effects.EFFECTS["screening"]

    def breaks_at_the_end(actor: Any, about: Any) -> None:
        whole(actor, about)
        raise Refusal("store_id_taken")

    monkeypatch.setitem(effects.EFFECTS, "screening", breaks_at_the_end)  # type: ignore[arg-type]
    assert post(second, "proposal_confirm", proposal.id).status_code == 422

    proposal.refresh_from_db()
    assert (proposal.state, desk.again().state, snapshot()) == ("proposed", "submitted", before)
    assert {item.state for item in desk.application.items.all()} == {"submitted"}


def test_what_was_withdrawn_meanwhile_is_not_accepted_any_more():
    _first, second = two_officers()
    desk = sent()
    proposal = propose_to_accept(desk)
    withdraw_application(actor=desk.actor, application_id=desk.application.id)

    answer = post(second, "proposal_confirm", proposal.id)

    assert (answer.status_code, code_of(answer)) == (422, "application_not_submitted")
    assert desk.again().state == "withdrawn"


def test_only_the_maker_takes_a_proposal_back():
    first, second = two_officers()
    desk = sent()
    proposal = propose_to_accept(desk)

    assert code_of(post(second, "proposal_take_back", proposal.id)) == "not_the_maker"
    assert post(first, "proposal_take_back", proposal.id).status_code == 302

    proposal.refresh_from_db()
    assert (proposal.state, desk.again().state) == ("taken_back", "submitted")


def test_declining_takes_a_reason_told_beside_the_field():
    _first, second = two_officers()
    proposal = propose_to_accept(sent())

    answer = post(second, "proposal_decline", proposal.id, **{"decline-reason": ""})

    assert answer.status_code == 422
    assert 'href="#id_decline-reason"' in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_two_officers_cannot_propose_different_things_of_one_application():
    _first, second = two_officers()
    desk = sent()
    propose_to_accept(desk)

    answer = post(second, "application_refuse", desk.application.id, **{"refuse-reason": "x"})

    assert answer.status_code == 422
    assert Proposal.objects.count() == 1


def test_an_auditor_sees_proposals_and_decides_none():
    two_officers()
    proposal = propose_to_accept(sent())
    auditor = reader("auditor")

    page = auditor.get(reverse("office:proposal", args=[proposal.id])).content.decode()
    assert "Confirm it" not in page
    for route in ("confirm", "decline", "take_back"):
        assert post(auditor, f"proposal_{route}", proposal.id, **{"decline-reason": "x"}).status_code == 403
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_the_list_holds_every_kind_with_what_it_changes():
    first, _second = two_officers()
    desk = sent()
    propose_to_accept(desk)
    place = accepted("business").places[0]
    propose_correction(actor=first_actor(), place_id=place.id, facts={"phone": "0422000000"}, reason="電話が違う")

    page = first.get(reverse("office:proposals"))
    text = page.content.decode()

    assert [row.proposal.kind for row in page.context["rows"]] == ["screening", "correction"]
    for words in (desk.application.reference, "0422000000", "電話が違う", "(you)"):
        assert words in text
    narrowed = first.get(reverse("office:proposals"), {"kind": "correction"})
    assert [row.proposal.kind for row in narrowed.context["rows"]] == ["correction"]
    assert "No proposal here" in first.get(reverse("office:proposals"), {"state": "declined"}).content.decode()


def test_an_unknown_proposal_is_not_found():
    first, _second = two_officers()
    unknown = sent().application.id

    assert first.get(reverse("office:proposal", args=[unknown])).status_code == 404
    assert post(first, "proposal_confirm", unknown).status_code == 404
