"""A whole application at once: taken in under a key, once, however often it is sent (J-04, P-01, P-17)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    field_validator,
)

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import refusal_of
from madoguchi.events.actions import record_many
from madoguchi.events.queries import events_about
from madoguchi.onboarding.answers import SECTIONS, digits, plain, read_section
from madoguchi.onboarding.applications import hash_of, put_section
from madoguchi.onboarding.beginning import count_begun, new_reference
from madoguchi.onboarding.completeness import Gap
from madoguchi.onboarding.decisions import written_day
from madoguchi.onboarding.documents import MAX_DOCUMENTS, documents_missing, require_asked_for, sealed_document
from madoguchi.onboarding.models import Application, ApplicationPlace, Document, Item
from madoguchi.onboarding.outgoing import write_to_applicant
from madoguchi.onboarding.places import MAX_PLACES, Known, PlaceFacts, rows_of
from madoguchi.onboarding.scanning import CheckedDocument, check_document
from madoguchi.onboarding.submission import gaps_among, judge, require_only_one
from madoguchi.people.access import Actor

LONGEST_KEY = 80
RESUME_KEYS = b"madoguchi.resume-keys.1"
Line = Annotated[str, BeforeValidator(plain)]
Code = Annotated[str, BeforeValidator(plain), Field(max_length=60)]


class PlaceIn(BaseModel):
    """A place and the services it shall take; whether it can be stored is judged as on the pages."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    kind: Code
    municipality_code: Code
    name_en: Line = ""
    name_kana: Line = ""
    place_class: Code = "fixed"
    postal_code: Annotated[str, BeforeValidator(digits)] = ""
    address: Line = ""
    phone: Line = ""
    purposes: Annotated[list[Code], Field(max_length=100)] = []
    remarks: Line = ""
    registration_id: Annotated[
        Line, Field(description="The number under which the provider that brings it knows the place (P-21).")
    ] = ""
    services: Annotated[list[Code], Field(max_length=200)] = []
    used_already: Annotated[
        list[Code], Field(max_length=200, description="Those of `services` in use there already (J-23).")
    ] = []
    wished_on: Annotated[date | None, BeforeValidator(written_day)] = None

    @field_validator("used_already")
    @classmethod
    def _are_services(cls, used: list[str], info: Any) -> list[str]:
        if set(used) - set(info.data.get("services", ())):
            raise ValueError("not among the services")
        return used

    def facts(self) -> PlaceFacts:
        """The place in the shape that the pages give it."""
        told = {name: getattr(self, name) for name in PlaceFacts.__dataclass_fields__}
        told |= {"purposes": tuple(self.purposes), "services": frozenset(self.services)}
        return PlaceFacts(**{**told, "used_already": frozenset(self.used_already)})


class DocumentIn(BaseModel):
    """A document of proof, its content in Base64."""

    model_config = ConfigDict(extra="forbid")

    need: Code
    filename: Annotated[Line, Field(min_length=1, max_length=120)]
    content: Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]


def _section(name: str) -> WithJsonSchema:
    return WithJsonSchema(SECTIONS[name].model_json_schema())


