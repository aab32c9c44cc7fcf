"""QR symbols: drawn for screens, print and terminals, and read from pictures.

Whatever is drawn is decoded again before it leaves: a sticker that does not scan is found by a queue of
customers otherwise. What counts are the bytes, because phones guess a symbol's character set.
"""

import html
import io
import re
import struct
import zlib
from collections.abc import Iterable
from typing import Any, Literal

import zxingcpp
from PIL import Image

from madoguchi.jpqr.errors import PictureError, SymbolError

ErrorCorrection = Literal["L", "M", "Q", "H"]
# A quarter of the symbol may be lost. Stickers on counters get scratched, wet and half covered by a lamp's
# glare, and at M (15 %) a JPQR payload saves only 8 of 53 modules a side, which at 70 mm nobody needs.
ERROR_CORRECTION: ErrorCorrection = "Q"
QUIET_ZONE_MODULES = 4  # ISO/IEC 18004; scanners find a code by the white around it
MAX_PIXELS_PER_MODULE = 64

MAX_PICTURE_BYTES = 25_000_000
# Phones make pictures of 12 to 50 million pixels; a few kilobytes of PNG can claim thousands of millions.
MAX_PICTURE_PIXELS = 60_000_000
READ_SIDE_PIXELS = 4_000  # larger pictures are reduced: reading grows with the pixels, finding does not

_QR = zxingcpp.BarcodeFormat.QRCode
_QR_ONLY = zxingcpp.BarcodeFormats(_QR)
_RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-\d+z")
_WHITE, _BLACK = 255, 0
# Light modules are what is printed: terminals are mostly dark, and scanners want dark modules on light.
_HALF_BLOCKS = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
_MODULES_OF_BLOCK = {block: modules for modules, block in _HALF_BLOCKS.items()}

_Modules = list[list[bool]]  # rows of modules, True where dark, the quiet zone included


def qr_svg(payload: str, *, title: str = "JPQR", error_correction: ErrorCorrection = ERROR_CORRECTION) -> str:
    """The payload as an SVG picture, one unit per module; `title` is what a screen reader says.

    It has a viewBox and no size, so that a page or a sheet gives it one. Raises SymbolError.
    """
    modules = _modules(payload, error_correction)
    size = len(modules)
    runs = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in _dark_runs(modules))
    # Control characters are not XML, not even escaped.
    name = html.escape("".join(one for one in title if one.isprintable()))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" aria-label="{name}" '
        f'shape-rendering="crispEdges"><title>{name}</title>'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{runs}"/></svg>'
    )
    _require_reads_back(payload, _picture(_modules_of_svg(svg, size)))
    return svg


def qr_png(payload: str, *, pixels_per_module: int = 8, error_correction: ErrorCorrection = ERROR_CORRECTION) -> bytes:
    """The payload as a black and white PNG, `pixels_per_module` (1 to 64) wide per module. Raises SymbolError."""
    if not 1 <= pixels_per_module <= MAX_PIXELS_PER_MODULE:
        raise SymbolError("bad_size", f"{pixels_per_module} pixels per module; 1 to {MAX_PIXELS_PER_MODULE}")
    small = _picture(_modules(payload, error_correction))
    side = small.width * pixels_per_module
    file = io.BytesIO()
    small.resize((side, side), Image.Resampling.NEAREST).convert("1").save(file, "PNG", optimize=True)
    with Image.open(file, formats=("PNG",)) as drawn:
        _require_reads_back(payload, drawn.convert("L"))
    return file.getvalue()


def qr_text(payload: str, *, error_correction: ErrorCorrection = ERROR_CORRECTION) -> str:
    """The payload in half blocks for a terminal with light letters on dark, two rows of modules per line.

    Raises SymbolError.
    """
    modules = _modules(payload, error_correction)
    rows = modules if len(modules) % 2 == 0 else [*modules, [False] * len(modules)]
    text = "\n".join(
        "".join(_HALF_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
    _require_reads_back(payload, _picture(_modules_of_text(text)))
    return text


def read_symbols(picture: bytes) -> list[str]:
    """The texts of all QR codes in a PNG, JPEG or WebP picture, from top to bottom; empty if there are none.

    Bytes that are UTF-8 are read as such, as EMVCo prescribes; others as the character set the symbol names
    or, failing that, seems to be in. Raises PictureError `too_many_bytes`, `too_many_pixels`, `not_a_picture`.
    """
    found = zxingcpp.read_barcodes(_opened(picture), formats=_QR_ONLY)
    found.sort(key=lambda one: (one.position.top_left.y, one.position.top_left.x))
    return [_text(one) for one in found]


def _modules(payload: str, error_correction: ErrorCorrection) -> _Modules:
    try:
        # Without `eci` the library picks the shortest character set, Shift_JIS for Japanese, and payment apps
        # then show the wrong name or fail on the checksum, which is over UTF-8.
        drawn: Any = zxingcpp.create_barcode(payload, _QR, ec_level=error_correction, eci="UTF-8")
    except (ValueError, RuntimeError) as error:  # the latter for half a surrogate pair, which has no UTF-8
        raise SymbolError("cannot_draw", "empty, no text, or more than a symbol can hold") from error
    rows: Any = memoryview(drawn.to_image(1, add_quiet_zones=False)).tolist()
    side = [False] * QUIET_ZONE_MODULES
    across = [[False] * (len(rows) + 2 * QUIET_ZONE_MODULES)] * QUIET_ZONE_MODULES
    return [*across, *([*side, *(pixel == _BLACK for pixel in row), *side] for row in rows), *across]


def _dark_runs(modules: _Modules) -> Iterable[tuple[int, int, int]]:
    """x, y and length of each horizontal run of dark modules."""
    for y, row in enumerate(modules):
        text = "".join("#" if is_dark else " " for is_dark in row)
        for run in re.finditer("#+", text):
            yield run.start(), y, len(run[0])


def _modules_of_svg(svg: str, size: int) -> _Modules:
    modules = [[False] * size for _ in range(size)]
    for x, y, length in (map(int, run.groups()) for run in _RUN.finditer(svg)):
        modules[y][x : x + length] = [True] * length
    return modules


def _modules_of_text(text: str) -> _Modules:
    modules: _Modules = []
    for line in text.split("\n"):
        pairs = [_MODULES_OF_BLOCK[block] for block in line]
        modules += [upper for upper, _ in pairs], [lower for _, lower in pairs]
    return modules


def _picture(modules: _Modules) -> Image.Image:
    pixels = bytes(_BLACK if is_dark else _WHITE for row in modules for is_dark in row)
    return Image.frombytes("L", (len(modules[0]), len(modules)), pixels)


def _require_reads_back(payload: str, drawn: Image.Image) -> None:
    read = [one.bytes for one in zxingcpp.read_barcodes(drawn, formats=_QR_ONLY, is_pure=True)]
    if read != [payload.encode()]:
        raise SymbolError("does_not_read_back", "the symbol drawn does not say what it should")


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
