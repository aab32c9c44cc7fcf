"""From an accepted application to the registry: organisations, places, store numbers, enrolments."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id, short_form
from madoguchi.events.models import Event
from madoguchi.onboarding.models import Application, KitOrder
from madoguchi.onboarding.places import choose_services
from madoguchi.onboarding.proposals import confirm_proposal
from madoguchi.onboarding.provider_desk import approve_item, refuse_item
from madoguchi.onboarding.registering import IssuedNumber, code_of, end_enrolments, import_store_ids
from madoguchi.onboarding.store_numbers import places_without_number
from madoguchi.people.access import ANONYMOUS, provider_actor
from madoguchi.registry.models import Enrolment, Organisation, Place, StoreCode
from tests.conftest import refused
from tests.onboarding.conftest import (
    CHECKER,
    MAKER,
    TOMIOKA,
    accepted,
    begun,
    item_of,
    linked,
    place_facts,
    propose_acceptance,
    sent,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
NUMBER, OTHER_NUMBER = "4900000000017-0001-000001-000001", "4900000000017-0001-000002-000001"
SHOP = place_facts("豆腐店", kind="shop", purposes=(), services=frozenset({"paypay", "au_pay"}))


def place_of(desk):
    return desk.application.places.select_related("application__organisation", "place").get()


def approve(desk, service="paypay", starts_on=None):
    item = item_of(desk, service)
    return approve_item(actor=provider_actor(item.provider_id), item_id=item.id, starts_on=starts_on or today())


def bring(*numbers):
    issued = [IssuedNumber(row, str(place), number) for row, (place, number) in enumerate(numbers, start=2)]
    taken, faults = import_store_ids(actor=MAKER, numbers=issued)
    return taken, [(fault.row, fault.code, fault.value) for fault in faults]


class TestOrganisations:
    def test_a_town_that_is_registered_is_found_again(self, towns):
        """J-22: one town, one organisation."""
        desk = accepted(municipality_code=TOMIOKA, places=[place_facts("富岡市役所", municipality_code=TOMIOKA)])

        assert desk.application.organisation == towns.towns[TOMIOKA]

    def test_a_new_town_is_registered_once(self):
        before = Organisation.objects.count()

        desk = accepted()

        assert (Organisation.objects.count(), desk.application.organisation.kind) == (before + 1, "municipality")

    def test_a_shop_is_found_again_by_its_corporate_number(self):
        first, second = accepted("business", places=[SHOP]), accepted("business", places=[SHOP])

        assert first.application.organisation == second.application.organisation
        assert first.application.organisation.kind == "shop"

    def test_a_towns_number_given_by_a_shop_does_not_make_it_the_town(self, towns):
        """Its takings would go to whom the town's go to."""
        Organisation.objects.filter(id=towns.towns[TOMIOKA].id).update(corporate_number="7000012050002")

        assert accepted("business", places=[SHOP]).application.organisation != towns.towns[TOMIOKA]

    def test_without_a_number_its_other_applications_say_who_it_is(self):
        """J-21: a sole proprietor who adds services, both applications having been open at once."""
        first = sent("business", places=[SHOP])
        Application.objects.update(corporate_number="")
        further = linked(first, "more_services")
        choose_services(actor=further.actor, application_id=further.application.id, services={"line_pay"})
        Application.objects.filter(id=further.application.id).update(state="submitted")
        further.application.items.update(state="submitted")
        for desk in (first, further):
            confirm_proposal(actor=CHECKER, proposal_id=propose_acceptance(desk).id)

        assert first.again().organisation == further.again().organisation
        assert place_of(first).place == place_of(further).place

    def test_two_without_a_number_are_two(self):
        first = sent("business", places=[SHOP])
        second = sent("business", places=[SHOP])
        Application.objects.update(corporate_number="")
        for desk in (first, second):
            confirm_proposal(actor=CHECKER, proposal_id=propose_acceptance(desk).id)

        assert first.again().organisation != second.again().organisation


