"""Filling in an application: save each section as it goes, consent, take it back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.answers import AccountAnswers, ApplicantAnswers, Section, read_section, written
from madoguchi.onboarding.models import Application, Item, Message
from madoguchi.onboarding.outgoing import tell_providers, write_to_office
from madoguchi.onboarding.states import APPLICATION_STATES, AT_PROVIDERS, LIVE_APPLICATIONS, OPEN_ITEMS, may_go
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Municipality
from madoguchi.registry.sealing import seal, unseal
from madoguchi.registry.signing import platform_secrets

ACCOUNTS = b"madoguchi.accounts.1"
EDITABLE = ("draft", "returned")
# What the office reads of an accepted applicant that refuses publication, or thinks better of it (P-27).
CONSENT_WORDS = {
    "ja": (
        "公表に同意しません。登録の取消しをお願いします。",
        "公表にあらためて同意します。登録は取り消さないでください。",
    ),
    "en": (
        "We refuse publication. Please cancel the registration.",
        "We agree to publication again. Please do not cancel.",
    ),
}
# Columns of their own, because the office searches and sorts by them; everything else stays in `answers`.
COLUMNS = ("name", "name_kana", "name_en", "corporate_number", "email")


def save_answers(
    *, actor: Actor, application_id: UUID, section: str, answers: Mapping[str, Any], version: int | None = None
) -> Application:
    """Save a section as far as it is filled in.

    With `version`, only if nobody saved something else meanwhile; saving the same again is no change, so that a
    request whose answer was lost can be sent once more.
    Raises Refusal `application_unknown`, `application_not_open`, `application_changed_elsewhere`,
    `municipality_unknown`, and those of `read_section`.
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        read = read_section(section, answers)
        before = _kept(application)
        put_section(application, section, read)
        if _kept(application) == before:
            return application
        require_version(application, version)
        touch(application)
        record(actor, "application.saved", application.id, section=section)
    return application


def put_section(application: Application, section: str, read: Section) -> None:
    """Put a section's answers into an application, unsaved. Raises Refusal `municipality_unknown`."""
    if isinstance(read, ApplicantAnswers):
        code = read.municipality_code
        if code and not Municipality.objects.filter(code=code).exists():
            raise Refusal("municipality_unknown", field="municipality_code", section=section)
        application.municipality_id = code or None
        for column in COLUMNS:
            setattr(application, column, getattr(read, column))
        rest = read.model_dump(exclude={*COLUMNS, "municipality_code"}, exclude_defaults=True)
        application.answers = {**application.answers, section: rest}
    elif isinstance(read, AccountAnswers):
        # Sealing the same twice gives two texts: what is unchanged keeps the one it has.
        if read != account_of(application):
            application.account_sealed = seal(read.model_dump_json().encode(), platform_secrets(), ACCOUNTS)
    else:
        rest = read.model_dump(mode="json", exclude_none=True)
        application.answers = {**application.answers, section: rest}


def _kept(application: Application) -> tuple[Any, ...]:
    columns = tuple(getattr(application, column) for column in COLUMNS)
    return (
        *columns,
        application.municipality_id,
        json.dumps(application.answers, sort_keys=True),
        application.account_sealed,
    )


def account_of(application: Application) -> AccountAnswers | None:
    """The account an application names, opened; None if it names none yet."""
    if not application.account_sealed:
        return None
    opened = unseal(application.account_sealed, platform_secrets(), ACCOUNTS)
    if opened is None:
        raise Refusal("platform_secret_missing")
    return AccountAnswers.model_validate_json(opened)


