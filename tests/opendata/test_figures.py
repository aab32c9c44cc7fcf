"""Statistics from the platform's own enrolments and payments, small counts withheld (P-42 … P-44)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from madoguchi.opendata.figure_columns import trade_group
from madoguchi.opendata.figure_months import make_enrolments, make_payments
from madoguchi.opendata.figure_places import make_by_municipality, make_by_service, make_by_trade
from madoguchi.opendata.figures import DATASETS
from madoguchi.opendata.models import Population, Snapshot
from madoguchi.opendata.snapshots import path_of, rows_of
from madoguchi.people.access import provider_actor
from madoguchi.registry.models import Enrolment, Place, StoreCode
from tests.conftest import refused
from tests.opendata.figure_world import given_back, paid, publish_figures, row_of, shops
from tests.opendata.figure_world import rows_of as rows_with

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 10), date(2026, 10, 10), date(2026, 11, 10)


@pytest.fixture(autouse=True)
def world(clock: Any, towns: Any, settings: Any, tmp_path: Path) -> None:
    """On 20 November 2026, with nothing in the registry but what a test adds."""
    settings.VAR = tmp_path
    Enrolment.objects.all().delete()


def test_places_are_counted_by_municipality_prefecture_and_country() -> None:
    """P-42: three levels that add up."""
    shops("10202", 7)
    shops("10210", 5)
    shops("13101", 9)
    table = make_by_municipality()

    assert table.num_rows == 1 + 47 + 1_741
    assert row_of(table, code="00")["places"] == 21
    assert row_of(table, code="10")["places"] == 12
    assert row_of(table, code="10202") | {"municipality": ""} == {
        "level": "municipality",
        "code": "10202",
        "prefecture": "群馬県",
        "municipality": "",
        "places": 7,
        "residents": None,
        "residents_on": None,
        "per_1000": None,
        "withheld": "",
    }
    assert row_of(table, code="47201")["places"] == 0


def test_a_small_count_is_empty_and_so_is_the_one_it_could_be_taken_from() -> None:
    """P-44: 30 − 20 − 7 would tell the 3."""
    shops("10202", 3)
    shops("10210", 7)
    shops("10201", 20)
    table = make_by_municipality()

    hidden = rows_with(table, withheld="places")
    assert {row["code"] for row in hidden} == {"10202", "10210"}
    assert {row["places"] for row in hidden} == {None}
    assert row_of(table, code="10")["places"] == 30


def test_only_places_that_take_a_service_today_count_and_each_once() -> None:
    """A shop with two services is one; closed, merged, ended and coming ones are none."""
    kept = shops("10202", 6, services=("paypay", "line_pay"))
    closed, code_closed, merged = shops("10202", 3)
    shops("10202", 1, ends_on=date(2026, 11, 19))
    shops("10202", 1, starts_on=date(2026, 11, 21))
    Place.objects.filter(id=closed.place_id).update(is_closed=True)
    StoreCode.objects.filter(id=code_closed.id).update(is_closed=True)
    Place.objects.filter(id=merged.place_id).update(merged_into=kept[0].place_id)

    assert row_of(make_by_municipality(), code="10202")["places"] == 6
    assert row_of(make_by_service(), code="10", service="paypay")["places"] == 6


def test_rates_are_per_thousand_residents_and_of_a_sum_only_if_every_town_is_known() -> None:
    shops("10202", 12)
    Population.objects.create(municipality_code="10202", as_of_on=date(2025, 1, 1), residents=90_000)
    Population.objects.create(municipality_code="10202", as_of_on=date(2026, 1, 1), residents=48_000)
    table = make_by_municipality()

    assert row_of(table, code="10202")["per_1000"] == 0.25
    assert row_of(table, code="10202")["residents_on"] == date(2026, 1, 1)
    assert row_of(table, code="10")["residents"] is None
    assert row_of(table, code="10")["per_1000"] is None


def test_a_withheld_count_has_no_rate_either() -> None:
    shops("10202", 3)
    Population.objects.create(municipality_code="10202", as_of_on=date(2026, 1, 1), residents=1_000)
    row = row_of(make_by_municipality(), code="10202")
    assert (row["places"], row["per_1000"]) == (None, None)


@pytest.mark.parametrize(
    ("place_class", "operator_kind", "trade", "group"),
    [
        ("fixed", "shop", "5411", "retail"),
        ("fixed", "shop", "5812", "restaurants"),
        ("fixed", "shop", "7230", "other_services"),
        ("fixed", "shop", "", "other_services"),
        ("mobile", "shop", "5812", "mobile"),
        ("ec", "shop", "5411", "mail_order"),
        ("fixed", "municipality", "7991", "public"),
        ("mobile", "municipality", "4111", "public"),
        ("fixed", "designated_manager", "9399", "public"),
    ],
)
def test_trades_are_those_of_the_notice_and_public_counters(
    place_class: str, operator_kind: str, trade: str, group: str
) -> None:
    """P-43: how it sells comes before what it sells."""
    assert trade_group(place_class=place_class, operator_kind=operator_kind, trade=trade) == group


def test_prefectures_by_trade() -> None:
    """P-43: 小売, 飲食, その他サービス, 移動, 通販."""
    shops("10202", 8)
    shops("10210", 6, mcc="5812")
    shops("10210", 5, place_class="ec")
    row = row_of(make_by_trade(), code="10")
    assert [row[name] for name in ("places", "retail", "restaurants", "mail_order", "mobile", "public")] == [
        19,
        8,
        6,
        5,
        0,
        0,
    ]


def test_both_tables_of_places_withhold_together() -> None:
    """A prefecture's total stands in both: what one hides the other must not tell."""
    shops("10202", 3)
    shops("13101", 40)
    shops("27100", 60)
    by_town, by_trade = make_by_municipality(), make_by_trade()
    assert row_of(by_town, code="10")["places"] is None
    assert row_of(by_trade, code="10")["places"] is None
    assert row_of(by_trade, code="10")["retail"] is None


