"""What a notice must look like, which order a payment belongs to, and how much can be given back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from madoguchi.core.clock import jst_date, start_of_day
from madoguchi.core.yen import split_yen
from madoguchi.registry.rules import closing_day

MAX_BATCH = 1_000
MAX_AMOUNT_YEN = 10_000_000
MAX_REFERENCE_LENGTH = 64
# A provider's clock and ours may differ by this much.
CLOCK_TOLERANCE = timedelta(minutes=2)
# An open order older than this was forgotten; a payment then is somebody else's.
OPEN_ORDER_LIFE = timedelta(hours=2)

PAYMENT_STATES = (
    # from         to            when
    (None, "matched", "the order was found at once"),
    (None, "unmatched", "no order, or more than one, fits"),
    ("unmatched", "matched", "a clerk or the accountant names the order, or it arrives later from an offline till"),
    ("unmatched", "booked", "the accountant books it to a fee item without an order"),
)

REFUND_STATES = (
    # from          to            when
    (None, "requested", "a clerk asks, with a reason (J-29)"),
    (None, "returned", "the provider gave the money back without being asked here"),
    ("requested", "accepted", "the provider takes it before its cut-off"),
    ("requested", "refused", "the provider's cut-off has passed, or it says no"),
    ("requested", "returned", "the provider's notice came before its answer"),
    ("accepted", "returned", "the payer has the money"),
    ("refused", "returned", "the provider gave the money back after all"),
)

CHARGE_STATES = (
    # from          to            when
    (None, "requested", "a clerk has read the code that the customer shows"),
    ("requested", "accepted", "the provider answers that it takes the money"),
    ("requested", "declined", "the provider answers that it does not, with a reason"),
    ("requested", "lapsed", "its minute is over without an answer, or the order has ended otherwise"),
    ("requested", "paid", "the provider's notice came before its answer"),
    ("accepted", "paid", "the provider's notice has come"),
    ("lapsed", "accepted", "the provider had taken it in time, and its answer came late"),
    ("lapsed", "paid", "the provider had taken it in time, and its notice came all the same"),
)
CHARGE_MOVES = frozenset((before, after) for before, after, _ in CHARGE_STATES)
# The customer may be paying by it at this moment: a second one could take the money twice.
RUNNING_CHARGES = ("requested", "accepted")
# While a customer stands at the counter with the code on the screen. The provider refuses what comes later, so that
# nobody is charged who has left or has paid in another way.
CHARGE_LIFE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """A provider's word that a customer paid. `paid_at` is aware."""

    reference: str
    service: str
    store_id: str
    amount_yen: int
    paid_at: datetime
    order_reference: str = ""

    def digest(self) -> str:
        """Equal for the same facts, however the JSON was written."""
        facts = (self.service, self.store_id, self.amount_yen, self.paid_at.timestamp(), self.order_reference)
        return hashlib.sha256(repr(facts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """A provider's word that it gave money back. `refund_id` names our request, if it answers one."""

    reference: str
    payment_reference: str
    amount_yen: int
    refunded_at: datetime
    refund_id: UUID | None = None

    def digest(self) -> str:
        """Equal for the same facts, however the JSON was written."""
        facts = (self.payment_reference, self.amount_yen, self.refunded_at.timestamp(), str(self.refund_id))
        return hashlib.sha256(repr(facts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order at the payment's code that still waits for its money."""

    order_id: Any
    number: str
    total_yen: int
    opened_at: datetime
    seen_at: datetime | None
    service: str


@dataclass(frozen=True, slots=True)
class Match:
    """The order found, or None, and the rule that decided."""

    order_id: Any
    rule: str


def match(
    *,
    amount_yen: int,
    paid_at: datetime,
    service: str,
    order_reference: str,
    candidates: Sequence[Candidate],
    is_named_here: bool = False,
) -> Match:
    """Find the one order a payment belongs to, among the waiting orders of its code.

    `order_reference`: the provider named the order. If it named one of this code that no longer waits or has another
    amount (`is_named_here`), the money is nobody else's: `no_order`. Otherwise amount and time must fit, and
    `amount_and_time`: one order fits. `seen_nearest`: several fit, all seen on customers' screens (J-25), so each
    customer did pay; the nearest in time is taken. `ambiguous`: several fit and one is open; a person decides.
    `no_order`: none fits, as with a wrong amount (J-29).
    """
    if order_reference:
        named = [row for row in candidates if row.number == order_reference and row.total_yen == amount_yen]
        if named:
            return Match(named[0].order_id, "order_reference")
        if is_named_here:
            return Match(None, "no_order")
    fitting = [row for row in candidates if _fits(row, amount_yen, paid_at, service)]
    if not fitting:
        return Match(None, "no_order")
    if len(fitting) == 1:
        return Match(fitting[0].order_id, "amount_and_time")
    if any(row.seen_at is None for row in fitting):
        return Match(None, "ambiguous")
    nearest = min(fitting, key=lambda row: (_distance(row, paid_at), row.number))
    return Match(nearest.order_id, "seen_nearest")


def _fits(row: Candidate, amount_yen: int, paid_at: datetime, service: str) -> bool:
    if row.total_yen != amount_yen or paid_at < row.opened_at - CLOCK_TOLERANCE:
        return False
    if row.seen_at is None:
        return paid_at <= row.opened_at + OPEN_ORDER_LIFE
    return paid_at <= row.seen_at + CLOCK_TOLERANCE and row.service in {"", service}


def _distance(row: Candidate, paid_at: datetime) -> timedelta:
    return abs((row.seen_at or row.opened_at) - paid_at)


def charge_state(state: str, valid_until: datetime, at: datetime) -> str:
    """How a charge stands at `at`: one still unanswered when its time is over has lapsed, written down or not."""
    return "lapsed" if state == "requested" and at >= valid_until else state


def may_move_charge(before: str | None, after: str) -> bool:
    """Whether CHARGE_STATES lets a charge go from `before` to `after`."""
    return (before, after) in CHARGE_MOVES


def refundable_yen(paid_yen: int, refunds_yen: Iterable[int]) -> int:
    """Yen of a payment that can still be given back; never negative."""
    return max(0, paid_yen - sum(refunds_yen))


def refund_cut_off(paid_at: datetime, *, cycle: str, cut_off_hours: int) -> datetime:
    """Until when the provider can still take a payment out of its closing (J-29).

    `cut_off_hours` after midnight (JST) at the start of the last day of the payment's closing period.
    """
    closes_on = closing_day(jst_date(paid_at), cycle)
    return start_of_day(closes_on) + timedelta(hours=cut_off_hours)


def refund_parts(amount_yen: int, returned_before_yen: int, weights: Sequence[int]) -> list[int]:
    """Split a partial refund over an order's lines so that all refunds together split like their sum.

    After a full refund every line is back at exactly its own amount. A part may be negative by rounding.
    """
    before = split_yen(returned_before_yen, weights)
    after = split_yen(returned_before_yen + amount_yen, weights)
    return [late - early for late, early in zip(after, before, strict=True)]
