"""What an order costs, how it moves from open to paid, and how a till's day adds up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

ORDER_STATES = (
    # from          to            when
    (None, "open", "a clerk has put together what the customer pays for"),
    ("open", "paid", "the provider's notice was matched, or cash was taken"),
    ("open", "seen", "the notice is late and the clerk saw the payment on the customer's screen (J-25)"),
    ("open", "abandoned", "the customer left or the items were wrong; nothing was paid"),
    ("seen", "paid", "the late notice was matched"),
    ("seen", "abandoned", "no notice ever came and a person closed the order with a reason"),
    ("paid", "cancelling", "the clerk asked the provider for the money back (J-29)"),
    ("paid", "cancelled", "cash was given back"),
    ("cancelling", "cancelled", "the provider has given the money back"),
    ("cancelling", "paid", "the provider refused: its cut-off had passed"),
    ("paid", "refunded_elsewhere", "the provider gave the money back without being asked here"),
)
MOVES = frozenset((before, after) for before, after, _ in ORDER_STATES)
WAITING_STATES = ("open", "seen")
# An order whose money the town has, for totals and books.
PAID_STATES = ("paid", "cancelling")

DENOMINATIONS_YEN = (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1)
MAX_QUANTITY = 999
MAX_LINES = 50
MAX_ORDER_YEN = 10_000_000


def may_move(before: str | None, after: str) -> bool:
    """Whether ORDER_STATES lets an order go from `before` to `after`."""
    return (before, after) in MOVES


@dataclass(frozen=True)
class Price:
    """A row of the fee schedule."""

    starts_on: date
    ends_on: date | None
    unit_yen: int


def price_on(prices: Iterable[Price], day: date) -> int | None:
    """The unit price in yen in force on `day`, or None; where rows overlap the later start wins."""
    valid = [row for row in prices if row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)]
    return max(valid, key=lambda row: row.starts_on).unit_yen if valid else None


def change_yen(total_yen: int, given_yen: int) -> int:
    """Change for cash given. Raises ValueError if it is not enough."""
    if given_yen < total_yen:
        raise ValueError(f"{total_yen - given_yen} yen short")
    return given_yen - total_yen


def counted_yen(counts: Mapping[int, int]) -> int:
    """Sum of a count by denomination: `{10000: 2, 500: 3}` is ¥21,500. Raises ValueError for an unknown one or < 0."""
    if unknown := set(counts) - set(DENOMINATIONS_YEN):
        raise ValueError(f"no such denomination: {min(unknown)}")
    if any(number < 0 for number in counts.values()):
        raise ValueError("a count cannot be negative")
    return sum(value * number for value, number in counts.items())


def expected_cash_yen(float_yen: int, taken_yen: int, returned_yen: int) -> int:
    """Cash that ought to be in the till: the float, plus cash takings, less cash given back."""
    return float_yen + taken_yen - returned_yen


def over_or_short(expected_yen: int, counted: int) -> tuple[str, int]:
    """`("over", n)`, `("short", n)` or `("even", 0)`; n is never negative."""
    difference = counted - expected_yen
    if difference == 0:
        return "even", 0
    return ("over", difference) if difference > 0 else ("short", -difference)


def order_number(day: date, ordinal: int) -> str:
    """The number printed on a receipt: `20261121-0007`, counted per place and day."""
    return f"{day:%Y%m%d}-{ordinal:04d}"
