"""The map's tiles over HTTP, and what a page tells the widget."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from madoguchi.core.clock import now
from madoguchi.opendata import tiles
from madoguchi.opendata.cells import cell_of
from madoguchi.opendata.finder_statements import ListedPlace
from madoguchi.opendata.models import BoundarySet, PublishedPlace
from madoguchi.people.access import system_actor
from madoguchi.web.finder.map_views import map_context

pytestmark = pytest.mark.django_db
TOMIOKA = (36.2554, 138.8871)
GZIP = {"HTTP_ACCEPT_ENCODING": "gzip, br"}


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path


@pytest.fixture
def cafe(clock: Any) -> PublishedPlace:
    """A published café in Tomioka, the only place there is."""
    PublishedPlace.objects.all().delete()
    return PublishedPlace.objects.create(
        place_id="01999999-0000-7000-8000-000000000001",
        order_key="10210製糸場前カフェ",
        name="製糸場前カフェ",
        kind="shop",
        place_class="fixed",
        municipality_code="10210",
        municipality="富岡市",
        municipality_en="Tomioka City",
        prefecture="群馬県",
        prefecture_en="Gunma",
        rate_bps=500,
        services=[{"service": "paypay", "starts_on": "2026-10-01", "ends_on": None}],
        latitude=TOMIOKA[0],
        longitude=TOMIOKA[1],
        cell=cell_of(*TOMIOKA),
        search_text="",
        words=" ",
        updated_at=now(),
    )


@pytest.fixture
def version(cafe: PublishedPlace) -> str:
    return tiles.make_tiles(actor=system_actor("test"))


def config(query: dict[str, str], place: PublishedPlace | None = None) -> dict[str, Any]:
    """What the widget is told."""
    context = map_context(query, place)
    assert context is not None
    told: dict[str, Any] = json.loads(context["config"])
    return told


def test_a_town_is_shown_amid_the_places_of_its_list(version: str, cafe: PublishedPlace) -> None:
    """Half a page of them is enough; of fewer, the town's other places are asked for."""
    names = [name for name in ListedPlace._fields if name not in {"latitude", "longitude"}]
    facts = {name: getattr(cafe, name) for name in names}
    listed = [ListedPlace(**facts, latitude=36.0 + number / 10, longitude=138.5) for number in range(10)]
    listed.append(ListedPlace(**facts, latitude=None, longitude=None))

    few = map_context({"town": "10210"}, listed=listed[1:])
    assert few is not None
    assert json.loads(few["config"])["center"] == [TOMIOKA[1], TOMIOKA[0]]
    cache.clear()
    many = map_context({"town": "10210"}, listed=listed)
    assert many is not None
    assert json.loads(many["config"])["center"] == pytest.approx([138.5, 36.45])


def test_a_tile_is_sent_compressed_and_kept_for_ever(client: Client, version: str) -> None:
    """P-31: an address holds its version, so that what it gives never changes."""
    answer = client.get(f"/map/tiles/{version}/4/14/6.mvt", **GZIP)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    (feature,) = mapbox_vector_tile.decode(gzip.decompress(answer.content))["places"]["features"]
    assert feature["properties"]["name"] == "製糸場前カフェ"


def test_a_reader_without_gzip_gets_the_tile_plain(client: Client, version: str) -> None:
    """P-31: a program that says nothing of compression can read it."""
    answer = client.get(f"/map/tiles/{version}/4/14/6.mvt")

    assert "Content-Encoding" not in answer
    assert "places" in mapbox_vector_tile.decode(answer.content)


def test_an_empty_tile_has_no_content(client: Client, version: str) -> None:
    """P-31: the sea is most of the map."""
    answer = client.get(f"/map/tiles/{version}/4/0/0.mvt", **GZIP)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize("address", ["tiles/20200101T000000/4/14/6", "tiles/x/4/14/6", "base/x/4/14/6"])
def test_a_version_that_is_not_there_is_not_found(client: Client, version: str, address: str) -> None:
    """P-31: and nobody keeps that answer."""
    answer = client.get(f"/map/{address}.mvt", **GZIP)

    assert answer.status_code == 404
    assert "Cache-Control" not in answer


