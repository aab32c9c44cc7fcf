"""One run from its files to its results: inputs opened and checked, an engine chosen, everything put in place."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.batches import Ids
from madoguchi.engine.rewards.campaign import Campaign, programme_2019, read_campaign
from madoguchi.engine.rewards.enrolments import read_enrolments
from madoguchi.engine.rewards.files import Payments, canonical_numbers, checksum, open_payments
from madoguchi.engine.rewards.grants import SUMS, GrantsWriter
from madoguchi.engine.rewards.plan import Outcome, Plan, Progress, silent
from madoguchi.engine.rewards.publishing import RUN_FILE, staged, write_facts, write_rows
from madoguchi.engine.rewards.services import read_services, services_of_2019
from madoguchi.engine.rewards.tables import read_table

ENGINES = ("local", "duckdb", "spark")
LEAST_MEMORY = 32 << 20
DEFAULT_MEMORY = 1 << 30
PACKAGES = ("madoguchi", "numpy", "pyarrow", "numba", "ibis-framework", "duckdb", "pyspark")


@dataclass(frozen=True)
class RunReport:
    """What `run.json` holds: `inputs` with checksums, `counts` by reason, `totals` in yen and points."""

    campaign: dict[str, Any]
    engine: str
    inputs: list[dict[str, Any]]
    versions: dict[str, str]
    counts: dict[str, int]
    totals: dict[str, int]
    seconds: float
    peak_memory_bytes: int


def run(
    *,
    payments: Sequence[Path | str],
    enrolments: Path | str,
    out: Path | str,
    services: Path | str | None = None,
    campaign: Campaign | Path | str | None = None,
    engine: str = "local",
    memory: int = DEFAULT_MEMORY,
    holds: Path | str | None = None,
    progress: Progress = silent,
) -> RunReport:
    """Compute what every payment of a campaign earns, and write grants, claims, rejected rows and a report to `out`.

    `payments` are Parquet or CSV files or folders of them; `services` None takes those of 2019 (P-37), `campaign` None
    the programme of 2019. `memory` is in bytes. Nothing is written unless everything is. The same inputs give the same
    bytes, whatever their order, the engine or the memory. See docs/rewards.md for every column.

    Raises Refusal `engine_unknown`, `memory_too_small`, and those of the files: `file_unreadable`,
    `payments_missing`, `payments_columns_missing`, `payments_column_type`, `enrolments_columns_missing`,
    `enrolment_wrong`, `enrolments_overlap`, `services_columns_missing`, `service_wrong`, `service_twice`,
    `services_disagree`, `credit_rule_unknown`, `campaign_wrong`, `holds_columns_missing`, `out_not_a_run`.
    """
    started = time.perf_counter()
    if engine not in ENGINES:
        raise Refusal("engine_unknown", engine=engine, known=" ".join(ENGINES))
    if memory < LEAST_MEMORY:
        raise Refusal("memory_too_small", memory=memory, least=LEAST_MEMORY)
    chosen = campaign if isinstance(campaign, Campaign) else read_campaign(Path(campaign)) if campaign else None
    chosen = chosen or programme_2019()
    table = Path(services) if services else services_of_2019()
    rows = read_services(table)
    places = read_enrolments(
        Path(enrolments),
        municipality=chosen.municipalities,
        place_class=chosen.place_classes,
        trade=chosen.trades,
    )
    others = {"enrolments": Path(enrolments), "services": table} | ({"holds": Path(holds)} if holds else {})
    with staged(Path(out)) as staging:
        scratch = staging / "scratch"
        scratch.mkdir()
        found = open_payments([Path(path) for path in payments], scratch)
        held = _held(Path(holds) if holds else None, found)
        plan = Plan(chosen, rows, places, found, held, scratch, memory, progress)
        writer = GrantsWriter(staging / "grants", found.payment_id, found.member_id, found.store_id)
        with ThreadPoolExecutor(1) as beside:
            sums = beside.submit(_inputs, found, others)
            outcome = _engine(engine)(plan, writer)
            writer.finish()
            inputs = sums.result()
        report = _report(plan, engine, inputs, writer, outcome, started)
        _write(staging, plan, writer, outcome, report)
    return report


def _engine(name: str) -> Callable[[Plan, GrantsWriter], Outcome]:
    """The engine's own libraries are loaded only for it."""
    if name == "duckdb":
        from madoguchi.engine.rewards.windowed import run_windowed

        return run_windowed
    if name == "spark":
        from madoguchi.engine.rewards.spark import run_spark

        return run_spark
    from madoguchi.engine.rewards.local import run_local

    return run_local


def _held(file: Path | None, payments: Payments) -> Ids:
    """The ids of payments on hold, of the payments' own kind; those of another kind can be none of them."""
    is_number = pa.types.is_int64(payments.payment_id)
    if file is None:
        return np.zeros(0, np.int64) if is_number else pa.array([], pa.string())
    column = read_table(file, ("payment_id",), (), "holds_columns_missing")["payment_id"].drop_null()
    texts = column.cast(pa.string()).combine_chunks()
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if not is_number:
        return texts
    return np.asarray(canonical_numbers(texts).drop_null())


def _inputs(payments: Payments, others: dict[str, Path]) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = [
        {"role": "payments", "file": one.name, "rows": one.rows, **_identity(one.given)} for one in payments.files
    ]
    return files + [{"role": role, "file": path.name, **_identity(path)} for role, path in others.items()]


def _identity(file: Path) -> dict[str, Any]:
    return {"bytes": file.stat().st_size, "sha256": checksum(file)}


def _report(
    plan: Plan, engine: str, inputs: list[dict[str, Any]], writer: GrantsWriter, outcome: Outcome, started: float
) -> RunReport:
    claims = writer.claims()
    totals = {name: sum(figures[place] for *_, figures in claims) for place, name in enumerate(SUMS)}
    rejected = sum(len(rows) for _, rows, _ in outcome.rejected.rows)
    return RunReport(
        campaign=_plain(asdict(plan.campaign)),
        engine=engine,
        inputs=inputs,
        versions={"python": sys.version.split()[0], **_versions()},
        counts={
            "rows": plan.payments.rows,
            "rejected_rows": rejected,
            "doubled_rows": outcome.doubled_rows,
            **writer.reasons,
        },
        totals=totals,
        seconds=round(time.perf_counter() - started, 3),
        peak_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def _write(staging: Path, plan: Plan, writer: GrantsWriter, outcome: Outcome, report: RunReport) -> None:
    names = [file.name for file in plan.payments.files]
    told = ((names[file], row, reason) for file, row, reason in outcome.rejected.listed())
    write_rows(staging / "rejected.csv", ("file", "row", "reason"), told)
    claims = ((service, month, *figures) for service, month, figures in writer.claims())
    write_rows(staging / "claims.csv", ("service_id", "month", *SUMS), claims)
    for left in (staging / "scratch").iterdir():
        left.unlink()
    (staging / "scratch").rmdir()
    write_facts(staging / RUN_FILE, asdict(report))


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON has them."""
    plain = {}
    for name, value in facts.items():
        is_date = hasattr(value, "isoformat")
        plain[name] = value.isoformat() if is_date else list(value) if isinstance(value, tuple) else value
    return plain


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
