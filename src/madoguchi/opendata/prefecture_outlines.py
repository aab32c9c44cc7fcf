"""Outlines of the 47 prefectures as they come with the pages' build: for choropleths and for the map's base."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from math import atan, degrees, exp, pi, radians
from pathlib import Path
from typing import Any, TypedDict

from django.contrib.staticfiles import finders

BUILT = "dist/prefectures.json"


class Outlines(TypedDict):
    """`paths` by JIS X 0401 code `"01"` to `"47"`: the `d` of an SVG path within `viewBox`; `credit` must be shown."""

    credit: str
    viewBox: str
    paths: dict[str, str]


def outlines() -> Outlines:
    """The outlines, or none of them before the pages were built (`npm run build`): charts then show tables alone."""
    found = finders.find(BUILT)
    return {"credit": "", "viewBox": "0 0 1 1", "paths": {}} if not found else _read(Path(str(found)))


@lru_cache(maxsize=1)
def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


# The drawing is a Mercator map, straight on: degrees = START + units × STEP, north-south in degrees of Mercator. Fitted
# to the middles of all 47 prefectures' mainlands in the ministry's outlines of 2021 (docs/map.md gives the residuals).
LONGITUDE_START, LONGITUDE_STEP = 123.645812, 0.0507306668
MERCATOR_START, MERCATOR_STEP = 51.2666165, -0.0509672341
SUBPATH = re.compile(r"m([^mz]*)")
FIGURE = re.compile(r"-?\d+(?:\.\d+)?")


@lru_cache(maxsize=1)
def outlines_geojson() -> str:
    """The outlines in degrees as GeoJSON, a feature per prefecture with its `code`: a base while none is imported."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {"type": "MultiPolygon", "coordinates": [[ring] for ring in _rings(path)]},
        }
        for code, path in outlines()["paths"].items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


@lru_cache(maxsize=100)
def prefecture_box(code: str) -> tuple[float, float, float, float] | None:
    """West, south, east and north of a prefecture's largest piece, in degrees; None if it is not known."""
    rings = _rings(outlines()["paths"].get(code, ""))
    if not rings:
        return None
    boxes = [(min(x), min(y), max(x), max(y)) for x, y in (zip(*ring, strict=True) for ring in rings)]
    return max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))


def _rings(path: str) -> list[list[tuple[float, float]]]:
    """Closed rings in degrees; the path's steps are from point to point, and a piece begins where the last began."""
    rings = []
    start_x = start_y = 0.0
    for steps in SUBPATH.findall(path):
        figures = [float(figure) for figure in FIGURE.findall(steps)]
        x, y, ring = start_x, start_y, []
        for step_x, step_y in zip(figures[::2], figures[1::2], strict=True):
            x, y = x + step_x, y + step_y
            ring.append(_degrees(x, y))
        start_x, start_y = start_x + figures[0], start_y + figures[1]
        # Three corners at least, and the first again.
        if len(ring) > 2:
            rings.append([*ring, ring[0]])
    return rings


def _degrees(x: float, y: float) -> tuple[float, float]:
    north = radians(MERCATOR_START + y * MERCATOR_STEP)
    return round(LONGITUDE_START + x * LONGITUDE_STEP, 4), round(degrees(2 * atan(exp(north)) - pi / 2), 4)
