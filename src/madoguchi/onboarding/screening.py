"""Automatic screening: what an officer should look at before accepting an application, each with its rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from madoguchi.core.clock import now
from madoguchi.events.actions import record_many
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.onboarding.postal import postal_fault
from madoguchi.onboarding.states import LIVE_APPLICATIONS
from madoguchi.people.access import Actor

BATCH = 200
# P-26: complete by 2019-09-06 for 2019-10-01, 25 days; whoever wishes for an earlier day may begin later.
USUAL_DAYS = 25
CARD_INSTRUMENTS = frozenset({"credit", "debit"})


@dataclass(frozen=True)
class Flag:
    """Something to look at. `stops`: the application cannot be accepted as it is."""

    code: str
    rule: str
    stops: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "rule": self.rule, "stops": self.stops, "facts": dict(self.facts)}


@dataclass(frozen=True)
class Seen:
    """What screening knows of one application, looked up for many at once."""

    application: Application
    places: Sequence[ApplicationPlace]
    items: Sequence[Item]
    same_number: Sequence[str]
    same_places: Mapping[UUID, Sequence[str]]


def flags(seen: Seen) -> list[Flag]:
    """Every flag of one application, what stops it first."""
    found = [*_eligibility(seen), *_others(seen), *_cards(seen), *_places(seen), *_items(seen)]
    return sorted(found, key=lambda flag: not flag.stops)


def _eligibility(seen: Seen) -> Iterable[Flag]:
    decision = seen.application.decision or {}
    outcome = decision.get("outcome")
    # A place may take payments without earning rewards (P-03): this is for the officer to know, and stops nothing.
    if outcome in {"not_eligible", "ask_desk"}:
        yield Flag(outcome, ", ".join(decision.get("rules", [])) or "P-03")


def _others(seen: Seen) -> Iterable[Flag]:
    if seen.same_number:
        yield Flag("corporate_number_elsewhere", "J-22", facts={"references": list(seen.same_number)[:5]})
    for place in seen.places:
        if others := seen.same_places.get(place.id):
            yield Flag("place_elsewhere", "P-29", facts={"place": place.name, "references": list(others)[:5]})


def _cards(seen: Seen) -> Iterable[Flag]:
    """P-22: two contracts or two payouts a month show that further card companies have to be applied to as well."""
    told = seen.application.answers.get("business", {})
    signal = max(told.get("card_contracts") or 0, told.get("card_payouts_per_month") or 0)
    companies = {item.provider_id for item in seen.items if item.service.instrument in CARD_INSTRUMENTS}
    if companies and signal >= 2 and len(companies) < signal:
        yield Flag("card_companies_missing", "P-22", facts={"contracts": signal, "applied": len(companies)})


def _places(seen: Seen) -> Iterable[Flag]:
    for place in seen.places:
        if place.postal_code and postal_fault(place.postal_code, municipality_code=place.municipality_id):
            yield Flag("postal_code_differs", "P-28", facts={"place": place.name})
        if place.place_class != "fixed":
            yield Flag("not_on_map", "P-28", facts={"place": place.name, "place_class": place.place_class})


def _items(seen: Seen) -> Iterable[Flag]:
    if not seen.items:
        yield Flag("no_services", "J-04", stops=True)
    submitted = seen.application.submitted_at
    if submitted is None:
        return
    earliest = (submitted + timedelta(days=USUAL_DAYS)).date()
    if early := sorted({item.wished_on for item in seen.items if item.wished_on and item.wished_on < earliest}):
        yield Flag("start_may_be_late", "P-26", facts={"wished_on": str(early[0])})
    if any(item.is_used_already for item in seen.items):
        yield Flag("used_already", "J-23")


def screen_waiting(*, actor: Actor, limit: int = BATCH) -> int:
    """Screen up to `limit` applications that were sent and not looked at yet; returns how many.

    A worker that dies in the middle leaves them unscreened, and another takes them up.
    """
    with transaction.atomic():
        waiting = list(
            Application.objects.select_for_update(skip_locked=True)
            .filter(state="submitted", screened_at=None)
            .order_by("submitted_at")[:limit]
        )
        if not waiting:
            return 0
        facts = []
        for seen in look(waiting):
            application = seen.application
            application.flags = [flag.as_json() for flag in flags(seen)]
            application.screened_at = now()
            facts.append(("application.screened", application.id, {"flags": [f["code"] for f in application.flags]}))
        Application.objects.bulk_update(waiting, ["flags", "screened_at"])
        record_many(actor, facts)
    return len(waiting)


def look(applications: Sequence[Application]) -> list[Seen]:
    """What screening knows of these applications: five queries, however many they are."""
    ids = [application.id for application in applications]
    places: dict[UUID, list[ApplicationPlace]] = defaultdict(list)
    for place in ApplicationPlace.objects.filter(application__in=ids).order_by("position"):
        places[place.application_id].append(place)
    items: dict[UUID, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(application__in=ids).select_related("service"):
        items[item.application_id].append(item)
    numbers = _same_numbers(applications)
    same_places = _same_places([place for rows in places.values() for place in rows])
    return [Seen(one, places[one.id], items[one.id], numbers.get(one.id, ()), same_places) for one in applications]


def _same_numbers(applications: Sequence[Application]) -> dict[UUID, list[str]]:
    """By application, the references of others that are alive with the same corporate number and not linked."""
    wanted = {one.corporate_number for one in applications if one.corporate_number}
    rows = Application.objects.filter(corporate_number__in=wanted, state__in=LIVE_APPLICATIONS)
    by_number: dict[str, list[tuple[UUID, str, UUID | None]]] = defaultdict(list)
    for number, other_id, reference, linked in rows.values_list("corporate_number", "id", "reference", "linked_to_id"):
        by_number[number].append((other_id, reference, linked))
    found = {}
    for one in applications:
        others = [
            reference
            for other_id, reference, linked in by_number.get(one.corporate_number, ())
            if other_id not in {one.id, one.linked_to_id} and linked != one.id
        ]
        if others:
            found[one.id] = others
    return found


def _same_places(places: Sequence[ApplicationPlace]) -> dict[UUID, list[str]]:
    """By place, the references of other applications alive with a place of the same name in the same postal code.

    Only what is spelled alike: the rest is for the linkage run, which weighs more than names.
    """
    wanted = {(place.name, place.postal_code) for place in places if place.postal_code}
    if not wanted:
        return {}
    rows = ApplicationPlace.objects.filter(
        Q(name__in={name for name, _ in wanted}),
        postal_code__in={code for _, code in wanted},
        application__state__in=LIVE_APPLICATIONS,
    )
    by_spelling: dict[tuple[str, str], list[tuple[UUID, str, UUID | None]]] = defaultdict(list)
    columns = ("name", "postal_code", "application_id", "application__reference", "application__linked_to_id")
    for name, code, application_id, reference, linked in rows.values_list(*columns):
        by_spelling[name, code].append((application_id, reference, linked))
    return {
        place.id: others
        for place in places
        if (
            others := [
                reference
                for application_id, reference, linked in by_spelling.get((place.name, place.postal_code), ())
                if place.application_id not in {application_id, linked}
            ]
        )
    }
