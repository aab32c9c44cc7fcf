"""How the inbox calls states, tabs and facts, and by which mark it shows a state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.onboarding.models import Item
from madoguchi.web.office.words import ACCOUNT_KINDS, FIELDS, KINDS, OUTCOMES, PLACE_CLASSES, PLACE_KINDS, SIDES, told
from madoguchi.web.templatetags.madoguchi import postal

# SIDES is the office's word for who writes, as it is.
__all__ = ["SIDES", "facts_in_words", "place_in_words", "state_word"]

TAB_LABELS: Mapping[str, Any] = {
    "new": pgettext_lazy("inbox", "New"),
    "taken": pgettext_lazy("inbox", "In hand"),
    "questions": pgettext_lazy("inbox", "Waiting for an answer"),
    "approved": pgettext_lazy("inbox", "Approved"),
    "refused": pgettext_lazy("inbox", "Refused"),
    "ended": pgettext_lazy("inbox", "Withdrawn or ended"),
}
ENDED: Mapping[str, Any] = {
    "withdrawn": pgettext_lazy("inbox", "Withdrawn"),
    "ended": pgettext_lazy("inbox", "Ended"),
}
MARKS: Mapping[str, str] = {
    "at_provider": "waiting",
    "questions": "warning",
    "approved": "good",
    "refused": "bad",
    "withdrawn": "",
    "ended": "",
}
FILES = (("CSV (UTF-8)", "csv", ""), ("CSV (Shift_JIS)", "csv", "cp932"), ("JSON", "json", ""))
LABELS: Mapping[str, Any] = {
    "language": _("Language of letters"),
    "bank_code": _("Bank code"),
    "branch_code": _("Branch code"),
    "account_kind": _("Kind of account"),
    "account_number": _("Account number"),
    "holder_kana": _("Account holder"),
    "remarks": _("Remarks"),
    "registration_id": _("Number with the provider that brought it (P-21)"),
    "eligibility": _("Rewards"),
    "rate_bps": _("Reward rate"),
}
LANGUAGES = {"ja": "日本語", "en": "English"}


def state_word(item: Item) -> str:
    """An item's state in words, from the provider's side."""
    if item.state == "at_provider":
        return str(TAB_LABELS["new" if item.taken_at is None else "taken"])
    return str(ENDED.get(item.state) or TAB_LABELS[item.state])


def place_in_words(item: Item) -> list[tuple[str, str]]:
    """The place's facts that were told, each with its label."""
    place = item.place
    facts = {
        "name_kana": place.name_kana,
        "name_en": place.name_en,
        "kind": str(PLACE_KINDS[place.kind]),
        "place_class": str(PLACE_CLASSES[place.place_class]),
        "postal_code": postal(place.postal_code),
        "address": place.address,
        "phone": place.phone,
        "remarks": place.remarks,
        "registration_id": place.registration_id,
    }
    labels = {**FIELDS, **LABELS}
    return [(str(labels[field]), value) for field, value in facts.items() if value]


def facts_in_words(part: str, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each fact that was told, with its label."""
    found = []
    for field, value in facts.items():
        if value in {None, ""} or field == "municipality_code":
            continue
        label = LABELS.get(field) or FIELDS.get(field) or field
        found.append((str(label), _word(part, field, value)))
    return found


def _word(part: str, field: str, value: Any) -> str:
    if part == "applicant" and field == "kind":
        return str(KINDS.get(value, value))
    if field == "language":
        return str(LANGUAGES.get(value, value))
    if field == "account_kind":
        return str(ACCOUNT_KINDS.get(value, value))
    if field == "eligibility":
        return str(OUTCOMES.get(value, value))
    if field == "rate_bps":
        return f"{value / 100:g} %"
    return told(field, value)
