"""The map's tiles of a nation: `python -m benchmarks.tiles [--places 1200000]` (P-31)."""

from __future__ import annotations

import argparse
import gzip
import resource
import sys
import tempfile
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

import django

django.setup()

import mapbox_vector_tile  # noqa: E402
import numpy as np  # noqa: E402
from pmtiles.reader import MmapSource, all_tiles  # noqa: E402

from benchmarks.places_data import rows  # noqa: E402
from madoguchi.opendata import tiles  # noqa: E402
from madoguchi.opendata.tile_files import new_tile_file  # noqa: E402
from madoguchi.opendata.tile_grid import FIRST_ZOOM, LAST_ZOOM, mercator  # noqa: E402
from madoguchi.opendata.tile_rows import COLUMNS, MapPlaces, columns_of  # noqa: E402

VIEWPORT_LIMIT_BYTES = 300_000
# A screen of 1280 × 800, however it lies over tiles that are 512 wide.
VIEWPORT_TILES = (4, 3)
assert (ceil(1280 / 512) + 1, ceil(800 / 512) + 1) == VIEWPORT_TILES


def made_places(count: int) -> MapPlaces:
    """Columns of the places that stand on the map."""
    fixed = (tuple(row[name] for name in COLUMNS) for row in rows(count) if row["latitude"] is not None)
    return columns_of(fixed)


def floor_seconds(places: MapPlaces) -> float:
    """How long it takes to do nothing but count places by square, in every zoom, without a tile being written."""
    began = perf_counter()
    x, y = mercator(places.latitudes, places.longitudes)
    for zoom in range(FIRST_ZOOM, LAST_ZOOM):
        side = 8 << zoom
        np.unique((y * side).astype(np.int64) * side + (x * side).astype(np.int64), return_counts=True)
    return perf_counter() - began


def measured(path: Path, places: int) -> dict[int, tuple[int, int, int]]:
    """Per zoom: tiles, bytes of the largest viewport, features in all; fails if places are missing or doubled."""
    sizes: dict[int, dict[tuple[int, int], int]] = {}
    sums: dict[int, int] = {}
    features: dict[int, int] = {}
    with path.open("rb") as file:
        for (zoom, column, row), tile in all_tiles(MmapSource(file)):
            sizes.setdefault(zoom, {})[column, row] = len(tile)
            layer = mapbox_vector_tile.decode(gzip.decompress(tile))[tiles.LAYER]["features"]
            sums[zoom] = sums.get(zoom, 0) + sum(feature["properties"]["n"] for feature in layer)
            features[zoom] = features.get(zoom, 0) + len(layer)
    if sums != dict.fromkeys(range(FIRST_ZOOM, LAST_ZOOM + 1), places):
        sys.exit(f"places in the tiles: {sums}, not {places} in each zoom")
    return {zoom: (len(of), _largest_viewport(of), features[zoom]) for zoom, of in sorted(sizes.items())}


def _largest_viewport(sizes: dict[tuple[int, int], int]) -> int:
    wide, high = VIEWPORT_TILES
    windows: dict[tuple[int, int], int] = {}
    for (column, row), size in sizes.items():
        for corner in ((column - right, row - down) for right in range(wide) for down in range(high)):
            windows[corner] = windows.get(corner, 0) + size
    return max(windows.values())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--places", type=int, default=1_200_000)
    count = parser.parse_args().places
    began = perf_counter()
    places = made_places(count)
    print(f"{len(places.latitudes):,} of {count:,} places stand on the map; made up in {perf_counter() - began:.0f} s")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    floor = floor_seconds(places)
    began = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "places.pmtiles"
        with new_tile_file(path, {tiles.LAYER: {}}) as add:
            tiles.draw(places, add, _told)
        seconds = perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"drawn in {seconds:.0f} s, {seconds / floor:.0f} times the floor of {floor:.1f} s")
        print(f"memory at most {memory:.0f} MB; making the places up took {before:.0f} MB")
        print(f"file {path.stat().st_size / 1e6:.1f} MB")
        found: Any = measured(path, len(places.latitudes))
    print("zoom    tiles  largest viewport kB   features")
    for zoom, (tile_count, largest, features) in found.items():
        print(f"{zoom:4} {tile_count:8,} {largest / 1000:20.1f} {features:10,}")
    if max(largest for _, largest, _ in found.values()) > VIEWPORT_LIMIT_BYTES:
        sys.exit("a viewport is larger than 300 kB")


def _told(doing: str, done: int, of: int) -> None:
    print(f"  {doing} {done}/{of}", file=sys.stderr)


if __name__ == "__main__":
    main()
