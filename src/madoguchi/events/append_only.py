"""Triggers that let the database itself refuse to change or delete a row of an append-only table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

APPEND_ONLY_TABLES = ("events_event", "events_block", "ledger_posting")


def _create(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [
            "CREATE OR REPLACE FUNCTION madoguchi_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'append-only table %', TG_TABLE_NAME; END $$",
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION madoguchi_append_only()",
        ]
    return [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'append-only table {table}'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def _drop(vendor: str, table: str) -> list[str]:
    if vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("UPDATE", "DELETE")]


def protect(*tables: str) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
    """A migration step that makes `tables` append-only."""

    def step(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for statement in _create(editor.connection.vendor, table):
                # None, not (): with parameters, even none, psycopg reads the `%` of RAISE as a placeholder.
                editor.execute(statement, params=None)

    return step


def unprotect(*tables: str) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
    """The reverse of `protect`."""

    def step(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for statement in _drop(editor.connection.vendor, table):
                editor.execute(statement, params=None)

    return step


@contextmanager
def protection_lifted(*tables: str) -> Iterator[None]:
    """Allow deletes inside the block; only for removing demo data, and only inside a transaction."""
    with connection.cursor() as cursor:
        for table in tables:
            for statement in _drop(connection.vendor, table):
                cursor.execute(statement)
        yield
        for table in tables:
            for statement in _create(connection.vendor, table):
                cursor.execute(statement)
