"""Removing demo months leaves the set-up and the log, nothing else, and never touches earnest money."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from madoguchi.core.clock import JST, now
from madoguchi.counter.models import Order, OrderLine, Remuneration, TillDay
from madoguchi.events.actions import send_later
from madoguchi.events.models import Delivery, Event
from madoguchi.jobs.demo_deposits import settle_month
from madoguchi.jobs.demo_removal import remove_demo
from madoguchi.ledger.models import Posting
from madoguchi.ledger.queries import balances
from madoguchi.payments.actions import assign_payment
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Charge, Payment, Refund, RefundTold
from madoguchi.payments.refunds import request_refund
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import system_actor
from madoguchi.people.models import User
from madoguchi.registry.models import Organisation, Place, StoreCode
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.models import Closing, Deposit, DepositFile, Payout, PayoutLine
from tests.conftest import refused

OCTOBER = date(2026, 10, 1)
MONTH = (Order, OrderLine, TillDay, Payment, Refund, RefundTold, Remuneration, Posting)
SETTLED = (Payout, PayoutLine, Deposit, DepositFile, Closing)
pytestmark = pytest.mark.django_db


def counts(*tables):
    return {table.__name__: table.objects.count() for table in tables}


def held():
    """Every balance of every principal that is not zero."""
    return {
        (owner.id, code): yen
        for owner in Organisation.objects.all()
        for code, yen in balances(owner.id).items()
        if yen != 0
    }


@pytest.fixture
def pay_by_hand(mill, mill_clerk, paypay, order_at):
    """A customer who is not of the demo month: one adult at the mill, paid now."""

    def pay():
        order = order_at(mill, mill_clerk, adult=1)
        notice = PaymentNotice("by-hand-1", "paypay", order.code.store_id, order.total_yen, now())
        receive_payments(actor=paypay, provider="paypay", notices=[notice])
        connection.check_constraints()
        return order

    return pay


def remove():
    gone = remove_demo()
    connection.check_constraints()
    return gone


def test_removal_leaves_nothing_of_the_month_and_every_balance_at_zero(october):
    setup = counts(Place, StoreCode, User, Organisation)
    assert held()

    gone = remove()

    assert gone["payments"] == 300
    assert set(counts(*MONTH, *SETTLED).values()) == {0}
    assert held() == {}
    assert counts(Place, StoreCode, User, Organisation) == setup


def test_removal_is_recorded_and_the_log_keeps_what_happened(october):
    events = Event.objects.count()

    gone = remove()

    assert Event.objects.count() == events + 1
    assert Event.objects.get(name="demo.removed").facts == gone


def test_removing_nothing_says_nothing(emptied):
    before = Event.objects.count()
    assert set(remove().values()) == {0}
    assert Event.objects.count() == before


def test_a_removed_month_can_be_filled_and_settled_again(october, fill):
    remove()

    again = fill(300)

    assert (again.payments, again.new, again.matched) == (300, 300, october.filled.matched)
    assert settle_month(OCTOBER, with_deposits=True) == october.settled


def test_what_people_did_by_hand_beside_the_demo_month_stays(emptied, fill, pay_by_hand):
    pay_by_hand()
    before = counts(*MONTH), held()
    fill(40)

    remove()

    assert (counts(*MONTH), held()) == before
    assert Payment.objects.get().state == "matched"


def test_a_charge_that_a_person_made_for_one_of_its_orders_goes_with_its_message(october):
    order = Order.objects.filter(state="paid").first()
    charge = Charge.objects.create(
        key="by-hand",
        order=order,
        service_id="paypay",
        amount_yen=order.total_yen,
        state="declined",
        requested_at=now(),
        valid_until=now(),
    )
    send_later("paypay", "charge.requested", charge.id, {})

    gone = remove()

    assert (gone["charges"], Charge.objects.count()) == (1, 0)
    assert not Delivery.objects.filter(event="charge.requested").exists()


def test_a_payout_shared_with_payments_by_hand_goes_and_is_made_again_without_the_demo(emptied, fill, mill, paypay):
    fill(40)
    store_id = StoreCode.objects.get(place=mill).store_id
    paid_at = datetime(2026, 10, 30, 10, 0, tzinfo=JST)
    notice = PaymentNotice("by-hand-1", "paypay", store_id, 1_000, paid_at)
    receive_payments(actor=paypay, provider="paypay", notices=[notice])
    settle_month(OCTOBER, with_deposits=True)

    remove()
    close_until(actor=system_actor("test"), until=date(2026, 10, 31))

    payout = Payout.objects.get()
    assert (payout.payments_yen, payout.closes_on) == (1_000, date(2026, 10, 31))
    assert held()[payout.principal_id, "receivable:paypay"] == payout.net_yen


def test_a_payment_that_a_person_tied_to_a_demo_order_goes_with_it(october, paypay):
    order = Order.objects.filter(state="seen", service="paypay").first() or Order.objects.filter(state="seen").first()
    notice = PaymentNotice("by-hand-1", "paypay", order.code.store_id, order.total_yen, now() - timedelta(minutes=1))
    receive_payments(actor=paypay, provider="paypay", notices=[notice])
    payment = Payment.objects.get(reference="by-hand-1")
    assign_payment(actor=system_actor("test"), payment_id=payment.id, order_id=order.id)

    remove()

    assert not Payment.objects.exists()
    assert held() == {}


def test_messages_about_the_months_refunds_go_and_others_stay(october, clock):
    others = Delivery.objects.count()
    clock.move_to(Payment.objects.filter(provider="paypay", state="matched", refunds=None).first().paid_at)
    payment = Payment.objects.filter(provider="paypay", state="matched", refunds=None).first()
    actor = system_actor("test")
    request_refund(actor=actor, payment_id=payment.id, amount_yen=payment.amount_yen, reason="wrong item", key="k")
    assert Delivery.objects.count() == others + 1

    remove()

    assert Delivery.objects.count() == others
    assert not Refund.objects.exists()


def test_money_of_an_earnest_principal_is_never_removed(october):
    Organisation.objects.filter(municipality_id="10210").update(is_demo=False)
    before = counts(*MONTH)

    with refused("not_demo"):
        remove_demo()

    assert counts(*MONTH) == before


def test_the_ledger_is_append_only_again_afterwards(emptied, fill, pay_by_hand):
    pay_by_hand()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Posting.objects.all().delete()
