"""Codes that the wallet shows for a shop to read: made, and charged once while they are fresh."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from madoguchi.core.clock import JST
from madoguchi.core.errors import Refusal
from madoguchi.gateways.sandbox.configuration import Provider
from madoguchi.gateways.sandbox.payments import take
from madoguchi.gateways.sandbox.shops import shop_of_store
from madoguchi.gateways.sandbox.state import Sandbox
from madoguchi.jpqr.cpm import encode_cpm, jpqr_cpm

CODE_LIFE = timedelta(minutes=5)
PAYMENT_ID_DIGITS = 20


@dataclass(frozen=True)
class ShownCode:
    """A code on the payer's screen. `reference` is the payment's that was taken from it, once there is one."""

    payment_id: str
    service: str
    payload: str
    expires_at: datetime
    reference: str = ""

    def is_over(self, now: datetime) -> bool:
        """Whether a shop that reads it at `now` gets nothing from it any more."""
        return bool(self.reference) or now >= self.expires_at


def make_code(sandbox: Sandbox, service_id: str) -> ShownCode:
    """A fresh code for one payment with a service. Raises Refusal `service_unknown`, `service_shows_no_code`."""
    service = sandbox.config.service(service_id)
    if service is None:
        raise Refusal("service_unknown", field="service")
    if not service.operator_code:
        raise Refusal("service_shows_no_code", field="service")
    number = "".join(secrets.choice("0123456789") for _ in range(PAYMENT_ID_DIGITS))
    payload = encode_cpm(jpqr_cpm(operator_code=service.operator_code, payment_id=number))
    made = ShownCode(number, service.id, payload, sandbox.clock() + CODE_LIFE)
    with sandbox.store.writing() as db:
        db.execute(
            "INSERT INTO shown_code (payment_id, service, payload, expires_at) VALUES (?, ?, ?, ?)",
            (made.payment_id, made.service, made.payload, made.expires_at.astimezone(JST).isoformat()),
        )
    return made


def shown_code(sandbox: Sandbox, payment_id: str) -> ShownCode:
    """A code as it was made, with what became of it. Raises Refusal `shown_code_unknown`."""
    row = sandbox.store.row(
        "SELECT shown_code.*, payment.reference FROM shown_code "
        "LEFT JOIN payment ON payment.key = 'charge:' || shown_code.charge_id WHERE payment_id = ?",
        payment_id,
    )
    if row is None:
        raise Refusal("shown_code_unknown")
    expires_at = datetime.fromisoformat(row["expires_at"])
    return ShownCode(payment_id, row["service"], row["payload"], expires_at, row["reference"] or "")


def charge(db: sqlite3.Connection, sandbox: Sandbox, provider: Provider, data: Mapping[str, Any], now: datetime) -> str:
    """Take the money that a till asks for from a code, and queue its notice; returns the payment's reference.

    The same charge again gets the first payment. Raises Refusal `charge_id_reused`, `valid_until_passed`,
    `shown_code_unknown` (also for another service's code), `shown_code_expired`, `shown_code_used`, and as `take`.
    """
    charge_id, service = str(data["charge_id"]), str(data["service"])
    amount_yen, store_id = data["amount_yen"], str(data["store_id"])
    if type(amount_yen) is not int:
        raise ValueError("amount_yen must be a whole number")
    earlier = db.execute("SELECT * FROM payment WHERE key = ?", (f"charge:{charge_id}",)).fetchone()
    if earlier:
        if (earlier["service"], earlier["store_id"], earlier["amount_yen"]) != (service, store_id, amount_yen):
            raise Refusal("charge_id_reused")
        return str(earlier["reference"])
    if now >= datetime.fromisoformat(str(data["valid_until"])):
        raise Refusal("valid_until_passed")
    row = db.execute("SELECT * FROM shown_code WHERE payload = ?", (str(data["shown_code"]),)).fetchone()
    if row is None or row["service"] != service:
        raise Refusal("shown_code_unknown")
    if row["charge_id"]:
        raise Refusal("shown_code_used")
    if now >= datetime.fromisoformat(row["expires_at"]):
        raise Refusal("shown_code_expired")
    reference = take(
        db,
        sandbox,
        shop=shop_of_store(sandbox.store, store_id),
        service=service,
        amount_yen=amount_yen,
        provider=provider.id,
        paid_at=None,
        order_reference=str(data["order_reference"]),
        key=f"charge:{charge_id}",
    )
    db.execute("UPDATE shown_code SET charge_id = ? WHERE payment_id = ?", (charge_id, row["payment_id"]))
    return reference
