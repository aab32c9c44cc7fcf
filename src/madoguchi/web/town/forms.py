"""What an accountant or administrator fills in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.core.yen import format_yen
from madoguchi.counter.models import FeeItem, Order
from madoguchi.counter.rules import MAX_ORDER_YEN
from madoguchi.settlement.models import Payout
from madoguchi.settlement.statements import MAX_BYTES
from madoguchi.web.refusals import sentence, status_of

WRITE_REASON = _("Write down the reason; it is kept with the record.")


@contextmanager
def told_in(form: forms.Form) -> Iterator[None]:
    """Tell a refusal of the block beside the form's field that it names, so that what was typed stays.

    What the reader may not do or what is not there (403, 404) is left to RefusalMiddleware.
    """
    try:
        yield
    except Refusal as refusal:
        if status_of(refusal.code) in {403, 404}:
            raise
        field = str(refusal.details.get("field", ""))
        form.add_error(field if field in form.fields else None, forms.ValidationError(sentence(refusal), refusal.code))


class DateField(forms.DateField):
    """A day, by the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, error_messages={"invalid": _("Write the day as 2026-11-21.")}, **options)


class ReasonField(forms.CharField):
    """Why something is done by hand; kept with the record."""

    def __init__(self, **options: Any) -> None:
        options = {"label": _("Reason"), "max_length": 200, **options}
        super().__init__(error_messages={"required": WRITE_REASON}, **options)
        self.widget.attrs["autocomplete"] = "off"


class ReasonForm(forms.Form):
    """A reason alone."""

    reason = ReasonField()


class MemoForm(forms.Form):
    """A memo on a payment (J-26)."""

    memo = forms.CharField(label=_("Memo"), max_length=200, required=False)


class AssignForm(forms.Form):
    """Which waiting order an unmatched payment is for."""

    order = forms.ChoiceField(label=_("Order"), error_messages={"required": _("Choose the order.")})

    def __init__(self, *args: Any, orders: Sequence[Order], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["order"].choices = [(str(row.id), row.number) for row in orders]  # type: ignore[attr-defined]


class BookForm(forms.Form):
    """Which fee item a payment without an order is revenue of."""

    item = forms.ChoiceField(label=_("Fee item"), error_messages={"required": _("Choose the fee item.")})
    reason = ReasonField()

    def __init__(self, *args: Any, items: Iterable[FeeItem], english: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        named = [(str(row.id), row.name_en if english and row.name_en else row.name) for row in items]
        self.fields["item"].choices = [("", _("Choose")), *named]  # type: ignore[attr-defined]


class RefundForm(forms.Form):
    """Why money is given back, and how much."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput(attrs={"autocomplete": "off"}), initial=uuid4)
    amount_yen = forms.IntegerField(label=_("Amount to give back"), min_value=1)
    reason = ReasonField()

    def __init__(self, *args: Any, left_yen: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.left_yen = left_yen
        field = self.fields["amount_yen"]
        field.widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        field.initial = left_yen

    def clean_amount_yen(self) -> int:
        amount_yen: int = self.cleaned_data["amount_yen"]
        if amount_yen > self.left_yen:
            left = {"left": format_yen(self.left_yen)}
            raise forms.ValidationError(_("Only %(left)s of this payment can still be given back."), params=left)
        return amount_yen


class StatementForm(forms.Form):
    """A bank statement as CSV."""

    file = forms.FileField(
        label=_("Bank statement (CSV)"),
        error_messages={"required": _("Choose the file."), "empty": _("The file is empty. Choose another.")},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            limit = {"limit": MAX_BYTES // 1024 // 1024}
            raise forms.ValidationError(_("The file is larger than %(limit)s MB. Split it by period."), params=limit)
        return file


class DifferenceForm(forms.Form):
    """What the difference between a deposit and its payout is."""

    reason_kind = forms.ChoiceField(
        label=_("What is the difference?"),
        widget=forms.RadioSelect,
        choices=[
            ("transfer_fee", _("A transfer fee that was kept back")),
            ("provider_error", _("The provider was wrong: it still owes this")),
            ("other", _("Another reason")),
        ],
        error_messages={"required": _("Choose what the difference is.")},
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind = cleaned.get("reason_kind")
        if kind and kind != "transfer_fee" and not cleaned.get("note", "").strip():
            self.add_error("note", _("Write down what you know about it."))
        return cleaned


class PayoutForm(forms.Form):
    """Which payout a deposit pays."""

    payout = forms.ChoiceField(label=_("Payout"), error_messages={"required": _("Choose the payout.")})

    def __init__(self, *args: Any, payouts: Sequence[Payout], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["payout"].choices = [(str(row.id), row.id) for row in payouts]  # type: ignore[attr-defined]


class PeriodForm(forms.Form):
    """From when to when, both days included."""

    since = DateField(label=_("From"))
    until = DateField(label=_("To"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first."))
        return cleaned


class NettingRuleForm(forms.Form):
    """The rule that lets fees be taken out of receipts (繰替払, J-31)."""

    number = forms.CharField(
        label=_("Rule"), max_length=80, error_messages={"required": _("Write the rule's name and article.")}
    )
    in_force_on = DateField(label=_("In force from"))


class PriceForm(forms.Form):
    """A new price from a day on."""

    unit_yen = forms.IntegerField(label=_("New price"), min_value=1, max_value=MAX_ORDER_YEN)
    starts_on = DateField(label=_("From"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["unit_yen"].widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        self.fields["starts_on"].widget.attrs["min"] = (today() + timedelta(days=1)).isoformat()

    def clean_starts_on(self) -> Any:
        starts_on = self.cleaned_data["starts_on"]
        if starts_on <= today():
            raise forms.ValidationError(_("Tills have sold at today's price already. Choose tomorrow or later."))
        return starts_on
