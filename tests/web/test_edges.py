"""Which network a request comes from, behind the proxies that stand in front."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from madoguchi.people.origins import origin_of

HERE, REAL, MADE_UP = "127.0.0.1", "203.0.113.7", "198.51.100.2"


@pytest.mark.parametrize(
    ("proxies", "direct", "forwarded", "origin"),
    [
        (1, HERE, "", ""),
        (1, REAL, "", REAL),
        (1, HERE, REAL, REAL),
        (1, HERE, f"{MADE_UP}, {REAL}", REAL),
        (2, HERE, f"{MADE_UP}, {REAL}, 10.0.0.2", REAL),
        (0, REAL, MADE_UP, REAL),
        (1, HERE, "unknown", ""),
        (1, "", "", ""),
        (1, HERE, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, HERE, "::1", ""),
    ],
)
def test_it_is_what_the_outermost_proxy_of_ours_saw(
    settings: Any, proxies: int, direct: str, forwarded: str, origin: str
) -> None:
    settings.PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    assert origin_of(RequestFactory().get("/", REMOTE_ADDR=direct, headers=headers)) == origin
