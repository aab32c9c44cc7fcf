"""The reward run told once more as a plain loop over rows, to judge the engines by (P-34, P-35, P-37, P-38)."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

Row = dict[str, Any]

DAY_NS = 86_400 * 10**9
JST_NS = 9 * 3_600 * 10**9
EPOCH = date(1970, 1, 1)
MOST_YEN = 1_000_000_000
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
PROGRAMME_2019 = (date(2019, 10, 1), date(2020, 6, 30))
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CONTENT = (
    "kind",
    "original_payment_id",
    "service_id",
    "channel",
    "member_id",
    "store_id",
    "amount_yen",
    "paid_at",
)
GRANTS = (
    "payment_id",
    "service_id",
    "channel",
    "member_id",
    "store_id",
    "base_yen",
    "raw_points",
    "granted_points",
    "reason",
    "period",
    "credit_on",
)
CLAIMS = (
    "service_id",
    "month",
    "payments",
    "base_yen",
    "granted_points",
    "capped_points",
    "held_points",
    "rewarded_payments",
    "rewarded_base_yen",
)


@dataclass
class Told:
    """What a run must say: rows of grants in their order, claims and refusals in theirs, doubled rows left out."""

    grants: list[Row]
    claims: list[Row]
    rejected: list[tuple[str, int, str]]
    doubled_rows: int


def tell(
    rows: Iterable[Row],
    enrolments: Iterable[Row],
    services: Iterable[Row],
    programme: tuple[date, date] = PROGRAMME_2019,
    holds: Collection[Any] = (),
) -> Told:
    """The result for `rows` of payments and refunds.

    A row has the columns of the contract and `file`, `row`. `amount_yen` is an int, None, or a str where it was no
    integer; `paid_at` is the instant in nanoseconds since 1970 UTC, None, or a str where it was no instant.
    Enrolments hold dates (or None), services hold their table's text with None where it is empty.
    """
    readable, rejected = readable_rows(rows)
    single, doubled, differing = without_doubles(readable)
    payments, refunded_yen, orphans = with_refunds(single)
    rejected += differing + orphans
    grants = grants_of(payments, refunded_yen, enrolments, services, programme, {str(each) for each in holds})
    return Told(grants, claims_of(grants), sorted(rejected), doubled)


# Which rows count


def fault_of(row: Row) -> str | None:  # noqa: PLR0911 (one reason a line)
    """Why a row is refused on its own, or None."""
    if row["payment_id"] is None:
        return "no_payment_id"
    if row["kind"] not in {"payment", "refund"}:
        return "unknown_kind"
    amount_yen = row["amount_yen"]
    if isinstance(amount_yen, str):
        return "amount_unreadable"
    if amount_yen is None:
        return "no_amount"
    if amount_yen <= 0:
        return "amount_not_positive"
    if amount_yen > MOST_YEN:
        return "amount_absurd"
    if row["kind"] == "refund":
        return None
    for column in ("service_id", "member_id", "store_id"):
        if row[column] is None:
            return f"no_{column}"
    if row["paid_at"] is None or isinstance(row["paid_at"], str):
        return "no_paid_at"
    if not day_number(FIRST_DAY) <= (row["paid_at"] + JST_NS) // DAY_NS <= day_number(LAST_DAY):
        return "paid_at_absurd"
    return None


def readable_rows(rows: Iterable[Row]) -> tuple[list[Row], list[tuple[str, int, str]]]:
    readable, rejected = [], []
    for row in rows:
        fault = fault_of(row)
        if fault:
            rejected.append((row["file"], row["row"], fault))
        else:
            readable.append(row)
    return readable, rejected


def content(row: Row) -> tuple[Any, ...]:
    """What must be equal for two rows to be one; an instant that cannot be read is no instant."""
    values = [row[column] for column in CONTENT]
    if isinstance(values[-1], str):
        values[-1] = None
    return tuple(values)


def without_doubles(rows: Iterable[Row]) -> tuple[list[Row], int, list[tuple[str, int, str]]]:
    """Rows of which each id is told once, how many exact copies that left out, and rows of ids told in two ways."""
    by_id: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        by_id[row["payment_id"]].append(row)
    single, doubled, rejected = [], 0, []
    for alike in by_id.values():
        if len(alike) == 1:
            single.append(alike[0])
        elif len({content(row) for row in alike}) > 1:
            rejected += [(row["file"], row["row"], "doubled_id") for row in alike]
        else:
            single.append(min(alike, key=lambda row: (row["file"], row["row"])))
            doubled += len(alike) - 1
    return single, doubled, rejected


def with_refunds(rows: Iterable[Row]) -> tuple[list[Row], dict[Any, int], list[tuple[str, int, str]]]:
    """The payments, what was given back of each, and refunds that belong to none."""
    payments = {row["payment_id"]: row for row in rows if row["kind"] == "payment"}
    refunded_yen: dict[Any, int] = defaultdict(int)
    rejected = []
    for row in rows:
        if row["kind"] == "refund":
            if row["original_payment_id"] in payments:
                refunded_yen[row["original_payment_id"]] += row["amount_yen"]
            else:
                rejected.append((row["file"], row["row"], "refund_without_payment"))
    return list(payments.values()), refunded_yen, rejected


# What a payment earns


def grants_of(
    payments: list[Row],
    refunded_yen: Mapping[Any, int],
    enrolments: Iterable[Row],
    services: Iterable[Row],
    programme: tuple[date, date],
    holds: set[str],
) -> list[Row]:
    """One row of grants per payment, by paid_at, then payment_id."""
    service_rows = {(service["service_id"], service["channel"] or None): service for service in services}
    enrolled: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for enrolment in enrolments:
        enrolled[str(enrolment["store_id"]), enrolment["service_id"]].append(enrolment)
    cum_points: dict[tuple[Any, ...], int] = defaultdict(int)
    days: dict[int, date] = {}
    grants = []
    for payment in sorted(payments, key=lambda row: (row["paid_at"], row["payment_id"])):
        number = (payment["paid_at"] + JST_NS) // DAY_NS
        paid_on = days.get(number) or days.setdefault(number, EPOCH + timedelta(days=number))
        service = service_rows.get((payment["service_id"], payment["channel"]))
        grant = {
            "payment_id": payment["payment_id"],
            "service_id": payment["service_id"],
            "channel": payment["channel"],
            "member_id": payment["member_id"],
            "store_id": payment["store_id"],
            "base_yen": max(0, payment["amount_yen"] - refunded_yen.get(payment["payment_id"], 0)),
            "raw_points": 0,
            "granted_points": 0,
            "reason": "",
            "period": period_of(service["cap_period"], paid_on) if service else None,
            "credit_on": None,
            "paid_on": paid_on,
        }
        grants.append(grant)
        if service is None:
            grant["reason"] = "unknown_service"
        elif not programme[0] <= paid_on <= programme[1]:
            grant["reason"] = "outside_period"
        else:
            rate_bps = rate_on(enrolled, payment, paid_on)
            if rate_bps is None:
                grant["reason"] = "not_enrolled"
            elif grant["base_yen"] == 0:
                grant["reason"] = "refunded"
            else:
                earn(grant, service, rate_bps, cum_points, str(payment["payment_id"]) in holds)
    return grants


def rate_on(enrolled: Mapping[tuple[str, str], list[Row]], payment: Row, paid_on: date) -> int | None:
    """The rate of the payment's store that day: one for the service wins over one for all."""
    for service_id in (payment["service_id"], "*"):
        for enrolment in enrolled.get((str(payment["store_id"]), service_id), ()):
            ends_on = enrolment["ends_on"]
            if enrolment["starts_on"] <= paid_on and (ends_on is None or paid_on <= ends_on):
                return int(enrolment["rate_bps"])
    return None


