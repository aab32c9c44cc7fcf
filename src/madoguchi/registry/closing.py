"""Ending what codes take, correcting what is written of a place, and letting one place stand for another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record, record_many, send_many_later
from madoguchi.events.bulk import update_rows
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.actions import mark_changed, next_change_number, take_turn
from madoguchi.registry.models import Enrolment, Place, StoreCode
from madoguchi.registry.queries import place_row

CORRECTABLE = ("name", "name_en", "postal_code", "address", "phone", "place_class")
# Of codes that change at once: so many are held in memory, with their enrolments.
CODES_AT_ONCE = 500


@transaction.atomic
def end_services(*, actor: Actor, ending: Iterable[tuple[UUID, str]], ends_on: date) -> int:
    """Let codes take services no longer than `ends_on`, each given as (code's id, service's code).

    A code that then takes none is closed. Each provider hears once of each code, however many of its services end.
    Returns how many enrolments that ended; what had ended before stays as it was.
    """
    by_code: dict[UUID, set[str]] = defaultdict(set)
    for code_id, service in ending:
        by_code[code_id].add(service)
    take_turn()
    wanted, ended = sorted(by_code), 0
    for start in range(0, len(wanted), CODES_AT_ONCE):
        codes = list(_codes().filter(id__in=wanted[start : start + CODES_AT_ONCE]).order_by("id"))
        for code in codes:
            require(actor, "registry.write", Scope(principal_id=code.principal_id))
        ended += _end(actor, codes, by_code, ends_on)
    return ended


def _end(actor: Actor, codes: Iterable[StoreCode], by_code: Mapping[UUID, Collection[str]], ends_on: date) -> int:
    rows: list[Enrolment] = []
    changed: list[StoreCode] = []
    facts: list[tuple[str, object, dict[str, Any]]] = []
    for code in codes:
        ending = [
            row
            for row in code.enrolments.all()
            if row.service_id in by_code[code.id] and (row.ends_on is None or row.ends_on > ends_on)
        ]
        for row in ending:
            row.ends_on = ends_on
            facts.append(("enrolment.ended", code.id, {"service": row.service_id, "ends_on": str(ends_on)}))
        is_empty = all(row.ends_on is not None and row.ends_on <= ends_on for row in code.enrolments.all())
        if is_empty and not code.is_closed:
            code.is_closed = True
            facts.append(("code.closed", code.id, {}))
        elif not ending:
            continue
        rows += ending
        changed.append(code)
    Enrolment.objects.filter(id__in=[row.id for row in rows]).update(ends_on=ends_on)
    first, at = next_change_number(), now()
    for number, code in enumerate(changed, start=first):
        code.change_number, code.changed_at = number, at
    values = [(code.is_closed, code.change_number, code.changed_at, code.id) for code in changed]
    update_rows(StoreCode, ("is_closed", "change_number", "changed_at"), values)
    record_many(actor, facts)
    # Whose last service ends has to hear of it, and was not always there until today.
    since = min(ends_on, today())
    send_many_later(message for code in changed for message in _messages(code, since))
    return len(rows)


@transaction.atomic
def correct_place(*, actor: Actor, place_id: UUID, changes: Mapping[str, str]) -> Place:
    """Write down what is right of a place (P-28); its providers hear of it.

    Which fields were corrected is logged for ever, what stood there is not: it may be somebody's home.
    Raises Refusal `place_unknown`, `field_unknown`.
    """
    take_turn()
    place = Place.objects.filter(id=place_id).first()
    if place is None:
        raise Refusal("place_unknown")
    require(actor, "registry.write", Scope(principal_id=place.operator_id))
    if strange := sorted(set(changes) - set(CORRECTABLE)):
        raise Refusal("field_unknown", field=strange[0])
    for name, value in changes.items():
        setattr(place, name, value)
    place.save(update_fields=list(changes))
    record(actor, "place.corrected", place.id, fields=sorted(changes))
    for code in _codes().filter(place=place).order_by("id"):
        mark_changed(code)
        send_many_later(_messages(code, today()))
    return place


@transaction.atomic
def merge_place(*, actor: Actor, place_id: UUID, into_id: UUID) -> None:
    """Let what stands for `into_id` stand for `place_id` too (P-29): one pin; codes and payments stay as they are.

    Places that are one already stay as they are, so that no place ever stands for itself by a roundabout way.
    Raises Refusal `place_unknown`.
    """
    require(actor, "office.write")
    # All who merge take the same turn: two that make each the other's part must not pass each other by.
    take_turn()
    place, into = resolve_place(place_id), resolve_place(into_id)
    if place.id == into.id:
        return
    place.merged_into = into
    place.save(update_fields=["merged_into"])
    record(actor, "place.merged", place.id, into=str(into.id))


@transaction.atomic
def unmerge_place(*, actor: Actor, place_id: UUID) -> None:
    """Let a place stand for itself again; one that does stays as it is. Raises Refusal `place_unknown`."""
    require(actor, "office.write")
    take_turn()
    place = Place.objects.filter(id=place_id).first()
    if place is None:
        raise Refusal("place_unknown")
    if place.merged_into_id is None:
        return
    before, place.merged_into = place.merged_into_id, None
    place.save(update_fields=["merged_into"])
    record(actor, "place.unmerged", place.id, was=str(before))


def resolve_place(place_id: UUID) -> Place:
    """The place that stands for `place_id` today, itself if none does. Raises Refusal `place_unknown`."""
    place = Place.objects.filter(id=place_id).first()
    if place is None:
        raise Refusal("place_unknown")
    while place.merged_into is not None:
        place = place.merged_into
    return place


def _codes() -> Any:
    """Codes with all that their providers are told."""
    enrolments = Prefetch("enrolments", Enrolment.objects.select_related("service__provider"))
    return StoreCode.objects.select_related("place", "principal").prefetch_related(enrolments)


def _messages(code: StoreCode, since: date) -> Iterator[tuple[str, str, object, dict[str, Any]]]:
    """Of a code that changed, to each provider whose service it takes or took on `since` or later."""
    live = [row for row in code.enrolments.all() if row.ends_on is None or row.ends_on >= since]
    providers = {row.service.provider for row in live}
    for provider in sorted(providers, key=lambda one: one.code):
        if provider.webhook_url:
            yield provider.code, "place.changed", code.id, place_row(code, provider.code)
