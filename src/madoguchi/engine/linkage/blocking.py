"""Which pairs are looked at: rows that share one of eight keys, each narrowed until few enough rows share it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

# A key shared by more rows than this is narrowed; at its narrowest it is given up, and other keys must bring the pair.
# 8 keys × 730,000 rows × 60 / 2 bounds the pairs from above; real ones come to a tenth of that.
CROWD = 60

# For each family: key expressions from wide to narrow, each part of the one before and more. A row has the first whose
# crowd is small enough, so that two rows that agree in a narrow one have both left, or both kept, the wide one.
_NARROWINGS: dict[str, tuple[str, ...]] = {
    "key_spot": ("town, numbers", "town, numbers, municipality", "town, numbers, municipality, beginning", "town, numbers, municipality, name"),
    "key_phone": ("phone", "phone, beginning", "phone, beginning, municipality", "phone, beginning, municipality, town"),
    "key_name": ("name", "name, municipality", "name, municipality, town", "name, municipality, town, numbers"),
    "key_kana": ("kana", "kana, municipality", "kana, municipality, town", "kana, municipality, town, numbers"),
    "key_town": ("municipality, town, beginning", "municipality, town, name_4", "municipality, town, name_4, numbers"),
    "key_beginning": ("municipality, name_3", "municipality, name_5", "municipality, name_5, phone"),
    "key_company": ("corporate_number", "corporate_number, municipality", "corporate_number, municipality, town"),
    "key_postal_code": ("postal_code, beginning", "postal_code, name_4", "postal_code, name_4, numbers"),
}  # fmt: skip
KEYS = tuple(_NARROWINGS)


def keyed(connection: Any, source: str) -> pa.Table:
    """The table `source` of normalised rows with the eight keys as integers; null where a row has no usable one."""
    choices = {(family, number): parts for family, those in _NARROWINGS.items() for number, parts in enumerate(those)}
    # The number goes into the hash, so that one family's wide key never meets its narrow one.
    hashes = ", ".join(
        f"case when {' and '.join(f'{part} is not null' for part in parts.split(', '))}"
        f" then hash({number}, {parts}) else 0 end as {family}_{number}"
        for (family, number), parts in choices.items()
    )
    begun = f"(select *, left(name, 3) as name_3, left(name, 4) as name_4, left(name, 5) as name_5 from {source})"  # noqa: S608
    found = connection.sql(f"select {hashes} from {begun} order by row").fetchnumpy()  # noqa: S608  # our own names
    rows = connection.sql(f"select * from {source} order by row").to_arrow_table()  # noqa: S608
    for family, those in _NARROWINGS.items():
        key = np.zeros(len(rows), np.uint64)
        for number in range(len(those)):
            hashed = np.asarray(found[f"{family}_{number}"], np.uint64)
            key = np.where((key == 0) & (_crowds(hashed) <= CROWD), hashed, key)
        rows = rows.append_column(family, pa.array(key, pa.uint64(), mask=key == 0))
    return rows


def _crowds(hashed: np.ndarray) -> np.ndarray:
    _, where, counts = np.unique(hashed, return_inverse=True, return_counts=True)
    return counts[where]

