"""What a provider's staff fill in at the inbox: the filter, a decision, a file of decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.clock import today
from madoguchi.onboarding.inbox import Wanted
from madoguchi.onboarding.inbox_files import MAX_BYTES
from madoguchi.registry.models import Service
from madoguchi.web.templatetags.madoguchi import is_english
from madoguchi.web.town.forms import DateField

ALL = ("", pgettext_lazy("no filter", "All"))
USED = (ALL, ("yes", _("In use there already")), ("no", _("New there")))
KEEPS = (("yes", _("The old terms stay")), ("no", _("A new contract is made")))
FILTER_FIELDS = ("service", "prefecture", "used", "words")


class FilterForm(forms.Form):
    """What the inbox is narrowed by; it stands in the address, so that it can be sent to a colleague."""

    service = forms.ChoiceField(label=_("Service"), required=False)
    prefecture = forms.ChoiceField(label=_("Prefecture"), required=False)
    used = forms.ChoiceField(label=_("In use already"), choices=USED, required=False)
    words = forms.CharField(label=_("Number or name"), max_length=80, required=False)

    def __init__(self, data: QueryDict, *, services: Iterable[Service], prefectures: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["service"].choices = [ALL, *((row.code, row.name) for row in services)]  # type: ignore[attr-defined]
        named = [(name, name_en if is_english() else name) for name, name_en in prefectures]
        self.fields["prefecture"].choices = [ALL, *named]  # type: ignore[attr-defined]

    def wanted(self, tab: str) -> Wanted:
        """The filter for one tab; a form that is not valid narrows by what is."""
        cleaned = getattr(self, "cleaned_data", {})
        used = cleaned.get("used")
        return Wanted(
            tab=tab,
            service=cleaned.get("service") or "",
            prefecture=cleaned.get("prefecture") or "",
            used_already={"yes": True, "no": False}.get(used or ""),
            words=cleaned.get("words") or "",
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return any(self.data.get(name) for name in FILTER_FIELDS)


class PercentField(forms.CharField):
    """A fee as contracts write it, in per cent; cleaned to hundredths of a per cent, None if it is left open."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
        super().__init__(required=False, widget=widget, **options)

    def clean(self, value: Any) -> int | None:
        typed = normalize("NFKC", str(value or "")).strip().rstrip("%").strip()
        if not typed:
            return None
        try:
            fee_bps = Decimal(typed) * 100
        except InvalidOperation:
            fee_bps = Decimal("-1")
        if not fee_bps.is_finite() or not 0 <= fee_bps <= 10_000 or fee_bps != int(fee_bps):
            raise forms.ValidationError(_("Write the fee in per cent, such as 1.98; at most two decimals."))
        return int(fee_bps)


class ApprovalForm(forms.Form):
    """From when, at which fee, under which terms; for a service in use there, whether its old terms stay (J-23).

    `late_confirmed` is the late start that the reader has been shown (P-22, P-26): another day is shown anew.
    """

    starts_on = DateField(label=_("Starts on"))
    fee_percent = PercentField(label=_("Fee (%)"))
    terms = forms.CharField(label=_("Terms"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    provider_reference = forms.CharField(label=_("Your merchant number"), max_length=60, required=False)
    keeps_terms = forms.ChoiceField(label=_("In use there already"), choices=KEEPS, widget=forms.RadioSelect)
    late_confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, asks_terms: bool, is_bulk: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["starts_on"].error_messages["required"] = _("Choose the first day.")
        self.fields["starts_on"].widget.attrs["min"] = today().isoformat()
        self.fields["keeps_terms"].error_messages["required"] = _("Say whether its old terms stay.")
        if not asks_terms:
            del self.fields["keeps_terms"]
        if is_bulk:
            del self.fields["provider_reference"]

    def facts(self) -> dict[str, Any]:
        """The facts of a decision as JSON has them."""
        cleaned = self.cleaned_data
        keeps = {"yes": True, "no": False}.get(cleaned.get("keeps_terms", ""))
        return {
            "decision": "approve",
            "starts_on": cleaned["starts_on"].isoformat(),
            "fee_bps": cleaned["fee_percent"],
            "terms": cleaned["terms"],
            "provider_reference": cleaned.get("provider_reference", ""),
            "keeps_terms": keeps,
        }

    def has_seen_late_start(self) -> bool:
        """Whether the reader was shown that this very day is late."""
        return bool(self.cleaned_data["late_confirmed"] == self.cleaned_data["starts_on"].isoformat())


class QuestionForm(forms.Form):
    """A question or word to the applicant."""

    text = forms.CharField(
        label=_("To the applicant"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write something first.")},
    )


class RefusalForm(forms.Form):
    """Why a place is not taken."""

    text = forms.CharField(
        label=_("Reason, which the applicant reads"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the reason: the applicant reads it.")},
    )


class DecisionsForm(forms.Form):
    """A file of decisions."""

    file = forms.FileField(
        label=_("File with your decisions (CSV or JSON)"),
        error_messages={"required": _("Choose the file."), "empty": _("The file is empty. Choose another.")},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MB. Send up to 1,000 decisions at a time."))
        return file
