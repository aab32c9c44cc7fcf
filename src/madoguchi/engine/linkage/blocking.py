"""Which pairs are looked at: rows that share one of eight keys, each narrowed until few enough rows share it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

# For each family: columns from wide to narrow, each list the one before and more, and how many rows may share it. A row
# has the widest key that is not crowded; two rows that agree in a narrow one have therefore both left the wide one. A
# row crowded at the narrowest gives the family up, and others must bring the pair. A name or reading alone is there to
# find rows without a municipality, and worth nothing once many shops of the country have it.
_NARROWINGS: dict[str, tuple[tuple[str, int], ...]] = {
    "key_spot": (
        ("town_2, house", 40),
        ("town_2, house, municipality", 60),
        ("town_2, house, municipality, town", 60),
        ("town_2, house, municipality, town, beginning", 60),
        ("town_2, house, municipality, town, beginning, name", 60),
    ),
    "key_phone": (
        ("phone", 40),
        ("phone, beginning", 40),
        ("phone, beginning, municipality", 40),
        ("phone, beginning, municipality, town", 40),
    ),
    "key_name": (
        ("name", 8),
        ("name, municipality", 40),
        ("name, municipality, town", 60),
        ("name, municipality, town, numbers", 60),
    ),
    "key_kana": (
        ("kana", 8),
        ("kana, municipality", 40),
        ("kana, municipality, town", 60),
        ("kana, municipality, town, numbers", 60),
    ),
    "key_town": (
        ("municipality, town, beginning", 40),
        ("municipality, town, beginning, name_4", 40),
        ("municipality, town, beginning, name_4, numbers", 40),
    ),
    "key_beginning": (
        ("municipality, name_3", 30),
        ("municipality, name_3, name_5", 30),
        ("municipality, name_3, name_5, phone", 30),
    ),
    "key_company": (
        ("corporate_number", 40),
        ("corporate_number, municipality", 40),
        ("corporate_number, municipality, town", 40),
    ),
    "key_postal_code": (
        ("postal_code, beginning", 40),
        ("postal_code, beginning, name_4", 40),
        ("postal_code, beginning, name_4, numbers", 40),
    ),
}
KEYS = tuple(_NARROWINGS)
# Beginnings, so that a slip later on does not matter: of a town, for 字 that is left out; of a house's number (three
# parts), for a room that is added to it.
_PARTS = """left(name, 3) as name_3, left(name, 4) as name_4, left(name, 5) as name_5, left(town, 2) as town_2,
    regexp_extract(numbers, '^[0-9]+(-[0-9]+){0,2}') as house"""
# Beyond this many pairs crowds are halved, so that 730,000 registrations are scored within the three minutes whatever
# names and towns they have: a pair takes about 5 µs. Small files need no such care.
PAIRS_PER_ROW = 14
PAIRS_AT_LEAST = 1_000_000


def keyed(connection: Any, source: str) -> pa.Table:
    """The table `source` of normalised rows with the eight keys as integers; null where a row has no usable one."""
    # The number goes into the hash, so that one family's wide key never meets its narrow one.
    hashes = ", ".join(
        f"case when {' and '.join(f'{column} is not null' for column in columns.split(', '))}"
        f" then hash({number}, {columns}) else 0 end as {family}_{number}"
        for family, choices in _NARROWINGS.items()
        for number, (columns, _) in enumerate(choices)
    )
    found = connection.sql(f"select {hashes} from (select *, {_PARTS} from {source}) order by row").fetchnumpy()  # noqa: S608
    rows = connection.sql(f"select * from {source} order by row").to_arrow_table()  # noqa: S608
    crowds = {name: _crowds(np.asarray(hashed, np.uint64)) for name, hashed in found.items()}
    for share in (1.0, 0.5, 0.25, 0.125, 0.0625):
        keys = {family: _widest(family, found, crowds, share) for family in KEYS}
        if sum(map(_pairs, keys.values())) <= max(PAIRS_PER_ROW * len(rows), PAIRS_AT_LEAST):
            break
    for family, key in keys.items():
        rows = rows.append_column(family, pa.array(key, pa.uint64(), mask=key == 0))
    return rows


def _widest(family: str, found: dict[str, Any], crowds: dict[str, Any], share: float) -> np.ndarray:
    key = np.zeros(0, np.uint64)
    for number, (_, most) in enumerate(_NARROWINGS[family]):
        name = f"{family}_{number}"
        hashed = np.asarray(found[name], np.uint64)
        usable = np.where(crowds[name] <= max(2, most * share), hashed, np.uint64(0))
        key = usable if number == 0 else np.where(key == 0, usable, key)
    return key


def _crowds(hashed: np.ndarray) -> np.ndarray:
    _, where, counts = np.unique(hashed, return_inverse=True, return_counts=True)
    return counts[where]


def _pairs(key: np.ndarray) -> int:
    _, counts = np.unique(key[key != 0], return_counts=True)
    return int((counts * (counts - 1) // 2).sum())
