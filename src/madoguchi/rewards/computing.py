"""One run of a campaign from the lake to its results: suspicious payments held, points computed, differences told."""

from __future__ import annotations

import csv
import fcntl
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import parquet

from madoguchi.engine import suspicion
from madoguchi.engine.rewards import compare, run
from madoguchi.engine.rewards.adjusting import Difference
from madoguchi.engine.rewards.running import RunReport
from madoguchi.engine.rewards.services import COLUMNS, OPTIONAL
from madoguchi.rewards.campaigns import terms_of
from madoguchi.rewards.enrolled import write_enrolments
from madoguchi.rewards.lake import files_for, lake
from madoguchi.rewards.models import Campaign, PaymentsFile, Run

MEMORY_BYTES = 1 << 30
# What stands in a run's folder: the inputs the platform made, the engine's results, the differences.
ENROLMENTS, SERVICES, HOLDS, SUSPICIOUS = "enrolments.parquet", "services.csv", "holds.parquet", "suspicious.parquet"
SUMS = "count(*) AS payments, sum(base_yen)::BIGINT AS base_yen, sum(granted_points)::BIGINT AS granted_points"
REWARDED, MOST_FIRST = "FROM grants WHERE granted_points > 0", "GROUP BY 1 ORDER BY granted_points DESC, 1"
RESULTS, ADJUSTMENTS = "results", "adjustments.parquet"


@dataclass(frozen=True)
class Computed:
    """What a run found. `suspicious` are rows of `engine.suspicion.find` about payments that else would earn points."""

    report: RunReport
    difference: Difference
    figures: dict[str, Any]
    suspicious: list[dict[str, Any]]


def compute(this: Run, released: Iterable[str], held: Iterable[str]) -> Computed:
    """Compute a run into its folder. Payments that officers `released` are not held again; those `held` stay so.

    The folder is made anew, so that a run that was killed can be computed again. Raises Refusal `payments_missing` and
    those of the engine.
    """
    campaign, folder = this.campaign, folder_of(this)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = list(files_for(campaign))
    payments = [lake() / row.path for row in files]
    write_enrolments(campaign, folder / ENROLMENTS)
    write_services(campaign, folder / SERVICES)
    suspicious = _suspicious(files)
    parquet.write_table(suspicious, folder / SUSPICIOUS)
    ids = {str(one) for one in suspicious["payment_id"].to_pylist()}
    ids = (ids - set(released)) | set(held)
    parquet.write_table(pa.table({"payment_id": pa.array(sorted(ids), pa.string())}), folder / HOLDS)
    report = run(
        payments=payments,
        enrolments=folder / ENROLMENTS,
        services=folder / SERVICES,
        campaign=terms_of(campaign),
        holds=folder / HOLDS,
        out=folder / RESULTS,
        memory=MEMORY_BYTES,
    )
    base = folder_of(this.base) / RESULTS if this.base else None
    difference = compare(base, folder / RESULTS, folder / ADJUSTMENTS, MEMORY_BYTES)
    held_now = _held(folder)
    concerned = [row for row in suspicious.to_pylist() if str(row["payment_id"]) in held_now]
    return Computed(report, difference, _figures(folder), concerned)


def _suspicious(files: list[PaymentsFile]) -> pa.Table:
    """What is found month by month, as the rules' figures are meant; refunds that come alone count in every month."""
    months: dict[str, list[Path]] = defaultdict(list)
    for row in files:
        if row.payments and row.first_on is not None:
            months[f"{row.first_on:%Y-%m}"].append(lake() / row.path)
    refunds = [lake() / row.path for row in files if not row.payments]
    found = [suspicion.find([*paths, *refunds], memory=MEMORY_BYTES) for _, paths in sorted(months.items())]
    if not found:
        return pa.table({name: pa.array([], pa.string()) for name in suspicion.COLUMNS})
    # Ids are whole numbers in one provider's files and text in another's.
    kinds = {"score": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in suspicion.COLUMNS])
    return pa.concat_tables([table.cast(schema) for table in found])


@contextmanager
def computing(this: Run) -> Iterator[bool]:
    """Whether nobody else computes this run; if so, nobody else does until the block is left.

    The lock is the system's, on a file beside the run's folder: it ends with its process, however that dies.
    """
    lock = folder_of(this).with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def folder_of(this: Run) -> Path:
    """Where a run's files stand."""
    return lake() / "runs" / str(this.campaign_id) / str(this.number)


def write_services(campaign: Campaign, out: Path) -> None:
    """The campaign's services as the engine's table."""
    with out.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, [*COLUMNS, *OPTIONAL], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(campaign.services)


def claims_of(this: Run) -> list[dict[str, Any]]:
    """The results' sums by service and month: payments, base, granted points and so on."""
    with (folder_of(this) / RESULTS / "claims.csv").open(encoding="utf-8", newline="") as opened:
        words = ("service_id", "month")
        return [
            {name: value if name in words else int(value) for name, value in row.items()}
            for row in csv.DictReader(opened)
        ]


def _held(folder: Path) -> set[str]:
    """The payments that the run holds: providers send those of all their shops, and others' are no town's to see."""
    query = "SELECT payment_id::VARCHAR FROM read_parquet(?) WHERE reason = 'held'"
    with duckdb.connect() as database:
        found = database.execute(query, [f"{folder / RESULTS / 'grants'}/*.parquet"]).fetchall()
    return {payment for (payment,) in found}


def _figures(folder: Path) -> dict[str, Any]:
    """Sums for people: points and payments by day, by service, by municipality and of the places with most."""
    grants = folder / RESULTS / "grants"
    if not any(file.name != "empty.parquet" for file in grants.glob("*.parquet")):
        return {"by_day": [], "by_service": [], "by_municipality": [], "by_store": [], "by_reason": []}
    with duckdb.connect(config={"memory_limit": f"{MEMORY_BYTES >> 20}MiB", "threads": 2}) as database:
        database.execute(_reading(grants, folder / ENROLMENTS))
        asked = {
            "by_day": f"SELECT day, {SUMS} {REWARDED} GROUP BY 1 ORDER BY 1",
            "by_service": f"SELECT service_id, {SUMS} {REWARDED} {MOST_FIRST}",
            "by_municipality": f"SELECT municipality, {SUMS} {REWARDED} {MOST_FIRST}",
            "by_store": f"SELECT store_id::VARCHAR AS store_id, {SUMS} {REWARDED} {MOST_FIRST} LIMIT 20",
            "by_reason": f"SELECT reason, {SUMS} FROM grants GROUP BY 1 ORDER BY 1",  # noqa: S608  # constants of this file
        }
        return {name: database.sql(query).to_arrow_table().to_pylist() for name, query in asked.items()}


def _reading(grants: Path, enrolments: Path) -> str:
    """Grants with the day of each payment, which is its file's name, and where its store is."""
    return f"""
        CREATE TEMP TABLE places AS
            SELECT store_id, any_value(municipality) AS municipality FROM {_file(enrolments)} GROUP BY store_id;
        CREATE TEMP VIEW grants AS
            SELECT grants.* EXCLUDE (filename), places.municipality,
                regexp_extract(filename, '([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}).parquet$', 1) AS day
            FROM read_parquet('{_name(grants)}/[0-9]*.parquet', filename = true) AS grants
            LEFT JOIN places ON places.store_id = grants.store_id::VARCHAR
    """  # noqa: S608  # names of our own files


def _file(file: Path) -> str:
    return f"read_parquet('{_name(file)}')"


def _name(file: Path) -> str:
    return str(file).replace("'", "''")
