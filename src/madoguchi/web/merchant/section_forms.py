"""A page that is saved by itself: what is saved, what was typed, and what another window saved meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from madoguchi.core.errors import Refusal
from madoguchi.core.yen import format_yen
from madoguchi.onboarding.postal import addresses_of, read_postal_code
from madoguchi.web.merchant.fields import town_name
from madoguchi.web.refusals import sentence, status_of

NO_SUCH_CODE = _("This postal code is not known. Check it, or write municipality and address yourselves.")
SEVERAL_TOWNS = _("This postal code covers several municipalities: %(choices)s. Choose the right one below.")


class SavedForm(forms.Form):
    """A form of a page that is saved by itself.

    `stored` is what is saved now, by fields. `version` and `shown` go along with the page: which state of the
    application it was made from, and a digest of what it showed.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, stored: Mapping[str, Any], version: int) -> None:
        self.stored, self.now_version = dict(stored), version
        self.is_changed_elsewhere = False
        digest = sha256(json.dumps(self.stored, sort_keys=True, default=str).encode()).hexdigest()[:16]
        self.now_shown = digest
        super().__init__(data, initial={**self.stored, "version": version, "shown": digest})

    @property
    def expected_version(self) -> int | None:
        """The version that saving may overwrite: today's, if what the page showed is still what is saved.

        So that two windows on two pages of one application do not stand in each other's way.
        """
        if self.cleaned_data.get("shown") == self.now_shown:
            return self.now_version
        version: int | None = self.cleaned_data.get("version")
        return version

    def take_over(self) -> None:
        """Let what was typed be saved over what another window saved, once its reader has seen both."""
        self.is_changed_elsewhere = True
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["version"], self.data["shown"] = str(self.now_version), self.now_shown  # type: ignore[index]

    def saved_elsewhere(self) -> Iterator[tuple[forms.BoundField, str]]:
        """The fields of which something else is saved now, with that in words."""
        for field in self.visible_fields():
            typed, saved = self.cleaned_data.get(field.name, field.value()), self.stored.get(field.name)
            if shown_value(field, saved) != shown_value(field, typed):
                yield field, shown_value(field, saved)

    def unjudged(self) -> None:
        """Show what was typed without judging it: the page was sent for something else than to be saved."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}

    def fill_from_postal_code(self) -> None:
        """Fill municipality and address from the postal code as typed; an address that was typed stays (P-27)."""
        self.unjudged()
        self.data = self.data.copy()  # type: ignore[attr-defined]
        typed = str(self.data.get("postal_code", ""))
        found = addresses_of(typed) if read_postal_code(typed) else ()
        if not found:
            self.add_error("postal_code", NO_SUCH_CODE)
            return
        if len(found) > 1:
            choices = ", ".join(town_name(one.municipality_code) for one in found)
            self.add_error("postal_code", forms.ValidationError(SEVERAL_TOWNS, "several", params={"choices": choices}))
            return
        self.data["municipality_code"] = town_name(found[0].municipality_code)  # type: ignore[index]
        if not str(self.data.get("address", "")).strip():
            self.data["address"] = found[0].line  # type: ignore[index]


def shown_value(field: forms.BoundField, value: Any) -> str:
    """A field's value as its page shows it."""
    choices = dict(getattr(field.field, "choices", ()))
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(choices.get(each, each)) for each in sorted(map(str, value)))
    if isinstance(field.field, forms.BooleanField):
        return str(_("Yes")) if value in {True, "on", "true", "True"} else ""
    if value in choices:
        return str(choices[value]) if value else ""
    if isinstance(value, int):
        return format_yen(value) if field.name.endswith("_yen") or field.name.startswith("income") else f"{value:,}"
    shown = field.field.prepare_value(value)
    return "" if shown is None else str(shown).strip()


@contextmanager
def told_in(form: forms.Form, words: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Tell a refusal of the block beside the form's field that it names, so that what was typed stays.

    `words` are this form's own sentences for some codes. What the reader may not do or what is not there (403, 404)
    is left to RefusalMiddleware. A change made in another window is shown beside what was typed.
    """
    try:
        yield
    except Refusal as refusal:
        field = str(refusal.details.get("field", "")).partition(".")[0]
        if status_of(refusal.code) == 403 or (status_of(refusal.code) == 404 and field not in form.fields):
            raise
        if refusal.code == "application_changed_elsewhere" and isinstance(form, SavedForm):
            form.take_over()
            return
        own = (words or {}).get(refusal.code)
        told = str(own) % refusal.details if own else sentence(refusal)
        form.add_error(field if field in form.fields else None, forms.ValidationError(told, refusal.code))
