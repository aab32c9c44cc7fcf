"""What an officer does about an application: ask, write, propose, open its account or a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.onboarding.documents import view_document
from madoguchi.onboarding.dossier import find_place, view_account
from madoguchi.onboarding.letters import office_writes
from madoguchi.onboarding.proposing import (
    propose_cancellation,
    propose_class_change,
    propose_correction,
    propose_screening,
)
from madoguchi.onboarding.returning import return_application
from madoguchi.people.access import require
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.office.applications import application_page, done, place_page
from madoguchi.web.office.forms import ClassForm, CorrectionForm, ReasonForm, TextForm
from madoguchi.web.town.forms import told_in


def _act(
    request: Page, application_id: UUID, name: str, form: forms.Form, act: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """Do what a form of the application's page asks for, or show it again with what is wrong beside the fields."""
    if form.is_valid():
        with told_in(form):
            messages.success(request, act(form.cleaned_data))
            return redirect("office:application", application_id)
    return application_page(request, application_id, status=422, sent={name: form})


@require_POST
@signed_in
def accept(request: Page, application_id: UUID) -> HttpResponse:
    """Propose to accept an application."""
    require(request.actor, "office.write")
    propose_screening(actor=request.actor, application_id=application_id, decision="accept")
    messages.success(request, done("accept"))
    return redirect("office:application", application_id)


@require_POST
@signed_in
def refuse(request: Page, application_id: UUID) -> HttpResponse:
    """Propose to refuse an application, with the reason that its applicant will read."""
    require(request.actor, "office.write")

    def act(told: dict[str, Any]) -> str:
        propose_screening(actor=request.actor, application_id=application_id, decision="refuse", reason=told["reason"])
        return done("refuse")

    return _act(request, application_id, "refuse", ReasonForm(request.POST, prefix="refuse"), act)


@require_POST
@signed_in
def cancel(request: Page, application_id: UUID) -> HttpResponse:
    """Propose to cancel an accepted application."""
    require(request.actor, "office.write")

    def act(told: dict[str, Any]) -> str:
        propose_cancellation(actor=request.actor, application_id=application_id, reason=told["reason"])
        return done("cancel")

    return _act(request, application_id, "cancel", ReasonForm(request.POST, prefix="cancel"), act)


@require_POST
@signed_in
def give_back(request: Page, application_id: UUID) -> HttpResponse:
    """Ask the applicant for something: the application is its turn again."""
    require(request.actor, "office.write")

    def act(told: dict[str, Any]) -> str:
        return_application(actor=request.actor, application_id=application_id, text=told["text"])
        return _("The application is with its applicant again, who was told by e-mail.")

    return _act(request, application_id, "give_back", TextForm(request.POST, prefix="return"), act)


@require_POST
@signed_in
def write(request: Page, application_id: UUID) -> HttpResponse:
    """Write to the applicant; the application stays where it is."""
    require(request.actor, "office.write")

    def act(told: dict[str, Any]) -> str:
        office_writes(actor=request.actor, application_id=application_id, text=told["text"])
        return _("The applicant was told by e-mail.")

    return _act(request, application_id, "message", TextForm(request.POST, prefix="message"), act)


@require_POST
@never_cache
@signed_in
def account(request: Page, application_id: UUID) -> HttpResponse:
    """The account in full, once; that it was looked at is logged."""
    opened = view_account(actor=request.actor, application_id=application_id)
    return application_page(request, application_id, account=opened)


@require_GET
@never_cache
@signed_in
def document(request: Page, document_id: UUID) -> HttpResponse:
    """A document to keep or look at; that it was opened is logged."""
    require(request.actor, "office.read")
    found, data = view_document(actor=request.actor, document_id=document_id)
    response = HttpResponse(data, content_type=found.media_type)
    # Never opened inside this site, whatever it holds.
    header = content_disposition_header(as_attachment=True, filename=found.filename)
    response["Content-Disposition"] = header or "attachment"
    return response


@require_POST
@signed_in
def correct(request: Page, applied_id: UUID) -> HttpResponse:
    """Propose what is right of a place (P-28)."""
    require(request.actor, "office.write")
    dossier = find_place(request.actor, applied_id)
    form = CorrectionForm(request.POST, place=dossier.place, prefix="correction")
    if form.is_valid():
        with told_in(form):
            reason = form.cleaned_data["reason"]
            propose_correction(actor=request.actor, place_id=applied_id, facts=form.facts, reason=reason)
            messages.success(request, done("correction"))
            return redirect("office:applied_place", applied_id)
    return place_page(request, dossier, status=422, correction=form)


@require_POST
@signed_in
def change_class(request: Page, applied_id: UUID) -> HttpResponse:
    """Propose of which class a place is (P-28)."""
    require(request.actor, "office.write")
    dossier = find_place(request.actor, applied_id)
    form = ClassForm(request.POST, prefix="class")
    if form.is_valid():
        with told_in(form):
            propose_class_change(actor=request.actor, place_id=applied_id, **form.cleaned_data)
            messages.success(request, done("class_change"))
            return redirect("office:applied_place", applied_id)
    return place_page(request, dossier, status=422, place_class=form)
