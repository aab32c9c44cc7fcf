"""How an application stands: every place × service like a parcel, questions, messages, stickers, codes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.jpqr import JpqrError, qr_svg
from madoguchi.onboarding.following import (
    find_applied_place,
    find_item,
    item_counts,
    items_of,
    kit_orders_of,
    links_of,
    messages_of,
)
from madoguchi.onboarding.kits import MAX_COPIES, order_stickers
from madoguchi.onboarding.letters import applicant_writes
from madoguchi.onboarding.models import Item, Message
from madoguchi.onboarding.provider_desk import answer_question, is_late
from madoguchi.onboarding.registering import code_of
from madoguchi.onboarding.states import APPLICATION_STATES as APPLICATION_MOVES
from madoguchi.onboarding.states import may_go
from madoguchi.registry.codes import payload_of, sticker_of
from madoguchi.registry.models import StoreCode
from madoguchi.web.merchant.access import Visit, for_applicants
from madoguchi.web.merchant.place_forms import StickersForm, TextForm
from madoguchi.web.merchant.section_forms import told_in
from madoguchi.web.merchant.words import APPLICATION_STATES, ITEM_STATES, KIT_STATES, KITS, LINKS, SIDES
from madoguchi.web.stickers import as_file, sheet

PAGE_ROWS = 50


@require_GET
@for_applicants
def status(visit: Visit) -> HttpResponse:
    """The application's state and that of every place × service, narrowed by what stands in the address."""
    return _status(visit, TextForm())


def _status(visit: Visit, form: TextForm) -> HttpResponse:
    application = visit.application
    counts = item_counts(application)
    state = visit.request.GET.get("state", "")
    state = state if state in ITEM_STATES else ""
    words = visit.request.GET.get("words", "").strip()[:80]
    page = Paginator(items_of(application, state=state, words=words), PAGE_ROWS)
    keep = {key: value for key, value in (("state", state), ("words", words)) if value}
    facts = {
        "said": APPLICATION_STATES[application.state],
        "form": form,
        "page": page.get_page(visit.request.GET.get("page")),
        "rows": [_row(item) for item in page.get_page(visit.request.GET.get("page"))],
        "tabs": _tabs(visit, counts, state, words),
        "questions": [_row(item) for item in items_of(application, state="questions")[:PAGE_ROWS]],
        "state": state,
        "words": words,
        "keep": urlencode(keep),
        "total": sum(counts.values()),
        "thread": _thread(messages_of(application)),
        "links": [(link, LINKS[link.link_kind].word, APPLICATION_STATES[link.state]) for link in links_of(application)],
        "offers": LINKS if application.state in {"submitted", "accepted"} else {},
        "may_withdraw": may_go(APPLICATION_MOVES, application.state, "withdrawn"),
        "may_cancel": application.state == "accepted" and application.publication_consent is not False,
        "reason": _reason(visit),
    }
    return visit.page("status.html", facts, status=422 if form.is_bound else 200)


def _row(item: Item) -> dict[str, Any]:
    """One place × service with its state in words, its fee, and whether it starts later than wished."""
    fee = "" if item.fee_bps is None else f"{item.fee_bps / 100:g}%"
    return {"item": item, "said": ITEM_STATES[item.state], "is_late": is_late(item), "fee": fee}


def _tabs(visit: Visit, counts: dict[str, int], state: str, words: str) -> list[dict[str, Any]]:
    """One tab for each state that there is, each an address that can be sent to a colleague."""
    tabs = [{"state": "", "label": _("All of them"), "count": sum(counts.values())}]
    tabs += [
        {"state": key, "label": said.word, "count": counts[key]} for key, said in ITEM_STATES.items() if key in counts
    ]
    for tab in tabs:
        kept = {key: value for key, value in (("state", tab["state"]), ("words", words)) if value}
        tab["address"] = f"{visit.address('status')}?{urlencode(kept)}" if kept else visit.address("status")
        tab["is_current"] = tab["state"] == state
    return tabs


def _thread(rows: list[Message]) -> list[dict[str, Any]]:
    return [{"message": row, "side": SIDES[row.side], "is_own": row.side == "applicant"} for row in rows]


