"""Which stores a campaign rewards: the registry's enrolments as the table that the engine reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
from django.db.models import Q
from pyarrow import parquet

from madoguchi.onboarding.models import ApplicationPlace
from madoguchi.registry.models import Enrolment
from madoguchi.rewards.models import Campaign

SCHEMA = pa.schema(
    {
        "store_id": pa.string(),
        "service_id": pa.string(),
        "rate_bps": pa.int64(),
        "starts_on": pa.date32(),
        "ends_on": pa.date32(),
        "municipality": pa.string(),
        "place_class": pa.string(),
        "trade": pa.string(),
    }
)


def write_enrolments(campaign: Campaign, out: Path) -> int:
    """Write the campaign's enrolments as Parquet to `out`; returns how many rows.

    A campaign without a rate of its own takes the rate each place was found eligible for (P-04), and only such places.
    Takings of towns themselves never earn points (P-15). An excluded store is enrolled to the day before (P-10).
    """
    rows = list(_rows(campaign))
    columns = {name: [row[name] for row in rows] for name in SCHEMA.names}
    parquet.write_table(pa.table(columns, schema=SCHEMA), out)
    return len(rows)


def stores_of(campaign: Campaign) -> set[str]:
    """The stores with an enrolment in the campaign's days."""
    chosen = {name: set(campaign.terms.get(name, ())) for name in ("municipalities", "place_classes", "trades")}
    keys = {"municipalities": "municipality", "place_classes": "place_class", "trades": "trade"}
    return {
        row["store_id"]
        for row in _rows(campaign)
        if all(not values or row[keys[name]] in values for name, values in chosen.items())
    }


def _rows(campaign: Campaign) -> Iterator[dict[str, Any]]:
    rate = campaign.terms.get("rate_bps")
    rates = _eligible_rates() if rate is None else {}
    excluded = dict(campaign.exclusions.filter(state="approved").values_list("store_id", "starts_on"))
    services = {str(row["service_id"]) for row in campaign.services}
    found = Enrolment.objects.filter(service__in=services, starts_on__lte=campaign.ends_on)
    found = found.filter(Q(ends_on=None) | Q(ends_on__gte=campaign.starts_on))
    found = found.exclude(code__principal__kind="municipality")
    columns = ("code__store_id", "service_id", "starts_on", "ends_on", "code__place_id")
    more = ("code__place__municipality_id", "code__place__place_class", "code__mcc")
    last_ends: dict[tuple[str, str], date | None] = {}
    for store, service, starts_on, ends_on, place, municipality, place_class, mcc in found.order_by(
        "code__store_id", "service_id", "starts_on"
    ).values_list(*columns, *more):
        bps = rate if rate is not None else rates.get(place)
        days = _days(starts_on, _until(ends_on, excluded.get(store)), last_ends, (store, service))
        if bps is None or days is None or (days[1] is not None and days[1] < campaign.starts_on):
            continue
        yield {
            "store_id": store,
            "service_id": service,
            "rate_bps": bps,
            "starts_on": days[0],
            "ends_on": days[1],
            "municipality": municipality,
            "place_class": place_class,
            "trade": mcc,
        }


def _days(
    starts_on: date, ends_on: date | None, last_ends: dict[tuple[str, str], date | None], key: tuple[str, str]
) -> tuple[date, date | None] | None:
    """The days a row adds to those before it: the registry may hold two rows that overlap, the engine takes none."""
    if key in last_ends:
        before = last_ends[key]
        if before is None:
            return None
        starts_on = max(starts_on, before + timedelta(days=1))
    if ends_on is not None and ends_on < starts_on:
        return None
    last_ends[key] = ends_on
    return starts_on, ends_on


def _until(ends_on: date | None, excluded_on: date | None) -> date | None:
    if excluded_on is None:
        return ends_on
    last = excluded_on - timedelta(days=1)
    return last if ends_on is None else min(ends_on, last)


def _eligible_rates() -> dict[UUID, int]:
    """The rate by each registered place, of the last decision on it."""
    found = ApplicationPlace.objects.filter(place__isnull=False, application__state="accepted")
    rows = found.order_by("application__decided_at").values_list("place_id", "application__decision")
    return {place: told["rate_bps"] for place, told in rows if told and told.get("rate_bps") is not None}
