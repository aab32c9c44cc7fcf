"""A country's day of applications (P-01), sent through the API of the real server while its worker screens them.

    python -m benchmarks.applications [--databases sqlite,postgres] [--applications 10000] [--documents 0.02]

Each application has 1 to 3 places with 1 to 3 services. One in twenty is sent twice, at times by two clients at once;
one in thirty by a client that hangs up before the answer and sends it again. `--documents` is the share that brings a
document in its body, which is looked into in a process of its own; the others are of a kind that has none to bring.
Exits 1 if an acknowledged application is missing, doubled, other than it was sent, or not screened.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.intake import database, memory_mib
from tools.server import Server

PATH = "/api/v1/applications"
A_DAY = 10_000
WORKING_SECONDS = 8 * 3600
TWICE_IN, GIVES_UP_IN = 20, 30
TRIES = 8
PATIENCE_SECONDS = 1800
SERVICES = ("paypay", "au_pay", "line_pay", "merpay", "rakuten_pay")
TOWNS = (("13204", "1818555"), ("10210", "3702392"), ("20403", "3993193"), ("20414", "3991895"), ("23302", "4700151"))
PICTURE = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CODES = """
import json
from madoguchi.registry.models import Service
print(json.dumps(list(Service.objects.values_list("code", flat=True))))
"""
SCREENED = """
import json
from madoguchi.onboarding.models import Application
print(json.dumps(Application.objects.exclude(screened_at=None).count()))
"""
FACTS = """
import json
from collections import Counter
from django.db.models import Count
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.models import Application, Item
rows = Application.objects.exclude(idempotency_key=None).annotate(
    places_count=Count("places", distinct=True), items_count=Count("items", distinct=True))
