"""Delivering the outbox: signed, in time, and what the provider's answer does to a refund (J-29)."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from madoguchi.core.ids import new_id
from madoguchi.counter.models import Order
from madoguchi.events.actions import send_later
from madoguchi.events.models import Attempt, Delivery
from madoguchi.events.rules import LONGEST_WAIT, MAX_ATTEMPTS
from madoguchi.gateways.signing import verify
from madoguchi.jobs import delivery as delivering
from madoguchi.jobs.delivery import TIMEOUT_SECONDS, Parcel, finish, pack, send
from madoguchi.jobs.worker import SENDERS, deliver_due
from madoguchi.payments.models import Payment, Refund
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import issue_key, revoke_key
from madoguchi.registry.models import ApiKey, Provider, StoreCode

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TEST = system_actor("test")


@pytest.fixture(autouse=True)
def key(clock, towns) -> ApiKey:
    """PayPay's webhook key; nothing else is in the outbox."""
    Delivery.objects.all().delete()
    return issue_key(actor=TEST, provider=Provider.objects.get(code="paypay"), direction="webhook")


@pytest.fixture
def message() -> Delivery:
    send_later("paypay", "place.changed", "subject-1", {"name": "富岡製糸場"})
    return Delivery.objects.get()


@pytest.fixture
def refund(mill, mill_clerk, order_at, paypay, clock) -> Refund:
    """All of a paid order of ¥1,000 asked back."""
    from madoguchi.payments.intake import receive_payments
    from madoguchi.payments.refunds import request_refund

    order_at(mill, mill_clerk, adult=1)
    notice = PaymentNotice("r1", "paypay", StoreCode.objects.get(place=mill).store_id, 1_000, clock.at)
    [answer] = receive_payments(actor=paypay, provider="paypay", notices=[notice])
    facts = {"amount_yen": 1_000, "reason": "wrong amount", "key": str(new_id())}
    return request_refund(actor=mill_clerk, payment_id=answer.subject_id, **facts)


class Receiver:
    """A provider's endpoint: keeps what it was sent and answers as told."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer or httpx.Response(200, json={"status": "accepted"})
        self.requests: list[httpx.Request] = []
        self.client = httpx.Client(transport=httpx.MockTransport(self), timeout=TIMEOUT_SECONDS)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def take(self) -> int:
        """One turn of the worker; one sender, so that the test stays in one thread's order."""
        with ThreadPoolExecutor(1) as senders:
            return deliver_due(self.client, senders)


def order_state(refund: Refund) -> str:
    return Order.objects.get(id=Payment.objects.get(id=refund.payment_id).order_id).state


class TestSent:
    def test_a_message_is_posted_signed_to_the_providers_endpoint(self, message, key):
        receiver = Receiver()

        assert receiver.take() == 1

        [request] = receiver.requests
        assert (request.method, str(request.url)) == ("POST", "http://127.0.0.1:9/webhooks/paypay")
        assert request.headers["content-type"] == "application/json"
        signer = verify(
            secrets={key.key_id: key.secret}, headers=request.headers, body=request.content, now=int(time.time())
        )
        assert signer == key.key_id
        assert json.loads(request.content) == {
            "id": str(message.id),
            "event": "place.changed",
            "created_at": message.created_at.isoformat(),
            "data": {"name": "富岡製糸場"},
        }
        message.refresh_from_db()
        assert message.state == "delivered"

    def test_each_try_is_signed_anew_with_the_same_id(self, message, clock, monkeypatch):
        receiver = Receiver(httpx.Response(500))
        for second in (1_795_000_000, 1_795_000_400):
            monkeypatch.setattr(delivering.time, "time", lambda second=second: second)
            receiver.take()
            clock.at += LONGEST_WAIT * 2

        first, second = receiver.requests
        assert first.content == second.content
        assert first.headers["madoguchi-timestamp"] != second.headers["madoguchi-timestamp"]
        assert first.headers["madoguchi-signature"] != second.headers["madoguchi-signature"]

    def test_it_is_signed_with_the_newest_live_key(self, message, key, clock):
        clock.move(seconds=1)
        newer = issue_key(actor=TEST, provider=Provider.objects.get(code="paypay"), direction="webhook")
        assert pack(message).key_id == newer.key_id

        revoke_key(actor=TEST, key_id=newer.key_id)
        assert pack(message).key_id == key.key_id

    def test_without_an_endpoint_or_a_key_it_waits_and_nothing_is_sent(self, message, key):
        receiver = Receiver()
        revoke_key(actor=TEST, key_id=key.key_id)

        assert receiver.take() == 1

        message.refresh_from_db()
        assert (message.state, message.attempts, receiver.requests) == ("waiting", 1, [])
        assert Attempt.objects.get().answer == "no endpoint"
        Provider.objects.filter(code="paypay").update(webhook_url="")
        assert pack(message) is None

    def test_nothing_due_sends_nothing(self):
        assert Receiver().take() == 0

    def test_one_turn_is_one_round_of_senders(self, clock):
        """A receiver that hangs then holds up the worker's sign of life for one timeout, not for several."""
        for number in range(SENDERS + 3):
            send_later("paypay", "place.changed", f"s{number}", {})
        receiver = Receiver()

        assert receiver.take() == SENDERS
        assert receiver.take() == 3
        assert not Delivery.objects.exclude(state="delivered").exists()


