"""Names, readings, phones and numbers of registrations in one form (P-21, P-29)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from madoguchi.engine.linkage import (
    normal_address,
    normal_corporate_number,
    normal_kana,
    normal_name,
    normal_phone,
    normal_postal_code,
)
from madoguchi.engine.linkage.words import names_a_branch

# What the rules look for, so that made-up texts hit them, between letters of every kind.
_PIECES = some.sampled_from(
    [
        *"ヶケがカノの之ーｰ-−１1三十号番地髙𠮷霞関店県市郡町村区第条Fヴァッ゙゚()〒",
        *(
            "株式会社",
            "㈱",
            "(有)",
            "カ)",
            "丁目",
            "番地",
            "大字",
            "字",
            "号室",
            "群馬県",
            "富岡市",
            "370-2316",
            "+81",
            "ﾊﾞ",
            "㍿",
            " ",
            "　",
        ),
    ]
)
TEXTS = some.lists(some.one_of(_PIECES, some.characters()), max_size=12).map("".join)
FORMS = (normal_name, normal_kana, normal_address, normal_phone, normal_postal_code, normal_corporate_number)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@given(text=TEXTS)
def test_a_form_brought_to_one_stays_as_it_is(form: Callable[[str], str], text: str) -> None:
    """P-29: what was normalised once is compared with what is normalised now."""
    assert form(form(text)) == form(text)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_nothing_stays_nothing(form: Callable[[str | None], str]) -> None:
    assert [form(None), form(""), form(" 　")] == ["", "", ""]


@pytest.mark.parametrize(
    "written",
    [
        "株式会社高橋商店 富岡店",
        "㈱髙橋商店　富岡店",
        "高橋商店(株)富岡店",
        "（株）髙𣘺商店富岡店",
        "高橋商店株式会社富岡店",
    ],
)
def test_legal_forms_widths_and_old_kanji_make_no_difference(written: str) -> None:
    assert normal_name(written) == "高橋商店富岡店"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("セブン‐イレブン", "ｾﾌﾞﾝ ｲﾚﾌﾞﾝ"),
        ("コーヒー館", "コ-ヒ-舘"),
        ("霞ヶ関カフェ", "霞が関ｶﾌｪ"),
        ("つつじヶ丘薬局", "つつじが丘薬局"),
        ("斎藤書店", "齋藤書店"),
        ("さくら食堂", "サクラ食堂"),
        ("第二駐車場", "第２駐車場"),
        ("ヴィラ青空", "ビラ青空"),
        ("有限会社やまだ", "(有)ヤマダ"),
        ("葛󠄀城屋", "葛城屋"),
    ],
)
def test_names_written_in_two_ways_are_one(one: str, other: str) -> None:
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("山田酒店", "山田書店"), ("第1売店", "第2売店"), ("佐藤食堂", "加藤食堂"), ("高橋", "高梁")]
)
def test_names_of_two_shops_stay_two(one: str, other: str) -> None:
    assert normal_name(one) != normal_name(other)


def test_a_name_that_is_only_a_legal_form_is_kept() -> None:
    assert normal_name("株式会社") == "株式会社"


def test_a_branch_is_told_from_a_trade() -> None:
    """〇〇 and 〇〇富岡店 are one shop; beside 道の駅 the 売店 is another, and 山田 may be 山田酒店 or not."""
    assert [names_a_branch(rest) for rest in ("富岡店", "本店", "久米店", "高崎営業所")] == [True] * 4
    assert [names_a_branch(rest) for rest in ("売店", "酒店", "駅前売店", "食堂", "別館", "")] == [False] * 6


@pytest.mark.parametrize(
    "written", ["ﾀｶﾊｼｼｮｳﾃﾝ", "たかはし しょうてん", "カブシキガイシャ タカハシショウテン", "カ）タカハシシヨウテン"]
)
def test_readings_are_katakana_of_one_size(written: str) -> None:
    assert normal_kana(written) == "タカハシシヨウテン"


@pytest.mark.parametrize(
    "written",
    [
        "0274-62-1151",
        "０２７４（６２）１１５１",
        "+81 274-62-1151",
        "+81(0)274621151",
        "0081274621151",
        "274621151",
        "010-81-274-62-1151",
    ],
)
def test_a_phone_is_its_digits_from_the_leading_zero(written: str) -> None:
    assert normal_phone(written) == "0274621151"


@pytest.mark.parametrize("written", ["なし", "0000000000", "110", "0274-62-11", "123456789012345"])
def test_what_is_no_phone_is_none(written: str) -> None:
    assert normal_phone(written) == ""


def test_an_extension_is_not_part_of_a_phone() -> None:
    assert normal_phone("0274-62-1151 内線 234") == "0274621151"


def test_postal_codes_and_corporate_numbers_are_their_digits() -> None:
    assert [normal_postal_code(text) for text in ("〒370-2316", "３７０２３１６", "370", "0000000")] == [
        "3702316",
        "3702316",
        "",
        "",
    ]
    assert normal_postal_code("600000") == "0600000"
    numbers = [normal_corporate_number(text) for text in ("T1234567890123", "１２３４５６７８９０１２３", "123")]
    assert numbers == ["1234567890123", "1234567890123", ""]
