"""From a file's areas to one outline for each municipality and prefecture, thinned, as shapes and as drawn paths."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from madoguchi.core.errors import Refusal
from madoguchi.opendata.boundary_reading import Area
from madoguchi.opendata.tile_grid import mercator

# In degrees. Neighbours are thinned together, so that no gap opens between them. 200 metres are a line's width on the
# map's closest base; a nation's towns in one picture are a tenth as fine.
MAP_TOLERANCE = 0.002
PICTURE_TOLERANCE = 0.012
# Japan, with room: what lies outside is in metres, or in another order.
WEST, SOUTH, EAST, NORTH = 120.0, 20.0, 156.0, 47.0
# The six villages of the Northern Territories, which are on the ministry's map and take no part here.
NORTHERN_VILLAGES = frozenset({"01695", "01696", "01697", "01698", "01699", "01700"})
PICTURE_WIDTH = 1000
# Nation in one picture: without the far islands of the Pacific, which would make the rest small.
PICTURE_BOX = (122.8, 23.9, 146.2, 45.7)
# In degrees: islands farther from a prefecture's mainland are outside of its picture.
NEAR_MAINLAND = 0.5
SMALLEST_PART_PX = 1.2
SHOWN_CODES = 5


@dataclass
class Outlines:
    """Municipalities by code; how many rows had no code, and of which codes no outline came."""

    shapes: dict[str, Geometry]
    rows: int = 0
    without_code: int = 0
    northern: int = 0
    missing: list[str] = field(default_factory=list)


def city_of(code: str, official: frozenset[str]) -> str | None:
    """The official code that an area belongs to: its own, or for a ward that of its designated city."""
    if code in official:
        return code
    if not (len(code) == 5 and code.isdigit() and code[2] == "1"):
        return None
    # 14131 lies between 14130 (Kawasaki) and 14150 (Sagamihara). Tokyo's wards are municipalities themselves.
    cities = [one for one in official if one[:3] == code[:3] and one[4] == "0" and one < code]
    return max(cities, default=None)


def join(areas: Iterable[Area], official: frozenset[str]) -> Outlines:
    """One outline per municipality. Raises Refusal `boundaries_codes_unknown`, `boundaries_not_degrees`, `…_empty`."""
    outlines = Outlines({})
    parts: dict[str, list[Geometry]] = defaultdict(list)
    unknown: Counter[str] = Counter()
    for area in areas:
        outlines.rows += 1
        # Land that belongs to no municipality yet has no code, or the prefecture's.
        if not area.code or area.code.endswith("000"):
            outlines.without_code += 1
        elif area.code in NORTHERN_VILLAGES:
            outlines.northern += 1
        elif (code := city_of(area.code, official)) is None:
            unknown[area.code] += 1
        else:
            parts[code] += shapely.get_parts(area.geometry).tolist()
    if unknown:
        raise Refusal("boundaries_codes_unknown", count=len(unknown), codes=", ".join(sorted(unknown)[:SHOWN_CODES]))
    if not parts:
        raise Refusal("boundaries_empty")
    for code, pieces in sorted(parts.items()):
        outlines.shapes[code] = _areas_of(shapely.union_all(shapely.make_valid(np.array(pieces))))
    outlines.shapes = {code: drawn for code, drawn in outlines.shapes.items() if not drawn.is_empty}
    west, south, east, north = shapely.total_bounds(list(outlines.shapes.values()))
    if not (west >= WEST and south >= SOUTH and east <= EAST and north <= NORTH):
        raise Refusal("boundaries_not_degrees")
    outlines.missing = sorted(official - set(outlines.shapes))
    return outlines


def _areas_of(geometry: Geometry) -> Geometry:
    """Only what has an area: putting crossed lines right can leave points and lines behind."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.multipolygons([part for part in parts if part.geom_type == "Polygon" and part.area > 0])


def thinned(shapes: dict[str, Geometry], tolerance: float) -> dict[str, Geometry]:
    """The same areas with fewer points; a line that two share stays shared. No area vanishes."""
    before = np.array(list(shapes.values()))
    after = shapely.coverage_simplify(before, tolerance)
    return {
        code: old if new is None or new.is_empty else new for code, old, new in zip(shapes, before, after, strict=True)
    }


def prefectures(shapes: dict[str, Geometry]) -> dict[str, Geometry]:
    """The outlines of prefectures by JIS X 0401 code, out of their municipalities'."""
    by_prefecture: dict[str, list[Geometry]] = defaultdict(list)
    for code, drawn in shapes.items():
        by_prefecture[code[:2]].append(drawn)
    return {code: _areas_of(shapely.union_all(drawn)) for code, drawn in sorted(by_prefecture.items())}


def centres(shapes: dict[str, Geometry]) -> dict[str, tuple[float, float]]:
    """A point inside each area's largest part: latitude, longitude."""
    found = {}
    for code, drawn in shapes.items():
        point = shapely.point_on_surface(max(shapely.get_parts(drawn), key=lambda part: part.area))
        found[code] = (round(point.y, 5), round(point.x, 5))
    return found


def pictures(shapes: dict[str, Geometry]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Drawn paths: `japan` with all municipalities, then each prefecture by code with its own, larger."""
    yield "japan", _picture(thinned(shapes, PICTURE_TOLERANCE), PICTURE_BOX)
    by_prefecture: dict[str, dict[str, Geometry]] = defaultdict(dict)
    for code, drawn in shapes.items():
        by_prefecture[code[:2]][code] = drawn
    for prefecture, drawn_here in sorted(by_prefecture.items()):
        parts = shapely.get_parts(list(drawn_here.values()))
        # Towns that touch are one land; its largest piece is the mainland.
        land = shapely.get_parts(shapely.union_all(parts))
        mainland = max(land, key=lambda piece: piece.area)
        near = land[shapely.distance(land, mainland) <= NEAR_MAINLAND]
        yield prefecture, _picture(drawn_here, tuple(shapely.total_bounds(near).tolist()))


def _picture(shapes: dict[str, Geometry], box: tuple[float, ...]) -> dict[str, Any]:
    west, south, east, north = box
    (left, right), (top, bottom) = mercator(np.array([north, south]), np.array([west, east]))
    scale = PICTURE_WIDTH / (right - left)

    def placed(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = mercator(points[:, 1], points[:, 0])
        return np.column_stack([(x - left) * scale, (y - top) * scale])

    paths = {code: _path(shapely.transform(drawn, placed)) for code, drawn in shapes.items()}
    return {"viewBox": f"0 0 {PICTURE_WIDTH} {round((bottom - top) * scale)}", "paths": paths}


def _path(drawn: Geometry) -> str:
    parts = sorted(shapely.get_parts(drawn), key=lambda part: -part.area)
    # Islets below a pixel only make the page heavy; the largest part stays, however small.
    kept = [part for number, part in enumerate(parts) if not number or part.area >= SMALLEST_PART_PX**2]
    rings = [ring for part in kept for ring in (part.exterior, *part.interiors)]
    return "".join(_ring(shapely.get_coordinates(ring)) for ring in rings)


def _ring(points: NDArray[np.float64]) -> str:
    tenths = np.round(points[:-1] * 10).astype(np.int64)
    moved = np.any(np.diff(tenths, axis=0, prepend=tenths[:1] - 1) != 0, axis=1)
    tenths = tenths[moved]
    steps = np.diff(tenths, axis=0)
    start = f"M{tenths[0, 0] / 10:g} {tenths[0, 1] / 10:g}"
    return start + ("l" + " ".join(f"{x / 10:g} {y / 10:g}" for x, y in steps.tolist()) if len(steps) else "") + "z"
