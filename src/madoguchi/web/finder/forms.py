"""The finder's forms: what is looked for, a report of a mistake, the office's answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.errors import Refusal
from madoguchi.opendata.finder import PlaceQuery
from madoguchi.opendata.names import prefecture_names, service_names, town_names
from madoguchi.opendata.search_words import LONGEST_QUERY
from madoguchi.registry.describing import check_position
from madoguchi.registry.rules import PLACE_CLASSES
from madoguchi.web.finder import words
from madoguchi.web.refusals import sentence

RATES = (("500", _("5%")), ("200", _("2%")), ("0", _("No reward")))
LONGEST_CURSOR = 120


def _degrees_input() -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})


class FinderForm(forms.Form):
    """All of it in the address, so that what was found can be sent to somebody else."""

    q = forms.CharField(
        label=_("Name, address, postal code or town"),
        required=False,
        max_length=LONGEST_QUERY,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )
    service = forms.ChoiceField(label=_("Payment service"), required=False)
    rate = forms.ChoiceField(label=_("Reward rate"), required=False, choices=[("", _("Any")), *RATES])
    kind = forms.ChoiceField(
        label=pgettext_lazy("place", "Class"),
        required=False,
        choices=[("", _("Any")), *((code, words.PLACE_CLASSES[code]) for code in PLACE_CLASSES)],
    )
    town = forms.CharField(required=False, max_length=5, widget=forms.HiddenInput)
    near = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    bbox = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    after = forms.CharField(required=False, max_length=LONGEST_CURSOR, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        service: Any = self.fields["service"]
        service.choices = [("", _("Any")), *service_names().items()]

    def clean_town(self) -> str:
        town: str = self.cleaned_data["town"]
        if town and town not in town_names() and town not in prefecture_names():
            raise forms.ValidationError(_("There is no town with this code."))
        return town

    def clean_near(self) -> tuple[float, ...] | None:
        return self._numbers("near", 2)

    def clean_bbox(self) -> tuple[float, ...] | None:
        return self._numbers("bbox", 4)

    def _numbers(self, name: str, count: int) -> tuple[float, ...] | None:
        text: str = self.cleaned_data[name]
        if not text:
            return None
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if len(values) != count or not all(-180 <= value <= 180 for value in values):
            raise forms.ValidationError(_("This position cannot be read. Search again."))
        return values

    def query(self) -> PlaceQuery:
        """What is looked for; of a valid form."""
        data = self.cleaned_data
        is_prefecture = len(data["town"]) == 2
        return PlaceQuery(
            words=data["q"],
            prefecture=data["town"] if is_prefecture else "",
            municipality="" if is_prefecture else data["town"],
            service=data["service"],
            rate_bps=int(data["rate"]) if data["rate"] else None,
            place_class=data["kind"],
            near=data["near"],
            box=data["bbox"],
            after=data["after"],
        )


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
