"""Which place takes part with which service, from when to when, at which rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.tables import days, first_true, read_table, whole_numbers

COLUMNS = ("store_id", "service_id", "rate_bps", "starts_on", "ends_on")
# By what a campaign may choose its places.
OPTIONAL = ("municipality", "place_class", "trade")
EVERY_SERVICE = "*"
WHOLE_BPS = 10_000
OPEN_END = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Enrolments:
    """Rows as columns of one length: a place's enrolment for a service or, with `*`, for all.

    `store_id` is text or int64, as the file had it; `starts_on` and `ends_on` are days since 1970-01-01 (JST), both
    inside, OPEN_END for none.
    """

    store_id: pa.Array
    service_id: pa.Array
    rate_bps: np.ndarray
    starts_on: np.ndarray
    ends_on: np.ndarray

    def __len__(self) -> int:
        return len(self.rate_bps)


def read_enrolments(file: Path, **chosen: Sequence[str]) -> Enrolments:
    """The enrolments whose `municipality`, `place_class` and `trade` are among those chosen; nothing chosen is all.

    Raises Refusal `file_unreadable`, `enrolments_columns_missing`, `enrolment_wrong`, `enrolments_overlap`.
    """
    table = read_table(file, COLUMNS, OPTIONAL, "enrolments_columns_missing")
    store, service = table["store_id"], table["service_id"]
    rate_bps, no_rate = whole_numbers(table["rate_bps"])
    starts_on, no_start = days(table["starts_on"])
    ends_on, no_end = days(table["ends_on"])
    is_open = np.asarray(table["ends_on"].is_null())
    ends_on[is_open] = OPEN_END
    wrong = {
        "store_id": np.asarray(store.is_null()),
        "service_id": np.asarray(service.is_null()),
        "rate_bps": no_rate | (rate_bps < 0) | (rate_bps > WHOLE_BPS),
        "starts_on": no_start,
        "ends_on": (no_end & ~is_open) | (ends_on < starts_on),
    }
    for column, where in wrong.items():
        if row := first_true(where):
            raise Refusal("enrolment_wrong", file=str(file), row=row, column=column)
    rows = Enrolments(_plain(store), _plain(service), rate_bps, starts_on, ends_on)
    _refuse_overlaps(rows)
    return _narrowed(rows, table, chosen)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    kind = pa.int64() if pa.types.is_integer(column.type) else pa.string()
    plain = column.cast(kind).combine_chunks()
    return plain.combine_chunks() if isinstance(plain, pa.ChunkedArray) else plain


def _refuse_overlaps(rows: Enrolments) -> None:
    store = rows.store_id.dictionary_encode().indices.to_numpy()
    service = rows.service_id.dictionary_encode().indices.to_numpy()
    order = np.lexsort((rows.starts_on, service, store))
    before, after = order[:-1], order[1:]
    is_same = (store[before] == store[after]) & (service[before] == service[after])
    if place := first_true(is_same & (rows.starts_on[after] <= rows.ends_on[before])):
        row = int(after[place - 1])
        raise Refusal(
            "enrolments_overlap", store_id=rows.store_id[row].as_py(), service_id=rows.service_id[row].as_py()
        )


def _narrowed(rows: Enrolments, table: pa.Table, chosen: dict[str, Sequence[str]]) -> Enrolments:
    keep = np.ones(len(rows), bool)
    for column, values in chosen.items():
        if values:
            cells = table[column].cast(pa.string())
            keep &= np.asarray(pc.is_in(cells, value_set=pa.array(list(values), pa.string())))
    if keep.all():
        return rows
    where = pa.array(keep)
    return Enrolments(
        rows.store_id.filter(where),
        rows.service_id.filter(where),
        rows.rate_bps[keep],
        rows.starts_on[keep],
        rows.ends_on[keep],
    )
