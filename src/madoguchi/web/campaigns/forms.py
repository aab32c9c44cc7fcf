"""What those who run a campaign fill in."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.campaign import CAP_PERIODS, EXCLUDED_2019, LARGEST_POINTS, ROUNDINGS, TAX_BASES
from madoguchi.engine.rewards.services import COLUMNS, PERIODS, UNITS, read_services, services_of_2019
from madoguchi.registry.models import Municipality, Service
from madoguchi.registry.rules import PLACE_CLASSES
from madoguchi.rewards.campaigns import Draft
from madoguchi.rewards.models import Campaign
from madoguchi.web.campaigns import words
from madoguchi.web.refusals import sentence
from madoguchi.web.town.forms import DateField

LONGEST_REASON = 400
LARGEST_TABLE_BYTES = 1 << 20
CREDIT_RULES = (
    "instant",
    "days:+30",
    "next_week:monday",
    "month:+1",
    "day:+1:20",
    "month_end:+1",
    "month_end:+2",
    "billing:+2",
)
SOURCES = ("same", "programme_2019", "file", "keep")


def chosen_of(table: words.Words, codes: tuple[str, ...]) -> list[tuple[str, Any]]:
    return [(code, table[code]) for code in codes]


class ReasonForm(forms.Form):
    """A reason that is kept with the record."""

    reason = forms.CharField(
        label=pgettext_lazy("campaign", "Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={"required": _("Write down the reason; it is kept with the record.")},
    )


class PointsField(forms.IntegerField):
    """Whole points, at least 0."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(min_value=0, max_value=LARGEST_POINTS, widget=widget, **options)

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", "").replace("，", "") if isinstance(value, str) else value)


