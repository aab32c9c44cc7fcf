"""From the code on a customer's screen to the town's books: wallet, till, outbox, provider, notice, match, ledger."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from flask import Flask

from madoguchi.cli.setting_up import prepare_demo
from madoguchi.core.clock import now
from madoguchi.counter.models import Order
from madoguchi.events.models import Delivery
from madoguchi.gateways.sandbox import SandboxConfig, create_app
from madoguchi.gateways.sandbox.state import EXTENSION
from madoguchi.jobs.worker import deliver_due
from madoguchi.ledger.queries import balances
from madoguchi.payments.models import Charge, Payment
from madoguchi.people.access import system_actor
from madoguchi.people.models import User
from madoguchi.settlement.tracing import trace
from tests.jobs.conftest import inside_one_transaction

pytestmark = pytest.mark.django_db


class Wallet:
    """The sandbox as the payer's phone and as the provider, driven by the test."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()

    def show(self, service: str) -> str:
        payload: str = self.client.post("/codes", json={"service": service}).json["payload"]
        return payload

    def send_notices(self) -> int:
        sandbox = self.app.extensions[EXTENSION]
        with inside_one_transaction():
            return int(sandbox.sender.send_due(sandbox.clock()))

    def hear(self) -> int:
        """One turn of Madoguchi's worker, whose messages reach this provider and no network."""
        with httpx.Client(transport=httpx.WSGITransport(app=self.app)) as client, ThreadPoolExecutor(1) as senders:
            return deliver_due(client, senders)


@pytest.fixture
def wallet(towns: Any, settings: Any, tmp_path: Path) -> Iterator[Wallet]:
    """The demo's sandbox with the keys and operators' digits that `madoguchi setup --demo` writes for it."""
    from madoguchi.config.wsgi import application

    settings.DEMO, settings.VAR, settings.PUBLIC_URL = True, tmp_path, "http://testserver"
    config = SandboxConfig.from_file(prepare_demo(sandbox_url="http://sandbox.test"))
    # What the demo itself has told: only what a test does is to be heard.
    Delivery.objects.all().delete()
    transport = httpx.WSGITransport(app=application)
    app = create_app(config, transport=transport, starts_sender=False)
    yield Wallet(app)
    app.extensions[EXTENSION].sender.stop()
    app.extensions[EXTENSION].store.close()


def test_a_code_shown_at_the_till_ends_in_the_towns_books(wallet: Wallet, mill: Any, mill_clerk: Any, order_at: Any):
    """J-27, M-08: one customer's code, one charge, one payment, one order, and every figure says the same."""
    order_at(mill, mill_clerk, adult=2)  # another customer with the same amount, who must not be taken for ours
    order = order_at(mill, mill_clerk, adult=2)
    till = Client()
    till.force_login(User.objects.get(username="clerk-mill"))

    code = wallet.show("au_pay")
    answer = till.post(reverse("till:charge", args=[order.id]), {"key": "k1", "shown_code": code})
    assert answer.headers["Location"] == reverse("till:order", args=[order.id])
    assert wallet.hear() == 1
    assert Charge.objects.get().state == "accepted"
    assert wallet.send_notices() == 1

    payment = Payment.objects.get()
    assert (payment.order_id, payment.service_id, payment.rule) == (order.id, "au_pay", "order_reference")
    assert (Order.objects.get(id=order.id).state, Charge.objects.get().state) == ("paid", "paid")
    books = {account.replace(str(mill.id), "here"): yen for account, yen in balances(mill.operator_id).items() if yen}
    assert books == {"receivable:au_pay": 2_000, "revenue:here:adult": 2_000}
    assert code not in str(list(Delivery.objects.values_list("data", flat=True)))
    arrows = [(step.arrow, step.what) for step in trace(payment.id, actor=system_actor("test"))]
    assert ("message.sent", "charge.requested → au_pay: delivered") in arrows
    assert payment.paid_at <= now()


def test_a_code_that_was_used_is_declined_and_the_till_says_why(
    wallet: Wallet, mill: Any, mill_clerk: Any, order_at: Any
):
    till = Client(headers={"accept-language": "en"})
    till.force_login(User.objects.get(username="clerk-mill"))
    code = wallet.show("paypay")
    for number in range(2):
        order = order_at(mill, mill_clerk, adult=1)
        till.post(reverse("till:charge", args=[order.id]), {"key": f"k{number}", "shown_code": code})
        wallet.hear()
    wallet.send_notices()

    page = till.get(reverse("till:order", args=[order.id])).text

    assert "The code had been used already." in page
    assert "shown_code_used" in page
    assert (Payment.objects.count(), Order.objects.get(id=order.id).state) == (1, "open")
