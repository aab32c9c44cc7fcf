"""A Japanese address taken apart: prefecture, municipality, ward, town, 丁目-番地-号 and building (P-29)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from madoguchi.engine.linkage.characters import NUMERALS, fold, joined_kana, katakana, number_of, settled
from madoguchi.engine.linkage.municipalities import PREFECTURES, known_municipalities, municipality_of_code

_DASH = "[-‐‑‒–—―−─━ー~〜]"
_FIGURE = f"[0-9{NUMERALS}]"
_DASH_BETWEEN = re.compile(rf"(?<={_FIGURE})\s*(?:{_DASH}|[のノ之])\s*(?={_FIGURE})")
# 一丁目, 二十三番地, 三-五; not the 三 of 三条 nor the 一 of 一番町.
_UNIT = r"丁目|番地|番(?![町館街丁組])|号(?!線)|条"
_NUMERAL = re.compile(
    rf"[{NUMERALS}]+(?=\s*(?:{_UNIT}|-)|[のノ之]{_FIGURE})|(?<=[-0-9番地目のノ之])[{NUMERALS}]+(?=号|[^\w]|$)"
)
# Figures that are part of a town's name (北1条, 4線) or of a building (2F, 201号室, 3階), not of the house's number.
_NOT_A_NUMBER = (
    r"(?!\s*(?:条|線|区|丁(?!目)|地割|町|番町|番丁|番街|階|F(?![A-Z])|号室|号棟|号館|番館|棟|室|号店|年|号線))"
)
_LINK = r"\s*(?:丁目|番地の?|番の?|号の?|-|の)\s*-?\s*"
_NUMBERS = re.compile(
    rf"[0-9]++{_NOT_A_NUMBER}(?:{_LINK}[0-9]++{_NOT_A_NUMBER})*+(?:\s*(?:丁目|番地先?|番|号)(?![町館街丁組室棟店線]))?"
)
_BEGINS_WITH_NUMBER = re.compile(rf"\s*(?:[0-9]|[{NUMERALS}]+(?:丁目|番地|番(?!町)|号))")
_FIGURES = re.compile("[0-9]+")
_POSTAL_CODE = re.compile(r"^(?:〒\s*[0-9]{3}-?[0-9]{4}|[0-9]{3}-[0-9]{4}(?=\s))\s*")
_OAZA = re.compile("大字|(?<![文十習活数])字")
_NOT_COUNTED = re.compile(r"[\W_ー]+")
_COUNTY = re.compile(r"^[^0-9\s]{1,4}?郡(?=[^0-9\s]{1,6}[町村])")
_CITY_AND_WARD = re.compile("^([^0-9]{1,4}市)([^0-9]{1,4}区)$")
# Cities that have wards (政令指定都市); elsewhere a name in 区 is the municipality itself, or a town's.
_WITH_WARDS = """
札幌市 仙台市 サイタマ市 千葉市 横浜市 川崎市 相模原市 新潟市 静岡市 浜松市 名古屋市 京都市 大阪市 堺市 神戸市
岡山市 広島市 北九州市 福岡市 熊本市
"""
_CITIES_WITH_WARDS = frozenset(_WITH_WARDS.split())
_WARD = re.compile("^[^0-9区]{1,3}区")
LONGEST_MUNICIPALITY = 8
# 郡 and municipality, and enough after it to see whether a number follows.
LONGEST_BEGINNING = 20


class Spot(NamedTuple):
    """Where something is, as far as its address says; "" for what it does not say.

    `numbers` are the figures of 丁目, 番地 and 号 joined by hyphens: 1-2-3.
    """

    prefecture: str
    municipality: str
    ward: str
    town: str
    numbers: str
    building: str


def normal_address(text: str | None) -> str:
    """An address in one way of writing: 群馬県富岡市富岡1-2-3 富岡ビル2F. Idempotent (P-29).

    大字, 字 and 郡 are left out, kanji numerals of the house become figures, hiragana katakana.
    """
    return settled(lambda address: _written(spot_of(None, None, address)), fold(text))


def _written(spot: Spot) -> str:
    place = f"{spot.prefecture}{spot.municipality}{spot.ward}{spot.town}{spot.numbers}"
    return f"{place} {spot.building}".strip()


def spot_of(prefecture: str | None, municipality: str | None, address: str | None) -> Spot:
    """Take an address apart, with the columns for prefecture and municipality where they are filled.

    Either may be a name or a code (JIS X 0401, X 0402), and the address may repeat both or hold them alone.
    """
    region, city, ward = _columns(prefecture, municipality)
    rest = _POSTAL_CODE.sub("", fold(address))
    found, rest = _prefecture_before(rest)
    region = region or found
    rest = rest.lstrip()
    rest, city = _without_municipality(rest, city, region)
    if city in _CITIES_WITH_WARDS and (named := _WARD.match(rest)):
        ward = ward or named.group()
        rest = rest.removeprefix(named.group())
    town, numbers, building = _town_and_numbers(rest)
    return Spot(region, city, ward, town, numbers, building)


@lru_cache(maxsize=10_000)
def _columns(given_prefecture: str | None, given_municipality: str | None) -> tuple[str, str, str]:
    prefecture, municipality = fold(given_prefecture), fold(given_municipality)
    if municipality.isdecimal():
        prefecture, municipality = municipality_of_code(municipality) or (prefecture, "")
    region = _prefecture_named(prefecture)
    found, municipality = _prefecture_before(municipality)
    region = region or found
    municipality = _plain(municipality)
    municipality = _COUNTY.sub("", municipality)
    if parts := _CITY_AND_WARD.match(municipality):
        return region, parts.group(1), parts.group(2)
    return region, municipality, ""


def _prefecture_named(text: str) -> str:
    """群馬県 for 群馬県, 群馬 and 10; the text itself if it is none of the 47."""
    if text.isdecimal() and 1 <= int(text) <= len(PREFECTURES):
        return PREFECTURES[int(text) - 1]
    return next((name for name in PREFECTURES if text in (name, name[:-1])), text)


def _prefecture_before(text: str) -> tuple[str, str]:
    # 京都市 alone begins like a prefecture without being one, so the whole name is asked for.
    for length in (3, 4):
        if text[:length] in _PREFECTURES and len(text) > length:
            return text[:length], text[length:]
    return "", text


_PREFECTURES = frozenset(PREFECTURES)


def _plain(text: str) -> str:
    return katakana(_NOT_COUNTED.sub("", joined_kana(text)))


def _without_municipality(address: str, city: str, prefecture: str) -> tuple[str, str]:
    """The address after its municipality, and the municipality: `city` if that is known, else the one found there."""
    head = katakana(joined_kana(address[:LONGEST_BEGINNING]))
    without_county = _COUNTY.sub("", head, count=1)
    for begun in (head, without_county):
        length = _length_of_municipality(begun, city, prefecture, is_after_county=len(begun) < len(head))
        if length:
            return address[len(head) - len(begun) + length :].lstrip(), begun[:length]
    return address, city


def _length_of_municipality(text: str, city: str, prefecture: str, *, is_after_county: bool) -> int:
    if city:
        return len(city) if text.startswith(city) and len(text) > len(city) else 0
    known = known_municipalities()
    for length in range(min(LONGEST_MUNICIPALITY, len(text) - 1), 1, -1):
        # 府中町1-2 is a town of that name in some city, not the municipality: an address has more before its numbers.
        if (where := known.get(text[:length])) and not _BEGINS_WITH_NUMBER.match(text[length:]):
            # Many a town within a city has the name of a 町 or 村 elsewhere.
            is_sure = prefecture in where or (not prefecture and (is_after_county or text[length - 1] in "市区"))
            return length if is_sure else 0
    return 0


def _town_and_numbers(text: str) -> tuple[str, str, str]:
    text = _DASH_BETWEEN.sub("-", text)
    text = _NUMERAL.sub(lambda found: number_of(found.group()), text)
    text = _DASH_BETWEEN.sub("-", text)
    found = _NUMBERS.search(text)
    if found is None:
        town, numbers, building = text, "", ""
    else:
        town, building = text[: found.start()], text[found.end() :]
        numbers = "-".join(str(int(figure)) for figure in _FIGURES.findall(found.group()))
    town = _plain(_OAZA.sub("", town))
    return town, numbers, katakana(building).strip(" ,、-・")
