"""The guide for anybody: kinds of payment, questions, fraud, contacts, posters (P-32, P-33, P-39, P-40)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from madoguchi.onboarding.support import SupportOffice, contacts, support_office
from madoguchi.opendata import guide, guide_fraud, guide_kinds
from madoguchi.opendata.guide_words import Question, Words
from madoguchi.opendata.posters import LANGUAGES, POSTERS, poster, poster_pdf, poster_picture
from madoguchi.web.context import is_page
from madoguchi.web.merchant.plan_support import PROGRAMME_ENDED_ON, prefectures
from madoguchi.web.templatetags.madoguchi import is_english

# P-18, P-19: the day of the notice that the telephone numbers come from.
NUMBERS_OF = date(2019, 10, 2)
KINDS_OF_FILE = {"pdf": "application/pdf", "png": "image/png"}
MORE_QUESTIONS = 4


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What the guide holds, and a search over its questions."""
    return render(request, "guide/overview.html", {"readers": _readers(), "longest": guide.LONGEST_SEARCH})


@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    """The kinds of cashless payment compared, and how to begin with each (P-39, P-46, J-01)."""
    facts = {"kinds": guide_kinds.KINDS, "jpqr": guide_kinds.JPQR, "eligible": guide_kinds.ELIGIBLE}
    return render(request, "guide/kinds.html", facts)


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """All questions by reader, or those that fit `?words=` and `?reader=` with what fits marked (P-40)."""
    asked = " ".join(request.GET.get("words", "")[: guide.LONGEST_SEARCH].split())
    reader = request.GET.get("reader", "")
    reader = reader if reader in guide.READERS else ""
    found = guide.search(asked, reader=reader, english=is_english())
    groups = [(key, name, [one for one in found if one.question.reader == key]) for key, name in guide.READERS.items()]
    facts = {
        "groups": [group for group in groups if group[2]],
        "count": len(found),
        "total": len(guide.questions()),
        "words": asked,
        "reader": reader,
        "readers": _readers(),
        "longest": guide.LONGEST_SEARCH,
    }
    return render(request, "guide/questions.html", facts)


@require_safe
def question(request: HttpRequest, slug: str) -> HttpResponse:
    """One question at its permanent address: the answer of its time, where it comes from, and what holds here today."""
    found = guide.question(slug)
    if found is None:
        raise Http404
    facts = {
        "question": found,
        "reader": guide.READERS[found.reader],
        "sources": guide.sources_of(found.sources),
        "leads_to": found.path if found.path and is_page(found.path) else "",
        "others": _others(found),
    }
    return render(request, "guide/question.html", facts)


@require_safe
def fraud(request: HttpRequest) -> HttpResponse:
    """What swindlers ask, what nobody asks, and what to do (P-33, P-40)."""
    facts = {
        "never_asked": guide_fraud.NEVER_ASKED,
        "tricks": guide_fraud.TRICKS,
        "asked_for_data": guide_fraud.ASKED_FOR_DATA,
        "strange_payment": guide_fraud.STRANGE_PAYMENT,
        "lost": guide_fraud.LOST,
        "sticker_payers": guide_fraud.STICKER_PAYERS,
        "sticker_shops": guide_fraud.STICKER_SHOPS,
        "calls": guide_fraud.CALLS,
    }
    return render(request, "guide/fraud.html", facts)


@require_safe
def contact_list(request: HttpRequest) -> HttpResponse:
    """The programme's desks and its support offices by prefecture, as of their time (P-18, P-19)."""
    facts = {
        "desks": [(Words(one.ja, one.en), one) for one in contacts(NUMBERS_OF)],
        "offices": _offices(),
        "numbers_of": NUMBERS_OF,
        "ended_on": PROGRAMME_ENDED_ON,
    }
    return render(request, "guide/contacts.html", facts)


@require_safe
def posters(request: HttpRequest) -> HttpResponse:
    """The posters with a small picture of each (P-32, P-33)."""
    facts = {"posters": POSTERS, "shown": "en" if (get_language() or "").startswith("en") else "ja"}
    return render(request, "guide/posters.html", facts)


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def poster_file(request: HttpRequest, slug: str, language: str, kind: str) -> HttpResponse:
    """A poster as an A4 PDF to print, or as a small picture."""
    if poster(slug) is None or language not in LANGUAGES or kind not in KINDS_OF_FILE:
        raise Http404
    content = poster_pdf(slug, language) if kind == "pdf" else poster_picture(slug, language)
    headers = {}
    if kind == "pdf":
        headers["Content-Disposition"] = f'attachment; filename="madoguchi-{slug}-{language}.pdf"'
    return HttpResponse(content, content_type=KINDS_OF_FILE[kind], headers=headers)


def _readers() -> list[tuple[str, Words, int]]:
    return [(key, name, len(guide.questions(key))) for key, name in guide.READERS.items()]


def _others(found: Question) -> list[Question]:
    """The next questions of the same reader, going round."""
    rows = list(guide.questions(found.reader))
    at = rows.index(found)
    return [*rows[at + 1 :], *rows[:at]][:MORE_QUESTIONS]


def _offices() -> list[dict[str, Any]]:
    """Each support office with its prefectures in the reader's language, from north to south (P-18)."""
    english = dict(prefectures())
    found: dict[str, SupportOffice] = {}
    for prefecture in english:
        if office := support_office(prefecture, NUMBERS_OF):
            found.setdefault(office.phone, office)
    return [
        {
            "office": office,
            "prefectures": [english.get(one, one) if is_english() else one for one in office.prefectures],
        }
        for office in found.values()
    ]
