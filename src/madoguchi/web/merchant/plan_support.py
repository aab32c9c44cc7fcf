"""Whom to call about plans: the support office of a prefecture, or of a postal code, and the desks (P-18, P-19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.core.clock import today
from madoguchi.onboarding.postal import addresses_of, municipalities, postal_fault
from madoguchi.onboarding.support import SupportOffice, contacts, support_office
from madoguchi.web.templatetags.madoguchi import is_english

# P-02: the offices and desks were those of this programme; the source tells no last day of the phones themselves.
PROGRAMME_ENDED_ON = date(2020, 6, 30)
FAULTS: dict[str, Any] = {
    "postal_code_malformed": _("Write the seven digits of the postal code, such as 370-2316."),
    "postal_code_unknown": _("There is no such postal code. Choose the prefecture instead."),
}


@cache
def prefectures() -> tuple[tuple[str, str], ...]:
    """Every prefecture with its English name, from north to south."""
    return tuple({one.prefecture: one.prefecture_en for one in municipalities().values()}.items())


class SupportForm(forms.Form):
    """Where the reader is."""

    prefecture = forms.ChoiceField(label=_("Prefecture"), required=False)
    postal_code = forms.CharField(
        label=_("Or your postal code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        rows = [(name, english if is_english() else name) for name, english in prefectures()]
        self.fields["prefecture"].choices = [("", _("Not chosen")), *rows]  # type: ignore[attr-defined]

    def clean_postal_code(self) -> str:
        typed: str = self.cleaned_data["postal_code"]
        if typed and (fault := postal_fault(typed)):
            raise forms.ValidationError(FAULTS[fault], fault)
        return typed

    @property
    def named(self) -> list[str]:
        """The prefectures that were chosen or that the postal code lies in, a few of which lie in two."""
        if code := self.cleaned_data.get("postal_code"):
            return list(dict.fromkeys(one.prefecture for one in addresses_of(code)))
        chosen = self.cleaned_data.get("prefecture")
        return [chosen] if chosen else []


def support_of(data: QueryDict, keep: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What the page tells of whom to call; `keep` are the address's other parameters."""
    form = SupportForm(data)
    names = form.named if form.is_valid() else []
    offices: dict[str, SupportOffice] = {}
    for name in names:
        if office := support_office(name, today()):
            offices[office.phone] = office
    return {
        "support_form": form,
        "support_asked": bool(names),
        "support_offices": [(_named(office), office) for office in offices.values()],
        "support_keep": keep,
        "contacts": [(one.en if is_english() else one.ja, one) for one in contacts(today())],
        "programme_ended_on": PROGRAMME_ENDED_ON if today() > PROGRAMME_ENDED_ON else None,
    }


def _named(office: SupportOffice) -> str:
    """An office has no English name; the prefectures that it is for have."""
    english = dict(prefectures())
    if is_english():
        return f"{office.name} ({', '.join(english.get(name, name) for name in office.prefectures)})"
    return office.name
