"""What a resident types to see what purchases would earn: one form for each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from unicodedata import normalize

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from madoguchi.core.clock import JST, today
from madoguchi.engine.rewards.calculator import LARGEST_YEN, Purchase
from madoguchi.engine.rewards.services import Service
from madoguchi.rewards.models import Campaign

FIRST_ROWS, MOST_ROWS = 3, 30
# A row's service and channel are one choice, so that no two can be picked that do not go together.
SEPARATOR = ":"
CHANNELS: Mapping[str, Promise] = {
    "card": pgettext_lazy("channel", "card"),
    "ic": pgettext_lazy("channel", "IC card or phone held over a reader"),
    "code": pgettext_lazy("channel", "code on the phone"),
    "online": pgettext_lazy("channel", "online"),
    "id": pgettext_lazy("channel", "iD"),
    "quicpay_plus": pgettext_lazy("channel", "QUICPay+"),
    "prepaid_card": pgettext_lazy("channel", "prepaid card"),
}
# What places were eligible for in 2019 (P-04): small businesses, and stores of franchises and petrol stations.
NOT_IN = "none"
RATES = (
    ("500", pgettext_lazy("public campaign", "5 %")),
    ("200", pgettext_lazy("public campaign", "2 % (franchise, petrol)")),
    (NOT_IN, pgettext_lazy("public campaign", "Not in the campaign")),
)
WHOLE_YEN = pgettext_lazy("public campaign", "Write whole yen from 1 to 1,000,000,000, such as 11,000.")


class YenField(forms.IntegerField):
    """Yen as somebody types them: full-width digits, commas, ¥ and 円 are fine."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "num"})
        messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), WHOLE_YEN)
        super().__init__(min_value=1, max_value=LARGEST_YEN, widget=widget, error_messages=messages, **options)

    def to_python(self, value: Any) -> int | None:
        typed = normalize("NFKC", value).strip().strip("¥\\円").replace(",", "") if isinstance(value, str) else value
        return super().to_python(typed)


class PurchaseForm(forms.Form):
    """One purchase. `rate` is asked for only where the campaign has none of its own."""

    # Rows may stay empty.
    use_required_attribute = False
    service = forms.ChoiceField(label=pgettext_lazy("public campaign", "Paid with"))
    amount = YenField(label=pgettext_lazy("public campaign", "Amount with tax (¥)"))
    day = forms.DateField(
        label=pgettext_lazy("public campaign", "Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=dict.fromkeys(("required", "invalid"), gettext_lazy("Write the day as 2026-11-21.")),
    )
    rate = forms.ChoiceField(label=pgettext_lazy("public campaign", "The place's rate"), choices=RATES)

    def __init__(self, *args: Any, campaign: Campaign, choices: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.campaign = campaign
        service = self.fields["service"]
        assert isinstance(service, forms.ChoiceField)  # noqa: S101  # declared above
        service.choices = choices
        self.fields["day"].widget.attrs |= {"min": campaign.starts_on.isoformat(), "max": campaign.ends_on.isoformat()}
        if campaign.terms.get("rate_bps") is not None:
            del self.fields["rate"]

    @property
    def is_blank(self) -> bool:
        """Whether no amount was typed: such a row is left out."""
        return not self.data.get(self.add_prefix("amount"), "").strip()

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, as it was."""
        return {name: self.data.get(self.add_prefix(name), "") for name in self.fields}

    def clean_day(self) -> date:
        """A day on which something can be reckoned."""
        day: date = self.cleaned_data["day"]
        if not 2000 <= day.year < 2100:
            raise ValidationError(pgettext("public campaign", "Write a day between 2000 and 2099."))
        return day

    def purchase(self) -> Purchase:
        """The purchase, at noon of its day: of two on one day the upper row comes first."""
        cleaned = self.cleaned_data
        service_id, _colon, channel = cleaned["service"].partition(SEPARATOR)
        own = self.campaign.terms.get("rate_bps")
        rate_bps = own if own is not None else None if cleaned["rate"] == NOT_IN else int(cleaned["rate"])
        at = datetime.combine(cleaned["day"], time(12), JST)
        return Purchase(service_id, channel, at, cleaned["amount"], rate_bps)


class Rows:
    """All rows of the page: what was typed or three empty ones, and what is wrong."""

    def __init__(self, campaign: Campaign, services: Iterable[Service], names: Mapping[str, str], data: Any) -> None:
        self.campaign, self.data = campaign, data
        self.choices = service_choices(services, names)
        asked = str(data.get("rows", "")) if data is not None else ""
        count = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else FIRST_ROWS
        self.count = min(max(count, 1), MOST_ROWS)
        self.is_adding = data is not None and "add" in data
        bound = None if data is None else data
        self.forms = [self._form(number, bound) for number in range(self.count)]
        self.nothing_typed = False
        if self.is_adding:
            # Not judged yet: the reader is still writing.
            first_on = first_day(campaign).isoformat()
            typed = [form.typed for form in self.forms]
            self.count = min(self.count + 1, MOST_ROWS)
            last = typed[-1]
            typed += [{**last, "amount": "", "day": last["day"] or first_on}] * (self.count - len(typed))
            self.forms = [self._form(number, None, row) for number, row in enumerate(typed)]

    @property
    def may_add(self) -> bool:
        """Whether there is room for one more."""
        return self.count < MOST_ROWS

    @property
    def next_number(self) -> int:
        """The number of a row that is added."""
        return self.count + 1

    @property
    def filled(self) -> list[PurchaseForm]:
        """The rows in which an amount stands."""
        return [form for form in self.forms if form.is_bound and not form.is_blank]

    def is_valid(self) -> bool:
        """Whether every filled row can be reckoned with, and there is one."""
        if self.data is None or self.is_adding:
            return False
        # Empty rows are forgotten before they could complain.
        self.forms = [
            self._form(number, None, form.typed) if form.is_bound and form.is_blank else form
            for number, form in enumerate(self.forms)
        ]
        filled = self.filled
        if not filled:
            self.nothing_typed = True
            return False
        return all(form.is_valid() for form in filled)

    @property
    def is_wrong(self) -> bool:
        """Whether something must be corrected."""
        return self.nothing_typed or any(form.errors for form in self.filled)

    def _form(self, number: int, data: Any, initial: Mapping[str, str] | None = None) -> PurchaseForm:
        start = initial or {"day": first_day(self.campaign).isoformat()}
        return PurchaseForm(
            data, prefix=f"p{number}", campaign=self.campaign, choices=self.choices, initial=dict(start)
        )


def first_day(campaign: Campaign) -> date:
    """The day that rows begin with: today while the campaign is under way, else its first."""
    return today() if campaign.starts_on <= today() <= campaign.ends_on else campaign.starts_on


def service_choices(services: Iterable[Service], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each service, with its channel where it has several."""
    rows = list(services)
    several = {row.service_id for row in rows if sum(one.service_id == row.service_id for one in rows) > 1}
    found = []
    for row in rows:
        name = names.get(row.service_id, row.service_id)
        label = f"{name} ({CHANNELS.get(row.channel, row.channel)})" if row.service_id in several else name
        found.append((f"{row.service_id}{SEPARATOR}{row.channel}", label))
    return sorted(found, key=lambda choice: choice[1])
