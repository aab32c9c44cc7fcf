"""What applicants read of their applications: where they stand, place by place and service by service."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.models import Application, ApplicationPlace, Document, Item, KitOrder, Message
from madoguchi.onboarding.places import PlaceFacts
from madoguchi.people.access import Actor, organisations_where
from madoguchi.registry.models import Purpose, Service

# The newest; whoever has more finds them by their numbers.
MOST_LISTED = 50


def application_called(reference: str) -> Application | None:
    """The application of a number as it stands in an address; None if there is none."""
    rows = Application.objects.select_related("municipality", "organisation", "linked_to")
    return rows.filter(reference=reference.upper()).first()


def applications_of(actor: Actor, held: Collection[UUID]) -> list[Application]:
    """Those whose key the reader holds and those of the organisations they administer, the newest first."""
    organisations = organisations_where(actor, "application.read") or set()
    rows = Application.objects.filter(Q(id__in=held) | Q(organisation__in=organisations))
    return list(rows.select_related("linked_to").order_by("-created_at")[:MOST_LISTED])


def links_of(application: Application) -> list[Application]:
    """The applications linked to this one (J-28, J-21), the newest first."""
    return list(application.links.order_by("-created_at")[:MOST_LISTED])


def places_of(application: Application, *, words: str = "") -> QuerySet[ApplicationPlace]:
    """An application's places in their order, with their services; `words` narrows by name or address."""
    items = Prefetch("items", Item.objects.select_related("service").order_by("service__name"))
    rows = application.places.select_related("municipality").prefetch_related(items).order_by("position")
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(address__icontains=words))
    return rows


def find_applied_place(application: Application, place_id: UUID) -> ApplicationPlace:
    """One of its places. Raises Refusal `applied_place_unknown`."""
    found = places_of(application).select_related("application", "place", "merged_into").filter(id=place_id).first()
    if found is None:
        raise Refusal("applied_place_unknown")
    return found


def facts_of(place: ApplicationPlace) -> PlaceFacts:
    """A place as it was named, with what it shall take; the start wished for is the first of its services'."""
    items = list(place.items.all())
    wishes = [item.wished_on for item in items if item.wished_on]
    return PlaceFacts(
        name=place.name,
        kind=place.kind,
        municipality_code=place.municipality_id,
        name_en=place.name_en,
        name_kana=place.name_kana,
        place_class=place.place_class,
        postal_code=place.postal_code,
        address=place.address,
        phone=place.phone,
        purposes=tuple(place.purposes),
        remarks=place.remarks,
        registration_id=place.registration_id,
        services=frozenset(item.service_id for item in items),
        used_already=frozenset(item.service_id for item in items if item.is_used_already),
        wished_on=min(wishes, default=None),
    )


def items_of(application: Application, *, state: str = "", words: str = "") -> QuerySet[Item]:
    """Each place × service in the order of the places, narrowed by state and by the place's or service's name."""
    rows = application.items.select_related("place", "service", "provider").order_by("place__position", "service__name")
    if state:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(Q(place__name__icontains=words) | Q(service__name__icontains=words))
    return rows


def item_counts(application: Application) -> dict[str, int]:
    """How many place × services are in each state; states with none are absent."""
    rows = application.items.order_by().values("state").annotate(count=Count("id"))
    return {row["state"]: row["count"] for row in rows}


def find_item(application: Application, item_id: UUID) -> Item:
    """One place × service of it. Raises Refusal `applied_item_unknown`."""
    rows = items_of(application).select_related("application", "place__place", "place__application")
    found = rows.filter(id=item_id).first()
    if found is None:
        raise Refusal("applied_item_unknown")
    return found


def messages_of(application: Application, item: Item | None = None) -> list[Message]:
    """What the applicant wrote and was written, oldest first: with the office, or about one item with its provider."""
    rows = application.messages.filter(item=item).filter(Q(side="applicant") | Q(to_side="applicant"))
    return list(rows.order_by("written_at", "id"))


def documents_of(application: Application) -> list[Document]:
    """Its documents without their contents, those deleted on their day included."""
    return list(application.documents.defer("sealed").order_by("added_at"))


def kit_orders_of(place: ApplicationPlace) -> list[KitOrder]:
    """What was or will be posted to a place, the newest first."""
    return list(place.kit_orders.order_by("-ordered_at"))


def services_everywhere(application: Application) -> frozenset[str]:
    """Codes of the services that every place of it takes."""
    places = application.places.count()
    rows = application.items.order_by().values("service").annotate(count=Count("place"))
    return frozenset(row["service"] for row in rows if places and row["count"] == places)


def services_applied_for(application: Application) -> frozenset[str]:
    """Codes of the services that any place of it takes."""
    return frozenset(application.items.order_by().values_list("service", flat=True).distinct())


def services_on_offer() -> list[Service]:
    """Every service that can be applied for, codes on a screen first, then e-money, then cards; by name."""
    order = {"qr": 0, "emoney": 1, "emoney_transit": 2}
    rows = Service.objects.select_related("provider")
    return sorted(rows, key=lambda row: (order.get(row.instrument, 3), row.name))


def purposes_on_offer() -> list[Purpose]:
    """What money may be taken for (M-08)."""
    return list(Purpose.objects.order_by("name"))


def is_there_already(application: Application, facts: PlaceFacts) -> bool:
    """Whether the application has this very place with these very services: a form that was sent twice."""
    # The day wished for is kept with the services: a place without any has none.
    wanted = facts if facts.services else replace(facts, wished_on=None)
    rows = places_of(application).filter(name=facts.name, address=facts.address)
    return any(facts_of(row) == wanted for row in rows)


def application_opened(actor: Actor) -> Application:
    """The application whose key opened it for `actor`. Raises Refusal `application_unknown`."""
    held = next((grant.application_id for grant in actor.grants if grant.application_id), None)
    found = Application.objects.filter(id=held).first() if held else None
    if found is None:
        raise Refusal("application_unknown")
    return found
