"""Boundaries: the ministry's file in its three forms, one outline per municipality, and files that cannot be used."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
import shapefile
from shapely.geometry import shape

from madoguchi.events.models import Event
from madoguchi.opendata import boundaries
from madoguchi.opendata.boundary_shapes import city_of
from madoguchi.opendata.models import BoundarySet
from madoguchi.opendata.prefecture_outlines import outlines, outlines_geojson, prefecture_box
from madoguchi.people.access import ANONYMOUS
from tests.conftest import refused

pytestmark = pytest.mark.django_db
# Tomioka and, east of it, Takasaki; both far from their real shape.
TOMIOKA, TAKASAKI = "10210", "10202"


def square(west: float, south: float, size: float = 0.1) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(code: str | None, *rings: list[list[float]]) -> dict[str, Any]:
    kind = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": {"N03_001": "群馬県", "N03_007": code}, "geometry": kind}


def geojson(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


TWO_TOWNS = geojson(feature(TOMIOKA, square(138.8, 36.2)), feature(TAKASAKI, square(138.9, 36.2)))


@pytest.fixture
def load(tmp_path: Path, worker: Any) -> Any:
    """Imports a file with this content."""

    def load(content: bytes, **facts: Any) -> boundaries.Imported:
        path = tmp_path / "given"
        path.write_bytes(content)
        return boundaries.import_boundaries(actor=worker, path=path, **facts)

    return load


def stored(tmp_path: Path) -> list[str]:
    """What is below the folder of boundaries."""
    return [str(path) for path in boundaries.root().rglob("*")] if boundaries.root().exists() else []


def area(code: str) -> float:
    """An imported municipality's area in square degrees, to a ten-thousandth."""
    newest = boundaries.newest()
    assert newest is not None
    rows = json.loads((boundaries.root() / newest.folder / "municipalities.geojson").read_bytes())["features"]
    (found,) = [shape(row["geometry"]) for row in rows if row["properties"]["code"] == code]
    return round(found.area, 4)


def zipped(*names: str, code: str = TOMIOKA) -> bytes:
    """A Shapefile of one square in a zip, with these of its files."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POLYGON, encoding="cp932") as writer:
        writer.field("N03_001", "C", 20)
        writer.field("N03_007", "C", 5)
        # Shapefiles have their outer rings clockwise.
        writer.poly([square(138.8, 36.2)[::-1]])
        writer.record("群馬県", code)
    parts = {"N03.shp": shp, "N03.shx": shx, "N03.dbf": dbf}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or parts:
            archive.writestr(f"N03-2021/{name}", parts[name].getvalue() if name in parts else b"")
    return file.getvalue()


def topojson() -> bytes:
    """Two squares that share a side, which is kept once and used forwards and backwards."""
    arcs = [[[10, 0], [0, 10]], [[10, 10], [-10, 0], [0, -10], [10, 0]], [[10, 0], [10, 0], [0, 10], [-10, 0]]]
    geometries = [
        {"type": "Polygon", "arcs": [[0, 1]], "properties": {"N03_007": TOMIOKA}},
        {"type": "Polygon", "arcs": [[2, -1]], "properties": {"N03_007": TAKASAKI}},
        {"type": None, "properties": {"N03_007": None}},
    ]
    transform = {"scale": [0.01, 0.01], "translate": [138.8, 36.2]}
    topology = {"type": "Topology", "arcs": arcs, "transform": transform}
    return json.dumps(
        {**topology, "objects": {"N03": {"type": "GeometryCollection", "geometries": geometries}}}
    ).encode()


@pytest.mark.parametrize("content", [TWO_TOWNS, topojson()], ids=["geojson", "topojson"])
def test_both_forms_of_json_give_the_same_outlines(load: Any, content: bytes) -> None:
    """P-31: whichever form the ministry's file comes in."""
    done = load(content)

    assert (done.boundaries.municipality_count, done.is_new, done.official) == (2, True, 1741)
    assert (area(TOMIOKA), area(TAKASAKI)) == (0.01, 0.01)
    assert set(boundaries.municipality_picture()["paths"]) == {TOMIOKA, TAKASAKI}


def test_a_shapefile_in_a_zip_is_read(load: Any) -> None:
    """P-31: the form the ministry itself gives out; names in its older encoding do no harm."""
    assert load(zipped()).boundaries.municipality_count == 1
    assert area(TOMIOKA) == 0.01


def test_rows_of_one_code_become_one_outline(load: Any) -> None:
    """P-31: each island is a row of its own in the file."""
    done = load(geojson(feature(TOMIOKA, square(138.8, 36.2)), feature(TOMIOKA, square(139.2, 36.2, 0.05))))

    assert (done.rows, done.boundaries.municipality_count) == (2, 1)
    assert area(TOMIOKA) == 0.0125


