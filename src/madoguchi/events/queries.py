"""Reading the audit log, the chain and the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from madoguchi.events import rules
from madoguchi.events.models import Block, Delivery, Event, Heartbeat


def events_about(subjects: Iterable[object]) -> list[Event]:
    """Every event about any of `subjects`, oldest first."""
    return list(Event.objects.filter(subject__in=[str(subject) for subject in subjects]).order_by("id"))


def count_about(subject: str, *, since: datetime) -> int:
    """How many events about `subject` there are from `since` on."""
    return Event.objects.filter(subject=subject, at__gte=since).count()


def deliveries(
    *, destination: str | None = None, state: str | None = None, after: UUID | None = None
) -> QuerySet[Delivery]:
    """The delivery log, newest first; `after` continues below that delivery."""
    rows = Delivery.objects.order_by("-id")
    if destination is not None:
        rows = rows.filter(destination=destination)
    if state:
        rows = rows.filter(state=state)
    return rows.filter(id__lt=after) if after else rows


def deliveries_about(subjects: Iterable[object]) -> list[Delivery]:
    """Messages about any of `subjects`, oldest first, with their attempts."""
    rows = Delivery.objects.filter(subject__in=[str(subject) for subject in subjects])
    return list(rows.order_by("id").prefetch_related("tries"))


def last_beat(name: str) -> datetime | None:
    """When the process `name` last showed that it is alive."""
    return Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()


def broken_blocks() -> list[int]:
    """Numbers of the blocks whose hash does not fit their events or the block before; empty when all is well."""
    broken = []
    previous, covered = rules.FIRST_HASH, 0
    for block in Block.objects.order_by("number").iterator():
        # From where the block before ended, so that no row can be slipped in between the two.
        events = Event.objects.filter(id__gt=covered, id__lte=block.last_event).order_by("id")
        if block.previous_hash != previous or block.hash != rules.block_hash(previous, map(event_row, events)):
            broken.append(block.number)
        previous, covered = block.hash, block.last_event
    return broken


def event_row(event: Event) -> dict[str, Any]:
    """An event as the plain row that is hashed."""
    return {
        "id": event.id,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "name": event.name,
        "subject": event.subject,
        "facts": event.facts,
    }