class WholeApplication(BaseModel):
    """Everything an application asks, as far as its applicant has it."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["municipality", "business", "designated_manager", "post_office_operator"]
    language: Literal["ja", "en"] = "ja"
    applicant: Annotated[dict[str, Any], _section("applicant")] = {}
    business: Annotated[dict[str, Any], _section("business")] = {}
    account: Annotated[dict[str, Any], _section("account")] = {}
    consent: Annotated[
        bool | None, Field(strict=True, description="May name, address, phone and services be published (P-27)?")
    ] = None
    places: Annotated[list[PlaceIn], Field(max_length=MAX_PLACES)] = []
    documents: Annotated[list[DocumentIn], Field(max_length=MAX_DOCUMENTS)] = []


@dataclass(frozen=True)
class Missing:
    """Something an application lacks; `position` counts its places from 0."""

    section: str
    field: str
    rule: str
    position: int | None = None


@dataclass(frozen=True)
class Taken:
    """The first answer to an application: `state` and what was `missing` then; `is_repeated` if it was sent before.

    `key` opens the application; it is made from the platform's secret and kept nowhere, so that whoever lost the
    first answer gets it with the next. Empty if the platform's secret was changed since.
    """

    reference: str
    key: str
    state: str
    missing: tuple[Missing, ...]
    is_repeated: bool


def read_application(given: Mapping[str, Any]) -> WholeApplication:
    """The body of an application. Raises Refusal `field_missing`, `field_unknown`, `field_wrong` with the field."""
    try:
        return WholeApplication.model_validate(dict(given))
    except ValidationError as error:
        raise refusal_of(error) from error


def take_application(
    *, actor: Actor, key: str, given: Mapping[str, Any], origin: str = "", is_demo: bool = False
) -> Taken:
    """Take a whole application in, in one transaction, and send it to the office if nothing is missing.

    The same `key` with the same facts gives the first answer. A provider that brings it is known by `actor` (P-17);
    of others, each network (`origin`, if known) may begin so many in an hour, as each sends a letter to whom it names.
    Raises Refusal `idempotency_key_missing`, `idempotency_key_wrong`, `key_reused`, `consent_refused`,
    `town_applied_already`, `document_need_unknown`, `trade_unknown`, `too_many_begun`, `try_again`, those of
    `read_application` and `read_section`, those of a place (with `position` from 0) and those of `check_document`.
    """
    if not key:
        raise Refusal("idempotency_key_missing")
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Refusal("idempotency_key_wrong", limit=LONGEST_KEY)
    brought_by = next((grant.provider for grant in actor.grants if grant.provider), "")
    kept_key, body_hash = _digest(brought_by, key), _hash_of_body(given)
    if earlier := _earlier(kept_key, body_hash):
        return earlier
    whole = read_application(given)
    # Looking into files takes a while, and nobody else should wait for it.
    documents = [(one, _checked(one, position)) for position, one in enumerate(whole.documents)]
    application = _begun(whole, kept_key, body_hash, brought_by, is_demo)
    try:
        with transaction.atomic():
            if origin and not brought_by:
                count_begun(actor, origin)
            return _take(actor, application, whole, documents)
    except IntegrityError:
        # The same was sent twice at once, or the town in the same moment: by now the other can be seen.
        if earlier := _earlier(kept_key, body_hash):
            return earlier
        require_only_one(application)
        raise
    except OperationalError as error:
        # Under the same key nothing will be doubled.
        raise Refusal("try_again") from error


def _begun(whole: WholeApplication, kept_key: str, body_hash: str, brought_by: str, is_demo: bool) -> Application:
    """The application with what stands in no section of its own, unsaved."""
    if whole.consent is False:
        raise Refusal("consent_refused", field="consent")
    resume_key = _resume_key(settings.SECRET_KEY, kept_key, body_hash)
    return Application(
        reference=new_reference(),
        resume_hash=hash_of(resume_key),
        state="draft",
        version=1,
        kind=whole.kind,
        language=whole.language,
        publication_consent=whole.consent,
        consent_at=now() if whole.consent else None,
        brought_by_id=brought_by or None,
        idempotency_key=kept_key,
        body_hash=body_hash,
        created_at=now(),
        changed_at=now(),
        is_demo=is_demo,
    )


def _take(
    actor: Actor,
    application: Application,
    whole: WholeApplication,
    documents: Sequence[tuple[DocumentIn, CheckedDocument]],
) -> Taken:
    for section in SECTIONS:
        if answers := getattr(whole, section):
            _put(application, section, answers)
    facts = [place.facts() for place in whole.places]
    known = Known.load([place.municipality_code for place in facts])
    _require_places(known, facts)
    places, items = rows_of(application, facts, known)
    lacking = _lacking(application, documents)
    sealed = [sealed_document(application, one.need, one.filename, checked) for one, checked in documents]
    counted = [(row, len(place.services)) for row, place in zip(places, facts, strict=True)]
    gaps = gaps_among(application, counted, lacking)
    if not gaps:
        require_only_one(application)
        _send(application, items, sealed)
    _store(application, places, items, sealed)
    missing = _missing(gaps, places)
    _tell(actor, application, missing, counts={"places": len(places), "items": len(items), "documents": len(sealed)})
    return Taken(application.reference, _key_of(application), application.state, missing, is_repeated=False)


def _put(application: Application, section: str, answers: Mapping[str, Any]) -> None:
    try:
        put_section(application, section, read_section(section, answers))
    except Refusal as refusal:
        field = f"{section}.{refusal.details.get('field') or ''}".rstrip(".")
        raise Refusal(refusal.code, **{**refusal.details, "field": field}) from refusal


def _require_places(known: Known, facts: Sequence[PlaceFacts]) -> None:
    try:
        known.require_all(facts)
    except Refusal as refusal:
        place = f"places.{refusal.details['position']}.{refusal.details.get('field') or ''}".rstrip(".")
        raise Refusal(refusal.code, **{**refusal.details, "field": place}) from refusal


def _lacking(
    application: Application, documents: Sequence[tuple[DocumentIn, CheckedDocument]]
) -> tuple[tuple[str, str], ...]:
    """What is still to be proved with these documents, of which each must prove something that is asked for."""
    try:
        for one, _ in documents:
            require_asked_for(application, one.need)
        return documents_missing(application, {one.need for one, _ in documents})
    except Refusal as refusal:
        field = {"trade_unknown": "business.trade", "entity_unknown": "business.entity"}.get(refusal.code, "documents")
        raise Refusal(refusal.code, **{**refusal.details, "field": field}) from refusal


def _send(application: Application, items: Sequence[Item], documents: Sequence[Document]) -> None:
    """As the applicant's own sending does, before anything is stored."""
    judge(application)
    application.state = "submitted"
    for item in items:
        item.state = "submitted"
    for document in documents:
        document.delete_on = None


