"""The worker's loop: it delivers, seals, shows that it is alive, outlives a lost database, and stops when told."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError

from madoguchi.core.clock import now
from madoguchi.events.queries import last_beat
from madoguchi.jobs import worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def work(monkeypatch):
    """`work(turn)`: run the loop with `turn()` in place of delivering, until `turn` says stop."""
    halt = threading.Event()
    # A turn without work would wait; here every wait ends at once.
    monkeypatch.setattr(worker, "POLL_SECONDS", 0)

    def run(turn):
        def deliver(*_):
            if turn():
                halt.set()
            return 0

        monkeypatch.setattr(worker, "deliver_due", deliver)
        worker.run(halt)

    return run


def turns(count, *, failing=()):
    """A turn that stops the loop at the `count`th; the turns in `failing` lose the database."""
    seen = []

    def turn():
        seen.append(len(seen) + 1)
        if seen[-1] in failing:
            raise OperationalError("server closed the connection unexpectedly")
        return seen[-1] >= count

    turn.seen = seen
    return turn


def test_it_stops_when_told_and_not_before(work):
    turn = turns(3)

    work(turn)

    assert turn.seen == [1, 2, 3]


def test_told_before_it_began_it_does_nothing(monkeypatch):
    halt = threading.Event()
    halt.set()
    monkeypatch.setattr(worker, "deliver_due", lambda *_: pytest.fail("worked after it was told to stop"))

    worker.run(halt)

    assert last_beat("worker") is None


def test_it_shows_that_it_is_alive(work):
    work(turns(1))

    assert last_beat("worker") == now()


def test_it_seals_the_log_and_settles_what_came_in_the_same_moment(work, monkeypatch):
    done = []
    monkeypatch.setattr(worker, "seal", lambda: done.append("sealed"))
    monkeypatch.setattr(worker, "settle_held_refunds", lambda *, actor: done.append(str(actor)))

    work(turns(3))

    assert done == ["sealed", "system:worker"]  # once a minute, not every turn


def test_a_lost_database_is_waited_out(work, monkeypatch):
    closed = []
    monkeypatch.setattr(worker.connection, "close", lambda: closed.append(True))
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    turn = turns(4, failing=(1, 2))

    work(turn)

    assert (turn.seen, closed) == ([1, 2, 3, 4], [True, True])


def test_screening_that_fails_stops_neither_deliveries_nor_the_next_turn(work, monkeypatch):
    """An application that nobody foresaw must not delay a refund."""

    def broken(**_):
        raise KeyError("instrument")

    monkeypatch.setattr(worker, "screen_waiting", broken)
    turn = turns(3)

    work(turn)

    assert turn.seen == [1, 2, 3]


def test_a_database_lost_while_screening_is_waited_out(work, monkeypatch):
    closed, lost = [], iter([OperationalError("server closed the connection"), None, None])

    def screen(**_):
        if error := next(lost):
            raise error
        return 0

    monkeypatch.setattr(worker, "screen_waiting", screen)
    monkeypatch.setattr(worker.connection, "close", lambda: closed.append(True))
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)

    work(turns(3))

    assert closed == [True]
