"""`kill -9` at any moment: what was acknowledged is there once, and the books agree."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from madoguchi.gateways.signing import signed_headers
from tools.server import Server

pytestmark = pytest.mark.server
KILLS = 12
PAUSE_SECONDS = 0.25  # of a provider that got no answer; without it, a dead server's second grows to 100,000 notices
STORE_IDS = """
import json
from madoguchi.registry.models import StoreCode
print(json.dumps(list(StoreCode.objects.values_list("store_id", flat=True))))
"""
# Every payment by reference with its yen, and whether the books hold exactly that.
FACTS = """
import json
from collections import Counter
from madoguchi.events.models import Delivery
from madoguchi.ledger.models import Account, Posting
from madoguchi.payments.models import Payment, Refund
payments = list(Payment.objects.values_list("reference", "amount_yen", "id", "principal_id"))
posted = Counter(Posting.objects.filter(rule="payment_received").values_list("subject_id", flat=True))
owed = {}
for owner, code, pk in Account.objects.filter(code__startswith="receivable:").values_list("owner_id", "code", "id"):
    debit = sum(Posting.objects.filter(debit=pk).values_list("amount_yen", flat=True))
    credit = sum(Posting.objects.filter(credit=pk).values_list("amount_yen", flat=True))
    owed[str(owner)] = owed.get(str(owner), 0) + debit - credit
paid = {}
for _, yen, _, owner in payments:
    paid[str(owner)] = paid.get(str(owner), 0) + yen
for refund in Refund.objects.filter(state="returned").select_related("payment"):
    paid[str(refund.payment.principal_id)] -= refund.amount_yen
print(json.dumps({
    "payments": {reference: yen for reference, yen, _, _ in payments},
    "rows": len(payments),
    "posted_once": all(posted[pk] == 1 for _, _, pk, _ in payments) and sum(posted.values()) == len(payments),
    "owed_equals_paid": {k: v for k, v in owed.items() if v} == {k: v for k, v in paid.items() if v},
    "refunds": {state: Refund.objects.filter(state=state).count() for state in ("requested", "accepted", "returned")},
    "waiting": Delivery.objects.filter(state="waiting").count(),
}))
"""


class Provider:
    """A provider that sends without pause, repeats what was not answered, and remembers what was acknowledged."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server, self.key = server, server.key("paypay")
        self.stores: list[str] = server.run(STORE_IDS)
        self.random = random.Random(seed)
        self.numbers = itertools.count(1)
        self.acknowledged: dict[str, int] = {}
        self.unanswered: list[list[dict[str, Any]]] = []
        self.stop = threading.Event()
        self.seed = seed

    def notice(self) -> dict[str, Any]:
        return {
            "reference": f"kill-{self.seed}-{next(self.numbers)}",
            "service": "paypay",
            "store_id": self.random.choice(self.stores),
            "amount_yen": self.random.randrange(1, 20_000),
            "paid_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        }

    def send(self, client: httpx.Client, batch: list[dict[str, Any]]) -> bool:
        body = json.dumps(batch if len(batch) > 1 else batch[0]).encode()
        headers = signed_headers(*self.key, body, now=int(time.time()))
        try:
            answer = client.post(f"{self.server.url}/api/v1/provider/payments", content=body, headers=headers)
        except httpx.HTTPError:
            return False
        if answer.status_code not in {200, 201}:
            return False
        rows = answer.json()["results"] if len(batch) > 1 else [answer.json()]
        assert not [row for row in rows if "error" in row]
        self.acknowledged |= {row["reference"]: row["amount_yen"] for row in batch}
        return True

    def work(self) -> None:
        with httpx.Client(timeout=20) as client:
            while not self.stop.is_set():
                size = self.random.choice((1, 1, 1, 20, 200))
                batch = [self.notice() for _ in range(size)]
                if not self.send(client, batch):
                    self.unanswered.append(batch)
                    self.stop.wait(PAUSE_SECONDS)
            for batch in self.unanswered:
                assert self.send(client, batch), "the server is well again and must answer"


def test_every_acknowledged_payment_is_there_once_however_often_the_web_server_is_killed(server: Server):
    providers = [Provider(server, seed) for seed in (1, 2, 3)]
    with ThreadPoolExecutor(len(providers)) as pool:
        work = [pool.submit(each.work) for each in providers]
        try:
            for number in range(KILLS):
                wait_for_more(providers)
                server.kill("web" if number % 3 else "worker")
                server.wait_until_well()
            wait_for_more(providers)
        finally:
            for each in providers:
                each.stop.set()
    for done in work:
        done.result()  # every provider has sent again what was not answered, or says why it could not

    facts = server.run(FACTS)
    acknowledged = {key: yen for each in providers for key, yen in each.acknowledged.items()}
    stored = facts["payments"]
    assert sum(len(each.unanswered) for each in providers) > 0, "no kill hit a request: the test proves nothing"
    assert {key: stored.get(key) for key, yen in acknowledged.items() if stored.get(key) != yen} == {}
    assert facts["rows"] == len(acknowledged)
    assert facts["posted_once"]
    assert facts["owed_equals_paid"]


def wait_for_more(providers: list[Provider]) -> None:
    """Until each provider has had something more acknowledged since now."""
    before = [len(each.acknowledged) for each in providers]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if all(len(each.acknowledged) > had for each, had in zip(providers, before, strict=True)):
            return
        threading.Event().wait(0.01)
    raise TimeoutError("no payment was acknowledged for a minute")


REFUNDS = """
import json
from madoguchi.people.access import system_actor
from madoguchi.payments.models import Payment
from madoguchi.payments.refunds import request_refund
done = []
for payment in Payment.objects.filter(reference__in={references!r}):
    refund = request_refund(actor=system_actor("test"), payment_id=payment.id, amount_yen=payment.amount_yen,
                            reason="wrong amount", key=payment.reference)
    done.append(str(refund.id))
print(json.dumps(done))
"""


def test_refunds_reach_the_provider_once_though_the_worker_and_everything_else_is_killed(server: Server):
    """J-29: each refund that was asked for is returned exactly once, and the books follow."""
    stores = server.run(STORE_IDS)
    with httpx.Client(timeout=20) as client:
        references = []
        for number in range(30):
            paid = {"service": "paypay", "store_id": stores[number % len(stores)], "amount_yen": 100 + number}
            references.append(client.post(f"{server.sandbox_url}/pay", json=paid).json()["reference"])
    wait_for(server, lambda facts: facts["rows"] == 30)

    server.run(REFUNDS.format(references=references))
    for _ in range(3):
        server.kill("worker")
        server.wait_until_well()
    server.kill_all()
    server.start()

    facts = wait_for(server, lambda facts: facts["refunds"]["returned"] == 30)
    assert facts["refunds"] == {"requested": 0, "accepted": 0, "returned": 30}
    assert facts["owed_equals_paid"]


def wait_for(server: Server, holds: Any) -> dict[str, Any]:
    """The facts, once `holds` of them; fails after two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        facts: dict[str, Any] = server.run(FACTS)
        if holds(facts):
            return facts
    raise TimeoutError(f"still {facts}")
