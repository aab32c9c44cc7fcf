"""Symbols say what they should, in UTF-8, and pictures are read with care (J-01)."""

import io
import re
import zlib

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from madoguchi.jpqr import PictureError, SymbolError, qr_png, qr_svg, qr_text, read_symbols
from madoguchi.jpqr import symbol as symbols
from tests.jpqr.vectors import EMVCO_FOREIGN, JPQR_STATIC, VECTORS


def saved(image, kind):
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def opened(png):
    return Image.open(io.BytesIO(png))


def painted(svg, scale=4):
    """The SVG's dark runs as a picture, drawn without the code under test."""
    size = int(re.search(r'viewBox="0 0 (\d+) ', svg)[1])
    image = Image.new("L", (size * scale, size * scale), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        left, top = int(x) * scale, int(y) * scale
        image.paste(0, (left, top, left + int(width) * scale, top + scale))
    return image


def printed(text, scale=4):
    """The terminal's half blocks as a picture: a block shines, a blank is dark."""
    lines = text.split("\n")
    image = Image.new("L", (len(lines[0]) * scale, len(lines) * 2 * scale), 0)
    for row, line in enumerate(lines):
        for column, block in enumerate(line):
            for half, shines in enumerate((block in "█▀", block in "█▄")):
                if shines:
                    left, top = column * scale, (2 * row + half) * scale
                    image.paste(255, (left, top, left + scale, top + scale))
    return image


@pytest.mark.parametrize("payload", VECTORS)
def test_every_drawing_reads_back_as_the_bytes_of_the_payload(payload):
    """J-01: Japanese names as UTF-8, over which the payload's checksum runs."""
    pictures = [opened(qr_png(payload)), painted(qr_svg(payload)), printed(qr_text(payload))]

    for picture in pictures:
        (found,) = zxingcpp.read_barcodes(picture)
        assert found.bytes == payload.encode()
        assert found.ec_level == "Q"


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=60))
def test_a_text_in_any_script_reads_back(text):
    assert read_symbols(qr_png(text, pixels_per_module=4)) == [text]


def test_four_modules_around_the_symbol_stay_white():
    picture = opened(qr_png(JPQR_STATIC, pixels_per_module=1)).convert("L")
    left, top, right, bottom = picture.point(lambda value: 255 - value).getbbox()

    assert (left, top) == (4, 4)
    assert (picture.width - right, picture.height - bottom) == (4, 4)


def test_the_svg_has_a_name_for_those_who_do_not_see_it():
    svg = qr_svg(JPQR_STATIC, title='市民課 <"&\x07')

    assert 'role="img"' in svg
    assert "<title>市民課 &lt;&quot;&amp;</title>" in svg
    assert 'aria-label="市民課 &lt;&quot;&amp;"' in svg


@pytest.mark.parametrize("draw", [qr_svg, qr_png, qr_text])
def test_a_drawing_that_says_something_else_never_leaves(draw, monkeypatch):
    """A library that mixes up character sets, as ours does unasked, is found out here."""
    right = zxingcpp.create_barcode

    def careless(payload, kind, **options):
        return right(payload, kind, ec_level=options["ec_level"])

    monkeypatch.setattr(symbols.zxingcpp, "create_barcode", careless)
    with pytest.raises(SymbolError, match="does_not_read_back"):
        draw(JPQR_STATIC)


def test_a_drawing_with_a_damaged_corner_never_leaves(monkeypatch):
    right = symbols._modules

    def damaged(*arguments):
        modules = right(*arguments)
        return [[is_dark and (x > 12 or y > 12) for x, is_dark in enumerate(row)] for y, row in enumerate(modules)]

    monkeypatch.setattr(symbols, "_modules", damaged)
    with pytest.raises(SymbolError, match="does_not_read_back"):
        qr_svg(JPQR_STATIC)


@pytest.mark.parametrize("payload", ["", "字" * 2000, "\ud800"])
def test_what_no_symbol_can_hold_is_refused(payload):
    with pytest.raises(SymbolError, match="cannot_draw"):
        qr_svg(payload)


@pytest.mark.parametrize("pixels", [0, -1, 65])
def test_a_module_has_some_pixels_and_not_too_many(pixels):
    with pytest.raises(SymbolError, match="bad_size"):
        qr_png(JPQR_STATIC, pixels_per_module=pixels)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_codes_are_read_from_photographs_top_to_bottom(kind):
    """As a shop photographs its counter: two codes, tilted, on grey."""
    counter = Image.new("RGB", (900, 1500), "#BBB")
    for at, payload in enumerate((JPQR_STATIC, EMVCO_FOREIGN)):
        tilted = opened(qr_png(payload)).convert("RGB").rotate(8 - 90 * at, expand=True, fillcolor="#BBB")
        counter.paste(tilted, (60, 40 + 760 * at))

    assert read_symbols(saved(counter, kind)) == [JPQR_STATIC, EMVCO_FOREIGN]


def test_a_transparent_background_is_paper():
    code = opened(qr_png(JPQR_STATIC)).convert("L")
    ink = Image.new("RGBA", code.size, (0, 0, 0, 0))
    ink.paste((0, 0, 0, 255), mask=code.point(lambda value: 255 - value))

    assert read_symbols(saved(ink, "PNG")) == [JPQR_STATIC]


def test_a_scan_of_sixteen_bits_is_read():
    code = opened(qr_png(JPQR_STATIC)).convert("L")
    faint = code.point(lambda value: 60 + value // 2).convert("I").point(lambda value: value * 257)

    assert read_symbols(saved(faint.convert("I;16"), "PNG")) == [JPQR_STATIC]


def test_a_larger_photograph_is_read_at_a_smaller_size():
    photograph = Image.new("L", (6400, 4800), 200)
    photograph.paste(opened(qr_png(JPQR_STATIC, pixels_per_module=16)).convert("L"), (3000, 2000))

    assert read_symbols(saved(photograph, "JPEG")) == [JPQR_STATIC]


def test_an_older_symbol_in_shift_jis_is_still_text():
    drawn = zxingcpp.create_barcode("市民課の窓口", zxingcpp.BarcodeFormat.QRCode)
    assert drawn.to_image(1) is not None
    picture = Image.fromarray(drawn.to_image(6))

    assert zxingcpp.read_barcodes(picture)[0].bytes == "市民課の窓口".encode("cp932")
    assert read_symbols(saved(picture, "PNG")) == ["市民課の窓口"]


def test_a_picture_without_a_code_has_none():
    assert read_symbols(saved(Image.new("L", (300, 300), 255), "PNG")) == []


def png_claiming(width, height):
    """A few bytes of PNG that claim to be a wall of pixels."""

    def chunk(name, body):
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (b"", "not_a_picture"),
        (b"%PDF-1.7", "not_a_picture"),
        (qr_png(JPQR_STATIC)[:200], "not_a_picture"),
        (saved(Image.new("L", (50, 50)), "GIF"), "not_a_picture"),
        (png_claiming(100, 100), "not_a_picture"),
        (png_claiming(8_000, 8_000), "too_many_pixels"),
        (png_claiming(60_000, 60_000), "too_many_pixels"),
        (bytes(25_000_001), "too_many_bytes"),
    ],
    ids=["empty", "a PDF", "cut short", "a GIF", "hollow", "64 MP", "3600 MP", "25 MB"],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_we_cannot_take_is_refused_by_name(picture, code):
    with pytest.raises(PictureError) as caught:
        read_symbols(picture)

    assert caught.value.code == code
