"""Fields that several forms of this room ask for: a municipality by its name, figures, days, checked text."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madoguchi.onboarding.answers import FORMULA_SIGNS, digits, plain
from madoguchi.onboarding.postal import RegisteredMunicipality, municipalities
from madoguchi.onboarding.sheet_columns import folded
from madoguchi.web.templatetags.madoguchi import is_english

NO_FORMULA = _("A text may not begin with = + - or @: a spreadsheet would run it. Take the sign away.")
MOST_SUGGESTED = 20


def town_name(code: str) -> str:
    """`群馬県富岡市`, in English `Tomioka City, Gunma`; the code itself if it is not a municipality's."""
    found = municipalities().get(code)
    if found is None:
        return code
    return f"{found.name_en}, {found.prefecture_en}" if is_english() else f"{found.prefecture}{found.name}"


@cache
def _named() -> dict[str, tuple[str, ...]]:
    """Codes by every folded name that a municipality is called by, with and without its prefecture."""
    found: dict[str, tuple[str, ...]] = {}
    for one in municipalities().values():
        for name in _names(one):
            found[folded(name)] = (*found.get(folded(name), ()), one.code)
    return found


def _names(one: RegisteredMunicipality) -> set[str]:
    return {
        one.code,
        one.name,
        f"{one.prefecture}{one.name}",
        one.name_en,
        one.name_en.rpartition(" ")[0] or one.name_en,
        f"{one.name_en}, {one.prefecture_en}",
        f"{one.prefecture_en} {one.name_en}",
    }


def towns_called(text: str) -> tuple[str, ...]:
    """Codes of the municipalities that are called `text`; several where one name is used twice."""
    return _named().get(folded(text), ())


def towns_like(text: str) -> list[str]:
    """Codes of up to 20 municipalities in whose names `text` stands, those that begin with it first."""
    wanted = folded(text)
    if not wanted:
        return []
    found: dict[str, bool] = {}
    for name, codes in _named().items():
        if wanted in name:
            for code in codes:
                found[code] = found.get(code, False) or name.startswith(wanted)
    return sorted(found, key=lambda code: (not found[code], code))[:MOST_SUGGESTED]


class MunicipalityField(forms.CharField):
    """A municipality as people name it; its five-digit code once it is clear which one is meant."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "list": "municipalities", "spellcheck": "false"})
        super().__init__(max_length=60, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        """Codes come from the database, all else from whoever types."""
        return town_name(value) if isinstance(value, str) and value in municipalities() else value

    def clean(self, value: Any) -> str:
        typed = super().clean(plain(value))
        if not typed:
            return ""
        found = towns_called(typed)
        if len(found) == 1:
            return found[0]
        if found:
            told = {"choices": gettext(", ").join(town_name(code) for code in found)}
            raise forms.ValidationError(
                _("Several are called so: %(choices)s. Write the prefecture as well."), "several", params=told
            )
        if near := towns_like(typed)[:5]:
            told = {"choices": gettext(", ").join(town_name(code) for code in near)}
            raise forms.ValidationError(
                _("There is no such municipality. Is it one of these? %(choices)s"), "unknown", params=told
            )
        raise forms.ValidationError(_("There is no such municipality. Choose from the list."), "unknown")


class PlainField(forms.CharField):
    """A line of text without control characters, which no spreadsheet would run as a formula."""

    def clean(self, value: Any) -> str:
        typed: str = super().clean(plain(value))
        if typed.startswith(FORMULA_SIGNS):
            raise forms.ValidationError(NO_FORMULA, "formula_in_cell")
        return typed


class DigitsField(forms.CharField):
    """Digits as people write them: full width, with hyphens or spaces. `form` is what must be left of them."""

    def __init__(self, form: str, wrong: Any, **options: Any) -> None:
        self.form, self.wrong = re.compile(form), wrong
        attributes = {"inputmode": "numeric", "autocomplete": options.pop("autocomplete", "off")}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attributes), **options)

    def clean(self, value: Any) -> str:
        typed: str = digits(super().clean(value))
        if typed and not self.form.fullmatch(typed):
            raise forms.ValidationError(self.wrong, "field_wrong")
        return typed


class DayField(forms.DateField):
    """A day, by the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, error_messages={"invalid": _("Write the day as 2026-11-21.")}, **options)


def postal_code_field() -> DigitsField:
    """A postal code, as every form asks for it."""
    return DigitsField(
        r"\d{7}",
        _("Write the seven digits of the postal code, such as 370-2316."),
        label=_("Postal code"),
        required=False,
        autocomplete="postal-code",
    )


def phone_field() -> DigitsField:
    """A phone number, as every form asks for it."""
    field = DigitsField(
        r"0\d{8,10}|\+\d{10,14}",
        _("Write the phone number with its area code, such as 0274-00-0000."),
        label=_("Phone"),
        required=False,
        autocomplete="tel",
    )
    field.widget.attrs["inputmode"] = "tel"
    return field
