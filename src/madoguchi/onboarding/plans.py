"""Providers' plans side by side (P-16, J-09), and what each would cost an applicant of given takings (J-20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q

from madoguchi.onboarding.models import Plan, PlanFee

MONTHS = 12


@dataclass(frozen=True)
class Wish:
    """What an applicant looks for; an empty choice stands for any."""

    services: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    terminals: frozenset[str] = frozenset()
    applicant: str = ""
    payout_cycle: str = ""
    most_fee_bps: int | None = None
    provider_bears_transfer: bool = False
    # J-21: only those that charge nothing now.
    only_free: bool = False


@dataclass(frozen=True)
class Cost:
    """What a plan costs a month and in its first year, in yen; None where its fee is not told."""

    fee_yen: int | None
    transfer_yen: int
    monthly_yen: int
    once_yen: int

    @property
    def month_yen(self) -> int | None:
        """A month's fee, transfers and rent together."""
        return None if self.fee_yen is None else self.fee_yen + self.transfer_yen + self.monthly_yen

    @property
    def year_yen(self) -> int | None:
        """Twelve such months and what is paid once."""
        return None if self.month_yen is None else self.month_yen * MONTHS + self.once_yen


@dataclass(frozen=True)
class Offer:
    """A plan on a day: its fees by period, the one in force, and what it would cost."""

    plan: Plan
    fee_bps: int | None
    fees: Sequence[PlanFee]
    cost: Cost | None = None
    services: Sequence[str] = field(default_factory=tuple)


def monthly_cost(
    *,
    takings_yen: int,
    fee_bps: int | None,
    payouts_per_month: int,
    transfer_fee_yen: int,
    bearer: str,
    monthly_yen: int = 0,
    once_yen: int = 0,
) -> Cost:
    """What a month of `takings_yen` costs; the fee is rounded down to whole yen, as most providers do.

    Raises ValueError for takings below 0.
    """
    if takings_yen < 0:
        raise ValueError("takings are not below 0")
    fee_yen = None if fee_bps is None else takings_yen * fee_bps // 10_000
    transfers = payouts_per_month if takings_yen else 0
    transfer_yen = transfers * transfer_fee_yen if bearer == "principal" else 0
    return Cost(fee_yen, transfer_yen, monthly_yen, once_yen)


def offers(wish: Wish, day: date, takings_yen: int | None = None) -> list[Offer]:
    """Plans in force on `day` that fit, the cheapest first where takings are told, else by fee and name."""
    services = Prefetch("services", to_attr="offered")
    rows = Plan.objects.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gte=day))
    rows = rows.select_related("provider").prefetch_related("fees", services).order_by("provider__name", "name")
    made = [_offer(plan, day, takings_yen) for plan in rows]
    return sorted((one for one in made if _fits(one, wish)), key=_rank)


def _offer(plan: Plan, day: date, takings_yen: int | None) -> Offer:
    fees = sorted(plan.fees.all(), key=lambda fee: fee.starts_on)
    now = [fee for fee in fees if fee.starts_on <= day and (fee.ends_on is None or day <= fee.ends_on)]
    fee_bps = now[-1].fee_bps if now else None
    is_after = bool(now) and now[-1].period == "after"
    cost = None
    if takings_yen is not None:
        cost = monthly_cost(
            takings_yen=takings_yen,
            fee_bps=fee_bps,
            payouts_per_month=plan.payouts_per_month,
            transfer_fee_yen=plan.transfer_fee_yen,
            bearer=plan.transfer_fee_bearer,
            monthly_yen=plan.monthly_after_yen if is_after else plan.monthly_yen,
            once_yen=plan.terminal_yen,
        )
    return Offer(plan, fee_bps, fees, cost, tuple(service.code for service in plan.offered))  # type: ignore[attr-defined]


def _fits(offer: Offer, wish: Wish) -> bool:
    plan = offer.plan
    most = 0 if wish.only_free else wish.most_fee_bps
    return all(
        (
            not wish.services or bool(wish.services & set(offer.services)),
            not wish.brands or bool(wish.brands & set(plan.brands)),
            not wish.terminals or bool(wish.terminals & set(plan.terminals)),
            not wish.applicant or plan.applicants in {"all", wish.applicant},
            not wish.payout_cycle or plan.payout_cycle == wish.payout_cycle,
            not wish.provider_bears_transfer or plan.transfer_fee_bearer == "provider",
            most is None or (offer.fee_bps is not None and offer.fee_bps <= most),
        )
    )


def _rank(offer: Offer) -> tuple[Any, ...]:
    cost = offer.cost.month_yen if offer.cost else None
    return (
        cost is None and offer.cost is not None,
        cost or 0,
        offer.fee_bps is None,
        offer.fee_bps or 0,
        offer.plan.provider_id,
        offer.plan.name,
    )
