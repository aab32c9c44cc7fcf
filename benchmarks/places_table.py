"""A nation's published places in PostgreSQL, by COPY: what the finder's benchmarks ask."""

from __future__ import annotations

import json
from typing import Any

from rich.progress import track

from benchmarks.places_data import rows

# Each index row by row would take three quarters of the filling.
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'opendata_publishedplace'
    AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'opendata_publishedplace'::regclass)
"""


def fill(count: int) -> None:
    """Fill the empty table of published places, index it and let the planner look at it."""
    from django.db import connection

    from madoguchi.opendata.models import PublishedPlace

    names = [field.column for field in PublishedPlace._meta.fields]
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        with cursor.copy(f"COPY opendata_publishedplace ({', '.join(names)}) FROM STDIN") as copy:
            for row in track(rows(count), total=count, description="places"):
                copy.write_row([_plain(row.get(name)) for name in names])
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _, definition in track(indexes, description="indexes"):
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("VACUUM ANALYZE opendata_publishedplace")


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value
