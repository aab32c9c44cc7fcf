"""Where residents find a counter: post offices, convenience stores and towns' counters by municipality (H-05b).

Of published places alone, which everybody can count on the map: nothing is withheld.
"""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
from django.db.models import Count

from madoguchi.opendata.datasets import Column, Dataset
from madoguchi.opendata.figure_columns import CODE, LEVEL, MUNICIPALITY, NATION, PREFECTURE, each_area
from madoguchi.opendata.models import PublishedPlace

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
    areas = list(each_area())
    counts = _count([area["code"] for area in areas if area["level"] == "municipality"])
    rows = [area | {column: counts[area["code"], column] for column in (*COUNTS, ALONE)} for area in areas]
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


DATASETS = (
    Dataset(
        name="coverage-by-municipality",
        theme="figures",
        title="郵便局・コンビニエンスストア・自治体の窓口の数（市区町村別）",
        title_en="Post offices, convenience stores and towns' counters, by municipality",
        about="コンビニエンスストアのない市区町村で、郵便局が窓口になっているかがわかります。地図に載っている場所を数え、毎日作り直します。",
        about_en="Where a post office is a counter and no convenience store is; counted from the map, made daily.",
        columns=(
            LEVEL,
            CODE,
            PREFECTURE,
            MUNICIPALITY,
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
