"""The first pass: every row read once, judged, put aside by day, and its points counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from madoguchi.engine.rewards.batches import PROBLEMS, Batch, Pairs, Reader, row_groups
from madoguchi.engine.rewards.doubles import Ranges
from madoguchi.engine.rewards.interning import Table, table_for
from madoguchi.engine.rewards.kernels import PAID, days_of, keep_rows, places_of
from madoguchi.engine.rewards.plan import Plan, Rejected
from madoguchi.engine.rewards.refunds import Refunds, as_bits
from madoguchi.engine.rewards.spill import Spill
from madoguchi.engine.rewards.terms import WHOLE_SHARE, Terms, terms_of

THREADS = 2
# Shares of the memory allowed: for buckets (all threads), and for rows in flight.
BUCKETS_SHARE = 4
FEWEST_BUCKETS = 1 << 12
BYTES_OF_ROW_READ = 1 << 10


@dataclass
class Scanned:
    """What the first pass leaves: days put aside, buckets of points, refunds, and rows refused."""

    terms: Terms
    pairs: Pairs
    stores: Table
    refunds: Refunds
    rejected: Rejected
    spills: list[Spill] = field(default_factory=list)
    ranges: list[Ranges] = field(default_factory=list)
    is_full: np.ndarray = field(default_factory=lambda: np.zeros(1, np.uint8))
    rows: int = 0

    def days(self) -> list[int]:
        """Days that have payments, in order."""
        return sorted({day for spill in self.spills for day in spill.keys()})  # noqa: SIM118  # not a mapping


def reader_of(plan: Plan, pairs: Pairs, stores: Table) -> Reader:
    """Reads the payments of a run in batches that its memory has room for."""
    excluded = frozenset(plan.campaign.excluded_transactions)
    rows = max(1 << 12, min(1 << 18, plan.memory // (4 * THREADS * BYTES_OF_ROW_READ)))
    return Reader(plan.payments, pairs, stores, excluded, rows)


def scan(plan: Plan) -> Scanned:
    """Read every row once, in several threads."""
    stores = table_for(plan.payments.store_id)
    terms = terms_of(plan.campaign, plan.services, plan.enrolments, stores)
    pairs = Pairs(plan.services)
    found = Scanned(terms, pairs, stores, Refunds(plan.payments.payment_id), Rejected())
    tasks, lock = _tasks(plan), threading.Lock()
    reader = reader_of(plan, pairs, stores)
    workers = [_Worker(plan, found, reader, number) for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(worker.work, tasks, lock) for worker in workers]:
            future.result()
    for worker in workers:
        found.spills.append(worker.spill)
        found.ranges.append(worker.ranges)
        found.rejected.rows += worker.rejected.rows
    buckets = workers[0].buckets
    for worker in workers[1:]:
        buckets += worker.buckets
    # One bit for each: small enough for the processor's cache, where the second pass asks for one at every row.
    found.is_full = np.packbits(buckets > WHOLE_SHARE, bitorder="little")
    return found


def texts_kept(plan: Plan) -> tuple[str, ...]:
    """Which ids are text and so are put aside beside the rows."""
    kinds = {"payment": plan.payments.payment_id, "member": plan.payments.member_id}
    return tuple(name for name, kind in kinds.items() if not pa.types.is_int64(kind))


def _tasks(plan: Plan) -> Iterator[tuple[int, int, int]]:
    """File, row group, and the number of its first row."""
    for number, file in enumerate(plan.payments.files):
        first = 0
        for group, rows in enumerate(row_groups(file)):
            yield number, group, first
            first += rows


class _Worker:
    """One thread's part: its own buckets and its own file of rows put aside."""

    def __init__(self, plan: Plan, found: Scanned, reader: Reader, number: int) -> None:
        self._plan, self._found, self._reader = plan, found, reader
        room = plan.memory // BUCKETS_SHARE // THREADS // 4
        wanted = max(FEWEST_BUCKETS, min(room, 4 * plan.payments.rows))
        self.buckets = np.zeros(1 << (int(wanted).bit_length() - 1), np.uint32)
        self._texts = texts_kept(plan)
        self.spill = Spill(plan.scratch, f"scan-{number}", PAID, self._texts)
        self.ranges = Ranges()
        self.rejected = Rejected()

    def work(self, tasks: Iterator[tuple[int, int, int]], lock: Any) -> None:
        while True:
            with lock:
                task = next(tasks, None)
            if task is None:
                return
            file, group, first = task
            for batch in self._reader.batches(file, [group], first):
                self._take(batch)
                with lock:
                    self._found.rows += len(batch)
                    self._plan.progress("scan", self._found.rows, self._plan.payments.rows)

    def _take(self, batch: Batch) -> None:
        if batch.problem.any():
            for place in np.unique(batch.problem[batch.problem > 0]):
                rows = np.flatnonzero(batch.problem == place)
                self.rejected.add(np.array(batch.file), batch.first_row + rows, PROBLEMS[place])
        self._found.refunds.add(batch)
        payment, member = as_bits(batch.payment_id), as_bits(batch.member_id)
        self.ranges.add(payment[batch.problem == 0] if batch.problem.any() else payment)
        days = np.empty(len(batch), np.int64)
        count, first, last = days_of(batch.kind, batch.problem, batch.paid_at, days)
        if not count:
            return
        counts, order = np.zeros(last - first + 1, np.int64), np.empty(count, np.int64)
        places_of(days, first, counts, order)
        kept = np.empty(count, PAID)
        keep_rows(
            self._found.terms, self._found.pairs.service_rows(), order, days,
            batch.paid_at, payment, member, batch.amount_yen, batch.store,
            batch.pair, batch.is_excluded, self.buckets, kept,
        )  # fmt: skip
        given = {"payment": batch.payment_id, "member": batch.member_id}
        self.spill.append(kept, first, counts, {name: given[name].take(pa.array(order)) for name in self._texts})
