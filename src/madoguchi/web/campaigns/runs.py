"""Runs of a campaign: asked for, their differences looked at, proposed and decided."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.core.errors import Refusal
from madoguchi.core.tables import csv_lines
from madoguchi.engine.rewards.adjusting import COLUMNS as HEAD
from madoguchi.people.access import may, require
from madoguchi.people.rules import Scope
from madoguchi.rewards import runs as actions
from madoguchi.rewards.computing import RESULTS, folder_of
from madoguchi.rewards.lake import files_for
from madoguchi.rewards.models import Campaign, Run
from madoguchi.rewards.published import service_names
from madoguchi.rewards.queries import adjustments_of
from madoguchi.web.campaigns.desk import opened, page, people_of
from madoguchi.web.campaigns.forms import ReasonForm
from madoguchi.web.campaigns.words import REASONS
from madoguchi.web.edges import Page, signed_in

SHOWN_ADJUSTMENTS = 50
COMPUTED_STATES = ("computed", "overtaken", "proposed", "approved", "refused")
DONE = {
    "propose": gettext_lazy("Proposed. Another officer approves it or declines it."),
    "take_back": gettext_lazy("Taken back."),
    "approve": gettext_lazy("Approved. Its differences are published to the providers."),
    "refuse": gettext_lazy("Declined; the reason is kept."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def runs(request: Page, code: str) -> HttpResponse:
    """Every run, the last first; a POST asks for one."""
    campaign = opened(request, code)
    if request.method == "POST":
        asked = actions.ask_run(actor=request.actor, campaign_id=campaign.id)
        messages.success(
            request, _("Run %(number)s is being computed. This page shows when it is done.") % {"number": asked.number}
        )
        return redirect("campaigns:runs", code)
    rows = list(campaign.runs.select_related("base").order_by("-number")[:100])
    files = list(files_for(campaign).select_related("provider")[:100])
    facts: dict[str, Any] = {"rows": rows, "names": people_of(rows), "files": files}
    # A provider's file holds the payments of all its shops: what they come to is not a town's to know.
    facts["shows_sums"] = may(request.actor, "office.read")
    return page(request, "runs.html", campaign, "runs", facts)


@require_GET
@never_cache
@signed_in
def run(request: Page, code: str, number: int) -> HttpResponse:
    """One run: its sums, what changes, who decides."""
    campaign = opened(request, code)
    return _page(request, campaign, _run(campaign, number), ReasonForm())


def _page(request: Page, campaign: Campaign, found: Run, form: ReasonForm, status: int = 200) -> HttpResponse:
    is_computed = found.state in COMPUTED_STATES
    rows = list(islice(adjustments_of(found), SHOWN_ADJUSTMENTS)) if is_computed else []
    counts = found.report.get("counts", {})
    facts: dict[str, Any] = {
        "run": found,
        "rows": rows,
        "is_computed": is_computed,
        "reasons": [(word, counts[reason]) for reason, word in REASONS.items() if counts.get(reason)],
        "services": service_names(),
        "names": people_of([found]),
        "form": form,
        "eyes": found,
    }
    return page(request, "run.html", campaign, "runs", facts, status=status)


@require_POST
@signed_in
def run_step(request: Page, code: str, number: int) -> HttpResponse:
    """Propose, take back, approve or decline a run."""
    campaign = opened(request, code)
    require(request.actor, "campaign.write", Scope(principal_id=campaign.owner_id))
    found, step = _run(campaign, number), request.POST.get("step", "")
    plain = {"propose": actions.propose_run, "take_back": actions.take_back_run, "approve": actions.approve_run}
    if step in plain:
        plain[step](actor=request.actor, run_id=found.id)
    elif step == "refuse":
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, campaign, found, form, 422)
        actions.refuse_run(actor=request.actor, run_id=found.id, **form.cleaned_data)
    else:
        raise Refusal("field_wrong", field="step")
    messages.success(request, DONE[step])
    return redirect("campaigns:run", code, number)


@require_GET
@signed_in
def adjustments(request: Page, code: str, number: int) -> HttpResponseBase:
    """Every payment whose points differ from the approved run before, as CSV."""
    found = _computed(opened(request, code), number)
    rows: Iterator[tuple[Any, ...]] = (tuple(row[name] for name in HEAD) for row in adjustments_of(found))
    name = f"{code}-{number}-adjustments.csv"
    return StreamingHttpResponse(
        csv_lines(HEAD, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_GET
@signed_in
def rejected(request: Page, code: str, number: int) -> HttpResponseBase:
    """The rows that the run could not take, as CSV."""
    found = _computed(opened(request, code), number)
    file = folder_of(found) / RESULTS / "rejected.csv"
    return FileResponse(
        file.open("rb"),
        as_attachment=True,
        filename=f"{code}-{number}-rejected.csv",
        content_type="text/csv; charset=utf-8",
    )


def _run(campaign: Campaign, number: int) -> Run:
    found = campaign.runs.select_related("base", "campaign").filter(number=number).first()
    if found is None:
        raise Refusal("run_unknown")
    return found


def _computed(campaign: Campaign, number: int) -> Run:
    found = _run(campaign, number)
    if found.state not in COMPUTED_STATES:
        raise Refusal("run_unknown")
    return found
