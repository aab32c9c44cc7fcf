"""A town's codes: their stickers to print, the key that signs them, and whether a sticker found is genuine."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.jpqr.layout import MAX_COPIES
from madoguchi.people.access import require
from madoguchi.people.rules import Scope
from madoguchi.registry.codes import TownCode, codes_of_town, stickers_of
from madoguchi.registry.inspection import inspect_for_town
from madoguchi.registry.models import SigningKey
from madoguchi.registry.signing import (
    find_signing_key,
    has_usable_key,
    issue_signing_key,
    keys_of_organisation,
    retire_signing_key,
    revoke_signing_key,
    state_of,
)
from madoguchi.web.checking import CheckForm, Shown
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.stickers import FORMATS, MAX_PRINTS, as_file, sheet
from madoguchi.web.templatetags.madoguchi import name
from madoguchi.web.town.desk import Desk, open_desk
from madoguchi.web.town.forms import ReasonForm, told_in

PAGE_ROWS = 50


class SheetForm(forms.Form):
    """What to print, and how often."""

    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=FORMATS, initial="a5")
    copies = forms.IntegerField(
        label=gettext_lazy("Copies of each"),
        initial=1,
        min_value=1,
        max_value=MAX_COPIES,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    # One code alone, by its place's row; else all that the words find.
    code = forms.UUIDField(required=False, widget=forms.HiddenInput)


@require_GET
@never_cache
@signed_in
def codes(request: Page) -> HttpResponse:
    """The codes of one organisation with their stickers to print, and the key that signs them."""
    return _page(open_desk(request), SheetForm())


def _page(desk: Desk, form: SheetForm) -> HttpResponse:
    words = _words(desk.request)
    rows = codes_of_town(desk.organisation.id, today(), words=words)
    keys = keys_of_organisation(desk.organisation.id)
    facts: dict[str, Any] = {
        "form": form,
        "page": Paginator(rows, PAGE_ROWS).get_page(desk.request.GET.get("page")),
        "ready": (ready := sum(row.is_ready for row in rows)),
        "ready_count": f"{ready:,}",
        "all_count": f"{len(rows):,}",
        "words": words,
        "keep": urlencode({"q": words}) if words else "",
        "formats": [(key, label, desk.address("sheet", format=key, copies=1)) for key, label in FORMATS],
        "limit": f"{MAX_PRINTS:,}",
        "live_key": next((key for key in keys if state_of(key) == "live"), None),
        "earlier_keys": [(key, state_of(key)) for key in keys if state_of(key) != "live"],
        "is_signed": has_usable_key(desk.organisation.id),
        "may_write": desk.may("registry.write"),
    }
    return desk.page("codes.html", facts, status=422 if form.is_bound else 200)


def _words(request: Page) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:80]


@require_GET
@never_cache
@signed_in
def sheets(request: Page) -> HttpResponse:
    """Stickers of all codes that the search finds, or of one, as a PDF to print."""
    desk = open_desk(request)
    form = SheetForm(request.GET)
    if form.is_valid():
        with told_in(form):
            rows = _chosen(desk, form.cleaned_data["code"])
            wanted = {key: form.cleaned_data[key] for key in ("format", "copies")}
            pdf = sheet(stickers_of(rows), **wanted)
            return as_file(pdf, _file_name(desk, rows, wanted["format"]), is_download=True)
    return _page(desk, form)


def _chosen(desk: Desk, code_id: UUID | None) -> list[TownCode]:
    rows = codes_of_town(desk.organisation.id, today(), words=_words(desk.request))
    if code_id is None:
        return rows
    found = [row for row in rows if row.code.id == code_id]
    if not found:
        raise Http404
    return found


def _file_name(desk: Desk, rows: list[TownCode], format_: str) -> str:
    whose = rows[0].code.place if len(rows) == 1 else desk.organisation
    return f"{name(whose)} {dict(FORMATS)[format_]}.pdf".replace("/", "-")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def check(request: Page) -> HttpResponse:
    """Whether a sticker found somewhere is one of the town's own."""
    desk = open_desk(request)
    form = CheckForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    facts: dict[str, Any] = {"form": form}
    if form.is_valid():
        shown = [Shown(row) for row in inspect_for_town(form.found, desk.organisation)]
        # An empty form again: a scanner goes on to the next sticker at once.
        facts = {"form": CheckForm(), "shown": shown}
    return desk.page("check.html", facts, status=422 if form.is_bound and form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def issue(request: Page) -> HttpResponse:
    """A key for an organisation that has none, or a new one in the place of its old."""
    desk = open_desk(request, permission="registry.write")
    if request.method == "POST":
        key = issue_signing_key(actor=request.actor, organisation_id=desk.organisation.id)
        messages.success(request, _("Codes are signed with the key %(key)s from now on.") % {"key": key.key_id})
        return redirect(desk.address("codes"))
    live = [key for key in keys_of_organisation(desk.organisation.id) if state_of(key) == "live"]
    return desk.page("key.html", {"change": "issue", "key": live[0] if live else None})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def retire(request: Page, key_id: str) -> HttpResponse:
    """End a key; the stickers that it signed stay good."""
    desk, key = _key_at(request, key_id)
    if request.method == "POST":
        retire_signing_key(actor=request.actor, key_id=key_id)
        messages.success(request, _("The key %(key)s signs no more. Its stickers stay good.") % {"key": key_id})
        return redirect(desk.address("codes"))
    return desk.page("key.html", {"change": "retire", "key": key})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def revoke(request: Page, key_id: str) -> HttpResponse:
    """Trust a key no longer, nor the stickers that it signed."""
    desk, key = _key_at(request, key_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with told_in(form):
            revoke_signing_key(actor=request.actor, key_id=key_id, **form.cleaned_data)
            messages.success(request, _("The key %(key)s is revoked. Print its stickers anew.") % {"key": key_id})
            return redirect(desk.address("codes"))
    facts = {"change": "revoke", "key": key, "form": form}
    return desk.page("key.html", facts, status=422 if form.is_bound else 200)


def _key_at(request: Page, key_id: str) -> tuple[Desk, SigningKey]:
    key = find_signing_key(key_id)
    require(request.actor, "registry.write", Scope(principal_id=key.organisation_id))
    return open_desk(request, permission="registry.write", of=key.organisation_id), key
