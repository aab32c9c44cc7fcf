"""A till without a connection: the worker that keeps its page, the heartbeat, and taking in what it kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.staticfiles import finders
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.core.clock import jst_date, now
from madoguchi.core.errors import Refusal
from madoguchi.counter import rules
from madoguchi.payments.actions import accept_offline_order
from madoguchi.people.access import Actor
from madoguchi.registry.models import Place
from madoguchi.registry.queries import codes_at, services_at
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.refusals import sentence
from madoguchi.web.till.forms import MAX_CASH_YEN
from madoguchi.web.till.places import place_at

MAX_ORDERS = 200
MAX_BODY_BYTES = 1_000_000
MAX_TEXT = 60


@require_GET
@never_cache
@signed_in
def ping(request: Page) -> HttpResponse:
    """The till's heartbeat: 204 for a clerk who is signed in."""
    return HttpResponse(status=204)


@require_GET
@signed_in
def worker(request: Page) -> HttpResponse:
    """The service worker, served from here because a worker may only look after addresses below its own."""
    path = finders.find("dist/till-worker.js")
    if path is None:
        raise Http404
    response = HttpResponse(Path(path).read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/till/"
    response["Cache-Control"] = "no-cache"
    return response


@require_POST
@signed_in
def offline(request: Page, place_id: UUID) -> HttpResponse:
    """Take in the orders that a till kept; one answer for each, in their order.

    An order that is refused stays at the till with its reason and does not hold up the others. Sending one again
    gives the answer it got before.
    """
    place = place_at(request.actor, place_id)
    try:
        rows = json.loads(request.body) if len(request.body) <= MAX_BODY_BYTES else None
    except ValueError:
        rows = None
    if not isinstance(rows, list) or len(rows) > MAX_ORDERS:
        return JsonResponse({"error": {"code": "not_a_list", "limit": MAX_ORDERS}}, status=400)
    return JsonResponse({"orders": [_answer(request.actor, place, row) for row in rows]})


def _answer(actor: Actor, place: Place, row: Any) -> dict[str, Any]:
    key = row.get("client_key") if isinstance(row, dict) else None
    try:
        facts = _read(place, row)
        order = accept_offline_order(actor=actor, place_id=place.id, **facts)
    except Refusal as refusal:
        # The one place where a page catches a refusal: each order of the list needs its own answer.
        return {"client_key": key, "error": {"code": refusal.code, "message": sentence(refusal)}}
    return {"client_key": key, "state": order.state, "number": order.number}


def _read(place: Place, row: Any) -> dict[str, Any]:
    """The arguments of `accept_offline_order` in what a till sent. Raises Refusal for what cannot be right."""
    if not isinstance(row, Mapping) or not 1 <= len(str(row.get("client_key", ""))) <= 64:
        raise Refusal("order_unknown")
    taken_at = _instant(row.get("taken_at"))
    # The customer pays some minutes after the items were picked; a late notice is matched around this instant.
    seen_at = _instant(row["seen_at"]) if row.get("seen_at") else taken_at
    tender, service = row.get("tender"), str(row.get("service") or "")
    if tender == "service":
        offered = {found.code for code in codes_at(place.id) for found in services_at(code.id, jst_date(taken_at))}
        if service not in offered:
            raise Refusal("service_unknown", service=service)
    elif tender != "cash":
        raise Refusal("service_unknown", service=str(tender))
    given_yen = row.get("given_yen")
    if given_yen is not None and (not isinstance(given_yen, int) or not 0 <= given_yen <= MAX_CASH_YEN):
        raise Refusal("amount_wrong", field="given_yen")
    lines = row.get("lines")
    if not isinstance(lines, list) or len(lines) > rules.MAX_LINES:
        raise Refusal("order_too_large", limit=rules.MAX_LINES)
    return {
        "client_key": str(row["client_key"]),
        "taken_at": taken_at,
        "seen_at": max(taken_at, min(seen_at, now())),
        "lines": lines,
        "tender": tender,
        "given_yen": given_yen,
        "service": service if tender == "service" else "",
        "case_reference": str(row.get("case_reference") or "")[:MAX_TEXT],
        "payer_name": str(row.get("payer_name") or "")[:MAX_TEXT],
    }


def _instant(text: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Refusal("taken_at_wrong") from error
    if instant.tzinfo is None:
        raise Refusal("taken_at_wrong")
    return instant
