"""Messages are kept until they are delivered, declined or given up, and move only along DELIVERY_STATES."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.core import ids
from madoguchi.core.clock import now
from madoguchi.events.actions import lease_due, note_attempt, replay_delivery, send_later, send_many_later
from madoguchi.events.models import Attempt, Delivery, Event
from madoguchi.events.queries import deliveries, deliveries_about
from madoguchi.events.rules import DELIVERY_STATES, LEASE, LONGEST_WAIT, MAX_ATTEMPTS, wait_before
from madoguchi.people.access import system_actor
from tests.conftest import refused

pytestmark = pytest.mark.django_db
TEST = system_actor("test")
MOVES = {(before, after) for before, after, _ in DELIVERY_STATES}
# Longer than any wait, so that whatever is waiting is due.
LATER = LONGEST_WAIT + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _nothing_else_waits(clock, towns):
    Delivery.objects.all().delete()


@pytest.fixture
def delivery() -> Delivery:
    send_later("paypay", "place.changed", "subject-1", {"name": "富岡製糸場"})
    return Delivery.objects.get()


def tried(delivery: Delivery, status: int | None, answer: str = "") -> Delivery:
    return note_attempt(delivery.id, status=status, answer=answer, milliseconds=12)


def test_a_message_is_due_at_once(delivery):
    assert (delivery.state, delivery.attempts, delivery.next_at, delivery.done_at) == ("waiting", 0, now(), None)
    assert [row.id for row in lease_due()] == [delivery.id]


def test_a_message_of_a_change_that_did_not_happen_is_never_sent(db):
    with pytest.raises(RuntimeError), transaction.atomic():
        send_later("paypay", "place.changed", "subject-1", {})
        raise RuntimeError

    assert not Delivery.objects.exists()


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_is_delivered(delivery, status):
    done = tried(delivery, status)

    assert (done.state, done.attempts, done.done_at) == ("delivered", 1, now())


@pytest.mark.parametrize("status", [409, 422])
def test_a_final_no_is_declined_and_never_tried_again(delivery, clock, status):
    done = tried(delivery, status)
    clock.move(days=365)

    assert (done.state, done.done_at is not None) == ("declined", True)
    assert lease_due() == []


@pytest.mark.parametrize("status", [None, 100, 300, 301, 400, 401, 403, 404, 410, 429, 500, 503])
def test_anything_else_waits_for_another_try(delivery, clock, status):
    waiting = tried(delivery, status)

    assert (waiting.state, waiting.attempts, waiting.done_at) == ("waiting", 1, None)
    assert timedelta(seconds=2) <= waiting.next_at - now() < timedelta(seconds=2.5)
    assert lease_due() == []
    clock.move(seconds=3)
    assert [row.id for row in lease_due()] == [delivery.id]


def test_each_wait_is_twice_the_one_before_up_to_an_hour():
    waits = [wait_before(attempt).total_seconds() for attempt in range(2, 16)]

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]


def test_after_the_last_try_it_is_given_up(delivery, clock):
    for number in range(1, MAX_ATTEMPTS):
        assert tried(delivery, 500).state == "waiting", number

    given_up = tried(delivery, 500)

    assert (given_up.state, given_up.attempts, given_up.done_at) == ("given_up", MAX_ATTEMPTS, now())
    clock.move(days=365)
    assert lease_due() == []


def test_a_last_try_that_succeeds_is_delivered(delivery):
    for _ in range(MAX_ATTEMPTS - 1):
        tried(delivery, None)

    assert tried(delivery, 200).state == "delivered"


def test_every_try_and_its_answer_is_kept(delivery, clock):
    tried(delivery, None, "ConnectError: refused")
    clock.move(seconds=3)
    tried(delivery, 503, "x" * 600)

    rows = list(Attempt.objects.order_by("id").values_list("status", "answer", "milliseconds"))
    assert rows == [(None, "ConnectError: refused", 12), (503, "x" * 500, 12)]


def test_an_answer_with_characters_no_database_keeps_is_written_down_all_the_same(delivery):
    """What a receiver answers must never stop the worker: PostgreSQL holds no NUL."""
    assert tried(delivery, 200, "a\x00b").state == "delivered"

    assert Attempt.objects.get().answer == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("first", [200, 409])
@pytest.mark.parametrize("second", [None, 200, 409, 500])
def test_a_worker_that_comes_late_does_not_undo_the_outcome(delivery, first, second):
    """Its lease had run out and another worker finished; the late try is only written down."""
    state = tried(delivery, first).state

    assert tried(delivery, second).state == state
    assert Attempt.objects.count() == 2


def test_a_late_try_beyond_the_limit_does_not_give_up_what_was_delivered(delivery):
    for _ in range(MAX_ATTEMPTS - 1):
        tried(delivery, 500)
    tried(delivery, 200)

    assert tried(delivery, None).state == "delivered"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(steps=st.lists(st.sampled_from([None, 200, 204, 301, 404, 409, 422, 500, "replay"]), max_size=40))
def test_a_message_only_ever_moves_along_the_table(clock, steps):
    send_later("paypay", "place.changed", "subject-1", {})
    delivery = Delivery.objects.latest("id")
    assert (None, delivery.state) in MOVES
    for step in steps:
        before = delivery.state
        clock.at += LATER
        if step == "replay":
            if before == "waiting":
                with refused("delivery_still_waiting"):
                    replay_delivery(TEST, delivery.id)
                continue
            delivery = replay_delivery(TEST, delivery.id)
        else:
            delivery = tried(delivery, step)
        assert delivery.state == before != "waiting" or (before, delivery.state) in MOVES
        assert delivery.attempts <= MAX_ATTEMPTS or delivery.state != "waiting"
        assert (delivery.done_at is None) == (delivery.state == "waiting")


class TestLease:
    def test_a_message_under_way_is_not_taken_again(self, delivery):
        assert len(lease_due()) == 1
        assert lease_due() == []

    def test_a_dead_workers_message_falls_due_again(self, delivery, clock):
        lease_due()
        clock.move_to(now() + LEASE)

        assert [row.id for row in lease_due()] == [delivery.id]

    def test_the_longest_waiting_comes_first_and_not_more_than_asked_for(self, clock, db):
        for subject in ("a", "b", "c"):
            send_later("paypay", "place.changed", subject, {})
            clock.move(seconds=1)

        assert [row.subject for row in lease_due(2)] == ["a", "b"]
        assert [row.subject for row in lease_due(2)] == ["c"]

    def test_a_message_for_later_is_left(self, delivery, clock):
        clock.move(seconds=-1)

        assert lease_due() == []

    def test_two_workers_never_take_the_same(self, delivery):
        """A second worker's open transaction holds the row: this one passes it by instead of waiting for it."""
        if connection.vendor != "postgresql":
            pytest.skip("SQLite lets one transaction write at a time")
        import psycopg

        row = (uuid4(), "paypay", "place.changed", "held", "{}", "waiting", 0, now(), now())
        # Committed beside the test's own transaction, and removed again below.
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
            other.execute(
                "INSERT INTO events_delivery"
                " (id, destination, event, subject, data, state, attempts, created_at, next_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                row,
            )
            try:
                with other.transaction():
                    other.execute("SELECT 1 FROM events_delivery WHERE id = %s FOR UPDATE", row[:1])
                    assert [taken.id for taken in lease_due()] == [delivery.id]
                assert Delivery.objects.filter(id=row[0]).exists()
            finally:
                other.execute("DELETE FROM events_delivery WHERE id = %s", row[:1])


