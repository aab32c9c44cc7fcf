"""Finding published places: by words, town, postal code, service, rate, class, nearness or a piece of map (P-31)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import asin, cos, floor, radians, sin, sqrt
from typing import Any, NamedTuple
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import F, Q, QuerySet

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
# How long it is remembered of a question that more places fit than are counted: a common word's take 40 ms to tell.
MANY_SECONDS = 600
METRES_PER_DEGREE = 111_195
EARTH_METRES = 6_371_000
# A ring of 10 km at Hokkaido's north has 500 cells; beyond, a list of them is longer than what it saves.
CELLS_NAMED = 600
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


class ListedPlace(NamedTuple):
    """What a list tells of a place; `service_codes` as in the model, `;line_pay;paypay;`.

    Not the model: its 27 columns with their JSON took twice the time of these to read, measured with 20 places.
    """

    place_id: UUID
    order_key: str
    name: str
    name_en: str
    place_class: str
    municipality: str
    municipality_en: str
    prefecture: str
    prefecture_en: str
    address: str
    rate_bps: int | None
    service_codes: str
    is_demo: bool

    @property
    def services(self) -> list[str]:
        """The codes of the services, in their order."""
        return [code for code in self.service_codes.split(";") if code]


@dataclass(frozen=True)
class Found:
    """A page of places. `count` is exact unless `is_more`: then there are more than that many.

    `metres` holds the distance of each from where the reader stands, of a search for what is near.
    """

    places: list[ListedPlace]
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
    page = page.order_by("municipality_code", "order_key")[: query.limit + 1]
    if _is_told_by_index(query):
        # A rare service's page comes from hundreds of rows if they are read to be left out.
        page = PublishedPlace.objects.filter(order_key__in=page.values("order_key")).order_by("order_key")
    places = _read(page)
    if not query.after and len(places) <= query.limit:
        return Found(places, len(places), is_more=False)
    # Where most are, there are more than are counted.
    count = _counted(rows, query) if there is None else COUNTED + 1
    shown = places[: query.limit]
    following = shown[-1].order_key if len(places) > query.limit else ""
    return Found(shown, min(count, COUNTED), count > COUNTED, following)


def _read(rows: QuerySet[PublishedPlace]) -> list[ListedPlace]:
    return [ListedPlace(*row) for row in rows.values_list(*ListedPlace._fields)]


def _is_told_by_index(query: PlaceQuery) -> bool:
    """Whether a town's or prefecture's filters are all that is asked, which its index knows without the rows."""
    return bool((query.municipality or query.prefecture) and _columns(query) and not query.words)


def _counted(rows: QuerySet[PublishedPlace], query: PlaceQuery) -> int:
    """How many of `rows`, those of `query`, there are: at most one more than are counted."""
    asked = repr(replace(query, after="", limit=PAGE))
    key = f"finder-many:{sha256(asked.encode()).hexdigest()}"
    if cache.get(key):
        return COUNTED + 1
    # Put together here: `count()` of a slice rewrites the query once more, for a millisecond.
    sql, values = rows.order_by().values("order_key")[: COUNTED + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS counted", values)  # noqa: S608  # Django wrote it
        count = int(cursor.fetchone()[0])
    if count > COUNTED:
        cache.set(key, True, MANY_SECONDS)
    return count


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
            if _counted(there, chosen) > COUNTED:
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
    rows = PublishedPlace.objects.all()
    text, postal = _without_postal_code(query.words)
    wanted = wanted_words(text) | ({f"z:{postal}"} if postal else set())
    if query.municipality:
        rows = rows.filter(municipality_code=query.municipality)
    elif query.prefecture:
        rows = rows.filter(
            municipality_code__gte=query.prefecture, municipality_code__lt=f"{int(query.prefecture) + 1:02}"
        )
    if query.municipality or query.prefecture or query.near or query.box:
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
    """The filters as columns that the indexes of towns and cells hold."""
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
    narrowing = max(0.1, cos(radians(latitude)))
    # Degrees are straight enough within a ring to tell who is nearest; how far they are is told on the globe.
    north, east = F("latitude") - latitude, (F("longitude") - longitude) * narrowing
    nearest_first = rows.annotate(apart=north * north + east * east).order_by("apart", "order_key")
    found: list[tuple[float, str]] = []
    seen = 0
    for ring in RINGS_METRES:
        # At the density seen, this ring will not hold a hundred either.
        if seen and ring < RINGS_METRES[-1] and max(1, len(found)) * (ring / seen) ** 2 < NEAREST:
            continue
        high = ring / METRES_PER_DEGREE
        wide = high / narrowing
        box = (longitude - wide, latitude - high, longitude + wide, latitude + high)
        inside = nearest_first.filter(_in_box(box)).values_list("latitude", "longitude", "order_key")[: NEAREST + 1]
        measured = [
            (metres_between(near, (up, right)), key)
            for up, right, key in inside
            if up is not None and right is not None
        ]
        found = sorted(row for row in measured if row[0] <= ring)
        if len(found) >= NEAREST:
            break
        seen = ring
    listed = _listed([key for _, key in found[:NEAREST]], query)
    metres = {key: round(distance) for distance, key in found[:NEAREST]}
    return replace(
        listed, is_more=len(found) > NEAREST, metres={one.place_id: metres[one.order_key] for one in listed.places}
    )


def _in_piece(rows: QuerySet[PublishedPlace], query: PlaceQuery, box: tuple[float, float, float, float]) -> Found:
    west, south, east, north = box
    inside = _in_box(box)
    if max(east - west, north - south) > LARGEST_BOX_DEGREES:
        raise Refusal("box_too_large")
    found = sorted(rows.filter(inside).values_list("order_key", flat=True)[: COUNTED + 1])
    return replace(_listed(found[:COUNTED], query), is_more=len(found) > COUNTED)


def _listed(keys: list[str], query: PlaceQuery) -> Found:
    """The page that begins at `query.after` of the places with these keys, in their order."""
    start = _offset(query.after)
    shown = keys[start : start + query.limit]
    places = {place.order_key: place for place in _read(PublishedPlace.objects.filter(order_key__in=shown))}
    following = str(start + query.limit) if start + query.limit < len(keys) else ""
    return Found([places[key] for key in shown if key in places], len(keys), False, following)


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
    across = range(first * CELLS_IN_ROW, last * CELLS_IN_ROW + 1, CELLS_IN_ROW)
    if len(across) * (right - left + 1) <= CELLS_NAMED:
        # Cell by cell: so told, the index answers without the rows.
        return inside & Q(cell__in=[row + column for row in across for column in range(left, right + 1)])
    return inside & _any_of(Q(cell__gte=row + left, cell__lte=row + right) for row in across)


def _any_of(conditions: Iterable[Q]) -> Q:
    whole = Q()
    for condition in conditions:
        whole |= condition
    return whole
