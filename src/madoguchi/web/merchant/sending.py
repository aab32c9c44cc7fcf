"""Consent to publication, looking over everything, sending it, taking it back (P-27)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.applications import answer_consent, withdraw_application
from madoguchi.onboarding.following import documents_of, item_counts, places_of, services_applied_for, services_on_offer
from madoguchi.onboarding.states import APPLICATION_STATES, may_go
from madoguchi.onboarding.submission import submit_application
from madoguchi.web.merchant.access import Visit, for_applicants
from madoguchi.web.merchant.answer_forms import SectionForm, section_form
from madoguchi.web.merchant.document_words import document_name
from madoguchi.web.merchant.place_forms import WithdrawForm
from madoguchi.web.merchant.progress import address_of, next_address, steps_of
from madoguchi.web.merchant.section_forms import shown_value
from madoguchi.web.refusals import sentence, status_of

MOST_PLACES_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def consent(visit: Visit) -> HttpResponse:
    """Whether name, address, phone, rate and services may be published: asked, and the answer recorded."""
    if visit.request.method == "POST":
        answer_consent(actor=visit.actor, application_id=visit.application.id, consents=True)
        messages.success(visit.request, _("Saved."))
        visit.application.refresh_from_db()
        return redirect(next_address(visit, "consent", steps_of(visit)) if visit.is_open else visit.address("status"))
    return visit.page("consent.html", {"steps": steps_of(visit) if visit.is_open else []})


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def refuse_consent(visit: Visit) -> HttpResponse:
    """Refusing publication takes the application back: done only after saying so once more."""
    if visit.request.method == "POST":
        application = answer_consent(actor=visit.actor, application_id=visit.application.id, consents=False)
        told = (
            _("Publication is refused. The office has been asked to end the registration.")
            if application.state == "accepted"
            else _("Publication is refused, and the application is taken back.")
        )
        messages.info(visit.request, told)
        return redirect(visit.address("status"))
    return visit.page("refuse_consent.html", {"is_accepted": visit.application.state == "accepted"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def check(visit: Visit) -> HttpResponse:
    """Everything that was told, every gap with a link to its field, and sending it."""
    if not visit.is_open and visit.application.state != "submitted":
        return redirect(visit.address("status"))
    refusal: Refusal | None = None
    if visit.request.method == "POST":
        try:
            submit_application(actor=visit.actor, application_id=visit.application.id)
        except Refusal as caught:
            # Told on this page, above everything that was entered.
            if status_of(caught.code) in {403, 404}:
                raise
            refusal = caught
        else:
            messages.success(visit.request, _("The application has been sent."))
            return redirect(visit.address("status"))
    if not visit.is_open:
        return redirect(visit.address("status"))
    steps = steps_of(visit)
    facts = {
        "steps": steps,
        "missing": sum(step.count for step in steps),
        "sections": [_told(visit, key) for key in ("applicant", "business", "account")],
        "places": places_of(visit.application)[:MOST_PLACES_SHOWN],
        "place_count": visit.application.places.count(),
        "item_count": sum(item_counts(visit.application).values()),
        "services": [one.name for one in services_on_offer() if one.code in services_applied_for(visit.application)],
        "documents": [
            (one, document_name(one.need)) for one in documents_of(visit.application) if one.deleted_at is None
        ],
        "refusal": {"sentence": sentence(refusal), "code": refusal.code} if refusal else None,
    }
    return visit.page("check.html", facts, status=422 if refusal else 200)


def _told(visit: Visit, key: str) -> dict[str, Any]:
    """A section as it was filled in: what was left open is left out."""
    form_class = section_form(visit.application, key)
    form: SectionForm = form_class(application=visit.application)  # type: ignore[misc]  # each of the three has one
    rows = [(field.label, shown_value(field, form.stored.get(field.name))) for field in form.visible_fields()]
    return {"title": form.title, "address": address_of(visit, key), "rows": [row for row in rows if row[1]]}


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def withdraw(visit: Visit) -> HttpResponse:
    """Take the application back, once it was asked whether that is meant."""
    if not may_go(APPLICATION_STATES, visit.application.state, "withdrawn"):
        return redirect(visit.address("status"))
    form = WithdrawForm(visit.request.POST if visit.request.method == "POST" else None)
    if form.is_valid():
        withdraw_application(actor=visit.actor, application_id=visit.application.id, reason=form.cleaned_data["reason"])
        messages.success(visit.request, _("The application is taken back."))
        return redirect(visit.address("status"))
    return visit.page("withdraw.html", {"form": form}, status=422 if form.errors else 200)
