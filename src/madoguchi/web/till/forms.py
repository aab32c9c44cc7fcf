"""What a clerk fills in at the till."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.core.yen import format_yen
from madoguchi.counter import rules
from madoguchi.counter.actions import Pick
from madoguchi.counter.queries import Offer
from madoguchi.jpqr import PictureError, read_symbols
from madoguchi.jpqr.cpm import is_cpm
from madoguchi.registry.models import Service

WHOLE_NUMBER = _("Enter a whole number.")
MAX_CASH_YEN = 2 * rules.MAX_ORDER_YEN


def new_key() -> str:
    """A key that makes sending a form twice the same as sending it once."""
    return str(uuid4())


class KeyField(forms.CharField):
    """The hidden key of a form; browsers must not bring an old one back."""

    def __init__(self) -> None:
        hidden = forms.HiddenInput(attrs={"autocomplete": "off"})
        super().__init__(max_length=64, widget=hidden, initial=new_key)


class NumberField(forms.IntegerField):
    """A whole number typed on a tablet's number pad; grouping commas are fine."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", **options.pop("attrs", {})})
        messages = {"invalid": WHOLE_NUMBER, "required": _("Enter the amount.")}
        super().__init__(widget=widget, error_messages=messages, **options)

    def to_python(self, value: Any) -> int | None:
        return super().to_python(value.replace(",", "").replace("，", "") if isinstance(value, str) else value)


@dataclass
class ItemRow:
    """An item on the till's page with its field; a blocked item has none."""

    offer: Offer
    field: Any
    price_field: str


