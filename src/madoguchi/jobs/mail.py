"""Delivering one e-mail of the outbox through Django's mail backend."""

from __future__ import annotations

import time
from dataclasses import dataclass
from smtplib import SMTPRecipientsRefused
from uuid import UUID

from django.core.mail import EmailMessage, get_connection

from madoguchi.jobs.outcomes import Outcome

DESTINATION = "mail"
SENT, NO_SUCH_ADDRESS = 250, 422


@dataclass(frozen=True)
class Letter:
    """An e-mail made ready to send."""

    delivery_id: UUID
    to: str
    subject: str
    text: str


def send_letter(letter: Letter) -> Outcome:
    """Send an e-mail; never raises. A refused address is a final no, all else is tried again."""
    started = time.monotonic()
    status: int | None
    try:
        with get_connection(timeout=10) as connection:
            message = EmailMessage(letter.subject, letter.text, to=[letter.to], connection=connection)
            # The same delivery tried twice is one letter to a mail program.
            message.extra_headers["Message-ID"] = f"<{letter.delivery_id}@madoguchi>"
            message.send()
        status, answer = SENT, "sent"
    except SMTPRecipientsRefused as error:
        status, answer = NO_SUCH_ADDRESS, f"{type(error).__name__}"
    except Exception as error:  # a mail server, however broken, must not stop the worker
        status, answer = None, f"{type(error).__name__}: {error}"
    return Outcome(status, answer[:500], int((time.monotonic() - started) * 1000))
