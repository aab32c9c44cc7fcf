"""The kit of an approved place: its sheets, what each says, and what none may say (P-31, P-32, P-33, P-15)."""

import dataclasses
from datetime import date

import pytest

from madoguchi.onboarding.kit import KitService, kit_pdf
from tests.conftest import refused
from tests.jpqr.paper import MANY_SERVICES, awkward
from tests.onboarding.kit_places import (
    ALL,
    DAY,
    DESK,
    FRAUD,
    FRAUD_EN,
    FRAUD_SHORT,
    FRAUD_SHORT_EN,
    LATER,
    START,
    TEST_STORE,
    codes_on,
    kit,
    services,
    sheet,
    shop,
    shops,
    size_mm,
    town,
    words_and_boxes,
    words_on,
)

A4, A5 = (210, 297), (148, 210)
# How a town might write names; typesetting would read the first as commands, were they not data.
MARKUP = '#panic("x") *太* $x^2$ [a] _b_ `c` \\d <e> @f'
LONG = {
    "place_name": awkward().place_name,
    "place_name_en": awkward().place_name_en,
    "municipality": "北海道虻田郡ニセコ町",
    "municipality_en": "Niseko Town, Abuta District, Hokkaido",
    "organisation": "独立行政法人国立高等専門学校機構",
    "address": "北海道虻田郡ニセコ町字富士見55番地 ニセコ町役場新庁舎 別館 地域連携センター 3階 東側 302号室",
    "recipient": "事務部 総務課 会計係長　北海道 太郎 様",
    "services": services(*MANY_SERVICES[::2], late=MANY_SERVICES[1::2]),
    "rate_ends_on": date(2020, 6, 30),
}
IN_TOWN = {"rate_bps": None, "services": tuple(KitService(name) for name in MANY_SERVICES)}


def test_a_shops_kit_has_seven_sheets_in_the_order_of_the_envelope():
    pages = kit(shop())

    assert [size_mm(page) for page in pages] == [A4, A5, A4, A4, A4, A4, A4]
    titles = ("一式をお送りします", "このコードを読み取って", "このコードで", "キャッシュレス決済で", "使えるキャッシュレス決済", "CardsissuedoutsideJapan", "詐欺にご注意ください")  # fmt: skip  # noqa: E501
    assert all(title in words_on(page) for title, page in zip(titles, pages, strict=True))


def test_every_code_in_a_kit_is_the_places_own_and_nothing_else_can_be_scanned():
    place = shop()

    assert [codes_on(page) for page in kit(place)] == [
        [],
        [place.sticker.payload],
        [place.sticker.payload] * 20,
        *[[]] * 4,
    ]


def test_the_poster_shows_services_rate_and_place_in_both_languages():
    """P-31, P-04."""
    _, words = sheet("poster", shop(rate_ends_on=date(2020, 6, 30)))

    for expected in (
        "使えるキャッシュレス決済", "Cashlesspaymentacceptedhere", "喫茶まゆ", "CafeMayu", "群馬県富岡市",
        "PayPay", "d払い", "5%還元", "5%reward", "2020年6月30日まで", "until30Jun2020",
    ):  # fmt: skip
        assert expected in words


@pytest.mark.parametrize(("bps", "rate"), [(500, "5"), (200, "2")])
def test_the_rate_is_that_of_the_place(bps, rate):
    """P-04: 5 %, or 2 % at franchises and petrol stations."""
    place = shop(rate_bps=bps)

    for part in ("poster", "rate_stickers"):
        _, words = sheet(part, place)
        assert f"{rate}%還元" in words
        assert f"{rate}%reward" in words
    assert f"還元率Reward{rate}%" in sheet("letter", place)[1]


def test_a_sheet_of_rate_stickers_has_twenty():
    _, words = sheet("rate_stickers", shop())

    assert words.count("5%還元") == 20


@pytest.mark.parametrize("part", ALL)
def test_every_sheet_warns_of_fraud_in_both_languages(part):
    """P-33."""
    _, words = sheet(part, shop())
    is_small = part in ("stickers", "rate_stickers")

    expected = (FRAUD_SHORT, FRAUD_SHORT_EN) if is_small else (FRAUD, FRAUD_EN)
    assert [words.count(sentence) for sentence in expected] == ([20, 20] if is_small else [1, 1])


