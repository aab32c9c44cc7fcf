"""The map's tiles: every place once in each zoom, counted by service and rate, whole files or none (P-28, P-31)."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import mapbox_vector_tile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader, all_tiles

from madoguchi.events.models import Event
from madoguchi.opendata import tiles
from madoguchi.opendata.models import Publication, PublishedPlace
from madoguchi.opendata.places import publish_all
from madoguchi.opendata.tile_encoding import points_tile, varint
from madoguchi.opendata.tile_files import new_tile_file, tile_in
from madoguchi.opendata.tile_grid import FIRST_ZOOM, LAST_ZOOM, keys_of, mercator, tile_of
from madoguchi.opendata.tile_rows import COLUMNS, columns_of
from madoguchi.people.access import ANONYMOUS
from tests.conftest import refused

TOMIOKA = (36.2554, 138.8871)
# The tile of zoom 16 that holds it: (138.8871 + 180) / 360 × 65,536, and the same for the north.
TOMIOKA_TILE = (16, 58051, 25677)


def row(number: int, latitude: float, longitude: float, *services: str, rate: int | None = 500) -> tuple[Any, ...]:
    """A place as the tiles read it."""
    offers = [{"service": code, "starts_on": "2026-10-01", "ends_on": None} for code in services]
    facts = {
        "place_id": UUID(int=number),
        "name": f"店{number}",
        "name_en": f"Shop {number}" if number % 2 else "",
        "kind": "shop",
        "rate_bps": rate,
        "services": offers,
        "latitude": latitude,
        "longitude": longitude,
    }
    return tuple(facts[name] for name in COLUMNS)


def drawn(path: Path, rows: list[tuple[Any, ...]]) -> dict[tuple[int, int, int], list[dict[str, Any]]]:
    """The features of each tile, as an independent reader finds them."""
    with new_tile_file(path, {tiles.LAYER: {}}) as add:
        tiles.draw(columns_of(rows), add)
    with path.open("rb") as file:
        return {
            tile: mapbox_vector_tile.decode(gzip.decompress(content))[tiles.LAYER]["features"]
            for tile, content in all_tiles(MmapSource(file))
        }


def test_in_each_zoom_every_place_is_in_exactly_one_feature(tmp_path: Path) -> None:
    """P-31: what a cluster says can be added up: no place is missing, none counts twice."""
    random = np.random.default_rng(1)
    middle = np.array([36.2, 138.9])
    rows = [row(n, *(middle + random.normal(0, 0.3 if n % 2 else 0.001, 2)), "paypay") for n in range(400)]

    found = drawn(tmp_path / "t.pmtiles", rows)

    sums: Counter[int] = Counter()
    for (zoom, _, _), features in found.items():
        sums[zoom] += sum(feature["properties"]["n"] for feature in features)
    assert sums == dict.fromkeys(range(FIRST_ZOOM, LAST_ZOOM + 1), 400)


def test_a_cluster_counts_by_rate_by_service_and_by_both(tmp_path: Path) -> None:
    """P-31: a reader who chose a service and a rate sees how many places have both, not how many have either."""
    rows = [
        row(1, *TOMIOKA, "paypay", "suica", rate=500),
        row(2, *TOMIOKA, "paypay", rate=200),
        row(3, *TOMIOKA, "suica", rate=None),
    ]

    (feature,) = drawn(tmp_path / "t.pmtiles", rows)[4, 14, 6]

    assert feature["properties"] == {
        "n": 3,
        "r500": 1,
        "r200": 1,
        "s_paypay": 2,
        "s_suica": 2,
        "s_paypay_r500": 1,
        "s_suica_r500": 1,
        "s_paypay_r200": 1,
    }


def test_a_place_alone_in_its_square_is_told_itself_from_afar(tmp_path: Path) -> None:
    """P-31: a village's only shop is a pin with its name, not a cluster of one."""
    (feature,) = drawn(tmp_path / "t.pmtiles", [row(7, *TOMIOKA, "paypay", "suica")])[4, 14, 6]

    assert feature["properties"] == {
        "id": "00000000-0000-0000-0000-000000000007",
        "name": "店7",
        "name_en": "Shop 7",
        "kind": "shop",
        "services": ";paypay;suica;",
        "rate": 500,
        "n": 1,
    }


