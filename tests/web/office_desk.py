"""Two officers at their browsers, and one of everything that the office's desk for applications can name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from madoguchi.core.clock import now, today
from madoguchi.onboarding.models import ApplicationPlace, Likeness, Proposal
from madoguchi.onboarding.proposing import propose_screening
from madoguchi.onboarding.provider_desk import approve_item
from madoguchi.people.access import Actor, actor_for, provider_actor, system_actor
from madoguchi.people.actions import ensure_user, grant_role
from madoguchi.people.models import User
from tests.onboarding.conftest import Desk, accepted, place_facts, sent
from tests.web.readers import reader

SECOND = "second-officer"


def second_officer() -> User:
    """Another officer of the programme, for four eyes take two."""
    setup = system_actor("setup")
    user = ensure_user(actor=setup, username=SECOND, display_name="二人目", password="a-long-password")
    grant_role(actor=setup, user=user, role="programme_officer")
    return user


def first_actor() -> Actor:
    """The first officer, as actions know them."""
    return actor_for(User.objects.get(username="programme-office"))


def two_officers() -> tuple[Client, Client]:
    """The browsers of both."""
    second_officer()
    return reader("programme-office"), reader(SECOND)


def likeness_of(kept: ApplicationPlace, other: ApplicationPlace, probability: float = 0.8) -> Likeness:
    """Two places that linkage found alike."""
    agreement = {"name": "same", "place": "number_slip", "phone": "unknown", "corporate_number": "other"}
    return Likeness.objects.create(kept=kept, other=other, probability=probability, agreement=agreement, found_at=now())


def shops_alike() -> tuple[Desk, Desk, Likeness]:
    """One shop that came through two applications, both accepted."""
    place = place_facts("まちの豆腐店 本店", kind="shop", name_en="Tofuten", purposes=())
    first = accepted("business", places=[place])
    again = place_facts("町の豆腐店 本店", kind="shop", name_en="Tofuten", purposes=())
    second = accepted("business", places=[again], name="まちの豆腐店")
    return first, second, likeness_of(first.places[0], second.places[0])


def approved(desk: Desk, service: str = "paypay", *, days: int = 0) -> None:
    """The provider approves a service at the first place, from today or so many days later."""
    item = desk.places[0].items.get(service=service)
    approve_item(actor=provider_actor(service), item_id=item.id, starts_on=today() + timedelta(days=days))


def propose_to_accept(desk: Desk) -> Proposal:
    """The first officer proposes to accept it."""
    return propose_screening(actor=first_actor(), application_id=desk.application.id, decision="accept")


def post(client: Client, route: str, identifier: object, **data: Any) -> Any:
    """Send a form of one of the office's pages."""
    return client.post(reverse(f"office:{route}", args=[identifier]), data)


def office_things() -> dict[str, dict[str, Any]]:
    """What each route of the desk names, for the table of who may use it."""
    shop = sent("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    place = shop.places[0]
    other = sent("business", places=[place_facts("豆腐 店", kind="shop", purposes=())])
    application = {"application_id": shop.application.id}
    proposal = {"proposal_id": propose_to_accept(other).id}
    likeness = {"likeness_id": likeness_of(place, other.places[0]).id}
    ones = ("application", *(f"application_{what}" for what in ("accept", "refuse", "return", "cancel", "message")))
    return {
        **{f"office:{name}": application for name in (*ones, "application_account")},
        "office:document": {"document_id": shop.application.documents.get().id},
        **{f"office:{name}": {"applied_id": place.id} for name in ("applied_place", "applied_place_correct")},
        "office:applied_place_class": {"applied_id": place.id},
        **{f"office:proposal{what}": proposal for what in ("", "_confirm", "_decline", "_take_back")},
        **{f"office:duplicate{what}": likeness for what in ("", "_merge", "_apart", "_unmerge")},
    }
