"""What every page's edge shares: signing in first, addresses that stay on this site, the request with its actor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from madoguchi.people.access import Actor


class Page(HttpRequest):
    """A request after ActorMiddleware; only for annotations."""

    actor: Actor
    htmx: Any


# Streamed downloads included.
View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Send visitors who are not signed in to the sign-in page; htmx takes its whole page there."""

    @wraps(view)
    def inner(request: Page, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if getattr(request, "htmx", False):
            # Without this the sign-in page would be put into the middle of the page that asked.
            response = redirect_to_login(request.htmx.current_url_abs_path or "/")
            return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
        # A form cannot be sent again after signing in, so its reader comes back to the page it stood on.
        return redirect_to_login(page_of(request))

    return inner


def is_on_this_site(request: HttpRequest, address: str) -> bool:
    """Whether a redirect to `address` keeps the reader here."""
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())


def page_before(request: HttpRequest) -> str:
    """The page on this site from which the reader came; home if there is none."""
    before = request.headers.get("Referer", "")
    return before if is_on_this_site(request, before) and before != request.build_absolute_uri() else "/"


def page_of(request: HttpRequest) -> str:
    """The page on which the reader is: this address, or for a form that was sent, the page it stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    before = request.headers.get("Referer", "")
    return before if is_on_this_site(request, before) else "/"
