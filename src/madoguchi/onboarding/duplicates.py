"""Places found alike, side by side: what agrees, and what merging would do to pins, posters and codes (P-29, P-30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.models import ApplicationPlace, Item, Likeness, Proposal
from madoguchi.onboarding.registering import code_of
from madoguchi.people.access import Actor, require
from madoguchi.registry.models import StoreCode

# In the order of the page.
FIELDS = (
    "name",
    "name_kana",
    "name_en",
    "municipality",
    "postal_code",
    "address",
    "phone",
    "corporate_number",
    "kind",
    "place_class",
)


@dataclass(frozen=True)
class Row:
    """A fact of both places. `agrees` is None where one of them does not tell it."""

    field: str
    kept: str
    other: str
    agrees: bool | None


@dataclass(frozen=True)
class Half:
    """One of the two, with what hangs on it."""

    place: ApplicationPlace
    items: Sequence[Item]
    code: StoreCode | None
    has_pin: bool
    kits_sent: int
    kits_waiting: int


@dataclass(frozen=True)
class Comparison:
    """Two places alike. `merged` is the one that was merged into the other, while it is."""

    likeness: Likeness
    kept: Half
    other: Half
    rows: Sequence[Row]
    merged: ApplicationPlace | None
    proposal: Proposal | None

    @property
    def pins_become_one(self) -> bool:
        """Whether two pins stand on the map that merging would make one."""
        return self.kept.has_pin and self.other.has_pin and self.kept.place.place_id != self.other.place.place_id

    @property
    def posters_are_replaced(self) -> bool:
        """Whether posters hang that name only a part of the services."""
        return bool(self.kept.kits_sent or self.other.kits_sent)


def likenesses(actor: Actor, state: str) -> QuerySet[Likeness]:
    """Pairs in a state, the most probable first; decided ones the latest first. Raises Refusal `not_allowed`."""
    require(actor, "office.read")
    rows = Likeness.objects.filter(state=state).select_related(
        "kept__municipality", "kept__application", "other__municipality", "other__application"
    )
    return rows.order_by("-probability", "id") if state == "open" else rows.order_by("-decided_at", "id")


def find_comparison(actor: Actor, likeness_id: UUID) -> Comparison:
    """A pair with all that decides. Raises Refusal `likeness_unknown`, `not_allowed`."""
    require(actor, "office.read")
    likeness = Likeness.objects.filter(id=likeness_id).first()
    if likeness is None:
        raise Refusal("likeness_unknown")
    wanted = ApplicationPlace.objects.select_related(
        "application__organisation", "application__brought_by", "municipality", "place", "merged_into"
    )
    places = wanted.in_bulk([likeness.kept_id, likeness.other_id])
    kept, other = places[likeness.kept_id], places[likeness.other_id]
    merged = next((one for one, two in ((other, kept), (kept, other)) if one.merged_into_id == two.id), None)
    return Comparison(
        likeness=likeness,
        kept=_half(kept),
        other=_half(other),
        rows=[_row(field, kept, other) for field in FIELDS],
        merged=merged,
        proposal=_proposal(likeness, merged),
    )


def _proposal(likeness: Likeness, merged: ApplicationPlace | None) -> Proposal | None:
    subjects = [f"likeness:{likeness.id}", *([f"place:{merged.id}"] if merged else [])]
    return Proposal.objects.filter(subject__in=subjects, state="proposed").first()


def _half(place: ApplicationPlace) -> Half:
    orders = list(place.kit_orders.values_list("state", flat=True))
    return Half(
        place=place,
        items=list(place.items.select_related("service", "provider").order_by("service__name")),
        code=code_of(place),
        # Only places that stand still are on the map (P-28).
        has_pin=place.place is not None and place.place_class == "fixed" and place.merged_into_id is None,
        kits_sent=orders.count("sent"),
        kits_waiting=orders.count("waiting"),
    )


def _row(field: str, kept: ApplicationPlace, other: ApplicationPlace) -> Row:
    one, two = _fact(field, kept), _fact(field, other)
    return Row(field, one, two, one == two if one and two else None)


def _fact(field: str, place: ApplicationPlace) -> str:
    if field == "corporate_number":
        return place.application.corporate_number
    return str(getattr(place, field))
