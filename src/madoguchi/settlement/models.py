"""Tables of closed periods, payouts, deposits and netting rules."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

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

    def __str__(self) -> str:
        return self.number


class Closing(models.Model):
    """Up to which day a principal's periods with a provider are closed, those without a payout included."""

    provider = models.ForeignKey(Provider, models.PROTECT)
    principal = models.ForeignKey(Organisation, models.PROTECT)
    closed_through = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "principal"], name="settlement_closing_once")]


class Payout(models.Model):
    """What a provider is expected to pay a principal for one closing period (J-27)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, db_index=False)
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="payouts", db_index=False)
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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "principal", "closes_on"], name="settlement_payout_once"),
            models.CheckConstraint(
                condition=Q(net_yen=F("payments_yen") - F("refunds_yen") - F("fee_yen") - F("transfer_fee_yen")),
                name="settlement_payout_adds_up",
            ),
            models.CheckConstraint(condition=Q(net_yen__gt=0), name="settlement_payout_positive"),
        ]
        indexes = [models.Index(fields=["principal", "due_on"], name="settlement_due")]


class PayoutLine(models.Model):
    """A payment, or a refund, inside a payout, with its fee. A refund's yen and fee are negative."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="lines")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="payout_lines")
    refund = models.OneToOneField(Refund, models.PROTECT, null=True, related_name="payout_line")
    amount_yen = models.IntegerField()
    fee_yen = models.IntegerField()
    # No order was known at the close: its share stands under the place until a ShareMove takes it on.
    was_unmatched = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment"], condition=Q(refund=None), name="settlement_payment_once")
        ]
        indexes = [models.Index(fields=["payment"], condition=Q(was_unmatched=True), name="settlement_unmatched")]


class PayoutShare(models.Model):
    """A payout's gross and fee for one division and fee item; shares sum to the payout and never change."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="shares", db_index=False)
    division_id = models.UUIDField()
    item_code = models.CharField(max_length=20, blank=True)  # empty: not matched; the division is then the place
    gross_yen = models.BigIntegerField()
    fee_yen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payout", "division_id", "item_code"], name="settlement_share_once")
        ]


class ShareMove(models.Model):
    """Part of a line that found its order or item only after its payout was closed; a line's moves sum to zero."""

    line = models.ForeignKey(PayoutLine, models.PROTECT, related_name="moves", db_index=False)
    principal = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    moved_on = models.DateField()
    rule = models.CharField(max_length=40)
    division_id = models.UUIDField()
    item_code = models.CharField(max_length=20, blank=True)
    gross_yen = models.BigIntegerField()
    fee_yen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "division_id", "item_code"], name="settlement_move_once")
        ]
        indexes = [models.Index(fields=["principal", "moved_on"], name="settlement_moved")]


class DepositFile(models.Model):
    """One reading of a bank statement; its broken rows are kept as they were, with the reason."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    principal = models.ForeignKey(Organisation, models.PROTECT)
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(max_length=12)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    uploaded_at = models.DateTimeField()
    rows_good = models.PositiveIntegerField()
    rows_bad = models.PositiveIntegerField()
    rows_known = models.PositiveIntegerField()
    rows_outgoing = models.PositiveIntegerField(default=0)
    head = models.JSONField(default=list)
    bad_rows = models.JSONField(default=list)


class Deposit(models.Model):
    """One line of a bank statement. Keyed by account, date and the bank's id, or else the line's ordinal that day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="deposits", db_index=False)
    file = models.ForeignKey(DepositFile, models.PROTECT, related_name="deposits")
    row = models.PositiveIntegerField()
    account = models.CharField(max_length=40, blank=True)
    deposited_on = models.DateField()
    bank_key = models.CharField(max_length=80)
    payer = models.CharField(max_length=80)
    amount_yen = models.BigIntegerField()
    state = models.CharField(max_length=16, default="no_payout")  # see settlement.rules.DEPOSIT_STATES
    rule = models.CharField(max_length=40, blank=True)
    # A payout may be paid by several deposits: one that was short, and the rest later.
    payout = models.ForeignKey(Payout, models.PROTECT, null=True, related_name="deposits")
    difference_yen = models.BigIntegerField(default=0)  # deposit less payout; negative when short
    reason_kind = models.CharField(max_length=16, blank=True)
    note = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "account", "deposited_on", "bank_key"], name="settlement_deposit_once"
            ),
            models.CheckConstraint(condition=Q(amount_yen__gt=0), name="settlement_deposit_positive"),
        ]
        indexes = [models.Index(fields=["principal", "deposited_on"], name="settlement_deposited")]
