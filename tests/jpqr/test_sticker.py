"""The sticker on the counter: it scans, names its place, warns of fraud and owns up to being a test (P-33)."""

import dataclasses

import pypdfium2
import pytest
import zxingcpp

from madoguchi.jpqr import PayloadError, StickerError, sheet_pdf
from tests.jpqr.paper import (
    FORMATS,
    MUSEUM,
    REAL_STORE,
    numbered,
    pages_of,
    sticker,
    words_on,
)
from tests.jpqr.vectors import EMVCO_FOREIGN, static_with

TEST_BAND = "TEST / テスト用 — 実際の支払いには使えません"


def text_of(page):
    """The page's text without line breaks, which fall where the line is full."""
    return page.get_textpage().get_text_bounded().replace("\r", "").replace("\n", "")


@pytest.fixture(scope="module")
def two_pages():
    """A sticker of the test range and one of a real store."""
    with pypdfium2.PdfDocument(sheet_pdf([sticker(), sticker(REAL_STORE)])) as document:
        yield list(document)


def test_each_sticker_is_an_a5_page_whose_code_scans(two_pages):
    """J-01, J-14: at 150 dpi, which every office printer exceeds."""
    for page, one in zip(two_pages, (sticker(), sticker(REAL_STORE)), strict=True):
        assert [round(points / 72 * 25.4) for points in page.get_size()] == [148, 210]
        (found,) = zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
        assert found.bytes == one.payload.encode()


def test_a_code_of_the_test_range_says_so_and_a_real_one_does_not(two_pages):
    test_page, real_page = map(text_of, two_pages)

    assert TEST_BAND in test_page
    assert "TEST" not in real_page
    assert "テスト" not in real_page


def test_the_test_band_is_seen_from_afar(two_pages):
    """A yellow of which the real sticker has none."""

    def yellow_share(page):
        colours = page.render(scale=0.5).to_pil().convert("RGB").getcolors(1 << 20)
        yellow = sum(count for count, (red, green, blue) in colours if red > 220 and green > 180 and blue < 120)
        return yellow / sum(count for count, _ in colours)

    assert yellow_share(two_pages[0]) > 0.02  # of 0.05, less its words and what TEST reddens
    assert yellow_share(two_pages[1]) == 0


def test_every_sticker_warns_of_fraud_in_both_languages(two_pages):
    """P-33: nobody asks for account numbers, IDs or passwords."""
    for page in map(text_of, two_pages):
        assert "電話やメッセージで口座番号・ID・パスワードをお聞きすることはありません。" in page
        assert "Nobody will ask for your account number, ID or password by phone or message." in page


def test_a_payer_finds_where_they_are_what_they_can_use_and_whom_to_ask(two_pages):
    page = text_of(two_pages[0]).replace("TEST", "")  # which stands across everything

    for words in (
        "このコードを読み取ってお支払いください", "Scan this code to pay", "JPQR",
        MUSEUM, "Tomioka City Museum of Art", "群馬県富岡市", "Tomioka City, Gunma",
        "0000000000001-0001-000001-000001", "PayPay", "d払い", "au PAY", "ゆうちょPay",
        "窓口の係員におたずねください", "Please ask at the counter",
    ):  # fmt: skip
        assert words in page


def test_the_font_travels_with_the_page_and_only_the_letters_needed():
    pdf = sheet_pdf([sticker()])
    with pypdfium2.PdfDocument(pdf) as document:
        texts = document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
        fonts = {(text.get_font().get_base_name().rpartition("+")[2], text.get_font().is_embedded) for text in texts}

    assert fonts == {("IPAexGothic", True)}
    assert len(pdf) < 200_000  # the whole font has six million bytes


def test_the_same_stickers_make_the_same_bytes():
    assert sheet_pdf([sticker()]) == sheet_pdf([sticker()])


@pytest.mark.parametrize("name", ["#panic()", "*x* _y_ $z$", '"); #read("/etc/passwd") //', "\\ @a <b> `c`"])
def test_what_people_typed_is_text_and_never_markup(name):
    with pypdfium2.PdfDocument(sheet_pdf([sticker(place_name=name, services=[name])])) as document:
        assert text_of(document[0]).count(name) >= 2


def test_a_long_name_and_many_services_still_make_one_page_that_scans():
    one = sticker(
        place_name="独立行政法人国立高等専門学校機構群馬工業高等専門学校附属地域連携テクノセンター分室",
        place_name_en="Gunma College of Technology, Annex of the Regional Co-operation Centre " * 2,
        services=[f"サービス{number}ペイ" for number in range(20)],
    )
    with pypdfium2.PdfDocument(sheet_pdf([one])) as document:
        assert len(document) == 1
        assert one.place_name in text_of(document[0])
        (found,) = zxingcpp.read_barcodes(document[0].render(scale=150 / 72).to_pil())
        assert found.text == one.payload


def test_what_is_printed_must_not_contradict_the_code():
    """A sticker with another store's number sends payers' money and questions to different places."""
    one = sticker()
    wrong = {
        "store_differs": dataclasses.replace(one, store_id=REAL_STORE),
        "not_static": dataclasses.replace(one, payload=static_with(t01="12", t54="500")),
        "no_name": dataclasses.replace(one, place_name=" "),
        "no_services": dataclasses.replace(one, services=[]),
        "does_not_fit": dataclasses.replace(one, services=["とても長いサービスの名前"] * 80),
        "cannot_draw": dataclasses.replace(one, place_name="喫茶☕"),
    }
    for code, bad in wrong.items():
        with pytest.raises(StickerError, match=code):
            sheet_pdf([one, bad])
    with pytest.raises(StickerError, match="no_stickers"):
        sheet_pdf([])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "field", ["place_name", "place_name_en", "municipality", "municipality_en", "contact", "services"]
)
@pytest.mark.parametrize("character", ["☕", "\x07", "\u202e", "\U0001f4a9"])
def test_a_character_that_would_print_as_a_box_or_turn_the_text_is_refused_everywhere(form, field, character):
    words = f"銭湯{character}"
    bad = dataclasses.replace(sticker(), **{field: [words] if field == "services" else words})

    with pytest.raises(StickerError, match="cannot_draw"):
        sheet_pdf([bad], format=form)


def test_what_is_refused_among_a_thousand_is_named_before_anything_is_typeset():
    bad = sticker(REAL_STORE, place_name="喫茶☕")
    heard = []

    with pytest.raises(StickerError, match=r"喫茶☕ \(1234567890123-0001-000123-000001\): the font has no ☕"):
        sheet_pdf([*numbered(150), bad], on_progress=lambda *heard_now: heard.append(heard_now))

    assert heard == []


def test_an_accent_typed_apart_and_a_rare_variant_are_drawn():
    """A name copied from a Mac's file comes as か and ゙; 葛󠄀城市 chooses one of two shapes of 葛."""
    one = sticker(place_name="か\u3099くえん 葛\U000e0100城店")

    (page,) = pages_of(sheet_pdf([one]))
    assert "がくえん葛" in words_on(page)


def test_a_code_that_is_not_jpqr_makes_no_sticker():
    with pytest.raises(PayloadError, match="not_jpqr"):
        sheet_pdf([dataclasses.replace(sticker(), payload=EMVCO_FOREIGN)])
