"""How fast payments are taken in through the real server, on SQLite and PostgreSQL, with durable commits.

    python -m benchmarks.intake [--databases sqlite,postgres] [--seconds 10]

The load generator runs beside the server on the same cores. A floor is measured in the same run: the same server
answering a request that touches no payment (`GET /healthz`). Exits 1 if a payment is missing, doubled or differs.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.load import Outcome, requests, run
from tools.postgres import cluster
from tools.server import Server

FACTS = """
import json
from django.db.models import Count, Sum
from madoguchi.ledger.models import Posting
from madoguchi.payments.models import Payment
p = Payment.objects.aggregate(n=Count("id"), yen=Sum("amount_yen"), refs=Count("reference", distinct=True))
q = Posting.objects.filter(rule="payment_received").aggregate(n=Count("id"), yen=Sum("amount_yen"))
print(json.dumps([p["n"], p["refs"], p["yen"] or 0, q["n"], q["yen"] or 0]))
"""
STORE_IDS = """
import json
from madoguchi.registry.models import StoreCode
print(json.dumps(list(StoreCode.objects.order_by("store_id").values_list("store_id", flat=True))))
"""


def memory_mib(server: Server) -> float:
    """Resident memory of the web server's processes."""
    master = psutil.Process(int((server.folder / "web.pid").read_text()))
    return sum(each.memory_info().rss for each in [master, *master.children(recursive=True)]) / 2**20


def floor(port: int, seconds: float) -> Outcome:
    """The server's bare answer, one connection after the other being busy."""
    outcome, started = Outcome(), time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    while time.perf_counter() - started < seconds:
        begun = time.perf_counter()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        outcome.latencies.append(time.perf_counter() - begun)
        outcome.payments += 1
    outcome.seconds = time.perf_counter() - started
    return outcome


@contextlib.contextmanager
def database(name: str) -> Iterator[str]:
    """The DATABASE_URL of `sqlite` (empty) or of a fresh PostgreSQL cluster."""
    if name == "sqlite":
        yield ""
    else:
        with cluster() as url:
            yield url


def measure(server: Server, seconds: int) -> tuple[list[tuple[str, Outcome]], list[float], list[str]]:
    """Run every shape of load; returns outcomes, memory before and after, and what was found wrong."""
    key, stores = server.key("paypay"), server.run(STORE_IDS)
    shapes = (
        ("warm-up", stores, 1, 200, 4, 0.0),
        ("single, 300/s offered", stores, 1, 300 * seconds, 16, 300.0),
        ("single, as fast as it goes", stores, 1, 400 * seconds, 8, 0.0),
        ("single, one hot place", stores[:1], 1, 400 * seconds, 8, 0.0),
        ("batches of 1,000", stores, 1000, 8 * seconds, 3, 0.0),
        ("batches of 1,000, one hot place", stores[:1], 1000, 8 * seconds, 3, 0.0),
    )
    outcomes: list[tuple[str, Outcome]] = [("floor: GET /healthz", floor(server.port, 2))]
    memory = []
    for name, places, size, count, connections, rate in shapes:
        work = list(requests(key, places, count=count, size=size, prefix=f"load{len(outcomes)}"))
        outcomes.append((name, run(server.port, work, connections=connections, per_second=rate)))
        memory.append(memory_mib(server))
    sent = sum(each.payments for _, each in outcomes[1:])
    yen = sum(each.sum_yen for _, each in outcomes[1:])
    wrong = [f"{name}: {each.failed} failed" for name, each in outcomes if each.failed]
    if (facts := server.run(FACTS)) != [sent, sent, yen, sent, yen]:
        wrong.append(f"acknowledged {sent} payments of {yen} yen, found {facts}")
    return outcomes, memory, wrong


def table(name: str, outcomes: Sequence[tuple[str, Outcome]]) -> Table:
    """Results with their ratio to the floor's answers per second."""
    shown = Table("load", "payments/s", "p50 ms", "p95 ms", "p99 ms", "× floor", title=f"Intake on {name}")
    base = outcomes[0][1].per_second
    for load, each in outcomes:
        marks = [f"{each.percentile_ms(share):.1f}" for share in (0.5, 0.95, 0.99)]
        shown.add_row(load, f"{each.per_second:,.0f}", *marks, f"{each.per_second / base:.2f}")
    return shown


def main() -> int:
    """Measure each database and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    console, failed = Console(width=110), False
    for name in options.databases.split(","):
        with tempfile.TemporaryDirectory() as folder, database(name) as url:
            server = Server(Path(folder), url)
            try:
                server.start()
                outcomes, memory, wrong = measure(server, options.seconds)
            finally:
                server.stop()
        console.print(table(name, outcomes))
        console.print(f"web server's memory after each load, MiB: {', '.join(f'{each:.0f}' for each in memory)}")
        for line in wrong:
            console.print(f"WRONG: {line}", style="bold red")
        failed = failed or bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
