"""What is set up for one principal or one provider: places, codes, designations, terms; and how much in all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q, QuerySet

from madoguchi.people.access import Actor, organisations_where, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import (
    AgentDesignation,
    ApiKey,
    Enrolment,
    Municipality,
    Organisation,
    Place,
    Provider,
    ProviderTerms,
    StoreCode,
)
from madoguchi.registry.rules import in_force


def principals_open_to(actor: Actor, permission: str) -> list[Organisation]:
    """The organisations over whose money `actor` holds `permission`; for the whole programme, all that take any."""
    held = organisations_where(actor, permission)
    rows = Organisation.objects.select_related("municipality")
    # Towns first, in the order of their codes; then those that stand in for one.
    rows = rows.order_by(F("municipality").asc(nulls_last=True), "name")
    return list(rows.filter(codes__isnull=False).distinct() if held is None else rows.filter(id__in=held))


def places_for(principal_id: UUID) -> list[Place]:
    """The places that `principal` runs and those of others that take its money (H-24), its own first."""
    codes = StoreCode.objects.filter(principal=principal_id).prefetch_related(
        Prefetch("enrolments", Enrolment.objects.select_related("service").order_by("service__name"))
    )
    rows = Place.objects.filter(Q(operator=principal_id) | Q(codes__principal=principal_id)).distinct()
    rows = rows.select_related("operator", "municipality", "pilot").prefetch_related(
        "purposes", Prefetch("codes", codes, to_attr="own_codes")
    )
    return sorted(rows, key=lambda place: (place.operator_id != principal_id, place.name))


@dataclass(frozen=True)
class Held:
    """A designation and whether it holds on the day that was asked about."""

    designation: AgentDesignation
    is_in_force: bool


def designations_about(organisation_id: UUID, day: date) -> tuple[list[Held], list[Held]]:
    """Designations that an organisation gave, and those that it holds (指定公金事務取扱者), latest first."""
    rows = AgentDesignation.objects.select_related("principal", "agent").prefetch_related("purposes")
    found = []
    for side in ("principal", "agent"):
        about = rows.filter(**{side: organisation_id}).order_by("-starts_on")
        found.append([Held(row, in_force(row, day) and row.announced_on is not None) for row in about])
    return found[0], found[1]


def terms_for(principal_id: UUID) -> list[ProviderTerms]:
    """The terms of every provider whose service one of the principal's codes takes, provider by provider."""
    rows = ProviderTerms.objects.filter(provider__services__enrolments__code__principal=principal_id)
    return list(rows.select_related("provider").distinct().order_by("provider__name", "-starts_on"))


def find_provider(actor: Actor, code: str) -> Provider:
    """A provider whose pages `actor` may read. Raises Refusal `not_allowed`."""
    require(actor, "provider.read", Scope(provider=code))
    return Provider.objects.get(code=code)


def keys_of(actor: Actor, provider: str) -> list[ApiKey]:
    """A provider's keys, latest first, without their secrets. Raises Refusal `not_allowed`."""
    require(actor, "provider.read", Scope(provider=provider))
    return list(ApiKey.objects.filter(provider=provider).defer("secret").order_by("-created_at"))


def codes_with(provider: str) -> QuerySet[StoreCode]:
    """The codes that take a service of `provider`, with their places and that provider's enrolments."""
    own = Enrolment.objects.filter(service__provider=provider).select_related("service")
    rows = StoreCode.objects.filter(enrolments__service__provider=provider).distinct()
    return (
        rows.select_related("place__municipality", "principal")
        .prefetch_related(Prefetch("enrolments", own, to_attr="own_enrolments"))
        .order_by("place__municipality_id", "place__name", "store_id")
    )


@dataclass(frozen=True)
class RegistryCounts:
    """How much is registered, for the programme's office."""

    municipalities: int
    organisations: int
    places: int
    codes: int
    enrolments: int
    by_town: list[Any]  # municipalities with place_count and code_count


def registry_counts(actor: Actor) -> RegistryCounts:
    """Counts over the whole registry, and towns with places. Raises Refusal `not_allowed`."""
    require(actor, "office.read")
    towns = Municipality.objects.annotate(
        place_count=Count("places", distinct=True), code_count=Count("places__codes", distinct=True)
    )
    return RegistryCounts(
        municipalities=Municipality.objects.count(),
        organisations=Organisation.objects.count(),
        places=Place.objects.filter(is_closed=False).count(),
        codes=StoreCode.objects.filter(is_closed=False).count(),
        enrolments=Enrolment.objects.filter(ends_on=None).count(),
        by_town=list(towns.filter(place_count__gt=0).order_by("code")),
    )
