"""The reward computation as others would write it, for comparison: DuckDB, Polars, pandas, PostgreSQL, plain Python.

Each gives the sums by which results are compared: payments, base, raw and granted points. All do the same work but for
what only the engine does: refusing bad rows, dates of credit, files a reader can check.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.rewards_data import caps

Sums = dict[str, int]


def _rules_sql() -> str:
    rows = ", ".join(
        f"('{service}', '{channel}', {cap}, {str(unit == 'yen_of_payment').lower()}, '{period}',"
        f" '{channel if scope == 'channel' else ''}')"
        for service, channel, cap, unit, period, scope in caps()
    )
    return f"(VALUES {rows}) AS r(service_id, channel, cap, is_yen, period, part)"


def sql(payments: str, refunds: str, shops: str, day: str, quarter: str) -> str:
    """The whole computation as one statement with a window; dialects differ in how a day in Japan is told."""
    return f"""
    WITH given_back AS (SELECT original_payment_id AS id, sum(amount_yen) AS yen FROM {refunds} GROUP BY 1),
    based AS (
        SELECT p.payment_id, p.service_id, p.channel, p.member_id, p.store_id, p.paid_at,
            greatest(0, p.amount_yen - coalesce(g.yen, 0)) AS base_yen, r.cap, r.is_yen, r.period, r.part,
            e.rate_bps, {day} AS paid_on, {quarter} AS paid_in
        FROM {payments} AS p
        JOIN {_rules_sql()} ON p.service_id = r.service_id AND p.channel = r.channel
        LEFT JOIN given_back AS g ON g.id = p.payment_id
        LEFT JOIN {shops} AS e ON e.store_id = p.store_id
    ),
    earned AS (
        SELECT *, CASE WHEN rate_bps IS NULL THEN 0
            ELSE CAST(CASE WHEN is_yen THEN least(base_yen, cap) ELSE base_yen END AS BIGINT) * rate_bps / 10000
            END AS raw_points,
            CASE period WHEN 'month' THEN substr(paid_on, 1, 7) WHEN 'quarter' THEN paid_in
                WHEN 'programme' THEN '' ELSE CAST(payment_id AS VARCHAR) END AS paid_during
        FROM based
    ),
    summed AS (
        SELECT *, sum(raw_points) OVER (PARTITION BY service_id, part, member_id, paid_during
            ORDER BY paid_at, payment_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS so_far
        FROM earned
    )
    SELECT *, CASE WHEN is_yen THEN raw_points
        ELSE least(cap, so_far) - least(cap, so_far - raw_points) END AS granted_points
    FROM summed
    """


def duckdb_window(folder: Path, out: Path) -> Sums:
    """One SQL statement in DuckDB, written to a file."""
    import duckdb

    with duckdb.connect(config={"threads": 2, "temp_directory": str(out)}) as database:
        source = f"read_parquet('{folder}/payments/*.parquet')"
        database.execute(f"CREATE TEMP TABLE bases AS SELECT DISTINCT * FROM {source} WHERE kind = 'refund'")
        day = "strftime(p.paid_at AT TIME ZONE 'Asia/Tokyo', '%Y-%m-%d')"
        quarter = "CAST(quarter(p.paid_at AT TIME ZONE 'Asia/Tokyo') AS VARCHAR)"
        once = f"(SELECT DISTINCT * FROM {source} WHERE kind = 'payment')"
        text = sql(once, "bases", f"read_parquet('{folder}/enrolments.parquet')", day, quarter)
        # DuckDB's / is floating point; // is exact on BIGINT.
        text = text.replace("* rate_bps / 10000", "* rate_bps // 10000")
        database.execute(f"COPY ({text}) TO '{out}/grants.parquet'")
        row = database.execute(
            "SELECT count(*), sum(base_yen), sum(raw_points), sum(granted_points)"
            f" FROM read_parquet('{out}/grants.parquet')"
        ).fetchone()
    assert row is not None
    return _sums(row)


def floor(folder: Path, out: Path) -> Sums:
    """No computation at all: read, join with the enrolments, write as many columns. Nothing exact can be faster."""
    import duckdb

    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": False}) as database:
        database.execute(
            f"""
            COPY (
                SELECT p.payment_id, p.service_id, p.channel, p.member_id, p.store_id, amount_yen AS base_yen,
                    amount_yen * coalesce(rate_bps, 0) AS raw_points, amount_yen AS granted_points,
                    kind AS reason, p.channel AS period, CAST(paid_at AS DATE) AS credit_on
                FROM read_parquet('{folder}/payments/*.parquet') AS p
                LEFT JOIN read_parquet('{folder}/enrolments.parquet') AS e ON p.store_id = e.store_id
            ) TO '{out}/floor.parquet'
            """
        )
    return {}


def polars_window(folder: Path, out: Path) -> Sums:
    """Polars' lazy frames with its streaming engine."""
    import polars as pl

    rules = pl.DataFrame(
        [(*row[:3], row[3] == "yen_of_payment", row[4], row[1] if row[5] == "channel" else "") for row in caps()],
        schema=["service_id", "channel", "cap", "is_yen", "period", "part"],
        orient="row",
    ).lazy()
    rows = pl.scan_parquet(folder / "payments" / "*.parquet").unique()
    refunds = rows.filter(pl.col("kind") == "refund").group_by("original_payment_id").agg(back=pl.sum("amount_yen"))
    shops = pl.scan_parquet(folder / "enrolments.parquet").select("store_id", "rate_bps")
    local = pl.col("paid_at").dt.convert_time_zone("Asia/Tokyo")
    capped = pl.when("is_yen").then(pl.min_horizontal("base_yen", "cap")).otherwise("base_yen")
    during = (
        pl.when(pl.col("period") == "month")
        .then(local.dt.strftime("%Y-%m"))
        .when(pl.col("period") == "quarter")
        .then(local.dt.quarter().cast(pl.String))
        .when(pl.col("period") == "programme")
        .then(pl.lit(""))
        .otherwise(pl.col("payment_id").cast(pl.String))
    )
    key = ["service_id", "part", "member_id", "during"]
    found = (
        rows.filter(pl.col("kind") == "payment")
        .join(rules, on=["service_id", "channel"])
        .join(refunds, left_on="payment_id", right_on="original_payment_id", how="left")
        .join(shops, on="store_id", how="left")
        .with_columns(base_yen=(pl.col("amount_yen") - pl.col("back").fill_null(0)).clip(lower_bound=0), during=during)
        .with_columns(raw_points=capped * pl.col("rate_bps").fill_null(0) // 10_000)
        .sort("paid_at", "payment_id")
        .with_columns(so_far=pl.col("raw_points").cum_sum().over(key))
        .with_columns(
            granted_points=pl.when("is_yen")
            .then("raw_points")
            .otherwise(
                pl.min_horizontal("cap", "so_far")
                - pl.min_horizontal(pl.col("cap"), pl.col("so_far") - pl.col("raw_points"))
            )
        )
        .collect(engine="streaming")
    )
    found.write_parquet(out / "grants.parquet")
    return _sums((len(found), *(found[name].sum() for name in ("base_yen", "raw_points", "granted_points"))))


def pandas_window(folder: Path, out: Path) -> Sums:
    """pandas, everything in memory."""
    import numpy as np
    import pandas as pd

    rules = pd.DataFrame(caps(), columns=["service_id", "channel", "cap", "unit", "period", "scope"])
    rules["part"] = np.where(rules["scope"] == "channel", rules["channel"], "")
    rows = pd.read_parquet(folder / "payments").drop_duplicates()
    refunds = rows[rows["kind"] == "refund"].groupby("original_payment_id")["amount_yen"].sum().rename("back")
    shops = pd.read_parquet(folder / "enrolments.parquet")[["store_id", "rate_bps"]]
    found = (
        rows[rows["kind"] == "payment"].drop(columns="original_payment_id").merge(rules, on=["service_id", "channel"])
    )
    found = found.merge(shops, on="store_id", how="left").merge(
        refunds, left_on="payment_id", right_index=True, how="left"
    )
    base = (found["amount_yen"] - found["back"].fillna(0).astype("int64")).clip(lower=0)
    is_yen = (found["unit"] == "yen_of_payment").to_numpy()
    capped = np.where(is_yen, np.minimum(base, found["cap"]), base)
    raw = capped * found["rate_bps"].fillna(0).astype("int64") // 10_000
    local = found["paid_at"].dt.tz_convert("Asia/Tokyo")
    month = (local.dt.year * 12 + local.dt.month).to_numpy()
    during = np.select(
        [found["period"] == "month", found["period"] == "quarter", found["period"] == "programme"],
        [month, (month - 1) // 3, 0],
        found["payment_id"],
    )
    found = found.assign(base_yen=base, raw_points=raw, during=during).sort_values(["paid_at", "payment_id"])
    so_far = found.groupby(["service_id", "part", "member_id", "during"])["raw_points"].cumsum()
    cut = np.minimum(found["cap"], so_far) - np.minimum(found["cap"], so_far - found["raw_points"])
    found["granted_points"] = np.where(found["unit"] == "yen_of_payment", found["raw_points"], cut)
    found.to_parquet(out / "grants.parquet")
    return _sums((len(found), *(found[name].sum() for name in ("base_yen", "raw_points", "granted_points"))))


def python_loop(folder: Path, out: Path) -> Sums:
    """A loop over payments, as a program that grants one payment after the other would be written."""
    from datetime import timedelta

    from pyarrow import parquet

    rules = {row[:2]: row[2:] for row in caps()}
    shops = dict(
        zip(
            *(parquet.read_table(folder / "enrolments.parquet")[name].to_pylist() for name in ("store_id", "rate_bps")),
            strict=True,
        )
    )
    rows: dict[int, dict[str, Any]] = {}
    for file in sorted((folder / "payments").glob("*.parquet")):
        rows.update((row["payment_id"], row) for row in parquet.read_table(file).to_pylist())
    back: dict[int, int] = defaultdict(int)
    for row in rows.values():
        if row["kind"] == "refund":
            back[row["original_payment_id"]] += row["amount_yen"]
    so_far: dict[Any, int] = defaultdict(int)
    sums = [0, 0, 0, 0]
    paid = [row for row in rows.values() if row["kind"] == "payment"]
    with (out / "grants.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        for row in sorted(paid, key=lambda one: (one["paid_at"], one["payment_id"])):
            cap, unit, period, scope = rules[row["service_id"], row["channel"]]
            base = max(0, row["amount_yen"] - back[row["payment_id"]])
            rate = shops.get(row["store_id"], 0)
            local = row["paid_at"] + timedelta(hours=9)
            if unit == "yen_of_payment":
                raw = granted = min(base, cap) * rate // 10_000
            else:
                during = {"month": (local.year, local.month), "quarter": (local.year, (local.month - 1) // 3)}
                part = row["channel"] if scope == "channel" else ""
                key = (row["service_id"], part, row["member_id"], during.get(period, period))
                raw = base * rate // 10_000
                before = 0 if period == "payment" else so_far[key]
                granted = min(cap, before + raw) - min(cap, before)
                so_far[key] = before + raw
            writer.writerow((row["payment_id"], base, raw, granted))
            sums = [sums[0] + 1, sums[1] + base, sums[2] + raw, sums[3] + granted]
    return _sums(sums)


def postgresql_window(folder: Path, out: Path) -> Sums:
    """The same statement in PostgreSQL, on tables already loaded; only the statement is timed."""
    import time

    import psycopg
    from pyarrow import parquet

    from tools.postgres import cluster

    columns = "payment_id, kind, original_payment_id, service_id, channel, member_id, store_id, amount_yen, paid_at"
    with cluster() as url, psycopg.connect(url) as database:
        database.execute(
            "CREATE UNLOGGED TABLE p (payment_id bigint, kind text, original_payment_id bigint, service_id text,"
            " channel text, member_id bigint, store_id text, amount_yen bigint, paid_at timestamptz)"
        )
        database.execute("CREATE UNLOGGED TABLE e (store_id text PRIMARY KEY, rate_bps bigint)")
        for file in sorted((folder / "payments").glob("*.parquet")):
            _copy(database, f"COPY p ({columns}) FROM STDIN CSV", parquet.read_table(file))
        shops = parquet.read_table(folder / "enrolments.parquet", columns=["store_id", "rate_bps"])
        _copy(database, "COPY e FROM STDIN CSV", shops)
        database.execute("ANALYZE")
        database.execute("SET work_mem = '512MB'")
        day = "to_char(p.paid_at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD')"
        quarter = "to_char(p.paid_at AT TIME ZONE 'Asia/Tokyo', 'Q')"
        rows = "(SELECT DISTINCT * FROM p WHERE kind = '{}')"
        text = sql(rows.format("payment"), rows.format("refund") + " AS f", "e", day, quarter)
        started = time.perf_counter()
        database.execute(f"CREATE UNLOGGED TABLE grants AS {text}")
        seconds = time.perf_counter() - started
        row = database.execute(
            "SELECT count(*), sum(base_yen), sum(raw_points), sum(granted_points) FROM grants"
        ).fetchone()
    assert row is not None
    return {**_sums(row), "wall_ms": int(1000 * seconds)}


def _copy(database: Any, statement: str, table: Any) -> None:
    from pyarrow import csv as arrow_csv

    text = io.BytesIO()
    arrow_csv.write_csv(table, text, arrow_csv.WriteOptions(include_header=False))
    with database.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text.getvalue())


def engine(name: str, folder: Path, out: Path, memory: int) -> Sums:
    """Our own engine."""
    from madoguchi.engine.rewards import run

    report = run(
        payments=[folder / "payments"],
        enrolments=folder / "enrolments.parquet",
        out=out / "run",
        engine=name,
        memory=memory,
    )
    totals = report.totals
    return {
        "payments": totals["payments"],
        "base_yen": totals["base_yen"],
        "raw_points": totals["granted_points"] + totals["capped_points"],
        "granted_points": totals["granted_points"],
    }


def _sums(row: Any) -> Sums:
    return dict(zip(("payments", "base_yen", "raw_points", "granted_points"), (int(one) for one in row), strict=True))


if __name__ == "__main__":
    print(json.dumps(caps()))
