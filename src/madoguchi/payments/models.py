"""Tables of payments, refunds and the notices that told of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from madoguchi.core.ids import new_id
from madoguchi.counter.models import FeeItem, Order
from madoguchi.registry.models import Organisation, Place, Provider, Service, StoreCode


class Payment(models.Model):
    """One payment a provider told of. The notice's facts never change; state, order and rule follow PAYMENT_STATES."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, db_index=False)
    reference = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    service = models.ForeignKey(Service, models.PROTECT, db_index=False)
    code = models.ForeignKey(StoreCode, models.PROTECT, db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, db_index=False)
    principal = models.ForeignKey(Organisation, models.PROTECT, db_index=False)
    amount_yen = models.PositiveIntegerField()
    paid_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="unmatched")
    rule = models.CharField(max_length=20)
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="payments", db_index=False)
    booked_item = models.ForeignKey(FeeItem, models.PROTECT, null=True, db_index=False)
    memo = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="payments_reference_once"),
            models.CheckConstraint(condition=Q(amount_yen__gt=0), name="payments_amount_positive"),
            models.UniqueConstraint(fields=["order"], condition=Q(order__isnull=False), name="payments_order_once"),
        ]
        indexes = [
            models.Index(fields=["principal", "paid_at"], name="payments_sales"),
            models.Index(fields=["service", "received_at"], name="payments_pulse"),
            models.Index(fields=["code", "paid_at"], condition=Q(state="unmatched"), name="payments_unmatched"),
        ]


class Refund(models.Model):
    """Money given back, or asked to be; moves along REFUND_STATES."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=80, unique=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    amount_yen = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=200, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    requested_at = models.DateTimeField(null=True)
    cut_off_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=60, blank=True)
    refunded_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_yen__gt=0), name="payments_refund_positive")]


class RefundTold(models.Model):
    """A provider's refund notice. One that comes before its payment is held and applied when that arrives."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT)
    reference = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    payment_reference = models.CharField(max_length=64)
    amount_yen = models.PositiveIntegerField()
    refunded_at = models.DateTimeField()
    refund_id_told = models.UUIDField(null=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8)  # held, applied or refused
    refund = models.ForeignKey(Refund, models.PROTECT, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "reference"], name="payments_told_once")]
        indexes = [
            models.Index(fields=["provider", "payment_reference"], condition=Q(state="held"), name="payments_held")
        ]


class Charge(models.Model):
    """A request to a provider to take an order's amount from the code a customer showed; moves along CHARGE_STATES.

    Of the code only what helps to find the payment again is kept: `code_digest`, under this installation's own key so
    that nobody can try out numbers against it, and `code_ending`, the last four digits.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=80, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="charges")
    service = models.ForeignKey(Service, models.PROTECT, db_index=False)
    operator_code = models.CharField(max_length=32)
    amount_yen = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    code_digest = models.CharField(max_length=64)
    code_ending = models.CharField(max_length=4)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False)
    requested_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_yen__gt=0), name="payments_charge_positive"),
            # Accepted ones are left out: an answer may come late, when another has been asked for meanwhile.
            models.UniqueConstraint(fields=["order"], condition=Q(state="requested"), name="payments_charge_once"),
        ]


class RefusedNotice(models.Model):
    """A notice that was turned away, kept so that the money behind it is not forgotten."""

    provider = models.ForeignKey(Provider, models.PROTECT)
    kind = models.CharField(max_length=8)
    reference = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=40, blank=True)
    body = models.JSONField()
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind", "reference", "code"], name="payments_refused_once")
        ]