def _reason(visit: Visit) -> str:
    """Why the office refused or cancelled it."""
    if visit.application.state not in {"refused", "cancelled"}:
        return ""
    kind = "screening" if visit.application.state == "refused" else "cancellation"
    rows = visit.application.proposals.filter(kind=kind, state="confirmed").order_by("-decided_at")
    return rows.values_list("reason", flat=True).first() or ""


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def write(visit: Visit) -> HttpResponse:
    """A word to the office."""
    if visit.request.method != "POST":
        return redirect(visit.address("status"))
    form = TextForm(visit.request.POST)
    if form.is_valid():
        with told_in(form):
            applicant_writes(actor=visit.actor, application_id=visit.application.id, text=form.cleaned_data["text"])
            messages.success(visit.request, _("Your message is with the programme office."))
            return redirect(visit.address("status"))
    return _status(visit, form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def item(visit: Visit, applied_item_id: UUID) -> HttpResponse:
    """One service at one place: its state, terms and dates, and what was written about it, with the answer's form."""
    found = find_item(visit.application, applied_item_id)
    form = TextForm(visit.request.POST if visit.request.method == "POST" else None)
    if form.is_valid():
        with told_in(form):
            _write_about(visit, found, form.cleaned_data["text"])
            messages.success(visit.request, _("Your message is with the provider."))
            return redirect(visit.address("item", found.id))
    facts = {
        **_row(found),
        "form": form,
        "thread": _thread(messages_of(visit.application, found)),
        "code": code_of(found.place),
        "may_write": found.state not in {"draft", "submitted", "withdrawn"},
    }
    return visit.page("item.html", facts, status=422 if form.is_bound else 200)


def _write_about(visit: Visit, found: Item, text: str) -> None:
    """An answer if the provider asks, else a word to it."""
    facts: dict[str, Any] = {"actor": visit.actor, "application_id": visit.application.id, "item_id": found.id}
    if found.state == "questions":
        answer_question(**facts, text=text)
    elif found.state in {"draft", "submitted", "withdrawn"}:
        # The provider does not see it yet, or no more.
        raise Refusal("item_not_waiting", state=found.state)
    else:
        applicant_writes(**facts, text=text)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def place_status(visit: Visit, applied_id: UUID) -> HttpResponse:
    """One place: its services, its store number and code once they are issued, and more stickers (J-14)."""
    applied = find_applied_place(visit.application, applied_id)
    code = code_of(applied)
    form = StickersForm(visit.request.POST if visit.request.method == "POST" else None)
    if form.is_valid():
        with told_in(form):
            order_stickers(actor=visit.actor, place_id=applied.id, copies=form.cleaned_data["copies"])
            messages.success(visit.request, _("The stickers are ordered; they come by post."))
            return redirect(visit.address("place_status", applied.id))
    facts = {
        "applied": applied,
        "rows": [_row(one) for one in items_of(visit.application).filter(place=applied)],
        "code": code,
        "symbol": _symbol(code),
        "form": form,
        "limit": MAX_COPIES,
        "orders": [(order, KITS[order.kind], KIT_STATES[order.state]) for order in kit_orders_of(applied)],
    }
    return visit.page("place_status.html", facts, status=422 if form.is_bound else 200)


def _symbol(code: StoreCode | None) -> SafeString | None:
    """The code as a picture; None if there is none, or if the place's facts do not make one."""
    if code is None:
        return None
    try:
        # qr_svg escapes the title and draws everything else itself.
        return mark_safe(qr_svg(payload_of(code), title=f"JPQR {code.place.name}"))  # noqa: S308
    except JpqrError:
        return None


@require_GET
@for_applicants
def sticker(visit: Visit, applied_id: UUID) -> HttpResponse:
    """The A5 sticker of a place's code, to print."""
    code = code_of(find_applied_place(visit.application, applied_id))
    if code is None:
        raise Refusal("place_without_code")
    return as_file(sheet([sticker_of(code, today())], format="a5"), f"{code.store_id}.pdf", is_download=False)
