"""A made-up October 2019, as large as wanted: refunds, doubles, heavy spenders, one very hot member."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.engine.rewards.oracle import Row, Told, tell
from tests.engine.rewards.worlds import at
from tests.engine.rewards.writing import COLUMNS, services_2019, write_services

CHOICES = [
    ("paypay", "code", 0.24),
    ("line_pay", "code", 0.08),
    ("line_pay", "card", 0.04),
    ("merpay", "code", 0.05),
    ("merpay", "id", 0.04),
    ("aeon_card", "card", 0.12),
    ("rakuten_card", "card", 0.15),
    ("ts_cubic_card", "card", 0.04),
    ("pasmo", "ic", 0.06),
    ("suica", "ic", 0.08),
    ("rakuten_edy", "ic", 0.04),
    ("j_coin_pay", "code", 0.03),
    ("origami_pay", "code", 0.02),
    ("town_pay", "code", 0.01),  # in no table of services
]
STORES, ENROLLED_STORES = 20_000, 16_000
STARTS_NS, ENDS_NS = at("2019-09-30 22:00"), at("2019-11-01 02:00")
JST_US = 9 * 3_600 * 10**6
FILE_SHARES = (0.5, 0.2, 0.299, 0.001)
Columns = dict[str, Any]


@dataclass
class Month:
    """Inputs of one run as tables."""

    files: dict[str, pa.Table]
    enrolments: pa.Table
    services: list[Row] = field(default_factory=services_2019)

    def with_column(self, column: str, change: Callable[[pa.ChunkedArray], Any]) -> Month:
        """The same month with one column of its payments changed."""

        def changed(table: pa.Table) -> pa.Table:
            return table.set_column(COLUMNS.index(column), column, change(table[column]))

        return replace(self, files={name: changed(table) for name, table in self.files.items()})

    def rows(self) -> list[Row]:
        """The rows as the oracle wants them."""
        rows: list[Row] = []
        for name, table in self.files.items():
            # Stored without a zone, hence JST.
            instants_us = pc.subtract(table["paid_at"].cast(pa.int64()), JST_US)
            instants = pc.multiply(instants_us, 1_000).to_pylist()
            columns = [table[column].to_pylist() for column in COLUMNS[:-1]]
            names = (*COLUMNS, "file", "row")
            numbers = range(1, len(table) + 1)
            told = zip(*columns, instants, [name] * len(table), numbers, strict=True)
            rows += [dict(zip(names, row, strict=True)) for row in told]
        for alike in (("payment_id", "original_payment_id"), ("member_id",), ("store_id",)):
            # Text in one file makes text of the ids in all.
            if any(pa.types.is_string(table.schema.field(alike[0]).type) for table in self.files.values()):
                for row in rows:
                    row.update({column: None if row[column] is None else str(row[column]) for column in alike})
        return rows

    def told(self) -> Told:
        # Millions of rows that all stay: looking for garbage among them takes longer than the loop itself.
        gc.disable()
        try:
            return tell(self.rows(), self.enrolments.to_pylist(), self.services)
        finally:
            gc.enable()

    def write(self, folder: Path, group_rows: int = 100_000) -> dict[str, Any]:
        """Write the inputs below `folder`; returns what `run` wants to know, but for `out`."""
        (folder / "payments").mkdir(parents=True)
        for name, table in self.files.items():
            pq.write_table(table, folder / "payments" / name, row_group_size=group_rows)
        pq.write_table(self.enrolments, folder / "enrolments.parquet")
        services = write_services(folder / "services.csv", self.services)
        return {"payments": [folder / "payments"], "enrolments": folder / "enrolments.parquet", "services": services}


def month(rows: int = 1_000_000, seed: int = 2019) -> Month:
    """A month of about `rows` rows; the same seed gives the same month."""
    random = np.random.default_rng(seed)
    payments = payments_of(random, int(rows * 0.983))
    refunds = refunds_of(random, payments, int(rows * 0.015))
    told_once = {column: np.concatenate([payments[column], refunds[column]]) for column in COLUMNS}
    count = len(told_once["payment_id"])
    copies = taken(told_once, random.integers(0, count, rows // 2_000))
    differing = taken(told_once, random.integers(0, count, rows // 5_000))
    half = len(differing["payment_id"]) // 2
    differing["amount_yen"][:half] += 1
    differing["paid_at"][half:] += 10**6
    bad = bad_rows(random, taken(payments, random.integers(0, len(payments["payment_id"]), rows // 3_000)))
    parts = (told_once, copies, differing, bad)
    everything = {column: np.concatenate([part[column] for part in parts]) for column in COLUMNS}
    everything = taken(everything, random.permutation(len(everything["payment_id"])))
    return Month(split(table_of(everything)), enrolments_of(random))


def taken(columns: Columns, at_rows: np.ndarray) -> Columns:
    return {column: values[at_rows] for column, values in columns.items()}


def payments_of(random: np.random.Generator, count: int) -> Columns:
    """Payments of members with a favourite service each; a hundredth of them are one member's."""
    members = max(10, count // 20)
    member = random.integers(1, members + 1, count)
    member[random.random(count) < 0.01] = 1
    shares = np.array([share for _, _, share in CHOICES])
    favourite = random.choice(len(CHOICES), members + 1, p=shares)
    choice = np.where(random.random(count) < 0.8, favourite[member], random.choice(len(CHOICES), count, p=shares))
    spends = random.lognormal(0, 0.8, members + 1)
    spends[random.random(members + 1) < 0.05] *= 15
    amount_yen = np.clip(random.lognormal(7.9, 1.1, count) * spends[member], 1, 5_000_000)
    seconds = random.integers(STARTS_NS // 10**9, ENDS_NS // 10**9, count)
    return {
        "payment_id": random.permutation(count) * 3 + 10**11,
        "kind": np.full(count, "payment", object),
        "original_payment_id": np.full(count, None, object),
        "service_id": np.array([service for service, _, _ in CHOICES], object)[choice],
        "channel": np.array([channel for _, channel, _ in CHOICES], object)[choice],
        "member_id": member.astype(object),
        "store_id": random.integers(1, STORES + 1, count).astype(object),
        "amount_yen": amount_yen.astype(np.int64),
        "paid_at": seconds * 10**6 + JST_US,
    }


def refunds_of(random: np.random.Generator, payments: Columns, count: int) -> Columns:
    """Whole, partial and too large refunds, later or earlier; a few belong to no payment."""
    refunds = taken(payments, random.integers(0, len(payments["payment_id"]), count))
    amounts, luck = refunds["amount_yen"], random.random(count)
    refunds["original_payment_id"] = refunds["payment_id"].astype(object)
    refunds["payment_id"] = 10**11 * 2 + random.permutation(count)
    refunds["kind"] = np.full(count, "refund", object)
    partial = np.maximum(1, (amounts * random.random(count)).astype(np.int64))
    refunds["amount_yen"] = np.where(luck < 0.6, amounts, np.where(luck < 0.95, partial, amounts + 500))
    refunds["paid_at"] = refunds["paid_at"] + random.integers(-(10**10), 10**12, count)
    lost = random.random(count)
    refunds["original_payment_id"][lost < 0.005] = 7
    refunds["original_payment_id"][lost > 0.998] = int(refunds["payment_id"][0])
    refunds["original_payment_id"][(lost > 0.5) & (lost < 0.501)] = None
    refunds["member_id"][random.random(count) < 0.3] = None
    return refunds


def bad_rows(random: np.random.Generator, rows: Columns) -> Columns:
    """Rows with ids of their own, each with one thing that is refused."""
    count = len(rows["payment_id"])
    rows["payment_id"] = 10**11 * 3 + np.arange(count)
    fault = random.integers(0, 6, count)
    rows["amount_yen"][fault == 0] = 0
    rows["amount_yen"][fault == 1] *= -1
    rows["amount_yen"][fault == 2] = 10**9 + 1
    rows["kind"][fault == 3] = None
    rows["member_id"][fault == 4] = None
    rows["paid_at"][fault == 5] = at("1999-12-31 20:00") // 1_000 + JST_US
    return rows


def table_of(columns: Columns) -> pa.Table:
    types: dict[str, pa.DataType] = dict.fromkeys(COLUMNS, pa.int64())
    types |= dict.fromkeys(("kind", "service_id", "channel"), pa.string())
    arrays = {column: pa.array(columns[column], types[column]) for column in COLUMNS}
    arrays["paid_at"] = arrays["paid_at"].cast(pa.timestamp("us"))
    return pa.table(arrays)


def split(table: pa.Table) -> dict[str, pa.Table]:
    ends = [round(len(table) * share) for share in np.cumsum(FILE_SHARES)]
    starts = [0, *ends[:-1]]
    return {
        f"part-{number}.parquet": table.slice(start, end - start)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    }


def enrolments_of(random: np.random.Generator) -> pa.Table:
    """Four in five stores take part, most with every service; some join or leave within the month."""
    stores = random.permutation(STORES)[:ENROLLED_STORES] + 1
    luck = random.random(len(stores))
    starts_on = np.where(luck < 0.05, np.datetime64("2019-10-16"), np.datetime64("2019-10-01"))
    ends_on = np.where(luck > 0.97, np.datetime64("2019-10-20"), np.datetime64("NaT"))
    for_all = {
        "store_id": stores,
        "service_id": np.full(len(stores), "*", object),
        "rate_bps": np.where(random.random(len(stores)) < 0.8, 500, 200),
        "starts_on": starts_on,
        "ends_on": ends_on,
    }
    some = stores[::10]
    for_one = {
        "store_id": some,
        "service_id": np.array(["paypay", "line_pay", "suica"], object)[random.integers(0, 3, len(some))],
        "rate_bps": np.full(len(some), 1_000),
        "starts_on": np.full(len(some), np.datetime64("2019-10-10")),
        "ends_on": np.full(len(some), np.datetime64("2019-10-25")),
    }
    return pa.table({column: pa.array(np.concatenate([for_all[column], for_one[column]])) for column in for_all}).cast(
        pa.schema(
            [
                ("store_id", pa.int64()),
                ("service_id", pa.string()),
                ("rate_bps", pa.int64()),
                ("starts_on", pa.date32()),
                ("ends_on", pa.date32()),
            ]
        )
    )
