"""What a payment provider sees of campaigns: its services, its points, its claims, what it still has to report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import QuerySet
from pyarrow import parquet

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Service
from madoguchi.rewards.computing import ADJUSTMENTS, RESULTS, folder_of
from madoguchi.rewards.life import MONTH, REPORTED_STATES, months_of
from madoguchi.rewards.models import Campaign, Claim, PaymentsFile, Run
from madoguchi.rewards.queries import PointsRow, points_of
from madoguchi.rewards.rules import CLAIMED_STATES
from madoguchi.rewards.runs import last_approved

BATCH_ROWS = 10_000
ADJUSTMENT_COLUMNS = (
    "payment_id",
    "service_id",
    "member_id",
    "store_id",
    "month",
    "points_before",
    "points_after",
    "difference_points",
    "reason_before",
    "reason_after",
)
GRANT_COLUMNS = (
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
# What a provider hears of: a draft that a later report overtook is the office's own matter.
TOLD_STATES = ("drawn_up", "proposed", "approved", "paid", "refused")


class Standing(NamedTuple):
    """Sums over a provider's services: points by run and by measured report, yen by how far the claims have come."""

    granted_points: int
    used_points: int
    expired_points: int
    outstanding_points: int
    claimed_yen: int
    approved_yen: int
    paid_yen: int


def campaigns_with(actor: Actor, provider: str) -> list[Campaign]:
    """Approved, ended and stopped campaigns in which a service of the provider takes part, the latest first.

    Raises Refusal `not_allowed`.
    """
    require(actor, "provider.read", Scope(provider=provider))
    own = _own(provider)
    found = Campaign.objects.select_related("owner").filter(state__in=REPORTED_STATES).order_by("-starts_on", "code")
    return [one for one in found if any(row["service_id"] in own for row in one.services)]


def campaign_with(actor: Actor, provider: str, code: str) -> Campaign:
    """One of `campaigns_with`. Raises Refusal `campaign_unknown`, `not_allowed`."""
    found = next((one for one in campaigns_with(actor, provider) if one.code == code), None)
    if found is None:
        raise Refusal("campaign_unknown")
    return found


def services_with(campaign: Campaign, provider: str) -> list[tuple[Service, dict[str, Any]]]:
    """The provider's rows of the campaign's services, each with the service."""
    known = Service.objects.filter(provider=provider).in_bulk()
    return [(known[row["service_id"]], row) for row in campaign.services if row["service_id"] in known]


def standing_of(campaign: Campaign, provider: str, points: Sequence[PointsRow]) -> Standing:
    """The sums of a campaign for a provider; `points` are its rows of `points_of`."""
    measured = [row.measured for row in points if row.measured]
    claims = campaign.claims.filter(provider=provider).values_list("state", "yen")
    sums = {state: sum(yen for one, yen in claims if one == state) for state in CLAIMED_STATES}
    return Standing(
        sum(row.granted_points for row in points),
        sum(life.used_points for life in measured),
        sum(life.expired_points for life in measured),
        sum(life.outstanding_points for life in measured),
        sum(sums.values()),
        sums["approved"] + sums["paid"],
        sums["paid"],
    )


def claims_with(campaign: Campaign, provider: str) -> QuerySet[Claim]:
    """The provider's claims in the order of their numbers."""
    return campaign.claims.filter(provider=provider, state__in=TOLD_STATES).order_by("number")


def runs_with(campaign: Campaign) -> QuerySet[Run]:
    """The runs whose differences are published, the latest first."""
    return campaign.runs.filter(state="approved").order_by("-number")


def run_with(campaign: Campaign, number: str = "") -> Run:
    """An approved run by its number as an address has it, else the last.

    Raises Refusal `run_unknown`, `run_not_approved` if none is.
    """
    if not number:
        run = last_approved(campaign)
        if run is None:
            raise Refusal("run_not_approved")
        return run
    is_number = number.isascii() and number.isdigit() and len(number) < 9
    found = runs_with(campaign).filter(number=int(number)).first() if is_number else None
    if found is None:
        raise Refusal("run_unknown")
    return found


def reports_awaited(actor: Actor, provider: str) -> list[tuple[Campaign, list[PointsRow]]]:
    """Campaigns that wait for a measured report, each with the services and months that do."""
    found = [(one, awaited(one, points_of(one, provider))) for one in campaigns_with(actor, provider)]
    return [(campaign, rows) for campaign, rows in found if rows]


def awaited(campaign: Campaign, points: Sequence[PointsRow]) -> list[PointsRow]:
    """The rows that wait: granted in a month that is over, not reported since, or monthly while points may be used."""
    return [row for row in points if row.granted_points and _waits(row, min(_last_of(row.month), campaign.ends_on))]


def files_of(actor: Actor, provider: str) -> QuerySet[PaymentsFile]:
    """The files of payments that a provider sent, the latest first. Raises Refusal `not_allowed`."""
    require(actor, "provider.read", Scope(provider=provider))
    return PaymentsFile.objects.filter(provider=provider).order_by("-id")


def file_with(actor: Actor, provider: str, file_id: UUID) -> PaymentsFile:
    """One of them. Raises Refusal `payments_file_unknown`, `not_allowed`."""
    found = files_of(actor, provider).filter(id=file_id).first()
    if found is None:
        raise Refusal("payments_file_unknown")
    return found


def adjustments_in(run: Run, provider: str) -> Iterator[pa.RecordBatch]:
    """The run's differences for the provider's services, in batches with ADJUSTMENT_COLUMNS; at least one batch."""
    return _batches([folder_of(run) / ADJUSTMENTS], ADJUSTMENT_COLUMNS, _own(provider))


def grants_in(run: Run, provider: str, month: str) -> Iterator[pa.RecordBatch]:
    """What payments of a month with the provider's services were granted, by day, in batches with GRANT_COLUMNS.

    Raises Refusal `month_outside` at once.
    """
    if not MONTH.fullmatch(month) or month not in months_of(run.campaign):
        raise Refusal("month_outside", field="month")
    grants = folder_of(run) / RESULTS / "grants"
    # Without a payment in the month, any file of the run tells the columns.
    files = sorted(grants.glob(f"{month}-*.parquet")) or sorted(grants.glob("*.parquet"))[:1]
    wanted = _own(provider) if any(file.name.startswith(month) for file in files) else set()
    return _batches(files, GRANT_COLUMNS, wanted)


def _batches(files: Sequence[Path], columns: Sequence[str], services: set[str]) -> Iterator[pa.RecordBatch]:
    wanted = pa.array(sorted(services), pa.string())
    for file in files:
        with parquet.ParquetFile(file) as opened:
            yield pa.RecordBatch.from_pylist([], schema=pa.schema([opened.schema_arrow.field(one) for one in columns]))
            for batch in opened.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
                kept = batch.filter(pc.is_in(batch["service_id"], value_set=wanted)).select(columns)
                if len(kept):
                    yield kept


def _own(provider: str) -> set[str]:
    return set(Service.objects.filter(provider=provider).values_list("code", flat=True))


def _last_of(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return (date(year, number, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _waits(row: PointsRow, over_on: date) -> bool:
    if over_on >= today():
        return False
    last = row.measured
    if last is None or last.as_of < over_on:
        return True
    return last.outstanding_points > 0 and last.as_of < today().replace(day=1) - timedelta(days=1)
