"""What Madoguchi tells a provider: money is asked for or asked back, a place has changed. At least once, any order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from madoguchi.core.errors import Refusal
from madoguchi.gateways.sandbox.codes import charge
from madoguchi.gateways.sandbox.configuration import Provider
from madoguchi.gateways.sandbox.faults import Faults, faults_in_force
from madoguchi.gateways.sandbox.payments import give_back
from madoguchi.gateways.sandbox.state import Sandbox, current_sandbox
from madoguchi.gateways.signing import SignatureError, verify

webhooks = Blueprint("webhooks", __name__)

# A contradiction with what is already known is a conflict; anything else wrong with a request is unprocessable.
CONFLICTS = {
    "refund_cut_off_passed",
    "refund_id_reused",
    "charge_id_reused",
    "valid_until_passed",
    "shown_code_expired",
    "shown_code_used",
}

# What a provider's staff would read of and see to in their own time: it is taken note of, and decides nothing.
NEWS = {
    "item.waiting",
    "item.answered",
    "item.message",
    "item.corrected",
    "item.consent_refused",
    "item.consent_given",
    "item.cancelled",
    "campaign.run_approved",
    "claim.decided",
}

Answer = tuple[int, dict[str, Any]]


@webhooks.post("/webhooks/<provider_id>")
def receive(provider_id: str) -> tuple[Response, int]:
    """Verify, answer a repeated delivery as before, else act on it."""
    sandbox = current_sandbox()
    provider = sandbox.config.provider(provider_id)
    if provider is None:
        return _refused(404, "provider_unknown", "This sandbox does not play that provider.")
    body = request.get_data()
    now = sandbox.clock()
    try:
        verify(
            secrets={provider.webhook_key_id: provider.webhook_secret},
            headers=dict(request.headers),
            body=body,
            now=int(now.timestamp()),
        )
    except SignatureError as error:
        return _refused(401, error.code, error.message)
    try:
        message = json.loads(body)
        delivery_id, event, data = str(message["id"]), str(message["event"]), dict(message["data"])
    except (ValueError, KeyError, TypeError) as error:
        return _refused(400, "webhook_malformed", f"A webhook is an object with id, event and data: {error!r}")

    try:
        with sandbox.store.writing() as db:
            faults = faults_in_force(sandbox.store)
            earlier = db.execute(
                "SELECT answer_status, answer FROM delivery WHERE provider = ? AND delivery_id = ?",
                (provider.id, delivery_id),
            ).fetchone()
            if earlier:
                return jsonify(json.loads(earlier["answer"])), earlier["answer_status"]
            if event == "refund.requested":
                status, answer = _refund_requested(db, faults, provider, data, now)
            elif event == "charge.requested":
                status, answer = _charge_requested(db, sandbox, provider, data, now)
            elif event == "place.changed":
                status, answer = _place_changed(db, provider, data)
            elif event in NEWS:
                status, answer = 200, {"status": "noted"}
            else:
                # An event not known here is no fault of its sender's: it must not come again and again.
                status, answer = 200, {"status": "ignored"}
            db.execute(
                "INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?)",
                (provider.id, delivery_id, event, status, json.dumps(answer), now.isoformat()),
            )
    except (KeyError, ValueError, TypeError) as error:
        return _refused(400, "webhook_malformed", f"The data of {event} cannot be used: {error!r}")
    sandbox.sender.wake()
    return jsonify(answer), status


def _refund_requested(
    db: sqlite3.Connection, faults: Faults, provider: Provider, data: Mapping[str, Any], now: datetime
) -> Answer:
    """Take the refund, or say for good why not (J-29)."""
    if type(data["amount_yen"]) is not int:
        raise ValueError("amount_yen must be a whole number")
    try:
        given = give_back(
            db,
            faults,
            payment_reference=str(data["payment_reference"]),
            provider=provider.id,
            amount_yen=data["amount_yen"],
            reason=str(data.get("reason") or ""),
            refund_id=str(data["refund_id"]),
            now=now,
        )
    except Refusal as refusal:
        return _final_no(refusal)
    return 200, {"status": "accepted", "reference": given["reference"]}


def _charge_requested(
    db: sqlite3.Connection, sandbox: Sandbox, provider: Provider, data: Mapping[str, Any], now: datetime
) -> Answer:
    """Take the money from the code that the payer showed, or say for good why not."""
    try:
        reference = charge(db, sandbox, provider, data, now)
    except Refusal as refusal:
        return _final_no(refusal)
    return 200, {"status": "accepted", "reference": reference}


def _final_no(refusal: Refusal) -> Answer:
    facts = {name: value for name, value in refusal.details.items() if name != "field"}
    return (409 if refusal.code in CONFLICTS else 422), {"code": refusal.code, **facts}


def _place_changed(db: sqlite3.Connection, provider: Provider, data: Mapping[str, Any]) -> Answer:
    """Keep the latest state of a place; one that was overtaken on its way changes nothing."""
    changed_at = datetime.fromisoformat(str(data["changed_at"]))
    place_id = str(data["place_id"])
    known = db.execute(
        "SELECT changed_at FROM place WHERE provider = ? AND place_id = ?", (provider.id, place_id)
    ).fetchone()
    if known is None or datetime.fromisoformat(known["changed_at"]) <= changed_at:
        db.execute(
            "INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)",
            (provider.id, place_id, changed_at.isoformat(), json.dumps(dict(data), ensure_ascii=False)),
        )
    return 200, {"status": "accepted"}


def _refused(status: int, code: str, message: str) -> tuple[Response, int]:
    return jsonify({"code": code, "message": message}), status
