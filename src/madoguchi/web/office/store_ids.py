"""Store numbers: which places wait for one, the file to ask for them with, and the operator's answer read in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.store_numbers import BadRow, asking_table, places_without_number, read_numbers
from madoguchi.people.access import may, require
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.office.forms import NumbersForm
from madoguchi.web.office.paging import window
from madoguchi.web.office.views import page
from madoguchi.web.refusals import sentence
from madoguchi.web.town.forms import told_in
from madoguchi.web.town.sales import table_file

PAGE_ROWS = 50
SHOWN_ROWS = 200
SALT = "office.store_ids"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def store_ids(request: Page) -> HttpResponse:
    """Places that wait for a number, and reading the numbers in: good rows in, bad ones back with the reason."""
    require(request.actor, "office.write" if request.method == "POST" else "office.read")
    form = NumbersForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    facts: dict[str, Any] = {"form": form}
    if form.is_valid():
        with told_in(form):
            file = form.cleaned_data["file"]
            read = read_numbers(actor=request.actor, data=file.read(), filename=file.name)
            facts |= {"form": NumbersForm(), "read": read, **_bad(read.bad)}
            said = ngettext("%(count)s number was taken in.", "%(count)s numbers were taken in.", read.taken)
            if read.taken:
                messages.success(request, said % {"count": f"{read.taken:,}"})
    facts |= {
        "window": window(places_without_number(request.actor), request.GET.get("page"), PAGE_ROWS),
        "keep": "",
        "may_write": may(request.actor, "office.write"),
    }
    return page(request, "store_ids.html", "store_ids", facts, status=422 if form.errors else 200)


def _bad(rows: Any) -> dict[str, Any]:
    """Bad rows with their reasons in words, and all of them sealed, so that a file can be made of them."""
    told = [_told(row) for row in rows]
    return {
        "bad": told[:SHOWN_ROWS],
        "bad_count": len(told),
        "sealed": signing.dumps(told, salt=SALT, compress=True) if told else "",
    }


def _told(row: BadRow) -> list[object]:
    return [row.row, row.place, row.store_id, sentence(Refusal(row.code)), row.code]


@require_GET
@never_cache
@signed_in
def waiting_file(request: Page, kind: str) -> HttpResponseBase:
    """The places that wait, as the file to send to the scheme's operator."""
    head, rows = asking_table(request.actor)
    encoding = request.GET.get("encoding", "")
    return table_file(head, rows, kind=kind, encoding=encoding, title=_("Store numbers to issue"))


@require_POST
@signed_in
def bad_rows(request: Page) -> HttpResponseBase:
    """The rows that were not taken, with the reason beside each, to be corrected and read in as they are."""
    require(request.actor, "office.write")
    try:
        rows: list[list[object]] = signing.loads(request.POST.get("rows", ""), salt=SALT)
    except signing.BadSignature as error:
        raise Refusal("form_outdated") from error
    head = [_("Row"), "場所の番号", "店舗識別番号", pgettext("office", "Reason"), pgettext("office", "Code")]
    return table_file(head, rows, kind="xlsx", encoding="", title=_("Rows to correct"))
