"""One deposit, and what one statement's reading came to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from madoguchi.core.errors import Refusal
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.settlement.models import Deposit, DepositFile
from madoguchi.settlement.rules import BOOKED_DEPOSIT_STATES, WAITING_DEPOSIT_STATES


def find_deposit(actor: Actor, deposit_id: UUID, *, permission: str = "settlement.read") -> Deposit:
    """A deposit with its payout. Raises Refusal `deposit_unknown`, `not_allowed`."""
    found = Deposit.objects.select_related("payout__provider", "file").filter(id=deposit_id).first()
    if found is None:
        raise Refusal("deposit_unknown")
    require(actor, permission, Scope(principal_id=found.principal_id))
    return found


@dataclass(frozen=True)
class Reading:
    """A statement that was read: its file, and what became of its deposits.

    `other` are lines whose payer is no provider and whose amount fits no payout: other income, for nobody to decide.
    """

    file: DepositFile
    matched: int
    waiting: int
    other: int


def find_reading(actor: Actor, file_id: UUID) -> Reading:
    """A statement and how its deposits stand now. Raises Refusal `file_unknown`, `not_allowed`."""
    file = DepositFile.objects.select_related("uploaded_by").defer("bad_rows").filter(id=file_id).first()
    if file is None:
        raise Refusal("file_unknown")
    require(actor, "settlement.read", Scope(principal_id=file.principal_id))
    rows = Deposit.objects.filter(file=file)
    undecided = rows.filter(state__in=WAITING_DEPOSIT_STATES)
    return Reading(
        file=file,
        matched=rows.filter(state__in=BOOKED_DEPOSIT_STATES).count(),
        waiting=undecided.exclude(rule="payer_unknown").count(),
        other=undecided.filter(rule="payer_unknown").count(),
    )
