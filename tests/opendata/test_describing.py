"""Telling visitors where a place stands and how it is reached, one by one or from a table (P-27, P-31)."""

from __future__ import annotations

from typing import Any

import pytest

from madoguchi.events.models import Event
from madoguchi.opendata.demo import describe_demo
from madoguchi.opendata.describing import describe, describe_from_table
from madoguchi.opendata.models import PublishedPlace
from madoguchi.registry.models import StoreCode
from tests.conftest import actor_named, refused

pytestmark = pytest.mark.django_db
HEAD = "store_id,latitude,longitude,hours,hours_en,access"


def store_of(place: Any) -> str:
    return StoreCode.objects.get(place=place).store_id


def test_a_table_tells_of_many_places_and_bad_rows_come_back(shop: Any, worker: Any) -> None:
    good, bad = shop("良い店"), shop("行の悪い店")
    rows = [
        HEAD,
        f"{store_of(good)},36.2553,138.8876,9時から,9 am,step_free;parking",
        f"{store_of(bad)},138.8876,36.2553,,,",
        "unknown,36.0,138.0,,,",
        f"{store_of(bad)},north,138.0,,,",
        f"{store_of(bad)},36.0,138.0,,,moon_lift",
    ]

    told = describe_from_table(actor=worker, lines=rows)

    assert told.taken == 1
    assert [(row.line, row.code) for row in told.bad] == [
        (3, "position_outside_japan"),
        (4, "place_unknown"),
        (5, "position_incomplete"),
        (6, "access_unknown"),
    ]
    shown = PublishedPlace.objects.get(place_id=good.id)
    assert (shown.latitude, shown.hours, shown.access) == (36.2553, "9時から", ["step_free", "parking"])
    bad.refresh_from_db()
    assert (bad.latitude, bad.hours, bad.access) == (None, "", [])


def test_an_empty_cell_changes_nothing(shop: Any, worker: Any) -> None:
    place = shop(hours="9時から", latitude=36.0, longitude=138.0)

    describe_from_table(actor=worker, lines=[HEAD, f"{store_of(place)},36.1,138.1,,,"])

    place.refresh_from_db()
    assert (place.hours, place.latitude, place.longitude) == ("9時から", 36.1, 138.1)


def test_a_table_without_its_columns_is_refused(worker: Any) -> None:
    with refused("columns_missing", missing="latitude, longitude"):
        describe_from_table(actor=worker, lines=["store_id,hours", "1,9"])


def test_saying_the_same_again_is_no_event(shop: Any, worker: Any) -> None:
    place = shop()
    told = {"hours": "9時から", "hours_en": "", "access": [], "latitude": None, "longitude": None}
    describe(actor=worker, place_id=place.id, **told)
    describe(actor=worker, place_id=place.id, **told)

    assert Event.objects.filter(name="place.described").count() == 1


def test_another_towns_administrator_may_not(shop: Any, mill: Any) -> None:
    with refused("not_allowed"):
        describe(
            actor=actor_named("accountant-yasuoka"),
            place_id=mill.id,
            hours="",
            hours_en="",
            access=[],
            latitude=None,
            longitude=None,
        )


def test_the_demos_counters_are_described_once(worker: Any, mill: Any) -> None:
    assert describe_demo(worker) == 12
    assert describe_demo(worker) == 0
    mill.refresh_from_db()
    assert (mill.latitude, mill.hours) == (36.2553, "9時～17時（水曜日を除く）")
