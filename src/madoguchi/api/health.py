"""`GET /healthz`: 200 only when the database answers and the worker lives."""

from __future__ import annotations

from datetime import timedelta

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from madoguchi.core.clock import now
from madoguchi.events.queries import last_beat

ALIVE = timedelta(seconds=10)


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """`{"status": "ok" | "unwell", "database": …, "worker": …}` with status 200 or 503."""
    try:
        beat = last_beat("worker")
        database = True
    except Error:
        beat, database = None, False
    worker = beat is not None and now() - beat < ALIVE
    well = database and worker
    data = {"status": "ok" if well else "unwell", "database": database, "worker": worker}
    return JsonResponse(data, status=200 if well else 503)
