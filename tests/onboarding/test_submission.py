"""Sending an application: complete, the town's only one (J-22), judged by the rules of its day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.core.clock import today
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding import submission
from madoguchi.onboarding.answers import BusinessAnswers
from madoguchi.onboarding.applications import answer_consent, save_answers, withdraw_application
from madoguchi.onboarding.documents import delete_due_documents, documents_missing
from madoguchi.onboarding.models import Application, Document
from madoguchi.onboarding.places import choose_services
from madoguchi.onboarding.proposals import confirm_proposal, propose
from madoguchi.onboarding.returning import return_application
from madoguchi.onboarding.rulebook import facts_of
from madoguchi.onboarding.rules import Activity, Entity, Industry
from madoguchi.onboarding.submission import gaps_of, submit_application
from madoguchi.people.access import system_actor
from tests.conftest import refused
from tests.onboarding.conftest import (
    APPLICANT,
    CHECKER,
    MAKER,
    TOMIOKA,
    accepted,
    begun,
    filled,
    linked,
    place_facts,
    propose_acceptance,
    sent,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]


def submit(desk):
    return submit_application(actor=desk.actor, application_id=desk.application.id)


class TestSending:
    def test_what_is_complete_is_sent_with_all_its_items(self, clock):
        desk = filled()

        submit(desk)

        application = desk.again()
        assert (application.state, application.submitted_at, application.screened_at) == ("submitted", clock.at, None)
        assert set(application.items.values_list("state", flat=True)) == {"submitted"}
        assert Event.objects.get(name="application.submitted").facts == {"outcome": "ask_desk"}
        assert [row.event for row in Delivery.objects.filter(destination="mail")] == ["mail.submitted"]

    def test_sent_already_it_stays_as_it_is(self, clock):
        desk = sent()
        clock.move(hours=1)
        version, submitted_at = desk.application.version, desk.application.submitted_at

        submit(desk)

        assert (desk.again().version, desk.application.submitted_at) == (version, submitted_at)
        assert Event.objects.filter(name="application.submitted").count() == 1

    def test_what_is_missing_is_counted_and_the_first_is_named(self):
        desk = begun()

        with refused("application_incomplete", count=len(gaps_of(desk.application)), field="applicant.name"):
            submit(desk)

        assert desk.again().state == "draft"

    def test_a_missing_document_keeps_it_back_and_its_dates_as_they_were(self):
        """J-11: the memo that stands for the register."""
        desk = filled()
        Document.objects.update(need="settlement_statement")
        due = Document.objects.get().delete_on

        with refused("application_incomplete", count=1, field="documents.register"):
            submit(desk)

        assert Document.objects.get().delete_on == due

    def test_without_consent_it_is_not_sent(self):
        """P-27."""
        desk = filled()
        Application.objects.update(publication_consent=False)

        with refused("consent_refused"):
            submit(desk)

        assert desk.again().state == "draft"

    def test_a_withdrawn_one_is_not_sent(self):
        desk = filled()
        withdraw_application(actor=desk.actor, application_id=desk.application.id)

        with refused("application_not_open", state="withdrawn"):
            submit(desk)

    def test_nobody_else_sends_it(self):
        desk, other = filled(), begun()

        with refused("not_allowed"):
            submit_application(actor=other.actor, application_id=desk.application.id)

    def test_its_documents_are_kept_from_then_on_until_it_is_decided(self, clock):
        """A document brought on the day of sending is no draft's any more either."""
        desk = sent()
        clock.move(days=120)

        assert delete_due_documents(actor=system_actor("test"), day=today()) == 0
        assert Document.objects.get().delete_on is None

        confirm_proposal(actor=CHECKER, proposal_id=propose_acceptance(desk).id)
        assert Document.objects.get().delete_on == today() + timedelta(days=180)


class TestOnce:
    """J-22: the same city cannot apply twice."""

    def test_the_second_application_of_a_town_is_told_of_the_first(self, clock):
        first, second = sent(), filled()

        with refused("town_applied_already", reference=first.application.reference, day=clock.at):
            submit(second)

        assert Application.objects.filter(state="submitted").count() == 1

    def test_so_is_one_that_looked_a_moment_too_early(self, monkeypatch):
        """Both looked before either was there; the table holds one."""
        first, second = sent(), filled()
        look = submission.require_only_one
        monkeypatch.setattr(
            submission, "require_only_one", lambda _: monkeypatch.setattr(submission, "require_only_one", look)
        )

        with refused("town_applied_already", reference=first.application.reference):
            submit(second)

        assert (second.again().state, second.application.submitted_at) == ("draft", None)
        assert set(second.application.items.values_list("state", flat=True)) == {"draft"}

    def test_another_town_is_another(self):
        sent()

        assert sent(municipality_code=TOMIOKA).application.state == "submitted"

    def test_a_shop_may_apply_again(self):
        sent("business")

        assert sent("business").application.state == "submitted"

    def test_after_a_withdrawal_the_town_may_apply_again(self):
        first = sent()
        withdraw_application(actor=first.actor, application_id=first.application.id)

        assert sent().application.state == "submitted"

    @pytest.mark.parametrize("link_kind", ["second_account", "more_services"])
    def test_what_is_linked_stands_beside_it(self, link_kind):
        """J-21, J-28."""
        further = linked(accepted(), link_kind)
        fill_in_what_is_missing(further)

        assert submit(further).state == "submitted"


