"""Opening, closing and reopening a till's day; split from the orders' actions by noun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.counter import rules
from madoguchi.counter.actions import locked_day
from madoguchi.counter.models import TillDay
from madoguchi.counter.queries import day_totals
from madoguchi.events.actions import record
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import post
from madoguchi.people.access import Actor, require
from madoguchi.registry.queries import find_place, place_scope


@transaction.atomic
def set_float(*, actor: Actor, place_id: UUID, float_yen: int) -> TillDay:
    """Say how much change money is in the till at the start of today. Raises Refusal `day_closed`."""
    place = find_place(place_id)
    require(actor, "till.use", place_scope(place))
    row = locked_day(place, today())
    if row.closed_at is not None:
        raise Refusal("day_closed", day=row.day)
    row.float_yen = float_yen
    row.save(update_fields=["float_yen"])
    record(actor, "day.float_set", row.id, float_yen=float_yen)
    return row


@transaction.atomic
def close_day(*, actor: Actor, place_id: UUID, day: date, counts: Mapping[int, int]) -> TillDay:
    """Close a till's day with a count by denomination; closing a closed day again returns it unchanged.

    The difference between count and expectation is named over or short and booked to the operator's books.
    Raises Refusal `day_not_open`, `orders_waiting`, `count_wrong`.
    """
    place = find_place(place_id)
    require(actor, "till.close_day", place_scope(place))
    row = TillDay.objects.select_for_update().filter(place=place, day=day).first()
    if row is None:
        raise Refusal("day_not_open", day=day)
    if row.closed_at is not None:
        return row
    if waiting := row.orders.filter(state="open").count():
        raise Refusal("orders_waiting", count=waiting)
    try:
        counted = rules.counted_yen(counts)
    except ValueError as error:
        raise Refusal("count_wrong", field="counts") from error
    totals = day_totals(row)
    row.closed_at, row.closed_by_id = now(), actor.user_id
    row.counts = {str(value): number for value, number in counts.items()}
    row.expected_cash_yen, row.counted_cash_yen = totals.expected_cash_yen, counted
    row.report = asdict(totals)
    row.save()
    difference = counted - totals.expected_cash_yen
    cash, named = books.cash(place.id), f"cash_difference:{place.id}"
    post(subject_id=row.id, rule="day_closed", legs=[books.leg(place.operator_id, cash, named, difference)])
    record(actor, "day.closed", row.id, day=str(day), counted_yen=counted, difference_yen=difference)
    return row


@transaction.atomic
def reopen_day(*, actor: Actor, till_day_id: UUID, reason: str) -> TillDay:
    """Open a closed day again, e.g. after a miscount; the difference is taken back out of the books.

    Raises Refusal `day_not_open`, `reason_missing`.
    """
    row = TillDay.objects.select_for_update().select_related("place").filter(id=till_day_id).first()
    if row is None:
        raise Refusal("day_not_open")
    require(actor, "till.reopen_day", place_scope(row.place, row.place.operator_id))
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if row.closed_at is None:
        return row
    difference = row.counted_cash_yen - row.expected_cash_yen
    cash, named = books.cash(row.place_id), f"cash_difference:{row.place_id}"
    post(subject_id=row.id, rule="day_reopened", legs=[books.leg(row.place.operator_id, named, cash, difference)])
    row.closed_at, row.closed_by, row.counts, row.report = None, None, {}, {}
    row.save()
    record(actor, "day.reopened", row.id, reason=reason.strip())
    return row
