"""One payment and its refunds found in the files of a run, and read as the engine reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import parquet

from madoguchi.core.clock import JST
from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.campaign import Campaign
from madoguchi.engine.rewards.files import PaymentFile, Payments, canonical_numbers
from madoguchi.engine.rewards.plain import plain_rows

BATCH_ROWS = 1 << 16
# What rows of one id must agree in to be one row told twice.
CONTENT = ("kind", "service_id", "channel", "member_id", "store_id", "amount_yen", "paid_at", "is_excluded")
Row = dict[str, Any]


def id_in_run(given: str | int, kind: pa.DataType) -> str | int:
    """The id as a run has it. Raises Refusal `payment_not_in_run` if it can be none of its ids."""
    if not pa.types.is_int64(kind):
        return str(given)
    number = canonical_numbers(pa.array([str(given)]))[0].as_py()
    if number is None:
        raise Refusal("payment_not_in_run", payment_id=given)
    return int(number)


def payment_told(
    database: duckdb.DuckDBPyConnection, given: Payments, wanted: str | int, campaign: Campaign, scratch: Path
) -> tuple[Row, list[Row]]:
    """The payment, and the refunds of it that count, by their ids; rows as `plain_rows` has them, with `transaction`.

    Raises Refusal `payment_not_in_run`, `file_unreadable`.
    """
    about = list(_rows_of(database, given, {wanted}, ("payment_id", "original_payment_id"), campaign, scratch))
    own = _agreed([row for row in about if row["payment_id"] == wanted])
    if not own or own[0]["kind"] != "payment":
        raise Refusal("payment_not_in_run", payment_id=wanted)
    ids = {row["payment_id"] for row in about if row["kind"] == "refund" and row["original_id"] == wanted}
    # Another row of a refund's id may say something else, and then neither counts.
    alike = _rows_of(database, given, ids, ("payment_id",), campaign, scratch) if ids else iter(())
    refunds = [row for row in _agreed(alike) if row["kind"] == "refund" and row["original_id"] == wanted]
    return own[0], sorted(refunds, key=lambda row: row["payment_id"])


def _agreed(rows: Iterable[Row]) -> list[Row]:
    """One row for each id whose rows all say the same."""
    by_id: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        by_id[row["payment_id"]].append(row)
    return [alike[0] for alike in by_id.values() if len({_content(row) for row in alike}) == 1]


def _content(row: Row) -> tuple[Any, ...]:
    original = row["original_id"] if row["kind"] == "refund" else None
    return original, *(row[name] for name in CONTENT)


def _rows_of(
    database: duckdb.DuckDBPyConnection,
    given: Payments,
    ids: set[Any],
    columns: Sequence[str],
    campaign: Campaign,
    scratch: Path,
) -> Iterator[Row]:
    """The sound rows in which one of `columns` is one of `ids`, with what was bought if the file says so.

    Found by their ids alone; then read as the engine reads them, so that ids, amounts and instants mean the same.
    """
    for file in given.files:
        try:
            with parquet.ParquetFile(file.rows_in) as opened:
                numbers = _numbers_of(database, file, opened.schema_arrow, given.payment_id, ids, columns)
                rows = _taken(opened, numbers) if len(numbers) else None
        except (OSError, pa.ArrowException, duckdb.Error) as error:
            raise Refusal("file_unreadable", file=str(file.given), reason=" ".join(str(error).split())) from error
        if rows is None:
            continue
        small = scratch / "rows.parquet"
        parquet.write_table(rows, small)
        one = Payments(
            (PaymentFile(file.name, file.given, small, len(rows)),), given.payment_id, given.member_id, given.store_id
        )
        with parquet.ParquetFile(small) as written:
            groups = range(written.metadata.num_row_groups)
        bought = rows["transaction"].to_pylist() if "transaction" in rows.column_names else [None] * len(rows)
        batches = plain_rows(one, campaign.excluded_transactions, 0, groups, 0)
        read = (row for batch in batches for row in batch.to_pylist())
        for row, transaction in zip(read, bought, strict=True):
            if row["problem"] is None:
                yield {**row, "transaction": transaction}


def _numbers_of(
    database: duckdb.DuckDBPyConnection,
    file: PaymentFile,
    schema: pa.Schema,
    kind: pa.DataType,
    ids: set[Any],
    columns: Sequence[str],
) -> np.ndarray:
    """The numbers of the rows of a file, from 0 and rising, that may be meant."""
    marks = ", ".join("?" * len(ids))
    tests = " OR ".join(f"{_as_id(schema, name, kind)} IN ({marks})" for name in columns)
    query = f"SELECT file_row_number FROM read_parquet(?, file_row_number = true) WHERE {tests}"  # noqa: S608
    found = database.execute(query, [str(file.rows_in), *(list(ids) * len(columns))]).fetchall()
    return np.sort(np.array([number for (number,) in found], np.int64))


def _as_id(schema: pa.Schema, name: str, kind: pa.DataType) -> str:
    """A column as the kind its ids are of; it may find too much (007 for 7), never too little."""
    if pa.types.is_int64(kind):
        return f"TRY_CAST({name} AS BIGINT)"
    # 7.0 is 7, and would be the text 7.0.
    whole = f"TRY_CAST({name} AS BIGINT)" if pa.types.is_floating(schema.field(name).type) else name
    return f"CAST({whole} AS VARCHAR)"


def _taken(opened: parquet.ParquetFile, numbers: np.ndarray) -> pa.Table:
    """Some rows of a file by their numbers, which rise; groups of rows without any are not read."""
    pieces, first = [], 0
    for group in range(opened.metadata.num_row_groups):
        count = opened.metadata.row_group(group).num_rows
        within = numbers[(numbers >= first) & (numbers < first + count)]
        if len(within):
            begin = first
            for batch in opened.iter_batches(BATCH_ROWS, [group]):
                places = within[(within >= begin) & (within < begin + len(batch))] - begin
                if len(places):
                    pieces.append(pa.table(batch).take(pa.array(places)))
                begin += len(batch)
        first += count
    return pa.concat_tables(pieces)


def moment_of(nanoseconds: int) -> datetime:
    """The instant in Japan, to the microsecond."""
    return datetime(1970, 1, 1, 9, tzinfo=JST) + timedelta(microseconds=nanoseconds // 1_000)
