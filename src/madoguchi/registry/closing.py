"""Ending what a code takes, correcting what is written of its place, and letting one place stand for another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record, send_later
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.actions import mark_changed
from madoguchi.registry.models import Enrolment, Place, Service, StoreCode
from madoguchi.registry.queries import place_row

CORRECTABLE = ("name", "name_en", "postal_code", "address", "phone", "place_class")


@transaction.atomic
def end_enrolment(*, actor: Actor, code: StoreCode, service: Service, ends_on: date) -> int:
    """Let `code` take `service` no longer than `ends_on`; returns how many enrolments that ended."""
    require(actor, "registry.write", Scope(principal_id=code.principal_id))
    running = Enrolment.objects.filter(code=code, service=service).filter(Q(ends_on=None) | Q(ends_on__gt=ends_on))
    ended = running.update(ends_on=ends_on)
    if ended:
        record(actor, "enrolment.ended", code.id, service=service.code, ends_on=str(ends_on))
        _tell(code)
    return ended


@transaction.atomic
def close_code_without_services(*, actor: Actor, code: StoreCode, day: date) -> bool:
    """Close a code that takes no service after `day`; whether it was closed now."""
    require(actor, "registry.write", Scope(principal_id=code.principal_id))
    later = Enrolment.objects.filter(code=code).filter(Q(ends_on=None) | Q(ends_on__gt=day))
    if code.is_closed or later.exists():
        return False
    code.is_closed = True
    code.save(update_fields=["is_closed"])
    record(actor, "code.closed", code.id)
    _tell(code)
    return True


@transaction.atomic
def correct_place(*, actor: Actor, place_id: UUID, changes: Mapping[str, str]) -> Place:
    """Write down what is right of a place (P-28); its providers hear of it. Raises Refusal `place_unknown`."""
    place = Place.objects.select_for_update().filter(id=place_id).first()
    if place is None:
        raise Refusal("place_unknown")
    require(actor, "registry.write", Scope(principal_id=place.operator_id))
    if strange := sorted(set(changes) - set(CORRECTABLE)):
        raise Refusal("field_unknown", field=strange[0])
    before = {name: getattr(place, name) for name in changes}
    for name, value in changes.items():
        setattr(place, name, value)
    place.save()
    record(actor, "place.corrected", place.id, before=before, after=dict(changes))
    for code in place.codes.all():
        _tell(code)
    return place


@transaction.atomic
def merge_place(*, actor: Actor, place_id: UUID, into_id: UUID) -> None:
    """Let the place `into_id` stand for `place_id` (P-29): one pin; codes and their payments stay as they are."""
    require(actor, "office.write")
    place = Place.objects.select_for_update().get(id=place_id)
    place.merged_into_id = into_id
    place.save(update_fields=["merged_into"])
    record(actor, "place.merged", place.id, into=str(into_id))


@transaction.atomic
def unmerge_place(*, actor: Actor, place_id: UUID) -> None:
    """Let a place stand for itself again."""
    require(actor, "office.write")
    place = Place.objects.select_for_update().get(id=place_id)
    before, place.merged_into_id = place.merged_into_id, None
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


def _tell(code: StoreCode) -> None:
    mark_changed(code)
    providers = {row.service.provider for row in code.enrolments.select_related("service__provider")}
    for provider in sorted(providers, key=lambda one: one.code):
        if provider.webhook_url:
            send_later(provider.code, "place.changed", code.id, place_row(code, provider.code))
