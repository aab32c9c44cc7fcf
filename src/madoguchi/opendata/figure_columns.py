"""Columns that several datasets of figures share, and the words for what stands behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from madoguchi.engine.statistics import LEAST
from madoguchi.opendata.datasets import Column
from madoguchi.registry.models import Municipality

NATION = "00"
NATION_NAMES = ("全国", "Japan")
WITHHELD_RULE = (
    f"1件以上{LEAST}件未満の数と、合計との差し引きでその数がわかる数は公表しません（空欄）。0件は0と書きます。"
)
WITHHELD_RULE_EN = (
    f"Counts from 1 to {LEAST - 1}, and those from which they could be worked out, are withheld (empty). "
    "None is written as 0."
)
CODE = Column(
    "code",
    "text",
    "コード",
    "Code",
    "市区町村は5桁（JIS X 0402）、都道府県は2桁、全国は00です。文字列として扱います。",
    "Five digits for a municipality (JIS X 0402), two for a prefecture, 00 for Japan; text, not a number.",
)
LEVEL = Column(
    "level",
    "text",
    "区域の種類",
    "Level",
    "nation（全国）、prefecture（都道府県）、municipality（市区町村）",
    "nation, prefecture or municipality",
)
MUNICIPALITY = Column("municipality", "text", "市区町村", "Municipality", "全国と都道府県の行は空欄", "Empty above it")
PREFECTURE = Column("prefecture", "text", "都道府県", "Prefecture", "全国の行は「全国」", "全国 in the rows of Japan")
WITHHELD = Column(
    "withheld",
    "text",
    "秘匿した列",
    "Columns withheld",
    f"公表しない数の列名（;区切り）。その列は空欄です。{WITHHELD_RULE}",
    f"Names of the columns that are withheld in this row, by semicolons; they are empty. {WITHHELD_RULE_EN}",
)
RESIDENTS = Column(
    "residents",
    "integer",
    "人口",
    "Residents",
    "取り込んだ人口表の最新の人口。都道府県と全国は、すべての市区町村の人口があるときだけ合計します。",
    "From the latest population table given; a prefecture or Japan only where all its municipalities are in it.",
)
RESIDENTS_ON = Column(
    "residents_on", "date", "人口の基準日", "Date of residents", "合計の行は、最も新しい日", "Of a sum the latest"
)
PER_THOUSAND = Column(
    "per_1000",
    "number",
    "人口1,000人当たり",
    "Per 1,000 residents",
    "店舗・窓口の数 ÷ 人口 × 1,000（小数第2位まで）",
    "Places divided by residents, times 1,000, to two places",
)
# (column, label, English label, meaning, English meaning): how places are divided in the tables of P-43.
TRADES = (
    ("retail", "小売業", "Retail", "固定の店舗（MCC 5000番台、飲食を除く）", "Fixed; MCC 5000 to 5999 but restaurants"),
    ("restaurants", "飲食業", "Restaurants", "固定の店舗（MCC 5811〜5814）", "Fixed; MCC 5811 to 5814"),
    ("other_services", "その他サービス業", "Other services", "固定の店舗で、ほかの業種", "Fixed; every other trade"),
    ("mobile", "移動販売", "Mobile sales", "タクシー、屋台など", "Taxis, stalls and the like"),
    ("mail_order", "通信販売・EC", "Mail order and online", "店舗区分がEC・通信販売", "Places that sell at a distance"),
    ("public", "公共の窓口・施設", "Public counters", "自治体と郵便局などの窓口", "Of municipalities and post offices"),
)
PUBLIC_OPERATORS = ("municipality", "post_office_operator")
RESTAURANTS = range(5811, 5815)
RETAIL = range(5000, 6000)
PUBLIC_TRADES = range(9211, 9400)


def trade_group(*, place_class: str, operator_kind: str, trade: str) -> str:
    """To which column of TRADES a place belongs: public first, then how it sells, then its MCC (P-43)."""
    code = int(trade) if trade.isdecimal() else 0
    if operator_kind in PUBLIC_OPERATORS or code in PUBLIC_TRADES:
        return "public"
    if place_class == "mobile":
        return "mobile"
    if place_class == "ec":
        return "mail_order"
    if code in RESTAURANTS:
        return "restaurants"
    return "retail" if code in RETAIL else "other_services"


def each_area() -> Iterator[dict[str, str]]:
    """Level, code and names of Japan, then of each prefecture and its municipalities, in the order of the codes."""
    yield {"level": "nation", "code": NATION, "prefecture": NATION_NAMES[0], "municipality": ""}
    before = NATION
    for code, prefecture, name in Municipality.objects.order_by("code").values_list("code", "prefecture", "name"):
        if before[:2] != code[:2]:
            yield {"level": "prefecture", "code": code[:2], "prefecture": prefecture, "municipality": ""}
        yield {"level": "municipality", "code": code, "prefecture": prefecture, "municipality": name}
        before = code


def shown(counts: Mapping[str, int], hidden: Iterable[str]) -> dict[str, int | str | None]:
    """A row's counts by column, the hidden ones empty and named in `withheld`."""
    gone = set(hidden)
    row: dict[str, int | str | None] = {name: None if name in gone else count for name, count in counts.items()}
    row["withheld"] = ";".join(name for name in counts if name in gone)
    return row
