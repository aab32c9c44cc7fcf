"""The worker's loop."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import structlog
from django.db import Error, close_old_connections, connection

from madoguchi.events.actions import beat, lease_due, seal
from madoguchi.jobs.delivery import TIMEOUT_SECONDS, Outcome, finish, pack, send

POLL_SECONDS = 0.2
BEAT_SECONDS = 2.0
SEAL_SECONDS = 60.0
SENDERS = 8
log = structlog.get_logger("worker")


def deliver_due(client: httpx.Client, senders: ThreadPoolExecutor) -> int:
    """Send what is due, side by side, and write down each outcome; returns how many were tried."""
    due = lease_due()
    parcels = [(delivery, pack(delivery)) for delivery in due]
    outcomes = senders.map(lambda pair: send(client, pair[1]) if pair[1] else Outcome(None, "no endpoint", 0), parcels)
    for (delivery, _), outcome in zip(parcels, outcomes, strict=True):
        finish(delivery, outcome)
    return len(due)


def run(stop: threading.Event | None = None) -> None:
    """Work until told to stop (SIGTERM, SIGINT, or `stop`). A lost database connection is waited out."""
    halt = stop or threading.Event()
    if stop is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: halt.set())
    last_beat = last_seal = 0.0
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client, ThreadPoolExecutor(SENDERS) as senders:
        while not halt.is_set():
            try:
                if time.monotonic() - last_beat > BEAT_SECONDS:
                    beat("worker")
                    last_beat = time.monotonic()
                busy = deliver_due(client, senders)
                if time.monotonic() - last_seal > SEAL_SECONDS:
                    seal()
                    last_seal = time.monotonic()
            except Error:
                log.exception("the database did not answer; trying again")
                connection.close()
                close_old_connections()
                busy = 0
            if not busy:
                halt.wait(POLL_SECONDS)
