"""Notices on their way to Madoguchi: queued with the faults in force, sent again on request."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from madoguchi.core.errors import Refusal
from madoguchi.gateways.sandbox.faults import Faults
from madoguchi.gateways.sandbox.store import Store

PATHS = {"payment": "/api/v1/provider/payments", "refund": "/api/v1/provider/refunds"}

# A payment's delivery is told by the best that happened to any copy of its notice.
BEST_FIRST = ("sent", "waiting", "failed", "dropped")


def queue_notice(
    db: sqlite3.Connection, faults: Faults, *, kind: str, provider: str, message: Mapping[str, Any], now: datetime
) -> None:
    """Store the notice of a payment or refund, and what the faults make of it: copies, delay, loss, a swap.

    The bytes are kept as they will leave, so that every copy and every repetition is the same request.
    """
    held = db.execute("SELECT id FROM notice WHERE is_held AND state = 'waiting' LIMIT 1").fetchone()
    state = "dropped" if faults.drop else "waiting"
    is_held = faults.reorder and not faults.drop and held is None
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    due_at = now.timestamp() + faults.delay_seconds
    last_id: int | None = None
    for _ in range(1 + faults.duplicate):
        last_id = db.execute(
            "INSERT INTO notice (kind, provider, reference, body, state, due_at, is_held) VALUES (?,?,?,?,?,?,?)",
            (kind, provider, message["reference"], body, state, due_at, is_held),
        ).lastrowid
    if held and state == "waiting":
        db.execute("UPDATE notice SET is_held = 0, behind = ? WHERE is_held", (last_id,))


def resend(db: sqlite3.Connection, reference: str, *, now: datetime) -> None:
    """Let the notice of a payment or refund leave now: the lost, failed or late copies, or else one more copy.

    Faults do not touch it: whoever asks wants to see it arrive. Raises Refusal `notice_unknown`.
    """
    due_at = now.timestamp()
    pending = db.execute(
        "UPDATE notice SET state = 'waiting', due_at = ?, is_held = 0, behind = NULL, attempts = 0 "
        "WHERE reference = ? AND state != 'sent'",
        (due_at, reference),
    )
    if pending.rowcount:
        return
    copied = db.execute(
        "INSERT INTO notice (kind, provider, reference, body, state, due_at) "
        "SELECT kind, provider, reference, body, 'waiting', ? FROM notice WHERE reference = ? LIMIT 1",
        (due_at, reference),
    )
    if not copied.rowcount:
        raise Refusal("notice_unknown", field="reference")


def resend_all_dropped(db: sqlite3.Connection, *, now: datetime) -> int:
    """Let every lost notice leave now, in the order in which they were lost; how many they are."""
    return db.execute(
        "UPDATE notice SET state = 'waiting', due_at = ?, attempts = 0 WHERE state = 'dropped'", (now.timestamp(),)
    ).rowcount


def notices(
    store: Store, *, reference: str | None = None, state: str | None = None, limit: int = 1000
) -> list[dict[str, Any]]:
    """Notices as programs see them, the latest first."""
    rows = store.rows(
        "SELECT id, kind, provider, reference, state, due_at, is_held, behind, attempts, answer_status, answer_code, "
        "was_repeated, sent_at FROM notice WHERE (?1 IS NULL OR reference = ?1) AND (?2 IS NULL OR state = ?2) "
        "ORDER BY id DESC LIMIT ?3",
        reference,
        state,
        limit,
    )
    return [{**dict(row), "is_held": bool(row["is_held"]), "was_repeated": bool(row["was_repeated"])} for row in rows]


def delivery_state(copies: Sequence[Mapping[str, Any]]) -> str:
    """How far a notice has come: `sent`, `waiting`, `failed` or `dropped`."""
    states = {copy["state"] for copy in copies}
    return next((state for state in BEST_FIRST if state in states), "dropped")
