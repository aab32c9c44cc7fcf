"""Messages between applicant, office and provider; whoever one is for is told that there is one."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.answers import written
from madoguchi.onboarding.applications import lock_application, locked
from madoguchi.onboarding.models import Application, Item, Message
from madoguchi.onboarding.outgoing import tell_provider, write_to_applicant, write_to_office
from madoguchi.people.access import Actor, may, require
from madoguchi.people.rules import Scope

LONGEST_TEXT = 2000


def applicant_writes(*, actor: Actor, application_id: UUID, text: str, item_id: UUID | None = None) -> Message:
    """A word from the applicant: to the office, or about an item to its provider, who is told that there is one.

    Raises Refusal `application_unknown`, `applied_item_unknown`, `text_missing`, `text_too_long`.
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        item = _item(application, item_id)
        message = keep_message(actor, application, item, "applicant", "provider" if item else "office", text)
        if item is None:
            write_to_office(application, "office_message")
        else:
            tell_provider(item, "item.message")
        return message


def office_writes(*, actor: Actor, application_id: UUID, text: str) -> Message:
    """A word from the office to the applicant, told by e-mail too. Raises Refusal `application_unknown`."""
    with transaction.atomic():
        require(actor, "office.write")
        application = lock_application(application_id)
        message = keep_message(actor, application, None, "office", "applicant", text)
        write_to_applicant(application, "message", text=message.text)
        return message


def provider_writes(*, actor: Actor, item_id: UUID, text: str) -> Message:
    """A word from a provider about one of its items, told by e-mail too. Raises Refusal `applied_item_unknown`."""
    with transaction.atomic():
        item = Item.objects.select_related("application").filter(id=item_id).first()
        # As at its desk: what was not passed on, or belongs to others, is unknown to it.
        if item is None or item.state in {"draft", "submitted"}:
            raise Refusal("applied_item_unknown")
        if not may(actor, "provider.write", Scope(provider=item.provider_id)):
            raise Refusal("applied_item_unknown")
        message = keep_message(actor, item.application, item, "provider", "applicant", text)
        write_to_applicant(item.application, "message", text=message.text)
        return message


def keep_message(  # noqa: PLR0917  # in the order of a letter: who, about what, from, to, words
    actor: Actor, application: Application, item: Item | None, side: str, to_side: str, text: str
) -> Message:
    """Keep a word inside the caller's transaction. Raises Refusal `text_missing`, `text_too_long`."""
    text = written(text)
    if not text:
        raise Refusal("text_missing", field="text")
    if len(text) > LONGEST_TEXT:
        raise Refusal("text_too_long", field="text", limit=LONGEST_TEXT)
    message = Message.objects.create(
        application=application,
        item=item,
        side=side,
        to_side=to_side,
        author=str(actor),
        text=text,
        written_at=now(),
    )
    # The words themselves stay out of the log, which is kept for ever.
    record(actor, "message.written", application.id, side=side, to=to_side, item=str(item.id) if item else "")
    return message


def _item(application: Application, item_id: UUID | None) -> Item | None:
    if item_id is None:
        return None
    item = application.items.select_related("provider", "application").filter(id=item_id).first()
    if item is None:
        raise Refusal("applied_item_unknown")
    return item
