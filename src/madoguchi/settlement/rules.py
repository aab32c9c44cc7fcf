"""When a period closes, what its fee is, and how both are shared out over divisions and items (J-27, J-31)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, TypeVar

from madoguchi.core.yen import fee_yen, split_yen
from madoguchi.registry.rules import closing_day, payout_day

PAYOUT_STATES = (
    # from         to           when
    (None, "expected", "a closing period has ended; the provider owes its net (J-27)"),
    ("expected", "paid", "a deposit of exactly this amount came"),
    ("expected", "differs", "a deposit of this payer came in time with another amount"),
    ("differs", "expected", "that deposit turned out to belong elsewhere"),
    ("differs", "paid", "another deposit of exactly this amount came"),
    ("differs", "explained", "the accountant named the difference: a transfer fee, or another reason"),
    ("differs", "owed", "the provider was wrong: the difference stays receivable"),
    ("owed", "paid", "the provider made the difference good"),
    ("owed", "differs", "a further deposit is nearer, but not exact"),
    ("owed", "explained", "the accountant gave what is left another reason"),
    ("paid", "expected", "the deposit was taken off again: it belonged elsewhere"),
    ("paid", "owed", "one of its deposits was taken off again"),
    ("explained", "expected", "the deposit was taken off again: it belonged elsewhere"),
    ("explained", "owed", "one of its deposits was taken off again"),
    ("owed", "expected", "the deposit was taken off again: it belonged elsewhere"),
)
DEPOSIT_STATES = (
    # from             to                when
    (None, "no_payout", "a line of a bank statement was read"),
    ("no_payout", "matched", "payer, amount and day fit one payout, or a person names it"),
    ("no_payout", "amount_differs", "payer and day fit one payout, the amount does not"),
    ("no_payout", "ambiguous", "several payouts fit"),
    ("ambiguous", "matched", "one is left over, or a person names it"),
    ("ambiguous", "amount_differs", "one is left over, and its amount is another"),
    ("ambiguous", "no_payout", "none is left over"),
    ("amount_differs", "matched", "a payout of exactly this amount appeared, or a person names it"),
    ("amount_differs", "ambiguous", "a second deposit or payout fits as well"),
    ("amount_differs", "no_payout", "its payout was paid by another deposit"),
    ("amount_differs", "resolved", "the accountant named the difference"),
    ("no_payout", "set_aside", "it is not a payout, with a reason"),
    ("ambiguous", "set_aside", "it is not a payout, with a reason"),
    ("amount_differs", "set_aside", "it is not a payout, with a reason"),
    ("set_aside", "matched", "a person names its payout after all"),
    ("set_aside", "amount_differs", "a person names its payout after all, and the amount is another"),
    ("matched", "no_payout", "it was taken off its payout again, with a reason"),
    ("resolved", "no_payout", "it was taken off its payout again, with a reason"),
)
PAYOUT_MOVES = frozenset((before, after) for before, after, _ in PAYOUT_STATES)
DEPOSIT_MOVES = frozenset((before, after) for before, after, _ in DEPOSIT_STATES)
# A payout for which money may still come, and a deposit that still waits for a decision.
OPEN_PAYOUT_STATES = ("expected", "differs", "owed")
WAITING_DEPOSIT_STATES = ("no_payout", "ambiguous", "amount_differs")
BOOKED_DEPOSIT_STATES = ("matched", "resolved")
DIFFERENCE_REASONS = ("transfer_fee", "provider_error", "other")
# The ledger has no kind of its own for a difference of a payout; this name keeps it apart from those of tills.
PAYOUT_DIFFERENCE = "cash_difference:payout:"


class FeeTerms(Protocol):
    """How a provider reckons its fee."""

    @property
    def fee_bps(self) -> int: ...

    @property
    def fee_rounding(self) -> str: ...

    @property
    def fee_basis(self) -> str: ...


class Schedule(Protocol):
    """When a provider closes and pays."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date | None: ...

    @property
    def closing_cycle(self) -> str: ...

    @property
    def payout_months_after(self) -> int: ...

    @property
    def payout_day_of_month(self) -> int: ...

    @property
    def payout_days_after(self) -> int: ...


Terms = TypeVar("Terms", bound=Schedule)


def terms_on(day: date, terms: Iterable[Terms]) -> Terms | None:
    """The terms in force on `day`; of several the one that started last."""
    held = [row for row in terms if row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)]
    return max(held, key=lambda row: row.starts_on) if held else None


def next_period(day: date, terms: Sequence[Terms]) -> tuple[Terms, date] | None:
    """The period that contains `day`, or the first one after it: the terms at its close, and its last day.

    None while no terms are in force and none are to come. New terms with another cycle or payout day end the running
    period on the day before; a mere change of the fee does not.
    """
    held = terms_on(day, terms)
    if held is None:
        later = [row for row in terms if row.starts_on > day]
        if not later:
            return None
        held = min(later, key=lambda row: row.starts_on)
        day = held.starts_on
    cuts = [
        row.starts_on - timedelta(days=1) for row in terms if row.starts_on > day and _schedule(row) != _schedule(held)
    ]
    last = min([closing_day(day, held.closing_cycle), *cuts])
    return terms_on(last, terms) or held, last


