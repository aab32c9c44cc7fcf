"""What Spark's workers do: read rows, price and cut those of whole members, write whole days.

Every function takes record batches and gives record batches, and may be run again: what it writes gets its name only
when it is whole, and is the same each time.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from pyarrow import parquet

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.batches import Ids
from madoguchi.engine.rewards.campaign import Campaign
from madoguchi.engine.rewards.enrolments import Enrolments
from madoguchi.engine.rewards.files import Payments
from madoguchi.engine.rewards.grants import COLUMNS, GrantsWriter
from madoguchi.engine.rewards.interning import Table, table_for
from madoguchi.engine.rewards.kernels import (
    CAPPED,
    HELD,
    OF_PAYMENT,
    OK,
    REASONS,
    REFUNDED,
    judged,
    period_number,
    points_of,
)
from madoguchi.engine.rewards.plain import plain_rows, plain_schema
from madoguchi.engine.rewards.services import Service
from madoguchi.engine.rewards.terms import NO_CAP, Terms, terms_of
from madoguchi.engine.rewards.times import FIRST_DAY, NANOSECONDS_OF_DAY, NANOSECONDS_TO_JST
from madoguchi.engine.rewards.windows import Windows, numbered, over_before, take

Batches = Iterable[pa.RecordBatch]
REFUSAL_FILE = "refusal.json"
# Beside the columns of a payment: the number of its service's row, -1 for none, its day, and what it earns so far.
PRICED = ("service", "day", "reason", "raw_points", "points")


@dataclass(frozen=True)
class Shared:
    """What every worker knows of a run. `grants` and `folder` are on the file system that all of them share."""

    campaign: Campaign
    services: tuple[Service, ...]
    enrolments: Enrolments
    payments: Payments
    held: Ids
    row_groups: Sequence[tuple[int, int, int]]
    grants: Path
    folder: Path

    @property
    def rows_folder(self) -> Path:
        """Where the rows that were read are kept for the rest of the run."""
        return self.folder / "rows"

    @cached_property
    def stores(self) -> Table:
        """Stores that are enrolled, by the codes that `terms` has them under."""
        return table_for(self.payments.store_id)

    @cached_property
    def terms(self) -> Terms:
        """The campaign's rules as the kernels read them; made once in each worker."""
        return terms_of(self.campaign, self.services, self.enrolments, self.stores)

    @cached_property
    def holds(self) -> Table:
        """Payments on hold."""
        table = table_for(self.payments.payment_id)
        table.add(self.held)
        return table

    @cached_property
    def service_rows(self) -> dict[tuple[str, str], int]:
        """The row of the services' table, by service and channel."""
        return {(one.service_id, one.channel): place for place, one in enumerate(self.services)}


