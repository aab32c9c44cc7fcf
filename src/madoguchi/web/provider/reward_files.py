"""A provider's files of payments: sent, looked through at once, taken back with a reason, never changed."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.errors import Refusal
from madoguchi.people.access import may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Provider, Service
from madoguchi.rewards.lake import Received, receive_payments_file, withdraw_payments_file
from madoguchi.rewards.provider_desk import file_with, files_of
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.provider.reward_forms import PaymentsFileForm, TakeBackForm, told_beside
from madoguchi.web.provider.reward_words import problem_rows
from madoguchi.web.provider.views import PAGE_ROWS, provider_of

SAMPLE = """\
payment_id,kind,original_payment_id,service_id,channel,member_id,store_id,amount_yen,paid_at
P-1001,payment,,{service},,M-1,{store},3000,2026-11-02T12:30:00+09:00
R-2001,refund,P-1001,{service},,,,500,2026-11-03T10:00:00+09:00
"""
SAMPLE_STORE = "0000000000001-0001-000009-000001"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def files(request: Page) -> HttpResponse:
    """The files that were sent; a new one is looked through at once, and what is wrong with it told by reason."""
    provider = provider_of(request)
    form = PaymentsFileForm()
    received = None
    if request.method == "POST":
        require(request.actor, "provider.write", Scope(provider=provider.code))
        form = PaymentsFileForm(request.POST, request.FILES)
        if form.is_valid():
            with told_beside(form):
                received = _received(request, provider, form.cleaned_data["file"])
                form = PaymentsFileForm()
    facts: dict[str, Any] = {
        "form": form,
        "page": Paginator(files_of(request.actor, provider.code), PAGE_ROWS).get_page(request.GET.get("page")),
        "keep": f"provider={provider.code}&",
        "services": Service.objects.filter(provider=provider).order_by("name"),
        "may_write": may(request.actor, "provider.write", Scope(provider=provider.code)),
    }
    if received:
        facts |= {"received": received, "problems": problem_rows(received.problems)}
        facts["problem_count"] = sum(received.problems.values())
    return show(request, "reward_files.html", provider, facts, status=422 if form.errors else 200)


@require_GET
@signed_in
def sample(request: Page) -> HttpResponse:
    """A file with one payment and one refund of the provider's first service, to begin from."""
    provider = provider_of(request)
    service = Service.objects.filter(provider=provider).order_by("code").first()
    text = SAMPLE.format(service=service.code if service else "", store=SAMPLE_STORE)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = content_disposition_header(as_attachment=True, filename="payments-sample.csv")
    response["Content-Disposition"] = name or "attachment"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def take_back(request: Page, file_id: UUID) -> HttpResponse:
    """Confirm that a file is taken back, and why."""
    provider = provider_of(request)
    require(request.actor, "provider.write", Scope(provider=provider.code))
    file = file_with(request.actor, provider.code, file_id)
    form = TakeBackForm(request.POST if request.method == "POST" else None)
    if file.withdrawn_at is None and form.is_valid():
        with told_beside(form):
            withdraw_payments_file(
                actor=request.actor, provider=provider.code, file_id=file_id, reason=form.cleaned_data["reason"]
            )
            messages.success(request, _("The file is taken back. Runs from now on go without it."))
            return redirect(f"{reverse('provider:reward_files')}?{urlencode({'provider': provider.code})}")
    if request.method == "POST" and file.withdrawn_at is not None:
        raise Refusal("payments_file_withdrawn")
    facts = {"form": form, "file": file}
    return show(request, "reward_file_take_back.html", provider, facts, status=422 if form.errors else 200)


def show(request: Page, template: str, provider: Provider, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the rewards' tab."""
    return render(request, f"provider/{template}", {"tab": "rewards", "provider": provider, **facts}, status=status)


def _received(request: Page, provider: Provider, upload: UploadedFile) -> Received:
    name = upload.name or ""
    if isinstance(upload, TemporaryUploadedFile):
        path = Path(upload.temporary_file_path())
        return receive_payments_file(actor=request.actor, provider=provider.code, name=name, file=path)
    # A small one is in memory only.
    with NamedTemporaryFile() as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        return receive_payments_file(actor=request.actor, provider=provider.code, name=name, file=Path(kept.name))
