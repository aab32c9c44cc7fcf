"""What the database holds, to show that something refused has left nothing behind."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection

# Larger tables are told by their number of rows: reading them whole at every refusal would take minutes.
WHOLE_UP_TO_ROWS = 60


def stored() -> dict[str, Any] | None:
    """Each table's rows, or how many there are in a large one; None where the test may not use the database."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
    quote = connection.ops.quote_name
    counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {quote(table)}" for table in tables)  # noqa: S608
    try:
        with connection.cursor() as cursor:
            cursor.execute(counts)
            found: dict[str, Any] = dict(cursor.fetchall())
            for table, rows in found.items():
                if 0 < rows <= WHOLE_UP_TO_ROWS:
                    cursor.execute(f"SELECT * FROM {quote(table)}")  # noqa: S608
                    found[table] = sorted(map(repr, cursor.fetchall()))
    except RuntimeError as error:  # how pytest-django says that a test did not ask for the database
        if "Database access not allowed" not in str(error):
            raise
        return None
    return found


def difference(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    """The tables that changed, each with what it held before and after."""
    return {table: (before[table], held) for table, held in (after or {}).items() if before and before[table] != held}
