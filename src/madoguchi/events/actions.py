"""Recording facts, sealing them, and working the outbox."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import new_id
from madoguchi.events import rules
from madoguchi.events.bulk import insert_rows
from madoguchi.events.models import Attempt, Block, Delivery, Event, Heartbeat
from madoguchi.events.queries import event_row

BLOCK_SIZE = 1000
EVENT_COLUMNS = ("at", "actor", "name", "subject", "facts")
DELIVERY_COLUMNS = (
    "id", "destination", "event", "subject", "data", "state", "attempts", "created_at", "next_at",
)  # fmt: skip


def record(actor: object, name: str, subject: object, **facts: Any) -> None:
    """Append one event inside the caller's transaction. `actor` and `subject` are written as text."""
    written = json.dumps(facts, ensure_ascii=False)
    insert_rows(Event, EVENT_COLUMNS, [(now(), str(actor), name, str(subject), written)])


def record_many(actor: object, facts: Iterable[tuple[str, object, dict[str, Any]]]) -> None:
    """Append many events `(name, subject, facts)` inside the caller's transaction, in this order."""
    at, name_of_actor = now(), str(actor)
    insert_rows(
        Event,
        EVENT_COLUMNS,
        (
            (at, name_of_actor, name, str(subject), json.dumps(more, ensure_ascii=False))
            for name, subject, more in facts
        ),
    )


def send_later(destination: str, event: str, subject: object, data: dict[str, Any]) -> None:
    """Put a message in the outbox inside the caller's transaction; the worker delivers it at least once."""
    at = now()
    Delivery.objects.create(
        destination=destination, event=event, subject=str(subject), data=data, created_at=at, next_at=at
    )


def gather_later(
    destination: str,
    event: str,
    subject: object,
    write: Callable[[dict[str, Any] | None], dict[str, Any] | None],
    *,
    within: timedelta,
) -> None:
    """Put a message in the outbox that waits `within` for more of the same event about the same subject.

    `write` makes its data: of the message that waits already, or of None for a new one. Where it returns None for a
    message that waits, a new one begins. Inside the caller's transaction, which keeps others away from the subject.
    """
    at = now()
    # One that a worker has taken falls due later than it was made to: nothing is added to what is on its way.
    waiting = (
        Delivery.objects.select_for_update()
        .filter(subject=str(subject), destination=destination, event=event, state="waiting", attempts=0)
        .filter(next_at__gt=at, next_at__lte=F("created_at") + within)
        .order_by("-created_at")
        .first()
    )
    if waiting is not None and (data := write(waiting.data)) is not None:
        waiting.data = data
        waiting.save(update_fields=["data"])
        return
    fresh = write(None)
    if fresh is not None:
        Delivery.objects.create(
            destination=destination,
            event=event,
            subject=str(subject),
            data=fresh,
            created_at=at,
            next_at=at + within,
        )


def send_many_later(messages: Iterable[tuple[str, str, object, dict[str, Any]]]) -> None:
    """Put many messages `(destination, event, subject, data)` in the outbox inside the caller's transaction."""
    at = now()
    insert_rows(
        Delivery,
        DELIVERY_COLUMNS,
        (
            (new_id(), destination, event, str(subject), json.dumps(data, ensure_ascii=False), "waiting", 0, at, at)
            for destination, event, subject, data in messages
        ),
    )


def seal() -> int:
    """Close blocks over the events that no open transaction can still precede; returns how many blocks."""
    sealed = 0
    while True:
        with transaction.atomic():
            last = Block.objects.order_by("-number").first()
            after = last.last_event if last else 0
            unsealed = Event.objects.filter(id__gt=after)
            newest = unsealed.filter(at__lt=now() - rules.SEAL_AFTER).order_by("-id").first()
            if newest is None:
                return sealed
            # Every row up to it, also one whose clock ran ahead: a block must not pass over a row.
            events = list(unsealed.filter(id__lte=newest.id).order_by("id")[:BLOCK_SIZE])
            previous = last.hash if last else rules.FIRST_HASH
            Block.objects.create(
                number=last.number + 1 if last else 1,
                first_event=events[0].id,
                last_event=events[-1].id,
                sealed_at=now(),
                previous_hash=previous,
                hash=rules.block_hash(previous, map(event_row, events)),
            )
            sealed += 1


def beat(name: str) -> None:
    """Note that the process `name` is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now()})


def lease_due(limit: int = 20, *, without: str = "") -> list[Delivery]:
    """Take up to `limit` due deliveries for this worker; a worker that dies lets them fall due again.

    What is for the destination `without` is left lying.
    """
    with transaction.atomic():
        due = list(
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(state="waiting", next_at__lte=now())
            .exclude(destination=without)
            .order_by("next_at")[:limit]
        )
        Delivery.objects.filter(id__in=[delivery.id for delivery in due]).update(next_at=now() + rules.LEASE)
    return due


@transaction.atomic
def note_attempt(
    delivery_id: UUID, *, status: int | None, answer: str, milliseconds: int, is_unwanted: bool = False
) -> Delivery:
    """Write down one try and move the delivery on by DELIVERY_STATES; returns it as it now stands.

    `is_unwanted`: nothing was sent, and nothing shall be any more.
    """
    delivery = Delivery.objects.select_for_update().get(id=delivery_id)
    # PostgreSQL keeps no NUL, and what a receiver answers must not stop the worker.
    kept = answer.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:500]
    Attempt.objects.create(delivery=delivery, at=now(), status=status, answer=kept, milliseconds=milliseconds)
    if delivery.state != "waiting":
        # This worker's lease ran out meanwhile and another one finished: its outcome stands.
        return delivery
    delivery.attempts += 1
    if status is not None and 200 <= status < 300:
        delivery.state = "delivered"
    elif status in {409, 422}:
        delivery.state = "declined"
    elif is_unwanted or delivery.attempts >= rules.MAX_ATTEMPTS:
        delivery.state = "given_up"
    if delivery.state == "waiting":
        # Spread out, so that a receiver that comes back is not met by everything at once.
        spread = timedelta(milliseconds=random.randrange(500))  # noqa: S311
        delivery.next_at = now() + rules.wait_before(delivery.attempts + 1) + spread
    else:
        delivery.done_at = now()
        if field := rules.FLEETING.get(delivery.event):
            delivery.data = {**delivery.data, field: ""}
    delivery.save()
    return delivery


@transaction.atomic
def replay_delivery(actor: object, delivery_id: UUID, *, destination: str | None = None) -> Delivery:
    """Send a finished message again.

    Raises Refusal `delivery_unknown`, `delivery_still_waiting`, `delivery_not_repeatable`.
    """
    deliveries = Delivery.objects.select_for_update().filter(id=delivery_id)
    if destination is not None:
        deliveries = deliveries.filter(destination=destination)
    delivery = deliveries.first()
    if delivery is None:
        raise Refusal("delivery_unknown")
    if delivery.state == "waiting":
        raise Refusal("delivery_still_waiting")
    if not rules.may_replay(delivery.event, delivery.state):
        raise Refusal("delivery_not_repeatable")
    delivery.state, delivery.attempts, delivery.next_at, delivery.done_at = "waiting", 0, now(), None
    delivery.save()
    record(actor, "delivery.replayed", delivery.id, destination=delivery.destination)
    return delivery
