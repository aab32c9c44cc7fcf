"""Delivering one e-mail of the outbox through Django's mail backend."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

from django.core.mail import EmailMessage, get_connection

from madoguchi.jobs.outcomes import Outcome

DESTINATION = "mail"
SENT, NO_SUCH_ADDRESS = 250, 422
# For each answer of the mail server; it gives about eight before a letter is taken.
TIMEOUT_SECONDS = 5
PAUSE_SECONDS = 30


@dataclass(frozen=True)
class Letter:
    """An e-mail made ready to send."""

    delivery_id: UUID
    to: str
    subject: str
    text: str


class MailPause:
    """Leaves a mail server alone for a while that took nothing: each try holds up what is for the providers."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        """Whether no letter should be tried now."""
        return time.monotonic() < self._until

    def note(self, outcomes: Collection[Outcome]) -> None:
        """Begin a pause if of the letters just tried none was taken, nor refused for good."""
        if outcomes and all(outcome.status is None for outcome in outcomes):
            self._until = time.monotonic() + PAUSE_SECONDS


def send_letter(letter: Letter) -> Outcome:
    """Send an e-mail; never raises. An address refused for good is a final no, all else is tried again."""
    started = time.monotonic()
    status: int | None
    try:
        with get_connection(timeout=TIMEOUT_SECONDS) as connection:
            message = EmailMessage(letter.subject, letter.text, to=[letter.to], connection=connection)
            # The same delivery tried twice is one letter to a mail program.
            message.extra_headers["Message-ID"] = f"<{letter.delivery_id}@madoguchi>"
            message.send()
        status, answer = SENT, "sent"
    except Exception as error:  # a mail server, however broken, must not stop the worker
        status, answer = _status_of(error), _told(error)
    return Outcome(status, answer[:500], int((time.monotonic() - started) * 1000))


def _status_of(error: Exception) -> int | None:
    """What is final: every recipient refused with a code from 500 (a full box or a greylist answers with 4xx)."""
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return NO_SUCH_ADDRESS if codes and min(codes) >= 500 else None
    # Raised before anything is sent: no server will ever take such an address or header. What else is a ValueError
    # comes from the connection, such as a certificate that ran out.
    return NO_SUCH_ADDRESS if isinstance(error, ValueError) and not isinstance(error, OSError) else None


def _told(error: Exception) -> str:
    """What went wrong, without the words of the server: they repeat whose address it is."""
    codes = [error.smtp_code] if isinstance(error, SMTPResponseException) else []
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    return " ".join([type(error).__name__, *map(str, codes)])
