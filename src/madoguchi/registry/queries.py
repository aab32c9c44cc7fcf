"""Reading who and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.people.access import Actor
from madoguchi.people.rules import Scope, allows
from madoguchi.registry import rules
from madoguchi.registry.models import (
    AgentDesignation,
    ApiKey,
    Enrolment,
    Organisation,
    Place,
    Provider,
    ProviderTerms,
    Service,
    StoreCode,
)


@dataclass(frozen=True)
class CodeFacts:
    """What intake needs of a store code."""

    code_id: UUID
    store_id: str
    place_id: UUID
    principal_id: UUID
    is_closed: bool


def codes_by_store_id(store_ids: Iterable[str]) -> dict[str, CodeFacts]:
    """Facts of the codes with these identifiers; unknown ones are absent."""
    rows = StoreCode.objects.filter(store_id__in=set(store_ids)).values_list(
        "id", "store_id", "place_id", "principal_id", "is_closed"
    )
    return {row[1]: CodeFacts(*row) for row in rows}


def code_is_open(store_id: str) -> bool:
    """Whether a store identifier belongs to one of our codes that is open, at a place that is."""
    return StoreCode.objects.filter(store_id=store_id, is_closed=False, place__is_closed=False).exists()


def services_of(provider: str) -> set[str]:
    """Codes of a provider's services."""
    return set(Service.objects.filter(provider_id=provider).values_list("code", flat=True))


def inbound_secrets(key_id: str) -> dict[str, tuple[str, str]]:
    """`{key_id: (secret, provider)}` for a live inbound key; empty if there is none."""
    rows = ApiKey.objects.filter(key_id=key_id, direction="inbound", revoked_at=None)
    return {row.key_id: (row.secret, row.provider_id) for row in rows}


def webhook_key(provider: str) -> ApiKey | None:
    """The newest live key with which messages to `provider` are signed."""
    return (
        ApiKey.objects.filter(provider_id=provider, direction="webhook", revoked_at=None)
        .order_by("-created_at")
        .first()
    )


def find_place(place_id: UUID) -> Place:
    """A place with its operator and town. Raises Refusal `place_unknown`."""
    place = Place.objects.select_related("operator", "municipality").filter(id=place_id).first()
    if place is None:
        raise Refusal("place_unknown")
    return place


def find_organisation(organisation_id: UUID) -> Organisation:
    """An organisation with its town. Raises Refusal `organisation_unknown`."""
    organisation = Organisation.objects.select_related("municipality").filter(id=organisation_id).first()
    if organisation is None:
        raise Refusal("organisation_unknown")
    return organisation


def town_organisation(municipality_code: str) -> Organisation:
    """The organisation of a municipality. Raises Refusal `organisation_unknown`."""
    organisation = Organisation.objects.filter(kind="municipality", municipality_id=municipality_code).first()
    if organisation is None:
        raise Refusal("organisation_unknown", municipality=municipality_code)
    return organisation


def place_scope(place: Place, principal_id: UUID | None = None) -> Scope:
    """The scope of a permission asked for at `place` over `principal_id`'s money."""
    return Scope(principal_id=principal_id, operator_id=place.operator_id, place_id=place.id)


def places_with_till(actor: Actor) -> list[Place]:
    """The places whose till `actor` may open, in the order of their names."""
    operators = {grant.organisation_id for grant in actor.grants if grant.role == "clerk"}
    places = Place.objects.filter(operator__in=operators, is_closed=False).select_related("municipality", "operator")
    return [place for place in places.order_by("name") if allows(actor.grants, "till.use", place_scope(place))]


def codes_at(place_id: UUID) -> list[StoreCode]:
    """The open codes of a place, the operator's own first, with their principals."""
    codes = StoreCode.objects.filter(place_id=place_id, is_closed=False).select_related(
        "principal__municipality", "place"
    )
    return sorted(codes, key=lambda code: (code.principal_id != code.place.operator_id, code.store_id))


def services_at(code_id: UUID, day: date) -> list[Service]:
    """Services that a code takes on `day`."""
    enrolments = Enrolment.objects.filter(code_id=code_id).select_related("service__provider").order_by("service__name")
    return [row.service for row in enrolments if rules.in_force(row, day)]


def designations_between(principal_id: UUID, agent_id: UUID) -> list[AgentDesignation]:
    """What `agent` was ever designated to take for `principal`."""
    rows = AgentDesignation.objects.filter(principal_id=principal_id, agent_id=agent_id).order_by("starts_on")
    return list(rows.prefetch_related("purposes"))


def designation_rules(rows: Iterable[AgentDesignation]) -> list[rules.Designation]:
    """Designations in the shape that `rules.may_take` reads."""
    return [
        rules.Designation(
            purposes=frozenset(purpose.code for purpose in row.purposes.all()),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            announced_on=row.announced_on,
        )
        for row in rows
    ]


def terms_of(provider: str, day: date) -> ProviderTerms:
    """A provider's terms in force on `day`. Raises Refusal `terms_missing`."""
    for row in ProviderTerms.objects.filter(provider_id=provider, starts_on__lte=day).order_by("-starts_on"):
        if rules.in_force(row, day):
            return row
    raise Refusal("terms_missing", provider=provider, day=day)


def providers_with_terms() -> list[Provider]:
    """Providers that have ever had terms, i.e. that can owe a payout."""
    return list(Provider.objects.filter(terms__isnull=False).distinct().order_by("code"))


def changed_codes(provider: str, *, after: int, limit: int) -> list[StoreCode]:
    """Codes enrolled with `provider` that changed after change number `after`, in order of change."""
    rows = StoreCode.objects.filter(enrolments__service__provider_id=provider, change_number__gt=after).distinct()
    return list(with_place_facts(rows).order_by("change_number")[:limit])


def with_place_facts(rows: QuerySet[StoreCode]) -> QuerySet[StoreCode]:
    """The codes with everything that `place_row` shows, in two queries however many there are."""
    enrolments = Prefetch("enrolments", Enrolment.objects.select_related("service"))
    return rows.select_related("place", "principal").prefetch_related(enrolments)


def place_row(code: StoreCode, provider: str) -> dict[str, Any]:
    """A code as a provider sees it, in `GET /api/v1/provider/places` and in webhooks.

    A service whose last day has come is no longer among its services: nothing else would tell the provider that.
    """
    services = {
        row.service_id
        for row in code.enrolments.all()
        if row.service.provider_id == provider and (row.ends_on is None or row.ends_on > today())
    }
    return {
        "place_id": str(code.place_id),
        "store_id": code.store_id,
        "name": code.place.name,
        "name_en": code.place.name_en,
        "municipality_code": code.place.municipality_id,
        "principal": code.principal.name,
        "place_class": code.place.place_class,
        "state": "closed" if code.is_closed or code.place.is_closed else "active",
        "services": sorted(services),
        "changed_at": code.changed_at.isoformat(),
    }