def read(shared: Any, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Numbers of `row_groups` (file, row group, first row) → the same, their plain rows written to `rows_folder`.

    As files of columns they outlive the worker, and a join reads no more of them than it asks for. A Refusal is left
    as a file, too, for the driver to raise, as Spark would tell it as a failure of its own.
    """
    run: Shared = shared.value
    try:
        for batch in batches:
            for number in batch.column("id").to_pylist():
                _write_rows(run, number)
            yield batch
    except Refusal as error:
        told = json.dumps({"code": error.code, "details": {name: str(value) for name, value in error.details.items()}})
        written = run.folder / f"refusal-{uuid.uuid4().hex}"
        written.write_text(told, "utf-8")
        os.replace(written, run.folder / REFUSAL_FILE)
        raise


def price(shared: Any, batches: Batches) -> Iterator[pa.RecordBatch]:
    """All payments of some members, in order → the same with PRICED, cut at their services' caps."""
    run: Shared = shared.value
    terms, windows, members = run.terms, Windows(), table_for(run.payments.member_id)
    for batch in batches:
        if not len(batch):
            continue
        count = len(batch)
        day = _days(batch)
        service = _services(run, batch)
        is_held = run.holds.find(_ids(batch, "payment_id")) >= 0
        raw, points = np.zeros(count, np.int64), np.zeros(count, np.int64)
        reason = np.zeros(count, np.uint8)
        windows.make_room(count, over_before(terms, int(day[0])))
        price_in_order(
            terms, service, _stores(run, batch), _numbers(batch, "member_id", members), day,
            np.asarray(batch.column("base_yen")), np.asarray(batch.column("is_excluded")), is_held,
            windows.who, windows.window, windows.sums, windows.count, raw, points, reason,
        )  # fmt: skip
        kept = batch.drop_columns(["is_excluded"])
        priced = (service, day, reason.astype(np.int32), raw, points)
        for name, column in zip(PRICED, priced, strict=True):
            kept = kept.append_column(name, pa.array(column))
        yield kept


def cut(shared: Any, who: str, period: int, cap: int, batches: Batches) -> Iterator[pa.RecordBatch]:
    """All priced payments of some `who` (a column), in order → their `points` cut at the cap of each in the period."""
    run: Shared = shared.value
    terms, windows = run.terms, Windows()
    known = table_for(getattr(run.payments, who))
    for batch in batches:
        if not len(batch):
            continue
        day, points = np.asarray(batch.column("day")), np.array(batch.column("points"))
        windows.make_room(len(batch), over_before(terms, int(day[0])))
        cut_in_order(
            terms, period, cap, _numbers(batch, who, known), day,
            windows.who, windows.window, windows.sums, windows.count, points,
        )  # fmt: skip
        yield batch.set_column(batch.schema.get_field_index("points"), "points", pa.array(points))


def write(shared: Any, before: dict[int, int], batches: Batches) -> Iterator[pa.RecordBatch]:
    """All priced payments of some days, in order → their files, and one row of JSON with their sums.

    `before` holds the points of all earlier days for each day if the campaign has a budget.
    """
    run: Shared = shared.value
    attempt = run.folder / f"attempt-{uuid.uuid4().hex}"
    kinds = run.payments.payment_id, run.payments.member_id, run.payments.store_id
    writer = GrantsWriter(attempt, *kinds)
    for day, pieces in groupby((piece for batch in batches for piece in by_day(batch)), itemgetter(0)):
        file, so_far = writer.open_day(day), before.get(day, 0)
        for _, rows in pieces:
            points = np.asarray(rows["points"])
            if run.campaign.budget_points is not None:
                points, so_far = _within_budget(run.campaign.budget_points, so_far, points)
            file.add(settled(run, day, rows, points))
        file.close()
        for path in attempt.iterdir():
            os.replace(path, run.grants / path.name)
    attempt.rmdir()
    yield pa.RecordBatch.from_pydict({"sums": [json.dumps(writer.told())]})


def _write_rows(run: Shared, number: int) -> None:
    file, group, first = run.row_groups[number]
    # Whoever reads the folder leaves out what begins with a dot.
    attempt = run.rows_folder / f".{uuid.uuid4().hex}"
    with parquet.ParquetWriter(attempt, plain_schema(run.payments), compression="snappy") as writer:
        for rows in plain_rows(run.payments, run.campaign.excluded_transactions, file, [group], first):
            writer.write_batch(rows)
    os.replace(attempt, run.rows_folder / f"{number}.parquet")


def settled(run: Shared, day: int, rows: pa.Table, points: np.ndarray) -> pa.Table:
    """Payments of one day as grants, after every cut."""
    terms, service = run.terms, np.asarray(rows["service"])
    raw, reason = np.asarray(rows["raw_points"]), np.asarray(rows["reason"])
    is_held = reason == HELD
    granted = np.where(is_held, 0, points)
    reason = np.where(~is_held & (granted < raw), CAPPED, reason)
    credit = terms.credit_on[service, day - terms.starts_on] if granted.any() else np.zeros(len(rows), np.int32)
    period = np.where(service < 0, 0, terms.period[service])
    year, month = divmod(int(terms.month[day - FIRST_DAY]), 12)
    periods = [None, f"{year}-{month + 1:02}", f"{year}-Q{month // 3 + 1}", "programme", "payment"]
    made = {
        "raw_points": pa.array(raw),
        "granted_points": pa.array(granted),
        "reason": pa.array(REASONS).take(pa.array(reason)),
        "period": pa.array(periods).take(pa.array(period)),
        "credit_on": pa.array(credit, mask=granted == 0).cast(pa.date32()),
    }
    return pa.table({name: made[name] if name in made else rows[name] for name in COLUMNS})


def by_day(batch: pa.RecordBatch) -> Iterator[tuple[int, pa.Table]]:
    """Rows in order, parted where the day changes."""
    if not len(batch):
        return
    day = np.asarray(batch.column("day"))
    begins = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    for begin, end in zip(begins, [*begins[1:], len(day)], strict=True):
        yield int(day[begin]), pa.table(batch.slice(begin, end - begin))


@njit(nogil=True, cache=True)
def price_in_order(
    terms: Terms, service: np.ndarray, store: np.ndarray, member: np.ndarray, day: np.ndarray, base: np.ndarray,
    is_excluded: np.ndarray, is_held: np.ndarray,
    whos: np.ndarray, windows: np.ndarray, sums: np.ndarray, count: np.ndarray,
    raw: np.ndarray, points: np.ndarray, reason: np.ndarray,
) -> None:  # fmt: skip
    """Raw points, reason (OK, HELD or why nothing is earned), and what the member's cap leaves, row by row in order."""
    for row in range(len(base)):
        rate, why = judged(terms, service[row], store[row], day[row], is_excluded[row])
        reason[row] = REFUNDED if why == OK and base[row] == 0 else why
        if reason[row] != OK:
            continue
        if is_held[row]:
            reason[row] = HELD
        raw[row] = points_of(terms, service[row], base[row], rate)
        points[row] = raw[row]
        cap, period = terms.cap_points[service[row]], terms.period[service[row]]
        if cap == NO_CAP:
            continue
        if period == OF_PAYMENT:
            points[row] = min(raw[row], cap)
            continue
        window = numbered(terms.window[service[row]], period, period_number(terms, period, day[row]))
        points[row] = take(whos, windows, sums, count, member[row], window, raw[row], cap)


@njit(nogil=True, cache=True)
def cut_in_order(
    terms: Terms, period: int, cap: int, who: np.ndarray, day: np.ndarray,
    whos: np.ndarray, windows: np.ndarray, sums: np.ndarray, count: np.ndarray, points: np.ndarray,
) -> None:  # fmt: skip
    """Cut every row, in order, at a cap that each `who` has in the period."""
    for row in range(len(points)):
        if points[row] > 0:
            window = numbered(0, period, period_number(terms, period, day[row]))
            points[row] = take(whos, windows, sums, count, who[row], window, points[row], cap)


def _within_budget(cap: int, before: int, points: np.ndarray) -> tuple[np.ndarray, int]:
    up_to_here = before + np.cumsum(points)
    return np.minimum(cap, up_to_here) - np.minimum(cap, up_to_here - points), before + int(points.sum())


def _days(batch: pa.RecordBatch) -> np.ndarray:
    days = (np.asarray(batch.column("paid_at")) + NANOSECONDS_TO_JST) // NANOSECONDS_OF_DAY
    return np.asarray(days.astype(np.int32))


def _ids(batch: pa.RecordBatch, name: str) -> Ids:
    column = batch.column(name)
    return np.asarray(column) if pa.types.is_int64(column.type) else column


def _numbers(batch: pa.RecordBatch, name: str, known: Table) -> np.ndarray:
    """int64 of each id: itself, or of text its code."""
    ids = _ids(batch, name)
    return ids if isinstance(ids, np.ndarray) else known.add(ids).astype(np.int64)


def _stores(run: Shared, batch: pa.RecordBatch) -> np.ndarray:
    """Codes of the stores; one that no enrolment names has a code beyond them all."""
    # Making the terms gives the enrolled stores their codes.
    enrolled = len(run.terms.first_row)
    codes = run.stores.find(_ids(batch, "store_id"))
    return np.where(codes < 0, enrolled, codes)


def _services(run: Shared, batch: pa.RecordBatch) -> np.ndarray:
    """int32 of each row: the row of the services' table, -1 if it has none."""
    service, channel = (batch.column(name).dictionary_encode() for name in ("service_id", "channel"))
    channels = [*channel.dictionary.to_pylist(), ""]
    rows = [run.service_rows.get((one, other), -1) for one in service.dictionary.to_pylist() for other in channels]
    place = np.asarray(channel.indices.fill_null(len(channels) - 1))
    return np.asarray(np.array(rows, np.int32)[np.asarray(service.indices) * len(channels) + place])
