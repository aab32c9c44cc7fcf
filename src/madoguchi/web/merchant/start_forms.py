"""What begins an application, and what brings its applicant back to it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from madoguchi.onboarding.answers import EMAIL, narrow

KINDS = (
    ("municipality", _("A municipality"), _("Its divisions and facilities are the places of one application.")),
    ("business", _("A business"), _("A company, a sole proprietor, a cooperative, a non-profit body.")),
    (
        "designated_manager",
        _("A designated manager"),
        _("Whoever runs a public facility and is paid its fees itself applies in its own name."),
    ),
    ("post_office_operator", _("A post-office operator"), _("For post offices that take fees at their counters.")),
)
KIND_NAMES = {code: name for code, name, _hint in KINDS}
KIND_HINTS = {code: hint for code, _name, hint in KINDS}
WRITE_EMAIL = _("Write an e-mail address such as kaikei@example.jp.")


class EmailField(forms.CharField):
    """An e-mail address, full-width letters made narrow, as the application itself checks it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        messages = {"required": WRITE_EMAIL, "invalid": WRITE_EMAIL}
        super().__init__(max_length=254, widget=widget, error_messages=messages, **options)

    def clean(self, value: Any) -> str:
        typed: str = super().clean(narrow(value))
        if typed and not EMAIL.fullmatch(typed):
            raise forms.ValidationError(self.error_messages["invalid"], "invalid")
        return typed


class BeginForm(forms.Form):
    """Who applies, and where the way back is sent to."""

    kind = forms.ChoiceField(
        label=_("Who are you?"),
        choices=[(code, name) for code, name, _hint in KINDS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who applies.")},
    )
    email = EmailField(
        label=_("E-mail"), help_text=_("The way back to the application and every answer to it are sent there.")
    )
    language = forms.ChoiceField(
        label=_("Language of our e-mails"),
        choices=(("ja", "日本語"), ("en", "English")),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a language.")},
        initial=lambda: "en" if get_language() == "en" else "ja",
    )


class FurtherForm(forms.Form):
    """Where the way back to a linked application is sent to."""

    email = EmailField(
        label=_("E-mail"), help_text=_("The way back to the application and every answer to it are sent there.")
    )


class ResumeForm(forms.Form):
    """The number of an application and its key."""

    reference = forms.CharField(
        label=_("Number of the application"),
        max_length=20,
        help_text=_("Eight letters and digits, such as AB12-CD34."),
        error_messages={"required": _("Write the number of the application.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    key = forms.CharField(
        label=pgettext_lazy("application", "Key"),
        max_length=80,
        help_text=_("It was shown when the application was begun, and stands in the first e-mail's address."),
        error_messages={"required": _("Write the key, or open the address in the first e-mail.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)
