"""Two places applied for that are one (P-29, P-30): merged, told apart, and taken apart again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.kits import drop_orders, order_kit
from madoguchi.onboarding.models import ApplicationPlace, KitOrder, Likeness
from madoguchi.people.access import Actor
from madoguchi.registry.closing import merge_place, unmerge_place
from madoguchi.registry.models import StoreCode


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
    """What stands for each of two places today, locked, if it may be merged.

    Raises Refusal `applied_place_unknown`, `merge_with_itself`, `merged_already`.
    """
    if kept_id == other_id:
        raise Refusal("merge_with_itself")
    kept, other = _locked(resolve(kept_id).id, resolve(other_id).id)
    # While the lock was waited for, somebody else may have merged one of them.
    if kept.id == other.id or kept.merged_into_id is not None or other.merged_into_id is not None:
        raise Refusal("merged_already")
    return kept, other


def merge(actor: Actor, kept_id: UUID, other_id: UUID) -> None:
    """Let `kept` stand for `other`, inside the caller's transaction: one pin, one poster, logo stickers (P-30).

    Of places that were merged before, what stands for them is. Both codes keep working, and each keeps its payments;
    what changes is what the public sees and what is posted.
    """
    kept, other = check_merge(kept_id, other_id)
    other.merged_into = kept
    other.save(update_fields=["merged_into"])
    join_entries(actor, other)
    had_kits = KitOrder.objects.filter(place__in=(kept, other), state="sent").exists()
    has_to_wait = other.kit_orders.filter(kind="first", state="waiting").exists()
    drop_orders(other)
    if had_kits:
        # The posters that hang there name only their own services.
        if not kept.kit_orders.filter(kind="first", state="waiting").exists():
            order_kit(kept, "poster")
        order_kit(kept, "logos")
    elif has_to_wait:
        # Nothing is posted to the other any more; the one that stands for it needs a kit all the same.
        order_kit(kept, "first")
    _settle(actor, {kept_id, kept.id}, {other_id, other.id}, "merged")
    record(actor, "applied_place.merged", other.id, into=str(kept.id))


def join_entries(actor: Actor, merged: ApplicationPlace) -> None:
    """Let the registry know that a place was merged, inside the caller's transaction, once both have an entry there."""
    standing = resolve(merged.id)
    if merged.place_id and standing.place_id:
        merge_place(actor=actor, place_id=merged.place_id, into_id=standing.place_id)


def check_unmerge(other_id: UUID) -> ApplicationPlace:
    """The merged place, locked. Raises Refusal `applied_place_unknown`, `not_merged`."""
    (other,) = _locked(other_id)
    if other.merged_into_id is None:
        raise Refusal("not_merged")
    return other


def unmerge(actor: Actor, other_id: UUID) -> None:
    """Let a merged place stand for itself again, with a kit of its own, inside the caller's transaction."""
    other = check_unmerge(other_id)
    kept, standing = other.merged_into_id, resolve(other.id)
    other.merged_into = None
    other.save(update_fields=["merged_into"])
    # The same place, applied for twice, may have been merged by the other application too: then it stays one pin.
    if other.place_id and not ApplicationPlace.objects.filter(place=other.place_id, merged_into__isnull=False).exists():
        unmerge_place(actor=actor, place_id=other.place_id)
    _part_kits(standing, other)
    _settle(actor, {kept, standing.id}, {other.id}, "undone")
    record(actor, "applied_place.unmerged", other.id, was=str(kept))


def _part_kits(standing: ApplicationPlace, other: ApplicationPlace) -> None:
    if standing.kit_orders.filter(kind="poster", state="sent").exists():
        # It names the other's services, too.
        order_kit(standing, "poster")
    elif not standing.merged.exists():
        standing.kit_orders.filter(state="waiting", kind__in=("poster", "logos")).update(state="dropped")
    takes = other.items.filter(state="approved").exists()
    code = StoreCode.objects.filter(place=other.place_id, principal=other.application.organisation_id, is_closed=False)
    if takes and other.place_id and code.exists() and order_kit(other, "first") is None:
        order_kit(other, "poster")


def tell_apart(actor: Actor, likeness_id: UUID) -> Likeness:
    """Note that two places are not one, inside the caller's transaction: they are not asked about again.

    Raises Refusal `likeness_unknown`, `likeness_decided`.
    """
    likeness = Likeness.objects.select_for_update(no_key=True).filter(id=likeness_id).first()
    if likeness is None:
        raise Refusal("likeness_unknown")
    if likeness.state != "open":
        raise Refusal("likeness_decided", state=likeness.state)
    likeness.state, likeness.decided_at, likeness.decided_by = "told_apart", now(), str(actor)
    likeness.save()
    record(actor, "likeness.told_apart", likeness.id)
    return likeness


def _settle(actor: Actor, kept: Collection[UUID | None], other: Collection[UUID], state: str) -> None:
    pairs = Q(kept__in=kept, other__in=other) | Q(kept__in=other, other__in=kept)
    Likeness.objects.filter(pairs).update(state=state, decided_at=now(), decided_by=str(actor))


def _locked(*place_ids: UUID) -> list[ApplicationPlace]:
    """These places, in this order; locked by their ids, so that two who name them the other way round only wait."""
    rows = ApplicationPlace.objects.select_related("application", "place")
    locked = rows.select_for_update(of=("self",), no_key=True).filter(id__in=place_ids).order_by("id")
    found = {place.id: place for place in locked}
    if len(found) < len(set(place_ids)):
        raise Refusal("applied_place_unknown")
    return [found[place_id] for place_id in place_ids]
