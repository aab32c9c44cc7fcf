"""What a store code says on screen and on paper: the same text, signed by whoever's money it is (J-01, J-27, P-33)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.core.clock import now
from madoguchi.jpqr import PayloadError, StoreId, decode, read_jpqr, signature_state
from madoguchi.jpqr.conditions import conditions_of
from madoguchi.people.access import system_actor
from madoguchi.registry.codes import codes_of_town, payload_of, sticker_of, stickers_of, stickers_of_town
from madoguchi.registry.models import Enrolment, Organisation, Place, StoreCode
from madoguchi.registry.signing import retire_signing_key, signing_key_of, trusted_keys

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture
def tomioka(towns: Any) -> Organisation:
    return towns.towns["10210"]


@pytest.fixture
def code(mill: Any) -> StoreCode:
    return StoreCode.objects.get(place=mill)


def state_of(text: str) -> str:
    return signature_state(decode(text), trusted_keys())


def add_places(town: Organisation, count: int, **changes: Any) -> list[StoreCode]:
    """So many further open places of a town, each with a code that takes PayPay."""
    first = StoreCode.objects.latest("change_number").change_number + 1
    facts = {"operator": town, "kind": "facility", "municipality_id": "10210", "postal_code": "3702392"} | changes
    places = Place.objects.bulk_create(
        [Place(name=f"集会所{i:04}", name_en=f"Hall {i}", **facts) for i in range(count)]
    )
    codes = StoreCode.objects.bulk_create(
        [
            StoreCode(
                store_id=f"0000000000001-0009-{i:06}-000001",
                place=place,
                principal=town,
                merchant_name=f"Hall {i}",
                city="Tomioka",
                mcc="9399",
                change_number=first + i,
                changed_at=now(),
            )
            for i, place in enumerate(places)
        ]
    )
    rows = [Enrolment(code=code, service_id="paypay", starts_on=date(2020, 6, 1)) for code in codes]
    Enrolment.objects.bulk_create(rows)
    return codes


class TestPayload:
    def test_it_names_the_place_and_is_signed_by_its_principal(self, code, tomioka):
        text = payload_of(code)

        said = read_jpqr(text)
        assert (said.store_id.text, said.local_name, said.initiation) == (code.store_id, "富岡製糸場", "static")
        assert conditions_of(decode(text)).key_id == signing_key_of(tomioka.id).key_id
        assert state_of(text) == "genuine"

    def test_it_is_the_same_each_time_so_that_screen_and_paper_agree(self, code):
        assert payload_of(code) == payload_of(code) == sticker_of(code, TODAY).payload

    def test_without_a_live_key_it_says_the_same_unsigned(self, code, tomioka):
        signed = payload_of(code)
        retire_signing_key(actor=system_actor("test"), key_id=signing_key_of(tomioka.id).key_id)

        assert state_of(payload_of(code)) == "unsigned"
        assert read_jpqr(payload_of(code)) == read_jpqr(signed)
        assert state_of(signed) == "genuine"

    def test_at_one_place_each_principal_signs_its_own(self, towns):
        """J-27, J-28."""
        for code in StoreCode.objects.filter(place=towns.post_office):
            key = signing_key_of(code.principal_id)
            assert conditions_of(decode(payload_of(code))).key_id == key.key_id
            assert signature_state(decode(payload_of(code)), {key.key_id: key.public}) == "genuine"

    def test_facts_that_make_no_code_are_refused(self, code):
        code.place.postal_code = ""

        with pytest.raises(PayloadError):
            payload_of(code)


class TestSticker:
    def test_it_carries_the_places_facts_and_the_services_of_the_day(self, code):
        Enrolment.objects.filter(code=code, service="line_pay").update(ends_on=date(2026, 11, 19))

        sticker = sticker_of(code, TODAY)

        assert sticker.place_name == "富岡製糸場"
        assert (sticker.municipality, sticker.municipality_en) == ("群馬県富岡市", "Tomioka City, Gunma")
        assert sticker.store_id == StoreId.parse(code.store_id)
        assert list(sticker.services) == ["PayPay", "au PAY"]
        assert (sticker.postal_code, sticker.organisation) == ("3702392", "群馬県富岡市")
        assert "LINE Pay" in sticker_of(code, date(2026, 11, 19)).services

    def test_a_towns_stickers_are_those_of_its_open_codes_at_open_places(self, tomioka, code, towns):
        before = {sticker.store_id.text for sticker in stickers_of_town(tomioka.id, TODAY)}
        assert before == set(StoreCode.objects.filter(principal=tomioka).values_list("store_id", flat=True))
        closed, at_closed = StoreCode.objects.filter(principal=tomioka).exclude(id=code.id)[:2]
        StoreCode.objects.filter(id=closed.id).update(is_closed=True)
        Place.objects.filter(id=at_closed.place_id).update(is_closed=True)

        left = {sticker.store_id.text for sticker in stickers_of_town(tomioka.id, TODAY)}

        assert left == before - {closed.store_id, at_closed.store_id}

    def test_what_the_post_office_takes_for_the_village_is_printed_by_the_village(self, towns):
        """H-24: the sticker goes to whoever runs the place."""
        sticker = stickers_of_town(towns.towns["20414"].id, TODAY)[0]

        assert (sticker.place_name, sticker.organisation) == (towns.post_office.name, towns.post_office_operator.name)

    def test_a_thousand_places_take_no_more_queries_than_five(self, tomioka):
        with CaptureQueriesContext(connection) as few:
            assert len(stickers_of_town(tomioka.id, TODAY)) == 5
        add_places(tomioka, 1_000)
        with CaptureQueriesContext(connection) as many:
            found = stickers_of_town(tomioka.id, TODAY)

        assert len(found) == 1_005
        assert len(many) == len(few) == 3
        assert all(state_of(sticker.payload) == "genuine" for sticker in found[::100])


class TestCodesOfTown:
    def states(self, tomioka: Organisation, **filters: Any) -> dict[str, str]:
        return {row.code.place.name: row.state for row in codes_of_town(tomioka.id, TODAY, **filters)}

    def test_each_code_says_whether_it_can_be_printed_and_why_not(self, tomioka):
        no_services, closed, closed_place, fine = add_places(tomioka, 4)
        nameless = add_places_without_postal_code(tomioka)
        Enrolment.objects.filter(code=no_services).update(ends_on=date(2026, 11, 19))
        StoreCode.objects.filter(id=closed.id).update(is_closed=True)
        Place.objects.filter(id=closed_place.place_id).update(is_closed=True)

        states = self.states(tomioka, words="集会所")

        assert states == {
            "集会所0000": "no_services",
            "集会所0001": "closed",
            "集会所0002": "closed",
            "集会所0003": "ready",
            "集会所なし": "facts_missing",
        }
        assert (fine.place.name, nameless.place.name) == ("集会所0003", "集会所なし")
        ready = stickers_of(codes_of_town(tomioka.id, TODAY, words="集会所"))
        assert [sticker.place_name for sticker in ready] == ["集会所0003"]

    def test_they_are_found_by_name_in_both_languages_and_by_number(self, tomioka, code):
        assert list(self.states(tomioka, words=" 製糸場 ")) == ["富岡製糸場"]
        assert list(self.states(tomioka, words="SILK MILL")) == ["富岡製糸場"]
        assert list(self.states(tomioka, words=code.store_id[-13:])) == ["富岡製糸場"]
        assert self.states(tomioka, words="泰阜") == {}
        assert len(self.states(tomioka)) == 5


def add_places_without_postal_code(town: Organisation) -> StoreCode:
    place = Place.objects.create(
        operator=town, kind="facility", name="集会所なし", name_en="Hall", municipality_id="10210", postal_code=""
    )
    code = StoreCode.objects.create(
        store_id="0000000000001-0009-900000-000001",
        place=place,
        principal=town,
        merchant_name="Hall",
        city="Tomioka",
        mcc="9399",
        change_number=StoreCode.objects.latest("change_number").change_number + 1,
        changed_at=now(),
    )
    Enrolment.objects.create(code=code, service_id="paypay", starts_on=date(2020, 6, 1))
    return code