class TestPlaces:
    def test_a_place_is_entered_with_all_that_was_told_of_it(self):
        place = place_of(accepted(places=[place_facts(phone="0422451151", place_class="other")])).place

        assert (
            place.name,
            place.name_en,
            place.kind,
            place.place_class,
            place.postal_code,
            place.address,
            place.phone,
        ) == (
            "三鷹市役所 市民課",
            "Citizens Division",
            "division",
            "other",
            "1818555",
            "東京都三鷹市野崎1-1-1",
            "0422451151",
        )
        assert [purpose.code for purpose in place.purposes.all()] == ["certificate_fee"]
        assert Event.objects.filter(name="place.registered", subject=place.id).count() == 1

    def test_one_of_the_same_name_that_has_no_address_yet_is_the_same(self, towns):
        """The demo's places were entered without addresses: they keep their codes and their payments."""
        mill = next(place for place in towns.places if place.name == "富岡製糸場")

        desk = accepted(
            municipality_code=TOMIOKA,
            places=[place_facts("富岡製糸場", kind="facility", municipality_code=TOMIOKA)],
        )

        assert place_of(desk).place == mill

    def test_one_of_the_same_name_elsewhere_is_another(self):
        first = accepted("business", places=[SHOP])
        second = accepted(
            "business", places=[place_facts("豆腐店", kind="shop", purposes=(), address="東京都三鷹市下連雀1-1")]
        )

        assert place_of(first).place != place_of(second).place

    def test_two_of_one_application_are_two(self):
        """Ten buses of one name have ten codes."""
        desk = accepted(places=[place_facts("循環バス", kind="vehicle")] * 3)

        assert len(set(desk.application.places.values_list("place", flat=True))) == 3

    def test_a_place_that_was_closed_is_not_taken_up_again(self):
        first = accepted("business", places=[SHOP])
        Place.objects.filter(id=place_of(first).place_id).update(is_closed=True)

        assert place_of(accepted("business", places=[SHOP])).place_id != place_of(first).place_id


class TestTestRange:
    def test_in_a_demo_places_get_numbers_of_it_in_order(self, in_demo):
        desk = accepted(places=[place_facts("市民課"), place_facts("納税課")])
        for item in desk.application.items.filter(service="paypay").order_by("id"):
            approve_item(actor=provider_actor("paypay"), item_id=item.id, starts_on=today())

        assert [code_of(place).store_id for place in desk.application.places.order_by("position")] == [
            "0000000000001-0002-000001-000001",
            "0000000000001-0002-000002-000001",
        ]

    def test_a_second_service_joins_under_the_same_number(self, in_demo):
        desk = accepted()
        approve(desk, "paypay")
        approve(desk, "line_pay")

        assert StoreCode.objects.filter(principal=desk.application.organisation).count() == 1

    def test_elsewhere_they_wait_for_the_operators(self):
        desk = accepted()
        approve(desk)

        assert code_of(place_of(desk)) is None
        assert not KitOrder.objects.exists()


