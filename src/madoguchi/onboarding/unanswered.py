"""What applicants wrote outside a question that nobody has answered yet, for the office and for each provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from madoguchi.onboarding.models import Message
from madoguchi.onboarding.states import OPEN_ITEMS
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope

MOST_LISTED = 10


@dataclass(frozen=True)
class Unanswered:
    """The latest words of those who have waited longest, one of each application or item, and how many there are."""

    messages: list[Message]
    count: int

    @property
    def more(self) -> int:
        """How many are not among `messages`."""
        return self.count - len(self.messages)


def written_to_office(actor: Actor) -> Unanswered:
    """Applications whose applicant had the last word with the office. Raises Refusal `not_allowed`."""
    require(actor, "office.read")
    rows = Message.objects.filter(item=None, side="applicant", to_side="office")
    later = Message.objects.filter(application=OuterRef("application"), item=None, id__gt=OuterRef("id"))
    return _listed(rows.filter(~Exists(later)), "application", ["application"])


def written_to_provider(actor: Actor, provider: str) -> Unanswered:
    """A provider's items about which the applicant had the last word, and nothing was decided since.

    Raises Refusal `not_allowed`.
    """
    require(actor, "provider.read", Scope(provider=provider))
    rows = Message.objects.filter(side="applicant", to_side="provider", item__provider=provider)
    later = Message.objects.filter(item=OuterRef("item"), id__gt=OuterRef("id"))
    is_open = Q(item__state__in=OPEN_ITEMS) | Q(item__changed_at__lte=F("written_at"))
    rows = rows.filter(~Exists(later)).filter(is_open).exclude(item__state__in=("draft", "submitted"))
    return _listed(rows, "item", ["item__place", "item__service", "application"])


def _listed(rows: QuerySet[Message], about: str, related: Iterable[str]) -> Unanswered:
    ids: list[UUID] = list(rows.order_by("id").values_list("id", flat=True)[:MOST_LISTED])
    count = len(ids) if len(ids) < MOST_LISTED else rows.values(about).distinct().count()
    return Unanswered(list(rows.filter(id__in=ids).select_related(*related).order_by("id")), count)
