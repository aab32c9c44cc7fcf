"""Which applications are of one applicant (J-21, J-28), and which services its places take already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.onboarding.states import AT_PROVIDERS

# A designated manager applies in its own name: it is linked to the town's application, and another applicant.
SAME_APPLICANT = ("second_account", "more_services")
# SQLite takes 32,766 values in one statement.
IDS_AT_ONCE = 10_000


def roots_of(application_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """By application, the one of the same applicant that all of its links lead to: of one applicant, the same root."""
    roots = {identifier: identifier for identifier in application_ids}
    while above := _above(sorted(set(roots.values()))):
        roots = {identifier: above.get(root, root) for identifier, root in roots.items()}
    return roots


def _above(application_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for start in range(0, len(application_ids), IDS_AT_ONCE):
        rows = Application.objects.filter(id__in=application_ids[start : start + IDS_AT_ONCE])
        for identifier, linked_to in rows.filter(link_kind__in=SAME_APPLICANT).values_list("id", "linked_to_id"):
            if linked_to is not None:
                found[identifier] = linked_to
    return found


def family_of(application: Application) -> set[UUID]:
    """The applications of the same applicant, itself among them."""
    found = newest = {roots_of([application.id])[application.id]}
    while newest:
        rows = Application.objects.filter(linked_to__in=newest, link_kind__in=SAME_APPLICANT)
        newest = set(rows.values_list("id", flat=True)) - found
        found = found | newest
    return found


def services_taken(application: Application, places: Sequence[ApplicationPlace]) -> list[set[str]]:
    """Of each place, the services that it takes or waits for by another application of the same applicant (J-21).

    The same place is the same entry in the registry; before there is one, the same name at the same address.
    """
    others = family_of(application) - {application.id}
    if not others:
        return [set() for _ in places]
    by_entry: dict[UUID, set[str]] = defaultdict(set)
    by_spelling: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    rows = Item.objects.filter(application__in=others, state__in=("submitted", *AT_PROVIDERS))
    columns = ("service_id", "place__place_id", "place__name", "place__municipality_id", "place__address")
    for service, entry, *spelling in rows.values_list(*columns):
        by_spelling[tuple(spelling)].add(service)
        if entry is not None:
            by_entry[entry].add(service)
    return [
        by_spelling.get((place.name, place.municipality_id, place.address), set())
        | (by_entry.get(place.place_id, set()) if place.place_id else set())
        for place in places
    ]


def require_not_taken(application: Application, chosen: Sequence[tuple[ApplicationPlace, Iterable[str]]]) -> None:
    """Raise Refusal `service_taken_already` if a place takes a service that is chosen for it already (J-21).

    Its details are `services`, the `place`'s name and its `position` in `chosen`, from 0.
    """
    taken = services_taken(application, [place for place, _ in chosen])
    for position, ((place, services), held) in enumerate(zip(chosen, taken, strict=True)):
        if twice := held.intersection(services):
            raise Refusal(
                "service_taken_already",
                field="services",
                services=", ".join(sorted(twice)),
                place=place.name,
                position=position,
            )
