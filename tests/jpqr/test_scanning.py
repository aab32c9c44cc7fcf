"""Every code on every kind of paper scans: as printed, askew, out of focus, from across the counter (J-01)."""

import functools
import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from madoguchi.jpqr import read_symbols, sheet_pdf
from tests.jpqr.paper import FORMATS, REAL_STORE, TEST_STORE, awkward, drawn, pages_of, signed, sticker

KINDS = {
    "test": lambda: sticker(TEST_STORE),
    "real": lambda: sticker(REAL_STORE),
    "awkward test": lambda: awkward(TEST_STORE),
    "awkward real": lambda: awkward(REAL_STORE),
    "signed test": lambda: signed(sticker(TEST_STORE)),
    "signed awkward real": lambda: signed(awkward(REAL_STORE)),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
every_format = pytest.mark.parametrize("form", FORMATS)
# What a phone is held over: the page, or of a sheet the two or four stickers that fill its picture (in mm).
SEEN_MM = {"a5": (148, 210), "a4": (210, 297), "sticker": (110, 82), "card": (110, 82)}


@functools.cache
def page(kind, form, dpi):
    """A printed page, and what its codes say; small formats with their page filled."""
    one = KINDS[kind]()
    copies = {"a5": 1, "a4": 1, "sticker": 20, "card": 10}[form]
    (sheet,) = pages_of(sheet_pdf([one], format=form, copies=copies))
    return drawn(sheet, dpi).convert("L"), [one.payload] * copies


def png(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@every_format
@every_kind
def test_every_code_scans_as_an_office_printer_prints_it(kind, form):
    """150 dpi is a draft; and the same page laid askew on the glass."""
    picture, payloads = page(kind, form, 150)
    askew = picture.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor=255)

    assert read_symbols(png(picture)) == payloads
    assert read_symbols(png(askew)) == payloads


@every_format
@every_kind
def test_every_code_scans_out_of_focus(kind, form):
    """Blurred by a Gaussian whose deviation is two fifths of a small sticker's modules, a third of a signed one's."""
    picture, payloads = page(kind, form, 150)
    blurred = picture.filter(ImageFilter.GaussianBlur((0.12 if "signed" in kind else 0.15) / 25.4 * 150))

    assert read_symbols(png(blurred)) == payloads


@every_format
@every_kind
def test_a_phone_reads_every_code_it_sees(kind, form):
    """A picture of 1,200 pixels a side, a little from the side and in dim light, with noise, JPEG at 65."""
    picture, payloads = page(kind, form, 300)
    part = picture.crop((0, 0, *(round(side / 25.4 * 300) for side in SEEN_MM[form])))
    photograph = photographed(part, side=1200)
    seen = {"a5": 1, "a4": 1, "sticker": 2, "card": 1}[form]

    assert read_symbols(photograph) == payloads[:seen]


def photographed(paper, side):
    table = Image.new("L", (round(paper.width * 1.1), round(paper.height * 1.1)), 120)
    table.paste(paper, (paper.width // 20, paper.height // 20))
    scale = side / max(table.size)
    width, height = (round(one * scale) for one in table.size)
    # The far edge is 6 % shorter than the near one.
    inset = table.width * 0.03
    corners = (-inset, 0, 0, table.height, table.width, table.height, table.width + inset, 0)
    seen = table.transform(
        (2 * width, 2 * height), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=120
    )
    seen = seen.resize((width, height), Image.Resampling.BOX).rotate(-3, Image.Resampling.BICUBIC, fillcolor=120)
    light = np.linspace(0.55, 0.8, width)[None, :]
    noise = np.random.default_rng(7).normal(0, 4, (height, width))
    pixels = (np.asarray(seen) * light + 20 + noise).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=65)
    return file.getvalue()
