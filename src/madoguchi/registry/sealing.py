"""Secrets at rest: sealed with a key made from the platform's own secret, so that a stolen database opens none."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# What else is ever sealed gets a purpose of its own: the same platform secret then gives it another key.
SIGNING_KEYS = b"madoguchi.signing-keys.1"


def seal(secret: bytes, platform_secrets: Sequence[str], purpose: bytes = SIGNING_KEYS) -> str:
    """`secret` as text that only the first of `platform_secrets` opens again."""
    return _box(platform_secrets, purpose).encrypt(secret).decode()


def unseal(sealed: str, platform_secrets: Sequence[str], purpose: bytes = SIGNING_KEYS) -> bytes | None:
    """What was sealed with any of `platform_secrets`; None if none of them opens it, or somebody altered it."""
    try:
        return _box(platform_secrets, purpose).decrypt(sealed.encode())
    except InvalidToken:
        return None


def _box(platform_secrets: Sequence[str], purpose: bytes) -> MultiFernet:
    return MultiFernet([Fernet(_key(secret, purpose)) for secret in platform_secrets])


def _key(platform_secret: str, purpose: bytes) -> bytes:
    # HKDF spreads a secret that is long and random already; it would not make a short password safe.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(platform_secret.encode())
    return base64.urlsafe_b64encode(derived)
