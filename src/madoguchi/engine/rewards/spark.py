"""The engine for a cluster (Spark): rows parted by member, so that each worker runs the compiled rules on its own.

Refunds and doubled rows are joined by Spark; points are cut where all rows of a member meet, days are written where all
rows of a day meet. Every step may be run again: a worker that dies costs time and changes nothing. The payments, and
the folder that is written to, must be on a file system that the driver and all workers share.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa

import madoguchi
from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.batches import row_groups
from madoguchi.engine.rewards.campaign import FurtherCap
from madoguchi.engine.rewards.grants import GrantsWriter
from madoguchi.engine.rewards.plain import plain_schema, rejected_rows
from madoguchi.engine.rewards.plan import Outcome, Plan
from madoguchi.engine.rewards.terms import PERIODS
from madoguchi.engine.rewards.windowed import CONTENT

MASTER_VARIABLE = "MADOGUCHI_SPARK_MASTER"
DEFAULT_MASTER = "local[2]"
LOOPBACK = "127.0.0.1"
# Spark itself refuses to start with less.
LEAST_HEAP_MIB = 512
ROWS_OF_TASK = 1 << 18
ROWS_OF_BATCH = 1 << 16
IN_ORDER = ("paid_at", "payment_id")
SPARK_TYPES = {pa.int32(): "int", pa.int64(): "bigint", pa.string(): "string", pa.bool_(): "boolean"}
Frame = Any


def run_spark(plan: Plan, writer: GrantsWriter) -> Outcome:
    """Compute a run's grants and write them; gives what is to be told beside them.

    The master is that of the environment's MADOGUCHI_SPARK_MASTER, else two threads of this machine. Raises Refusal
    `spark_missing` without pyspark or Java, and `file_unreadable`.
    """
    refuse_without_spark()
    # Loaded only now: neither is needed by anyone who never asks for this engine.
    from madoguchi.engine.rewards.spark_tasks import REFUSAL_FILE, Shared

    folder = plan.scratch / "spark"
    folder.mkdir()
    try:
        with _session(plan, folder) as session:
            shared = Shared(
                plan.campaign, plan.services, plan.enrolments, plan.payments, plan.held,
                _row_groups(plan), writer.folder, folder,
            )  # fmt: skip
            return _Run(plan, session, session.sparkContext.broadcast(shared)).write(writer)
    except Exception as error:
        if (told := folder / REFUSAL_FILE).exists():
            code, details = json.loads(told.read_text("utf-8")).values()
            raise Refusal(code, **details) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refuse_without_spark() -> None:
    """Raises Refusal `spark_missing` with what is to be installed."""
    try:
        import pyspark  # noqa: F401
    except ImportError as error:
        raise Refusal("spark_missing", missing="pyspark") from error
    home = os.environ.get("JAVA_HOME")
    if not (home and Path(home, "bin", "java").exists()) and shutil.which("java") is None:
        raise Refusal("spark_missing", missing="java")


class _Run:
    """One run's tables, from rows to written days."""

    def __init__(self, plan: Plan, session: Any, shared: Any) -> None:
        self._plan, self._session, self._shared = plan, session, shared
        # As many as there are cores to use, and few enough rows in each to be sorted in its share of memory.
        self._tasks = max(2 * session.sparkContext.defaultParallelism, -(-plan.payments.rows // ROWS_OF_TASK))
        session.conf.set("spark.sql.shuffle.partitions", self._tasks)
        session.conf.set("spark.sql.files.minPartitionNum", self._tasks)

    def write(self, writer: GrantsWriter) -> Outcome:
        """Grants into the writer's folder, everything else into what is told."""
        plan = self._plan
        plan.progress("scan", 0, 1)
        rows = self._read()
        sound = rows.where("problem IS NULL").drop("problem")
        doubles = _kept(_doubled(sound))
        copies = doubles.where("problem IS NULL").count()
        plan.progress("doubles", 0, 1)
        once = sound.join(doubles, ["file", "row"], "left_anti")
        payments, refunds = once.where("kind = 'payment'"), once.where("kind = 'refund'")
        given_back = refunds.where("original_id IS NOT NULL").groupBy("original_id").agg({"amount_yen": "sum"})
        given_back = _kept(given_back.toDF("payment_id", "given_back_yen"))
        given_back.count()
        known = payments.join(given_back, "payment_id", "left_semi").select("payment_id")
        orphans = refunds.join(known, refunds.original_id == known.payment_id, "left_anti")
        told = ["file", "row", "problem"]
        rejected = rows.where("problem IS NOT NULL").select(told)
        rejected = rejected.union(doubles.where("problem IS NOT NULL").select(told))
        rejected = rejected.union(orphans.selectExpr("file", "row", "'refund_without_payment'"))
        outcome = Outcome(rejected_rows(rejected.toArrow()), copies)
        plan.progress("grants", 0, 1)
        for row in self._written(self._priced(_with_base(payments, given_back))).collect():
            writer.take_over(json.loads(row.sums))
        plan.progress("grants", 1, 1)
        return outcome

    def _read(self) -> Frame:
        from madoguchi.engine.rewards.spark_tasks import read

        count = len(self._shared.value.row_groups)
        schema = ", ".join(f"{one.name} {SPARK_TYPES[one.type]}" for one in plain_schema(self._plan.payments))
        folder = self._shared.value.rows_folder
        folder.mkdir()
        numbers = self._session.range(0, count, 1, max(1, min(count, self._tasks)))
        numbers.mapInArrow(partial(read, self._shared), "id bigint").count()
        return self._session.read.schema(schema).parquet(folder.as_uri())

    def _priced(self, payments: Frame) -> Frame:
        """Payments with what every cap but the budget leaves of their points."""
        from madoguchi.engine.rewards.spark_tasks import cut, price

        campaign = self._plan.campaign
        rows = self._together(payments, "service_id", "member_id")
        names = [one for one in rows.schema.fields if one.name != "is_excluded"]
        schema = ", ".join(f"{one.name} {one.dataType.simpleString()}" for one in names)
        schema += ", service int, day int, reason int, raw_points bigint, points bigint"
        rows = rows.mapInArrow(partial(price, self._shared), schema)
        caps: tuple[tuple[str, FurtherCap | None], ...] = (
            ("store_id", campaign.place_cap),
            ("member_id", campaign.member_cap),
        )
        for who, cap in caps:
            if cap is not None:
                limit = partial(cut, self._shared, who, PERIODS.index(cap.period), cap.points)
                rows = self._together(rows, who).mapInArrow(limit, schema)
        return rows

    def _written(self, rows: Frame) -> Frame:
        """The sums of every task that wrote days."""
        from madoguchi.engine.rewards.spark_tasks import write

        before: dict[int, int] = {}
        if self._plan.campaign.budget_points is not None:
            rows = _kept(rows)
            days = sorted(tuple(row) for row in rows.groupBy("day").agg({"points": "sum"}).collect())
            # What the budget has left on a day follows from the days before it.
            sums = accumulate((points for _, points in days), initial=0)
            before = dict(zip((day for day, _ in days), sums, strict=False))
        return self._together(rows, "day").mapInArrow(partial(write, self._shared, before), "sums string")

    def _together(self, rows: Frame, *columns: str) -> Frame:
        """Rows that agree in the columns in one place, in order."""
        return rows.repartition(self._tasks, *columns).sortWithinPartitions(*IN_ORDER)


def _doubled(sound: Frame) -> Frame:
    """`file`, `row` of every row that does not count: with problem `doubled_id` if rows of its id differ, else null.

    Of rows that say the same the first stays, so it is not among them.
    """
    from pyspark.sql import Window
    from pyspark.sql.functions import expr, max, min, row_number

    repeated = _kept(sound.groupBy("payment_id").count().where("count > 1").select("payment_id"))
    # Counted first: Spark sends a table that it knows to be small to every worker instead of sorting all rows for it.
    repeated.count()
    rows = sound.join(repeated, "payment_id", "left_semi")
    rows = rows.withColumn("original", expr("CASE WHEN kind = 'refund' THEN original_id END"))
    rows = rows.withColumn("content", expr(f"struct({', '.join(CONTENT)})"))
    alike = Window.partitionBy("payment_id")
    rows = rows.withColumn("differs", min("content").over(alike) != max("content").over(alike))
    rows = rows.withColumn("place", row_number().over(alike.orderBy("file", "row")))
    problem = "CASE WHEN differs THEN 'doubled_id' END AS problem"
    return rows.where("differs OR place > 1").selectExpr("file", "row", problem)


def _with_base(payments: Frame, given_back: Frame) -> Frame:
    """`base_yen`: the amount less what was given back, never below 0."""
    return payments.join(given_back, "payment_id", "left").selectExpr(
        "payment_id", "service_id", "channel", "member_id", "store_id", "paid_at", "is_excluded",
        "greatest(amount_yen - coalesce(given_back_yen, 0), 0L) AS base_yen",
    )  # fmt: skip


def _kept(rows: Frame) -> Frame:
    """What is asked for more than once, kept on the workers' disks; that of a dead worker is made again."""
    from pyspark import StorageLevel

    return rows.persist(StorageLevel.DISK_ONLY)


def _row_groups(plan: Plan) -> list[tuple[int, int, int]]:
    """File, row group, and the number of its first row."""
    found = []
    for number, file in enumerate(plan.payments.files):
        first = 0
        for group, rows in enumerate(row_groups(file)):
            found.append((number, group, first))
            first += rows
    return found


@contextmanager
def _session(plan: Plan, folder: Path) -> Iterator[Any]:
    """A session of its own: within the Spark that already runs in this process, or in one that ends with the run."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    started = running or _started(plan, folder)
    session = started.newSession()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", ROWS_OF_BATCH)
    try:
        yield session
    finally:
        if running is None:
            started.stop()
        else:
            session.catalog.clearCache()


def _started(plan: Plan, folder: Path) -> Any:
    from pyspark.sql import SparkSession

    master = os.environ.get(MASTER_VARIABLE, DEFAULT_MASTER)
    heap = f"{max(LEAST_HEAP_MIB, plan.memory >> 20)}m"
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings = {
        "spark.app.name": "madoguchi rewards",
        "spark.driver.memory": heap,
        "spark.executor.memory": heap,
        # Workers need the rules of this very version.
        "spark.executorEnv.PYTHONPATH": str(Path(madoguchi.__file__).parents[1]),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    is_here = master.startswith("local")
    # Said again, as Spark reads the variable only once in a process.
    if own := os.environ.get("SPARK_LOCAL_IP", LOOPBACK if is_here else None):
        settings |= {"spark.driver.host": own, "spark.driver.bindAddress": own}
    if is_here:
        settings["spark.local.dir"] = str(folder)
    builder = SparkSession.builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
