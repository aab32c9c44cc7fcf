"""What a store code says and what is printed of it: the payload, signed by its principal, and stickers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from madoguchi.jpqr import JpqrError, StoreId, fit_name, sign, static_payload
from madoguchi.jpqr.conditions import KeyPair
from madoguchi.registry.models import Enrolment, StoreCode
from madoguchi.registry.rules import in_force
from madoguchi.registry.signing import signing_key_of

if TYPE_CHECKING:
    from madoguchi.jpqr import Sticker

CODE_STATES = (
    # state         when
    ("closed", "the code or its place is closed"),
    ("no_services", "it takes no service on that day: nobody could pay with it"),
    ("facts_missing", "what is entered of the place does not make a code, such as a postal code that is missing"),
    ("ready", "a sticker of it can be printed"),
)


@dataclass(frozen=True)
class TownCode:
    """One of a principal's codes on a day, with the services it takes then, and its state of CODE_STATES."""

    code: StoreCode
    services: tuple[str, ...]
    state: str

    @property
    def is_ready(self) -> bool:
        """Whether a sticker of it can be printed."""
        return self.state == "ready"


def payload_of(code: StoreCode) -> str:
    """The static JPQR payload of a code, the same on screen and on paper; signed if its principal has a live key.

    Raises PayloadError if the place's facts do not make a code.
    """
    return _payload(code, signing_key_of(code.principal_id))


def sticker_of(code: StoreCode, day: date) -> Sticker:
    """What the sticker of a code says on `day`. Raises PayloadError as `payload_of`."""
    code = _with_facts().get(id=code.id)
    return _sticker(code, _services(code, day), signing_key_of(code.principal_id))


def codes_of_town(organisation_id: UUID, day: date, *, words: str = "") -> list[TownCode]:
    """The codes under which money is taken for an organisation, in the order of their places' names.

    With `words`, only those whose place's name or store number contains them. Two queries, however many there are.
    """
    rows = _with_facts().filter(principal=organisation_id)
    if words := words.strip():
        by_name = Q(place__name__icontains=words) | Q(place__name_en__icontains=words)
        rows = rows.filter(by_name | Q(store_id__contains=words))
    found = []
    for code in rows.order_by("place__name", "store_id"):
        services = _services(code, day)
        found.append(TownCode(code, services, _state(code, services)))
    return found


def stickers_of(codes: Iterable[TownCode]) -> list[Sticker]:
    """Stickers of those codes that are ready, in their order, each signed by its principal if that has a key."""
    keys: dict[UUID, KeyPair | None] = {}
    made = []
    for row in codes:
        principal_id = row.code.principal_id
        if row.is_ready:
            if principal_id not in keys:
                keys[principal_id] = signing_key_of(principal_id)
            made.append(_sticker(row.code, row.services, keys[principal_id]))
    return made


def stickers_of_town(organisation_id: UUID, day: date) -> list[Sticker]:
    """Stickers of all of an organisation's codes that can be printed; three queries, however many there are."""
    return stickers_of(codes_of_town(organisation_id, day))


def _with_facts() -> QuerySet[StoreCode]:
    enrolments = Prefetch("enrolments", Enrolment.objects.select_related("service").order_by("service__name"))
    return StoreCode.objects.select_related("place__municipality", "place__operator").prefetch_related(enrolments)


def _services(code: StoreCode, day: date) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.service.name for row in code.enrolments.all() if in_force(row, day)))


def _state(code: StoreCode, services: tuple[str, ...]) -> str:
    if code.is_closed or code.place.is_closed:
        return "closed"
    if not services:
        return "no_services"
    try:
        _payload(code, None)
    except JpqrError:
        return "facts_missing"
    return "ready"


def _payload(code: StoreCode, key: KeyPair | None) -> str:
    plain = static_payload(
        store_id=StoreId.parse(code.store_id),
        merchant_name=code.merchant_name,
        city=code.city,
        postal_code=code.place.postal_code,
        mcc=code.mcc,
        local_name=fit_name(code.place.name),
    )
    return sign(plain, key) if key else plain


def _sticker(code: StoreCode, services: tuple[str, ...], key: KeyPair | None) -> Sticker:
    from madoguchi.jpqr import Sticker  # typst and Pillow: only who prints waits for them to load

    place, town = code.place, code.place.municipality
    return Sticker(
        place_name=place.name,
        place_name_en=place.name_en,
        municipality=str(town),
        municipality_en=f"{town.name_en}, {town.prefecture_en}",
        store_id=StoreId.parse(code.store_id),
        payload=_payload(code, key),
        services=services,
        postal_code=place.postal_code,
        organisation=place.operator.name,
    )
