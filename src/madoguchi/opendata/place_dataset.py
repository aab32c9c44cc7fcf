"""The published places as a dataset (P-27, P-31)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from madoguchi.opendata.datasets import Column, Dataset
from madoguchi.opendata.models import PublishedPlace

ROWS_AT_ONCE = 20_000
COLUMNS = (
    Column("place_id", "text", "店舗・施設のID", "Place id"),
    Column("name", "text", "名称", "Name"),
    Column("name_en", "text", "名称（英語）", "Name in English"),
    Column("kind", "text", "種別", "Kind"),
    Column("place_class", "text", "区分", "Class"),
    Column("municipality_code", "text", "市区町村コード", "Municipality code"),
    Column("prefecture", "text", "都道府県", "Prefecture"),
    Column("municipality", "text", "市区町村", "Municipality"),
    Column("postal_code", "text", "郵便番号", "Postal code"),
    Column("address", "text", "所在地", "Address"),
    Column("phone", "text", "電話番号", "Phone"),
    Column("trade", "text", "業種（MCC）", "Trade (MCC)"),
    Column("rate_bps", "integer", "還元率（1万分の1）", "Reward rate (ten-thousandths)"),
    Column("services", "text", "決済サービス（;区切り）", "Services, by semicolons"),
    Column("hours", "text", "営業時間", "Hours"),
    Column("access", "text", "窓口の配慮（;区切り）", "Accessibility, by semicolons"),
    Column("latitude", "number", "緯度", "Latitude"),
    Column("longitude", "number", "経度", "Longitude"),
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
