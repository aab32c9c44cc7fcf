"""The inbox: what was applied for with a provider, and its decisions, one by one or several rows at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.decisions import Outcome, decide, decide_all, read_decision
from madoguchi.onboarding.documents import view_document
from madoguchi.onboarding.inbox import (
    TABS,
    Wanted,
    account_facts,
    applicant_facts,
    counts,
    document_of,
    find_item,
    inbox,
    messages_about,
    prefectures,
    purposes_of,
    services_to_filter,
)
from madoguchi.onboarding.letters import provider_writes
from madoguchi.onboarding.models import Item
from madoguchi.onboarding.provider_desk import is_late
from madoguchi.onboarding.states import AT_PROVIDERS
from madoguchi.people.access import may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Provider
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.merchant.document_words import document_name
from madoguchi.web.provider.inbox_forms import FILTER_FIELDS, ApprovalForm, FilterForm, QuestionForm, RefusalForm
from madoguchi.web.provider.inbox_words import (
    FILES,
    MARKS,
    SIDES,
    TAB_LABELS,
    facts_in_words,
    place_in_words,
    state_word,
)
from madoguchi.web.provider.views import page, provider_of
from madoguchi.web.refusals import sentence, status_of

PAGE_ROWS = 50


@require_http_methods(["GET", "POST"])
@never_cache
@signed_in
def applications(request: Page) -> HttpResponse:
    """One tab of the inbox, oldest first; posted, the chosen rows are taken, or approved together."""
    provider = provider_of(request)
    if request.method == "POST":
        return _bulk(request, provider)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "new"
    form = FilterForm(request.GET, services=services_to_filter(provider.code), prefectures=prefectures())
    form.is_valid()
    after = _uuid_or_none(request.GET.get("after", ""))
    found = list(inbox(request.actor, provider.code, form.wanted(tab), after=after)[: PAGE_ROWS + 1])
    rows, many = found[:PAGE_ROWS], counts(request.actor, provider.code)
    facts = {
        "form": form,
        "shown_tab": tab,
        "tabs": [
            {"label": label, "address": address(request, provider, tab=key), "is_current": key == tab}
            | {"count": _count(many.get(key))}
            for key, label in TAB_LABELS.items()
        ],
        "rows": [{"item": item, "state": state_word(item), "mark": MARKS[item.state]} for item in rows],
        "next": address(request, provider, tab=tab, after=str(rows[-1].id)) if len(found) > PAGE_ROWS else "",
        "first": address(request, provider, tab=tab) if after else "",
        "choose_all": address(request, provider, tab=tab, after=str(after or ""), all="1"),
        "are_chosen": request.GET.get("all") == "1",
        "can_decide": tab in {"new", "taken"} and _may_write(request, provider),
        "files": [(label, file_address(request, provider, tab, kind, code)) for label, kind, code in FILES],
    }
    return page(request, "applications.html", "applications", provider, facts)


def address(request: Page, provider: Provider, **changes: str) -> str:
    """The address of the list with its filter and `changes`."""
    kept = {name: request.GET.get(name, "") for name in FILTER_FIELDS}
    query = {"provider": provider.code, **kept, **changes}
    told = urlencode({key: value for key, value in query.items() if value})
    return f"{reverse('provider:applications')}?{told}"


def file_address(request: Page, provider: Provider, tab: str, kind: str, encoding: str) -> str:
    """The address of the file of exactly what is listed, all pages of it."""
    query = address(request, provider, tab=tab, encoding=encoding).partition("?")[2]
    return f"{reverse('provider:applications_file', args=[kind])}?{query}"


def _count(many: int | None) -> str:
    return "" if many is None else f"{many:,}" if many <= 1_000 else "1,000+"


def _uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _may_write(request: Page, provider: Provider) -> bool:
    return may(request.actor, "provider.write", Scope(provider=provider.code))


# --- several at once


def _bulk(request: Page, provider: Provider) -> HttpResponse:
    require(request.actor, "provider.write", Scope(provider=provider.code))
    chosen = [found for text in request.POST.getlist("item")[:PAGE_ROWS] if (found := _uuid_or_none(text))]
    rows = inbox(request.actor, provider.code, Wanted())
    items = list(rows.filter(id__in=chosen, state="at_provider"))
    if not items:
        messages.warning(request, _("No row was chosen, or those chosen have been decided already."))
        return redirect(_back(request, provider))
    if request.POST.get("act") != "approve":
        outcomes = decide_all(
            actor=request.actor,
            provider=provider.code,
            given=[{"item_id": str(item.id), "decision": "take"} for item in items],
        )
        return _told(request, provider, outcomes)
    return _approve_together(request, provider, items)


def _approve_together(request: Page, provider: Provider, items: Sequence[Item]) -> HttpResponse:
    asks = any(item.is_used_already for item in items)
    is_filled = "starts_on" in request.POST
    form = ApprovalForm(request.POST if is_filled else None, asks_terms=asks, is_bulk=True)
    late: list[Item] = []
    if is_filled and form.is_valid():
        late = [item for item in items if _would_be_late(form, item)]
        if not late or form.has_seen_late_start():
            told = form.facts()
            given = [
                {**told, "item_id": str(item.id), "keeps_terms": told["keeps_terms"] if item.is_used_already else None}
                for item in items
            ]
            return _told(request, provider, decide_all(actor=request.actor, provider=provider.code, given=given))
        _show_late(form)
    facts = {"form": form, "items": items, "late": late, "asks_terms": asks, "tab_shown": request.POST.get("tab", "")}
    status = 422 if is_filled else 200
    response = page(request, "approve_together.html", "applications", provider, facts)
    response.status_code = status
    return response


def _would_be_late(form: ApprovalForm, item: Item) -> bool:
    starts_on = form.cleaned_data["starts_on"]
    return bool(item.wished_on and starts_on > item.wished_on)


def _show_late(form: ApprovalForm) -> None:
    """Have the form carry the day that its reader is being shown."""
    form.data = {**form.data.dict(), "late_confirmed": form.cleaned_data["starts_on"].isoformat()}  # type: ignore[attr-defined]


def _back(request: Page, provider: Provider) -> str:
    tab = request.POST.get("tab", "")
    query = urlencode({"provider": provider.code, "tab": tab if tab in TABS else "new"})
    return f"{reverse('provider:applications')}?{query}"


def _told(request: Page, provider: Provider, outcomes: Iterable[Outcome]) -> HttpResponse:
    failed: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.code:
            failed[outcome.code] += 1
        else:
            done[outcome.state] += 1
    if many := done["approved"]:
        messages.success(request, ngettext("%(many)s row approved.", "%(many)s rows approved.", many) % {"many": many})
    if many := done["at_provider"]:
        messages.success(request, ngettext("%(many)s row taken.", "%(many)s rows taken.", many) % {"many": many})
    for code, many in failed.items():
        why = {"many": many, "why": sentence(Refusal(code))}
        messages.warning(request, _("%(many)s not done: %(why)s") % why)
    return redirect(_back(request, provider))


# --- one


@require_GET
@never_cache
@signed_in
def item(request: Page, item_id: UUID) -> HttpResponse:
    """Everything a provider may see of one place × service, with what it can do; that it was opened is logged."""
    provider = provider_of(request)
    found = find_item(request.actor, provider.code, item_id)
    record(request.actor, "inbox.read", provider.code, how="page", count=1, first=str(found.id), last=str(found.id))
    return _Open(request, provider, found).page({})


@dataclass(frozen=True)
class _Open:
    """An item that a member of its provider's staff has open."""

    request: Page
    provider: Provider
    item: Item

    def page(self, given: dict[str, Any], status: int = 200) -> HttpResponse:
        """The item's page; `given` are forms as they were sent."""
        found, can_write = self.item, _may_write(self.request, self.provider)
        facts = {
            "item": found,
            "state": state_word(found),
            "mark": MARKS[found.state],
            "is_late": is_late(found),
            "fee": "" if found.fee_bps is None else f"{found.fee_bps / 100:.2f}",
            "purposes": purposes_of(found),
            "place": place_in_words(found),
            "applicant": facts_in_words("applicant", applicant_facts(found)),
            "account": facts_in_words("account", account_facts(found)),
            "documents": [(one, document_name(one.need)) for one in found.application.documents.all()],
            "sees_documents": found.state in AT_PROVIDERS,
            "thread": [(message, SIDES[message.side]) for message in messages_about(found)],
            "decides": can_write and found.state == "at_provider",
            "writes": can_write and found.state in {"questions", "approved"},
            "approval": ApprovalForm(asks_terms=found.is_used_already, initial={"starts_on": found.wished_on}),
            "question": QuestionForm(prefix="question"),
            "refusal": RefusalForm(prefix="refusal"),
            **given,
        }
        response = page(self.request, "application.html", "applications", self.provider, facts)
        response.status_code = status
        return response

    def done(self, decision: dict[str, Any], form: forms.Form | None, shown: dict[str, Any]) -> HttpResponse:
        """Do it and come back, or tell beside the form's field why not, so that what was typed stays."""
        try:
            asked = read_decision({**decision, "item_id": str(self.item.id)})
            after = decide(actor=self.request.actor, provider=self.provider.code, decision=asked)
        except Refusal as refusal:
            if form is None or status_of(refusal.code) in {403, 404}:
                raise
            told = str(refusal.details.get("field") or "")
            field = {"fee_bps": "fee_percent", "reason": "text"}.get(told, told)
            form.add_error(field if field in form.fields else None, sentence(refusal))
            return self.page(shown, status=422)
        messages.success(self.request, _("Done: %(state)s.") % {"state": state_word(after)})
        return self.back()

    def back(self) -> HttpResponse:
        """Its page anew."""
        query = urlencode({"provider": self.provider.code})
        return redirect(f"{reverse('provider:item', args=[self.item.id])}?{query}")


