"""Publishing places: from the registry, the applications and their consent to one row each (P-27, P-28, P-31)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from madoguchi.core.clock import now, today
from madoguchi.onboarding.published import Registration, registrations_of
from madoguchi.opendata.cells import cell_of, order_key_of
from madoguchi.opendata.models import Publication, PublishedPlace
from madoguchi.opendata.search_words import search_text_of, words_for
from madoguchi.registry.models import Enrolment, Place, StoreCode

# Counters of towns and post offices are public facts: the law has them posted. Anybody else must have agreed (P-27).
PUBLIC_OPERATORS = ("municipality", "post_office_operator")
PLACES_AT_ONCE = 500


@dataclass(frozen=True)
class Published:
    """How many places a round looked at, and how many rows it wrote and removed."""

    looked_at: int = 0
    written: int = 0
    removed: int = 0

    def __add__(self, other: Published) -> Published:
        return Published(self.looked_at + other.looked_at, self.written + other.written, self.removed + other.removed)


def publish_some(limit: int = PLACES_AT_ONCE) -> Published:
    """Publish what changed since the last time, at most `limit` changes, and go on with today's sweep.

    The sweep looks at every place once a day, for some things change by the calendar alone: an enrolment's last day.
    """
    state, _ = Publication.objects.get_or_create(id=1)
    done = _publish_changed(state, limit)
    if state.swept_on != today():
        done += _sweep(state, limit)
    return done


def publish_all() -> Published:
    """Publish every place now, in rounds of a few hundred."""
    state, _ = Publication.objects.get_or_create(id=1)
    done = Published()
    while (more := _publish_changed(state, PLACES_AT_ONCE)).looked_at:
        done += more
    state.swept_on, state.swept_to = None, None
    while state.swept_on != today():
        done += _sweep(state, PLACES_AT_ONCE)
    return done


def _publish_changed(state: Publication, limit: int) -> Published:
    codes = StoreCode.objects.filter(change_number__gt=state.change_number).order_by("change_number")
    changed = list(codes.values_list("change_number", "place_id")[:limit])
    if not changed:
        return Published()
    with transaction.atomic():
        done = publish({place for _, place in changed})
        state.change_number = changed[-1][0]
        _save(state, done)
    return done


def _sweep(state: Publication, limit: int) -> Published:
    rows = Place.objects.order_by("id")
    if state.swept_to is not None:
        rows = rows.filter(id__gt=state.swept_to)
    ids = list(rows.values_list("id", flat=True)[:limit])
    with transaction.atomic():
        done = publish(ids) if ids else Published()
        if len(ids) < limit:
            done += _remove_orphans()
            state.swept_on, state.swept_to = today(), None
        else:
            state.swept_to = ids[-1]
        _save(state, done)
    return done


def _save(state: Publication, done: Published) -> None:
    if done.written or done.removed:
        state.changed_at = now()
    state.save()


def _remove_orphans() -> Published:
    """Rows of places that are no longer in the registry at all, e.g. of a demo that was removed."""
    gone = PublishedPlace.objects.exclude(place_id__in=Place.objects.values("id"))
    return Published(removed=gone.delete()[0])


@transaction.atomic
def publish(place_ids: Iterable[UUID]) -> Published:
    """Write or remove the rows of these places, as they are now; returns how many differed."""
    wanted = set(place_ids)
    # One at a time: a town that describes its counter and the worker's sweep may come upon the same place.
    list(Publication.objects.select_for_update().filter(id=1))
    rows = {row.place_id: row for row in _rows_for(wanted)}
    before = PublishedPlace.objects.in_bulk(list(wanted))
    gone = [place for place in before if place not in rows]
    if gone:
        PublishedPlace.objects.filter(place_id__in=gone).delete()
    changed = [row for place, row in rows.items() if place not in before or _facts(before[place]) != _facts(row)]
    PublishedPlace.objects.filter(place_id__in=[row.place_id for row in changed]).delete()
    PublishedPlace.objects.bulk_create(changed, batch_size=PLACES_AT_ONCE)
    return Published(looked_at=len(wanted), written=len(changed), removed=len(gone))


def _facts(row: PublishedPlace) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.attname != "updated_at"}


def _rows_for(wanted: set[UUID]) -> list[PublishedPlace]:
    places = Place.objects.filter(id__in=wanted, is_closed=False, merged_into=None)
    places = places.select_related("operator", "municipality")
    agreed = registrations_of(wanted)
    open_places = [
        place
        for place in places
        if (place.id in agreed and agreed[place.id].is_consented)
        or (place.id not in agreed and place.operator.kind in PUBLIC_OPERATORS)
    ]
    enrolments, trades = _enrolments(place.id for place in open_places)
    return [
        _row(place, agreed.get(place.id), enrolments[place.id], trades[place.id])
        for place in open_places
        if enrolments[place.id]
    ]


def _enrolments(place_ids: Iterable[UUID]) -> tuple[dict[UUID, list[dict[str, str | None]]], dict[UUID, str]]:
    """The services of each place whose last day has not passed, with the trade of its first code."""
    found: QuerySet[Enrolment] = Enrolment.objects.filter(code__place__in=list(place_ids), code__is_closed=False)
    found = found.filter(Q(ends_on=None) | Q(ends_on__gte=today()))
    columns = ("code__place_id", "code__mcc", "service_id", "starts_on", "ends_on")
    by_place: dict[UUID, dict[str, tuple[date, date | None]]] = defaultdict(dict)
    trades: dict[UUID, str] = defaultdict(str)
    for place, trade, service, starts_on, ends_on in found.order_by("code__store_id", "starts_on").values_list(
        *columns
    ):
        trades.setdefault(place, trade)
        # A place with two codes may take a service by both: residents ask from when, and until when, at all.
        first, last = by_place[place].get(service, (starts_on, ends_on))
        by_place[place][service] = (
            min(first, starts_on),
            None if last is None or ends_on is None else max(last, ends_on),
        )
    rows: dict[UUID, list[dict[str, str | None]]] = defaultdict(list)
    for place, services in by_place.items():
        rows[place] = [
            {"service": code, "starts_on": first.isoformat(), "ends_on": last.isoformat() if last else None}
            for code, (first, last) in sorted(services.items())
        ]
    return rows, trades


def _row(
    place: Place, registration: Registration | None, services: Sequence[dict[str, str | None]], trade: str
) -> PublishedPlace:
    town = place.municipality
    rate_bps = registration.rate_bps if registration else None
    # P-28: what has no fixed place is not on the map.
    is_shown = place.place_class == "fixed" and place.latitude is not None and place.longitude is not None
    latitude, longitude = (place.latitude, place.longitude) if is_shown else (None, None)
    facts = [
        *(f"s:{row['service']}" for row in services),
        f"m:{town.code}",
        f"p:{town.code[:2]}",
        f"c:{place.place_class}",
        f"r:{rate_bps or 0}",
        f"z:{place.postal_code}",
        f"z:{place.postal_code[:3]}",
    ]
    kana = registration.name_kana if registration else ""
    where = f"{town.prefecture}{town.name}"
    address = place.address if place.address.startswith(town.prefecture) else where + place.address
    texts = (place.name, place.name_en, kana, address, town.name_kana, town.name_en, town.prefecture_en)
    return PublishedPlace(
        place_id=place.id,
        order_key=order_key_of(town.code, place.name, place.id),
        name=place.name,
        name_en=place.name_en,
        kind=place.kind,
        place_class=place.place_class,
        municipality_code=town.code,
        municipality=town.name,
        municipality_en=town.name_en,
        prefecture=town.prefecture,
        prefecture_en=town.prefecture_en,
        postal_code=place.postal_code,
        address=place.address,
        phone=place.phone,
        trade=trade,
        rate_bps=rate_bps,
        services=list(services),
        service_codes=f";{';'.join(str(row['service']) for row in services)};",
        hours=place.hours,
        hours_en=place.hours_en,
        access=place.access,
        latitude=latitude,
        longitude=longitude,
        cell=None if latitude is None or longitude is None else cell_of(latitude, longitude),
        search_text=search_text_of(texts),
        words=words_for(texts, facts),
        is_demo=place.is_demo,
        updated_at=now(),
    )
