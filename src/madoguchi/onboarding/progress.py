"""How an application stands, for programs: per place × service, with what is missing and what was written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q

from madoguchi.onboarding.applications import EDITABLE
from madoguchi.onboarding.following import places_of
from madoguchi.onboarding.inbox import decided
from madoguchi.onboarding.models import Application, Message
from madoguchi.onboarding.submission import gaps_of

# The provider's own number of the merchant is between the provider and its systems.
_NOT_THE_APPLICANTS = ("provider_reference",)


def progress_of(application_id: UUID) -> dict[str, Any]:
    """An application as JSON. The caller has made sure that its reader holds the key."""
    application = Application.objects.get(id=application_id)
    places = list(places_of(application))
    positions = {place.id: position for position, place in enumerate(places)}
    gaps = gaps_of(application) if application.state in EDITABLE else ()
    missing = [
        {
            "section": gap.section,
            "field": gap.field,
            "rule": gap.rule,
            **({"position": positions[gap.place_id]} if gap.place_id in positions else {}),
        }
        for gap in gaps
    ]
    written = application.messages.filter(Q(side="applicant") | Q(to_side="applicant")).order_by("written_at", "id")
    return {
        "reference": application.reference,
        "state": application.state,
        "submitted_at": application.submitted_at.isoformat() if application.submitted_at else None,
        "decided_at": application.decided_at.isoformat() if application.decided_at else None,
        "missing": missing,
        "places": [
            {
                "place_id": str(place.id),
                "name": place.name,
                "items": [_item(item) for item in place.items.all()],
            }
            for place in places
        ],
        "messages": [_message(message) for message in written],
    }


def _item(item: Any) -> dict[str, Any]:
    told = {name: value for name, value in decided(item).items() if name not in _NOT_THE_APPLICANTS}
    return {"item_id": str(item.id), "service": item.service_id, "state": item.state, **told}


def _message(message: Message) -> dict[str, Any]:
    return {
        "from": message.side,
        "item_id": str(message.item_id) if message.item_id else None,
        "text": message.text,
        "written_at": message.written_at.isoformat(),
    }
