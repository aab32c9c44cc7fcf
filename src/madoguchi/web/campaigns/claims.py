"""Claims of a campaign: drawn up, proposed, approved by a second officer, paid; as file and PDF for whoever pays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.core.clock import jst_date, today
from madoguchi.core.errors import Refusal
from madoguchi.people.access import require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Provider
from madoguchi.rewards import claims as actions
from madoguchi.rewards.models import Campaign, Claim
from madoguchi.rewards.published import service_names
from madoguchi.rewards.runs import last_approved
from madoguchi.rewards.statement import Statement, StatementRow, statement_csv, statement_pdf
from madoguchi.web.campaigns.desk import opened, page, people_of
from madoguchi.web.campaigns.forms import PaidForm, ReasonForm
from madoguchi.web.campaigns.words import CLAIM_STATES
from madoguchi.web.edges import Page, signed_in

SHOWN = 500
DECIDED = ("approved", "paid")
DONE = {
    "propose": gettext_lazy("Proposed. Another officer approves or declines."),
    "take_back": gettext_lazy("Taken back."),
    "approve": gettext_lazy("Approved. They stand in the file for whoever pays."),
    "refuse": gettext_lazy("Declined; the reason is kept, and they can be drawn up again."),
    "paid": gettext_lazy("Noted as paid."),
}


@require_GET
@never_cache
@signed_in
def claims(request: Page, code: str) -> HttpResponse:
    """Claims by state, with what can be done with those that are ticked."""
    return _page(request, opened(request, code), ReasonForm(), PaidForm(initial={"paid_on": today()}))


def _page(
    request: Page,
    campaign: Campaign,
    reason: ReasonForm,
    paid: PaidForm,
    *,
    ticked: frozenset[str] = frozenset(),
    status: int = 200,
) -> HttpResponse:
    asked = request.GET.get("state", "")
    state = asked if asked in CLAIM_STATES else ""
    rows = list(
        campaign.claims.select_related("provider")
        .order_by("-number")
        .filter(**({"state": state} if state else {}))[:SHOWN]
    )
    facts: dict[str, Any] = {
        "rows": rows,
        "state": state,
        "states": list(CLAIM_STATES.items()),
        "names": people_of(rows),
        "services": service_names(),
        "run": last_approved(campaign),
        "reason": reason,
        "paid": paid,
        "ticked": ticked,
        "sum_yen": sum(row.yen for row in rows if row.state in DECIDED),
        "has_decided": campaign.claims.filter(state__in=DECIDED).exists(),
        "can": {row.state for row in rows},
        "may_check": any(row.state == "proposed" and row.maker != str(request.actor) for row in rows),
        "is_maker": any(row.state == "proposed" and row.maker == str(request.actor) for row in rows),
    }
    return page(request, "claims.html", campaign, "claims", facts, status=status)


@require_POST
@signed_in
def claims_step(request: Page, code: str) -> HttpResponse:
    """Draw up what is due; or take the ticked claims a step further: all of them or none."""
    campaign = opened(request, code)
    require(request.actor, "campaign.write", Scope(principal_id=campaign.owner_id))
    step = request.POST.get("step", "")
    told: dict[str, Any] = {"actor": request.actor, "campaign_id": campaign.id}
    if step == "draw_up":
        new = actions.draw_up_claims(**told)
        count = len(new)
        words = ngettext("%(count)s claim was drawn up.", "%(count)s claims were drawn up.", count) % {"count": count}
        messages.success(request, words if new else _("Nothing is due that was not claimed yet."))
        return redirect("campaigns:claims", code)
    ids = request.POST.getlist("claim")
    plain = {
        "propose": actions.propose_claims,
        "take_back": actions.take_back_claims,
        "approve": actions.approve_claims,
    }
    if step in plain:
        plain[step](**told, claim_ids=_ids(ids))
    elif step == "refuse":
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, campaign, form, PaidForm(), ticked=frozenset(ids), status=422)
        actions.refuse_claims(**told, claim_ids=_ids(ids), **form.cleaned_data)
    elif step == "paid":
        paid = PaidForm(request.POST)
        if not paid.is_valid():
            return _page(request, campaign, ReasonForm(), paid, ticked=frozenset(ids), status=422)
        actions.mark_paid(**told, claim_ids=_ids(ids), **paid.cleaned_data)
    else:
        raise Refusal("field_wrong", field="step")
    messages.success(request, DONE[step])
    return redirect("campaigns:claims", code)


@require_GET
@never_cache
@signed_in
def claims_file(request: Page, code: str, kind: str) -> HttpResponse:
    """The approved claims for whoever pays: CSV or PDF."""
    campaign = opened(request, code)
    writers = {"csv": (statement_csv, "text/csv; charset=utf-8"), "pdf": (statement_pdf, "application/pdf")}
    if kind not in writers:
        raise Http404
    write, media_type = writers[kind]
    name = f"{code}-claims-{today():%Y%m%d}.{kind}"
    return HttpResponse(
        write(_statement(campaign)),
        content_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _statement(campaign: Campaign) -> Statement:
    found = list(campaign.claims.filter(state__in=DECIDED).select_related("provider").order_by("number"))
    people, services = people_of(found), service_names()
    return Statement(
        campaign=campaign.name,
        campaign_code=campaign.code,
        payer=campaign.owner.name if campaign.owner else "事務局",
        made_on=today(),
        rows=tuple(_statement_row(row, row.provider, people, services) for row in found),
        is_demo=campaign.is_demo,
    )


def _statement_row(claim: Claim, provider: Provider, people: dict[str, str], services: dict[str, str]) -> StatementRow:
    return StatementRow(
        number=claim.number,
        provider=provider.name,
        service=services.get(claim.service, claim.service),
        kind=claim.kind,
        month=claim.month,
        yen=claim.yen,
        basis={name: value for name, value in claim.basis.items() if not isinstance(value, bool)},
        maker=people.get(claim.maker, claim.maker),
        checker=people.get(claim.checker, claim.checker),
        decided_on=jst_date(claim.decided_at) if claim.decided_at else today(),
    )


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError as error:
        raise Refusal("claim_unknown") from error
