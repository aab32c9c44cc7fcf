"""What narrows the comparison of plans, as it stands in the address; and where the nearest support office is."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.clock import today
from madoguchi.onboarding.plan_brands import BRANDS
from madoguchi.onboarding.plan_files import Unreadable, read_percent
from madoguchi.onboarding.plans import FIRST_DAY, LAST_DAY, Choices, Wish
from madoguchi.web.merchant.fields import DayField
from madoguchi.web.merchant.forms import CountField
from madoguchi.web.merchant.plan_words import APPLICANTS, BEARERS, CYCLES
from madoguchi.web.templatetags.madoguchi import name

ANY = ("", pgettext_lazy("no filter", "All"))
SEVERAL = ("service", "brand")
WRITE_PERCENT = _("Write the fee in percent, such as 2.5, with two decimals at most.")


class PercentField(forms.CharField):
    """Percent as somebody types them, as hundredths; full-width digits and the sign are fine."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        super().__init__(max_length=20, required=False, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            fee_bps = read_percent(typed)
        except Unreadable:
            fee_bps = None
        if fee_bps is None:
            raise forms.ValidationError(WRITE_PERCENT, "percent_wrong")
        return fee_bps


class PlansForm(forms.Form):
    """Monthly takings, and what a plan must have."""

    takings = CountField(label=_("Cashless takings in a month (yen)"))
    applicant = forms.ChoiceField(
        label=_("For whom"),
        choices=(ANY, *((code, word) for code, word in APPLICANTS.items() if code != "all")),
        required=False,
    )
    only_free = forms.BooleanField(label=_("Only those that charge no fee now"), required=False)
    service = forms.MultipleChoiceField(
        label=_("Services"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    brand = forms.MultipleChoiceField(
        label=_("Brands"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    terminal = forms.ChoiceField(label=_("Terminal"), required=False)
    payout_cycle = forms.ChoiceField(label=_("When payouts are closed"), required=False)
    transfer_fee_bearer = forms.ChoiceField(
        label=_("Who bears the transfer fee"), choices=(ANY, *BEARERS.items()), required=False
    )
    most_fee = PercentField(label=_("Fee now at most (%)"))
    day = DayField(label=_("As of"), required=False)

    def __init__(self, data: QueryDict, *, choices: Choices) -> None:
        super().__init__(data)
        self.given = data
        offered: dict[str, list[Any]] = {
            "service": [(service.code, service.name) for service in choices.services],
            "brand": [(code, name(BRANDS[code])) for code in choices.brands],
            "terminal": [ANY, *((terminal, terminal) for terminal in choices.terminals)],
            "payout_cycle": [ANY, *((code, word) for code, word in CYCLES.items() if code in choices.payout_cycles)],
        }
        for field, rows in offered.items():
            self.fields[field].choices = rows  # type: ignore[attr-defined]

    def clean_day(self) -> date:
        day = self.cleaned_data["day"] or today()
        if not FIRST_DAY <= day <= LAST_DAY:
            raise forms.ValidationError(_("Write the day as 2026-11-21."), "invalid")
        return day

    @property
    def wish(self) -> Wish:
        """What was chosen."""
        told = self.cleaned_data
        return Wish(
            services=frozenset(told["service"]),
            brands=frozenset(told["brand"]),
            terminals=frozenset({told["terminal"]} - {""}),
            applicant=told["applicant"],
            payout_cycle=told["payout_cycle"],
            most_fee_bps=told["most_fee"],
            transfer_fee_bearer=told["transfer_fee_bearer"],
            only_free=told["only_free"],
        )

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The address's parameters for this comparison; what is empty is left out."""
        return [(field, value) for field in self.fields for value in self.given.getlist(field) if value]

    @property
    def more_is_open(self) -> bool:
        """Whether one of the rarer filters is set, so that they must not be hidden."""
        rare = [field for field in self.fields if field not in {"takings", "applicant", "only_free"}]
        return any(self.data.get(field) for field in rare) or bool(self.errors)


def day_asked(data: QueryDict) -> date:
    """The day that the choices are those of: the one in the address, or today if that is none."""
    try:
        day = date.fromisoformat(data.get("day", ""))
    except ValueError:
        return today()
    return day if FIRST_DAY <= day <= LAST_DAY else today()
