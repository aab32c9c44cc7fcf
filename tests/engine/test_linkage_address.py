"""Addresses taken apart (P-29)."""

from __future__ import annotations

import pytest

from madoguchi.engine.linkage import normal_address
from madoguchi.engine.linkage.address import spot_of


@pytest.mark.parametrize(
    "written",
    [
        "群馬県富岡市富岡1丁目2番3号",
        "群馬県富岡市富岡１－２－３",
        "群馬県 富岡市 富岡一丁目二番三号",
        "群馬県富岡市富岡1丁目2-3",
        "群馬県富岡市富岡1ー2−3",
        "群馬県富岡市大字富岡1丁目2番地の3",
        "〒370-2316 群馬県富岡市富岡1-2-3",
        "群馬県富岡市冨岡一ノ二ノ三",
    ],
)
def test_one_address_is_written_in_one_way(written: str) -> None:
    assert normal_address(written) == "群馬県富岡市富岡1-2-3"


@pytest.mark.parametrize(
    ("written", "town", "numbers", "building"),
    [
        ("富岡1-2-3 富岡ビル2F", "富岡", "1-2-3", "富岡ビル2F"),
        ("富岡1丁目2番3号201号室", "富岡", "1-2-3", "201号室"),
        ("富岡1-2-3-201", "富岡", "1-2-3-201", ""),
        ("富岡 イオンモール3階", "富岡イオンモル3階", "", ""),
        ("大字富岡字城町123番地", "富岡城町", "123", ""),
        ("一番町5番地", "一番町", "5", ""),
        ("北一条西二丁目3-4", "北1条西", "2-3-4", ""),
        ("上田第１地割２番３号", "上田第1地割", "2-3", ""),
        ("十文字1-2", "十文字", "1-2", ""),
        ("富岡二十三番地", "富岡", "23", ""),
        ("富岡", "富岡", "", ""),
        ("123-4", "", "123-4", ""),
    ],
)
def test_town_numbers_and_building_are_told_apart(written: str, town: str, numbers: str, building: str) -> None:
    spot = spot_of(None, None, written)
    assert (spot.town, spot.numbers, spot.building) == (town, numbers, building)


@pytest.mark.parametrize(
    ("prefecture", "municipality", "address"),
    [
        ("群馬県", "甘楽町", "小幡161-1"),
        ("群馬県", "甘楽郡甘楽町", "大字小幡161番地1"),
        ("群馬", "甘楽町", "群馬県甘楽郡甘楽町小幡１６１－１"),
        (None, None, "群馬県甘楽郡甘楽町小幡161-1"),
        ("10", "10384", "小幡161の1"),
        (None, "10384", "甘楽町小幡161-1"),
        ("", "群馬県甘楽町", " 小幡161-1　"),
    ],
)
def test_prefecture_and_municipality_come_from_columns_or_address(
    prefecture: str | None, municipality: str | None, address: str
) -> None:
    assert spot_of(prefecture, municipality, address)[:5] == ("群馬県", "甘楽町", "", "小幡", "161-1")


@pytest.mark.parametrize(
    ("municipality", "address"),
    [("札幌市中央区", "大通西1-2"), ("札幌市", "中央区大通西1-2"), (None, "北海道札幌市中央区大通西1-2")],
)
def test_a_ward_of_a_city_stands_by_itself(municipality: str | None, address: str) -> None:
    spot = spot_of("北海道", municipality, address)
    assert (spot.municipality, spot.ward, spot.town) == ("札幌市", "中央区", "大通西")


def test_a_ward_of_tokyo_is_a_municipality() -> None:
    assert spot_of("東京都", None, "東京都千代田区霞ヶ関1-2-3")[:5] == ("東京都", "千代田区", "", "霞ケ関", "1-2-3")


@pytest.mark.parametrize("address", ["府中町1-2", "朝日町三丁目5番"])
def test_a_town_is_not_taken_for_the_municipality_of_that_name(address: str) -> None:
    """府中町 is in Hiroshima, and a town in many a city."""
    assert spot_of(None, None, address).municipality == ""


def test_municipalities_with_marks_in_their_names_are_whole() -> None:
    found = [
        spot_of(None, None, f"{name}本町1").municipality
        for name in ("四日市市", "野々市市", "郡山市", "大和郡山市", "町田市")
    ]
    assert found == ["四日市市", "野々市市", "郡山市", "大和郡山市", "町田市"]
