"""Delivering a charge: in its minute or not at all, its answer noted, and the customer's code forgotten afterwards."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest

from madoguchi.counter.actions import abandon_order
from madoguchi.events.actions import replay_delivery
from madoguchi.events.log import message_facts
from madoguchi.events.models import Attempt, Delivery
from madoguchi.jobs import delivery as delivering
from madoguchi.jobs.delivery import finish
from madoguchi.payments.charges import request_charge
from madoguchi.payments.models import Charge
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import issue_key
from madoguchi.registry.models import Provider
from tests.conftest import refused
from tests.jobs.test_delivery import Receiver
from tests.payments.test_charges import NUMBER, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TEST = system_actor("test")


@pytest.fixture
def order(clock, towns, mill, mill_clerk, order_at):
    """¥1,000 at the mill; PayPay has a key, and nothing else is in the outbox."""
    Delivery.objects.all().delete()
    issue_key(actor=TEST, provider=Provider.objects.get(code="paypay"), direction="webhook")
    return order_at(mill, mill_clerk, adult=1)


@pytest.fixture
def charge(order, mill_clerk) -> Charge:
    return request_charge(actor=mill_clerk, order_id=order.id, shown_code=shown(), key="k1")


def how_it_stands(charge: Charge) -> tuple[str, str]:
    charge.refresh_from_db()
    return charge.state, Delivery.objects.get(subject=str(charge.id)).state


def kept_code(charge: Charge) -> str:
    return Delivery.objects.get(subject=str(charge.id)).data["shown_code"]


class TestAnswered:
    def test_the_provider_is_sent_the_code_and_takes_it(self, charge):
        provider = Receiver()

        provider.take()

        sent = json.loads(provider.requests[0].content)
        assert (sent["event"], sent["data"]["shown_code"]) == ("charge.requested", shown())
        assert how_it_stands(charge) == ("accepted", "delivered")

    @pytest.mark.parametrize("status", [409, 422])
    def test_the_provider_declines_it_with_its_reason(self, charge, status):
        Receiver(httpx.Response(status, json={"code": "shown_code_expired"})).take()

        assert how_it_stands(charge) == ("declined", "declined")
        assert charge.answer == "shown_code_expired"

    def test_a_no_without_a_readable_reason_is_a_no_all_the_same(self, charge):
        Receiver(httpx.Response(422, content=b"<html>")).take()

        assert (how_it_stands(charge), charge.answer) == (("declined", "declined"), "refused")

    def test_no_answer_leaves_it_asked_and_asks_again(self, charge, clock):
        Receiver(httpx.Response(503)).take()
        assert how_it_stands(charge) == ("requested", "waiting")

        clock.move(seconds=5)
        Receiver().take()

        assert how_it_stands(charge) == ("accepted", "delivered")

    def test_heard_twice_the_first_answer_stands(self, charge):
        message = Delivery.objects.get(subject=str(charge.id))
        finish(message, delivering.Outcome(200, "", 1))

        finish(message, delivering.Outcome(409, '{"code": "late"}', 1))

        assert how_it_stands(charge) == ("accepted", "delivered")


class TestNotTakenLate:
    def test_after_its_minute_it_is_not_sent_any_more(self, charge, clock):
        """A worker that was down must not charge a customer who has left."""
        clock.move_to(charge.valid_until)
        provider = Receiver()

        provider.take()

        assert provider.requests == []
        assert how_it_stands(charge) == ("lapsed", "given_up")
        assert Attempt.objects.get().answer == "no longer wanted"

    def test_a_provider_that_does_not_answer_is_asked_for_a_minute_and_not_for_hours(self, charge, clock):
        silent = Receiver(httpx.ConnectError("refused"))
        started = clock.at
        while how_it_stands(charge)[1] == "waiting":
            silent.take()
            clock.move(seconds=1)

        assert how_it_stands(charge) == ("lapsed", "given_up")
        assert len(silent.requests) == 5  # at once, then after 2, 4, 8 and 16 seconds
        assert clock.at - started < timedelta(seconds=70)

    def test_an_order_that_was_stopped_meanwhile_is_not_charged(self, charge, order, mill_clerk, clock):
        Receiver(httpx.Response(503)).take()
        abandon_order(actor=mill_clerk, order_id=order.id, reason="left")
        clock.move(seconds=5)
        provider = Receiver()

        provider.take()

        assert (provider.requests, how_it_stands(charge)) == ([], ("lapsed", "given_up"))


class TestForgotten:
    @pytest.mark.parametrize(("status", "state"), [(200, "delivered"), (409, "declined"), (422, "declined")])
    def test_once_it_is_answered_the_code_is_gone(self, charge, status, state):
        Receiver(httpx.Response(status, json={"code": "x"})).take()

        message = Delivery.objects.get(subject=str(charge.id))
        assert (message.state, message.data["shown_code"]) == (state, "")
        assert message.data["order_reference"] == charge.order.number  # the rest stays, as of any message

    def test_once_it_is_given_up_too(self, charge, clock):
        clock.move(seconds=60)
        Receiver().take()

        assert kept_code(charge) == ""

    def test_while_it_waits_it_is_kept_and_shown_to_nobody(self, charge):
        Receiver(httpx.Response(503)).take()
        message = Delivery.objects.get(subject=str(charge.id))

        assert kept_code(charge) == shown()
        told = message_facts(message)
        assert "shown_code" not in dict(told)
        assert NUMBER not in str(told)

    @pytest.mark.parametrize("status", [200, 409])
    def test_what_is_finished_is_never_sent_again(self, charge, status):
        Receiver(httpx.Response(status, json={"code": "x"})).take()
        message = Delivery.objects.get(subject=str(charge.id))

        with refused("delivery_not_repeatable"):
            replay_delivery(TEST, message.id)

        assert Delivery.objects.get(id=message.id).state == message.state
