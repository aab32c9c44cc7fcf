"""QR symbols: drawn for screens, print and terminals.

Whatever is drawn is decoded again from what was drawn before it leaves: a sticker that does not scan is found by
a queue of customers otherwise. What counts are the bytes, because phones guess a symbol's character set.
"""

import functools
import html
import struct
import zlib
from typing import Any, Literal

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from madoguchi.jpqr.errors import SymbolError
from madoguchi.jpqr.masks import QUIET_ZONE_MODULES, Bits, Modules, best_mask

ErrorCorrection = Literal["L", "M", "Q", "H"]
# A quarter of the symbol may be lost. Stickers on counters get scratched, wet and half covered by a lamp's
# glare, and at M (15 %) a JPQR payload saves only 8 of 53 modules a side, which at 70 mm nobody needs.
ERROR_CORRECTION: ErrorCorrection = "Q"
# Where a code is small, or long as a signed one is, larger modules help more payers than more correction does.
# Held 30 cm away, a phone's viewfinder of 1,920 pixels shows 38 cm: 0.2 mm a pixel, and a module takes two.
MIN_MODULE_MM = 0.4
MAX_PIXELS_PER_MODULE = 64

Bytes = NDArray[np.uint8]

_QR = zxingcpp.BarcodeFormat.QRCode
_QR_ONLY = zxingcpp.BarcodeFormats(_QR)
# Light modules are what is printed: terminals are mostly dark, and scanners want dark modules on light.
_HALF_BLOCKS = np.array([ord(one) for one in "█▀▄ "], np.uint32)  # by 2 × upper + lower, 1 where dark
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BLACK = 0
_GREY_OF_ONE_BIT = b"\x01\x00\x00\x00\x00"


