"""The claims of a campaign on paper and as a file: whole, adding up, and open about what they rest on (P-04, P-05)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pypdfium2
import pytest

from madoguchi.rewards.rules import CLAIM_KINDS
from madoguchi.rewards.statement import (
    BASIS,
    BASIS_HEADS,
    HEAD,
    KIND_WORDS,
    SHORT_BASIS,
    Statement,
    StatementRow,
    statement_csv,
    statement_pdf,
)

MADE_ON = date(2020, 2, 28)
REWARD: dict[str, int | str] = {
    "as_of": "2020-01-31",
    "granted_points": 1_000_000,
    "used_points": 700_123,
    "expired_points": 11_000,
    "returned_points": 2_000,
    "outstanding_points": 286_877,
    "claimed_before_points": 100_000,
}
FEE: dict[str, int | str] = {"fee_yen": 32_500, "takings_yen": 1_000_000, "claimed_before_yen": 833}
TERMINAL: dict[str, int | str] = {
    "terminals": 12,
    "cost_yen": 900_000,
    "state_share_bps": 6_667,
    "provider_yen": 299_970,
    "claimed_before_yen": 0,
}


def row(number: int = 1, **facts: Any) -> StatementRow:
    usual: dict[str, Any] = {
        "provider": "ひばりペイ株式会社",
        "service": "ひばりペイ",
        "kind": "reward",
        "month": "2019-10",
        "yen": 600_123,
        "basis": REWARD,
        "maker": "佐藤 花子",
        "checker": "鈴木 一郎",
        "decided_on": date(2020, 2, 5),
    }
    return StatementRow(number=number, **(usual | facts))


def statement(*rows: StatementRow, **facts: Any) -> Statement:
    usual: dict[str, Any] = {
        "campaign": "春の還元キャンペーン",
        "campaign_code": "spring-2020",
        "payer": "ひばり市",
        "made_on": MADE_ON,
        "is_demo": False,
    }
    return Statement(rows=rows, **(usual | facts))


THREE = statement(
    row(1),
    row(2, kind="fee", month="2019-11", yen=10_000, basis=FEE, provider="株式会社つばめ", service="つばめカード"),
    row(3, kind="terminal", month="2019-11", yen=-50_030, basis=TERMINAL),
)


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]
    document.close()
    return pages


def read(data: bytes) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_every_kind_of_claim_has_a_word_and_a_basis():
    assert tuple(KIND_WORDS) == tuple(BASIS) == CLAIM_KINDS
    assert set(SHORT_BASIS) == set(BASIS_HEADS)


def test_the_file_has_a_row_for_each_claim_with_all_it_was_reckoned_from():
    first, second, third = read(statement_csv(THREE))

    assert tuple(first) == HEAD
    assert first == {
        "番号": "1",
        "事業名": "春の還元キャンペーン",
        "事業コード": "spring-2020",
        "請求先": "ひばり市",
        "作成日": "2020-02-28",
        "決済事業者": "ひばりペイ株式会社",
        "決済サービス": "ひばりペイ",
        "区分": "消費者還元",
        "対象月": "2019-10",
        "請求額（円）": "600123",
        "実績の基準日": "2020-01-31",
        "付与ポイント": "1000000",
        "使用ポイント": "700123",
        "失効ポイント": "11000",
        "返還ポイント": "2000",
        "未使用残高ポイント": "286877",
        "既請求ポイント": "100000",
        "決済額（円）": "",
        "加盟店手数料（円）": "",
        "既請求額（円）": "",
        "端末台数": "",
        "導入費用（円）": "",
        "公費負担割合（％）": "",
        "事業者負担額（円）": "",
        "提案者": "佐藤 花子",
        "確認者": "鈴木 一郎",
        "確認日": "2020-02-05",
        "備考": "",
    }
    assert [second[head] for head in ("区分", "決済額（円）", "加盟店手数料（円）", "既請求額（円）")] == [
        "加盟店手数料補助", "1000000", "32500", "833",
    ]  # fmt: skip
    assert [third[head] for head in ("端末台数", "導入費用（円）", "公費負担割合（％）", "事業者負担額（円）")] == [
        "12", "900000", "66.67", "299970",
    ]  # fmt: skip


def test_the_file_opens_as_utf_8_and_adds_up_below_zero_too():
    data = statement_csv(THREE)

    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\xef\xbb\xbf") == 1
    assert [one["請求額（円）"] for one in read(data)] == ["600123", "10000", "-50030"]
    assert sum(int(one["請求額（円）"]) for one in read(data)) == THREE.total_yen == 560_093


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless():
    [one] = read(statement_csv(statement(row(provider="=HYPERLINK(1)", service="＋A1", maker="@x", checker="-1"))))

    assert [one[head] for head in ("決済事業者", "決済サービス", "提案者", "確認者")] == [
        "'=HYPERLINK(1)", "'＋A1", "'@x", "'-1",
    ]  # fmt: skip


def test_a_demo_says_so_in_every_row_of_the_file():
    assert {one["備考"] for one in read(statement_csv(replace(THREE, is_demo=True)))} == {
        "デモ（実際のお金は動いていません）"
    }


def test_paper_names_campaign_payer_day_and_total():
    [page] = pages_of(statement_pdf(THREE))

    assert "消費者還元事業費等請求内訳書" in page
    assert "春の還元キャンペーン（spring-2020）" in page
    assert re.search(r"請求先\s+ひばり市", page)
    assert re.search(r"作成日\s+2020年2月28日", page)
    assert "560,093円" in page
    assert "3件（うち返還 △50,030円）" in page


def test_paper_says_that_rewards_rest_on_measured_use_alone():
    """¥1.6 billion were once paid for points that had expired, because expiry was estimated."""
    assert "失効を推計した報告は請求の基礎にしません" in pages_of(statement_pdf(THREE))[0]


def test_sums_by_month_and_kind_and_by_provider_are_on_paper():
    lines = pages_of(statement_pdf(THREE))[0].split("\n")
    cells = [re.sub(r"\s+", " ", line).strip() for line in lines]

    assert "2019年10月 1 600,123 0 0 600,123" in cells
    assert "2019年11月 2 0 10,000 △50,030 △40,030" in cells
    assert "ひばりペイ株式会社 2 600,123 0 △50,030 550,093" in cells
    assert "株式会社つばめ 1 0 10,000 0 10,000" in cells
    assert cells.count("計 3 600,123 10,000 △50,030 560,093") == 2
    assert "計 560,093" in cells


def test_each_claim_on_paper_has_its_basis_maker_and_checker():
    page = re.sub(r"\s+", " ", pages_of(statement_pdf(THREE))[0])

    assert "基準日 2020年1月31日 付与 1,000,000 使用 700,123 失効 11,000 返還 2,000 残高 286,877 既請求 100,000" in page
    assert "決済額 1,000,000 手数料 32,500 既請求 833" in page
    assert "台数 12台 費用 900,000 公費負担 66.67% 事業者負担 299,970 既請求 0" in page
    assert page.count("佐藤 花子") == page.count("鈴木 一郎") == page.count("2020年2月5日") == 3


def test_a_claim_without_any_measured_report_says_so():
    """What was paid is paid back when nothing measured stands behind it."""
    page = pages_of(statement_pdf(statement(row(yen=-5, basis=REWARD | {"as_of": ""}))))[0]

    assert "基準日 実績なし" in page


def test_what_is_typed_is_shown_and_never_read_as_markup():
    page = pages_of(statement_pdf(statement(row(service='#panic("x") *b* $1$'), payer="= A\n#x")))[0]

    assert '#panic("x") *b* $1$' in page
    assert re.search(r"= A\s+#x", page)


@pytest.mark.parametrize("is_demo", [True, False])
def test_a_demo_is_marked_on_every_page(is_demo: bool):
    many = statement(*[row(number) for number in range(1, 41)], is_demo=is_demo)
    pages = pages_of(statement_pdf(many))

    assert len(pages) > 2
    assert ["デモ DEMO" in page for page in pages] == [is_demo] * len(pages)


def test_a_statement_without_claims_says_so():
    [page] = pages_of(statement_pdf(statement()))

    assert "この内訳書に載せる請求はありません。" in page
    assert "請求の明細" not in page


def test_the_same_statement_makes_the_same_bytes():
    assert statement_pdf(THREE) == statement_pdf(replace(THREE))
    assert statement_csv(THREE) == statement_csv(replace(THREE))


def test_six_hundred_claims_are_all_there_each_whole_under_a_head_and_add_up():
    """Each claim's amount is its own, so that none can stand for another; none is parted between two pages."""
    names = ["甲社", "乙社", "丙社"]
    rows = [
        row(
            number,
            yen=number * 1_000_003 * (-1 if number % 50 == 0 else 1),
            provider=names[number % 3],
            month=f"2019-{10 + number % 3}",
            checker=f"確認{number:03}",
            **({"kind": "fee", "basis": FEE} if number % 4 == 0 else {}),
        )
        for number in range(1, 601)
    ]
    pages = pages_of(statement_pdf(statement(*rows)))
    whole = "\n".join(pages)
    total = sum(one.yen for one in rows)

    for page_number, page in enumerate(pages, 1):
        assert re.search(rf"(?<!\d){page_number} / {len(pages)}(?!\d)", page)
        assert "提案者・確認者" in page
    for one in rows:
        written = f"{'△' if one.yen < 0 else ''}{abs(one.yen):,}"
        [held] = [page for page in pages if one.checker in page]
        assert re.search(rf"^{one.number}\s", held, re.M)
        assert written in held
    assert whole.count(f"{total:,}") == 4
    for name in names:
        assert f"{sum(one.yen for one in rows if one.provider == name):,}" in pages[0]
