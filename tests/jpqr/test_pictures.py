"""Codes are read from what people send: photographs, scans, PDF documents; and nothing harmful is opened (J-01)."""

import io
import re
import subprocess
import sys
import zlib

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from madoguchi.jpqr import PictureError, pictures, qr_png, read_document, read_symbols
from tests.jpqr.vectors import EMVCO_FOREIGN, JPQR_OUT_OF_ORDER, JPQR_STATIC


def saved(image, kind):
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def opened(png):
    return Image.open(io.BytesIO(png))


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


@pytest.mark.parametrize("read", [read_symbols, read_document])
@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (b"", "not_a_picture"),
        (b"%PDF-1.7 and no more", "not_a_picture"),
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
def test_a_picture_we_cannot_take_is_refused_by_name(read, picture, code):
    with pytest.raises(PictureError) as caught:
        read(picture)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("pixels_a_module", "blur_modules", "degrees"),
    [(1.7, 0, 0), (2, 0, 7), (2.5, 0.45, 0), (3, 0.5, 7), (4, 0.55, 33), (6, 0.45, 7)],
)
def test_small_tilted_and_blurred_codes_are_read(pixels_a_module, blur_modules, degrees):
    """As a phone makes them: grey, noisy, JPEG at 65; the blur is a Gaussian's deviation."""
    large = opened(qr_png(JPQR_STATIC, pixels_per_module=12)).convert("L")
    scene = Image.new("L", (large.width * 17 // 10,) * 2, 200)
    scene.paste(large, (large.width // 3,) * 2)
    scene = scene.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=200)
    side = round(scene.width * pixels_a_module / 12)
    scene = scene.resize((side, side), Image.Resampling.BOX)
    scene = scene.filter(ImageFilter.GaussianBlur(blur_modules * pixels_a_module))
    noise = np.random.default_rng(1).normal(0, 6, (side, side))
    pixels = (np.asarray(scene) * 0.7 + 30 + noise).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=65)

    assert read_symbols(file.getvalue()) == [JPQR_STATIC]


def test_a_sheet_of_codes_is_read_row_by_row_even_if_it_lies_askew():
    sheet = Image.new("L", (1500, 1100), 255)
    payloads = [JPQR_STATIC, EMVCO_FOREIGN, JPQR_OUT_OF_ORDER, "一", "二", "三"]
    for at, payload in enumerate(payloads):
        sheet.paste(opened(qr_png(payload, pixels_per_module=4)).convert("L"), (60 + at % 3 * 480, 60 + at // 3 * 520))

    for degrees in (-4, 0, 4):
        assert read_symbols(saved(sheet.rotate(degrees, fillcolor=255), "PNG")) == payloads


def document_of(*pages):
    """A PDF of scanned pages, each a code."""
    scans = [opened(qr_png(payload)).convert("L") for payload in pages]
    file = io.BytesIO()
    scans[0].save(file, "PDF", save_all=True, append_images=scans[1:], resolution=200)
    return file.getvalue()


def test_a_documents_codes_come_page_after_page_or_from_one_page():
    document = document_of(JPQR_STATIC, EMVCO_FOREIGN, JPQR_OUT_OF_ORDER)

    assert read_document(document) == [JPQR_STATIC, EMVCO_FOREIGN, JPQR_OUT_OF_ORDER]
    assert read_document(document, page=2) == [EMVCO_FOREIGN]
    assert read_document(b"X-Mailer: office\r\n" + document, page=3) == [JPQR_OUT_OF_ORDER]


def test_a_picture_is_a_document_of_one_page():
    assert read_document(qr_png(JPQR_STATIC)) == [JPQR_STATIC]
    assert read_document(qr_png(JPQR_STATIC), page=1) == [JPQR_STATIC]
    with pytest.raises(PictureError, match="no_such_page"):
        read_document(qr_png(JPQR_STATIC), page=2)


@pytest.mark.parametrize("page", [-1, 0, 3])
def test_a_page_that_is_not_there_is_refused(page):
    with pytest.raises(PictureError, match="no_such_page"):
        read_document(document_of(JPQR_STATIC, JPQR_STATIC), page=page)


def blank_document(pages, width=100, height=100):
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(width, height)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_more_pages_than_anybody_waits_for_are_read_one_by_one_only():
    document = blank_document(2_001)

    with pytest.raises(PictureError, match="too_many_pages"):
        read_document(document)
    assert read_document(document, page=2_001) == []


def test_a_page_as_large_as_a_house_is_drawn_no_larger_than_a_picture():
    """200 inches a side at 200 dpi would be 1,600 megapixels."""
    with pypdfium2.PdfDocument(blank_document(1, 14_400, 7_200)) as document:
        assert pictures._drawn(document[0]).size == (4_000, 2_000)


def test_a_page_with_a_picture_of_too_many_pixels_is_not_drawn():
    document = document_of(JPQR_STATIC)
    assert document.count(b"/Width ") == 1
    huge = re.sub(rb"/Width \d+", b"/Width 99999", re.sub(rb"/Height \d+", b"/Height 99999", document))

    with pytest.raises(PictureError, match="too_many_pixels"):
        read_document(huge)


def test_a_document_with_a_password_says_so():
    """Encrypted with a key that an empty password does not give."""
    keys = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"1f" * 32, b"2e" * 32)
    locked = re.sub(rb"trailer\s*<<", b"trailer <<" + keys, blank_document(1))
    assert keys in locked

    with pytest.raises(PictureError, match="password_needed"):
        read_document(locked)


def test_a_document_of_too_many_bytes_is_not_opened():
    with pytest.raises(PictureError, match="too_many_bytes"):
        read_document(b"%PDF-1.7" + bytes(100_000_000))


def test_reading_pictures_loads_nothing_that_only_documents_need():
    asked = "import sys; from madoguchi.jpqr import read_symbols; print('pypdfium2' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
