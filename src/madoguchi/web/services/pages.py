"""The 2019 programme's services for anybody: the list, one service, one's card, and what a payment gives back."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.engine.rewards.campaign import programme_2019
from madoguchi.opendata.service_cards import is_card_in
from madoguchi.opendata.service_desks import desks
from madoguchi.opendata.service_reward import RATES_BPS, reward_of_payment
from madoguchi.opendata.services import PRINTED_ON, find_services, published_service, published_services
from madoguchi.web.services import words
from madoguchi.web.services.forms import CardForm, FindForm, RewardForm
from madoguchi.web.services.shown import rate_words, shown, shown_reward

# The notice's own example (P-35).
EXAMPLE_YEN = 11_000


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """The 27 services of the published table, narrowed by words, issuer, kind, brand and method (P-37, P-41)."""
    form = FindForm(request.GET)
    facts: dict[str, Any] = {**_shared("list"), "form": form, "of": len(published_services()), "desks": desks()}
    if form.is_valid():
        asked = dict(form.cleaned_data)
        found = find_services(asked.pop("q"), **asked)
        facts |= {
            "rows": [shown(one) for one in found],
            "is_narrowed": any(form.cleaned_data.values()),
            "asks_debit": form.cleaned_data["kind"] == "debit",
        }
    return _answer(request, "services/list.html", facts, form)


@require_safe
def service(request: HttpRequest, code: str) -> HttpResponse:
    """One service: class, issuer, how and when points are given, preparation, cap and contacts (P-37, P-38)."""
    found = published_service(code)
    if found is None:
        raise Http404
    facts = {
        **_shared("service"),
        "row": shown(found),
        "form": RewardForm(initial={"amount": f"{EXAMPLE_YEN:,}", "rate": "500", "day": programme_2019().starts_on}),
    }
    return render(request, "services/service.html", facts)


@require_safe
def card(request: HttpRequest) -> HttpResponse:
    """Whether one's card is in: yes, no, or "ask the issuer", each with its reason (P-41, P-48)."""
    form = CardForm(request.GET) if request.GET else CardForm()
    facts: dict[str, Any] = {**_shared("card"), "form": form}
    if form.is_bound and form.is_valid():
        answer = is_card_in(**form.cleaned_data)
        facts["says_nothing"] = answer is None
        if answer:
            facts |= {
                "answer": answer,
                "outcome": words.OUTCOMES[answer.outcome],
                "mark": words.OUTCOME_MARKS[answer.outcome],
                "reason": words.REASONS[answer.reason],
                "rows": [shown(one) for one in answer.services],
            }
    return _answer(request, "services/card.html", facts, form)


@require_safe
def reward(request: HttpRequest) -> HttpResponse:
    """What a payment gives back, when it arrives and what the cap leaves (P-35, P-36, P-38)."""
    asked = request.GET if "amount" in request.GET else None
    start = {"rate": "500", "day": programme_2019().starts_on, "service": request.GET.get("service", "")}
    form = RewardForm(asked, initial=start)
    example = [(rate_words(rate), EXAMPLE_YEN * rate // 10_000) for rate in RATES_BPS]
    facts: dict[str, Any] = {**_shared("reward"), "form": form, "example_yen": EXAMPLE_YEN, "example": example}
    if form.is_bound and form.is_valid():
        chosen, way = form.chosen()
        cleaned = form.cleaned_data
        facts["result"] = shown_reward(
            reward_of_payment(
                chosen,
                way,
                amount_yen=cleaned["amount"],
                rate_bps=int(cleaned["rate"]),
                paid_on=cleaned["day"],
                earlier_yen=cleaned["earlier"] or 0,
            )
        )
    return _answer(request, "services/reward.html", facts, form)


def _shared(current: str) -> dict[str, Any]:
    """What each of these pages shows: which table, of which day, and when the programme ended."""
    return {"current": current, "printed_on": PRINTED_ON, "ended_on": programme_2019().ends_on}


def _answer(request: HttpRequest, template: str, facts: dict[str, Any], form: Any) -> HttpResponse:
    return render(request, template, facts, status=422 if form.is_bound and form.errors else 200)
