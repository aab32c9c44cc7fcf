"""The finder's forms: a report of a mistake, the office's answer, what a place tells of itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.core.errors import Refusal
from madoguchi.registry.describing import check_position
from madoguchi.web.finder import words
from madoguchi.web.refusals import sentence


def _degrees_input() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


class ReportForm(forms.Form):
    """What is wrong about a place. Nobody's name is asked: what the platform does not hold cannot be lost."""

    matter = forms.ChoiceField(label=_("What is wrong?"), choices=[*words.MATTERS.items()], widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("How it is right (if you know)"),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AnswerForm(forms.Form):
    """What became of a report."""

    state = forms.ChoiceField(
        label=_("What became of it"),
        choices=[(code, words.REPORT_STATES[code]) for code in ("done", "declined")],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label=_("Note"), required=False, max_length=400)


class DescriptionForm(forms.Form):
    """What visitors ask of a place, told by those who run it."""

    hours = forms.CharField(label=_("Hours in Japanese"), required=False, max_length=200)
    hours_en = forms.CharField(label=_("Hours in English"), required=False, max_length=200)
    access = forms.MultipleChoiceField(
        label=_("Accessibility"),
        required=False,
        choices=[*words.ACCESS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    latitude = forms.FloatField(label=_("Latitude"), required=False, widget=_degrees_input())
    longitude = forms.FloatField(label=_("Longitude"), required=False, widget=_degrees_input())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                check_position(data["latitude"], data["longitude"])
            except Refusal as refusal:
                self.add_error(str(refusal.details["field"]), sentence(refusal))
        return data
