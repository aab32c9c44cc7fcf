"""Reading the ministry's file of administrative areas (N03): GeoJSON, TopoJSON, or a Shapefile in a zip."""

from __future__ import annotations

import json
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapefile
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from madoguchi.core.errors import Refusal

# The whole nation in the finest print is a fifth of this.
LARGEST_BYTES = 2 * 1024**3
CODE = "N03_007"
ZIP_BEGINS = b"PK\x03\x04"
SHAPEFILE_PARTS = (".shp", ".dbf")
POINTS_OF_RING = 4


@dataclass(frozen=True)
class Area:
    """A row of the file: the code as it was given (empty if none) and its area, in degrees."""

    code: str
    geometry: shapely.Geometry


def read_areas(path: Path) -> Iterator[Area]:
    """Every row of the file, in its order.

    Raises Refusal `boundaries_unreadable` (with `why`), `boundaries_too_large`, `boundaries_empty`,
    `boundaries_no_code`, `boundaries_no_shapefile`.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begins = file.read(len(ZIP_BEGINS))
    except OSError as error:
        raise Refusal("boundaries_unreadable", why=error.strerror or "") from error
    if size > LARGEST_BYTES:
        raise Refusal("boundaries_too_large", limit_bytes=LARGEST_BYTES)
    yield from _zipped(path) if begins == ZIP_BEGINS else _json(path)


def _zipped(path: Path) -> Iterator[Area]:
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            shp = next((one for one in archive.infolist() if one.filename.lower().endswith(".shp")), None)
            if shp is None:
                raise Refusal("boundaries_no_shapefile")
            stem = shp.filename[: -len(".shp")]
            parts = [one for one in archive.infolist() if one.filename[: -len(".shp")] == stem]
            parts = [one for one in parts if one.filename[-len(".shp") :].lower() in SHAPEFILE_PARTS]
            if len(parts) < len(SHAPEFILE_PARTS):
                raise Refusal("boundaries_no_shapefile")
            # What a zip says about its sizes is kept to by the reader: it stops there and tells.
            if sum(one.file_size for one in parts) > LARGEST_BYTES:
                raise Refusal("boundaries_too_large", limit_bytes=LARGEST_BYTES)
            for one in parts:
                one.filename = f"areas{one.filename[-len('.shp') :].lower()}"
                archive.extract(one, folder)
            yield from _shapefile(Path(folder) / "areas")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise Refusal("boundaries_unreadable", why=str(error)) from error


def _shapefile(stem: Path) -> Iterator[Area]:
    try:
        # Only the code is read, which is of ASCII digits; names may be in either of the ministry's encodings.
        with (
            stem.with_suffix(".shp").open("rb") as shp,
            stem.with_suffix(".dbf").open("rb") as dbf,
            shapefile.Reader(shp=shp, dbf=dbf, encoding="cp932", encodingErrors="replace") as reader,
        ):
            if CODE not in {field[0] for field in reader.fields}:
                raise Refusal("boundaries_no_code", property=CODE)
            count = 0
            for row in reader.iterShapeRecords(fields=[CODE]):
                count += 1
                if row.shape.shapeType != shapefile.NULL:
                    yield Area(str(row.record[CODE] or "").strip(), shape(row.shape.__geo_interface__))
            if not count:
                raise Refusal("boundaries_empty")
    except (shapefile.ShapefileException, struct.error, ValueError, IndexError, KeyError) as error:
        raise Refusal("boundaries_unreadable", why=str(error)) from error


def _json(path: Path) -> Iterator[Area]:
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Refusal("boundaries_unreadable", why=str(error)) from error
    kind = content.get("type") if isinstance(content, dict) else None
    try:
        if kind == "Topology":
            rows = list(_topology(content))
        elif kind == "FeatureCollection":
            rows = [(one.get("properties") or {}, one.get("geometry")) for one in content["features"]]
        else:
            raise Refusal("boundaries_unreadable", why="neither GeoJSON nor TopoJSON")
        if not rows:
            raise Refusal("boundaries_empty")
        if not any(CODE in properties for properties, _ in rows):
            raise Refusal("boundaries_no_code", property=CODE)
        for properties, geometry in rows:
            if geometry is not None:
                drawn = geometry if isinstance(geometry, shapely.Geometry) else shape(geometry)
                yield Area(str(properties.get(CODE) or "").strip(), drawn)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as error:
        raise Refusal("boundaries_unreadable", why=f"{type(error).__name__}: {error}") from error


def _topology(content: dict[str, Any]) -> Iterator[tuple[dict[str, Any], shapely.Geometry | None]]:
    """TopoJSON keeps lines that neighbours share once, as steps from point to point."""
    transform = content.get("transform")
    lines = [np.array(arc, dtype=np.float64)[:, :2] for arc in content["arcs"]]
    if transform:
        scale, start = np.array(transform["scale"]), np.array(transform["translate"])
        lines = [line.cumsum(axis=0) * scale + start for line in lines]
    for collection in content["objects"].values():
        for one in collection.get("geometries", [collection]):
            kind, arcs = one.get("type"), one.get("arcs")
            polygons = [arcs] if kind == "Polygon" else arcs if kind == "MultiPolygon" else []
            drawn = [_polygon(lines, rings) for rings in polygons or []]
            drawn = [polygon for polygon in drawn if polygon is not None]
            yield one.get("properties") or {}, shapely.multipolygons(drawn) if drawn else None


def _polygon(lines: list[NDArray[np.float64]], rings: list[list[int]]) -> shapely.Polygon | None:
    around = [_ring(lines, ring) for ring in rings]
    # A small island may have been thinned to a line by whoever made the file.
    kept = [ring for ring in around if len(ring) >= POINTS_OF_RING]
    return shapely.Polygon(kept[0], kept[1:]) if kept and len(around[0]) >= POINTS_OF_RING else None


def _ring(lines: list[NDArray[np.float64]], ring: list[int]) -> NDArray[np.float64]:
    # A number below nought is the line with that complement, backwards; each begins where the one before ended.
    parts = [lines[number] if number >= 0 else lines[~number][::-1] for number in ring]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
