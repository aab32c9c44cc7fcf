"""The log and the outbox as people look through them. Callers have checked access: roles live in a room above."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db.models import Count

from madoguchi.core.errors import Refusal
from madoguchi.core.ids import parse_id
from madoguchi.events.models import Block, Delivery, Event
from madoguchi.events.queries import deliveries, events_about
from madoguchi.events.rules import FLEETING

LATEST = 100
MOST = 1_000

MAIL = "mail"


def search_events(subject: str) -> list[Event]:
    """Events about a subject, oldest first: an identifier in either form, or e.g. `user:5`, `provider:paypay`.

    Without a subject, the latest of all, latest first.
    """
    wanted = subject.strip()
    if not wanted:
        return list(Event.objects.order_by("-id")[:LATEST])
    with suppress(ValueError):
        wanted = str(parse_id(wanted))
    return events_about([wanted])[:MOST]


def delivery_counts(destination: str | None = None) -> dict[str, int]:
    """How many messages are in each state."""
    rows = deliveries(destination=destination).order_by()
    return dict(rows.values_list("state").annotate(many=Count("pk")).values_list("state", "many"))


def find_delivery(delivery_id: UUID, *, destination: str | None = None) -> Delivery:
    """A message with its attempts. Raises Refusal `delivery_unknown`."""
    delivery = deliveries(destination=destination).prefetch_related("tries").filter(id=delivery_id).first()
    if delivery is None:
        raise Refusal("delivery_unknown")
    return delivery


def message_facts(delivery: Delivery) -> list[tuple[str, str]]:
    """What a message says, as pairs of words; a list is joined, and what is fleeting is not shown.

    Of a letter, to whom and about what: it may hold the key to an application, which is its reader's alone.
    """
    if delivery.destination == MAIL:
        return [(key, str(delivery.data[key])) for key in ("to", "subject") if key in delivery.data]
    hidden = FLEETING.get(delivery.event)
    return [
        (key, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for key, value in delivery.data.items()
        if key != hidden
    ]


def last_block() -> Block | None:
    """The last sealed run of events."""
    return Block.objects.order_by("-number").first()
