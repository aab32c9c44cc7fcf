"""Balances and the postings behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from madoguchi.ledger.models import Account, Posting
from madoguchi.ledger.rules import DEBIT_KINDS, kind_of


def balances(owner_id: UUID, *, until: datetime | None = None) -> dict[str, int]:
    """Balance in yen of every account of `owner_id`, by code; positive on the side on which its kind grows."""
    accounts = dict(Account.objects.filter(owner_id=owner_id).values_list("id", "code"))
    moved: dict[int, int] = defaultdict(int)
    postings = Posting.objects.filter(debit__in=accounts)
    if until is not None:
        postings = postings.filter(at__lt=until)
    for pk, amount in postings.values_list("debit").annotate(Sum("amount_yen")):
        moved[pk] += amount
    credits_ = Posting.objects.filter(credit__in=accounts)
    if until is not None:
        credits_ = credits_.filter(at__lt=until)
    for pk, amount in credits_.values_list("credit").annotate(Sum("amount_yen")):
        moved[pk] -= amount
    return {code: moved[pk] if kind_of(code) in DEBIT_KINDS else -moved[pk] for pk, code in accounts.items()}


def balance_yen(owner_id: UUID, code: str) -> int:
    """Balance of one account; 0 if it was never opened."""
    return balances(owner_id).get(code, 0)


def sum_of_kind(owner_id: UUID, kind: str) -> int:
    """Sum of the balances of all of `owner_id`'s accounts of one kind."""
    return sum(amount for code, amount in balances(owner_id).items() if kind_of(code) == kind)


def postings_about(subject_ids: Iterable[UUID]) -> list[Posting]:
    """Postings about any of the subjects, in the order they were made, with their accounts."""
    return list(
        Posting.objects.filter(subject_id__in=list(subject_ids)).select_related("debit", "credit").order_by("at", "id")
    )
