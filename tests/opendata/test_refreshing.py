"""When what is published is made anew: the map soon after a change, figures and files once a day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from madoguchi.opendata import refreshing
from madoguchi.opendata.models import PublishedPlace, PublishedTable, Snapshot
from madoguchi.opendata.places import publish_all
from madoguchi.opendata.tiles import refresh_tiles, versions

pytestmark = pytest.mark.django_db


def test_everything_is_made_the_first_time(shop: Any, worker: Any) -> None:
    shop(latitude=36.2560, longitude=138.8890)
    assert refreshing.is_daily_due()

    made = refreshing.refresh_all(actor=worker)

    assert PublishedPlace.objects.filter(name="製糸場前カフェ").exists()
    assert sorted(PublishedTable.objects.values_list("name", flat=True)) == ["applications", "registrations"]
    assert [made["map"]] == versions()
    assert set(Snapshot.objects.values_list("dataset", flat=True)) == set(made) - {"map"}
    assert not refreshing.is_daily_due()


def test_the_daily_files_are_due_at_four_in_the_morning_in_japan(shop: Any, worker: Any, clock: Any) -> None:
    clock.move_to(datetime(2026, 11, 20, 18, 59, tzinfo=UTC))  # 03:59 on the 21st
    refreshing.refresh_all(actor=worker)
    assert not refreshing.is_daily_due()

    clock.move(minutes=2)

    assert refreshing.is_daily_due()


def test_a_dataset_that_cannot_be_made_keeps_no_other_from_being_made(
    worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "load_published", list)

    made = refreshing.refresh_all(actor=worker)

    assert made["applications-2019"].startswith("(published_table_unknown")
    assert made["places"] == Snapshot.objects.get(dataset="places").version


def test_the_map_is_due_ten_minutes_after_it_was_looked_at_if_places_changed(
    shop: Any, worker: Any, clock: Any
) -> None:
    publish_all()
    refresh_tiles(actor=worker)
    assert not refreshing.is_map_due()
    clock.move(minutes=1)
    shop()
    publish_all()
    assert not refreshing.is_map_due()

    clock.move(minutes=9)
    assert refreshing.is_map_due()
    assert refresh_tiles(actor=worker) is not None

    clock.move(minutes=30)
    assert not refreshing.is_map_due()


def test_a_map_without_any_place_published_is_not_due() -> None:
    assert not refreshing.is_map_due()
