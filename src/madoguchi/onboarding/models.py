"""Tables of applications: who applies, for which places and services, what became of each, and who decided."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from madoguchi.core.ids import new_id
from madoguchi.onboarding import kinds, states
from madoguchi.registry.models import Municipality, Organisation, Place, Provider, Service
from madoguchi.registry.rules import CLOSING_CYCLES, PLACE_CLASSES, PLACE_KINDS, TRANSFER_FEE_BEARERS


def choices(values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


class RuleVersion(models.Model):
    """One version of a dated set of eligibility rules; an amendment is a new version, never an edit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    content = models.JSONField()
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "number"], name="onboarding_rule_version_once")]

    def __str__(self) -> str:
        return f"{self.name}/{self.number}"


class Plan(models.Model):
    """A provider's offer to those who apply, from a date (P-16, J-09). Fees stand in `fees`, by days."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="plans")
    services = models.ManyToManyField(Service, related_name="plans")
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    applicants = models.CharField(max_length=12, choices=choices(kinds.PLAN_APPLICANTS), default="all")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    brands = models.JSONField(default=list)
    terminals = models.JSONField(default=list)
    payout_cycle = models.CharField(max_length=12, choices=choices(CLOSING_CYCLES))
    payouts_per_month = models.PositiveSmallIntegerField()
    payout_days_after = models.PositiveSmallIntegerField(null=True)
    transfer_fee_yen = models.PositiveIntegerField(default=0)
    transfer_fee_bearer = models.CharField(max_length=12, choices=choices(TRANSFER_FEE_BEARERS), default="provider")
    terminal_yen = models.PositiveIntegerField(default=0)
    monthly_yen = models.PositiveIntegerField(default=0)
    monthly_after_yen = models.PositiveIntegerField(default=0)
    further_costs = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=120, blank=True)
    url = models.URLField(blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "name", "starts_on"], name="onboarding_plan_once")]

    def __str__(self) -> str:
        return self.name


class PlanFee(models.Model):
    """A plan's fee over some days; `fee_bps` is None where it is negotiated or not told yet."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="fees")
    period = models.CharField(max_length=8, choices=choices(kinds.FEE_PERIODS))
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    fee_bps = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "starts_on"], name="onboarding_plan_fee_once")]


class Application(models.Model):
    """One application for any number of places and services, paid to one account (J-28).

    `reference` is what people say on the phone. Whoever holds the key to `resume_hash` goes on with it. `version`
    counts the changes, so that two windows of the same application do not overwrite each other.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    resume_hash = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, choices=choices(states.names_of(states.APPLICATION_STATES)))
    kind = models.CharField(max_length=24, choices=choices(kinds.APPLICANT_KINDS))
    language = models.CharField(max_length=2, default="ja")
    name = models.CharField(max_length=80, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    name_kana = models.CharField(max_length=120, blank=True)
    corporate_number = models.CharField(max_length=13, blank=True)
    municipality = models.ForeignKey(Municipality, models.PROTECT, null=True, related_name="applications")
    email = models.EmailField(blank=True)
    # Answers that nobody searches for, by the sections of `answers.py`.
    answers = models.JSONField(default=dict)
    account_sealed = models.TextField(blank=True)
    publication_consent = models.BooleanField(null=True)
    consent_at = models.DateTimeField(null=True)
    # Of the same applicant: a second account or a designated manager's (J-28), more services (J-21).
    linked_to = models.ForeignKey("self", models.PROTECT, null=True, related_name="links")
    link_kind = models.CharField(max_length=20, blank=True, choices=choices(kinds.LINK_KINDS))
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="applications")
    brought_by = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="applications_brought")
    idempotency_key = models.CharField(max_length=80, null=True, unique=True)
    body_hash = models.CharField(max_length=64, blank=True)
    flags = models.JSONField(default=list)
    decision = models.JSONField(null=True)
    rule_version = models.ForeignKey(RuleVersion, models.PROTECT, null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    screened_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            # J-22: a town applies once; what is linked (J-28, J-21) stands beside it.
            models.UniqueConstraint(
                fields=["municipality"],
                condition=Q(kind="municipality", linked_to=None, state__in=states.LIVE_APPLICATIONS),
                name="onboarding_town_once",
            )
        ]
        indexes = [
            # Searches for a part of a name read this index alone: the table is ten times as large.
            models.Index(fields=["state", "submitted_at", "id"], include=["name"], name="onboarding_queue"),
            models.Index(fields=["kind", "state", "submitted_at", "id"], name="onboarding_queue_by_kind"),
            models.Index(
                fields=["submitted_at"],
                name="onboarding_unscreened",
                condition=Q(state="submitted", screened_at=None),
            ),
            models.Index(fields=["corporate_number"], name="onboarding_by_number", condition=~Q(corporate_number="")),
        ]

    def __str__(self) -> str:
        return self.reference


class ApplicationPlace(models.Model):
    """A place applied for; `place` is its entry in the registry once the office accepted it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="places")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=160, blank=True)
    name_kana = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=16, choices=choices(PLACE_KINDS))
    place_class = models.CharField(max_length=8, choices=choices(PLACE_CLASSES), default="fixed")
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="places_applied_for")
    postal_code = models.CharField(max_length=7, blank=True)
    address = models.CharField(max_length=160, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    purposes = models.JSONField(default=list)
    remarks = models.CharField(max_length=200, blank=True)
    # The number under which the provider that brought it knows it (P-21).
    registration_id = models.CharField(max_length=60, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="applied_for")
    # The place that stands for this one since they were found to be the same (P-29); ids keep resolving for ever.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "position"], name="onboarding_place_position_once")
        ]
        # Screening asks of each new place whether another is spelled alike.
        indexes = [models.Index(fields=["postal_code", "name"], name="onboarding_place_spelling")]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One place × one service: what its applicant follows like a parcel."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="items")
    place = models.ForeignKey(ApplicationPlace, models.CASCADE, related_name="items")
    service = models.ForeignKey(Service, models.PROTECT, related_name="items")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="items")
    state = models.CharField(max_length=12, choices=choices(states.names_of(states.ITEM_STATES)))
    # J-23: used there before; whether old terms stay is the provider's word.
    is_used_already = models.BooleanField(default=False)
    keeps_terms = models.BooleanField(null=True)
    wished_on = models.DateField(null=True)
    starts_on = models.DateField(null=True)
    fee_bps = models.PositiveIntegerField(null=True)
    terms = models.CharField(max_length=400, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    provider_reference = models.CharField(max_length=60, blank=True)
    taken_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "service"], name="onboarding_item_once")]
        indexes = [
            models.Index(fields=["provider", "state", "id"], name="onboarding_inbox"),
            models.Index(fields=["application", "state"], name="onboarding_item_states"),
        ]


