"""What a file of payments holds, told before any campaign is computed from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from pyarrow import parquet

from madoguchi.engine.rewards.files import open_payments
from madoguchi.engine.rewards.plain import plain_rows
from madoguchi.engine.rewards.tables import EPOCH

DAY_NANOSECONDS = 86_400 * 10**9
JST_NANOSECONDS = 9 * 3_600 * 10**9


@dataclass(frozen=True)
class Overview:
    """Counts of a file's rows; days in Japan, None if no row has one; `problems` counts rows by what is wrong."""

    rows: int
    payments: int
    refunds: int
    payments_yen: int
    first_on: date | None
    last_on: date | None
    services: frozenset[str]
    problems: dict[str, int]


def overview(file: Path, scratch: Path) -> Overview:
    """Read a whole file of payments (Parquet or CSV) in batches. `scratch` is a folder for what is made on the way.

    Raises Refusal `file_unreadable`, `payments_columns_missing`, `payments_column_type`.
    """
    given = open_payments([file], scratch)
    with parquet.ParquetFile(given.files[0].rows_in) as opened:
        groups = range(opened.metadata.num_row_groups)
    kinds: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    services: set[str] = set()
    yen, days = 0, []
    for rows in plain_rows(given, (), 0, groups, 0):
        problems.update(word for word in rows["problem"].to_pylist() if word is not None)
        batch = rows.filter(rows["problem"].is_null())
        is_payment = pc.equal(batch["kind"], "payment")
        kinds.update({kind["values"]: kind["counts"] for kind in batch["kind"].value_counts().to_pylist()})
        services |= set(batch.filter(is_payment)["service_id"].unique().to_pylist())
        yen += pc.sum(batch.filter(is_payment)["amount_yen"]).as_py() or 0
        instants = np.asarray(batch["paid_at"].drop_null())
        if len(instants):
            days += [int((one + JST_NANOSECONDS) // DAY_NANOSECONDS) for one in (instants.min(), instants.max())]
    return Overview(
        rows=given.rows,
        payments=kinds["payment"],
        refunds=kinds["refund"],
        payments_yen=yen,
        first_on=date.fromordinal(min(days) + EPOCH) if days else None,
        last_on=date.fromordinal(max(days) + EPOCH) if days else None,
        services=frozenset(services - {None}),
        problems=dict(problems),
    )
