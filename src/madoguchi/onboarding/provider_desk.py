"""What a provider does with a place × service it was sent: take, ask, approve from a day, refuse."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.answers import written
from madoguchi.onboarding.applications import lock_application, locked
from madoguchi.onboarding.letters import keep_message
from madoguchi.onboarding.models import Item, Message
from madoguchi.onboarding.outgoing import tell_provider, write_to_applicant
from madoguchi.onboarding.registering import enrol_approved
from madoguchi.onboarding.states import ITEM_STATES, may_go
from madoguchi.people.access import Actor, may
from madoguchi.people.rules import Scope

HIGHEST_FEE_BPS = 10_000


def take_item(*, actor: Actor, item_id: UUID) -> Item:
    """Note that the provider has begun to look at it; taking it again changes nothing.

    Raises Refusal `applied_item_unknown`, `item_not_waiting`.
    """
    with transaction.atomic():
        item = _locked(actor, item_id)
        if item.state not in {"at_provider", "questions"}:
            raise Refusal("item_not_waiting", state=item.state)
        if item.taken_at is None:
            item.taken_at = now()
            item.save(update_fields=["taken_at"])
            record(actor, "item.taken", item.id)
    return item


def ask_about_item(*, actor: Actor, item_id: UUID, text: str) -> Item:
    """Ask the applicant; it is told by e-mail. The same question again, while it waits, changes nothing.

    Raises Refusal `applied_item_unknown`, `item_not_waiting`, `text_missing`, `text_too_long`.
    """
    with transaction.atomic():
        item = _locked(actor, item_id)
        asked = _last_words(item, "provider")
        if item.state == "questions" and asked is not None and asked.text == written(text):
            return item
        message = keep_message(actor, item.application, item, "provider", "applicant", text)
        _move(item, "questions")
        record(actor, "item.asked", item.id)
        write_to_applicant(
            item.application, "question", place=item.place.name, service=item.service.name, text=message.text
        )
    return item


def answer_question(*, actor: Actor, application_id: UUID, item_id: UUID, text: str) -> Message:
    """The applicant's answer: the item is the provider's turn again. The same answer again changes nothing.

    Raises Refusal `applied_item_unknown`, `item_not_waiting`, `text_missing`, `text_too_long`.
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        found = application.items.select_related("provider", "application").filter(id=item_id).first()
        if found is None:
            raise Refusal("applied_item_unknown")
        answered = _last_words(found, "applicant")
        if found.state == "at_provider" and answered is not None and answered.text == written(text):
            return answered
        message = keep_message(actor, application, found, "applicant", "provider", text)
        _move(found, "at_provider")
        record(actor, "item.answered", found.id)
        tell_provider(found, "item.answered")
    return message


def approve_item(
    *,
    actor: Actor,
    item_id: UUID,
    starts_on: date,
    fee_bps: int | None = None,
    terms: str = "",
    provider_reference: str = "",
    keeps_terms: bool | None = None,
) -> Item:
    """Approve it from a day, under terms; a place with a code takes the service from then (P-22, P-26).

    `keeps_terms` is the provider's word on a service in use there already (J-23); of others there is nothing to keep.
    The same approval again changes nothing.
    Raises Refusal `applied_item_unknown`, `item_not_waiting`, `keeps_terms_missing`, `field_wrong`.
    """
    with transaction.atomic():
        item = _locked(actor, item_id)
        terms, provider_reference = written(terms), written(provider_reference)
        told = (starts_on, fee_bps, terms, provider_reference, keeps_terms if item.is_used_already else None)
        if item.state == "approved":
            kept = (item.starts_on, item.fee_bps, item.terms, item.provider_reference, item.keeps_terms)
            if kept == told:
                return item
        _require_may(item, "approved")
        if item.is_used_already and keeps_terms is None:
            raise Refusal("keeps_terms_missing", field="keeps_terms")
        if fee_bps is not None and not 0 <= fee_bps <= HIGHEST_FEE_BPS:
            raise Refusal("field_wrong", field="fee_bps")
        if len(terms) > 400 or len(provider_reference) > 60:
            raise Refusal("field_wrong", field="terms" if len(terms) > 400 else "provider_reference")
        item.starts_on, item.fee_bps, item.terms, item.provider_reference, item.keeps_terms = told
        _move(item, "approved")
        enrol_approved(item)
        record(actor, "item.approved", item.id, starts_on=str(starts_on), fee_bps=fee_bps, is_late=is_late(item))
        write_to_applicant(
            item.application, "approved", place=item.place.name, service=item.service.name, day=starts_on.isoformat()
        )
    return item


def refuse_item(*, actor: Actor, item_id: UUID, reason: str) -> Item:
    """Refuse it, with a reason that the applicant reads; the same refusal again changes nothing.

    Raises Refusal `applied_item_unknown`, `item_not_waiting`, `reason_missing`, `text_too_long`.
    """
    with transaction.atomic():
        item = _locked(actor, item_id)
        reason = written(reason)
        if item.state == "refused" and item.reason == reason:
            return item
        if not reason:
            raise Refusal("reason_missing", field="reason")
        if len(reason) > 400:
            raise Refusal("text_too_long", field="reason", limit=400)
        _require_may(item, "refused")
        item.reason = reason
        _move(item, "refused")
        record(actor, "item.refused", item.id)
        write_to_applicant(
            item.application, "item_refused", place=item.place.name, service=item.service.name, text=item.reason
        )
    return item


def is_late(item: Item) -> bool:
    """Whether it begins after the day its applicant wished for (P-22, P-26)."""
    return item.wished_on is not None and item.starts_on is not None and item.starts_on > item.wished_on


def _locked(actor: Actor, item_id: UUID) -> Item:
    application_id = Item.objects.filter(id=item_id).values_list("application_id", flat=True).first()
    if application_id is None:
        raise Refusal("applied_item_unknown")
    # The application first, as everybody does: cancelling or withdrawing it changes the same item.
    lock_application(application_id)
    rows = Item.objects.select_related(
        "application__organisation", "place__application", "place__municipality", "place__place", "service__provider"
    )
    item = rows.filter(id=item_id).first()
    # A provider learns nothing of other providers' items, not even that there is one.
    if item is None or item.state in {"draft", "submitted"}:
        raise Refusal("applied_item_unknown")
    if not may(actor, "provider.write", Scope(provider=item.provider_id)):
        raise Refusal("applied_item_unknown")
    return item


def _last_words(item: Item, side: str) -> Message | None:
    return Message.objects.filter(item=item, side=side).order_by("-id").first()


def _require_may(item: Item, state: str) -> None:
    if not may_go(ITEM_STATES, item.state, state):
        raise Refusal("item_not_waiting", state=item.state)


def _move(item: Item, state: str) -> None:
    _require_may(item, state)
    item.state, item.changed_at = state, now()
    item.save()
