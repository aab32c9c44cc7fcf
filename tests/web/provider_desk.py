"""What tests of the provider's inbox start from: items that PayPay has to decide on."""

from __future__ import annotations

from typing import Any

from madoguchi.onboarding.models import Item
from tests.onboarding.conftest import Desk, accepted, place_facts


def tofu_shop(name: str = "豆腐店", services: tuple[str, ...] = ("paypay", "au_pay"), **more: Any) -> Desk:
    """A shop's application with its providers."""
    facts = place_facts(name, kind="shop", purposes=(), services=frozenset(services), **more)
    return accepted("business", places=[facts])


def item_of(desk: Desk, service: str = "paypay") -> Item:
    """The desk's item of one service."""
    return desk.application.items.get(service=service)


def inbox_things() -> dict[str, dict[str, Any]]:
    """What each route of the inbox and of applications by program names, for the table of who may use it."""
    desk = tofu_shop()
    one, opened = {"item_id": item_of(desk).id}, {"reference": desk.application.reference}
    document = {**one, "document_id": desk.application.documents.get().id}
    return {
        **dict.fromkeys(("provider:item", "provider:item_act", "api:get_inbox_item"), one),
        **{f"api:post_{what}": one for what in ("take", "ask", "approve", "refuse")},
        **dict.fromkeys(("provider:item_document", "api:get_inbox_document"), document),
        **dict.fromkeys(("api:get_application", "api:post_document", "api:post_submit"), opened),
        "api:get_schema": {"name": "inbox"},
    }
