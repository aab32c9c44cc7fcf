"""Codes found on a counter, judged by whose they should be: the town's keys and store numbers, the place's code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from madoguchi.core.clock import now
from madoguchi.jpqr.inspection import Inspection, inspect_all
from madoguchi.jpqr.profile import StoreId
from madoguchi.registry.models import Organisation, Place, SigningKey, StoreCode
from madoguchi.registry.signing import keys_trusted_for


@dataclass(frozen=True)
class CheckedCode:
    """A judged code, with the store code of ours that its number belongs to and the key it names, if we have them.

    `is_signing`: whether those whose codes belong where it was found have keys at all.
    """

    inspection: Inspection
    code: StoreCode | None
    signer: SigningKey | None
    is_signing: bool


def inspect_for_town(texts: Iterable[str], organisation: Organisation) -> list[CheckedCode]:
    """Judge codes found at a town's places: its own, and those of others for whom its places take money (H-24).

    Good are the codes of open places and the keys of those whose money it is; a closed code is another's.
    """
    codes = _codes().filter(Q(principal=organisation) | Q(place__operator=organisation))
    return _checked(texts, codes, also_trusted=organisation.id)


def inspect_at_place(texts: Iterable[str], place: Place) -> list[CheckedCode]:
    """Judge codes found at one place: good are that place's open codes and no others."""
    return _checked(texts, _codes().filter(place=place), also_trusted=place.operator_id)


def _codes() -> QuerySet[StoreCode]:
    return StoreCode.objects.select_related("place", "principal")


def _checked(texts: Iterable[str], codes: QuerySet[StoreCode], *, also_trusted: UUID) -> list[CheckedCode]:
    here = codes.filter(is_closed=False, place__is_closed=False)
    expected = {StoreId.parse(text) for text in here.values_list("store_id", flat=True)}
    trusted = keys_trusted_for({also_trusted, *codes.values_list("principal", flat=True)})
    judged = inspect_all(texts, trusted=trusted, expected=expected, at=now())
    facts = [one.facts for one in judged if one.facts]
    by_store_id = {code.store_id: code for code in _codes().filter(store_id__in={one.store_id.text for one in facts})}
    signers = SigningKey.objects.select_related("organisation").defer("private_key")
    by_key_id = signers.in_bulk({one.key_id for one in facts if one.key_id})
    return [
        CheckedCode(
            one,
            by_store_id.get(one.facts.store_id.text) if one.facts else None,
            by_key_id.get(one.facts.key_id or "") if one.facts else None,
            bool(trusted),
        )
        for one in judged
    ]
