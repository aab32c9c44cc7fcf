"""Tables of payouts, deposits and netting rules."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from madoguchi.core.ids import new_id
from madoguchi.payments.models import Payment, Refund
from madoguchi.registry.models import Organisation, Provider, ProviderTerms


class NettingRule(models.Model):
    """The principal's own rule that lets a fee be taken out of receipts (繰替払, J-31)."""

    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="netting_rules")
    number = models.CharField(max_length=80)
    in_force_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "in_force_on"], name="settlement_rule_once")]


class Payout(models.Model):
    """What a provider is expected to pay a principal for one closing period."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT)
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="payouts")
    terms = models.ForeignKey(ProviderTerms, models.PROTECT)
    closes_on = models.DateField()
    due_on = models.DateField()
    payments_yen = models.BigIntegerField()
    refunds_yen = models.BigIntegerField()
    fee_yen = models.BigIntegerField()
    transfer_fee_yen = models.BigIntegerField(default=0)
    net_yen = models.BigIntegerField()
    state = models.CharField(max_length=12, default="expected")  # see settlement.rules.PAYOUT_STATES
    closed_at = models.DateTimeField()
    settled_note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "principal", "closes_on"], name="settlement_payout_once"),
            models.CheckConstraint(
                condition=Q(
                    net_yen=models.F("payments_yen")
                    - models.F("refunds_yen")
                    - models.F("fee_yen")
                    - models.F("transfer_fee_yen")
                ),
                name="settlement_payout_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["principal", "due_on"])]


class PayoutLine(models.Model):
    """A payment, or a refund, inside a payout, with its fee. A refund's yen and fee are negative."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payout = models.ForeignKey(Payout, models.PROTECT, related_name="lines")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="payout_lines")
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, related_name="payout_line")
    amount_yen = models.IntegerField()
    fee_yen = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment"], condition=Q(refund=None), name="settlement_payment_once")
        ]


class PayoutShare(models.Model):
    """A payout's gross, fee and net for one division and fee item; shares sum to the payout."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="shares")
    division_id = models.UUIDField()
    item_code = models.CharField(max_length=20, blank=True)  # empty: not matched to an order
    gross_yen = models.BigIntegerField()
    fee_yen = models.BigIntegerField()


class DepositFile(models.Model):
    """One uploaded file of deposits."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    principal = models.ForeignKey(Organisation, models.PROTECT)
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    uploaded_at = models.DateTimeField()
    rows_good = models.PositiveIntegerField()
    rows_bad = models.PositiveIntegerField()
    rows_known = models.PositiveIntegerField()
    bad_rows = models.JSONField(default=list)


class Deposit(models.Model):
    """One line of a bank statement. Keyed by account, date and the bank's id, or else the line's ordinal that day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="deposits")
    file = models.ForeignKey(DepositFile, models.PROTECT, related_name="deposits")
    account = models.CharField(max_length=40, blank=True)
    deposited_on = models.DateField()
    bank_key = models.CharField(max_length=80)
    payer = models.CharField(max_length=80)
    amount_yen = models.BigIntegerField()
    state = models.CharField(max_length=12)  # see settlement.rules.DEPOSIT_STATES
    rule = models.CharField(max_length=40)
    payout = models.OneToOneField(Payout, models.PROTECT, null=True, related_name="deposit")
    difference_yen = models.BigIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "account", "deposited_on", "bank_key"], name="settlement_deposit_once"
            ),
            models.CheckConstraint(condition=Q(amount_yen__gt=0), name="settlement_deposit_positive"),
        ]
