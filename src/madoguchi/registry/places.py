"""Entering many places at once, in a few statements however many they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from madoguchi.events.actions import record_many
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.actions import purposes_named
from madoguchi.registry.models import Organisation, Place

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class NewPlace:
    """A place to be entered; `purposes` are codes (M-09)."""

    kind: str
    name: str
    name_en: str
    municipality_code: str
    place_class: str = "fixed"
    postal_code: str = ""
    address: str = ""
    phone: str = ""
    purposes: tuple[str, ...] = ()


@transaction.atomic
def register_places(
    *, actor: Actor, operator: Organisation, places: Sequence[NewPlace], is_demo: bool = False
) -> list[Place]:
    """Register places of one operator with their purposes, in this order. Raises Refusal `purpose_unknown`.

    One by one, ten thousand take more than a minute, in which SQLite lets nobody else write.
    """
    require(actor, "registry.write", Scope(principal_id=operator.id))
    purposes_named({code for place in places for code in place.purposes})
    rows = [
        Place(
            operator=operator,
            kind=place.kind,
            place_class=place.place_class,
            name=place.name,
            name_en=place.name_en,
            municipality_id=place.municipality_code,
            postal_code=place.postal_code,
            address=place.address,
            phone=place.phone,
            is_demo=is_demo,
        )
        for place in places
    ]
    Place.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    through = Place.purposes.through
    named = [
        through(place_id=row.id, purpose_id=code)
        for row, place in zip(rows, places, strict=True)
        for code in dict.fromkeys(place.purposes)
    ]
    through.objects.bulk_create(named, batch_size=ROWS_AT_ONCE)
    record_many(actor, (("place.registered", row.id, {"operator": str(operator.id)}) for row in rows))
    return rows
