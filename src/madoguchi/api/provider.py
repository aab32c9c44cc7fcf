"""The provider API, version 1: payments and refunds in, places and the delivery log out. All requests are signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Router

from madoguchi.api.applications import router as applications_router
from madoguchi.api.campaigns import router as public_campaigns_router
from madoguchi.api.edges import id_in, signed
from madoguchi.api.eligibility import router as eligibility_router
from madoguchi.api.errors import error, status_of
from madoguchi.api.gathering import Gathering
from madoguchi.api.inbox import router as inbox_router
from madoguchi.api.inbox import schemas as schemas_router
from madoguchi.api.jpqr import router as jpqr_router
from madoguchi.api.notices import Fault, PaymentIn, Read, RefundIn, read_payments, read_refunds
from madoguchi.api.open_data import router as open_router
from madoguchi.api.plans import router as plans_router
from madoguchi.api.reward_files import router as payments_files_router
from madoguchi.api.rewards import router as campaigns_router
from madoguchi.api.scheme import router as scheme_router
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import replay_delivery
from madoguchi.events.models import Delivery
from madoguchi.events.queries import deliveries
from madoguchi.events.rules import DELIVERY_STATES
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.notices import Answer
from madoguchi.payments.refunds import receive_refunds
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import Actor
from madoguchi.registry.queries import changed_codes, place_row

TRIES = 5
log = structlog.get_logger("api")
PAGE = 200
STATES = {after for _, after, _ in DELIVERY_STATES}
# Which details of a refusal are told: where it is, and of a file what is wrong with it.
PLACES = ("field", "position", "missing", "column", "services", "problems")


router = Router(auth=signed, tags=["provider"])


def body_schema(model: type[PaymentIn] | type[RefundIn]) -> dict[str, Any]:
    """The OpenAPI description of a body that is one notice or an array of them."""
    schema = model.model_json_schema()
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [schema, {"type": "array", "minItems": 1, "maxItems": 1000, "items": schema}]}
                }
            },
        },
        "responses": {
            200: {"description": "An array was sent: `results` has one answer for each notice, in order."},
            201: {"description": "One notice was sent and taken in, or had been before (`Idempotency-Hit: true`)."},
            400: {"description": "Nothing of the body could be read."},
            401: {"description": "The signature is missing, late or wrong."},
            409: {"description": "The reference was used for other facts; nothing was changed."},
            413: {"description": "Too many notices, or too large a body."},
            422: {"description": "The notice is understood but cannot be taken; `error` says why and where."},
        },
    }


@router.post("/payments", openapi_extra=body_schema(PaymentIn), summary="Tell of payments")
def post_payments(request: HttpRequest) -> HttpResponse:
    """One payment, or up to 1,000. The same reference again gives the first answer, for ever."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    read = read_payments(request.body)
    notices = [row.notice() for _, row in read.good]
    if len(notices) == 1 and (gathered := _gathering(actor).bring(notices[0])):
        answers = [gathered]
    else:
        provider = actor.grants[0].provider
        answers = _settled(lambda: receive_payments(actor=actor, provider=provider, notices=notices))
    return _response(read, answers, lambda answer: {"payment_id": str(answer.subject_id)})