def test_the_notice_on_foreign_cards_is_english_first_and_says_whom_to_ask():
    """P-32."""
    _, words = sheet("caution", shop())

    english = words.index("CardsissuedoutsideJapanareinprinciplenoteligibleforrewards.")
    assert "Pleaseaskyourpaymentprovider,orseeitswebsite" in words
    assert words.index("日本国外で発行されたカードは、原則としてポイントなどの還元の対象になりません。") > english


def test_letter_caution_and_fraud_sheet_name_the_desk():
    for part in ("letter", "caution", "fraud"):
        words = sheet(part, shop())[1]

        assert "富岡市キャッシュレス事務局電話0274-62-1511（平日9:00-17:00）" in words
        assert "TomiokaCitycashlessdeskPhone0274-62-1511(weekdays9:00-17:00)" in words


def test_a_municipalitys_kit_says_nothing_of_rewards():
    """P-15: its fees never earn points, so it has no rate, no stickers of it and no notice on who gets none."""
    pages = kit(town())

    assert len(pages) == 5
    for page in pages:
        words = words_on(page)
        assert not any(word in words for word in ("還元", "reward", "Reward", "eligible", "%", "ポイント"))


def test_what_is_left_out_is_not_in_the_letters_list():
    listed = words_on(kit(shop(), parts=ALL)[0])
    listed_in_town = words_on(kit(town(), parts=ALL)[0])

    for name in ("還元率のシール（20面）", "国外発行カードの注意"):
        assert name in listed
        assert name not in listed_in_town
    assert "ポスター" in listed_in_town


def test_the_letter_counts_what_the_envelope_holds():
    pages = kit(shop(), parts=("letter", "stickers"), copies={"stickers": 3})

    assert len(pages) == 4
    assert "コードのシール（20面）Stickerswithyourcode,20toasheetA43枚3sheets" in words_on(pages[0])


def test_a_service_that_starts_late_is_shown_with_its_date():
    """P-26: what was completed too late may not start with the others."""
    late = shop(services=services("PayPay", late=["メルペイ"]))

    assert "メルペイ（2019年12月1日から/from1Dec2019）" in sheet("stand", late)[1]
    assert "メルペイ2019年12月1日から/from1Dec2019" in sheet("poster", late)[1]
    assert "ServicesPayPay2019年12月1日から/from1Dec2019：メルペイ" in sheet("letter", late)[1]
    # A sticker has no room for dates, and a name without one would promise too much.
    words = sheet("stickers", late)[1]
    assert "PayPay" in words
    assert "メルペイ" not in words


def test_what_all_services_have_in_common_is_said_once():
    words = sheet("poster", shop())[1]

    assert "2019年10月1日からお使いいただけますAvailablefrom1Oct2019" in words
    assert words.count("2019年10月1日") == 1


@pytest.mark.parametrize("part", ["poster", "letter", "stand", "stickers"])
def test_once_a_service_has_started_its_date_is_gone(part):
    words = sheet(part, shop(services=services("PayPay", late=["メルペイ"])), day=LATER)[1]

    assert "メルペイ" in words
    assert "から/from" not in words
    assert "Available" not in words


def test_a_service_always_taken_beside_a_new_one_leaves_only_the_new_ones_date():
    words = sheet("poster", shop(services=(KitService("PayPay"), KitService("メルペイ", START))))[1]

    assert "Available" not in words
    assert words.count("2019年10月1日から/from1Oct2019") == 1


def test_names_are_never_read_as_markup():
    place = shop(
        place_name=MARKUP, place_name_en=MARKUP, organisation=MARKUP, address=MARKUP, recipient=MARKUP,
        services=(KitService(MARKUP),),
    )  # fmt: skip
    literal = "".join(MARKUP.split())

    pages = kit(place, parts=("letter", "stand", "poster"))
    assert [words_on(page).count(literal) for page in pages] == [6, 3, 3]


@pytest.mark.parametrize(
    ("part", "facts"),
    [("caution", {}), ("fraud", {})]
    + [(part, facts) for part in ("letter", "poster") for facts in ({}, IN_TOWN, LONG)],
)
def test_no_words_stand_on_others_or_in_the_margin(part, facts):
    found = list(words_and_boxes(sheet(part, shop(**facts))[0]))
    assert len(found) >= 10

    for at, (text, (left, top, right, bottom)) in enumerate(found):
        assert 10 <= left < right <= 200, text
        assert 10 <= top < bottom <= 287, text
        for other, box in found[:at]:
            across, along = min(right, box[2]) - max(left, box[0]), min(bottom, box[3]) - max(top, box[1])
            assert min(across, along) < 0.3, f"{text} over {other}"  # mm; boxes of glyphs have some slack


