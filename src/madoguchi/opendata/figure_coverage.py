"""Where residents find a counter: post offices, convenience stores and towns' counters by municipality (H-05b).

Of published places alone, which everybody can count on the map: nothing is withheld.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
from django.db.models import Count

from madoguchi.opendata.datasets import Column, Dataset
from madoguchi.opendata.figure_columns import CODE, NATION, NATION_NAMES, PREFECTURE
from madoguchi.opendata.models import PublishedPlace
from madoguchi.registry.models import Municipality

# ISO 18245: convenience stores are among "miscellaneous food stores".
CONVENIENCE_STORE = "5499"
COUNTS = ("post_offices", "convenience_stores", "town_counters")
ALONE = "post_office_alone"
Counts = Counter[tuple[str, str]]
PUBLISHED = "地図に載っている固定の場所だけを数えます。0は、そこに1つもないという意味ではありません。"
PUBLISHED_EN = "Fixed places on the map alone; 0 does not mean that there is none in the town."


def column_of(kind: str, trade: str) -> str:
    """In which column of COUNTS a place is counted; empty for other shops."""
    if kind == "post_office":
        return "post_offices"
    if kind in {"division", "facility"}:
        return "town_counters"
    return "convenience_stores" if kind == "shop" and trade == CONVENIENCE_STORE else ""


def make_coverage() -> pa.Table:
    """Japan, then each prefecture with its municipalities."""
    towns = list(Municipality.objects.order_by("code"))
    counts = _count([town.code for town in towns])
    rows = [_row(NATION, NATION_NAMES[0], "", counts)]
    for town in towns:
        if rows[-1]["code"][:2] != town.code[:2]:
            rows.append(_row(town.code[:2], town.prefecture, "", counts))
        rows.append(_row(town.code, town.prefecture, town.name, counts))
    return pa.Table.from_pylist(rows, schema=DATASETS[0].schema)


def _count(towns: list[str]) -> Counts:
    """Counts by (area, column); of prefectures and Japan, in `post_office_alone` the towns where that is so."""
    counts: Counts = Counter()
    found = PublishedPlace.objects.filter(place_class="fixed").values("municipality_code", "kind", "trade")
    for row in found.annotate(places=Count("pk")).order_by():
        code = row["municipality_code"]
        for area in (code, code[:2], NATION):
            counts[area, column_of(row["kind"], row["trade"])] += row["places"]
    for code in towns:
        if counts[code, "post_offices"] and not counts[code, "convenience_stores"]:
            for area in (code, code[:2], NATION):
                counts[area, ALONE] += 1
    return counts


def _row(code: str, prefecture: str, name: str, counts: Counts) -> dict[str, Any]:
    level = "municipality" if name else "nation" if code == NATION else "prefecture"
    figures = {column: counts[code, column] for column in (*COUNTS, ALONE)}
    return {"level": level, "code": code, "prefecture": prefecture, "municipality": name, **figures}


DATASETS = (
    Dataset(
        name="coverage-by-municipality",
        theme="figures",
        title="郵便局・コンビニエンスストア・自治体の窓口の数（市区町村別）",
        title_en="Post offices, convenience stores and towns' counters, by municipality",
        about="コンビニエンスストアのない市区町村で、郵便局が窓口になっているかがわかります。地図に載っている場所を数え、毎日作り直します。",
        about_en="Where a post office is a counter and no convenience store is; counted from the map, made daily.",
        columns=(
            Column(
                "level",
                "text",
                "区域の種類",
                "Level",
                "nation（全国）、prefecture（都道府県）、municipality（市区町村）",
                "nation, prefecture or municipality",
            ),
            CODE,
            PREFECTURE,
            Column("municipality", "text", "市区町村", "Municipality", "全国と都道府県の行は空欄", "Empty above it"),
            Column("post_offices", "integer", "郵便局", "Post offices", PUBLISHED, PUBLISHED_EN),
            Column(
                "convenience_stores",
                "integer",
                "コンビニエンスストア",
                "Convenience stores",
                f"業種がMCC {CONVENIENCE_STORE}の店舗。{PUBLISHED}",
                f"Shops of MCC {CONVENIENCE_STORE}. {PUBLISHED_EN}",
            ),
            Column(
                "town_counters",
                "integer",
                "自治体の窓口・施設",
                "Towns' counters",
                f"役所・役場の窓口と公共施設。{PUBLISHED}",
                f"Counters of town halls and their branches, and public facilities. {PUBLISHED_EN}",
            ),
            Column(
                ALONE,
                "integer",
                "郵便局だけの市区町村",
                "Municipalities with an office alone",
                "郵便局があり、コンビニエンスストアのない市区町村の数。市区町村の行は、あてはまるとき1、あてはまらないとき0です。",
                "With a post office and no convenience store: how many; 1 or 0 in the row of a municipality.",
            ),
        ),
        make=make_coverage,
    ),
)
