"""Making users and giving them roles."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from madoguchi.events.actions import record
from madoguchi.people.access import Actor, require
from madoguchi.people.models import Membership, User


@transaction.atomic
def ensure_user(*, actor: Actor, username: str, display_name: str, password: str, is_demo: bool = False) -> User:
    """The user `username`, made with `password` if there is none yet; an existing user's password stays."""
    require(actor, "office.write")
    if found := User.objects.filter(username=username).first():
        return found
    user = User.objects.create_user(username=username, password=password, display_name=display_name, is_demo=is_demo)
    record(actor, "user.created", f"user:{user.pk}", is_demo=is_demo)
    return user


@transaction.atomic
def grant_role(
    *,
    actor: Actor,
    user: User,
    role: str,
    organisation_id: UUID | None = None,
    place_id: UUID | None = None,
    provider: str = "",
) -> Membership:
    """Give `user` a role; giving it again changes nothing."""
    require(actor, "office.write")
    membership, created = Membership.objects.get_or_create(
        user=user, role=role, organisation_id=organisation_id, place_id=place_id, provider=provider
    )
    if created:
        record(actor, "role.granted", f"user:{user.pk}", role=role, organisation=str(organisation_id or ""))
    return membership
