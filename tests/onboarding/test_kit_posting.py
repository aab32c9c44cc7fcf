"""Kits for posting: their order, copies, the list that goes with them, and logo stickers (J-14, P-30)."""

import csv
import io

import openpyxl
import pytest

from madoguchi.onboarding.kit import (
    KitPlace,
    KitService,
    dispatch_csv,
    dispatch_rows,
    dispatch_xlsx,
    kit_pdf,
    logo_stickers_pdf,
)
from tests.conftest import refused
from tests.jpqr.paper import REAL_STORE, TEST_STORE, pages_of, words_on
from tests.onboarding.kit_places import (
    DAY,
    DESK,
    FRAUD_SHORT,
    FRAUD_SHORT_EN,
    LATER,
    codes_on,
    kit,
    services,
    shop,
    shops,
    size_mm,
    town,
)

RISKY = '=HYPERLINK("http://example.com","x")'


def logos(*places):
    return pages_of(logo_stickers_pdf(places, day=DAY))


def test_kits_lie_in_posting_order_each_with_its_own_code():
    """More than are typeset at once, in no order: every place's sheets are its own."""
    places = shops(45)
    pages = kit(*places[::-1], parts=("letter", "stand", "stickers"))

    assert len(pages) == 3 * 45
    for at in (0, 19, 20, 39, 40, 44):
        letter, stand, stickers = pages[3 * at : 3 * at + 3]
        assert f"まちの店{at:04}" in words_on(letter)
        assert codes_on(stand) == [places[at].sticker.payload]
        assert codes_on(stickers) == [places[at].sticker.payload] * 20


def test_places_are_posted_by_postal_code_then_organisation_then_name():
    in_order = [
        shop(place_name="図書館", postal_code="370-2301"),
        shop(place_name="会計課", postal_code="〒370-2344", organisation="あ"),
        shop(place_name="あ湯", postal_code="3702344", organisation="い"),
        shop(place_name="市民課", postal_code="３７０２３４４", organisation="い"),
        shop(place_name="住所のない課", postal_code=""),
    ]

    found = [words_on(page) for page in kit(*in_order[::-1], parts=("poster",))]
    assert [one.place_name in words for one, words in zip(in_order, found, strict=True)] == [True] * 5


def test_copies_of_a_sheet_follow_one_another():
    """J-14: more stickers for a place, with a letter to say whose they are."""
    places = shops(2)
    pages = kit(*places, parts=("letter", "stickers"), copies={"stickers": 2})

    assert "お申し込みのものをお送りしますWhatyouaskedfor" in words_on(pages[0])
    payloads = [set(codes_on(page)) for page in pages]
    first, second = ({one.sticker.payload} for one in places)
    assert payloads == [set(), first, first, set(), second, second]


def test_many_copies_are_stored_once():
    def size(copies):
        options = {"parts": ("stickers",), "copies": {"stickers": copies}, "desk": DESK, "day": DAY}
        return len(kit_pdf([shop()], **options))

    assert size(50) < 1.2 * size(1)


@pytest.mark.parametrize("count", [0, -1, 101])
def test_copies_are_from_one_to_a_hundred(count):
    with refused("kit_wrong_copies", parts="poster", limit=100):
        kit(shop(), copies={"poster": count})


def test_a_part_that_there_is_not_is_refused():
    with refused("kit_wrong_parts", parts="flyer"):
        kit(shop(), parts=("letter", "flyer"))


@pytest.mark.parametrize(("places", "parts"), [((), ("letter",)), ((shop(),), ()), ((town(),), ("rate_stickers",))])
def test_nothing_to_print_is_refused(places, parts):
    with refused("kit_empty"):
        kit(*places, parts=parts)


@pytest.mark.parametrize("bps", [0, -500, 10_001])
def test_a_rate_that_is_none_is_an_error(bps):
    with pytest.raises(ValueError, match="hundredths of a percent"):
        shop(rate_bps=bps)


def test_whoever_waits_hears_how_far_it_is():
    heard = []
    kit(*shops(45), parts=("letter",), on_progress=lambda *done: heard.append(done))

    assert heard == [(20, 45), (40, 45), (45, 45)]


def test_the_dispatch_list_has_a_row_for_each_kit_in_the_order_of_its_pages():
    places = [town(), shop()]
    head, rows = dispatch_rows(places, copies={"stickers": 2})

    assert head == [
        "番号", "郵便番号", "住所", "宛名", "事業者", "店舗・施設", "手紙（枚）", "A5スタンド（枚）",
        "コードのシール（枚）", "還元率のシール（枚）", "ポスター（枚）", "国外発行カードの注意（枚）",
        "詐欺への注意（枚）", "合計（枚）", "PDFの最初のページ", "PDFの最後のページ",
    ]  # fmt: skip
    address = "群馬県富岡市富岡1-1-1"
    assert rows == [
        [1, "370-2316", address, "店長　富岡 絹子 様", "株式会社まゆ", "喫茶まゆ", 1, 1, 2, 1, 1, 1, 1, 8, 1, 8],
        [2, "370-2392", address, "", "富岡市", "富岡市役所 市民課", 1, 1, 2, 0, 1, 0, 1, 6, 9, 14],
        ["計", "", "", "", "", "2か所", 2, 2, 4, 1, 2, 1, 2, 14, "", ""],
    ]
    pages = kit(*places, copies={"stickers": 2})
    assert len(pages) == 14
    assert "富岡市役所市民課御中" in words_on(pages[8])


