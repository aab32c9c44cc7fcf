"""What applicants, providers and the office are told: e-mails and messages that the worker delivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings

from madoguchi.events.actions import gather_later, send_later, send_many_later
from madoguchi.onboarding.letter_words import LETTERS_OF_MANY, letter, letter_of_many, office_letter
from madoguchi.onboarding.models import Application, Item

MAIL = "mail"
# What is decided within this time about one application comes in one letter: providers decide on places by the hundred.
TOGETHER = timedelta(minutes=1)
# So many are named in a letter, the others counted.
MOST_NAMED = 50
# An item of which its provider knows: the office has passed it on.
UNKNOWN_TO_PROVIDERS = frozenset({"draft", "submitted"})


def write_to_applicant(application: Application, event: str, **facts: str) -> None:
    """Put an e-mail about `event` in the outbox, inside the caller's transaction; none without an address.

    What is decided place by place waits a minute for more of the same, and goes out as one letter.
    """
    if not application.email:
        return
    frame = {
        "reference": application.reference,
        "name": application.name,
        "address": f"{settings.PUBLIC_URL}/join/status/{application.reference}/",
    }

    def written(before: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """The letter with these facts added to those that it tells already; None if it goes to another address."""
        if before is not None and before["to"] != application.email:
            return None
        told = [*(before["told"] if before else []), facts]
        count = (before["count"] if before else 0) + 1
        subject, text = letter_of_many(event, application.language, told[:MOST_NAMED], count, **frame)
        return _mail(application.email, subject, text) | {"told": told[:MOST_NAMED], "count": count}

    if event in LETTERS_OF_MANY:
        gather_later(MAIL, f"mail.{event}", application.id, written, within=TOGETHER)
    else:
        subject, text = letter(event, application.language, **frame, **facts)
        send_later(MAIL, f"mail.{event}", application.id, _mail(application.email, subject, text))


def write_to_office(application: Application, event: str) -> None:
    """Put an e-mail for the office in the outbox, inside the caller's transaction; none where it named no address.

    It names the application only: the words stay behind the office's sign-in.
    """
    if not settings.OFFICE_EMAIL:
        return
    address = f"{settings.PUBLIC_URL}/office/applications/{application.id}/"
    subject, text = office_letter(event, settings.LANGUAGE_CODE, reference=application.reference, address=address)
    send_later(MAIL, f"mail.{event}", application.id, _mail(settings.OFFICE_EMAIL, subject, text))


def _mail(to: str, subject: str, text: str) -> dict[str, Any]:
    return {"to": to, "subject": subject, "text": text}


def tell_provider(item: Item, event: str) -> None:
    """Put a message about one place × service in the outbox for its provider, if that takes messages."""
    tell_providers([item], event)


def tell_providers(items: Iterable[Item], event: str) -> None:
    """Put a message about each of many in the outbox, inside the caller's transaction."""
    send_many_later(
        (
            item.provider_id,
            event,
            item.id,
            {"item_id": str(item.id), "application": item.application.reference, "state": item.state},
        )
        for item in items
        if item.provider.webhook_url and item.state not in UNKNOWN_TO_PROVIDERS
    )
