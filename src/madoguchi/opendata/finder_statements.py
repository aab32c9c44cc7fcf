"""The finder's statements, written out: half of a list's time was the ORM putting the same few together again.

With 1.2 million places, a page of a town took 4.1 ms, of which the database 0.7. What readers ask for stands in values,
never in the text of a statement: that is made of the names below and of whole numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from madoguchi.core.errors import Refusal
from madoguchi.opendata.cells import CELLS_EACH_WAY, CELLS_IN_ROW
from madoguchi.opendata.models import PublishedPlace

TABLE = PublishedPlace._meta.db_table
# The key begins with the town's code: this is the order of the keys, from the index that knows the filters, too.
IN_ORDER = "municipality_code, order_key"
# A ring of 10 km at Hokkaido's north has 500 cells; beyond, a list of them is longer than what it saves.
CELLS_NAMED = 600
Box = tuple[float, float, float, float]


class ListedPlace(NamedTuple):
    """What a list tells of a place; `service_codes` as in the model, `;line_pay;paypay;`.

    Not the model: its 27 columns with their JSON took twice the time of these to read, measured with 20 places.
    """

    place_id: UUID
    order_key: str
    name: str
    name_en: str
    place_class: str
    municipality: str
    municipality_en: str
    prefecture: str
    prefecture_en: str
    address: str
    rate_bps: int | None
    service_codes: str
    latitude: float | None
    longitude: float | None
    is_demo: bool

    @property
    def services(self) -> list[str]:
        """The codes of the services, in their order."""
        return [code for code in self.service_codes.split(";") if code]


LISTED = ", ".join(ListedPlace._fields)


@dataclass(frozen=True)
class Where:
    """Conditions, all of which a place must meet, and the values in them."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()

    def and_(self, condition: str, *values: Any) -> Where:
        """These conditions and one more."""
        return Where((*self.conditions, condition), (*self.values, *values))

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


def holding(where: Where, words: Iterable[str]) -> Where:
    """Places that have all of `words`, from PostgreSQL's index over them; SQLite reads the rows.

    A region's places are few enough for that. Not LIKE: its wildcard _ stands in the codes of services.
    """
    asked = sorted(words)
    if connection.vendor == "postgresql":
        return where.and_("string_to_array(words, ' ') @> %s::text[]", asked)
    for word in asked:
        where = where.and_("instr(words, %s) > 0", f" {word} ")
    return where


def taking(where: Where, service: str) -> Where:
    """Places that take a service, as the indexes of towns and cells know it."""
    found_at = "strpos" if connection.vendor == "postgresql" else "instr"
    return where.and_(f"{found_at}(service_codes, %s) > 0", f";{service};")


def inside(where: Where, box: Box) -> Where:
    """Places within a box (west, south, east, north). Raises Refusal `position_outside`: it is not on the globe."""
    west, south, east, north = box
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Refusal("position_outside")
    within = where.and_("latitude BETWEEN %s AND %s AND longitude BETWEEN %s AND %s", south, north, west, east)
    first, last = floor(south * CELLS_EACH_WAY), floor(north * CELLS_EACH_WAY)
    left, right = floor(west * CELLS_EACH_WAY), floor(east * CELLS_EACH_WAY)
    across = range(first * CELLS_IN_ROW, last * CELLS_IN_ROW + 1, CELLS_IN_ROW)
    if len(across) * (right - left + 1) <= CELLS_NAMED:
        # Cell by cell: so told, the index answers without the rows.
        cells = (str(row + column) for row in across for column in range(left, right + 1))
        return within.and_(f"cell IN ({', '.join(cells)})")
    strips = (f"cell BETWEEN {row + left} AND {row + right}" for row in across)
    return within.and_(f"({' OR '.join(strips)})")


