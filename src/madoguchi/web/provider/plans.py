"""A provider keeps its own plans: a change begins on a day to come, and what was offered before stays (P-16, J-09)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.onboarding.models import Plan, PlanFee
from madoguchi.onboarding.plan_editing import (
    FeeFacts,
    add_plan,
    change_plan,
    checked_facts,
    end_plan,
    find_plan,
    may_edit_plans,
    plans_of,
)
from madoguchi.onboarding.plan_files import Brought, bring_plans, plan_table
from madoguchi.onboarding.plans import offer_of
from madoguchi.onboarding.sheet_files import MAX_MIB, MIB
from madoguchi.onboarding.words import Language
from madoguchi.people.access import may
from madoguchi.registry.models import Provider, Service
from madoguchi.registry.rules import in_force
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.merchant.plans import row_of
from madoguchi.web.provider.plan_forms import STATES, EndForm, FeeForms, PlanFileForm, PlanForm, first_values
from madoguchi.web.provider.views import provider_of
from madoguchi.web.town.forms import told_in
from madoguchi.web.town.sales import FILES, require_kind, table_file

MARKS = {"now": "good", "to_come": "waiting", "ended": ""}
# What a preview shows the costs of: a round figure, for applicants bring their own.
PREVIEW_TAKINGS_YEN = 100_000


def whose(request: Page) -> Provider:
    """The provider whose plans are meant: the reader's own; for the programme's office the one in `?provider=`.

    Raises Refusal `not_allowed`, `provider_unknown`.
    """
    if not may(request.actor, "office.read"):
        return provider_of(request)
    found = Provider.objects.filter(code=request.POST.get("provider") or request.GET.get("provider") or "").first()
    if found is None:
        raise Refusal("provider_unknown")
    return found


@require_GET
@signed_in
def plans(request: Page) -> HttpResponse:
    """All of a provider's plans, those offered now first; for the programme's office also whose."""
    if may(request.actor, "office.read") and not request.GET.get("provider"):
        providers = Provider.objects.filter(services__isnull=False).distinct().order_by("name")
        return render(request, "provider/plans_whose.html", {"providers": providers})
    return _list(request, whose(request), PlanFileForm())


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def plan_new(request: Page) -> HttpResponse:
    """A plan of a new name."""
    provider = _editable(request)
    return _edit(request, provider, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def plan_change(request: Page, plan_id: UUID) -> HttpResponse:
    """Other conditions of a plan, from a day to come."""
    provider = _editable(request)
    return _edit(request, provider, find_plan(request.actor, provider.code, plan_id))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def plan_end(request: Page, plan_id: UUID) -> HttpResponse:
    """The last day of a plan."""
    provider = _editable(request)
    plan = find_plan(request.actor, provider.code, plan_id)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"ends_on": today()})
    if form.is_valid():
        with told_in(form):
            end_plan(actor=request.actor, provider=provider.code, plan_id=plan_id, ends_on=form.cleaned_data["ends_on"])
            messages.success(request, _("The plan's last day is noted."))
            return _back(provider)
    facts = {"form": form, "plan": plan}
    return _page(request, "plan_end.html", provider, facts, status=422 if form.errors else 200)


@require_GET
@signed_in
def plans_file(request: Page, kind: str) -> HttpResponse | StreamingHttpResponse:
    """All plans, past ones included, in the schema in which they may be brought back."""
    require_kind(kind)
    provider = whose(request)
    head, rows = plan_table(request.actor, provider.code, _language())
    return table_file(head, rows, kind=kind, encoding=request.GET.get("encoding", ""), title=_("Plans"))


@require_POST
@signed_in
def plans_bring(request: Page) -> HttpResponse:
    """Take a file of plans in: good rows in, bad rows back."""
    provider = _editable(request)
    form = PlanFileForm(request.POST, request.FILES)
    brought = None
    if form.is_valid():
        file = form.cleaned_data["file"]
        with told_in(form):
            brought = bring_plans(
                actor=request.actor, provider=provider.code, data=file.read(MAX_MIB * MIB + 1), filename=file.name
            )
    return _list(request, provider, form, brought)


def _edit(request: Page, provider: Provider, plan: Plan | None) -> HttpResponse:
    services = list(Service.objects.filter(provider=provider).order_by("name"))
    posted = request.POST if request.method == "POST" else None
    told, fees = first_values(plan) if plan else ({"services": [services[0].code], "starts_on": today()}, [])
    form = PlanForm(posted, services=services, fixed_name=plan.name if plan else "", initial=told)
    fee_forms = FeeForms(posted, initial=fees, prefix="fees")
    facts: dict[str, Any] = {"form": form, "fee_forms": fee_forms, "plan": plan}
    # Both are read, so that every fault is told at once.
    if all([form.is_valid(), fee_forms.is_valid()]):
        with told_in(form):
            kept = checked_facts(form.facts([one.facts for one in fee_forms if one.facts]))
            if request.POST.get("act") != "preview":
                if plan:
                    change_plan(actor=request.actor, provider=provider.code, plan_id=plan.id, facts=kept)
                else:
                    add_plan(actor=request.actor, provider=provider.code, facts=kept)
                messages.success(request, _("The plan is entered."))
                return _back(provider)
            facts |= _preview(provider, kept, services)
    is_wrong = posted is not None and bool(form.errors or any(fee_forms.errors) or fee_forms.non_form_errors())
    return _page(request, "plan.html", provider, facts, status=422 if is_wrong else 200)


def _preview(provider: Provider, kept: Any, services: list[Service]) -> dict[str, Any]:
    """The plan as applicants see it on its first day, before anything is kept."""
    columns = {name: getattr(kept, name) for name in kept.__dataclass_fields__ if name not in {"services", "fees"}}
    plan = Plan(provider=provider, **columns)
    fees = [PlanFee(plan=plan, **_fee_columns(fee)) for fee in kept.fees]
    chosen = [service for service in services if service.code in kept.services]
    offer = offer_of(plan, fees, chosen, max(kept.starts_on, today()), PREVIEW_TAKINGS_YEN)
    return {"rows": [row_of(offer)], "takings": PREVIEW_TAKINGS_YEN}


def _fee_columns(fee: FeeFacts) -> dict[str, Any]:
    return {"period": fee.period, "starts_on": fee.starts_on, "ends_on": fee.ends_on, "fee_bps": fee.fee_bps}


def _list(request: Page, provider: Provider, form: forms.Form, brought: Brought | None = None) -> HttpResponse:
    rows = []
    for plan in plans_of(request.actor, provider.code):
        state = "now" if in_force(plan, today()) else "to_come" if plan.starts_on > today() else "ended"
        offer = offer_of(plan, plan.fees.all(), plan.services.all(), today())
        rows.append({**row_of(offer), "state": STATES[state], "mark": MARKS[state], "is_over": state == "ended"})
    query = urlencode({"provider": provider.code})
    files = [
        (label, f"{reverse('provider:plans_file', args=[kind])}?{query}{'&encoding=' + encoding if encoding else ''}")
        for label, kind, encoding in FILES
    ]
    facts: dict[str, Any] = {"rows": rows, "form": form, "files": files, "brought": brought}
    if brought and brought.faults:
        facts["faults"] = [(one.row, one.column_name(_language()), one.sentence(_language())) for one in brought.faults]
        # The rows go back in the page itself: nothing of a file that was not taken is kept.
        facts["faults_file"] = b64encode(brought.faults_csv(_language())).decode()
    facts["may_write"] = may_edit_plans(request.actor, provider.code)
    return _page(request, "plans.html", provider, facts, status=422 if form.errors else 200)


def _editable(request: Page) -> Provider:
    provider = whose(request)
    if not may_edit_plans(request.actor, provider.code):
        raise Refusal("not_allowed", permission="provider.write")
    return provider


def _page(
    request: Page, template: str, provider: Provider, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    # The office has none of the provider's other pages.
    is_office = may(request.actor, "office.read")
    frame = "provider/plans_office.html" if is_office else "provider/frame.html"
    return render(
        request, f"provider/{template}", {"tab": "plans", "provider": provider, "frame": frame, **facts}, status=status
    )


def _back(provider: Provider) -> HttpResponse:
    return redirect(f"{reverse('provider:plans')}?{urlencode({'provider': provider.code})}")


def _language() -> Language:
    return "en" if get_language() == "en" else "ja"
