"""What visitors ask of a place, as those who run it tell: hours, the way in, where it stands (P-27, P-31)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Place
from madoguchi.registry.rules import ACCESS

# Japan with its farthest islands; a position outside was typed wrongly, or latitude and longitude were exchanged.
SOUTH, NORTH, WEST, EAST = 20.0, 46.0, 122.0, 154.0
FIELDS = ("hours", "hours_en", "access", "latitude", "longitude")


@transaction.atomic
def describe_place(
    *,
    actor: Actor,
    place_id: UUID,
    hours: str,
    hours_en: str,
    access: Sequence[str],
    latitude: float | None,
    longitude: float | None,
) -> Place:
    """Write down a place's hours, accessibility (`rules.ACCESS`) and position (WGS 84, degrees).

    Raises Refusal `place_unknown`, `access_unknown`, `position_incomplete`, `position_outside_japan`.
    """
    place = Place.objects.select_for_update().filter(id=place_id).first()
    if place is None:
        raise Refusal("place_unknown")
    require(actor, "registry.write", Scope(principal_id=place.operator_id))
    if unknown := set(access) - set(ACCESS):
        raise Refusal("access_unknown", access=", ".join(sorted(unknown)))
    check_position(latitude, longitude)
    told = {
        "hours": hours.strip(),
        "hours_en": hours_en.strip(),
        "access": [one for one in ACCESS if one in access],
        "latitude": latitude,
        "longitude": longitude,
    }
    changed = [name for name, value in told.items() if getattr(place, name) != value]
    if changed:
        for name in changed:
            setattr(place, name, told[name])
        place.save(update_fields=changed)
        record(actor, "place.described", place.id, changed=changed)
    return place


def check_position(latitude: float | None, longitude: float | None) -> None:
    """Raise Refusal `position_incomplete` or `position_outside_japan` for what cannot be a place's position."""
    if (latitude is None) != (longitude is None):
        raise Refusal("position_incomplete", field="longitude" if longitude is None else "latitude")
    if (
        latitude is not None
        and longitude is not None
        and not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST)
    ):
        raise Refusal("position_outside_japan", field="latitude")
