"""Duplicates (P-21, P-29): places that are probably one are found, the sure ones merged, the others queued."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding import merging
from madoguchi.onboarding.models import ApplicationPlace, Likeness, Proposal
from madoguchi.onboarding.states import LIVE_APPLICATIONS
from madoguchi.people.access import Actor, require, system_actor

if TYPE_CHECKING:
    import pyarrow as pa

LINKER = system_actor("linkage")
# Of registrations that no provider brought: an applicant's own, at this desk.
OWN_DESK = "desk"
EXPORT_ROWS = 10_000
WRITE_ROWS = 1_000
AUTO = "auto"
COMPARED = ("name", "place", "phone", "corporate_number")
COLUMNS = {
    "registration_id": "id",
    "provider": "application__brought_by",
    "name": "name",
    "kana": "name_kana",
    "prefecture": "municipality__prefecture",
    "municipality": "municipality__name",
    "address": "address",
    "postal_code": "postal_code",
    "phone": "phone",
    "corporate_number": "application__corporate_number",
}
Progress = Callable[[str], None]


class Linked(Protocol):
    """What linkage answers; its `pairs` hold the columns of COMPARED with the level that agreed."""

    @property
    def pairs(self) -> pa.Table: ...


Link = Callable[["pa.Table"], Linked]


@dataclass(frozen=True)
class Found:
    """What a run came to: places compared, pairs alike, merges made, pairs newly queued, pairs decided earlier."""

    places: int
    pairs: int
    merged: int
    queued: int
    known: int

    def as_json(self) -> dict[str, int]:
        """The counts for programs."""
        return asdict(self)


@dataclass(frozen=True)
class Pair:
    """Two places alike. `is_sure`: above the threshold from which nobody is asked."""

    first: UUID
    second: UUID
    probability: float
    is_sure: bool
    agreement: Mapping[str, str]


@dataclass(frozen=True)
class Side:
    """What decides of a place which of two is kept, and whether the two are known to be one already."""

    id: UUID
    application_id: UUID
    linked_to_id: UUID | None
    link_kind: str
    place_id: UUID | None
    submitted_at: datetime

    @property
    def rank(self) -> tuple[bool, datetime, UUID]:
        """The lower is kept: what is registered, then what was sent first, so that ids given out early stay."""
        return self.place_id is None, self.submitted_at, self.id


def find_likenesses(*, actor: Actor, link: Link | None = None, progress: Progress = lambda step: None) -> Found:
    """Compare every place of a live application with every other; returns what was found.

    A pair that was told apart, merged or taken apart again is not asked about again. Sure pairs are merged by the
    platform, each in a transaction of its own, so that a run that dies loses nothing; the rest wait for a person, also
    two places of one application, which its applicant named as two. What waited and is no longer alike goes.
    `link` stands for `madoguchi.engine.linkage.link`.
    Raises Refusal `not_allowed` and those of `link`.
    """
    require(actor, "office.write")
    progress("export")
    table = places_table()
    progress("link")
    pairs = read_pairs((link or _engine())(table).pairs)
    progress("decide")
    standing = Standing.load({identifier for pair in pairs for identifier in (pair.first, pair.second)})
    asked = [pair for pair in pairs if standing.is_question(pair)]
    merged = _merge_sure(asked, standing)
    progress("queue")
    queued = _queue([pair for pair in asked if standing.is_question(pair)], standing)
    found = Found(len(table), len(pairs), merged, queued, len(pairs) - len(asked))
    record(actor, "likenesses.found", "likenesses", **found.as_json())
    return found


def places_table() -> pa.Table:
    """Every place of a live application in the columns that linkage reads; "" as null.

    Merged ones too: what is alike to one of them is alike to the place that stands for it.
    """
    import pyarrow as pa  # only who links waits for it to load

    rows = ApplicationPlace.objects.filter(application__state__in=LIVE_APPLICATIONS)
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    batches = []
    columns: list[list[str | None]] = [[] for _ in COLUMNS]
    for row in rows.order_by().values_list(*COLUMNS.values()).iterator(chunk_size=EXPORT_ROWS):
        told = (str(row[0]), row[1] or OWN_DESK, *(value or None for value in row[2:]))
        for column, value in zip(columns, told, strict=True):
            column.append(value)
        if len(columns[0]) == EXPORT_ROWS:
            batches.append(pa.record_batch(columns, schema=schema))
            columns = [[] for _ in COLUMNS]
    batches.append(pa.record_batch(columns, schema=schema))
    return pa.Table.from_batches(batches, schema)


def read_pairs(pairs: pa.Table) -> list[Pair]:
    """The pairs that linkage found, the surest first, so that the result does not depend on their order."""
    found = []
    for row in pairs.to_pylist():
        first, second = sorted((UUID(str(row["registration_id_l"])), UUID(str(row["registration_id_r"]))))
        agreement = {name: str(row[name]) for name in COMPARED if row.get(name)}
        found.append(Pair(first, second, float(row["match_probability"]), row["decision"] == AUTO, agreement))
    return sorted(found, key=lambda pair: (-pair.probability, pair.first, pair.second))


def tell_places_apart(*, actor: Actor, likeness_id: UUID) -> Likeness:
    """Note that two places alike are not one: they are not asked about again.

    Raises Refusal `likeness_unknown`, `likeness_decided`, `proposal_open` while somebody proposes to merge them.
    """
    require(actor, "office.write")
    with transaction.atomic():
        if Proposal.objects.filter(subject=f"likeness:{likeness_id}", state="proposed").exists():
            raise Refusal("proposal_open", kind="merge")
        return merging.tell_apart(actor, likeness_id)


def _engine() -> Link:
    from madoguchi.engine.linkage import link  # Splink and DuckDB take seconds to load

    return link


@dataclass
class Standing:
    """Which place stands for which, and of which two somebody said that they are not one.

    `parents` leads from a merged place to the one it was merged into, `members` from a place to all it stands for.
    """

    sides: dict[UUID, Side]
    parents: dict[UUID, UUID]
    members: dict[UUID, list[UUID]]
    apart: set[frozenset[UUID]]

    @classmethod
    def load(cls, ids: Iterable[UUID]) -> Standing:
        """As the tables have it, for these places and those that are one with them."""
        merged = ApplicationPlace.objects.filter(merged_into__isnull=False).values_list("id", "merged_into")
        told = Likeness.objects.filter(state__in=("told_apart", "undone")).values_list("kept_id", "other_id")
        parents = {identifier: into for identifier, into in merged.iterator() if into is not None}
        found = cls({}, parents, {}, {_key(kept, other) for kept, other in told.iterator()})
        for identifier in found.parents:
            found.members.setdefault(found.root(identifier), []).append(identifier)
        roots = {found.root(identifier) for identifier in ids}
        found.sides = _sides({one for root in roots for one in found.all_of(root)})
        return found

    def root(self, identifier: UUID) -> UUID:
        """The place that stands for this one, itself if none does."""
        while (parent := self.parents.get(identifier)) is not None:
            identifier = parent
        return identifier

    def all_of(self, root: UUID) -> list[UUID]:
        """A place and all it stands for."""
        return [root, *self.members.get(root, ())]

    def pair(self, pair: Pair) -> tuple[UUID, UUID]:
        """The places that stand for a pair's two today: which would be kept, and the other."""
        kept, other = sorted(
            (self.root(pair.first), self.root(pair.second)), key=lambda identifier: self.sides[identifier].rank
        )
        return kept, other

    def is_question(self, pair: Pair) -> bool:
        """Whether it is still open if the two are one: nobody said so, or that they are not."""
        kept, other = self.pair(pair)
        if kept == other or _are_one(self.sides[kept], self.sides[other]):
            return False
        return not any(_key(one, two) in self.apart for one in self.all_of(kept) for two in self.all_of(other))

    def share_an_application(self, kept: UUID, other: UUID) -> bool:
        """Whether an applicant named places of the two as different ones."""
        first = {self.sides[one].application_id for one in self.all_of(kept)}
        return not first.isdisjoint(self.sides[one].application_id for one in self.all_of(other))

    def join(self, kept: UUID, other: UUID) -> None:
        """Note that `kept` stands for `other` and all that it stood for."""
        self.members[kept] = [*self.members.get(kept, ()), *self.all_of(other)]
        self.parents[other] = kept


