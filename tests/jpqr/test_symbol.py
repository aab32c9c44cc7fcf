"""Symbols say what they should, in UTF-8, with the mask that scanners like best (J-01)."""

import io
import re

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from madoguchi.jpqr import SymbolError, counter_correction, qr_png, qr_svg, qr_text, read_symbols
from madoguchi.jpqr import symbol as symbols
from madoguchi.jpqr.masks import Bits, penalty
from tests.jpqr.vectors import JPQR_STATIC, VECTORS


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

    def careless(payload, kind, *, eci=None, **options):
        return right(payload, kind, **options)

    monkeypatch.setattr(symbols, "_unmasked", symbols._unmasked.__wrapped__)  # past and for no cache
    monkeypatch.setattr(symbols.zxingcpp, "create_barcode", careless)
    with pytest.raises(SymbolError, match="does_not_read_back"):
        draw(JPQR_STATIC)


@pytest.mark.parametrize("draw", [qr_svg, qr_png, qr_text])
def test_a_drawing_with_a_damaged_corner_never_leaves(draw, monkeypatch):
    right = symbols._modules

    def damaged(*arguments):
        modules = right(*arguments).copy()
        modules[:13, :13] = 0
        return modules

    monkeypatch.setattr(symbols, "_modules", damaged)
    with pytest.raises(SymbolError, match="does_not_read_back"):
        draw(JPQR_STATIC)


def test_what_is_checked_is_the_drawing_and_not_the_plan(monkeypatch):
    """The right modules, drawn wrongly: a path shifted by a module a row, a PNG with its rows in disorder."""
    path, png = symbols._path, symbols._png
    monkeypatch.setattr(symbols, "_path", lambda modules: path(np.roll(modules, 1, axis=1) | modules))
    monkeypatch.setattr(symbols, "_png", lambda modules, pixels: png(modules[::-1] ^ modules, pixels))

    for draw in (qr_svg, qr_png):
        with pytest.raises(SymbolError, match="does_not_read_back"):
            draw(JPQR_STATIC)


@pytest.mark.parametrize("payload", ["", "字" * 2000, "\ud800"])
def test_what_no_symbol_can_hold_is_refused(payload):
    with pytest.raises(SymbolError, match="cannot_draw"):
        qr_svg(payload)


@pytest.mark.parametrize("pixels", [0, -1, 65])
def test_a_module_has_some_pixels_and_not_too_many(pixels):
    with pytest.raises(SymbolError, match="bad_size"):
        qr_png(JPQR_STATIC, pixels_per_module=pixels)


@pytest.mark.parametrize("pixels", [1, 3, 8, 64])
def test_a_png_is_square_black_and_white_and_of_the_size_asked_for(pixels):
    """61 modules with the quiet zone; opened by a library that did not write it."""
    picture = opened(qr_png(JPQR_STATIC, pixels_per_module=pixels))

    assert (picture.size, picture.mode) == ((61 * pixels, 61 * pixels), "1")
    assert read_symbols(qr_png(JPQR_STATIC, pixels_per_module=pixels)) == [JPQR_STATIC]


def modules_of(payload, mask):
    drawn = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level="Q", eci="UTF-8", data_mask=mask)
    return (np.asarray(drawn.to_image(1, add_quiet_zones=True)) == 0).astype(np.uint8)


def penalty_by_the_book(modules):
    """ISO/IEC 18004, 7.8.3, module by module."""
    symbol = [[int(one) for one in row[4:-4]] for row in modules[4:-4]]
    side = len(symbol)
    total = 0
    for lines in (symbol, [list(column) for column in zip(*symbol, strict=True)]):
        for line in lines:
            text = "".join(map(str, line))
            total += sum(len(run[0]) - 2 for run in re.finditer("0{5,}|1{5,}", text))
            framed = f"0000{text}0000"
            finders = (one.start() for one in re.finditer("(?=1011101)", framed))
            total += sum(40 for at in finders if "0000" in (framed[at - 4 : at], framed[at + 7 : at + 11]))
    for y in range(side - 1):
        for x in range(side - 1):
            total += 3 * (symbol[y][x] == symbol[y][x + 1] == symbol[y + 1][x] == symbol[y + 1][x + 1])
    dark = sum(map(sum, symbol))
    return total + 10 * int(abs(dark / side**2 * 100 - 50) // 5)


def test_penalties_are_those_of_the_standard_for_any_pattern():
    """Each of many random squares, so that runs and finders end at every edge and corner."""
    for seed in range(150):
        square = np.random.default_rng(seed).integers(0, 2, (21, 21), np.uint8) & (seed % 3 > 0)
        square[-1, -7:] = square[0, :7] = (1, 0, 1, 1, 1, 0, 1)
        modules = np.pad(square, 4)

        assert penalty(Bits.of(modules), 21) == penalty_by_the_book(modules)


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1, max_size=90, alphabet=st.characters(exclude_categories=("C",))))
def test_a_symbol_has_the_mask_with_the_lowest_penalty_of_all_eight(text):
    """Long runs, blocks and what looks like a finder pattern make a scanner search in vain."""
    every = [penalty_by_the_book(modules_of(text, mask)) for mask in range(8)]
    drawn = symbols._modules(text, "Q")

    assert penalty_by_the_book(drawn) == min(every)
    assert penalty(Bits.of(drawn), len(drawn) - 8) == min(every)


LONG = "x" * 380  # as many bytes as a signed code has


@pytest.mark.parametrize(
    ("payload", "side_mm", "level"),
    [
        (JPQR_STATIC, 80, "Q"), (JPQR_STATIC, 24.5, "Q"), (JPQR_STATIC, 24, "M"), (JPQR_STATIC, 21, "L"),
        (LONG, 80, "Q"), (LONG, 39, "Q"), (LONG, 38, "M"), (LONG, 34.5, "M"), (LONG, 33, "L"), (LONG, 10, "L"),
    ],
)  # fmt: skip
def test_a_small_code_gives_correction_up_for_modules_that_phones_can_see(payload, side_mm, level):
    """At Q, M and L the one has 61, 53 and 49 modules a side and the other 97, 85 and 77; each needs 0.4 mm."""
    assert counter_correction(payload, side_mm) == level


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path[:-1],
        lambda path: path.replace("v1", "v2", 1),
        lambda path: path.replace("h07", "h08", 1),
        lambda path: path.replace("M04 04", "M04 9x", 1),
        lambda path: path.replace("M04 04", "M99 04", 1),
        lambda path: path[:16] * 2 + path[32:],
        lambda path: path[16:32] + path[:16] + path[32:],
    ],
    ids=["cut short", "higher", "there and not back", "no number", "outside", "over another", "out of order"],
)
def test_a_path_that_is_not_made_of_runs_is_not_taken_for_a_drawing(change):
    path = re.search(r'fill="#000" d="([^"]+)"', qr_svg(JPQR_STATIC))[1]
    side = int(re.search(r'viewBox="0 0 (\d+) ', qr_svg(JPQR_STATIC))[1])

    assert symbols._modules_of_path(path, side).sum() > 0
    with pytest.raises(SymbolError, match="does_not_read_back"):
        symbols._modules_of_path(change(path), side)
