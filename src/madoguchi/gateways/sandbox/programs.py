"""The sandbox for programs: pay, show a code, refund, look, and set the faults, all in JSON."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from madoguchi.core.errors import Refusal
from madoguchi.gateways.sandbox.codes import make_code
from madoguchi.gateways.sandbox.faults import faults_in_force, set_faults
from madoguchi.gateways.sandbox.notices import notices, resend, resend_all_dropped
from madoguchi.gateways.sandbox.payments import pay, payment, payments, refund
from madoguchi.gateways.sandbox.shops import read_shop, shop_of_store
from madoguchi.gateways.sandbox.state import current_sandbox
from madoguchi.gateways.sandbox.words import sentence

programs = Blueprint("programs", __name__)

STATUSES = {"payment_unknown": 404, "notice_unknown": 404, "refund_cut_off_passed": 409}
LONGEST_LIST = 10_000
REFERENCE = re.compile(r"[A-Za-z0-9._:-]{1,64}")

Answer = tuple[Response, int]


@programs.errorhandler(Refusal)
def refused(refusal: Refusal) -> Answer:
    """A refusal as Madoguchi itself words them: a stable code, a sentence, the field, and the facts behind it."""
    error = {"code": refusal.code, "message": sentence(refusal, "en"), **refusal.details}
    return jsonify({"error": error}), STATUSES.get(refusal.code, 422)


@programs.get("/healthz")
def health() -> Answer:
    """Whether notices are being sent, and how many wait."""
    sandbox = current_sandbox()
    row = sandbox.store.row("SELECT count(*) AS waiting FROM notice WHERE state = 'waiting'")
    waiting = row["waiting"] if row else 0
    return jsonify({"status": "ok", "is_sending": sandbox.sender.is_running, "waiting": waiting}), 200


@programs.post("/pay")
def take_payment() -> Answer:
    """Pay at the shop of a `payload` or a `store_id`; 201 with the reference."""
    facts = _object(
        {"provider": str, "service": str, "payload": str, "store_id": str, "amount_yen": int, "paid_at": str,
         "order_reference": str},
        required={"service"},
    )  # fmt: skip
    sandbox = current_sandbox()
    if ("payload" in facts) == ("store_id" in facts):
        raise Refusal("shop_missing", field="payload")
    if "payload" in facts:
        shop = read_shop(facts["payload"], sandbox)
    else:
        shop = shop_of_store(sandbox.store, facts["store_id"])
    paid = pay(
        sandbox,
        shop=shop,
        service=facts["service"],
        amount_yen=facts.get("amount_yen"),
        provider=facts.get("provider"),
        paid_at=_instant(facts["paid_at"], "paid_at") if "paid_at" in facts else None,
        order_reference=facts.get("order_reference"),
    )
    return jsonify({"reference": paid["reference"], "paid_at": paid["paid_at"]}), 201


@programs.post("/codes")
def show_code() -> Answer:
    """Make a code for a payer's screen; 201 with its `payload`, good for one payment until `expires_at`."""
    facts = _object({"service": str}, required={"service"})
    made = make_code(current_sandbox(), facts["service"])
    return jsonify({"payload": made.payload, "service": made.service, "expires_at": made.expires_at.isoformat()}), 201


@programs.post("/refund")
def give_refund() -> Answer:
    """Give money back unasked, as on the provider's own screen; 201 with the refund's reference."""
    facts = _object(
        {"payment_reference": str, "amount_yen": int, "reason": str}, required={"payment_reference", "amount_yen"}
    )
    given = refund(current_sandbox(), **facts)
    return jsonify({"reference": given["reference"], "refunded_at": given["refunded_at"]}), 201


@programs.post("/resend")
def send_again() -> Answer:
    """Let the notice of a payment's or refund's `reference` leave again, now; 202."""
    facts = _object({"reference": str}, required={"reference"})
    sandbox = current_sandbox()
    with sandbox.store.writing() as db:
        resend(db, facts["reference"], now=sandbox.clock())
    sandbox.sender.wake()
    return jsonify({"notices": notices(sandbox.store, reference=facts["reference"])}), 202


@programs.get("/payments")
def list_payments() -> Answer:
    """The latest payments with their refunds and notices; `?limit=`."""
    return jsonify({"payments": payments(current_sandbox(), limit=_limit())}), 200


@programs.get("/payments/<reference>")
def show_payment(reference: str) -> Answer:
    """One payment with its refunds and notices."""
    return jsonify(payment(current_sandbox(), reference)), 200


@programs.get("/notices")
def list_notices() -> Answer:
    """The latest notices; `?reference=`, `?state=`, `?limit=`."""
    found = notices(
        current_sandbox().store,
        reference=request.args.get("reference"),
        state=request.args.get("state"),
        limit=_limit(),
    )
    return jsonify({"notices": found}), 200


@programs.get("/control")
def show_faults() -> Answer:
    """The faults in force."""
    return jsonify(asdict(faults_in_force(current_sandbox().store))), 200


@programs.put("/control")
def change_faults() -> Answer:
    """Set the faults named, leave the others; `"action": "resend_all_dropped"` sends what was lost."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refusal("json_malformed")
    action = body.pop("action", None)
    if action not in (None, "resend_all_dropped"):
        raise Refusal("action_unknown", field="action")
    sandbox = current_sandbox()
    resent = 0
    with sandbox.store.writing() as db:
        faults = faults_in_force(sandbox.store).changed(body)
        set_faults(db, faults)
        if action:
            resent = resend_all_dropped(db, now=sandbox.clock())
    sandbox.sender.wake()
    return jsonify({**asdict(faults), "resent": resent}), 200


def _object(fields: dict[str, type], *, required: set[str]) -> dict[str, Any]:
    """The request's JSON object with nothing but `fields` of their types; null stands for absent."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refusal("json_malformed")
    facts = {name: value for name, value in body.items() if value is not None}
    for name, value in facts.items():
        if name not in fields:
            raise Refusal("field_unknown", field=name)
        # `type is`, for True is an int to Python, but not an amount.
        if type(value) is not fields[name]:
            raise Refusal("field_malformed", field=name)
    for name in sorted(required - facts.keys()):
        raise Refusal("field_missing", field=name)
    if "order_reference" in facts and not REFERENCE.fullmatch(facts["order_reference"]):
        raise Refusal("field_malformed", field="order_reference")
    return facts


def _instant(text: str, field: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal("instant_malformed", field=field) from error
    if instant.tzinfo is None:
        raise Refusal("instant_malformed", field=field)
    return instant


def _limit() -> int:
    limit = request.args.get("limit", "100")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= LONGEST_LIST):
        raise Refusal("limit_malformed", field="limit", highest=LONGEST_LIST)
    return int(limit[:9])
