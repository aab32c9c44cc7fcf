"""A sheet's places on their way into an application: new ones are taken in, those that are there stay as they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.applications import locked, require_open
from madoguchi.onboarding.places import LENGTHS, Known, PlaceFacts, add_places
from madoguchi.onboarding.sheet_columns import BY_KEY, folded
from madoguchi.onboarding.sheet_rows import PlaceDraft, RowFault, SheetRow
from madoguchi.onboarding.sheet_words import FAULTS
from madoguchi.onboarding.sheets import SheetReading
from madoguchi.people.access import Actor

# What the reader of a sheet calls differently from the action that stores a place.
COLUMNS = {"municipality_code": "address"}


@dataclass(frozen=True)
class Taken:
    """What became of a sheet: places that are new, those that were there, and the reading with every fault."""

    new: int
    known: int
    reading: SheetReading


def take_sheet(*, actor: Actor, application_id: UUID, reading: SheetReading, services: Collection[str] = ()) -> Taken:
    """Take a sheet's good rows in; the same sheet again adds nothing, so it may be sent once more (J-22).

    Rows that name no service take `services`. A place of the same name at the same address is there already and is
    left as it is. Rows that cannot be stored join the faults.
    Raises Refusal `application_unknown`, `application_not_open`, `too_many_places`, `service_unknown`.
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        there = {(folded(name), folded(address)) for name, address in application.places.values_list("name", "address")}
        allowed, new, known = Known.load(), [], 0
        faults = list(reading.faults)
        for row in reading.rows:
            facts = _facts(row.place, frozenset(services))
            if fault := _fault(row, facts, allowed):
                faults.append(fault)
            elif (folded(facts.name), folded(facts.address)) in there:
                known += 1
            else:
                new.append(facts)
        if new:
            add_places(actor=actor, application_id=application_id, places=new)
    return Taken(len(new), known, replace(reading, faults=tuple(sorted(faults, key=lambda fault: fault.row))))


def _facts(place: PlaceDraft, services: frozenset[str]) -> PlaceFacts:
    return PlaceFacts(
        name=place.name,
        kind=place.kind,
        municipality_code=place.municipality_code,
        name_en=place.name_en,
        name_kana=place.name_kana,
        place_class=place.place_class,
        postal_code=place.postal_code,
        address=place.address,
        phone=place.phone,
        purposes=place.purposes,
        remarks=" ".join(filter(None, (place.opening_hours, place.remarks))),
        registration_id=place.registration_id,
        services=(place.services or services) | place.used_already,
        used_already=place.used_already,
    )


def _fault(row: SheetRow, facts: PlaceFacts, allowed: Known) -> RowFault | None:
    """What keeps a row that was read well from being stored, so that it stops no other."""
    length = len(facts.remarks)
    if length > LENGTHS["remarks"]:
        # Opening hours and remarks are kept together.
        told = {"length": length, "limit": LENGTHS["remarks"]}
        return RowFault(row.number, "remarks", "text_too_long", facts.remarks[:80], told)
    try:
        allowed.require(facts)
    except Refusal as refusal:
        named = str(refusal.details.get("field", ""))
        column = COLUMNS.get(named, named)
        if refusal.code not in FAULTS or column not in BY_KEY:
            raise
        return RowFault(row.number, column, refusal.code, str(getattr(facts, named, ""))[:80])
    return None