def qr_svg(payload: str, *, title: str = "JPQR", error_correction: ErrorCorrection = ERROR_CORRECTION) -> str:
    """The payload as an SVG picture, one unit per module; `title` is what a screen reader says.

    It has a viewBox and no size, so that a page or a sheet gives it one. Raises SymbolError.
    """
    modules = _modules(payload, error_correction)
    side = len(modules)
    runs = _path(modules)
    _require_reads_back(payload, _modules_of_path(runs, side))
    # Control characters are not XML, not even escaped.
    name = html.escape("".join(one for one in title if one.isprintable()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="{name}" '
        f'shape-rendering="crispEdges"><title>{name}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{runs}"/></svg>'
    )


def qr_png(payload: str, *, pixels_per_module: int = 8, error_correction: ErrorCorrection = ERROR_CORRECTION) -> bytes:
    """The payload as a black and white PNG, `pixels_per_module` (1 to 64) wide per module. Raises SymbolError."""
    if not 1 <= pixels_per_module <= MAX_PIXELS_PER_MODULE:
        raise SymbolError("bad_size", f"{pixels_per_module} pixels per module; 1 to {MAX_PIXELS_PER_MODULE}")
    png = _png(_modules(payload, error_correction), pixels_per_module)
    _require_reads_back(payload, _modules_of_png(png, pixels_per_module))
    return png


def qr_text(payload: str, *, error_correction: ErrorCorrection = ERROR_CORRECTION) -> str:
    """The payload in half blocks for a terminal with light letters on dark, two rows of modules per line.

    Raises SymbolError.
    """
    modules = _modules(payload, error_correction)
    rows = np.pad(modules, ((0, len(modules) % 2), (0, 0)))
    blocks = _HALF_BLOCKS[2 * rows[::2] + rows[1::2]]
    text = "\n".join(line.tobytes().decode("utf-32-le") for line in blocks.astype("<u4"))
    _require_reads_back(payload, _modules_of_text(text))
    return text


def counter_correction(payload: str, side_mm: float) -> ErrorCorrection:
    """The most error correction, up to Q, with which modules are at least 0.4 mm wide; L if none is.

    `side_mm` is the symbol's side as printed, its quiet zone included. A shop's usual code of 170 to 230 bytes
    has 61 to 69 modules a side at Q and keeps it from 28 mm on. One of 380 bytes has 97 at Q, 85 at M and 77
    at L, for which it needs 39, 34 and 31 mm. Raises SymbolError.
    """
    levels: tuple[ErrorCorrection, ...] = ("Q", "M")
    fitting = (level for level in levels if side_mm >= MIN_MODULE_MM * len(_unmasked(payload, level)))
    return next(fitting, "L")


def _modules(payload: str, error_correction: ErrorCorrection) -> Modules:
    unmasked = _unmasked(payload, error_correction)
    side = len(unmasked) - 2 * QUIET_ZONE_MODULES
    masks, bits = _masks((side - 17) // 4, error_correction)
    return unmasked ^ masks[best_mask(Bits.of(unmasked), bits, side)]


@functools.lru_cache(maxsize=8)  # whoever chooses a level draws with it next
def _unmasked(payload: str, error_correction: ErrorCorrection) -> Modules:
    """The symbol with the first mask, which the library, if told, lays without weighing all eight."""
    try:
        # Without `eci` the library picks the shortest character set, Shift_JIS for Japanese, and payment apps
        # then show the wrong name or fail on the checksum, which is over UTF-8.
        return _drawn(payload, ec_level=error_correction, eci="UTF-8", data_mask=0)
    except (ValueError, RuntimeError) as error:  # the latter for half a surrogate pair, which has no UTF-8
        raise SymbolError("cannot_draw", "empty, no text, or more than a symbol can hold") from error


@functools.cache
def _masks(version: int, error_correction: ErrorCorrection) -> tuple[list[Modules], list[Bits]]:
    """What each mask changes in a symbol drawn with the first one, whatever the payload.

    The note of the mask in the symbol's corners, which level and mask determine, is part of it.
    """
    drawn = [_drawn("0", ec_level=error_correction, version=version, data_mask=mask) for mask in range(8)]
    masks = [one ^ drawn[0] for one in drawn]
    return masks, [Bits.of(one) for one in masks]


def _drawn(content: str, **options: str | int) -> Modules:
    symbol: Any = zxingcpp.create_barcode(content, _QR, **options)
    pixels: Modules = np.asarray(memoryview(symbol.to_image(1, add_quiet_zones=True)))  # 0 and 255
    modules: Modules = (pixels == _BLACK).view(np.uint8)
    return modules


def _path(modules: Modules) -> str:
    """An SVG path of all horizontal runs of dark modules, such as "M04 04h07v1h-07z".

    Every number has as many digits as the side's: words of one length are put together and read back by tables, a
    third of the time it takes to write and parse them one by one.
    """
    flat = modules.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1  # no run reaches a row's end, where the quiet zone is
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    heads, tails = _path_words(len(modules))
    # take, for picking rows by an array in brackets is five times slower.
    return np.concatenate([heads.take(starts, 0), tails.take(lengths, 0)], axis=1).tobytes().decode("ascii")


@functools.cache
def _path_words(side: int) -> tuple[Bytes, Bytes]:
    """The letters of a run's beginning by its place, and of its end by its length."""
    digits = len(str(side))
    heads = [f"M{x:0{digits}} {y:0{digits}}" for y in range(side) for x in range(side)]
    tails = [f"h{length:0{digits}}v1h-{length:0{digits}}z" for length in range(side)]
    by_place, by_length = (
        np.frombuffer("".join(words).encode(), np.uint8).reshape(len(words), -1) for words in (heads, tails)
    )
    return by_place, by_length


def _modules_of_path(path: str, side: int) -> Modules:
    """What a renderer of SVG would paint, read from the path's letters. Raises SymbolError for any other path."""
    heads, tails = _path_words(side)
    width, digits = heads.shape[1] + tails.shape[1], len(str(side))
    letters = np.frombuffer(path.encode(), np.uint8)
    words = letters[: len(letters) // width * width].reshape(-1, width)
    values = words.T.astype(np.intp) - ord("0")  # columns one after the other in memory, as they are used
    x, y, length = (_numbers(values[at : at + digits]) for at in (1, digits + 2, 2 * digits + 3))
    inside = min(x.min(), y.min(), length.min()) >= 0 and (x + length).max() < side and y.max() < side
    starts = y * side + x
    # What was read is written again, so that no letter goes by unread.
    if not (inside and np.array_equal(np.concatenate([heads.take(starts, 0), tails.take(length, 0)], axis=1), words)):
        raise SymbolError("does_not_read_back", "the path drawn is not made of runs")
    # The whole as stretches of light and dark, one after the other, which is how the runs come.
    stretches = np.zeros(2 * len(starts) + 1, np.int64)
    stretches[1::2] = length
    stretches[:-1:2] = np.diff(starts, prepend=0)
    stretches[2:-1:2] -= length[:-1]
    stretches[-1] = side * side - starts[-1] - length[-1]
    if stretches.min() < 0 or len(words) * width != len(letters):
        raise SymbolError("does_not_read_back", "the runs drawn overlap, or the last is cut short")
    dark = np.arange(len(stretches), dtype=np.uint8) & 1
    return np.repeat(dark, stretches).reshape(side, side)


def _numbers(digits: NDArray[np.intp]) -> NDArray[np.intp]:
    """Numbers from their digits, one row a place."""
    return functools.reduce(lambda number, digit: number * 10 + digit, digits)


def _png(modules: Modules, pixels: int) -> bytes:
    side = len(modules) * pixels
    light = np.packbits(np.repeat(modules ^ 1, pixels, axis=1), axis=1)
    rows = np.repeat(np.pad(light, ((0, 0), (1, 0))), pixels, axis=0)  # a zero first: the row is not filtered
    chunks = (
        (b"IHDR", struct.pack(">II", side, side) + _GREY_OF_ONE_BIT),
        (b"IDAT", zlib.compress(rows.tobytes(), 1)),  # level 6 takes four times as long to save a kilobyte
        (b"IEND", b""),
    )
    return _PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def _modules_of_png(png: bytes, pixels: int) -> Modules:
    """The modules of a PNG as `_png` writes it, each a square of equal pixels. Raises SymbolError."""
    width, height = struct.unpack_from(">II", png, 16)
    (length,) = struct.unpack_from(">I", png, 33)
    rows = np.frombuffer(zlib.decompress(png[41 : 41 + length]), np.uint8).reshape(height // pixels, pixels, -1)
    light = np.unpackbits(rows[:, 0, 1:], axis=1, count=width)
    modules: Modules = (light[:, ::pixels] == 0).view(np.uint8)
    are_squares = (rows == rows[:, :1]).all() and (light != np.repeat(modules, pixels, axis=1)).all()
    if rows[:, :, 0].any() or not are_squares:
        raise SymbolError("does_not_read_back", "the modules drawn are no squares")
    return modules


def _modules_of_text(text: str) -> Modules:
    lines = text.split("\n")
    blocks = np.frombuffer(text.replace("\n", "").encode("utf-32-le"), "<u4").reshape(len(lines), -1)
    upper_is_light = (blocks == _HALF_BLOCKS[0]) | (blocks == _HALF_BLOCKS[1])
    lower_is_light = (blocks == _HALF_BLOCKS[0]) | (blocks == _HALF_BLOCKS[2])
    light = np.stack([upper_is_light, lower_is_light], axis=1).reshape(-1, blocks.shape[1])
    dark: Modules = (~light).view(np.uint8)
    return dark


def _require_reads_back(payload: str, drawn: Modules) -> None:
    # A picture of one pixel a module has nothing to search for, straighten or invert.
    read = zxingcpp.read_barcodes(
        (drawn ^ 1) * 255,
        formats=_QR_ONLY,
        is_pure=True,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        binarizer=zxingcpp.Binarizer.BoolCast,
    )
    if [one.bytes for one in read] != [payload.encode()]:
        raise SymbolError("does_not_read_back", "the symbol drawn does not say what it should")
