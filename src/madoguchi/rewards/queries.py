"""What the pages of a campaign show: who may see which, what waits, and how its money stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from pyarrow import parquet

from madoguchi.core.errors import Refusal
from madoguchi.people.access import Actor, organisations_where
from madoguchi.registry.models import Service
from madoguchi.rewards.budget import Alarm, DayForecast, alarms, forecast
from madoguchi.rewards.claims import claimed_yen, reports_of
from madoguchi.rewards.computing import ADJUSTMENTS, RESULTS, claims_of, folder_of
from madoguchi.rewards.deciding import require_office
from madoguchi.rewards.life import REPORTED_STATES
from madoguchi.rewards.models import Campaign, Run
from madoguchi.rewards.rules import Life
from madoguchi.rewards.runs import last_approved


@dataclass(frozen=True)
class Budget:
    """How a campaign's budget stands: points granted by day, what is to be expected, when which share is used up."""

    budget_points: int
    granted: Mapping[date, int]
    coming: list[DayForecast]
    alarms: list[Alarm]

    @property
    def granted_points(self) -> int:
        """Points granted so far."""
        return sum(self.granted.values())

    @property
    def left_points(self) -> int:
        """Points that may still be granted; below 0 where the budget is overrun."""
        return self.budget_points - self.granted_points


class PointsRow(NamedTuple):
    """A service's points of a month: granted by the approved run, what became of them by report, what was claimed."""

    service: str
    month: str
    granted_points: int
    measured: Life | None
    estimated: Life | None
    claimed_yen: int

    @property
    def differs_by(self) -> int:
        """What the provider says it granted less what the approved run grants."""
        return 0 if self.measured is None else self.measured.granted_points - self.granted_points


def campaigns_for(actor: Actor) -> QuerySet[Campaign]:
    """The campaigns that `actor` may read, the latest first. Raises Refusal `not_allowed`."""
    held = organisations_where(actor, "campaign.read")
    found = Campaign.objects.select_related("owner").order_by("-starts_on", "code")
    if held is None:
        return found
    if not held:
        raise Refusal("not_allowed", permission="campaign.read")
    return found.filter(owner__in=held)


def find_campaign(actor: Actor, code: str) -> Campaign:
    """A campaign by its code. Raises Refusal `campaign_unknown`, `not_allowed`."""
    campaign = Campaign.objects.select_related("owner").filter(code=code).first()
    if campaign is None:
        raise Refusal("campaign_unknown")
    require_office(actor, campaign, "campaign.read")
    return campaign


def public_campaigns() -> QuerySet[Campaign]:
    """The campaigns with a public page: those that were approved."""
    return Campaign.objects.select_related("owner").filter(state__in=REPORTED_STATES).order_by("-starts_on", "code")


def points_by_day(run: Run | None) -> dict[date, int]:
    """Points granted for the payments of each day of a run."""
    rows = run.figures.get("by_day", []) if run else []
    return {date.fromisoformat(row["day"]): row["granted_points"] for row in rows}


def budget_of(campaign: Campaign, run: Run | None = None) -> Budget:
    """How the budget stands by a run; without one, by the last approved."""
    granted = points_by_day(run or last_approved(campaign))
    coming = forecast(every_day(granted, campaign), campaign.ends_on)
    budget = campaign.terms.get("budget_points") or 0
    return Budget(budget, granted, coming, alarms(granted, coming, budget) if budget else [])


def points_of(campaign: Campaign, provider: str = "") -> list[PointsRow]:
    """The life of points by service and month, of one provider's services or of all."""
    run = last_approved(campaign)
    granted = {(row["service_id"], row["month"]): row["granted_points"] for row in claims_of(run)} if run else {}
    reports = reports_of(campaign)
    claimed = claimed_yen(campaign)
    providers = dict(Service.objects.values_list("code", "provider_id"))
    rows = []
    for service, month in sorted({*granted, *reports}, key=lambda key: (key[1], key[0])):
        if service not in providers or (provider and providers[service] != provider):
            continue
        lives = reports.get((service, month), [])
        key = ("reward", providers[service], service, month)
        rows.append(
            PointsRow(
                service,
                month,
                granted.get((service, month), 0),
                _last(lives, is_estimate=False),
                _last(lives, is_estimate=True),
                claimed.get(key, 0),
            )
        )
    return [row for row in rows if row.granted_points or row.measured or row.estimated]


def adjustments_of(run: Run, *, services: frozenset[str] | None = None) -> Iterator[dict[str, Any]]:
    """A run's differences to the approved one before it, payment by payment, by month; of some services only."""
    yield from _rows(folder_of(run) / ADJUSTMENTS, services)


def grants_of(run: Run, day: date, *, services: frozenset[str] | None = None) -> Iterator[dict[str, Any]]:
    """What every payment of a day in Japan was granted."""
    file = folder_of(run) / RESULTS / "grants" / f"{day}.parquet"
    if file.is_file():
        yield from _rows(file, services)


def waiting_for(actor: Actor, campaign: Campaign) -> dict[str, int]:
    """How many things of a campaign wait for a second pair of eyes that may be this reader's."""
    others = Q(state="proposed") & ~Q(maker=str(actor))
    return {
        "runs": campaign.runs.filter(others).count(),
        "holds": campaign.holds.filter(others).count(),
        "holds_open": campaign.holds.filter(state="open").count(),
        "claims": campaign.claims.filter(others).count(),
        "exclusions": campaign.exclusions.filter(others).count(),
    }


def every_day(granted: Mapping[date, int], campaign: Campaign) -> dict[date, int]:
    """Days without points are days, too, up to the last that has any: files come days later."""
    if not granted:
        return {}
    first = min(*granted, campaign.starts_on)
    days = (date.fromordinal(one) for one in range(first.toordinal(), max(granted).toordinal() + 1))
    return {day: granted.get(day, 0) for day in days}


def _last(lives: list[Life], *, is_estimate: bool) -> Life | None:
    fitting = [life for life in lives if life.is_estimate == is_estimate]
    return max(fitting, key=lambda life: life.as_of) if fitting else None


def _rows(file: Path, services: frozenset[str] | None) -> Iterator[dict[str, Any]]:
    with parquet.ParquetFile(file) as opened:
        for batch in opened.iter_batches(batch_size=10_000):
            for row in batch.to_pylist():
                if services is None or row["service_id"] in services:
                    yield row
