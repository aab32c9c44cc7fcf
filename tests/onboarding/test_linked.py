"""Applications of one applicant: what a further one takes over, and what its places take already (J-21, J-28)."""

from __future__ import annotations

import pytest

from madoguchi.events.models import Delivery
from madoguchi.onboarding import merging
from madoguchi.onboarding.applications import account_of, answer_consent
from madoguchi.onboarding.beginning import start_application
from madoguchi.onboarding.models import Application
from madoguchi.onboarding.places import add_places, choose_services, put_place
from madoguchi.onboarding.proposals import confirm_proposal
from madoguchi.onboarding.submission import submit_application
from tests.conftest import refused
from tests.onboarding.conftest import (
    CHECKER,
    MAKER,
    MITAKA,
    accepted,
    begun,
    filled,
    linked,
    place_facts,
    propose_acceptance,
    sent,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]


def put(desk, facts, **more):
    return put_place(actor=desk.actor, application_id=desk.application.id, facts=facts, **more)


def add(desk, *facts, **more):
    return add_places(actor=desk.actor, application_id=desk.application.id, places=list(facts), **more)


def choose(desk, *services, **more):
    return choose_services(actor=desk.actor, application_id=desk.application.id, services=services, **more)


def services_of(place) -> set[str]:
    return set(place.items.values_list("service_id", flat=True))


class TestTakenOver:
    def test_more_services_take_everything_over(self):
        """J-21: adding a service later asks for nothing known."""
        first = accepted()

        further = linked(first, "more_services")

        application = further.application
        assert (application.name, application.municipality_id, application.email) == (
            "東京都三鷹市",
            MITAKA,
            "kaikei@example.jp",
        )
        assert application.answers == first.application.answers
        assert account_of(application) == account_of(first.application)
        assert (application.publication_consent, application.organisation) == (True, first.application.organisation)
        [old], [new] = first.application.places.all(), further.places
        assert new.id != old.id
        assert (new.name, new.position, new.purposes, new.place) == (old.name, 1, ["certificate_fee"], old.place)
        assert old.place is not None
        assert not application.items.exists()

    def test_the_places_of_the_first_stay_its_own(self):
        first = accepted()
        linked(first, "more_services")

        assert first.application.places.count() == 1
        assert first.application.items.count() == 2

    def test_a_second_account_takes_all_but_account_consent_and_places(self):
        """J-28."""
        first = accepted()

        second = linked(first, "second_account").application

        assert (second.name, second.answers, second.organisation) == (
            "東京都三鷹市",
            first.application.answers,
            first.application.organisation,
        )
        assert (second.account_sealed, second.publication_consent, second.places.count()) == ("", None, 0)

    def test_a_designated_manager_is_somebody_else(self):
        """J-28: it applies in its own name; the town's officers have no say over its account."""
        town = accepted()

        manager = linked(town, "designated_manager", "designated_manager").application

        assert (manager.name, manager.answers, manager.municipality, manager.organisation, manager.email) == (
            "",
            {},
            None,
            None,
            "",
        )
        assert manager.linked_to == town.application

    def test_a_refusal_to_be_published_is_not_taken_over(self):
        """P-27: whoever comes back is asked again."""
        first = accepted()
        answer_consent(actor=first.actor, application_id=first.application.id, consents=False)

        assert linked(first, "more_services").application.publication_consent is None

    def test_the_way_back_goes_to_the_address_given_for_it(self):
        first = accepted()
        Delivery.objects.all().delete()

        linked(first, "more_services", email="new@example.jp")

        assert Delivery.objects.get().data["to"] == "new@example.jp"

    @pytest.mark.parametrize(
        ("link_kind", "kind", "field"),
        [
            ("cousin", "municipality", "link_kind"),
            ("", "municipality", "link_kind"),
            ("more_services", "business", "kind"),
            ("second_account", "designated_manager", "kind"),
            ("designated_manager", "municipality", "kind"),
        ],
    )
    def test_a_link_that_makes_no_sense_is_refused(self, link_kind, kind, field):
        first = filled()

        with refused("field_wrong", field=field):
            linked(first, link_kind, kind)

        assert Application.objects.count() == 1

    def test_nobody_links_to_somebody_elses_application(self):
        first, stranger = filled(), begun()

        with refused("not_allowed"):
            start_application(
                actor=stranger.actor, kind="municipality", linked_to=first.application.id, link_kind="more_services"
            )


