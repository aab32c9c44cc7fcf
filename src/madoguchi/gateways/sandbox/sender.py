"""Sends notices to Madoguchi as they fall due, again after a failure, and after a restart where it left off."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime

import httpx

from madoguchi.gateways.sandbox.configuration import SandboxConfig
from madoguchi.gateways.sandbox.notices import PATHS
from madoguchi.gateways.sandbox.store import Store
from madoguchi.gateways.signing import signed_headers

MOST_ATTEMPTS = 20  # with the waits below: about a quarter of an hour, longer than any restart
LONGEST_WAIT_SECONDS = 60.0
LONGEST_SLEEP_SECONDS = 3600.0
ANSWER_TIMEOUT_SECONDS = 10.0

DUE = """
SELECT notice.* FROM notice LEFT JOIN notice AS ahead ON ahead.id = notice.behind
WHERE notice.state = 'waiting' AND NOT notice.is_held AND (ahead.state IS NULL OR ahead.state != 'waiting')
"""

log = logging.getLogger(__name__)


def wait_before_retry(attempts: int) -> float:
    """Seconds to wait after the given number of failed attempts: 1, 2, 4 … up to a minute."""
    return min(LONGEST_WAIT_SECONDS, 2.0 ** (attempts - 1))


class Sender:
    """Takes notices from the store and posts them, one after another."""

    def __init__(
        self,
        config: SandboxConfig,
        store: Store,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._client = httpx.Client(
            base_url=config.madoguchi_url,
            timeout=ANSWER_TIMEOUT_SECONDS,
            transport=transport,
            # Shorter than a server keeps an idle connection, so that a notice is not lost to one just closed.
            limits=httpx.Limits(keepalive_expiry=1.0),
            trust_env=False,
        )
        self._wake = threading.Event()
        self._is_stopping = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        """Whether the background thread is alive."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Send in the background from now on, beginning with what an earlier process left waiting."""
        if not self.is_running:
            self._thread = threading.Thread(target=self._run, name="sandbox-sender", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End for good, after the notice being sent."""
        self._is_stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._client.close()

    def wake(self) -> None:
        """Say that something may have fallen due; call it after the transaction that queued it."""
        self._wake.set()

    def send_due(self, now: datetime) -> int:
        """Send every notice due at `now`, in order of time; how many attempts that took.

        What fails is put off beyond `now`, so this ends. The signature carries the time of sending, not `now`: a
        long queue must not run out of the signature's window.
        """
        attempts = 0
        with self._one_at_a_time:
            while row := self._store.row(f"{DUE} AND notice.due_at <= ? ORDER BY notice.due_at, notice.id LIMIT 1",
                                         now.timestamp()):  # fmt: skip
                self._send(row, now)
                attempts += 1
        return attempts

    def _send(self, row: sqlite3.Row, now: datetime) -> None:
        status: int | None = None
        code: str | None = None
        was_repeated = False
        provider = self._config.provider(row["provider"])
        if provider is None:
            code = "provider_not_configured"
        else:
            signed = signed_headers(provider.key_id, provider.secret, row["body"], now=int(self._clock().timestamp()))
            try:
                answer = self._client.post(
                    PATHS[row["kind"]], content=row["body"], headers={"Content-Type": "application/json", **signed}
                )
            except httpx.HTTPError as error:
                code = type(error).__name__
            else:
                status, code = answer.status_code, _error_code(answer)
                was_repeated = answer.headers.get("Idempotency-Hit") == "true"
        self._record(row, now, status=status, code=code, was_repeated=was_repeated, can_retry=provider is not None)

    def _record(
        self,
        row: sqlite3.Row,
        now: datetime,
        *,
        status: int | None,
        code: str | None,
        was_repeated: bool,
        can_retry: bool,
    ) -> None:
        attempts = row["attempts"] + 1
        due_at = row["due_at"]
        is_passing = status is None or status >= 500 or status == 429
        if status is not None and 200 <= status < 300:
            state = "sent"
        elif can_retry and is_passing and attempts < MOST_ATTEMPTS:
            state = "waiting"
            due_at = now.timestamp() + wait_before_retry(attempts)
        else:
            state = "failed"
        if state != "sent":
            log.warning("notice %s of %s: %s %s, now %s", row["id"], row["reference"], status, code, state)
        with self._store.writing() as db:
            db.execute(
                "UPDATE notice SET state = ?, due_at = ?, attempts = ?, answer_status = ?, answer_code = ?, "
                "was_repeated = ?, sent_at = ? WHERE id = ?",
                (
                    state,
                    due_at,
                    attempts,
                    status,
                    code,
                    was_repeated,
                    self._clock().isoformat() if state == "sent" else None,
                    row["id"],
                ),
            )

    def _run(self) -> None:
        while True:
            # Cleared before looking: what is queued while we look, and a stop, wake us again.
            self._wake.clear()
            if self._is_stopping.is_set():
                return
            try:
                self.send_due(self._clock())
                sleep = self._seconds_to_next()
            except Exception:
                log.exception("The sender goes on after an error.")
                sleep = 1.0
            self._wake.wait(sleep)

    def _seconds_to_next(self) -> float:
        row = self._store.row(f"{DUE} ORDER BY notice.due_at LIMIT 1")
        if row is None:
            return LONGEST_SLEEP_SECONDS
        due_at: float = row["due_at"]
        return min(LONGEST_SLEEP_SECONDS, max(0.0, due_at - self._clock().timestamp()))


def _error_code(answer: httpx.Response) -> str | None:
    """The stable code in an error's body, if there is one to read."""
    if answer.is_success:
        return None
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return None
