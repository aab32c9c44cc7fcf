"""Asking a provider for an order's money from the code a customer shows: once, in time, and with nothing kept of it."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from madoguchi.core.clock import now, today
from madoguchi.core.ids import new_id
from madoguchi.counter.actions import abandon_order, mark_seen, take_cash
from madoguchi.counter.models import Order
from madoguchi.events.models import Delivery, Event
from madoguchi.jpqr import StoreId, static_payload
from madoguchi.jpqr.cpm import encode_cpm, jpqr_cpm
from madoguchi.payments import rules
from madoguchi.payments.charges import (
    has_running_charge,
    lapse_charge,
    latest_charge,
    may_still_be_sent,
    note_charge_answer,
    request_charge,
)
from madoguchi.payments.models import Charge, Payment
from madoguchi.payments.rules import CHARGE_LIFE, CHARGE_STATES
from madoguchi.people.access import system_actor
from madoguchi.registry.demo import TEST_OPERATORS
from madoguchi.registry.models import Enrolment, StoreCode
from madoguchi.registry.operators import end_operator_code
from tests.conftest import Clock, actor_named, refused
from tests.payments.conftest import booked, snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
WORKER = system_actor("worker")
NUMBER = "12345678901234567890"


def shown(service: str = "paypay", number: str = NUMBER) -> str:
    """What the wallet of one of the demo's services shows."""
    return encode_cpm(jpqr_cpm(operator_code=TEST_OPERATORS[service], payment_id=number))


@pytest.fixture
def order(order_at: Any, mill: Any, mill_clerk: Any) -> Order:
    """¥2,150 at the mill: two adults, a child."""
    return order_at(mill, mill_clerk, adult=2, child=1)


@pytest.fixture
def ask(mill_clerk: Any) -> Any:
    """`ask(order)`: the mill's clerk reads a PayPay code, or `code`."""

    def make(order: Order, code: str = "", *, actor: Any = mill_clerk, key: str = "") -> Charge:
        return request_charge(actor=actor, order_id=order.id, shown_code=code or shown(), key=key or str(new_id()))

    return make


def answer(charge: Charge, accepted: bool, words: str = "") -> Charge:
    return note_charge_answer(actor=WORKER, charge_id=charge.id, accepted=accepted, answer=words)


def state_of(row: Charge | Order) -> str:
    row.refresh_from_db()
    return row.state


class TestAsked:
    def test_the_provider_behind_the_code_is_asked_for_the_orders_money(self, order, ask, mill, mill_clerk):
        charge = ask(order)

        assert (charge.state, charge.service_id, charge.amount_yen) == ("requested", "paypay", 2_150)
        assert (charge.operator_code, charge.requested_by_id) == ("99999001", mill_clerk.user_id)
        assert charge.valid_until == now() + timedelta(seconds=60)
        message = Delivery.objects.get(subject=str(charge.id))
        assert (message.destination, message.event, message.state) == ("paypay", "charge.requested", "waiting")
        assert message.data == {
            "charge_id": str(charge.id),
            "store_id": StoreCode.objects.get(place=mill).store_id,
            "service": "paypay",
            "amount_yen": 2_150,
            "shown_code": shown(),
            "order_reference": order.number,
            "requested_at": now().isoformat(),
            "valid_until": (now() + timedelta(seconds=60)).isoformat(),
        }

    def test_nothing_is_paid_and_nothing_booked_before_the_notice(self, order, ask, mill):
        ask(order)

        assert (state_of(order), booked(mill), Payment.objects.count()) == ("open", {}, 0)

    def test_of_the_code_only_a_digest_and_four_digits_stay_with_the_charge_and_none_in_the_log(self, order, ask):
        charge = ask(order)

        kept = " ".join(str(value) for value in Charge.objects.filter(id=charge.id).values_list().get())
        assert (charge.code_ending, len(charge.code_digest)) == ("7890", 64)
        assert NUMBER not in kept
        assert shown() not in kept
        log = Event.objects.get(name="charge.requested", subject=str(charge.id)).facts
        assert log == {"order": str(order.id), "service": "paypay", "amount_yen": 2_150}

    def test_the_digest_cannot_be_tried_out_without_this_installations_key(self, order, ask, settings):
        first = ask(order)
        lapse_charge(actor=WORKER, charge_id=first.id)
        again = ask(order)
        lapse_charge(actor=WORKER, charge_id=again.id)
        settings.SECRET_KEY = "of another installation"

        assert first.code_digest == again.code_digest != ask(order).code_digest

    def test_each_service_is_known_by_its_operators_digits(self, order, ask):
        assert ask(order, shown("au_pay")).service_id == "au_pay"
        assert Delivery.objects.get(event="charge.requested").destination == "au_pay"

    def test_what_a_scanner_types_around_the_code_does_not_matter(self, order, ask):
        ask(order, f" {shown()}\r\n")

        assert Delivery.objects.get(event="charge.requested").data["shown_code"] == shown()

    def test_asked_twice_with_one_key_it_is_asked_once(self, order, ask):
        first = ask(order, key="k1")
        before = snapshot()

        again = ask(order, shown(number="999"), key="k1")

        assert (again.id, snapshot()) == (first.id, before)


