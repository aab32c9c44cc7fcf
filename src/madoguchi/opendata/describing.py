"""Telling visitors more about a place, and seeing it on the map at once; also for many places from a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from madoguchi.core.errors import Refusal
from madoguchi.opendata.places import publish
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.describing import describe_place
from madoguchi.registry.models import Place, StoreCode
from madoguchi.registry.queries import find_place, place_scope

COLUMNS = ("store_id", "latitude", "longitude", "hours", "hours_en", "access")


@transaction.atomic
def describe(*, actor: Actor, place_id: UUID, **told: Any) -> Place:
    """As `registry.describing.describe_place`; the published row says it from the same moment on."""
    place = describe_place(actor=actor, place_id=place_id, **told)
    publish([place.id])
    return place


def place_to_describe(actor: Actor, place_id: UUID) -> Place:
    """A place whose facts `actor` may change. Raises Refusal `place_unknown`, `not_allowed`."""
    place = find_place(place_id)
    require(actor, "registry.write", Scope(principal_id=place_scope(place).operator_id))
    return place


@dataclass(frozen=True)
class BadRow:
    """A row of a table that was not taken: its line, its code's name, and the row as it came."""

    line: int
    code: str
    row: dict[str, str]


@dataclass(frozen=True)
class Described:
    """How many places a table described, and which of its rows were not taken."""

    taken: int
    bad: list[BadRow]


def describe_from_table(*, actor: Actor, lines: Iterable[str]) -> Described:
    """Describe places by store id from CSV lines with a head (`COLUMNS`; the first three must be there).

    Good rows are taken, each for itself; bad ones come back with the reason. A cell left empty changes nothing.
    `access` is separated by semicolons. Raises Refusal `columns_missing`.
    """
    reader = csv.DictReader(lines)
    head = [name.strip().lstrip("\ufeff") for name in reader.fieldnames or ()]
    if missing := [name for name in COLUMNS[:3] if name not in head]:
        raise Refusal("columns_missing", missing=", ".join(missing))
    reader.fieldnames = head
    taken, bad = 0, []
    for row in reader:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        try:
            _take(actor, cells)
        except Refusal as refusal:
            bad.append(BadRow(reader.line_num, refusal.code, cells))
        else:
            taken += 1
    return Described(taken, bad)


def _take(actor: Actor, cells: dict[str, str]) -> None:
    code = StoreCode.objects.select_related("place").filter(store_id=cells["store_id"]).first()
    if code is None:
        raise Refusal("place_unknown")
    place = code.place
    access: Sequence[str] = [one.strip() for one in cells["access"].split(";") if one.strip()]
    describe(
        actor=actor,
        place_id=place.id,
        hours=cells["hours"] or place.hours,
        hours_en=cells["hours_en"] or place.hours_en,
        access=access or place.access,
        latitude=_degrees(cells["latitude"], place.latitude),
        longitude=_degrees(cells["longitude"], place.longitude),
    )


def _degrees(cell: str, before: float | None) -> float | None:
    if not cell:
        return before
    try:
        return float(cell)
    except ValueError:
        raise Refusal("position_incomplete") from None
