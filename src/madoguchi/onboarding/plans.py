"""Providers' plans side by side (P-16, J-09), and what each would cost an applicant of given takings (J-20)."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Literal, TypeVar
from uuid import UUID

from django.db.models import Prefetch, Q

from madoguchi.onboarding.models import Plan, PlanFee
from madoguchi.onboarding.plan_brands import BRANDS
from madoguchi.registry.models import Service
from madoguchi.registry.rules import Dated, in_force

MONTHS = 12
BPS = 10_000
# A thousand times what a large town takes; beyond it somebody mistyped.
HIGHEST_TAKINGS_YEN = 10**12
# Days that may be asked about; a year from the last there are still dates.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
FeeState = Literal["told", "negotiated", "not_told"]
Row = TypeVar("Row", bound=Dated)


@dataclass(frozen=True)
class Wish:
    """What an applicant looks for; an empty choice stands for any."""

    services: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    terminals: frozenset[str] = frozenset()
    applicant: str = ""
    payout_cycle: str = ""
    most_fee_bps: int | None = None
    transfer_fee_bearer: str = ""
    # J-21: only those that charge nothing now.
    only_free: bool = False


@dataclass(frozen=True)
class Cost:
    """What a plan costs in one month, in yen; `fee_yen` is None where its fee is not told or negotiated."""

    fee_yen: int | None
    transfer_yen: int
    monthly_yen: int

    @property
    def month_yen(self) -> int | None:
        """The month's fee, transfers and rent together."""
        return None if self.fee_yen is None else self.fee_yen + self.transfer_yen + self.monthly_yen


@dataclass(frozen=True)
class Stretch:
    """Months in a row, from `starts_on`, that cost the same."""

    starts_on: date
    months: int
    fee_bps: int | None
    cost: Cost

    @property
    def yen(self) -> int | None:
        """All its months together."""
        return None if self.cost.month_yen is None else self.cost.month_yen * self.months


@dataclass(frozen=True)
class Year:
    """The first twelve months, each at the conditions of its first day, and what is paid once."""

    stretches: tuple[Stretch, ...]
    once_yen: int

    @property
    def yen(self) -> int | None:
        """The whole year; None where the fee of one of its months is not told."""
        parts = [stretch.yen for stretch in self.stretches]
        return None if None in parts else sum(part for part in parts if part is not None) + self.once_yen


@dataclass(frozen=True)
class Offer:
    """A plan on a day: its fees by days, the one in force, what it would cost, and when its conditions change."""

    plan: Plan
    services: tuple[Service, ...]
    fees: tuple[PlanFee, ...]
    fee: PlanFee | None
    cost: Cost | None = None
    year: Year | None = None
    changes_on: date | None = None

    @property
    def fee_bps(self) -> int | None:
        """The fee in force, in hundredths of a percent; None where it is negotiated or not told."""
        return self.fee.fee_bps if self.fee else None

    @property
    def fee_state(self) -> FeeState:
        """`told`; `negotiated`, where a row in force names no figure; `not_told`, where no row is in force."""
        if self.fee is None:
            return "not_told"
        return "negotiated" if self.fee.fee_bps is None else "told"


def latest(rows: Iterable[Row], day: date) -> Row | None:
    """Of dated rows the one that holds on `day`; of several the one that began last.

    So a campaign within the days of a lasting fee holds while it runs, and the lasting fee again after it.
    """
    return max((row for row in rows if in_force(row, day)), key=lambda row: row.starts_on, default=None)


def monthly_cost(
    *,
    takings_yen: int,
    fee_bps: int | None,
    payouts_per_month: int,
    transfer_fee_yen: int,
    bearer: str,
    monthly_yen: int = 0,
) -> Cost:
    """What a month of `takings_yen` costs; the fee is rounded down to whole yen, as most providers do.

    Transfers cost the applicant something only where `bearer` is `principal`, and nothing in a month without takings,
    which is paid out in no payout. Raises ValueError for takings below 0.
    """
    if takings_yen < 0:
        raise ValueError("takings are not below 0")
    fee_yen = None if fee_bps is None else takings_yen * fee_bps // BPS
    transfers = payouts_per_month if takings_yen else 0
    transfer_yen = transfers * transfer_fee_yen if bearer == "principal" else 0
    return Cost(fee_yen, transfer_yen, monthly_yen)


def offers(wish: Wish, day: date, takings_yen: int | None = None) -> list[Offer]:
    """Plans offered on `day` that fit; the cheapest in the first year first where takings are told, else by fee.

    A plan is offered on its last day still, and not after it.
    """
    made = _offers(day, takings_yen)
    return sorted((one for one in made if _fits(one, wish)), key=_rank)


def offers_of(plan_ids: Sequence[UUID], day: date, takings_yen: int | None = None) -> list[Offer]:
    """The plans named, in that order, each once; those that are not offered on `day` are left out."""
    by_id = {one.plan.id: one for one in _offers(day, takings_yen)}
    return [by_id[plan_id] for plan_id in dict.fromkeys(plan_ids) if plan_id in by_id]


def offer_of(
    plan: Plan, fees: Iterable[PlanFee], services: Iterable[Service], day: date, takings_yen: int | None = None
) -> Offer:
    """One plan as applicants see it, also one that is not kept yet."""
    version = _Version.of(plan, fees, services)
    return _offer(version, [version], day, takings_yen)