def test_rows_without_a_code_are_left_out_and_counted(load: Any) -> None:
    """P-31: land that belongs to no municipality yet, and the villages of the Northern Territories."""
    rows = [feature(code, square(138.8, 36.2)) for code in (TOMIOKA, None, "", "10000", "01695")]

    done = load(geojson(*rows))

    assert (done.without_code, done.northern, done.boundaries.municipality_count) == (3, 1, 1)


def test_municipalities_without_an_outline_are_told(load: Any) -> None:
    """P-31: of 1,741, so that nobody takes a white spot for a nought."""
    done = load(TWO_TOWNS)

    assert len(done.missing) == 1739
    assert TOMIOKA not in done.missing


def test_wards_become_their_city(load: Any) -> None:
    """P-31: the official codes know Sapporo, not its ten wards."""
    done = load(geojson(feature("01101", square(141.3, 43.0)), feature("01102", square(141.4, 43.0))))

    assert done.boundaries.municipality_count == 1
    assert area("01100") == 0.02


@pytest.mark.parametrize(
    ("code", "city"),
    [("14101", "14100"), ("14131", "14130"), ("14153", "14150"), ("10210", "10210"), ("10299", None), ("x", None)],
)
def test_a_ward_belongs_to_the_city_whose_code_is_next_below(code: str, city: str | None) -> None:
    """P-31: Kanagawa has three such cities: Yokohama, Kawasaki, Sagamihara."""
    assert city_of(code, frozenset({"14100", "14130", "14150", "10210"})) == city


def test_neighbours_stay_neighbours_when_they_are_thinned(load: Any) -> None:
    """P-31: a shared line is thinned once, so that no gap and no overlap shows on the map."""
    wiggly = [[138.9 + (n % 2) / 2000, 36.2 + n / 500] for n in range(51)]
    west = [[138.8, 36.2], *wiggly, [138.8, 36.3], [138.8, 36.2]]
    east = [[139.0, 36.2], *wiggly, [139.0, 36.3], [139.0, 36.2]]
    load(geojson(feature(TOMIOKA, west), feature(TAKASAKI, east)))

    newest = boundaries.newest()
    assert newest is not None
    rows = json.loads((boundaries.root() / newest.folder / "municipalities.geojson").read_bytes())["features"]
    one, other = (shape(row["geometry"]) for row in rows)
    assert len(one.geoms[0].exterior.coords) < 20
    assert one.intersection(other).area == pytest.approx(0, abs=1e-9)
    assert one.union(other).area == pytest.approx(0.02, abs=1e-4)


def test_a_municipality_has_a_point_inside_of_it(load: Any) -> None:
    """P-31: where the map goes when a town is chosen."""
    load(TWO_TOWNS)

    latitude, longitude = boundaries.centre_of(TOMIOKA) or (0, 0)
    assert 36.2 < latitude < 36.3
    assert 138.8 < longitude < 138.9
    assert boundaries.centre_of("13101") is None


def test_a_prefecture_is_drawn_larger_than_in_the_nation(load: Any) -> None:
    """P-31: in its own picture its towns fill the width; another prefecture has none."""
    load(TWO_TOWNS)

    own = boundaries.municipality_picture("10")
    assert own["viewBox"] == "0 0 1000 620"
    assert own["paths"][TOMIOKA] == "M500 0l0 620 -500 0 0 -620z"
    assert boundaries.municipality_picture("13")["paths"] == {}
    assert boundaries.municipality_picture("../10")["paths"] == {}


def test_the_base_has_tiles_of_the_imported_outlines(load: Any) -> None:
    """P-31: no outside server is needed for the map."""
    imported = load(TWO_TOWNS).boundaries

    tile = boundaries.base_tile(imported.folder, 9, 453, 200)

    assert tile is not None
    layers = mapbox_vector_tile.decode(gzip.decompress(tile))
    assert {one["properties"]["code"] for one in layers["municipalities"]["features"]} == {TOMIOKA, TAKASAKI}
    assert [one["properties"] for one in layers["prefectures"]["features"]] == [{"code": "10"}]
    assert boundaries.base_tile(imported.folder, 9, 0, 0) is None
    with refused("tiles_unknown"):
        boundaries.base_tile("0" * 64, 9, 453, 200)


def test_the_credit_is_kept_and_the_import_is_in_the_log(load: Any) -> None:
    """P-31: whoever shows the outlines says whose they are."""
    done = load(TWO_TOWNS, credit="見本の出典")

    assert boundaries.municipality_picture()["credit"] == "見本の出典"
    assert Event.objects.filter(name="boundaries.imported", subject=str(done.boundaries.id)).count() == 1


def test_the_same_file_again_changes_nothing(load: Any) -> None:
    """P-31: an import that was repeated by mistake is no new one."""
    first = load(TWO_TOWNS)

    again = load(TWO_TOWNS)

    assert (again.is_new, again.boundaries) == (False, first.boundaries)
    assert Event.objects.filter(name="boundaries.imported").count() == 1


