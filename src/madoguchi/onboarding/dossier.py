"""Everything that the office sees of one application: what was told, decided, written and done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.events.models import Event
from madoguchi.events.queries import events_about
from madoguchi.onboarding.answers import AccountAnswers
from madoguchi.onboarding.applications import account_of
from madoguchi.onboarding.models import (
    Application,
    ApplicationPlace,
    Document,
    Item,
    KitOrder,
    Likeness,
    Message,
    Proposal,
)
from madoguchi.onboarding.queue import reference_in
from madoguchi.onboarding.registering import code_of
from madoguchi.onboarding.rulebook import replay
from madoguchi.onboarding.rules import Decision
from madoguchi.people.access import Actor, require
from madoguchi.registry.models import StoreCode

# Enough to tell two accounts apart on the phone, too few to use one.
SHOWN_DIGITS = 3
LATEST_MESSAGES = 200
LATEST_EVENTS = 200


@dataclass(frozen=True)
class Replayed:
    """The decision of its day, made again under the rules of its day; `is_same` if it comes out the same."""

    decision: Decision
    is_same: bool


@dataclass(frozen=True)
class Dossier:
    """One application. `account` has all but the last digits of its number replaced by *."""

    application: Application
    account: AccountAnswers | None
    replayed: Replayed | None
    linked: Sequence[Application]
    documents: Sequence[Document]
    messages: Sequence[Message]
    proposals: Sequence[Proposal]
    events: Sequence[Event]

    @property
    def open_proposal(self) -> Proposal | None:
        """The proposal about the application itself that waits for its checker."""
        own = ("screening", "cancellation")
        return next((row for row in self.proposals if row.state == "proposed" and row.kind in own), None)


@dataclass(frozen=True)
class PlaceDossier:
    """One place applied for, with what became of it."""

    place: ApplicationPlace
    items: Sequence[Item]
    code: StoreCode | None
    orders: Sequence[KitOrder]
    likenesses: Sequence[Likeness]
    merged: Sequence[ApplicationPlace]
    proposals: Sequence[Proposal]

    @property
    def open_proposal(self) -> Proposal | None:
        """The proposal about this place that waits for its checker."""
        return next((row for row in self.proposals if row.state == "proposed"), None)


def find_dossier(actor: Actor, application_id: UUID) -> Dossier:
    """An application with everything about it but its places. Raises Refusal `application_unknown`, `not_allowed`."""
    require(actor, "office.read")
    rows = Application.objects.select_related("municipality", "linked_to", "organisation", "rule_version", "brought_by")
    application = rows.filter(id=application_id).first()
    # A draft is its applicant's alone until it is sent.
    if application is None or application.submitted_at is None:
        raise Refusal("application_unknown")
    documents = list(application.documents.defer("sealed").order_by("added_at"))
    proposals = list(application.proposals.order_by("-proposed_at"))
    subjects = [application.id, *(row.id for row in documents), *(row.id for row in proposals)]
    account = account_of(application)
    return Dossier(
        application=application,
        account=_masked(account) if account else None,
        replayed=replayed(application),
        linked=_linked(application),
        documents=documents,
        messages=list(application.messages.select_related("item__place", "item__service").order_by("-written_at"))[
            :LATEST_MESSAGES
        ],
        proposals=proposals,
        events=events_about(subjects)[-LATEST_EVENTS:][::-1],
    )


def replayed(application: Application) -> Replayed | None:
    """An application's decision again under the rules of its day (P-48); None if it was never decided."""
    decision, told = replay(application), application.decision
    if decision is None or told is None:
        return None
    again = (decision.outcome, decision.rate_bps, list(decision.rules))
    return Replayed(decision, again == (told["outcome"], told["rate_bps"], told["rules"]))


def find_by_reference(actor: Actor, reference: str) -> Application:
    """A sent application by the reference people say. Raises Refusal `application_unknown`, `not_allowed`."""
    require(actor, "office.read")
    rows = Application.objects.select_related("rule_version").filter(submitted_at__isnull=False)
    found = rows.filter(reference=reference_in(reference)).first()
    if found is None:
        raise Refusal("application_unknown")
    return found


def places_of(actor: Actor, application_id: UUID) -> QuerySet[ApplicationPlace]:
    """The places of an application in their order, with their items; to be shown a page at a time."""
    require(actor, "office.read")
    rows = ApplicationPlace.objects.filter(application=application_id).order_by("position")
    return rows.select_related("municipality", "merged_into__application").prefetch_related("items__service")


def find_place(actor: Actor, place_id: UUID) -> PlaceDossier:
    """A place applied for, with its items, code, kits and likenesses. Raises Refusal `applied_place_unknown`."""
    require(actor, "office.read")
    rows = ApplicationPlace.objects.select_related(
        "application__organisation", "municipality", "place", "merged_into__application"
    )
    place = rows.filter(id=place_id, application__submitted_at__isnull=False).first()
    if place is None:
        raise Refusal("applied_place_unknown")
    alike = Likeness.objects.filter(Q(kept=place) | Q(other=place)).select_related("kept", "other")
    about_pairs = Q(content__kept=str(place.id)) | Q(content__other=str(place.id))
    return PlaceDossier(
        place=place,
        items=list(place.items.select_related("service", "provider").order_by("service__name")),
        code=code_of(place),
        orders=list(place.kit_orders.order_by("-ordered_at")),
        likenesses=list(alike.order_by("-probability")),
        merged=list(place.merged.select_related("application")),
        proposals=list(
            Proposal.objects.filter(Q(subject=f"place:{place.id}") | Q(state="proposed") & about_pairs).order_by(
                "-proposed_at"
            )
        ),
    )


def view_account(*, actor: Actor, application_id: UUID) -> AccountAnswers:
    """The account in full; that it was looked at, and by whom, is logged.

    Raises Refusal `application_unknown`, `account_missing`, `not_allowed`.
    """
    require(actor, "office.write")
    with transaction.atomic():
        application = Application.objects.filter(id=application_id, submitted_at__isnull=False).first()
        if application is None:
            raise Refusal("application_unknown")
        account = account_of(application)
        if account is None:
            raise Refusal("account_missing")
        record(actor, "account.viewed", application.id)
    return account


def _masked(account: AccountAnswers) -> AccountAnswers:
    number = account.account_number
    hidden = max(0, len(number) - SHOWN_DIGITS)
    return account.model_copy(update={"account_number": "*" * hidden + number[hidden:]})


def _linked(application: Application) -> list[Application]:
    """Applications of the same applicant: the one it belongs to, its own links, and those beside it (J-28, J-21)."""
    about = Q(linked_to=application.id)
    if application.linked_to_id is not None:
        about |= Q(id=application.linked_to_id) | Q(linked_to=application.linked_to_id)
    rows = Application.objects.filter(about, submitted_at__isnull=False).exclude(id=application.id)
    return list(rows.order_by("submitted_at"))
