"""Tables of who and where."""

from __future__ import annotations

from django.db import models

from madoguchi.core.ids import new_id
from madoguchi.registry import rules


def choices(values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class Municipality(models.Model):
    """One of the 1,718 municipalities or 23 special wards, by JIS X 0402 code."""

    code = models.CharField(max_length=5, primary_key=True)
    prefecture = models.CharField(max_length=10)
    prefecture_en = models.CharField(max_length=30)
    name = models.CharField(max_length=30)
    name_kana = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    kind = models.CharField(max_length=10)

    def __str__(self) -> str:
        return f"{self.prefecture}{self.name}"


class Organisation(models.Model):
    """事業者: a municipality, a company, a designated manager, a post-office operator."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24, choices=choices(rules.ORGANISATION_KINDS))
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    corporate_number = models.CharField(max_length=13, blank=True)
    municipality = models.ForeignKey(Municipality, models.PROTECT, null=True, related_name="organisations")
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            # J-22: the same town is one organisation; its divisions are places.
            models.UniqueConstraint(
                fields=["municipality"],
                condition=models.Q(kind="municipality"),
                name="registry_town_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Purpose(models.Model):
    """What money is taken for, e.g. certificate fees (M-08)."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """店舗・課・施設: where one code stands. `operator` runs it; whose money it takes is each code's principal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    operator = models.ForeignKey(Organisation, models.PROTECT, related_name="places")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    kind = models.CharField(max_length=16, choices=choices(rules.PLACE_KINDS))
    place_class = models.CharField(max_length=8, choices=choices(rules.PLACE_CLASSES), default="fixed")
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=160)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="places")
    postal_code = models.CharField(max_length=7, blank=True)
    address = models.CharField(max_length=160, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    # The place that stands for this one since both were found to be the same (P-29): it is the one on the map.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    purposes = models.ManyToManyField(Purpose, related_name="places")
    # What visitors ask: when it is open, how its counter is reached (`rules.ACCESS`), where it stands (WGS 84).
    hours = models.CharField(max_length=200, blank=True)
    hours_en = models.CharField(max_length=200, blank=True)
    access = models.JSONField(default=list)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    is_closed = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Provider(models.Model):
    """決済事業者: the company behind one or more services."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    webhook_url = models.URLField(blank=True)

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """決済サービス: what a customer pays with."""

    code = models.CharField(max_length=40, primary_key=True)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="services")
    name = models.CharField(max_length=60)
    instrument = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.name


class ServiceChannel(models.Model):
    """A row of the 2019 table of services (P-37): one way a service was used and how its points were given."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="channels")
    channel = models.CharField(max_length=20)
    method = models.CharField(max_length=20)
    credit_timing_as_printed = models.CharField(max_length=120)
    credit_rule = models.CharField(max_length=60)
    prerequisite = models.CharField(max_length=80)
    cap_as_printed = models.CharField(max_length=80)
    cap_amount = models.PositiveIntegerField()
    cap_unit = models.CharField(max_length=16)
    cap_period = models.CharField(max_length=16)
    cap_scope = models.CharField(max_length=16)
    programme_page = models.URLField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "channel"], name="registry_channel_once")]


class PilotRecord(models.Model):
    """A row of the published pilot table (M-08). An unknown payment company stays unknown (X-02)."""

    place = models.OneToOneField(Place, models.CASCADE, related_name="pilot")
    payment_company = models.CharField(max_length=40, blank=True)
    certainty = models.CharField(max_length=16)


class StoreCode(models.Model):
    """One JPQR store identifier: a place taking money for one principal, paid to that principal's account (J-27)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.CharField(max_length=40, unique=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="codes")
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="codes")
    merchant_name = models.CharField(max_length=25)
    city = models.CharField(max_length=15)
    mcc = models.CharField(max_length=4)
    is_closed = models.BooleanField(default=False)
    # Strictly increasing over all codes, so that a provider's cursor never skips a change.
    change_number = models.PositiveBigIntegerField(unique=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "principal"], name="registry_code_once")]

    def __str__(self) -> str:
        return self.store_id


class Enrolment(models.Model):
    """加盟店登録: a code takes a service from a date."""

    code = models.ForeignKey(StoreCode, models.CASCADE, related_name="enrolments")
    service = models.ForeignKey(Service, models.PROTECT, related_name="enrolments")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "service", "starts_on"], name="registry_enrolment_once")]


class AgentDesignation(models.Model):
    """指定公金事務取扱者 (地方自治法243条の2): `agent` may take the named revenues for `principal`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    principal = models.ForeignKey(Organisation, models.PROTECT, related_name="designations_given")
    agent = models.ForeignKey(Organisation, models.PROTECT, related_name="designations_held")
    purposes = models.ManyToManyField(Purpose)
    announced_on = models.DateField(null=True)
    announcement = models.CharField(max_length=80, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    remuneration_per_case_yen = models.PositiveIntegerField(default=0)


class ProviderTerms(models.Model):
    """A provider's conditions from a date: fee, rounding, closing cycle, payout, transfer fee, refund cut-off."""

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="terms")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    fee_bps = models.PositiveIntegerField()
    fee_rounding = models.CharField(max_length=8, default="down")
    fee_basis = models.CharField(max_length=8, choices=choices(rules.FEE_BASES), default="payment")
    closing_cycle = models.CharField(max_length=12, choices=choices(rules.CLOSING_CYCLES))
    payout_months_after = models.PositiveSmallIntegerField(default=0)
    payout_day_of_month = models.PositiveSmallIntegerField(default=0)
    payout_days_after = models.PositiveSmallIntegerField(default=0)
    transfer_fee_yen = models.PositiveIntegerField(default=0)
    transfer_fee_bearer = models.CharField(
        max_length=12, choices=choices(rules.TRANSFER_FEE_BEARERS), default="provider"
    )
    payer_name_kana = models.CharField(max_length=48, blank=True)
    # A refund can be caught until this hour of the day after the payment's closing day (J-29).
    refund_cut_off_hours = models.PositiveSmallIntegerField(default=24)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "starts_on"], name="registry_terms_once")]


class ApiKey(models.Model):
    """A shared secret with a provider; several may hold at once while one is being replaced."""

    key_id = models.CharField(max_length=40, primary_key=True)
    provider = models.ForeignKey(Provider, models.CASCADE, related_name="keys")
    direction = models.CharField(max_length=8, choices=choices(("inbound", "webhook")))
    secret = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class OperatorCode(models.Model):
    """事業者識別コード: by which digits a customer's own code says whose payment service it belongs to, from a date."""

    code = models.CharField(max_length=32)
    service = models.ForeignKey(Service, models.PROTECT, related_name="operator_codes")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "starts_on"], name="registry_operator_code_once")]

    def __str__(self) -> str:
        return self.code


class SigningKey(models.Model):
    """An Ed25519 key with which an organisation signs its codes, so that a sticker pasted over one is noticed.

    A retired key signs no more, yet what it signed stays good; a revoked one (lost, stolen) is trusted no longer.
    `private_key` is sealed with the platform's secret, and empty where only the public half is known.
    """

    key_id = models.CharField(max_length=16, primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="signing_keys")
    public_key = models.CharField(max_length=64)
    private_key = models.TextField(blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key_id
