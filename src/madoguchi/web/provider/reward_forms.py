"""What a provider fills in for reward campaigns: files of payments, the life of points, fees and terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.registry.models import Service
from madoguchi.rewards.deciding import LONGEST_REASON
from madoguchi.rewards.lake import LARGEST_BYTES
from madoguchi.rewards.life import months_of
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.rules import Life
from madoguchi.web.campaigns.words import month_words
from madoguchi.web.merchant.forms import CountField
from madoguchi.web.provider.reward_words import PROBLEMS, problem_rows
from madoguchi.web.refusals import sentence, status_of
from madoguchi.web.town.forms import DateField

FILL_IN = _("Fill this in.")
GIB = 1 << 30
# Beside which field a refusal is told that names none, or one of the file's own.
FIELDS = {
    "fee_above_limit": "cost_yen",
    "fee_wrong": "cost_yen",
    "fees_not_supported": "cost_yen",
    "terminals_not_supported": "cost_yen",
    "file_unreadable": "file",
    "payments_column_type": "file",
    "payments_columns_missing": "file",
    "reason_missing": "reason",
}
# Where the sentence for all would name a field as tables call it, or speak of CSV alone.
SENTENCES = {
    "file_unreadable": _("The file cannot be read as CSV or Parquet. Export it again."),
    "life_wrong": {
        "as_of": _("The day lies ahead, or is not after that of the report before."),
        "granted_points": _("More is used, expired or given back than was granted. Compare the figures."),
        "used_points": _("What is used altogether cannot become less. Compare it with the report before."),
        "expired_points": _("What is expired altogether cannot become less. Compare it with the report before."),
        "returned_points": _("What is given back altogether cannot become less. Compare it with the report before."),
    },
}


@contextmanager
def told_beside(form: forms.Form) -> Iterator[None]:
    """Tell a refusal of the block beside the field that it is about, so that what was typed stays.

    What the reader may not do or what is not there (403, 404) is left to RefusalMiddleware.
    """
    try:
        yield
    except Refusal as refusal:
        if status_of(refusal.code) in {403, 404}:
            raise
        field = FIELDS.get(refusal.code) or str(refusal.details.get("field", ""))
        told = SENTENCES.get(refusal.code)
        words = told.get(field) if isinstance(told, dict) else told
        found = [str(words) if words else sentence(refusal)]
        found += [_row_words(row) for row in problem_rows(_counted(str(refusal.details.get("problems", ""))))]
        form.add_error(field if field in form.fields else None, forms.ValidationError(found, refusal.code))


def _counted(told: str) -> dict[str, int]:
    """`no_amount:2 no_paid_at:1` as counts."""
    pairs = (one.partition(":") for one in told.split())
    return {word: int(count) for word, _colon, count in pairs if word in PROBLEMS and count.isdigit()}


def _row_words(row: tuple[Any, int]) -> str:
    return f"{row[0]} ({row[1]:,})"


def figure(label: Any) -> CountField:
    """A whole number, at least 0, that has to be given."""
    field = CountField(label=label)
    field.required = True
    field.error_messages["required"] = FILL_IN
    return field


class PaymentsFileForm(forms.Form):
    """A file of payments and refunds."""

    file = forms.FileField(
        label=_("File of payments (CSV or Parquet)"),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty. Choose another.")},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            limit = {"limit": LARGEST_BYTES // GIB}
            raise forms.ValidationError(_("The file is larger than %(limit)s GiB. Send it in parts.") % limit)
        return file


class TakeBackForm(forms.Form):
    """Why a file is taken back."""

    reason = forms.CharField(
        label=_("Reason, kept with the file"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write down the reason; it is kept with the file.")},
    )


class MonthForm(forms.Form):
    """What is reported for one month of a campaign."""

    month = forms.ChoiceField(label=_("Month"), choices=(), error_messages={"required": FILL_IN})

    def __init__(self, *args: Any, campaign: Campaign, **options: Any) -> None:
        super().__init__(*args, **options)
        begun = [month for month in months_of(campaign) if month <= f"{today():%Y-%m}"]
        self.fields["month"].choices = [(month, month_words(month)) for month in begun]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.error_messages.setdefault("required", FILL_IN)


class PointsForm(MonthForm):
    """What became of a service's points of a month, all told, up to a day."""

    service = forms.ChoiceField(label=_("Service"), choices=(), error_messages={"required": FILL_IN})
    as_of = DateField(label=_("Counted up to and including"))
    granted_points = figure(_("Points granted"))
    used_points = figure(_("Points used"))
    expired_points = figure(_("Points expired"))
    returned_points = figure(_("Points given back"))
    basis = forms.ChoiceField(
        label=_("How the figures came about"),
        choices=[
            ("", _("Choose")),
            ("measured", pgettext_lazy("points", "Measured")),
            ("estimated", pgettext_lazy("points", "Estimated")),
        ],
        error_messages={"required": FILL_IN},
    )
    field_order = ("service", "month", "as_of", "granted_points", "used_points", "expired_points", "returned_points")

    def __init__(self, *args: Any, services: Sequence[Service], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["service"].choices = [(row.code, row.name) for row in services]  # type: ignore[attr-defined]
        self.fields["as_of"].error_messages["required"] = FILL_IN
        self.fields["as_of"].widget.attrs["max"] = today().isoformat()

    def life(self) -> Life:
        """The report as actions take it."""
        told = self.cleaned_data
        return Life(
            as_of=told["as_of"],
            granted_points=told["granted_points"],
            used_points=told["used_points"],
            expired_points=told["expired_points"],
            returned_points=told["returned_points"],
            is_estimate=told["basis"] == "estimated",
        )


class FeeForm(MonthForm):
    """A month's merchant fees, and the takings they were charged on."""

    cost_yen = figure(_("Fees of that month (yen)"))
    basis_yen = figure(_("Takings they were charged on (yen)"))


class TerminalForm(MonthForm):
    """The terminals of a month and what they cost."""

    count = figure(_("Number of terminals"))
    cost_yen = figure(_("What they cost altogether (yen)"))
