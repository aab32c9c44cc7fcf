"""Am I eligible, at which rate, and why: asked by anybody, kept by nobody (P-06 to P-15, P-48)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from madoguchi.onboarding.eligibility import shipped_rule_sets
from madoguchi.onboarding.rules import decide
from madoguchi.onboarding.words import REVOCABLE, Language, outcome_sentence, sentence
from madoguchi.web.merchant.forms import EligibilityForm

MARKS = {"eligible": "good", "not_eligible": "bad", "ask_desk": "waiting"}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def eligibility(request: HttpRequest) -> HttpResponse:
    """The questions, and above them the answer to those that were answered."""
    form = EligibilityForm(request.POST if request.method == "POST" else None)
    facts: dict[str, Any] = {"form": form}
    if form.is_valid():
        language: Language = "en" if get_language() == "en" else "ja"
        decision = decide(form.facts(), shipped_rule_sets())
        facts |= {
            "decision": decision,
            "mark": MARKS[decision.outcome],
            "outcome": outcome_sentence(decision, language),
            "reasons": [(sentence(reason, language), reason.rules) for reason in decision.reasons],
            "warning": REVOCABLE[language] if decision.is_revocable else "",
        }
    return render(request, "merchant/eligibility.html", facts, status=422 if form.errors else 200)
