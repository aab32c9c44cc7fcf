"""Am I eligible, at which rate, and why: asked by anybody, kept by nobody (P-06 to P-15, P-48)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.onboarding.eligibility import programme_day
from madoguchi.onboarding.rule_words import rules_in_words
from madoguchi.onboarding.rulebook import rule_sets_now
from madoguchi.onboarding.rules import decide, rules_on
from madoguchi.onboarding.words import REVOCABLE, Language, outcome_sentence, sentence
from madoguchi.web.merchant.forms import EligibilityForm, RulesForm

MARKS = {"eligible": "good", "not_eligible": "bad", "ask_desk": "waiting"}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def eligibility(request: HttpRequest) -> HttpResponse:
    """The questions, and above them the answer to those that were answered, by the rules as officers keep them."""
    rule_sets = rule_sets_now()
    posted = request.POST if request.method == "POST" else None
    form = EligibilityForm(posted, initial={"as_of": programme_day(rule_sets)})
    facts: dict[str, Any] = {"form": form}
    if form.is_valid():
        decision = decide(form.facts(), rule_sets)
        facts |= {
            "decision": decision,
            "day_asked": form.cleaned_data["as_of"].isoformat(),
            "mark": MARKS[decision.outcome],
            "outcome": outcome_sentence(decision, _language()),
            "reasons": [(sentence(reason, _language()), reason.rules) for reason in decision.reasons],
            "warning": REVOCABLE[_language()] if decision.is_revocable else "",
        }
    return render(request, "merchant/eligibility.html", facts, status=422 if form.errors else 200)


@require_GET
def eligibility_rules(request: HttpRequest) -> HttpResponse:
    """Each rule in force on `?day=`, with its source, in plain words; `#P-06` is where that rule stands."""
    rule_sets = rule_sets_now()
    usual = programme_day(rule_sets)
    form = RulesForm({"day": request.GET.get("day") or usual.isoformat()})
    day = form.cleaned_data["day"] if form.is_valid() else usual
    rules = rules_on(day, rule_sets)
    facts = {
        "form": form,
        "day": day,
        "rule_set": rules,
        "rules": rules_in_words(rules, _language()) if rules else [],
    }
    return render(request, "merchant/eligibility_rules.html", facts, status=422 if form.errors else 200)


def _language() -> Language:
    return "en" if get_language() == "en" else "ja"
