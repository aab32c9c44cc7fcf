"""The map's tiles and base, and what the widget on a page is told (P-28, P-31)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext
from django.views.decorators.http import require_safe

from madoguchi.core.errors import Refusal
from madoguchi.opendata import boundaries, tiles
from madoguchi.opendata.boundary_tiles import FIRST_ZOOM as BASE_FIRST_ZOOM
from madoguchi.opendata.boundary_tiles import LAST_ZOOM as BASE_LAST_ZOOM
from madoguchi.opendata.finder import LARGEST_BOX_DEGREES
from madoguchi.opendata.finder_statements import ListedPlace, middle_of
from madoguchi.opendata.models import BoundarySet, PublishedPlace
from madoguchi.opendata.names import service_names
from madoguchi.opendata.prefecture_outlines import outlines, outlines_geojson, prefecture_box
from madoguchi.opendata.tile_grid import FIRST_ZOOM, LAST_ZOOM
from madoguchi.web.finder.asking import read_numbers
from madoguchi.web.remembered import REMEMBERED_SECONDS
from madoguchi.web.templatetags.madoguchi import is_english

FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
TILE_TYPE = "application/vnd.mapbox-vector-tile"
# From Yonaguni to Hokkaido.
JAPAN = (127.0, 30.0, 146.0, 45.6)
PLACE_ZOOM, NEAR_ZOOM = 15, 14
# So many places of a town are asked for to see where it is; of its list, so many are enough.
PLACES_OF_TOWN, ENOUGH_PLACES = 50, 10
TOWN_ZOOM = 11
# In degrees, in the order of the address's fields: west, south, east, north; latitude, longitude.
BOX_LIMITS, POSITION_LIMITS = (180, 85, 180, 85), (85, 180)
# Where a town lies changes with its boundaries alone.
MIDDLE_SECONDS = 600
# Stands in an address for the place that the map's script puts there.
NO_PLACE = "00000000-0000-0000-0000-000000000000"


@require_safe
def place_tile(request: HttpRequest, version: str, zoom: int, column: int, row: int) -> HttpResponse:
    """A tile of places: 204 where none is, 404 for a version that is gone. No session is looked at."""
    try:
        return _tile(request, tiles.read_tile(version, zoom, column, row))
    except Refusal:
        return HttpResponse(status=404)


@require_safe
def base_tile(request: HttpRequest, version: str, zoom: int, column: int, row: int) -> HttpResponse:
    """A tile of the imported boundaries."""
    try:
        return _tile(request, boundaries.base_tile(version, zoom, column, row))
    except Refusal:
        return HttpResponse(status=404)


def _tile(request: HttpRequest, tile: bytes | None) -> HttpResponse:
    headers = {"Cache-Control": FOR_EVER}
    if tile is None:
        return HttpResponse(status=204, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(tile, content_type=TILE_TYPE, headers={**headers, "Content-Encoding": "gzip"})
    return HttpResponse(gzip.decompress(tile), content_type=TILE_TYPE, headers=headers)


@require_safe
def base_outlines(request: HttpRequest) -> HttpResponse:
    """The prefectures that come with the platform, while no boundaries are imported."""
    return HttpResponse(outlines_geojson(), content_type="application/geo+json", headers={"Cache-Control": A_DAY})


def map_context(
    request_query: Mapping[str, str], place: PublishedPlace | None = None, listed: Sequence[ListedPlace] = ()
) -> dict[str, Any] | None:
    """What `finder/_map.html` needs; None if there is nothing to show: no tiles yet, and no place to point to.

    `request_query` is the list's address: `service` and `rate` filter what the map counts; `bbox`, `near` and `town`
    say which piece is shown at first; `listed` are places of the town, if there is one. Of a `place` with a position,
    that position is.
    """
    frame = _frame()
    if not frame["has_tiles"] and (place is None or place.latitude is None):
        return None
    own = {
        "service": request_query.get("service", ""),
        "rate": _whole_number(request_query.get("rate", "")),
        **_view(request_query, place, listed, is_outlined=frame["is_outlined"]),
    }
    return {
        "config": f"{frame['config'][:-1]}, {json.dumps(own)[1:]}",
        "credit": frame["credit"],
        "is_place": place is not None,
        "narrows": any(request_query.get(name) for name in ("q", "town", "kind")),
    }


def _frame() -> dict[str, Any]:
    """What every map is told in the reader's language, as JSON, and to whom its base is owed; remembered a while."""
    key = f"map-frame:{get_language()}"
    known: dict[str, Any] | None = cache.get(key)
    if known is None:
        version, imported = tiles.newest_version(), boundaries.newest()
        base, credit = _base(imported)
        config = {
            "english": is_english(),
            "place": reverse("finder:place", args=[NO_PLACE]).replace(NO_PLACE, "{id}"),
            "minzoom": FIRST_ZOOM,
            "maxzoom": LAST_ZOOM,
            "widest": LARGEST_BOX_DEGREES,
            "services": service_names(),
            "words": {"reward": gettext("Reward {rate}%")},
            "locale": _locale(),
            **base,
            **({"tiles": _template("finder:place_tile", version)} if version else {}),
        }
        known = {
            "config": json.dumps(config, ensure_ascii=False),
            "credit": credit,
            "has_tiles": version is not None,
            "is_outlined": imported is not None,
        }
        cache.set(key, known, REMEMBERED_SECONDS)
    return known


