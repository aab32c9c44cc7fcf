"""Pages for everybody are the same for every visitor: remembered whole by all processes for half a minute (ADR 0021).

Of 200 views of the finder a second, half ask for what somebody just asked for; handing it out again costs a fifth of
drawing it, and less than what sessions, languages and tokens take of a page before it is begun. What shows anything of
its reader must set a cookie, or stand outside the rooms for everybody.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from hashlib import sha256
from typing import TypeGuard

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request

from madoguchi.web.context import is_for_everybody
from madoguchi.web.middleware import WITHOUT_SESSION, is_page

# Whoever withdraws consent is off every list within this time after the worker heard of it.
REMEMBERED_SECONDS = 30
# What is longer was not typed by anybody, and would fill the memory.
LONGEST_QUERY = 500
# Of gzip's levels: the next takes half as long again for a twentieth less, measured with a page of 20 places.
PACKING = 3


def is_visitor(request: HttpRequest) -> bool:
    """Whether nobody is signed in and no message waits: what a page shows depends on its address alone."""
    return not request.COOKIES.keys() & {settings.SESSION_COOKIE_NAME, "messages"}


class RememberedPagesMiddleware:
    """Answers visitors with a page that was drawn for another one, before anything else is asked about them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = _key(request) if _may_be_remembered(request) else ""
        if not key:
            return self.get_response(request)
        is_read_packed = "gzip" in request.headers.get("Accept-Encoding", "")
        known: bytes | None = cache.get(key)
        if known is not None and (answer := _unpacked(known, is_read_packed=is_read_packed)) is not None:
            return answer
        drawn = self.get_response(request)
        if not _is_every_visitors(drawn, request):
            return drawn
        known = _packed(drawn)
        cache.set(key, known, REMEMBERED_SECONDS)
        return _unpacked(known, is_read_packed=is_read_packed) or drawn


def _may_be_remembered(request: HttpRequest) -> bool:
    is_public = is_for_everybody(request.path) and not request.path.startswith(WITHOUT_SESSION)
    is_whole = request.method == "GET" and "HX-Request" not in request.headers
    is_short = len(request.META["QUERY_STRING"]) <= LONGEST_QUERY
    # Where a reader stands is nobody else's question, and is written nowhere.
    return is_public and is_whole and is_short and is_visitor(request) and not request.GET.get("near")


def _is_every_visitors(answer: HttpResponseBase, request: HttpRequest) -> TypeGuard[HttpResponse]:
    """Whether an answer is a page that may be handed to others.

    One that sets a cookie was made for its reader, as is every page with a token against forged forms. Of readers who
    have that token already, nothing would tell: their pages are not kept.
    """
    is_unknown = not request.COOKIES.keys() - {settings.LANGUAGE_COOKIE_NAME}
    is_whole = isinstance(answer, HttpResponse) and answer.status_code == 200 and is_page(answer)
    return is_unknown and is_whole and not answer.cookies


def _packed(answer: HttpResponse) -> bytes:
    """An answer's headers in a line, and its page as most browsers take it.

    Nothing in it is anybody's secret, so that its length tells nothing (BREACH).
    """
    patch_vary_headers(answer, ["Accept-Encoding"])
    headers = json.dumps(dict(answer.items())).encode()
    return headers + b"\n" + gzip.compress(answer.content, PACKING, mtime=0)


def _unpacked(known: bytes, *, is_read_packed: bool) -> HttpResponse | None:
    """The answer that was packed; None where the memory was damaged."""
    headers, _, packed = known.partition(b"\n")
    try:
        page = gzip.decompress(packed)
        told = json.loads(headers)
    except (ValueError, OSError, EOFError, zlib.error):
        return None
    if not page:
        return None
    encoding = {"Content-Encoding": "gzip"} if is_read_packed else {}
    content = packed if is_read_packed else page
    return HttpResponse(content, headers={**told, **encoding, "Content-Length": str(len(content))})


def _key(request: HttpRequest) -> str:
    """Everything a visitor's page depends on: whom was asked, for what, in which language.

    Empty where nobody is asked here; that is said where every page is guarded.
    """
    try:
        host = request.get_host()
    except DisallowedHost:
        return ""
    asked = (request.scheme, host, get_language_from_request(request), request.path, request.META["QUERY_STRING"])
    return f"page:{sha256(repr(asked).encode()).hexdigest()}"
