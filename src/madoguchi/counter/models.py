"""Tables of the counter."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from madoguchi.core.ids import new_id
from madoguchi.registry.models import AgentDesignation, Organisation, Place, Purpose, Service, StoreCode


class FeeItem(models.Model):
    """A line of a principal's fee schedule, e.g. 住民票の写し."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="fee_items")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    purpose = models.ForeignKey(Purpose, models.PROTECT)
    # 歳入科目, written as the town's books name it.
    revenue_account = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "code"], name="counter_item_once")]

    def __str__(self) -> str:
        return self.name


class FeePrice(models.Model):
    """What an item costs from a date."""

    item = models.ForeignKey(FeeItem, models.CASCADE, related_name="prices")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    unit_yen = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "starts_on"], name="counter_price_once")]


class FeeOffer(models.Model):
    """An item is sold at a place, for a division of its principal."""

    item = models.ForeignKey(FeeItem, models.CASCADE, related_name="offers")
    place = models.ForeignKey(Place, models.CASCADE, related_name="offers")
    division = models.ForeignKey(Place, models.PROTECT, related_name="earns")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "place"], name="counter_offer_once")]


class TillDay(models.Model):
    """One place's till on one day: its float, and after closing the count and what it showed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="till_days")
    day = models.DateField()
    float_yen = models.PositiveIntegerField(default=0)
    last_ordinal = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    counts = models.JSONField(default=dict)
    expected_cash_yen = models.IntegerField(default=0)
    counted_cash_yen = models.IntegerField(default=0)
    # Totals as they stood at closing, per principal and tender; later changes show beside them, not in them.
    report = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "day"], name="counter_day_once")]


class Order(models.Model):
    """What one customer pays for at a till, for one principal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Chosen by the till, so that an order sent twice over a bad line is one order.
    client_key = models.CharField(max_length=64, unique=True)
    number = models.CharField(max_length=16)
    place = models.ForeignKey(Place, models.PROTECT, related_name="orders")
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="orders")
    code = models.ForeignKey(StoreCode, models.PROTECT, related_name="orders")
    till_day = models.ForeignKey(TillDay, models.PROTECT, related_name="orders")
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="orders")
    state = models.CharField(max_length=20, default="open")
    tender = models.CharField(max_length=8, blank=True)  # "", "service" or "cash"
    service = models.ForeignKey(Service, models.PROTECT, null=True)
    total_yen = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    was_offline = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=200, blank=True)
    cash_given_yen = models.PositiveIntegerField(null=True)
    # J-19: seen only by the principal's own staff.
    case_reference = models.CharField(max_length=60, blank=True)
    payer_name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "number"], name="counter_number_once")]
        indexes = [
            models.Index(fields=["code", "total_yen"], condition=Q(state__in=["open", "seen"]), name="counter_waiting"),
            models.Index(fields=["principal", "paid_at"], name="counter_paid"),
        ]


class OrderLine(models.Model):
    """So many of one item, at the price of the day."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey(FeeItem, models.PROTECT)
    division = models.ForeignKey(Place, models.PROTECT)
    unit_yen = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    amount_yen = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_yen=models.F("unit_yen") * models.F("quantity")), name="counter_line_adds_up"
            )
        ]


class Remuneration(models.Model):
    """What a principal owes its agent for one case handled (one paid order)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField(Order, models.PROTECT, related_name="remuneration")
    designation = models.ForeignKey(AgentDesignation, models.PROTECT)
    amount_yen = models.PositiveIntegerField()
    cancelled_at = models.DateTimeField(null=True)
