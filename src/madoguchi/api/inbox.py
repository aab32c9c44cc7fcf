"""A provider's inbox for programs: read what waits, take, ask, approve, refuse, one or 1,000 at a time. Signed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Router

from madoguchi.api.edges import id_in, json_answer, json_of, provider_of, signed
from madoguchi.api.errors import error, status_of
from madoguchi.core.errors import Refusal
from madoguchi.onboarding.decisions import MAX_DECISIONS, Decision, Outcome, decide, decide_all, read_decision
from madoguchi.onboarding.documents import view_document
from madoguchi.onboarding.inbox import TABS, Wanted, decided, document_of, find_item, inbox, item_rows
from madoguchi.onboarding.inbox_files import decisions_schema, inbox_schema
from madoguchi.onboarding.intake import WholeApplication

PAGE = 200
MOST = 1_000
SCHEMAS = {
    "application": WholeApplication.model_json_schema,
    "decisions": decisions_schema,
    "inbox": inbox_schema,
}
router = Router(auth=signed, tags=["provider: applications"])
schemas = Router(tags=["schemas"])
WRONG = {
    400: {"description": "Nothing of the body could be read."},
    401: {"description": "The signature is missing, late or wrong."},
    404: {"description": "You have no such item."},
    409: {"description": "The item no longer waits for that; nothing was changed."},
    422: {"description": "The decision is understood but cannot be taken; `error` says why and where."},
}


def _body(schema: dict[str, Any], good: str) -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {200: {"description": good}, **WRONG},
    }


def _facts_of(*names: str) -> dict[str, Any]:
    """The schema of one decision's own facts: the item and the decision stand in the address."""
    told = Decision.model_json_schema()["properties"]
    required = [name for name in names if name in {"starts_on", "text"}]
    properties = {name: told[name] for name in names}
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


@router.get("", summary="What was applied for with you")
def get_inbox(request: HttpRequest, state: str = "", cursor: str = "", limit: int = PAGE) -> HttpResponse:
    """Places × services, oldest first. `state`: `new`, `taken`, `questions`, `approved`, `refused`, `ended`, or all."""
    actor, provider = provider_of(request)
    if state and state not in TABS:
        raise Refusal("field_wrong", field="state")
    after = id_in(cursor, "cursor_wrong") if cursor else None
    size = min(max(limit, 1), MOST)
    found = list(inbox(actor, provider, Wanted(tab=state), after=after)[: size + 1])
    page = found[:size]
    rows = item_rows(actor, page, how="api")
    next_cursor = str(page[-1].id) if page else cursor
    return json_answer({"items": rows, "next_cursor": next_cursor, "has_more": len(found) > size})


@router.post(
    "/decisions",
    summary="Decide on many at once",
    openapi_extra=_body(decisions_schema(), "`results` has one answer for each decision, in order."),
)
def post_decisions(request: HttpRequest) -> HttpResponse:
    """Up to 1,000 decisions. Good ones stand whatever the others are; a repeated one gets the first answer."""
    actor, provider = provider_of(request)
    given = json_of(request)
    if not isinstance(given, list):
        raise Refusal("body_wrong", limit=MAX_DECISIONS)
    outcomes = decide_all(actor=actor, provider=provider, given=given)
    return json_answer({"results": [_result(one, position) for position, one in enumerate(outcomes)]})


@router.get("/{item_id}", summary="One place × service")
def get_inbox_item(request: HttpRequest, item_id: str) -> HttpResponse:
    """One item with its place, applicant, account, documents and messages."""
    actor, provider = provider_of(request)
    item = find_item(actor, provider, id_in(item_id, "applied_item_unknown"))
    return json_answer(item_rows(actor, [item], how="api")[0])


@router.get("/{item_id}/documents/{document_id}", summary="A document of proof")
def get_inbox_document(request: HttpRequest, item_id: str, document_id: str) -> HttpResponse:
    """A document as it was brought, while the item is in your hands or approved. Each view is logged."""
    actor, provider = provider_of(request)
    item = find_item(actor, provider, id_in(item_id, "applied_item_unknown"))
    found = document_of(item, id_in(document_id, "document_unknown"))
    document, data = view_document(actor=actor, document_id=found.id)
    response = HttpResponse(data, content_type=document.media_type)
    name = content_disposition_header(as_attachment=True, filename=document.filename)
    response["Content-Disposition"] = name or "attachment"
    return response


@router.post("/{item_id}/take", summary="Begin to look at it", openapi_extra={"responses": WRONG})
def post_take(request: HttpRequest, item_id: str) -> HttpResponse:
    """Note that you have begun; taking it again changes nothing."""
    return _decide(request, item_id, "take", {})


@router.post("/{item_id}/ask", summary="Ask the applicant", openapi_extra=_body(_facts_of("text"), "It was asked."))
def post_ask(request: HttpRequest, item_id: str) -> HttpResponse:
    """The applicant is told by e-mail. The same question again, while it waits, is not sent twice."""
    return _decide(request, item_id, "ask", _object(request))


APPROVAL = _facts_of("starts_on", "fee_bps", "terms", "provider_reference", "keeps_terms")


@router.post("/{item_id}/approve", summary="Approve it from a day", openapi_extra=_body(APPROVAL, "It is approved."))
def post_approve(request: HttpRequest, item_id: str) -> HttpResponse:
    """`is_late` tells whether it begins later than was wished for (P-22, P-26)."""
    return _decide(request, item_id, "approve", _object(request))


@router.post("/{item_id}/refuse", summary="Refuse it", openapi_extra=_body(_facts_of("text"), "It is refused."))
def post_refuse(request: HttpRequest, item_id: str) -> HttpResponse:
    """The applicant reads the reason in `text`."""
    return _decide(request, item_id, "refuse", _object(request))


@schemas.get("/{name}.json", summary="JSON Schemas of files and bodies")
def get_schema(request: HttpRequest, name: str) -> HttpResponse:
    """`application`, `inbox` or `decisions`."""
    if name not in SCHEMAS:
        raise Http404
    return json_answer(SCHEMAS[name]())


def _decide(request: HttpRequest, item_id: str, decision: str, facts: dict[str, Any]) -> HttpResponse:
    actor, provider = provider_of(request)
    asked = read_decision({**facts, "item_id": str(id_in(item_id, "applied_item_unknown")), "decision": decision})
    item = decide(actor=actor, provider=provider, decision=asked)
    return json_answer({"item_id": str(item.id), "state": item.state, **decided(item)})


def _object(request: HttpRequest) -> dict[str, Any]:
    given = json_of(request)
    if not isinstance(given, dict):
        raise Refusal("object_wanted")
    for name in ("item_id", "decision"):
        if name in given:
            raise Refusal("field_unknown", field=name)
    return given


def _result(outcome: Outcome, position: int) -> dict[str, Any]:
    if outcome.code:
        failed = error(outcome.code, field=outcome.field, position=position)
        return {"status": status_of(outcome.code), "item_id": outcome.item_id, "error": failed}
    told = {"item_id": outcome.item_id, "state": outcome.state, "repeated": outcome.is_repeated}
    return {"status": 200, **told}
