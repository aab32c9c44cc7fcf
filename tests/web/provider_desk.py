"""What tests of the provider's inbox start from: items that PayPay has to decide on."""

from __future__ import annotations

from typing import Any

from madoguchi.core.clock import now
from madoguchi.onboarding.models import Item
from madoguchi.rewards.models import PaymentsFile
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


def reward_things() -> dict[str, dict[str, Any]]:
    """What the routes of a provider's side of rewards name: the campaign `week`, and a file that PayPay sent."""
    facts = {"rows": 1, "payments": 1, "refunds": 0, "payments_yen": 1, "size_bytes": 1, "received_at": now()}
    file = PaymentsFile.objects.create(provider_id="paypay", name="a.csv", sha256="0" * 64, path="a.csv", **facts)
    campaigns = ("campaign", "adjustments", "grants", "payment")
    results = ("grants", "adjustments", "claims")
    return {
        **{f"provider:reward_{name}": {"code": "week"} for name in campaigns},
        **{f"api:get_campaign_{name}": {"code": "week"} for name in results},
        **{f"api:post_{name}_report": {"code": "week"} for name in ("points", "cost")},
        **{route: {"file_id": file.id} for route in ("provider:reward_file_take_back", "api:post_withdraw")},
    }