events = Event.objects.filter(name__in=("application.brought", "application.screened"))
told = Counter(events.values_list("name", "subject").iterator())
print(json.dumps({
    "rows": [[row.reference, row.name, row.state, row.screened_at is not None, row.places_count, row.items_count]
             for row in rows.iterator()],
    "brought_twice": sum(many > 1 for (name, _), many in told.items() if name == "application.brought"),
    "screened_twice": sum(many > 1 for (name, _), many in told.items() if name == "application.screened"),
    "letters": Delivery.objects.filter(event="mail.brought").count(),
    "draft_items": Item.objects.filter(state="draft", application__idempotency_key__isnull=False).count(),
}))
"""


@dataclass(frozen=True)
class Sent:
    """One application to send: under which key, what, and how much there should be of it."""

    key: str
    body: bytes
    name: str
    places: int
    items: int
    gives_up: bool = False


@dataclass
class Outcome:
    """What the clients saw; latencies in seconds of requests that were waited for."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)  # key: reference and resume key
    repeated: int = 0
    given_up: int = 0
    tried_again: int = 0
    wrong: list[str] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def corporate_number(number: int) -> str:
    """A made-up corporate number with its check digit."""
    digits = f"{number:012}"
    weighted = sum(int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{9 - weighted % 9}{digits}"


def body_of(number: int, chance: random.Random, services: Sequence[str], with_document: bool) -> tuple[Any, int, int]:
    """An application, how many places it has, and how many services at them in all."""
    town, postal_code = chance.choice(TOWNS)
    places = [
        {
            "name": f"第{number}号店 {position}",
            "name_en": f"Shop {number}-{position}",
            "kind": "shop",
            "municipality_code": town,
            "postal_code": postal_code,
            "address": f"中央{number}-{position}",
            "services": chance.sample(list(services), chance.randint(1, 3)),
        }
        for position in range(1, chance.randint(1, 3) + 1)
    ]
    applicant = {
        "name": f"申込者{number}",
        "municipality_code": town,
        "postal_code": postal_code,
        "address": f"中央{number}",
        "representative": "代表",
        "contact_person": "担当",
        "phone": "0300000000",
        "email": f"shop{number}@example.jp",
    }
    business: dict[str, Any] = {"entity": "unincorporated", "industry": "retail"}
    documents: list[dict[str, str]] = []
    if with_document:
        business["entity"], applicant["corporate_number"] = "company", corporate_number(number)
        documents = [{"need": "register_extract", "filename": "register.png", "content": PICTURE.decode()}]
    account = {"bank_code": "0001", "branch_code": "001", "account_kind": "ordinary", "account_number": "1234567"}
    told = {
        "kind": "business",
        "applicant": applicant,
        "business": business,
        "account": {**account, "holder_kana": "マルミセ"},
        "consent": True,
        "places": places,
        "documents": documents,
    }
    return told, len(places), sum(len(place["services"]) for place in places)  # type: ignore[arg-type]


def work(count: int, services: Sequence[str], documents: float) -> list[Sent]:
    """`count` applications, some of them twice beside each other, some to be hung up on first."""
    chance, found = random.Random(20190925), []
    for number in range(count):
        told, places, items = body_of(number, chance, services, with_document=chance.random() < documents)
        body = json.dumps(told, ensure_ascii=False).encode()
        sent = Sent(f"load-{number:06}", body, told["applicant"]["name"], places, items)
        if number % GIVES_UP_IN == 1:
            found.append(Sent(sent.key, body, sent.name, places, items, gives_up=True))
        found.append(sent)
        if number % TWICE_IN == 0:
            found.append(sent)
    return found


def send_all(port: int, sendings: Iterable[Sent], clients: int) -> Outcome:
    """Send with so many clients side by side, each over a connection that it keeps."""
    outcome, lock, queue = Outcome(), threading.Lock(), iter(sendings)
    started = time.perf_counter()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while True:
            with lock:
                sent = next(queue, None)
            if sent is None:
                connection.close()
                return
            if sent.gives_up:
                _hang_up(port, sent)
                with lock:
                    outcome.given_up += 1
                continue
            _send(connection, sent, outcome, lock)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.perf_counter() - started
    return outcome


def _headers(sent: Sent) -> dict[str, str]:
    return {"Content-Type": "application/json", "Idempotency-Key": sent.key}


def _hang_up(port: int, sent: Sent) -> None:
    """Send it and go away before the answer, as a client does whose connection is lost."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", PATH, sent.body, _headers(sent))
    connection.close()


def _send(connection: http.client.HTTPConnection, sent: Sent, outcome: Outcome, lock: threading.Lock) -> None:
    for _ in range(TRIES):
        begun = time.perf_counter()
        try:
            connection.request("POST", PATH, sent.body, _headers(sent))
            response = connection.getresponse()
            data, status = response.read(), response.status
        except (OSError, http.client.HTTPException):
            connection.close()
            status, data = 0, b""
        if status == 201:
            told = json.loads(data)
            answer = (told["reference"], told["resume_key"])
            with lock:
                outcome.latencies.append(time.perf_counter() - begun)
                outcome.repeated += response.headers.get("Idempotency-Hit") == "true"
                if outcome.answers.setdefault(sent.key, answer) != answer or told["state"] != "submitted":
                    outcome.wrong.append(f"{sent.key} was answered {told}, before {outcome.answers[sent.key]}")
            return
        if status not in {0, 503}:
            break
        with lock:
            outcome.tried_again += 1
    with lock:
        outcome.wrong.append(f"{sent.key}: {status} {data[:200]!r}")


def wait_until_screened(server: Server, count: int, begun: float) -> float:
    """Seconds from the first request until the worker has screened all."""
    while time.perf_counter() - begun < PATIENCE_SECONDS:
        if server.run(SCREENED) >= count:
            return time.perf_counter() - begun
        time.sleep(0.5)
    return float("inf")


def faults(facts: dict[str, Any], sendings: Sequence[Sent], outcome: Outcome) -> list[str]:
    """What is missing, doubled or other than it was sent."""
    wrong = list(outcome.wrong)
    by_name = {sent.name: sent for sent in sendings}
    keys = {sent.name: sent.key for sent in sendings}
    stored = Counter(name for _, name, *_ in facts["rows"])
    wrong += [f"{name} is there {stored[name]} times" for name in by_name if stored[name] != 1]
    for reference, name, state, is_screened, places, items in facts["rows"]:
        sent = by_name.get(name)
        acknowledged = outcome.answers.get(keys.get(name, ""), ("", ""))[0]
        if sent is None or reference != acknowledged:
            wrong.append(f"{name} is {reference}, but {acknowledged or 'nothing'} was acknowledged")
        elif (places, items) != (sent.places, sent.items):
            wrong.append(f"{name} has {places} places and {items} services instead of {sent.places} and {sent.items}")
        elif state != "submitted" or not is_screened:
            wrong.append(f"{name} is {state}, screened: {is_screened}")
    for name in ("brought_twice", "screened_twice", "draft_items"):
        if facts[name]:
            wrong.append(f"{name}: {facts[name]}")
    if facts["letters"] != len(by_name):
        wrong.append(f"{facts['letters']} letters for {len(by_name)} applications")
    return wrong


def main() -> int:
    """Run the day on each database and print one row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--applications", type=int, default=A_DAY)
    parser.add_argument("--documents", type=float, default=0.02, help="share with a document in the body")
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    console, failed = Console(width=150), False
    shown = Table("database", "applications/s", "p50 ms", "p95 ms", "p99 ms", "all screened after", "× the day, 24 h",
                  "× in 8 h", "repeated", "hung up", "sent again", "MiB")  # fmt: skip
    for name in options.databases.split(","):
        with tempfile.TemporaryDirectory() as folder, database(name) as url:
            server = Server(Path(folder), url)
            try:
                server.start()
                known = set(server.run(CODES))
                services = [code for code in SERVICES if code in known]
                sendings = work(options.applications, services, options.documents)
                begun = time.perf_counter()
                outcome = send_all(server.port, sendings, options.clients)
                seconds = wait_until_screened(server, options.applications, begun)
                wrong = faults(server.run(FACTS), sendings, outcome)
                memory = memory_mib(server)
            finally:
                with contextlib.suppress(Exception):
                    server.stop()
        rate = options.applications / outcome.seconds
        marks = [f"{outcome.percentile_ms(share):.0f}" for share in (0.5, 0.95, 0.99)]
        by_day = options.applications / seconds
        shown.add_row(
            name, f"{rate:.1f}", *marks, f"{seconds:.0f} s", f"{by_day / (A_DAY / 86_400):,.0f}",
            f"{by_day / (A_DAY / WORKING_SECONDS):,.0f}", str(outcome.repeated), str(outcome.given_up),
            str(outcome.tried_again), f"{memory:.0f}",
        )  # fmt: skip
        for line in wrong[:10]:
            console.print(f"WRONG on {name}: {line}", style="bold red")
        failed = failed or bool(wrong)
    console.print(shown)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
