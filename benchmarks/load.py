"""A small load generator: signed requests made beforehand, sent over kept-alive loopback connections."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from madoguchi.gateways.signing import signed_headers

PATH = "/api/v1/provider/payments"


@dataclass(frozen=True)
class Request:
    """One signed request and how many payments it carries."""

    body: bytes
    headers: dict[str, str]
    payments: int
    sum_yen: int


def requests(
    key: tuple[str, str], store_ids: Sequence[str], *, count: int, size: int, prefix: str
) -> Iterator[Request]:
    """`count` requests of `size` payments each (1: a single object), spread over the places in turn."""
    paid_at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    number = 0
    for _ in range(count):
        rows = []
        for _ in range(size):
            rows.append(
                {
                    "reference": f"{prefix}-{number:09d}",
                    "service": "paypay",
                    "store_id": store_ids[number % len(store_ids)],
                    "amount_yen": 100 + number % 5000,
                    "paid_at": paid_at,
                }
            )
            number += 1
        body = json.dumps(rows if size > 1 else rows[0]).encode()
        headers = {**signed_headers(*key, body, now=int(time.time())), "Content-Type": "application/json"}
        yield Request(body, headers, size, sum(row["amount_yen"] for row in rows))


@dataclass
class Outcome:
    """What a run showed; latencies in seconds, from when a request was due to when its answer was read."""

    seconds: float = 0.0
    payments: int = 0
    sum_yen: int = 0
    failed: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.payments / self.seconds if self.seconds else 0.0

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def run(port: int, work: Sequence[Request], *, connections: int, per_second: float = 0.0) -> Outcome:
    """Send `work`; with `per_second`, each request is due at its time whether or not earlier ones are done."""
    outcome = Outcome()
    lock = threading.Lock()
    queue = iter(enumerate(work))
    started = time.perf_counter()

    def sender() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                following = next(queue, None)
            if following is None:
                connection.close()
                return
            number, request = following
            due = started + number / per_second if per_second else time.perf_counter()
            if (wait := due - time.perf_counter()) > 0:
                time.sleep(wait)
            connection.request("POST", PATH, request.body, request.headers)
            response = connection.getresponse()
            data = response.read()
            latency = time.perf_counter() - due
            good = response.status == 201 or (response.status == 200 and b'"error"' not in data)
            with lock:
                outcome.latencies.append(latency)
                outcome.payments += request.payments if good else 0
                outcome.sum_yen += request.sum_yen if good else 0
                outcome.failed += 0 if good else request.payments

    threads = [threading.Thread(target=sender) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.perf_counter() - started
    return outcome
