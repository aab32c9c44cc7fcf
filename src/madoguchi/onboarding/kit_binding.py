"""A kit's pages, typeset in several documents, bound into one PDF; sheets of stickers put together from single ones."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf

from madoguchi.jpqr.errors import StickerError

_PT_PER_MM = 72 / 25.4
_A4_MM = (210.0, 297.0)
# Where the sheets of 50 mm stickers have them, so that one cutting serves both.
_SIDE_MM, _LEFT_MM, _TOP_MM = 50.0, 5.0, 23.5
PER_SHEET, _ACROSS = 20, 4


class Binding:
    """A document that grows page by page; a page or a sticker bound often is stored once."""

    def __init__(self, title: str) -> None:
        self._pdf = pikepdf.new()
        self._pdf.docinfo["/Title"] = title
        self._sources: list[pikepdf.Pdf] = []  # their streams are read at the end
        self._cuts: pikepdf.Object | None = None

    def opened(self, document: bytes, pages: int) -> list[pikepdf.Page]:
        """The pages of a typeset document. Raises StickerError `does_not_fit` if they are not as many as they should."""
        source = pikepdf.open(io.BytesIO(document))
        self._sources.append(source)
        if len(source.pages) != pages:
            raise StickerError("does_not_fit", f"{pages} pages became {len(source.pages)}")
        return list(source.pages)

    def add(self, page: pikepdf.Page, copies: int) -> None:
        """The page, so many times."""
        for _ in range(copies):
            self._pdf.pages.append(page)
            bound = self._pdf.pages[-1].obj
            if "/StructParents" in bound:  # the tree of tags that it points into stays behind
                del bound["/StructParents"]

    def sticker(self, page: pikepdf.Page) -> pikepdf.Object:
        """A page as something that sheets show as often as they like."""
        # The page's own stream, compressed as it is: unpacking and packing it again takes half of the binding's time.
        form = page.obj.Contents
        form.Type, form.Subtype, form.FormType = pikepdf.Name.XObject, pikepdf.Name.Form, 1
        form.BBox, form.Resources = page.mediabox, page.resources
        return self._pdf.copy_foreign(form)

    def set_cuts(self, page: pikepdf.Page) -> None:
        """The page of cutting marks that every sheet of stickers shows."""
        self._cuts = self.sticker(page)

    def add_sheet(self, stickers: Sequence[pikepdf.Object], copies: int) -> None:
        """An A4 page of up to 20 stickers of 50 mm with cutting marks, so many times."""
        names = {one.objgen: f"/S{at}" for at, one in enumerate(stickers)}
        shown = {names[one.objgen]: one for one in stickers}
        drawn = ["/Cuts Do"]
        for at, one in enumerate(stickers):
            x = _LEFT_MM + at % _ACROSS * _SIDE_MM
            y = _A4_MM[1] - _TOP_MM - (at // _ACROSS + 1) * _SIDE_MM
            drawn.append(f"q 1 0 0 1 {x * _PT_PER_MM:.4f} {y * _PT_PER_MM:.4f} cm {names[one.objgen]} Do Q")
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[0, 0, *(round(side * _PT_PER_MM, 4) for side in _A4_MM)],
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary({**shown, "/Cuts": self._cuts})),
            Contents=self._pdf.make_stream("\n".join(drawn).encode()),
        )
        bound = pikepdf.Page(self._pdf.make_indirect(page))
        for _ in range(copies):
            self._pdf.pages.append(bound)

    def __len__(self) -> int:
        return len(self._pdf.pages)

    def closed(self) -> bytes:
        """The whole as a file, the same for the same pages."""
        file = io.BytesIO()
        self._pdf.save(
            file, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True
        )
        for one in (self._pdf, *self._sources):
            one.close()
        return file.getvalue()
