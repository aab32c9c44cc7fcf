"""What ends, what is corrected, and what stands for what: codes and their payments stay (P-28, P-29)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.events.models import Delivery, Event
from madoguchi.people.access import ANONYMOUS, provider_actor, system_actor
from madoguchi.registry.actions import assign_code, enrol
from madoguchi.registry.closing import correct_place, end_services, merge_place, resolve_place, unmerge_place
from madoguchi.registry.models import Enrolment, Place, Service, StoreCode
from madoguchi.registry.places import NewPlace, register_places
from madoguchi.registry.queries import changed_codes, place_row
from tests.conftest import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TEST = system_actor("test")
DAY = timedelta(days=1)


@pytest.fixture
def tomioka(towns):
    return towns.towns["10210"]


def place(tomioka, name="公園") -> Place:
    new = NewPlace(kind="facility", name=name, name_en="Park", municipality_code="10210", purposes=("certificate_fee",))
    return register_places(actor=TEST, operator=tomioka, places=[new])[0]


@pytest.fixture
def park(tomioka) -> Place:
    return place(tomioka)


@pytest.fixture
def code(park, tomioka) -> StoreCode:
    """A code that takes two services; nothing is in the outbox."""
    code = assign_code(
        actor=TEST,
        place=park,
        principal=tomioka,
        store_id="0000000000001-0001-000099-000001",
        merchant_name="Park",
        city="Tomioka",
        mcc="9399",
    )
    for service in ("paypay", "au_pay"):
        enrol(actor=TEST, code=code, service=Service.objects.get(code=service), starts_on=today() - DAY)
    Delivery.objects.all().delete()
    return code


def end(code, *services, ends_on=None):
    return end_services(actor=TEST, ending=[(code.id, service) for service in services], ends_on=ends_on or today())


def told():
    return {(row.destination, tuple(row.data["services"]), row.data["state"]) for row in Delivery.objects.all()}


class TestEnding:
    def test_a_service_ends_and_the_others_go_on(self, code):
        assert end(code, "paypay") == 1

        code.refresh_from_db()
        assert dict(Enrolment.objects.filter(code=code).values_list("service", "ends_on")) == {
            "paypay": today(),
            "au_pay": None,
        }
        assert not code.is_closed
        assert Event.objects.get(name="enrolment.ended").facts == {"service": "paypay", "ends_on": str(today())}

    def test_its_provider_hears_that_it_is_no_longer_among_its_services(self, code):
        end(code, "paypay")

        assert told() == {("paypay", (), "active"), (provider_of("au_pay"), ("au_pay",), "active")}

    def test_with_the_last_one_the_code_is_closed_and_each_provider_hears_once(self, code):
        assert end(code, "paypay", "au_pay") == 2

        code.refresh_from_db()
        assert code.is_closed
        assert told() == {("paypay", (), "closed"), (provider_of("au_pay"), (), "closed")}
        assert Delivery.objects.count() == 2
        assert Event.objects.filter(name="code.closed").count() == 1

    def test_it_comes_after_the_cursor_of_every_provider_that_had_it(self, code):
        cursor = max(StoreCode.objects.values_list("change_number", flat=True))

        end(code, "paypay", "au_pay")

        (changed,) = changed_codes("paypay", after=cursor, limit=10)
        assert place_row(changed, "paypay")["state"] == "closed"

    def test_what_ended_before_stays_as_it_was(self, code, clock):
        end(code, "paypay")
        ended = today()
        clock.move(days=3)
        Delivery.objects.all().delete()

        assert end(code, "paypay") == 0

        assert Enrolment.objects.get(code=code, service="paypay").ends_on == ended
        assert not Delivery.objects.exists()

    def test_a_provider_that_left_long_ago_hears_nothing_any_more(self, code, clock):
        end(code, "paypay")
        clock.move(days=3)
        Delivery.objects.all().delete()

        end(code, "au_pay")

        assert {destination for destination, _, _ in told()} == {provider_of("au_pay")}

    def test_one_that_ended_in_the_past_is_told_too(self, code):
        end(code, "paypay", ends_on=today() - DAY)

        assert ("paypay", (), "active") in told()

    def test_one_that_has_not_begun_never_does(self, code):
        enrol(actor=TEST, code=code, service=Service.objects.get(code="line_pay"), starts_on=today() + 9 * DAY)

        assert end(code, "line_pay") == 1

        row = Enrolment.objects.get(code=code, service="line_pay")
        assert row.ends_on < row.starts_on

    def test_a_service_that_it_does_not_take_changes_nothing(self, code):
        assert end(code, "line_pay") == 0
        assert not Delivery.objects.exists()

    def test_nobody_ends_anything_for_another(self, code):
        for actor in (ANONYMOUS, provider_actor("paypay")):
            with refused("not_allowed"):
                end_services(actor=actor, ending=[(code.id, "paypay")], ends_on=today())

    def test_many_codes_are_numbered_one_by_one(self, code, tomioka):
        others = []
        for number in range(3):
            other = assign_code(
                actor=TEST,
                place=place(tomioka, f"公園{number}"),
                principal=tomioka,
                store_id=f"0000000000001-0001-00009{number}-000001",
                merchant_name="Park",
                city="Tomioka",
                mcc="9399",
            )
            enrol(actor=TEST, code=other, service=Service.objects.get(code="paypay"), starts_on=today())
            others.append(other)
        before = max(StoreCode.objects.values_list("change_number", flat=True))

        end_services(actor=TEST, ending=[(one.id, "paypay") for one in others], ends_on=today())

        numbers = StoreCode.objects.filter(id__in=[one.id for one in others]).values_list("change_number", flat=True)
        assert sorted(numbers) == [before + 1, before + 2, before + 3]


class TestBeginningAgain:
    def test_a_code_that_was_closed_for_want_of_services_opens_again(self, code):
        end(code, "paypay", "au_pay")
        code.refresh_from_db()

        enrol(actor=TEST, code=code, service=Service.objects.get(code="paypay"), starts_on=today())

        code.refresh_from_db()
        assert not code.is_closed
        assert Event.objects.filter(name="code.reopened").count() == 1

    def test_an_enrolment_of_the_same_first_day_goes_on(self, code):
        end(code, "paypay")

        enrol(actor=TEST, code=code, service=Service.objects.get(code="paypay"), starts_on=today() - DAY)

        assert Enrolment.objects.get(code=code, service="paypay").ends_on is None
        assert ("paypay", ("paypay",), "active") in told()


class TestCorrecting:
    """P-28."""

    def test_it_is_written_down_and_its_providers_hear(self, park, code):
        correct_place(actor=TEST, place_id=park.id, changes={"name": "中央公園", "phone": "0274621511"})

        park.refresh_from_db()
        assert (park.name, park.phone, park.name_en) == ("中央公園", "0274621511", "Park")
        assert {row.data["name"] for row in Delivery.objects.all()} == {"中央公園"}

    def test_the_log_says_which_fields_and_not_what_stood_there(self, park):
        """A sole proprietor's shop may be somebody's home, and the log is kept for ever."""
        correct_place(actor=TEST, place_id=park.id, changes={"address": "富岡市富岡1460-1"})

        assert Event.objects.get(name="place.corrected").facts == {"fields": ["address"]}

    def test_only_what_may_be_corrected_is(self, park):
        with refused("field_unknown", field="is_closed"):
            correct_place(actor=TEST, place_id=park.id, changes={"is_closed": "1"})

    def test_a_place_that_there_is_not_is_unknown(self):
        with refused("place_unknown"):
            correct_place(actor=TEST, place_id=new_id(), changes={"name": "x"})


class TestMerging:
    """P-29: one pin."""

    def test_what_stands_for_a_place_is_found_through_any_number_of_merges(self, tomioka):
        one, two, three = (place(tomioka, name) for name in "一二三")

        merge_place(actor=TEST, place_id=three.id, into_id=two.id)
        merge_place(actor=TEST, place_id=two.id, into_id=one.id)

        assert [resolve_place(each.id) for each in (one, two, three)] == [one] * 3

    def test_no_place_ever_stands_for_itself(self, tomioka):
        one, two, three = (place(tomioka, name) for name in "一二三")
        merge_place(actor=TEST, place_id=three.id, into_id=two.id)
        merge_place(actor=TEST, place_id=two.id, into_id=one.id)

        merge_place(actor=TEST, place_id=one.id, into_id=three.id)
        merge_place(actor=TEST, place_id=one.id, into_id=one.id)

        assert [resolve_place(each.id) for each in (one, two, three)] == [one] * 3
        assert Event.objects.filter(name="place.merged").count() == 2

    def test_merging_one_that_is_merged_takes_the_others_along(self, tomioka):
        one, two, three = (place(tomioka, name) for name in "一二三")
        merge_place(actor=TEST, place_id=two.id, into_id=one.id)

        merge_place(actor=TEST, place_id=two.id, into_id=three.id)

        assert [resolve_place(each.id) for each in (one, two, three)] == [three] * 3

    def test_it_can_be_taken_back_once(self, tomioka):
        one, two = place(tomioka, "一"), place(tomioka, "二")
        merge_place(actor=TEST, place_id=two.id, into_id=one.id)

        for _ in range(2):
            unmerge_place(actor=TEST, place_id=two.id)

        assert resolve_place(two.id) == two
        assert Event.objects.filter(name="place.unmerged").count() == 1

    def test_only_the_office_merges(self, tomioka, park):
        for act in (
            lambda: merge_place(actor=ANONYMOUS, place_id=park.id, into_id=park.id),
            lambda: unmerge_place(actor=ANONYMOUS, place_id=park.id),
        ):
            with refused("not_allowed"):
                act()

    def test_a_place_that_there_is_not_is_unknown(self):
        with refused("place_unknown"):
            resolve_place(new_id())


class TestManyPlaces:
    def test_they_are_entered_in_their_order_with_their_purposes(self, tomioka):
        new = [
            NewPlace("facility", name, "Park", "10210", purposes=("certificate_fee", "certificate_fee"))
            for name in "一二三"
        ]

        made = register_places(actor=TEST, operator=tomioka, places=new, is_demo=True)

        assert [row.name for row in Place.objects.filter(id__in=[row.id for row in made]).order_by("id")] == [*"一二三"]
        assert [[purpose.code for purpose in row.purposes.all()] for row in made] == [["certificate_fee"]] * 3
        assert {(row.operator, row.is_demo) for row in made} == {(tomioka, True)}
        assert Event.objects.filter(name="place.registered", subject__in=[str(row.id) for row in made]).count() == 3

    def test_one_unknown_purpose_keeps_all_out(self, tomioka):
        before = Place.objects.count()
        new = [NewPlace("facility", "一", "Park", "10210", purposes=purposes) for purposes in ((), ("x",))]

        with refused("purpose_unknown", purposes="x"):
            register_places(actor=TEST, operator=tomioka, places=new)

        assert Place.objects.count() == before

    def test_nobody_enters_places_for_another(self, tomioka):
        with refused("not_allowed"):
            register_places(actor=ANONYMOUS, operator=tomioka, places=[])


def provider_of(service: str) -> str:
    return Service.objects.get(code=service).provider_id


def test_a_service_that_ends_later_is_still_among_its_providers_services(code):
    Enrolment.objects.filter(code=code, service="paypay").update(ends_on=today() + DAY)

    assert place_row(code, "paypay")["services"] == ["paypay"]
