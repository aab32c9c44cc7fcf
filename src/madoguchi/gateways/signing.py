"""Signs and verifies the messages between Madoguchi and a payment provider; standard library only, for either side.

A message is signed with HMAC-SHA256 over its Unix time, a full stop and its raw body. The time limits how long a
recorded message can be played again; several keys are valid at once, so a key can be changed without a pause.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from mmap import mmap

KEY_HEADER = "Madoguchi-Key"
TIMESTAMP_HEADER = "Madoguchi-Timestamp"
SIGNATURE_HEADER = "Madoguchi-Signature"
WINDOW_SECONDS = 300
TIMESTAMP_DIGITS = 12  # enough until the year 33658; int() of an endless string of digits would cost time


class SignatureError(ValueError):
    """A message that cannot be trusted.

    `code` is one of `signature_missing`, `key_unknown`, `timestamp_malformed`, `timestamp_outside_window`,
    `signature_wrong`; `message` says in a sentence what its sender should look at.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def sign(secret: str, timestamp: int, body: bytes | mmap) -> str:
    """The signature of `body` sent at `timestamp` (Unix seconds): 64 lower-case hexadecimal digits."""
    signature = hmac.new(secret.encode(), f"{timestamp}.".encode(), hashlib.sha256)
    signature.update(body)
    return signature.hexdigest()


def signed_headers(key_id: str, secret: str, body: bytes, *, now: int) -> dict[str, str]:
    """The three headers that go with `body`; a GET signs the empty body. `now` is Unix seconds."""
    return {
        KEY_HEADER: key_id,
        TIMESTAMP_HEADER: str(now),
        SIGNATURE_HEADER: sign(secret, now, body),
    }


def verify(
    *,
    secrets: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes | mmap,
    now: int,
    window_seconds: int = WINDOW_SECONDS,
) -> str:
    """The id of the key that signed `body`. Raises SignatureError.

    `secrets` maps every key id valid now to its secret; header names are compared without regard to case; a message
    exactly `window_seconds` old, or ahead of our clock, is still taken.
    """
    found = {name.lower(): value for name, value in headers.items()}
    key_id = found.get(KEY_HEADER.lower(), "")
    timestamp = found.get(TIMESTAMP_HEADER.lower(), "")
    signature = found.get(SIGNATURE_HEADER.lower(), "")

    for name, value in ((KEY_HEADER, key_id), (TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)):
        if not value:
            raise SignatureError("signature_missing", f"The header {name} is missing: sign the request.")
    if key_id not in secrets:
        raise SignatureError("key_unknown", "No valid key has this id: look for a withdrawn key or a typing mistake.")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= TIMESTAMP_DIGITS):
        raise SignatureError("timestamp_malformed", f"{TIMESTAMP_HEADER} must be Unix seconds in decimal digits.")
    sent_at = int(timestamp)
    if abs(now - sent_at) > window_seconds:
        raise SignatureError(
            "timestamp_outside_window",
            f"The request is {now - sent_at} s old and {window_seconds} s either way are allowed: "
            "set the clock, and sign again for every attempt.",
        )
    # Compared as bytes: compare_digest refuses text outside ASCII with a TypeError.
    if not hmac.compare_digest(sign(secrets[key_id], sent_at, body).encode(), signature.encode()):
        raise SignatureError(
            "signature_wrong", "The signature does not fit: sign the raw bytes of the body with this key's secret."
        )
    return key_id
