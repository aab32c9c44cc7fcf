"""Payments and places put into a database in which the rules look for what is suspicious."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pyarrow as pa
from ibis import _
from pyarrow import parquet

from madoguchi.engine.rewards.files import Payments, open_payments
from madoguchi.engine.rewards.plain import plain_rows, plain_schema
from madoguchi.engine.rewards.windowed import doubled, with_base

THREADS = 2
# What Python and Arrow take beside the database.
SHARE_OF_DATABASE = 0.4
Database = Any

# A member is one of its service: ids of two services may be alike. 64 bits of both stand for them in the joins.
PAID = """
CREATE TABLE paid AS SELECT
    payment_id, service_id, member_id, store_id, amount_yen, is_excluded AS is_top_up, paid_at AS instant,
    hash(service_id, member_id) AS member,
    ((paid_at + 32400000000000) // 86400000000000)::INTEGER AS day,
    ((paid_at + 32400000000000) % 86400000000000 // 1000000000)::INTEGER AS second
FROM based WHERE base_yen > 0
"""
# A member's payments at a place on a day, and in all; charging a card is no spending.
VISIT = """
CREATE TABLE visit AS SELECT
    member, store_id, day, count(*)::INTEGER AS payments, sum(amount_yen)::BIGINT AS yen,
    min(second) AS first_second, max(second) AS last_second
FROM paid WHERE NOT is_top_up GROUP BY member, store_id, day
"""
PAIR = """
CREATE TABLE pair AS SELECT member, store_id, sum(payments)::BIGINT AS payments, sum(yen)::BIGINT AS yen
FROM visit GROUP BY member, store_id
"""
# Peers are the places of the trade in the area; of the whole trade, or all, where there are too few.
PLACE = """
CREATE TABLE place AS
WITH seen AS (SELECT DISTINCT store_id FROM pair),
told AS (
    SELECT seen.store_id, coalesce(trade, '') AS trade, coalesce(municipality, '') AS area, opens, closes
    FROM seen LEFT JOIN told_place ON seen.store_id::VARCHAR = told_place.store_id
),
counted AS (
    SELECT *, count(*) OVER (PARTITION BY trade) AS of_trade, count(*) OVER (PARTITION BY trade, area) AS of_both
    FROM told
)
SELECT store_id, opens, closes,
    CASE WHEN trade <> '' AND of_trade >= $least_peers THEN trade ELSE '' END AS trade,
    CASE WHEN trade = '' OR of_trade < $least_peers THEN ''
        WHEN area <> '' AND of_both >= $least_peers THEN trade || ' · ' || area ELSE trade END AS peers
FROM counted
"""
MACROS = """
CREATE MACRO strength(found, most) AS round(found / (found + most), 3);
CREATE MACRO on_day(day) AS strftime(DATE '1970-01-01' + day, '%Y-%m-%d');
CREATE MACRO quantile_of(counts, quantile) AS TABLE
    SELECT peers, min(value) AS value, any_value(whole) AS whole FROM (
        SELECT peers, value,
            sum(times) OVER (PARTITION BY peers ORDER BY value) AS up_to, sum(times) OVER (PARTITION BY peers) AS whole
        FROM query_table(counts)
    ) WHERE up_to >= quantile * whole GROUP BY peers;
CREATE TABLE found (rule VARCHAR, family VARCHAR, payment_id {payment_id}, score DOUBLE, evidence VARCHAR);
"""


@contextmanager
def database_of(payments: Sequence[Path], places: pa.Table, top_ups: Sequence[str], memory: int) -> Iterator[Database]:
    """A database in a folder of its own with the tables `based` (payments, what was given back taken off) and
    `told_place`, within about `memory` bytes. Raises the Refusals of `open_payments`.
    """
    with TemporaryDirectory(prefix="madoguchi-suspicion-") as scratch:
        folder = Path(scratch)
        given = open_payments(payments, folder)
        connection = ibis.duckdb.connect(
            folder / "payments.duckdb",
            memory_limit=f"{int(memory * SHARE_OF_DATABASE) >> 20}MiB",
            temp_directory=str(folder / "spilled"),
            threads=THREADS,
            preserve_insertion_order=False,
        )
        try:
            rows = connection.read_parquet([str(file) for file in _plain(given, top_ups, folder)])
            sound = rows.filter(rows.problem.isnull()).drop("problem")
            once = sound.anti_join(connection.create_table("doubles", doubled(sound)), ["file", "row"])
            based = with_base(once.filter(_.kind == "payment"), once.filter(_.kind == "refund"))
            connection.create_view("based", based)
            connection.create_table("told_place", places)
            number = "BIGINT" if pa.types.is_int64(given.payment_id) else "VARCHAR"
            connection.con.execute(MACROS.format(payment_id=number))
            connection.con.execute(PAID)
            yield connection.con
        finally:
            connection.disconnect()


def gather(database: Database, least_peers: int) -> None:
    """The tables that several rules count in."""
    database.execute(VISIT)
    database.execute(PAIR)
    database.execute(PLACE, {"least_peers": least_peers})


def _plain(given: Payments, top_ups: Sequence[str], folder: Path) -> list[Path]:
    """Every file as plain rows, those that charge a card marked as excluded."""
    schema = plain_schema(given)
    paths = [folder / f"plain-{number}.parquet" for number in range(len(given.files))]

    def write(number: int) -> None:
        with parquet.ParquetFile(given.files[number].rows_in) as opened:
            groups = range(opened.metadata.num_row_groups)
        with parquet.ParquetWriter(paths[number], schema, compression="lz4") as writer:
            for batch in plain_rows(given, top_ups, number, groups, 0):
                writer.write_batch(batch)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(len(paths))))
    return paths