class TestNotAsked:
    """Each refusal leaves everything as it was."""

    @pytest.fixture(autouse=True)
    def _nothing_changes(self, order):
        before = snapshot()
        yield
        assert snapshot() == before

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("", "bad_header"),
            ("https://example.com/", "bad_header"),
            ("hQVKUFFSMWEQ", "past_end"),
            ("hQVKUFFSMWEQTwSQAAACVwgSNFZ4kBI0V!==", "bad_base64"),
            ("hQVKUFFSMQ==", "missing_tag"),
        ],
    )
    def test_what_is_no_customers_code(self, order, ask, code, reason):
        with refused("shown_code_unreadable", field="shown_code", reason=reason):
            request_charge(actor=system_actor("test"), order_id=order.id, shown_code=code, key="k")

    def test_a_plain_emv_code_without_a_number_to_look_up(self, order, ask):
        """An application alone, as EMVCo allows."""
        with refused("shown_code_unreadable", reason="missing_tag"):
            ask(order, "hQVDUFYwMWEGTwSgAAAA")

    def test_a_shops_code(self, order, ask):
        """The sticker on the counter lies beside the scanner."""
        store = StoreId.parse("0000000000001-0001-000001-000001")
        code = static_payload(store_id=store, merchant_name="MILL", city="TOMIOKA", postal_code="3702316", mcc="7991")

        with refused("shown_code_is_merchants", field="shown_code"):
            ask(order, code)

    def test_a_code_of_an_operator_nobody_has_entered(self, order, ask):
        with refused("operator_unknown", operator="99999099"):
            ask(order, encode_cpm(jpqr_cpm(operator_code="99999099", payment_id=NUMBER)))

    @pytest.mark.parametrize("username", ["clerk-citizens", "clerk-post", "accountant-tomioka", "auditor"])
    def test_for_somebody_elses_till(self, order, ask, username):
        with refused("not_allowed", permission="till.use"):
            ask(order, actor=actor_named(username))

    def test_for_an_unknown_order(self, order, mill_clerk):
        with refused("order_unknown"):
            request_charge(actor=mill_clerk, order_id=new_id(), shown_code=shown(), key="k")


def test_a_service_that_has_left_the_counter_is_not_asked(order, ask):
    """What counts is the order's own store code, today."""
    Enrolment.objects.filter(code=order.code_id, service="paypay").update(ends_on=today() - timedelta(days=1))
    before = snapshot()

    with refused("service_not_taken_here", service="PayPay"):
        ask(order)

    assert snapshot() == before


def test_digits_whose_time_is_over_are_unknown(order, ask, clock):
    end_operator_code(actor=system_actor("test"), code="99999001", ends_on=today())
    clock.move(days=1)

    with refused("operator_unknown", operator="99999001"):
        ask(order)


@pytest.mark.parametrize("ended", ["cash", "abandoned", "seen"])
def test_an_order_that_is_not_open_is_not_charged(order, ask, mill_clerk, ended):
    if ended == "cash":
        take_cash(actor=mill_clerk, order_id=order.id, given_yen=2_150)
    elif ended == "abandoned":
        abandon_order(actor=mill_clerk, order_id=order.id, reason="left")
    else:
        mark_seen(actor=mill_clerk, order_id=order.id, service_code="paypay")
    before = snapshot()

    with refused("order_not_waiting", state=state_of(order)):
        ask(order)

    assert snapshot() == before


def test_the_key_of_another_orders_charge_is_refused(order, ask, order_at, mill, mill_clerk):
    ask(order, key="k1")
    other = order_at(mill, mill_clerk, adult=1)
    before = snapshot()

    with refused("key_reused"):
        ask(other, key="k1")

    assert snapshot() == before


