"""What JPQR itself cannot say: until when a code holds, that its amount is fixed, and who vouches for it.

Kept in templates of our own among EMVCo's unreserved ones (80-99), under our own identifier, so that every other
reader passes over them. The signature covers the whole code: a sticker pasted over a town's own does not carry it.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from madoguchi.jpqr.errors import PayloadError, SigningError
from madoguchi.jpqr.fields import Field, Payload, leaf, template
from madoguchi.jpqr.payload import decode, encode
from madoguchi.jpqr.rules import MAX_VALUE_CHARACTERS, UNRESERVED_TEMPLATES

# A UUID without hyphens, which EMVCo allows beside reverse domains: it belongs to nobody else, and to no domain that
# could be lost.
GUID = "d3c388513e3f4c44a09b5cd0d7d21b40"
EXPIRES, LOCKED, KEY_ID, SIGNATURE_HEAD, SIGNATURE_TAIL = "01", "02", "03", "04", "05"
KEY_ID_DIGITS = 8
SIGNATURE_CHARACTERS = 86  # 64 bytes in Base64 for addresses, without padding
LAST_SECOND = 253_402_300_799  # of the year 9999, where calendars end
_PREFIX = b"madoguchi.jpqr.1\n"  # so that this signature can never serve for anything else the key signs

SignatureState = Literal["unsigned", "unknown_key", "genuine", "forged"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What our templates of a code say; all at their defaults if it has none."""

    expires_at: datetime | None = None
    is_amount_locked: bool = False
    key_id: str | None = None
    signature: bytes | None = None

    def has_expired(self, at: datetime) -> bool:
        """Whether the code's time is over at `at`; its last second is still good."""
        return self.expires_at is not None and at > self.expires_at


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An Ed25519 key: two times 32 bytes, and the short name by which codes call it."""

    private: bytes
    public: bytes

    @property
    def key_id(self) -> str:
        """See `key_id_of`."""
        return key_id_of(self.public)


def new_key() -> KeyPair:
    """A new key, from the operating system's randomness."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    return KeyPair(private.private_bytes_raw(), private.public_key().public_bytes_raw())


def key_id_of(public: bytes) -> str:
    """The first 8 hexadecimal digits of the key's SHA-256. It only finds the key; the signature proves it."""
    return sha256(public).hexdigest()[:KEY_ID_DIGITS]


def public_key_text(public: bytes) -> str:
    """A public key as it is published: Base64 for addresses, 43 characters."""
    return _text_of(public)


def read_public_key(text: str) -> bytes:
    """The 32 bytes of a published key. Raises SigningError `bad_key`."""
    key = _bytes_of(text.strip())
    if key is None or len(key) != 32:
        raise SigningError("bad_key", "a public key is 43 characters of Base64 for addresses")
    return key


def conditions_of(payload: Payload) -> Conditions:
    """Read our templates. Raises PayloadError `duplicate_tag`, `bad_condition`, `missing_tag`, `unexpected_tag`."""
    facts: dict[str, tuple[str, Field]] = {}
    for path, one in _own_facts(payload):
        if one.tag in facts:
            raise PayloadError("duplicate_tag", path, one.offset - 4, "said in two of our templates")
        facts[one.tag] = (path, one)
    expires_at = _expiry(*facts[EXPIRES]) if EXPIRES in facts else None
    if LOCKED in facts:
        _require_locked(payload, *facts[LOCKED])
    head, tail, key = (facts.get(tag) for tag in (SIGNATURE_HEAD, SIGNATURE_TAIL, KEY_ID))
    if not (head or tail or key):
        return Conditions(expires_at, LOCKED in facts)
    if not (head and tail and key):
        path = next(path for path, _ in filter(None, (head, tail, key)))
        raise PayloadError("missing_tag", path[:2], payload.end, "a signature is a key's name and two halves")
    if len(key[1].value) != KEY_ID_DIGITS or set(key[1].value) - set("0123456789abcdef"):
        raise PayloadError("bad_condition", key[0], key[1].offset, "a key's name is 8 digits of 0-9 and a-f")
    signature = _bytes_of(head[1].value + tail[1].value)
    if signature is None or len(signature) != 64:
        raise PayloadError("bad_condition", head[0], head[1].offset, "a signature is 86 characters of Base64")
    return Conditions(expires_at, LOCKED in facts, key[1].value, signature)