def test_enrolments_of_whole_months_add_up_from_one_to_the_next() -> None:
    """The running month is not told: its figures change from day to day."""
    shops("10202", 20, starts_on=date(2026, 9, 3))
    shops("10202", 10, starts_on=date(2026, 9, 30), ends_on=date(2026, 10, 31))
    shops("10202", 8, starts_on=date(2026, 10, 1))
    shops("10202", 50, starts_on=date(2026, 11, 2))
    table = make_enrolments()

    told = [(row["month"], row["started"], row["ended"], row["in_force"]) for row in rows_with(table, code="10")]
    assert told == [("2026-09", 30, 0, 30), ("2026-10", 8, 10, 28)]
    assert row_of(table, month="2026-10", code="00")["in_force"] == 28


def test_payments_are_counted_with_their_yen_and_refunds_in_their_own_month() -> None:
    for code in shops("10202", 6):
        first, *_ = paid(code, 1_000, SEPTEMBER, times=3)
        given_back(first)
        paid(code, 500, NOVEMBER, times=3)
    table = make_payments()

    row = row_of(table, code="10", service="paypay")
    assert (row["month"], row["payments"], row["amount_yen"]) == ("2026-09", 18, 18_000)
    assert (row["refunds"], row["refund_yen"], row["withheld"]) == (6, 6_000, "")
    assert row_of(table, code="00", service="all")["amount_yen"] == 18_000


def test_a_refund_that_is_only_asked_for_does_not_count() -> None:
    for code in shops("10202", 6):
        given_back(*paid(code, 1_000, SEPTEMBER), state="requested")
    assert row_of(make_payments(), code="10", service="paypay")["refunds"] == 0


@pytest.mark.parametrize(
    ("places", "times", "yen"),
    [
        pytest.param(4, 10, [1_000] * 4, id="four places, however many payments"),
        pytest.param(4, 1, [1_000] * 4, id="four payments"),
        pytest.param(6, 2, [100_000, 100, 100, 100, 100, 100], id="one place has nearly all"),
    ],
)
def test_payments_that_would_tell_a_shops_takings_are_withheld_with_their_yen(
    places: int, times: int, yen: list[int]
) -> None:
    """P-44: five payments are not enough, it takes five places, none of which has more than 85 per cent."""
    for code, amount in zip(shops("10202", places), yen, strict=True):
        paid(code, amount, SEPTEMBER, times=times)
    for town in ("13101", "27100"):
        for code in shops(town, 9):
            paid(code, 1_000, SEPTEMBER, times=5)
    row = row_of(make_payments(), code="10", service="paypay")

    assert row["withheld"] == "payments;amount_yen;refunds;refund_yen"
    assert [row[name] for name in ("payments", "amount_yen", "refunds", "refund_yen")] == [None] * 4
    # Another prefecture goes with it, or the country's sum would tell.
    assert any(row_of(make_payments(), code=code, service="paypay")["payments"] is None for code in ("13", "27"))


def test_refreshing_publishes_every_dataset_with_its_files() -> None:
    """P-44: a version of each; the same figures make no second one."""
    shops("10202", 7)
    made = publish_figures()
    again = publish_figures()

    assert [one.dataset for one in made] == [dataset.name for dataset in DATASETS]
    assert [one.id for one in again] == [one.id for one in made]
    assert all(set(one.files) == {"csv", "parquet"} for one in made)


def test_whoever_may_not_publish_publishes_nothing() -> None:
    with refused("not_allowed"):
        publish_figures(provider_actor("paypay"))
    assert Snapshot.objects.count() == 0


def test_the_file_has_no_withheld_figure_and_says_which_are() -> None:
    """The CSV that is served: empty cells, named; 0 where there is none."""
    shops("10202", 3)
    shops("10210", 7)
    shops("10201", 20)
    snapshot = publish_figures()[0]
    with path_of(snapshot, "csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}

    assert (rows["10202"]["places"], rows["10202"]["withheld"]) == ("", "places")
    assert (rows["10210"]["places"], rows["10210"]["withheld"]) == ("", "places")
    assert (rows["10203"]["places"], rows["10203"]["withheld"]) == ("0", "")
    assert rows_of(snapshot).num_rows == len(rows)


def test_every_column_says_what_it_is_in_both_languages() -> None:
    for dataset in DATASETS:
        assert dataset.title and dataset.title_en and dataset.about and dataset.about_en
        for column in dataset.columns:
            assert column.label and column.label_en
            assert bool(column.meaning) == bool(column.meaning_en)
            assert column.kind == "text" or column.meaning, f"{dataset.name}.{column.name}"
