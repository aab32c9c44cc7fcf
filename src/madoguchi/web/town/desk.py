"""Whose books a page of this room shows: the reader's own organisation, or the one chosen in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from madoguchi.core.errors import Refusal
from madoguchi.people.access import may
from madoguchi.people.rules import Scope
from madoguchi.registry.directory import principals_open_to
from madoguchi.registry.models import Organisation
from madoguchi.web.edges import Page

# Under which tab of the room each page stands.
TABS = {
    "home": "home",
    "sales": "sales",
    "payment": "sales",
    "memo": "sales",
    "trace": "sales",
    "unmatched": "unmatched",
    "clear": "unmatched",
    "settlement": "settlement",
    "payout": "settlement",
    "deposits": "deposits",
    "deposit": "deposits",
    "deposit_file": "deposits",
    "books": "books",
    "days": "days",
    "day": "days",
    "codes": "codes",
    "check": "codes",
    "key": "codes",
    "setup": "setup",
    "price": "setup",
}


@dataclass(frozen=True)
class Desk:
    """The books that are open: one principal's, for each is paid to its own account (J-27, H-24)."""

    organisation: Organisation
    choices: list[Organisation]
    request: Page

    @property
    def query(self) -> dict[str, str]:
        """What every address of this room carries, so that it leads to the same books for whoever follows it."""
        return {"of": str(self.organisation.id)} if len(self.choices) > 1 else {}

    @property
    def suffix(self) -> str:
        """`?of=…`, or nothing for somebody who keeps one organisation's books only."""
        return f"?{urlencode(self.query)}" if self.query else ""

    def address(self, name: str, *args: object, **query: object) -> str:
        """The address of a page of this room for these books; empty values are left out."""
        kept = {**self.query, **{key: str(value) for key, value in query.items() if value not in (None, "")}}
        return reverse(f"town:{name}", args=args) + (f"?{urlencode(kept)}" if kept else "")

    @property
    def running_address(self) -> str:
        """The payouts with the running periods as part of the page, for browsers without script."""
        return self.address("settlement", running=1)

    @property
    def waiting_address(self) -> str:
        """Where deposits wait for a decision."""
        return self.address("deposits", state="waiting")

    def may(self, permission: str) -> bool:
        """Whether the reader holds a permission over these books."""
        return may(self.request.actor, permission, Scope(principal_id=self.organisation.id))

    def page(self, template: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """A page of this room in its frame."""
        tab = TABS.get(template.removesuffix(".html"), "")
        return render(self.request, f"town/{template}", {"desk": self, "tab": tab, **facts}, status=status)


def open_desk(request: Page, *, permission: str = "sales.read", of: UUID | None = None) -> Desk:
    """The books the reader asked for by `of` or the address's `?of=`, else the first that are open to them.

    Raises Refusal `not_allowed`, `organisation_unknown`.
    """
    choices = principals_open_to(request.actor, permission)
    if not choices:
        raise Refusal("not_allowed", permission=permission)
    wanted = of or _id_in(request.POST.get("of") or request.GET.get("of"))
    if wanted is None:
        return Desk(choices[0], choices, request)
    found = next((row for row in choices if row.id == wanted), None)
    if found is None:
        raise Refusal("not_allowed", permission=permission)
    return Desk(found, choices, request)


def _id_in(text: str | None) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Refusal("organisation_unknown") from None
