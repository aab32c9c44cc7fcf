"""A sandbox whose clock, network and sender the tests drive themselves: nothing sleeps, nothing leaves the machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from madoguchi.gateways.sandbox import SandboxConfig, create_app
from madoguchi.gateways.sandbox.state import EXTENSION, Sandbox
from madoguchi.gateways.signing import signed_headers, verify
from madoguchi.jpqr import StoreId, static_payload

STORE_ID = "0000000000001-0001-000001-000001"
OPENING = datetime.fromisoformat("2026-11-21T10:31:05+09:00")
CONFIG = {
    "madoguchi_url": "http://madoguchi.test",
    "providers": [
        {
            "provider": "demo-paypay",
            "name": "PayPay（デモ）",
            "services": [{"id": "paypay", "name": "PayPay", "operator_code": "99999001"}],
            "key_id": "pp-1",
            "secret": "pp secret",
            "webhook_key_id": "pp-hook",
            "webhook_secret": "pp hook secret",
        },
        {
            "provider": "demo-dbarai",
            "name": "d払い（デモ）",
            "services": [
                {"id": "dbarai", "name": "d払い", "operator_code": "99999002"},
                {"id": "dcard", "name": "dカード"},
            ],
            "key_id": "d-1",
            "secret": "d secret",
            "webhook_key_id": "d-hook",
            "webhook_secret": "d hook secret",
        },
    ],
}


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = OPENING

    def __call__(self) -> datetime:
        return self.now

    def move(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Madoguchi:
    """The other side of the API: it checks signatures, remembers what arrived, and answers as told."""

    clock: Clock
    arrived: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    answers: list[httpx.Response | Exception] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        secrets = {each["key_id"]: each["secret"] for each in CONFIG["providers"]}
        now = int(self.clock().timestamp())
        self.keys.append(verify(secrets=secrets, headers=request.headers, body=request.content, now=now))
        message = json.loads(request.content)
        repeated = (request.url.path, message) in self.arrived
        self.arrived.append((request.url.path, message))
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return httpx.Response(
            201, json={"reference": message["reference"]}, headers={"Idempotency-Hit": "true"} if repeated else {}
        )

    @property
    def references(self) -> list[str]:
        return [message["reference"] for _, message in self.arrived]


@dataclass
class Driven:
    """A sandbox with its test client; `send` does what the background thread would do now."""

    app: Flask
    clock: Clock

    @property
    def sandbox(self) -> Sandbox:
        return self.app.extensions[EXTENSION]

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def send(self) -> int:
        return self.sandbox.sender.send_due(self.clock())

    def control(self, **changes: object) -> TestResponse:
        return self.client.put("/control", json=changes)

    def pay(self, amount_yen: int = 1000, **facts: object) -> str:
        answer = self.client.post(
            "/pay", json={"service": "paypay", "store_id": STORE_ID, "amount_yen": amount_yen, **facts}
        )
        assert answer.status_code == 201, answer.json
        return answer.json["reference"]

    def states(self, reference: str) -> list[str]:
        found = self.client.get(f"/notices?reference={reference}").json["notices"]
        return [notice["state"] for notice in reversed(found)]

    def webhook(self, message: dict[str, Any], *, provider: str = "demo-paypay", **headers: str) -> TestResponse:
        body = json.dumps(message).encode()
        keys = self.sandbox.config.provider(provider)
        signed = signed_headers(keys.webhook_key_id, keys.webhook_secret, body, now=int(self.clock().timestamp()))
        return self.client.post(
            f"/webhooks/{provider}", data=body, headers={**signed, **headers}, content_type="application/json"
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def madoguchi(clock: Clock) -> Madoguchi:
    return Madoguchi(clock)


@pytest.fixture
def config(tmp_path: Path) -> SandboxConfig:
    path = tmp_path / "sandbox.json"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return SandboxConfig.from_file(path)


@pytest.fixture
def start(config: SandboxConfig, clock: Clock, madoguchi: Madoguchi) -> Iterator[Callable[[], Driven]]:
    """Start the sandbox on the same file as often as a test likes."""
    started = []

    def start_one() -> Driven:
        app = create_app(config, clock=clock, transport=httpx.MockTransport(madoguchi), starts_sender=False)
        started.append(Driven(app, clock))
        return started[-1]

    yield start_one
    for each in started:
        each.sandbox.sender.stop()
        each.sandbox.store.close()


@pytest.fixture
def sandbox(start: Callable[[], Driven]) -> Driven:
    return start()


@pytest.fixture
def payload() -> str:
    return static_payload(
        store_id=StoreId.parse(STORE_ID),
        merchant_name="SHIROYAMA MUSEUM",
        city="SHIROYAMA",
        postal_code="3994301",
        mcc="7991",
        local_name="城山町立博物館",
    )