class Document(models.Model):
    """A document an applicant brought: checked, sealed, deleted on its day. Every view is an event."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="documents")
    need = models.CharField(max_length=60)
    filename = models.CharField(max_length=120)
    media_type = models.CharField(max_length=60)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed = models.TextField(blank=True)
    added_at = models.DateTimeField()
    delete_on = models.DateField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["delete_on"], name="onboarding_to_delete", condition=Q(deleted_at=None)),
        ]


class Message(models.Model):
    """A word between applicant, office and provider, about the application or one place × service of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="messages")
    item = models.ForeignKey(Item, models.CASCADE, null=True, related_name="messages")
    side = models.CharField(max_length=12, choices=choices(kinds.SIDES))
    # Whom it is for; providers see only what concerns their own items.
    to_side = models.CharField(max_length=12, choices=choices(kinds.SIDES))
    author = models.CharField(max_length=80)
    text = models.CharField(max_length=2000)
    written_at = models.DateTimeField()


class Proposal(models.Model):
    """A change that one officer proposes and another confirms (four eyes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=24, choices=choices(kinds.PROPOSAL_KINDS))
    subject = models.CharField(max_length=80)
    application = models.ForeignKey(Application, models.CASCADE, null=True, related_name="proposals")
    content = models.JSONField(default=dict)
    reason = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=12, choices=choices(states.names_of(states.PROPOSAL_STATES)))
    maker = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    checker = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            # Two officers with the same idea at the same moment: one proposal, not two.
            models.UniqueConstraint(
                fields=["subject"], condition=Q(state="proposed"), name="onboarding_one_open_proposal"
            )
        ]
        indexes = [models.Index(fields=["state", "proposed_at"], name="onboarding_proposals")]


class Likeness(models.Model):
    """Two places applied for that are probably one (P-29): to be merged or told apart, once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kept = models.ForeignKey(ApplicationPlace, models.CASCADE, related_name="likenesses_kept")
    other = models.ForeignKey(ApplicationPlace, models.CASCADE, related_name="likenesses")
    probability = models.FloatField()
    agreement = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=choices(kinds.LIKENESS_STATES), default="open")
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kept", "other"], name="onboarding_likeness_once")]
        indexes = [models.Index(fields=["state", "-probability"], name="onboarding_likenesses")]


class KitOrder(models.Model):
    """What is to be printed and posted to a place: the first kit, more stickers (J-14), logo stickers (P-30)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey(ApplicationPlace, models.CASCADE, related_name="kit_orders")
    kind = models.CharField(max_length=12, choices=choices(kinds.KIT_KINDS))
    copies = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=choices(states.names_of(states.KIT_STATES)))
    ordered_at = models.DateTimeField()
    sent_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "ordered_at"], name="onboarding_kit_orders")]
