"""What the open API's edges share: no key, so many requests a minute, unchanged answers are not sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from madoguchi.api.edges import json_answer
from madoguchi.api.errors import error, status_of
from madoguchi.core.errors import Refusal
from madoguchi.opendata.limits import WINDOW_SECONDS, Allowance, count_request
from madoguchi.people.origins import origin_of

EXPOSED = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
# What each open route may answer beside its own: for the descriptions in OpenAPI.
SHARED_ANSWERS: dict[int, dict[str, str]] = {
    304: {"description": "What `If-None-Match` names is still so."},
    429: {
        "description": "Too many requests from one network this minute; `Retry-After` says when to go on, in seconds."
    },
}


def open_to_all(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An edge that anybody may ask, from any site's page: limited by network, with an ETag of what is answered."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowance = count_request(origin_of(request))
        try:
            if allowance is not None and not allowance.is_allowed:
                raise Refusal("too_many_requests", limit=allowance.limit)
            response = _with_tag(request, view(request, *args, **kwargs))
        except Refusal as refusal:
            # Here and not in the API's own handler: the refusal needs the headers of what is open, too.
            place = {key: refusal.details.get(key) for key in ("field", "limit")}
            response = json_answer({"error": error(refusal.code, **place)}, status_of(refusal.code))
            response["Cache-Control"] = "no-store"
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = EXPOSED
        return _with_allowance(response, allowance)

    return inner


def _with_tag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    known = {name.removeprefix("W/") for name in parse_etags(request.headers.get("If-None-Match", ""))}
    if known & {tag, "*"}:
        response = HttpResponse(status=304)
        del response["Content-Type"]
    response["ETag"] = tag
    response["Cache-Control"] = "public, no-cache"
    return response


def _with_allowance(response: HttpResponse, allowance: Allowance | None) -> HttpResponse:
    """How the asker stands, as the IETF's draft on RateLimit headers writes it."""
    if allowance is not None:
        response["RateLimit-Policy"] = f'"open";q={allowance.limit};w={WINDOW_SECONDS}'
        response["RateLimit"] = f'"open";r={allowance.left};t={allowance.seconds}'
        if not allowance.is_allowed:
            response["Retry-After"] = str(allowance.seconds)
    return response
