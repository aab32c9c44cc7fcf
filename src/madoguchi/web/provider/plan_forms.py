"""What a provider tells of a plan: its conditions from a day, and its fees by days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.clock import today
from madoguchi.onboarding.kinds import FEE_PERIODS
from madoguchi.onboarding.models import Plan
from madoguchi.onboarding.plan_brands import BRANDS
from madoguchi.onboarding.plan_editing import HIGHEST, LENGTHS, MAX_FEES, FeeFacts, PlanFacts, facts_of
from madoguchi.onboarding.plan_files import percent_text
from madoguchi.registry.models import Service
from madoguchi.web.merchant.forms import CountField
from madoguchi.web.merchant.plan_forms import PercentField
from madoguchi.web.merchant.plan_words import APPLICANTS, BEARERS, CYCLES, PERIODS
from madoguchi.web.templatetags.madoguchi import name
from madoguchi.web.town.forms import DateField

FIRST_FEE_ROWS = 3
FILL_IN = _("Fill this in.")


def words(choices: dict[str, Any], label: Any) -> forms.ChoiceField:
    """A choice of the schema's words."""
    return forms.ChoiceField(label=label, choices=list(choices.items()), error_messages={"required": FILL_IN})


def line(field: str, label: Any, *, required: bool = False) -> forms.CharField:
    """A line of text as long as the table keeps it."""
    return forms.CharField(
        label=label, required=required, max_length=LENGTHS[field], error_messages={"required": FILL_IN}
    )


class FeeForm(forms.Form):
    """One fee over some days; empty for none. Without a figure it is negotiated."""

    period = forms.ChoiceField(
        label=_("Period"), choices=[(code, PERIODS[code]) for code in FEE_PERIODS], initial="during"
    )
    starts_on = DateField(label=_("From"), required=False)
    ends_on = DateField(label=_("Until"), required=False)
    fee = PercentField(label=_("Fee (%), empty if negotiated"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        told = [cleaned.get("ends_on"), cleaned.get("fee")]
        if not self.errors and cleaned.get("starts_on") is None and any(one is not None for one in told):
            self.add_error("starts_on", _("Write from which day this fee holds."))
        return cleaned

    @property
    def facts(self) -> FeeFacts | None:
        """The fee, if there is one."""
        told = self.cleaned_data
        # A row that was left as it came holds nothing at all.
        if told.get("starts_on") is None:
            return None
        return FeeFacts(told["starts_on"], told["ends_on"], told["period"], told["fee"])


class PlanForm(forms.Form):
    """A plan's conditions, but for its fees, which `FeeForm` tells."""

    name = line("name", _("Name of the plan"), required=True)
    name_en = line("name_en", _("Its name in English"))
    services = forms.MultipleChoiceField(
        label=_("Services"),
        choices=(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one service.")},
    )
    applicants = words(APPLICANTS, _("For whom"))
    starts_on = DateField(label=_("From"))
    ends_on = DateField(label=_("Last day on which it is offered"), required=False)
    payout_cycle = words(CYCLES, _("When payouts are closed"))
    payouts_per_month = CountField(label=_("Payouts in a month"))
    payout_days_after = CountField(label=_("Days from closing to payout"))
    transfer_fee_yen = CountField(label=_("Transfer fee for each payout (yen)"))
    transfer_fee_bearer = words(BEARERS, _("Who bears the transfer fee"))
    terminal_yen = CountField(label=_("Terminal, paid once (yen)"))
    monthly_yen = CountField(label=_("A month, during the period (yen)"))
    monthly_after_yen = CountField(label=_("A month, after the period (yen)"))
    further_costs = line("further_costs", _("Further costs, in words"))
    brands = forms.MultipleChoiceField(
        label=_("Brands"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    terminals = forms.CharField(
        label=_("Terminals, one a line"), required=False, max_length=1_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    contact = line("contact", pgettext_lazy("plan", "Contact"))
    url = forms.URLField(
        label=_("Your own page about it"),
        required=False,
        max_length=LENGTHS["url"],
        assume_scheme="https",
        error_messages={"invalid": _("Write the whole address, beginning with https://")},
    )

    def __init__(self, *args: Any, services: Sequence[Service], fixed_name: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["services"].choices = [(row.code, row.name) for row in services]  # type: ignore[attr-defined]
        self.fields["brands"].choices = [(code, name(brand)) for code, brand in BRANDS.items()]  # type: ignore[attr-defined]
        self.fields["starts_on"].error_messages["required"] = FILL_IN
        self.is_change = bool(fixed_name)
        if fixed_name:
            # Later conditions of the same plan are found by its name.
            self.fields["name"].disabled = True
            self.initial["name"] = fixed_name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "payouts_per_month" in cleaned and cleaned["payouts_per_month"] is None:
            self.add_error("payouts_per_month", FILL_IN)
        if self.is_change and cleaned.get("starts_on") and cleaned["starts_on"] <= today():
            self.add_error("starts_on", _("What has begun stays as it is. Write a day from tomorrow on."))
        for field, most in HIGHEST.items():
            if (cleaned.get(field) or 0) > most:
                self.add_error(field, _("Write %(most)s or less.") % {"most": f"{most:,}"})
        return cleaned

    def facts(self, fees: Sequence[FeeFacts]) -> PlanFacts:
        """The plan as actions take it."""
        told = dict(self.cleaned_data)
        for field in ("transfer_fee_yen", "terminal_yen", "monthly_yen", "monthly_after_yen"):
            told[field] = told[field] or 0
        told["services"] = frozenset(told["services"])
        told["brands"] = tuple(told["brands"])
        told["terminals"] = tuple(text.strip() for text in told["terminals"].splitlines() if text.strip())
        return PlanFacts(**told, fees=tuple(fees))


FeeForms = forms.formset_factory(FeeForm, extra=FIRST_FEE_ROWS, min_num=0, max_num=MAX_FEES, absolute_max=MAX_FEES)


def first_values(plan: Plan) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the forms of a change begin with: the plan as it is, from tomorrow."""
    facts = facts_of(plan)
    told = {**asdict(facts), "services": sorted(facts.services), "terminals": "\n".join(facts.terminals)}
    told |= {"starts_on": max(facts.starts_on, today() + timedelta(days=1)), "brands": list(facts.brands)}
    return told, [{**asdict(fee), "fee": percent_text(fee.fee_bps)} for fee in facts.fees]


class PlanFileForm(forms.Form):
    """A file of plans."""

    file = forms.FileField(
        label=_("File of plans (CSV or XLSX)"),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty. Choose another.")},
    )


class EndForm(forms.Form):
    """The last day of a plan."""

    ends_on = DateField(label=_("Last day on which it is offered"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["ends_on"].error_messages["required"] = FILL_IN

    def clean_ends_on(self) -> date:
        ends_on: date = self.cleaned_data["ends_on"]
        if ends_on < today():
            raise forms.ValidationError(_("What was offered until today stays as it is. Write today or a later day."))
        return ends_on


STATES = {
    "now": pgettext_lazy("plan", "Offered now"),
    "to_come": pgettext_lazy("plan", "To come"),
    "ended": pgettext_lazy("plan", "Ended"),
}
