"""Sheets for a whole town: their sizes, what every format says, and the order they are posted in (J-14, P-31)."""

import dataclasses
import random

import numpy as np
import pytest
import zxingcpp

from madoguchi.jpqr import StickerError, read_document, sheet_pdf, sorted_for_posting
from madoguchi.jpqr.fitting import MM_PER_PT
from tests.jpqr.paper import (
    FORMATS,
    MANY_SERVICES,
    MUSEUM,
    PER_PAGE,
    REAL_STORE,
    TEST_STORE,
    awkward,
    drawn,
    numbered,
    pages_of,
    sticker,
    words_on,
)

A4, A5 = (210, 297), (148, 210)
# P-33, whole where there is room, short on 50 mm.
FRAUD = {
    "a5": "電話やメッセージで口座番号・ID・パスワードをお聞きすることはありません。",
    "sticker": "電話で口座番号・パスワードをお聞きしません。",
}
FRAUD_EN = {
    "a5": "Nobody will ask for your account number, ID or password by phone or message.",
    "sticker": "We never phone for account numbers or passwords.",
}
FOREIGN = {
    "a5": "Cards issued outside Japan are in principle not eligible for rewards. Please ask your payment provider.",
    "card": "Cards issued outside Japan are in principle not eligible for rewards.",
    "sticker": "In principle, no rewards for cards issued abroad.",
}


def of(table, form):
    return table.get(form, table["a5"]).replace(" ", "")


def codes_on(page):
    return [one.text for one in zxingcpp.read_barcodes(drawn(page))]


@pytest.mark.parametrize(("form", "size"), [("a5", A5), ("a4", A4), ("sticker", A4), ("card", A4)])
def test_a_sheet_has_its_size_and_as_many_as_fit(form, size):
    pages = pages_of(sheet_pdf(numbered(21), format=form))

    assert len(pages) == {1: 21, 20: 2, 10: 3}[PER_PAGE[form]]
    assert {tuple(round(side * MM_PER_PT) for side in page.get_size()) for page in pages} == {size}
    assert len(codes_on(pages[0])) == PER_PAGE[form]
    assert len(codes_on(pages[-1])) == 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("store", [TEST_STORE, REAL_STORE], ids=["test", "real"])
def test_every_format_says_in_both_languages_where_one_is_and_what_to_beware_of(form, store):
    """P-33, P-32; TEST stands across a test and nowhere on a real one."""
    one = sticker(store, contact="0274-62-1511", warns_of_foreign_cards=True)
    (page,) = pages_of(sheet_pdf([one], format=form))
    text = words_on(page)

    assert ("TEST" in text) == (store is TEST_STORE)
    text = text.replace("TEST", "")
    for words in (
        MUSEUM, "TomiokaCityMuseumofArt", "群馬県富岡市", "TomiokaCity,Gunma", store.text, "店舗番号", "JPQR",
        "PayPay", "d払い", "auPAY", "ゆうちょPay", "ご不明な点は", "窓口", "askatthecounter",
        "お問い合わせContact:0274-62-1511", of(FRAUD, form), of(FRAUD_EN, form), of(FOREIGN, form),
    ):  # fmt: skip
        assert words in text


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_said_about_cards_or_a_contact_unless_asked(form):
    (page,) = pages_of(sheet_pdf([sticker(REAL_STORE)], format=form))

    assert "rewards" not in words_on(page)
    assert "お問い合わせ" not in words_on(page)


@pytest.mark.parametrize("form", FORMATS)
def test_test_stands_across_the_code_so_that_nobody_can_cut_it_away(form):
    """Red on the white among its modules, in a good part of its rows; none on a real one."""

    def red_rows(store):
        (page,) = pages_of(sheet_pdf([sticker(store)], format=form))
        picture = drawn(page)
        (code,) = zxingcpp.read_barcodes(picture)
        corners = code.position.top_left, code.position.bottom_right
        box = [part for corner in corners for part in (corner.x, corner.y)]
        red, green, _ = np.moveaxis(np.asarray(picture.crop(box)).astype(int), 2, 0)
        return ((red > 180) & (red - green > 30)).any(axis=1).mean()

    assert red_rows(TEST_STORE) > 0.4
    assert red_rows(REAL_STORE) == 0


@pytest.mark.parametrize("form", ["sticker", "card"])
def test_small_formats_show_as_many_services_as_fit_and_count_the_others(form):
    (page,) = pages_of(sheet_pdf([sticker(REAL_STORE, services=MANY_SERVICES)], format=form))
    text = words_on(page)

    shown = [name for name in MANY_SERVICES if name.replace(" ", "") in text]
    assert shown == MANY_SERVICES[: len(shown)]
    assert len(shown) >= 5
    assert f"ほか{14 - len(shown)}件+{14 - len(shown)}more" in text


