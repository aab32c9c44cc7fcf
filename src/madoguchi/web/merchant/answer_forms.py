"""The pages of an application that stand for a section each: who applies, what the business is, the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.onboarding.answers import HOLDER, holder
from madoguchi.onboarding.applications import COLUMNS, account_of
from madoguchi.onboarding.models import Application
from madoguchi.registry.rules import is_corporate_number
from madoguchi.web.merchant.document_words import trade_choices
from madoguchi.web.merchant.fields import (
    DigitsField,
    MunicipalityField,
    PlainField,
    phone_field,
    postal_code_field,
)
from madoguchi.web.merchant.forms import (
    ACTIVITIES,
    ANSWERS,
    ENTITIES,
    INDUSTRIES,
    LICENCES,
    TOLD,
    CountField,
    choice,
)
from madoguchi.web.merchant.section_forms import SavedForm
from madoguchi.web.merchant.start_forms import EmailField

UNTOLD = {True: "yes", False: "no", None: ""}


class SectionForm(SavedForm):
    """A section of an application, which may be saved half filled in."""

    section: ClassVar[str]
    title: ClassVar[Promise]
    template: ClassVar[str]

    def __init__(self, data: Any = None, *, application: Application) -> None:
        super().__init__(data, stored=self.stored_in(application), version=application.version)

    @classmethod
    def stored_in(cls, application: Application) -> dict[str, Any]:
        """What is saved of the section, by this form's fields."""
        raise NotImplementedError

    def answers(self) -> dict[str, Any]:
        """What was told, as `save_answers` takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"version", "shown"}}


class ApplicantForm(SectionForm):
    """Who applies (J-11, J-28)."""

    section = "applicant"
    template = "applicant"
    title = _("Who applies")
    name = PlainField(label=_("Name of the applicant"), max_length=80, required=False)
    name_kana = PlainField(label=_("Reading in kana"), max_length=120, required=False)
    name_en = PlainField(label=_("Name in English"), max_length=120, required=False)
    corporate_number = DigitsField(
        r"\d{13}",
        _("A corporate number has 13 digits. Compare it with the official record."),
        label=_("Corporate number"),
        required=False,
        help_text=_("13 digits. Sole proprietors have none and leave it empty."),
    )
    postal_code = postal_code_field()
    municipality_code = MunicipalityField(
        label=_("Municipality"), required=False, help_text=_("Type a part of its name and choose.")
    )
    address = PlainField(label=_("Address"), max_length=160, required=False)
    representative = PlainField(
        label=_("Representative"), max_length=80, required=False, help_text=_("Office and name, e.g. the mayor's.")
    )
    contact_person = PlainField(
        label=_("Contact"), max_length=80, required=False, help_text=_("Section and name of whom we may ask.")
    )
    phone = phone_field()
    email = EmailField(label=_("E-mail"), required=False)

    @classmethod
    def stored_in(cls, application: Application) -> dict[str, Any]:
        kept: Mapping[str, Any] = application.answers.get("applicant", {})
        stored = {name: kept.get(name, "") for name in cls.base_fields if name not in {"version", "shown"}}
        stored |= {name: getattr(application, name) for name in COLUMNS}
        return stored | {"municipality_code": application.municipality_id or ""}

    def clean_corporate_number(self) -> str:
        number: str = self.cleaned_data["corporate_number"]
        if number and not is_corporate_number(number):
            raise forms.ValidationError(
                _("This is no corporate number: its first digit checks the others. Look for a mistyped digit."),
                "corporate_number_wrong",
            )
        return number


class TownForm(SectionForm):
    """What a municipality tells instead of a business: its settlement; capital is 0 and not asked for (J-11)."""

    section = "business"
    template = "town"
    title = _("The municipality's figures")
    yearly_sales_yen = CountField(
        label=_("Settlement of the general account (yen)"),
        help_text=_("It stands for yearly sales. Capital is taken as 0 and not asked for."),
    )

    @classmethod
    def stored_in(cls, application: Application) -> dict[str, Any]:
        return {"yearly_sales_yen": application.answers.get("business", {}).get("yearly_sales_yen")}


class BusinessForm(SectionForm):
    """What decides on eligibility (P-06 to P-13), the trade (P-25), and how cards are taken so far (P-22)."""

    section = "business"
    template = "business"
    title = _("The business")
    entity = choice(_("What are you?"), ENTITIES)
    industry = choice(_("Main industry"), INDUSTRIES)
    trade = forms.ChoiceField(
        label=_("Trade that needs a licence"),
        required=False,
        help_text=_("It decides which documents are asked for. Leave it open if yours is not among them."),
    )
    capital_yen = CountField(label=_("Capital (yen)"), help_text=_("One of the two within the limit is enough."))
    regular_employees = CountField(label=_("Regular employees"))
    yearly_sales_yen = CountField(label=_("Yearly sales (yen)"))
    income_1 = CountField(label=_("Taxable income, last filed year (yen)"))
    income_2 = CountField(label=_("The year before (yen)"))
    income_3 = CountField(label=_("Two years before (yen)"))
    no_year_filed = forms.BooleanField(label=_("No year has been filed yet"), required=False)
    full_owner_capital_yen = CountField(
        label=_("If one corporation owns all of you: its capital (yen)"),
        help_text=_("Directly or through others. Leave it empty if no corporation does."),
    )
    activity = choice(_("Is your business one of these?"), ACTIVITIES)
    licences = forms.MultipleChoiceField(
        label=_("Licences and confirmations you hold"),
        help_text=_("They admit entertainment businesses; nobody else needs them here."),
        choices=LICENCES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    franchise = choice(_("Are you a franchise of a chain?"), ANSWERS)
    petrol_station = choice(_("Are you a petrol station?"), ANSWERS)
    card_contracts = CountField(
        label=_("Card companies you have a contract with"),
        help_text=_("Every company whose cards you take has to be applied to: cards of the others earn nothing."),
    )
    card_payouts_per_month = CountField(
        label=_("Payouts of card takings a month"),
        help_text=_("Two or more are a sign of several contracts."),
    )

    def __init__(self, data: Any = None, *, application: Application) -> None:
        super().__init__(data, application=application)
        self.fields["trade"].choices = [("", _("None of these")), *trade_choices()]  # type: ignore[attr-defined]
        for name in ("card_contracts", "card_payouts_per_month"):
            self.fields[name].max_value = 99  # type: ignore[attr-defined]

    @classmethod
    def stored_in(cls, application: Application) -> dict[str, Any]:
        kept: Mapping[str, Any] = application.answers.get("business", {})
        stored = {name: kept.get(name) for name in cls.base_fields if name in kept}
        incomes = kept.get("taxable_income_yen")
        for year in (1, 2, 3):
            stored[f"income_{year}"] = incomes[year - 1] if incomes and len(incomes) >= year else None
        stored["no_year_filed"] = incomes == []
        stored |= {name: UNTOLD[kept.get(name)] for name in ("franchise", "petrol_station")}
        return stored

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        years = [cleaned.get(f"income_{year}") for year in (1, 2, 3)]
        told = [income for income in years if income is not None]
        if cleaned.get("no_year_filed") and told:
            self.add_error("no_year_filed", _("Either tell the income of the years filed, or that none was filed."))
        if told and told != years[: len(told)]:
            self.add_error("income_1", _("Begin with the last filed year, and leave no year between empty."))
        for name in ("card_contracts", "card_payouts_per_month"):
            if (cleaned.get(name) or 0) > 99:
                self.add_error(name, _("Write a number from 0 to 99."))
        return cleaned

    def answers(self) -> dict[str, Any]:
        told = self.cleaned_data
        years = [told[f"income_{year}"] for year in (1, 2, 3) if told[f"income_{year}"] is not None]
        plain = ("capital_yen", "regular_employees", "yearly_sales_yen", "full_owner_capital_yen", "card_contracts")
        return {
            **{name: told[name] for name in (*plain, "card_payouts_per_month", "trade")},
            **{name: told[name] or None for name in ("entity", "industry", "activity")},
            "taxable_income_yen": years or ([] if told["no_year_filed"] else None),
            # Boxes that are not ticked are an answer, not an open question.
            "licences": told["licences"],
            "franchise": TOLD.get(told["franchise"]),
            "petrol_station": TOLD.get(told["petrol_station"]),
        }


class AccountForm(SectionForm):
    """The one account to which everything is paid (J-27, J-28)."""

    section = "account"
    template = "account"
    title = _("The account")
    bank_code = DigitsField(
        r"\d{4}", _("A bank's code has four digits."), label=_("Bank code"), required=False, help_text=_("Four digits.")
    )
    branch_code = DigitsField(
        r"\d{3}",
        _("A branch's code has three digits."),
        label=_("Branch code"),
        required=False,
        help_text=_("Three digits. Of Japan Post Bank, use branch and number for transfers from other banks."),
    )
    account_kind = forms.ChoiceField(
        label=_("Kind of account"),
        choices=(("", _("Choose")), ("ordinary", _("Ordinary")), ("current", _("Current")), ("savings", _("Savings"))),
        required=False,
    )
    account_number = DigitsField(
        r"\d{7}",
        _("An account's number has seven digits; fill it up with zeros in front."),
        label=_("Account number"),
        required=False,
        help_text=_("Seven digits, with zeros in front if it is shorter."),
    )
    holder_kana = forms.CharField(
        label=_("Account holder (kana)"),
        max_length=48,
        required=False,
        help_text=_("As in the passbook. It is turned into the letters that banks use."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    @classmethod
    def stored_in(cls, application: Application) -> dict[str, Any]:
        account = account_of(application)
        return account.model_dump() if account else {}

    def clean_holder_kana(self) -> str:
        typed: str = holder(self.cleaned_data["holder_kana"])
        if typed and not HOLDER.fullmatch(typed):
            raise forms.ValidationError(
                _("Write the holder in kana, capitals and digits, as the passbook does."), "field_wrong"
            )
        return typed


def section_form(application: Application, section: str) -> type[SectionForm] | None:
    """The form of a section for this kind of applicant; None if there is no such section."""
    business = TownForm if application.kind == "municipality" else BusinessForm
    forms_by_section: dict[str, type[SectionForm]] = {
        "applicant": ApplicantForm,
        "business": business,
        "account": AccountForm,
    }
    return forms_by_section.get(section)