def _schedule(row: Schedule) -> tuple[object, ...]:
    return row.closing_cycle, row.payout_months_after, row.payout_day_of_month, row.payout_days_after


def due_day(closes_on: date, terms: Schedule) -> date:
    """When a period that closed on `closes_on` is paid out under `terms` (J-27)."""
    return payout_day(
        closes_on,
        months_after=terms.payout_months_after,
        day_of_month=terms.payout_day_of_month,
        days_after=terms.payout_days_after,
    )


def line_fee_yen(before_yen: int, amount_yen: int, terms: FeeTerms) -> int:
    """The fee of one line under basis `payment`: how much the fee on what is left of the payment moves.

    A payment has nothing before it (`before_yen` 0) and a positive amount; a refund finds what is left of its payment
    and has a negative one. So the fees of a payment and its refunds always sum to the fee on what is left, in however
    many parts and periods they come; after a full refund they sum to zero.
    """
    after = fee_yen(before_yen + amount_yen, terms.fee_bps, terms.fee_rounding)
    return after - fee_yen(before_yen, terms.fee_bps, terms.fee_rounding)


def net_fee_lines(amounts_yen: Sequence[int], terms: FeeTerms) -> list[int]:
    """The fees of a period's lines under basis `payout`: one fee on their net, divided over them.

    The fee on all payments is divided over the payments; what refunds lower it by is divided over the refunds.
    """
    taken = [max(0, amount) for amount in amounts_yen]
    returned = [max(0, -amount) for amount in amounts_yen]
    on_taken = fee_yen(sum(taken), terms.fee_bps, terms.fee_rounding)
    on_net = fee_yen(sum(taken) - sum(returned), terms.fee_bps, terms.fee_rounding)
    up = split_yen(on_taken, taken) if any(taken) else [0] * len(taken)
    down = split_yen(on_net - on_taken, returned) if any(returned) else [0] * len(returned)
    return [more + less for more, less in zip(up, down, strict=True)]


def parts_between(before_yen: int, after_yen: int, weights: Sequence[int]) -> list[int]:
    """How the parts of an amount divided by `weights` move when the amount goes from `before_yen` to `after_yen`.

    They sum to the movement, and movements after one another sum to the whole movement, part by part.
    """
    if len(weights) == 1:
        return [after_yen - before_yen]
    before, after = split_yen(before_yen, weights), split_yen(after_yen, weights)
    return [late - early for early, late in zip(before, after, strict=True)]


def transfer_fee_due_yen(bearer: str, transfer_fee_yen: int) -> int:
    """What is kept back from a payout for its transfer: the fee if the principal bears it, else nothing."""
    return transfer_fee_yen if bearer == "principal" else 0


@dataclass(frozen=True)
class Sums:
    """A payout's sums. `net_yen` at or below zero is not paid out."""

    payments_yen: int
    refunds_yen: int
    fee_yen: int
    transfer_fee_yen: int

    @property
    def net_yen(self) -> int:
        return self.payments_yen - self.refunds_yen - self.fee_yen - self.transfer_fee_yen


def sums_of(lines: Iterable[tuple[int, int]], transfer_fee_yen: int) -> Sums:
    """The sums of `(amount, fee)` lines."""
    payments = refunds = fee = 0
    for amount, line_fee in lines:
        payments += max(0, amount)
        refunds += max(0, -amount)
        fee += line_fee
    return Sums(payments, refunds, fee, transfer_fee_yen)


def may_move(moves: frozenset[tuple[str | None, str]], before: str | None, after: str) -> bool:
    """Whether a table of states lets a row go from `before` to `after`."""
    return (before, after) in moves


def difference_account(provider: str) -> str:
    """The account of a payout's difference that is neither a transfer fee nor still owed."""
    return f"{PAYOUT_DIFFERENCE}{provider}"


def transfer_fee_account(provider: str) -> str:
    return f"transfer_fee:{provider}"


def bank_account(account: str) -> str:
    return f"bank:{account or 'main'}"


def gross_on_service_yen(balances: Mapping[str, int]) -> int:
    """From a principal's ledger balances: what was taken through services, after refunds.

    Revenue is also fed by cash; what the tills took in cash is their balance plus what counts found over or short.
    """
    earned = cash = 0
    for code, amount in balances.items():
        kind = code.split(":", 1)[0]
        if kind in {"revenue", "unmatched"}:
            earned += amount
        elif kind in {"cash", "cash_difference"} and not code.startswith(PAYOUT_DIFFERENCE):
            cash += amount
    return earned - cash
