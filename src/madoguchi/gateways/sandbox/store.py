"""The sandbox's SQLite file: its tables, one connection per thread, one writer at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Instants are ISO 8601 text with their offset; only a notice's due_at is Unix seconds, because it is compared.
SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS payment (
    id INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    service TEXT NOT NULL,
    store_id TEXT NOT NULL,
    shop_name TEXT NOT NULL,
    amount_yen INTEGER NOT NULL CHECK (amount_yen > 0),
    order_reference TEXT,
    paid_at TEXT NOT NULL,
    key TEXT UNIQUE
);

-- What a payer's screen shows; charge_id is set once, by the charge that took it.
CREATE TABLE IF NOT EXISTS shown_code (
    payment_id TEXT PRIMARY KEY,
    service TEXT NOT NULL,
    payload TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    charge_id TEXT UNIQUE
);

CREATE TABLE IF NOT EXISTS refund (
    id INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    payment_reference TEXT NOT NULL REFERENCES payment (reference),
    amount_yen INTEGER NOT NULL CHECK (amount_yen > 0),
    reason TEXT NOT NULL,
    refunded_at TEXT NOT NULL,
    refund_id TEXT,
    UNIQUE (provider, refund_id)
);
CREATE INDEX IF NOT EXISTS refund_payment ON refund (payment_reference);

CREATE TABLE IF NOT EXISTS notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'refund')),
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dropped', 'failed')),
    due_at REAL NOT NULL,
    is_held INTEGER NOT NULL DEFAULT 0,
    behind INTEGER REFERENCES notice (id),
    attempts INTEGER NOT NULL DEFAULT 0,
    answer_status INTEGER,
    answer_code TEXT,
    was_repeated INTEGER NOT NULL DEFAULT 0,
    sent_at TEXT
);
CREATE INDEX IF NOT EXISTS notice_waiting ON notice (due_at, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS notice_reference ON notice (reference);

CREATE TABLE IF NOT EXISTS delivery (
    provider TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    event TEXT NOT NULL,
    answer_status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    received_at TEXT NOT NULL,
    PRIMARY KEY (provider, delivery_id)
);

CREATE TABLE IF NOT EXISTS place (
    provider TEXT NOT NULL,
    place_id TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (provider, place_id)
);
"""

Value = str | int | float | bytes | None


class Store:
    """The file and this thread's connection to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # A thread's connection closes with the thread.
        self._of_thread = threading.local()
        self._connection().executescript(SCHEMA)

    def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection().execute(sql, values).fetchall()

    def row(self, sql: str, *values: Value) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found: sqlite3.Row | None = self._connection().execute(sql, values).fetchone()
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, all or nothing. It waits here, not half-way, while another thread writes."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()

    def close(self) -> None:
        """Close this thread's connection."""
        connection = self._of_thread.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._of_thread.connection = connection
        return connection
