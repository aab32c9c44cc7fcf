"""The engine that says a campaign's rules as tables joined and windows summed (Ibis, DuckDB): the one to read first.

Every step is one expression over whole columns; nothing here is cleverer than the rule it states.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
from ibis import _

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.calculator import ADDED
from madoguchi.engine.rewards.campaign import Campaign, FurtherCap
from madoguchi.engine.rewards.enrolments import EVERY_SERVICE
from madoguchi.engine.rewards.grants import COLUMNS, GrantsWriter
from madoguchi.engine.rewards.plain import rejected_rows, write_plain
from madoguchi.engine.rewards.plan import Outcome, Plan
from madoguchi.engine.rewards.services import credit_days
from madoguchi.engine.rewards.tables import EPOCH
from madoguchi.engine.rewards.times import FIRST_DAY, LAST_DAY, NANOSECONDS_OF_DAY, NANOSECONDS_TO_JST

THREADS = 2
# What Python, Arrow and the writer of the files take beside the database.
SHARE_OF_DATABASE = 0.6
# With less DuckDB cannot even sort in pieces.
LEAST_OF_DATABASE = 256 << 20
BATCH_ROWS = 1 << 17
# What two rows of one id must agree in to be the same row twice; of a payment the original's id is not read.
CONTENT = ("kind", "original", "service_id", "channel", "member_id", "store_id", "amount_yen", "paid_at", "is_excluded")
IN_ORDER = ("paid_at", "payment_id")
Table = Any
Column = Any


@ibis.udf.scalar.builtin(name="divide")  # type: ignore[untyped-decorator]
def _divided(whole: int, by: int) -> int:  # type: ignore[empty-body]
    """Division of whole numbers; `//` of Ibis takes a detour through floating point."""


def run_windowed(plan: Plan, writer: GrantsWriter) -> Outcome:
    """Compute a run's grants and write them; gives what is to be told beside them.

    Joins and windows over whole columns take about a gigabyte for a million rows and three for twenty (measured).
    Raises Refusal `engine_out_of_memory` where that is more than the run was given.
    """
    folder = plan.scratch / "duckdb"
    folder.mkdir()
    database = ibis.duckdb.connect(
        memory_limit=f"{max(LEAST_OF_DATABASE, int(plan.memory * SHARE_OF_DATABASE)) >> 20}MiB",
        temp_directory=str(folder / "spilled"),
        threads=THREADS,
        preserve_insertion_order=False,
    )
    try:
        files = write_plain(plan, folder)
        rows = database.read_parquet([str(file) for file in files])
        sound = rows.filter(rows.problem.isnull()).drop("problem")
        plan.progress("doubles", 0, 1)
        doubles = database.create_table("doubles", doubled(sound))
        once = sound.anti_join(doubles, ["file", "row"])
        payments, refunds = once.filter(_.kind == "payment"), once.filter(_.kind == "refund")
        _write(plan, database, earned(plan, payments, refunds), writer)
        told = rejected(rows, doubles, payments, refunds)
        copies = doubles.filter(_.problem.isnull()).count()
        return Outcome(rejected_rows(database.to_pyarrow(told)), int(database.execute(copies)))
    except duckdb.OutOfMemoryException as error:
        raise Refusal("engine_out_of_memory", memory_bytes=plan.memory) from error
    finally:
        database.disconnect()
        shutil.rmtree(folder)


def doubled(sound: Table) -> Table:
    """`file`, `row` of every row that does not count: with problem `doubled_id` if rows of its id differ, else null.

    Of rows that say the same the first stays, so it is not among them.
    """
    repeated = sound.group_by("payment_id").agg(times=_.count()).filter(_.times > 1)
    rows = sound.semi_join(repeated, "payment_id").mutate(original=(_.kind == "refund").ifelse(_.original_id, None))
    contents = rows.select("payment_id", *CONTENT).distinct()
    differing = contents.group_by("payment_id").agg(contents=_.count()).filter(_.contents > 1)
    in_files = ibis.window(group_by="payment_id", order_by=["file", "row"])
    copies = rows.anti_join(differing, "payment_id").mutate(place=ibis.row_number().over(in_files))
    return ibis.union(
        rows.semi_join(differing, "payment_id").select("file", "row", problem=ibis.literal("doubled_id")),
        copies.filter(_.place > 0).select("file", "row", problem=ibis.null("string")),
    )


def rejected(rows: Table, doubles: Table, payments: Table, refunds: Table) -> Table:
    """`file`, `row` and `problem` of every row that is refused."""
    orphans = refunds.anti_join(payments, refunds.original_id == payments.payment_id)
    return ibis.union(
        rows.filter(_.problem.notnull()).select("file", "row", "problem"),
        doubles.filter(_.problem.notnull()),
        orphans.select("file", "row", problem=ibis.literal("refund_without_payment")),
    )


def earned(plan: Plan, payments: Table, refunds: Table) -> Table:
    """Every payment with the columns of a grant, its `day` since 1970-01-01, and what puts it in order."""
    rows = with_base(payments, refunds)
    rows = with_terms(plan, rows)
    rows = with_points(plan.campaign, rows)
    rows = cut_by_services(rows)
    rows = cut_further(plan.campaign, rows)
    return settled(plan, rows)


def with_base(payments: Table, refunds: Table) -> Table:
    """`base_yen`: the amount less what was given back, never below 0."""
    given_back = refunds.group_by(payment_id=_.original_id).agg(given_back_yen=_.amount_yen.sum().cast("int64"))
    rows = payments.left_join(given_back, "payment_id").drop("payment_id_right")
    left_yen = rows.amount_yen - rows.given_back_yen.fill_null(0)
    return rows.mutate(base_yen=ibis.greatest(left_yen, 0))


def with_terms(plan: Plan, rows: Table) -> Table:
    """The terms of the payment's service and channel, its place's rate, and the names of its month and quarter."""
    day = _divided(rows.paid_at + NANOSECONDS_TO_JST, NANOSECONDS_OF_DAY)
    rows = rows.mutate(day=day.cast("int32"), channel_or_none=rows.channel.fill_null(""))
    services = _services(plan)
    of_service = [rows.service_id == services.of_service, rows.channel_or_none == services.of_channel]
    rows = rows.left_join(services, of_service)
    calendar = _calendar()
    rows = rows.left_join(calendar, rows.day == calendar.of_day)
    enrolments = _enrolments(plan)
    own = enrolments.filter(_.for_service != EVERY_SERVICE).rename(own_rate="rate_bps")
    every = enrolments.filter(_.for_service == EVERY_SERVICE).rename(every_rate="rate_bps")
    rows = rows.left_join(own, [rows.service_id == own.for_service, *_enrolled(plan, rows, own)])
    rows = rows.select(~ibis.selectors.cols(*own.columns) | ibis.selectors.cols("own_rate"))
    rows = rows.left_join(every, _enrolled(plan, rows, every))
    period = ibis.cases(
        (rows.cap_period == "month", rows.month),
        (rows.cap_period == "quarter", rows.quarter),
        else_=rows.cap_period,
    )
    return rows.mutate(rate_bps=ibis.coalesce(rows.own_rate, rows.every_rate), period=period)


def _enrolled(plan: Plan, rows: Table, enrolments: Table) -> list[Column]:
    """A place is its id, whether it came as a number or as text; both dates are inside."""
    is_alike = plan.payments.store_id == plan.enrolments.store_id.type
    store, place = rows.store_id, enrolments.at_store
    is_same = store == place if is_alike else store.cast("string") == place.cast("string")
    return [is_same, enrolments.starts_on <= rows.day, enrolments.ends_on >= rows.day]


def with_points(campaign: Campaign, rows: Table) -> Table:
    """`reason` if nothing can be earned, else null; `raw_points` before any cap on points."""
    first, last = (day.toordinal() - EPOCH for day in (campaign.starts_on, campaign.ends_on))
    reason = ibis.cases(
        (rows.service.isnull(), "unknown_service"),
        ((rows.day < first) | (rows.day > last), "outside_period"),
        (rows.is_excluded, "excluded"),
        (rows.rate_bps.isnull(), "not_enrolled"),
        (rows.base_yen == 0, "refunded"),
        else_=ibis.null("string"),
    )
    base = rows.cuts_payment.ifelse(ibis.least(rows.base_yen, rows.cap), rows.base_yen)
    if campaign.tax_base == "excluded":
        base = _divided(base * 10_000, 10_000 + campaign.tax_bps)
    rate = rows.rate_bps if campaign.rate_bps is None else ibis.literal(campaign.rate_bps, "int64")
    points = _divided(base * rate + ADDED[campaign.rounding], 10_000)
    return rows.mutate(reason=reason, raw_points=reason.isnull().ifelse(points, 0))


def cut_by_services(rows: Table) -> Table:
    """`points` that the service's cap leaves of a payment's, in its member's month, quarter or programme."""
    left = _left(rows, rows.raw_points, rows.cap, [rows.window, rows.member_id, rows.period])
    in_window = ibis.cases(
        (rows.window.isnull() | rows.cuts_payment, rows.raw_points),
        (rows.cap_period == "payment", ibis.least(rows.raw_points, rows.cap)),
        else_=left,
    )
    return rows.mutate(points=in_window)