def test_places_that_get_nothing_are_not_in_the_list():
    _, rows = dispatch_rows([town(), shop()], parts=("caution",))

    assert [row[5] for row in rows] == ["喫茶まゆ", "1か所"]
    assert rows[0][-2:] == [1, 1]


def test_a_name_that_would_run_as_a_formula_is_harmless_in_the_list():
    place = shop(place_name=RISKY, organisation="+1", address="@x", recipient="-2")

    sheet = openpyxl.load_workbook(io.BytesIO(dispatch_xlsx([place]))).active
    cells = [cell.value for cell in sheet[2]]
    assert cells[2:6] == ["'@x", "'-2", "'+1", f"'{RISKY}"]
    assert "f" not in {cell.data_type for row in sheet for cell in row}
    lines = b"".join(dispatch_csv([place])).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(lines)))[1][2:6] == cells[2:6]


def test_the_list_opens_in_japanese_excel_of_old_too():
    lines = b"".join(dispatch_csv([shop()], encoding="cp932")).decode("cp932")

    assert "喫茶まゆ" in lines


def test_logo_stickers_name_each_service_in_turn_until_the_sheet_is_full():
    """P-30: 20 to an A4 page, in text."""
    (page,) = logos(shop(services=services("PayPay", "d払い", late=["メルペイ"])))
    words = words_on(page)

    assert size_mm(page) == (210, 297)
    assert [words.count(name) for name in ("PayPay", "d払い", "メルペイ")] == [7, 7, 6]
    assert words.count("喫茶まゆ") == words.count("ここで使えます") == words.count("Acceptedhere") == 20
    assert words.count(FRAUD_SHORT) == words.count(FRAUD_SHORT_EN) == 20
    assert words.count("2019年10月1日から/from1Oct2019") == 14
    assert words.count("2019年12月1日から/from1Dec2019") == 6


def test_logo_stickers_of_services_in_use_have_no_date():
    (page,) = pages_of(logo_stickers_pdf([shop()], day=LATER))

    assert "から/from" not in words_on(page)


def test_each_place_has_logo_sheets_of_its_own_and_as_many_as_its_services_need():
    pages = logos(town(), shop(services=services(*(f"Service{at:02}" for at in range(21)))))

    assert len(pages) == 3
    assert "Service19" in words_on(pages[0])
    assert "Service20" in words_on(pages[1])
    assert "富岡市役所市民課" in words_on(pages[2])
    assert "喫茶まゆ" not in words_on(pages[2])


def test_a_place_without_a_code_gets_logo_stickers_and_nothing_that_can_be_scanned():
    pages = logos(shop(store=None))

    assert [codes_on(page) for page in pages] == [[]]
    assert "PayPay" in words_on(pages[0])


@pytest.mark.parametrize(
    ("store", "is_demo", "marks"), [(REAL_STORE, False, 0), (TEST_STORE, False, 20), (None, True, 20)]
)
def test_logo_stickers_of_a_test_say_so(store, is_demo, marks):
    (page,) = logos(shop(store=store, is_demo=is_demo))

    assert words_on(page).count("TEST") == marks


def test_logo_stickers_say_nothing_of_rewards():
    """P-15, and for the others: a service's name does not end with the programme."""
    (page,) = logos(shop(rate_bps=500))

    assert not any(word in words_on(page) for word in ("還元", "reward", "%"))


def test_a_long_name_of_a_service_is_set_smaller_and_markup_in_it_is_text():
    name = '#panic("x") *太* $x$ [a] \\b'
    (page,) = logos(
        shop(services=(KitService(name), KitService("とても長い名前の決済サービス・地域ポイント共通支払い")))
    )
    words = words_on(page)

    assert words.count("".join(name.split())) == 10
    assert words.count("とても長い名前の決済サービス・地域ポイント共通支払い") == 10


def test_logo_stickers_of_no_place_or_no_service_are_refused():
    with refused("kit_empty"):
        logos()
    with refused("sheet_impossible"):
        logos(shop(services=()))


def test_logo_stickers_are_the_same_every_time():
    places = shops(22)

    assert logo_stickers_pdf(places[::-1], day=DAY) == logo_stickers_pdf(places, day=DAY)


def test_a_kit_place_keeps_what_it_was_given():
    place: KitPlace = shop(place_name=" 喫茶\nまゆ ")
    kit(place, parts=("poster",))

    assert place.place_name == " 喫茶\nまゆ "
