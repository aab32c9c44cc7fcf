"""Rows of payments as plain columns, words and ids as they are, for the engines that join and sort by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from madoguchi.engine.rewards.batches import PROBLEMS, Batch, Ids, Pairs, Reader
from madoguchi.engine.rewards.files import Payments
from madoguchi.engine.rewards.interning import Table, table_for
from madoguchi.engine.rewards.plan import Plan, Rejected

KINDS = ("payment", "refund", "other")
NO_MEMBER, NO_STORE, NO_TIME = 1, 2, 4
BATCH_ROWS = 1 << 16


def plain_schema(payments: Payments) -> pa.Schema:
    """Columns of plain rows: `file` and `row` count from 0, `paid_at` is nanoseconds UTC, `problem` a word or null."""
    return pa.schema(
        {
            "file": pa.int32(),
            "row": pa.int64(),
            "problem": pa.string(),
            "kind": pa.string(),
            "payment_id": payments.payment_id,
            "original_id": payments.payment_id,
            "service_id": pa.string(),
            "channel": pa.string(),
            "member_id": payments.member_id,
            "store_id": payments.store_id,
            "amount_yen": pa.int64(),
            "paid_at": pa.int64(),
            "is_excluded": pa.bool_(),
        }
    )


def plain_rows(
    payments: Payments, excluded: Sequence[str], file: int, row_groups: Sequence[int], first_row: int
) -> Iterator[pa.RecordBatch]:
    """The rows of some row groups of a file, of which the first has the number `first_row`.

    Raises Refusal `file_unreadable`.
    """
    pairs, stores = Pairs(()), table_for(payments.store_id)
    reader = Reader(payments, pairs, stores, frozenset(excluded), BATCH_ROWS)
    schema = plain_schema(payments)
    for batch in reader.batches(file, row_groups, first_row):
        columns = _columns(batch, pairs, stores)
        yield pa.RecordBatch.from_arrays([columns[field.name].cast(field.type) for field in schema], schema=schema)


def write_plain(plan: Plan, folder: Path) -> list[Path]:
    """Every file of a run as Parquet of plain rows in `folder`, as many files as there are of payments.

    Raises Refusal `file_unreadable`.
    """
    given, excluded = plan.payments, plan.campaign.excluded_transactions
    schema, paths = plain_schema(given), [folder / f"plain-{number}.parquet" for number in range(len(given.files))]

    def write(number: int) -> None:
        with parquet.ParquetFile(given.files[number].rows_in) as opened:
            groups = range(opened.metadata.num_row_groups)
        with parquet.ParquetWriter(paths[number], schema, compression="lz4") as writer:
            for batch in plain_rows(given, excluded, number, groups, 0):
                writer.write_batch(batch)

    with ThreadPoolExecutor(2) as pool:
        for done, _ in enumerate(pool.map(write, range(len(paths)))):
            plan.progress("scan", done + 1, len(paths))
    return paths


def rejected_rows(refused: pa.Table) -> Rejected:
    """Rows with `file`, `row` and `problem` as an engine tells them."""
    rejected = Rejected()
    file, row = (np.asarray(refused[name]) for name in ("file", "row"))
    problem = refused["problem"].combine_chunks()
    for word in problem.unique().to_pylist():
        rows = np.flatnonzero(np.asarray(pc.equal(problem, word)))
        rejected.add(file[rows], row[rows], word)
    return rejected


def _columns(batch: Batch, pairs: Pairs, stores: Table) -> dict[str, pa.Array]:
    names, pair = pairs.names(), pa.array(batch.pair)
    store, known = pa.array(batch.store, mask=batch.gaps & NO_STORE > 0), stores.values()
    return {
        "file": pa.array(np.full(len(batch), batch.file)),
        "row": pa.array(batch.first_row + np.arange(len(batch))),
        "problem": pa.array([None, *PROBLEMS[1:]]).take(pa.array(batch.problem)),
        "kind": pa.array(KINDS).take(pa.array(batch.kind)),
        "payment_id": pa.array(batch.payment_id),
        "original_id": _where(batch.has_original, batch.original_id),
        "service_id": pa.array([service for service, _ in names], pa.string()).take(pair),
        "channel": pa.array([channel for _, channel in names], pa.string()).take(pair),
        "member_id": _where(batch.gaps & NO_MEMBER == 0, batch.member_id),
        "store_id": pa.array(known).take(store),
        "amount_yen": pa.array(batch.amount_yen),
        "paid_at": _where(batch.gaps & NO_TIME == 0, batch.paid_at),
        "is_excluded": pa.array(batch.is_excluded),
    }


def _where(is_there: np.ndarray, values: Ids) -> pa.Array:
    return pc.if_else(pa.array(is_there), pa.array(values), None)
