"""Post offices, convenience stores and towns' counters by municipality (H-05b)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from madoguchi.opendata.figure_coverage import DATASETS, column_of, make_coverage
from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.places import publish_all
from tests.opendata.figure_world import row_of

pytestmark = pytest.mark.django_db
COUNTS = ("post_offices", "convenience_stores", "town_counters", "post_office_alone")
YASUOKA, TOMIOKA, NAGANO = "20414", "10210", "20"


def counted(table: pa.Table, code: str) -> tuple[int, ...]:
    row = row_of(table, code=code)
    return tuple(row[name] for name in COUNTS)


@pytest.mark.parametrize(
    ("kind", "trade", "column"),
    [
        ("post_office", "9402", "post_offices"),
        ("post_office", "5499", "post_offices"),
        ("division", "9399", "town_counters"),
        ("facility", "7991", "town_counters"),
        ("shop", "5499", "convenience_stores"),
        ("shop", "5411", ""),
        ("vehicle", "5499", ""),
    ],
)
def test_a_place_is_counted_by_what_it_is(kind: str, trade: str, column: str) -> None:
    assert column_of(kind, trade) == column


def test_a_post_office_is_alone_where_there_is_no_convenience_store(shop: Any) -> None:
    publish_all()
    before = make_coverage()
    offices = PublishedPlace.objects.filter(kind="post_office", municipality_code=YASUOKA).count()
    assert offices > 0
    assert counted(before, YASUOKA)[0] == offices
    assert (counted(before, YASUOKA)[3], counted(before, NAGANO)[3], counted(before, "00")[3]) == (1, 1, 1)

    shop("コンビニ泰阜店", municipality=YASUOKA, trade="5499")
    publish_all()

    after = make_coverage()
    assert counted(after, YASUOKA) == (offices, 1, counted(before, YASUOKA)[2], 0)
    assert (counted(after, NAGANO)[3], counted(after, "00")[3]) == (0, 0)


def test_towns_add_up_to_prefectures_and_these_to_japan(shop: Any) -> None:
    shop("コンビニ富岡店", trade="5499")
    shop("コンビニ前橋店", municipality="10201", trade="5499")
    publish_all()
    rows = make_coverage().to_pylist()

    assert len(rows) == 1 + 47 + 1_741
    for name in COUNTS:
        nation = next(row[name] for row in rows if row["level"] == "nation")
        assert nation == sum(row[name] for row in rows if row["level"] == "prefecture")
        assert nation == sum(row[name] for row in rows if row["level"] == "municipality")
    assert counted(make_coverage(), "10")[1] == 2
    assert counted(make_coverage(), TOMIOKA)[1] == 1


def test_only_fixed_places_on_the_map_are_counted(shop: Any) -> None:
    shop("載せないコンビニ", trade="5499", consent=False)
    shop("移動コンビニ", trade="5499", place_class="mobile")
    publish_all()

    assert counted(make_coverage(), "00")[1] == 0


def test_the_dataset_has_exactly_its_columns(shop: Any) -> None:
    assert make_coverage().schema == DATASETS[0].schema
