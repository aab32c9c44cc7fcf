"""Finding published places: by words, town, postal code, service, rate, class, nearness or a piece of map (P-31)."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from django.core.cache import cache

from madoguchi.core.errors import Refusal
from madoguchi.opendata.finder_statements import (
    Box,
    ListedPlace,
    Where,
    counted,
    counted_among_first,
    holding,
    inside,
    keys_of,
    listed,
    listed_by_index,
    listed_by_keys,
    nearest,
    taking,
)
from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.names import places_named
from madoguchi.opendata.search_words import query_words, wanted_words

PAGE = 20
# Beyond this many, readers narrow down; nobody is helped by an exact count that takes a second.
COUNTED = 1_000
# Of a common service or rate, so many places hold more than are counted; looking at them takes 5 ms.
LOOKED_AT = 20_000
NEAREST = 100
# Two pages of them: to find a hundred of a rare service, a city's 80,000 places were looked at, which took 300 ms.
ENOUGH_NEAR = 40
RINGS_METRES = (500, 1_000, 2_000, 5_000, 10_000, 20_000)
# How long it is remembered of a question that more places fit than are counted: a common word's take 40 ms to tell.
MANY_SECONDS = 600
METRES_PER_DEGREE = 111_195
EARTH_METRES = 6_371_000
FIRST_PREFECTURE = "01"
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
    box: Box | None = None
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
    where = _matching(query) if there is None else there
    if there is None and _has_long_word(query):
        return _by_long_words(where, query)
    places = (listed_by_index if _is_told_by_index(query) else listed)(_from_cursor(where, query), query.limit + 1)
    if not query.after and len(places) <= query.limit:
        return Found(places, len(places), is_more=False)
    # Where most are, there are more than are counted.
    return _page(places, query, _counted(where, query) if there is None else COUNTED + 1)


def _from_cursor(where: Where, query: PlaceQuery) -> Where:
    """Only the places after those that were shown before."""
    if not query.after:
        return where
    return where.and_("municipality_code >= %s AND order_key > %s", query.after[:5], query.after)


def _page(places: list[ListedPlace], query: PlaceQuery, count: int) -> Found:
    """A page of `places`, of which one more than it shows was asked for."""
    shown = places[: query.limit]
    following = shown[-1].order_key if len(places) > query.limit else ""
    return Found(shown, min(count, COUNTED), count > COUNTED, following)


def _has_long_word(query: PlaceQuery) -> bool:
    """Whether a word's pairs of characters alone do not tell who has it."""
    return any(len(word) > 2 for word in query_words(query.words))


def _by_long_words(where: Where, query: PlaceQuery) -> Found:
    """The database reads each place that has the pairs of a long word: their keys tell page and count at once.

    Of more than are counted, it would read them all for a page: of 富士文具店 in 3,000 places that took 14 ms, of
    コンビニエンスストア in 60,000 it took 370.
    """
    if _are_many(query):
        first = _first_of_many(where, query)
        # There were many when it was remembered.
        count = COUNTED + 1 if query.after or len(first) > query.limit else len(first)
        return _page(first, query, count)
    keys = sorted(keys_of(where, COUNTED + 1))
    if len(keys) > COUNTED:
        _remember_many(query)
        return _page(_first_of_many(where, query), query, COUNTED + 1)
    start = bisect_right(keys, query.after)
    places = listed_by_keys(keys[start : start + query.limit + 1])
    return _page([places[key] for key in keys[start:] if key in places], query, len(keys))


def _first_of_many(where: Where, query: PlaceQuery) -> list[ListedPlace]:
    """The first places of many: most pages are filled in the prefecture where they begin."""
    page = _from_cursor(where, query)
    if not query.prefecture and not query.municipality:
        first = query.after[:2] or FIRST_PREFECTURE
        places = listed(holding(page, {f"p:{first}"}), query.limit + 1)
        if len(places) > query.limit:
            return places
    return listed(page, query.limit + 1)


def _is_told_by_index(query: PlaceQuery) -> bool:
    """Whether a town's or prefecture's filters are all that is asked, which its index knows without the rows."""
    return bool((query.municipality or query.prefecture) and _facts(query) and not query.words)


def _counted(where: Where, query: PlaceQuery) -> int:
    """How many places `where` leaves of `query`: at most one more than are counted."""
    if _are_many(query):
        return COUNTED + 1
    # The index of words lists everybody who takes a service before it tells the first: 300,000 took 100 ms.
    is_wide = not (query.words or query.municipality or query.prefecture)
    count = counted_among_first(_filtered(Where(), query), COUNTED + 1, LOOKED_AT) if is_wide else 0
    if count <= COUNTED:
        count = counted(where, COUNTED + 1)
    if count > COUNTED:
        _remember_many(query)
    return count