class TestMoreServices:
    """J-21."""

    def test_a_place_takes_further_services(self):
        further = linked(accepted(), "more_services")

        choose(further, "au_pay")

        assert services_of(further.places[0]) == {"au_pay"}

    def test_one_that_it_takes_already_is_refused(self):
        first = accepted()
        further = linked(first, "more_services")

        with refused("service_taken_already", field="services", services="paypay", place="三鷹市役所 市民課"):
            put(
                further,
                place_facts(services=frozenset({"paypay", "au_pay"})),
                place_id=further.places[0].id,
            )

        assert services_of(further.places[0]) == set()

    def test_so_is_one_that_it_has_been_applied_for_and_is_not_registered_yet(self):
        further = linked(sent(), "more_services")

        with refused("service_taken_already", services="paypay"):
            put(further, place_facts(services=frozenset({"paypay"})), place_id=further.places[0].id)

    def test_so_is_one_taken_by_a_third_application_of_the_same_applicant(self):
        first = accepted()
        second = linked(first, "more_services")
        choose(second, "au_pay")
        submit_application(actor=second.actor, application_id=second.application.id)
        third = linked(first, "more_services")

        with refused("service_taken_already", services="au_pay"):
            put(third, place_facts(services=frozenset({"au_pay"})), place_id=third.places[0].id)

    def test_the_same_place_written_anew_is_the_same(self):
        further = linked(accepted(), "second_account")

        with refused("service_taken_already", position=1):
            add(further, place_facts("図書館"), place_facts())

    def test_a_service_that_was_refused_may_be_tried_again(self):
        first = accepted()
        first.application.items.filter(service="paypay").update(state="refused")
        further = linked(first, "more_services")

        choose(further, "paypay")

        assert services_of(further.places[0]) == {"paypay"}

    def test_for_all_places_those_that_take_it_already_are_left_out(self):
        first = accepted(places=[place_facts("市民課"), place_facts("納税課", services=frozenset({"au_pay"}))])
        further = linked(first, "more_services")

        choose(further, "paypay")

        assert [services_of(place) for place in further.places] == [set(), {"paypay"}]

    def test_for_all_places_what_every_one_takes_already_is_refused(self):
        further = linked(accepted(), "more_services")

        with refused("service_taken_already", services="line_pay, paypay"):
            choose(further, "paypay", "line_pay")

        assert further.again().version == 0

    def test_two_that_chose_the_same_meanwhile_are_not_both_sent(self):
        """Neither draft saw the other's choice."""
        first = accepted()
        one, two = linked(first, "more_services"), linked(first, "more_services")
        choose(one, "au_pay")
        choose(two, "au_pay")
        submit_application(actor=one.actor, application_id=one.application.id)

        with refused("service_taken_already", services="au_pay", place="三鷹市役所 市民課"):
            submit_application(actor=two.actor, application_id=two.application.id)

        assert two.again().state == "draft"

    def test_what_is_registered_is_corrected_by_the_office(self):
        """P-28: what changed here would not change there."""
        further = linked(accepted(), "more_services")

        with refused("applied_place_registered", field="address"):
            put(
                further,
                place_facts(address="東京都三鷹市下連雀1-1", services=frozenset({"au_pay"})),
                place_id=further.places[0].id,
            )

    def test_a_place_merged_within_the_application_is_not_taken_over_twice(self):
        first = sent(places=[place_facts("市民課"), place_facts("市民窓口")])
        confirm_proposal(actor=CHECKER, proposal_id=propose_acceptance(first).id)
        merging.merge(MAKER, first.places[0].id, first.places[1].id)

        assert [place.name for place in linked(first, "more_services").places] == ["市民課"]
