"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Facts for base.html."""
    return {"is_demo": settings.DEMO, "actor": getattr(request, "actor", None)}