class PerCentField(forms.DecimalField):
    """A share of a hundred, kept as basis points."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(min_value=0, max_value=100, decimal_places=2, widget=widget, **options)

    def clean(self, value: Any) -> int | None:
        found = super().clean(value)
        return None if found is None else int(found * 100)

    @staticmethod
    def shown(bps: int | None) -> str:
        """Basis points as they are typed."""
        if bps is None:
            return ""
        text = f"{Decimal(bps) / 100:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class CampaignForm(forms.Form):
    """A campaign's terms, each a field of its own; `services_from` says where the table of services comes from."""

    name = forms.CharField(label=pgettext_lazy("campaign", "Name"), max_length=80)
    name_en = forms.CharField(label=pgettext_lazy("campaign", "Name in English"), max_length=120)
    code = forms.SlugField(label=pgettext_lazy("campaign", "Short name for addresses"), max_length=40)
    summary = forms.CharField(
        label=pgettext_lazy("campaign", "What it is for"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    summary_en = forms.CharField(
        label=pgettext_lazy("campaign", "What it is for, in English"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    starts_on = DateField(label=pgettext_lazy("campaign", "First day"))
    ends_on = DateField(label=pgettext_lazy("campaign", "Last day"))
    budget_points = PointsField(label=pgettext_lazy("campaign", "Budget in points"))
    rate_bps = PerCentField(label=pgettext_lazy("campaign", "Rate in per cent"), required=False)
    rounding = forms.ChoiceField(label=pgettext_lazy("campaign", "Fractions of a point are rounded"))
    tax_base = forms.ChoiceField(label=pgettext_lazy("campaign", "Reckoned on"))
    tax_bps = PerCentField(label=pgettext_lazy("campaign", "Consumption tax in per cent"))
    services_from = forms.ChoiceField(label=pgettext_lazy("campaign", "Services"), widget=forms.RadioSelect)
    services = forms.MultipleChoiceField(
        label=pgettext_lazy("campaign", "These services"), required=False, widget=forms.CheckboxSelectMultiple
    )
    cap_amount = PointsField(label=pgettext_lazy("campaign", "Cap for each member"), required=False)
    cap_unit = forms.ChoiceField(label=pgettext_lazy("campaign", "The cap counts"), required=False)
    cap_period = forms.ChoiceField(label=pgettext_lazy("campaign", "The cap holds"), required=False)
    credit_rule = forms.ChoiceField(label=pgettext_lazy("campaign", "Points can be used"), required=False)
    services_file = forms.FileField(label=pgettext_lazy("campaign", "Table of services (CSV)"), required=False)
    municipalities = forms.CharField(
        label=pgettext_lazy("campaign", "Municipalities (codes of five digits)"), required=False, max_length=400
    )
    place_classes = forms.MultipleChoiceField(
        label=pgettext_lazy("campaign", "Classes of places"), required=False, widget=forms.CheckboxSelectMultiple
    )
    trades = forms.CharField(
        label=pgettext_lazy("campaign", "Trades (category codes of four digits)"), required=False, max_length=400
    )
    excluded_transactions = forms.MultipleChoiceField(
        label=pgettext_lazy("campaign", "Sales that earn nothing"), required=False, widget=forms.CheckboxSelectMultiple
    )
    member_cap_points = PointsField(
        label=pgettext_lazy("campaign", "Cap for a member over all services"), required=False
    )
    member_cap_period = forms.ChoiceField(label=pgettext_lazy("campaign", "That cap holds"), required=False)
    place_cap_points = PointsField(label=pgettext_lazy("campaign", "Cap for a place"), required=False)
    place_cap_period = forms.ChoiceField(label=pgettext_lazy("campaign", "The place's cap holds"), required=False)
    supports_fees = forms.BooleanField(
        label=pgettext_lazy("campaign", "A third of merchant fees is borne"), required=False
    )
    terminal_share_bps = PerCentField(label=pgettext_lazy("campaign", "Share of terminals borne, in per cent"))

    def __init__(self, *args: Any, campaign: Campaign | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.campaign = campaign
        sources = {
            "same": pgettext_lazy("campaign", "Chosen services, one cap and date for all"),
            "programme_2019": pgettext_lazy("campaign", "The 27 services of 2019, each with its own"),
            "file": pgettext_lazy("campaign", "A table that I send"),
            "keep": pgettext_lazy("campaign", "As they stand now"),
        }
        known = [code for code in SOURCES if code != "keep" or (campaign and campaign.services)]
        choices: Mapping[str, list[tuple[str, Any]]] = {
            "rounding": chosen_of(words.ROUNDINGS, ROUNDINGS),
            "tax_base": chosen_of(words.TAX_BASES, TAX_BASES),
            "services_from": [(code, sources[code]) for code in known],
            "services": [(row.code, row.name) for row in Service.objects.order_by("name")],
            "cap_unit": [(UNITS[0], _("points")), (UNITS[1], _("yen of the payment"))],
            "cap_period": chosen_of(words.CAP_PERIODS, PERIODS),
            "credit_rule": [(rule, words.credit_words(rule)) for rule in CREDIT_RULES],
            "place_classes": chosen_of(words.PLACE_CLASSES, PLACE_CLASSES),
            "excluded_transactions": chosen_of(words.EXCLUDED, EXCLUDED_2019),
            "member_cap_period": chosen_of(words.CAP_PERIODS, CAP_PERIODS),
            "place_cap_period": chosen_of(words.CAP_PERIODS, CAP_PERIODS),
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]

    def clean_municipalities(self) -> list[str]:
        codes: list[str] = self.cleaned_data["municipalities"].replace("、", " ").replace(",", " ").split()
        known = set(Municipality.objects.filter(code__in=codes).values_list("code", flat=True))
        if unknown := next((code for code in codes if code not in known), None):
            raise forms.ValidationError(_("No municipality has the code %(code)s."), params={"code": unknown[:20]})
        return codes

    def clean_trades(self) -> list[str]:
        codes: list[str] = self.cleaned_data["trades"].replace("、", " ").replace(",", " ").split()
        if wrong := next((code for code in codes if not (len(code) == 4 and code.isascii() and code.isdigit())), None):
            raise forms.ValidationError(_("%(code)s is no category code of four digits."), params={"code": wrong[:20]})
        return codes

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        source = cleaned.get("services_from")
        if source == "same" and not cleaned.get("services"):
            self.add_error("services", _("Choose at least one service."))
        if source == "same" and cleaned.get("cap_amount") is None and "cap_amount" not in self.errors:
            self.add_error("cap_amount", _("Write how much each member gets at most."))
        if source == "file" and not cleaned.get("services_file") and "services_file" not in self.errors:
            self.add_error("services_file", _("Choose the file."))
        if not self.errors:
            try:
                cleaned["rows"] = self._rows(cleaned)
            except Refusal as refusal:
                self.add_error("services_file" if source == "file" else "services_from", sentence(refusal))
        return cleaned

    def draft(self) -> Draft:
        """What was filled in, as the room takes it."""
        told = self.cleaned_data
        terms: dict[str, Any] = {
            "rounding": told["rounding"],
            "tax_base": told["tax_base"],
            "tax_bps": told["tax_bps"],
            "budget_points": told["budget_points"],
            "municipalities": told["municipalities"],
            "place_classes": told["place_classes"],
            "trades": told["trades"],
            "excluded_transactions": told["excluded_transactions"],
        }
        if told["rate_bps"] is not None:
            terms["rate_bps"] = told["rate_bps"]
        for cap in ("member_cap", "place_cap"):
            if told[f"{cap}_points"] is not None:
                terms[cap] = {"points": told[f"{cap}_points"], "period": told[f"{cap}_period"] or "programme"}
        plain = (
            "code",
            "name",
            "name_en",
            "summary",
            "summary_en",
            "starts_on",
            "ends_on",
            "supports_fees",
            "terminal_share_bps",
        )
        return Draft(**{name: told[name] for name in plain}, terms=terms, services=told["rows"])

    def _rows(self, told: Mapping[str, Any]) -> list[dict[str, Any]]:
        source = told["services_from"]
        if source == "keep" and self.campaign is not None:
            return list(self.campaign.services)
        if source == "programme_2019":
            return _table(services_of_2019())
        if source == "file":
            upload = told["services_file"]
            if upload.size > LARGEST_TABLE_BYTES:
                raise Refusal("file_too_large", limit_bytes=LARGEST_TABLE_BYTES)
            with tempfile.NamedTemporaryFile(suffix=".csv") as file:
                for part in upload.chunks():
                    file.write(part)
                file.flush()
                return _table(Path(file.name))
        row = {name: told[name] for name in ("cap_amount", "cap_unit", "cap_period", "credit_rule")}
        same = {"channel": "", "cap_scope": "service", "method": "points", **row}
        return [{"service_id": code, **same} for code in told["services"]]


def initial_of(campaign: Campaign | None, own_municipality: str = "") -> dict[str, Any]:
    """What the form shows first: a campaign as it stands, or what most campaigns want."""
    shown: dict[str, Any] = {
        "rounding": "down",
        "tax_base": "included",
        "tax_bps": "10",
        "services_from": "same",
        "cap_unit": "point",
        "cap_period": "programme",
        "credit_rule": "days:+30",
        "member_cap_period": "programme",
        "place_cap_period": "programme",
        "terminal_share_bps": "0",
        "municipalities": own_municipality,
        "excluded_transactions": list(EXCLUDED_2019),
    }
    if campaign is None:
        return shown
    terms = campaign.terms
    plain = ("code", "name", "name_en", "summary", "summary_en", "starts_on", "ends_on", "supports_fees")
    shown |= {name: getattr(campaign, name) for name in plain}
    shown |= {
        name: terms[name]
        for name in ("rounding", "tax_base", "budget_points", "place_classes", "excluded_transactions")
        if name in terms
    }
    shown |= {name: " ".join(terms.get(name, ())) for name in ("municipalities", "trades")}
    shown["terminal_share_bps"] = PerCentField.shown(campaign.terminal_share_bps)
    shown["rate_bps"] = PerCentField.shown(terms.get("rate_bps"))
    shown["tax_bps"] = PerCentField.shown(terms.get("tax_bps", 1_000))
    for cap in ("member_cap", "place_cap"):
        if found := terms.get(cap):
            shown |= {f"{cap}_points": found["points"], f"{cap}_period": found.get("period", "programme")}
    return shown | _services_shown(campaign)


def _services_shown(campaign: Campaign) -> dict[str, Any]:
    rows = campaign.services
    same = {
        tuple(row[name] for name in ("cap_amount", "cap_unit", "cap_period", "credit_rule", "channel")) for row in rows
    }
    if len(same) != 1 or next(iter(same))[3] not in CREDIT_RULES:
        return {"services_from": "keep"} if rows else {}
    row = rows[0]
    return {
        "services": [one["service_id"] for one in rows],
        **{name: row[name] for name in ("cap_amount", "cap_unit", "cap_period", "credit_rule")},
    }


def _table(file: Path) -> list[dict[str, Any]]:
    return [{name: asdict(row)[name] for name in (*COLUMNS, "method")} for row in read_services(file)]


class ExclusionForm(ReasonForm):
    """A store that should not have taken part (P-10)."""

    store_id = forms.CharField(label=pgettext_lazy("campaign", "Store number"), max_length=40)
    starts_on = DateField(label=pgettext_lazy("campaign", "Earns nothing from"))
    field_order = ("store_id", "starts_on", "reason")


class PaidForm(forms.Form):
    """When claims were paid."""

    paid_on = DateField(label=pgettext_lazy("claim", "Paid on"))


class WhatIfForm(forms.Form):
    """Another rate and other caps, to see what they would have cost."""

    rate_bps = PerCentField(label=pgettext_lazy("campaign", "Rate in per cent"), required=False)
    cap_bps = forms.IntegerField(
        label=pgettext_lazy("campaign", "Caps in per cent of what they are"),
        min_value=0,
        max_value=1_000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
