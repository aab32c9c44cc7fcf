"""Files of vector tiles (PMTiles): written whole or not at all, and read tile by tile without loading them."""

from __future__ import annotations

import mmap
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from pmtiles.tile import (
    Compression,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)
from pmtiles.writer import Writer

HEADER_BYTES = 127
# The standard's depth of directories.
DEEPEST = 4
GZIP_LEVEL = 6
# Of zlib: the largest window, with gzip's frame.
GZIP_WINDOW = 31

AddTile = Callable[[int, int, int, bytes], None]


def compressed(tile: bytes) -> bytes:
    """A tile as it is kept and sent: by gzip."""
    return zlib.compress(tile, GZIP_LEVEL, GZIP_WINDOW)


@contextmanager
def new_tile_file(path: Path, fields: Mapping[str, Mapping[str, str]]) -> Iterator[AddTile]:
    """Add tiles `(zoom, column, row, encoded)`; the file appears at `path` when all are in, or never.

    `fields` are the layers' properties with their kinds, for the file's description of itself.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            writer: Any = Writer(file)  # type: ignore[no-untyped-call]
            added = 0

            def add(zoom: int, column: int, row: int, tile: bytes) -> None:
                nonlocal added
                writer.write_tile(zxy_to_tileid(zoom, column, row), tile)
                added += 1

            yield add
            if added:
                layers = [{"id": layer, "fields": dict(kinds)} for layer, kinds in fields.items()]
                writer.finalize(_header(), {"vector_layers": layers})
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).rename(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _header() -> dict[str, Any]:
    # All of the world: what the tiles hold is asked of the tiles.
    west, south, east, north = -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": 4,
        "center_lon_e7": 1_370_000_000,
        "center_lat_e7": 370_000_000,
    }


def tile_in(path: Path, zoom: int, column: int, row: int) -> bytes | None:
    """A tile of a file, compressed, or None where it has none. Raises FileNotFoundError."""
    file = _open(path)
    header = file.header
    if header is None:
        return None
    wanted = zxy_to_tileid(zoom, column, row)
    offset, length = header["root_offset"], header["root_length"]
    for _ in range(DEEPEST):
        entry = find_tile(_directory(path, offset, length), wanted)
        if entry is None:
            return None
        if entry.run_length:
            return file.read(header["tile_data_offset"] + entry.offset, entry.length)
        offset, length = header["leaf_directory_offset"] + entry.offset, entry.length
    return None


class _Opened:
    """A file in memory as far as it was read; a file without any tile is empty, which cannot be mapped."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else None
        self.header = deserialize_header(self.read(0, HEADER_BYTES)) if self.bytes is not None else None

    def read(self, offset: int, length: int) -> bytes:
        return b"" if self.bytes is None else self.bytes[offset : offset + length]


# Files never change, and few are asked for: the newest, the one before, the base.
@lru_cache(maxsize=8)
def _open(path: Path) -> _Opened:
    return _Opened(path)


# A directory of some thousand entries takes ten milliseconds to read, and neighbours are asked of the same one.
@lru_cache(maxsize=128)
def _directory(path: Path, offset: int, length: int) -> list[Any]:
    entries: list[Any] = deserialize_directory(_open(path).read(offset, length))
    return entries
