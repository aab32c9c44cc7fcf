"""Finding published places: by words, town, postal code, service, rate, class, nearness or a piece of map (P-31)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import asin, cos, floor, radians, sin, sqrt
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.opendata.cells import CELLS_EACH_WAY, CELLS_IN_ROW
from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.names import places_named
from madoguchi.opendata.search_words import query_words, wanted_words

PAGE = 20
# Beyond this many, readers narrow down; nobody is helped by an exact count that takes a second.
COUNTED = 1_000
NEAREST = 100
RINGS_METRES = (500, 1_000, 2_000, 5_000, 10_000, 20_000)
# More than stand within half a kilometre of the busiest station.
READ_AT_ONCE = 5_000
METRES_PER_DEGREE = 111_195
EARTH_METRES = 6_371_000
# About 65 km: what is farther than a day's walk across is a town or a prefecture to look in, not a piece of map.
LARGEST_BOX_DEGREES = 0.6
POSTAL_CODE = re.compile(r"〒?\s*(\d{3})[-‐−ー]?(\d{4})?(?!\d)")


@dataclass(frozen=True)
class PlaceQuery:
    """What is looked for; empty fields ask for nothing. `near` is latitude, longitude; `box` west, south, east, north.

    `after` is the `Found.next` of the page before.
    """

    words: str = ""
    prefecture: str = ""
    municipality: str = ""
    service: str = ""
    rate_bps: int | None = None
    place_class: str = ""
    near: tuple[float, float] | None = None
    box: tuple[float, float, float, float] | None = None
    after: str = ""
    limit: int = PAGE

    @property
    def is_empty(self) -> bool:
        return replace(self, after="", limit=PAGE) == PlaceQuery()


@dataclass(frozen=True)
class Found:
    """A page of places. `count` is exact unless `is_more`: then there are more than that many.

    `metres` holds the distance of each from where the reader stands, of a search for what is near.
    """

    places: list[PublishedPlace]
    count: int
    is_more: bool
    next: str = ""
    metres: dict[UUID, int] = field(default_factory=dict)


def find_places(query: PlaceQuery) -> Found:
    """The published places that fit, in the order of towns and names, or nearest first.

    Raises Refusal `position_outside` for a position or box that is not on the globe, `box_too_large`, `cursor_unknown`.
    """
    if query.near is not None:
        return _nearest(_matching(query), query, query.near)
    if query.box is not None:
        return _in_piece(_matching(query), query, query.box)
    there = _where_most_are(query)
    rows = _matching(query) if there is None else there
    page = rows
    if query.after:
        page = rows.filter(municipality_code__gte=query.after[:5], order_key__gt=query.after)
    # The key begins with the town's code: this is the order of the keys, from the index that knows the filters, too.
    places = list(page.order_by("municipality_code", "order_key")[: query.limit + 1])
    if not query.after and len(places) <= query.limit:
        return Found(places, len(places), is_more=False)
    # Where most are, there are more than are counted.
    count = _counted(rows) if there is None else COUNTED + 1
    shown = places[: query.limit]
    following = shown[-1].order_key if len(places) > query.limit else ""
    return Found(shown, min(count, COUNTED), count > COUNTED, following)


def _counted(rows: QuerySet[PublishedPlace]) -> int:
    return len(rows.order_by().values_list("order_key")[: COUNTED + 1])


def _where_most_are(query: PlaceQuery) -> QuerySet[PublishedPlace] | None:
    """Of a town's or prefecture's name with more places than are counted, only the places there.

    Nobody pages through more than that to see who else has the name; and the database, which goes through the places in
    the order of towns, would walk from Hokkaido to the last prefecture for 沖縄.
    """
    if query.prefecture or query.municipality:
        return None
    words = query_words(query.words)
    for word in words:
        if code := places_named().get(word):
            others = " ".join(one for one in words if one != word)
            # Every place there has the name in its address, so that the word need not be asked for.
            is_wide = len(code) == 2
            chosen = replace(
                query, words=others, prefecture=code if is_wide else "", municipality="" if is_wide else code
            )
            there = _matching(chosen)
            if _counted(there) > COUNTED:
                return there
    return None


def find_place(place_id: UUID) -> PublishedPlace:
    """A published place. Raises Refusal `place_unknown`: it does not exist, or its owner did not agree."""
    place = PublishedPlace.objects.filter(place_id=place_id).first()
    if place is None:
        raise Refusal("place_unknown")
    return place


def is_published(place_id: UUID) -> bool:
    """Whether everybody may see a place."""
    return PublishedPlace.objects.filter(place_id=place_id).exists()


def _matching(query: PlaceQuery) -> QuerySet[PublishedPlace]:
    rows = PublishedPlace.objects.defer("words", "search_text")
    text, postal = _without_postal_code(query.words)
    wanted = wanted_words(text) | ({f"z:{postal}"} if postal else set())
    if query.municipality:
        rows = rows.filter(municipality_code=query.municipality)
    elif query.prefecture:
        rows = rows.filter(
            municipality_code__gte=query.prefecture, municipality_code__lt=f"{int(query.prefecture) + 1:02}"
        )
    if query.municipality or query.prefecture:
        rows = rows.filter(**_columns(query))
    else:
        # Over the nation, only the index of words finds the few places that take a rare service.
        wanted |= _facts(query)
    if wanted:
        rows = rows.filter(words__hold=wanted)
    for word in query_words(text):
        # A pair of characters is found by the index; of longer words, so might be others that have the same pairs.
        if len(word) > 2:
            rows = rows.filter(search_text__contains=word)
    return rows


def _columns(query: PlaceQuery) -> dict[str, Any]:
    """The filters as columns that the index of towns holds."""
    columns: dict[str, Any] = {}
    if query.service:
        columns["service_codes__contains"] = f";{query.service};"
    if query.place_class:
        columns["place_class"] = query.place_class
    if query.rate_bps:
        columns["rate_bps"] = query.rate_bps
    elif query.rate_bps is not None:
        columns["rate_bps__isnull"] = True
    return columns


def _facts(query: PlaceQuery) -> set[str]:
    """The filters as words of the index."""
    facts = {f"s:{query.service}"} if query.service else set()
    facts |= {f"c:{query.place_class}"} if query.place_class else set()
    return facts | ({f"r:{query.rate_bps}"} if query.rate_bps is not None else set())


def _without_postal_code(words: str) -> tuple[str, str]:
    """The query without a postal code in it, and the code: seven digits, or the first three."""
    plain = unicodedata.normalize("NFKC", words)
    found = POSTAL_CODE.search(plain)
    # Three digits alone may be part of a name; with the sign or the rest they are a postal code.
    if found is None or (found.group(2) is None and "〒" not in found.group()):
        return words, ""
    return plain.replace(found.group(), " ", 1), found.group(1) + (found.group(2) or "")


def _nearest(rows: QuerySet[PublishedPlace], query: PlaceQuery, near: tuple[float, float]) -> Found:
    """The nearest hundred, ring by ring, so that a busy place reads little and a lonely one looks far."""
    latitude, longitude = near
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Refusal("position_outside")
    found: list[tuple[float, UUID]] = []
    for ring in RINGS_METRES:
        high = ring / METRES_PER_DEGREE
        wide = high / max(0.1, cos(radians(latitude)))
        box = (longitude - wide, latitude - high, longitude + wide, latitude + high)
        positions = rows.filter(_in_box(box)).values_list("place_id", "latitude", "longitude")[:READ_AT_ONCE]
        measured = [
            (metres_between(near, (north, east)), place)
            for place, north, east in positions
            if north is not None and east is not None
        ]
        found = sorted(row for row in measured if row[0] <= ring)
        if len(found) >= NEAREST:
            break
    listed = _listed([place for _, place in found[:NEAREST]], query)
    metres = {place: round(distance) for distance, place in found[:NEAREST]}
    return replace(listed, is_more=len(found) > NEAREST, metres=metres)


def _in_piece(rows: QuerySet[PublishedPlace], query: PlaceQuery, box: tuple[float, float, float, float]) -> Found:
    west, south, east, north = box
    inside = _in_box(box)
    if max(east - west, north - south) > LARGEST_BOX_DEGREES:
        raise Refusal("box_too_large")
    found = sorted(rows.filter(inside).values_list("order_key", "place_id")[: COUNTED + 1])
    listed = _listed([place for _, place in found[:COUNTED]], query)
    return replace(listed, is_more=len(found) > COUNTED)


def _listed(ids: list[UUID], query: PlaceQuery) -> Found:
    """The page of these places that begins at `query.after`, in their order."""
    start = _offset(query.after)
    places = PublishedPlace.objects.defer("words", "search_text").in_bulk(ids[start : start + query.limit])
    following = str(start + query.limit) if start + query.limit < len(ids) else ""
    ordered = [places[place] for place in ids[start : start + query.limit] if place in places]
    return Found(ordered, len(ids), False, following)


def _offset(after: str) -> int:
    if not after:
        return 0
    if not after.isdecimal() or int(after) > COUNTED:
        raise Refusal("cursor_unknown")
    return int(after)


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two positions (latitude, longitude) on a globe: good to half a percent."""
    (north, east), (other_north, other_east) = one, other
    half = sin(radians(other_north - north) / 2) ** 2
    half += cos(radians(north)) * cos(radians(other_north)) * sin(radians(other_east - east) / 2) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(half)))


def _in_box(box: tuple[float, float, float, float]) -> Q:
    west, south, east, north = box
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Refusal("position_outside")
    inside = Q(latitude__gte=south, latitude__lte=north, longitude__gte=west, longitude__lte=east)
    first, last = floor(south * CELLS_EACH_WAY), floor(north * CELLS_EACH_WAY)
    left, right = floor(west * CELLS_EACH_WAY), floor(east * CELLS_EACH_WAY)
    return inside & _any_of(
        Q(cell__gte=row * CELLS_IN_ROW + left, cell__lte=row * CELLS_IN_ROW + right) for row in range(first, last + 1)
    )


def _any_of(conditions: Iterable[Q]) -> Q:
    whole = Q()
    for condition in conditions:
        whole |= condition
    return whole