def earn(grant: Row, service: Row, rate_bps: int, cum_points: dict[tuple[Any, ...], int], held: bool) -> None:
    """Write the points into `grant`, and what is used of its window into `cum_points`."""
    cap, base_yen = int(service["cap_amount"]), grant["base_yen"]
    if service["cap_unit"] == "yen_of_payment":
        points = raw_points = min(base_yen, cap) * rate_bps // 10_000
    else:
        raw_points = base_yen * rate_bps // 10_000
        if service["cap_period"] == "payment":
            points = min(cap, raw_points)
        else:
            channel = ("of", grant["channel"]) if service["cap_scope"] == "channel" else "all"
            window = (grant["service_id"], channel, grant["member_id"], grant["period"])
            before = cum_points[window]
            cum_points[window] = before + raw_points
            points = min(cap, before + raw_points) - min(cap, before)
    grant["raw_points"] = raw_points
    if held:
        grant["reason"] = "held"
        return
    grant["granted_points"] = points
    grant["reason"] = "capped" if points < raw_points else "ok"
    if points:
        grant["credit_on"] = credited_on(service["credit_rule"], grant["paid_on"])


@cache
def period_of(cap_period: str, paid_on: date) -> str:
    if cap_period == "month":
        return f"{paid_on.year}-{paid_on.month:02}"
    if cap_period == "quarter":
        return f"{paid_on.year}-Q{(paid_on.month + 2) // 3}"
    return cap_period


