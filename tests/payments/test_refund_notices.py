"""Refunds that a provider tells of: before or after the payment, asked for here or not, exact to the line (J-29)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.core.clock import now
from madoguchi.core.ids import new_id
from madoguchi.counter.models import Order, Remuneration
from madoguchi.events.models import Event
from madoguchi.ledger.queries import balances
from madoguchi.payments.models import Payment, Refund, RefundTold, RefusedNotice
from madoguchi.payments.refunds import (
    note_provider_answer,
    receive_refunds,
    request_refund,
    settle_held_refunds,
)
from madoguchi.people.access import provider_actor, system_actor
from tests.conftest import refused
from tests.payments.conftest import booked, snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
WORKER = system_actor("worker")


@pytest.fixture
def ask(mill_clerk):
    def make(payment, amount_yen=None):
        amount_yen = amount_yen or payment.amount_yen
        facts = {"reason": "wrong amount", "key": str(new_id())}
        return request_refund(actor=mill_clerk, payment_id=payment.id, amount_yen=amount_yen, **facts)

    return make


@pytest.fixture
def sold(order_at, mill, mill_clerk, payment):
    """`sold(2, 1)`: a payment for so many adults and children."""

    def make(adults, children):
        order = order_at(mill, mill_clerk, adult=adults, child=children)
        return payment(str(new_id()), order.total_yen)

    return make


def state_of(payment: Payment) -> str:
    return Order.objects.get(id=payment.order_id).state


class TestAskedForHere:
    def test_the_order_is_cancelled_and_the_books_are_as_before_the_payment(self, paid, ask, refund_told, mill):
        refund = ask(paid)

        answer = refund_told("f1", "r1", 2_150, refund.id)

        assert (answer.status, answer.repeated) == (201, False)
        refund.refresh_from_db()
        assert (refund.state, refund.refunded_at) == ("returned", now())
        order = Order.objects.get(id=paid.order_id)
        assert (order.state, order.closed_at, order.close_reason) == ("cancelled", now(), "wrong amount")
        assert booked(mill) == {}
        assert Refund.objects.count() == 1

    def test_in_parts_the_order_is_cancelled_with_the_last_one(self, paid, ask, refund_told, mill):
        refunds = [ask(paid, 150), ask(paid, 2_000)]
        refund_told("f1", "r1", 150, refunds[0].id)
        assert state_of(paid) == "cancelling"

        refund_told("f2", "r1", 2_000, refunds[1].id)

        assert state_of(paid) == "cancelled"
        assert booked(mill) == {}

    def test_a_provider_that_refused_and_gave_back_after_all(self, paid, ask, refund_told, mill):
        refund = ask(paid)
        note_provider_answer(actor=WORKER, refund_id=refund.id, accepted=False, answer="cut-off")

        refund_told("f1", "r1", 2_150, refund.id)

        refund.refresh_from_db()
        assert (refund.state, state_of(paid)) == ("returned", "refunded_elsewhere")
        assert booked(mill) == {}


class TestGivenBackElsewhere:
    """J-29: staff may also delete the wrong amount in the provider's own screen."""

    def test_the_order_and_the_books_follow(self, paid, refund_told, mill):
        refund_told("f1", "r1", 2_150)

        assert state_of(paid) == "refunded_elsewhere"
        assert booked(mill) == {}
        assert Refund.objects.get().requested_by_id is None

    def test_a_part_leaves_the_order_paid_and_takes_from_each_line_its_share(self, paid, refund_told, mill):
        refund_told("f1", "r1", 215)

        assert state_of(paid) == "paid"
        assert booked(mill) == {
            "receivable:paypay": 1_935,
            "revenue:here:adult": 1_800,
            "revenue:here:child": 135,
        }

    def test_a_wrong_amount_without_an_order_goes_out_of_the_unmatched(self, payment, refund_told, mill):
        payment("r1", 999)

        refund_told("f1", "r1", 999)

        assert booked(mill) == {}

    def test_the_agents_remuneration_is_taken_back(self, towns, post_clerk, order_at, payment, refund_told):
        village = towns.towns["20414"]
        order_at(towns.post_office, post_clerk, residence=1)
        payment("r1", 300, place=towns.post_office, principal=village)

        refund_told("f1", "r1", 300)

        assert set(balances(village.id).values()) == {0}
        assert Remuneration.objects.get().cancelled_at == now()

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
    @given(shares=st.lists(st.integers(1, 99), max_size=4), quantities=st.tuples(st.integers(1, 9), st.integers(1, 9)))
    def test_in_whatever_parts_each_line_ends_at_exactly_nothing(self, sold, refund_told, mill, shares, quantities):
        paid = sold(*quantities)
        before = sum(balances(mill.operator_id).values())
        left = paid.amount_yen
        for share in [*shares, 100]:
            part = -(-left * share // 100)
            if part:
                assert refund_told(str(new_id()), paid.reference, part).status == 201
                left -= part
                # A receivable and a revenue fall by each part.
                assert sum(balances(mill.operator_id).values()) == before - 2 * (paid.amount_yen - left)

        assert booked(mill) == {}
        assert state_of(paid) == "refunded_elsewhere"


class TestBeforeItsPayment:
    def test_it_is_held_and_applied_when_the_payment_comes(self, refund_told, payment, order_at, mill, mill_clerk):
        order_at(mill, mill_clerk, adult=2, child=1)
        answer = refund_told("f1", "r1", 2_150)
        assert (answer.status, RefundTold.objects.get().state, booked(mill)) == (201, "held", {})

        found = payment("r1", 2_150)

        assert RefundTold.objects.get().state == "applied"
        assert state_of(found) == "refunded_elsewhere"
        assert booked(mill) == {}

    def test_told_again_it_is_held_once(self, refund_told, payment, mill):
        first = refund_told("f1", "r1", 300)
        again = refund_told("f1", "r1", 300)

        assert (again.subject_id, again.repeated) == (first.subject_id, True)
        payment("r1", 1_000)
        assert booked(mill) == {"receivable:paypay": 700, "unmatched:here": 700}

    def test_for_another_providers_payment_it_goes_on_waiting(self, refund_told, mill, clock):
        from madoguchi.payments.intake import receive_payments
        from madoguchi.payments.rules import PaymentNotice
        from madoguchi.registry.models import StoreCode

        refund_told("f1", "r1", 300)
        notice = PaymentNotice("r1", "au_pay", StoreCode.objects.get(place=mill).store_id, 300, now())
        receive_payments(actor=provider_actor("au_pay"), provider="au_pay", notices=[notice])

        assert RefundTold.objects.get().state == "held"
        assert booked(mill) == {"receivable:au_pay": 300, "unmatched:here": 300}

    def test_if_it_cannot_be_true_the_payment_stands_and_the_office_hears_of_it(self, refund_told, payment, mill):
        """The provider was told 201: nobody would ever look for it again."""
        refund_told("f1", "r1", 1_001)

        payment("r1", 1_000)

        assert RefundTold.objects.get().state == "refused"
        assert booked(mill) == {"receivable:paypay": 1_000, "unmatched:here": 1_000}
        kept = RefusedNotice.objects.get()
        assert (kept.kind, kept.reference, kept.code) == ("refund", "f1", "refund_exceeds_payment")
        assert (kept.body["payment_reference"], kept.body["amount_yen"]) == ("r1", "1001")

    def test_one_that_came_in_the_same_moment_as_its_payment_is_applied_later(self, refund_told, payment, mill):
        """Two open transactions do not see each other's rows: the refund is held although its payment is there."""
        refund_told("f1", "r1", 300)
        RefundTold.objects.update(payment_reference="not-yet")
        payment("r1", 1_000)
        RefundTold.objects.update(payment_reference="r1")
        assert booked(mill)["receivable:paypay"] == 1_000

        assert settle_held_refunds(actor=WORKER) == 1

        assert RefundTold.objects.get().state == "applied"
        assert booked(mill) == {"receivable:paypay": 700, "unmatched:here": 700}
        assert settle_held_refunds(actor=WORKER) == 0

    def test_one_whose_payment_never_came_goes_on_waiting(self, refund_told):
        refund_told("f1", "r1", 300)

        assert settle_held_refunds(actor=WORKER) == 0
        assert RefundTold.objects.get().state == "held"


class TestOnce:
    def test_the_same_notice_again_gets_the_first_answer_and_changes_nothing(self, paid, refund_told, clock):
        at = now()
        first = refund_told("f1", "r1", 300, refunded_at=at)
        before = snapshot()
        clock.move(hours=1)

        again = refund_told("f1", "r1", 300, refunded_at=at)

        assert (again.subject_id, again.received_at) == (first.subject_id, first.received_at)
        assert (again.repeated, snapshot()) == (True, before)

    def test_the_reference_of_other_facts_is_refused_and_changes_nothing(self, paid, refund_told):
        refund_told("f1", "r1", 300)
        before = snapshot()

        answer = refund_told("f1", "r1", 301)

        assert (answer.status, answer.code, answer.field) == (409, "reference_reused", "reference")
        assert snapshot() == before

    def test_a_provider_may_not_tell_anothers_refunds(self, paypay):
        with refused("not_allowed", permission="provider.write"):
            receive_refunds(actor=paypay, provider="au_pay", notices=[])


class TestTurnedAway:
    @pytest.mark.parametrize(("returned", "amount_yen"), [(0, 2_151), (2_150, 1), (1_000, 1_151)])
    def test_more_than_is_left_changes_nothing_and_is_kept(self, paid, refund_told, returned, amount_yen):
        if returned:
            refund_told("f0", "r1", returned)
        before = snapshot(RefusedNotice)

        answer = refund_told("f1", "r1", amount_yen)

        assert (answer.status, answer.code, answer.field) == (422, "refund_exceeds_payment", "amount_yen")
        assert snapshot(RefusedNotice) == before
        assert RefusedNotice.objects.get().reference == "f1"

    def test_a_request_that_does_not_exist(self, paid, refund_told):
        before = snapshot(RefusedNotice)

        answer = refund_told("f1", "r1", 300, new_id())

        assert (answer.status, answer.code, answer.field) == (422, "refund_unknown", "refund_id")
        assert snapshot(RefusedNotice) == before

    def test_a_request_about_another_payment(self, paid, payment, ask, refund_told):
        refund = ask(paid)
        payment("r2", 2_150)
        before = snapshot(RefusedNotice)

        assert refund_told("f1", "r2", 2_150, refund.id).code == "refund_unknown"
        assert snapshot(RefusedNotice) == before

    def test_another_amount_than_was_asked_for(self, paid, ask, refund_told):
        refund = ask(paid)
        before = snapshot(RefusedNotice)

        answer = refund_told("f1", "r1", 2_149, refund.id)

        assert (answer.status, answer.code, answer.field) == (422, "refund_amount_differs", "amount_yen")
        assert snapshot(RefusedNotice) == before

    def test_the_same_request_returned_under_a_second_reference(self, paid, ask, refund_told):
        refund = ask(paid, 300)
        refund_told("f1", "r1", 300, refund.id)
        before = snapshot(RefusedNotice)

        assert refund_told("f2", "r1", 300, refund.id).code == "refund_unknown"
        assert snapshot(RefusedNotice) == before

    def test_it_does_not_hold_up_the_others_of_its_call(self, paid, paypay, mill):
        from madoguchi.payments.rules import RefundNotice

        notices = [RefundNotice(f"f{n}", "r1", yen, now()) for n, yen in enumerate((9_999, 2_000, 151, 150))]

        answers = receive_refunds(actor=paypay, provider="paypay", notices=notices)

        assert [answer.status for answer in answers] == [422, 201, 422, 201]
        assert booked(mill) == {}
        assert Event.objects.filter(name="refund.returned").count() == 2