def cut_further(campaign: Campaign, rows: Table) -> Table:
    """What a place's cap leaves, of that the member's over all services, of that the budget."""
    if (cap := campaign.place_cap) is not None:
        rows = rows.mutate(points=_left(rows, rows.points, cap.points, [rows.store_id, *_within(rows, cap)]))
    if (cap := campaign.member_cap) is not None:
        rows = rows.mutate(points=_left(rows, rows.points, cap.points, [rows.member_id, *_within(rows, cap)]))
    if campaign.budget_points is not None:
        rows = rows.mutate(points=_left(rows, rows.points, campaign.budget_points, []))
    return rows


def _within(rows: Table, cap: FurtherCap) -> list[Column]:
    return [] if cap.period == "programme" else [rows[cap.period]]


def _left(rows: Table, points: Column, cap: Any, shared_by: list[Column]) -> Column:
    """min(cap, sum up to here) - min(cap, sum before), over the rows that share the cap, in order."""
    # Without its frame a window ends with the last row of the same instant and id, which is another rule.
    frame = ibis.window(group_by=shared_by, order_by=[rows[name] for name in IN_ORDER], rows=(None, 0))
    up_to_here = points.sum().over(frame).cast("int64")
    return ibis.least(cap, up_to_here) - ibis.least(cap, up_to_here - points)


