"""A nation's published places in PostgreSQL, by COPY: what the finder's benchmarks ask."""

from __future__ import annotations

import json
from typing import Any

from rich.progress import track

from benchmarks.places_data import rows


def fill(count: int) -> None:
    """Fill the empty table of published places and let the planner look at it."""
    from django.db import connection

    from madoguchi.opendata.models import PublishedPlace

    names = [field.column for field in PublishedPlace._meta.fields]
    connection.ensure_connection()
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY opendata_publishedplace ({', '.join(names)}) FROM STDIN") as copy:
            for row in track(rows(count), total=count, description="places"):
                copy.write_row([_plain(row.get(name)) for name in names])
        cursor.execute("VACUUM ANALYZE opendata_publishedplace")


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value
