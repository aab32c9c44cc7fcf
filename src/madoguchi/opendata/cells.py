"""Where a published place stands in the order of the list, and in which square of the map."""

from __future__ import annotations

from math import floor
from uuid import UUID

CELLS_EACH_WAY = 100
CELLS_IN_ROW = 100_000
# Names are long, the key is an address: enough of one to put neighbours in order.
NAME_IN_KEY = 40


def cell_of(latitude: float, longitude: float) -> int:
    """The square of a hundredth of a degree that a position lies in; cells of one row follow one another eastwards."""
    return floor(latitude * CELLS_EACH_WAY) * CELLS_IN_ROW + floor(longitude * CELLS_EACH_WAY)


def order_key_of(municipality_code: str, name: str, place_id: UUID) -> str:
    """By municipality, then by name; two of one name in the order of their ids."""
    return f"{municipality_code}{name[:NAME_IN_KEY]} {place_id.hex}"
