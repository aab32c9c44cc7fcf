"""Two places applied for that are one (P-29, P-30): merged, told apart, and taken apart again."""

from __future__ import annotations

from uuid import UUID

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.kits import drop_orders, order_kit
from madoguchi.onboarding.models import ApplicationPlace, Likeness
from madoguchi.people.access import Actor
from madoguchi.registry.closing import merge_place, unmerge_place


def resolve(place_id: UUID) -> ApplicationPlace:
    """The place that stands for `place_id` today, itself if none does: an id once given out resolves for ever.

    Raises Refusal `applied_place_unknown`.
    """
    place = ApplicationPlace.objects.select_related("merged_into").filter(id=place_id).first()
    if place is None:
        raise Refusal("applied_place_unknown")
    while place.merged_into is not None:
        place = place.merged_into
    return place


def check_merge(kept_id: UUID, other_id: UUID) -> tuple[ApplicationPlace, ApplicationPlace]:
    """Both places, if they may be merged. Raises Refusal `merge_with_itself`, `merged_already`."""
    kept, other = _locked(kept_id), _locked(other_id)
    if resolve(kept.id).id == resolve(other.id).id:
        raise Refusal("merge_with_itself" if kept.id == other.id else "merged_already")
    if other.merged_into_id is not None or kept.merged_into_id is not None:
        raise Refusal("merged_already")
    return kept, other


def merge(actor: Actor, kept_id: UUID, other_id: UUID) -> None:
    """Let `kept` stand for `other`, inside the caller's transaction: one pin, one poster, logo stickers (P-30).

    Both codes keep working, and each keeps its payments; what changes is what the public sees and what is posted.
    """
    kept, other = check_merge(kept_id, other_id)
    other.merged_into = kept
    other.save(update_fields=["merged_into"])
    if kept.place_id and other.place_id and kept.place_id != other.place_id:
        merge_place(actor=actor, place_id=other.place_id, into_id=kept.place_id)
    drop_orders(other)
    if kept.kit_orders.filter(state="sent").exists() or other.kit_orders.filter(state="sent").exists():
        # The posters that hang there name only their own services.
        order_kit(kept, "poster")
        order_kit(kept, "logos")
    _settle(actor, kept, other, "merged")
    record(actor, "applied_place.merged", other.id, into=str(kept.id))


def check_unmerge(other_id: UUID) -> ApplicationPlace:
    """The merged place. Raises Refusal `not_merged`."""
    other = _locked(other_id)
    if other.merged_into_id is None:
        raise Refusal("not_merged")
    return other


def unmerge(actor: Actor, other_id: UUID) -> None:
    """Let a merged place stand for itself again, with a kit of its own, inside the caller's transaction."""
    other = check_unmerge(other_id)
    kept = resolve(other.id)
    other.merged_into = None
    other.save(update_fields=["merged_into"])
    if other.place is not None and other.place.merged_into_id is not None:
        unmerge_place(actor=actor, place_id=other.place.id)
    kept.kit_orders.filter(state="waiting", kind__in=("poster", "logos")).update(state="dropped")
    if other.items.filter(state="approved").exists():
        order_kit(other, "first")
        if other.kit_orders.filter(state="sent").exists():
            order_kit(other, "poster")
    _settle(actor, kept, other, "undone")
    record(actor, "applied_place.unmerged", other.id, was=str(kept.id))


def tell_apart(actor: Actor, likeness_id: UUID) -> Likeness:
    """Note that two places are not one, inside the caller's transaction: they are not asked about again.

    Raises Refusal `likeness_unknown`, `likeness_decided`.
    """
    likeness = Likeness.objects.select_for_update().filter(id=likeness_id).first()
    if likeness is None:
        raise Refusal("likeness_unknown")
    if likeness.state != "open":
        raise Refusal("likeness_decided", state=likeness.state)
    likeness.state, likeness.decided_at, likeness.decided_by = "told_apart", now(), str(actor)
    likeness.save()
    record(actor, "likeness.told_apart", likeness.id)
    return likeness


def _settle(actor: Actor, kept: ApplicationPlace, other: ApplicationPlace, state: str) -> None:
    pair = {kept.id, other.id}
    Likeness.objects.filter(kept__in=pair, other__in=pair).update(state=state, decided_at=now(), decided_by=str(actor))


def _locked(place_id: UUID) -> ApplicationPlace:
    rows = ApplicationPlace.objects.select_related("application", "place").select_for_update(of=("self",))
    place = rows.filter(id=place_id).first()
    if place is None:
        raise Refusal("applied_place_unknown")
    return place
