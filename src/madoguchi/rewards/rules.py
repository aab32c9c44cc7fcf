"""What a provider may claim for rewards, fees and terminals; how far a campaign and a claim have come (P-04, P-05)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from madoguchi.core.errors import Refusal

States = tuple[tuple[str | None, str, str], ...]

CAMPAIGN_STATES: States = (
    # from        to          when
    (None, "draft", "an officer writes it down"),
    ("draft", "proposed", "it is complete, and its maker asks for a second pair of eyes"),
    ("proposed", "draft", "the checker gives it back with a reason, or the maker takes it back"),
    ("proposed", "approved", "another officer confirms it; its terms are fixed from here on"),
    ("approved", "ended", "its last day is over and the last claim is settled"),
    ("approved", "stopped", "two officers stop it before its last day"),
)
RUN_STATES: States = (
    (None, "asked", "an officer or the schedule asks for it"),
    ("asked", "computed", "the engine wrote its results"),
    ("asked", "failed", "the engine refused its input"),
    ("computed", "proposed", "an officer has looked at the differences to the last approved run"),
    ("computed", "overtaken", "a later run is asked for before this one was proposed"),
    ("proposed", "computed", "its maker takes it back"),
    ("proposed", "approved", "another officer confirms it; its differences are published"),
    ("proposed", "refused", "another officer declines it with a reason"),
)
HOLD_STATES: States = (
    (None, "open", "a rule finds a payment suspicious"),
    ("open", "proposed", "an officer has looked at it and proposes to release or to refuse it"),
    ("proposed", "open", "another officer declines that, with a reason, or the maker takes it back"),
    ("proposed", "released", "another officer confirms; the next run grants its points"),
    ("proposed", "refused", "another officer confirms; it is never granted anything"),
    ("released", "proposed", "it is looked at once more"),
    ("refused", "proposed", "it is looked at once more"),
)
EXCLUSION_STATES: States = (
    (None, "proposed", "an officer has found that a store should not take part (P-10)"),
    ("proposed", "approved", "another officer confirms; the next run claws its points back"),
    ("proposed", "declined", "another officer declines, with a reason"),
    ("approved", "lifted", "it turned out to be wrong"),
)
CLAIM_STATES: States = (
    (None, "drawn_up", "what is due is not what was claimed before"),
    ("drawn_up", "proposed", "an officer has compared it with the provider's report"),
    ("drawn_up", "overtaken", "a later report changed what is due"),
    ("proposed", "drawn_up", "its maker takes it back"),
    ("proposed", "approved", "another officer confirms it"),
    ("proposed", "refused", "another officer declines it with a reason; it can be drawn up again"),
    ("approved", "paid", "the bank's statement shows the payment"),
)
COST_KINDS = ("fee", "terminal")
CLAIM_KINDS = ("reward", *COST_KINDS)
# Of claims in these states the amounts count as claimed.
CLAIMED_STATES = ("proposed", "approved", "paid")
# P-04: the merchant's fee is supported only up to 3.25 %, by one third, so that the shop pays at most 2.17 %.
HIGHEST_FEE_BPS = 325
FEE_SHARE = (1, 3)
WHOLE_BPS = 10_000


class Life(NamedTuple):
    """What became of the points of a service and month by a day, all told, as the provider measured it.

    `is_estimate` marks a report whose expiry the provider has reckoned and not counted.
    """

    as_of: date
    granted_points: int
    used_points: int
    expired_points: int
    returned_points: int
    is_estimate: bool = False

    @property
    def outstanding_points(self) -> int:
        """Points that may still be used."""
        return self.granted_points - self.used_points - self.expired_points - self.returned_points


@dataclass(frozen=True)
class RewardClaim:
    """Points to be paid now (below 0 to be paid back), and how many may still be used and claimed later."""

    points: int
    outstanding_points: int
    is_final: bool


def check_life(life: Life, before: Life | None = None) -> None:
    """Raise Refusal `life_wrong` with the field if a report cannot be true, beside the one before it.

    What was used, expired or returned never grows less; what was granted does when points are clawed back.
    """
    counts = {
        name: getattr(life, name) for name in ("granted_points", "used_points", "expired_points", "returned_points")
    }
    for name, points in counts.items():
        if points < 0:
            raise Refusal("life_wrong", field=name)
    if life.outstanding_points < 0:
        raise Refusal("life_wrong", field="granted_points")
    if before is None:
        return
    if life.as_of <= before.as_of:
        raise Refusal("life_wrong", field="as_of")
    for name in ("used_points", "expired_points", "returned_points"):
        if counts[name] < getattr(before, name):
            raise Refusal("life_wrong", field=name)


def reward_claim(reports: Iterable[Life], claimed_points: int, granted_points: int) -> RewardClaim:
    """What is to be paid of a service's month by its reports: measured use less what was claimed before.

    Never more than `granted_points` of the approved run: points that it claws back are paid back although used.

    A report whose expiry is estimated is shown to people and never claimed on: ¥1.6 billion were once paid for points
    that had expired unused, because expiry was estimated. The claim is final when no point may be used any more.
    """
    measured = [one for one in reports if not one.is_estimate]
    if not measured:
        return RewardClaim(-claimed_points, 0, False)
    last = max(measured, key=lambda one: one.as_of)
    due = min(last.used_points, granted_points)
    return RewardClaim(due - claimed_points, last.outstanding_points, last.outstanding_points == 0)


def fee_subsidy_yen(fee_yen: int, takings_yen: int) -> int:
    """A third of the fees that a shop's takings of a month cost it, rounded down (P-04).

    Raises Refusal `fee_above_limit` if they are more than 3.25 % of the takings, `fee_wrong` if either is negative.
    """
    if fee_yen < 0 or takings_yen < 0:
        raise Refusal("fee_wrong")
    if fee_yen * WHOLE_BPS > takings_yen * HIGHEST_FEE_BPS:
        raise Refusal("fee_above_limit", fee_yen=fee_yen, takings_yen=takings_yen, highest_bps=HIGHEST_FEE_BPS)
    part, whole = FEE_SHARE
    return fee_yen * part // whole


def shared_yen(yen: int, state_share_bps: int) -> tuple[int, int]:
    """The state's and the provider's part of an amount; they sum to it, and the provider bears what cannot be parted.

    How terminals were shared is not said by the source (X-07), so the share is the campaign's to name.
    """
    if not 0 <= state_share_bps <= WHOLE_BPS:
        raise Refusal("share_wrong", share_bps=state_share_bps)
    state = yen * state_share_bps // WHOLE_BPS
    return state, yen - state


def may_go(states: States, before: str | None, after: str) -> bool:
    """Whether a table of states has this step."""
    return any((one, other) == (before, after) for one, other, _ in states)
