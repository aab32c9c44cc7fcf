"""QR codes read from what people send in: photographs, screenshots, scans, and the pages of a PDF."""

import io
import struct
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import zxingcpp
from PIL import Image, ImageFilter

from madoguchi.jpqr.errors import PictureError

MAX_PICTURE_BYTES = 25_000_000
# Phones make pictures of 12 to 50 million pixels; a few kilobytes of PNG can claim thousands of millions.
MAX_PICTURE_PIXELS = 60_000_000
READ_SIDE_PIXELS = 4_000  # larger pictures are reduced: reading grows with the pixels, finding does not

MAX_DOCUMENT_BYTES = 100_000_000  # a thousand printed stands take 13 MB, a hundred scanned pages more
MAX_DOCUMENT_PAGES = 2_000
# A module of 0.4 mm, the least we print, is 3 pixels wide; on a larger page they are fewer.
PAGE_DPI = 200
_POINTS_PER_INCH = 72

_PDF_HEAD = b"%PDF-"
_PDF_HEAD_WITHIN = 1024  # where readers look for it: mail gateways put lines before it
_QR_ONLY = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
PDFIUM = threading.Lock()  # whoever reads or writes a PDF holds it: one thread at a time may be in that library


def read_symbols(data: bytes) -> list[str]:
    """The texts of all QR codes in a PNG, JPEG or WebP picture, row by row from the top left; empty if none.

    Bytes that are UTF-8 are read as such, as EMVCo prescribes; others as the character set the symbol names
    or, failing that, seems to be in. Raises PictureError `too_many_bytes`, `too_many_pixels`, `not_a_picture`.
    """
    return _texts(_opened(data))


def read_document(data: bytes, *, page: int | None = None) -> list[str]:
    """The texts of all QR codes in a picture or in a PDF's pages, page after page, or on one `page` (from 1).

    A page is read as printed at 200 dpi; of a picture there is page 1. Raises PictureError: `read_symbols`'
    codes, `not_a_picture` for a damaged PDF too, `no_such_page`, `too_many_pages` (2,000; any number if one page
    is asked for), `password_needed`.
    """
    if page is not None and page < 1:
        raise PictureError("no_such_page", "pages are counted from 1")
    if _PDF_HEAD not in data[:_PDF_HEAD_WITHIN]:
        if page not in (None, 1):
            raise PictureError("no_such_page", "a picture has one page")
        return read_symbols(data)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise PictureError("too_many_bytes", f"at most {MAX_DOCUMENT_BYTES // 1_000_000} MB")
    return [text for picture in _pages(data, page) for text in _texts(picture)]


def _texts(picture: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(picture, formats=_QR_ONLY)
    if not found:
        found = zxingcpp.read_barcodes(_sharper(picture), formats=_QR_ONLY)
    return [_text(one) for one in _in_rows(found)]


def _sharper(picture: Image.Image) -> Image.Image:
    """A small or unfocused code with its modules told apart again.

    Of 180 made-up photographs, with 1.7 to 6 pixels a module, tilted, noisy and blurred by up to two thirds of a
    module, 74 are read as they are and 112 with this.
    """
    if 2 * max(picture.size) <= READ_SIDE_PIXELS:
        picture = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.BICUBIC)
        return picture.filter(ImageFilter.UnsharpMask(radius=4, percent=300, threshold=0))
    return picture.filter(ImageFilter.UnsharpMask(radius=2, percent=300, threshold=0))


def _in_rows(found: list[Any]) -> list[Any]:
    """Symbols as one reads a sheet of stickers: row by row, even if it lies a little askew."""
    rows: list[list[Any]] = []
    for one in sorted(found, key=lambda one: _centre(one)[1]):
        height = abs(one.position.bottom_left.y - one.position.top_left.y)
        if rows and _centre(one)[1] - _centre(rows[-1][-1])[1] < height / 2:
            rows[-1].append(one)
        else:
            rows.append([one])
    return [one for row in rows for one in sorted(row, key=_centre)]


def _centre(symbol: Any) -> tuple[float, float]:
    corners = (symbol.position.top_left, symbol.position.bottom_right)
    return sum(one.x for one in corners) / 2, sum(one.y for one in corners) / 2


def _pages(data: bytes, page: int | None) -> Iterator[Image.Image]:
    """The pages asked for, each drawn when its turn comes."""
    import pypdfium2  # type: ignore[import-untyped]  # here, since pictures need none of it

    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
                raise PictureError("password_needed", "save the document without its password") from error
            raise PictureError("not_a_picture", "a damaged PDF") from error
        count = len(document)
    try:
        for index in _wanted(count, page):
            with PDFIUM:
                try:
                    picture = _drawn(document[index])
                except pypdfium2.PdfiumError as error:
                    raise PictureError("not_a_picture", f"page {index + 1} of the PDF is damaged") from error
            yield picture
    finally:
        with PDFIUM:
            document.close()


def _wanted(count: int, page: int | None) -> range:
    if page is None:
        if count > MAX_DOCUMENT_PAGES:
            raise PictureError("too_many_pages", f"{count} pages, at most {MAX_DOCUMENT_PAGES}: ask page by page")
        return range(count)
    if page > count:
        raise PictureError("no_such_page", f"there are {count} pages")
    return range(page - 1, page)


def _drawn(page: Any) -> Image.Image:
    from pypdfium2 import raw

    for image in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,)):
        width, height = image.get_px_size()
        if width * height > MAX_PICTURE_PIXELS:
            raise PictureError("too_many_pixels", f"at most {MAX_PICTURE_PIXELS // 1_000_000} megapixels a picture")
    scale = min(PAGE_DPI / _POINTS_PER_INCH, READ_SIDE_PIXELS / max(page.get_size()))
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    picture: Image.Image = bitmap.to_pil().copy()  # its own pixels, not those of the bitmap, which goes with the page
    page.close()
    return picture


def _opened(picture: bytes) -> Image.Image:
    """A greyscale picture of at most 4,000 pixels a side."""
    if len(picture) > MAX_PICTURE_BYTES:
        raise PictureError("too_many_bytes", f"at most {MAX_PICTURE_BYTES // 1_000_000} MB")
    try:
        # Opening reads the header only, so the size is judged before a pixel is unpacked.
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width * image.height > MAX_PICTURE_PIXELS:
                raise PictureError("too_many_pixels", f"at most {MAX_PICTURE_PIXELS // 1_000_000} megapixels")
            image.draft("L", (READ_SIDE_PIXELS, READ_SIDE_PIXELS))  # JPEG unpacks straight to a smaller size
            grey = _grey(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError("too_many_pixels", "far more pixels than any camera has") from error
    except PictureError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        # Pillow tells a damaged file by any of these, depending on where it gave up.
        raise PictureError("not_a_picture", "not a PNG, JPEG or WebP picture, or a damaged one") from error
    grey.thumbnail((READ_SIDE_PIXELS, READ_SIDE_PIXELS))
    return grey


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits per pixel, which a plain conversion would clip to white
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.has_transparency_data:  # transparent means paper, and paper is white
        coloured = image.convert("RGBA")
        paper = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(paper, coloured).convert("L")
    return image.convert("L")


def _text(symbol: Any) -> str:
    try:
        return str(symbol.bytes.decode())
    except UnicodeDecodeError:
        return str(symbol.text)
