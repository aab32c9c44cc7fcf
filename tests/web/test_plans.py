"""Plans side by side, as applicants read them (P-16, P-18, P-19, J-09, J-20, J-21)."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from madoguchi.onboarding.demo_plans import add_demo_plans
from madoguchi.onboarding.models import Plan
from madoguchi.onboarding.plan_editing import FeeFacts, PlanFacts, add_plan
from madoguchi.people.access import system_actor

pytestmark = pytest.mark.django_db
ADDRESS, COMPARE = "/join/plans/", "/join/plans/compare/"
SYSTEM = system_actor("test")
PLAN = PlanFacts(
    name="標準プラン",
    services=frozenset({"paypay"}),
    starts_on=date(2026, 4, 1),
    payout_cycle="month_end",
    payouts_per_month=1,
    fees=(FeeFacts(date(2026, 4, 1), None, "after", 160),),
)


@pytest.fixture(autouse=True)
def noon(towns: Any, clock: Any) -> None:
    """Friday 2026-11-20, the demo's towns and services."""


def kept(provider: str = "paypay", **changed: Any) -> Plan:
    return add_plan(actor=SYSTEM, provider=provider, facts=replace(PLAN, **changed))


@pytest.fixture
def three() -> dict[str, Plan]:
    """A plan at 1.6 %, one free until the end of the year, one whose fee is negotiated."""
    free = (FeeFacts(date(2026, 4, 1), date(2026, 12, 31), "during", 0), FeeFacts(date(2027, 1, 1), None, "after", 500))
    cards = {"services": frozenset({"aeon_card"}), "brands": ("visa", "waon"), "terminals": ("CT-5100",)}
    return {
        "standard": kept(),
        "free": kept("line_pay", name="半年無料", services=frozenset({"line_pay"}), fees=free, transfer_fee_yen=220,
                     transfer_fee_bearer="principal"),
        "cards": kept("aeon_card", name="カード", fees=(FeeFacts(date(2026, 4, 1), None, "after", None),), **cards),
    }  # fmt: skip


