"""Charges: asking a provider to take an order's money from the code that the customer shows."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.counter.actions import locked_order
from madoguchi.counter.models import Order
from madoguchi.events.actions import record, send_later
from madoguchi.jpqr import PayloadError
from madoguchi.jpqr.cpm import decode_cpm
from madoguchi.jpqr.reader import HEADER
from madoguchi.payments import rules
from madoguchi.payments.answers import keep_answer
from madoguchi.payments.models import Charge
from madoguchi.people.access import Actor, require
from madoguchi.registry.models import Service
from madoguchi.registry.operators import service_of_operator
from madoguchi.registry.queries import place_scope, services_at


@transaction.atomic
def request_charge(*, actor: Actor, order_id: UUID, shown_code: str, key: str) -> Charge:
    """Ask the provider behind `shown_code`, as a customer's screen shows it, for the order's money.

    It is good for CHARGE_LIFE; the provider takes nothing later. A repeated `key` returns the first charge.
    Raises Refusal `order_unknown`, `key_reused`, `order_not_waiting`, `charge_running`, `shown_code_is_merchants`,
    `shown_code_unreadable` with the decoder's reason, `operator_unknown`, `service_not_taken_here`.
    """
    order = locked_order(order_id)
    require(actor, "till.use", place_scope(order.place))
    if earlier := Charge.objects.filter(key=key).first():
        if earlier.order_id != order.id:
            raise Refusal("key_reused")
        return earlier
    if order.state != "open":
        raise Refusal("order_not_waiting", state=order.state)
    _require_none_running(actor, order)
    operator, number = _read(shown_code.strip())
    service = _service_taken(order, operator)
    at = now()
    charge = Charge.objects.create(
        key=key,
        order=order,
        service=service,
        operator_code=operator,
        amount_yen=order.total_yen,
        state="requested",
        code_digest=salted_hmac("madoguchi.charge", f"{operator}:{number}", algorithm="sha256").hexdigest(),
        code_ending=number[-4:],
        requested_by_id=actor.user_id,
        requested_at=at,
        valid_until=at + rules.CHARGE_LIFE,
    )
    record(actor, "charge.requested", charge.id, order=str(order.id), service=service.code, amount_yen=order.total_yen)
    send_later(
        service.provider_id,
        "charge.requested",
        charge.id,
        {
            "charge_id": str(charge.id),
            "store_id": order.code.store_id,
            "service": service.code,
            "amount_yen": charge.amount_yen,
            "shown_code": shown_code.strip(),  # emptied as soon as the message is finished: events.rules.FLEETING
            "order_reference": order.number,
            "requested_at": at.isoformat(),
            "valid_until": charge.valid_until.isoformat(),
        },
    )
    return charge


def _require_none_running(actor: Actor, order: Order) -> None:
    """One charge at a time; one whose minute is over is written down as lapsed and does not stand in the way."""
    for earlier in order.charges.filter(state__in=rules.RUNNING_CHARGES):
        if rules.charge_state(earlier.state, earlier.valid_until, now()) != "lapsed":
            raise Refusal("charge_running", until=earlier.valid_until)
        _lapse(actor, earlier)


def _read(shown_code: str) -> tuple[str, str]:
    """The operator's digits and the payment's number in a customer's code."""
    if shown_code.startswith(HEADER):  # a sticker was scanned by mistake
        raise Refusal("shown_code_is_merchants", field="shown_code")
    try:
        code = decode_cpm(shown_code)
    except PayloadError as error:
        raise Refusal("shown_code_unreadable", field="shown_code", reason=error.code) from error
    if code.operator_code is None or code.payment_id is None:
        # A plain EMV code may hold a card's data in other tags; what a provider here could look up is not in it.
        raise Refusal("shown_code_unreadable", field="shown_code", reason="missing_tag")
    return code.operator_code, code.payment_id


def _service_taken(order: Order, operator: str) -> Service:
    """The operator's service, if it is enrolled at the order's own store code today."""
    service = service_of_operator(operator, today())
    if service is None:
        raise Refusal("operator_unknown", operator=operator)
    if service not in services_at(order.code_id, today()):
        raise Refusal("service_not_taken_here", service=service.name)
    return service


@transaction.atomic
def note_charge_answer(*, actor: Actor, charge_id: UUID, accepted: bool, answer: str) -> Charge:
    """Write down what the provider answered to a charge; one that is paid or was answered stays as it is."""
    charge = _locked_charge(charge_id)
    state = "accepted" if accepted else "declined"
    if rules.may_move_charge(charge.state, state):
        keep_answer(actor, charge, state=state, answer=answer)
    return charge


@transaction.atomic
def lapse_charge(*, actor: Actor, charge_id: UUID) -> Charge:
    """Write down that a charge ended without an answer."""
    charge = _locked_charge(charge_id)
    if rules.may_move_charge(charge.state, "lapsed"):
        _lapse(actor, charge)
    return charge


def may_still_be_sent(charge_id: UUID) -> bool:
    """Whether a charge's message may go out now: unanswered, in time, and the order still open.

    An order that was stopped or paid otherwise meanwhile must not be charged to a customer who has left.
    """
    rows = Charge.objects.filter(id=charge_id, state="requested", valid_until__gt=now())
    return rows.filter(order__state="open").exists()


def pay_charges(actor: Actor, paid: Mapping[UUID, str]) -> None:
    """Note on charges that their notices have come: `{order: service}` of payments whose provider named the order.

    A payment that was matched in another way came by our own code. Of several charges of one order it is the one that
    was accepted, or else the first.
    """
    rows = Charge.objects.select_for_update().filter(order__in=list(paid), state__in=(*rules.RUNNING_CHARGES, "lapsed"))
    asked: dict[UUID, Charge] = {}
    for charge in sorted(rows, key=lambda row: (row.state != "accepted", row.id)):
        if charge.service_id == paid[charge.order_id]:
            asked.setdefault(charge.order_id, charge)
    for charge in asked.values():
        before, charge.state = charge.state, "paid"
        charge.save(update_fields=["state"])
        record(actor, "charge.paid", charge.id, before=before)


def latest_charge(order_id: UUID) -> Charge | None:
    """The charge that was asked for last for an order."""
    return Charge.objects.filter(order_id=order_id).select_related("service").order_by("-id").first()


def has_running_charge(order_id: UUID) -> bool:
    """Whether the customer may be paying the order by a charge at this moment."""
    charge = latest_charge(order_id)
    return charge is not None and rules.charge_state(charge.state, charge.valid_until, now()) in rules.RUNNING_CHARGES


def _locked_charge(charge_id: UUID) -> Charge:
    return Charge.objects.select_for_update().get(id=charge_id)


def _lapse(actor: Actor, charge: Charge) -> None:
    charge.state = "lapsed"
    charge.save(update_fields=["state"])
    record(actor, "charge.lapsed", charge.id)
