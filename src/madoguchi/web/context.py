"""What every page's frame shows: who is signed in, the rooms they work in, the other language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from madoguchi.people.access import ANONYMOUS, Actor
from madoguchi.web.edges import page_of


@dataclass(frozen=True)
class Room:
    """A part of the site for the holders of some roles."""

    path: str
    label: Promise
    roles: frozenset[str]
    # Only for those who hold the role over the whole programme.
    is_office: bool = False

    def is_open_to(self, actor: Actor) -> bool:
        """Whether `actor` works here: what the navigation shows, not a permission."""
        return any(grant.role in self.roles and (grant.everywhere or not self.is_office) for grant in actor.grants)


# Rooms that are read without signing in, on any device and connection: their pages bring no letters along.
FOR_EVERYBODY = ("/map/", "/services/", "/statistics/", "/data/", "/guide/")
# In the order of the navigation; signing in leads to the first that is open to the user.
ROOMS = (
    Room("/till/", _("Till"), frozenset({"clerk"})),
    Room("/town/", _("Town's books"), frozenset({"accountant", "town_administrator", "auditor"})),
    Room("/provider/", _("Provider"), frozenset({"provider"})),
    Room("/office/", _("Programme office"), frozenset({"programme_officer", "auditor"}), is_office=True),
    Room(
        "/rewards/",
        _("Reward campaigns"),
        frozenset({"accountant", "town_administrator", "programme_officer", "auditor"}),
    ),
)

ROLE_NAMES = {
    "clerk": _("Counter clerk"),
    "accountant": _("Accountant"),
    "town_administrator": _("Town's administrator"),
    "provider": _("Payment provider"),
    "programme_officer": _("Programme officer"),
    "auditor": _("Auditor"),
}


def is_for_everybody(path: str) -> bool:
    """Whether an address is read without signing in: home, and every room for everybody."""
    return path == "/" or path.startswith(FOR_EVERYBODY)


@lru_cache
def is_page(path: str) -> bool:
    """Whether an address leads to a page of this installation, so that nothing links to one still to come."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def rooms_of(actor: Actor) -> list[Room]:
    """The rooms in which `actor` works and whose first page exists."""
    return [room for room in ROOMS if room.is_open_to(actor) and is_page(room.path)]


def other_language() -> tuple[str, str]:
    """Code and own name of the language that is not being read."""
    active = get_language() or settings.LANGUAGE_CODE
    return next((code, label) for code, label in settings.LANGUAGES if not active.startswith(code))


def shell(request: HttpRequest) -> dict[str, Any]:
    """Facts for base.html."""
    # A page that failed before ActorMiddleware ran (400, 403 csrf) still gets its frame.
    actor = getattr(request, "actor", ANONYMOUS)
    code, label = other_language()
    return {
        "is_demo": settings.DEMO,
        "is_for_everybody": is_for_everybody(request.path),
        "actor": actor,
        "rooms": [
            {"path": room.path, "label": room.label, "is_current": request.path.startswith(room.path)}
            for room in rooms_of(actor)
        ],
        # Where the language switch leads back to.
        "here": page_of(request),
        "other_language": {"code": code, "label": label},
    }
