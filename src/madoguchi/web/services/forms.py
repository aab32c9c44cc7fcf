"""What the pages of the 2019 services ask: the list's filters, one's card, and one's payment."""

from __future__ import annotations

from datetime import date
from typing import Any
from unicodedata import normalize

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import pgettext, pgettext_lazy

from madoguchi.core.yen import format_yen
from madoguchi.engine.rewards.campaign import programme_2019
from madoguchi.opendata.search_words import LONGEST_QUERY
from madoguchi.opendata.service_cards import BRANDS, ISSUED_ABROAD, OTHER_ISSUER
from madoguchi.opendata.service_reward import LARGEST_YEN, RATES_BPS
from madoguchi.opendata.services import (
    KINDS,
    METHODS,
    PublishedService,
    Way,
    brands,
    issuers,
    published_service,
    published_services,
)
from madoguchi.web.campaigns.words import METHODS as METHOD_WORDS
from madoguchi.web.services.shown import choice, rate_words
from madoguchi.web.services.words import KINDS as KIND_WORDS
from madoguchi.web.services.words import channel_words
from madoguchi.web.templatetags.madoguchi import name

Choices = list[tuple[str, Any]]
# Words that become those of the reader's language when they are shown.
Lazy = Any
ANY = pgettext_lazy("services", "All")
UNKNOWN_CHOICE = pgettext_lazy("services", "Choose one of the list.")
UNKNOWN_SERVICE = pgettext_lazy("services", "There is no such service in the table. Choose one of the list.")
TOO_LONG = pgettext_lazy("services", "Write at most 80 characters.")
NOT_A_NUMBER = pgettext_lazy("services", "Write an amount in whole yen, such as 11,000.")
NOT_A_DAY = pgettext_lazy("services", "Write the day as 2019-11-21.")


def _one_of(label: Lazy, unknown: Lazy = UNKNOWN_CHOICE, **options: Any) -> forms.ChoiceField:
    messages = {"invalid_choice": unknown, "required": unknown}
    return forms.ChoiceField(label=label, error_messages=messages, **options)


def _free_words(label: Lazy) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_QUERY,
        error_messages={"max_length": TOO_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )


class Asked(forms.Form):
    """A form whose answers stand in the address; a browser's own bubbles would hide the page's words."""

    use_required_attribute = False

    def set_choices(self, field: str, choices: Choices) -> None:
        """What can be chosen, in the reader's language."""
        chosen = self.fields[field]
        assert isinstance(chosen, forms.ChoiceField)  # noqa: S101  # declared below
        chosen.choices = choices


