"""The sales table's filter, as it stands in the address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.clock import today
from madoguchi.settlement.sales import CASH, NONE, Names, SalesFilter
from madoguchi.web.templatetags.madoguchi import name
from madoguchi.web.town.forms import DateField

GROUP_LABELS = (
    ("division", _("By division")),
    ("place", _("By place")),
    ("service", _("By service")),
    ("item", _("By fee item")),
    ("day", _("By day")),
    ("each", _("Each payment")),
)
STATE_LABELS = (
    ("matched", _("Payment: matched to its order")),
    ("booked", _("Payment: booked by hand")),
    ("unmatched", _("Payment: not matched")),
    ("cash", _("Cash")),
    ("returned", _("Given back")),
    ("not_closed", _("Payout: period still running")),
    ("payout_due", _("Payout: not deposited yet")),
    ("deposited", _("Payout: deposited")),
)
RANGES = ("sold", "closes", "due", "deposited")
FILTER_FIELDS = (
    *(f"{name}_{end}" for name in RANGES for end in ("from", "to")),
    "division",
    "place",
    "service",
    "item",
    "state",
)


class SalesForm(forms.Form):
    """Which sales, and added up by what."""

    by = forms.ChoiceField(choices=GROUP_LABELS, required=False)
    sold_from = DateField(label=_("Sold from"), required=False)
    sold_to = DateField(label=_("Sold to"), required=False)
    closes_from = DateField(label=_("Period closes from"), required=False)
    closes_to = DateField(label=_("Period closes to"), required=False)
    due_from = DateField(label=_("Payout due from"), required=False)
    due_to = DateField(label=_("Payout due to"), required=False)
    deposited_from = DateField(label=_("Deposited from"), required=False)
    deposited_to = DateField(label=_("Deposited to"), required=False)
    division = forms.ChoiceField(label=_("Division"), required=False)
    place = forms.ChoiceField(label=_("Place"), required=False)
    service = forms.ChoiceField(label=_("Service"), required=False)
    item = forms.ChoiceField(label=_("Fee item"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, data: QueryDict, *, names: Names) -> None:
        given = data.copy()
        if not any(given.get(field) for field in FILTER_FIELDS) and "sold_from" not in given:
            # Nothing asked for: this month. A form sent with its days emptied means all days.
            given["sold_from"] = today().replace(day=1).isoformat()
            given["sold_to"] = today().isoformat()
        super().__init__(given)
        places = [(str(row.id), name(row)) for row in names.places.values()]
        waiting = (NONE, _("Not matched yet"))
        items = {row.code: name(row) for row in names.items.values()}
        choices: dict[str, list[Any]] = {
            "division": [*places, waiting],
            "place": places,
            "service": [*((row.code, row.name) for row in names.services.values()), (CASH, _("Cash"))],
            "item": [*items.items(), waiting],
            "state": list(STATE_LABELS),
        }
        for field, rows in choices.items():
            # "All" of places and of states is not one word in every language.
            self.fields[field].choices = [("", pgettext_lazy("no filter", "All")), *rows]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for row in RANGES:
            start, end = cleaned.get(f"{row}_from"), cleaned.get(f"{row}_to")
            if start and end and end < start:
                self.add_error(f"{row}_to", _("The last day is before the first."))
        return cleaned

    @property
    def group(self) -> str:
        """What the table adds up by, or `each`."""
        return self.cleaned_data.get("by") or "division"

    def narrowed(self, principal_id: UUID) -> SalesFilter:
        """The filter for one principal's sales."""
        cleaned = self.cleaned_data
        chosen: dict[str, Any] = {field: cleaned.get(field) or None for field in FILTER_FIELDS}
        place = chosen.pop("place")
        texts: dict[str, Any] = {field: chosen.pop(field) or "" for field in ("division", "service", "item", "state")}
        return SalesFilter(frozenset({principal_id}), **chosen, **texts, place=UUID(place) if place else None)

    def query(self, **changes: str) -> dict[str, str]:
        """The address's parameters for this filter with `changes`; what is empty is left out."""
        kept = {"by": self.group, **{field: self.data.get(field, "") for field in FILTER_FIELDS}, **changes}
        # So that "all days" stays in an address: without a day it would mean this month.
        return {key: value for key, value in kept.items() if value or key == "sold_from"}

    @property
    def more_is_open(self) -> bool:
        """Whether one of the rarer filters is set, so that they must not be hidden."""
        rare = [
            field for field in FILTER_FIELDS if not field.startswith("sold_") and field not in {"division", "service"}
        ]
        return any(self.data.get(field) for field in rare) or bool(self.errors)
