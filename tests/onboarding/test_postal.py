"""A postal code gives the address and the municipality, and contradicts what was entered beside it (P-27)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from madoguchi.onboarding import postal
from madoguchi.onboarding.postal import (
    address_of,
    addresses_of,
    located,
    municipalities,
    municipality_of,
    postal_fault,
    read_postal_code,
    registered_code,
)


@pytest.mark.parametrize(
    "written", ["3702316", "370-2316", "〒370-2316", "３７０－２３１６", " 〒 ３７０ー２３１６ ", "370−2316"]
)
def test_a_code_is_read_however_it_is_written(written):
    assert read_postal_code(written) == "3702316"
    assert address_of(written).line == "群馬県富岡市富岡"


@pytest.mark.parametrize("written", ["", "370", "370231", "37023160", "370-231A", "三七〇", "0274-63-0000"])
def test_what_is_no_code_gives_no_address(written):
    assert read_postal_code(written) is None
    assert address_of(written) is None
    assert addresses_of(written) == ()


def test_a_code_that_nobody_was_given_has_no_address():
    assert address_of("9999999") is None


def test_an_address_names_its_municipality_by_code_in_kana_and_in_english():
    """P-27: what the map will show; municipalities by the five-digit code."""
    found = address_of("3702316")

    assert (found.prefecture, found.municipality, found.municipality_code) == ("群馬県", "富岡市", "10210")
    assert found.neighbourhoods == ("富岡",)
    assert found.kana == "グンマケントミオカシトミオカ"
    assert (found.prefecture_en, found.municipality_en) == ("Gunma", "Tomioka City")


@pytest.mark.parametrize(
    ("written", "locality", "city", "code"),
    [
        ("4600008", "名古屋市中区", "名古屋市", "23100"),
        ("2100001", "川崎市川崎区", "川崎市", "14130"),
        ("2520143", "相模原市緑区", "相模原市", "14150"),
        ("2220001", "横浜市港北区", "横浜市", "14100"),
        ("5900078", "堺市堺区", "堺市", "27140"),
        ("8100001", "福岡市中央区", "福岡市", "40130"),
        ("4300946", "浜松市中央区", "浜松市", "22130"),
    ],
)
def test_a_ward_of_a_designated_city_belongs_to_its_city(written, locality, city, code):
    """The registry knows cities, not their wards."""
    found = address_of(written)
    assert (found.locality, found.municipality, found.municipality_code) == (locality, city, code)


def test_a_special_ward_of_tokyo_is_a_municipality_of_its_own():
    assert address_of("1000001").municipality_code == "13101"


def test_every_registered_code_stands_for_itself():
    assert [code for code in municipalities() if registered_code(code) != code] == []


@pytest.mark.parametrize(("code", "city"), [("23106", "23100"), ("14131", "14130"), ("40137", "40130")])
def test_a_wards_own_code_leads_to_its_city(code, city):
    assert registered_code(code) == city


@pytest.mark.parametrize("code", ["99999", "23", "", "10299"])
def test_a_code_that_is_neither_comes_back_as_it_is(code):
    assert registered_code(code) == code


def test_a_code_of_several_neighbourhoods_names_them_all_and_fills_in_none():
    found = address_of("4520961")

    assert len(found.neighbourhoods) > 1
    assert found.line == found.prefecture + found.locality


def test_a_code_across_a_prefectures_border_names_both_sides():
    assert [(one.prefecture, one.municipality_code) for one in addresses_of("4980000")] == [
        ("愛知県", "23235"),
        ("三重県", "24303"),
    ]


def test_a_code_of_one_business_gives_its_house_number():
    found = address_of("1008111")

    assert (found.business_name, found.line) == ("宮内庁", "東京都千代田区千代田1-1")


def test_words_of_the_post_offices_table_do_not_get_into_an_address():
    """0600000 stands for whatever is not listed in that ward."""
    assert address_of("0600000").line == "北海道札幌市中央区"


@pytest.mark.parametrize(
    ("code", "beside", "fault"),
    [
        ("3702316", {}, None),
        ("370-2316", {"prefecture": "群馬県"}, None),
        ("3702316", {"municipality_code": "10210"}, None),
        ("3702316", {"prefecture": "長野県"}, "postal_code_elsewhere"),
        ("3702316", {"municipality_code": "20414"}, "postal_code_elsewhere"),
        ("4600008", {"municipality_code": "23106"}, None),
        ("4600008", {"municipality_code": "23100"}, None),
        ("4980000", {"prefecture": "三重県"}, None),
        ("4980000", {"prefecture": "三重県", "municipality_code": "23235"}, "postal_code_elsewhere"),
        ("9999999", {}, "postal_code_unknown"),
        ("370231", {}, "postal_code_malformed"),
    ],
)
def test_what_was_entered_beside_a_code_must_agree_with_it(code, beside, fault):
    assert postal_fault(code, **beside) == fault


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("群馬県富岡市富岡1460-1", "10210"),
        ("群馬県 富岡市 富岡1460-1", "10210"),
        ("長野県下伊那郡泰阜村3236-1", "20414"),
        ("長野県泰阜村3236-1", "20414"),
        ("愛知県名古屋市中区栄1-1", "23100"),
        ("福島県郡山市朝日1-23-7", "07203"),
        ("茨城県龍ケ崎市3710", "08208"),
        ("茨城県竜ヶ崎市3710", "08208"),
        ("福岡県糟屋郡須惠町771", "40344"),
        ("北海道余市郡余市町朝日町26", "01408"),
        ("東京都三宅島三宅村阿古497", "13381"),
        ("富岡市富岡1460-1", None),
        ("群馬県どこか", None),
        ("", None),
    ],
)
def test_an_address_that_begins_with_its_prefecture_names_its_municipality(address, code):
    found = municipality_of(address)
    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        ("群馬県富岡市富岡1460-1", True),
        ("富岡市富岡1460-1", True),
        ("富岡1460-1", True),
        ("", True),
        ("長野県富岡市富岡1460-1", False),
        ("群馬県高崎市高松町35-1", False),
    ],
)
def test_an_address_elsewhere_contradicts_its_code(address, stays):
    assert bool(located(address, addresses_of("3702316"))) is stays


def test_the_address_decides_between_the_sides_of_a_border():
    named = located("三重県桑名郡木曽岬町西対海地251", addresses_of("4980000"))
    assert [one.municipality_code for one in named] == ["24303"]


def test_many_threads_may_ask_at_once():
    """The table's own connection belongs to one thread; the platform answers from several."""
    codes = [f"370{number:04}" for number in range(2000, 2400)]
    postal._addresses.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(addresses_of, codes))
    assert found == [addresses_of(code) for code in codes]
    assert found[codes.index("3702316")][0].municipality_code == "10210"
