"""The office's review queue: applications by how they stand, a page at a time, however many there are."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from madoguchi.core.clock import jst_date, today
from madoguchi.core.ids import ALPHABET, CONFUSED
from madoguchi.onboarding.kinds import APPLICANT_KINDS
from madoguchi.onboarding.models import Application, ApplicationPlace, Item, Proposal
from madoguchi.onboarding.states import OPEN_APPLICATIONS
from madoguchi.people.access import Actor, require
from madoguchi.registry.loading import table
from madoguchi.registry.models import Municipality

# In the order of the page: what is to be done first.
TABS = ("submitted", "proposed", "returned", "accepted", "refused", "withdrawn", "cancelled")
# Who waits longest comes first; of what is decided, the latest.
OLDEST_FIRST = frozenset({"submitted", "proposed", "returned"})
FLAGS = (
    "no_services",
    "not_eligible",
    "ask_desk",
    "corporate_number_elsewhere",
    "place_elsewhere",
    "card_companies_missing",
    "postal_code_differs",
    "not_on_map",
    "start_may_be_late",
    "used_already",
    "not_screened",
)
PAGE_ROWS = 50
REFERENCE_SYMBOLS = 8
# Beyond this a count is told as "1,000+": counting on would read the whole table.
COUNT_UP_TO = 1_000
# What a row shows: all but what is long or sealed.
COLUMNS = (
    "id",
    "reference",
    "state",
    "kind",
    "name",
    "name_en",
    "corporate_number",
    "municipality_id",
    "flags",
    "submitted_at",
    "screened_at",
    "decided_at",
    "link_kind",
    "linked_to_id",
    "is_demo",
)


@dataclass(frozen=True)
class QueueFilter:
    """Which applications: `prefecture` is the two first digits of a municipality's code, `words` as typed."""

    tab: str = "submitted"
    flag: str = ""
    kind: str = ""
    prefecture: str = ""
    municipality: str = ""
    words: str = ""

    @classmethod
    def read(cls, given: dict[str, str]) -> QueueFilter:
        """The filter that an address names; what it names wrongly is left out."""
        tab = given.get("state", "")
        tab = tab if tab in TABS else TABS[0]
        prefecture, municipality = given.get("prefecture", ""), given.get("municipality", "")
        prefecture = prefecture if _is_digits(prefecture, 2) else ""
        is_inside = _is_digits(municipality, 5) and municipality.startswith(prefecture)
        return cls(
            tab=tab,
            flag=given.get("flag", "") if given.get("flag", "") in FLAGS and tab in OLDEST_FIRST else "",
            kind=given.get("kind", "") if given.get("kind", "") in APPLICANT_KINDS else "",
            prefecture=prefecture,
            municipality=municipality if prefecture and is_inside else "",
            words=unicodedata.normalize("NFKC", given.get("q", "").replace("\x00", "")).strip()[:80],
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab is chosen."""
        return bool(self.flag or self.kind or self.prefecture or self.words)

    def query(self, **changes: str) -> dict[str, str]:
        """The address's parameters for this filter with `changes`; what is empty is left out."""
        kept = {
            "state": self.tab,
            "flag": self.flag,
            "kind": self.kind,
            "prefecture": self.prefecture,
            "municipality": self.municipality,
            "q": self.words,
            **changes,
        }
        return {key: value for key, value in kept.items() if value}


@dataclass(frozen=True)
class Counted:
    """A count up to COUNT_UP_TO; `is_more` if there are more than `number`."""

    number: int
    is_more: bool = False


@dataclass(frozen=True)
class QueueRow:
    """An application with what is counted of it, the proposal that is open, and for how long it has waited."""

    application: Application
    municipality: Municipality | None
    place_count: int
    service_count: int
    item_count: int
    proposal: Proposal | None
    waiting_days: int | None


@dataclass(frozen=True)
class QueuePage:
    """Up to PAGE_ROWS rows; `newer` and `older` are cursors of the pages before and after, "" where there is none.

    `is_exact`: the words named a reference or corporate number, and the rows are those, in whatever state.
    """

    rows: Sequence[QueueRow]
    before: str = ""
    after: str = ""
    is_exact: bool = False


def queue_page(
    actor: Actor, wanted: QueueFilter, *, after: str = "", before: str = "", at_end: bool = False
) -> QueuePage:
    """One page of the queue, beyond a cursor or at the end; a cursor that is none gives the first page.

    A few statements of bounded work: keys by the index of the tab, then what is shown of them.
    Raises Refusal `not_allowed`.
    """
    require(actor, "office.read")
    if found := _named_exactly(wanted.words):
        return QueuePage(_rows(found), is_exact=True)
    is_backwards = at_end or bool(before)
    ascending = (wanted.tab in OLDEST_FIRST) != is_backwards
    rows = _filtered(wanted)
    cursor = _read_cursor("" if at_end else before or after)
    if cursor is not None:
        rows = _beyond(rows, cursor, ascending)
    order = ("submitted_at", "id") if ascending else ("-submitted_at", "-id")
    keys = list(rows.order_by(*order).values_list("submitted_at", "id")[: PAGE_ROWS + 1])
    is_more, keys = len(keys) > PAGE_ROWS, keys[:PAGE_ROWS]
    if is_backwards:
        keys.reverse()
    has_before = is_more if is_backwards else cursor is not None
    has_after = (is_more if not is_backwards else cursor is not None) and bool(keys)
    return QueuePage(
        _rows([key for _, key in keys]),
        before=_cursor(*keys[0]) if keys and has_before else "",
        after=_cursor(*keys[-1]) if has_after else "",
    )


def tab_counts(actor: Actor) -> dict[str, Counted]:
    """How many applications each tab holds, counted no further than COUNT_UP_TO. Raises Refusal `not_allowed`."""
    require(actor, "office.read")
    found = {}
    for tab in TABS:
        number = _filtered(QueueFilter(tab))[: COUNT_UP_TO + 1].count()
        found[tab] = Counted(min(number, COUNT_UP_TO), number > COUNT_UP_TO)
    return found


@functools.cache
def prefectures() -> tuple[tuple[str, str, str], ...]:
    """Two digits, name and English name of each prefecture, from north to south."""
    return tuple((row["code"], row["name"], row["name_en"]) for row in table("prefectures.csv"))


def municipalities_in(prefecture: str) -> list[Municipality]:
    """The municipalities of a prefecture by its two digits; none without."""
    return list(Municipality.objects.filter(code__startswith=prefecture).order_by("code")) if prefecture else []


def _filtered(wanted: QueueFilter) -> QuerySet[Application]:
    state = "submitted" if wanted.tab == "proposed" else wanted.tab
    # What was taken back before it was ever sent is nobody's here to see.
    rows = Application.objects.filter(state=state, submitted_at__isnull=False)
    if state == "submitted":
        open_ones = Proposal.objects.filter(application=OuterRef("pk"), state="proposed", kind="screening")
        rows = rows.filter(Exists(open_ones) if wanted.tab == "proposed" else ~Exists(open_ones))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.municipality:
        rows = rows.filter(municipality=wanted.municipality)
    elif wanted.prefecture:
        rows = rows.filter(municipality__gte=wanted.prefecture, municipality__lt=_after(wanted.prefecture))
    if wanted.flag:
        rows = _flagged(rows, wanted.flag)
    return _named(rows, wanted.words) if wanted.words else rows


def _flagged(rows: QuerySet[Application], flag: str) -> QuerySet[Application]:
    if connection.features.supports_json_field_contains:
        return rows.filter(flags__contains=[{"code": flag}])
    return rows.annotate(flags_text=Cast("flags", TextField())).filter(flags_text__contains=f'"code": "{flag}"')


def _named(rows: QuerySet[Application], words: str) -> QuerySet[Application]:
    """Names that contain the words, Latin letters in the usual ways of writing them: a comparison that folds case
    takes ten times as long. PostgreSQL is told the pairs of letters, too, which its index finds (migration 0002)."""
    found = Q()
    for way in sorted({words, words.lower(), words.upper(), words.title()}):
        found |= Q(name__contains=way)
    rows = rows.filter(found)
    if connection.vendor != "postgresql" or len(words) < 2:
        return rows
    return rows.alias(letter_pairs=_letter_pairs(F("name"))).filter(letter_pairs__contains=_letter_pairs(Value(words)))


def _letter_pairs(text: F | Value) -> Func:
    return Func(text, function="onboarding_letter_pairs", output_field=ArrayField(TextField()))


def reference_in(words: str) -> str:
    """Words as a reference is written, if they can be one: hyphens, spaces and look-alikes do not matter; else ""."""
    symbols = words.upper().replace("-", "").replace(" ", "").translate(CONFUSED)
    is_one = len(symbols) == REFERENCE_SYMBOLS and all(symbol in ALPHABET for symbol in symbols)
    return f"{symbols[:4]}-{symbols[4:]}" if is_one else ""


def _named_exactly(words: str) -> list[UUID]:
    """Applications with this reference or corporate number, in whatever state they are; drafts stay private."""
    rows = Application.objects.filter(submitted_at__isnull=False)
    plain = words.replace("-", "").replace(" ", "")
    if _is_digits(plain, 13):
        same = rows.filter(corporate_number=plain).order_by("-submitted_at")
        return list(same.values_list("id", flat=True)[:PAGE_ROWS])
    reference = reference_in(words)
    return list(rows.filter(reference=reference).values_list("id", flat=True)) if reference else []


def _rows(ids: Sequence[UUID]) -> list[QueueRow]:
    found = {row.id: row for row in Application.objects.filter(id__in=ids).only(*COLUMNS)}
    places = _counts(ApplicationPlace.objects.filter(application__in=ids), many=Count("id"))
    items = _counts(
        Item.objects.filter(application__in=ids), many=Count("id"), services=Count("service", distinct=True)
    )
    codes = {row.municipality_id for row in found.values() if row.municipality_id}
    towns = Municipality.objects.in_bulk(codes)
    proposals = {row.application_id: row for row in Proposal.objects.filter(application__in=ids, state="proposed")}
    return [
        QueueRow(
            application=row,
            municipality=towns.get(row.municipality_id or ""),
            place_count=places.get(row.id, {}).get("many", 0),
            service_count=items.get(row.id, {}).get("services", 0),
            item_count=items.get(row.id, {}).get("many", 0),
            proposal=proposals.get(row.id),
            waiting_days=waiting_days(row),
        )
        for one in ids
        if (row := found.get(one))
    ]


def waiting_days(application: Application) -> int | None:
    """For how many days an application that is open has been with the office; None for others."""
    if application.state not in OPEN_APPLICATIONS or application.submitted_at is None:
        return None
    return (today() - jst_date(application.submitted_at)).days


def _counts(rows: QuerySet[Any], **wanted: Any) -> dict[UUID, dict[str, int]]:
    counted: Iterable[dict[str, Any]] = rows.order_by().values("application").annotate(**wanted)
    return {row["application"]: row for row in counted}


def _cursor(submitted_at: datetime | None, identifier: UUID) -> str:
    return f"{submitted_at.isoformat() if submitted_at else ''}~{identifier}"


def _read_cursor(text: str) -> tuple[datetime, UUID] | None:
    at, _, identifier = text.partition("~")
    try:
        read = datetime.fromisoformat(at), UUID(identifier)
    except ValueError:
        return None
    return read if read[0].tzinfo else None


def _beyond(rows: QuerySet[Application], cursor: tuple[datetime, UUID], ascending: bool) -> QuerySet[Application]:
    at, identifier = cursor
    # The first condition bounds the index, the second decides among those of the same instant.
    if ascending:
        return rows.filter(Q(submitted_at__gt=at) | Q(id__gt=identifier), submitted_at__gte=at)
    return rows.filter(Q(submitted_at__lt=at) | Q(id__lt=identifier), submitted_at__lte=at)


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _after(prefecture: str) -> str:
    """Where codes of a prefecture end: the last but one digit counted up."""
    return f"{int(prefecture) + 1:02}"
