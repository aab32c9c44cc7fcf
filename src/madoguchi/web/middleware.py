"""Who acts, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.templatetags.static import static

from madoguchi.core.errors import Refusal
from madoguchi.people.access import ANONYMOUS, actor_for
from madoguchi.people.models import User
from madoguchi.web.refusals import answer

# The provider API signs its requests and the map's tiles are everybody's: neither has a session, and looking one up
# would cost a query each, and every cache between here and the reader.
WITHOUT_SESSION = ("/api/", "/map/tiles/", "/map/base/")


class ActorMiddleware:
    """Puts `request.actor` beside `request.user`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = not request.path.startswith(WITHOUT_SESSION) and isinstance(request.user, User)
        request.actor = actor_for(request.user) if known else ANONYMOUS  # type: ignore[attr-defined, arg-type]
        return self.get_response(request)


class RefusalMiddleware:
    """Turns a Refusal raised by a page into a status, a sentence in the reader's language, and its code."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return answer(request, error) if isinstance(error, Refusal) else None


def is_page(answer: HttpResponseBase) -> bool:
    """Whether an answer is a page, not a file, a redirect or data."""
    return "Location" not in answer and answer.get("Content-Type", "").startswith("text/html")


class GZipPagesMiddleware(GZipMiddleware):
    """Compresses pages, whose tokens Django guards with random bytes (BREACH), and nothing else.

    Files, pieces of files and tiles answer for their own encoding and tags.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return super().process_response(request, response) if is_page(response) else response


class StylesAheadMiddleware:
    """Names the styles of every page in its headers: a phone fetches them while the page is still coming."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if is_page(answer) and "HX-Request" not in request.headers:
            answer["Link"] = f"<{static('dist/app.css')}>; rel=preload; as=style"
        return answer
