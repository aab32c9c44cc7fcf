"""Automatic screening: what an officer should look at before accepting an application, each with its rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Count

from madoguchi.core.clock import now
from madoguchi.events.actions import record_many
from madoguchi.onboarding.linked import roots_of
from madoguchi.onboarding.models import Application, ApplicationPlace, Item
from madoguchi.onboarding.postal import postal_fault
from madoguchi.onboarding.states import LIVE_APPLICATIONS
from madoguchi.people.access import Actor, system_actor
from madoguchi.registry.rules import PLACE_CLASSES

BATCH = 200
# A place with its services takes about 4 kB while it is looked at.
PLACES_AT_ONCE = 20_000
SPELLINGS_AT_ONCE = 5_000
# Of many places or applications alike so many are named.
NAMED = 5
SCREENER = system_actor("screening")
log = structlog.get_logger("screening")
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
        yield Flag("corporate_number_elsewhere", "J-22", facts={"references": list(seen.same_number)[:NAMED]})
    there = [place for place in seen.places if seen.same_places.get(place.id)]
    if there:
        references = dict.fromkeys(reference for place in there for reference in seen.same_places[place.id])
        yield Flag("place_elsewhere", "P-29", facts={**_named(there), "references": list(references)[:NAMED]})


def _named(places: Sequence[ApplicationPlace]) -> dict[str, Any]:
    """The first places by name and how many there are: a sheet may bring thousands with the same fault."""
    names = [place.name for place in places[:NAMED]]
    return {"place": names[0], "places": names, "count": len(places)}


def _cards(seen: Seen) -> Iterable[Flag]:
    """P-22: two contracts or two payouts a month show that further card companies have to be applied to as well."""
    told = seen.application.answers.get("business", {})
    signal = max(told.get("card_contracts") or 0, told.get("card_payouts_per_month") or 0)
    companies = {item.provider_id for item in seen.items if item.service.instrument in CARD_INSTRUMENTS}
    if companies and signal >= 2 and len(companies) < signal:
        yield Flag("card_companies_missing", "P-22", facts={"contracts": signal, "applied": len(companies)})


def _places(seen: Seen) -> Iterable[Flag]:
    differing = [
        place
        for place in seen.places
        if place.postal_code and postal_fault(place.postal_code, municipality_code=place.municipality_id)
    ]
    if differing:
        yield Flag("postal_code_differs", "P-28", facts=_named(differing))
    for place_class in PLACE_CLASSES:
        of_class = [place for place in seen.places if place.place_class == place_class != "fixed"]
        if of_class:
            yield Flag("not_on_map", "P-28", facts={**_named(of_class), "place_class": place_class})


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
    unscreened = Application.objects.filter(state="submitted", screened_at=None)
    # Mostly there are none: then nobody who writes is kept waiting.
    if not unscreened.exists():
        return 0
    with transaction.atomic():
        waiting = list(
            unscreened.select_for_update(skip_locked=True, no_key=True).order_by("submitted_at", "id")[:limit]
        )
        for some in _portions(waiting):
            _screen(actor, some)
    return len(waiting)


def screen_now(application: Application) -> None:
    """Screen one application that the caller has locked, if no worker has done so yet."""
    if application.screened_at is None:
        _screen(SCREENER, [application])


def _portions(applications: Sequence[Application]) -> Iterable[list[Application]]:
    """So many at a time that their places fit into memory together."""
    rows = Application.objects.filter(id__in=[application.id for application in applications])
    counts = dict(rows.annotate(count=Count("places")).values_list("id", "count"))
    portion: list[Application] = []
    held = 0
    for application in applications:
        if portion and held + counts[application.id] > PLACES_AT_ONCE:
            yield portion
            portion, held = [], 0
        portion.append(application)
        held += counts[application.id]
    if portion:
        yield portion


def _screen(actor: Actor, applications: Sequence[Application]) -> None:
    facts = []
    for seen in look(applications):
        application = seen.application
        application.flags = [flag.as_json() for flag in _flags_or_failed(seen)]
        application.screened_at = now()
        facts.append(("application.screened", application.id, {"flags": [f["code"] for f in application.flags]}))
    Application.objects.bulk_update(applications, ["flags", "screened_at"])
    record_many(actor, facts)


def _flags_or_failed(seen: Seen) -> list[Flag]:
    try:
        return flags(seen)
    except Exception:  # one application that nobody foresaw must not keep all others from being screened
        log.exception("an application could not be screened", application=str(seen.application.id))
        return [Flag("not_screened", "P-21")]


def look(applications: Sequence[Application]) -> list[Seen]:
    """What screening knows of these applications: a few queries, however many they are."""
    ids = [application.id for application in applications]
    places: dict[UUID, list[ApplicationPlace]] = defaultdict(list)
    for place in ApplicationPlace.objects.filter(application__in=ids).order_by("position"):
        places[place.application_id].append(place)
    items: dict[UUID, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(application__in=ids).select_related("service"):
        items[item.application_id].append(item)
    by_number = _by_number(applications)
    by_spelling = _by_spelling([place for rows in places.values() for place in rows])
    found = [other for others in (*by_number.values(), *by_spelling.values()) for other in others]
    relation = Relation.load(applications, found)
    return [
        Seen(
            one,
            places[one.id],
            items[one.id],
            relation.strangers(one, by_number.get(one.corporate_number, ())),
            {
                place.id: strangers
                for place in places[one.id]
                if (strangers := relation.strangers(one, by_spelling.get((place.name, place.postal_code), ())))
            },
        )
        for one in applications
    ]


@dataclass(frozen=True)
class Other:
    """Another application that has something in common with one that is screened."""

    id: UUID
    reference: str
    linked_to: UUID | None


@dataclass(frozen=True)
class Relation:
    """Which applications belong together: of the same applicant (J-21), or linked otherwise (J-28)."""

    roots: Mapping[UUID, UUID]

    @classmethod
    def load(cls, applications: Sequence[Application], others: Iterable[Other]) -> Relation:
        """Of those screened and of those found beside them."""
        return cls(roots_of({*(one.id for one in applications), *(other.id for other in others)}))

    def strangers(self, application: Application, others: Iterable[Other]) -> list[str]:
        """The references of those that are neither the same application nor belong to it, each once."""
        found = {
            other.reference: None
            for other in others
            if self.roots[other.id] != self.roots[application.id]
            and other.linked_to != application.id
            and other.id != application.linked_to_id
        }
        return list(found)


def _by_number(applications: Sequence[Application]) -> dict[str, list[Other]]:
    """Applications alive, by their corporate number."""
    wanted = {one.corporate_number for one in applications if one.corporate_number}
    found: dict[str, list[Other]] = defaultdict(list)
    rows = Application.objects.filter(corporate_number__in=wanted, state__in=LIVE_APPLICATIONS).order_by("id")
    for number, other_id, reference, linked_to in rows.values_list(
        "corporate_number", "id", "reference", "linked_to_id"
    ):
        found[number].append(Other(other_id, reference, linked_to))
    return found


def _by_spelling(places: Sequence[ApplicationPlace]) -> dict[tuple[str, str], list[Other]]:
    """Applications alive, by the names of their places in a postal code.

    Only what is spelled alike: the rest is for the linkage run, which weighs more than names.
    """
    wanted = sorted({(place.name, place.postal_code) for place in places if place.postal_code})
    found: dict[tuple[str, str], list[Other]] = defaultdict(list)
    columns = ("name", "postal_code", "application_id", "application__reference", "application__linked_to_id")
    # SQLite takes 32,766 values in one statement.
    for start in range(0, len(wanted), SPELLINGS_AT_ONCE):
        some = wanted[start : start + SPELLINGS_AT_ONCE]
        rows = ApplicationPlace.objects.filter(
            name__in={name for name, _ in some},
            postal_code__in={code for _, code in some},
            application__state__in=LIVE_APPLICATIONS,
        )
        for name, code, *other in rows.order_by("application_id").values_list(*columns):
            found[name, code].append(Other(*other))
    return found
