"""What an application still lacks before it can be sent: pure, each gap with its section, field and rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

# Bodies with a corporate number of their own (法人番号); a town's is asked for, yet its code already says who it is.
WITHOUT_NUMBER = frozenset({"sole_proprietor", "unincorporated"})
APPLICANT = (
    "name",
    "municipality_code",
    "postal_code",
    "address",
    "representative",
    "contact_person",
    "phone",
    "email",
)
ACCOUNT = ("bank_code", "branch_code", "account_kind", "account_number", "holder_kana")


@dataclass(frozen=True)
class Gap:
    """Something missing: where to enter it, and the rule that asks for it."""

    section: str
    field: str
    rule: str
    place_id: UUID | None = None


@dataclass(frozen=True)
class DraftPlace:
    """What of a place decides whether it is complete."""

    id: UUID | None
    name_en: str
    address: str
    place_class: str
    purposes: tuple[str, ...]
    service_count: int


@dataclass(frozen=True)
class Draft:
    """An application as far as it is filled in. `documents` are the needs that no document meets yet."""

    kind: str
    applicant: Mapping[str, Any]
    business: Mapping[str, Any]
    account: Mapping[str, Any]
    places: Sequence[DraftPlace] = ()
    documents: Sequence[tuple[str, str]] = field(default_factory=tuple)
    consent: bool | None = None


def gaps(draft: Draft) -> tuple[Gap, ...]:
    """Everything missing, in the order of the pages; none means that it can be sent."""
    found = [Gap("applicant", name, "J-11") for name in APPLICANT if not draft.applicant.get(name)]
    found += _business(draft)
    found += [Gap("account", name, "J-28") for name in ACCOUNT if not draft.account.get(name)]
    if not draft.places:
        found.append(Gap("places", "places", "J-22"))
    found += [gap for place in draft.places for gap in _place(draft.kind, place)]
    found += [Gap("documents", need, rule) for need, rule in draft.documents]
    if draft.consent is None:
        found.append(Gap("consent", "publication_consent", "P-27"))
    return tuple(found)


def _business(draft: Draft) -> Iterable[Gap]:
    told = draft.business
    if draft.kind == "municipality":
        # J-11: the general account's settlement stands for sales; capital is 0 and not asked for.
        if told.get("yearly_sales_yen") is None:
            yield Gap("business", "yearly_sales_yen", "J-11")
        return
    if not told.get("entity"):
        yield Gap("business", "entity", "P-06")
    elif told["entity"] not in WITHOUT_NUMBER and not draft.applicant.get("corporate_number"):
        yield Gap("applicant", "corporate_number", "J-11")
    if not told.get("industry"):
        yield Gap("business", "industry", "P-06")


def _place(kind: str, place: DraftPlace) -> Iterable[Gap]:
    # The code carries the name in Latin letters; EMV knows no others for it.
    if not place.name_en:
        yield Gap("places", "name_en", "J-01", place.id)
    if not place.address and place.place_class in {"fixed", "other"}:
        yield Gap("places", "address", "P-27", place.id)
    if not place.purposes and kind == "municipality":
        yield Gap("places", "purposes", "M-09", place.id)
    if not place.service_count:
        yield Gap("places", "services", "J-04", place.id)
