"""What an officer fills in at the desk for applications."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.clock import today
from madoguchi.onboarding.models import ApplicationPlace
from madoguchi.onboarding.places import LENGTHS
from madoguchi.registry.closing import CORRECTABLE
from madoguchi.web.office.words import FIELDS, PLACE_CLASSES
from madoguchi.web.town.forms import DateField

LONGEST_REASON = 400
MAX_MIB = 5


class WordsField(forms.CharField):
    """Some sentences; the form's language says for whom."""

    def __init__(self, **options: Any) -> None:
        options = {"widget": forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}), **options}
        super().__init__(**options)


class ReasonForm(forms.Form):
    """A reason that the checker reads, and where an application is refused or cancelled, its applicant as well."""

    reason = WordsField(
        label=pgettext_lazy("office", "Reason"),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Write down the reason; it is kept with the record.")},
    )


class TextForm(forms.Form):
    """Words to the applicant."""

    text = WordsField(
        label=pgettext_lazy("office", "Words to the applicant"),
        max_length=2000,
        error_messages={"required": _("Write what the applicant shall see to.")},
    )


class CorrectionForm(ReasonForm):
    """What is right of a place (P-28)."""

    field_order = ("name", "name_en", "postal_code", "address", "phone", "reason")

    def __init__(self, *args: Any, place: ApplicationPlace, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in CORRECTABLE:
            if name == "place_class":
                continue
            field = forms.CharField(label=FIELDS[name], required=False, max_length=LENGTHS.get(name, 7))
            field.initial = getattr(place, name)
            self.fields[name] = field
        self.order_fields(self.field_order)

    @property
    def facts(self) -> dict[str, str]:
        """The place as it shall be written."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class ClassForm(ReasonForm):
    """Of which class a place is (P-28)."""

    field_order = ("place_class", "reason")
    place_class = forms.ChoiceField(label=pgettext_lazy("office", "Class"), choices=list(PLACE_CLASSES.items()))


class SentForm(forms.Form):
    """Which kits were posted, and when."""

    order = forms.TypedMultipleChoiceField(label=pgettext_lazy("office", "Kits"), required=False)
    every = forms.BooleanField(required=False)
    sent_on = DateField(label=pgettext_lazy("office", "Posted on"))

    def __init__(self, *args: Any, orders: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["order"].choices = [(one, one) for one in orders]  # type: ignore[attr-defined]
        self.fields["sent_on"].initial = today()

    def clean_sent_on(self) -> Any:
        sent_on = self.cleaned_data["sent_on"]
        if sent_on > today():
            raise forms.ValidationError(_("The day lies ahead. Choose today or an earlier day."))
        return sent_on

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("every") and not cleaned.get("order") and "order" not in self.errors:
            self.add_error("order", _("Choose the kits that were posted."))
        return cleaned


class NumbersForm(forms.Form):
    """The scheme operator's answer as a file."""

    file = forms.FileField(
        label=pgettext_lazy("office", "File with store numbers (XLSX or CSV)"),
        error_messages={"required": _("Choose the file."), "empty": _("The file is empty. Choose another.")},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_MIB << 20:
            limit = {"limit": MAX_MIB}
            raise forms.ValidationError(_("The file is larger than %(limit)s MB. Split it into several."), params=limit)
        return file


class MergeForm(forms.Form):
    """Which of two places stands for both."""

    kept = forms.UUIDField(
        label=pgettext_lazy("office", "Which one is kept?"),
        error_messages={"required": _("Choose the place that is kept.")},
    )
    reason = WordsField(label=pgettext_lazy("office", "Reason"), required=False, max_length=LONGEST_REASON)
