"""Whatever providers, clerks and accountants do, in whatever order: the books are right to the yen (J-29, H-24)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import new_id
from madoguchi.counter.actions import abandon_order, mark_seen, return_cash, take_cash
from madoguchi.counter.models import FeeItem, Order, OrderLine
from madoguchi.counter.rules import MOVES, PAID_STATES
from madoguchi.events.models import Event
from madoguchi.ledger.models import Posting
from madoguchi.ledger.queries import balances
from madoguchi.ledger.rules import DEBIT_KINDS, kind_of
from madoguchi.payments.actions import assign_payment, book_payment
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Payment, Refund
from madoguchi.payments.refunds import note_provider_answer, receive_refunds, request_refund, returned_yen
from madoguchi.payments.rules import PaymentNotice, RefundNotice
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.registry.models import StoreCode

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
PER_CASE_YEN = 150  # what the demo's village owes its post office for each case (H-07)
PAYPAY, SYSTEM = provider_actor("paypay"), system_actor("test")

# Each step picks what it acts on by a number, so that any list of steps is a story; some are refused, as in life.
BUSY = ("open", "pay", "pay", "told", "told", "ask", "answer")
KINDS = (*BUSY, "pay wrong", "cash", "seen", "abandon", "cash back", "assign", "book")
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.integers(1, 100)), min_size=10, max_size=40)


class Desk:
    """Two places and what happens there: the mill for its own town, the post office for the village."""

    def __init__(self, order_at: Any, places: list[tuple[Any, Any, dict[str, int]]], clock: Any) -> None:
        self.order_at, self.places, self.clock = order_at, places, clock
        self.orders: list[Any] = []
        self.references: list[str] = []

    def step(self, kind: str, which: int, size: int) -> None:
        """Do one step in a transaction of its own; a refusal must leave nothing behind."""
        self.clock.at += timedelta(seconds=20)
        try:
            with transaction.atomic():
                getattr(self, kind.replace(" ", "_"))(which, size)
        except Refusal:
            pass

    def _order(self, which: int) -> Order:
        if not self.orders:
            raise Refusal("order_unknown")
        return Order.objects.get(id=self.orders[-1 - which % len(self.orders)])

    def _payment(self, which: int) -> Payment:
        if not self.references:
            raise Refusal("payment_unknown")
        return Payment.objects.get(reference=self.references[-1 - which % len(self.references)])

    def open(self, which: int, size: int) -> None:
        place, clerk, items = self.places[which % len(self.places)]
        order = self.order_at(place, clerk, **{code: 1 + size % most for code, most in items.items()})
        self.orders.append(order.id)

    def _pay(self, code_id: Any, amount_yen: int) -> None:
        reference = str(new_id())
        store_id = StoreCode.objects.get(id=code_id).store_id
        notice = PaymentNotice(reference, "paypay", store_id, amount_yen, now())
        [answer] = receive_payments(actor=PAYPAY, provider="paypay", notices=[notice])
        assert answer.status == 201
        self.references.append(reference)

    def pay(self, which: int, size: int) -> None:
        order = self._order(which)
        self._pay(order.code_id, order.total_yen)

    def pay_wrong(self, which: int, size: int) -> None:
        order = self._order(which)
        self._pay(order.code_id, order.total_yen + size)

    def cash(self, which: int, size: int) -> None:
        order = self._order(which)
        take_cash(actor=SYSTEM, order_id=order.id, given_yen=order.total_yen)

    def seen(self, which: int, size: int) -> None:
        mark_seen(actor=SYSTEM, order_id=self._order(which).id, service_code="paypay")

    def abandon(self, which: int, size: int) -> None:
        abandon_order(actor=SYSTEM, order_id=self._order(which).id, reason="left")

    def cash_back(self, which: int, size: int) -> None:
        return_cash(actor=SYSTEM, order_id=self._order(which).id, reason="wrong")

    def assign(self, which: int, size: int) -> None:
        assign_payment(actor=SYSTEM, payment_id=self._payment(which).id, order_id=self._order(size).id)

    def book(self, which: int, size: int) -> None:
        payment = self._payment(which)
        item = FeeItem.objects.filter(principal=payment.principal).first()
        book_payment(actor=SYSTEM, payment_id=payment.id, item_id=item.id, reason="agreed")

    def ask(self, which: int, size: int) -> None:
        payment = self._payment(which)
        part = -(-payment.amount_yen * size // 100)
        request_refund(actor=SYSTEM, payment_id=payment.id, amount_yen=part, reason="wrong", key=str(new_id()))

    def answer(self, which: int, size: int) -> None:
        refund = Refund.objects.filter(state="requested").order_by("id").last()
        if refund is not None:
            note_provider_answer(actor=SYSTEM, refund_id=refund.id, accepted=bool(size % 2), answer="")

    def told(self, which: int, size: int) -> None:
        """Answers a request if there is one; otherwise gives a part or the rest back unasked, perhaps too much."""
        payment = self._payment(which)
        asked = payment.refunds.exclude(state="returned").order_by("id").last() if size % 3 else None
        rest_yen = payment.amount_yen - returned_yen(payment) if size > 60 else 0
        amount_yen = asked.amount_yen if asked else rest_yen or -(-payment.amount_yen * size // 200)
        notice = RefundNotice(str(new_id()), payment.reference, amount_yen, now(), asked.id if asked else None)
        receive_refunds(actor=PAYPAY, provider="paypay", notices=[notice])


@pytest.fixture
def counter(order_at, towns, mill, mill_clerk, post_clerk, clock):
    def begin() -> Desk:
        items = {"residence": 3, "seal": 2}
        return Desk(
            order_at, [(mill, mill_clerk, {"adult": 4, "child": 3}), (towns.post_office, post_clerk, items)], clock
        )

    return begin


def expected_books(orders: list[Any], references: list[str]) -> dict[tuple[Any, str], int]:
    """What every account must stand at, worked out from the orders, payments and refunds alone."""
    books: Counter = Counter()
    payments = Payment.objects.filter(reference__in=references)
    for payment in payments.select_related("booked_item"):
        left = payment.amount_yen - returned_yen(payment)
        books[payment.principal_id, "receivable:paypay"] += left
        if payment.state == "unmatched":
            books[payment.principal_id, f"unmatched:{payment.place_id}"] += left
        elif payment.state == "booked":
            books[payment.principal_id, f"revenue:{payment.place_id}:{payment.booked_item.code}"] += left
    for order in Order.objects.filter(id__in=orders, tender="cash", state="paid"):
        books[order.principal_id, f"cash:{order.place_id}"] += order.total_yen
    for order in Order.objects.filter(id__in=orders, state__in=PAID_STATES).select_related("place"):
        if order.place.operator_id != order.principal_id:
            for kind in ("remuneration", "payable"):
                books[order.principal_id, f"{kind}:{order.place.operator_id}"] += PER_CASE_YEN
    return {key: amount for key, amount in books.items() if amount}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(steps=STEPS)
def test_the_books_follow_from_orders_payments_and_refunds(counter, towns, mill, steps):
    savepoint = transaction.savepoint()
    try:
        desk = counter()
        desk.step("open", 0, 7)
        desk.step("open", 1, 5)
        for step in steps:
            desk.step(*step)

        principals = [mill.operator_id, towns.towns["20414"].id, towns.post_office_operator.id]
        found = {(owner, code): yen for owner in principals for code, yen in balances(owner).items() if yen}
        check_accounts(found, expected_books(desk.orders, desk.references))
        check_revenue(found, desk.orders)
        check_orders(desk.orders)
    finally:
        # Each story starts with empty books.
        transaction.savepoint_rollback(savepoint)


def check_accounts(found: dict[tuple[Any, str], int], expected: dict[tuple[Any, str], int]) -> None:
    for owner in {owner for owner, _ in found}:
        own = {code: yen for (whose, code), yen in found.items() if whose == owner}
        debits = sum(yen for code, yen in own.items() if kind_of(code) in DEBIT_KINDS)
        assert debits == sum(yen for code, yen in own.items() if kind_of(code) not in DEBIT_KINDS)
    for key in {*found, *expected}:
        if kind_of(key[1]) != "revenue":
            assert found.get(key, 0) == expected.get(key, 0), key


def check_revenue(found: dict[tuple[Any, str], int], orders: list[Any]) -> None:
    """Revenue is the lines of the paid orders, less what was given back of them, plus what was booked by hand."""
    revenue = sum(yen for (_, code), yen in found.items() if kind_of(code) == "revenue")
    lines = OrderLine.objects.filter(order__in=orders, order__state__in=PAID_STATES)
    booked = Payment.objects.filter(state="booked")
    given_back = sum(
        returned_yen(payment)
        for payment in Payment.objects.exclude(state="unmatched")
        if payment.order is None or payment.order.state in PAID_STATES
    )
    assert revenue == sum(row.amount_yen for row in lines) + sum(row.amount_yen for row in booked) - given_back
    assert all(yen >= 0 for (_, code), yen in found.items() if kind_of(code) in {"revenue", "receivable", "unmatched"})


def check_orders(orders: list[Any]) -> None:
    for order in Order.objects.filter(id__in=orders).prefetch_related("payments__refunds"):
        states = ["open", *(row.name.removeprefix("order.") for row in events_of(order))]
        assert all(move in MOVES for move in pairwise(states)), states
        assert states[-1] == order.state
        payments = list(order.payments.all())
        assert len(payments) <= 1
        assert (order.state in {*PAID_STATES, "cancelled", "refunded_elsewhere"}) == (order.paid_at is not None)
        if payments:
            all_back = returned_yen(payments[0]) == order.total_yen
            assert all_back == (order.state in {"cancelled", "refunded_elsewhere"})
    assert not Posting.objects.filter(amount_yen__lte=0).exists()


def events_of(order: Order) -> Any:
    return Event.objects.filter(subject=str(order.id)).exclude(name="order.opened").order_by("id")
