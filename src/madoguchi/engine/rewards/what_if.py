"""What a whole campaign so far would have granted with another rate or other caps, to the point."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.calculator import ADDED
from madoguchi.engine.rewards.campaign import WHOLE_BPS, Campaign
from madoguchi.engine.rewards.enrolments import EVERY_SERVICE, read_enrolments
from madoguchi.engine.rewards.publishing import RUN_FILE
from madoguchi.engine.rewards.services import LARGEST_CAP, Service

THREADS = 2
MEMORY_MIB = 1_024
LARGEST_CAP_BPS = 100 * WHOLE_BPS


@dataclass(frozen=True)
class WhatIf:
    """Points granted by a run, and what would have been; `by_service` has `service_id`, now, then, in order.

    `without_further_caps`: the campaign caps places, members over all services or its whole budget, and these caps
    are in `now` but not in `then`.
    """

    granted_points_now: int
    granted_points_then: int
    by_service: tuple[tuple[str, int, int], ...]
    without_further_caps: bool


def what_if(
    results: Path,
    *,
    services: Sequence[Service],
    campaign: Campaign,
    rate_bps: int | None = None,
    cap_bps: int = WHOLE_BPS,
    caps: Mapping[tuple[str, str], int] | None = None,
    enrolments: Path | None = None,
) -> WhatIf:
    """What the run in `results` would have granted with one rate for all places and with other caps (P-35, P-38).

    `services` and `campaign` are those of the run. `rate_bps` None leaves each place its rate. `caps` are new caps by
    `Service.window` (service and channel, or "" where channels share it), in the cap's unit; every other cap becomes
    `cap × cap_bps / 10000`, rounded down. Payments on hold stay there, with their room under the caps. Where a ceiling
    on the payment changes (X-08) and places keep their own rates, these are read from `enrolments`.

    Raises Refusal `not_a_run`, `what_if_wrong` with the field, `what_if_needs_enrolments`, and those of enrolments.
    """
    if not (results / RUN_FILE).is_file():
        raise Refusal("not_a_run", folder=str(results))
    _refuse_wrong(services, rate_bps, cap_bps, caps or {})
    then = {window: cap * cap_bps // WHOLE_BPS for window, cap in _caps(services).items()} | dict(caps or {})
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect(config=_settings(scratch)) as database:
        database.register("services", _services(services, then))
        rate = campaign.rate_bps if rate_bps is None else rate_bps
        _payments(database, results)
        database.execute(f"CREATE VIEW rated AS {_rated(database, campaign, rate, enrolments)}")
        _earned(database, campaign, is_new_rate=rate_bps is not None)
        found = database.execute(_SUMS).fetchall()
    by_service = tuple((str(service), int(now), int(then)) for service, now, then in found)
    return WhatIf(
        granted_points_now=sum(now for _, now, _ in by_service),
        granted_points_then=sum(then for _, _, then in by_service),
        by_service=by_service,
        without_further_caps=campaign.has_further_caps,
    )


def _settings(scratch: str) -> dict[str, Any]:
    return {"threads": THREADS, "memory_limit": f"{MEMORY_MIB}MiB", "temp_directory": scratch}


def _caps(services: Sequence[Service]) -> dict[tuple[str, str], int]:
    return {one.window: one.cap_amount for one in services}


def _refuse_wrong(
    services: Sequence[Service], rate_bps: int | None, cap_bps: int, caps: Mapping[tuple[str, str], int]
) -> None:
    wrong = {
        "rate_bps": rate_bps is not None and not 0 <= rate_bps <= WHOLE_BPS,
        "cap_bps": not 0 <= cap_bps <= LARGEST_CAP_BPS,
        "caps": not set(caps) <= set(_caps(services)) or not all(0 <= cap <= LARGEST_CAP for cap in caps.values()),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise Refusal("what_if_wrong", field=name)


def _services(services: Sequence[Service], then: Mapping[tuple[str, str], int]) -> pa.Table:
    windows = {window: place for place, window in enumerate(then)}
    return pa.table(
        {
            "service_id": pa.array([one.service_id for one in services], pa.string()),
            "channel": pa.array([one.channel for one in services], pa.string()),
            "service_window": pa.array([windows[one.window] for one in services], pa.int32()),
            "cuts_payment": pa.array([one.cuts_payment for one in services], pa.bool_()),
            "cap_period": pa.array([one.cap_period for one in services], pa.string()),
            "cap_now": pa.array([one.cap_amount for one in services], pa.int64()),
            "cap_then": pa.array([then[one.window] for one in services], pa.int64()),
        }
    )


def _payments(database: duckdb.DuckDBPyConnection, results: Path) -> None:
    """`payments`: those that could earn, with what their service's caps are and would be, and their place in order."""
    files = [str(file) for file in sorted((results / "grants").glob("*.parquet"))]
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    database.execute(
        f"""
        CREATE VIEW payments AS
        SELECT g.member_id, g.store_id, g.service_id, g.period, g.base_yen, g.raw_points, g.granted_points,
            g.reason = 'held' AS is_held, g.filename AS file, g.file_row_number AS place,
            s.service_window, s.cuts_payment, s.cap_period, s.cap_now, s.cap_then,
            s.cuts_payment AND s.cap_now != s.cap_then AND g.base_yen > least(s.cap_now, s.cap_then) AS is_cut_anew
        FROM read_parquet([{listed}], filename = true, file_row_number = true) AS g
        JOIN services AS s ON g.service_id = s.service_id AND coalesce(g.channel, '') = s.channel
        WHERE g.reason IN ('ok', 'capped', 'held')
        """  # noqa: S608  # our own files' names
    )


