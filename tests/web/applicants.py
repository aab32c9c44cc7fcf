"""Browsers of those who apply, and applications for them to start from."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from tests.onboarding.conftest import Desk


def browser(language: str = "en") -> Client:
    """A browser that has shown no key yet."""
    return Client(headers={"accept-language": language})


def holder(desk: Desk, language: str = "en") -> Client:
    """A browser that came by the link in the first e-mail."""
    client = browser(language)
    answer = client.get(f"/join/resume/{desk.application.reference}/{desk.key}/")
    assert answer.status_code == 302
    return client


def at(desk: Desk, page: str) -> str:
    """The address of a page of the application's filling in."""
    return f"/join/apply/{desk.application.reference}/{page}"


def status_at(desk: Desk, page: str = "") -> str:
    """The address of a page of the application's status."""
    return f"/join/status/{desk.application.reference}/{page}"


def text(answer: Any) -> str:
    return answer.content.decode()


def hidden(answer: Any) -> dict[str, str]:
    """What a page's form carries along: its version and a digest of what it showed."""
    found = dict(re.findall(r'<input type="hidden" name="(version|shown)" value="([^"]*)"', text(answer)))
    assert set(found) == {"version", "shown"}
    return found
