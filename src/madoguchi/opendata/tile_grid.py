"""Places in the squares of the map: in one order that holds for every zoom, and counted square by square (P-31)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# All of Japan on a phone is zoom 3; at 16 the busiest streets fit into 300 kB place by place (docs/map.md).
FIRST_ZOOM, LAST_ZOOM = 3, 16
# A tile is drawn 512 pixels wide: eight squares each way are 64 pixels, no finger wider than one.
SQUARES_EACH_WAY = 8
SQUARE_BITS = 3
KEY_BITS = LAST_ZOOM + SQUARE_BITS
# Where the square map ends, north and south.
HIGHEST_LATITUDE = 85.0511287798066


@dataclass(frozen=True)
class Level:
    """The squares of one zoom that hold places, in the order of their keys.

    `first` is the position of each square's first place in that order, `counts` a row per square whose column 0 is
    the number of places, `x` and `y` the middle of its places as parts of the whole map's width (0 to 1).
    """

    zoom: int
    keys: NDArray[np.int64]
    first: NDArray[np.int64]
    counts: NDArray[np.unsignedinteger]
    x: NDArray[np.float64]
    y: NDArray[np.float64]


def mercator(
    latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions as parts of the square world map's width, from its north-west corner."""
    sine = np.sin(np.radians(np.clip(latitudes, -HIGHEST_LATITUDE, HIGHEST_LATITUDE)))
    y = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)
    below_one = np.nextafter(1.0, 0.0)
    return np.clip(longitudes / 360 + 0.5, 0, below_one), np.clip(y, 0, below_one)


def keys_of(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """The finest square of each position; two bits more tell which quarter of the next coarser square it is.

    So the squares of every zoom, and the tiles that hold them, are runs in the order of these keys.
    """
    side = 1 << KEY_BITS
    return _spread((x * side).astype(np.int64)) | _spread((y * side).astype(np.int64)) << 1


def _spread(bits: NDArray[np.int64]) -> NDArray[np.int64]:
    """The low 32 bits with a nought between each two."""
    spread = bits.astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        spread = (spread | spread << np.uint64(shift)) & np.uint64(mask)
    return spread.astype(np.int64)


def tile_of(key: int) -> tuple[int, int]:
    """Column and row of the tile with this key."""
    column = row = 0
    for bit in range(LAST_ZOOM):
        column |= (key >> 2 * bit & 1) << bit
        row |= (key >> 2 * bit + 1 & 1) << bit
    return column, row


def levels(
    keys: NDArray[np.int64], counted: NDArray[np.unsignedinteger], x: NDArray[np.float64], y: NDArray[np.float64]
) -> Iterator[Level]:
    """The squares of every zoom but the last, which shows places one by one; the finest first.

    Everything is in the order of `keys`; `counted` says per place and column whether it counts there, column 0 being 1.
    """
    first = np.arange(len(keys), dtype=np.int64)
    here, sums_x, sums_y = keys, x, y
    counts: NDArray[np.unsignedinteger] = counted
    for zoom in range(LAST_ZOOM - 1, FIRST_ZOOM - 1, -1):
        here = here >> 2
        starts = np.flatnonzero(np.diff(here, prepend=-1))
        # Each zoom adds up the squares of the one before, four or fewer of them, not all places again.
        # Half as wide as long as no square holds more than that: the finest zooms have the most squares.
        inside = np.add.reduceat(counts[:, 0], starts, dtype=np.int64)
        kind = np.uint16 if inside.max() < 1 << 16 else np.uint32
        counts = np.add.reduceat(counts, starts, axis=0, dtype=kind)
        sums_x, sums_y = np.add.reduceat(sums_x, starts), np.add.reduceat(sums_y, starts)
        here, first = here[starts], first[starts]
        yield Level(zoom, here, first, counts, sums_x / counts[:, 0], sums_y / counts[:, 0])
