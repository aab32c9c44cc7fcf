"""A place's JPQR code: as a picture, and as the sticker that stands on the counter."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from madoguchi.core.clock import today
from madoguchi.jpqr import JpqrError, qr_png, qr_svg
from madoguchi.people.access import Actor, may, require
from madoguchi.registry.codes import payload_of, sticker_of
from madoguchi.registry.models import StoreCode
from madoguchi.registry.queries import codes_at, find_place, place_scope
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.stickers import as_file, sheet


@lru_cache(maxsize=256)
def _drawn(payload: str, title: str) -> str:
    return qr_svg(payload, title=title)


def symbol_of(code: StoreCode) -> SafeString:
    """The code as an SVG element for a page; drawn once, since a till shows the same code all day. Raises JpqrError."""
    # qr_svg escapes the title and draws everything else itself.
    return mark_safe(_drawn(payload_of(code), f"JPQR {code.place.name}"))  # noqa: S308


def symbol_or_nothing(code: StoreCode) -> SafeString | None:
    """The code for a till's page; None if the place's facts do not make a code, so that cash can still be taken."""
    try:
        return symbol_of(code)
    except JpqrError:
        return None


def _code_at(actor: Actor, place_id: UUID, code_id: UUID) -> StoreCode:
    """An open code for those who use its till or run its place or keep its principal's books. Raises Http404."""
    place = find_place(place_id)
    code = next((row for row in codes_at(place.id) if row.id == code_id), None)
    scope = place_scope(place, code.principal_id if code else None)
    allowed = ("sales.read", "registry.write")
    if not any(may(actor, permission, scope) for permission in allowed) and not may(actor, "office.read"):
        require(actor, "till.use", scope)
    if code is None:
        raise Http404
    return code


@require_GET
@signed_in
def code_svg(request: Page, place_id: UUID, code_id: UUID) -> HttpResponse:
    """The code as an SVG picture."""
    return HttpResponse(symbol_of(_code_at(request.actor, place_id, code_id)), content_type="image/svg+xml")


@require_GET
@signed_in
def code_png(request: Page, place_id: UUID, code_id: UUID) -> HttpResponse:
    """The code as a PNG picture."""
    return HttpResponse(qr_png(payload_of(_code_at(request.actor, place_id, code_id))), content_type="image/png")


@require_GET
@signed_in
def sticker_pdf(request: Page, place_id: UUID, code_id: UUID) -> HttpResponse:
    """The A5 sticker to print."""
    code = _code_at(request.actor, place_id, code_id)
    pdf = sheet([sticker_of(code, today())], format="a5")
    return as_file(pdf, f"{code.place.name}-{code.store_id}.pdf", is_download=False)
