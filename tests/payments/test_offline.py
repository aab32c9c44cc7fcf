"""Orders of a till that had no connection: taken in once, at their own hour, and matched to what came before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import now, today
from madoguchi.core.ids import new_id
from madoguchi.counter.models import Order
from madoguchi.counter.queries import offers_at
from madoguchi.payments.actions import accept_offline_order
from madoguchi.payments.models import Payment
from madoguchi.payments.refunds import note_provider_answer, request_refund
from madoguchi.people.access import system_actor
from tests.conftest import actor_named, refused
from tests.payments.conftest import booked, snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def accept(mill, mill_clerk, clock):
    """`accept("k1")`: the mill's till sends an order of one adult that it took an hour ago."""
    item = next(offer for offer in offers_at(mill, today()) if offer.code == "adult")
    line = {"item": str(item.item_id), "quantity": 1, "unit_yen": 1_000}
    clock.move(hours=1)
    taken_at = now() - timedelta(hours=1)

    def make(key, *, tender="service", given_yen=None, service="paypay", **changed):
        facts = {"actor": mill_clerk, "place_id": mill.id, "taken_at": taken_at, "lines": [line], **changed}
        return accept_offline_order(client_key=key, tender=tender, given_yen=given_yen, service=service, **facts)

    return make


@pytest.fixture
def earlier(payment):
    """`earlier("r1")`: a payment of ¥1,000 made at the hour of the order."""

    def make(reference, amount_yen=1_000, **changed):
        return payment(reference, amount_yen, paid_at=now() - timedelta(hours=1), **changed)

    return make


def test_a_cash_order_is_paid_at_the_hour_it_was_taken(accept, mill):
    order = accept("k1", tender="cash", given_yen=1_000, service="")

    assert (order.state, order.tender, order.was_offline) == ("paid", "cash", True)
    assert order.paid_at == order.opened_at == now() - timedelta(hours=1)
    assert booked(mill) == {"cash:here": 1_000, "revenue:here:adult": 1_000}


def test_a_service_order_counts_as_seen_until_its_notice_comes(accept, mill, earlier):
    """J-25."""
    order = accept("k1")
    assert (order.state, order.service_id, booked(mill)) == ("seen", "paypay", {})

    found = earlier("r1")

    order.refresh_from_db()
    assert (found.order_id, order.state) == (order.id, "paid")


def test_a_notice_that_came_before_the_order_is_matched_at_once(accept, mill, earlier):
    found = earlier("r1")
    assert found.state == "unmatched"

    order = accept("k1")

    found.refresh_from_db()
    assert (order.state, found.order_id, found.state) == ("paid", order.id, "matched")
    assert booked(mill) == {"receivable:paypay": 1_000, "revenue:here:adult": 1_000}


@pytest.mark.parametrize("tender", ["cash", "service"])
def test_sent_again_it_changes_nothing(accept, earlier, tender):
    earlier("r1")
    first = accept("k1", tender=tender, given_yen=1_000)
    before = snapshot()

    again = accept("k1", tender=tender, given_yen=1_000)

    assert (again.id, snapshot()) == (first.id, before)


def test_two_orders_and_two_earlier_payments_are_paired_one_to_one(accept, earlier):
    payments = [earlier("r1"), earlier("r2")]
    orders = [accept("k1"), accept("k2")]

    matched = {Payment.objects.get(id=payment.id).order_id for payment in payments}
    assert matched == {order.id for order in orders}


def test_an_earlier_payment_of_another_amount_is_left(accept, earlier):
    found = earlier("r1", 999)

    assert accept("k1").state == "seen"
    found.refresh_from_db()
    assert found.state == "unmatched"


def test_an_earlier_payment_by_another_service_than_was_seen_is_left(accept, earlier):
    earlier("r1")

    assert accept("k1", service="line_pay").state == "seen"
    assert Payment.objects.get().state == "unmatched"


def test_an_earlier_payment_whose_money_is_on_its_way_back_is_left(accept, earlier, mill_clerk):
    found = earlier("r1")
    request_refund(actor=mill_clerk, payment_id=found.id, amount_yen=1_000, reason="wrong", key="k")

    assert accept("k1").state == "seen"


def test_an_earlier_payment_whose_refund_was_refused_is_matched(accept, earlier, mill_clerk):
    """The provider kept the money, so it is this order's."""
    found = earlier("r1")
    refund = request_refund(actor=mill_clerk, payment_id=found.id, amount_yen=1_000, reason="wrong", key="k")
    note_provider_answer(actor=system_actor("worker"), refund_id=refund.id, accepted=False, answer="cut-off")

    assert accept("k1").state == "paid"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"lines": []}, "order_empty"),
        ({"lines": [{"item": str(new_id()), "quantity": 1, "unit_yen": 1}]}, "item_not_offered"),
        ({"lines": [{"item": "x", "quantity": 1, "unit_yen": 1}]}, "quantity_wrong"),
        ({"tender": "cash", "given_yen": 999}, "cash_short"),
        ({"tender": "cash", "given_yen": None}, "cash_short"),
        ({"service": "nobody_pay"}, "service_unknown"),
        ({"actor": "clerk-citizens"}, "not_allowed"),
    ],
)
def test_what_is_refused_leaves_nothing_behind_so_that_it_can_be_sent_again(accept, earlier, changed, code):
    earlier("r1")
    if "actor" in changed:
        changed = {"actor": actor_named(changed["actor"])}
    before = snapshot()

    with refused(code):
        accept("k1", **changed)

    assert snapshot() == before
    assert accept("k1").state == "paid"


def test_a_price_that_was_changed_since_the_till_last_heard_is_refused(accept, mill):
    item = next(offer for offer in offers_at(mill, today()) if offer.code == "adult")
    line = {"item": str(item.item_id), "quantity": 1, "unit_yen": 900}

    with refused("price_changed", unit_yen=1_000):
        accept("k1", lines=[line])

    assert not Order.objects.exists()
