"""The map's tiles: clusters by square and service from afar, single places from near, in versions (P-31)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.opendata.models import Publication
from madoguchi.opendata.tile_encoding import EXTENT, points_tile
from madoguchi.opendata.tile_files import AddTile, compressed, new_tile_file, tile_in
from madoguchi.opendata.tile_grid import (
    FIRST_ZOOM,
    KEY_BITS,
    LAST_ZOOM,
    SQUARE_BITS,
    Level,
    keys_of,
    levels,
    mercator,
    tile_of,
)
from madoguchi.opendata.tile_rows import MapPlaces, places_on_map
from madoguchi.opendata.versions import free_version, time_of
from madoguchi.people.access import Actor, require

LAYER = "places"
FACTS_AT_ONCE = 20_000
# A page that was opened before a new version was made goes on reading the one it began with.
KEPT_VERSIONS = 2
VERSION = re.compile(r"\d{8}T\d{6}(-\d+)?")

# Hears what is being done ("reading", "drawing"), how much of it is done, and of how much (0 while nobody knows).
Progress = Callable[[str, int, int], None]


def _quiet(_doing: str, _done: int, _all: int) -> None:
    pass


def root() -> Path:
    """The folder of all versions."""
    return Path(settings.VAR) / "opendata" / "tiles"


def versions() -> list[str]:
    """The versions that can be read, the newest first."""
    found = [path.stem for path in root().glob("*.pmtiles") if VERSION.fullmatch(path.stem)]
    return sorted(found, key=_order, reverse=True)


def _order(version: str) -> tuple[str, int]:
    time, _, number = version.partition("-")
    return time, int(number or 1)


def newest_version() -> str | None:
    """The version to show, or None before any was made."""
    return next(iter(versions()), None)


def read_tile(version: str, zoom: int, column: int, row: int) -> bytes | None:
    """A tile, compressed by gzip, or None where no place is. Raises Refusal `tiles_unknown`."""
    path = root() / f"{version}.pmtiles"
    if not VERSION.fullmatch(version) or not path.is_file():
        raise Refusal("tiles_unknown", version=version)
    side = 1 << zoom if 0 <= zoom <= LAST_ZOOM else 0
    return tile_in(path, zoom, column, row) if 0 <= column < side and 0 <= row < side else None


def make_tiles(*, actor: Actor, progress: Progress = _quiet) -> str:
    """Draw the published places that have a fixed position (P-28) into a new version, and return it.

    Readers have the version before until the new file is whole; older ones than that are removed.
    """
    require(actor, "opendata.write")
    version = free_version(now(), lambda name: (root() / f"{name}.pmtiles").exists())
    places = places_on_map(lambda read: progress("reading", read, 0))
    with new_tile_file(root() / f"{version}.pmtiles", {LAYER: _fields(places)}) as add:
        draw(places, add, progress)
    with transaction.atomic():
        record(actor, "tiles.made", version, places=len(places.latitudes))
    for old in versions()[KEPT_VERSIONS:]:
        (root() / f"{old}.pmtiles").unlink(missing_ok=True)
    return version


def refresh_tiles(*, actor: Actor, progress: Progress = _quiet) -> str | None:
    """Make tiles if places changed after the newest version was begun, or there is none; the new version or None."""
    newest, changed_at = newest_version(), places_changed_at()
    if newest is not None and (changed_at is None or time_of(newest) > changed_at):
        return None
    return make_tiles(actor=actor, progress=progress)


def places_changed_at() -> datetime | None:
    """When a published place last changed, or None before any did."""
    return Publication.objects.filter(id=1).values_list("changed_at", flat=True).first()


def _fields(places: MapPlaces) -> dict[str, str]:
    texts = ("id", "name", "name_en", "kind", "services")
    return {**dict.fromkeys(texts, "String"), "rate": "Number", **dict.fromkeys(places.counted_names, "Number")}


def draw(places: MapPlaces, add: AddTile, progress: Progress = _quiet) -> None:
    """Encode every tile of every zoom. In each zoom every place is in exactly one feature: `n` sums to all of them."""
    if not len(places.latitudes):
        return
    x, y = mercator(places.latitudes, places.longitudes)
    keys = keys_of(x, y)
    order = np.argsort(keys, kind="stable")
    keys, x, y = keys[order], x[order], y[order]
    texts = _Texts(places, order)
    zooms = LAST_ZOOM - FIRST_ZOOM + 1
    progress("drawing", 0, zooms)
    _draw_zoom(LAST_ZOOM, keys >> 2 * (KEY_BITS - LAST_ZOOM), (x, y), texts.each(), add)
    for done, level in enumerate(levels(keys, places.counted[order], x, y), 1):
        progress("drawing", done, zooms)
        facts = _facts(level, texts, places.counted_names)
        _draw_zoom(level.zoom, level.keys >> 2 * SQUARE_BITS, (level.x, level.y), facts, add)
    progress("drawing", zooms, zooms)


class _Texts:
    """The properties of single places, by their position in the order of keys."""

    def __init__(self, places: MapPlaces, order: NDArray[np.int64]) -> None:
        self.rows = places.texts.take(order).combine_chunks()

    def of(self, positions: NDArray[np.int64]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.rows.take(positions).to_pylist()
        for row in found:
            row["n"] = 1
            if not row["name_en"]:
                del row["name_en"]
        return found

    def each(self) -> Iterator[dict[str, Any]]:
        for start in range(0, self.rows.num_rows, FACTS_AT_ONCE):
            yield from self.of(np.arange(start, min(start + FACTS_AT_ONCE, self.rows.num_rows)))


def _draw_zoom(
    zoom: int,
    tile_keys: NDArray[np.int64],
    positions: tuple[NDArray[np.float64], NDArray[np.float64]],
    facts: Iterator[dict[str, Any]],
    add: AddTile,
) -> None:
    """Features, in the order of keys, to their tiles; `tile_keys` and `positions` hold an entry for each."""
    starts = np.flatnonzero(np.diff(tile_keys, prepend=-1)).tolist()
    units = [axis * (EXTENT << zoom) for axis in positions]
    across, down = ((axis.astype(np.int64) & (EXTENT - 1)).tolist() for axis in units)
    for start, end in zip(starts, [*starts[1:], len(tile_keys)], strict=True):
        column, row = tile_of(int(tile_keys[start]))
        tile = points_tile(LAYER, across[start:end], down[start:end], list(islice(facts, end - start)))
        add(zoom, column, row, compressed(tile))


def _facts(level: Level, texts: _Texts, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """What each square tells: a single place itself, more of them how many there are of each sort."""
    for start in range(0, len(level.keys), FACTS_AT_ONCE):
        counts = level.counts[start : start + FACTS_AT_ONCE]
        facts: list[dict[str, Any]] = [{} for _ in counts]
        alone = np.flatnonzero(counts[:, 0] == 1)
        for at, row in zip(alone.tolist(), texts.of(level.first[start:][alone]), strict=True):
            facts[at] = row
        squares, columns = np.nonzero(counts * (counts[:, :1] > 1))
        told = counts[squares, columns].tolist()
        for at, column, count in zip(squares.tolist(), columns.tolist(), told, strict=True):
            facts[at][names[column]] = count
        yield from facts
