"""What the API's edges share: whose signature a request carries, its body as JSON, an answer as JSON."""

from __future__ import annotations

import json
from time import time
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic_core import from_json

from madoguchi.api.errors import body_of
from madoguchi.core.errors import Refusal
from madoguchi.gateways.signing import SignatureError, verify
from madoguchi.people.access import Actor, provider_actor
from madoguchi.registry.queries import inbound_secrets


def signed(request: HttpRequest) -> Actor:
    """The provider whose key signed this request. Raises Refusal with a signature code, `body_too_large`."""
    key_id = request.headers.get("Madoguchi-Key", "")
    found = inbound_secrets(key_id) if key_id else {}
    body = body_of(request)
    try:
        verify(
            secrets={key: secret for key, (secret, _) in found.items()},
            headers=request.headers,
            body=body,
            now=int(time()),
        )
    except SignatureError as wrong:
        raise Refusal(wrong.code) from wrong
    return provider_actor(found[key_id][1])


def provider_of(request: HttpRequest) -> tuple[Actor, str]:
    """The actor of a signed request, and its provider's code."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor, actor.grants[0].provider


def json_of(request: HttpRequest) -> Any:
    """A request's body as JSON. Raises Refusal `json_malformed`, `body_too_large`."""
    try:
        return from_json(body_of(request), allow_inf_nan=False)
    except ValueError as error:
        raise Refusal("json_malformed") from error


def json_answer(data: dict[str, Any], status: int = 200) -> HttpResponse:
    """An answer as JSON."""
    return HttpResponse(json.dumps(data, ensure_ascii=False), status=status, content_type="application/json")


def id_in(text: str, code: str) -> UUID:
    """The identifier that `text` is; if it is none, raises a Refusal with this code."""
    try:
        return UUID(text)
    except ValueError:
        raise Refusal(code) from None
