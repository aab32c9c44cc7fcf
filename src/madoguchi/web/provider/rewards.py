"""A provider's side of reward campaigns: its points, its reports, its claims, and what changed payment by payment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.people.access import may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Provider
from madoguchi.rewards.life import months_of, report_cost, report_points
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.provider_desk import (
    ADJUSTMENT_COLUMNS,
    GRANT_COLUMNS,
    adjustments_in,
    awaited,
    campaign_with,
    campaigns_with,
    claims_with,
    grants_in,
    run_with,
    runs_with,
    services_with,
    standing_of,
)
from madoguchi.rewards.queries import points_of
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.provider.reward_files import show
from madoguchi.web.provider.reward_forms import FeeForm, PointsForm, TerminalForm, told_beside
from madoguchi.web.provider.views import provider_of
from madoguchi.web.town.sales import table_file


@require_GET
@never_cache
@signed_in
def rewards(request: Page) -> HttpResponse:
    """The campaigns in which one of the provider's services takes part, and how each stands."""
    provider = provider_of(request)
    rows = []
    for campaign in campaigns_with(request.actor, provider.code):
        points = points_of(campaign, provider.code)
        rows.append(
            {
                "campaign": campaign,
                "rate_bps": campaign.terms.get("rate_bps"),
                "services": services_with(campaign, provider.code),
                "standing": standing_of(campaign, provider.code, points),
                "has_run": runs_with(campaign).exists(),
                "has_report": any(row.measured for row in points),
                "awaited": len(awaited(campaign, points)),
            }
        )
    return show(request, "rewards.html", provider, {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def campaign(request: Page, code: str) -> HttpResponse:
    """One campaign: the life of the provider's points, its reports, its claims, its downloads."""
    provider = provider_of(request)
    found = campaign_with(request.actor, provider.code, code)
    given = request.POST if request.method == "POST" else None
    if given is not None:
        require(request.actor, "provider.write", Scope(provider=provider.code))
    asked = _forms(found, provider, given)
    wanted = asked.get(given.get("act", "")) if given is not None else None
    if given is not None and wanted is None:
        raise Refusal("field_wrong", field="act")
    if wanted is not None and wanted.is_valid():
        with told_beside(wanted):
            _report(request, provider, found, wanted)
        if not wanted.errors:
            messages.success(request, _("The report is kept."))
            return redirect(_address("provider:reward_campaign", provider, code))
    facts = {
        "campaign": found,
        "asked": asked,
        "wrong": wanted,
        "may_write": may(request.actor, "provider.write", Scope(provider=provider.code)),
        **_standing(found, provider),
    }
    return show(request, "reward_campaign.html", provider, facts, status=422 if wanted is not None else 200)


@require_GET
@never_cache
@signed_in
def adjustments(request: Page, code: str) -> HttpResponseBase:
    """What an approved run changed for the provider's services, payment by payment, as CSV; `?run=` names the run."""
    provider = provider_of(request)
    found = campaign_with(request.actor, provider.code, code)
    run = run_with(found, request.GET.get("run", ""))
    title = _("Adjustments %(campaign)s run %(run)s") % {"campaign": code, "run": run.number}
    return _csv(request, ADJUSTMENT_COLUMNS, adjustments_in(run, provider.code), title)


@require_GET
@never_cache
@signed_in
def grants(request: Page, code: str) -> HttpResponseBase:
    """What each payment of a month with the provider's services was granted by the approved run, as CSV."""
    provider = provider_of(request)
    found = campaign_with(request.actor, provider.code, code)
    month = request.GET.get("month", "")
    run = run_with(found)
    title = _("Grants %(campaign)s %(month)s") % {"campaign": code, "month": month}
    return _csv(request, GRANT_COLUMNS, grants_in(run, provider.code, month), title)


def _csv(request: Page, head: Iterable[str], batches: Iterable[pa.RecordBatch], title: str) -> HttpResponseBase:
    encoding = request.GET.get("encoding", "")
    return table_file(list(head), _cells(batches), kind="csv", encoding=encoding, title=title)


def _cells(batches: Iterable[pa.RecordBatch]) -> Iterator[list[object]]:
    for batch in batches:
        yield from (list(row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _forms(found: Campaign, provider: Provider, given: Any) -> dict[str, forms.Form]:
    """The reports that the campaign asks for; what was sent fills only the form that was sent."""

    def filled(act: str) -> Any:
        return given if given is not None and given.get("act") == act else None

    services = list(dict.fromkeys(service for service, _row in services_with(found, provider.code)))
    first = {"as_of": today(), "month": _month_before(found)}
    asked: dict[str, forms.Form] = {
        "points": PointsForm(filled("points"), campaign=found, services=services, prefix="points", initial=first)
    }
    if found.supports_fees:
        asked["fee"] = FeeForm(filled("fee"), campaign=found, prefix="fee", initial=first)
    if found.terminal_share_bps:
        asked["terminal"] = TerminalForm(filled("terminal"), campaign=found, prefix="terminal", initial=first)
    return asked


def _month_before(found: Campaign) -> str:
    """The last month of the campaign that is over, else its first."""
    months = months_of(found)
    over = [month for month in months if month < f"{today():%Y-%m}"]
    return (over or months)[-1] if over else months[0]


def _report(request: Page, provider: Provider, found: Campaign, form: forms.Form) -> None:
    told, actor = form.cleaned_data, request.actor
    if isinstance(form, PointsForm):
        month, life = told["month"], form.life()
        report_points(actor=actor, campaign_id=found.id, service=told["service"], month=month, life=life)
        return
    facts = {name: told[name] for name in ("month", "cost_yen", "basis_yen", "count") if name in told}
    kind = "fee" if isinstance(form, FeeForm) else "terminal"
    report_cost(actor=actor, campaign_id=found.id, provider=provider.code, kind=kind, **facts)


def _standing(found: Campaign, provider: Provider) -> dict[str, Any]:
    points = points_of(found, provider.code)
    waiting = {(row.service, row.month) for row in awaited(found, points)}
    services = services_with(found, provider.code)
    names = {service.code: service.name for service, _row in services}
    runs = list(runs_with(found))
    begun = [month for month in months_of(found) if month <= f"{today():%Y-%m}"]
    costs = found.cost_reports.filter(provider=provider).order_by("month", "kind", "reported_at")
    return {
        "points": [(row, names.get(row.service, row.service), (row.service, row.month) in waiting) for row in points],
        "awaited": len(waiting),
        "has_report": any(row.measured for row in points),
        "standing": standing_of(found, provider.code, points),
        "services": services,
        "names": names,
        "claims": list(claims_with(found, provider.code)),
        "costs": list(costs),
        "runs": [
            (run, _address("provider:reward_adjustments", provider, found.code, run=str(run.number))) for run in runs
        ],
        "months": [(month, _address("provider:reward_grants", provider, found.code, month=month)) for month in begun],
    }


def _address(route: str, provider: Provider, code: str, **query: str) -> str:
    return f"{reverse(route, args=[code])}?{urlencode({'provider': provider.code, **query})}"
