"""`Actor`, and the one question every action asks: may this actor do this here?"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from madoguchi.core.errors import Refusal
from madoguchi.people.models import Membership, User
from madoguchi.people.rules import OFFICE_ROLES, PERMISSIONS, Grant, Scope, allows


@dataclass(frozen=True)
class Actor:
    """Who acts: `user:<id>`, `provider:<code>`, `system:<process>` or `anonymous`, with the grants they hold."""

    name: str
    grants: tuple[Grant, ...] = ()
    user_id: int | None = None
    is_system: bool = False

    def __str__(self) -> str:
        return self.name


ANONYMOUS = Actor("anonymous")


def system_actor(process: str) -> Actor:
    """The platform itself, e.g. the worker or a command run on the server."""
    return Actor(f"system:{process}", is_system=True)


def provider_actor(provider: str) -> Actor:
    """A provider that signed its request."""
    return Actor(f"provider:{provider}", (Grant("provider", provider=provider),))


def applicant_actor(application_id: UUID) -> Actor:
    """Whoever holds the key to an application: no user of the platform, and allowed nothing beside that one."""
    return Actor(f"applicant:{application_id}", (Grant("applicant", application_id=application_id),))


def actor_for(user: User) -> Actor:
    """The actor behind a signed-in user; an inactive user holds no grants."""
    if not user.is_active:
        return Actor(f"user:{user.pk}", user_id=user.pk)
    grants = tuple(
        Grant(
            role=row.role,
            organisation_id=row.organisation_id,
            place_id=row.place_id,
            provider=row.provider,
            everywhere=row.role in OFFICE_ROLES and row.organisation_id is None,
        )
        for row in Membership.objects.filter(user=user)
    )
    return Actor(f"user:{user.pk}", grants, user.pk)


def may(actor: Actor, permission: str, scope: Scope | None = None) -> bool:
    """Whether `actor` has `permission` over `scope`."""
    return actor.is_system or allows(actor.grants, permission, scope or Scope())


def require(actor: Actor, permission: str, scope: Scope | None = None) -> None:
    """Raise Refusal `not_allowed` unless `actor` has `permission` over `scope`."""
    if not may(actor, permission, scope):
        raise Refusal("not_allowed", permission=permission)


def organisations_where(actor: Actor, permission: str) -> set[UUID] | None:
    """The principals over which `actor` has a principal-scoped `permission`; None means all of them."""
    _, roles = PERMISSIONS[permission]
    held = [grant for grant in actor.grants if grant.role in roles]
    if actor.is_system or any(grant.everywhere for grant in held):
        return None
    return {grant.organisation_id for grant in held if grant.organisation_id is not None}
