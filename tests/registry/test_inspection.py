"""A sticker found on a counter, judged by whose counter it is (P-33, H-24, J-27)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.jpqr import StoreId, new_key, sign, static_payload
from madoguchi.people.access import system_actor
from madoguchi.registry.codes import payload_of
from madoguchi.registry.inspection import CheckedCode, inspect_at_place, inspect_for_town
from madoguchi.registry.models import Place, StoreCode
from madoguchi.registry.signing import issue_signing_key, revoke_signing_key, signing_key_of

pytestmark = pytest.mark.django_db
OFFICE = system_actor("test")


@pytest.fixture
def tomioka(towns: Any) -> Any:
    return towns.towns["10210"]


@pytest.fixture
def code(mill: Any) -> StoreCode:
    return StoreCode.objects.get(place=mill)


def text_of(store_id: str, name: str = "富岡製糸場") -> str:
    """An unsigned code that anybody could print."""
    facts = {"merchant_name": "SILK MILL", "city": "TOMIOKA", "postal_code": "3702392", "mcc": "7991"}
    return static_payload(store_id=StoreId.parse(store_id), local_name=name, **facts)


def verdict(found: list[CheckedCode]) -> str:
    assert len(found) == 1
    return found[0].inspection.verdict


def test_the_towns_own_sticker_is_genuine_with_its_place_and_signer(code, tomioka, mill):
    found = inspect_for_town([payload_of(code)], tomioka)

    assert verdict(found) == "genuine"
    assert (found[0].code, found[0].signer.organisation, found[0].is_signing) == (code, tomioka, True)
    assert verdict(inspect_at_place([payload_of(code)], mill)) == "genuine"


def test_the_same_number_unsigned_is_told_from_it(code, tomioka):
    found = inspect_for_town([text_of(code.store_id)], tomioka)

    assert (verdict(found), found[0].inspection.severity, found[0].code) == ("unsigned", "warning", code)
    assert found[0].signer is None


def test_a_strangers_sticker_is_another_store_and_none_of_ours(tomioka):
    found = inspect_for_town([text_of("1234567890123-0001-000001-000001")], tomioka)

    assert (verdict(found), found[0].inspection.severity, found[0].code) == ("unsigned", "bad", None)
    assert found[0].inspection.has("another_store")


def test_a_stranger_who_signs_our_number_is_not_trusted(code, tomioka):
    found = inspect_for_town([sign(text_of(code.store_id), new_key())], tomioka)

    assert (verdict(found), found[0].signer) == ("unknown_key", None)


def test_another_towns_key_does_not_vouch_for_ours(code, tomioka, towns):
    """Each town's codes are its own: a leak in one must not make stickers for all."""
    other = towns.towns["20403"]
    found = inspect_for_town([sign(text_of(code.store_id), signing_key_of(other.id))], tomioka)

    assert (verdict(found), found[0].signer.organisation) == ("unknown_key", other)


def test_at_a_place_another_of_the_towns_own_codes_does_not_belong(code, tomioka, mill):
    elsewhere = StoreCode.objects.filter(principal=tomioka).exclude(place=mill).first()

    found = inspect_at_place([payload_of(elsewhere)], mill)

    assert (verdict(found), found[0].code) == ("another_store", elsewhere)
    assert verdict(inspect_for_town([payload_of(elsewhere)], tomioka)) == "genuine"


def test_a_place_with_two_principals_has_two_good_stickers(towns):
    """J-27, J-28, H-24: each with its own key; the village and the operator both know them."""
    codes = StoreCode.objects.filter(place=towns.post_office)
    texts = [payload_of(code) for code in codes]

    for found in (
        inspect_at_place(texts, towns.post_office),
        inspect_for_town(texts, towns.post_office_operator),
    ):
        assert [one.inspection.verdict for one in found] == ["genuine", "genuine"]
    of_village = inspect_for_town(texts, towns.towns["20414"])
    assert {one.code.principal: one.inspection.verdict for one in of_village} == {
        towns.towns["20414"]: "genuine",
        towns.post_office_operator: "unknown_key",
    }


def test_the_sticker_of_a_closed_code_or_place_does_not_belong_any_more(code, tomioka, mill):
    text = payload_of(code)
    StoreCode.objects.filter(id=code.id).update(is_closed=True)
    found = inspect_for_town([text], tomioka)
    assert (verdict(found), found[0].code.is_closed) == ("another_store", True)

    StoreCode.objects.filter(id=code.id).update(is_closed=False)
    Place.objects.filter(id=mill.id).update(is_closed=True)
    assert verdict(inspect_at_place([text], mill)) == "another_store"


def test_what_a_retired_key_signed_stays_good_and_what_a_revoked_one_signed_does_not(code, tomioka):
    text, key_id = payload_of(code), signing_key_of(tomioka.id).key_id
    issue_signing_key(actor=OFFICE, organisation_id=tomioka.id)
    assert verdict(inspect_for_town([text], tomioka)) == "genuine"

    revoke_signing_key(actor=OFFICE, key_id=key_id, reason="lost")
    found = inspect_for_town([text], tomioka)
    assert (verdict(found), found[0].signer.revoked_at is not None) == ("unknown_key", True)
    assert verdict(inspect_for_town([payload_of(code)], tomioka)) == "genuine"


def test_a_town_without_a_key_is_known_not_to_sign(code, tomioka):
    revoke_signing_key(actor=OFFICE, key_id=signing_key_of(tomioka.id).key_id, reason="lost")

    found = inspect_for_town([payload_of(code)], tomioka)

    assert (verdict(found), found[0].is_signing) == ("unsigned", False)


def test_many_codes_take_no_more_queries_than_one(tomioka):
    texts = [payload_of(code) for code in StoreCode.objects.filter(principal=tomioka).select_related("place")]
    with CaptureQueriesContext(connection) as one:
        inspect_for_town(texts[:1], tomioka)
    with CaptureQueriesContext(connection) as all_five:
        found = inspect_for_town([*texts, *texts, "junk"], tomioka)

    assert len(found) == 6
    assert len(all_five) == len(one)
