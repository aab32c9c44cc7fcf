"""Four eyes: one officer proposes, another decides, and what was proposed is done whole or not at all."""

from __future__ import annotations

import pytest

from madoguchi.core.ids import new_id
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding import effects
from madoguchi.onboarding.applications import withdraw_application
from madoguchi.onboarding.models import Proposal
from madoguchi.onboarding.proposals import confirm_proposal, decline_proposal, propose, take_back_proposal
from madoguchi.people.access import ANONYMOUS, Actor, provider_actor
from madoguchi.people.rules import Grant
from madoguchi.registry.models import Organisation, Place
from tests.conftest import refused
from tests.onboarding.conftest import (
    CHECKER,
    MAKER,
    confirm,
    officer,
    propose_acceptance,
    sent,
    suggest,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
PAYPAY = provider_actor("paypay")


class TestProposing:
    def test_nothing_is_changed_yet(self):
        desk = sent()

        proposal = propose_acceptance(desk)

        assert (proposal.state, proposal.maker, proposal.checker) == ("proposed", "user:maker", "")
        assert desk.again().state == "submitted"
        facts = {"kind": "screening", "about": f"application:{desk.application.id}"}
        assert Event.objects.get(name="proposal.made").facts == facts

    def test_the_same_once_more_is_the_first_one(self):
        desk = sent()

        assert propose_acceptance(desk).id == propose_acceptance(desk).id
        assert Event.objects.filter(name="proposal.made").count() == 1

    def test_of_two_about_the_same_the_first_is_decided_before_the_next_is_made(self):
        desk = sent()
        propose_acceptance(desk)

        with refused("proposal_open", kind="screening"):
            propose_acceptance(desk, officer("user:third"))
        with refused("proposal_open"):
            suggest("screening", desk, content={"decision": "refuse"})

        assert Proposal.objects.count() == 1

    def test_only_officers_propose(self):
        desk = sent()
        auditor = Actor("user:auditor", (Grant("auditor", everywhere=True),))

        for actor in (ANONYMOUS, desk.actor, PAYPAY, auditor):
            with refused("not_allowed"):
                propose_acceptance(desk, actor)

    @pytest.mark.parametrize(
        ("kind", "content", "reason", "code"),
        [
            ("coronation", {}, "x", "field_wrong"),
            ("screening", {"decision": "perhaps"}, "x", "field_wrong"),
            ("screening", {"decision": ["accept"]}, "x", "field_wrong"),
            ("screening", {"decision": "refuse"}, " ", "reason_missing"),
            ("cancellation", {}, "x", "application_not_accepted"),
            ("correction", {"place": "here"}, "x", "field_wrong"),
            ("unmerge", {"other": str(new_id())}, "x", "applied_place_unknown"),
            ("rules", {"name": "x"}, "x", "rules_wrong"),
        ],
    )
    def test_what_could_not_be_done_is_not_even_proposed(self, kind, content, reason, code):
        desk = sent()

        with refused(code):
            suggest(kind, desk, content=content, reason=reason)

        assert not Proposal.objects.exists()

    def test_an_application_that_there_is_not_is_unknown(self):
        with refused("application_unknown"):
            propose(actor=MAKER, kind="screening", subject="s", content={"decision": "accept"}, application_id=new_id())

    def test_what_screening_stops_is_not_accepted_however_fast_the_officer(self, monkeypatch):
        """Not screened yet, it is screened on the spot."""
        desk = sent()
        desk.application.items.all().delete()

        with refused("application_stopped"):
            propose_acceptance(desk)

        assert desk.again().state == "submitted"

    def test_who_accepts_sees_what_screening_found(self, clock):
        desk = sent()

        propose_acceptance(desk)

        assert (desk.again().screened_at, [flag["code"] for flag in desk.application.flags]) == (clock.at, ["ask_desk"])
        assert Event.objects.get(name="application.screened").actor == "system:screening"


class TestDeciding:
    def test_the_maker_is_not_the_checker(self):
        """Held here, not by a page: whatever way it comes."""
        desk = sent()
        proposal = propose_acceptance(desk)

        for decide in (
            lambda: confirm(proposal, MAKER),
            lambda: decline_proposal(actor=MAKER, proposal_id=proposal.id, reason="x"),
        ):
            with refused("checker_is_maker"):
                decide()

        assert desk.again().state == "submitted"
        assert Proposal.objects.get().state == "proposed"

    def test_only_officers_decide(self):
        proposal = propose_acceptance(sent())

        with refused("not_allowed"):
            confirm(proposal, PAYPAY)

    def test_a_confirmed_one_is_done_and_says_by_whom(self, clock):
        desk = sent()
        proposal = confirm(propose_acceptance(desk))

        assert (proposal.state, proposal.checker, proposal.decided_at) == ("confirmed", "user:checker", clock.at)
        assert (desk.again().state, desk.application.decided_at) == ("accepted", clock.at)

    @pytest.mark.parametrize(
        "again",
        [
            lambda proposal: confirm(proposal, officer("user:third")),
            confirm,
            lambda proposal: decline_proposal(actor=officer("user:third"), proposal_id=proposal.id, reason="x"),
            lambda proposal: take_back_proposal(actor=MAKER, proposal_id=proposal.id),
        ],
    )
    def test_what_is_decided_is_decided_once(self, again):
        proposal = confirm(propose_acceptance(sent()))
        places = Place.objects.count()

        with refused("proposal_decided", state="confirmed"):
            again(proposal)

        assert Place.objects.count() == places

    def test_a_declined_one_changes_nothing_and_says_why(self):
        desk = sent()

        declined = decline_proposal(actor=CHECKER, proposal_id=propose_acceptance(desk).id, reason=" 書類が古い\x00 ")

        assert (declined.state, declined.answer, declined.checker) == ("declined", "書類が古い", "user:checker")
        assert desk.again().state == "submitted"
        assert "書類" not in repr(Event.objects.get(name="proposal.declined").facts)

    def test_declining_needs_a_reason(self):
        proposal = propose_acceptance(sent())

        with refused("reason_missing", field="reason"):
            decline_proposal(actor=CHECKER, proposal_id=proposal.id, reason=" ")

    def test_its_maker_takes_it_back_and_may_propose_anew(self):
        desk = sent()
        first = propose_acceptance(desk)

        taken = take_back_proposal(actor=MAKER, proposal_id=first.id)

        assert (taken.state, taken.checker) == ("taken_back", "")
        assert propose_acceptance(desk).id != first.id

    def test_nobody_else_takes_it_back(self):
        proposal = propose_acceptance(sent())

        with refused("not_the_maker"):
            take_back_proposal(actor=CHECKER, proposal_id=proposal.id)

    def test_one_that_there_is_not_is_unknown(self):
        with refused("proposal_unknown"):
            confirm_proposal(actor=CHECKER, proposal_id=new_id())

    def test_if_what_it_does_fails_it_stays_open_and_nothing_is_half_done(self, monkeypatch):
        """The last step of an acceptance breaks."""
        desk = sent()
        proposal = propose_acceptance(desk)
        organisations, places = Organisation.objects.count(), Place.objects.count()
        deliveries, events = Delivery.objects.count(), Event.objects.count()

        def broken(*_, **__):
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(effects, "write_to_applicant", broken)
        with pytest.raises(RuntimeError):
            confirm(proposal)

        assert (Proposal.objects.get().state, desk.again().state) == ("proposed", "submitted")
        assert (Organisation.objects.count(), Place.objects.count()) == (organisations, places)
        assert (Delivery.objects.count(), Event.objects.count()) == (deliveries, events)
        assert set(desk.application.items.values_list("state", flat=True)) == {"submitted"}
        monkeypatch.undo()
        assert confirm(proposal).state == "confirmed"

    def test_what_was_withdrawn_meanwhile_is_not_accepted(self):
        desk = sent()
        proposal = propose_acceptance(desk)
        withdraw_application(actor=desk.actor, application_id=desk.application.id)

        with refused("application_not_submitted", state="withdrawn"):
            confirm(proposal)

        assert desk.again().state == "withdrawn"
