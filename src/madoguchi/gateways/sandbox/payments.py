"""Payments taken and refunds given in the sandbox, each with the notice that tells Madoguchi (J-25, J-29)."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from madoguchi.core.clock import JST
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import ALPHABET
from madoguchi.gateways.sandbox.faults import Faults, faults_in_force, refund_closes_at
from madoguchi.gateways.sandbox.notices import delivery_state, notices, queue_notice
from madoguchi.gateways.sandbox.shops import Shop
from madoguchi.gateways.sandbox.state import Sandbox

HIGHEST_AMOUNT_YEN = 10_000_000


def pay(
    sandbox: Sandbox,
    *,
    shop: Shop,
    service: str,
    amount_yen: int | None,
    provider: str | None = None,
    paid_at: datetime | None = None,
    order_reference: str | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """Take a payment and queue its notice; a repeated `key` gives the first payment.

    `amount_yen` may be None if the code asks for an amount itself; `paid_at` is now unless told. Raises Refusal as
    `take` does.
    """
    with sandbox.store.writing() as db:
        reference = take(
            db,
            sandbox,
            shop=shop,
            service=service,
            amount_yen=amount_yen,
            provider=provider,
            paid_at=paid_at,
            order_reference=order_reference,
            key=key,
        )
    sandbox.sender.wake()
    return payment(sandbox, reference)


def take(
    db: sqlite3.Connection,
    sandbox: Sandbox,
    *,
    shop: Shop,
    service: str,
    amount_yen: int | None,
    provider: str | None,
    paid_at: datetime | None,
    order_reference: str | None,
    key: str | None,
) -> str:
    """Record a payment inside the caller's transaction and queue its notice; returns its reference.

    Raises Refusal `service_unknown`, `service_of_another_provider`, `amount_differs`, `amount_out_of_range`.
    """
    behind = sandbox.config.provider_of(service)
    if behind is None:
        raise Refusal("service_unknown", field="service")
    if provider not in (None, behind.id):
        raise Refusal("service_of_another_provider", field="provider", provider=behind.id)
    if amount_yen is None:
        amount_yen = shop.amount_yen
    elif shop.amount_yen not in (None, amount_yen):
        raise Refusal("amount_differs", field="amount_yen", asked_yen=shop.amount_yen)
    if amount_yen is None or not 1 <= amount_yen <= HIGHEST_AMOUNT_YEN:
        raise Refusal("amount_out_of_range", field="amount_yen", highest_yen=HIGHEST_AMOUNT_YEN)

    earlier = db.execute("SELECT reference FROM payment WHERE key = ?", (key,)).fetchone() if key else None
    if earlier:
        return str(earlier["reference"])
    now = sandbox.clock()
    message = {
        "reference": _new_reference("PP", now),
        "service": service,
        "store_id": shop.store_id,
        "amount_yen": amount_yen,
        "paid_at": _jst(paid_at or now),
        "order_reference": order_reference,
    }
    _insert(db, "payment", {**message, "provider": behind.id, "shop_name": shop.name, "key": key})
    queue_notice(db, faults_in_force(sandbox.store), kind="payment", provider=behind.id, message=message, now=now)
    return str(message["reference"])


def refund(
    sandbox: Sandbox,
    *,
    payment_reference: str,
    amount_yen: int,
    reason: str = "",
    provider: str | None = None,
) -> dict[str, Any]:
    """Give money back on the provider's own screen, unasked by Madoguchi (J-29).

    Raises Refusal as `give_back` does.
    """
    now = sandbox.clock()
    with sandbox.store.writing() as db:
        faults = faults_in_force(sandbox.store)
        given = give_back(
            db,
            faults,
            payment_reference=payment_reference,
            provider=provider,
            amount_yen=amount_yen,
            reason=reason,
            refund_id=None,
            now=now,
        )
    sandbox.sender.wake()
    return given


def give_back(
    db: sqlite3.Connection,
    faults: Faults,
    *,
    payment_reference: str,
    provider: str | None,
    amount_yen: int,
    reason: str,
    refund_id: str | None,
    now: datetime,
) -> dict[str, Any]:
    """Record a refund and queue its notice; a repeated `refund_id` gives the first refund and no second notice.

    Raises Refusal `payment_unknown` (also for another provider's payment), `refund_id_reused`,
    `refund_cut_off_passed` with `closed_at`, `refund_exceeds_payment` with `left_yen`, `amount_out_of_range`.
    """
    paid = db.execute("SELECT * FROM payment WHERE reference = ?", (payment_reference,)).fetchone()
    if paid is None or provider not in (None, paid["provider"]):
        raise Refusal("payment_unknown", field="payment_reference")

    if refund_id is not None:
        earlier = db.execute(
            "SELECT * FROM refund WHERE provider = ? AND refund_id = ?", (paid["provider"], refund_id)
        ).fetchone()
        if earlier and (earlier["payment_reference"], earlier["amount_yen"]) != (payment_reference, amount_yen):
            raise Refusal("refund_id_reused", field="refund_id")
        if earlier:
            return dict(earlier)

    closes_at = refund_closes_at(faults.refund_cut_off, paid_at=datetime.fromisoformat(paid["paid_at"]))
    if closes_at is not None and (now >= closes_at or faults.refund_cut_off == "passed"):
        raise Refusal("refund_cut_off_passed", field="payment_reference", closed_at=_jst(closes_at))

    (refunded_yen,) = db.execute(
        "SELECT coalesce(sum(amount_yen), 0) FROM refund WHERE payment_reference = ?", (payment_reference,)
    ).fetchone()
    left_yen = paid["amount_yen"] - refunded_yen
    if amount_yen < 1:
        raise Refusal("amount_out_of_range", field="amount_yen", highest_yen=left_yen)
    if amount_yen > left_yen:
        raise Refusal("refund_exceeds_payment", field="amount_yen", left_yen=left_yen)

    message = {
        "reference": _new_reference("R", now),
        "payment_reference": payment_reference,
        "amount_yen": amount_yen,
        "refunded_at": _jst(now),
        "refund_id": refund_id,
    }
    recorded = {**message, "provider": paid["provider"], "reason": reason}
    _insert(db, "refund", recorded)
    queue_notice(db, faults, kind="refund", provider=paid["provider"], message=message, now=now)
    return recorded


def payment(sandbox: Sandbox, reference: str) -> dict[str, Any]:
    """One payment as `payments` shows it. Raises Refusal `payment_unknown`."""
    rows = sandbox.store.rows("SELECT * FROM payment WHERE reference = ?", reference)
    if not rows:
        raise Refusal("payment_unknown", field="reference")
    return _with_refunds_and_notices(sandbox, rows)[0]


def payments(sandbox: Sandbox, *, limit: int = 100) -> list[dict[str, Any]]:
    """The latest payments, each with its refunds, its notices and how far they have come."""
    return _with_refunds_and_notices(
        sandbox, sandbox.store.rows("SELECT * FROM payment ORDER BY id DESC LIMIT ?", limit)
    )


def _with_refunds_and_notices(sandbox: Sandbox, rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
    shown = []
    for row in rows:
        refunds = [
            {**_public(refund), **_delivery(sandbox, refund["reference"])}
            for refund in sandbox.store.rows(
                "SELECT * FROM refund WHERE payment_reference = ? ORDER BY id", row["reference"]
            )
        ]
        left_yen = row["amount_yen"] - sum(refund["amount_yen"] for refund in refunds)
        shown.append({**_public(row), "left_yen": left_yen, "refunds": refunds, **_delivery(sandbox, row["reference"])})
    return shown


def _public(row: Mapping[str, Any] | sqlite3.Row) -> dict[str, Any]:
    return {name: value for name, value in dict(row).items() if name not in ("id", "key")}


def _delivery(sandbox: Sandbox, reference: str) -> dict[str, Any]:
    copies = notices(sandbox.store, reference=reference)
    return {"delivery": delivery_state(copies), "notices": copies}


def _insert(db: sqlite3.Connection, table: str, facts: Mapping[str, Any]) -> None:
    columns, marks = ", ".join(facts), ", ".join("?" * len(facts))
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(facts.values()))  # noqa: S608  # own names


def _new_reference(prefix: str, now: datetime) -> str:
    """Like `PP-20261121-7KQ3ZM9X2B`: random, so that a sandbox begun anew does not repeat an old one's references."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{prefix}-{now.astimezone(JST):%Y%m%d}-{random}"


def _jst(instant: datetime) -> str:
    return instant.astimezone(JST).isoformat(timespec="seconds")
