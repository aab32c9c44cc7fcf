"""Checking a sticker: what was sent to be looked at, and each code's verdict in words with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madoguchi.jpqr import PictureError, read_symbols
from madoguchi.jpqr.inspection import Finding, Severity
from madoguchi.jpqr.pictures import MAX_PICTURE_BYTES
from madoguchi.jpqr.rules import MAX_PAYLOAD_CHARACTERS
from madoguchi.registry.inspection import CheckedCode
from madoguchi.registry.signing import state_of
from madoguchi.web.templatetags.madoguchi import jst_date, name

PICTURE_ERRORS = {
    "too_many_bytes": _("The picture is larger than %(limit)s MB. Take it again at a lower resolution."),
    "too_many_pixels": _("The picture has too many pixels. Take it again at a lower resolution."),
    "not_a_picture": _("This is not a picture in PNG, JPEG or WebP. Choose another file."),
}
NO_CODE = _("No QR code was found on the picture. Take it again from the front, sharp and without reflections.")
SEND_ONE = _("Choose a picture, or read the code with a scanner.")

TITLES: dict[str, Promise] = {
    "unreadable": _("It cannot be read as a payment code"),
    "not_jpqr": _("It is a payment code of another kind, not of JPQR"),
    "forged": _("It is a forgery"),
    "unknown_key": _("It is signed with a key that is not trusted here"),
    "unsigned": _("It is not signed"),
    "another_store": _("It does not belong here"),
    "expired": _("Its time is over"),
    "genuine": _("It is genuine"),
}
REASONS: dict[str, Promise] = {
    "forged": _("It calls itself signed by a trusted key, but the signature does not fit what it says."),
    "unknown_key": _("Either somebody else made it, or its key was revoked."),
    "unsigned": _("It carries no signature, so anybody can have made it."),
    "another_store": _("Its store identifier is not one that belongs here."),
    "expired": _("The code says until when it holds, and that is over."),
    "genuine": _("It is signed with a key of those whose money it is, and nobody has changed it."),
    "web_address": _("It is a web address. Do not open it."),
    "asks_amount": _("It asks for an amount of its own. A sticker at a counter does not."),
    "test_range": _("Its store identifier is for trials only: nobody can be paid with it."),
}
TAKE_DOWN = _(
    "Take the sticker down, keep it, and note where and when you found it. Tell your section in charge and the police "
    "(consultation line #9110), then put up a sticker printed here."
)
ADVICE: tuple[tuple[str, Promise], ...] = (
    # The first that was found says what to do; what more than one finding decides is in `_advice`.
    ("web_address", TAKE_DOWN),
    ("forged", TAKE_DOWN),
    ("unknown_key", TAKE_DOWN),
    ("another_store", TAKE_DOWN),
    ("not_jpqr", _("If nobody of your office put it up, take it down and keep it, and tell your section in charge.")),
    (
        "unreadable",
        _(
            "Turn Japanese input off and read it again, or take a sharp picture from the front. If it still cannot be "
            "read, take it down and put up one printed here."
        ),
    ),
    ("expired", _("Take it down and put up one printed here today.")),
    ("unsigned", _("Compare it with what stands below, and put up a signed sticker in its place.")),
    ("genuine", _("Compare the name and the store identifier with where it stands. If they fit, leave it as it is.")),
)
MARKS: dict[Severity, str] = {"good": "good", "note": "info", "warning": "warning", "bad": "bad"}


class CheckForm(forms.Form):
    """A picture of a sticker, or what a scanner read from it."""

    text = forms.CharField(
        label=_("Read it with a scanner"),
        required=False,
        max_length=2 * MAX_PAYLOAD_CHARACTERS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
    )
    picture = forms.FileField(
        label=_("Take or choose a picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={"empty": _("The file is empty. Choose another.")},
    )
    found: list[str]

    def clean(self) -> dict[str, Any]:
        """Read the picture, if there is one; `found` then holds the texts of its codes."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        self.found = [cleaned["text"]] if cleaned.get("text") else []
        if cleaned.get("picture"):
            self.found += self._read(cleaned["picture"])
        elif not self.found:
            self.add_error(None, SEND_ONE)
        return cleaned

    def _read(self, picture: Any) -> list[str]:
        try:
            found = read_symbols(picture.read(MAX_PICTURE_BYTES + 1))
        except PictureError as error:
            limit = {"limit": MAX_PICTURE_BYTES // 1_000_000}
            self.add_error("picture", forms.ValidationError(PICTURE_ERRORS[error.code], error.code, params=limit))
            return []
        if not found:
            self.add_error("picture", NO_CODE)
        return found


@dataclass(frozen=True)
class Shown:
    """One checked code as a page tells it."""

    checked: CheckedCode

    @property
    def mark(self) -> str:
        """Which notice its shape and colour are those of."""
        return MARKS[self.checked.inspection.severity]

    @property
    def title(self) -> Promise:
        """The verdict, or what was found that is graver: being another's says more than being unsigned."""
        found = self.checked.inspection
        graves = (one.code for one in found.findings if one.severity == found.severity)
        return next(TITLES[code] for code in (*graves, found.verdict) if code in TITLES)

    @property
    def reasons(self) -> Iterator[Promise]:
        """What speaks for and against it."""
        return (REASONS[one.code] for one in self.checked.inspection.findings if one.code in REASONS)

    @property
    def advice(self) -> str:
        """What to do now."""
        return _advice(self.checked)

    @property
    def faults(self) -> list[Finding]:
        """Faults with their place in the code, for whoever has to find out what it is."""
        return [one for one in self.checked.inspection.findings if one.offset is not None and one.code not in TITLES]

    @property
    def is_key_revoked(self) -> bool:
        """Whether it names a key of ours that was revoked."""
        return self.checked.signer is not None and state_of(self.checked.signer) == "revoked"


def _advice(checked: CheckedCode) -> str:
    found, code = checked.inspection, checked.code
    is_ours = code is not None and not found.has("another_store")
    if found.verdict == "unknown_key" and is_ours and checked.signer and checked.signer.revoked_at:
        day = {"day": jst_date(checked.signer.revoked_at)}
        return gettext("Its key was revoked on %(day)s. Take it down and put up one printed since.") % day
    if found.verdict == "another_store" and code is not None:
        place = {"place": name(code.place)}
        if code.is_closed or code.place.is_closed:
            return gettext("It was the code of %(place)s and is closed. Take it down.") % place
        return gettext("It is the code of %(place)s, and what is paid with it goes there. Take it down here.") % place
    if found.verdict == "unsigned" and is_ours and not checked.is_signing:
        return gettext(
            "Codes are not signed here yet. Compare it with what stands below; an administrator can issue a key."
        )
    return str(next(words for name_of_finding, words in ADVICE if found.has(name_of_finding)))
