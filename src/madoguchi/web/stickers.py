"""Stickers as one PDF to print, from whichever room they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from madoguchi.core.errors import Refusal
from madoguchi.jpqr import JpqrError

if TYPE_CHECKING:
    from madoguchi.jpqr import SheetFormat, Sticker

FORMATS: tuple[tuple[str, Promise], ...] = (
    ("a5", _("A5 table stand")),
    ("a4", _("A4 poster")),
    ("sticker", _("50 mm stickers")),
    ("card", _("Cards")),
)
# A thousand take some seconds of two processors, which every till on this server then has to share.
MAX_PRINTS = 2_000


def sheet(stickers: Sequence[Sticker], *, format: str, copies: int = 1) -> bytes:
    """One PDF of all stickers, sorted for posting.

    Raises Refusal `sheet_empty`, `sheet_too_large`, and `sheet_impossible` with what is wrong with a sticker.
    """
    from madoguchi.jpqr import sheet_pdf  # typst: only who prints waits for it to load

    if not stickers:
        raise Refusal("sheet_empty")
    if len(stickers) * copies > MAX_PRINTS:
        raise Refusal("sheet_too_large", limit=MAX_PRINTS, count=len(stickers) * copies)
    try:
        return sheet_pdf(stickers, format=cast("SheetFormat", format), copies=copies)
    except JpqrError as error:
        raise Refusal("sheet_impossible", reason=error.message) from error


def as_file(pdf: bytes, name: str, *, is_download: bool) -> HttpResponse:
    """A PDF under a name that may be Japanese."""
    response = HttpResponse(pdf, content_type="application/pdf")
    header = content_disposition_header(as_attachment=is_download, filename=name)
    response["Content-Disposition"] = header or ("attachment" if is_download else "inline")
    return response
