"""What one payment gave back in the 2019 programme: points, by when, and what the cap leaves (P-35 … P-38)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from madoguchi.core.clock import JST
from madoguchi.engine.rewards.calculator import Purchase, counted_yen, reward_of
from madoguchi.engine.rewards.campaign import WHOLE_BPS, programme_2019
from madoguchi.engine.rewards.credit import credit_date
from madoguchi.opendata.services import PublishedService, Way

# By the place: small businesses, and stores of franchises and petrol stations (P-04).
RATES_BPS = (500, 200)
LARGEST_YEN = 9_999_999


@dataclass(frozen=True)
class Arrival:
    """From which day points can be there, by one of the rules that the table allows."""

    credit_rule: str
    credit_on: date


@dataclass(frozen=True)
class PaymentReward:
    """The reward of one payment after `earlier_yen` spent in the same period of its cap.

    `left_points` is what the cap leaves after the payment and `left_yen` what may be spent until it is reached; both
    None where each payment has a cap of its own. `capped_by` is "", `window`, `payment` or `charge`. `arrivals` are
    empty where nothing is given.
    """

    service: PublishedService
    way: Way
    amount_yen: int
    rate_bps: int
    paid_on: date
    earlier_yen: int
    counted_yen: int
    raw_points: int
    points: int
    capped_by: str
    left_points: int | None
    left_yen: int | None
    arrivals: tuple[Arrival, ...]


def reward_of_payment(
    service: PublishedService, way: Way, *, amount_yen: int, rate_bps: int, paid_on: date, earlier_yen: int = 0
) -> PaymentReward:
    """The reward of a payment of `amount_yen`, tax included, at a place of `rate_bps` (P-35).

    What was spent earlier counts as one payment at the same rate, the same day. A payment outside the programme's days
    gives nothing. Raises Refusal `purchase_wrong` for yen and rates that are none.
    """
    campaign, terms = programme_2019(), way.terms

    def purchase(yen: int, hour: int) -> Purchase:
        return Purchase(terms.service_id, terms.channel, datetime.combine(paid_on, time(hour), JST), yen, rate_bps)

    # A cap on each payment is untouched by others, so those need not be reckoned.
    purchases = [purchase(earlier_yen, 0), purchase(amount_yen, 12)]
    reward = reward_of(purchases, [terms], campaign)[-1]
    counted = counted_yen(amount_yen, terms, campaign)
    left = reward.left_in_window_points
    return PaymentReward(
        service=service,
        way=way,
        amount_yen=amount_yen,
        rate_bps=rate_bps,
        paid_on=paid_on,
        earlier_yen=earlier_yen,
        counted_yen=counted,
        raw_points=reward.raw_points,
        points=reward.granted_points,
        capped_by=_capped_by(way, reward.granted_points < reward.raw_points, counted < amount_yen),
        left_points=left,
        left_yen=None if left is None else spending_yen(left, rate_bps),
        arrivals=arrivals(terms.credit_rule, paid_on) if reward.granted_points else (),
    )


def arrivals(credit_rule: str, paid_on: date) -> tuple[Arrival, ...]:
    """For each alternative of a rule, the first day on which points of a payment can be there (P-37)."""
    return tuple(Arrival(one, credit_date(one, paid_on)) for one in credit_rule.split("|"))


def spending_yen(points: int, rate_bps: int) -> int:
    """The yen that earn so many points: 15,000 are ¥300,000 at 5 % and ¥750,000 at 2 % (P-36)."""
    return -(-points * WHOLE_BPS // rate_bps)


def _capped_by(way: Way, is_cut: bool, is_ceiling: bool) -> str:
    if is_ceiling:
        return "charge"
    if not is_cut:
        return ""
    return "payment" if way.terms.cap_period == "payment" else "window"
