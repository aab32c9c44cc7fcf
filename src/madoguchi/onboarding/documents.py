"""Documents of an application: checked, sealed, each view logged, deleted on their day (P-23 to P-25, J-11)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.answers import plain
from madoguchi.onboarding.applications import locked, require_open, scope_of, touch
from madoguchi.onboarding.models import Application, Document
from madoguchi.onboarding.scanning import CheckedDocument, check_document
from madoguchi.onboarding.states import AT_PROVIDERS, LIVE_APPLICATIONS
from madoguchi.onboarding.trades import DocumentNeed, documents_for, missing
from madoguchi.people.access import Actor, may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.sealing import seal, unseal
from madoguchi.registry.signing import platform_secrets

DOCUMENTS = b"madoguchi.documents.1"
MAX_DOCUMENTS = 20
KEEP_DRAFTS_DAYS = 90
# After the last decision, long enough for a provider's questions; then nobody needs them any more.
KEEP_DECIDED_DAYS = 180


def documents_missing(application: Application, held: set[str] | None = None) -> tuple[tuple[str, str], ...]:
    """Needs that no document meets yet, as (code, requirement id); `held` are the needs that are met, if known."""
    earlier = application.linked_to if application.link_kind == "more_services" else None
    # J-21: what was brought with an application that was sent is not asked for again.
    if earlier is not None and earlier.state in LIVE_APPLICATIONS:
        return ()
    if held is None:
        held = set(application.documents.filter(deleted_at=None).values_list("need", flat=True))
    return tuple((need.code, need.rule) for need in missing(needs_of(application), held))


def needs_of(application: Application) -> tuple[DocumentNeed, ...]:
    """What an applicant of this kind and trade brings; nothing as long as it has not said what it is."""
    business = application.answers.get("business", {})
    # A town is asked for a body's documents under the name that the rules have for it (J-11).
    entity = "government" if application.kind == "municipality" else business.get("entity")
    return documents_for(entity, business.get("trade") or None) if entity else ()


def knows_needs(application: Application) -> bool:
    """Whether it has said what it is, on which depends what it brings."""
    return application.kind == "municipality" or bool(application.answers.get("business", {}).get("entity"))


def add_document(*, actor: Actor, application_id: UUID, need: str, filename: str, data: bytes) -> Document:
    """Check a file and keep it sealed; the same file for the same need again is the first one.

    Raises Refusal `application_not_open`, `document_need_unknown`, `too_many_documents` and those of `check_document`.
    """
    # Outside the transaction: looking into a file takes a while, and nobody else should wait for it.
    checked = check_document(data, filename)
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        require_asked_for(application, need)
        kept = application.documents.filter(deleted_at=None)
        if found := kept.filter(need=need, sha256=checked.sha256).first():
            return found
        if kept.count() >= MAX_DOCUMENTS:
            raise Refusal("too_many_documents", limit=MAX_DOCUMENTS)
        document = sealed_document(application, need, filename, checked)
        document.save(force_insert=True)
        touch(application)
        record(actor, "document.added", document.id, application=str(application.id), need=need)
    return document


def require_asked_for(application: Application, need: str) -> None:
    """Raise Refusal `document_need_unknown` unless a document of this kind proves something that is asked for."""
    asked = {code for one in needs_of(application) for documents in one.alternatives for code in documents}
    if need not in asked:
        raise Refusal("document_need_unknown", field="need", need=need)


def sealed_document(application: Application, need: str, filename: str, checked: CheckedDocument) -> Document:
    """A checked file sealed, unsaved."""
    return Document(
        application=application,
        need=need,
        # A name with a line break would be read as a further header where it is downloaded.
        filename=plain(filename)[-120:],
        media_type=checked.media_type,
        size_bytes=len(checked.data),
        sha256=checked.sha256,
        sealed=seal(checked.data, platform_secrets(), DOCUMENTS),
        added_at=now(),
        delete_on=today() + timedelta(days=KEEP_DRAFTS_DAYS),
    )


def remove_document(*, actor: Actor, application_id: UUID, document_id: UUID) -> None:
    """Delete a document that its applicant takes back. Raises Refusal `document_unknown`, `application_not_open`."""
    with transaction.atomic():
        application = locked(actor, application_id, "application.write")
        require_open(application)
        document = application.documents.filter(id=document_id, deleted_at=None).first()
        if document is None:
            raise Refusal("document_unknown")
        _empty(document)
        touch(application)
        record(actor, "document.removed", document.id, application=str(application.id))


def view_document(*, actor: Actor, document_id: UUID) -> tuple[Document, bytes]:
    """A document opened, for its applicant, the office, or a provider that has to decide on the application.

    That it was viewed, and by whom, is logged.

    Raises Refusal `document_unknown`, `document_deleted`, `not_allowed`.
    """
    document = Document.objects.select_related("application").filter(id=document_id).first()
    if document is None:
        raise Refusal("document_unknown")
    if not (may(actor, "office.read") or _is_providers(actor, document.application)):
        require(actor, "application.read", scope_of(document.application))
    if document.deleted_at is not None:
        raise Refusal("document_deleted", day=document.deleted_at)
    data = unseal(document.sealed, platform_secrets(), DOCUMENTS)
    if data is None:
        raise Refusal("platform_secret_missing")
    record(actor, "document.viewed", document.id, application=str(document.application_id))
    return document, data


def _is_providers(actor: Actor, application: Application) -> bool:
    """Whether `actor` works for a provider with an item of the application that is in its hands or approved."""
    providers = {grant.provider for grant in actor.grants if grant.provider}
    held = {code for code in providers if may(actor, "provider.read", Scope(provider=code))}
    return bool(held) and application.items.filter(provider__in=held, state__in=AT_PROVIDERS).exists()


def schedule_deletion(application: Application, day: date) -> None:
    """From its decision on, an application's documents are kept for KEEP_DECIDED_DAYS."""
    application.documents.filter(deleted_at=None).update(delete_on=day + timedelta(days=KEEP_DECIDED_DAYS))


def delete_due_documents(*, actor: Actor, day: date) -> int:
    """Empty every document whose day has come; that it was there, and its checksum, stays. Returns how many."""
    with transaction.atomic():
        due = list(
            Document.objects.select_for_update(skip_locked=True)
            .filter(deleted_at=None, delete_on__lte=day)
            .order_by("delete_on", "id")[:1000]
        )
        for document in due:
            _empty(document)
            record(actor, "document.deleted", document.id, application=str(document.application_id))
    return len(due)


def _empty(document: Document) -> None:
    document.sealed, document.deleted_at = "", now()
    document.save(update_fields=["sealed", "deleted_at"])
