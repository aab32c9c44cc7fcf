"""How the office calls states, kinds, flags and fields, and by which mark it shows a state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from madoguchi.core.yen import format_yen
from madoguchi.people.queries import names_of
from madoguchi.web.merchant.forms import ACTIVITIES, ENTITIES, INDUSTRIES, LICENCES
from madoguchi.web.templatetags.madoguchi import postal

TABS: Mapping[str, Any] = {
    "submitted": pgettext_lazy("office", "To look at"),
    "proposed": pgettext_lazy("office", "Waiting for a checker"),
    "returned": pgettext_lazy("office", "Returned to the applicant"),
    "accepted": pgettext_lazy("office", "Accepted"),
    "refused": pgettext_lazy("office", "Refused"),
    "withdrawn": pgettext_lazy("office", "Withdrawn"),
    "cancelled": pgettext_lazy("office", "Cancelled"),
}
APPLICATION_STATES: Mapping[str, Any] = {**TABS, "submitted": pgettext_lazy("office", "Submitted")}
ITEM_STATES: Mapping[str, Any] = {
    "draft": pgettext_lazy("office", "With the applicant"),
    "submitted": pgettext_lazy("office", "Submitted"),
    "at_provider": pgettext_lazy("office", "At the provider"),
    "questions": pgettext_lazy("office", "The provider asks"),
    "approved": pgettext_lazy("office", "Approved"),
    "refused": pgettext_lazy("office", "Refused"),
    "withdrawn": pgettext_lazy("office", "Withdrawn"),
    "ended": pgettext_lazy("office", "Ended"),
}
PROPOSAL_STATES: Mapping[str, Any] = {
    "proposed": pgettext_lazy("office", "Waiting for a checker"),
    "confirmed": pgettext_lazy("office", "Confirmed"),
    "declined": pgettext_lazy("office", "Declined"),
    "taken_back": pgettext_lazy("office", "Taken back"),
}
LIKENESS_STATES: Mapping[str, Any] = {
    "open": pgettext_lazy("office", "To decide"),
    "merged": pgettext_lazy("office", "Merged"),
    "told_apart": pgettext_lazy("office", "Told apart"),
    "undone": pgettext_lazy("office", "Taken apart again"),
}
KIT_STATES: Mapping[str, Any] = {
    "waiting": pgettext_lazy("office", "Waiting to be posted"),
    "sent": pgettext_lazy("office", "Posted"),
    "dropped": pgettext_lazy("office", "Not needed any more"),
}
MARKS: Mapping[str, str] = {
    "submitted": "waiting",
    "proposed": "waiting",
    "at_provider": "waiting",
    "waiting": "waiting",
    "open": "waiting",
    "returned": "warning",
    "questions": "warning",
    "accepted": "good",
    "approved": "good",
    "confirmed": "good",
    "merged": "good",
    "sent": "good",
    "eligible": "good",
    "ask_desk": "warning",
    "not_eligible": "bad",
    "refused": "bad",
    "declined": "bad",
    "cancelled": "bad",
}
KINDS: Mapping[str, Any] = {
    "municipality": pgettext_lazy("office", "Municipality"),
    "business": pgettext_lazy("office", "Business"),
    "designated_manager": pgettext_lazy("office", "Designated manager"),
    "post_office_operator": pgettext_lazy("office", "Post-office operator"),
}
LINKS: Mapping[str, Any] = {
    "second_account": pgettext_lazy("office", "A second account (J-28)"),
    "designated_manager": pgettext_lazy("office", "A designated manager (J-28)"),
    "more_services": pgettext_lazy("office", "More services (J-21)"),
}
FLAGS: Mapping[str, Any] = {
    "no_services": pgettext_lazy("office", "No service is applied for"),
    "not_eligible": pgettext_lazy("office", "Not eligible for rewards"),
    "ask_desk": pgettext_lazy("office", "Eligibility is open"),
    "corporate_number_elsewhere": pgettext_lazy("office", "Corporate number in another application"),
    "place_elsewhere": pgettext_lazy("office", "Place in another application"),
    "card_companies_missing": pgettext_lazy("office", "Card companies may be missing"),
    "postal_code_differs": pgettext_lazy("office", "Postal code of another town"),
    "not_on_map": pgettext_lazy("office", "Not shown on the map"),
    "start_may_be_late": pgettext_lazy("office", "May start later than wished for"),
    "used_already": pgettext_lazy("office", "In use there already"),
    "not_screened": pgettext_lazy("office", "Could not be screened"),
}
PROPOSALS: Mapping[str, Any] = {
    "screening": pgettext_lazy("office", "Screening"),
    "correction": pgettext_lazy("office", "Correction of a place (P-28)"),
    "class_change": pgettext_lazy("office", "Change of class (P-28)"),
    "cancellation": pgettext_lazy("office", "Cancellation"),
    "rules": pgettext_lazy("office", "Rules of eligibility"),
    "merge": pgettext_lazy("office", "Merging two places (P-29)"),
    "unmerge": pgettext_lazy("office", "Taking a merge apart"),
}
KITS: Mapping[str, Any] = {
    "first": pgettext_lazy("office", "Start kit"),
    "extra": pgettext_lazy("office", "Further stickers"),
    "poster": pgettext_lazy("office", "Poster"),
    "logos": pgettext_lazy("office", "Stickers with services' names"),
}
PLACE_KINDS: Mapping[str, Any] = {
    "division": pgettext_lazy("office", "Division"),
    "facility": pgettext_lazy("office", "Facility"),
    "shop": pgettext_lazy("office", "Shop"),
    "post_office": pgettext_lazy("office", "Post office"),
    "vehicle": pgettext_lazy("office", "Vehicle"),
}
PLACE_CLASSES: Mapping[str, Any] = {
    "fixed": pgettext_lazy("office", "Fixed place"),
    "mobile": pgettext_lazy("office", "Mobile"),
    "ec": pgettext_lazy("office", "Online shop"),
    "other": pgettext_lazy("office", "Other class"),
}
OUTCOMES: Mapping[str, Any] = {
    "eligible": pgettext_lazy("office", "Eligible"),
    "not_eligible": pgettext_lazy("office", "Not eligible"),
    "ask_desk": pgettext_lazy("office", "Ask the desk"),
}
ACCOUNT_KINDS: Mapping[str, Any] = {
    "ordinary": pgettext_lazy("office", "Ordinary"),
    "current": pgettext_lazy("office", "Current account"),
    "savings": pgettext_lazy("office", "Savings"),
}
SIDES: Mapping[str, Any] = {
    "applicant": pgettext_lazy("office", "Applicant"),
    "office": pgettext_lazy("office", "Office"),
    "provider": pgettext_lazy("office", "Provider"),
}
AGREEMENTS: Mapping[str, Any] = {
    "name": pgettext_lazy("office", "Name"),
    "place": pgettext_lazy("office", "Address"),
    "phone": pgettext_lazy("office", "Phone"),
    "corporate_number": pgettext_lazy("office", "Corporate number"),
}
# By the levels of the linkage engine: the same, nearly so, something else; what is not told has none.
LEVELS: Mapping[str, Any] = {
    "same": pgettext_lazy("office", "the same"),
    "alike": pgettext_lazy("office", "alike"),
    "other": pgettext_lazy("office", "different"),
    "unknown": pgettext_lazy("office", "not told"),
}
SAME_LEVELS = frozenset({"same", "same_spot", "same_spot_written_shorter", "branch_left_out"})
OTHER_LEVELS = frozenset(
    {"other", "other_branch", "elsewhere", "other_number", "other_town", "same_number_other_town", "only_municipality"}
)
FIELDS: Mapping[str, Any] = {
    "state": pgettext_lazy("office", "State"),
    "name": pgettext_lazy("office", "Name"),
    "name_kana": pgettext_lazy("office", "Reading (kana)"),
    "name_en": pgettext_lazy("office", "Name in Latin letters"),
    "municipality": pgettext_lazy("office", "Municipality"),
    "postal_code": pgettext_lazy("office", "Postal code"),
    "address": pgettext_lazy("office", "Address"),
    "phone": pgettext_lazy("office", "Phone"),
    "corporate_number": pgettext_lazy("office", "Corporate number"),
    "kind": pgettext_lazy("office", "Kind"),
    "place_class": pgettext_lazy("office", "Class"),
    "email": pgettext_lazy("office", "E-mail"),
    "representative": pgettext_lazy("office", "Representative"),
    "contact_person": pgettext_lazy("office", "Contact person"),
    "entity": pgettext_lazy("office", "Kind of body"),
    "industry": pgettext_lazy("office", "Industry"),
    "capital_yen": pgettext_lazy("office", "Capital"),
    "regular_employees": pgettext_lazy("office", "Regular employees"),
    "taxable_income_yen": pgettext_lazy("office", "Taxable income, latest year first"),
    "full_owner_capital_yen": pgettext_lazy("office", "Capital of the only owner"),
    "activity": pgettext_lazy("office", "Line of business"),
    "licences": pgettext_lazy("office", "Licences"),
    "franchise": pgettext_lazy("office", "Franchise"),
    "petrol_station": pgettext_lazy("office", "Petrol station"),
    "trade": pgettext_lazy("office", "Trade"),
    "yearly_sales_yen": pgettext_lazy("office", "Sales a year (a town: settlement of the general account)"),
    "card_contracts": pgettext_lazy("office", "Contracts for cards"),
    "card_payouts_per_month": pgettext_lazy("office", "Payouts for cards a month"),
    "source": pgettext_lazy("office", "Source"),
    "starts_on": pgettext_lazy("office", "In force from"),
    "ends_on": pgettext_lazy("office", "In force until"),
    "rate_bps": pgettext_lazy("office", "Rate (hundredths of a percent)"),
    "rate_of_franchise_bps": pgettext_lazy("office", "Rate of franchises and petrol stations"),
    "average_income_above_yen": pgettext_lazy("office", "Excluded above this average income (yen)"),
    "full_owner_capital_from_yen": pgettext_lazy("office", "Excluded from this capital of an only owner (yen)"),
    "size": pgettext_lazy("office", "Limits of size by industry"),
    "excluded_entities": pgettext_lazy("office", "Excluded bodies"),
    "excluded_activities": pgettext_lazy("office", "Excluded lines of business"),
    "licences_that_admit": pgettext_lazy("office", "Licences that admit"),
    "excluded_transactions": pgettext_lazy("office", "Excluded transactions"),
}
_CHOICES: Mapping[str, Mapping[str, Any]] = {
    "entity": dict(ENTITIES),
    "industry": dict(INDUSTRIES),
    "activity": dict(ACTIVITIES),
    "licences": dict(LICENCES),
    "state": APPLICATION_STATES,
    "kind": PLACE_KINDS,
    "place_class": PLACE_CLASSES,
}


def told(field: str, value: Any) -> str:
    """A fact as people read it; "" for what is not told."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(told(field, one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {told('', one)}" for key, one in value.items())
    if field.endswith("_yen") and isinstance(value, int):
        return format_yen(value)
    kept = str(_CHOICES.get(field, {}).get(str(value), value))
    return postal(kept) if field == "postal_code" else kept


def level(field: str, found: str) -> str:
    """What linkage found of a fact of two places, in one word."""
    if found == "unknown":
        return str(LEVELS["unknown"])
    if found in SAME_LEVELS:
        return str(LEVELS["same"])
    return str(LEVELS["other"] if found in OTHER_LEVELS else LEVELS["alike"])


def names_for(actors: Iterable[str]) -> dict[str, str]:
    """Who an actor's name stands for: people by their names, all else by what it is."""
    wanted = set(actors)
    users = names_of({int(one[5:]) for one in wanted if one.startswith("user:") and one[5:].isdigit()})
    found = {}
    for one in wanted:
        kind, _colon, name = one.partition(":")
        if kind == "user" and name.isdigit():
            found[one] = users.get(int(name), one)
        elif kind == "applicant":
            found[one] = str(SIDES["applicant"])
        elif kind == "system":
            found[one] = _("The platform")
        else:
            found[one] = name or one
    return found
