"""What a provider reads of the applications it was sent: its own place × services, page by page, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.core.ids import ALPHABET, CONFUSED
from madoguchi.events.actions import record
from madoguchi.onboarding.applications import account_of
from madoguchi.onboarding.models import Document, Item, Message
from madoguchi.onboarding.provider_desk import is_late
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Municipality, Purpose, Service

# What the provider still has to see to, then what became of the rest.
WORK = ("new", "taken", "questions")
DONE = ("approved", "refused", "ended")
TABS = (*WORK, *DONE)
# The inbox index is read from its beginning, and counting on costs more than the figure is worth.
COUNTED_TO = 1_000
# Items that were refused or withdrawn before the office passed them on were never this provider's to see.
PASSED_ON = ("accepted", "cancelled")


@dataclass(frozen=True)
class Wanted:
    """Which items: the tab (empty: all of them), and what they are narrowed by."""

    tab: str = ""
    service: str = ""
    prefecture: str = ""
    used_already: bool | None = None
    words: str = ""


def visible_items(actor: Actor, provider: str, tab: str = "") -> QuerySet[Item]:
    """The items that were passed on to `provider`, of one tab or all. Raises Refusal `not_allowed`."""
    require(actor, "provider.read", Scope(provider=provider))
    rows = Item.objects.filter(provider=provider)
    # Each tab by its states alone, as the inbox's index has them; only those that end need the application looked at.
    if tab in {"new", "taken"}:
        return rows.filter(state="at_provider", taken_at__isnull=tab == "new")
    if tab in {"questions", "approved"}:
        return rows.filter(state=tab)
    ended = {"refused": ("refused",), "ended": ("withdrawn",)}.get(tab, ("refused", "withdrawn"))
    told = {"refused": (), "ended": ("ended",)}.get(tab, ("at_provider", "questions", "approved", "ended"))
    return rows.filter(Q(state__in=told) | Q(state__in=ended, application__state__in=PASSED_ON))


def inbox(actor: Actor, provider: str, wanted: Wanted, *, after: UUID | None = None) -> QuerySet[Item]:
    """The items wanted, oldest first; `after` continues behind that item. Raises Refusal `not_allowed`."""
    rows = narrowed(visible_items(actor, provider, wanted.tab), wanted).order_by("id")
    if after is not None:
        rows = rows.filter(id__gt=after)
    return rows.select_related("service", "place__municipality", "application__municipality")


def narrowed(rows: QuerySet[Item], wanted: Wanted) -> QuerySet[Item]:
    """`rows` of one service and prefecture, in use already or not, found by number or name."""
    if wanted.service:
        rows = rows.filter(service=wanted.service)
    if wanted.prefecture:
        rows = rows.filter(place__municipality__prefecture=wanted.prefecture)
    if wanted.used_already is not None:
        rows = rows.filter(is_used_already=wanted.used_already)
    if words := wanted.words.replace("\x00", "").strip():
        if reference := reference_in(words):
            return rows.filter(application__reference=reference)
        rows = rows.filter(Q(place__name__icontains=words) | Q(application__name__icontains=words))
    return rows


def reference_in(words: str) -> str:
    """The application's number that was typed, in its own form; empty if it is something else."""
    symbols = "".join(words.split()).replace("-", "").upper().translate(CONFUSED)
    if len(symbols) != 8 or any(symbol not in ALPHABET for symbol in symbols):
        return ""
    return f"{symbols[:4]}-{symbols[4:]}"


def counts(actor: Actor, provider: str) -> dict[str, int]:
    """How many items wait in each tab of the work to do; COUNTED_TO + 1 stands for more than COUNTED_TO."""
    return {tab: visible_items(actor, provider, tab)[: COUNTED_TO + 1].count() for tab in WORK}


def find_item(actor: Actor, provider: str, item_id: UUID) -> Item:
    """One item of `provider`. Raises Refusal `applied_item_unknown`, also for another provider's; `not_allowed`."""
    documents = Prefetch(
        "application__documents", Document.objects.filter(deleted_at=None).defer("sealed").order_by("added_at")
    )
    rows = visible_items(actor, provider).select_related(
        "service", "place__municipality", "application__municipality", "application__brought_by"
    )
    item = rows.prefetch_related(documents).filter(id=item_id).first()
    if item is None:
        raise Refusal("applied_item_unknown")
    return item


def document_of(item: Item, document_id: UUID) -> Document:
    """A document of the item's application. Raises Refusal `document_unknown`."""
    found = Document.objects.filter(application=item.application_id, id=document_id).first()
    if found is None:
        raise Refusal("document_unknown")
    return found


def messages_about(item: Item) -> list[Message]:
    """What applicant and provider wrote each other about an item, oldest first, without the office's letters."""
    return list(Message.objects.filter(item=item).order_by("id"))


def purposes_of(item: Item) -> list[Purpose]:
    """What money is taken for at the item's place."""
    return list(Purpose.objects.filter(code__in=item.place.purposes).order_by("name"))


def services_to_filter(provider: str) -> list[Service]:
    """The services a provider may narrow its inbox by."""
    return list(Service.objects.filter(provider=provider).order_by("name"))