class TestImport:
    def test_a_number_is_given_to_its_place_and_what_was_approved_before_begins(self):
        desk = accepted("business", places=[SHOP])
        starts_on = today() + timedelta(days=3)
        approve(desk, "paypay", starts_on)
        place = place_of(desk)

        assert bring((place.id, NUMBER)) == (1, [])

        code = code_of(place)
        assert (code.store_id, code.merchant_name, code.city, code.mcc) == (
            NUMBER,
            "Citizens Division",
            "Mitaka",
            "5999",
        )
        assert [(row.service_id, row.starts_on) for row in Enrolment.objects.filter(code=code)] == [
            ("paypay", starts_on)
        ]
        assert [order.kind for order in KitOrder.objects.filter(place=place)] == ["first"]
        assert Event.objects.get(name="code.imported").facts == {"store_id": NUMBER}

    def test_also_what_was_approved_there_by_a_further_application(self):
        """J-21: the place is one, whoever's application it stands in."""
        first = accepted("business", places=[SHOP])
        further = linked(first, "more_services")
        choose_services(actor=further.actor, application_id=further.application.id, services={"line_pay"})
        Application.objects.filter(id=further.application.id).update(state="accepted")
        further.application.items.update(state="at_provider")
        approve(first, "paypay")
        approve(further, "line_pay")

        bring((place_of(first).id, NUMBER))

        assert set(Enrolment.objects.filter(code__store_id=NUMBER).values_list("service", flat=True)) == {
            "paypay",
            "line_pay",
        }

    def test_what_is_approved_after_it_begins_at_once(self):
        desk = accepted("business", places=[SHOP])
        bring((place_of(desk).id, NUMBER))

        approve(desk)

        assert Enrolment.objects.filter(code__store_id=NUMBER).count() == 1

    def test_the_same_file_twice_changes_nothing(self):
        desk = accepted("business", places=[SHOP])
        approve(desk)
        bring((place_of(desk).id, NUMBER))
        events = Event.objects.count()

        assert bring((place_of(desk).id, NUMBER)) == (0, [])
        assert Event.objects.count() == events

    def test_a_place_is_named_by_either_form_of_its_id(self):
        desk = accepted("business", places=[SHOP])

        assert bring((short_form(place_of(desk).id).lower(), NUMBER)) == (1, [])

    def test_each_fault_names_its_row_and_stops_no_other(self):
        good, numbered = accepted("business", places=[SHOP]), accepted(places=[place_facts()])
        waiting = sent("business", places=[place_facts("支店", kind="shop", purposes=())])
        stranger = new_id()
        bring((place_of(numbered).id, OTHER_NUMBER))

        taken, faults = bring(
            ("not an id", NUMBER),
            (stranger, NUMBER),
            (place_of(waiting).id, NUMBER),
            (place_of(good).id, "12345"),
            (place_of(good).id, OTHER_NUMBER),
            (place_of(numbered).id, NUMBER),
            (place_of(good).id, ""),
            (place_of(good).id, NUMBER),
        )

        assert taken == 1
        assert faults == [
            (2, "applied_place_unknown", NUMBER),
            (3, "applied_place_unknown", NUMBER),
            (4, "applied_place_not_accepted", NUMBER),
            (5, "store_id_malformed", "12345"),
            (6, "store_id_taken", OTHER_NUMBER),
            (7, "place_has_number", NUMBER),
            (8, "store_id_malformed", str(place_of(good).id)),
        ]
        assert code_of(place_of(good)).store_id == NUMBER

    def test_a_number_named_twice_goes_to_the_first(self):
        desk = accepted("business", places=[SHOP, place_facts("支店", kind="shop", purposes=())])
        one, two = desk.application.places.order_by("position")

        assert bring((one.id, NUMBER), (two.id, NUMBER)) == (1, [(3, "store_id_taken", NUMBER)])

    def test_only_the_office_brings_numbers(self):
        for actor in (ANONYMOUS, provider_actor("paypay"), begun().actor):
            with refused("not_allowed"):
                import_store_ids(actor=actor, numbers=[])


class TestEnding:
    def test_of_a_place_that_goes_on_with_others_the_code_stays_open(self, in_demo):
        desk = accepted()
        approve(desk, "paypay")
        approve(desk, "line_pay")

        end_enrolments([item_of(desk, "paypay")], today())

        code = code_of(place_of(desk))
        assert not code.is_closed
        assert dict(Enrolment.objects.filter(code=code).values_list("service", "ends_on")) == {
            "paypay": today(),
            "line_pay": None,
        }

    def test_ending_it_again_changes_nothing(self, in_demo, clock):
        desk = accepted()
        approve(desk, "paypay")
        end_enrolments([item_of(desk, "paypay")], today())
        ended, events = today(), Event.objects.count()
        clock.move(days=1)

        end_enrolments([item_of(desk, "paypay")], today())

        assert Enrolment.objects.get(code=code_of(place_of(desk))).ends_on == ended
        assert Event.objects.count() == events

    def test_a_place_without_a_number_has_nothing_to_end(self):
        desk = accepted()
        approve(desk, "paypay")

        end_enrolments([item_of(desk, "paypay")], today())

        assert not Event.objects.filter(name="enrolment.ended").exists()


def test_a_place_at_which_no_service_is_left_waits_for_no_number():
    """Asking the scheme's operator for it would be asking for a number that nobody uses."""
    desk = accepted(places=[place_facts("課一"), place_facts("課二")])
    for service, provider in (("paypay", "paypay"), ("line_pay", "line_pay")):
        refused_item = item_of(desk, service, desk.places[1])
        refuse_item(actor=provider_actor(provider), item_id=refused_item.id, reason="対象外です")

    assert [place.name for place in places_without_number(MAKER)] == ["課一"]