def answer_consent(*, actor: Actor, application_id: UUID, consents: bool) -> Application:
    """Whether name, address, phone, rate and services may be published (P-27): refusing takes the application back.

    A place already accepted is taken off by the office (`cancellation`); refusing asks it to, and until it has done so
    the applicant may think better of it: the office and the providers are told of either. The same answer again
    changes nothing.
    Raises Refusal `application_unknown`, `application_not_open`.
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        if application.publication_consent is consents:
            return application
        if application.state not in (*EDITABLE, *LIVE_APPLICATIONS):
            raise Refusal("application_not_open", state=application.state)
        application.publication_consent, application.consent_at = consents, now()
        touch(application)
        record(actor, "application.consent", application.id, consents=consents)
        if not consents and application.state in (*EDITABLE, "submitted"):
            _withdraw(actor, application, "publication refused")
        elif application.state == "accepted":
            _tell_of_consent(actor, application, consents)
    return application


def _tell_of_consent(actor: Actor, application: Application, consents: bool) -> None:
    """The office reads it where it reads what applicants write, and is to see to it; providers are told."""
    refused, given = CONSENT_WORDS["en" if application.language == "en" else "ja"]
    Message.objects.create(
        application=application,
        side="applicant",
        to_side="office",
        author=str(actor),
        text=given if consents else refused,
        written_at=now(),
    )
    write_to_office(application, "office_consent_given" if consents else "office_consent_refused")
    known = application.items.filter(state__in=AT_PROVIDERS).select_related("provider", "application")
    tell_providers(known.order_by("id"), "item.consent_given" if consents else "item.consent_refused")


def withdraw_application(*, actor: Actor, application_id: UUID, reason: str = "") -> Application:
    """Take an application back; what was decided already stays. Taking it back again changes nothing.

    Raises Refusal `application_unknown`, `application_not_open`.
    """
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        if application.state != "withdrawn":
            _withdraw(actor, application, reason)
    return application


def _withdraw(actor: Actor, application: Application, reason: str) -> None:
    move(application, "withdrawn")
    Item.objects.filter(application=application, state__in=("draft", *OPEN_ITEMS)).update(
        state="withdrawn", changed_at=now(), reason=written(reason)[:400]
    )
    # Nobody has to decide on it any more: its documents go with the next round.
    application.documents.filter(deleted_at=None).update(delete_on=today())
    # The applicant's words stay out of the log, which is kept for ever.
    record(actor, "application.withdrawn", application.id)


# --- what every action on an application begins and ends with


def locked(actor: Actor, application_id: UUID, permission: str) -> Application:
    """The application, locked, if `actor` may. Raises Refusal `application_unknown`, `not_allowed`."""
    application = lock_application(application_id)
    require(actor, permission, scope_of(application))
    return application


def lock_application(application_id: UUID | None) -> Application:
    """The application, locked until the caller's transaction ends. Raises Refusal `application_unknown`.

    Whatever changes an application, its places or its items locks it first, so that no two wait for each other.
    Rows that only name it (a message, a document) are not kept waiting.
    """
    rows = Application.objects.select_for_update(no_key=True)
    application = rows.filter(id=application_id).first() if application_id else None
    if application is None:
        raise Refusal("application_unknown")
    return application


def scope_of(application: Application) -> Scope:
    """Whose application it is: its key's holder's, and its organisation's once it is registered."""
    return Scope(principal_id=application.organisation_id, application_id=application.id)


def require_open(application: Application) -> None:
    """Raise Refusal `application_not_open` unless its applicant may still change it."""
    if application.state not in EDITABLE:
        raise Refusal("application_not_open", state=application.state)


def require_version(application: Application, version: int | None) -> None:
    """Raise Refusal `application_changed_elsewhere` if somebody saved since `version` was shown."""
    if version is not None and version != application.version:
        raise Refusal("application_changed_elsewhere", version=application.version)


def touch(application: Application) -> None:
    """Note that it was changed, and save it."""
    application.version += 1
    application.changed_at = now()
    application.save()


def move(application: Application, state: str) -> None:
    """Take it to `state` by APPLICATION_STATES, and save it. Raises Refusal `application_not_open`."""
    if not may_go(APPLICATION_STATES, application.state, state):
        raise Refusal("application_not_open", state=application.state)
    application.state = state
    touch(application)


def hash_of(key: str) -> str:
    """How a resume key is kept: it is random and long, so a plain hash does."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