def _store(
    application: Application,
    places: Sequence[ApplicationPlace],
    items: Sequence[Item],
    documents: Sequence[Document],
) -> None:
    """Five statements at most, however many rows."""
    application.save(force_insert=True)
    ApplicationPlace.objects.bulk_create(places, batch_size=500)
    Item.objects.bulk_create(items, batch_size=500)
    if documents:
        Document.objects.bulk_create(documents)


def _tell(actor: Actor, application: Application, missing: Sequence[Missing], *, counts: Mapping[str, int]) -> None:
    """The log, from which a repeated request gets its answer, and the applicant's way back by e-mail."""
    told = [[one.section, one.field, one.rule, one.position] for one in missing]
    facts: list[tuple[str, object, dict[str, Any]]] = [
        ("application.brought", application.id, {"kind": application.kind, **counts, "missing": told})
    ]
    is_sent = application.state == "submitted"
    if is_sent:
        outcome = (application.decision or {})["outcome"]
        facts.append(("application.submitted", application.id, {"outcome": outcome}))
    record_many(actor, facts)
    way_back = f"{settings.PUBLIC_URL}/join/resume/{application.reference}/{_key_of(application)}/"
    write_to_applicant(application, "brought" if is_sent else "started", text=way_back)


def _missing(gaps: Sequence[Gap], places: Sequence[ApplicationPlace]) -> tuple[Missing, ...]:
    positions: dict[UUID | None, int] = {place.id: position for position, place in enumerate(places)}
    return tuple(Missing(gap.section, gap.field, gap.rule, positions.get(gap.place_id)) for gap in gaps)


def _checked(document: DocumentIn, position: int) -> CheckedDocument:
    try:
        data = base64.b64decode(document.content, validate=True)
    except ValueError as error:
        raise Refusal("field_wrong", field=f"documents.{position}.content") from error
    try:
        return check_document(data, document.filename)
    except Refusal as refusal:
        raise Refusal(refusal.code, **{**refusal.details, "field": f"documents.{position}"}) from refusal


# --- the same again


def _earlier(kept_key: str, body_hash: str) -> Taken | None:
    """The first answer under a key. Raises Refusal `key_reused` if it was given for other facts."""
    found = Application.objects.filter(idempotency_key=kept_key).first()
    if found is None:
        return None
    if found.body_hash != body_hash:
        raise Refusal("key_reused")
    brought = next(event for event in events_about([found.id]) if event.name == "application.brought")
    missing = tuple(Missing(*one) for one in brought.facts["missing"])
    return Taken(found.reference, _key_of(found), "draft" if missing else "submitted", missing, is_repeated=True)


def _digest(brought_by: str, key: str) -> str:
    """How a key is kept: each provider's for itself, so that two may count from 1."""
    return hashlib.sha256(f"{brought_by}\n{key}".encode()).hexdigest()


def _hash_of_body(given: Mapping[str, Any]) -> str:
    """A hash of the facts, whatever the order and spacing in which a program writes them.

    Raises Refusal `field_wrong` for a NUL character, which PostgreSQL keeps nowhere.
    """
    written = json.dumps(given, sort_keys=True, separators=(",", ":"))
    if "\\u0000" in written:
        raise Refusal("field_wrong")
    return hashlib.sha256(written.encode()).hexdigest()


def _key_of(application: Application) -> str:
    """The application's resume key, made again; empty if it was made with a secret that is no longer known."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = _resume_key(secret, application.idempotency_key or "", application.body_hash)
        if hmac.compare_digest(hash_of(key), application.resume_hash):
            return key
    return ""


def _resume_key(secret: str, kept_key: str, body_hash: str) -> str:
    """192 bits that only the platform can make, and makes alike each time; from the facts too, not the key alone."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=RESUME_KEYS).derive(secret.encode())
    made = hmac.new(derived, f"{kept_key}{body_hash}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()
