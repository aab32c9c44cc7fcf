"""How the comparison of plans calls things: one text for a cell, on the page, column by column and in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from madoguchi.core.yen import format_yen
from madoguchi.onboarding.models import Plan, PlanFee
from madoguchi.onboarding.plan_brands import brands_by_kind
from madoguchi.onboarding.plans import Offer, Year
from madoguchi.web.templatetags.madoguchi import is_english, jst_date, name

APPLICANTS: dict[str, Promise] = {
    "all": pgettext_lazy("plan", "Everybody"),
    "municipality": pgettext_lazy("plan", "Municipalities"),
    "business": pgettext_lazy("plan", "Businesses"),
}
CYCLES: dict[str, Promise] = {
    "month_end": pgettext_lazy("plan", "Closed at the end of the month"),
    "half_month": pgettext_lazy("plan", "Closed twice a month"),
    "week": pgettext_lazy("plan", "Closed every week"),
    "day": pgettext_lazy("plan", "Closed every day"),
}
BEARERS: dict[str, Promise] = {
    "provider": pgettext_lazy("plan", "The provider bears it"),
    "principal": pgettext_lazy("plan", "You bear it"),
}
PERIODS: dict[str, Promise] = {
    "before": pgettext_lazy("plan", "Before the period"),
    "during": pgettext_lazy("plan", "During the period"),
    "after": pgettext_lazy("plan", "Lasting, after the period"),
}
BRAND_KINDS: dict[str, Promise] = {
    "credit": pgettext_lazy("brands", "Credit"),
    "debit": pgettext_lazy("brands", "Debit"),
    "emoney": pgettext_lazy("brands", "E-money"),
    "code": pgettext_lazy("brands", "Codes"),
}
NEGOTIATED = gettext_lazy("negotiated")
NOT_TOLD = gettext_lazy("not told")


def percent(fee_bps: int) -> str:
    """`3.25%`."""
    return f"{fee_bps / 100:g}%"


def days(starts_on: date | None, ends_on: date | None) -> str:
    """`from … until …`, either end left out where it is open."""
    told = []
    if starts_on:
        told.append(_("from %(day)s") % {"day": jst_date(starts_on)})
    if ends_on:
        told.append(_("until %(day)s") % {"day": jst_date(ends_on)})
    return " ".join(told)


def fee_now(offer: Offer) -> str:
    """The fee in force in words: a figure, `negotiated`, or `not told`."""
    if offer.fee is None:
        return str(NOT_TOLD)
    return fee_figure(offer.fee)


def fee_figure(fee: PlanFee) -> str:
    """A fee row's figure, or `negotiated`."""
    return str(NEGOTIATED) if fee.fee_bps is None else percent(fee.fee_bps)


def fee_line(fee: PlanFee) -> str:
    """A fee row in one line."""
    return f"{PERIODS[fee.period]} {days(fee.starts_on, fee.ends_on)}: {fee_figure(fee)}"


def brand_lines(plan: Plan) -> list[tuple[Promise, str]]:
    """A plan's brands, a line for each kind."""
    found = brands_by_kind(plan.brands)
    return [(BRAND_KINDS[kind], _comma().join(name(brand) for brand in rows)) for kind, rows in found.items()]


def payout(plan: Plan) -> str:
    """When a plan pays out, and how often."""
    told = [str(CYCLES[plan.payout_cycle]), _("payouts in a month: %(count)s") % {"count": plan.payouts_per_month}]
    if plan.payout_days_after is not None:
        told.append(_("paid %(days)s days after closing") % {"days": plan.payout_days_after})
    return _comma().join(told)


def transfer_fee(plan: Plan) -> str:
    """Who bears the transfer fee, and how much it is."""
    amount = f"{format_yen(plan.transfer_fee_yen)} " if plan.transfer_fee_yen else ""
    return f"{amount}{BEARERS[plan.transfer_fee_bearer]}"


def extra_costs(plan: Plan) -> list[tuple[str, int]]:
    """What a plan costs beside its fee, in yen; what costs nothing is left out."""
    costs = [
        (_("Terminal, paid once"), plan.terminal_yen),
        (_("A month, during the period"), plan.monthly_yen),
        (_("A month, after the period"), plan.monthly_after_yen),
    ]
    return [(label, amount_yen) for label, amount_yen in costs if amount_yen]