def _template(route: str, version: str) -> str:
    """The address of a tile with MapLibre's own blanks in it, whole, for its worker knows no page."""
    path = reverse(route, args=[version, 0, 0, 0])
    return f"{path.removesuffix('/0/0/0.mvt')}/{{z}}/{{x}}/{{y}}.mvt"


def _base(imported: BoundarySet | None) -> tuple[dict[str, Any], str]:
    """The base that is to be drawn, and whom it is owed to."""
    if settings.BASE_TILES:
        outside = {"tiles": settings.BASE_TILES, "maxzoom": settings.BASE_TILES_MAX_ZOOM}
        return {"outside": outside}, settings.BASE_CREDIT
    if imported is not None:
        template = _template("finder:base_tile", imported.folder)
        return {"base": {"tiles": template, "minzoom": BASE_FIRST_ZOOM, "maxzoom": BASE_LAST_ZOOM}}, imported.credit
    return {"base": {"outlines": reverse("finder:base_outlines")}}, outlines()["credit"]


def _view(
    query: Mapping[str, str], place: PublishedPlace | None, listed: Sequence[ListedPlace], *, is_outlined: bool
) -> dict[str, Any]:
    if place is not None and place.latitude is not None and place.longitude is not None:
        point = [place.longitude, place.latitude]
        return {"center": point, "zoom": PLACE_ZOOM, "point": point}
    if box := _drawable(query.get("bbox", ""), BOX_LIMITS):
        return {"bounds": box}
    if near := _drawable(query.get("near", ""), POSITION_LIMITS):
        return {"center": near[::-1], "zoom": NEAR_ZOOM}
    if (middle := _middle_of(query.get("town", ""), listed, is_outlined=is_outlined)) is not None:
        return middle
    return {"bounds": JAPAN}


def _middle_of(town: str, listed: Sequence[ListedPlace], *, is_outlined: bool) -> dict[str, Any] | None:
    """Where a municipality or prefecture lies: its outline's middle if there are outlines, or that of some places."""
    if len(town) == 2:
        return {"bounds": box} if (box := prefecture_box(town)) else None
    if not town:
        return None
    # To ask for its outline or its places takes as long as the rest of the map.
    key = f"map-middle:{sha256(town.encode()).hexdigest()}"
    centre: list[float] | None = cache.get(key)
    if centre is None:
        outlined = boundaries.centre_of(town) if is_outlined else None
        found = outlined or _amid(listed) or middle_of(town, PLACES_OF_TOWN)
        centre = list(found[::-1]) if found else []
        cache.set(key, centre, MIDDLE_SECONDS if centre else REMEMBERED_SECONDS)
    return {"center": centre, "zoom": TOWN_ZOOM} if centre else None


def _amid(listed: Sequence[ListedPlace]) -> tuple[float, float] | None:
    """Latitude and longitude amid the places of a list; None where too few have a position."""
    positions = [
        (one.latitude, one.longitude) for one in listed if one.latitude is not None and one.longitude is not None
    ]
    if len(positions) < ENOUGH_PLACES:
        return None
    return sum(up for up, _ in positions) / len(positions), sum(right for _, right in positions) / len(positions)


def _drawable(text: str, limits: Sequence[int]) -> tuple[Any, ...] | None:
    """The degrees in `text`; None if they cannot be read, or lie beyond the poles, where the map has no end."""
    numbers = read_numbers(text, len(limits))
    if numbers is None or any(abs(number) > limit for number, limit in zip(numbers, limits, strict=True)):
        return None
    return numbers


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


def _locale() -> dict[str, str]:
    """MapLibre's own words."""
    return {
        "Map.Title": gettext("Map of places"),
        "NavigationControl.ZoomIn": gettext("Zoom in"),
        "NavigationControl.ZoomOut": gettext("Zoom out"),
        "Popup.Close": pgettext("map", "Close"),
        "CooperativeGesturesHandler.WindowsHelpText": gettext("Hold Ctrl and scroll to zoom the map"),
        "CooperativeGesturesHandler.MacHelpText": gettext("Hold ⌘ and scroll to zoom the map"),
        "CooperativeGesturesHandler.MobileHelpText": gettext("Move the map with two fingers"),
    }
