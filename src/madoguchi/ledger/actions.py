"""Posting: the only way a balance changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.ids import new_id
from madoguchi.events.bulk import insert_rows
from madoguchi.ledger.models import Account, Posting
from madoguchi.ledger.rules import Leg, kind_of

Entry = tuple[UUID, str, Sequence[Leg | None]]
Kept = tuple[UUID, str, list[Leg]]
POSTING_COLUMNS = ("transaction_id", "at", "rule", "subject_id", "debit_id", "credit_id", "amount_yen")


def post(*, subject_id: UUID, rule: str, legs: Iterable[Leg | None], at: datetime | None = None) -> None:
    """Post one transaction about `subject_id`; `None` legs (amounts of zero) are left out."""
    post_many([(subject_id, rule, list(legs))], at=at)


def post_many(entries: Iterable[Entry], *, at: datetime | None = None) -> None:
    """Post several transactions, each `(subject, rule, legs)`, inside the caller's database transaction."""
    instant = at or now()
    kept = [(subject, rule, [leg for leg in legs if leg is not None]) for subject, rule, legs in entries]
    accounts = accounts_for(
        {(leg.owner_id, code) for _, _, legs in kept for leg in legs for code in (leg.debit, leg.credit)}
    )
    insert_rows(Posting, POSTING_COLUMNS, _rows(kept, accounts, instant))


def _rows(entries: list[Kept], accounts: dict[tuple[UUID, str], int], at: datetime) -> Iterator[tuple[object, ...]]:
    for subject, rule, legs in entries:
        transaction_id = new_id()
        for leg in legs:
            debit, credit = accounts[leg.owner_id, leg.debit], accounts[leg.owner_id, leg.credit]
            yield transaction_id, at, rule, subject, debit, credit, leg.amount_yen


def accounts_for(names: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    """Account ids by (owner, code); those that do not exist yet are opened."""
    if not names:
        return {}
    found = _find(names)
    missing = names - found.keys()
    if missing:
        for _, code in missing:
            kind_of(code)
        with transaction.atomic():
            # Another transaction may open the same account at this moment; the constraint keeps it single.
            Account.objects.bulk_create(
                [Account(owner_id=owner, code=code) for owner, code in sorted(missing, key=str)], ignore_conflicts=True
            )
        found |= _find(missing)
    return found


def _find(names: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], int]:
    owners = {owner for owner, _ in names}
    codes = {code for _, code in names}
    rows = Account.objects.filter(owner_id__in=owners, code__in=codes).values_list("owner_id", "code", "id")
    return {(owner, code): pk for owner, code, pk in rows if (owner, code) in names}