def _sides(ids: Iterable[UUID]) -> dict[UUID, Side]:
    wanted = sorted(ids)
    columns = (
        "id",
        "application_id",
        "application__linked_to_id",
        "application__link_kind",
        "place_id",
        "application__submitted_at",
    )
    found: dict[UUID, Side] = {}
    for start in range(0, len(wanted), WRITE_ROWS):
        rows = ApplicationPlace.objects.filter(id__in=wanted[start : start + WRITE_ROWS])
        found |= {row[0]: Side(*row) for row in rows.values_list(*columns)}
    return found


def _are_one(one: Side, other: Side) -> bool:
    """Whether the two are one place already: in the registry, or because more services were applied for (J-21)."""
    if one.place_id is not None and one.place_id == other.place_id:
        return True
    copied_from = {side.linked_to_id for side in (one, other) if side.link_kind == "more_services"}
    return not copied_from.isdisjoint({one.application_id, other.application_id})


def _merge_sure(pairs: Sequence[Pair], standing: Standing) -> int:
    """Merge what is sure, the surest first; returns how many merges that were.

    Places become one through a third as well: what somebody said of any two of them holds for all.
    """
    merged = 0
    for pair in pairs:
        if not pair.is_sure or not standing.is_question(pair):
            continue
        kept, other = standing.pair(pair)
        if standing.share_an_application(kept, other) or not _merge(kept, other, pair):
            continue
        standing.join(kept, other)
        merged += 1
    return merged


