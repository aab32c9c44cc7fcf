"""A campaign's money: the life of its points, its budget, and what another rate or cap would have cost."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from madoguchi.engine.rewards.what_if import WhatIf, what_if
from madoguchi.rewards.campaigns import services_of, terms_of
from madoguchi.rewards.computing import ENROLMENTS, RESULTS, folder_of
from madoguchi.rewards.models import Campaign, Run
from madoguchi.rewards.published import service_names
from madoguchi.rewards.queries import budget_of, points_of
from madoguchi.rewards.runs import last_approved
from madoguchi.web.campaigns.charts import burn_picture, day_picture, service_picture
from madoguchi.web.campaigns.desk import opened, page
from madoguchi.web.campaigns.forms import WhatIfForm
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.forms import told_in


@require_GET
@never_cache
@signed_in
def points(request: Page, code: str) -> HttpResponse:
    """Granted, used, expired, returned and outstanding points by service and month; estimates marked as such."""
    campaign = opened(request, code)
    rows = points_of(campaign)
    measured = [row.measured for row in rows if row.measured]
    sums = {
        "granted": sum(row.granted_points for row in rows),
        "used": sum(life.used_points for life in measured),
        "expired": sum(life.expired_points for life in measured),
        "outstanding": sum(life.outstanding_points for life in measured),
        "claimed": sum(row.claimed_yen for row in rows),
    }
    return page(request, "points.html", campaign, "points", {"rows": rows, "sums": sums, "services": service_names()})


@require_GET
@never_cache
@signed_in
def budget(request: Page, code: str) -> HttpResponse:
    """How fast the budget goes, when it will be gone, and `?rate_bps=` and `?cap_bps=` what if."""
    campaign = opened(request, code)
    run = last_approved(campaign)
    found = budget_of(campaign, run)
    names = service_names()
    by_service = [
        (names.get(row["service_id"], row["service_id"]), row["granted_points"])
        for row in (run.figures["by_service"] if run else [])
    ]
    form = WhatIfForm(request.GET if {"rate_bps", "cap_bps"} & set(request.GET) else None)
    told = _what_if(campaign, run, form) if run and form.is_bound and form.is_valid() else None
    facts: dict[str, Any] = {
        "run": run,
        "budget": found,
        "picture": burn_picture(found),
        "days": day_picture(found.granted, _("Points by day")),
        "by_service": service_picture(by_service),
        "form": form,
        "what_if": told,
        "services": names,
    }
    return page(request, "budget.html", campaign, "budget", facts, status=422 if form.is_bound and form.errors else 200)


def _what_if(campaign: Campaign, run: Run, form: WhatIfForm) -> WhatIf | None:
    told = form.cleaned_data
    per_cent = 100 if told["cap_bps"] is None else told["cap_bps"]
    found: WhatIf | None = None
    with told_in(form):
        found = what_if(
            folder_of(run) / RESULTS,
            services=services_of(campaign),
            campaign=terms_of(campaign),
            rate_bps=told["rate_bps"],
            cap_bps=per_cent * 100,
            enrolments=folder_of(run) / ENROLMENTS,
        )
    return found  # noqa: RET504  # told_in may have swallowed a refusal
