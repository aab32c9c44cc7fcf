"""Providers' notices about the Tomioka Silk Mill, and what was written because of them."""

from __future__ import annotations

from typing import Any

import pytest

from madoguchi.core.clock import now
from madoguchi.counter.models import Order, Remuneration
from madoguchi.events.models import Delivery, Event
from madoguchi.ledger.models import Posting
from madoguchi.ledger.queries import balances
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Charge, Payment, Refund, RefundTold, RefusedNotice
from madoguchi.payments.refunds import receive_refunds
from madoguchi.payments.rules import PaymentNotice, RefundNotice
from madoguchi.registry.models import Place, StoreCode

WRITTEN = (Order, Charge, Payment, Refund, RefundTold, RefusedNotice, Remuneration, Posting, Event, Delivery)


def snapshot(*without: type) -> list[list[tuple[Any, ...]]]:
    """Every row that an action on payments could have written or changed."""
    return [sorted(model.objects.values_list(), key=str) for model in WRITTEN if model not in without]


def booked(place: Place, principal_id: Any = None) -> dict[str, int]:
    """Balances in a principal's books that are not zero; `here` stands for the place."""
    found = balances(principal_id or place.operator_id).items()
    return {code.replace(str(place.id), "here"): amount for code, amount in found if amount}


@pytest.fixture
def told(paypay: Any, mill: Any, clock: Any) -> Any:
    """`told("r1", 1000)`: PayPay tells of a payment at the mill; returns the answer."""

    def make(reference: str, amount_yen: int, *, place: Any = mill, principal: Any = None, **changed: Any) -> Any:
        code = StoreCode.objects.get(place=place, principal=principal or place.operator)
        facts = {"service": "paypay", "store_id": code.store_id, "paid_at": now(), **changed}
        notice = PaymentNotice(reference=reference, amount_yen=amount_yen, **facts)
        return receive_payments(actor=paypay, provider="paypay", notices=[notice])[0]

    return make


@pytest.fixture
def payment(told: Any) -> Any:
    """`payment("r1", 1000)`: as `told`, but returns the payment."""

    def make(reference: str, amount_yen: int, **changed: Any) -> Payment:
        return Payment.objects.get(id=told(reference, amount_yen, **changed).subject_id)

    return make


@pytest.fixture
def refund_told(paypay: Any, clock: Any) -> Any:
    """`refund_told("f1", "r1", 300)`: PayPay tells that it gave money back; returns the answer."""

    def make(reference: str, payment_reference: str, amount_yen: int, refund_id: Any = None, **changed: Any) -> Any:
        notice = RefundNotice(reference, payment_reference, amount_yen, changed.get("refunded_at", now()), refund_id)
        return receive_refunds(actor=paypay, provider="paypay", notices=[notice])[0]

    return make


@pytest.fixture
def paid(order_at: Any, mill: Any, mill_clerk: Any, payment: Any) -> Payment:
    """¥2,150 at the mill (two adults, a child), paid with PayPay and matched."""
    order = order_at(mill, mill_clerk, adult=2, child=1)
    found = payment("r1", 2_150)
    assert (found.state, found.order_id) == ("matched", order.id)
    return found
