"""What every page's edge shares: signing in first, and the request type with its actor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from madoguchi.people.access import Actor


class Page(HttpRequest):
    """A request after ActorMiddleware; only for annotations."""

    actor: Actor
    htmx: Any


View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Send visitors who are not signed in to the sign-in page."""

    @wraps(view)
    def inner(request: Page, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return inner
