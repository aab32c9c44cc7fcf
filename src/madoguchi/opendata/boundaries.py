"""Boundaries of municipalities, imported from the ministry's file: for choropleths and for the map's base."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings
from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.opendata.boundary_reading import read_areas
from madoguchi.opendata.boundary_shapes import MAP_TOLERANCE, centres, join, pictures, prefectures, thinned
from madoguchi.opendata.boundary_tiles import write_base
from madoguchi.opendata.models import BoundarySet
from madoguchi.opendata.names import town_names
from madoguchi.opendata.tile_files import tile_in
from madoguchi.people.access import Actor, require

CREDIT = "国土数値情報（行政区域データ）国土交通省"
# Some ten metres: below what the outlines were thinned to.
GRID_DEGREES = 0.0001
BASE = "base.pmtiles"

Told = Callable[[str], None]


@dataclass(frozen=True)
class Imported:
    """What came of a file. `is_new` is false for one that had been imported before; `missing` are codes."""

    boundaries: BoundarySet
    is_new: bool
    rows: int = 0
    without_code: int = 0
    northern: int = 0
    official: int = 0
    missing: tuple[str, ...] = ()


def root() -> Path:
    """The folder of all imported boundaries."""
    return Path(settings.VAR) / "opendata" / "boundaries"


def import_boundaries(
    *, actor: Actor, path: Path, credit: str = CREDIT, as_of_on: date | None = None, told: Told = lambda _: None
) -> Imported:
    """Import an N03 file (GeoJSON, TopoJSON or a Shapefile in a zip); the newest import is what is shown.

    Rows of one code become one outline, wards of designated cities their city's; rows without a code are counted.
    `told` hears what is being done. Raises the Refusals of `read_areas` and `join`; then nothing is stored.
    """
    require(actor, "opendata.write")
    told("reading")
    sha256 = _sha256(path)
    earlier = BoundarySet.objects.filter(sha256=sha256).first()
    if earlier is not None and (root() / earlier.folder / BASE).is_file():
        return Imported(earlier, is_new=False)
    official = frozenset(town_names())
    outlines = join(read_areas(path), official)
    told("thinning")
    folder = root() / sha256
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        _write(building, thinned(outlines.shapes, MAP_TOLERANCE), told)
        building.chmod(0o755)
        # Left by an import that was cut off between the files and their row.
        shutil.rmtree(folder, ignore_errors=True)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    count = len(outlines.shapes)
    with transaction.atomic():
        BoundarySet.objects.filter(sha256=sha256).delete()
        boundaries = BoundarySet.objects.create(
            as_of_on=as_of_on,
            credit=credit,
            sha256=sha256,
            municipality_count=count,
            folder=sha256,
            imported_at=now(),
            imported_by=str(actor.name),
        )
        record(actor, "boundaries.imported", boundaries.id, sha256=sha256, municipalities=count)
    return Imported(
        boundaries,
        is_new=True,
        rows=outlines.rows,
        without_code=outlines.without_code,
        northern=outlines.northern,
        official=len(official),
        missing=tuple(outlines.missing),
    )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Refusal("boundaries_unreadable", why=error.strerror or "") from error


def _write(folder: Path, shapes: dict[str, shapely.Geometry], told: Told) -> None:
    dissolved = prefectures(shapes)
    _write_geojson(folder / "municipalities.geojson", shapes)
    _write_geojson(folder / "prefectures.geojson", dissolved)
    _write_json(folder / "centres.json", centres(shapes))
    told("drawing")
    for name, picture in pictures(shapes):
        _write_json(folder / f"picture-{name}.json", picture)
    write_base(folder / BASE, dissolved, shapes)


def _write_geojson(path: Path, shapes: dict[str, shapely.Geometry]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": json.loads(shapely.to_geojson(shapely.set_precision(drawn, GRID_DEGREES))),
        }
        for code, drawn in shapes.items()
    ]
    _write_json(path, {"type": "FeatureCollection", "features": features})


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def newest() -> BoundarySet | None:
    """The boundaries to show, or None before any were imported."""
    return BoundarySet.objects.order_by("-imported_at").first()


def municipality_picture(prefecture: str | None = None) -> dict[str, Any]:
    """`viewBox`, `paths` (`d` by code) and `credit` of the nation's municipalities, or larger of one prefecture's.

    Without imported boundaries, and for a prefecture without any, there are no paths and no credit.
    """
    boundaries = newest()
    empty = {"viewBox": "0 0 1 1", "paths": {}, "credit": ""}
    if boundaries is None:
        return empty
    path = root() / boundaries.folder / f"picture-{prefecture or 'japan'}.json"
    if (prefecture is not None and not prefecture.isdecimal()) or not path.is_file():
        return empty
    return {**_read(path), "credit": boundaries.credit}


def centre_of(code: str) -> tuple[float, float] | None:
    """Latitude and longitude of a point inside a municipality; None without its outline."""
    boundaries = newest()
    if boundaries is None:
        return None
    found = _read(root() / boundaries.folder / "centres.json").get(code)
    return (found[0], found[1]) if found else None


def base_tile(sha256: str, zoom: int, column: int, row: int) -> bytes | None:
    """A tile of the map's base, compressed, or None where nothing is. Raises Refusal `tiles_unknown`."""
    path = root() / sha256 / BASE
    if not (len(sha256) == 64 and sha256.isalnum()) or not path.is_file():
        raise Refusal("tiles_unknown", version=sha256)
    return tile_in(path, zoom, column, row) if 0 <= column < 1 << zoom and 0 <= row < 1 << zoom else None


@lru_cache(maxsize=64)
def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