def test_however_long_names_and_lists_are_all_of_them_is_on_the_poster():
    words = sheet("poster", shop(**LONG))[1]

    assert LONG["place_name"] in words
    assert all(name.replace(" ", "") in words for name in MANY_SERVICES)
    assert words.count("2019年12月1日から") == 7


def test_as_many_services_as_the_2019_programme_had_fit_a_kit():
    """P-37: 27 of them, all at once or all late but one."""
    names = ["イオン", *(f"{name}{at}" for at in (1, 2) for name in MANY_SERVICES[:13])]
    at_once, late = shop(services=services(*names)), shop(services=services("イオン", late=names[1:]))

    assert len(kit(at_once)) == len(kit(late)) == 7
    poster, stand = (sheet(part, late)[1] for part in ("poster", "stand"))
    assert poster.count("2019年12月1日から/from1Dec2019") == 26
    # A stand has no room for so many dates, and shows no name without its own.
    assert "イオン" in stand
    assert "PayPay1" not in stand


def test_a_date_too_long_for_a_narrow_tile_is_written_in_figures():
    late = [KitService(f"{name}{at}", date(2019, 12, 28)) for at in (1, 2) for name in MANY_SERVICES[:13]]

    assert sheet("poster", shop(services=(KitService("イオン", START), *late)))[1].count("2019/12/28～") == 26


def test_the_address_stays_in_the_window_however_the_letter_slides():
    """Of 長形3号, 120 × 235 mm with a window of 45 × 90 mm at 20 and 12 mm: 25 mm sideways and 21 mm down are free."""
    inside, behind = [], []
    for text, (left, top, right, bottom) in words_and_boxes(sheet("letter", shop())[0]):
        if left >= 20 and right <= 85 and top >= 12 and bottom <= 36:
            inside.append(text)
        elif left < 110 and top < 57:
            behind.append(text)

    assert "".join(inside) == "〒370-2316群馬県富岡市富岡1-1-1株式会社まゆ喫茶まゆ店長　富岡 絹子 様"
    assert behind == []


def test_without_a_recipient_the_letter_goes_to_the_place_which_names_its_town_once():
    words = sheet("letter", town())[1]

    assert words.startswith("〒370-2392群馬県富岡市富岡1-1-1富岡市役所市民課御中")


@pytest.mark.parametrize("part", ALL)
def test_test_stands_on_every_sheet_of_a_demo_and_on_no_real_one(part):
    def marks(place):
        return sheet(part, place)[1].count("TEST")

    assert marks(shop(store=TEST_STORE, is_demo=True)) > 0
    assert marks(shop()) == 0


def test_a_code_of_the_test_range_makes_the_whole_kit_a_test():
    assert all("TEST" in words_on(page) for page in kit(shop(store=TEST_STORE)))


def test_nothing_is_printed_for_a_place_without_a_store_identifier():
    """Nor for the others asked for with it: a kit that is missing would not be missed."""
    with refused("kit_without_code", places="まだの店", count=1):
        kit(shop(), shop(store=None, place_name="まだの店"))


@pytest.mark.parametrize("facts", [{"place_name": "店𠮷野家\U0001f600"}, {"address": "\ue000番地"}])
def test_a_character_that_the_font_lacks_is_refused_with_the_places_name(facts):
    with pytest.raises(Exception, match="sheet_impossible") as caught:
        kit(shop(**facts))

    assert shop(**facts).place_name in caught.value.details["reason"]


def test_a_place_without_services_gets_no_kit():
    with refused("sheet_impossible"):
        kit(shop(services=()))


def test_a_code_that_is_not_the_places_is_refused():
    wrong = dataclasses.replace(shop().sticker, store_id=dataclasses.replace(shop().sticker.store_id, level3="000009"))

    with refused("sheet_impossible"):
        kit(shop(sticker=wrong))


def test_the_same_places_give_the_same_bytes_in_whatever_order():
    places = shops(23)

    first = kit_pdf(places, desk=DESK, day=DAY)
    assert kit_pdf(places[::-1], desk=DESK, day=DAY) == first
