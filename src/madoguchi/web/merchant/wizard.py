"""The pages of an application: how far it is, and its sections, each saved by itself in any order."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.onboarding.applications import save_answers
from madoguchi.onboarding.following import messages_of
from madoguchi.web.edges import Page
from madoguchi.web.merchant.access import Visit, for_applicants
from madoguchi.web.merchant.answer_forms import section_form
from madoguchi.web.merchant.fields import town_name, towns_like
from madoguchi.web.merchant.progress import next_address, steps_of
from madoguchi.web.merchant.section_forms import told_in
from madoguchi.web.merchant.words import APPLICATION_STATES


@require_GET
@for_applicants
def overview(visit: Visit) -> HttpResponse:
    """The sections with what is missing in each."""
    if not visit.is_open:
        return redirect(visit.address("status"))
    steps = steps_of(visit)
    office = [one for one in messages_of(visit.application) if one.side == "office"]
    facts = {
        "steps": steps,
        "next": next((step for step in steps if not step.is_complete), None),
        "said": APPLICATION_STATES[visit.application.state],
        "office": office[-1:] if visit.application.state == "returned" else [],
    }
    return visit.page("overview.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def section(visit: Visit, section: str) -> HttpResponse:
    """One section: saved half filled in if need be; what cannot be right stays on the page beside its reason."""
    form_class = section_form(visit.application, section)
    if form_class is None:
        raise Http404
    if not visit.is_open:
        return redirect(visit.address("status"))
    form = form_class(visit.request.POST if visit.request.method == "POST" else None, application=visit.application)
    is_filling = "fill" in visit.request.POST
    if is_filling:
        form.fill_from_postal_code()
    elif form.is_valid():
        with told_in(form):
            application = visit.application
            save_answers(
                actor=visit.actor,
                application_id=application.id,
                section=section,
                answers=form.answers(),
                version=form.expected_version,
            )
            messages.success(visit.request, _("Saved."))
            return redirect(_after(visit, section))
    is_wrong = form.is_bound and not (is_filling and not form.errors)
    facts = {"form": form, "section": section, "steps": steps_of(visit)}
    return visit.page(f"{form.template}.html", facts, status=422 if is_wrong else 200)


def _after(visit: Visit, section: str) -> str:
    """The next section that lacks something, or the overview for those who come back later."""
    visit.application.refresh_from_db()
    return visit.address("overview") if "later" in visit.request.POST else next_address(visit, section, steps_of(visit))


@require_GET
def municipalities(request: Page) -> HttpResponse:
    """Suggestions for a municipality's name, for those whose browser runs scripts; everybody else types it whole."""
    wanted = request.GET.get("municipality_code", "")[:60]
    names = [(town_name(code),) for code in towns_like(wanted)]
    return HttpResponse(format_html_join("", '<option value="{}"></option>', names))