class OrderForm(forms.Form):
    """How many of each item, and for a visit whom it is for (J-19)."""

    client_key = KeyField()
    case_reference = forms.CharField(label=_("Case number"), max_length=60, required=False)
    payer_name = forms.CharField(label=_("Payer's name"), max_length=60, required=False)

    def __init__(self, *args: Any, offers: Sequence[Offer], **options: Any) -> None:
        super().__init__(*args, **options)
        self.offers = offers
        for name in ("case_reference", "payer_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        for offer in offers:
            if not offer.blocked:
                attrs = {"data-unit": offer.unit_yen, "data-item": offer.item_id, "maxlength": 3}
                self.fields[self.field_name(offer)] = NumberField(
                    min_value=0, max_value=rules.MAX_QUANTITY, required=False, initial=0, attrs=attrs
                )

    @staticmethod
    def field_name(offer: Offer) -> str:
        return f"quantity-{offer.item_id}"

    @staticmethod
    def price_name(offer: Offer) -> str:
        return f"unit-{offer.item_id}"

    @property
    def rows(self) -> list[ItemRow]:
        """Each item with its field, in the order of the fee schedule."""
        return [
            ItemRow(offer, None if offer.blocked else self[self.field_name(offer)], self.price_name(offer))
            for offer in self.offers
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        total_yen = 0
        for offer in self.offers:
            quantity = cleaned.get(self.field_name(offer)) or 0
            total_yen += offer.unit_yen * quantity
            shown = self.data.get(self.price_name(offer))
            if quantity and shown != str(offer.unit_yen):
                now = _("The price is now %(price)s. Tell the customer the new total.")
                self.add_error(self.field_name(offer), now % {"price": format_yen(offer.unit_yen)})
        if not self.errors and total_yen == 0:
            raise forms.ValidationError(_("Choose at least one item."), code="order_empty")
        if total_yen > rules.MAX_ORDER_YEN:
            limit = {"limit": format_yen(rules.MAX_ORDER_YEN)}
            raise forms.ValidationError(_("One order can come to %(limit)s at most. Make two of it."), params=limit)
        return cleaned

    def picks(self) -> list[Pick]:
        """What was chosen, with the prices that were shown."""
        quantities = ((offer, self.cleaned_data.get(self.field_name(offer)) or 0) for offer in self.offers)
        return [Pick(offer.item_id, quantity, offer.unit_yen) for offer, quantity in quantities if quantity]


class CashForm(forms.Form):
    """The cash that a customer gave."""

    given_yen = NumberField(label=_("Cash received"), min_value=0, max_value=MAX_CASH_YEN)

    def __init__(self, *args: Any, total_yen: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.total_yen = total_yen

    def clean_given_yen(self) -> int:
        given_yen: int = self.cleaned_data["given_yen"]
        if given_yen < self.total_yen:
            short = {"short": format_yen(self.total_yen - given_yen)}
            raise forms.ValidationError(_("%(short)s short. Ask for the rest."), params=short)
        return given_yen


class ChargeForm(forms.Form):
    """The code on the customer's screen: typed by a scanner that acts as a keyboard, or in a picture of it."""

    key = KeyField()
    shown_code = forms.CharField(
        label=_("Code from the scanner"),
        max_length=2_000,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "autofocus": True}
        ),
    )
    picture = forms.FileField(
        label=_("Or take a picture of the code"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # Scanners type what the keyboard's mode makes of it: full-width letters still say the same.
        typed = normalize("NFKC", cleaned.get("shown_code", "")).strip()
        if not typed and cleaned.get("picture") and not self.errors:
            typed = self._code_in(cleaned["picture"].read())
        if not typed and not self.errors:
            self.add_error("shown_code", _("Read the code with the scanner, or take a picture of it."))
        return {**cleaned, "shown_code": typed}

    def _code_in(self, picture: bytes) -> str:
        """The customer's code in a picture; where there is only another kind, that one, to be refused by its name."""
        try:
            found = read_symbols(picture)
        except PictureError:
            self.add_error("picture", _("The picture cannot be opened. Take it again as JPEG or PNG, up to 25 MB."))
            return ""
        shown = [text for text in found if is_cpm(text)]
        if len(set(shown)) > 1:
            self.add_error(
                "picture", _("There are several codes in the picture. Take it of the customer's code alone.")
            )
            return ""
        if not found:
            self.add_error("picture", _("There is no code in the picture. Take it again, closer and in better light."))
            return ""
        return (shown or found)[0]


class SeenForm(forms.Form):
    """With which service the customer's screen says that it was paid (J-25)."""

    service = forms.ChoiceField(
        label=_("Which service does the customer's screen show?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the service.")},
    )

    def __init__(self, *args: Any, services: Sequence[Service], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["service"].choices = [(service.code, service.name) for service in services]  # type: ignore[attr-defined]


OTHER = "other"


class ReasonForm(forms.Form):
    """Why something is taken back: one of the usual reasons at a touch, or in the clerk's own words."""

    choice = forms.ChoiceField(
        label=_("Reason"), widget=forms.RadioSelect, error_messages={"required": _("Choose a reason.")}
    )
    words = forms.CharField(label=_("In your own words"), max_length=180, required=False)
    usual: Sequence[Any] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        texts = [str(text) for text in self.usual]
        self.fields["choice"].choices = [*((text, text) for text in texts), (OTHER, _("Another reason"))]  # type: ignore[attr-defined]
        self.fields["words"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("choice") == OTHER and not cleaned.get("words", "").strip() and "words" not in self.errors:
            self.add_error("words", _("Write down the reason."))
        return cleaned

    @property
    def reason(self) -> str:
        """The reason as it is kept: the usual one, with the clerk's words if there are any."""
        words = self.cleaned_data.get("words", "").strip()
        choice = self.cleaned_data["choice"]
        return words if choice == OTHER else f"{choice}: {words}" if words else choice


class RefundForm(ReasonForm):
    """Why a payment is cancelled (J-29)."""

    key = KeyField()
    usual = (_("The amount was wrong"), _("Paid twice"), _("The wrong item"), _("The customer changed their mind"))


class GiveCashBackForm(ReasonForm):
    """Why cash is given back."""

    usual = (_("The wrong item"), _("The customer changed their mind"), _("Paid twice"))


class AbandonForm(ReasonForm):
    """Why an order is closed without payment."""

    usual = (_("The customer left"), _("The wrong item"), _("Paid at another counter"))


class AssignForm(forms.Form):
    """Which payment is for an order."""

    payment = forms.UUIDField()


class FloatForm(forms.Form):
    """The change money in the till at the start of the day."""

    float_yen = NumberField(label=_("Change money in the till"), min_value=0, max_value=rules.MAX_ORDER_YEN)


class CountForm(forms.Form):
    """The till's cash, counted by denomination."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for value in rules.DENOMINATIONS_YEN:
            self.fields[f"count-{value}"] = NumberField(
                label=format_yen(value), min_value=0, max_value=99_999, required=False, attrs={"data-value": value}
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # An untouched form must not close the day with an empty till.
        if not self.errors and all(number is None for number in cleaned.values()):
            raise forms.ValidationError(_("Count the cash first. Enter 0 where there is none."))
        return cleaned

    @property
    def counts(self) -> dict[int, int]:
        """How many of each note and coin."""
        return {value: self.cleaned_data[f"count-{value}"] or 0 for value in rules.DENOMINATIONS_YEN}