@pytest.mark.parametrize("form", ["a5", "a4"])
def test_stands_and_posters_show_every_service(form):
    (page,) = pages_of(sheet_pdf([sticker(REAL_STORE, services=MANY_SERVICES)], format=form))

    assert all(name.replace(" ", "") in words_on(page) for name in MANY_SERVICES)


def words_and_boxes(page):
    """Each run of text and where it stands, without TEST, which stands across everything."""
    for one in page.get_objects(filter=[1], textpage=page.get_textpage()):
        text = one.extract().strip()
        if text and text not in "TEST":
            yield text, one.get_bounds()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("fill", [sticker, awkward], ids=["usual", "awkward"])
@pytest.mark.parametrize("extras", [{}, {"contact": "0274-62-1511", "warns_of_foreign_cards": True}])
def test_no_words_stand_on_others_or_beyond_the_edge(form, fill, extras):
    """However long the names: what does not fit is set smaller, cut, or counted."""
    (page,) = pages_of(sheet_pdf([fill(REAL_STORE, **extras)], format=form))
    found = list(words_and_boxes(page))
    assert len(found) >= 12
    cell = {"sticker": (5, 23.5, 55, 73.5), "card": (14, 11, 105, 66), "a5": (0, 0, *A5), "a4": (0, 0, *A4)}[form]
    height = page.get_height() * MM_PER_PT

    for at, (text, (left, bottom, right, top)) in enumerate(found):
        x, y, x_end, y_end = left * MM_PER_PT, height - top * MM_PER_PT, right * MM_PER_PT, height - bottom * MM_PER_PT
        assert cell[0] + 1 <= x < x_end <= cell[2] - 1, text
        assert cell[1] + 1 <= y < y_end <= cell[3] - 1, text
        for other, box in found[:at]:
            across = min(right, box[2]) - max(left, box[0])
            along = min(top, box[3]) - max(bottom, box[1])
            assert min(across, along) < 0.5, f"{text} over {other}"  # half a point: glyphs' boxes have some slack


@pytest.mark.parametrize("form", FORMATS)
def test_japanese_is_never_smaller_than_people_read(form):
    (page,) = pages_of(sheet_pdf([awkward(REAL_STORE)], format=form))
    least_pt = 5.4 if form == "sticker" else 5.9
    sizes = [
        one.get_font_size() * abs(one.get_matrix().d)
        for one in page.get_objects(filter=[1], textpage=page.get_textpage())
        if any("ぁ" <= letter <= "龠" for letter in one.extract())
    ]

    assert min(sizes) > least_pt


def test_a_town_is_posted_by_postal_code_then_addressee_then_name_then_number():
    def place(number, postal_code, organisation, name):
        store = dataclasses.replace(REAL_STORE, level3=f"{number:06}")
        return sticker(store, place_name=name, postal_code=postal_code, organisation=organisation)

    in_order = [
        place(9, "370-2301", "富岡市", "図書館"),
        place(1, "〒370-2344", "富岡市", "会計課"),
        place(2, "3702344", "富岡市", "市民課"),
        place(3, "3702344", "富岡市", "市民課"),
        place(4, "３７０２３４４", "株式会社まちの湯", "あ湯"),
        place(0, "", "富岡市", "住所のない課"),
    ]
    for seed in range(5):
        shuffled = random.Random(seed).sample(in_order, len(in_order))

        assert sorted_for_posting(shuffled) == in_order
        assert sheet_pdf(shuffled, format="card") == sheet_pdf(in_order, format="card")
    assert read_document(sheet_pdf(in_order[::-1], format="card")) == [one.payload for one in in_order]


def test_copies_of_a_place_follow_one_another_and_sheets_are_filled():
    places = numbered(3)
    pdf = sheet_pdf(places, format="sticker", copies=7)

    assert read_document(pdf) == [one.payload for one in places for _ in range(7)]
    assert read_document(pdf, page=2) == [places[2].payload]


@pytest.mark.parametrize("copies", [0, -1, 101])
def test_copies_are_from_one_to_a_hundred(copies):
    with pytest.raises(StickerError, match="bad_copies"):
        sheet_pdf([sticker()], copies=copies)


def test_whoever_waits_hears_how_far_it_is():
    heard = []
    sheet_pdf(numbered(50), format="sticker", copies=3, on_progress=lambda done, total: heard.append((done, total)))

    assert heard == [(40, 150), (80, 150), (120, 150), (150, 150)]


def test_more_than_a_hundred_are_merged_into_one_document_that_is_the_same_every_time():
    places = numbered(101, place_name="市民課")
    pdf = sheet_pdf(places)

    pages = pages_of(pdf)
    assert len(pages) == 101
    assert codes_on(pages[100]) == [places[100].payload]
    assert sheet_pdf(places[::-1]) == pdf


def test_up_to_a_hundred_the_pages_are_tagged_for_those_who_do_not_see_them():
    assert b"pdfuaid:part" in sheet_pdf(numbered(2), format="card")
