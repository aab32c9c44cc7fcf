"""Asking for money back: what may be asked, once, until when, and what the provider's answer does (J-29)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from madoguchi.core.clock import JST, now
from madoguchi.core.ids import new_id
from madoguchi.counter.models import Order
from madoguchi.events.models import Delivery, Event
from madoguchi.payments.models import Payment, Refund
from madoguchi.payments.queries import refunds_waiting
from madoguchi.payments.refunds import note_provider_answer, request_refund
from madoguchi.people.access import system_actor
from tests.conftest import actor_named, refused
from tests.payments.conftest import booked, snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
WORKER = system_actor("worker")
MONTH_END = datetime(2026, 12, 1, 0, 0, tzinfo=JST)


@pytest.fixture
def ask(mill_clerk):
    """`ask(payment)`: the mill's clerk asks for all of it, or `amount_yen` of it, back."""

    def make(payment, amount_yen=None, *, actor=mill_clerk, reason="wrong amount", key=""):
        amount_yen = payment.amount_yen if amount_yen is None else amount_yen
        key = key or str(new_id())
        return request_refund(actor=actor, payment_id=payment.id, amount_yen=amount_yen, reason=reason, key=key)

    return make


def answer(refund: Refund, accepted: bool, words: str = "") -> Refund:
    return note_provider_answer(actor=WORKER, refund_id=refund.id, accepted=accepted, answer=words)


def order_of(payment: Payment) -> Order:
    return Order.objects.get(id=payment.order_id)


class TestAsked:
    def test_the_order_is_being_refunded_and_the_provider_is_asked(self, paid, ask, mill, mill_clerk):
        before = booked(mill)

        refund = ask(paid)

        assert (refund.state, refund.amount_yen, refund.reason) == ("requested", 2_150, "wrong amount")
        assert (refund.requested_by_id, refund.requested_at) == (mill_clerk.user_id, now())
        assert order_of(paid).state == "cancelling"
        assert booked(mill) == before  # nothing has been given back yet
        message = Delivery.objects.get(subject=str(refund.id))
        assert (message.destination, message.event, message.state) == ("paypay", "refund.requested", "waiting")
        assert message.data == {
            "refund_id": str(refund.id),
            "payment_reference": "r1",
            "amount_yen": 2_150,
            "reason": "wrong amount",
            "requested_at": now().isoformat(),
        }
        assert Event.objects.get(name="refund.requested", subject=str(refund.id)).facts["amount_yen"] == 2_150

    def test_a_payment_without_an_order_can_be_given_back_too(self, payment, ask):
        """J-29: the wrong amount, after the right one was paid."""
        refund = ask(payment("r1", 2_510))

        assert (refund.state, refund.amount_yen) == ("requested", 2_510)

    def test_a_part_leaves_the_order_paid(self, paid, ask):
        ask(paid, 150)

        assert order_of(paid).state == "paid"

    def test_parts_that_come_to_the_whole_make_the_order_be_refunded(self, paid, ask):
        ask(paid, 150)
        ask(paid, 2_000)

        assert order_of(paid).state == "cancelling"

    def test_asked_twice_with_one_key_it_is_asked_once(self, paid, ask):
        first = ask(paid, 300, key="k1")
        before = snapshot()

        again = ask(paid, 300, key="k1")

        assert (again.id, snapshot()) == (first.id, before)

    def test_the_key_of_another_payments_refund_is_refused(self, paid, payment, ask):
        ask(paid, 300, key="k1")
        other = payment("r2", 999)
        before = snapshot()

        with refused("key_reused"):
            ask(other, key="k1")

        assert snapshot() == before

    def test_a_reason_longer_than_its_column_is_kept_as_far_as_it_goes(self, paid, ask):
        refund = ask(paid, reason="あ" * 300)

        refund.refresh_from_db()
        assert refund.reason == "あ" * 200

    def test_the_till_is_shown_what_it_waits_for(self, paid, ask, mill, mill_clerk):
        refund = ask(paid)

        assert refunds_waiting(mill_clerk, mill) == [refund]
        with refused("not_allowed", permission="till.use"):
            refunds_waiting(actor_named("clerk-citizens"), mill)