def services(offer: Offer) -> str:
    """The services of a plan."""
    return _comma().join(service.name for service in offer.services)


def year_lines(year: Year) -> list[str]:
    """Where the first year's months differ, or something is paid once: what they add up from."""
    if len(year.stretches) < 2 and not year.once_yen:
        return []
    lines = []
    for stretch in year.stretches:
        month_yen = stretch.cost.month_yen
        each = str(NOT_TOLD) if month_yen is None else format_yen(month_yen)
        told = {"count": stretch.months, "day": jst_date(stretch.starts_on), "each": each}
        lines.append(_("%(count)s months from %(day)s: %(each)s each") % told)
    if year.once_yen:
        lines.append(_("Once: %(amount)s") % {"amount": format_yen(year.once_yen)})
    return lines


@dataclass(frozen=True)
class Line:
    """One aspect of a plan: what it is called, and what it says."""

    label: str
    text: str
    is_figure: bool = False


def lines_of(offer: Offer) -> Iterator[Line]:
    """Every aspect of a plan, in the order in which they are compared."""
    plan = offer.plan
    if offer.cost is not None and offer.year is not None:
        yield Line(_("Cost in the first year"), _yen(offer.year.yen), is_figure=True)
        yield Line(_("Cost of a month now"), _yen(offer.cost.month_yen), is_figure=True)
        yield Line(_("of which the fee"), _yen(offer.cost.fee_yen), is_figure=True)
        yield Line(_("of which transfers"), _yen(offer.cost.transfer_yen), is_figure=True)
        yield Line(_("of which rent"), _yen(offer.cost.monthly_yen), is_figure=True)
    yield Line(_("Services"), services(offer))
    yield Line(_("For whom"), str(APPLICANTS[plan.applicants]))
    yield Line(_("Fee now"), fee_now(offer), is_figure=True)
    yield Line(_("Fees by days"), "\n".join(fee_line(fee) for fee in offer.fees))
    yield Line(_("Payouts"), payout(plan))
    yield Line(_("Transfer fee"), transfer_fee(plan))
    yield Line(_("Terminal, paid once"), format_yen(plan.terminal_yen), is_figure=True)
    yield Line(_("A month, during the period"), format_yen(plan.monthly_yen), is_figure=True)
    yield Line(_("A month, after the period"), format_yen(plan.monthly_after_yen), is_figure=True)
    yield Line(_("Further costs"), plan.further_costs)
    yield Line(_("Brands"), "\n".join(f"{kind}: {names}" for kind, names in brand_lines(plan)))
    yield Line(_("Terminals"), _comma().join(plan.terminals))
    yield Line(_("Offered"), days(plan.starts_on, plan.ends_on))
    yield Line(pgettext("plan", "Contact"), " ".join(part for part in (plan.contact, plan.url) if part))


def plan_table(offers: list[Offer]) -> tuple[list[str], list[list[object]]]:
    """Head and rows of a file of the plans that are shown: the same aspects, amounts as numbers."""
    head = [_("Provider"), _("Plan")]
    rows: list[list[object]] = []
    for offer in offers:
        lines = list(lines_of(offer))
        if not rows:
            head += [line.label for line in lines]
        rows.append([name(offer.plan.provider), name_of(offer.plan), *(_cell(line) for line in lines)])
    return head, rows


def name_of(plan: Plan) -> str:
    """A plan's name, marked if it is an example."""
    example = pgettext("plan", "example")
    called = name(plan)
    return f"{called} ({example})" if plan.is_demo and "例" not in called and example not in called else called


def _cell(line: Line) -> object:
    digits = line.text.removeprefix("¥").replace(",", "")
    return int(digits) if line.is_figure and line.text.startswith("¥") and digits.isdigit() else line.text


def _yen(amount_yen: int | None) -> str:
    return str(NOT_TOLD) if amount_yen is None else format_yen(amount_yen)


def _comma() -> str:
    return ", " if is_english() else "、"
