"""The rules of eligibility: what holds from when to when, amending them with a preview, and an old decision again."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.changes import differences
from madoguchi.onboarding.dossier import find_by_reference, replayed
from madoguchi.onboarding.proposing import propose_rules
from madoguchi.onboarding.rule_preview import decided_by, effect_of, rule_rows
from madoguchi.onboarding.rulebook import read_rules, rule_sets_now
from madoguchi.onboarding.rules import RuleSet
from madoguchi.onboarding.words import explanation
from madoguchi.people.access import may, require
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.office.applications import done
from madoguchi.web.office.forms import LONGEST_REASON, WordsField
from madoguchi.web.office.views import page
from madoguchi.web.office.words import FIELDS, names_for
from madoguchi.web.refusals import sentence
from madoguchi.web.templatetags.madoguchi import is_english
from madoguchi.web.town.forms import DateField, told_in

NUMBERS = ("rate_bps", "rate_of_franchise_bps", "average_income_above_yen", "full_owner_capital_from_yen")
LISTS = ("size", "excluded_entities", "excluded_activities", "licences_that_admit", "excluded_transactions")


class RulesForm(forms.Form):
    """A rule set: days and numbers as fields, lists as JSON."""

    name = forms.SlugField(label=pgettext_lazy("office", "Name of the rules"), max_length=60)
    source = forms.CharField(label=FIELDS["source"], max_length=200)
    starts_on = DateField(label=FIELDS["starts_on"], required=False)
    ends_on = DateField(label=FIELDS["ends_on"], required=False)
    lists = forms.CharField(
        label=pgettext_lazy("office", "Limits and lists (JSON)"),
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "autocomplete": "off"}),
    )
    reason = WordsField(label=pgettext_lazy("office", "Reason"), required=False, max_length=LONGEST_REASON)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in NUMBERS:
            widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
            self.fields[name] = forms.IntegerField(label=FIELDS[name], min_value=0, widget=widget)
        self.order_fields(["name", "source", "starts_on", "ends_on", *NUMBERS, "lists", "reason"])

    @classmethod
    def of(cls, rules: RuleSet) -> RulesForm:
        """The form filled in with a rule set."""
        told = rules.model_dump(mode="json")
        lists = json.dumps({name: told[name] for name in LISTS}, ensure_ascii=False, indent=2)
        plain = {name: told[name] for name in ("name", "source", *NUMBERS)}
        return cls(initial={**plain, "starts_on": rules.starts_on, "ends_on": rules.ends_on, "lists": lists})

    def clean_lists(self) -> dict[str, Any]:
        try:
            read = json.loads(self.cleaned_data["lists"])
        except ValueError as error:
            where = {"line": getattr(error, "lineno", 1), "column": getattr(error, "colno", 1)}
            raise forms.ValidationError(
                _("This is no JSON: look at line %(line)s, character %(column)s."), params=where, code="json"
            ) from error
        if not isinstance(read, dict) or set(read) != set(LISTS):
            raise forms.ValidationError(
                _("The JSON needs exactly these: %(names)s."), params={"names": ", ".join(LISTS)}
            )
        return read

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The last day is before the first."))
        if self.errors:
            return cleaned
        try:
            self.rules = read_rules(self.text)
        except Refusal as refusal:
            field = str(refusal.details.get("field", "")).split(".")[0]
            self.add_error(field if field in self.fields else "lists", sentence(refusal))
        return cleaned

    @property
    def text(self) -> str:
        """The rule set as JSON."""
        told = {name: self.cleaned_data[name] for name in ("name", "source", *NUMBERS)}
        days = {
            name: str(self.cleaned_data[name]) if self.cleaned_data[name] else None for name in ("starts_on", "ends_on")
        }
        return json.dumps({**told, **days, **self.cleaned_data["lists"]})


@require_GET
@never_cache
@signed_in
def rules(request: Page) -> HttpResponse:
    """Every rule set with its versions; `?reference=` decides an application again."""
    rows = rule_rows(request.actor)
    reference = request.GET.get("reference", "").strip()[:20]
    facts: dict[str, Any] = {
        "rows": rows,
        "names": names_for(version.entered_by for row in rows for version in row.versions),
        "may_write": may(request.actor, "office.write"),
        "reference": reference,
        **(_replayed(request, reference) if reference else {}),
    }
    return page(request, "rules.html", "rules", facts, status=404 if facts.get("is_unknown") else 200)


def _replayed(request: Page, reference: str) -> dict[str, Any]:
    try:
        found = find_by_reference(request.actor, reference)
    except Refusal as refusal:
        if refusal.code != "application_unknown":
            raise
        return {"is_unknown": True}
    decisions, again = decided_by(found), replayed(found)
    told = [(one, explanation(one, "en" if is_english() else "ja")) for one in decisions or ()]
    return {"replayed": found, "decisions": told, "is_same": again is not None and again.is_same}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def amend(request: Page) -> HttpResponse:
    """Amend a rule set: see what would change, then propose it to another officer."""
    require(request.actor, "office.write")
    held = {one.name: one for one in rule_sets_now()}
    if request.method != "POST":
        shown = held.get(request.GET.get("name", "")) or next(iter(held.values()))
        return page(request, "rules_amend.html", "rules", {"form": RulesForm.of(shown)})
    form = RulesForm(request.POST)
    facts: dict[str, Any] = {"form": form}
    if form.is_valid():
        if "propose" in request.POST:
            with told_in(form):
                propose_rules(actor=request.actor, text=form.text, reason=form.cleaned_data["reason"])
                messages.success(request, done("rules"))
                return redirect("office:proposals")
        before = held.get(form.rules.name)
        told = form.rules.model_dump(mode="json")
        facts["changes"] = differences(before.model_dump(mode="json") if before else {}, told)
        facts["effect"] = effect_of(request.actor, form.rules)
    return page(request, "rules_amend.html", "rules", facts, status=422 if form.errors else 200)
