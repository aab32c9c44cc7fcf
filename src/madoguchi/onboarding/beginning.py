"""Beginning an application, and coming back to it with its key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import ALPHABET, CONFUSED
from madoguchi.events.actions import record
from madoguchi.events.queries import count_about
from madoguchi.onboarding.answers import read_section
from madoguchi.onboarding.applications import COLUMNS, hash_of, locked
from madoguchi.onboarding.kinds import APPLICANT_KINDS, LINK_KINDS
from madoguchi.onboarding.linked import SAME_APPLICANT
from madoguchi.onboarding.models import Application, ApplicationPlace
from madoguchi.onboarding.outgoing import write_to_applicant
from madoguchi.people.access import Actor, applicant_actor

LANGUAGES = ("ja", "en")
# A town hall or a chamber of commerce helps many shops to begin in one afternoon; a script begins thousands.
MOST_BEGUN, BEGUN_WITHIN = 60, timedelta(hours=1)
PLACE_COLUMNS = tuple(field.attname for field in ApplicationPlace._meta.concrete_fields)


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
    origin: str = "",
    is_demo: bool = False,
) -> Started:
    """Begin an application. With `linked_to`, what the applicant told there is not asked again (J-21, J-28).

    With `email`, the way back to it is sent there, else where the linked one's letters go. `origin` is the network
    address it comes from, if known: each may begin so many in an hour, as each sends a letter to whom it names.
    Raises Refusal `application_unknown`, `not_allowed` for somebody else's application, `field_wrong` with the field,
    `too_many_begun` with the `limit`.
    """
    address = email and read_section("applicant", {"email": email}).model_dump()["email"]
    with transaction.atomic():
        earlier = locked(actor, linked_to, "application.read") if linked_to else None
        _require_sound(kind, language, earlier, link_kind)
        if origin:
            count_begun(actor, origin)
        key = secrets.token_urlsafe(24)
        application = Application(
            reference=new_reference(),
            resume_hash=hash_of(key),
            state="draft",
            kind=kind,
            language=language,
            linked_to=earlier,
            link_kind=link_kind if earlier else "",
            created_at=now(),
            changed_at=now(),
            is_demo=is_demo,
        )
        if earlier is not None:
            _take_over(application, earlier)
        application.email = address or application.email
        application.save(force_insert=True)
        if earlier is not None and link_kind == "more_services":
            _take_over_places(application, earlier)
        way_back = f"{settings.PUBLIC_URL}/join/resume/{application.reference}/{key}/"
        write_to_applicant(application, "started", text=way_back)
        record(actor, "application.started", application.id, kind=kind, linked_to=str(linked_to or ""))
    return Started(application, key)


def count_begun(actor: Actor, origin: str) -> None:
    """Note that an address begins an application. Raises Refusal `too_many_begun` with the `limit`.

    The address itself is not kept: it stands under a digest with the platform's secret that changes every day, so
    that the log neither tells it nor links one day's to the next's.
    """
    told = f"{today().isoformat()} {origin}".encode(errors="replace")
    subject = f"address:{hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).hexdigest()[:32]}"
    if count_about(subject, since=now() - BEGUN_WITHIN) >= MOST_BEGUN:
        raise Refusal("too_many_begun", limit=MOST_BEGUN)
    record(actor, "address.began", subject)


def _require_sound(kind: str, language: str, earlier: Application | None, link_kind: str) -> None:
    if kind not in APPLICANT_KINDS:
        raise Refusal("field_wrong", field="kind")
    if language not in LANGUAGES:
        raise Refusal("field_wrong", field="language")
    if earlier is None:
        return
    if link_kind not in LINK_KINDS:
        raise Refusal("field_wrong", field="link_kind")
    # A second account and more services are the same applicant's; a manager is somebody else (J-28).
    if kind != ("designated_manager" if link_kind == "designated_manager" else earlier.kind):
        raise Refusal("field_wrong", field="kind")


def _take_over(application: Application, earlier: Application) -> None:
    """What need not be asked again: for more services all, for a second account all but the account.

    A designated manager tells everything itself: neither the town's answers nor its organisation are the manager's.
    """
    if application.link_kind not in SAME_APPLICANT:
        return
    application.organisation = earlier.organisation
    for column in (*COLUMNS, "municipality_id"):
        setattr(application, column, getattr(earlier, column))
    application.answers = dict(earlier.answers)
    if application.link_kind == "more_services":
        application.account_sealed = earlier.account_sealed
        if earlier.publication_consent:
            application.publication_consent, application.consent_at = True, earlier.consent_at


def _take_over_places(application: Application, earlier: Application) -> None:
    """The places that stand for themselves, as entries of their own that lead to the same ones in the registry."""
    kept = [name for name in PLACE_COLUMNS if name not in {"id", "application_id", "merged_into_id"}]
    rows = earlier.places.exclude(merged_into__application=earlier).order_by("position").values(*kept)
    copies = [ApplicationPlace(application=application, **row) for row in rows]
    ApplicationPlace.objects.bulk_create(copies, batch_size=500)


def resume(*, reference: str, key: str) -> Actor:
    """The actor of whoever holds an application's key; outside a demo an example's key opens nothing.

    Raises Refusal `resume_key_wrong`.
    """
    wanted = "".join(letter for letter in reference.upper().translate(CONFUSED) if letter in ALPHABET)
    found = Application.objects.filter(reference=_dressed(wanted)).first()
    # The same answer for a wrong number and a wrong key: neither tells which applications there are.
    is_closed = found is None or (found.is_demo and not settings.DEMO)
    if found is None or is_closed or not secrets.compare_digest(found.resume_hash, hash_of(key.strip())):
        raise Refusal("resume_key_wrong")
    return applicant_actor(found.id)


def new_reference() -> str:
    """A new application's number, of a million million: with a million given out, one in a million is drawn twice."""
    while True:
        reference = _dressed("".join(secrets.choice(ALPHABET) for _ in range(8)))
        if not Application.objects.filter(reference=reference).exists():
            return reference


def _dressed(symbols: str) -> str:
    """Eight symbols in two groups, to be read out on the phone."""
    return f"{symbols[:4]}-{symbols[4:8]}"
