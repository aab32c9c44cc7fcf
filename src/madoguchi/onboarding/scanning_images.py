"""An image drawn anew from its pixels: upright, without its place, time, or anything hung on to it; confined."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from madoguchi.core.errors import Refusal

# A telephone's largest picture has 50; A4 at 600 dots an inch 35.
MAX_MEGAPIXELS = 60
MAX_PAGES = 50
# Of all pages of a fax; each pixel takes one to four bytes.
MAX_MEGAPIXELS_OF_PAGES = 160
MIB = 1 << 20
MAX_DRAWN_BYTES = 20 * MIB
JPEG_QUALITY = 90
# On a photo's noise the usual 6 took 1.6 times as long; on text it came out a tenth smaller.
PNG_LEVEL = 3
FORMATS = ("JPEG", "PNG", "TIFF")


def redrawn_image(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The image as JPEG or PNG, a TIFF as PDF, one page a frame.

    Raises Refusal `document_too_large`, `document_unreadable`.
    """
    Image.MAX_IMAGE_PIXELS = MAX_MEGAPIXELS * 1_000_000
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _require_size(image.size)
            drawn = _pages(image) if image.format == "TIFF" else _picture(image)
    except Image.DecompressionBombError as error:
        raise Refusal("document_too_large", limit_megapixels=MAX_MEGAPIXELS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        # Pillow limits the texts of a PNG, and says so in words only.
        if "too large" in str(error) or "MAX_TEXT" in str(error):
            raise Refusal("document_too_large") from error
        raise Refusal("document_unreadable") from error
    if len(drawn[1]) > MAX_DRAWN_BYTES:
        raise Refusal("document_too_large")
    return drawn


def _require_size(size: tuple[int, int]) -> None:
    """Before a pixel is unpacked."""
    if size[0] * size[1] > MAX_MEGAPIXELS * 1_000_000:
        raise Refusal("document_too_large", limit_megapixels=MAX_MEGAPIXELS)


def _picture(image: Image.Image) -> tuple[dict[str, Any], bytes]:
    out = io.BytesIO()
    # A telephone's JPEG may carry further pictures (MPO); the first is the one that is meant.
    is_png = image.format == "PNG"
    upright = _upright(image, ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") if is_png else ("L", "RGB"))
    if is_png:
        upright.save(out, "PNG", compress_level=PNG_LEVEL)
    else:
        upright.save(out, "JPEG", quality=JPEG_QUALITY)
    return {"media_type": "image/png" if is_png else "image/jpeg", "pages": 1}, out.getvalue()


def _upright(image: Image.Image, modes: tuple[str, ...]) -> Image.Image:
    """The pixels alone, turned as the camera was held."""
    image.load()
    try:
        upright = ImageOps.exif_transpose(image)
    except Exception:
        # A camera's or program's faulty notes are thrown away in any case; the pixels are sound.
        upright = image.copy()
    if upright.mode not in modes:
        upright = upright.convert("RGB")
    # What describes the picture (EXIF, XMP, comments, colour profile) hangs on here and would be written again.
    kept: dict[str | tuple[int, int], Any] = {
        key: upright.info[key] for key in ("transparency", "dpi") if key in upright.info
    }
    upright.info.clear()
    upright.info.update(kept)
    return upright


def _pages(image: Image.Image) -> tuple[dict[str, Any], bytes]:
    pages: list[Image.Image] = []
    megapixels = 0.0
    # Not `n_frames`, which follows however many frames there are.
    while _turned_to(image, len(pages)):
        if len(pages) == MAX_PAGES:
            raise Refusal("document_too_large", limit_pages=MAX_PAGES)
        _require_size(image.size)
        megapixels += image.size[0] * image.size[1] / 1_000_000
        if megapixels > MAX_MEGAPIXELS_OF_PAGES:
            raise Refusal("document_too_large", limit_megapixels=MAX_MEGAPIXELS_OF_PAGES)
        page = _upright(image, ("1", "L", "RGB"))
        pages.append(page.copy() if page is image else page)
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=200.0)
    return {"media_type": "application/pdf", "pages": len(pages)}, out.getvalue()


def _turned_to(image: Image.Image, position: int) -> bool:
    """Go to a frame; False if there are no more."""
    try:
        image.seek(position)
    except EOFError:
        return False
    return True
