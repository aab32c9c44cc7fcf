"""What an applicant agreed to have published about a place, and the rate it was found eligible for (P-27, P-04)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from madoguchi.onboarding.models import ApplicationPlace


@dataclass(frozen=True)
class Registration:
    """The consent, rate and reading of one registered place; `rate_bps` is None where it earns no rewards."""

    is_consented: bool
    rate_bps: int | None
    name_kana: str


def registrations_of(place_ids: Iterable[UUID]) -> dict[UUID, Registration]:
    """By registry place: what its accepted applications say, the last decided one first heard.

    A place applied for twice is published only if every application agreed: a refusal is not undone by another's yes.
    """
    rows = ApplicationPlace.objects.filter(place__in=list(place_ids), application__state="accepted")
    rows = rows.order_by("application__decided_at")
    found: dict[UUID, Registration] = {}
    for place, consent, decision, kana in rows.values_list(
        "place_id", "application__publication_consent", "application__decision", "name_kana"
    ):
        earlier = found.get(place)
        rate = (decision or {}).get("rate_bps")
        found[place] = Registration(
            is_consented=consent is True and (earlier is None or earlier.is_consented),
            rate_bps=rate if rate is not None else (earlier.rate_bps if earlier else None),
            name_kana=kana or (earlier.name_kana if earlier else ""),
        )
    return found
