"""Kits: what waits to be printed and posted to which place, and that it was (P-31, J-14, P-30)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.onboarding.applications import scope_of
from madoguchi.onboarding.models import Application, ApplicationPlace, KitOrder
from madoguchi.onboarding.outgoing import write_to_applicant
from madoguchi.people.access import Actor, require
from madoguchi.registry.models import StoreCode

MAX_COPIES = 50


def order_kit(place: ApplicationPlace, kind: str, copies: int = 1) -> KitOrder | None:
    """Have a kit printed, inside the caller's transaction; None if it waits, or was a first kit and is ordered already.

    A place applied for once more (J-21) is the same place: it has one counter.
    """
    orders = _orders(place).filter(kind=kind)
    orders = orders.exclude(state="dropped") if kind == "first" else orders.filter(state="waiting")
    if orders.exists():
        return None
    return KitOrder.objects.create(place=place, kind=kind, copies=copies, state="waiting", ordered_at=now())


def order_kit_for_service(place: ApplicationPlace) -> None:
    """Have printed what a place needs that takes a further service, inside the caller's transaction (P-31).

    Its first kit; or, if that was posted without the service, a poster and logos with it.
    """
    if not _orders(place).filter(kind="first", state="sent").exists():
        order_kit(place, "first")
        return
    order_kit(place, "poster")
    order_kit(place, "logos")


def _orders(place: ApplicationPlace) -> QuerySet[KitOrder]:
    if place.place_id is None:
        return KitOrder.objects.filter(place=place)
    return KitOrder.objects.filter(Q(place=place) | Q(place__place=place.place_id))


def order_stickers(*, actor: Actor, place_id: UUID, copies: int) -> KitOrder:
    """More stickers for a place (J-14), asked for by its applicant.

    Raises Refusal `applied_place_unknown`, `place_without_code`, `copies_wrong`, `kit_waits_already`.
    """
    with transaction.atomic():
        place = (
            ApplicationPlace.objects.select_for_update(of=("self",), no_key=True)
            .select_related("application")
            .filter(id=place_id)
            .first()
        )
        if place is None:
            raise Refusal("applied_place_unknown")
        require(actor, "application.write", scope_of(place.application))
        if not 1 <= copies <= MAX_COPIES:
            raise Refusal("copies_wrong", field="copies", limit=MAX_COPIES)
        # At a post office several codes may stand; only the applicant's own goes on its stickers.
        own = StoreCode.objects.filter(place=place.place_id, principal=place.application.organisation_id)
        if place.place_id is None or not own.filter(is_closed=False).exists():
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
        # In one order, so that two officers with overlapping lists do not wait for each other.
        orders = list(waiting.select_related("place__application").order_by("id"))
        for order in orders:
            order.state, order.sent_on = "sent", day
            order.save(update_fields=["state", "sent_on"])
            record(actor, "kit.sent", order.place_id, kind=order.kind, copies=order.copies)
            write_to_applicant(order.place.application, "kit_sent", place=order.place.name)
    return len(orders)


def drop_orders(place: ApplicationPlace) -> None:
    """Print nothing more for a place, inside the caller's transaction."""
    KitOrder.objects.filter(place=place, state="waiting").update(state="dropped")


def drop_orders_of(application: Application) -> None:
    """Print nothing more for an application's places, inside the caller's transaction.

    A place whose code stays open takes services by another application (J-21): what waits is for those.
    """
    still_open = StoreCode.objects.filter(principal=application.organisation_id, is_closed=False).values("place")
    waiting = KitOrder.objects.filter(place__application=application, state="waiting")
    waiting.exclude(place__place__in=still_open).update(state="dropped")
