"""From where somebody asks, signed in or not."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from madoguchi.core.origins import network_of


def origin_of(request: HttpRequest) -> str:
    """The network from which a request comes; empty where it cannot be told (`core.origins`)."""
    forwarded_for, direct = request.headers.get("X-Forwarded-For", ""), request.META.get("REMOTE_ADDR", "")
    return network_of(forwarded_for, direct, proxies=settings.PROXIES)
