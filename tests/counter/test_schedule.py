"""New prices from a date: past prices stay, tills change on the day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from madoguchi.core.clock import today
from madoguchi.counter.models import FeeItem, FeePrice
from madoguchi.counter.queries import offers_at
from madoguchi.counter.schedule import find_item, schedule_of, set_price
from madoguchi.events.queries import events_about
from tests.conftest import actor_named, refused

NEW_YEAR = date(2027, 1, 1)


@pytest.fixture
def admin(towns: Any) -> Any:
    return actor_named("admin-tomioka")


@pytest.fixture
def adult(mill: Any) -> FeeItem:
    return FeeItem.objects.get(principal=mill.operator, code="adult")


def price_of(mill: Any, day: date) -> int:
    return next(offer.unit_yen for offer in offers_at(mill, day) if offer.code == "adult")


def prices(item: FeeItem) -> list[tuple[date, date | None, int]]:
    return list(
        FeePrice.objects.filter(item=item).order_by("starts_on").values_list("starts_on", "ends_on", "unit_yen")
    )


def test_a_price_holds_from_its_day_and_the_old_one_until_the_day_before(
    clock: Any, mill: Any, admin: Any, adult: FeeItem
) -> None:
    set_price(actor=admin, item_id=adult.id, unit_yen=1_200, starts_on=NEW_YEAR)

    assert price_of(mill, date(2026, 12, 31)) == 1_000
    assert price_of(mill, NEW_YEAR) == 1_200
    assert prices(adult) == [(date(2020, 4, 1), date(2026, 12, 31), 1_000), (NEW_YEAR, None, 1_200)]
    event = events_about([adult.id])[-1]
    assert (event.name, event.facts["before_yen"], event.facts["unit_yen"]) == ("price.set", 1_000, 1_200)


def test_setting_it_again_changes_nothing(clock: Any, admin: Any, adult: FeeItem) -> None:
    first = set_price(actor=admin, item_id=adult.id, unit_yen=1_200, starts_on=NEW_YEAR)
    again = set_price(actor=admin, item_id=adult.id, unit_yen=1_200, starts_on=NEW_YEAR)
    assert first.pk == again.pk
    assert len(events_about([adult.id])) == 1


def test_a_price_still_to_come_can_be_replaced_and_one_put_before_it(clock: Any, admin: Any, adult: FeeItem) -> None:
    set_price(actor=admin, item_id=adult.id, unit_yen=1_200, starts_on=NEW_YEAR)
    set_price(actor=admin, item_id=adult.id, unit_yen=1_300, starts_on=NEW_YEAR)
    set_price(actor=admin, item_id=adult.id, unit_yen=1_100, starts_on=date(2026, 12, 1))
    assert prices(adult) == [
        (date(2020, 4, 1), date(2026, 11, 30), 1_000),
        (date(2026, 12, 1), date(2026, 12, 31), 1_100),
        (NEW_YEAR, None, 1_300),
    ]


@pytest.mark.parametrize("starts_on", [date(2026, 11, 20), date(2026, 11, 19), date(2020, 4, 1)])
def test_a_price_that_tills_have_used_is_never_rewritten(
    clock: Any, admin: Any, adult: FeeItem, starts_on: date
) -> None:
    before = prices(adult)
    with refused("price_in_past", field="starts_on"):
        set_price(actor=admin, item_id=adult.id, unit_yen=1_200, starts_on=starts_on)
    assert prices(adult) == before


def test_who_may_not_and_what_cannot_be(clock: Any, towns: Any, accountant: Any, admin: Any, adult: FeeItem) -> None:
    """H-24: prices belong to the principal's own administrator."""
    other = FeeItem.objects.get(principal=towns.towns["20414"], code="residence")
    with refused("not_allowed"):
        set_price(actor=accountant, item_id=adult.id, unit_yen=1_200, starts_on=NEW_YEAR)
    with refused("not_allowed"):
        set_price(actor=admin, item_id=other.id, unit_yen=1_200, starts_on=NEW_YEAR)
    with refused("amount_wrong", field="unit_yen"):
        set_price(actor=admin, item_id=adult.id, unit_yen=0, starts_on=NEW_YEAR)
    with refused("item_unknown"):
        find_item(towns.towns["20414"].id)
    with refused("item_unknown"):
        set_price(actor=admin, item_id=towns.towns["20414"].id, unit_yen=1, starts_on=NEW_YEAR)


def test_the_schedule_shows_todays_price_and_all_others(clock: Any, mill: Any, admin: Any, adult: FeeItem) -> None:
    set_price(actor=admin, item_id=adult.id, unit_yen=1_200, starts_on=NEW_YEAR)
    line = next(line for line in schedule_of(mill.operator_id, today()) if line.item == adult)
    assert line.unit_yen == 1_000
    assert [price.unit_yen for price in line.prices] == [1_200, 1_000]
    assert mill in [offer.place for offer in line.offers]