class TestReplay:
    @pytest.mark.parametrize("statuses", [[200], [409], [500] * MAX_ATTEMPTS])
    def test_a_finished_message_is_sent_again_with_its_whole_number_of_tries(self, delivery, statuses):
        for status in statuses:
            tried(delivery, status)

        again = replay_delivery(TEST, delivery.id)

        assert (again.id, again.state, again.attempts, again.done_at) == (delivery.id, "waiting", 0, None)
        assert [row.id for row in lease_due()] == [delivery.id]
        assert Attempt.objects.count() == len(statuses)
        assert Event.objects.filter(name="delivery.replayed", subject=str(delivery.id)).count() == 1

    def test_one_that_still_waits_is_left_alone(self, delivery):
        with refused("delivery_still_waiting"):
            replay_delivery(TEST, delivery.id)

        assert not Event.objects.filter(name="delivery.replayed").exists()

    def test_an_unknown_one_is_refused(self, delivery):
        with refused("delivery_unknown"):
            replay_delivery(TEST, uuid4())

    def test_a_provider_cannot_replay_anothers(self, delivery):
        tried(delivery, 200)

        with refused("delivery_unknown"):
            replay_delivery(TEST, delivery.id, destination="au_pay")

        delivery.refresh_from_db()
        assert delivery.state == "delivered"


def test_the_log_is_read_newest_first_by_receiver_and_state(monkeypatch):
    for second, receiver in enumerate(("paypay", "au_pay", "paypay")):
        monkeypatch.setattr(ids.time, "time_ns", lambda second=second: (1_795_000_000 + second) * 10**9)
        send_later(receiver, "place.changed", "s", {})
    first, other, last = Delivery.objects.order_by("id")
    tried(last, 200)

    assert list(deliveries()) == [last, other, first]
    assert list(deliveries(destination="paypay")) == [last, first]
    assert list(deliveries(destination="paypay", after=last.id)) == [first]
    assert list(deliveries(state="delivered")) == [last]
    assert [row.id for row in deliveries_about(["s"])] == [first.id, other.id, last.id]


def test_messages_that_are_made_from_the_database_while_they_are_put_in_do_not_wait_for_themselves(db):
    """On PostgreSQL rows go in by COPY, which keeps the connection to itself until it ends."""
    numbers = range(3)

    send_many_later(("paypay", "item.waiting", number, {"before": Delivery.objects.count()}) for number in numbers)

    assert list(Delivery.objects.order_by("id").values_list("data", flat=True)) == [{"before": 0}] * 3
