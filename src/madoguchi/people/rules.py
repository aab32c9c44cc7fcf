"""Roles and what each may do: one table, deny by default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

ROLES = ("clerk", "accountant", "town_administrator", "provider", "programme_officer", "auditor")
# Held without an organisation, these cover the whole programme; every other role is nothing without a place to act in.
OFFICE_ROLES = frozenset({"programme_officer", "auditor"})

# Where a permission looks: at the place a till stands, at the organisation whose money it is (the principal),
# at one provider's own rows, at one application, or at everything.
PERMISSIONS: dict[str, tuple[str, frozenset[str]]] = {
    # permission              scope        roles
    "till.use": ("place", frozenset({"clerk"})),
    "till.refund": ("place", frozenset({"clerk"})),
    "till.close_day": ("place", frozenset({"clerk"})),
    "till.reopen_day": ("principal", frozenset({"accountant"})),
    "payer.read": ("principal", frozenset({"accountant", "town_administrator"})),
    "payment.clear": ("principal", frozenset({"accountant"})),
    "sales.read": ("principal", frozenset({"accountant", "town_administrator", "auditor"})),
    "sales.memo": ("principal", frozenset({"accountant", "town_administrator"})),
    "settlement.read": ("principal", frozenset({"accountant", "town_administrator", "auditor"})),
    "settlement.write": ("principal", frozenset({"accountant"})),
    "registry.write": ("principal", frozenset({"town_administrator"})),
    "application.read": ("application", frozenset({"applicant", "town_administrator"})),
    "application.write": ("application", frozenset({"applicant", "town_administrator"})),
    "office.read": ("all", frozenset({"programme_officer", "auditor"})),
    "office.write": ("all", frozenset({"programme_officer"})),
    "opendata.write": ("all", frozenset({"programme_officer"})),
    # A town runs its own campaigns, the programme's office its own and anybody's.
    "campaign.read": (
        "principal",
        frozenset({"accountant", "town_administrator", "programme_officer", "auditor"}),
    ),
    "campaign.write": ("principal", frozenset({"accountant", "town_administrator", "programme_officer"})),
    "provider.read": ("provider", frozenset({"provider"})),
    "provider.write": ("provider", frozenset({"provider"})),
}


@dataclass(frozen=True)
class Grant:
    """One role somebody holds, and where. `everywhere` marks roles of the programme's own office."""

    role: str
    organisation_id: UUID | None = None
    place_id: UUID | None = None
    provider: str = ""
    everywhere: bool = False
    application_id: UUID | None = None


@dataclass(frozen=True)
class Scope:
    """What a permission is asked for: whose money, at which place, run by whom, through which provider, applied how."""

    principal_id: UUID | None = None
    operator_id: UUID | None = None
    place_id: UUID | None = None
    provider: str = ""
    application_id: UUID | None = None


def allows(grants: Iterable[Grant], permission: str, scope: Scope) -> bool:
    """Whether one of `grants` gives `permission` over `scope`. An unknown permission raises KeyError."""
    kind, roles = PERMISSIONS[permission]
    return any(grant.role in roles and _covers(grant, kind, scope) for grant in grants)


def _covers(grant: Grant, kind: str, scope: Scope) -> bool:
    if grant.everywhere or kind == "all":
        return grant.everywhere
    if kind == "provider":
        return bool(scope.provider) and grant.provider == scope.provider
    if kind == "application" and grant.application_id is not None:
        return grant.application_id == scope.application_id
    if kind in {"principal", "application"}:
        return grant.organisation_id is not None and grant.organisation_id == scope.principal_id
    # A till belongs to whoever runs the place; a clerk tied to one place stays there.
    if grant.organisation_id is None or grant.organisation_id != scope.operator_id:
        return False
    return grant.place_id is None or grant.place_id == scope.place_id