def test_the_newest_import_is_shown(load: Any, clock: Any) -> None:
    """P-31: the ministry's file of each year replaces that of the year before."""
    load(TWO_TOWNS)
    clock.move(days=1)
    load(geojson(feature(TOMIOKA, square(138.8, 36.2))))

    assert set(boundaries.municipality_picture()["paths"]) == {TOMIOKA}


UNUSABLE = {
    "not JSON": (b"hello", "boundaries_unreadable"),
    "cut off": (TWO_TOWNS[:-40], "boundaries_unreadable"),
    "JSON of something else": (b'{"type": "Feature"}', "boundaries_unreadable"),
    "a list": (b"[1, 2]", "boundaries_unreadable"),
    "no features": (geojson(), "boundaries_empty"),
    "no code at all": (geojson({"type": "Feature", "properties": {"x": 1}, "geometry": None}), "boundaries_no_code"),
    "no row with a code": (geojson(feature(None, square(138.8, 36.2))), "boundaries_empty"),
    "an unknown code": (geojson(feature("10999", square(138.8, 36.2))), "boundaries_codes_unknown"),
    "metres": (geojson(feature(TOMIOKA, square(4000.0, 9000.0))), "boundaries_not_degrees"),
    "broken coordinates": (geojson(feature(TOMIOKA, [["a", "b"]])), "boundaries_unreadable"),  # type: ignore[list-item]
    "a line that is not there": (topojson().replace(b"[[2, -1]]", b"[[9, -1]]"), "boundaries_unreadable"),
    "a zip without a Shapefile": (zipped("readme.txt"), "boundaries_no_shapefile"),
    "a Shapefile without its table": (zipped("N03.shp", "N03.shx"), "boundaries_no_shapefile"),
    "a zip that is cut off": (zipped()[:-60], "boundaries_unreadable"),
    "a zip with a broken part": (zipped().replace(b"N03.shp", b"N03.shq", 1), "boundaries_unreadable"),
}


@pytest.mark.parametrize(("content", "code"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_cannot_be_used_is_refused_and_nothing_is_stored(
    load: Any, tmp_path: Path, content: bytes, code: str
) -> None:
    """P-31: the boundaries before stay what is shown."""
    with refused(code):
        load(content)

    assert stored(tmp_path) == []
    assert not BoundarySet.objects.exists()
    assert not Event.objects.filter(name="boundaries.imported").exists()


def test_a_zip_that_unpacks_to_more_than_the_limit_is_refused_unread(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P-31: a small file that would fill the disk."""
    monkeypatch.setattr("madoguchi.opendata.boundary_reading.LARGEST_BYTES", 1_000)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("N03.shp", bytes(10_000))
        archive.writestr("N03.dbf", b"")
    assert len(file.getvalue()) < 1_000

    with refused("boundaries_too_large", limit_bytes=1_000):
        load(file.getvalue())

    assert stored(tmp_path) == []


def test_a_file_that_is_not_there_is_refused(worker: Any, tmp_path: Path) -> None:
    """P-31: with the system's reason."""
    with refused("boundaries_unreadable", why="No such file or directory"):
        boundaries.import_boundaries(actor=worker, path=tmp_path / "none.json")


def test_only_the_office_and_the_platform_import(tmp_path: Path) -> None:
    """P-31: before the file is looked at."""
    with refused("not_allowed", permission="opendata.write"):
        boundaries.import_boundaries(actor=ANONYMOUS, path=tmp_path / "none.json")


def test_without_an_import_there_are_no_outlines_of_municipalities() -> None:
    """P-31: pages then draw prefectures, or tables alone."""
    assert boundaries.municipality_picture() == {"viewBox": "0 0 1 1", "paths": {}, "credit": ""}
    assert boundaries.centre_of(TOMIOKA) is None


def test_prefectures_come_with_the_platform() -> None:
    """P-31: 47 by their codes, with the credit their licence asks for."""
    drawn = outlines()

    assert sorted(drawn["paths"]) == [f"{code:02}" for code in range(1, 48)]
    assert drawn["viewBox"] == "0 0 438 516"
    assert "CC BY 4.0" in drawn["credit"]


@pytest.mark.parametrize(
    ("code", "name", "latitude", "longitude"),
    [("01", "Sapporo", 43.06, 141.35), ("13", "Shinjuku", 35.69, 139.69), ("47", "Nago", 26.59, 127.98)],
)
def test_the_prefectures_lie_where_they_are(code: str, name: str, latitude: float, longitude: float) -> None:
    """P-31: the drawing was laid over the ministry's outlines; north, middle and south agree."""
    from shapely.geometry import Point

    rows = json.loads(outlines_geojson())["features"]
    inside = [row["properties"]["code"] for row in rows if shape(row["geometry"]).contains(Point(longitude, latitude))]

    assert inside == [code], name
    west, south, east, north = prefecture_box(code) or (0, 0, 0, 0)
    assert west < longitude < east
    assert south < latitude < north
