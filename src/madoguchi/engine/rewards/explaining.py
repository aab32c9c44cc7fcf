"""Why one payment of a finished run earned what it did: every rule in its order, with the facts it had."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.calculator import counted_yen, period_of, points_of
from madoguchi.engine.rewards.campaign import Campaign, campaign_of
from madoguchi.engine.rewards.credit import credit_date
from madoguchi.engine.rewards.enrolments import EVERY_SERVICE, OPEN_END, Enrolments, read_enrolments
from madoguchi.engine.rewards.explaining_rows import Row, id_in_run, moment_of, payment_told
from madoguchi.engine.rewards.files import open_payments
from madoguchi.engine.rewards.publishing import RUN_FILE
from madoguchi.engine.rewards.services import Service, read_services, services_of_2019
from madoguchi.engine.rewards.tables import EPOCH

THREADS = 2
Fact = int | str | None


@dataclass(frozen=True)
class Step:
    """One rule as it was met: its name, the id of the requirement it comes from ("" for none), what it had to go by.

    Days and instants are text (2019-10-05, 2019-10-05T12:00:00+09:00, JST), yen and points whole numbers.
    """

    rule: str
    requirement: str
    facts: dict[str, Fact]


@dataclass(frozen=True)
class Explanation:
    """A payment as the run's grants have it, and the steps that lead there; `paid_at` is JST."""

    payment_id: str | int
    service_id: str
    channel: str | None
    member_id: str | int
    store_id: str | int
    paid_at: datetime
    base_yen: int
    raw_points: int
    granted_points: int
    reason: str
    period: str | None
    credit_on: date | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class _Case:
    """A payment, its refunds that count, its row of grants, and the rules it is judged by."""

    payment: Row
    refunds: list[Row]
    grant: Row
    paid_at: datetime
    campaign: Campaign
    services: tuple[Service, ...]
    enrolments: Path
    results: Path
    database: duckdb.DuckDBPyConnection

    @property
    def day(self) -> date:
        return self.paid_at.date()

    def must_be(self, name: str, value: object) -> None:
        """What is reasoned here must be what the run said; else its inputs were others."""
        if self.grant[name] != value:
            raise Refusal("explanation_differs", field=name, in_run=self.grant[name], now=value)


def explain(
    *,
    results: Path,
    payment_id: str | int,
    payments: Sequence[Path],
    enrolments: Path,
    services: Path | None = None,
    campaign: Campaign | None = None,
) -> Explanation:
    """Why a payment of the run in `results` earned what it did (P-34 to P-38).

    The files are those of the run; `services` None takes those of 2019, `campaign` None the run's own. The steps stop
    at the rule that leaves nothing to be earned. `payment_id` may be text where ids are whole numbers. Of a campaign
    of millions of rows only those of the payment and of its member's window are read whole.

    Raises Refusal `not_a_run`, `payment_not_in_run`, `explanation_differs` (the files are not those of the run), and
    those of the files as `run` does.
    """
    chosen = _campaign_of_run(results) if campaign is None else campaign
    if not (results / RUN_FILE).is_file():
        raise Refusal("not_a_run", folder=str(results))
    table = read_services(services or services_of_2019())
    settings: dict[str, Any] = {"threads": THREADS}
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect(config=settings) as database:
        given = open_payments(payments, Path(scratch))
        wanted = id_in_run(payment_id, given.payment_id)
        payment, refunds = payment_told(database, given, wanted, chosen, Path(scratch))
        paid_at = moment_of(payment["paid_at"])
        grant = _grant(database, results, wanted, paid_at.date())
        case = _Case(payment, refunds, grant, paid_at, chosen, table, enrolments, results, database)
        steps = tuple(_steps(case))
    shown = ("service_id", "channel", "member_id", "store_id", "base_yen", "raw_points", "granted_points")
    return Explanation(
        payment_id=wanted,
        paid_at=paid_at,
        **{name: grant[name] for name in (*shown, "reason", "period", "credit_on")},
        steps=steps,
    )


