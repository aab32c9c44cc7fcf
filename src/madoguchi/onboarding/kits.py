"""Kits: what waits to be printed and posted to which place, and that it was (P-31, J-14, P-30)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.applications import scope_of
from madoguchi.onboarding.letters import write_to_applicant
from madoguchi.onboarding.models import ApplicationPlace, KitOrder
from madoguchi.people.access import Actor, require

MAX_COPIES = 50


def order_kit(place: ApplicationPlace, kind: str, copies: int = 1) -> KitOrder | None:
    """Have a kit printed, inside the caller's transaction; a first kit is ordered once for each place."""
    orders = KitOrder.objects.filter(place=place, kind=kind)
    orders = orders.exclude(state="dropped") if kind == "first" else orders.filter(state="waiting")
    if orders.exists():
        return None
    return KitOrder.objects.create(place=place, kind=kind, copies=copies, state="waiting", ordered_at=now())


def order_stickers(*, actor: Actor, place_id: UUID, copies: int) -> KitOrder:
    """More stickers for a place (J-14), asked for by its applicant.

    Raises Refusal `applied_place_unknown`, `place_without_code`, `copies_wrong`, `kit_waits_already`.
    """
    with transaction.atomic():
        place = (
            ApplicationPlace.objects.select_for_update(of=("self",))
            .select_related("application", "place")
            .filter(id=place_id)
            .first()
        )
        if place is None:
            raise Refusal("applied_place_unknown")
        require(actor, "application.write", scope_of(place.application))
        if not 1 <= copies <= MAX_COPIES:
            raise Refusal("copies_wrong", field="copies", limit=MAX_COPIES)
        if place.place is None or not place.place.codes.filter(is_closed=False).exists():
            raise Refusal("place_without_code")
        order = order_kit(place, "extra", copies)
        if order is None:
            raise Refusal("kit_waits_already")
        record(actor, "kit.ordered", place.id, copies=copies)
    return order


def mark_sent(*, actor: Actor, order_ids: list[UUID], day: date) -> int:
    """Note that kits were posted on `day`, and tell their applicants; returns how many were waiting."""
    with transaction.atomic():
        require(actor, "office.write")
        waiting = KitOrder.objects.select_for_update(of=("self",)).filter(id__in=order_ids, state="waiting")
        orders = list(waiting.select_related("place__application"))
        for order in orders:
            order.state, order.sent_on = "sent", day
            order.save(update_fields=["state", "sent_on"])
            record(actor, "kit.sent", order.place_id, kind=order.kind, copies=order.copies)
            write_to_applicant(order.place.application, "kit_sent", place=order.place.name)
    return len(orders)


def drop_orders(place: ApplicationPlace) -> None:
    """Print nothing more for a place, inside the caller's transaction."""
    KitOrder.objects.filter(place=place, state="waiting").update(state="dropped")