def settled(plan: Plan, rows: Table) -> Table:
    """What is held, what was capped, and from when the points are the member's."""
    held = ibis.memtable(pa.table({"payment_id": pa.array(plan.held, plan.payments.payment_id)}))
    is_held = rows.reason.isnull() & rows.payment_id.isin(held.payment_id)
    reason = ibis.cases(
        (rows.reason.notnull(), rows.reason),
        (is_held, "held"),
        (rows.points < rows.raw_points, "capped"),
        else_="ok",
    )
    rows = rows.mutate(reason=reason, granted_points=is_held.ifelse(0, rows.points))
    credits = _credits(plan)
    rows = rows.left_join(credits, [rows.service == credits.for_row, rows.day == credits.paid_on])
    rows = rows.mutate(credit_on=(rows.granted_points > 0).ifelse(rows.credited_on, None))
    return rows.select(*COLUMNS, "paid_at", "day")


def _services(plan: Plan) -> Table:
    """The services' table; `service` is the row's number, `window` tells whose payments share a cap."""
    rows = plan.services
    windows = {one: place for place, one in enumerate(dict.fromkeys(row.window for row in rows))}
    return _small(
        of_service=pa.array([row.service_id for row in rows], pa.string()),
        of_channel=pa.array([row.channel for row in rows], pa.string()),
        service=pa.array(range(len(rows)), pa.int32()),
        window=pa.array([windows[row.window] for row in rows], pa.int32()),
        cap=pa.array([row.cap_amount for row in rows], pa.int64()),
        cap_period=pa.array([row.cap_period for row in rows], pa.string()),
        cuts_payment=pa.array([row.cuts_payment for row in rows], pa.bool_()),
    )


def _calendar() -> Table:
    days = range(FIRST_DAY, LAST_DAY + 1)
    dates = [date.fromordinal(EPOCH + day) for day in days]
    return _small(
        of_day=pa.array(days, pa.int32()),
        month=pa.array([f"{day:%Y-%m}" for day in dates]),
        quarter=pa.array([f"{day.year}-Q{(day.month + 2) // 3}" for day in dates]),
    )


def _enrolments(plan: Plan) -> Table:
    rows = plan.enrolments
    return _small(
        at_store=rows.store_id,
        for_service=rows.service_id,
        rate_bps=pa.array(rows.rate_bps, pa.int64()),
        starts_on=pa.array(rows.starts_on, pa.int32()),
        ends_on=pa.array(rows.ends_on, pa.int32()),
    )


def _credits(plan: Plan) -> Table:
    """The date of credit for every row of the services' table and every day of the campaign."""
    first, last = plan.campaign.starts_on, plan.campaign.ends_on
    count = (last - first).days + 1
    dates = np.array(credit_days(plan.services, first, last), np.int32).reshape(-1)
    return _small(
        for_row=pa.array(np.repeat(np.arange(len(plan.services), dtype=np.int32), count)),
        paid_on=pa.array(np.tile(np.arange(count, dtype=np.int32), len(plan.services)) + first.toordinal() - EPOCH),
        credited_on=pa.array(dates).cast(pa.date32()),
    )


def _small(**columns: pa.Array) -> Table:
    return ibis.memtable(pa.table(columns))


def _write(plan: Plan, database: Any, grants: Table, writer: GrantsWriter) -> None:
    """The grants in order, each day into its file."""
    # Ibis 12 asks DuckDB 2 for batches by a name that it no longer has, so the view is read from DuckDB itself.
    database.create_view("grants", grants)
    ordered = database.con.sql(f"SELECT * FROM grants ORDER BY {', '.join(IN_ORDER)}")  # noqa: S608  # fixed names
    batches = ordered.to_arrow_reader(BATCH_ROWS)
    written = 0
    for day, pieces in groupby((piece for batch in batches for piece in _by_day(batch)), itemgetter(0)):
        file = writer.open_day(day)
        for _day, rows in pieces:
            file.add(rows)
            written += len(rows)
        file.close()
        plan.progress("grants", written, plan.payments.rows)


def _by_day(batch: pa.RecordBatch) -> Iterable[tuple[int, pa.Table]]:
    day = np.asarray(batch.column("day"))
    ends = [*(np.flatnonzero(np.diff(day)) + 1), len(day)]
    begin = 0
    for end in ends:
        if end > begin:
            yield int(day[begin]), pa.table(batch.slice(begin, end - begin)).select(COLUMNS)
        begin = end
