"""A nation's payments for the reward benchmark: daily files, as a lake holds them, the same for the same seed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from madoguchi.engine.rewards.services import read_services, services_of_2019

SEED = 20191001
DAYS = 274  # 2019-10-01 to 2020-06-30
STORES = 500_000  # P-43: 498,281 were ready on the first day
ENROLLED = 450_000
ROWS_OF_FILE = 2_000_000
REFUNDED = 0.01
FIRST_DAY_US = int(np.datetime64("2019-09-30T15:00:00", "us").astype(np.int64))
DAY_US = 86_400 * 10**6


def make(folder: Path, rows: int, *, shuffled: bool = False) -> None:
    """Payments of nine months and the enrolments into `folder`; `shuffled` gives each file payments of every day.

    1 % are refunds, 5 in 10,000 rows come twice, amounts are log-normal, a tenth of the members make half of the
    payments, some of them beyond every cap.
    """
    payments = folder / "payments"
    payments.mkdir(parents=True)
    services = read_services(services_of_2019())
    names = pa.array([one.service_id for one in services]), pa.array([one.channel for one in services])
    stores = pa.array([f"{13000000 + number:08}-{number % 9973:04}" for number in range(STORES)])
    for part, (first, count) in enumerate(_parts(rows)):
        random = np.random.default_rng((SEED, part))
        days = (0.0, float(DAYS)) if shuffled else (DAYS * first / rows, DAYS * (first + count) / rows)
        numbers = np.arange(first, first + count, dtype=np.int64) + 10**12
        table = _part(random, (*names, stores), numbers, max(100, rows // 25), days)
        parquet.write_table(table, payments / f"part-{part:04}.parquet", compression="snappy")
    _enrolments(folder / "enrolments.parquet", stores)


def _parts(rows: int) -> Iterator[tuple[int, int]]:
    for first in range(0, rows, ROWS_OF_FILE):
        yield first, min(ROWS_OF_FILE, rows - first)


def _part(
    random: np.random.Generator,
    words: tuple[pa.Array, pa.Array, pa.Array],
    numbers: np.ndarray,
    members: int,
    days: tuple[float, float],
) -> pa.Table:
    """Rows with these ids, paid between these days, as services, channels and stores in `words` are drawn."""
    services, channels, stores = words
    count = len(numbers)
    paid_at = FIRST_DAY_US + ((days[0] + random.random(count) * (days[1] - days[0])) * DAY_US).astype(np.int64)
    if days[1] - days[0] < DAYS:
        paid_at.sort()
    is_refund = random.random(count) < REFUNDED
    is_refund[0] = False
    original = np.maximum(numbers - random.integers(1, 5_000, count), numbers[0])
    service = random.integers(0, len(services), count)
    is_keen = random.random(count) < 0.5
    member = np.where(is_keen, random.integers(0, members // 10, count), random.integers(0, members, count))
    amount = np.clip(np.exp(random.normal(7.5, 1.2, count)), 1, 900_000).astype(np.int64)
    # A few spend more in a month than any cap rewards.
    amount = np.where(member % 5_000 == 7, amount * 40, amount)
    table = pa.table(
        {
            "payment_id": numbers,
            "kind": pa.array(np.array(["payment", "refund"]))
            .take(pa.array(is_refund.astype(np.int8)))
            .cast(pa.string()),
            "original_payment_id": pa.array(original, mask=~is_refund),
            "service_id": services.take(pa.array(service)),
            "channel": channels.take(pa.array(service)),
            "member_id": member,
            "store_id": stores.take(pa.array((random.random(count) ** 2 * STORES).astype(np.int64))),
            "amount_yen": np.minimum(amount, 10**9),
            "paid_at": pa.array(paid_at, pa.timestamp("us", "UTC")),
        }
    )
    doubled = np.sort(random.choice(count, count // 2_000, replace=False))
    # Beside each other, as a provider's file that was sent again overlaps the first.
    order = np.sort(np.concatenate([np.arange(count), doubled]), kind="stable")
    return table.take(pa.array(order)) if count // 2_000 else table


def _enrolments(file: Path, stores: pa.Array) -> None:
    rate = np.where(np.arange(ENROLLED) % 4 == 0, 200, 500)
    table = pa.table(
        {
            "store_id": stores.slice(0, ENROLLED),
            "service_id": pa.array(["*"] * ENROLLED),
            "rate_bps": rate,
            "starts_on": pa.array([date(2019, 10, 1)] * ENROLLED),
            "ends_on": pa.array([None] * ENROLLED, pa.date32()),
        }
    )
    parquet.write_table(table, file)


def caps() -> list[tuple[str, str, int, str, str, str]]:
    """Service, channel, cap, unit, period and scope of each row of the services' table, for the peers."""
    with services_of_2019().open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    columns = ("service_id", "channel", "cap_amount", "cap_unit", "cap_period", "cap_scope")
    return [tuple(int(row[name]) if name == "cap_amount" else row[name] for name in columns) for row in rows]  # type: ignore[misc]