@require_POST
@signed_in
def act(request: Page, item_id: UUID) -> HttpResponse:
    """Take, ask, approve, refuse or write; what cannot be done is told on the item's page."""
    provider = provider_of(request)
    require(request.actor, "provider.write", Scope(provider=provider.code))
    opened = _Open(request, provider, find_item(request.actor, provider.code, item_id))
    asked = request.POST.get("act", "")
    if asked == "take":
        return opened.done({"decision": "take"}, None, {})
    if asked in {"ask", "write", "refuse"}:
        return _write(opened, asked)
    if asked == "approve":
        return _approve(opened)
    return opened.page({}, status=422)


def _write(opened: _Open, asked: str) -> HttpResponse:
    name, kind = ("refusal", RefusalForm) if asked == "refuse" else ("question", QuestionForm)
    form: forms.Form = kind(opened.request.POST, prefix=name)
    if not form.is_valid():
        return opened.page({name: form}, status=422)
    text = form.cleaned_data["text"]
    if asked == "write":
        provider_writes(actor=opened.request.actor, item_id=opened.item.id, text=text)
        messages.success(opened.request, _("Your message has been sent."))
        return opened.back()
    return opened.done({"decision": asked, "text": text}, form, {name: form})


def _approve(opened: _Open) -> HttpResponse:
    form = ApprovalForm(opened.request.POST, asks_terms=opened.item.is_used_already)
    if not form.is_valid():
        return opened.page({"approval": form}, status=422)
    if _would_be_late(form, opened.item) and not form.has_seen_late_start():
        _show_late(form)
        return opened.page({"approval": form, "late_day": form.cleaned_data["starts_on"]}, status=422)
    return opened.done(form.facts(), form, {"approval": form})


@require_GET
@never_cache
@signed_in
def document(request: Page, item_id: UUID, document_id: UUID) -> HttpResponse:
    """A document of proof, to keep; the view is logged."""
    provider = provider_of(request)
    found = document_of(find_item(request.actor, provider.code, item_id), document_id)
    opened, data = view_document(actor=request.actor, document_id=found.id)
    response = HttpResponse(data, content_type=opened.media_type)
    name = content_disposition_header(as_attachment=True, filename=opened.filename)
    response["Content-Disposition"] = name or "attachment"
    return response


def require_file_kind(kind: str) -> None:
    """Raises Http404 for a kind of file that is not made here."""
    if kind not in {"csv", "json"}:
        raise Http404
