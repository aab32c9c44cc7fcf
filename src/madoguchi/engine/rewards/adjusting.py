"""What changes from one run to the next, payment by payment: a claw-back or an addition is a row, never an edit."""

from __future__ import annotations

import filecmp
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import parquet

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.publishing import RUN_FILE

KEPT = ("service_id", "channel", "member_id", "store_id")
COLUMNS = (
    "payment_id",
    *KEPT,
    "month",
    "points_before",
    "points_after",
    "difference_points",
    "reason_before",
    "reason_after",
)


@dataclass(frozen=True)
class Difference:
    """How many payments change and by how many points, those added and those clawed back apart."""

    payments: int
    added_points: int
    clawed_back_points: int


def compare(before: Path | None, after: Path, out: Path, memory: int = 1 << 30) -> Difference:
    """Write one row for each payment whose granted points differ between two runs' folders; `before` None is nothing.

    `out` becomes Parquet with COLUMNS, ordered by month, then payment id; `month` is that of the payment (JST), and of
    a payment that is not in one of the runs, reason and points there are null and 0. Days that are the same bytes are
    not read. Raises Refusal `not_a_run`, `runs_differ_in_ids`.
    """
    for folder in (before, after):
        if folder is not None and not (folder / RUN_FILE).is_file():
            raise Refusal("not_a_run", folder=str(folder))
    days = sorted({file.name for folder in (before, after) if folder for file in _grants(folder)})
    differing = [day for day in days if not _is_same(before, after, day)]
    schema = _schema(before, after)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
        piecewise, settled = Path(scratch) / "pieces.parquet", Path(scratch) / "settled.parquet"
        settings: dict[str, Any] = {"memory_limit": f"{memory >> 20}MiB", "threads": 2, "temp_directory": scratch}
        with duckdb.connect(config=settings) as database:
            with parquet.ParquetWriter(piecewise, schema, compression="lz4") as writer:
                for rows in _pieces(database, before, after, differing):
                    writer.write_table(rows.cast(schema))
            _settle(database, piecewise, settled)
            found = database.execute(
                f"""
                SELECT count(*), coalesce(sum(greatest(difference_points, 0)), 0),
                    coalesce(sum(greatest(-difference_points, 0)), 0)
                FROM {_file(settled)}
                """  # noqa: S608  # our own file's name
            ).fetchone()
        os.replace(settled, out)
    assert found is not None  # noqa: S101  # sums always give one row
    return Difference(*(int(one) for one in found))


def _grants(folder: Path) -> list[Path]:
    return sorted((folder / "grants").glob("*-*-*.parquet"))


def _is_same(before: Path | None, after: Path, day: str) -> bool:
    if before is None:
        return False
    files = before / "grants" / day, after / "grants" / day
    return all(file.is_file() for file in files) and filecmp.cmp(*files, shallow=False)


def _schema(before: Path | None, after: Path) -> pa.Schema:
    """The columns; the runs' ids must be of one kind, or no payment of one would be found in the other."""
    kinds = []
    for folder in (before, after):
        if folder is not None:
            first = next(iter(sorted((folder / "grants").glob("*.parquet"))))
            kinds.append({name: parquet.read_schema(first).field(name).type for name in ("payment_id", *KEPT)})
    if any(one != kinds[0] for one in kinds):
        raise Refusal("runs_differ_in_ids")
    fields = [(name, kinds[0][name]) for name in ("payment_id", *KEPT)]
    numbers = [(name, pa.int64()) for name in ("points_before", "points_after", "difference_points")]
    words = [(name, pa.string()) for name in ("reason_before", "reason_after")]
    return pa.schema([*fields, ("month", pa.string()), *numbers, *words])


def _pieces(
    database: duckdb.DuckDBPyConnection, before: Path | None, after: Path, days: list[str]
) -> Iterator[pa.Table]:
    for day in days:
        sides = [_side(folder, day) for folder in (before, after)]
        kept = ", ".join(f"coalesce(n.{name}, o.{name}) AS {name}" for name in KEPT)
        yield database.sql(
            f"""
            SELECT payment_id, {kept}, '{day[:7]}' AS month,
                coalesce(o.granted_points, 0) AS points_before, coalesce(n.granted_points, 0) AS points_after,
                points_after - points_before AS difference_points,
                o.reason AS reason_before, n.reason AS reason_after
            FROM {sides[0]} AS o FULL JOIN {sides[1]} AS n USING (payment_id)
            WHERE points_before != points_after OR o.reason IS NULL OR n.reason IS NULL
            """  # noqa: S608  # names of our own columns and files
        ).to_arrow_table()


def _side(folder: Path | None, day: str) -> str:
    file = folder / "grants" / day if folder else None
    if file is None or not file.is_file():
        columns = ", ".join(f"NULL AS {name}" for name in ("payment_id", *KEPT, "granted_points", "reason"))
        return f"(SELECT {columns} WHERE false)"
    return _file(file)


def _file(file: Path) -> str:
    name = str(file).replace("'", "''")
    return f"read_parquet('{name}')"


def _settle(database: duckdb.DuckDBPyConnection, pieces: Path, out: Path) -> None:
    """A payment that moved from one day to another is one change, not two; then only what differs is kept."""
    kept = ", ".join(f"max_by({name}, reason_after IS NOT NULL) AS {name}" for name in (*KEPT, "month"))
    sums = ", ".join(f"sum({name})::BIGINT AS {name}" for name in ("points_before", "points_after"))
    name = str(out).replace("'", "''")
    database.execute(
        f"""
        COPY (
            SELECT payment_id, {kept}, {sums}, sum(difference_points)::BIGINT AS difference_points,
                max(reason_before) AS reason_before, max(reason_after) AS reason_after
            FROM {_file(pieces)} GROUP BY payment_id HAVING sum(difference_points) != 0 ORDER BY month, payment_id
        ) TO '{name}' (FORMAT parquet, COMPRESSION zstd)
        """  # noqa: S608  # names of our own columns and files
    )
