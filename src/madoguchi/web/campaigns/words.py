"""What the pages of reward campaigns call states, reasons, caps and methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from madoguchi.web.templatetags.madoguchi import MONTHS_EN, is_english

Words = Mapping[str, Promise]

CAMPAIGN_STATES: Words = {
    "draft": pgettext_lazy("campaign", "Draft"),
    "proposed": pgettext_lazy("campaign", "Waits for approval"),
    "approved": pgettext_lazy("campaign", "Approved"),
    "ended": pgettext_lazy("campaign", "Ended"),
    "stopped": pgettext_lazy("campaign", "Stopped"),
}
RUN_STATES: Words = {
    "asked": pgettext_lazy("run", "Being computed"),
    "computed": pgettext_lazy("run", "Computed"),
    "failed": pgettext_lazy("run", "Could not be computed"),
    "overtaken": pgettext_lazy("run", "Overtaken by a later run"),
    "proposed": pgettext_lazy("run", "Waits for approval"),
    "approved": pgettext_lazy("run", "Approved"),
    "refused": pgettext_lazy("run", "Declined"),
}
HOLD_STATES: Words = {
    "open": pgettext_lazy("hold", "To be looked at"),
    "proposed": pgettext_lazy("hold", "Waits for confirmation"),
    "released": pgettext_lazy("hold", "Released"),
    "refused": pgettext_lazy("hold", "Refused"),
}
CLAIM_STATES: Words = {
    "drawn_up": pgettext_lazy("claim", "Drawn up"),
    "proposed": pgettext_lazy("claim", "Waits for approval"),
    "approved": pgettext_lazy("claim", "Approved"),
    "refused": pgettext_lazy("claim", "Declined"),
    "paid": pgettext_lazy("claim", "Paid"),
    "overtaken": pgettext_lazy("claim", "Overtaken"),
}
EXCLUSION_STATES: Words = {
    "proposed": pgettext_lazy("exclusion", "Waits for confirmation"),
    "approved": pgettext_lazy("exclusion", "Excluded"),
    "declined": pgettext_lazy("exclusion", "Declined"),
    "lifted": pgettext_lazy("exclusion", "Lifted"),
}
MARKS = {
    "draft": "waiting",
    "open": "warning",
    "asked": "waiting",
    "computed": "waiting",
    "drawn_up": "waiting",
    "proposed": "warning",
    "approved": "good",
    "paid": "good",
    "released": "good",
    "failed": "bad",
    "refused": "bad",
    "declined": "bad",
    "stopped": "bad",
}
# What a payment came to, in the order in which it is judged (docs/rewards.md).
REASONS: Words = {
    "ok": pgettext_lazy("reward", "granted in full"),
    "capped": pgettext_lazy("reward", "cut by a cap"),
    "held": pgettext_lazy("reward", "on hold"),
    "refunded": pgettext_lazy("reward", "given back"),
    "not_enrolled": pgettext_lazy("reward", "place not in the campaign that day"),
    "outside_period": pgettext_lazy("reward", "outside the campaign's days"),
    "unknown_service": pgettext_lazy("reward", "service not in the campaign"),
    "excluded": pgettext_lazy("reward", "a kind of sale that earns nothing"),
}
KINDS: Words = {
    "reward": pgettext_lazy("claim", "Rewards"),
    "fee": pgettext_lazy("claim", "Merchant fees"),
    "terminal": pgettext_lazy("claim", "Terminals"),
}
METHODS: Words = {
    "points": pgettext_lazy("method", "points"),
    "instant_discount": pgettext_lazy("method", "taken off at once"),
    "bill_offset": pgettext_lazy("method", "taken off the bill"),
    "account_credit": pgettext_lazy("method", "paid into the account"),
    "prepaid_value": pgettext_lazy("method", "points as prepaid value"),
}
CAP_PERIODS: Words = {
    "payment": pgettext_lazy("cap", "for each payment"),
    "month": pgettext_lazy("cap", "a month"),
    "quarter": pgettext_lazy("cap", "a quarter"),
    "programme": pgettext_lazy("cap", "in the whole campaign"),
}
ROUNDINGS: Words = {
    "down": pgettext_lazy("rounding", "down"),
    "half_up": pgettext_lazy("rounding", "to the nearest"),
    "up": pgettext_lazy("rounding", "up"),
}
TAX_BASES: Words = {
    "included": pgettext_lazy("tax", "price with tax"),
    "excluded": pgettext_lazy("tax", "price without tax"),
}
EXCLUDED: Words = {
    "securities": pgettext_lazy("excluded", "Securities"),
    "stamps_and_vouchers": pgettext_lazy("excluded", "Stamps, revenue stamps, vouchers, prepaid cards"),
    "cars": pgettext_lazy("excluded", "Cars"),
    "new_houses": pgettext_lazy("excluded", "New houses"),
    "lottery_and_gambling": pgettext_lazy("excluded", "Lotteries and public gambling"),
    "collection_for_others": pgettext_lazy("excluded", "Money collected for others"),
    "salary_wages_donations": pgettext_lazy("excluded", "Salaries, wages, donations"),
    "otherwise_inappropriate": pgettext_lazy("excluded", "Otherwise inappropriate"),
}
PLACE_CLASSES: Words = {
    "fixed": pgettext_lazy("place class", "Fixed place"),
    "mobile": pgettext_lazy("place class", "Mobile"),
    "ec": pgettext_lazy("place class", "Online shop"),
    "other": pgettext_lazy("place class", "Other"),
}
RULES: Words = {
    "same_member_place": pgettext_lazy("suspicion", "Same member and place too often"),
    "closed_loop": pgettext_lazy("suspicion", "Closed loop"),
    "staff_keys_cash": pgettext_lazy("suspicion", "Cash keyed as own payments"),
    "splitting": pgettext_lazy("suspicion", "Split below a limit"),
    "far_outside_peers": pgettext_lazy("suspicion", "Far outside its peers"),
    "round_amounts": pgettext_lazy("suspicion", "Round amounts"),
    "outside_hours": pgettext_lazy("suspicion", "While closed"),
}


def cap_words(row: Mapping[str, Any]) -> str:
    """A row's cap as people read it: `5,000 points a month`, `the first ¥20,000 of each payment`."""
    amount = f"{row['cap_amount']:,}"
    if row["cap_unit"] == "yen_of_payment":
        return _("counted on the first ¥%(amount)s of each payment") % {"amount": amount}
    return _("up to %(amount)s points %(period)s") % {"amount": amount, "period": CAP_PERIODS[row["cap_period"]]}


def credit_words(rule: str) -> str:
    """A credit rule as people read it; of alternatives, all of them (docs/rewards.md)."""
    return _(" or ").join(_credit(one) for one in rule.split("|"))


def _credit(rule: str) -> str:
    kind, _colon, rest = rule.partition(":")
    first, _colon, second = rest.partition(":")
    number = first.removeprefix("+")
    sentences = {
        "instant": _("at once"),
        "days": _("%(number)s days later"),
        "next_week": _("on the Monday of the week after"),
        "day": _("on day %(day)s, %(number)s month(s) later"),
        "month": _("%(number)s month(s) later"),
        "month_end": _("at the end of the month, %(number)s month(s) later"),
        "billing": _("with the bill %(number)s month(s) later"),
        "quarter_months": _("in months %(months)s"),
    }
    facts = {"number": number, "day": second, "months": ", ".join(first.split("-"))}
    return sentences[kind] % facts


def month_words(month: str) -> str:
    """`2026-11` as `2026年11月`, in English `Nov 2026`."""
    year, number = int(month[:4]), int(month[5:7])
    return f"{MONTHS_EN[number - 1]} {year}" if is_english() else f"{year}年{number}月"
