"""Kits that wait to be printed and posted: as one PDF, with the list to post them by, and that they were posted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import now, today
from madoguchi.onboarding.kinds import KIT_KINDS
from madoguchi.onboarding.kit_printing import MAX_KITS, dispatch_table, kit_orders, kits_of, kits_pdf
from madoguchi.onboarding.kits import mark_sent
from madoguchi.onboarding.models import KitOrder
from madoguchi.onboarding.queue import prefectures
from madoguchi.people.access import may, require
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.office.forms import SentForm
from madoguchi.web.office.paging import window
from madoguchi.web.office.views import page
from madoguchi.web.office.words import KITS
from madoguchi.web.stickers import as_file
from madoguchi.web.templatetags.madoguchi import is_english
from madoguchi.web.town.forms import told_in
from madoguchi.web.town.sales import table_file

PAGE_ROWS = 100
STATES = ("waiting", "sent")


def _filter(request: Page) -> dict[str, str]:
    """The filter of an address or a form; what it names wrongly is left out."""
    given = request.POST if request.method == "POST" else request.GET
    state, kind, prefecture = (given.get(name, "") for name in ("state", "kind", "prefecture"))
    is_prefecture = len(prefecture) == 2 and prefecture.isascii() and prefecture.isdigit()
    return {
        "state": state if state in STATES else "waiting",
        "kind": kind if kind in KIT_KINDS else "",
        "prefecture": prefecture if is_prefecture else "",
    }


def _until(request: Page) -> datetime | None:
    """When the list was shown: what was ordered since then is on none of its sheets."""
    given = request.POST if request.method == "POST" else request.GET
    try:
        found = datetime.fromisoformat(given.get("until", ""))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _orders(request: Page, until: datetime | None) -> QuerySet[KitOrder]:
    return kit_orders(request.actor, **_filter(request), until=until)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def kits(request: Page) -> HttpResponse:
    """Kits that wait, or were posted; noting that they were."""
    require(request.actor, "office.write" if request.method == "POST" else "office.read")
    until = (_until(request) if request.method == "POST" else None) or now()
    shown = window(_orders(request, until), request.GET.get("page"), PAGE_ROWS)
    wanted = _filter(request)
    form = SentForm(
        request.POST if request.method == "POST" else None, orders=request.POST.getlist("order"), initial={}
    )
    if form.is_valid():
        with told_in(form):
            count = mark_sent(
                actor=request.actor, order_ids=_chosen(request, form, until), day=form.cleaned_data["sent_on"]
            )
            said = ngettext("%(count)s kit is noted as posted.", "%(count)s kits are noted as posted.", count)
            messages.success(request, said % {"count": f"{count:,}"})
            return redirect(f"{reverse('office:kits')}?{urlencode(wanted)}")
    query = urlencode({**wanted, "until": until.isoformat()})
    facts: dict[str, Any] = {
        "form": form,
        "window": shown,
        "wanted": wanted,
        "until": until.isoformat(),
        "query": query,
        "keep": f"{urlencode(wanted)}&",
        "states": STATES,
        "kinds": list(KITS.items()),
        "prefectures": [(code, name_en if is_english() else name) for code, name, name_en in prefectures()],
        "waiting": kit_orders(request.actor, **{**wanted, "state": "waiting"}, until=until)[: MAX_KITS + 1].count(),
        "limit": MAX_KITS,
        "limit_shown": f"{MAX_KITS:,}",
        "may_write": may(request.actor, "office.write"),
    }
    return page(request, "kits.html", "kits", facts, status=422 if form.errors else 200)


def _chosen(request: Page, form: SentForm, until: datetime) -> list[UUID]:
    if form.cleaned_data["every"]:
        wanted = {**_filter(request), "state": "waiting"}
        return list(kit_orders(request.actor, **wanted, until=until).values_list("id", flat=True)[:MAX_KITS])
    found = []
    for one in form.cleaned_data["order"]:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return found


@require_GET
@never_cache
@signed_in
def kits_file(request: Page) -> HttpResponse:
    """Everything that the filter shows as one PDF to print."""
    require(request.actor, "office.read")
    pdf = kits_pdf(kits_of(_orders(request, _until(request)), today()), today())
    return as_file(pdf, f"{_('Kits')}-{today().isoformat()}.pdf", is_download=True)


@require_GET
@never_cache
@signed_in
def kits_list(request: Page, kind: str) -> HttpResponseBase:
    """The list by which they are posted, in the order of the PDF's pages."""
    require(request.actor, "office.read")
    head, rows = dispatch_table(kits_of(_orders(request, _until(request)), today()))
    return table_file(head, rows, kind=kind, encoding=request.GET.get("encoding", ""), title=_("Dispatch list"))