class FindForm(Asked):
    """What the list is narrowed to."""

    q = _free_words(pgettext_lazy("services", "Name, issuer or brand"))
    issuer = _one_of(pgettext_lazy("services", "Issuer"), required=False)
    kind = _one_of(pgettext_lazy("services", "Kind"), required=False)
    brand = _one_of(pgettext_lazy("services", "Card brand"), required=False)
    method = _one_of(pgettext_lazy("services", "How points are given"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.set_choices("issuer", [("", ANY), *_issuers()])
        self.set_choices("kind", [("", ANY), *((one, KIND_WORDS[one]) for one in KINDS)])
        self.set_choices("brand", [("", ANY), *((one, one) for one in brands())])
        self.set_choices("method", [("", ANY), *((one, METHOD_WORDS[one]) for one in METHODS)])


class CardForm(Asked):
    """One's card: what its back and front say."""

    issuer = _one_of(pgettext_lazy("services", "Company that issued it"), required=False)
    brand = _one_of(pgettext_lazy("services", "Brand on the card"), required=False)
    text = _free_words(pgettext_lazy("services", "Name of the card or service"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        beside: Choices = [
            (OTHER_ISSUER, pgettext_lazy("services", "Another company")),
            (ISSUED_ABROAD, pgettext_lazy("services", "A company outside Japan")),
        ]
        self.set_choices("issuer", [("", pgettext_lazy("services", "I do not know")), *_issuers(), *beside])
        self.set_choices(
            "brand", [("", pgettext_lazy("services", "None, or I do not know")), *((b, b) for b in BRANDS)]
        )


class AmountField(forms.IntegerField):
    """Yen as somebody types them (full-width digits, commas, ¥ and 円), with a sentence for each way to be wrong."""

    def __init__(self, *, fewest_yen: int, too_few: Lazy, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "num"})
        messages = {"required": NOT_A_NUMBER, "invalid": NOT_A_NUMBER}
        super().__init__(widget=widget, error_messages=messages, **options)
        self.fewest_yen, self.too_few = fewest_yen, too_few

    def to_python(self, value: Any) -> int | None:
        typed = normalize("NFKC", str(value or "")).strip().strip("¥\\円").replace(",", "").replace("−", "-")
        # A number of thousands of digits is refused before it is read.
        if len(typed) > 20 and typed.isdecimal():
            return LARGEST_YEN + 1
        return super().to_python(typed)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if value < 0:
            raise ValidationError(pgettext("services", "An amount cannot be negative."), code="negative")
        if value < self.fewest_yen:
            raise ValidationError(self.too_few, code="too_few")
        if value > LARGEST_YEN:
            said = pgettext("services", "Write at most %(yen)s.") % {"yen": format_yen(LARGEST_YEN)}
            raise ValidationError(said, code="too_large")


class RewardForm(Asked):
    """One payment, and what was spent before it in the same period."""

    amount = AmountField(
        label=pgettext_lazy("services", "Amount with tax (¥)"),
        fewest_yen=1,
        too_few=pgettext_lazy("services", "Write at least ¥1."),
    )
    service = _one_of(pgettext_lazy("services", "Paid with"), UNKNOWN_SERVICE)
    rate = _one_of(pgettext_lazy("services", "The shop's rate"))
    day = forms.DateField(
        label=pgettext_lazy("services", "Day of the payment"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": NOT_A_DAY, "invalid": NOT_A_DAY},
    )
    earlier = AmountField(
        label=pgettext_lazy("services", "Spent before, in the same period (¥)"),
        required=False,
        fewest_yen=0,
        too_few=NOT_A_NUMBER,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        first, last = _days()
        self.fields["day"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        self.set_choices("service", [("", pgettext_lazy("services", "Choose")), *_services_by_kind()])
        self.set_choices("rate", [(str(one), _rate_label(one)) for one in RATES_BPS])

    def clean_day(self) -> date:
        """A day of the programme."""
        day: date = self.cleaned_data["day"]
        first, last = _days()
        if not first <= day <= last:
            raise ValidationError(
                pgettext("services", "The programme ran from 1 October 2019 to 30 June 2020. Write a day in it.")
            )
        return day

    def chosen(self) -> tuple[PublishedService, Way]:
        """The service and channel of a valid form."""
        code, _colon, channel = self.cleaned_data["service"].partition(":")
        service = published_service(code)
        way = service.way(channel) if service else None
        assert service is not None and way is not None  # noqa: S101  # the field knows no others
        return service, way


def _days() -> tuple[date, date]:
    programme = programme_2019()
    return programme.starts_on, programme.ends_on


def _issuers() -> Choices:
    return [(one.code, name(one)) for one in issuers()]


def _services_by_kind() -> Choices:
    groups: Choices = []
    for kind in KINDS:
        of_kind = [one for one in published_services() if one.kind == kind]
        if of_kind:
            options = [(choice(one, way), _service_label(one, way)) for one in of_kind for way in one.ways]
            groups.append((str(KIND_WORDS[kind]), options))
    return groups


def _service_label(service: PublishedService, way: Way) -> str:
    return f"{name(service)} ({channel_words(way)})" if len(service.ways) > 1 else name(service)


def _rate_label(rate_bps: int) -> str:
    words = {
        500: pgettext("services", "%(rate)s (small business)"),
        200: pgettext("services", "%(rate)s (franchise, petrol)"),
    }
    return words[rate_bps] % {"rate": rate_words(rate_bps)}
