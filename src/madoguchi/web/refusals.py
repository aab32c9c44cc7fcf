"""How a refusal is told to a person or a program."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from madoguchi.core.errors import Refusal


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A page, fragment or JSON object for `refusal`."""
    return HttpResponse(str(refusal), status=403 if refusal.code == "not_allowed" else 422)