def cheapest(found: Iterable[Offer]) -> list[Offer]:
    """Those that cost least in the first year, of those whose fees are told for all of it; several if they tie."""
    told = [(one.year.yen, one) for one in found if one.year is not None and one.year.yen is not None]
    least = min((yen for yen, _ in told), default=0)
    return [one for yen, one in told if yen == least]


@dataclass(frozen=True)
class Choices:
    """What there is to choose from among the plans offered on a day."""

    services: tuple[Service, ...]
    brands: tuple[str, ...]
    terminals: tuple[str, ...]
    payout_cycles: frozenset[str]


def choices_on(day: date) -> Choices:
    """The services, brands, terminals and payout cycles of the plans offered on `day`."""
    rows = _offers(day, None)
    services = {service.code: service for one in rows for service in one.services}
    brands = {brand for one in rows for brand in one.plan.brands}
    return Choices(
        services=tuple(sorted(services.values(), key=lambda service: service.name)),
        brands=tuple(code for code in BRANDS if code in brands),
        terminals=tuple(sorted({terminal for one in rows for terminal in one.plan.terminals})),
        payout_cycles=frozenset(one.plan.payout_cycle for one in rows),
    )


def first_months(day: date, months: int = MONTHS) -> list[date]:
    """The first days of `months` months from `day`; one that began on the 31st goes on with a month's last day."""
    starts = []
    for offset in range(months):
        year, month = divmod(day.year * 12 + day.month - 1 + offset, 12)
        starts.append(date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])))
    return starts


def _offers(day: date, takings_yen: int | None) -> list[Offer]:
    """Every plan offered on `day`, by provider and name."""
    rows = Plan.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day)).select_related("provider")
    services = Prefetch("services", Service.objects.order_by("name"))
    versions: defaultdict[tuple[str, str], list[_Version]] = defaultdict(list)
    for plan in rows.prefetch_related("fees", services).order_by("provider__name", "name", "starts_on"):
        version = _Version.of(plan, plan.fees.all(), plan.services.all())
        versions[plan.provider_id, plan.name].append(version)
    held = ((latest(of_one_name, day), of_one_name) for of_one_name in versions.values())
    return [_offer(version, of_one_name, day, takings_yen) for version, of_one_name in held if version is not None]


@dataclass(frozen=True)
class _Version:
    """A plan's row with what hangs on it; a later row of the same name takes over from its first day."""

    plan: Plan
    fees: tuple[PlanFee, ...]
    services: tuple[Service, ...]

    @classmethod
    def of(cls, plan: Plan, fees: Iterable[PlanFee], services: Iterable[Service]) -> _Version:
        return cls(plan, tuple(sorted(fees, key=lambda fee: fee.starts_on)), tuple(services))

    @property
    def starts_on(self) -> date:
        return self.plan.starts_on

    @property
    def ends_on(self) -> date | None:
        return self.plan.ends_on

    def cost(self, fee: PlanFee | None, takings_yen: int) -> Cost:
        plan = self.plan
        return monthly_cost(
            takings_yen=takings_yen,
            fee_bps=fee.fee_bps if fee else None,
            payouts_per_month=plan.payouts_per_month,
            transfer_fee_yen=plan.transfer_fee_yen,
            bearer=plan.transfer_fee_bearer,
            monthly_yen=plan.monthly_after_yen if fee and fee.period == "after" else plan.monthly_yen,
        )


def _offer(version: _Version, versions: Sequence[_Version], day: date, takings_yen: int | None) -> Offer:
    fee = latest(version.fees, day)
    cost = year = None
    if takings_yen is not None:
        cost, year = version.cost(fee, takings_yen), _year(version, versions, day, takings_yen)
    changes_on = min((one.starts_on for one in versions if one.starts_on > day), default=None)
    return Offer(version.plan, version.services, version.fees, fee, cost, year, changes_on)


def _year(version: _Version, versions: Sequence[_Version], day: date, takings_yen: int) -> Year:
    months, terms = [], version
    for starts_on in first_months(day):
        # Where a plan is no longer offered, whoever has it keeps its last conditions.
        terms = latest(versions, starts_on) or terms
        fee = latest(terms.fees, starts_on)
        months.append((starts_on, fee.fee_bps if fee else None, terms.cost(fee, takings_yen)))
    stretches = []
    for (fee_bps, cost), alike in groupby(months, key=lambda month: month[1:]):
        starts = [starts_on for starts_on, *_ in alike]
        stretches.append(Stretch(starts[0], len(starts), fee_bps, cost))
    return Year(tuple(stretches), version.plan.terminal_yen)


def _fits(offer: Offer, wish: Wish) -> bool:
    plan = offer.plan
    most = 0 if wish.only_free else wish.most_fee_bps
    return all(
        (
            not wish.services or bool(wish.services & {service.code for service in offer.services}),
            not wish.brands or bool(wish.brands & set(plan.brands)),
            not wish.terminals or bool(wish.terminals & set(plan.terminals)),
            not wish.applicant or plan.applicants in {"all", wish.applicant},
            not wish.payout_cycle or plan.payout_cycle == wish.payout_cycle,
            not wish.transfer_fee_bearer or plan.transfer_fee_bearer == wish.transfer_fee_bearer,
            most is None or (offer.fee_bps is not None and offer.fee_bps <= most),
        )
    )


def _rank(offer: Offer) -> tuple[Any, ...]:
    """What is not told comes after what is."""
    figures = [offer.fee_bps]
    if offer.cost is not None and offer.year is not None:
        figures = [offer.year.yen, offer.cost.month_yen]
    names = (offer.plan.provider.name, offer.plan.name)
    return (*((figure is None, figure or 0) for figure in figures), *names)
