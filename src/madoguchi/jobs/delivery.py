"""Delivering one message of the outbox: to a provider, or as an e-mail to an applicant."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import httpx
from django.db import transaction

from madoguchi.events.actions import note_attempt
from madoguchi.events.models import Delivery
from madoguchi.gateways.signing import signed_headers
from madoguchi.jobs.mail import DESTINATION, Letter, send_letter
from madoguchi.jobs.outcomes import Outcome
from madoguchi.payments.charges import lapse_charge, may_still_be_sent, note_charge_answer
from madoguchi.payments.refunds import note_provider_answer
from madoguchi.people.access import system_actor
from madoguchi.registry.models import Provider
from madoguchi.registry.queries import webhook_key

TIMEOUT_SECONDS = 5.0
ANSWER_BYTES = 4_096
REASON = re.compile(r"[a-z0-9_]{1,60}")
CHARGE = "charge.requested"
# Messages whose answer says whether what was asked for will be done: the field that names it, and who must hear.
ASKED: dict[str, tuple[str, Callable[..., object]]] = {
    "refund.requested": ("refund_id", note_provider_answer),
    CHARGE: ("charge_id", note_charge_answer),
}


@dataclass(frozen=True)
class Parcel:
    """A message made ready to send: where to, what, signed how."""

    delivery_id: UUID
    url: str
    body: bytes
    key_id: str
    secret: str


def prepare(delivery: Delivery) -> Parcel | Letter | Outcome:
    """A delivery ready to send, or else what to write down instead of sending it."""
    if delivery.destination == DESTINATION:
        return Letter(delivery.id, delivery.data["to"], delivery.data["subject"], delivery.data["text"])
    if delivery.event == CHARGE and not may_still_be_sent(UUID(delivery.data["charge_id"])):
        return Outcome(None, "no longer wanted", 0, is_unwanted=True)
    return pack(delivery) or Outcome(None, "no endpoint", 0)


def pack(delivery: Delivery) -> Parcel | None:
    """Make a delivery ready to send, or None if its provider has no endpoint or no key."""
    provider = Provider.objects.filter(code=delivery.destination).exclude(webhook_url="").first()
    key = webhook_key(delivery.destination)
    if provider is None or key is None:
        return None
    message = {
        "id": str(delivery.id),
        "event": delivery.event,
        "created_at": delivery.created_at.isoformat(),
        "data": delivery.data,
    }
    body = json.dumps(message, ensure_ascii=False).encode()
    return Parcel(delivery.id, provider.webhook_url, body, key.key_id, key.secret)


def deliver(client: httpx.Client, ready: Parcel | Letter | Outcome) -> Outcome:
    """Send what is ready; never raises. Runs beside others in a thread and touches no database."""
    if isinstance(ready, Parcel):
        return send(client, ready)
    return send_letter(ready) if isinstance(ready, Letter) else ready


def send(client: httpx.Client, parcel: Parcel) -> Outcome:
    """POST a parcel; never raises. Runs beside others in a thread and touches no database."""
    started = time.monotonic()
    signed = signed_headers(parcel.key_id, parcel.secret, parcel.body, now=int(time.time()))
    headers = {**signed, "Content-Type": "application/json"}
    try:
        with client.stream("POST", parcel.url, content=parcel.body, headers=headers) as response:
            status: int | None = response.status_code
            answer = _beginning(response, started + TIMEOUT_SECONDS).decode(errors="replace")
    except Exception as error:  # an answer, however broken, must not stop the worker
        status, answer = None, f"{type(error).__name__}: {error}"
    return Outcome(status, answer[:500], int((time.monotonic() - started) * 1000))


def _beginning(response: httpx.Response, until: float) -> bytes:
    """The first bytes of an answer: its end may be far, or never come."""
    read = b""
    for piece in response.iter_bytes():
        read += piece
        if len(read) >= ANSWER_BYTES or time.monotonic() > until:
            break
    return read


@transaction.atomic
def finish(delivery: Delivery, outcome: Outcome) -> None:
    """Write down an outcome and, in the same transaction, what it means for the refund or charge asked for."""
    noted = note_attempt(
        delivery.id,
        status=outcome.status,
        answer=outcome.answer,
        milliseconds=outcome.milliseconds,
        is_unwanted=outcome.is_unwanted,
    )
    worker = system_actor("worker")
    if noted.event in ASKED and noted.state in {"delivered", "declined"}:
        field, note = ASKED[noted.event]
        accepted = noted.state == "delivered"
        answer = "" if accepted else _reason(outcome.answer)
        note(actor=worker, **{field: UUID(noted.data[field])}, accepted=accepted, answer=answer)
    if noted.event == CHARGE and noted.state == "given_up":
        lapse_charge(actor=worker, charge_id=UUID(noted.data["charge_id"]))


def _reason(answer: str) -> str:
    try:
        data = json.loads(answer)
    except ValueError:
        return "refused"
    code = data.get("code") if isinstance(data, dict) else None
    return code if isinstance(code, str) and REASON.fullmatch(code) else "refused"