class TestNothingComesBack:
    @pytest.mark.parametrize(
        "error",
        [
            httpx.ConnectError("refused"),
            httpx.ReadTimeout("timed out"),
            httpx.RemoteProtocolError("garbage"),
            httpx.InvalidURL("no such address"),
            OSError("no more files"),
        ],
    )
    def test_whatever_goes_wrong_it_is_written_down_and_tried_again(self, message, error):
        Receiver(error).take()

        message.refresh_from_db()
        tried = Attempt.objects.get()
        assert (message.state, tried.status, tried.answer) == ("waiting", None, f"{type(error).__name__}: {error}")

    def test_a_receiver_that_never_stops_answering_is_cut_off(self, monkeypatch):
        """Each piece comes in time, so only the whole can be timed."""
        seconds = iter(range(1_000))
        monkeypatch.setattr(delivering.time, "monotonic", lambda: next(seconds))
        pieces = []

        def drip():
            for number in range(500):
                pieces.append(number)
                yield b"x"

        outcome = send(
            Receiver(httpx.Response(200, content=drip())).client, Parcel(new_id(), "http://x/", b"", "k", "s")
        )

        assert (outcome.status, len(pieces) <= TIMEOUT_SECONDS + 1) == (200, True)

    def test_a_huge_answer_is_not_read_to_its_end(self):
        read = []

        def flood():
            for number in range(1_000):
                read.append(number)
                yield b"x" * 65_536

        outcome = send(
            Receiver(httpx.Response(200, content=flood())).client, Parcel(new_id(), "http://x/", b"", "k", "s")
        )

        assert (outcome.status, outcome.answer, len(read) < 10) == (200, "x" * 500, True)

    @pytest.mark.parametrize("content_type", ["text/plain; charset=hex", "text/plain; charset=nonsense", "text/plain"])
    @pytest.mark.parametrize("body", [b"\xff\xfe\x00", "断る".encode("cp932")])
    def test_an_answer_in_any_encoding_is_written_down(self, message, content_type, body):
        Receiver(httpx.Response(200, content=body, headers={"content-type": content_type})).take()

        message.refresh_from_db()
        assert message.state == "delivered"
        assert "\x00" not in Attempt.objects.get().answer


class TestRefund:
    def test_the_provider_takes_it(self, refund):
        Receiver().take()

        refund.refresh_from_db()
        assert (refund.state, refund.answer, order_state(refund)) == ("accepted", "", "cancelling")

    @pytest.mark.parametrize("status", [409, 422])
    def test_the_provider_refuses_it_and_the_order_is_paid_again(self, refund, status):
        Receiver(httpx.Response(status, json={"code": "refund_cut_off_passed", "closed_at": "…"})).take()

        refund.refresh_from_db()
        assert (refund.state, refund.answer) == ("refused", "refund_cut_off_passed")
        assert order_state(refund) == "paid"
        assert Delivery.objects.get(subject=str(refund.id)).state == "declined"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no",
            b"[]",
            b'{"code": 5}',
            b'{"code": "\\u0000"}',
            b'{"code": "\\ud800"}',
            b'{"code": "' + b"x" * 400 + b'"}',
            "{'code'".encode("utf-16"),
        ],
    )
    def test_a_refusal_without_a_readable_code_is_a_refusal_all_the_same(self, refund, body):
        Receiver(httpx.Response(409, content=body)).take()

        refund.refresh_from_db()
        assert (refund.state, refund.answer, order_state(refund)) == ("refused", "refused", "paid")

    def test_no_answer_leaves_it_asked(self, refund):
        Receiver(httpx.Response(503)).take()

        refund.refresh_from_db()
        assert (refund.state, order_state(refund)) == ("requested", "cancelling")

    def test_given_up_after_the_limit_it_stays_asked_and_can_be_replayed(self, refund, clock):
        """Nobody knows whether the provider heard of it: neither refused nor accepted may be claimed."""
        from madoguchi.events.actions import replay_delivery

        deaf = Receiver(httpx.ConnectError("refused"))
        for _ in range(MAX_ATTEMPTS):
            assert deaf.take() == 1
            clock.at += LONGEST_WAIT * 2
        assert deaf.take() == 0
        message = Delivery.objects.get(subject=str(refund.id))
        refund.refresh_from_db()
        assert (message.state, len(deaf.requests), refund.state) == ("given_up", MAX_ATTEMPTS, "requested")

        replay_delivery(TEST, message.id)
        Receiver().take()

        refund.refresh_from_db()
        assert refund.state == "accepted"

    def test_heard_twice_the_first_answer_stands(self, refund):
        message = Delivery.objects.get(subject=str(refund.id))
        finish(message, delivering.Outcome(200, "", 1))

        finish(message, delivering.Outcome(409, '{"code": "late"}', 1))

        refund.refresh_from_db()
        assert (refund.state, order_state(refund)) == ("accepted", "cancelling")


def test_one_outcome_that_cannot_be_written_down_does_not_lose_the_others(monkeypatch):
    for number in range(3):
        send_later("paypay", "place.changed", f"s{number}", {})
    poisoned = Delivery.objects.order_by("next_at", "id").first()
    write = delivering.finish

    def fails_once(row, outcome):
        if row.id == poisoned.id:
            raise ValueError("cannot be written")
        write(row, outcome)

    monkeypatch.setattr("madoguchi.jobs.worker.finish", fails_once)

    assert Receiver().take() == 3

    states = dict(Delivery.objects.values_list("id", "state"))
    assert states.pop(poisoned.id) == "waiting"  # its lease runs out and it is tried again
    assert set(states.values()) == {"delivered"}
