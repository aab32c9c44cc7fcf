"""A nation's published places for benchmarks: spread as people are, the same for the same seed (P-27, P-31)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import cos, pi, radians, sqrt
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

import madoguchi.registry
from madoguchi.engine.rewards.services import read_services, services_of_2019
from madoguchi.opendata.cells import cell_of, order_key_of
from madoguchi.opendata.search_words import search_text_of, words_for

SEED = 20191001
REGISTRY_DATA = Path(madoguchi.registry.__file__).parent / "data"
ROWS_AT_ONCE = 20_000
MADE_AT = datetime(2026, 11, 27, tzinfo=UTC)
KM_OF_DEGREE = 111.2


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Shops per square kilometre where a town is densest: as in the middle of a big city. Stations' surroundings add to it.
DENSEST_PER_KM2 = 1100
SHARE_AT_STATIONS = 0.2
STATION_KM = 0.2
PLACES_PER_STATION = 400

# Thousands of residents (census of 2020, rounded), latitude and longitude of the prefecture's office.
PREFECTURES = """
01 5225 43.064 141.347|02 1238 40.824 140.740|03 1211 39.704 141.153|04 2302 38.269 140.872|05 960 39.719 140.102
06 1068 38.240 140.363|07 1833 37.750 140.468|08 2867 36.342 140.447|09 1933 36.566 139.884|10 1939 36.391 139.060
11 7345 35.857 139.649|12 6284 35.605 140.123|13 14048 35.690 139.692|14 9237 35.448 139.643|15 2201 37.902 139.023
16 1035 36.695 137.211|17 1133 36.595 136.626|18 767 36.065 136.222|19 810 35.664 138.568|20 2048 36.651 138.181
21 1979 35.391 136.722|22 3633 34.977 138.383|23 7542 35.180 136.907|24 1770 34.730 136.509|25 1414 35.004 135.869
26 2578 35.021 135.756|27 8838 34.686 135.520|28 5465 34.691 135.183|29 1324 34.685 135.833|30 923 34.226 135.168
31 553 35.504 134.238|32 671 35.472 133.051|33 1888 34.662 133.935|34 2800 34.397 132.460|35 1342 34.186 131.471
36 720 34.066 134.559|37 950 34.340 134.043|38 1335 33.842 132.766|39 692 33.560 133.531|40 5135 33.607 130.418
41 811 33.249 130.299|42 1312 32.745 129.874|43 1738 32.790 130.742|44 1124 33.238 131.613|45 1070 31.911 131.424
46 1588 31.560 130.558|47 1467 26.212 127.681
"""
FIRST_NAMES = _words_of(
    """さくら みどり 中央 駅前 大和 富士 朝日 日の出 ひまわり まるや
    山田 佐藤 鈴木 田中 高橋 渡辺 伊藤 中村 小林 加藤"""
)
TRADES = _words_of(
    """食堂/Shokudo/5812 喫茶店/Coffee/5814 書店/Books/5942 薬局/Pharmacy/5912 酒店/Sake/5921 青果店/Greengrocer/5411
    鮮魚店/Fishmonger/5422 精肉店/Butcher/5422 ベーカリー/Bakery/5462 理容室/Barber/7230 電器店/Electronics/5732
    自転車店/Bicycles/5940 花店/Florist/5992 文具店/Stationery/5943 旅館/Ryokan/7011 ガソリンスタンド/Fuel/5541
    コンビニエンスストア/Convenience/5499 呉服店/Kimono/5691 眼鏡店/Optician/8043 タクシー/Taxi/4121"""
)
BRANCHES = _words_of("""本店 支店 駅前店 中央店 東店 西店 南店 北店 本町店 新町店 栄店 緑店""")
STREETS = _words_of("""本町 中央 栄町 新町 東町 西町 南町 北町 緑町 旭町 大手町 桜町 元町 幸町 港町 寿町 若葉 泉町""")


@dataclass(frozen=True)
class Town:
    """A municipality, how many places it should have, and where its middle lies."""

    code: str
    name: str
    name_en: str
    prefecture: str
    prefecture_en: str
    share: float
    latitude: float
    longitude: float


def _share_in_prefecture(code: str, first: str, random: np.random.Generator) -> float:
    size = 12.0 if code.endswith(("100", "130", "140", "150")) else 6.0 if code == first else 1.5
    if code[2] == "1" and code[:2] == "13":
        size = 4.0
    elif int(code[2:]) >= 300:
        size = 0.2
    return size * float(random.lognormal(0, 0.5))


@lru_cache(maxsize=1)
def towns() -> tuple[Town, ...]:
    """The 1,741 municipalities with shares that sum to 1. Middles are made up around the prefecture's office."""
    with (REGISTRY_DATA / "prefectures.csv").open(encoding="utf-8") as file:
        english = {row["code"]: row["name_en"] for row in csv.DictReader(file)}
    with (REGISTRY_DATA / "municipalities.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    random = np.random.default_rng(SEED)
    found: list[Town] = []
    middles = [entry.split() for line in PREFECTURES.strip().splitlines() for entry in line.split("|")]
    nation = sum(float(residents) for _, residents, _, _ in middles)
    for prefecture, residents, latitude, longitude in middles:
        here = [row for row in rows if row["code"][:2] == prefecture]
        first = min(row["code"] for row in here)
        sizes = [_share_in_prefecture(row["code"], first, random) for row in here]
        for row, size in zip(here, sizes, strict=True):
            is_ward = prefecture == "13" and row["code"][2] == "1"
            reach = 0.09 if is_ward else 1.0 if prefecture == "01" else 0.35
            turn, far = random.uniform(0, 2 * pi), sqrt(random.uniform()) * reach * (row["code"] != first)
            share = size / sum(sizes) * float(residents) / nation
            middle = float(latitude) + far * np.sin(turn), float(longitude) + far * np.cos(turn)
            names = row["name"], row["name_en"], row["prefecture"], english[prefecture]
            found.append(Town(row["code"], *names, share, *map(float, middle)))
    return tuple(found)


def rows(count: int, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """`count` places as keyword arguments of PublishedPlace; a twentieth of them have no fixed place."""
    shares = np.array([town.share for town in towns()])
    for start in range(0, count, ROWS_AT_ONCE):
        yield from _some_rows(start, min(ROWS_AT_ONCE, count - start), count, shares / shares.sum(), seed)


def _some_rows(start: int, size: int, count: int, shares: Any, seed: int) -> Iterator[dict[str, Any]]:
    random = np.random.default_rng((seed, start))
    chosen = random.choice(len(shares), size, p=shares)
    latitudes, longitudes = _positions(chosen, count, random)
    ids = random.bytes(10 * size)
    # The popular ones first: a third take PayPay, few take the last of the 27.
    codes = sorted({one.service_id for one in read_services(services_of_2019())})
    codes.sort(key=lambda code: (code not in {"paypay", "line_pay", "au_pay"}, code))
    weights = 1 / np.arange(1, len(codes) + 1)
    taken = random.random((size, len(codes))) < np.minimum(0.6, weights)
    taken[np.arange(size), random.choice(len(codes), size, p=weights / weights.sum())] = True
    classes = random.choice(["fixed", "mobile", "ec"], size, p=[0.95, 0.02, 0.03])
    kinds = random.choice(["shop", "facility", "division", "post_office"], size, p=[0.96, 0.02, 0.01, 0.01])
    figures = random.integers(0, 1 << 30, (size, 6)).tolist()
    rates = random.choice([500, 200, 0], size, p=[0.85, 0.1, 0.05]).tolist()
    for at in range(size):
        # A version 7 id whose time is the row's number, so that ids rise as they do in the registry.
        number = (start + at) << 80 | int.from_bytes(ids[10 * at : 10 * at + 10], "big")
        place_id = UUID(int=(number & ~(0xF << 76) & ~(0x3 << 62)) | 0x7 << 76 | 0x2 << 62)
        services = [code for code, is_taken in zip(codes, taken[at].tolist(), strict=True) if is_taken]
        position = (float(latitudes[at]), float(longitudes[at])) if classes[at] == "fixed" else None
        yield _row(
            place_id,
            towns()[chosen[at]],
            kind=str(kinds[at]),
            place_class=str(classes[at]),
            rate_bps=rates[at],
            services=sorted(services),
            position=position,
            figures=figures[at],
        )


def _positions(chosen: Any, count: int, random: np.random.Generator) -> tuple[Any, Any]:
    every = towns()
    expected = np.array([town.share for town in every]) * count
    spread_km = np.maximum(0.8, np.sqrt(expected / (2 * pi * DENSEST_PER_KM2)))[chosen]
    east, north = random.normal(0, 1, (2, len(chosen))) * spread_km
    # Stations of a town lie at places that only its number decides.
    station = random.integers(0, np.maximum(1, expected[chosen] / PLACES_PER_STATION).astype(int) + 1)
    turn, far = station * 2.399963, np.sqrt(station) * 0.7
    at_station = random.random(len(chosen)) < SHARE_AT_STATIONS
    around = random.normal(0, STATION_KM, (2, len(chosen)))
    east = np.where(at_station, far * np.cos(turn) + around[0], east)
    north = np.where(at_station, far * np.sin(turn) + around[1], north)
    latitudes = np.array([town.latitude for town in every])[chosen] + north / KM_OF_DEGREE
    shrink = np.array([cos(radians(town.latitude)) for town in every])[chosen]
    return latitudes, np.array([town.longitude for town in every])[chosen] + east / KM_OF_DEGREE / shrink


@lru_cache(maxsize=200_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(words_for((text,), ()).split())


@lru_cache(maxsize=200_000)
def _text(text: str) -> str:
    return search_text_of((text,))


@lru_cache(maxsize=100_000)
def _offers(services: tuple[str, ...]) -> list[dict[str, str | None]]:
    return [{"service": code, "starts_on": "2019-10-01", "ends_on": None} for code in services]


def _row(
    place_id: UUID,
    town: Town,
    *,
    kind: str,
    place_class: str,
    rate_bps: int,
    services: list[str],
    position: tuple[float, float] | None,
    figures: list[int],
) -> dict[str, Any]:
    first = FIRST_NAMES[figures[0] % len(FIRST_NAMES)]
    trade, trade_en, mcc = TRADES[figures[1] % len(TRADES)].split("/")
    branch, street = BRANCHES[figures[2] % len(BRANCHES)], STREETS[figures[3] % len(STREETS)]
    number = figures[4] % 999 + 1
    block, house = figures[5] % 9 + 1, figures[5] % 37 + 1
    name = f"{first}{trade} {branch} {number}"
    name_en = f"{trade_en} {number}" if figures[4] % 3 == 0 else ""
    postal_code = f"{int(town.code) % 1000:03}{figures[5] % 10_000:04}"
    facts = [
        *(f"s:{code}" for code in services),
        f"m:{town.code}",
        f"p:{town.code[:2]}",
        f"c:{place_class}",
        f"r:{rate_bps}",
        f"z:{postal_code}",
        f"z:{postal_code[:3]}",
    ]
    # What `words_for` gives for all texts at once, from parts that repeat: no word reaches over a blank or a hyphen.
    parts = (first + trade, branch, str(number), name_en, street, str(block), str(house))
    places = (town.prefecture, town.name, town.name_en)
    words = frozenset().union(*map(_words, parts), *map(_words, places))
    return {
        "place_id": place_id,
        "order_key": order_key_of(town.code, name, place_id),
        "name": name,
        "name_en": name_en,
        "kind": kind,
        "place_class": place_class,
        "municipality_code": town.code,
        "municipality": town.name,
        "municipality_en": town.name_en,
        "prefecture": town.prefecture,
        "prefecture_en": town.prefecture_en,
        "postal_code": postal_code,
        "address": f"{street} {block}-{house}",
        "phone": f"0{figures[0] % 90 + 10}-{figures[1] % 9000 + 1000}-{figures[2] % 9000 + 1000}",
        "trade": mcc,
        "rate_bps": rate_bps or None,
        "services": _offers(tuple(services)),
        "service_codes": f";{';'.join(services)};",
        "hours": "10:00–18:00",
        "hours_en": "10:00–18:00",
        "access": ["step_free"] if figures[3] % 4 == 0 else [],
        "latitude": position[0] if position else None,
        "longitude": position[1] if position else None,
        "cell": cell_of(*position) if position else None,
        "search_text": " ".join(map(_text, (*parts, town.prefecture + town.name, town.name_en))),
        "words": f" {' '.join(sorted(words) + sorted(facts))} ",
        "is_demo": False,
        "updated_at": MADE_AT,
    }
