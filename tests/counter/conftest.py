"""What tests at the counter read back."""

from __future__ import annotations

from typing import Any

import pytest

from madoguchi.core.clock import today
from madoguchi.counter.actions import Pick
from madoguchi.counter.models import Order, OrderLine, Remuneration, TillDay
from madoguchi.counter.queries import offers_at
from madoguchi.events.models import Delivery, Event
from madoguchi.ledger.models import Posting

WRITTEN = (Order, OrderLine, TillDay, Remuneration, Posting, Event, Delivery)


def snapshot() -> list[list[tuple[Any, ...]]]:
    """Every row that an action at the counter could have written or changed."""
    return [sorted(model.objects.values_list(), key=str) for model in WRITTEN]


@pytest.fixture
def pick(towns: Any) -> Any:
    """`pick(place, "adult", 2)`: so many of an item offered today."""

    def make(place: Any, code: str, quantity: int = 1, shown_unit_yen: int | None = None) -> Pick:
        offers = {offer.code: offer for offer in offers_at(place, today())}
        return Pick(offers[code].item_id, quantity, shown_unit_yen)

    return make
