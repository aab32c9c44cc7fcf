"""GET /api/v1/provider/places: new and changed places in the order of their changes; none is skipped."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from madoguchi.people.access import system_actor
from madoguchi.registry.actions import enrol
from madoguchi.registry.models import Place, Service, StoreCode

pytestmark = pytest.mark.django_db


def page(provider: Any, **query: Any) -> dict[str, Any]:
    answer = provider.get("places", **{key: str(value) for key, value in query.items()})
    assert answer.status_code == 200
    return answer.json()


def everything(provider: Any, limit: int) -> list[str]:
    """Store identifiers, reading page by page from the beginning."""
    found, cursor = [], ""
    while True:
        read = page(provider, cursor=cursor, limit=limit)
        found += [row["store_id"] for row in read["places"]]
        cursor = read["next_cursor"]
        if not read["has_more"]:
            return found


def change(place: Place) -> StoreCode:
    code = StoreCode.objects.get(place=place)
    return enrol(
        actor=system_actor("test"), code=code, service=Service.objects.get(code="paypay"), starts_on=date(2027, 4, 1)
    ).code


def test_a_place_is_told_with_all_that_a_provider_needs(provider, mill):
    [row] = [row for row in page(provider)["places"] if row["name"] == "富岡製糸場"]

    code = StoreCode.objects.get(place=mill)
    assert row == {
        "place_id": str(mill.id),
        "store_id": code.store_id,
        "name": "富岡製糸場",
        "name_en": "Tomioka Silk Mill",
        "municipality_code": "10210",
        "principal": "群馬県富岡市",
        "place_class": "fixed",
        "state": "active",
        "services": ["paypay"],
        "changed_at": code.changed_at.isoformat(),
    }


@pytest.mark.parametrize("limit", [1, 5, 12, 1_000])
def test_every_place_comes_once_whatever_the_size_of_a_page(provider, towns, limit):
    found = everything(provider, limit)

    assert len(found) == len(set(found)) == 12
    assert set(found) == set(StoreCode.objects.values_list("store_id", flat=True))


def test_a_page_says_whether_there_is_more(provider, towns):
    first = page(provider, limit=11)
    assert (len(first["places"]), first["has_more"]) == (11, True)

    last = page(provider, limit=11, cursor=first["next_cursor"])
    assert (len(last["places"]), last["has_more"]) == (1, False)


def test_at_the_end_there_is_nothing_until_something_changes(provider, mill):
    end = page(provider)["next_cursor"]
    assert page(provider, cursor=end) == {"places": [], "next_cursor": end, "has_more": False}

    changed = change(mill)

    after = page(provider, cursor=end)
    assert [row["store_id"] for row in after["places"]] == [changed.store_id]
    assert int(after["next_cursor"]) == changed.change_number > int(end)


def test_a_place_that_changes_while_one_reads_comes_again_at_the_end(provider, mill):
    first = page(provider, limit=11)
    code = change(mill)

    rest = page(provider, cursor=first["next_cursor"])["places"]

    assert rest[-1]["store_id"] == code.store_id
    assert len(rest) == 2


def test_a_closed_place_is_told_of_as_closed(provider, mill):
    Place.objects.filter(id=mill.id).update(is_closed=True)

    [row] = [row for row in page(provider)["places"] if row["place_id"] == str(mill.id)]
    assert row["state"] == "closed"


def test_a_provider_without_enrolments_sees_none(towns):
    from tests.api.conftest import Signer

    assert page(Signer("rakuten_card"))["places"] == []


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "９", "9" * 19, "\x00"])
def test_a_cursor_that_was_never_given_out_is_refused(provider, cursor):
    answer = provider.get("places", cursor=cursor)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "cursor_wrong")


@pytest.mark.parametrize(("limit", "count"), [(0, 1), (-5, 1), (100_000, 12)])
def test_a_limit_out_of_range_is_the_nearest_that_is_allowed(provider, towns, limit, count):
    assert len(page(provider, limit=limit)["places"]) == count


def test_only_a_signed_request_is_answered(provider):
    answer = provider.client.get("/api/v1/provider/places")

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "signature_missing")