def test_places_at_the_same_spot_are_single_at_the_closest_zoom(tmp_path: Path) -> None:
    """P-31: shops of one building can all be opened."""
    found = drawn(tmp_path / "t.pmtiles", [row(n, *TOMIOKA, "paypay") for n in (1, 2)])

    assert [feature["properties"]["name"] for feature in found[TOMIOKA_TILE]] == ["店1", "店2"]
    assert [feature["properties"]["n"] for feature in found[15, 58051 // 2, 25677 // 2]] == [2]


def test_a_feature_lies_where_its_place_is(tmp_path: Path) -> None:
    """P-28: within a 4096th of the tile, that is some fifteen centimetres."""
    (feature,) = drawn(tmp_path / "t.pmtiles", [row(1, *TOMIOKA, "paypay")])[TOMIOKA_TILE]

    across = (TOMIOKA[1] + 180) / 360 * 65536 - 58051
    x, y = feature["geometry"]["coordinates"]
    assert x == int(across * 4096)
    # The reader turns the tile the right way up.
    sine = np.sin(np.radians(TOMIOKA[0]))
    down = (0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * 65536 - 25677
    assert 4096 - y == int(down * 4096)


def test_no_viewport_of_clusters_has_more_than_a_feature_per_square(tmp_path: Path) -> None:
    """P-31: however many places a town has, a tile holds 64 features at most, but for the closest zoom."""
    random = np.random.default_rng(2)
    rows = [row(n, *(np.array(TOMIOKA) + random.normal(0, 0.01, 2)), "paypay") for n in range(3000)]

    found = drawn(tmp_path / "t.pmtiles", rows)

    assert max(len(features) for (zoom, _, _), features in found.items() if zoom < LAST_ZOOM) == 64


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=20))
def test_the_tile_of_a_key_is_the_tile_of_its_position(positions: list[tuple[float, float]]) -> None:
    """P-28: also at the edges of the world, which no place reaches."""
    latitudes, longitudes = np.array(positions).T
    x, y = mercator(latitudes, longitudes)

    tiles_of = [tile_of(int(key) >> 6) for key in keys_of(x, y)]

    assert tiles_of == list(zip((x * 65536).astype(int).tolist(), (y * 65536).astype(int).tolist(), strict=True))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4095),
            st.integers(0, 4095),
            st.dictionaries(st.text(min_size=1), st.one_of(st.integers(0, 2**40), st.text())),
        ),
        min_size=1,
    )
)
def test_another_reader_finds_in_a_tile_what_was_written(points: list[tuple[int, int, dict[str, Any]]]) -> None:
    """P-31: the encoding is the standard's; long names, large counts and no properties included."""
    across, down, facts = zip(*points, strict=True)

    tile = points_tile("layer", across, down, facts)

    read = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["layer"]
    assert read["extent"] == 4096
    assert [one["properties"] for one in read["features"]] == list(facts)
    assert [tuple(one["geometry"]["coordinates"]) for one in read["features"]] == list(zip(across, down, strict=True))


