"""The published places as a dataset (P-27, P-31)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from madoguchi.opendata.datasets import Column, Dataset
from madoguchi.opendata.models import PublishedPlace

ROWS_AT_ONCE = 20_000
COLUMNS = (
    Column(
        "place_id",
        "text",
        "店舗・施設のID",
        "Place id",
        "同じ場所は同じIDのままです。重複が見つかった場所のIDは、残った場所のページへ案内されます。",
        "Stays the same for one place; the id of a double leads to the place that stands for it.",
    ),
    Column("name", "text", "名称", "Name"),
    Column("name_en", "text", "名称（英語）", "Name in English"),
    Column(
        "kind",
        "text",
        "種別",
        "Kind",
        "division（役所・役場の窓口）、facility（公共施設）、shop（店舗）、post_office（郵便局）、vehicle（車両）",
        "division (counter of a town hall), facility, shop, post_office, vehicle",
    ),
    Column(
        "place_class",
        "text",
        "区分",
        "Class",
        "fixed（固定）、mobile（移動）、ec（通販）、other（その他）。固定の場所だけが地図に載ります。",
        "fixed, mobile, ec (online), other. Only fixed places are on the map.",
    ),
    Column(
        "municipality_code",
        "text",
        "市区町村コード",
        "Municipality code",
        "5桁（JIS X 0402）。ゼロで始まるものがあります。",
        "Five digits (JIS X 0402); some begin with zero.",
    ),
    Column("prefecture", "text", "都道府県", "Prefecture"),
    Column("municipality", "text", "市区町村", "Municipality"),
    Column("postal_code", "text", "郵便番号", "Postal code"),
    Column("address", "text", "所在地", "Address"),
    Column("phone", "text", "電話番号", "Phone"),
    Column(
        "trade",
        "text",
        "業種（MCC）",
        "Trade (MCC)",
        "加盟店分類コード（ISO 18245）",
        "Merchant category code (ISO 18245)",
    ),
    Column(
        "rate_bps",
        "integer",
        "還元率（1万分の1）",
        "Reward rate (ten-thousandths)",
        "500は5%です。還元の対象でない場所は空欄です。",
        "500 is 5 per cent; empty where no rewards are earned.",
    ),
    Column(
        "services",
        "text",
        "決済サービス（;区切り）",
        "Services, by semicolons",
        "公開した日以後に使えるサービスのコードです。",
        "Codes of the services taken then or later.",
    ),
    Column("hours", "text", "営業時間", "Hours"),
    Column(
        "access",
        "text",
        "窓口の配慮（;区切り）",
        "Accessibility, by semicolons",
        "運営者が記入したものです。空欄は「なし」ではなく「記載なし」です。",
        "As told by whoever runs the place; empty means not told.",
    ),
    Column("latitude", "number", "緯度", "Latitude", "世界測地系（WGS 84）の度", "Degrees, WGS 84"),
    Column("longitude", "number", "経度", "Longitude", "世界測地系（WGS 84）の度", "Degrees, WGS 84"),
    Column("is_demo", "text", "デモ（yes はお試し用の例）", "Demo (yes for examples)"),
)


def make_places() -> pa.Table:
    """Every published place; only fixed places have a position (P-28)."""
    schema = DATASETS[0].schema
    batches, rows = [], []
    for place in PublishedPlace.objects.order_by("order_key").iterator(chunk_size=ROWS_AT_ONCE):
        rows.append(_facts(place))
        if len(rows) == ROWS_AT_ONCE:
            batches.append(pa.RecordBatch.from_pylist(rows, schema=schema))
            rows = []
    batches.append(pa.RecordBatch.from_pylist(rows, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def _facts(place: PublishedPlace) -> dict[str, Any]:
    facts = {column.name: getattr(place, column.name) for column in COLUMNS}
    facts["place_id"] = str(place.place_id)
    facts["services"] = ";".join(row["service"] for row in place.services)
    facts["access"] = ";".join(place.access)
    facts["is_demo"] = "yes" if place.is_demo else "no"
    if place.place_class != "fixed":
        facts["latitude"] = facts["longitude"] = None
    return facts


DATASETS = (
    Dataset(
        name="places",
        theme="places",
        title="キャッシュレス決済が使える店舗・窓口",
        title_en="Shops and counters that take cashless payments",
        about="掲載に同意した店舗と、公共の窓口の一覧です。決済サービス、還元率、位置を含みます。",
        about_en="Shops that agreed to be shown, and public counters, with services, reward rate and position.",
        columns=COLUMNS,
        make=make_places,
    ),
)
