"""What is published of the registry: by consent, while it holds, and no sooner or longer (P-27, P-28)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from madoguchi.opendata.cells import cell_of
from madoguchi.opendata.models import Publication, PublishedPlace
from madoguchi.opendata.places import Published, publish, publish_all, publish_some

pytestmark = pytest.mark.django_db


def published(place: Any) -> PublishedPlace | None:
    return PublishedPlace.objects.filter(place_id=place.id).first()


def test_a_shop_that_agreed_is_published_with_what_residents_ask(shop: Any) -> None:
    """P-27: name, address, phone, rate, methods."""
    place = shop(postal_code="3702316", address="富岡1-1", phone="0274-00-0000", services=("paypay", "line_pay"))

    publish_all()

    row = published(place)
    assert row is not None
    assert (row.name, row.municipality_code, row.prefecture, row.municipality) == (
        "製糸場前カフェ",
        "10210",
        "群馬県",
        "富岡市",
    )
    assert (row.postal_code, row.address, row.phone, row.rate_bps) == ("3702316", "富岡1-1", "0274-00-0000", 500)
    assert row.services == [
        {"service": "line_pay", "starts_on": "2026-10-01", "ends_on": None},
        {"service": "paypay", "starts_on": "2026-10-01", "ends_on": None},
    ]


@pytest.mark.parametrize("consent", [False, None])
def test_a_shop_that_did_not_agree_is_not_published(shop: Any, consent: bool | None) -> None:
    """P-27: consent is a condition, and silence is none."""
    place = shop(consent=consent)

    publish_all()

    assert published(place) is None


def test_one_refusal_is_not_undone_by_another_application_that_agreed(shop: Any) -> None:
    from madoguchi.onboarding.models import Application, ApplicationPlace

    place = shop(consent=False)
    second = Application.objects.create(
        reference="SECOND",
        resume_hash="",
        state="accepted",
        kind="company",
        publication_consent=True,
        created_at=place.created_at,
        changed_at=place.created_at,
        decided_at=place.created_at,
    )
    ApplicationPlace.objects.create(
        application=second, position=1, name=place.name, kind="shop", municipality_id="10210", place=place
    )

    publish_all()

    assert published(place) is None


def test_counters_of_towns_and_post_offices_are_published_without_an_application(towns: Any, mill: Any) -> None:
    publish_all()

    assert published(mill) is not None
    assert published(towns.post_office) is not None


def test_a_shop_without_an_application_has_agreed_to_nothing(shop: Any) -> None:
    from madoguchi.onboarding.models import Application

    place = shop()
    Application.objects.all().delete()

    publish_all()

    assert published(place) is None


def test_a_withdrawn_consent_takes_the_place_off_at_the_next_sweep(shop: Any, clock: Any) -> None:
    from madoguchi.onboarding.models import Application

    place = shop()
    publish_all()
    Application.objects.update(publication_consent=False)
    clock.move(days=1)

    publish_some()

    assert published(place) is None


def test_what_changed_is_published_without_waiting_for_the_sweep(shop: Any) -> None:
    publish_all()
    place = shop()

    assert publish_some() == Published(looked_at=1, written=1, removed=0)
    assert published(place) is not None


def test_nothing_is_written_where_nothing_changed(shop: Any) -> None:
    shop()
    publish_all()
    before = Publication.objects.get().changed_at

    assert publish_some() == Published()
    assert publish_all().written == 0
    assert Publication.objects.get().changed_at == before


@pytest.mark.parametrize("change", [{"is_closed": True}, {"is_demo": False, "merged": True}])
def test_closed_and_merged_places_are_taken_off(shop: Any, change: dict[str, Any]) -> None:
    """P-29: of two that are one, the one that stands is on the map."""
    place = shop()
    publish_all()
    if change.pop("merged", False):
        change["merged_into"] = shop("本店")
    for name, value in change.items():
        setattr(place, name, value)
    place.save()

    publish([place.id])

    assert published(place) is None


def test_a_service_is_shown_to_its_last_day_and_not_after(shop: Any, clock: Any) -> None:
    place = shop(ends_on=date(2026, 11, 20))
    publish_all()
    assert published(place) is not None

    clock.move(days=1)
    publish_some()

    assert published(place) is None


def test_a_service_that_begins_later_is_shown_with_its_date(shop: Any) -> None:
    place = shop(starts_on=date(2027, 4, 1))

    publish_all()

    row = published(place)
    assert row is not None
    assert row.services == [{"service": "paypay", "starts_on": "2027-04-01", "ends_on": None}]


@pytest.mark.parametrize(
    ("place_class", "is_on_map"), [("fixed", True), ("mobile", False), ("ec", False), ("other", False)]
)
def test_only_fixed_places_have_a_position(shop: Any, place_class: str, is_on_map: bool) -> None:
    """P-28: what moves about, sells online or is another kind is listed, not on the map."""
    place = shop(place_class=place_class, latitude=36.2553, longitude=138.8876)

    publish_all()

    row = published(place)
    assert row is not None
    assert (row.latitude, row.cell) == ((36.2553, 3625_13888) if is_on_map else (None, None))


def test_rows_of_places_that_are_gone_from_the_registry_go_with_the_sweep(shop: Any, clock: Any) -> None:
    from uuid import UUID

    place = shop()
    publish_all()
    PublishedPlace.objects.filter(place_id=place.id).update(place_id=UUID(int=7), order_key="gone")
    clock.move(days=1)

    publish_some()

    assert not PublishedPlace.objects.filter(place_id=UUID(int=7)).exists()
    assert published(place) is not None


def test_a_sweep_in_small_rounds_reaches_everybody_once(shop: Any) -> None:
    places = [shop(f"店{number}") for number in range(5)]
    Publication.objects.update_or_create(id=1, defaults={"change_number": 10**9})

    rounds = 0
    while Publication.objects.get().swept_on is None:
        publish_some(limit=4)
        rounds += 1

    assert rounds > 2
    assert all(published(place) for place in places)


@pytest.mark.parametrize(
    ("position", "cell"),
    [((36.2553, 138.8876), 362513888), ((24.0, 123.0), 240012300), ((35.999999, 139.0), 359913900)],
)
def test_cells_of_one_row_follow_one_another_eastwards(position: tuple[float, float], cell: int) -> None:
    assert cell_of(*position) == cell
    assert cell_of(position[0], position[1] + 0.01) == cell + 1