@pytest.mark.parametrize(("number", "written"), [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02")])
def test_numbers_take_seven_bits_a_byte(number: int, written: str) -> None:
    """P-31: the standard's own example is 300."""
    assert varint(number).hex() == written


def test_a_file_that_fails_half_way_never_appears(tmp_path: Path) -> None:
    """P-31: readers have the version before, or the whole new one."""
    with pytest.raises(RuntimeError), new_tile_file(tmp_path / "t.pmtiles", {}) as add:
        add(4, 14, 6, b"tile")
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


def test_another_reader_finds_the_same_tile(tmp_path: Path) -> None:
    """P-31: the file is PMTiles, which can be put on any server."""
    path = tmp_path / "t.pmtiles"
    drawn(path, [row(n, 30 + n / 100, 130 + n / 90, "paypay") for n in range(300)])

    with path.open("rb") as file:
        reader = Reader(MmapSource(file))
        expected = dict(all_tiles(reader.get_bytes))

    assert {tile: tile_in(path, *tile) for tile in expected} == expected
    assert tile_in(path, 5, 0, 0) is None


def test_tiles_hold_fixed_places_that_agreed_and_have_a_position(shop: Any, worker: Any) -> None:
    """P-28: a mobile shop, a shop without a position and one that did not agree are not on the map."""
    here = {"latitude": TOMIOKA[0], "longitude": TOMIOKA[1]}
    shop("固定", **here)
    shop("移動", place_class="mobile", **here)
    shop("位置なし")
    shop("同意なし", consent=False, **here)
    publish_all()

    version = tiles.make_tiles(actor=worker)

    tile = tiles.read_tile(version, *TOMIOKA_TILE)
    assert tile is not None
    features = mapbox_vector_tile.decode(gzip.decompress(tile))["places"]["features"]
    assert "固定" in {one["properties"].get("name") for one in features}
    assert not {"移動", "位置なし", "同意なし"} & {one["properties"].get("name") for one in features}
    assert Event.objects.filter(name="tiles.made", subject=version).exists()


def test_a_version_is_its_time_and_the_last_two_are_kept(worker: Any, clock: Any) -> None:
    """P-31: a page opened before the newest version was made goes on reading the one it began with."""
    made = []
    for _ in range(3):
        made.append(tiles.make_tiles(actor=worker))
        clock.move(hours=1)

    assert made == ["20261120T120000", "20261120T130000", "20261120T140000"]
    assert tiles.versions() == made[:0:-1]
    with refused("tiles_unknown", version=made[0]):
        tiles.read_tile(made[0], 4, 14, 6)


def test_two_versions_of_one_second_are_told_apart(worker: Any, clock: Any) -> None:
    """P-31: what an address holds never changes."""
    assert [tiles.make_tiles(actor=worker) for _ in range(2)] == ["20261120T120000", "20261120T120000-2"]
    assert tiles.newest_version() == "20261120T120000-2"


def test_without_places_a_version_is_empty_and_can_be_read(worker: Any, clock: Any) -> None:
    """P-31: a platform on its first day has a map."""
    PublishedPlace.objects.all().delete()

    version = tiles.make_tiles(actor=worker)

    assert tiles.read_tile(version, 4, 14, 6) is None


@pytest.mark.parametrize("version", ["", "../secret", "20261120T120000/../../x", "20990101T000000"])
def test_a_name_that_is_no_version_reads_no_file(version: str, db: None) -> None:
    """P-31: addresses are anybody's to make up."""
    with refused("tiles_unknown"):
        tiles.read_tile(version, 4, 14, 6)


@pytest.mark.parametrize("tile", [(4, 16, 0), (4, 0, 16), (4, -1, 0), (17, 0, 0), (99, 0, 0)])
def test_a_tile_outside_of_the_map_is_empty(tile: tuple[int, int, int], worker: Any, clock: Any) -> None:
    """P-31: no address makes the server fail."""
    assert tiles.read_tile(tiles.make_tiles(actor=worker), *tile) is None


def test_tiles_are_made_again_only_after_places_changed(worker: Any, clock: Any) -> None:
    """P-31: an hourly round costs nothing on a quiet night."""
    first = tiles.refresh_tiles(actor=worker)
    Publication.objects.update_or_create(id=1, defaults={"changed_at": clock.at})
    clock.move(minutes=5)
    made_after_change = tiles.refresh_tiles(actor=worker)
    clock.move(minutes=5)

    assert (first, made_after_change) == ("20261120T120000", "20261120T120500")
    assert tiles.refresh_tiles(actor=worker) is None


def test_only_the_office_and_the_platform_make_tiles(db: None) -> None:
    """P-31: nobody else can put load on the server; nothing is left behind."""
    with refused("not_allowed", permission="opendata.write"):
        tiles.make_tiles(actor=ANONYMOUS)

    assert tiles.versions() == []