def fill_in_what_is_missing(desk):
    common = {"actor": desk.actor, "application_id": desk.application.id}
    if desk.places:
        choose_services(**common, services={"au_pay"})
        return
    whole = filled(municipality_code=TOMIOKA, places=[place_facts("図書館")])
    whole.application.places.update(application=desk.application)
    whole.application.items.update(application=desk.application)
    whole.application.documents.update(application=desk.application)
    Application.objects.filter(id=desk.application.id).update(account_sealed=whole.application.account_sealed)
    answer_consent(**common, consents=True)


class TestDocumentsOfMoreServices:
    """J-21: what is known is not asked for; what never was brought is."""

    def test_with_one_that_was_sent_nothing_is_asked_for(self):
        assert documents_missing(linked(sent(), "more_services").application) == ()

    @pytest.mark.parametrize("state", ["draft", "withdrawn", "refused", "cancelled"])
    def test_with_one_that_was_not_or_came_to_nothing_it_is(self, state):
        first = filled()
        Application.objects.update(state=state)

        assert documents_missing(linked(first, "more_services").application) == (("register", "J-11"),)


class TestReturned:
    def test_it_is_changed_and_sent_again_in_its_old_place_of_the_queue(self, clock):
        desk = sent()
        at_first = desk.application.submitted_at
        clock.move(days=1)
        return_application(actor=MAKER, application_id=desk.application.id, text="住所を確認してください")
        save_answers(
            actor=desk.actor,
            application_id=desk.application.id,
            section="applicant",
            answers=APPLICANT | {"address": "東京都三鷹市野崎1-1-2"},
        )

        submit(desk)

        application = desk.again()
        assert (application.state, application.submitted_at, application.screened_at) == ("submitted", at_first, None)
        assert set(application.items.values_list("state", flat=True)) == {"submitted"}
        assert Event.objects.filter(name="application.submitted").count() == 2

    def test_it_is_not_returned_while_somebody_proposes_to_accept_it(self):
        """What was looked at is what is confirmed: nothing changes in between."""
        desk = sent()
        propose_acceptance(desk)

        with refused("proposal_open", kind="screening"):
            return_application(actor=MAKER, application_id=desk.application.id, text="住所")

        assert desk.again().state == "submitted"

    def test_a_decided_one_is_not_returned(self):
        desk = accepted()

        with refused("application_not_submitted", state="accepted"):
            return_application(actor=MAKER, application_id=desk.application.id, text="住所")


class TestJudged:
    def test_the_decision_is_kept_with_its_facts_and_its_rules(self):
        """P-48: it can be replayed."""
        desk = sent("business")

        decision = desk.application.decision
        assert decision["outcome"] in {"eligible", "not_eligible", "ask_desk"}
        assert decision["facts"]["as_of"] == "2026-11-20"
        assert decision["facts"]["entity"] == "company"

    def test_a_town_is_the_states(self):
        """P-15: municipal fees never earn these points."""
        assert sent().application.decision["facts"]["entity"] == "government"

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "entity": st.sampled_from(Entity.__args__),
                "industry": st.sampled_from(Industry.__args__),
                "activity": st.sampled_from(Activity.__args__),
                "capital_yen": st.integers(0, 10**15),
                "regular_employees": st.integers(0, 10**6),
                "taxable_income_yen": st.lists(st.integers(0, 10**12), max_size=3),
                "full_owner_capital_yen": st.integers(0, 10**12),
                "licences": st.lists(st.text(max_size=60), max_size=3),
                "franchise": st.booleans(),
                "petrol_station": st.booleans(),
                "trade": st.text(max_size=60),
                "card_contracts": st.integers(0, 99),
            },
        )
    )
    def test_whatever_could_be_saved_can_be_judged(self, told):
        kept = BusinessAnswers.model_validate({**told, "trade": ""}).model_dump(mode="json", exclude_none=True)
        application = Application(kind="business", answers={"business": kept})

        assert facts_of(application, today()).entity == told.get("entity")


def test_a_refused_application_leaves_its_reason_with_every_item(clock):
    desk = sent()
    proposal = propose(
        actor=MAKER,
        kind="screening",
        subject=f"application:{desk.application.id}",
        content={"decision": "refuse"},
        reason="対象外の業種です",
        application_id=desk.application.id,
    )

    confirm_proposal(actor=CHECKER, proposal_id=proposal.id)

    assert (desk.again().state, desk.application.decided_at) == ("refused", clock.at)
    assert set(desk.application.items.values_list("state", "reason")) == {("refused", "対象外の業種です")}
    assert Delivery.objects.filter(event="mail.refused").count() == 1
    assert not Delivery.objects.filter(event="item.waiting").exists()