class TestNotAsked:
    @pytest.fixture(autouse=True)
    def _nothing_changes(self, paid):
        before = snapshot()
        yield
        assert snapshot() == before

    @pytest.mark.parametrize("amount_yen", [2_151, 10_000_000])
    def test_more_than_was_paid(self, paid, ask, amount_yen):
        with refused("refund_exceeds_payment", left_yen=2_150):
            ask(paid, amount_yen)

    @pytest.mark.parametrize("amount_yen", [0, -1])
    def test_nothing_or_less(self, paid, ask, amount_yen):
        with refused("amount_wrong", field="amount_yen"):
            ask(paid, amount_yen)

    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_without_a_reason(self, paid, ask, reason):
        with refused("reason_missing", field="reason"):
            ask(paid, reason=reason)

    @pytest.mark.parametrize(
        "username", ["clerk-citizens", "clerk-post", "accountant-yasuoka", "admin-tomioka", "auditor"]
    )
    def test_by_somebody_else(self, paid, ask, username):
        with refused("not_allowed", permission="till.refund"):
            ask(paid, actor=actor_named(username))

    def test_from_the_cut_off_on(self, paid, ask, clock):
        """J-29: the clerk learns when it closed."""
        clock.move_to(MONTH_END)

        with refused("refund_cut_off_passed", closed_at=MONTH_END):
            ask(paid)

    def test_of_an_unknown_payment(self, mill_clerk):
        with refused("payment_unknown"):
            request_refund(actor=mill_clerk, payment_id=new_id(), amount_yen=1, reason="x", key="k")


def test_until_the_cut_off_it_can_be_asked(paid, ask, clock):
    clock.move_to(MONTH_END - timedelta(microseconds=1))

    assert ask(paid).cut_off_at == MONTH_END


def test_the_principals_accountant_may_ask_too(paid, ask, accountant):
    assert ask(paid, actor=accountant).requested_by_id == accountant.user_id


def test_what_is_asked_already_cannot_be_asked_again(paid, ask):
    ask(paid, 2_000)
    before = snapshot()

    with refused("refund_exceeds_payment", left_yen=150):
        ask(paid, 151)

    assert snapshot() == before


class TestAnswer:
    def test_accepted_the_order_goes_on_being_refunded(self, paid, ask, mill):
        refund = answer(ask(paid), True)

        assert (refund.state, refund.answered_at) == ("accepted", now())
        assert order_of(paid).state == "cancelling"
        assert "receivable:paypay" in booked(mill)

    def test_refused_the_order_is_paid_again_and_the_answer_is_kept(self, paid, ask, mill):
        before = booked(mill)

        refund = answer(ask(paid), False, "refund_cut_off_passed")

        assert (refund.state, refund.answer) == ("refused", "refund_cut_off_passed")
        assert order_of(paid).state == "paid"
        assert booked(mill) == before

    def test_after_a_refusal_it_can_be_asked_anew(self, paid, ask):
        answer(ask(paid), False)

        assert ask(paid).state == "requested"
        assert order_of(paid).state == "cancelling"

    def test_a_refused_part_leaves_the_order_paid(self, paid, ask):
        answer(ask(paid, 150), False)

        assert order_of(paid).state == "paid"

    @pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
    def test_the_first_answer_stands(self, paid, ask, first, second):
        refund = answer(ask(paid), first)
        before = snapshot()

        assert answer(refund, second).state == refund.state
        assert snapshot() == before

    def test_a_refund_already_returned_stays_returned(self, paid, ask, refund_told):
        """The notice may overtake the answer."""
        refund = ask(paid)
        refund_told("f1", "r1", 2_150, refund.id)
        before = snapshot()

        assert answer(refund, False, "late").state == "returned"
        assert snapshot() == before
