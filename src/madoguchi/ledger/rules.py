"""The accounts of a principal's books and how they are named."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

# Accounts whose balance grows by a debit; the others grow by a credit.
DEBIT_KINDS = frozenset({"receivable", "cash", "bank", "fee", "remuneration", "cash_difference", "transfer_fee"})
KINDS = {
    "receivable": "a provider owes this for payments taken and not yet paid out",
    "unmatched": "payments at a place that no order has been found for",
    "revenue": "a division's takings of one fee item, gross",
    "cash": "cash in a place's till",
    "bank": "deposits received",
    "fee": "providers' fees, taken by netting (J-31)",
    "transfer_fee": "transfer fees kept back from a payout",
    "remuneration": "owed to an agent for each case it handled",
    "payable": "owed to an agent",
    "cash_difference": "cash counted over or short at the close of a day",
}

# As a town's accountant names them.
KIND_NAMES = {
    "receivable": "未収金",
    "unmatched": "照合待ち",
    "revenue": "歳入",
    "cash": "現金",
    "bank": "預金",
    "fee": "決済手数料",
    "transfer_fee": "振込手数料",
    "remuneration": "委託料",
    "payable": "未払金",
    "cash_difference": "過不足",
}


@dataclass(frozen=True)
class Leg:
    """One posting to be made in `owner_id`'s books."""

    owner_id: UUID
    debit: str
    credit: str
    amount_yen: int


def kind_of(code: str) -> str:
    """`receivable` of `receivable:paypay`. Raises ValueError for a kind that is not in KINDS."""
    kind = code.split(":", 1)[0]
    if kind not in KINDS:
        raise ValueError(f"unknown kind of account: {kind}")
    return kind


def receivable(provider: str) -> str:
    return f"receivable:{provider}"


def unmatched(place_id: UUID) -> str:
    return f"unmatched:{place_id}"


def revenue(division_id: UUID, item_code: str) -> str:
    return f"revenue:{division_id}:{item_code}"


def cash(place_id: UUID) -> str:
    return f"cash:{place_id}"


def fee(division_id: UUID, item_code: str) -> str:
    return f"fee:{division_id}:{item_code}"


def leg(owner_id: UUID, debit: str, credit: str, amount_yen: int) -> Leg | None:
    """A leg for a signed amount: a negative one swaps the sides, zero gives none."""
    if amount_yen == 0:
        return None
    if amount_yen < 0:
        return Leg(owner_id, credit, debit, -amount_yen)
    return Leg(owner_id, debit, credit, amount_yen)
