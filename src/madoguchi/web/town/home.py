"""The accountant's first minute: today's takings, what will be deposited when, what does not match."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from madoguchi.core.clock import today
from madoguchi.counter.tills import till_days
from madoguchi.payments.queries import service_pulses
from madoguchi.payments.unmatched import unmatched_sums
from madoguchi.settlement.queries import deposits, expected_payouts
from madoguchi.settlement.sales import Names, SalesFilter, Sums, names_for, sales_by
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.desk import Desk, open_desk
from madoguchi.web.town.payouts import coming
from madoguchi.web.town.tables import division_name, service_name

# Days of tills that nobody closed are asked about for this long.
UNCLOSED_DAYS = 62


@dataclass(frozen=True)
class TakingsRow:
    """One division's takings by service, in the order of the table's columns."""

    label: str
    address: str
    cells: list[Sums | None]
    total: Sums


@require_GET
@signed_in
def home(request: Page) -> HttpResponse:
    """Today's takings per division and service; money on its way; what needs a person."""
    desk = open_desk(request)
    day = today()
    principal = frozenset({desk.organisation.id})
    names = names_for(principal)
    found = sales_by(SalesFilter(principal, sold_from=day, sold_to=day), ("division", "service"))
    services = sorted({key[1] for key in found}, key=lambda code: (code == "cash", service_name(code, names)))
    facts = {
        "day": day,
        "services": [service_name(code, names) for code in services],
        "rows": _rows(desk, found, services, names, day),
        "columns": [_sum(row for key, row in found.items() if key[1] == code) for code in services],
        "total": _sum(found.values()),
        "coming": coming(expected_payouts(request.actor, desk.organisation.id, with_running=False)),
        "pulses": service_pulses(),
        **_work(desk, day),
    }
    return desk.page("home.html", facts)


@require_GET
@signed_in
def running(request: Page) -> HttpResponse:
    """The periods still running, reckoned as of now: a part of the first page that may take a second to add up."""
    desk = open_desk(request)
    found = expected_payouts(request.actor, desk.organisation.id)
    facts = {"desk": desk, "running": coming(row for row in found if row.payout_id is None)}
    return render(request, "town/running.html", facts)


def _rows(
    desk: Desk, found: dict[tuple[Any, ...], Sums], services: list[str], names: Names, day: date
) -> list[TakingsRow]:
    rows = []
    for division in {key[0] for key in found}:
        cells = [found.get((division, code)) for code in services]
        address = desk.address("sales", by="each", sold_from=day, sold_to=day, division=division or "none")
        total = _sum(row for row in cells if row is not None)
        rows.append((division is None, TakingsRow(division_name(division, names), address, cells, total)))
    return [row for _is_last, row in sorted(rows, key=lambda pair: (pair[0], pair[1].label))]


def _sum(rows: Any) -> Sums:
    return sum(rows, Sums())


def _work(desk: Desk, day: date) -> dict[str, Any]:
    """What a person has to look at."""
    unmatched = unmatched_sums(desk.organisation.id)
    waiting = deposits(desk.request.actor, desk.organisation.id, state="waiting").count()
    open_days = till_days(
        desk.organisation.id, since=day - timedelta(days=UNCLOSED_DAYS), until=day - timedelta(days=1)
    )
    return {
        "unmatched": unmatched,
        "deposits_waiting": waiting,
        "days_open": [row for row in open_days if row.day.closed_at is None],
        "days_differing": [row for row in open_days if row.difference_yen and (day - row.day.day).days <= 7],
    }
