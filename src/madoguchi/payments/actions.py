"""What people do to payments: naming the order, booking without one, memos; and the orders of an offline till."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from madoguchi.core.errors import Refusal
from madoguchi.counter import rules as counter_rules
from madoguchi.counter.actions import locked_order, mark_seen, offline_picks, open_order, take_cash
from madoguchi.counter.models import FeeItem, Order
from madoguchi.counter.queries import waiting_orders
from madoguchi.events.actions import record
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import post
from madoguchi.payments import rules
from madoguchi.payments.intake import candidate, settle_order
from madoguchi.payments.models import Payment
from madoguchi.payments.refunds import left_of, locked_payment
from madoguchi.people.access import Actor, may, require
from madoguchi.registry.queries import place_scope


@transaction.atomic
def assign_payment(*, actor: Actor, payment_id: UUID, order_id: UUID) -> Payment:
    """Say which order an unmatched payment is for: the clerk at whose till it was, or the accountant.

    Raises Refusal `payment_not_unmatched`, `order_not_waiting`, `order_elsewhere`, `amount_differs`.
    """
    # Payment before order, as refunds lock them, so that neither waits for the other.
    payment = locked_payment(payment_id)
    order = locked_order(order_id)
    scope = place_scope(payment.place, payment.principal_id)
    if not may(actor, "payment.clear", scope):
        require(actor, "till.use", scope)
    if payment.state == "matched" and payment.order_id == order.id:
        return payment
    if payment.state != "unmatched" or left_of(payment) != payment.amount_yen:
        raise Refusal("payment_not_unmatched")
    if order.state not in counter_rules.WAITING_STATES:
        raise Refusal("order_not_waiting", state=order.state)
    if order.code_id != payment.code_id:
        raise Refusal("order_elsewhere")
    if order.total_yen != payment.amount_yen:
        raise Refusal("amount_differs", order_yen=order.total_yen, payment_yen=payment.amount_yen)
    settle_order(actor, payment, order, "by_hand")
    return payment


@transaction.atomic
def book_payment(*, actor: Actor, payment_id: UUID, item_id: UUID, reason: str) -> Payment:
    """Book an unmatched payment to a fee item without an order, as revenue of the place it was made at.

    Raises Refusal `payment_not_unmatched`, `item_not_offered`, `reason_missing`.
    """
    payment = locked_payment(payment_id)
    require(actor, "payment.clear", place_scope(payment.place, payment.principal_id))
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if payment.state != "unmatched" or left_of(payment) != payment.amount_yen:
        raise Refusal("payment_not_unmatched")
    item = FeeItem.objects.filter(id=item_id, principal_id=payment.principal_id).first()
    if item is None:
        raise Refusal("item_not_offered")
    payment.state, payment.booked_item, payment.rule = "booked", item, "by_hand"
    payment.memo = payment.memo or reason.strip()[:200]
    payment.save(update_fields=["state", "booked_item", "rule", "memo"])
    target = books.revenue(payment.place_id, item.code)
    legs = [books.leg(payment.principal_id, books.unmatched(payment.place_id), target, payment.amount_yen)]
    post(subject_id=payment.id, rule="booked_by_hand", legs=legs)
    record(actor, "payment.booked", payment.id, item=item.code, reason=reason.strip())
    return payment


@transaction.atomic
def write_memo(*, actor: Actor, payment_id: UUID, memo: str) -> Payment:
    """Write a memo on a payment (J-26); the earlier text stays in the log."""
    payment = locked_payment(payment_id)
    require(actor, "sales.memo", place_scope(payment.place, payment.principal_id))
    before, payment.memo = payment.memo, memo.strip()[:200]
    payment.save(update_fields=["memo"])
    record(actor, "payment.memo", payment.id, before=before, after=payment.memo)
    return payment


@transaction.atomic
def accept_offline_order(
    *,
    actor: Actor,
    place_id: UUID,
    client_key: str,
    taken_at: datetime,
    lines: list[Mapping[str, Any]],
    tender: str,
    given_yen: int | None,
    service: str,
    case_reference: str = "",
    payer_name: str = "",
    seen_at: datetime | None = None,
) -> Order:
    """Take in an order that a till kept while it had no connection; the same `client_key` again changes nothing.

    A cash order is paid; one paid with a service counts as seen on the customer's screen (J-25), at `seen_at` or
    else `taken_at`, and is matched at once if its notice is here already. Raises what `open_order` and `take_cash`
    raise.
    """
    order = open_order(
        actor=actor,
        place_id=place_id,
        picks=offline_picks(lines),
        client_key=client_key,
        taken_at=taken_at,
        case_reference=case_reference,
        payer_name=payer_name,
    )
    if order.state != "open":
        return order
    if tender == "cash":
        return take_cash(actor=actor, order_id=order.id, given_yen=given_yen or 0)
    return see_payment(actor=actor, order_id=order.id, service_code=service, seen_at=seen_at or taken_at)


@transaction.atomic
def see_payment(*, actor: Actor, order_id: UUID, service_code: str, seen_at: datetime | None = None) -> Order:
    """Record that the customer's screen showed the payment (J-25), and match its notice if that is here already.

    Raises Refusal `order_not_waiting`.
    """
    order = mark_seen(actor=actor, order_id=order_id, service_code=service_code, seen_at=seen_at)
    match_waiting(actor=actor, order=order)
    order.refresh_from_db()
    return order


def match_waiting(*, actor: Actor, order: Order) -> Payment | None:
    """Look among payments that came before this order for the one that fits it alone."""
    rows = Payment.objects.select_for_update(of=("self",)).filter(
        code_id=order.code_id, state="unmatched", amount_yen=order.total_yen
    )
    here = [candidate(row) for row in waiting_orders([order.code_id])]
    for payment in rows.order_by("paid_at"):
        if left_of(payment) != payment.amount_yen:
            continue
        decided = rules.match(
            amount_yen=payment.amount_yen,
            paid_at=payment.paid_at,
            service=payment.service_id,
            order_reference="",
            candidates=here,
        )
        if decided.order_id == order.id:
            settle_order(actor, payment, locked_order(order.id), decided.rule)
            return payment
    return None
