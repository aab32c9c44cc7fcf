"""The keys with which towns sign their codes: issued, retired, revoked, published (P-33)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.jpqr.conditions import KeyPair, new_key, public_key_text, read_public_key
from madoguchi.people.access import Actor, may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Organisation, SigningKey
from madoguchi.registry.queries import find_organisation
from madoguchi.registry.sealing import seal, unseal

logger = logging.getLogger(__name__)

KEY_STATES = (
    # from      to         when
    (None, "live", "a key is issued"),
    ("live", "retired", "its administrator ends it, or the next key is issued: what it signed stays good"),
    ("live", "revoked", "it was lost or stolen: nothing that it signed is trusted any longer"),
    ("retired", "revoked", "it turns out that it was lost or stolen while it lived"),
)


def state_of(key: SigningKey) -> str:
    """`live`, `retired` or `revoked`."""
    if key.revoked_at is not None:
        return "revoked"
    return "live" if key.retired_at is None else "retired"


def keys_of_organisation(organisation_id: UUID) -> list[SigningKey]:
    """Every key that an organisation ever had, the newest first, without their private halves."""
    rows = SigningKey.objects.filter(organisation=organisation_id).defer("private_key")
    return list(rows.order_by("-created_at", "-key_id"))


def find_signing_key(key_id: str) -> SigningKey:
    """A key with its organisation. Raises Refusal `signing_key_unknown`."""
    key = SigningKey.objects.select_related("organisation").defer("private_key").filter(key_id=key_id).first()
    if key is None:
        raise Refusal("signing_key_unknown", key_id=key_id)
    return key


def signing_key_of(organisation_id: UUID) -> KeyPair | None:
    """The key with which an organisation's codes are signed now: its newest live one, or None.

    None too if the platform's secret is no longer the one that sealed it: a till must go on showing its code, which
    then is unsigned, as `has_usable_key` tells the administrator.
    """
    live = SigningKey.objects.filter(organisation=organisation_id, retired_at=None, revoked_at=None)
    row = live.exclude(private_key="").order_by("-created_at", "-key_id").first()
    if row is None:
        return None
    private = unseal(row.private_key, platform_secrets())
    if private is None:
        logger.error("the platform's secret does not open signing key %s", row.key_id)
        return None
    return KeyPair(private, read_public_key(row.public_key))


def has_usable_key(organisation_id: UUID) -> bool:
    """Whether what is printed for an organisation now would be signed."""
    return signing_key_of(organisation_id) is not None


def trusted_keys(organisation_id: UUID | None = None) -> Mapping[str, bytes]:
    """Public keys by their id that vouch for codes of one organisation, or of any; revoked ones are left out."""
    rows = SigningKey.objects.filter(revoked_at=None)
    return _public(rows if organisation_id is None else rows.filter(organisation=organisation_id))


def keys_trusted_for(organisation_ids: Iterable[UUID]) -> Mapping[str, bytes]:
    """As `trusted_keys`, for several organisations together."""
    return _public(SigningKey.objects.filter(revoked_at=None, organisation__in=set(organisation_ids)))


def published_keys() -> list[dict[str, Any]]:
    """Every key's public half with its times, as anybody may know them, the oldest first.

    Instants are ISO 8601 in UTC, or None. Revoked keys stay in the list: whoever kept one must learn of it.
    """
    rows = SigningKey.objects.select_related("organisation").defer("private_key").order_by("created_at", "key_id")
    return [
        {
            "key_id": row.key_id,
            "public_key": row.public_key,
            "organisation": row.organisation.name,
            "municipality_code": row.organisation.municipality_id,
            "created_at": row.created_at.isoformat(),
            "retired_at": row.retired_at.isoformat() if row.retired_at else None,
            "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
        }
        for row in rows
    ]


@transaction.atomic
def issue_signing_key(*, actor: Actor, organisation_id: UUID) -> SigningKey:
    """Make a key with which an organisation's codes are signed from now on; a live one before it retires.

    Raises Refusal `not_allowed`, `organisation_unknown`, `platform_secret_missing`.
    """
    _require(actor, organisation_id)
    if settings.SECRET_KEY == settings.NO_SECRET:
        # Everybody knows it, and the next process would not: the key could be stolen, but not used.
        raise Refusal("platform_secret_missing")
    organisation = find_organisation(organisation_id)
    # Two issued at once take turns, so that one of them retires the other.
    Organisation.objects.select_for_update().get(id=organisation_id)
    for earlier in SigningKey.objects.filter(organisation=organisation_id, retired_at=None, revoked_at=None):
        _retire(actor, earlier)
    pair = new_key()
    while SigningKey.objects.filter(key_id=pair.key_id).exists():
        pair = new_key()  # a key's id has 32 bits: among thousands of keys, two could share one
    key = SigningKey.objects.create(
        key_id=pair.key_id,
        organisation=organisation,
        public_key=public_key_text(pair.public),
        private_key=seal(pair.private, platform_secrets()),
        created_at=now(),
    )
    record(actor, "signing_key.issued", f"organisation:{organisation_id}", key_id=key.key_id)
    return key


@transaction.atomic
def retire_signing_key(*, actor: Actor, key_id: str) -> SigningKey:
    """Sign nothing more with a key; what it signed stays good. Retiring again changes nothing.

    Raises Refusal `signing_key_unknown`, `not_allowed`.
    """
    key = _locked(actor, key_id)
    if state_of(key) == "live":
        _retire(actor, key)
    return key


@transaction.atomic
def revoke_signing_key(*, actor: Actor, key_id: str, reason: str) -> SigningKey:
    """Trust a key no longer, nor any sticker that it signed. Revoking again changes nothing.

    Raises Refusal `signing_key_unknown`, `not_allowed`, `reason_missing`.
    """
    key = _locked(actor, key_id)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if state_of(key) != "revoked":
        key.revoked_at, key.private_key = now(), ""
        key.save(update_fields=["revoked_at", "private_key"])
        subject = f"organisation:{key.organisation_id}"
        record(actor, "signing_key.revoked", subject, key_id=key_id, reason=reason.strip())
    return key


def _retire(actor: Actor, key: SigningKey) -> None:
    # Its private half is wiped: what signs no more can only be stolen.
    key.retired_at, key.private_key = now(), ""
    key.save(update_fields=["retired_at", "private_key"])
    record(actor, "signing_key.retired", f"organisation:{key.organisation_id}", key_id=key.key_id)


def _locked(actor: Actor, key_id: str) -> SigningKey:
    key = SigningKey.objects.select_for_update().filter(key_id=key_id).first()
    if key is None:
        raise Refusal("signing_key_unknown", key_id=key_id)
    _require(actor, key.organisation_id)
    return key


def _require(actor: Actor, organisation_id: UUID) -> None:
    if not may(actor, "office.write"):
        require(actor, "registry.write", Scope(principal_id=organisation_id))


def _public(rows: Any) -> dict[str, bytes]:
    return {key_id: read_public_key(text) for key_id, text in rows.values_list("key_id", "public_key")}


def platform_secrets() -> list[str]:
    """The platform's secret and those of earlier, in the order in which they open what is sealed."""
    return [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