def listed(where: Where, limit: int) -> list[ListedPlace]:
    """The first places in the order of towns and names."""
    return _places(f"SELECT {LISTED} FROM {TABLE} {where} ORDER BY {IN_ORDER} LIMIT {limit:d}", where.values)  # noqa: S608


def listed_by_index(where: Where, limit: int) -> list[ListedPlace]:
    """The same, of conditions that an index can tell: rare services would else be picked from hundreds of rows."""
    keys = f"SELECT order_key FROM {TABLE} {where} ORDER BY {IN_ORDER} LIMIT {limit:d}"  # noqa: S608
    return _places(f"SELECT {LISTED} FROM {TABLE} WHERE order_key IN ({keys}) ORDER BY order_key", where.values)  # noqa: S608


def listed_by_keys(keys: Sequence[str]) -> dict[str, ListedPlace]:
    """The places with these keys, by key."""
    if not keys:
        return {}
    marks = ", ".join(["%s"] * len(keys))
    found = _places(f"SELECT {LISTED} FROM {TABLE} WHERE order_key IN ({marks})", keys)  # noqa: S608
    return {place.order_key: place for place in found}


def counted(where: Where, limit: int) -> int:
    """How many places there are, at most `limit`."""
    sql = f"SELECT count(*) FROM (SELECT order_key FROM {TABLE} {where} LIMIT {limit:d}) AS counted"  # noqa: S608
    return int(_rows(sql, where.values)[0][0])


def counted_among_first(where: Where, limit: int, first: int) -> int:
    """How many of the `first` places in their order there are, at most `limit`, of what an index can tell."""
    first_rows = f"SELECT service_codes, rate_bps, place_class FROM {TABLE} ORDER BY {IN_ORDER} LIMIT {first:d}"  # noqa: S608
    sql = f"SELECT count(*) FROM (SELECT 1 FROM ({first_rows}) AS looked_at {where} LIMIT {limit:d}) AS counted"  # noqa: S608
    return int(_rows(sql, where.values)[0][0])


def keys_of(where: Where, limit: int) -> list[str]:
    """The keys of up to `limit` places, in no order."""
    return [row[0] for row in _rows(f"SELECT order_key FROM {TABLE} {where} LIMIT {limit:d}", where.values)]  # noqa: S608


def nearest(where: Where, near: tuple[float, float], narrowing: float, limit: int) -> list[tuple[float, float, str]]:
    """Latitude, longitude and key of the places nearest to `near` (latitude, longitude).

    `narrowing` is how much shorter a degree of longitude is there. Degrees are straight enough to tell who is nearest.
    """
    apart = "(latitude - %s) * (latitude - %s) + (longitude - %s) * (longitude - %s) * %s"
    sql = f"SELECT latitude, longitude, order_key FROM {TABLE} {where} ORDER BY {apart}, order_key LIMIT {limit:d}"  # noqa: S608
    latitude, longitude = near
    return _rows(sql, (*where.values, latitude, latitude, longitude, longitude, narrowing**2))


def middle_of(municipality: str, some: int) -> tuple[float, float] | None:
    """Latitude and longitude amid the first `some` places of a town; None where none has a position."""
    there = Where().and_("municipality_code = %s", municipality).and_("latitude IS NOT NULL")
    first = f"SELECT latitude, longitude FROM {TABLE} {there} ORDER BY {IN_ORDER} LIMIT {some:d}"  # noqa: S608
    latitude, longitude = _rows(f"SELECT avg(latitude), avg(longitude) FROM ({first}) AS first", there.values)[0]  # noqa: S608
    return None if latitude is None else (latitude, longitude)


def _places(sql: str, values: Sequence[Any]) -> list[ListedPlace]:
    # SQLite has neither ids nor truth values of its own.
    return [
        ListedPlace._make((row[0] if isinstance(row[0], UUID) else UUID(row[0]), *row[1:-1], bool(row[-1])))
        for row in _rows(sql, values)
    ]


def _rows(sql: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Any] = cursor.fetchall()
    return found
