"""How events are hashed into a chain, and when an undelivered message is tried again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

FIRST_HASH = "0" * 64
MAX_ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(seconds=60)
# A transaction that is still open may hold a lower row number than one already committed; blocks therefore only
# close over rows older than any transaction may live.
SEAL_AFTER = timedelta(minutes=5)

# Messages with a field that may be kept only until they are finished, for it is good for a minute or opens a door:
# such a message is emptied of it then, and never sent again.
FLEETING = {"charge.requested": "shown_code", "mail.started": "text"}

DELIVERY_STATES = (
    # from        to           when
    (None, "waiting", "the change that others must hear of was made"),
    ("waiting", "delivered", "the receiver answered 2xx"),
    ("waiting", "declined", "the receiver answered with a final no (409 or 422)"),
    ("waiting", "waiting", "the receiver did not answer or answered otherwise; tried again later"),
    ("waiting", "given_up", "the last attempt failed, or what it asks for is wanted no more"),
    ("declined", "waiting", "a person replays it"),
    ("given_up", "waiting", "a person replays it"),
    ("delivered", "waiting", "a person replays it"),
)


def may_replay(event: str, state: str) -> bool:
    """Whether a message about `event` can be sent again as it stands: it is finished, and whole."""
    return state != "waiting" and event not in FLEETING


def canonical(row: dict[str, Any]) -> bytes:
    """The bytes of an event that are hashed: JSON, keys sorted, no spaces, UTF-8."""
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()


def block_hash(previous_hash: str, rows: Iterable[dict[str, Any]]) -> str:
    """SHA-256 over the previous block's hash and each row's canonical bytes, length-prefixed."""
    digest = hashlib.sha256(previous_hash.encode())
    for row in rows:
        data = canonical(row)
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return digest.hexdigest()


def wait_before(attempt: int) -> timedelta:
    """How long to wait before attempt number `attempt` (2, 3, …): doubling, up to an hour."""
    doublings = max(0, attempt - 2)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
