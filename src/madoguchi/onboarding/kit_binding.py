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
_PAGE = pikepdf.Name.Page


class Binding:
    """A document that grows page by page; a page or a sticker bound often is stored once."""

    def __init__(self, title: str) -> None:
        self._pdf = pikepdf.new()
        self._pdf.docinfo["/Title"] = title
        self._pages: list[pikepdf.Object] = []
        self._sources: list[pikepdf.Pdf] = []  # their streams are read at the end
        self._cuts: pikepdf.Object | None = None

    def opened(self, document: bytes, pages: int) -> list[pikepdf.Object]:
        """What the pages of a typeset document show. Raises StickerError `does_not_fit` if they are not so many."""
        source = pikepdf.open(io.BytesIO(document))
        self._sources.append(source)
        if len(source.pages) != pages:
            raise StickerError("does_not_fit", f"{pages} pages became {len(source.pages)}")
        # Without the page's tags, whose tree stays behind.
        shown = [
            pikepdf.Dictionary(MediaBox=one.mediabox, Resources=one.resources, Contents=one.obj.Contents)
            for one in source.pages
        ]
        return [self._pdf.copy_foreign(source.make_indirect(one)) for one in shown]

    def add(self, page: pikepdf.Object, copies: int) -> None:
        """What a page shows as a page, so many times."""
        for _ in range(copies):
            self._pages.append(self._pdf.make_indirect(pikepdf.Dictionary({**dict(page.items()), "/Type": _PAGE})))

    def sticker(self, page: pikepdf.Object) -> pikepdf.Object:
        """What a page shows as something that sheets show as often as they like."""
        # The page's own stream, compressed as it is: unpacking and packing it again took half of the binding's time.
        form = page.Contents
        form.Type, form.Subtype, form.FormType = pikepdf.Name.XObject, pikepdf.Name.Form, 1
        form.BBox, form.Resources = page.MediaBox, page.Resources
        return form

    def set_cuts(self, page: pikepdf.Object) -> None:
        """What a page shows as the cutting marks of every sheet of stickers."""
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
            MediaBox=[0, 0, *(round(side * _PT_PER_MM, 4) for side in _A4_MM)],
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary({**shown, "/Cuts": self._cuts})),
            Contents=self._pdf.make_stream("\n".join(drawn).encode()),
        )
        self.add(page, copies)

    def closed(self) -> bytes:
        """The whole as a file, the same for the same pages."""
        # All at once: looking through the pages before for each one added made a thousand kits take twice the time.
        tree = self._pdf.Root.Pages
        tree.Kids, tree.Count = pikepdf.Array(self._pages), len(self._pages)
        for page in self._pages:
            page.Parent = tree
        file = io.BytesIO()
        self._pdf.save(
            file, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True
        )
        for one in (self._pdf, *self._sources):
            one.close()
        return file.getvalue()