def page(address: str = ADDRESS, language: str = "ja", **query: Any) -> Any:
    return Client(headers={"accept-language": language}).get(address, query)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def said(answer: Any) -> str:
    """What a page says, without its markup and in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(answer)))


def order(answer: Any) -> list[str]:
    """The plans in the order of the page."""
    return re.findall(r'<input type="checkbox" name="plan"[^>]*> <strong>([^<]+)</strong>', text(answer))


# What applicants read


def test_every_plan_stands_there_with_its_fees_payouts_transfers_and_brands(three: Any) -> None:
    answer = page()

    assert answer.status_code == 200
    assert order(answer) == ["半年無料", "標準プラン", "カード"]
    told = said(answer)
    assert "期間中: 0% いま 2026年4月1日（水） から 2026年12月31日（木） まで" in told
    assert "通常・期間後: 5% 2027年1月1日（金） から" in told
    assert "月末締め、払込は月1回" in told
    assert "振込手数料: ¥220 加盟店が負担" in told
    assert "クレジット: VISA" in told
    assert "電子マネー: WAON" in told
    assert "個別に決まります" in told


def test_without_takings_no_cost_is_shown(three: Any) -> None:
    assert "1年目" not in said(page())


@pytest.mark.parametrize("typed", ["500000", "500,000", "５００，０００", "¥500,000", "５００,０００円"])
def test_takings_may_be_written_as_people_write_them_and_the_cheapest_is_named(three: Any, typed: str) -> None:
    """The plan that is free until the end of the year is not the cheapest of the first year."""
    told = said(page(takings=typed))

    assert (
        "月の売上が¥500,000の場合、1年目の費用が最も少ないのは 標準プラン で、1年目は¥96,000、いまの1か月は¥8,000です。"
        in told
    )


def test_plans_are_sorted_by_cost_and_those_whose_cost_is_not_known_come_last(three: Any) -> None:
    answer = page(takings="500000")

    assert order(answer) == ["標準プラン", "半年無料", "カード"]
    # 20 November and 20 December cost the transfer alone, ten months 5 % as well.
    assert "2026年11月20日（金）から2か月：1か月¥220" in said(answer)
    assert "2027年1月20日（水）から10か月：1か月¥25,220" in said(answer)
    assert "¥252,640" in said(answer)
    assert "わかりません" in said(answer)


def test_the_calculation_is_explained(three: Any) -> None:
    told = said(page(takings="500000"))

    assert "1か月の費用＝決済手数料＋振込手数料＋月額費用" in told
    assert "1円未満は切り捨て" in told
    assert "無料とはみなしません" in told


def test_where_no_fee_is_told_none_is_called_the_cheapest() -> None:
    kept(fees=())

    assert "最も少ない費用のものを決められません" in said(page(takings="500000"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"service": "paypay"}, ["標準プラン"]),
        ({"service": ["paypay", "aeon_card"]}, ["標準プラン", "カード"]),
        ({"brand": "visa"}, ["カード"]),
        ({"terminal": "CT-5100"}, ["カード"]),
        ({"transfer_fee_bearer": "principal"}, ["半年無料"]),
        ({"most_fee": "１．６%"}, ["半年無料", "標準プラン"]),
        ({"only_free": "on"}, ["半年無料"]),
        ({"payout_cycle": "month_end"}, ["半年無料", "標準プラン", "カード"]),
        ({"applicant": "municipality"}, ["半年無料", "標準プラン", "カード"]),
        ({"day": "2027-01-01", "only_free": "on"}, []),
    ],
)
def test_the_filter_stands_in_the_address(three: Any, query: Any, found: list[str]) -> None:
    assert order(page(**query)) == found


def test_a_plan_for_others_is_left_out_for_whoever_says_what_they_are() -> None:
    kept(applicants="municipality")

    assert order(page(applicant="business")) == []
    assert order(page(applicant="municipality")) == ["標準プラン"]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ({"takings": "-1"}, "0以上の整数で入力してください"),
        ({"takings": "たくさん"}, "0以上の整数で入力してください"),
        ({"most_fee": "応相談"}, "手数料率は 2.5 のように"),
        ({"most_fee": "2.555"}, "手数料率は 2.5 のように"),
        ({"day": "きのう"}, "日付は 2026-11-21 のように"),
        ({"day": "9999-12-31"}, "日付は 2026-11-21 のように"),
        ({"service": "gold"}, ""),
    ],
)
def test_what_cannot_be_read_is_named_and_no_plan_is_shown(three: Any, query: Any, complaint: str) -> None:
    answer = page(**query)

    assert answer.status_code == 422
    assert "まだプランを表示できません" in text(answer)
    assert complaint in text(answer)
    assert order(answer) == []


def test_no_plan_that_fits_leads_back_to_all_of_them(three: Any) -> None:
    answer = page(only_free="on", service="aeon_card")

    assert answer.status_code == 200
    assert "条件に合うプランはありません" in text(answer)


def test_before_any_plan_is_entered_the_page_says_what_will_be_there() -> None:
    assert "まだプランは登録されていません" in text(page())


def test_an_example_is_marked_as_one() -> None:
    add_demo_plans(SYSTEM)

    answer = page()
    assert text(answer).count("例（実在しません）") == len(order(answer))


def test_a_plan_that_ends_or_changes_says_when(three: Any) -> None:
    kept(name="終わる", ends_on=date(2026, 12, 31))

    assert "受付は2026年12月31日（木）まで" in said(page())


def test_the_plans_of_another_day_are_marked_as_such(three: Any) -> None:
    assert "2026年3月31日（火）時点のプラン" not in said(page())
    assert "2027年1月1日（金）時点のプランと手数料率です。" in said(page(day="2027-01-01"))


def test_the_page_is_there_in_english(three: Any) -> None:
    told = said(page(language="en", takings="500000"))

    assert "At ¥500,000 a month, 標準プラン costs least in the first year: ¥96,000, and ¥8,000 a month now." in told


# The file


def test_the_file_holds_exactly_what_is_shown(three: Any) -> None:
    answer = page(f"{ADDRESS}file.csv", takings="500000", only_free="on")

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["プラン"], row["1年目の費用"], row["いまの1か月の費用"], row["いまの手数料率"]) for row in rows] == [
        ("半年無料", "252640", "220", "0%")
    ]


def test_amounts_in_the_workbook_are_numbers(three: Any) -> None:
    answer = page(f"{ADDRESS}file.xlsx", takings="500000", service="paypay")

    head, row = load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    assert dict(zip(head, row, strict=True))["1年目の費用"] == 96_000


def test_a_file_of_a_filter_that_cannot_be_read_is_none(three: Any) -> None:
    assert page(f"{ADDRESS}file.csv", takings="x").status_code == 422
    assert page(f"{ADDRESS}file.pdf").status_code == 404


# Column by column


def test_up_to_four_plans_stand_column_by_column_with_what_differs_marked(three: Any) -> None:
    answer = page(COMPARE, plan=[three["cards"].id, three["standard"].id], takings="500000")

    heads = re.findall(r'<th scope="col">([^<]+)<br>', text(answer))
    assert heads == ["カード", "標準プラン"]
    assert "いまの手数料率 ≠ 違いあり 個別に決まります 1.6%" in said(answer)
    assert "振込手数料 決済事業者が負担 決済事業者が負担" in said(answer)


def test_of_more_than_four_the_first_four_are_shown_and_that_is_said() -> None:
    plans = [kept(name=f"プラン{number}") for number in range(5)]

    answer = page(COMPARE, plan=[plan.id for plan in plans])
    assert text(answer).count('<th scope="col">プラン') == 4
    assert "並べて比べられるのは4件までです" in text(answer)


def test_a_chosen_plan_that_has_ended_is_left_out_and_that_is_said(three: Any) -> None:
    ended = kept(name="終わった", ends_on=date(2026, 10, 31))

    answer = page(COMPARE, plan=[ended.id, three["standard"].id])
    assert "選んだプランのうち1件は、2026年11月20日（金）には受け付けていない" in said(answer)
    assert "終わった" not in text(answer)


@pytest.mark.parametrize("plan", [[], ["nonsense"], ["01a21963-5da3-7240-bf06-d2c489c911bb"]])
def test_nothing_chosen_leads_back_to_the_list(three: Any, plan: list[str]) -> None:
    answer = page(COMPARE, plan=plan, service="paypay")

    assert answer.status_code == 200
    assert "プランが選ばれていません" in text(answer)
    assert f'href="{ADDRESS}?service=paypay"' in text(answer)


def test_the_chosen_services_go_along_into_an_application(three: Any) -> None:
    answer = page(COMPARE, plan=[three["cards"].id, three["standard"].id])

    assert re.search(r'href="/join/[^"]*\?services=aeon_card%2Cpaypay"', text(answer))


# Whom to ask


@pytest.mark.parametrize(
    ("query", "phone"),
    [
        ({"prefecture": "群馬県"}, "03-3551-2629"),
        ({"prefecture": "富山県"}, "052-963-3917"),
        ({"postal_code": "〒370-2316"}, "03-3551-2629"),
        ({"postal_code": "９０００００１"}, "098-861-6055"),
    ],
)
def test_the_support_office_is_found_by_prefecture_or_postal_code(query: Any, phone: str) -> None:
    """P-18."""
    told = said(page(**query))

    assert phone in told
    assert "平日10:00から18:00まで。電話のみの受付です。" in told


@pytest.mark.parametrize("typed", ["123", "0000000"])
def test_a_postal_code_that_is_none_is_named(typed: str) -> None:
    answer = page(postal_code=typed)

    assert answer.status_code == 422
    assert "郵便番号" in text(answer)


def test_long_after_the_programme_its_phones_are_shown_as_of_that_time(clock: Any) -> None:
    """P-19: the numbers belong to the programme of 2019."""
    assert "事業は2020年6月30日（火）に終わりました。番号は当時のもの" in said(page())
    assert "0570-000655" in said(page())

    clock.move_to(datetime(2020, 6, 30, 3, tzinfo=UTC))
    assert "に終わりました" not in said(page())


def test_asking_whom_to_call_keeps_the_filter(three: Any) -> None:
    assert '<input type="hidden" name="service" value="paypay">' in text(page(service="paypay", prefecture="群馬県"))


# Many plans


def many(count: int) -> None:
    for number in range(count):
        kept(name=f"プラン{number:03}", fees=(FeeFacts(date(2026, 4, 1), None, "after", 100 + number),))


def names_on(answer: Any) -> list[str]:
    return re.findall(r'name="plan"[^>]*> <strong>(プラン\d+)</strong>', text(answer))


def test_many_plans_come_fifty_a_page_the_cheapest_first_over_all_pages() -> None:
    many(53)

    first, second = page(takings="500000"), page(takings="500000", page="2")

    assert names_on(first) == [f"プラン{number:03}" for number in range(50)]
    assert names_on(second) == ["プラン050", "プラン051", "プラン052"]
    assert "53件" in text(first) and "53件" in text(second)
    assert "<strong>プラン000</strong>" in text(second).partition("</section>")[0]  # the cheapest of all is still named


def test_the_filter_stays_in_the_address_from_page_to_page() -> None:
    many(53)

    answer = page(takings="500000", most_fee="9")

    assert 'href="?takings=500000&amp;most_fee=9&amp;page=2"' in text(answer)


def test_a_page_that_is_not_there_is_the_last_one() -> None:
    many(53)

    assert len(names_on(page(page="9"))) == 3
    assert len(names_on(page(page="x"))) == 50


def test_the_file_holds_all_of_them() -> None:
    many(53)

    rows = list(csv.reader(io.StringIO(page("/join/plans/file.csv").getvalue().decode("utf-8-sig"))))

    assert len(rows) == 54
