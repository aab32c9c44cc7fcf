"""Tables of what is published: places, printed tables, population, boundaries, snapshots; and reports of mistakes."""

from __future__ import annotations

from django.db import models

from madoguchi.core.ids import new_id
from madoguchi.opendata.words_field import WordsField


class PublishedPlace(models.Model):
    """A place as everybody may see it (P-27), in one row, so that the finder reads one table.

    Derived from the registry and the applications by `places.py`; nothing else writes it, and it can be made anew at
    any time. `order_key` is the order of the list: municipality, then name. `search_text` is what is searched, in one
    spelling, and `words` its index (`search_words.py`). `cell` is the square of a hundredth of a degree that a place on
    the map stands in.
    """

    place_id = models.UUIDField(primary_key=True)
    order_key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=16)
    place_class = models.CharField(max_length=8)
    municipality_code = models.CharField(max_length=5)
    municipality = models.CharField(max_length=30)
    municipality_en = models.CharField(max_length=60)
    prefecture = models.CharField(max_length=10)
    prefecture_en = models.CharField(max_length=30)
    postal_code = models.CharField(max_length=7, blank=True)
    address = models.CharField(max_length=160, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    trade = models.CharField(max_length=4, blank=True)
    rate_bps = models.PositiveIntegerField(null=True)
    # [{"service", "starts_on", "ends_on"}] of the enrolments that hold or will.
    services = models.JSONField(default=list)
    # Their codes between semicolons, `;line_pay;paypay;`: what the index of towns can tell without the row.
    service_codes = models.CharField(max_length=1_000, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    hours_en = models.CharField(max_length=200, blank=True)
    access = models.JSONField(default=list)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    cell = models.IntegerField(null=True)
    search_text = models.TextField()
    words = WordsField()
    is_demo = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            # With what a search for what is near needs to know, so that it reads no rows.
            models.Index(
                fields=["cell"],
                name="opendata_place_cell",
                condition=models.Q(cell__isnull=False),
                include=["latitude", "longitude", "order_key", "service_codes", "rate_bps", "place_class"],
            ),
            models.Index(
                fields=["municipality_code", "order_key"],
                name="opendata_place_town",
                include=["service_codes", "rate_bps", "place_class"],
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Publication(models.Model):
    """How far the registry has been published: one row. `swept_to` is the place up to which today's sweep came."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    change_number = models.PositiveBigIntegerField(default=0)
    swept_on = models.DateField(null=True)
    swept_to = models.UUIDField(null=True)
    changed_at = models.DateTimeField(null=True)


class CorrectionReport(models.Model):
    """What a reader says is wrong about a published place (P-28): for the office, which has it put right."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place_id = models.UUIDField(db_index=True)
    place_name = models.CharField(max_length=80)
    matter = models.CharField(max_length=16)
    text = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=12, default="open")
    answer = models.CharField(max_length=400, blank=True)
    reported_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "reported_at"], name="opendata_reports")]


class PublishedTable(models.Model):
    """A table as it was printed, read and checked (P-42, P-43); a corrected print is a new version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    as_of_on = models.DateField()
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160)
    source = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    level = models.CharField(max_length=16)
    # [{"name", "label", "label_en"}] of the figures, in the order of the print.
    columns = models.JSONField(default=list)
    totals = models.JSONField(default=dict)
    repairs = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="opendata_table_version_once")]

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


class PublishedRow(models.Model):
    """A row of such a table: what was printed, and the official code it was resolved to."""

    table = models.ForeignKey(PublishedTable, models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=5)
    prefecture = models.CharField(max_length=10)
    municipality = models.CharField(max_length=30, blank=True)
    as_printed_prefecture = models.CharField(max_length=20)
    as_printed = models.CharField(max_length=40, blank=True)
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "code"], name="opendata_row_once"),
            models.UniqueConstraint(fields=["table", "position"], name="opendata_row_position_once"),
        ]


class Population(models.Model):
    """How many people live in a municipality on a day, as an officer gave it."""

    municipality_code = models.CharField(max_length=5)
    as_of_on = models.DateField()
    residents = models.PositiveIntegerField()
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "as_of_on"], name="opendata_population_once")
        ]


class BoundarySet(models.Model):
    """An imported boundary file: outlines of municipalities, kept as a simplified file under VAR."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    as_of_on = models.DateField(null=True)
    credit = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64, unique=True)
    municipality_count = models.PositiveIntegerField()
    folder = models.CharField(max_length=120)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=80)


class Snapshot(models.Model):
    """A dataset as it was at one time: files that never change, with their checksums. `version` is its address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    dataset = models.SlugField(max_length=60)
    version = models.CharField(max_length=24)
    made_at = models.DateTimeField()
    data_at = models.DateTimeField()
    row_count = models.PositiveBigIntegerField()
    content_sha256 = models.CharField(max_length=64)
    # {"csv": {"path", "bytes", "sha256"}, …}; paths below VAR/opendata.
    files = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "version"], name="opendata_snapshot_once")]
        indexes = [models.Index(fields=["dataset", "-made_at"], name="opendata_snapshots")]

    def __str__(self) -> str:
        return f"{self.dataset}/{self.version}"
