"""Browsers of those who apply, and applications for them to start from."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from madoguchi.web.merchant.urls import urlpatterns
from tests.onboarding.conftest import TOMIOKA, Desk, accepted


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


# Pages that anybody may open, and those of one application; of these, which know GET and which know POST.
OF_ALL = ("resume_link",)
OF_ONE = (
    "overview", "started", "leave", "section", "places", "new_place", "place", "remove_place", "services", "sheet",
    "template", "sheet_result", "broken_rows", "documents", "document", "remove_document", "consent", "refuse_consent",
    "check", "status", "write", "item", "place_status", "sticker", "withdraw", "further",
)  # fmt: skip


def applicant_things() -> dict[str, dict[str, Any]]:
    """What each page of an application of Tomioka's names, for the table of who may use it."""
    desk = accepted(municipality_code=TOMIOKA)
    every = {
        "reference": desk.application.reference,
        "key": "a-wrong-key",
        "section": "account",
        "applied_id": desk.places[0].id,
        "applied_item_id": desk.application.items.first().id,  # type: ignore[union-attr]  # it has two
        "document_id": desk.application.documents.get().id,
        "kind": "csv",
        "link_kind": "more_services",
    }
    routes = [f"merchant:{name}" for name in (*OF_ALL, *OF_ONE)]
    names = {each.name: set(each.pattern.regex.groupindex) for each in urlpatterns}
    return {route: {name: every[name] for name in names[route.partition(":")[2]]} for route in routes}
