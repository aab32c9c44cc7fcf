"""What one member's purchases would earn, by the rules of a run, without any file (P-35, P-37, P-38)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from madoguchi.core.clock import JST
from madoguchi.core.errors import Refusal
from madoguchi.engine.rewards.campaign import WHOLE_BPS, Campaign
from madoguchi.engine.rewards.credit import credit_date
from madoguchi.engine.rewards.services import Service

LARGEST_YEN = 1_000_000_000
# Rounding up or half up is rounding down of a little more.
ADDED = {"down": 0, "half_up": 5_000, "up": 9_999}


@dataclass(frozen=True)
class Purchase:
    """What was bought: `bought_at` is Japanese time if it has no zone, `amount_yen` includes tax and is less refunds.

    `rate_bps` is that of the place for the service that day, None if the place is not enrolled.
    """

    service_id: str
    channel: str
    bought_at: datetime
    amount_yen: int
    rate_bps: int | None


@dataclass(frozen=True)
class Reward:
    """What a purchase earns, with the words of a run's grants.

    `left_in_window_points` is what the cap still leaves the member after the purchase in its month, quarter or
    programme; None where the service or the day is none of the campaign's, or each payment has a cap of its own.
    """

    base_yen: int
    raw_points: int
    granted_points: int
    reason: str
    period: str | None
    credit_on: date | None
    left_in_window_points: int | None


def reward_of(purchases: Sequence[Purchase], services: Sequence[Service], campaign: Campaign) -> list[Reward]:
    """The rewards of one member's purchases, in the order given.

    Caps are used up in the order of `bought_at`; of two at one instant the one given first. The member's cap over all
    services holds, the place's cap and the budget do not: they depend on others. Raises Refusal `purchase_wrong` with
    `purchase` (1 is the first) and the field (P-35, P-38).
    """
    for number, purchase in enumerate(purchases, start=1):
        _refuse_wrong(purchase, number)
    rows = {(one.service_id, one.channel): one for one in services}
    in_windows: dict[tuple[object, ...], int] = defaultdict(int)
    of_member: dict[str, int] = defaultdict(int)
    rewards: dict[int, Reward] = {}
    for place in sorted(range(len(purchases)), key=lambda place: (in_japan(purchases[place].bought_at), place)):
        purchase = purchases[place]
        service = rows.get((purchase.service_id, purchase.channel))
        rewards[place] = _reward(purchase, service, campaign, in_windows, of_member)
    return [rewards[place] for place in range(len(purchases))]


def in_japan(moment: datetime) -> datetime:
    """The moment in Japanese time; without a zone it is that already."""
    return moment.replace(tzinfo=JST) if moment.tzinfo is None else moment.astimezone(JST)


def period_of(cap_period: str, day: date) -> str:
    """How a run names the period of a cap for a payment of `day`: `2019-10`, `2019-Q4`, `programme`, `payment`."""
    if cap_period == "month":
        return f"{day:%Y-%m}"
    return f"{day.year}-Q{(day.month + 2) // 3}" if cap_period == "quarter" else cap_period


def counted_yen(base_yen: int, service: Service, campaign: Campaign) -> int:
    """The yen that the rate is taken of: the base cut at a ceiling on the payment, then less its tax where so chosen.

    The ceiling is a reading (X-08); P-35, P-47.
    """
    yen = min(base_yen, service.cap_amount) if service.cuts_payment else base_yen
    return yen * WHOLE_BPS // (WHOLE_BPS + campaign.tax_bps) if campaign.tax_base == "excluded" else yen


def points_of(yen: int, rate_bps: int, rounding: str) -> int:
    """Points of so many yen at a rate, rounded as a campaign says (P-35)."""
    return (yen * rate_bps + ADDED[rounding]) // WHOLE_BPS


def _refuse_wrong(purchase: Purchase, number: int) -> None:
    wrong = {
        "amount_yen": not 0 <= purchase.amount_yen <= LARGEST_YEN,
        "rate_bps": purchase.rate_bps is not None and not 0 <= purchase.rate_bps <= WHOLE_BPS,
        "bought_at": not 2000 <= purchase.bought_at.year < 2100,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise Refusal("purchase_wrong", purchase=number, field=name)


def _reward(
    purchase: Purchase,
    service: Service | None,
    campaign: Campaign,
    in_windows: dict[tuple[object, ...], int],
    of_member: dict[str, int],
) -> Reward:
    """The reward of a purchase after all earlier ones; adds to what they used of the windows."""
    day, base_yen = in_japan(purchase.bought_at).date(), purchase.amount_yen
    period = None if service is None else period_of(service.cap_period, day)
    if service is None:
        return Reward(base_yen, 0, 0, "unknown_service", None, None, None)
    if not campaign.starts_on <= day <= campaign.ends_on:
        return Reward(base_yen, 0, 0, "outside_period", period, None, None)
    window = (service.window, period)
    has_window = service.cap_period != "payment"
    raw_points, reason = 0, ""
    if purchase.rate_bps is None:
        reason = "not_enrolled"
    elif not base_yen:
        reason = "refunded"
    else:
        rate_bps = purchase.rate_bps if campaign.rate_bps is None else campaign.rate_bps
        raw_points = points_of(counted_yen(base_yen, service, campaign), rate_bps, campaign.rounding)
    if has_window:
        points = _left(in_windows, window, raw_points, service.cap_amount)
    else:
        points = raw_points if service.cuts_payment else min(raw_points, service.cap_amount)
    if (cap := campaign.member_cap) is not None:
        points = _left(of_member, period_of(cap.period, day), points, cap.points)
    return Reward(
        base_yen=base_yen,
        raw_points=raw_points,
        granted_points=points,
        reason=reason or ("capped" if points < raw_points else "ok"),
        period=period,
        credit_on=credit_date(service.credit_rule, day) if points else None,
        left_in_window_points=max(0, service.cap_amount - in_windows[window]) if has_window else None,
    )


def _left(sums: dict[Any, int], key: Any, points: int, cap: int) -> int:
    """min(cap, sum up to here) - min(cap, sum before); the sum grows by the points."""
    before = sums[key]
    sums[key] = before + points
    return min(cap, before + points) - min(cap, before)