def with_conditions(
    payload: Payload, *, expires_at: datetime | None = None, is_amount_locked: bool = False, key: KeyPair | None = None
) -> Payload:
    """The code with our templates at its end, signed if a `key` is given; those it had before are replaced.

    `expires_at` is aware and cut to the second. Raises PayloadError `unexpected_tag` for a locked amount that is not
    there, `no_room` if other schemes fill 80-99; ValueError for a time without zone.
    """
    facts = []
    if expires_at is not None:
        if expires_at.tzinfo is None:
            raise ValueError("an expiry needs its time zone")
        facts.append(leaf(EXPIRES, str(int(expires_at.timestamp()))))
    if is_amount_locked:
        facts.append(leaf(LOCKED, "1"))
    if key is not None:
        facts.append(leaf(KEY_ID, key.key_id))
    plain = Payload(tuple(one for one in payload.fields if not _is_own(one)))
    unsigned = _with_templates(plain, facts)
    if key is not None:
        room = MAX_VALUE_CHARACTERS - len(leaf("00", GUID).text) - sum(len(one.text) for one in facts) - 4
        text = _text_of(_signature(key, _message(unsigned)))
        head, tail = leaf(SIGNATURE_HEAD, text[:room]), leaf(SIGNATURE_TAIL, text[room:])
        unsigned = _with_templates(plain, [*facts, head], [tail])
    conditions_of(unsigned)
    return unsigned


def sign(text: str, key: KeyPair) -> str:
    """The payload `text` with its conditions kept and a signature by `key`. Raises PayloadError."""
    payload = decode(text)
    now = conditions_of(payload)
    signed = with_conditions(payload, expires_at=now.expires_at, is_amount_locked=now.is_amount_locked, key=key)
    return encode(signed)


def bound_text(
    text: str, *, expires_at: datetime | None = None, is_amount_locked: bool = False, key: KeyPair | None = None
) -> str:
    """The payload `text` under these conditions and signed, as `with_conditions`; itself if there are none."""
    if expires_at is None and not is_amount_locked and key is None:
        return text
    bound = with_conditions(decode(text), expires_at=expires_at, is_amount_locked=is_amount_locked, key=key)
    return encode(bound)


def signature_state(payload: Payload, public_keys: Mapping[str, bytes]) -> SignatureState:
    """Who vouches for a code, given the trusted keys by their `key_id_of`. Raises PayloadError as `conditions_of`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    said = conditions_of(payload)
    if said.signature is None or said.key_id is None:
        return "unsigned"
    if (public := public_keys.get(said.key_id)) is None:
        return "unknown_key"
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(said.signature, _message(payload))
    except InvalidSignature:
        return "forged"
    return "genuine"


def _is_own(one: Field) -> bool:
    return int(one.tag) in UNRESERVED_TEMPLATES and any(
        inner.tag == "00" and inner.value == GUID for inner in one.fields
    )


def _own_facts(payload: Payload) -> Iterator[tuple[str, Field]]:
    """Path and field of everything our templates say, without their identifier."""
    for one in payload.fields:
        if _is_own(one):
            yield from ((f"{one.tag}.{inner.tag}", inner) for inner in one.fields if inner.tag != "00")


def _message(payload: Payload) -> bytes:
    """What is signed: every other tag as it stands, then what our templates say, the signature left out."""
    others = "".join(one.text for one in payload.fields if not _is_own(one))
    own = "".join(one.text for _, one in _own_facts(payload) if one.tag not in (SIGNATURE_HEAD, SIGNATURE_TAIL))
    return _PREFIX + f"{others}\n{own}".encode()  # no payload holds a line break


def _signature(key: KeyPair, message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key.private).sign(message)


def _with_templates(payload: Payload, *groups: list[Field]) -> Payload:
    groups = tuple(group for group in groups if group)
    taken = {one.tag for one in payload.fields}
    free = [f"{tag}" for tag in UNRESERVED_TEMPLATES if f"{tag}" not in taken]
    if len(free) < len(groups):
        raise PayloadError("no_room", "80-99", payload.end, "other schemes use every unreserved template")
    own = (template(tag, leaf("00", GUID), *group) for tag, group in zip(free, groups, strict=False))
    return Payload((*payload.fields, *own))


def _expiry(path: str, one: Field) -> datetime:
    if not (one.value.isascii() and one.value.isdigit() and len(one.value) <= 12 and int(one.value) <= LAST_SECOND):
        raise PayloadError("bad_condition", path, one.offset, "an expiry is seconds since 1970")
    return datetime.fromtimestamp(int(one.value), UTC)


def _require_locked(payload: Payload, path: str, one: Field) -> None:
    if one.value != "1":
        raise PayloadError("bad_condition", path, one.offset, "a locked amount is marked 1")
    if payload.find("54") is None:
        raise PayloadError("unexpected_tag", path, one.offset - 4, "no amount (54) that could be locked")


def _text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes_of(text: str) -> bytes | None:
    """The bytes of Base64 for addresses without padding; None if it is none, or not the one way to write them."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _text_of(data) == text else None
