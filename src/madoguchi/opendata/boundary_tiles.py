"""The map's base out of imported boundaries: prefectures from afar, municipalities from nearer, as vector tiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from madoguchi.opendata.tile_encoding import EXTENT
from madoguchi.opendata.tile_files import compressed, new_tile_file
from madoguchi.opendata.tile_grid import mercator

FIRST_ZOOM, LAST_ZOOM = 3, 9
TOWNS_FROM_ZOOM = 7
# Lines are drawn a little over a tile's edge, so that the cut itself is not seen.
BUFFER = 64
# In units of 1/4096 of a tile: a quarter of a pixel.
TOLERANCE = 2.0
FIELDS = {"prefectures": {"code": "String"}, "municipalities": {"code": "String"}}


def write_base(path: Path, prefectures: dict[str, Geometry], municipalities: dict[str, Geometry]) -> None:
    """Tiles with layers `prefectures` and, from zoom 7, `municipalities`; features have their `code`."""
    with new_tile_file(path, FIELDS) as add:
        for zoom in range(FIRST_ZOOM, LAST_ZOOM + 1):
            drawn = {"prefectures": _drawn(prefectures, zoom)}
            if zoom >= TOWNS_FROM_ZOOM:
                drawn["municipalities"] = _drawn(municipalities, zoom)
            tiles = sorted({tile for geometries, _ in drawn.values() for tile in _tiles(geometries)})
            drawers = [_Layer(name, *shapes) for name, shapes in drawn.items()]
            for tile in tiles:
                if layers := [layer for one in drawers if (layer := one.within(*tile))]:
                    options = {"y_coord_down": True, "extents": EXTENT}
                    add(zoom, *tile, compressed(mapbox_vector_tile.encode(layers, default_options=options)))


def _drawn(shapes: dict[str, Geometry], zoom: int) -> tuple[NDArray[Any], list[str]]:
    units = float(EXTENT << zoom)

    def placed(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(mercator(points[:, 1], points[:, 0])) * units

    geometries = shapely.transform(np.array(list(shapes.values())), placed)
    # Together, as in `boundary_shapes.thinned`, and for the same reason.
    return shapely.make_valid(shapely.coverage_simplify(geometries, TOLERANCE)), list(shapes)


def _tiles(geometries: NDArray[Any]) -> set[tuple[int, int]]:
    found = set()
    for west, north, east, south in (shapely.bounds(shapely.get_parts(geometries)) // EXTENT).astype(int).tolist():
        found |= {(column, row) for column in range(west, east + 1) for row in range(north, south + 1)}
    return found


class _Layer:
    def __init__(self, name: str, geometries: NDArray[Any], codes: list[str]) -> None:
        self.name, self.geometries, self.codes = name, geometries, codes
        self.tree = shapely.STRtree(geometries)

    def within(self, column: int, row: int) -> dict[str, Any] | None:
        """The layer's part of a tile, in the tile's own units; None if nothing of it is there."""
        west, north = column * EXTENT, row * EXTENT
        box = (west - BUFFER, north - BUFFER, west + EXTENT + BUFFER, north + EXTENT + BUFFER)
        features = []
        for at in sorted(self.tree.query(shapely.box(*box)).tolist()):
            cut = shapely.clip_by_rect(self.geometries[at], *box)
            areas = [part for part in shapely.get_parts(cut) if part.geom_type == "Polygon" and part.area >= 1]
            if areas:
                moved = shapely.transform(shapely.multipolygons(areas), lambda points: points - (west, north))
                features.append({"geometry": moved, "properties": {"code": self.codes[at]}})
        return {"name": self.name, "features": features} if features else None
