"""Accounts and postings."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """One account in one principal's books; `code` is its name there, e.g. `receivable:paypay`."""

    owner_id = models.UUIDField()
    code = models.CharField(max_length=160)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "code"], name="ledger_account_once")]

    def __str__(self) -> str:
        return self.code


class Posting(models.Model):
    """`amount_yen` moved from the credited to the debited account. Append-only (held by a trigger).

    A posting names both sides in one row, so no row can exist that does not sum to zero; a transaction is the set
    of postings that share `transaction_id` and were committed together.
    """

    transaction_id = models.UUIDField()
    at = models.DateTimeField()
    rule = models.CharField(max_length=40)
    subject_id = models.UUIDField(db_index=True)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits")
    credit = models.ForeignKey(Account, models.PROTECT, related_name="credits")
    amount_yen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_yen__gt=0), name="ledger_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="ledger_two_accounts"),
        ]