def test_a_tile_asks_the_database_nothing_and_sets_no_cookie(
    client: Client, version: str, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    """P-31: also for somebody who is signed in, so that caches on the way can keep it."""
    client.force_login(django_user_model.objects.first())

    with django_assert_num_queries(0):
        answer = client.get(f"/map/tiles/{version}/4/14/6.mvt", **GZIP)

    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


def test_the_outlines_of_prefectures_are_the_base_at_first(client: Client, version: str) -> None:
    """P-31: no outside server and no import is needed; the licence's credit is told."""
    context = map_context({})
    assert context is not None

    assert json.loads(context["config"])["base"] == {"outlines": "/map/base/outlines.json"}
    assert "CC BY 4.0" in context["credit"]
    assert len(json.loads(client.get("/map/base/outlines.json").content)["features"]) == 47


def test_imported_boundaries_become_the_base(version: str) -> None:
    """P-31: with their own credit."""
    facts = {"sha256": "a" * 64, "folder": "a" * 64, "municipality_count": 1741, "imported_by": "x"}
    BoundarySet.objects.create(credit="国土数値情報", imported_at=now(), **facts)

    context = map_context({})

    assert context is not None
    assert context["credit"] == "国土数値情報"
    assert json.loads(context["config"])["base"]["tiles"] == f"/map/base/{'a' * 64}/{{z}}/{{x}}/{{y}}.mvt"


def test_an_outside_server_takes_the_place_of_the_base(version: str, settings: Any) -> None:
    """P-31: one can be configured, and its credit is shown."""
    settings.BASE_TILES, settings.BASE_CREDIT = "https://tiles.example/{z}/{x}/{y}.png", "地図の出典"

    context = map_context({})

    assert context is not None
    told = json.loads(context["config"])
    assert told["outside"] == {"tiles": "https://tiles.example/{z}/{x}/{y}.png", "maxzoom": 18}
    assert "base" not in told
    assert context["credit"] == "地図の出典"


@pytest.mark.parametrize(
    ("query", "view"),
    [
        ({}, {"bounds": [127.0, 30.0, 146.0, 45.6]}),
        ({"bbox": "138.8,36.2,138.9,36.3"}, {"bounds": [138.8, 36.2, 138.9, 36.3]}),
        ({"near": "36.25,138.88"}, {"center": [138.88, 36.25], "zoom": 14}),
        ({"town": "10210"}, {"center": [138.8871, 36.2554], "zoom": 11}),
        ({"town": "13101"}, {"bounds": [127.0, 30.0, 146.0, 45.6]}),
        ({"bbox": "1,2,x,4"}, {"bounds": [127.0, 30.0, 146.0, 45.6]}),
        ({"near": "nan,138"}, {"bounds": [127.0, 30.0, 146.0, 45.6]}),
        ({"bbox": "0,-90,1,90"}, {"bounds": [127.0, 30.0, 146.0, 45.6]}),
    ],
)
def test_the_map_begins_where_the_list_looks(version: str, query: dict[str, str], view: dict[str, Any]) -> None:
    """P-31: what cannot be read begins with the whole of Japan."""
    told = config(query)

    assert {name: told[name] for name in ("bounds", "center", "zoom") if name in told} == view


def test_service_and_rate_filter_the_map(version: str) -> None:
    """P-31: as in the list."""
    told = config({"service": "paypay", "rate": "500"})
    everything = config({})

    assert (told["service"], told["rate"]) == ("paypay", 500)
    assert (everything["service"], everything["rate"]) == ("", None)
    assert told["tiles"] == f"/map/tiles/{version}/{{z}}/{{x}}/{{y}}.mvt"


def test_a_search_by_words_is_said_to_narrow_the_list_alone(version: str) -> None:
    """P-31: the map cannot know names, so it says so."""
    by_words, by_service = map_context({"q": "カフェ"}), map_context({"service": "paypay"})

    assert by_words is not None
    assert by_words["narrows"]
    assert by_service is not None
    assert not by_service["narrows"]


def test_a_place_is_pointed_to_also_before_any_tiles_are_made(cafe: PublishedPlace) -> None:
    """P-31: the list has no map then, for there would be nothing on it."""
    told = config({}, cafe)

    assert told["point"] == told["center"] == [TOMIOKA[1], TOMIOKA[0]]
    assert "tiles" not in told
    assert map_context({}) is None


@pytest.mark.parametrize(("language", "title"), [("ja", "場所の地図"), ("en", "Map of places")])
def test_the_widget_speaks_the_readers_language(version: str, language: str, title: str) -> None:
    """P-31: also to a screen reader."""
    with translation.override(language):
        told = config({})

    assert told["locale"]["Map.Title"] == title
    assert told["english"] is (language == "en")


def test_the_list_page_holds_the_map_and_its_credit(client: Client, version: str) -> None:
    """P-31: hidden until the script that draws it is there; nothing of it is loaded before."""
    page = client.get("/map/", headers={"Accept-Language": "en"}).content.decode()

    assert 'data-map="' in page
    assert "MapSVG" in page
    assert '<script src="/static/dist/map.js" defer>' in page
    assert '<script src="/static/dist/map-draw.js"' not in page


def test_a_name_with_markup_stays_text_in_the_page(client: Client, version: str) -> None:
    """P-31: the configuration is an attribute and holds what a reader typed."""
    page = client.get("/map/", {"service": '"><script>'}).content.decode()

    assert '"><script>' not in page