def _are_many(query: PlaceQuery) -> bool:
    """Whether it is remembered of a question that more places fit than are counted."""
    return bool(cache.get(_key_of_many(query)))


def _remember_many(query: PlaceQuery) -> None:
    cache.set(_key_of_many(query), True, MANY_SECONDS)


def _key_of_many(query: PlaceQuery) -> str:
    asked = repr(replace(query, after="", limit=PAGE))
    return f"finder-many:{sha256(asked.encode()).hexdigest()}"


def _where_most_are(query: PlaceQuery) -> Where | None:
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
            # Beside other words, the index of words tells who is there, and only those few rows are read.
            counted_there = holding(there, {f"p:{code}" if is_wide else f"m:{code}"}) if others else there
            if _counted(counted_there, chosen) > COUNTED:
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


def _matching(query: PlaceQuery) -> Where:
    where = Where()
    text, postal = _without_postal_code(query.words)
    wanted = wanted_words(text) | ({f"z:{postal}"} if postal else set())
    if query.municipality:
        where = where.and_("municipality_code = %s", query.municipality)
    elif query.prefecture:
        following = f"{int(query.prefecture) + 1:02}"
        where = where.and_("municipality_code >= %s AND municipality_code < %s", query.prefecture, following)
    if query.municipality or query.prefecture or query.near or query.box:
        where = _filtered(where, query)
    else:
        # Over the nation, only the index of words finds the few places that take a rare service.
        wanted |= _facts(query)
    if wanted:
        where = holding(where, wanted)
    for word in query_words(text):
        # A pair of characters is found by the index; of longer words, so might be others that have the same pairs.
        # Words have letters and digits alone: nothing in them is a wildcard.
        if len(word) > 2:
            where = where.and_("search_text LIKE %s", f"%{word}%")
    return where


def _filtered(where: Where, query: PlaceQuery) -> Where:
    """The filters as columns, which the indexes of towns and cells hold."""
    if query.service:
        where = taking(where, query.service)
    if query.place_class:
        where = where.and_("place_class = %s", query.place_class)
    if query.rate_bps:
        return where.and_("rate_bps = %s", query.rate_bps)
    return where if query.rate_bps is None else where.and_("rate_bps IS NULL")


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


def _nearest(where: Where, query: PlaceQuery, near: tuple[float, float]) -> Found:
    """The nearest, a hundred at most, ring by ring: a busy place reads little and a lonely one looks far."""
    latitude, longitude = near
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Refusal("position_outside")
    narrowing = max(0.1, cos(radians(latitude)))
    found: list[tuple[float, str]] = []
    seen = 0
    for ring in RINGS_METRES:
        # At the density seen, this ring will not hold enough either.
        if seen and ring < RINGS_METRES[-1] and max(1, len(found)) * (ring / seen) ** 2 < ENOUGH_NEAR:
            continue
        high = ring / METRES_PER_DEGREE
        wide = high / narrowing
        box = (longitude - wide, latitude - high, longitude + wide, latitude + high)
        first = nearest(inside(where, box), near, narrowing, NEAREST + 1)
        measured = [(metres_between(near, (up, right)), key) for up, right, key in first]
        found = sorted(row for row in measured if row[0] <= ring)
        if len(found) >= ENOUGH_NEAR:
            break
        seen = ring
    page = _listed([key for _, key in found[:NEAREST]], query)
    metres = {key: round(distance) for distance, key in found[:NEAREST]}
    is_more = len(found) > NEAREST or ring < RINGS_METRES[-1]
    return replace(page, is_more=is_more, metres={one.place_id: metres[one.order_key] for one in page.places})


def _in_piece(where: Where, query: PlaceQuery, box: Box) -> Found:
    west, south, east, north = box
    there = inside(where, box)
    if max(east - west, north - south) > LARGEST_BOX_DEGREES:
        raise Refusal("box_too_large")
    found = sorted(keys_of(there, COUNTED + 1))
    return replace(_listed(found[:COUNTED], query), is_more=len(found) > COUNTED)


def _listed(keys: list[str], query: PlaceQuery) -> Found:
    """The page that begins at `query.after` of the places with these keys, in their order."""
    start = _offset(query.after)
    shown = keys[start : start + query.limit]
    places = listed_by_keys(shown)
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
