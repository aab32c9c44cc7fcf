"""Tables of reward campaigns: their terms, the files of payments, runs, holds, the life of points, claims."""

from __future__ import annotations

from django.db import models

from madoguchi.core.ids import new_id
from madoguchi.registry.models import Organisation, Provider, Service
from madoguchi.rewards import rules


def states_of(table: rules.States) -> list[tuple[str, str]]:
    return [(state, state) for state in dict.fromkeys(after for _, after, _ in table)]


class FourEyes(models.Model):
    """What one officer proposes and another decides. `reason` is the maker's, `answer` the checker's."""

    maker = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    proposed_at = models.DateTimeField(null=True)
    checker = models.CharField(max_length=80, blank=True)
    answer = models.CharField(max_length=400, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Campaign(FourEyes):
    """A reward campaign; `owner` None is the programme's own office. Terms are fixed once they are approved.

    `terms` are the fields of `engine.rewards.Campaign` without name and days, `services` rows of the services' table.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="campaigns")
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    summary = models.CharField(max_length=400, blank=True)
    summary_en = models.CharField(max_length=400, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField()
    terms = models.JSONField(default=dict)
    services = models.JSONField(default=list)
    # Of what terminals cost, by the state (or the town); the source is silent on the split.
    terminal_share_bps = models.PositiveIntegerField(default=0)
    supports_fees = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=states_of(rules.CAMPAIGN_STATES))
    created_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.code


class Exclusion(FourEyes):
    """A store whose payments earn nothing from a day on, as a shop that took part under false pretences (P-10)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="exclusions")
    store_id = models.CharField(max_length=40)
    starts_on = models.DateField()
    state = models.CharField(max_length=12, choices=states_of(rules.EXCLUSION_STATES))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "store_id"],
                condition=models.Q(state__in=["proposed", "approved"]),
                name="rewards_exclusion_once",
            )
        ]


class PaymentsFile(models.Model):
    """A file of payments and refunds as a provider sent it, kept in the lake under `path` as Parquet."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="payments_files")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField()
    rows = models.PositiveBigIntegerField()
    payments = models.PositiveBigIntegerField()
    refunds = models.PositiveBigIntegerField()
    payments_yen = models.BigIntegerField()
    # None where no row says when.
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    received_at = models.DateTimeField()
    received_from = models.CharField(max_length=80)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "sha256"],
                condition=models.Q(withdrawn_at=None),
                name="rewards_payments_file_once",
            )
        ]


class Run(FourEyes):
    """One full statement of what every payment of a campaign earns. `base` is the approved run it is compared with.

    `folder` holds the engine's results; `figures` are sums for people: by day, by service, by municipality.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")
    state = models.CharField(max_length=12, choices=states_of(rules.RUN_STATES))
    folder = models.CharField(max_length=200, blank=True)
    report = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    granted_points = models.BigIntegerField(default=0)
    changed_payments = models.PositiveBigIntegerField(default=0)
    added_points = models.BigIntegerField(default=0)
    clawed_back_points = models.BigIntegerField(default=0)
    failure = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="rewards_run_once"),
            # One at a time, so that what a run is compared with is still the last approved one when it is decided on.
            models.UniqueConstraint(
                fields=["campaign"],
                condition=models.Q(state__in=["asked", "computed", "proposed"]),
                name="rewards_run_open_once",
            ),
        ]


class Hold(FourEyes):
    """A suspicious payment: granted nothing until two officers release it; `evidence` has each rule's finding."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="holds")
    payment_id = models.CharField(max_length=80)
    service = models.CharField(max_length=40)
    member_id = models.CharField(max_length=80)
    store_id = models.CharField(max_length=40)
    evidence = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=states_of(rules.HOLD_STATES))
    # What the maker proposes: released or refused.
    proposed = models.CharField(max_length=12, blank=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "payment_id"], name="rewards_hold_once")]
        indexes = [models.Index(fields=["campaign", "state", "found_at"], name="rewards_hold_queue")]


class PointsReport(models.Model):
    """What became of a service's points of a month by a day, as the provider reports it; `month` is 2019-10."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="points_reports")
    service = models.ForeignKey(Service, models.PROTECT, related_name="points_reports")
    month = models.CharField(max_length=7)
    as_of = models.DateField()
    granted_points = models.BigIntegerField()
    used_points = models.BigIntegerField()
    expired_points = models.BigIntegerField()
    returned_points = models.BigIntegerField()
    is_estimate = models.BooleanField(default=False)
    reported_at = models.DateTimeField()
    reported_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "service", "month", "as_of", "is_estimate"], name="rewards_points_report_once"
            )
        ]

    @property
    def life(self) -> rules.Life:
        """The report as the rules read it."""
        return rules.Life(
            self.as_of,
            self.granted_points,
            self.used_points,
            self.expired_points,
            self.returned_points,
            self.is_estimate,
        )


class CostReport(models.Model):
    """A provider's merchant fees (`basis_yen`: takings) or terminals (`count`) of a month; the last report counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="cost_reports")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="cost_reports")
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in rules.COST_KINDS])
    month = models.CharField(max_length=7)
    cost_yen = models.BigIntegerField()
    basis_yen = models.BigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)
    reported_at = models.DateTimeField()
    reported_by = models.CharField(max_length=80)


class Claim(FourEyes):
    """What the state or the town pays a provider for a month, or gets back where `yen` is below 0 (P-05).

    `basis` says what it was reckoned from. `service` is empty for fees and terminals.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="claims")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="reward_claims")
    service = models.CharField(max_length=40, blank=True)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in rules.CLAIM_KINDS])
    month = models.CharField(max_length=7)
    yen = models.BigIntegerField()
    basis = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=states_of(rules.CLAIM_STATES))
    drawn_up_by = models.CharField(max_length=80)
    drawn_up_at = models.DateTimeField()
    paid_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="rewards_claim_number_once"),
            # Two officers who draw up at once must not claim the same use twice.
            models.UniqueConstraint(
                fields=["campaign", "kind", "provider", "service", "month"],
                condition=models.Q(state__in=["drawn_up", "proposed"]),
                name="rewards_claim_open_once",
            ),
        ]
