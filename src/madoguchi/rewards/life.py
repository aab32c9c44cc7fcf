"""The life of points and the costs of taking part, as providers report them; reports are added, never changed."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Service
from madoguchi.rewards.models import Campaign, CostReport, PointsReport
from madoguchi.rewards.rules import COST_KINDS, Life, check_life, fee_subsidy_yen

MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
REPORTED_STATES = ("approved", "ended", "stopped")
LARGEST_YEN = 10**13


def report_points(*, actor: Actor, campaign_id: UUID, service: str, month: str, life: Life) -> PointsReport:
    """What became of a service's points of a month, all told up to a day. The same report again is the first one.

    Raises Refusal `not_allowed`, `campaign_unknown`, `service_not_in_campaign`, `month_outside`, `life_wrong`,
    `report_differs` if another report stands for that day.
    """
    with transaction.atomic():
        campaign = _campaign(campaign_id)
        _require_service(actor, campaign, service)
        _check_month(campaign, month)
        if life.as_of > today():
            raise Refusal("life_wrong", field="as_of")
        if max(life[1:5]) > LARGEST_YEN:
            raise Refusal("life_wrong", field="granted_points")
        before = campaign.points_reports.filter(service=service, month=month, is_estimate=life.is_estimate)
        same = before.filter(as_of=life.as_of).first()
        if same is not None:
            if same.life == life:
                return same
            raise Refusal("report_differs", field="as_of")
        last = before.order_by("-as_of").first()
        check_life(life, last.life if last else None)
        try:
            with transaction.atomic():
                row = campaign.points_reports.create(
                    service_id=service,
                    month=month,
                    **life._asdict(),
                    reported_at=now(),
                    reported_by=str(actor),
                )
        except IntegrityError as error:
            raise Refusal("report_differs", field="as_of") from error
        facts: dict[str, Any] = {**life._asdict(), "as_of": life.as_of.isoformat()}
        record(actor, "points.reported", row.id, campaign=campaign.code, service=service, month=month, **facts)
    return row


def report_cost(
    *, actor: Actor, campaign_id: UUID, provider: str, kind: str, month: str, cost_yen: int, basis_yen: int = 0,
    count: int = 0,
) -> CostReport:  # fmt: skip
    """A provider's merchant fees of a month on takings of `basis_yen`, or what `count` terminals cost (P-04).

    The last report of a month counts. Raises Refusal `field_wrong`, `fee_above_limit`, `fees_not_supported`,
    `provider_not_in_campaign`, `month_outside`.
    """
    require(actor, "provider.write", Scope(provider=provider))
    if kind not in COST_KINDS:
        raise Refusal("field_wrong", field="kind")
    for name, value in (("cost_yen", cost_yen), ("basis_yen", basis_yen), ("count", count)):
        if not 0 <= value <= LARGEST_YEN:
            raise Refusal("field_wrong", field=name)
    with transaction.atomic():
        campaign = _campaign(campaign_id)
        if provider not in providers_of(campaign):
            raise Refusal("provider_not_in_campaign")
        _check_month(campaign, month)
        if kind == "fee":
            if not campaign.supports_fees:
                raise Refusal("fees_not_supported")
            fee_subsidy_yen(cost_yen, basis_yen)
        elif not campaign.terminal_share_bps:
            raise Refusal("terminals_not_supported")
        elif not count:
            raise Refusal("field_missing", field="count")
        last = campaign.cost_reports.filter(provider=provider, kind=kind, month=month).order_by("-reported_at").first()
        facts = {"cost_yen": cost_yen, "basis_yen": basis_yen, "count": count}
        if last is not None and all(getattr(last, name) == value for name, value in facts.items()):
            return last
        row = campaign.cost_reports.create(
            provider_id=provider, kind=kind, month=month, **facts, reported_at=now(), reported_by=str(actor)
        )
        record(actor, "cost.reported", row.id, campaign=campaign.code, provider=provider, month=month, **facts)
    return row


def providers_of(campaign: Campaign) -> set[str]:
    """The providers whose services take part."""
    codes = {str(row["service_id"]) for row in campaign.services}
    return set(Service.objects.filter(code__in=codes).values_list("provider_id", flat=True))


def months_of(campaign: Campaign) -> list[str]:
    """The months of the campaign's days, as 2019-10."""
    found, year, month = [], campaign.starts_on.year, campaign.starts_on.month
    while date(year, month, 1) <= campaign.ends_on:
        found.append(f"{year}-{month:02}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def _campaign(campaign_id: UUID) -> Campaign:
    # Locked, so that of two reports of one month the second sees the first.
    campaign = Campaign.objects.select_for_update().filter(id=campaign_id, state__in=REPORTED_STATES).first()
    if campaign is None:
        raise Refusal("campaign_unknown")
    return campaign


def _require_service(actor: Actor, campaign: Campaign, code: str) -> None:
    service = Service.objects.filter(code=code).first()
    if service is None:
        raise Refusal("service_not_in_campaign", field="service")
    require(actor, "provider.write", Scope(provider=service.provider_id))
    if all(row["service_id"] != code for row in campaign.services):
        raise Refusal("service_not_in_campaign", field="service")


def _check_month(campaign: Campaign, month: str) -> None:
    if not MONTH.fullmatch(month) or month not in months_of(campaign):
        raise Refusal("month_outside", field="month")