@cache
def credited_on(rule: str, paid_on: date) -> date:
    """The first day the points can come; of alternatives the earlier."""
    return min(one_date(each.strip(), paid_on) for each in rule.split("|"))


def one_date(rule: str, paid_on: date) -> date:
    name, *facts = rule.split(":")
    if name == "instant":
        return paid_on
    if name == "days":
        return paid_on + timedelta(days=int(facts[0]))
    if name == "next_week":
        monday = paid_on - timedelta(days=paid_on.weekday()) + timedelta(days=7)
        return monday + timedelta(days=WEEKDAYS.index(facts[0]))
    if name == "quarter_months":
        listed = [int(month) for month in facts[0].split("-")]
        day = int(facts[1]) if len(facts) > 1 else 1
        ahead = min((month - paid_on.month - 1) % 12 + 1 for month in listed)
        return day_of_month(paid_on, ahead, day)
    months = int(facts[0])
    if name == "day":
        return day_of_month(paid_on, months, int(facts[1]))
    return day_of_month(paid_on, months, {"month": 1, "billing": 1, "month_end": 31}[name])


def day_of_month(start: date, months_ahead: int, day: int) -> date:
    """That day of the n-th month after `start`'s, or the month's last if it is shorter."""
    year, month = divmod(start.year * 12 + start.month - 1 + months_ahead, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


# What a provider may claim


def claims_of(grants: Sequence[Row]) -> list[Row]:
    """Sums by service and JST month of payment, over every row of grants."""
    sums: dict[tuple[str, str], Row] = {}
    for grant in grants:
        key = grant["service_id"], period_of("month", grant["paid_on"])
        if key not in sums:
            sums[key] = dict(zip(CLAIMS, key + (0,) * 7, strict=True))
        claim = sums[key]
        claim["payments"] += 1
        claim["base_yen"] += grant["base_yen"]
        claim["granted_points"] += grant["granted_points"]
        if grant["reason"] == "held":
            claim["held_points"] += grant["raw_points"]
        else:
            claim["capped_points"] += grant["raw_points"] - grant["granted_points"]
        if grant["granted_points"]:
            claim["rewarded_payments"] += 1
            claim["rewarded_base_yen"] += grant["base_yen"]
    return [sums[key] for key in sorted(sums)]


def day_number(day: date) -> int:
    return (day - EPOCH).days
