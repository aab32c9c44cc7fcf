"""The worker's loop."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import structlog
from django.db import Error, InterfaceError, OperationalError, close_old_connections, connection

from madoguchi.core.clock import today
from madoguchi.events.actions import beat, lease_due, seal
from madoguchi.jobs.delivery import TIMEOUT_SECONDS, deliver, finish, prepare
from madoguchi.jobs.mail import DESTINATION, Letter, MailPause
from madoguchi.jobs.opendata import OpendataBeside
from madoguchi.jobs.rewards import RunsBeside
from madoguchi.onboarding.documents import delete_due_documents
from madoguchi.onboarding.screening import screen_waiting
from madoguchi.payments.refunds import settle_held_refunds
from madoguchi.people.access import system_actor

POLL_SECONDS = 0.2
BEAT_SECONDS = 2.0
SEAL_SECONDS = 60.0
SENDERS = 8
# About half a second's work, so that no message waits behind it for long.
SCREENED_AT_ONCE = 50
WORKER = system_actor("worker")
log = structlog.get_logger("worker")


def deliver_due(client: httpx.Client, senders: ThreadPoolExecutor, mail: MailPause | None = None) -> int:
    """Send what is due, side by side, and write down each outcome; returns how many were tried.

    Letters wait while `mail` pauses.
    """
    # One round of senders: a receiver that hangs then delays the next sign of life by one timeout only.
    due = lease_due(SENDERS, without=DESTINATION if mail and mail.is_on else "")
    prepared = [prepare(delivery) for delivery in due]
    outcomes = list(senders.map(lambda ready: deliver(client, ready), prepared))
    if mail:
        sent = zip(prepared, outcomes, strict=True)
        mail.note([outcome for ready, outcome in sent if isinstance(ready, Letter)])
    for delivery, outcome in zip(due, outcomes, strict=True):
        try:
            finish(delivery, outcome)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # its lease runs out and it is tried again; the others' outcomes must not be lost with it
            log.exception("an outcome could not be written down", delivery=str(delivery.id))
    return len(due)


def _screen() -> int:
    """Screen what waits; a fault there must not keep refunds and charges from being delivered."""
    try:
        return screen_waiting(actor=WORKER, limit=SCREENED_AT_ONCE)
    except Error:
        raise
    except Exception:
        log.exception("applications could not be screened")
        return 0


def _look_at_runs(runs: RunsBeside) -> None:
    """A fault there must not keep refunds and charges from being delivered either."""
    try:
        runs.look(WORKER)
    except Error:
        raise
    except Exception:
        log.exception("reward runs could not be looked at")


def _publish(opendata: OpendataBeside) -> int:
    """Nor must one here."""
    try:
        return opendata.look()
    except Error:
        raise
    except Exception:
        log.exception("open data could not be published")
        return 0


def run(stop: threading.Event | None = None) -> None:
    """Work until told to stop (SIGTERM, SIGINT, or `stop`). A lost database connection is waited out."""
    halt = stop or threading.Event()
    if stop is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: halt.set())
    last_beat = last_seal = 0.0
    mail, runs, opendata = MailPause(), RunsBeside(), OpendataBeside()
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client, ThreadPoolExecutor(SENDERS) as senders:
        while not halt.is_set():
            try:
                if time.monotonic() - last_beat > BEAT_SECONDS:
                    beat("worker")
                    last_beat = time.monotonic()
                busy = deliver_due(client, senders, mail) + _screen() + _publish(opendata)
                _look_at_runs(runs)
                if time.monotonic() - last_seal > SEAL_SECONDS:
                    seal()
                    settle_held_refunds(actor=WORKER)
                    delete_due_documents(actor=WORKER, day=today())
                    last_seal = time.monotonic()
            except Error:
                log.exception("the database did not answer; trying again")
                connection.close()
                close_old_connections()
                busy = 0
            if not busy:
                halt.wait(POLL_SECONDS)
    runs.stop()
    opendata.stop()
