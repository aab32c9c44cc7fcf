"""The published places that stand on the map, as columns that a million of fit into memory (P-28)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from madoguchi.opendata.models import PublishedPlace

ROWS_AT_ONCE = 20_000
COLUMNS = ("place_id", "name", "name_en", "kind", "rate_bps", "services", "latitude", "longitude")
# P-34: small shops give back 5 %, chains 2 %; a place may give back nothing.
RATES = (500, 200)

Told = Callable[[int], None]


@dataclass(frozen=True)
class MapPlaces:
    """Places with a position, a row each. `texts` has the columns id, name, name_en, kind, services (`;a;b;`), rate.

    `counted` has a column that is 1, then one per rate, per service, and per service and rate: `counted_names`.
    """

    texts: pa.Table
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    counted: NDArray[np.uint8]
    counted_names: tuple[str, ...]


def places_on_map(told: Told = lambda _: None) -> MapPlaces:
    """Read every fixed place that has a position; `told` hears after each part how many were read so far."""
    rows = PublishedPlace.objects.filter(place_class="fixed", latitude__isnull=False, longitude__isnull=False)
    # No order: what the tiles hold does not depend on it, and a million rows would have to be sorted for it.
    return columns_of(rows.values_list(*COLUMNS).iterator(chunk_size=ROWS_AT_ONCE), told)


def columns_of(rows: Iterable[tuple[Any, ...]], told: Told = lambda _: None) -> MapPlaces:
    """Rows of `COLUMNS` as columns."""
    parts: list[pa.RecordBatch] = []
    positions: list[NDArray[np.float64]] = []
    read, part = 0, list[tuple[Any, ...]]()

    def flush() -> None:
        nonlocal read
        ids, names, names_en, kinds, rates, services, latitudes, longitudes = zip(*part, strict=True)
        taken = [f";{';'.join(row['service'] for row in offers)};" for offers in services]
        columns = {
            "id": pa.array([str(place) for place in ids], pa.string()),
            "name": pa.array(names, pa.string()),
            "name_en": pa.array(names_en, pa.string()),
            "kind": pa.array(kinds, pa.string()),
            "services": pa.array(taken, pa.string()),
            "rate": pa.array([rate or 0 for rate in rates], pa.int32()),
        }
        parts.append(pa.RecordBatch.from_pydict(columns))
        positions.append(np.array([latitudes, longitudes], dtype=np.float64))
        read += len(part)
        part.clear()
        told(read)

    for row in rows:
        part.append(row)
        if len(part) == ROWS_AT_ONCE:
            flush()
    if part:
        flush()
    texts = pa.Table.from_batches(parts) if parts else _NO_TEXTS
    latitudes, longitudes = np.concatenate([*positions, np.empty((2, 0))], axis=1)
    return MapPlaces(texts, latitudes, longitudes, *_counted(texts))


_NO_TEXTS = pa.table({name: pa.array([], pa.string()) for name in ("id", "name", "name_en", "kind", "services")})
_NO_TEXTS = _NO_TEXTS.append_column("rate", pa.array([], pa.int32()))


def _counted(texts: pa.Table) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    # Few sets of services are taken by many: each is split once.
    sets = texts["services"].combine_chunks().dictionary_encode()
    split = [text.strip(";").split(";") for text in sets.dictionary.to_pylist()]
    services = sorted({code for codes in split for code in codes if code})
    of_set = np.zeros((len(split), len(services)), dtype=np.uint8)
    for number, codes in enumerate(split):
        of_set[number, [services.index(code) for code in codes if code]] = 1
    taken = of_set[sets.indices.to_numpy()] if split else np.zeros((0, len(services)), dtype=np.uint8)
    at_rate = [(texts["rate"].to_numpy() == rate).astype(np.uint8)[:, None] for rate in RATES]
    ones = np.ones((texts.num_rows, 1), dtype=np.uint8)
    names = ["n", *(f"r{rate}" for rate in RATES), *(f"s_{code}" for code in services)]
    names += [f"s_{code}_r{rate}" for rate in RATES for code in services]
    return np.hstack([ones, *at_rate, taken, *(taken * here for here in at_rate)]), tuple(names)
