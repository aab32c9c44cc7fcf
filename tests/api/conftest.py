"""Signing requests as a provider does."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client

from madoguchi.gateways.signing import signed_headers
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import issue_key
from madoguchi.registry.models import Provider, StoreCode


class Signer:
    """A provider's program: signs and sends."""

    def __init__(self, provider: str) -> None:
        found = Provider.objects.get(code=provider)
        self.key = issue_key(actor=system_actor("test"), provider=found, direction="inbound")
        self.client = Client()

    def headers(self, body: bytes, *, at: int | None = None) -> dict[str, str]:
        now = int(time.time()) if at is None else at
        return signed_headers(self.key.key_id, self.key.secret, body, now=now)

    def post(self, path: str, data: Any, **changed: Any) -> Any:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        headers = {**self.headers(body), **changed}
        return self.client.post(f"/api/v1/provider/{path}", body, "application/json", headers=headers)

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(f"/api/v1/provider/{path}", query, headers=self.headers(b""))


@pytest.fixture
def provider(db: None) -> Signer:
    return Signer("paypay")


@pytest.fixture
def store_id(mill: Any) -> str:
    return StoreCode.objects.get(place=mill).store_id


@pytest.fixture
def notice(store_id: str) -> Any:
    """`notice("r1", amount_yen=500)`: a payment at the Silk Mill, paid just now."""

    def make(reference: str, /, **changed: Any) -> dict[str, Any]:
        paid_at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        base = {"reference": reference, "service": "paypay", "store_id": store_id, "amount_yen": 1000}
        return {**base, "paid_at": paid_at, **changed}

    return make