def _campaign_of_run(results: Path) -> Campaign:
    try:
        facts = json.loads((results / RUN_FILE).read_text("utf-8"))
        return campaign_of(facts["campaign"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal("not_a_run", folder=str(results)) from error


# What the run said


def _grant(database: duckdb.DuckDBPyConnection, results: Path, wanted: str | int, day: date) -> Row:
    """The payment's row of grants with its place in the day's file."""
    file = results / "grants" / f"{day}.parquet"
    rows: list[Any] = []
    if file.is_file():
        kind = parquet.read_schema(file).field("payment_id").type
        asked = database.execute(
            "SELECT * FROM read_parquet(?, file_row_number = true) WHERE payment_id = ?",
            [str(file), id_in_run(wanted, kind)],
        )
        names = [name for name, *_ in asked.description]
        rows = asked.fetchall()
    if not rows:
        raise Refusal("payment_not_in_run", payment_id=wanted)
    return dict(zip(names, rows[0], strict=True))


def _used_before(case: _Case, service: Service) -> tuple[int, int]:
    """How many earlier payments of the member earned in the window, and how many points before its cap.

    A day's file has its payments in the order in which caps are used up, so their place tells what is earlier.
    """
    channels = [one.channel for one in case.services if one.window == service.window]
    period = case.grant["period"]
    earlier = [
        str(file)
        for file in sorted((case.results / "grants").glob("*-*-*.parquet"))
        if (day := date.fromisoformat(file.stem)) < case.day and period_of(service.cap_period, day) == period
    ]
    today = [str(case.results / "grants" / f"{case.day}.parquet")]
    count = points = 0
    for files, before in ((earlier, 1 << 62), (today, case.grant["file_row_number"])):
        if files:
            ((earned, used),) = case.database.execute(
                """
                SELECT count(*), coalesce(sum(raw_points), 0) FROM read_parquet(?, file_row_number = true)
                WHERE member_id = ? AND service_id = ? AND period = ? AND raw_points > 0 AND file_row_number < ?
                    AND coalesce(channel, '') IN (SELECT unnest(?))
                """,
                [files, case.grant["member_id"], service.service_id, period, before, channels],
            ).fetchall()
            count, points = count + int(earned), points + int(used)
    return count, points


# The steps


def _steps(case: _Case) -> Iterator[Step]:
    yield from _base(case)
    key = case.payment["service_id"], case.payment["channel"] or ""
    service = next((one for one in case.services if (one.service_id, one.channel) == key), None)
    if service is None:
        case.must_be("reason", "unknown_service")
        yield Step("service_unknown", "P-37", {"service_id": key[0], "channel": key[1]})
        return
    case.must_be("period", period_of(service.cap_period, case.day))
    yield from _service(service)
    day, campaign = str(case.day), case.campaign
    is_inside = campaign.starts_on <= case.day <= campaign.ends_on
    period: dict[str, Fact] = {"starts_on": str(campaign.starts_on), "ends_on": str(campaign.ends_on)}
    yield Step("inside_period" if is_inside else "outside_period", "P-02", {"paid_on": day, **period})
    if not is_inside:
        case.must_be("reason", "outside_period")
        return
    is_excluded = case.payment["is_excluded"]
    yield Step("excluded" if is_excluded else "not_excluded", "P-14", {"transaction": case.payment["transaction"]})
    if is_excluded:
        case.must_be("reason", "excluded")
        return
    enrolment = _enrolment(case)
    if enrolment is None:
        case.must_be("reason", "not_enrolled")
        yield Step("not_enrolled", "P-03", {"store_id": case.payment["store_id"], "paid_on": day})
        return
    yield Step("enrolment", "P-35", enrolment)
    if not case.grant["base_yen"]:
        case.must_be("reason", "refunded")
        yield Step("refunded", "P-35", {"base_yen": 0})
        return
    yield from _points(case, service, enrolment)


def _base(case: _Case) -> Iterator[Step]:
    amount_yen = case.payment["amount_yen"]
    yield Step("amount", "P-35", {"amount_yen": amount_yen, "paid_at": case.paid_at.isoformat()})
    for refund in case.refunds:
        yield Step("refund", "P-35", {"refund_id": refund["payment_id"], "refund_yen": refund["amount_yen"]})
    refunds_yen = sum(refund["amount_yen"] for refund in case.refunds)
    base_yen = max(0, amount_yen - refunds_yen)
    case.must_be("base_yen", base_yen)
    yield Step("base", "P-35", {"amount_yen": amount_yen, "refunds_yen": refunds_yen, "base_yen": base_yen})


def _service(service: Service) -> Iterator[Step]:
    cap: dict[str, Fact] = {"cap_amount": service.cap_amount, "cap_unit": service.cap_unit}
    cap |= {"cap_period": service.cap_period, "cap_scope": service.cap_scope}
    names: dict[str, Fact] = {"service_id": service.service_id, "channel": service.channel, "name": service.name}
    yield Step("service", "P-37", {**names, **cap})
    if service.method:
        yield Step("method", "P-34", {"method": service.method})


def _enrolment(case: _Case) -> dict[str, Fact] | None:
    """The row of the place that holds that day: one for the service before one for all."""
    campaign = case.campaign
    rows = read_enrolments(
        case.enrolments,
        municipality=campaign.municipalities,
        place_class=campaign.place_classes,
        trade=campaign.trades,
    )
    day = case.day.toordinal() - EPOCH
    store = str(case.payment["store_id"])
    # A place is its id, whether it came as a number or as text.
    is_place = np.asarray(pc.equal(rows.store_id.cast(pa.string()), store))
    holding = np.flatnonzero(is_place & (rows.starts_on <= day) & (rows.ends_on >= day))
    by_service = {rows.service_id[int(row)].as_py(): int(row) for row in holding}
    for service_id in (case.payment["service_id"], EVERY_SERVICE):
        if service_id in by_service:
            return _facts(rows, by_service[service_id], service_id, case.payment["store_id"])
    return None


def _facts(rows: Enrolments, row: int, service_id: str, store_id: str | int) -> dict[str, Fact]:
    starts_on, ends_on = (int(days[row]) for days in (rows.starts_on, rows.ends_on))
    return {
        "store_id": store_id,
        "enrolled_service_id": service_id,
        "rate_bps": int(rows.rate_bps[row]),
        "starts_on": str(date.fromordinal(EPOCH + starts_on)),
        "ends_on": None if ends_on == OPEN_END else str(date.fromordinal(EPOCH + ends_on)),
    }


def _points(case: _Case, service: Service, enrolment: dict[str, Fact]) -> Iterator[Step]:
    """From the base to what is granted, and from when."""
    campaign, grant = case.campaign, case.grant
    base_yen, granted = grant["base_yen"], grant["granted_points"]
    if service.cuts_payment:
        cut_yen = min(base_yen, service.cap_amount)
        yield Step("ceiling", "X-08", {"base_yen": base_yen, "ceiling_yen": service.cap_amount, "cut_yen": cut_yen})
    yen = counted_yen(base_yen, service, campaign)
    rate_bps = int(enrolment["rate_bps"] or 0) if campaign.rate_bps is None else campaign.rate_bps
    raw_points = points_of(yen, rate_bps, campaign.rounding)
    case.must_be("raw_points", raw_points)
    tax: dict[str, Fact] = {"tax_base": campaign.tax_base}
    if campaign.tax_base == "excluded":
        tax["tax_bps"] = campaign.tax_bps
    whose: Fact = "place" if campaign.rate_bps is None else "campaign"
    taken: dict[str, Fact] = {"counted_yen": yen, "rate_bps": rate_bps, "rate_of": whose}
    yield Step("raw", "P-35", {**taken, "rounding": campaign.rounding, "raw_points": raw_points, **tax})
    points = raw_points
    if not service.cuts_payment:
        cut = _cut(case, service, raw_points)
        points = int(cut.facts["points"] or 0)
        yield cut
    if grant["reason"] == "held":
        yield Step("held", "", {"raw_points": raw_points})
        return
    if granted < points and campaign.has_further_caps:
        yield Step("further_caps", "P-38", {"points": points, "granted_points": granted})
    else:
        case.must_be("granted_points", points)
    case.must_be("reason", "capped" if granted < raw_points else "ok")
    credit_on = credit_date(service.credit_rule, case.day) if granted else None
    case.must_be("credit_on", credit_on)
    if credit_on is None:
        yield Step("no_points", "P-35", {"granted_points": 0})
        return
    yield Step("credit", "P-37", {"credit_on": str(credit_on), "credit_rule": service.credit_rule, "points": granted})


def _cut(case: _Case, service: Service, raw_points: int) -> Step:
    """What the service's cap leaves: of the payment alone, or after the member's earlier ones in the window."""
    cap = service.cap_amount
    if service.cap_period == "payment":
        facts: dict[str, Fact] = {"cap_points": cap, "raw_points": raw_points, "points": min(cap, raw_points)}
        return Step("cap_of_payment", "P-38", facts)
    count, used = _used_before(case, service)
    left = max(0, cap - used)
    facts = {
        "service_id": service.service_id,
        "channel": service.channel if service.cap_scope == "channel" else None,
        "name": service.name,
        "period": case.grant["period"],
        "cap_points": cap,
        "earlier_payments": count,
        "used_points": used,
        "left_points": left,
        "raw_points": raw_points,
        "points": min(left, raw_points),
    }
    return Step("window", "X-09" if service.cap_period == "programme" else "P-38", facts)
