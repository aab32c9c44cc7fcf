"""Beginning an application, and coming back to it with its key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import ALPHABET, CONFUSED
from madoguchi.events.actions import record
from madoguchi.onboarding.applications import COLUMNS, hash_of, locked
from madoguchi.onboarding.letters import write_to_applicant
from madoguchi.onboarding.models import Application, ApplicationPlace
from madoguchi.people.access import Actor, applicant_actor


@dataclass(frozen=True)
class Started:
    """A new application and the key with which its applicant comes back; the key is told once and kept nowhere."""

    application: Application
    key: str


def start_application(
    *,
    actor: Actor,
    kind: str,
    language: str = "ja",
    linked_to: UUID | None = None,
    link_kind: str = "",
    email: str = "",
    is_demo: bool = False,
) -> Started:
    """Begin an application. With `linked_to`, what the applicant told there is not asked again (J-21, J-28).

    With `email`, the way back to it is sent there.
    Raises Refusal `application_unknown`, `not_allowed` for somebody else's application.
    """
    with transaction.atomic():
        earlier = locked(actor, linked_to, "application.read") if linked_to else None
        key = secrets.token_urlsafe(24)
        application = Application.objects.create(
            reference=new_reference(),
            resume_hash=hash_of(key),
            state="draft",
            kind=kind,
            language=language,
            email=email,
            linked_to=earlier,
            link_kind=link_kind if earlier else "",
            created_at=now(),
            changed_at=now(),
            is_demo=is_demo,
        )
        if earlier is not None:
            _take_over(application, earlier, link_kind)
        way_back = f"{settings.PUBLIC_URL}/join/resume/{application.reference}/{key}/"
        write_to_applicant(application, "started", text=way_back)
        record(actor, "application.started", application.id, kind=kind, linked_to=str(linked_to or ""))
    return Started(application, key)


def _take_over(application: Application, earlier: Application, link_kind: str) -> None:
    """What need not be asked again: all but the account for a second one, all but the applicant for a manager."""
    application.organisation = earlier.organisation
    if link_kind != "designated_manager":
        for column in (*COLUMNS, "municipality_id"):
            setattr(application, column, getattr(earlier, column))
        application.answers = dict(earlier.answers)
    if link_kind == "more_services":
        application.account_sealed = earlier.account_sealed
        application.publication_consent, application.consent_at = earlier.publication_consent, earlier.consent_at
        for place in earlier.places.order_by("position"):
            place.pk, place.application, place._state.adding = None, application, True
            place.id = ApplicationPlace._meta.pk.get_default()
            place.save()
    application.save()


def resume(*, reference: str, key: str) -> Actor:
    """The actor of whoever holds an application's key. Raises Refusal `resume_key_wrong`."""
    wanted = "".join(letter for letter in reference.upper().translate(CONFUSED) if letter in ALPHABET)
    found = Application.objects.filter(reference=_dressed(wanted)).first()
    # The same answer for a wrong number and a wrong key: neither tells which applications there are.
    if found is None or not secrets.compare_digest(found.resume_hash, hash_of(key.strip())):
        raise Refusal("resume_key_wrong")
    return applicant_actor(found.id)


def new_reference() -> str:
    """A new application's number."""
    return _dressed("".join(secrets.choice(ALPHABET) for _ in range(8)))


def _dressed(symbols: str) -> str:
    """Eight symbols in two groups, to be read out on the phone."""
    return f"{symbols[:4]}-{symbols[4:8]}"
