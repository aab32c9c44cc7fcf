"""Plans as files: out and in again, good rows in, bad rows back with the reason beside each."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.core.tables import csv_lines, xlsx_bytes
from madoguchi.onboarding.demo_plans import add_demo_plans
from madoguchi.onboarding.models import Plan
from madoguchi.onboarding.plan_editing import FeeFacts, facts_of
from madoguchi.onboarding.plan_files import (
    READERS,
    Brought,
    Unreadable,
    bring_plans,
    fees_text,
    percent_text,
    plan_table,
    read_percent,
)
from madoguchi.onboarding.plan_words import FAULTS, HEADS
from madoguchi.people.access import provider_actor, system_actor
from tests.conftest import refused

pytestmark = pytest.mark.django_db
PAYPAY = provider_actor("paypay")
ROW = {
    "name": "標準",
    "services": "paypay",
    "starts_on": "2026-04-01",
    "payout_cycle": "month_end",
    "payouts_per_month": "1",
}


@pytest.fixture(autouse=True)
def noon(clock: Any) -> None:
    """Friday 2026-11-20."""


def bring(*rows: dict[str, Any], head: list[str] | None = None) -> Brought:
    names = head or list(dict.fromkeys(name for row in rows for name in row))
    data = b"".join(csv_lines(names, [[row.get(name, "") for name in names] for row in rows]))
    return bring_plans(actor=PAYPAY, provider="paypay", data=data, filename="plans.csv")


def counts(brought: Brought) -> tuple[int, int, int, int]:
    return brought.added, brought.changed, brought.unchanged, len(brought.faults)


def test_a_row_becomes_a_plan(towns: Any) -> None:
    fees = "during 2026-04-01/2026-12-31 0; after 2027-01-01/ 1.98"
    brought = bring(
        ROW | {"fees": fees, "brands": "VISA；iD", "terminals": "CT-5100; AT-2300", "transfer_fee_yen": "２２０円"}
    )

    assert counts(brought) == (1, 0, 0, 0)
    kept = facts_of(Plan.objects.get())
    assert kept.fees == (
        FeeFacts(date(2026, 4, 1), date(2026, 12, 31), "during", 0),
        FeeFacts(date(2027, 1, 1), None, "after", 198),
    )
    assert (kept.brands, kept.terminals, kept.transfer_fee_yen) == (("visa", "id"), ("CT-5100", "AT-2300"), 220)


def test_a_file_may_be_written_in_japanese(towns: Any) -> None:
    told = {**ROW, "payout_cycle": "月末", "starts_on": "2026/4/1", "fees": "期間後 2026-04-01/ 応相談"}
    brought = bring({HEADS[name]: cell for name, cell in told.items()})

    assert counts(brought) == (1, 0, 0, 0)
    kept = facts_of(Plan.objects.get())
    assert (kept.payout_cycle, kept.fees[0].period, kept.fees[0].fee_bps) == ("month_end", "after", None)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("provider", ["aeon_card", "jcb_card", "line_pay", "merpay"])
def test_what_was_taken_out_comes_in_again_unchanged(towns: Any, provider: str, language: Any) -> None:
    add_demo_plans(system_actor("test"))
    actor = provider_actor(provider)
    before = [facts_of(plan) for plan in Plan.objects.order_by("id")]

    head, rows = plan_table(actor, provider, language)
    data = xlsx_bytes(head, rows, title="plans")
    brought = bring_plans(actor=actor, provider=provider, data=data, filename="plans.xlsx")

    assert counts(brought) == (0, 0, 1, 0)
    assert [facts_of(plan) for plan in Plan.objects.order_by("id")] == before


def test_good_rows_go_in_and_bad_rows_come_back_as_they_were_with_their_reasons(towns: Any) -> None:
    brought = bring(
        ROW,
        ROW | {"name": "二番目", "payouts_per_month": "毎日"},
        ROW | {"name": "三番目", "services": "line_pay"},
        ROW | {"name": "四番目"},
    )

    assert counts(brought) == (2, 0, 0, 2)
    assert set(Plan.objects.values_list("name", flat=True)) == {"標準", "四番目"}
    back = list(csv.reader(io.StringIO(brought.faults_csv("ja").decode("utf-8-sig"))))
    assert back == [
        [*ROW, "行", "誤りのある列", "理由"],
        ["二番目", "paypay", "2026-04-01", "month_end", "毎日", "3", "月の入金回数", FAULTS["number_wrong"]["ja"]],
        ["三番目", "line_pay", "2026-04-01", "month_end", "1", "4", "サービス", FAULTS["service_unknown"]["ja"]],
    ]


def test_the_corrected_file_of_bad_rows_may_be_brought_as_it_is(towns: Any) -> None:
    """The columns that were put behind the rows are not taken for plans' facts."""
    back = bring(ROW | {"payouts_per_month": "0"}).faults_csv("en").decode("utf-8-sig")
    data = back.replace("month_end,0,", "month_end,1,").encode()

    brought = bring_plans(actor=PAYPAY, provider="paypay", data=data, filename="plans.csv")
    assert counts(brought) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"name": ""}, "name", "field_missing"),
        ({"name": "=HYPERLINK(1)"}, "name", "formula_in_cell"),
        ({"starts_on": "2026-02-30"}, "starts_on", "date_wrong"),
        ({"starts_on": "next week"}, "starts_on", "date_wrong"),
        ({"payout_cycle": "sometimes"}, "payout_cycle", "word_unknown"),
        ({"payouts_per_month": "-1"}, "payouts_per_month", "number_wrong"),
        ({"payouts_per_month": "32"}, "payouts_per_month", "field_wrong"),
        ({"monthly_yen": "1.5"}, "monthly_yen", "number_wrong"),
        ({"brands": "VISA; gold"}, "brands", "brand_wrong"),
        ({"fees": "3.25"}, "fees", "fees_wrong"),
        ({"fees": "always 2026-04-01/ 3.25"}, "fees", "fees_wrong"),
        ({"fees": "during 2026-04-01/ 3.255"}, "fees", "percent_wrong"),
        ({"fees": "during 2026-04-01/ 101"}, "fees", "percent_wrong"),
        ({"fees": "during 2026-04-01/2026-03-01 1"}, "fees", "period_wrong"),
        ({"fees": "during 2026-04-01/ 1; after 2026-04-01/ 2"}, "fees", "fee_repeated"),
        ({"url": "ftp://example.jp"}, "url", "field_wrong"),
    ],
)
def test_each_fault_names_its_column_and_reason(towns: Any, changed: Any, column: str, code: str) -> None:
    brought = bring(ROW | changed)

    assert [(fault.row, fault.column, fault.code) for fault in brought.faults] == [(2, column, code)]
    assert brought.faults[0].sentence("ja") == FAULTS[code]["ja"]
    assert not Plan.objects.exists()


