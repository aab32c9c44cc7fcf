"""The inbox as a file, and decisions by file: what was not done comes back with the reason beside each row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.onboarding.decisions import Outcome, decide_all
from madoguchi.onboarding.inbox import TABS, Wanted, inbox, item_rows, prefectures, services_to_filter
from madoguchi.onboarding.inbox_files import (
    COLUMNS,
    DECISION_COLUMNS,
    DecisionFile,
    bad_rows,
    bad_rows_csv,
    bad_rows_json,
    inbox_csv,
    inbox_json,
    read_decisions,
)
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Provider
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.provider.inbox import require_file_kind
from madoguchi.web.provider.inbox_forms import DecisionsForm, FilterForm
from madoguchi.web.provider.views import page, provider_of
from madoguchi.web.refusals import sentence, status_of
from madoguchi.web.town.sales import CSV_ENCODINGS

# The oldest of what is listed; what was taken is no longer new, so that the next file goes on behind it.
FILE_ROWS = 10_000
READ_ROWS = 500
SHOWN_BAD = 100
Response = TypeVar("Response", HttpResponse, StreamingHttpResponse)


@require_GET
@never_cache
@signed_in
def applications_file(request: Page, kind: str) -> HttpResponse | StreamingHttpResponse:
    """What is listed, up to 10,000 rows from the oldest, as CSV (`?encoding=cp932` for old Excel) or JSON."""
    require_file_kind(kind)
    provider = provider_of(request)
    form = FilterForm(request.GET, services=services_to_filter(provider.code), prefectures=prefectures())
    form.is_valid()
    tab = request.GET.get("tab", "")
    rows = _rows(request.actor, provider, form.wanted(tab if tab in TABS else ""), kind)
    if kind == "json":
        return _file(
            HttpResponse(inbox_json(list(rows)), content_type="application/json"),
            pgettext("inbox", "Applications"),
            kind,
        )
    return _csv_file(
        lambda encoding: inbox_csv(rows, encoding=encoding), request.GET, pgettext("inbox", "Applications")
    )


def _rows(actor: Actor, provider: Provider, wanted: Wanted, kind: str) -> Iterator[dict[str, Any]]:
    """Page by page behind the last row, so that a long file is never in memory whole."""
    after, left = None, FILE_ROWS
    while left > 0:
        items = list(inbox(actor, provider.code, wanted, after=after)[: min(READ_ROWS, left)])
        yield from item_rows(actor, items, how=kind)
        if len(items) < READ_ROWS:
            return
        after, left = items[-1].id, left - len(items)


def _csv_file(lines: Any, given: Any, title: str) -> StreamingHttpResponse:
    encoding = CSV_ENCODINGS.get(given.get("encoding", ""), "utf-8-sig")
    charset = "Shift_JIS" if encoding == "cp932" else "utf-8"
    response = StreamingHttpResponse(lines(encoding), content_type=f"text/csv; charset={charset}")
    return _file(response, title, "csv")


def _file(response: Response, title: str, kind: str) -> Response:
    name = f"{title}-{today().isoformat()}.{kind}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def decisions(request: Page) -> HttpResponse:
    """Read a file of decisions, do the good ones, and show what became of each."""
    provider = provider_of(request)
    require(request.actor, "provider.write", Scope(provider=provider.code))
    form = DecisionsForm(request.POST, request.FILES) if request.method == "POST" else DecisionsForm()
    facts: dict[str, Any] = {"form": form, "columns": DECISION_COLUMNS, "read_only": len(COLUMNS)}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            read = read_decisions(file.read(), file.name or "")
            outcomes = decide_all(actor=request.actor, provider=provider.code, given=[row for _, row in read.rows])
        except Refusal as refusal:
            if status_of(refusal.code) in {403, 404}:
                raise
            form.add_error("file", sentence(refusal))
        else:
            return page(request, "decided.html", "applications", provider, _outcome(provider, read, outcomes))
    response = page(request, "decisions.html", "applications", provider, facts)
    response.status_code = 422 if form.errors else 200
    return response


def _outcome(provider: Provider, read: DecisionFile, outcomes: list[Outcome]) -> dict[str, Any]:
    sentences = {one.code: sentence(Refusal(one.code)) for one in outcomes if one.code}
    bad = bad_rows(read, outcomes, sentences)
    done = [one for one in outcomes if not one.code]
    return {
        "done": sum(not one.is_repeated for one in done),
        "repeated": sum(one.is_repeated for one in done),
        "left_out": read.left_out,
        "bad": bad[:SHOWN_BAD],
        "bad_count": len(bad),
        "bad_more": max(0, len(bad) - SHOWN_BAD),
        "bad_json": json.dumps(bad, ensure_ascii=False),
        "back": f"{reverse('provider:applications')}?{urlencode({'provider': provider.code})}",
    }


@require_POST
@signed_in
def bad_file(request: Page, kind: str) -> HttpResponse | StreamingHttpResponse:
    """The rows that were not done as a file to correct, from the page that shows them; they are kept nowhere."""
    require_file_kind(kind)
    provider_of(request)
    try:
        told = json.loads(request.POST.get("rows", ""))
    except ValueError:
        told = None
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise Refusal("decisions_unreadable")
    if kind == "json":
        return _file(
            HttpResponse(bad_rows_json(told), content_type="application/json"), _("Decisions to correct"), kind
        )
    return _csv_file(lambda encoding: bad_rows_csv(told, encoding=encoding), request.POST, _("Decisions to correct"))
