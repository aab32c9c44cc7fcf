"""The fee schedule: what each item costs from when, and a new price from a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.counter import rules
from madoguchi.counter.models import FeeItem, FeeOffer, FeePrice
from madoguchi.events.actions import record
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope


@dataclass(frozen=True)
class ScheduleLine:
    """An item of a principal's schedule: today's price (None outside its dates), all prices, where it is sold."""

    item: FeeItem
    unit_yen: int | None
    prices: list[FeePrice]
    offers: list[FeeOffer]


def schedule_of(principal_id: UUID, day: date | None = None) -> list[ScheduleLine]:
    """A principal's fee schedule as it stands on `day`, prices latest first."""
    items = FeeItem.objects.filter(principal=principal_id).select_related("purpose")
    items = items.prefetch_related("prices", "offers__place").order_by("purpose_id", "position", "code")
    lines = []
    for item in items:
        prices = sorted(item.prices.all(), key=lambda row: row.starts_on, reverse=True)
        held = rules.price_on([rules.Price(row.starts_on, row.ends_on, row.unit_yen) for row in prices], day or today())
        lines.append(ScheduleLine(item, held, prices, list(item.offers.all())))
    return lines


def items_of(principal_id: UUID) -> list[FeeItem]:
    """A principal's items in the order of its schedule."""
    return list(FeeItem.objects.filter(principal=principal_id).order_by("purpose_id", "position", "code"))


def find_item(item_id: UUID) -> FeeItem:
    """An item of a schedule. Raises Refusal `item_unknown`."""
    item = FeeItem.objects.select_related("principal", "purpose").prefetch_related("prices").filter(id=item_id).first()
    if item is None:
        raise Refusal("item_unknown")
    return item


@transaction.atomic
def set_price(*, actor: Actor, item_id: UUID, unit_yen: int, starts_on: date) -> FeePrice:
    """Let an item cost `unit_yen` from `starts_on`; until the day before, the price of now stays.

    A price that has begun is never rewritten, so receipts of past days can be checked; one still to begin on the same
    day is replaced. Setting it again changes nothing. Raises Refusal `item_unknown`, `price_in_past`, `amount_wrong`.
    """
    item = FeeItem.objects.select_for_update().filter(id=item_id).first()
    if item is None:
        raise Refusal("item_unknown")
    require(actor, "registry.write", Scope(principal_id=item.principal_id))
    if not 0 < unit_yen <= rules.MAX_ORDER_YEN:
        raise Refusal("amount_wrong", field="unit_yen")
    if starts_on <= today():
        # Tills have sold at today's price already.
        raise Refusal("price_in_past", starts_on=starts_on, field="starts_on")
    price = FeePrice.objects.filter(item=item, starts_on=starts_on).first()
    if price is not None and price.unit_yen == unit_yen:
        return price
    before = _price_before(item, starts_on)
    ends_on = before.ends_on if before else _day_before_next(item, starts_on)
    if price is None:
        price = FeePrice(item=item, starts_on=starts_on, ends_on=ends_on)
    earlier_yen, price.unit_yen = price.unit_yen, unit_yen
    price.save()
    if before is not None:
        before.ends_on = starts_on - timedelta(days=1)
        before.save(update_fields=["ends_on"])
    record(
        actor,
        "price.set",
        item.id,
        item=item.code,
        unit_yen=unit_yen,
        starts_on=str(starts_on),
        before_yen=earlier_yen or (before.unit_yen if before else None),
    )
    return price


def _price_before(item: FeeItem, day: date) -> FeePrice | None:
    """The price that would still hold on `day`."""
    rows = FeePrice.objects.filter(item=item, starts_on__lt=day).order_by("-starts_on")
    return next((row for row in rows if row.ends_on is None or row.ends_on >= day), None)


def _day_before_next(item: FeeItem, day: date) -> date | None:
    later = FeePrice.objects.filter(item=item, starts_on__gt=day).order_by("starts_on").first()
    return later.starts_on - timedelta(days=1) if later else None