def test_a_row_of_a_known_name_begins_new_conditions_on_its_day(towns: Any) -> None:
    bring(ROW)
    brought = bring(ROW | {"starts_on": "2027-01-01", "monthly_yen": "500"})

    assert counts(brought) == (0, 1, 0, 0)
    days = [(str(plan.starts_on), plan.ends_on and str(plan.ends_on)) for plan in Plan.objects.order_by("starts_on")]
    assert days == [("2026-04-01", "2026-12-31"), ("2027-01-01", None)]


def test_a_row_that_would_change_what_has_begun_comes_back(towns: Any) -> None:
    bring(ROW)
    brought = bring(ROW | {"monthly_yen": "500"})

    assert [(fault.column, fault.code) for fault in brought.faults] == [("starts_on", "plan_begun")]
    assert Plan.objects.get().monthly_yen == 0


def test_a_last_day_written_into_a_row_ends_the_plan(towns: Any) -> None:
    bring(ROW)

    assert counts(bring(ROW | {"ends_on": "2026-12-31"})) == (0, 1, 0, 0)
    assert Plan.objects.get().ends_on == date(2026, 12, 31)


def test_a_file_without_its_columns_is_refused_whole(towns: Any) -> None:
    with refused("sheet_head_missing", columns="payout_cycle, payouts_per_month"):
        bring({"name": "標準", "services": "paypay", "starts_on": "2026-04-01"})


def test_a_file_of_too_many_plans_is_refused_whole(towns: Any) -> None:
    with refused("sheet_too_large", limit_rows=500):
        bring(*[ROW | {"name": f"plan {number}"} for number in range(501)])
    assert not Plan.objects.exists()


def test_another_providers_file_is_not_taken(towns: Any) -> None:
    with refused("not_allowed"):
        bring_plans(actor=provider_actor("line_pay"), provider="paypay", data=b"name\nx\n", filename="plans.csv")


def test_every_column_of_the_schema_can_be_read_and_every_fault_has_its_sentences(towns: Any) -> None:
    assert set(READERS) == set(HEADS)
    assert all(set(words) == {"ja", "en"} and all(words.values()) for words in FAULTS.values())


FEES = st.builds(
    FeeFacts,
    starts_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    ends_on=st.none() | st.dates(date(2100, 1, 2), date(2199, 1, 1)),
    period=st.sampled_from(["before", "during", "after"]),
    fee_bps=st.none() | st.integers(0, 10_000),
)


@given(fees=st.lists(FEES, max_size=6, unique_by=lambda fee: fee.starts_on))
def test_fees_in_one_cell_say_exactly_what_they_are(fees: list[FeeFacts]) -> None:
    read = READERS["fees"](fees_text(fees)) if fees else ()

    assert read == tuple(sorted(fees, key=lambda fee: fee.starts_on))


@given(bps=st.integers(0, 10_000))
def test_a_percentage_is_read_as_it_is_written(bps: int) -> None:
    assert read_percent(percent_text(bps)) == bps
    assert read_percent(f"{bps / 100:.2f} %") == bps


@pytest.mark.parametrize("text", ["", "three", "3,25", "-1", "100.01", "0.001", "NaN", "Infinity"])
def test_what_is_no_percentage_is_none(text: str) -> None:
    with pytest.raises(Unreadable):
        read_percent(text)


def test_full_width_percentages_and_words_are_read(towns: Any) -> None:
    assert read_percent("３．２５％") == 325
    assert read_percent("応相談") is None