def prefectures() -> list[tuple[str, str]]:
    """Every prefecture in the order of its municipalities' codes, in Japanese and English."""
    rows = Municipality.objects.order_by("code").values_list("prefecture", "prefecture_en")
    return list(dict.fromkeys(rows))


# --- an item as a program reads it: one shape for the API, the JSON file and, flattened, the CSV file


def item_rows(actor: Actor, items: Sequence[Item], *, how: str) -> list[dict[str, Any]]:
    """Items with the applicant's account and the list of documents; that accounts were read is logged, once a call."""
    documents = _documents_of(item.application_id for item in items)
    questions = _questions_of(items)
    if items:
        told = {"how": how, "count": len(items), "first": str(items[0].id), "last": str(items[-1].id)}
        record(actor, "inbox.read", items[0].provider_id, **told)
    return [_row(item, documents.get(item.application_id, []), questions.get(item.id, [])) for item in items]


def _documents_of(applications: Iterable[UUID]) -> dict[UUID, list[Document]]:
    found: dict[UUID, list[Document]] = {}
    rows = Document.objects.filter(application__in=set(applications), deleted_at=None).defer("sealed")
    for document in rows.order_by("added_at"):
        found.setdefault(document.application_id, []).append(document)
    return found


def _questions_of(items: Iterable[Item]) -> dict[UUID, list[Message]]:
    found: dict[UUID, list[Message]] = {}
    for message in Message.objects.filter(item__in=[item.id for item in items]).order_by("id"):
        assert message.item_id is not None  # noqa: S101  # looked up by its item
        found.setdefault(message.item_id, []).append(message)
    return found


def _row(item: Item, documents: Sequence[Document], messages: Sequence[Message]) -> dict[str, Any]:
    application = item.application
    return {
        "item_id": str(item.id),
        "application": application.reference,
        "state": item.state,
        "service": item.service_id,
        "taken_at": item.taken_at.isoformat() if item.taken_at else None,
        "changed_at": item.changed_at.isoformat(),
        "submitted_at": application.submitted_at.isoformat() if application.submitted_at else None,
        "wished_on": item.wished_on.isoformat() if item.wished_on else None,
        "is_used_already": item.is_used_already,
        **decided(item),
        "place": _place(item),
        "applicant": applicant_facts(item),
        "account": account_facts(item),
        "documents": [_document(document) for document in documents],
        "messages": [
            {"side": message.side, "text": message.text, "written_at": message.written_at.isoformat()}
            for message in messages
        ],
    }


def decided(item: Item) -> dict[str, Any]:
    """What the provider decided on an item, as far as it has."""
    return {
        "starts_on": item.starts_on.isoformat() if item.starts_on else None,
        "is_late": is_late(item),
        "fee_bps": item.fee_bps,
        "terms": item.terms,
        "provider_reference": item.provider_reference,
        "keeps_terms": item.keeps_terms,
        "reason": item.reason,
    }


def _place(item: Item) -> dict[str, Any]:
    place = item.place
    return {
        "place_id": str(place.id),
        "name": place.name,
        "name_en": place.name_en,
        "name_kana": place.name_kana,
        "kind": place.kind,
        "place_class": place.place_class,
        "municipality_code": place.municipality_id,
        "prefecture": place.municipality.prefecture,
        "municipality": place.municipality.name,
        "postal_code": place.postal_code,
        "address": place.address,
        "phone": place.phone,
        "purposes": list(place.purposes),
        "remarks": place.remarks,
        # P-21: the first provider's number, which the others keep beside their own.
        "registration_id": place.registration_id,
    }


def applicant_facts(item: Item) -> dict[str, Any]:
    """Who applies, as far as a provider needs it: not what was told of other contracts (P-22) or of income (P-08)."""
    application = item.application
    told: Mapping[str, Any] = application.answers.get("applicant", {})
    business: Mapping[str, Any] = application.answers.get("business", {})
    decision: Mapping[str, Any] = application.decision or {}
    rest = ("postal_code", "address", "representative", "contact_person", "phone")
    return {
        "kind": application.kind,
        "language": application.language,
        "name": application.name,
        "name_en": application.name_en,
        "name_kana": application.name_kana,
        "corporate_number": application.corporate_number,
        "municipality_code": application.municipality_id or "",
        **{name: told.get(name, "") for name in rest},
        "email": application.email,
        "entity": business.get("entity"),
        "industry": business.get("industry"),
        "trade": business.get("trade", ""),
        "yearly_sales_yen": business.get("yearly_sales_yen"),
        "eligibility": decision.get("outcome"),
        "rate_bps": decision.get("rate_bps"),
    }


def account_facts(item: Item) -> dict[str, str]:
    """The account to which the provider pays (J-27, J-28)."""
    account = account_of(item.application)
    return {name: str(value) for name, value in account.model_dump().items()} if account else {}


def _document(document: Document) -> dict[str, Any]:
    return {
        "document_id": str(document.id),
        "need": document.need,
        "filename": document.filename,
        "media_type": document.media_type,
        "size_bytes": document.size_bytes,
        "sha256": document.sha256,
    }
