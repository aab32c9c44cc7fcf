"""Orders: opening, closing, paying in cash, and what the other tenders do to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import jst_date, now, today
from madoguchi.core.errors import Refusal
from madoguchi.counter import rules
from madoguchi.counter.models import Order, OrderLine, Remuneration, TillDay
from madoguchi.counter.queries import Offer, offers_at, revenue_legs
from madoguchi.events.actions import record, record_many
from madoguchi.events.bulk import update_rows
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import post
from madoguchi.people.access import Actor, require
from madoguchi.registry.models import AgentDesignation, Place, Service
from madoguchi.registry.queries import codes_at, designation_rules, designations_between, find_place, place_scope
from madoguchi.registry.rules import may_take

OFFLINE_LIMIT = timedelta(days=31)
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Pick:
    """What a clerk picked: an item, how many, and the unit price the till showed (None if it does not say)."""

    item_id: UUID
    quantity: int
    shown_unit_yen: int | None = None


@transaction.atomic
def open_order(
    *,
    actor: Actor,
    place_id: UUID,
    picks: Sequence[Pick],
    client_key: str,
    case_reference: str = "",
    payer_name: str = "",
    taken_at: datetime | None = None,
) -> Order:
    """Open an order for `picks` at today's prices; a repeated `client_key` returns the first order.

    `taken_at` is given for an order that a till took without a connection: prices are those of that day.
    Raises Refusal `order_empty`, `quantity_wrong`, `item_not_offered`, `designation_missing`,
    `order_mixes_principals`, `price_changed`, `order_too_large`, `code_missing`, `day_closed`, `taken_at_wrong`,
    `key_reused`.
    """
    place = find_place(place_id)
    require(actor, "till.use", place_scope(place))
    if earlier := _opened_with(client_key, place):
        return earlier
    opened_at = _taken_at(taken_at)
    priced = price_picks(place, picks, jst_date(opened_at))
    principal_id = priced[0][0].principal_id
    code = next((row for row in codes_at(place.id) if row.principal_id == principal_id), None)
    if code is None:
        raise Refusal("code_missing")
    day = locked_day(place, today())
    if earlier := _opened_with(client_key, place):
        # The same order, sent twice at once: it was written while this call waited for the lock.
        return earlier
    _take_ordinal(day)
    order = Order.objects.create(
        client_key=client_key,
        number=rules.order_number(day.day, day.last_ordinal),
        place=place,
        principal_id=principal_id,
        code=code,
        till_day=day,
        clerk_id=actor.user_id,
        total_yen=sum(offer.unit_yen * quantity for offer, quantity in priced),
        opened_at=opened_at,
        was_offline=taken_at is not None,
        case_reference=case_reference,
        payer_name=payer_name,
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            item_id=offer.item_id,
            division_id=offer.division_id,
            unit_yen=offer.unit_yen,
            quantity=quantity,
            amount_yen=offer.unit_yen * quantity,
        )
        for position, (offer, quantity) in enumerate(priced)
    )
    record(actor, "order.opened", order.id, number=order.number, total_yen=order.total_yen, offline=order.was_offline)
    return order


def price_picks(place: Place, picks: Sequence[Pick], day: date) -> list[tuple[Offer, int]]:
    """Find the offer of each pick and check what a till may not do; see `open_order` for the refusals."""
    if not picks:
        raise Refusal("order_empty")
    if len(picks) > rules.MAX_LINES:
        raise Refusal("order_too_large", limit=rules.MAX_LINES)
    offers = {offer.item_id: offer for offer in offers_at(place, day)}
    priced = []
    for pick in picks:
        if not 1 <= pick.quantity <= rules.MAX_QUANTITY:
            raise Refusal("quantity_wrong", limit=rules.MAX_QUANTITY)
        offer = offers.get(pick.item_id)
        if offer is None:
            raise Refusal("item_not_offered")
        if offer.blocked:
            raise Refusal(offer.blocked, item=offer.name, item_en=offer.name_en)
        if pick.shown_unit_yen not in {None, offer.unit_yen}:
            raise Refusal("price_changed", item=offer.name, item_en=offer.name_en, unit_yen=offer.unit_yen)
        priced.append((offer, pick.quantity))
    if len({offer.principal_id for offer, _ in priced}) > 1:
        raise Refusal("order_mixes_principals")
    if sum(offer.unit_yen * quantity for offer, quantity in priced) > rules.MAX_ORDER_YEN:
        raise Refusal("order_too_large", limit=rules.MAX_ORDER_YEN)
    return priced


def _taken_at(taken_at: datetime | None) -> datetime:
    if taken_at is None:
        return now()
    if taken_at > now() + CLOCK_TOLERANCE or taken_at < now() - OFFLINE_LIMIT:
        raise Refusal("taken_at_wrong", taken_at=taken_at)
    return min(taken_at, now())


@transaction.atomic
def abandon_order(*, actor: Actor, order_id: UUID, reason: str) -> Order:
    """Close an order that nobody paid. Raises Refusal `order_not_waiting`, `reason_missing`."""
    order = locked_order(order_id)
    require(actor, "till.use", place_scope(order.place))
    if order.state == "abandoned":
        return order
    if order.state not in rules.WAITING_STATES:
        raise Refusal("order_not_waiting", state=order.state)
    if order.state == "seen" and not reason.strip():
        raise Refusal("reason_missing", field="reason")
    move_order(actor, order, "abandoned", closed_at=now(), close_reason=reason.strip()[:200])
    return order


@transaction.atomic
def mark_seen(*, actor: Actor, order_id: UUID, service_code: str, seen_at: datetime | None = None) -> Order:
    """Record that the clerk saw the payment on the customer's screen while the notice is late (J-25).

    The order stays unpaid in the books until the notice comes.
    Raises Refusal `order_not_waiting`, `service_unknown`.
    """
    order = locked_order(order_id)
    require(actor, "till.use", place_scope(order.place))
    if order.state == "seen":
        return order
    if order.state != "open":
        raise Refusal("order_not_waiting", state=order.state)
    if service_code and not Service.objects.filter(code=service_code).exists():
        raise Refusal("service_unknown", service=service_code)
    move_order(actor, order, "seen", seen_at=seen_at or now(), tender="service", service_id=service_code or None)
    return order


@transaction.atomic
def take_cash(*, actor: Actor, order_id: UUID, given_yen: int) -> Order:
    """Take cash for an open order. Repeating it for an order already paid in cash changes nothing.

    Raises Refusal `cash_short`, `order_not_waiting`.
    """
    order = locked_order(order_id)
    require(actor, "till.use", place_scope(order.place))
    if order.state == "paid" and order.tender == "cash":
        return order
    if order.state != "open":
        raise Refusal("order_not_waiting", state=order.state)
    if given_yen < order.total_yen:
        raise Refusal("cash_short", short_yen=order.total_yen - given_yen, field="given_yen")
    paid_at = order.opened_at if order.was_offline else now()
    move_order(actor, order, "paid", tender="cash", cash_given_yen=given_yen, paid_at=paid_at)
    post(subject_id=order.id, rule="cash_taken", legs=revenue_legs(order, books.cash(order.place_id)))
    owe_remuneration(order)
    return order


@transaction.atomic
def return_cash(*, actor: Actor, order_id: UUID, reason: str) -> Order:
    """Give a cash order's money back, with a reason.

    Raises Refusal `order_not_cash`, `reason_missing`, `day_closed`.
    """
    order = locked_order(order_id)
    require(actor, "till.refund", place_scope(order.place))
    if order.state == "cancelled" and order.tender == "cash":
        return order
    if order.state != "paid" or order.tender != "cash":
        raise Refusal("order_not_cash")
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    day = TillDay.objects.select_for_update().get(id=order.till_day_id)
    if day.closed_at is not None:
        # That day's cash has been counted and handed over; giving money back now would make today's till short.
        raise Refusal("day_closed", day=day.day)
    move_order(actor, order, "cancelled", closed_at=now(), close_reason=reason.strip()[:200])
    reversed_legs = [
        books.leg(leg.owner_id, leg.credit, leg.debit, leg.amount_yen)
        for leg in revenue_legs(order, books.cash(order.place_id))
        if leg is not None
    ]
    post(subject_id=order.id, rule="cash_returned", legs=reversed_legs)
    cancel_remuneration(order)
    return order


def move_order(actor: object, order: Order, state: str, **changes: Any) -> None:
    """Move a locked order along ORDER_STATES and write the event. Raises Refusal `order_state_wrong`."""
    if not rules.may_move(order.state, state):
        raise Refusal("order_state_wrong", state=order.state, wanted=state)
    before, order.state = order.state, state
    for field, value in changes.items():
        setattr(order, field, value)
    order.save(update_fields=["state", *changes])
    record(actor, f"order.{state}", order.id, before=before)


def pay_orders(actor: object, paid: Mapping[UUID, tuple[str, datetime]]) -> dict[UUID, Order]:
    """Move orders, locked by `waiting_orders` in this transaction, to paid: `{order: (service, paid_at)}`.

    As `move_order`, but all at once: one by one, a batch of 1,000 payments took more than four seconds.
    """
    orders: dict[UUID, Order] = {}
    ids = list(paid)
    for start in range(0, len(ids), 500):
        orders |= Order.objects.select_related("place").in_bulk(ids[start : start + 500])
    before = {}
    for order in orders.values():
        if not rules.may_move(order.state, "paid"):
            raise Refusal("order_state_wrong", state=order.state, wanted="paid")
        before[order.id] = order.state
        order.state, order.tender = "paid", "service"
        order.service_id, order.paid_at = paid[order.id]
    columns = ("state", "tender", "service_id", "paid_at")
    update_rows(
        Order, columns, ((row.state, row.tender, row.service_id, row.paid_at, row.id) for row in orders.values())
    )
    record_many(actor, (("order.paid", key, {"before": state}) for key, state in before.items()))
    for order in orders.values():
        owe_remuneration(order)
    return orders


def owe_remuneration(order: Order) -> None:
    """Record what the principal owes the agent for this case, if an agent took it (H-07, H-24)."""
    if order.place.operator_id == order.principal_id:
        return
    designation = _designation_of(order)
    if designation is None or designation.remuneration_per_case_yen == 0:
        return
    amount_yen = designation.remuneration_per_case_yen
    row, created = Remuneration.objects.get_or_create(
        order=order, defaults={"designation": designation, "amount_yen": amount_yen}
    )
    if not created:
        return
    agent = f"{order.place.operator_id}"
    legs = [books.leg(order.principal_id, f"remuneration:{agent}", f"payable:{agent}", amount_yen)]
    post(subject_id=row.id, rule="remuneration_owed", legs=legs)


def _designation_of(order: Order) -> AgentDesignation | None:
    """The latest designation under which the agent could take a revenue of this order on the day it was paid."""
    day = jst_date(order.paid_at or now())
    purposes = set(order.lines.values_list("item__purpose", flat=True))
    for row in reversed(designations_between(order.principal_id, order.place.operator_id)):
        named = designation_rules([row])
        if any(may_take(is_own=False, purpose=purpose, day=day, designations=named) for purpose in purposes):
            return row
    return None


def cancel_remuneration(order: Order) -> None:
    """Take back what was owed for a case whose money was given back."""
    row = Remuneration.objects.select_for_update().filter(order=order, cancelled_at=None).first()
    if row is None:
        return
    row.cancelled_at = now()
    row.save(update_fields=["cancelled_at"])
    agent = f"{order.place.operator_id}"
    legs = [books.leg(order.principal_id, f"payable:{agent}", f"remuneration:{agent}", row.amount_yen)]
    post(subject_id=row.id, rule="remuneration_cancelled", legs=legs)


def locked_order(order_id: UUID) -> Order:
    """An order with its place, locked until the transaction ends. Raises Refusal `order_unknown`."""
    order = (
        Order.objects.select_for_update(of=("self",)).select_related("place", "till_day").filter(id=order_id).first()
    )
    if order is None:
        raise Refusal("order_unknown")
    return order


def _opened_with(client_key: str, place: Place) -> Order | None:
    earlier = Order.objects.filter(client_key=client_key).first()
    if earlier is not None and earlier.place_id != place.id:
        raise Refusal("key_reused")
    return earlier


def locked_day(place: Place, day: date) -> TillDay:
    """A place's till day, opened if it was not yet, locked until the transaction ends."""
    row, _ = TillDay.objects.get_or_create(place=place, day=day)
    return TillDay.objects.select_for_update().get(id=row.id)


def _take_ordinal(day: TillDay) -> None:
    """Take the next order number of a locked day. Raises Refusal `day_closed`."""
    if day.closed_at is not None:
        raise Refusal("day_closed", day=day.day)
    day.last_ordinal += 1
    day.save(update_fields=["last_ordinal"])


def offline_picks(rows: Sequence[Mapping[str, Any]]) -> list[Pick]:
    """Picks from a till's stored JSON. Raises Refusal `quantity_wrong` for anything that is not a whole number."""
    try:
        return [Pick(UUID(str(row["item"])), _whole(row["quantity"]), _whole(row["unit_yen"])) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal("quantity_wrong", limit=rules.MAX_QUANTITY) from error


def _whole(value: object) -> int:
    # Not int(): it would make 1 of 1.5 and of True, and the customer's order would change silently.
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        return int(value)
    raise TypeError("not a whole number")