def _merge(kept: UUID, other: UUID, pair: Pair) -> bool:
    try:
        with transaction.atomic():
            both = (kept, other)
            known = Likeness.objects.filter(kept__in=both, other__in=both).first()
            _noted(known or Likeness(kept_id=kept, other_id=other), pair, now()).save()
            merging.merge(LINKER, kept, other)
    except Refusal:
        # An officer was faster; what they did stands.
        return False
    return True


def _queue(pairs: Sequence[Pair], standing: Standing) -> int:
    """Let these wait for a person, and what waits and is not among them no longer; returns how many are new."""
    at = now()
    waiting = {_key(row.kept_id, row.other_id): row for row in Likeness.objects.filter(state="open")}
    proposed = set(Proposal.objects.filter(state="proposed", kind="merge").values_list("subject", flat=True))
    new: dict[frozenset[UUID], Likeness] = {}
    known: dict[frozenset[UUID], Likeness] = {}
    for pair in pairs:
        kept, other = standing.pair(pair)
        key = _key(kept, other)
        # The surest of several pairs comes first; the others say the same less loudly.
        if key in new or key in known:
            continue
        if row := waiting.pop(key, None):
            known[key] = _noted(row, pair, at)
        else:
            new[key] = _noted(Likeness(kept_id=kept, other_id=other), pair, at)
    gone = [row.id for row in waiting.values() if f"likeness:{row.id}" not in proposed]
    with transaction.atomic():
        Likeness.objects.bulk_create(new.values(), batch_size=WRITE_ROWS, ignore_conflicts=True)
        changed = ["probability", "agreement", "found_at"]
        Likeness.objects.bulk_update(known.values(), changed, batch_size=WRITE_ROWS)
        for start in range(0, len(gone), WRITE_ROWS):
            Likeness.objects.filter(id__in=gone[start : start + WRITE_ROWS], state="open").delete()
    return len(new)


def _noted(likeness: Likeness, pair: Pair, at: datetime) -> Likeness:
    likeness.probability, likeness.agreement, likeness.found_at = pair.probability, dict(pair.agreement), at
    return likeness


def _key(first: UUID, second: UUID) -> frozenset[UUID]:
    return frozenset((first, second))
