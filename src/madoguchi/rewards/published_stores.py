"""The stores that take part in a campaign, as residents look for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from madoguchi.core.clock import today
from madoguchi.onboarding.models import ApplicationPlace
from madoguchi.registry.models import Enrolment, StoreCode
from madoguchi.rewards.models import Campaign

LONGEST_SEARCH = 80


def public_stores(campaign: Campaign, words: str = "") -> QuerySet[StoreCode]:
    """The campaign's stores by name, with their places; each of `words` stands in the name, the town or the address.

    As `enrolled.stores_of`, but asked of the database, which a programme of half a million stores needs. A store that
    is excluded by today is left out.
    """
    terms = campaign.terms
    enrolled = _enrolments(campaign).filter(code=OuterRef("pk"))
    found = StoreCode.objects.filter(Exists(enrolled)).exclude(principal__kind="municipality")
    chosen = {
        "place__municipality__in": "municipalities",
        "place__place_class__in": "place_classes",
        "mcc__in": "trades",
    }
    for lookup, name in chosen.items():
        if values := terms.get(name):
            found = found.filter(**{lookup: values})
    if terms.get("rate_bps") is None:
        rated = ApplicationPlace.objects.filter(
            place=OuterRef("place"), application__state="accepted", application__decision__rate_bps__gte=0
        )
        found = found.filter(Exists(rated))
    until = max(today(), campaign.starts_on)
    gone = campaign.exclusions.filter(state="approved", starts_on__lte=until).values("store_id")
    found = found.exclude(store_id__in=gone)
    for word in words[:LONGEST_SEARCH].split():
        place = Q(place__name__icontains=word) | Q(place__name_en__icontains=word) | Q(place__address__icontains=word)
        town = Q(place__municipality__name__icontains=word) | Q(place__municipality__name_en__icontains=word)
        found = found.filter(place | town | Q(place__municipality__prefecture__icontains=word))
    return found.select_related("place__municipality").order_by("place__name", "store_id")


def services_at(campaign: Campaign, codes: Iterable[StoreCode]) -> dict[str, list[str]]:
    """The names of the campaign's services that each of these stores takes, by store id."""
    rows = _enrolments(campaign).filter(code__in=[code.pk for code in codes])
    found: dict[str, list[str]] = defaultdict(list)
    for store, name in rows.order_by("service__name").values_list("code__store_id", "service__name").distinct():
        found[store].append(name)
    return dict(found)


def _enrolments(campaign: Campaign) -> QuerySet[Enrolment]:
    services = {str(row["service_id"]) for row in campaign.services}
    rows = Enrolment.objects.filter(service__in=services, starts_on__lte=campaign.ends_on)
    return rows.filter(Q(ends_on=None) | Q(ends_on__gte=campaign.starts_on))
