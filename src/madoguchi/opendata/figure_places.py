"""Places that take cashless payments, counted by municipality, by prefecture and trade, and by service (P-42, P-43)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from madoguchi.core.clock import today
from madoguchi.engine.statistics import Relation, per_thousand, withheld
from madoguchi.opendata.datasets import Column, Dataset
from madoguchi.opendata.figure_columns import (
    CODE,
    LEVEL,
    MUNICIPALITY,
    NATION,
    NATION_NAMES,
    PER_THOUSAND,
    PREFECTURE,
    RESIDENTS,
    RESIDENTS_ON,
    TRADES,
    WITHHELD,
    each_area,
    shown,
    trade_group,
)
from madoguchi.opendata.population import Residents, residents_now
from madoguchi.registry.models import Municipality, Service
from madoguchi.registry.statistics import enrolled_places, places_by_service

ENROLLED = "データの日に、少なくとも1つの決済サービスの加盟店登録が有効な店舗・窓口。1か所を1件と数えます。"
ENROLLED_EN = "Places enrolled with at least one service on the day of the data; each place counts once."
TRADE_COLUMNS = tuple(row[0] for row in TRADES)
PLACES = Column("places", "integer", "店舗・窓口", "Places", ENROLLED, ENROLLED_EN)
Key = tuple[str, str]


@dataclass(frozen=True)
class Counted:
    """Counts by (area's code, column), and those to withhold; areas are municipalities, prefectures and `00`."""

    counts: Counter[Key]
    hidden: frozenset[Key]

    def row(self, area: str, columns: Iterable[str]) -> dict[str, Any]:
        """The counts of an area, the withheld ones empty."""
        names = list(columns)
        return shown({name: self.counts[area, name] for name in names}, [n for n in names if (area, n) in self.hidden])


def count_places() -> Counted:
    """Every count of the two tables of places, withheld as one: both tell a prefecture's total."""
    counts: Counter[Key] = Counter()
    for facts, places in enrolled_places(today()).items():
        group = trade_group(place_class=facts.place_class, operator_kind=facts.operator_kind, trade=facts.trade)
        for area in (facts.municipality, facts.municipality[:2], NATION):
            counts[area, "places"] += places
        for area in (facts.municipality[:2], NATION):
            counts[area, group] += places
    return Counted(counts, withheld(_every(counts), _relations()))


def _every(counts: Counter[Key]) -> dict[Key, int]:
    """The counts with every 0 spelt out."""
    found = {}
    for code in _towns():
        for area in {code, code[:2], NATION}:
            for column in ("places", *(TRADE_COLUMNS if len(area) == 2 else ())):
                found[area, column] = counts[area, column]
    return found


def _relations() -> list[Relation]:
    """Towns add up to prefectures and these to the country; trades to places."""
    towns: dict[str, list[str]] = {}
    for code in _towns():
        towns.setdefault(code[:2], []).append(code)
    found = [_summed(prefecture, codes, "places") for prefecture, codes in towns.items()]
    found += [_divided(prefecture, TRADE_COLUMNS) for prefecture in towns]
    found += [_summed(NATION, towns, column) for column in ("places", *TRADE_COLUMNS)]
    return [*found, _divided(NATION, TRADE_COLUMNS)]


def _summed(area: str, parts: Iterable[str], column: str) -> Relation:
    return Relation(((area, column),), tuple((part, column) for part in parts))


def _divided(area: str, columns: Iterable[str]) -> Relation:
    return Relation(((area, "places"),), tuple((area, column) for column in columns))


def make_by_municipality() -> pa.Table:
    """Japan, then each prefecture with its municipalities."""
    counted, residents = count_places(), residents_now()
    rows = [_area_row(area, counted, residents) for area in each_area()]
    return pa.Table.from_pylist(rows, schema=DATASETS[0].schema)


def _area_row(area: dict[str, str], counted: Counted, residents: Residents) -> dict[str, Any]:
    row = counted.row(area["code"], ("places",))
    return area | row | _rate(area["code"], row["places"], residents)


def _rate(code: str, places: int | None, residents: Residents) -> dict[str, Any]:
    living, on = residents.get(code, (None, None))
    return {"residents": living, "residents_on": on, "per_1000": per_thousand(places, living)}


def make_by_trade() -> pa.Table:
    """Japan, then each prefecture."""
    counted, residents = count_places(), residents_now()
    rows = []
    for code, name in _prefectures().items():
        row = counted.row(code, ("places", *TRADE_COLUMNS))
        rows.append({"code": code, "prefecture": name, **row, **_rate(code, row["places"], residents)})
    return pa.Table.from_pylist(rows, schema=DATASETS[1].schema)


def make_by_service() -> pa.Table:
    """For each service that any place takes Japan, then each prefecture."""
    found = places_by_service(today())
    names = dict(Service.objects.order_by("code").values_list("code", "name"))
    services = sorted({service for _, service in found})
    areas = _prefectures()
    counts = {(area, one): found.get((area, one), 0) for one in services for area in areas if area != NATION}
    parts = [area for area in areas if area != NATION]
    for one in services:
        counts[NATION, one] = sum(counts[area, one] for area in parts)
    hidden = withheld(counts, [_summed(NATION, parts, one) for one in services])
    rows: list[dict[str, Hashable]] = []
    for one in services:
        for area, name in areas.items():
            row = shown({"places": counts[area, one]}, ["places"] if (area, one) in hidden else [])
            rows.append({"code": area, "prefecture": name, "service": one, "service_name": names[one], **row})
    return pa.Table.from_pylist(rows, schema=DATASETS[2].schema)


def _towns() -> list[str]:
    return list(Municipality.objects.order_by("code").values_list("code", flat=True))


def _prefectures() -> dict[str, str]:
    """Names by two digits, Japan first."""
    rows = Municipality.objects.order_by("code").values_list("code", "prefecture")
    return {NATION: NATION_NAMES[0]} | {code[:2]: name for code, name in rows}


SERVICE = Column("service", "text", "決済サービスのコード", "Service code")
SERVICE_NAME = Column("service_name", "text", "決済サービス", "Service")
RATES = (RESIDENTS, RESIDENTS_ON, PER_THOUSAND, WITHHELD)
DATASETS = (
    Dataset(
        name="places-by-municipality",
        theme="figures",
        title="キャッシュレス決済が使える店舗・窓口の数（市区町村別）",
        title_en="Places that take cashless payments, by municipality",
        about="加盟店登録が有効な店舗・窓口を、全国、都道府県、市区町村ごとに数えたものです。毎日作り直します。",
        about_en="Places enrolled with a payment service, for Japan, each prefecture and municipality; made daily.",
        columns=(
            LEVEL,
            CODE,
            PREFECTURE,
            MUNICIPALITY,
            PLACES,
            *RATES,
        ),
        make=make_by_municipality,
    ),
    Dataset(
        name="places-by-prefecture-trade",
        theme="figures",
        title="キャッシュレス決済が使える店舗・窓口の数（都道府県別・業種別）",
        title_en="Places that take cashless payments, by prefecture and trade",
        about="2019年の通知の別添2と同じ区分に、公共の窓口・施設を加えたものです。毎日作り直します。",
        about_en="By the trades of annex 2 of the notice of 2019, and public counters; made daily.",
        columns=(
            CODE,
            PREFECTURE,
            PLACES,
            *(Column(name, "integer", label, en, about, about_en) for name, label, en, about, about_en in TRADES),
            *RATES,
        ),
        make=make_by_trade,
    ),
    Dataset(
        name="places-by-service",
        theme="figures",
        title="決済サービスごとの店舗・窓口の数（都道府県別）",
        title_en="Places by payment service and prefecture",
        about="それぞれの決済サービスが使える店舗・窓口の数です。1か所で複数のサービスが使えるため、合計はできません。",
        about_en="Places that take each service. A place may take several, so services do not add up to places.",
        columns=(
            CODE,
            PREFECTURE,
            SERVICE,
            SERVICE_NAME,
            Column(
                "places",
                "integer",
                "店舗・窓口",
                "Places",
                "データの日に、そのサービスの加盟店登録が有効な店舗・窓口。1か所を1件と数えます。",
                "Places enrolled with the service on the day of the data; each place counts once.",
            ),
            WITHHELD,
        ),
        make=make_by_service,
    ),
)
