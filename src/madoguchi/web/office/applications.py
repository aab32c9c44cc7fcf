"""The review queue, and an application with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from madoguchi.onboarding.answers import AccountAnswers
from madoguchi.onboarding.dossier import Dossier, PlaceDossier, find_dossier, find_place, places_of
from madoguchi.onboarding.models import Proposal
from madoguchi.onboarding.queue import (
    FLAGS,
    OLDEST_FIRST,
    QueueFilter,
    QueuePage,
    municipalities_in,
    prefectures,
    queue_page,
    tab_counts,
    waiting_days,
)
from madoguchi.onboarding.words import explanation
from madoguchi.people.access import may, require
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.merchant.document_words import document_name
from madoguchi.web.office.forms import ClassForm, CorrectionForm, ReasonForm, TextForm
from madoguchi.web.office.paging import window
from madoguchi.web.office.views import page
from madoguchi.web.office.words import FLAGS as FLAG_WORDS
from madoguchi.web.office.words import KINDS, names_for
from madoguchi.web.templatetags.madoguchi import is_english

PLACES_ROWS = 25
APPLICANT = ("representative", "contact_person", "phone", "postal_code", "address")


@require_GET
@never_cache
@signed_in
def applications(request: Page) -> HttpResponse:
    """Applications by how they stand, those that wait longest first."""
    require(request.actor, "office.read")
    wanted = QueueFilter.read(request.GET.dict())
    found = queue_page(
        request.actor,
        wanted,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        at_end="end" in request.GET,
    )
    counts = tab_counts(request.actor)
    facts: dict[str, Any] = {
        "wanted": wanted,
        "found": found,
        "names": names_for(row.proposal.maker for row in found.rows if row.proposal),
        "tabs": [(tab, _link(QueueFilter(tab)), tab == wanted.tab, counts[tab]) for tab in counts],
        "flags": [(code, FLAG_WORDS[code]) for code in FLAGS] if wanted.tab in OLDEST_FIRST else [],
        "kinds": list(KINDS.items()),
        "prefectures": [(code, name_en if is_english() else name) for code, name, name_en in prefectures()],
        "municipalities": municipalities_in(wanted.prefecture),
        "pages": _pages(wanted, found),
    }
    return page(request, "applications.html", "applications", facts)


def _link(wanted: QueueFilter, **changes: str) -> str:
    return f"?{urlencode(wanted.query(**changes))}"


def _pages(wanted: QueueFilter, found: QueuePage) -> dict[str, str]:
    """Addresses of the pages around this one; "" where there is none."""
    return {
        "first": _link(wanted) if found.before else "",
        "before": _link(wanted, before=found.before) if found.before else "",
        "after": _link(wanted, after=found.after) if found.after else "",
        "end": _link(wanted, end="1") if found.after else "",
    }


@require_GET
@never_cache
@signed_in
def application(request: Page, application_id: UUID) -> HttpResponse:
    """One application with everything told, decided, written and done."""
    return application_page(request, application_id)


def application_page(
    request: Page,
    application_id: UUID,
    *,
    account: AccountAnswers | None = None,
    status: int = 200,
    sent: Mapping[str, forms.Form] = MappingProxyType({}),
) -> HttpResponse:
    """The application's page; `account` opened, and `sent` a form that could not be taken, by what it is for."""
    dossier = find_dossier(request.actor, application_id)
    shown = dossier.application
    may_write = may(request.actor, "office.write")
    decides = may_write and shown.state == "submitted" and dossier.open_proposal is None
    facts: dict[str, Any] = {
        "dossier": dossier,
        "application": shown,
        "waiting_days": waiting_days(shown),
        "account": account or dossier.account,
        "is_account_open": account is not None,
        "applicant": _applicant(dossier),
        "business": [pair for pair in shown.answers.get("business", {}).items() if pair[1] not in ("", None)],
        "reasons": _reasons(dossier),
        "needs": [(row, document_name(row.need)) for row in dossier.documents],
        "places": window(places_of(request.actor, application_id), request.GET.get("page"), PLACES_ROWS),
        "names": names_for([*_actors(dossier)]),
        "may_write": may_write,
        "may_accept": decides and not any(flag["stops"] for flag in shown.flags),
        "may_decide": decides,
        "may_cancel": may_write and shown.state == "accepted" and dossier.open_proposal is None,
        "accept": ReasonForm(prefix="accept"),
        "refuse": ReasonForm(prefix="refuse"),
        "cancel": ReasonForm(prefix="cancel"),
        "give_back": TextForm(prefix="return"),
        "message": TextForm(prefix="message"),
        "opened": set(sent),
        **proposal_facts(request, dossier.open_proposal),
        **sent,
    }
    return page(request, "application.html", "applications", facts, status=status)


def proposal_facts(request: Page, proposal: Proposal | None) -> dict[str, Any]:
    """What the panel of an open proposal shows: whose it is, and what the reader may do about it."""
    may_write = may(request.actor, "office.write")
    is_own = proposal is not None and proposal.maker == str(request.actor)
    return {
        "proposal": proposal,
        "is_own": is_own,
        "may_check": may_write and proposal is not None and not is_own and proposal.state == "proposed",
        "may_take_back": may_write and is_own and proposal is not None and proposal.state == "proposed",
        "decline": ReasonForm(prefix="decline"),
        "maker_names": names_for([proposal.maker, proposal.checker] if proposal else []),
    }


def _applicant(dossier: Dossier) -> list[tuple[str, Any]]:
    shown = dossier.application
    columns = ("name", "name_kana", "name_en", "corporate_number", "municipality", "email")
    rows = [(name, getattr(shown, name)) for name in columns]
    told = shown.answers.get("applicant", {})
    return [*rows, *((name, told.get(name)) for name in APPLICANT)]


def _reasons(dossier: Dossier) -> list[str]:
    if dossier.replayed is None:
        return []
    return explanation(dossier.replayed.decision, "en" if is_english() else "ja")


def _actors(dossier: Dossier) -> list[str]:
    makers = [name for row in dossier.proposals for name in (row.maker, row.checker) if name]
    return [*makers, *(row.author for row in dossier.messages), *(row.actor for row in dossier.events)]


@require_GET
@never_cache
@signed_in
def applied_place(request: Page, applied_id: UUID) -> HttpResponse:
    """One place applied for, and what may be proposed of it."""
    return place_page(request, find_place(request.actor, applied_id))


def place_page(request: Page, dossier: PlaceDossier, *, status: int = 200, **sent: forms.Form) -> HttpResponse:
    """The place's page; `sent` is a form that could not be taken, by what it is for."""
    place = dossier.place
    may_propose = may(request.actor, "office.write") and dossier.open_proposal is None
    facts: dict[str, Any] = {
        "dossier": dossier,
        "place": place,
        "may_propose": may_propose,
        "correction": CorrectionForm(place=place, prefix="correction"),
        "place_class": ClassForm(prefix="class", initial={"place_class": place.place_class}),
        "names": names_for(name for row in dossier.proposals for name in (row.maker, row.checker) if name),
        "opened": set(sent),
        **proposal_facts(request, dossier.open_proposal),
        **sent,
    }
    return page(request, "applied_place.html", "applications", facts, status=status)


def done(kind: str) -> str:
    """What is told after a proposal was made."""
    return {
        "accept": _("Proposed: accept. Another officer confirms it; until then nothing is changed."),
        "refuse": _("Proposed: refuse. Another officer confirms it; until then nothing is changed."),
    }.get(kind, _("Proposed. Another officer confirms it; until then nothing is changed."))