@router.post("/refunds", openapi_extra=body_schema(RefundIn), summary="Tell of refunds")
def post_refunds(request: HttpRequest) -> HttpResponse:
    """One refund, or up to 1,000. A refund that comes before its payment is kept and applied when that arrives."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    read = read_refunds(request.body)
    notices = [row.notice() for _, row in read.good]
    provider = actor.grants[0].provider
    answers = _settled(lambda: receive_refunds(actor=actor, provider=provider, notices=notices))
    told = {row.reference: row.payment_reference for _, row in read.good}
    return _response(read, answers, lambda answer: {"payment_reference": told[answer.reference]})


def _gathering(actor: Actor) -> Gathering[PaymentNotice, Answer]:
    """Where single payments of one provider meet in this process."""
    provider = actor.grants[0].provider
    if provider not in _gatherings:
        fresh: Gathering[PaymentNotice, Answer] = Gathering(
            lambda notices: receive_payments(actor=actor, provider=provider, notices=notices)
        )
        _gatherings.setdefault(provider, fresh)
    return _gatherings[provider]


_gatherings: dict[str, Gathering[PaymentNotice, Answer]] = {}


def _settled(call: Callable[[], list[Answer]]) -> list[Answer]:
    """Run a call whose transaction may lose a race: the same reference twice at once, or a deadlock."""
    for left in reversed(range(TRIES)):
        try:
            return call()
        except (IntegrityError, OperationalError):
            # The other transaction has committed or will; trying again finds its row and repeats its answer.
            if not left:
                log.exception("notices could not be stored")
                raise Refusal("try_again") from None
    raise AssertionError  # pragma: no cover  # the loop returns or raises


def _response(read: Read[Any], answers: Sequence[Answer], facts: Callable[[Answer], dict[str, Any]]) -> HttpResponse:
    results: dict[int, dict[str, Any]] = {}
    for (position, _), answer in zip(read.good, answers, strict=True):
        results[position] = _result(answer, position, facts)
    for fault in read.faults:
        results[fault.position] = _faulty(fault)
    ordered = [results[position] for position in sorted(results)]
    if read.is_batch:
        return _json({"results": ordered}, 200)
    only = ordered[0]
    status = only.pop("status")
    repeated = only.pop("repeated", False)
    response = _json({"error": only["error"]} if "error" in only else only, status)
    if repeated:
        response["Idempotency-Hit"] = "true"
    return response


def _result(answer: Answer, position: int, facts: Callable[[Answer], dict[str, Any]]) -> dict[str, Any]:
    if answer.code:
        failed = error(answer.code, field=answer.field, position=position)
        return {"status": answer.status, "reference": answer.reference, "error": failed}
    received_at = answer.received_at.isoformat() if answer.received_at else None
    row = {"status": answer.status, "reference": answer.reference, **facts(answer), "received_at": received_at}
    return {**row, "repeated": answer.repeated}


def _faulty(fault: Fault) -> dict[str, Any]:
    failed = error(fault.code, field=fault.field, position=fault.position)
    return {"status": status_of(fault.code), "reference": fault.reference, "error": failed}


def _json(data: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json.dumps(data, ensure_ascii=False), status=status, content_type="application/json")


@router.get("/places", summary="New and changed places")
def get_places(request: HttpRequest, cursor: str = "", limit: int = PAGE) -> HttpResponse:
    """Places enrolled with this provider that changed after `cursor`, in the order of their changes."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    provider = actor.grants[0].provider
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Refusal("cursor_wrong")
    size = min(max(limit, 1), 1_000)
    found = changed_codes(provider, after=int(cursor or 0), limit=size + 1)
    page = found[:size]
    last = str(page[-1].change_number) if page else cursor or "0"
    rows = [place_row(code, provider) for code in page]
    return _json({"places": rows, "next_cursor": last, "has_more": len(found) > size}, 200)


@router.get("/deliveries", summary="The log of messages sent to this provider")
def get_deliveries(request: HttpRequest, cursor: str = "", state: str = "") -> HttpResponse:
    """Messages to this provider, newest first, each with every attempt and its answer."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    after = id_in(cursor, "cursor_wrong") if cursor else None
    if state and state not in STATES:
        raise Refusal("field_wrong", field="state")
    rows = deliveries(destination=actor.grants[0].provider, state=state, after=after).prefetch_related("tries")
    page = list(rows[: PAGE + 1])
    shown = page[:PAGE]
    next_cursor = str(shown[-1].id) if shown else cursor
    data = {"deliveries": [_delivery(row) for row in shown], "next_cursor": next_cursor}
    return _json({**data, "has_more": len(page) > PAGE}, 200)


@router.post("/deliveries/{delivery_id}/replay", summary="Send a message again")
def post_replay(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Send a finished message again, with the same id."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    wanted = id_in(delivery_id, "delivery_unknown")
    row = replay_delivery(actor, wanted, destination=actor.grants[0].provider)
    return _json(_delivery(row), 202)


def _delivery(row: Delivery) -> dict[str, Any]:
    attempts = [
        {"at": tried.at.isoformat(), "status": tried.status, "answer": tried.answer, "milliseconds": tried.milliseconds}
        for tried in row.tries.all()
    ]
    return {
        "id": str(row.id),
        "event": row.event,
        "state": row.state,
        "created_at": row.created_at.isoformat(),
        "next_at": row.next_at.isoformat() if row.state == "waiting" else None,
        "data": row.data,
        "attempts": attempts,
    }


api = NinjaAPI(title="Madoguchi provider API", version="1", docs_url=None, urls_namespace="api")
api.add_router("/provider", router)
api.add_router("/provider/applications", inbox_router)
api.add_router("/applications", applications_router)
api.add_router("/scheme", scheme_router)
api.add_router("/schemas", schemas_router)
api.add_router("/jpqr", jpqr_router)
api.add_router("/eligibility", eligibility_router)
api.add_router("/plans", plans_router)
api.add_router("/payments-files", payments_files_router)
api.add_router("/campaigns", campaigns_router)
api.add_router("/campaigns", public_campaigns_router)
api.add_router("/open", open_router)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Exception) -> HttpResponse:
    """A refusal as JSON with its status."""
    assert isinstance(refusal, Refusal)  # noqa: S101  # registered for nothing else
    place = {key: refusal.details.get(key) for key in PLACES}
    return _json({"error": error(refusal.code, **place)}, status_of(refusal.code))
