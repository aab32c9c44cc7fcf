"""What every page of a campaign's desk shares: the campaign in the address, its tabs, who proposed and who decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from madoguchi.people.access import may
from madoguchi.people.rules import Scope
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.queries import find_campaign, waiting_for
from madoguchi.web.edges import Page
from madoguchi.web.office.words import names_for


def page(
    request: Page, template: str, campaign: Campaign, tab: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of one campaign's desk."""
    shared = {
        "campaign": campaign,
        "tab": tab,
        "own": str(request.actor),
        "may_write": may(request.actor, "campaign.write", Scope(principal_id=campaign.owner_id)),
        "waiting": waiting_for(request.actor, campaign),
    }
    return render(request, f"campaigns/{template}", {**shared, **facts}, status=status)


def opened(request: Page, code: str) -> Campaign:
    """The campaign in the address, if the reader may see it."""
    return find_campaign(request.actor, code)


def people_of(rows: Iterable[Any]) -> dict[str, str]:
    """Who proposed, decided or drew up: the names behind the actors in these rows."""
    names = {getattr(row, field, "") for row in rows for field in ("maker", "checker", "drawn_up_by", "asked_by")}
    return names_for(name for name in names if name)
