"""Documents of an application: what is asked for, what was brought, looking at it, taking it back (P-23 to P-25)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.documents import add_document, needs_of, view_document
from madoguchi.onboarding.documents import remove_document as take_back
from madoguchi.onboarding.following import documents_of
from madoguchi.web.merchant.access import Visit, for_applicants
from madoguchi.web.merchant.document_words import DOCUMENT_REFUSALS, asked_for, document_name
from madoguchi.web.merchant.place_forms import DocumentForm
from madoguchi.web.merchant.progress import next_address, steps_of
from madoguchi.web.merchant.section_forms import told_in


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def documents(visit: Visit) -> HttpResponse:
    """What is asked for, with what was brought for each; a file that cannot be taken leaves the others alone."""
    asked = asked_for(needs_of(visit.application))
    sent = (visit.request.POST, visit.request.FILES) if visit.request.method == "POST" and visit.is_open else ()
    form = DocumentForm(*sent, codes=[code for row in asked for code in row.codes])
    if form.is_valid():
        file = form.cleaned_data["file"]
        with told_in(form, DOCUMENT_REFUSALS):
            add_document(
                actor=visit.actor,
                application_id=visit.application.id,
                need=form.cleaned_data["need"],
                filename=file.name,
                data=file.read(),
            )
            messages.success(visit.request, _("“%(file)s” is kept.") % {"file": file.name})
            return redirect(visit.address("documents"))
    steps = steps_of(visit) if visit.is_open else []
    brought = documents_of(visit.application)
    known = {code for row in asked for code in row.codes}
    held = {one.need for one in brought if one.deleted_at is None}
    facts = {
        "form": form,
        "rows": [
            {
                "asked": row,
                "is_met": row.need.is_met(held),
                "brought": [(one, document_name(one.need)) for one in brought if one.need in row.codes],
                "is_wrong": form.is_bound and form.data.get("need") in row.codes,
            }
            for row in asked
        ],
        "others": [(one, document_name(one.need)) for one in brought if one.need not in known],
        "is_stray": form.is_bound and form.data.get("need") not in known,
        "steps": steps,
        "on": next_address(visit, "documents", steps) if visit.is_open else "",
    }
    return visit.page("documents.html", facts, status=422 if form.is_bound else 200)


@require_GET
@for_applicants
def document(visit: Visit, document_id: UUID) -> HttpResponse:
    """One document, to be kept or opened by the reader's own programs; that it was looked at is logged."""
    if not visit.application.documents.filter(id=document_id).exists():
        raise Refusal("document_unknown")
    found, data = view_document(actor=visit.actor, document_id=document_id)
    response = HttpResponse(data, content_type=found.media_type)
    header = content_disposition_header(as_attachment=True, filename=found.filename)
    response["Content-Disposition"] = header or "attachment"
    return response


@require_POST
@for_applicants
def remove_document(visit: Visit, document_id: UUID) -> HttpResponse:
    """Take a document back."""
    take_back(actor=visit.actor, application_id=visit.application.id, document_id=document_id)
    messages.success(visit.request, _("The document was deleted."))
    return redirect(visit.address("documents"))
