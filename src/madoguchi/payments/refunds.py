"""Giving money back: asking the provider, hearing its answer, and taking in its notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Sum

from madoguchi.core.clock import jst_date, now
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import new_id
from madoguchi.counter.actions import cancel_remuneration, locked_order, move_order
from madoguchi.counter.queries import lines_of
from madoguchi.events.actions import record, send_later
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import post
from madoguchi.payments import rules
from madoguchi.payments.answers import keep_answer
from madoguchi.payments.models import Payment, Refund, RefundTold
from madoguchi.payments.notices import Answer, keep_refused
from madoguchi.payments.rules import RefundNotice
from madoguchi.people.access import Actor, may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.queries import place_scope, terms_of

LIVE_STATES = ("requested", "accepted", "returned")


@transaction.atomic
def request_refund(*, actor: Actor, payment_id: UUID, amount_yen: int, reason: str, key: str) -> Refund:
    """Ask the provider to give `amount_yen` of a payment back (J-29).

    A repeated `key` returns the first refund. Raises Refusal `refund_exceeds_payment`, `refund_cut_off_passed`,
    `reason_missing`, `amount_wrong`, `key_reused`.
    """
    payment = locked_payment(payment_id)
    scope = place_scope(payment.place, payment.principal_id)
    if not may(actor, "payment.clear", scope):
        require(actor, "till.refund", scope)
    if earlier := Refund.objects.filter(key=key).first():
        if earlier.payment_id != payment.id:
            raise Refusal("key_reused")
        return earlier
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if amount_yen <= 0:
        raise Refusal("amount_wrong", field="amount_yen")
    left_yen = left_of(payment)
    if amount_yen > left_yen:
        raise Refusal("refund_exceeds_payment", left_yen=left_yen)
    cut_off_at = cut_off_of(payment)
    if now() >= cut_off_at:
        raise Refusal("refund_cut_off_passed", closed_at=cut_off_at)
    refund = Refund.objects.create(
        key=key,
        payment=payment,
        amount_yen=amount_yen,
        state="requested",
        reason=reason.strip()[:200],
        requested_by_id=actor.user_id,
        requested_at=now(),
        cut_off_at=cut_off_at,
    )
    if payment.order_id and amount_yen == left_yen:
        # With this, alone or with earlier parts, all of the order's money has been asked for.
        move_order(actor, locked_order(payment.order_id), "cancelling")
    record(actor, "refund.requested", refund.id, payment=str(payment.id), amount_yen=amount_yen, reason=reason)
    send_later(
        payment.provider_id,
        "refund.requested",
        refund.id,
        {
            "refund_id": str(refund.id),
            "payment_reference": payment.reference,
            "amount_yen": amount_yen,
            "reason": refund.reason,
            "requested_at": now().isoformat(),
        },
    )
    return refund


@transaction.atomic
def note_provider_answer(*, actor: Actor, refund_id: UUID, accepted: bool, answer: str) -> Refund:
    """Write down what the provider answered to a request; a refund already returned stays returned."""
    refund = Refund.objects.select_for_update(of=("self",)).select_related("payment").get(id=refund_id)
    if refund.state != "requested":
        return refund
    if not accepted and refund.payment.order_id:
        order = locked_order(refund.payment.order_id)
        if order.state == "cancelling":
            move_order(actor, order, "paid")
    keep_answer(actor, refund, state="accepted" if accepted else "refused", answer=answer)
    return refund


def receive_refunds(*, actor: Actor, provider: str, notices: Sequence[RefundNotice]) -> list[Answer]:
    """Take in refund notices in one database transaction; answers come in the order of `notices`.

    A notice whose payment has not been told of yet is held and gets the same answer; it is applied when the
    payment arrives. One above what is left of its payment gets 422 `refund_exceeds_payment` and changes nothing.
    """
    require(actor, "provider.write", Scope(provider=provider))
    at = now()
    with transaction.atomic():
        return [_receive_one(actor, provider, notice, at) for notice in notices]


def _receive_one(actor: Actor, provider: str, notice: RefundNotice, at: datetime) -> Answer:
    earlier = RefundTold.objects.filter(provider_id=provider, reference=notice.reference).first()
    if earlier is not None:
        if earlier.digest != notice.digest():
            return Answer(409, notice.reference, code="reference_reused", field="reference")
        return Answer(201, notice.reference, earlier.id, earlier.received_at, repeated=True)
    told = RefundTold(
        id=new_id(),
        provider_id=provider,
        reference=notice.reference,
        digest=notice.digest(),
        payment_reference=notice.payment_reference,
        amount_yen=notice.amount_yen,
        refunded_at=notice.refunded_at,
        refund_id_told=notice.refund_id,
        received_at=at,
        state="held",
    )
    payment = (
        Payment.objects.select_for_update().filter(provider_id=provider, reference=notice.payment_reference).first()
    )
    if payment is not None:
        if code := _fault(payment, told):
            field = "refund_id" if code == "refund_unknown" else "amount_yen"
            keep_refused(provider, notice, kind="refund", code=code, field=field, at=at)
            return Answer(422, notice.reference, code=code, field=field)
        told.save(force_insert=True)
        _apply(actor, payment, told)
    else:
        told.save(force_insert=True)
        record(actor, "refund.held", told.id, payment_reference=notice.payment_reference)
    return Answer(201, notice.reference, told.id, at)


def apply_held_refunds(actor: Actor, provider: str, references: Sequence[str]) -> None:
    """Apply the refund notices that came before the payments with these references."""
    held = RefundTold.objects.filter(provider_id=provider, state="held", payment_reference__in=references)
    for told in held.select_for_update().order_by("id"):
        payment = Payment.objects.select_for_update().get(provider_id=provider, reference=told.payment_reference)
        if code := _fault(payment, told):
            told.state = "refused"
            told.save(update_fields=["state"])
            record(actor, "refund.held_refused", told.id, code=code, payment=str(payment.id))
            # Its provider was answered 201 long ago and will not ask again.
            keep_refused(provider, notice_of(told), kind="refund", code=code, field="", at=now())
        else:
            _apply(actor, payment, told)


def settle_held_refunds(*, actor: Actor) -> int:
    """Apply refund notices that are still held although their payment is there; returns how many there were.

    It happens when both come in at the same moment: neither transaction sees what the other has not committed.
    """
    payments = Payment.objects.filter(provider=OuterRef("provider"), reference=OuterRef("payment_reference"))
    held = RefundTold.objects.filter(Exists(payments), state="held").values_list("provider_id", "payment_reference")
    found = list(held)
    for provider, reference in dict.fromkeys(found):
        with transaction.atomic():
            apply_held_refunds(actor, provider, [reference])
    return len(found)


def notice_of(told: RefundTold) -> RefundNotice:
    """A kept refund notice in the shape it came in."""
    return RefundNotice(told.reference, told.payment_reference, told.amount_yen, told.refunded_at, told.refund_id_told)


def _fault(payment: Payment, told: RefundTold) -> str:
    """Why a refund notice cannot be true of `payment`, or an empty string."""
    own = _named(payment, told)
    if told.refund_id_told and own is None:
        return "refund_unknown"
    returned = sum(payment.refunds.filter(state="returned").values_list("amount_yen", flat=True))
    if told.amount_yen > rules.refundable_yen(payment.amount_yen, [returned]):
        return "refund_exceeds_payment"
    if own is not None and own.state != "returned" and own.amount_yen != told.amount_yen:
        return "refund_amount_differs"
    return ""


def _named(payment: Payment, told: RefundTold) -> Refund | None:
    if told.refund_id_told is None:
        return None
    return payment.refunds.select_for_update().filter(id=told.refund_id_told).exclude(state="returned").first()


def _apply(actor: Actor, payment: Payment, told: RefundTold) -> None:
    refund = _named(payment, told)
    before_yen = returned_yen(payment)
    if refund is None:
        refund = Refund(key=f"told:{told.id}", payment=payment, amount_yen=told.amount_yen)
    refund.state, refund.refunded_at = "returned", told.refunded_at
    refund.save()
    told.state, told.refund = "applied", refund
    told.save(update_fields=["state", "refund"])
    post(subject_id=refund.id, rule="refund_returned", legs=refund_legs(payment, refund.amount_yen, before_yen))
    if payment.order_id and returned_yen(payment) == payment.amount_yen:
        order = locked_order(payment.order_id)
        after = "cancelled" if order.state == "cancelling" else "refunded_elsewhere"
        move_order(actor, order, after, closed_at=now(), close_reason=refund.reason)
        cancel_remuneration(order)
    record(actor, "refund.returned", refund.id, payment=str(payment.id), amount_yen=refund.amount_yen)


def refund_legs(payment: Payment, amount_yen: int, returned_before_yen: int) -> list[books.Leg | None]:
    """The legs that take `amount_yen` back out of where the payment was booked."""
    owner, credit = payment.principal_id, books.receivable(payment.provider_id)
    if payment.order_id is None and payment.booked_item_id is None:
        return [books.leg(owner, books.unmatched(payment.place_id), credit, amount_yen)]
    targets = booked_to(payment)
    parts = rules.refund_parts(amount_yen, returned_before_yen, [weight for _, weight in targets])
    return [books.leg(owner, code, credit, part) for (code, _), part in zip(targets, parts, strict=True)]


def booked_to(payment: Payment) -> list[tuple[str, int]]:
    """The revenue accounts a payment stands in, with the yen of each."""
    if payment.order_id is None:
        assert payment.booked_item is not None  # noqa: S101  # the caller has looked
        return [(books.revenue(payment.place_id, payment.booked_item.code), payment.amount_yen)]
    lines = lines_of([payment.order_id])[payment.order_id]
    return [(books.revenue(line.division_id, line.item.code), line.amount_yen) for line in lines]


def returned_yen(payment: Payment) -> int:
    """Yen of a payment that the payer has back."""
    total: int | None = payment.refunds.filter(state="returned").aggregate(total=Sum("amount_yen"))["total"]
    return total or 0


def left_of(payment: Payment) -> int:
    """Yen of a payment for which no refund is asked or made yet."""
    asked = payment.refunds.filter(state__in=LIVE_STATES).values_list("amount_yen", flat=True)
    return rules.refundable_yen(payment.amount_yen, asked)


def cut_off_of(payment: Payment) -> datetime:
    """Until when the provider can still take the payment out of its closing (J-29)."""
    terms = terms_of(payment.provider_id, jst_date(payment.paid_at))
    return rules.refund_cut_off(payment.paid_at, cycle=terms.closing_cycle, cut_off_hours=terms.refund_cut_off_hours)


def locked_payment(payment_id: UUID) -> Payment:
    """A payment with its place, locked until the transaction ends. Raises Refusal `payment_unknown`."""
    payment = (
        Payment.objects.select_for_update(of=("self",))
        .select_related("place", "booked_item")
        .filter(id=payment_id)
        .first()
    )
    if payment is None:
        raise Refusal("payment_unknown")
    return payment