def _rated(
    database: duckdb.DuckDBPyConnection, campaign: Campaign, rate_bps: int | None, enrolments: Path | None
) -> str:
    """`payments` with the `rate_bps` to reckon by, where that is needed."""
    if rate_bps is not None:
        return f"SELECT *, {rate_bps:d} AS rate_bps FROM payments"  # noqa: S608  # a number
    if not _is_any_cut_anew(database):
        return "SELECT *, NULL::INTEGER AS rate_bps FROM payments"
    if enrolments is None:
        raise Refusal("what_if_needs_enrolments")
    database.register("enrolments", _enrolled(enrolments, campaign))
    # One row of a place and service holds at most on any day; that for the service goes before that for all.
    return f"""
        SELECT *, NULL::BIGINT AS rate_bps FROM payments WHERE NOT is_cut_anew
        UNION ALL BY NAME
        SELECT p.* EXCLUDE day, coalesce(own.rate_bps, every.rate_bps) AS rate_bps
        FROM (SELECT *, {_DAY} AS day FROM payments WHERE is_cut_anew) AS p
        LEFT JOIN (FROM enrolments WHERE service_id != '{EVERY_SERVICE}') AS own
            ON p.store_id::VARCHAR = own.store_id AND p.service_id = own.service_id
            AND p.day BETWEEN own.starts_on AND own.ends_on
        LEFT JOIN (FROM enrolments WHERE service_id = '{EVERY_SERVICE}') AS every
            ON p.store_id::VARCHAR = every.store_id AND p.day BETWEEN every.starts_on AND every.ends_on
    """  # noqa: S608  # fixed words


def _is_any_cut_anew(database: duckdb.DuckDBPyConnection) -> bool:
    return bool(database.execute("SELECT 1 FROM payments WHERE is_cut_anew LIMIT 1").fetchall())


def _enrolled(file: Path, campaign: Campaign) -> pa.Table:
    rows = read_enrolments(
        file, municipality=campaign.municipalities, place_class=campaign.place_classes, trade=campaign.trades
    )
    return pa.table(
        {
            "store_id": rows.store_id.cast(pa.string()),
            "service_id": rows.service_id,
            "rate_bps": pa.array(rows.rate_bps, pa.int64()),
            "starts_on": pa.array(rows.starts_on, pa.int32()),
            "ends_on": pa.array(rows.ends_on, pa.int32()),
        }
    )


def _earned(database: duckdb.DuckDBPyConnection, campaign: Campaign, *, is_new_rate: bool) -> None:
    """`earned`: payments with the `points` they would have before caps on points (P-35)."""
    yen = "CASE WHEN cuts_payment THEN least(base_yen, cap_then) ELSE base_yen END"
    if campaign.tax_base == "excluded":
        yen = f"(({yen}) * {WHOLE_BPS} // {WHOLE_BPS + campaign.tax_bps})"
    points = f"(({yen}) * rate_bps + {ADDED[campaign.rounding]}) // {WHOLE_BPS}"
    is_reckoned = "true" if is_new_rate else "is_cut_anew"
    database.execute(
        f"""
        CREATE VIEW earned AS
        SELECT *, CASE WHEN {is_reckoned} THEN {points} ELSE raw_points END AS points FROM rated
        """  # noqa: S608  # fixed words and numbers
    )
    # What earned points was enrolled; if it is not, these are the enrolments of another run.
    if database.execute("SELECT 1 FROM earned WHERE points IS NULL LIMIT 1").fetchall():
        raise Refusal("what_if_wrong", field="enrolments")


# The day of a payment stands in its file's name.
_DAY = "(parse_filename(file, true)::DATE - DATE '1970-01-01')"
# Of a window as a whole it does not matter who used its cap first; only where payments are on hold does it matter
# how much of the cap they keep, and there the order of files and rows tells.
_SUMS = """
    WITH windows AS MATERIALIZED (
        SELECT service_window, member_id, period, any_value(cap_then) AS cap,
            sum(points) AS points, bool_or(is_held) AS has_held, sum(granted_points) AS granted
        FROM earned WHERE cap_period != 'payment' GROUP BY service_window, member_id, period
    ),
    ordered AS (
        SELECT e.service_window, e.is_held, e.cap_then AS cap, e.points,
            sum(e.points) OVER (
                PARTITION BY e.service_window, e.member_id, e.period ORDER BY e.file, e.place
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS up_to_here
        FROM earned AS e
        SEMI JOIN (FROM windows WHERE has_held) AS w
            ON e.service_window = w.service_window AND e.member_id = w.member_id AND e.period = w.period
        WHERE e.cap_period != 'payment'
    ),
    shares AS (
        SELECT service_window, granted AS now, CASE WHEN has_held THEN 0 ELSE least(cap, points) END AS later
        FROM windows
        UNION ALL
        SELECT service_window, 0, least(cap, up_to_here) - least(cap, up_to_here - points)
        FROM ordered WHERE NOT is_held
        UNION ALL
        SELECT service_window, granted_points,
            CASE WHEN is_held THEN 0 WHEN cuts_payment THEN points ELSE least(cap_then, points) END
        FROM earned WHERE cap_period = 'payment'
    ),
    sums AS (SELECT service_window, sum(now) AS now, sum(later) AS later FROM shares GROUP BY service_window)
    SELECT service_id, sum(now)::HUGEINT, sum(later)::HUGEINT
    FROM sums JOIN (SELECT DISTINCT service_id, service_window FROM services) USING (service_window)
    GROUP BY service_id ORDER BY service_id
"""
