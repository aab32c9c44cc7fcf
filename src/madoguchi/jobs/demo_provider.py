"""Speaking to the provider API as a provider does: signed, in batches, over HTTP."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from madoguchi.core.clock import JST
from madoguchi.gateways.signing import signed_headers
from madoguchi.jobs.demo_plan import Back, Told
from madoguchi.payments.rules import MAX_BATCH
from madoguchi.registry.models import ApiKey

# A batch of 1,000 may wait behind another writer of an SQLite database.
TIMEOUT_SECONDS = 120.0
TRIES = 3
WAIT_SECONDS = 1.0


class NoAnswer(Exception):
    """Nothing that can take this demo's payments answers at the address; the text says why, in one line."""


def open_client(url: str) -> httpx.Client:
    """A client for the server at `url`."""
    return httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)


class ProviderDesk:
    """All providers of the demo at one desk, each signing with its own key."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        rows = ApiKey.objects.filter(direction="inbound", revoked_at=None).order_by("created_at")
        self.keys = {row.provider_id: (row.key_id, row.secret) for row in rows}

    def check(self, providers: Iterable[str] = ()) -> None:
        """Raise NoAnswer unless there is a key for each of `providers` and a server answers that knows the keys.

        A server that does not know them uses another database.
        """
        missing = sorted(set(providers) - self.keys.keys())
        if missing or not self.keys:
            raise NoAnswer(
                f"no key to sign with {' '.join(missing)}".rstrip() + "; `madoguchi setup --demo` makes them"
            )
        self._ask("GET", min(self.keys), "places?limit=1", b"")

    def tell(self, rows: Sequence[Told]) -> list[dict[str, Any]]:
        """POST payments; the answers' rows, batch by batch."""
        bodies = defaultdict(list)
        for row in rows:
            bodies[row.provider].append(
                {
                    "reference": row.reference,
                    "service": row.service,
                    "store_id": row.store_id,
                    "amount_yen": row.amount_yen,
                    "paid_at": row.paid_at.astimezone(JST).isoformat(),
                    "order_reference": None,
                }
            )
        return self._post("payments", bodies)

    def give_back(self, rows: Sequence[Back]) -> list[dict[str, Any]]:
        """POST refunds; the answers' rows, batch by batch."""
        bodies = defaultdict(list)
        for row in rows:
            bodies[row.provider].append(
                {
                    "reference": f"{row.payment_reference}r",
                    "payment_reference": row.payment_reference,
                    "amount_yen": row.amount_yen,
                    "refunded_at": row.refunded_at.astimezone(JST).isoformat(),
                    "refund_id": None,
                }
            )
        return self._post("refunds", bodies)

    def _post(self, path: str, bodies: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for provider, rows in sorted(bodies.items()):
            for start in range(0, len(rows), MAX_BATCH):
                body = json.dumps(rows[start : start + MAX_BATCH]).encode()
                answers.extend(self._ask("POST", provider, path, body)["results"])
        return answers

    def _ask(self, method: str, provider: str, path: str, body: bytes) -> dict[str, Any]:
        for left in reversed(range(TRIES)):
            # Signed anew for every try: a signature holds for five minutes only.
            headers = signed_headers(*self.keys[provider], body, now=int(time.time()))
            try:
                response = self.client.request(
                    method,
                    f"/api/v1/provider/{path}",
                    content=body,
                    headers={**headers, "Content-Type": "application/json"},
                )
            except httpx.TransportError as error:
                if not left or isinstance(error, httpx.ConnectError):
                    raise NoAnswer(
                        f"no server answers at {self.client.base_url}; `madoguchi serve --demo` starts one"
                    ) from error
                continue
            if response.status_code < 500:
                return self._read(response)
            time.sleep(WAIT_SECONDS)
        raise NoAnswer(f"the server at {self.client.base_url} answered {response.status_code} to {path}")

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code == 401:
            raise NoAnswer(f"the server at {self.client.base_url} does not know this demo's keys: another database?")
        try:
            data: Any = response.json()
        except ValueError:
            data = None
        if response.status_code != 200 or not isinstance(data, dict):
            raise NoAnswer(f"{self.client.base_url} is no Madoguchi: it answered {response.status_code}")
        return data
