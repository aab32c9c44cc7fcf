"""Codes for programs: read, write and check them, and see the keys that towns sign with. Open to all, keeps nothing."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from madoguchi.api.errors import body_of
from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.core.validation import refusal_of
from madoguchi.jpqr import JpqrCode, JpqrError, StoreId, encode_cpm, jpqr_cpm, qr_svg
from madoguchi.jpqr.conditions import bound_text
from madoguchi.jpqr.inspection import inspect
from madoguchi.jpqr.payload import encode_tree
from madoguchi.jpqr.profile import payload_of
from madoguchi.jpqr.report import Report, fault, lenient_report, report, verdict_report
from madoguchi.registry.queries import code_is_open
from madoguchi.registry.signing import published_keys, trusted_keys

MAX_PAYLOADS = 1_000
# A code has at most 2,953 characters; what is longer is told so by the reader, in the same way as everything else.
PayloadText = Annotated[str, Field(max_length=10_000)]
Label = Annotated[str, Field(max_length=99)]
Model = TypeVar("Model", bound=BaseModel)
router = Router(tags=["jpqr"])


class DecodeIn(BaseModel):
    """One payload, or up to 1,000."""

    model_config = ConfigDict(extra="forbid")

    payload: PayloadText | None = None
    payloads: Annotated[list[PayloadText], Field(min_length=1, max_length=MAX_PAYLOADS)] | None = None
    lenient: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> DecodeIn:
        if (self.payload is None) == (self.payloads is None):
            raise ValueError("send either payload or payloads")
        return self


class EncodeIn(BaseModel):
    """The facts of a merchant's code; or `operator_code` and `payment_id` of a customer's; or `fields` as decoded."""

    model_config = ConfigDict(extra="forbid")

    store_id: Label | None = None
    merchant_name: Label | None = None
    local_name: Label | None = None
    city: Label | None = None
    postal_code: Label | None = None
    mcc: Label | None = None
    amount_yen: Annotated[int, Field(strict=True, ge=0, lt=10**13)] | None = None
    terminal: Label | None = None
    bill: Label | None = None
    reference: Label | None = None
    purpose: Label | None = None
    expires_at: AwareDatetime | None = None
    amount_locked: bool = False
    operator_code: Label | None = None
    payment_id: Label | None = None
    fields: dict[str, Any] | None = None
    symbol: bool = False

    def text(self) -> str:
        """The payload. Raises JpqrError; Refusal `field_missing`, `field_wrong`."""
        if self.operator_code is not None or self.payment_id is not None:
            return encode_cpm(jpqr_cpm(operator_code=self.operator_code or "", payment_id=self.payment_id or ""))
        if self.fields is not None:
            return encode_tree(_tree(self.fields))
        code = JpqrCode(
            store_id=StoreId.parse(self._told("store_id")),
            merchant_name=self._told("merchant_name"),
            local_name=self.local_name,
            city=self._told("city"),
            postal_code=self._told("postal_code"),
            mcc=self._told("mcc"),
            initiation="static" if self.amount_yen is None else "dynamic",
            amount_yen=self.amount_yen,
            terminal=self.terminal,
            bill=self.bill,
            reference=self.reference,
            purpose=self.purpose,
        )
        return bound_text(payload_of(code), expires_at=self.expires_at, is_amount_locked=self.amount_locked)

    def _told(self, field: str) -> str:
        value = getattr(self, field)
        if value is None:
            raise Refusal("field_missing", field=field)
        return str(value)


class InspectIn(BaseModel):
    """A code that somebody found on a counter."""

    model_config = ConfigDict(extra="forbid")

    payload: PayloadText


def _body(model: type[BaseModel], answer: str) -> dict[str, Any]:
    """The OpenAPI description of a body and its answers."""
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}},
        "responses": {
            200: {"description": answer},
            400: {"description": "The body is not JSON."},
            413: {"description": "The body is too large."},
            422: {"description": "`ok` is false and `error` says what is wrong and where; or a field is wrong."},
        },
    }


@router.post("/decode", summary="Say what codes say", openapi_extra=_body(DecodeIn, "What each code says."))
def decode_codes(request: HttpRequest) -> HttpResponse:
    """A merchant's code of any scheme, or a customer's. Of several, `results` has one answer each, in order."""
    asked = _read(request, DecodeIn)
    read = lenient_report if asked.lenient else report
    if asked.payloads is not None:
        return _json({"results": [read(text) for text in asked.payloads]}, 200)
    return _answer(read(asked.payload or ""))


@router.post("/encode", summary="Write a code", openapi_extra=_body(EncodeIn, "`payload`, and `svg` if asked for."))
def encode_code(request: HttpRequest) -> HttpResponse:
    """A merchant's or a customer's code. Nothing is signed here: only a town's own pages use its key."""
    asked = _read(request, EncodeIn)
    try:
        text = asked.text()
        symbol = {"svg": qr_svg(text)} if asked.symbol else {}
    except JpqrError as error:
        return _answer(fault(error))
    return _answer({"ok": True, "payload": text, **symbol})


@router.post("/inspect", summary="Is it genuine?", openapi_extra=_body(InspectIn, "The verdict, with its reasons."))
def inspect_code(request: HttpRequest) -> HttpResponse:
    """Whether a code is signed by one of the towns here and belongs to an open place of theirs."""
    asked = _read(request, InspectIn)
    found = inspect(
        asked.payload, trusted=trusted_keys(), expected=lambda store_id: code_is_open(store_id.text), at=now()
    )
    return _json(verdict_report(found), 200)


@router.get("/keys", summary="The keys that towns sign with")
def get_keys(request: HttpRequest) -> HttpResponse:
    """Public keys (Ed25519, Base64 for addresses), revoked ones among them and marked."""
    return _json({"keys": published_keys()}, 200)


def _read(request: HttpRequest, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(body_of(request))
    except ValidationError as error:
        raise refusal_of(error) from error


def _tree(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as `decode` gave them, without the checksum. Raises Refusal `field_wrong` for any other shape."""

    def is_tree(value: object, depth: int) -> bool:
        if isinstance(value, dict):
            return depth < 4 and all(is_tree(inner, depth + 1) for inner in value.values())
        return isinstance(value, str)

    if not is_tree(fields, 0):
        raise Refusal("field_wrong", field="fields")
    return {tag: value for tag, value in fields.items() if tag != "63"}


def _answer(found: Report) -> HttpResponse:
    return _json(found, 200 if found["ok"] else 422)


def _json(data: dict[str, Any], status: int) -> HttpResponse:
    # Halves of surrogate pairs may come in as JSON escapes and must go out as such.
    text = json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return HttpResponse(text, status=status, content_type="application/json")
