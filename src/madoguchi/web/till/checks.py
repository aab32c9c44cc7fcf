"""Whether the sticker at a counter is that counter's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from madoguchi.registry.inspection import inspect_at_place
from madoguchi.web.checking import CheckForm, Shown
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.till.places import place_at


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def check(request: Page, place_id: UUID) -> HttpResponse:
    """Whether a sticker at this counter is this counter's own."""
    place = place_at(request.actor, place_id)
    form = CheckForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    facts: dict[str, Any] = {"place": place, "form": form}
    if form.is_valid():
        facts |= {"form": CheckForm(), "shown": [Shown(row) for row in inspect_at_place(form.found, place)]}
    return render(request, "till/check.html", facts, status=422 if form.is_bound and form.errors else 200)