class TestOneAtATime:
    @pytest.mark.parametrize("is_accepted", [False, True])
    def test_while_one_is_running_no_other_is_asked(self, order, ask, is_accepted):
        charge = ask(order)
        if is_accepted:
            answer(charge, True)
        before = snapshot()

        with refused("charge_running", until=charge.valid_until):
            ask(order, shown("au_pay", "555"))

        assert snapshot() == before

    def test_a_declined_one_makes_way(self, order, ask):
        answer(ask(order), False, "shown_code_expired")

        assert ask(order, shown(number="222")).state == "requested"

    def test_until_its_last_moment_it_stands_in_the_way_and_then_it_has_lapsed(self, order, ask, clock):
        first = ask(order)
        clock.move_to(first.valid_until - timedelta(microseconds=1))
        with refused("charge_running"):
            ask(order)

        clock.move_to(first.valid_until)
        second = ask(order)

        assert (state_of(first), second.state, latest_charge(order.id)) == ("lapsed", "requested", second)
        assert Event.objects.filter(name="charge.lapsed", subject=str(first.id)).count() == 1

    def test_a_lapse_that_ends_in_a_refusal_is_not_written_down(self, order, ask, clock):
        first = ask(order)
        clock.move(seconds=60)
        before = snapshot()

        with refused("shown_code_unreadable"):
            ask(order, "nonsense")

        assert (snapshot(), state_of(first)) == (before, "requested")

    def test_an_accepted_one_does_not_lapse(self, order, ask, clock):
        """The customer's money is taken; only the notice is late (J-25)."""
        charge = answer(ask(order), True)
        clock.move(hours=1)

        assert has_running_charge(order.id)
        with refused("charge_running"):
            ask(order)
        assert state_of(charge) == "accepted"

    def test_the_database_itself_holds_to_one(self, order, ask):
        charge = ask(order)
        charge.pk, charge.key = new_id(), "other"

        with pytest.raises(IntegrityError), transaction.atomic():
            charge.save(force_insert=True)

    def test_a_late_yes_to_the_first_is_kept_beside_the_second(self, order, ask, clock):
        """Its answer was on the way when its minute ended; the worker must be able to write it down."""
        first = ask(order)
        clock.move(seconds=60)
        second = ask(order, shown(number="222"))

        answer(first, True)

        assert (state_of(first), state_of(second)) == ("accepted", "requested")


class TestAnswer:
    def test_accepted_the_order_waits_for_the_notice(self, order, ask, mill):
        charge = answer(ask(order), True)

        assert (charge.state, charge.answered_at, charge.answer) == ("accepted", now(), "")
        assert (state_of(order), booked(mill)) == ("open", {})

    def test_declined_the_reason_is_kept(self, order, ask):
        charge = answer(ask(order), False, "shown_code_used")

        assert (charge.state, charge.answer) == ("declined", "shown_code_used")
        assert Event.objects.get(name="charge.declined", subject=str(charge.id)).facts == {"answer": "shown_code_used"}

    @pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True)])
    def test_the_first_answer_stands(self, order, ask, first, second):
        charge = answer(ask(order), first)
        before = snapshot()

        assert answer(charge, second).state == charge.state
        assert snapshot() == before

    def test_a_late_no_to_one_that_has_lapsed_changes_nothing(self, order, ask):
        charge = lapse_charge(actor=WORKER, charge_id=ask(order).id)

        assert answer(charge, False, "shown_code_used").state == "lapsed"


