"""What is known of places: trade, municipality and opening hours."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.tables import read_table

COLUMNS = ("store_id", "trade", "municipality", "opening_from", "opening_to")
MINUTES_OF_DAY = 24 * 60
SCHEMA = pa.schema(
    {
        "store_id": pa.string(),
        "trade": pa.string(),
        "municipality": pa.string(),
        "opens": pa.int32(),
        "closes": pa.int32(),
    }
)


def read_places(file: Path | None) -> pa.Table:
    """Places with `opens` and `closes` in minutes of the day; closing after midnight is beyond 1440. None: no places.

    Raises Refusal `file_unreadable`, `places_columns_missing`, `place_wrong` with file, row and field.
    """
    if file is None:
        return SCHEMA.empty_table()
    table = read_table(file, COLUMNS, (), "places_columns_missing")
    texts = {name: table[name].cast(pa.string()).to_pylist() for name in COLUMNS[:3]}
    hours = [table[name].to_pylist() for name in COLUMNS[3:]]
    opens, closes, seen = [], [], set()
    for number, (store, *given) in enumerate(zip(texts["store_id"], *hours, strict=True), start=1):
        if store is None or store in seen:
            raise Refusal("place_wrong", file=str(file), row=number, field="store_id")
        seen.add(store)
        first, last = (_minutes(one, file, number, name) for one, name in zip(given, COLUMNS[3:], strict=True))
        is_known = first is not None and last is not None
        opens.append(first if is_known else None)
        closes.append(_closing(first, last) if first is not None and last is not None else None)
    return pa.table([*(texts[name] for name in COLUMNS[:3]), opens, closes], schema=SCHEMA)


def _closing(opens: int, closes: int) -> int:
    return closes if closes > opens else closes + MINUTES_OF_DAY


def _minutes(given: Any, file: Path, row: int, field: str) -> int | None:
    if given is None or given == "":
        return None
    if isinstance(given, time):
        return given.hour * 60 + given.minute
    found = re.fullmatch(r"\s*([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?\s*", str(given))
    if found is None or int(found[2]) > 59 or int(found[1]) * 60 + int(found[2]) > MINUTES_OF_DAY:
        raise Refusal("place_wrong", file=str(file), row=row, field=field)
    return int(found[1]) * 60 + int(found[2])
