"""Whether the ledger and the rows of payments, payouts and deposits say the same, each worked out without the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from madoguchi.ledger.queries import balances
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.settlement import rules
from madoguchi.settlement.deposits import explained_yen, outstanding_yen
from madoguchi.settlement.facts import unsettled_yen
from madoguchi.settlement.models import Deposit, Payout


@dataclass(frozen=True)
class Figure:
    """One figure, as the ledger's balances give it and as the rows do."""

    name: str
    ledger_yen: int
    rows_yen: int

    @property
    def agrees(self) -> bool:
        return self.ledger_yen == self.rows_yen


@dataclass(frozen=True)
class Agreement:
    """gross − fee − transfer fee = deposits + still expected + differences, from both sides."""

    gross: Figure
    fee: Figure
    transfer_fee: Figure
    deposits: Figure
    still_expected: Figure
    differences: Figure

    @property
    def figures(self) -> tuple[Figure, ...]:
        return (self.gross, self.fee, self.transfer_fee, self.deposits, self.still_expected, self.differences)

    @property
    def holds(self) -> bool:
        """Whether every figure is the same on both sides, and with them the equation."""
        left = self.gross.rows_yen - self.fee.rows_yen - self.transfer_fee.rows_yen
        right = self.deposits.rows_yen + self.still_expected.rows_yen + self.differences.rows_yen
        return left == right and all(figure.agrees for figure in self.figures)


def agreement(actor: Actor, principal_id: UUID) -> Agreement:
    """Compare a principal's ledger balances with its payments, payouts and deposits of all times."""
    require(actor, "settlement.read", Scope(principal_id=principal_id))
    held = balances(principal_id)
    rows = _from_rows(principal_id)
    differences = sum(amount for code, amount in held.items() if code.startswith(rules.PAYOUT_DIFFERENCE))
    ledger = {
        "gross": rules.gross_on_service_yen(held),
        "fee": _of_kind(held, "fee"),
        "transfer_fee": _of_kind(held, "transfer_fee"),
        "deposits": _of_kind(held, "bank"),
        "still_expected": _of_kind(held, "receivable"),
        "differences": differences,
    }
    return Agreement(**{name: Figure(name, ledger[name], rows[name]) for name in ledger})


def _of_kind(held: dict[str, int], kind: str) -> int:
    return sum(amount for code, amount in held.items() if code.split(":", 1)[0] == kind)


def _from_rows(principal_id: UUID) -> dict[str, int]:
    payouts = Payout.objects.filter(principal=principal_id)
    sums: dict[str, Any] = payouts.aggregate(
        gross=Sum(F("payments_yen") - F("refunds_yen")), fee=Sum("fee_yen"), transfer_fee=Sum("transfer_fee_yen")
    )
    waiting = unsettled_yen(principal_id)
    open_payouts = payouts.filter(state__in=rules.OPEN_PAYOUT_STATES).prefetch_related("deposits")
    booked = Deposit.objects.filter(principal=principal_id, state__in=rules.BOOKED_DEPOSIT_STATES)
    received: dict[str, Any] = booked.aggregate(yen=Sum("amount_yen"))
    explained = {"transfer_fee": 0, "other": 0}
    for row in booked.filter(state="resolved").exclude(reason_kind="provider_error"):
        explained[row.reason_kind] += explained_yen(row)
    return {
        "gross": (sums["gross"] or 0) + waiting,
        "fee": sums["fee"] or 0,
        "transfer_fee": (sums["transfer_fee"] or 0) + explained["transfer_fee"],
        "deposits": received["yen"] or 0,
        "still_expected": waiting + sum(map(outstanding_yen, open_payouts)),
        "differences": explained["other"],
    }
