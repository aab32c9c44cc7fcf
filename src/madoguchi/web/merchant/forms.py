"""What a business tells of itself. Whatever it leaves open is asked for only if it could change the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.onboarding.rules import Facts

OPEN = ("", _("Not told"))
ENTITIES = (
    ("company", _("Company")),
    ("sole_proprietor", _("Sole proprietor")),
    ("cooperative", _("Cooperative")),
    ("general_association", _("General incorporated association")),
    ("general_foundation", _("General incorporated foundation")),
    ("public_interest_association", _("Public-interest association")),
    ("public_interest_foundation", _("Public-interest foundation")),
    ("npo", _("Non-profit corporation (NPO)")),
    ("religious", _("Religious corporation")),
    ("government", _("State or local government")),
    ("public_corporation", _("Public corporation")),
    ("unincorporated", _("Group without legal personality")),
)
INDUSTRIES = (
    ("retail", _("Retail")),
    ("service", _("Service trade")),
    ("wholesale", _("Wholesale")),
    ("manufacturing", _("Manufacturing, construction, transport")),
    ("inn", _("Inn or hotel")),
    ("software", _("Software, information processing")),
    ("other", _("Another industry")),
)
ACTIVITIES = (
    ("general", _("None of these")),
    ("securities", _("Securities")),
    ("bank", _("Bank or other financial institution")),
    ("credit_cooperative", _("Credit cooperative")),
    ("credit_guarantee", _("Credit guarantee")),
    ("trust", _("Trust company")),
    ("insurance", _("Insurance")),
    ("crypto", _("Crypto exchange")),
    ("entertainment", _("Entertainment under the entertainment business act")),
    ("medical", _("Insured medical institution")),
    ("pharmacy", _("Insured pharmacy")),
    ("care", _("Care service")),
    ("welfare", _("Social welfare")),
    ("rehabilitation", _("Rehabilitation")),
    ("school", _("School")),
    ("organised_crime", _("Connected with organised crime")),
    ("bonded_shop", _("Bonded shop")),
)
LICENCES = (
    ("inn", _("Licence as an inn (Hotel Business Act)")),
    ("restaurant_guild_confirmed", _("Restaurant guild's confirmation of shown prices and itemised bills")),
)
ANSWERS = (("no", _("No")), ("yes", _("Yes")))
TOLD = {"yes": True, "no": False}
WHOLE_YEN = _("Write a whole number, 0 or more, such as 5,000,000.")


class CountField(forms.IntegerField):
    """Yen or people as somebody types them: full-width digits, commas, ¥ and 円 are fine."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "num"})
        messages = {"invalid": WHOLE_YEN, "min_value": WHOLE_YEN, "max_value": WHOLE_YEN}
        super().__init__(
            required=False, min_value=0, max_value=10**15, widget=widget, error_messages=messages, **options
        )

    def to_python(self, value: Any) -> int | None:
        typed = normalize("NFKC", value).strip().strip("¥\\円人").replace(",", "") if isinstance(value, str) else value
        return super().to_python(typed)


def choice(label: Any, choices: tuple[tuple[str, Promise], ...]) -> forms.ChoiceField:
    """A choice that may be left open."""
    return forms.ChoiceField(label=label, choices=(OPEN, *choices), required=False)


class EligibilityForm(forms.Form):
    """The facts of `Facts`, in the order in which a person knows them."""

    entity = choice(_("What are you?"), ENTITIES)
    industry = choice(_("Main industry"), INDUSTRIES)
    capital_yen = CountField(label=_("Capital (yen)"))
    regular_employees = CountField(label=_("Regular employees"))
    income_1 = CountField(label=_("Taxable income, last filed year (yen)"))
    income_2 = CountField(label=_("The year before (yen)"))
    income_3 = CountField(label=_("Two years before (yen)"))
    no_year_filed = forms.BooleanField(label=_("No year has been filed yet"), required=False)
    full_owner_capital_yen = CountField(label=_("If one corporation owns all of you: its capital (yen)"))
    activity = choice(_("Is your business one of these?"), ACTIVITIES)
    licences = forms.MultipleChoiceField(
        label=_("Licences and confirmations you hold"),
        choices=LICENCES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    franchise = choice(_("Are you a franchise of a chain?"), ANSWERS)
    petrol_station = choice(_("Are you a petrol station?"), ANSWERS)
    as_of = forms.DateField(
        label=_("Day of application"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "invalid": _("Write the day as 2019-10-01."),
            "required": _("Write the day as 2019-10-01."),
        },
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("no_year_filed") and any(cleaned.get(f"income_{year}") is not None for year in (1, 2, 3)):
            self.add_error("no_year_filed", _("Either tell the income of the years filed, or that none was filed."))
        return cleaned

    def facts(self) -> Facts:
        """What was told, and nothing about what was left open."""
        told: Mapping[str, Any] = self.cleaned_data
        years = [told[f"income_{year}"] for year in (1, 2, 3) if told[f"income_{year}"] is not None]
        return Facts(
            as_of=told["as_of"],
            entity=told["entity"] or None,
            industry=told["industry"] or None,
            capital_yen=told["capital_yen"],
            regular_employees=told["regular_employees"],
            taxable_income_yen=years or ([] if told["no_year_filed"] else None),
            full_owner_capital_yen=told["full_owner_capital_yen"],
            activity=told["activity"] or None,
            # Boxes that are not ticked are an answer, not an open question.
            licences=told["licences"],
            franchise=TOLD.get(told["franchise"]),
            petrol_station=TOLD.get(told["petrol_station"]),
        )


class RulesForm(forms.Form):
    """The day whose rules are read."""

    day = forms.DateField(
        label=_("Rules of the day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day as 2019-10-01.")},
    )