class TestNotice:
    def test_the_notice_that_names_the_order_pays_order_and_charge(self, order, ask, payment, mill):
        """Among orders of the same amount, too: the provider gives back the number it was asked with."""
        charge = answer(ask(order), True)

        found = payment("r1", 2_150, order_reference=order.number)

        assert (found.state, found.order_id, found.rule) == ("matched", order.id, "order_reference")
        assert (state_of(order), state_of(charge)) == ("paid", "paid")
        assert booked(mill) == {"receivable:paypay": 2_150, "revenue:here:adult": 2_000, "revenue:here:child": 150}
        assert Event.objects.get(name="charge.paid", subject=str(charge.id)).facts == {"before": "accepted"}

    @pytest.mark.parametrize("before", ["requested", "lapsed"])
    def test_it_may_come_before_the_answer_or_after_the_minute(self, order, ask, payment, before):
        charge = ask(order)
        if before == "lapsed":
            lapse_charge(actor=WORKER, charge_id=charge.id)

        payment("r1", 2_150, order_reference=order.number)

        assert (state_of(order), state_of(charge)) == ("paid", "paid")
        assert answer(charge, True).state == "paid"

    def test_of_several_the_accepted_one_was_paid(self, order, ask, payment, clock):
        first = ask(order)
        clock.move(seconds=60)
        second = ask(order, shown(number="222"))
        answer(second, True)

        payment("r1", 2_150, order_reference=order.number)

        assert (state_of(first), state_of(second)) == ("lapsed", "paid")

    def test_a_customer_who_scanned_our_own_code_instead_paid_no_charge(self, order, ask, payment):
        """Our sticker names no order; this charge took nothing, whatever its service."""
        charge = lapse_charge(actor=WORKER, charge_id=ask(order).id)

        payment("r1", 2_150)

        assert (state_of(order), state_of(charge)) == ("paid", "lapsed")

    def test_another_services_notice_pays_the_order_and_not_this_charge(self, order, ask, mill):
        from madoguchi.payments.intake import receive_payments
        from madoguchi.people.access import provider_actor

        charge = ask(order)
        store_id = StoreCode.objects.get(place=mill).store_id
        notice = rules.PaymentNotice("r1", "au_pay", store_id, 2_150, now(), order.number)

        receive_payments(actor=provider_actor("au_pay"), provider="au_pay", notices=[notice])

        assert (state_of(order), state_of(charge)) == ("paid", "requested")

    def test_after_cash_was_taken_it_does_not_pay_the_next_customers_order(
        self, order, ask, payment, order_at, mill, mill_clerk
    ):
        """The clerk gave up waiting. A notice that names the first order is never the second's, of whatever amount."""
        charge = lapse_charge(actor=WORKER, charge_id=ask(order).id)
        take_cash(actor=mill_clerk, order_id=order.id, given_yen=2_150)
        following = order_at(mill, mill_clerk, adult=2, child=1)

        found = payment("r1", 2_150, order_reference=order.number)

        assert (found.state, found.order_id, found.rule) == ("unmatched", None, "no_order")
        assert (state_of(following), state_of(charge)) == ("open", "lapsed")

    def test_a_wrong_amount_under_the_orders_number_pays_nobody(self, order, payment, order_at, mill, mill_clerk):
        other = order_at(mill, mill_clerk, adult=1)

        found = payment("r1", 1_000, order_reference=order.number)

        assert (found.rule, state_of(order), state_of(other)) == ("no_order", "open", "open")


class TestStillWanted:
    def test_it_may_be_sent_until_its_minute_is_over(self, order, ask, clock: Clock):
        charge = ask(order)
        clock.move_to(charge.valid_until - timedelta(microseconds=1))
        assert may_still_be_sent(charge.id)

        clock.move_to(charge.valid_until)
        assert not may_still_be_sent(charge.id)
        assert not has_running_charge(order.id)

    def test_not_for_a_customer_who_has_left(self, order, ask, mill_clerk):
        charge = ask(order)

        abandon_order(actor=mill_clerk, order_id=order.id, reason="left")

        assert not may_still_be_sent(charge.id)

    @pytest.mark.parametrize("accepted", [True, False])
    def test_not_once_it_was_answered(self, order, ask, accepted):
        assert not may_still_be_sent(answer(ask(order), accepted).id)

    def test_not_if_it_is_unknown(self):
        assert not may_still_be_sent(new_id())


STATES = sorted({after for _, after, _ in CHARGE_STATES})
ALLOWED = {
    None: {"requested"},
    "requested": {"accepted", "declined", "lapsed", "paid"},
    "accepted": {"paid"},
    "declined": set(),
    "lapsed": {"accepted", "paid"},
    "paid": set(),
}


@pytest.mark.parametrize(("before", "after"), list(product([None, *STATES], STATES)))
def test_a_charge_moves_only_as_the_table_says(before, after):
    assert rules.may_move_charge(before, after) == (after in ALLOWED[before])


@pytest.mark.parametrize("state", STATES)
def test_only_an_unanswered_charge_lapses_by_itself(state):
    at = now()

    assert rules.charge_state(state, at + CHARGE_LIFE, at) == state
    assert rules.charge_state(state, at, at) == ("lapsed" if state == "requested" else state)
