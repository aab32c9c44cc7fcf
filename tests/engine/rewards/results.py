"""What a run wrote, read back plainly."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.engine.rewards.oracle import GRANTS, Row, Told

NUMBERS = ("base_yen", "raw_points", "granted_points")


def grants_by_day(out: Path) -> dict[str, list[Row]]:
    """Day of payment → its rows in their order."""
    return {path.stem: pq.read_table(path).to_pylist() for path in sorted((out / "grants").iterdir())}


def grants(out: Path) -> list[Row]:
    return [row for rows in grants_by_day(out).values() for row in rows]


def grants_table(out: Path) -> pa.Table:
    """All grants in their order."""
    return pa.concat_tables([pq.read_table(path) for path in sorted((out / "grants").iterdir())])


def told_by_day(told: Told) -> dict[str, list[Row]]:
    """The oracle's rows as `grants_by_day` gives them."""
    days: dict[str, list[Row]] = {}
    for grant in told.grants:
        days.setdefault(grant["paid_on"].isoformat(), []).append({column: grant[column] for column in GRANTS})
    return days or {"empty": []}


def grants_schema(told: Told) -> pa.Schema:
    """The types of the contract; ids are text unless they are integers."""

    def id_type(column: str) -> pa.DataType:
        return pa.string() if told.grants and isinstance(told.grants[0][column], str) else pa.int64()

    types: dict[str, pa.DataType] = {column: pa.string() for column in GRANTS}
    types |= {column: id_type(column) for column in ("payment_id", "member_id", "store_id")}
    types |= {column: pa.int64() for column in NUMBERS} | {"credit_on": pa.date32()}
    return pa.schema(list(types.items()))


def claims(out: Path) -> list[Row]:
    """Rows of claims.csv, with its numbers as numbers."""
    with (out / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    text = ("service_id", "month")
    return [{column: value if column in text else int(value) for column, value in row.items()} for row in rows]


def rejected(out: Path) -> list[tuple[str, int, str]]:
    with (out / "rejected.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        assert next(reader) == ["file", "row", "reason"]
        return [(name, int(row), reason) for name, row, reason in reader]


def fingerprint(folder: Path, *names: str) -> dict[str, str]:
    """Every file below `folder` (or of these names in it) → SHA-256 of its bytes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    told = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    return {path: digest for path, digest in told.items() if not names or path.split("/")[0] in names}
