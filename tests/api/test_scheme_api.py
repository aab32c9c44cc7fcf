"""The scheme's operator asks which places wait for a store number, and brings those it issued."""

from __future__ import annotations

import json
from datetime import timedelta
from time import time
from typing import Any

import pytest
from django.test import Client

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.gateways.signing import signed_headers
from madoguchi.onboarding.provider_desk import approve_item
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.registry.actions import issue_key
from madoguchi.registry.models import Enrolment, Provider, StoreCode
from tests.onboarding.conftest import accepted

pytestmark = pytest.mark.django_db
REAL = "1234567890123-0001-000123-000001"
ADDRESS = "/api/v1/scheme/store-ids"


class Caller:
    """A party with a key of its own."""

    def __init__(self, code: str) -> None:
        self.key = issue_key(actor=system_actor("test"), provider=Provider.objects.get(code=code), direction="inbound")

    def post(self, rows: Any) -> Any:
        body = json.dumps(rows).encode()
        headers = signed_headers(self.key.key_id, self.key.secret, body, now=int(time()))
        return Client().post(ADDRESS, body, content_type="application/json", headers=headers)

    def waiting(self, cursor: str = "") -> Any:
        headers = signed_headers(self.key.key_id, self.key.secret, b"", now=int(time()))
        return Client().get(f"/api/v1/scheme/places?cursor={cursor}", headers=headers)


@pytest.fixture
def scheme(towns: Any) -> Caller:
    return Caller("jpqr_scheme")


def test_a_number_lets_the_place_take_what_was_approved_before_it_came(scheme):
    """J-01: nothing is printed as real without a number of the operator's; with it, the approved service begins."""
    desk = accepted()
    item = desk.application.items.get(service="paypay")
    starts_on = today() + timedelta(days=10)
    approve_item(actor=provider_actor("paypay"), item_id=item.id, starts_on=starts_on)
    place = desk.places[0]
    assert [row["place_id"] for row in scheme.waiting().json()["places"]] == [str(place.id)]
    assert not StoreCode.objects.filter(store_id=REAL).exists()

    answer = scheme.post([{"place_id": str(place.id), "store_id": REAL}])

    assert (answer.status_code, answer.json()) == (200, {"taken": 1, "faults": []})
    enrolment = Enrolment.objects.get(code__store_id=REAL)
    assert (enrolment.service_id, enrolment.starts_on) == ("paypay", starts_on)
    assert scheme.waiting().json() == {"places": [], "next_cursor": "", "has_more": False}


def test_bad_rows_come_back_and_good_ones_are_taken(scheme):
    place = accepted().places[0]
    rows = [
        {"place_id": str(new_id()), "store_id": REAL},
        {"place_id": str(place.id), "store_id": "12-34"},
        {"place_id": str(place.id), "store_id": REAL},
    ]

    answer = scheme.post(rows).json()

    assert answer["taken"] == 1
    assert [(fault["position"], fault["code"]) for fault in answer["faults"]] == [
        (0, "applied_place_unknown"),
        (1, "store_id_malformed"),
    ]


def test_the_same_rows_twice_are_taken_once(scheme):
    place = accepted().places[0]
    rows = [{"place_id": str(place.id), "store_id": REAL}]

    assert scheme.post(rows).json() == {"taken": 1, "faults": []}
    assert scheme.post(rows).json() == {"taken": 0, "faults": []}
    assert StoreCode.objects.filter(store_id=REAL).count() == 1


def test_a_provider_issues_no_store_numbers(towns):
    place = accepted().places[0]
    stranger = Caller("paypay")

    assert stranger.post([{"place_id": str(place.id), "store_id": REAL}]).status_code == 403
    assert stranger.waiting().status_code == 403
    assert not StoreCode.objects.filter(store_id=REAL).exists()


@pytest.mark.parametrize(
    ("rows", "status", "code"),
    [
        ([], 422, "field_wrong"),
        ([{"place_id": "x"}], 422, "field_missing"),
        ([{"place_id": "x", "store_id": "y"}] * 1001, 413, "batch_too_large"),
    ],
)
def test_a_body_that_cannot_be_taken_is_answered_with_why(scheme, rows, status, code):
    answer = scheme.post(rows)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_cursor_that_was_never_given_out_is_refused(scheme):
    assert scheme.waiting("7").json()["error"]["code"] == "cursor_wrong"
