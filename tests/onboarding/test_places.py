"""The places of an application and what each shall take: one by one, a whole sheet at once, and added later (J-21)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.core.ids import new_id
from madoguchi.events.models import Event
from madoguchi.onboarding import merging
from madoguchi.onboarding import places as placing
from madoguchi.onboarding.models import ApplicationPlace, Item
from madoguchi.onboarding.places import add_places, choose_services, put_place, remove_place
from madoguchi.onboarding.returning import return_application
from madoguchi.onboarding.submission import submit_application
from tests.conftest import refused
from tests.onboarding.conftest import (
    MAKER,
    begun,
    filled,
    place_facts,
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


class TestPut:
    def test_a_place_is_kept_with_the_services_it_shall_take(self):
        desk = begun()

        place = put(desk, place_facts(wished_on=date(2027, 1, 4), used_already=frozenset({"paypay"})))

        assert (place.position, place.name, place.municipality_id) == (1, "三鷹市役所 市民課", "13204")
        items = {item.service_id: item for item in place.items.all()}
        assert {code: (item.state, item.provider_id) for code, item in items.items()} == {
            "paypay": ("draft", "paypay"),
            "line_pay": ("draft", items["line_pay"].provider_id),
        }
        assert (items["paypay"].is_used_already, items["line_pay"].is_used_already) == (True, False)
        assert items["paypay"].wished_on == date(2027, 1, 4)
        assert desk.again().version == 1

    def test_it_is_tidied_as_people_write(self):
        place = put(begun(), place_facts(" 市民\n課 ", phone="０４２２-45-1151", postal_code="〒181-8555"))

        assert (place.name, place.phone, place.postal_code) == ("市民 課", "0422451151", "1818555")

    @pytest.mark.parametrize(
        ("wrong", "code", "field"),
        [
            ({"name": " \t"}, "field_missing", "name"),
            ({"name": "あ" * 81}, "field_wrong", "name"),
            ({"name": "=HYPERLINK(1)"}, "formula_in_cell", "name"),
            ({"name": " =1+1"}, "formula_in_cell", "name"),
            ({"remarks": "＠SUM(1)"}, "formula_in_cell", "remarks"),
            ({"phone": "=1+1"}, "field_wrong", "phone"),
            ({"phone": "12345"}, "field_wrong", "phone"),
            ({"postal_code": "abcdefg"}, "field_wrong", "postal_code"),
            ({"kind": "castle"}, "field_wrong", "kind"),
            ({"place_class": "castle"}, "field_wrong", "place_class"),
            ({"municipality_code": "99999"}, "municipality_unknown", "municipality_code"),
            ({"purposes": ("bribe",)}, "purpose_unknown", "purposes"),
            ({"services": frozenset({"barter"})}, "service_unknown", "services"),
            ({"used_already": frozenset({"barter"})}, "service_unknown", "services"),
        ],
    )
    def test_what_cannot_be_right_is_refused_with_its_field(self, wrong, code, field):
        desk = begun()

        with refused(code, field=field):
            put(desk, place_facts(**{"name": "市民課"} | wrong))

        assert not ApplicationPlace.objects.exists()
        assert desk.again().version == 0

    def test_a_number_from_abroad_is_a_phone_number(self):
        assert put(begun(), place_facts(phone="+81 422-45-1151")).phone == "+81422451151"

    def test_changing_it_keeps_its_id_and_what_is_still_wanted(self):
        desk = begun()
        place = put(desk, place_facts())
        kept = place.items.get(service="paypay")

        put(desk, place_facts("納税課", services=frozenset({"paypay", "au_pay"})), place_id=place.id)

        place.refresh_from_db()
        assert (place.name, services_of(place)) == ("納税課", {"paypay", "au_pay"})
        assert place.items.get(service="paypay").id == kept.id

    def test_a_wish_and_the_word_that_it_is_used_already_can_be_taken_back(self):
        """J-23."""
        desk = begun()
        place = put(desk, place_facts(wished_on=date(2027, 1, 4), used_already=frozenset({"paypay"})))

        put(desk, place_facts(), place_id=place.id)

        assert set(place.items.values_list("is_used_already", "wished_on")) == {(False, None)}

    def test_the_same_once_more_adds_no_second_place(self):
        """The answer was lost, so the form is sent once more with the version that it showed."""
        desk = begun()
        first = put(desk, place_facts(), version=0)

        again = put(desk, place_facts(), version=0)

        assert (again.id, desk.again().version, desk.application.places.count()) == (first.id, 1, 1)
        assert Event.objects.filter(name="application.place_put").count() == 1

    def test_the_same_change_once_more_changes_nothing(self):
        desk = begun()
        place = put(desk, place_facts())
        put(desk, place_facts("納税課"), place_id=place.id, version=1)

        put(desk, place_facts("納税課"), place_id=place.id, version=1)

        assert desk.again().version == 2

    def test_another_place_in_an_old_window_is_refused(self):
        desk = begun()
        put(desk, place_facts(), version=0)

        with refused("application_changed_elsewhere", version=1):
            put(desk, place_facts("納税課"), version=0)

        assert desk.application.places.count() == 1

    def test_two_places_may_be_alike_if_somebody_means_it(self):
        """Ten buses of one name are ten places."""
        desk = begun()
        for version in range(2):
            put(desk, place_facts("循環バス", kind="vehicle"), version=version)

        assert desk.application.places.count() == 2

    def test_a_place_of_another_application_is_unknown(self):
        desk, other = begun(), filled()

        with refused("applied_place_unknown"):
            put(desk, place_facts(), place_id=other.places[0].id)

    def test_what_was_sent_is_not_changed_any_more(self):
        desk = sent()

        with refused("application_not_open", state="submitted"):
            put(desk, place_facts("納税課"))


class TestAdd:
    def test_many_come_in_their_order_behind_those_that_are_there(self):
        desk = filled()

        made = add(desk, place_facts("納税課"), place_facts("図書館"))

        assert [(place.position, place.name) for place in made] == [(2, "納税課"), (3, "図書館")]
        assert Event.objects.get(name="application.places_added").facts == {"count": 2}

    def test_one_that_cannot_be_stored_keeps_all_out(self):
        desk = begun()

        with refused("field_missing", position=1, field="name"):
            add(desk, place_facts(), place_facts(" "))

        assert not desk.application.places.exists()

    def test_a_position_is_not_given_twice_but_gaps_do_not_count_against_the_limit(self, monkeypatch):
        monkeypatch.setattr(placing, "MAX_PLACES", 3)
        desk = begun()
        first, *_ = add(desk, *[place_facts(f"課{number}") for number in range(3)])
        remove_place(actor=desk.actor, application_id=desk.application.id, place_id=first.id)

        assert add(desk, place_facts("図書館"))[0].position == 4
        with refused("too_many_places", limit=3):
            add(desk, place_facts("体育館"))

    def test_a_sheet_that_an_old_window_sends_is_refused(self):
        desk = begun()
        add(desk, place_facts(), version=0)

        with refused("application_changed_elsewhere"):
            add(desk, place_facts(), version=0)

    def test_the_statements_do_not_grow_with_the_places(self):
        def statements(count):
            desk = begun()
            with CaptureQueriesContext(connection) as caught:
                add(desk, *[place_facts(f"課{number}") for number in range(count)])
            return len(caught)

        assert statements(30) == statements(2)


class TestRemove:
    def test_it_goes_with_its_items(self):
        desk = filled()

        remove_place(actor=desk.actor, application_id=desk.application.id, place_id=desk.places[0].id)

        assert not Item.objects.filter(application=desk.application).exists()

    def test_one_that_there_is_not_is_unknown(self):
        desk = filled()

        with refused("applied_place_unknown"):
            remove_place(actor=desk.actor, application_id=desk.application.id, place_id=new_id())

    def test_one_that_stands_for_others_stays(self):
        """P-29: ids that were given out keep leading somewhere."""
        desk, other = sent("business"), sent("business", places=[place_facts("支店")])
        merging.merge(MAKER, desk.places[0].id, other.places[0].id)
        return_application(actor=MAKER, application_id=desk.application.id, text="住所")

        with refused("merged_already"):
            remove_place(actor=desk.actor, application_id=desk.application.id, place_id=desk.places[0].id)

        assert desk.application.places.count() == 1


class TestChoose:
    def test_every_place_takes_exactly_these(self):
        """J-04: many services at once."""
        desk = filled(places=[place_facts("市民課"), place_facts("納税課", services=frozenset({"au_pay"}))])

        choose(desk, "au_pay", "paypay")

        assert [services_of(place) for place in desk.places] == [{"au_pay", "paypay"}] * 2
        assert Event.objects.get(name="application.services_chosen").facts == {"services": ["au_pay", "paypay"]}

    def test_what_was_told_of_a_service_that_stays_is_kept(self):
        desk = filled(places=[place_facts(used_already=frozenset({"paypay"}))])

        choose(desk, "paypay", "au_pay")

        assert desk.places[0].items.get(service="paypay").is_used_already

    def test_none_at_all_may_be_chosen_for_now(self):
        desk = filled()

        choose(desk)

        assert services_of(desk.places[0]) == set()

    def test_an_unknown_service_changes_nothing(self):
        desk = filled()

        with refused("service_unknown", services="barter"):
            choose(desk, "paypay", "barter")

        assert services_of(desk.places[0]) == {"paypay", "line_pay"}

    def test_an_old_window_is_refused(self):
        desk = filled()

        with refused("application_changed_elsewhere"):
            choose(desk, "paypay", version=0)

    def test_the_statements_do_not_grow_with_the_places(self):
        def statements(count):
            desk = filled(places=[place_facts(f"課{number}") for number in range(count)])
            with CaptureQueriesContext(connection) as caught:
                choose(desk, "paypay", "au_pay")
            return len(caught)

        assert statements(30) == statements(2)


class TestReturned:
    def test_services_may_be_chosen_anew_until_it_is_sent_again(self):
        desk = sent()
        return_application(actor=MAKER, application_id=desk.application.id, text="サービス")

        choose(desk, "au_pay")
        submit_application(actor=desk.actor, application_id=desk.application.id)

        assert list(desk.application.items.values_list("service", "state")) == [("au_pay", "submitted")]
