"""The pages of the 2019 programme's services, read by anybody in both languages (P-34 … P-41)."""

from __future__ import annotations

import re

import pytest

from madoguchi.opendata.services import published_services
from madoguchi.web.services.words import CREDIT, REASONS
from tests.web.service_readers import CARD, LIST, REWARD, errors_of, listed, read, row_of, said

CODES = [one.code for one in published_services()]
BOTH = pytest.mark.parametrize("language", ["ja", "en"])

pytestmark = pytest.mark.django_db


# The list


@BOTH
def test_all_27_services_are_listed_to_anybody(language: str) -> None:
    """P-37."""
    answer = read(LIST, language)

    assert answer.status_code == 200
    assert listed(answer) == CODES
    assert len(CODES) == 27


@pytest.mark.parametrize(
    ("language", "row"),
    [
        (
            "en",
            "LINE Pay LINE Pay Corporation Smartphone, code Points as prepaid value (LINE Pay bonus)"
            " code on the phone, online : at once, when you pay card, QUICPay+ : in the next month"
            " Nothing 30,000 points a month 0120-102-613 LINE Form Its own page LINE Pay",
        ),
        (
            "ja",
            "LINE Pay LINE Pay株式会社 スマートフォン・コード決済 残高への付与（LINE Payボーナス）"
            " コード決済、オンライン : 支払い時にすぐ カード、QUICPay+ : 翌月"
            " なし 1か月30,000ポイント 0120-102-613 LINE フォーム 特設ページ LINE Pay",
        ),
    ],
)
def test_a_line_tells_method_timing_preparation_cap_contacts_and_page(language: str, row: str) -> None:
    """P-37."""
    answer = read(LIST, language)

    assert row_of(answer, "line_pay") == row
    assert 'href="tel:0120102613"' in answer.content.decode()
    assert 'href="https://linepay.line.me/event/cashless-subsidy.html"' in answer.content.decode()


def test_a_number_that_a_desk_of_its_own_replaced_is_marked() -> None:
    """P-37: the mark at JCB's numbers."""
    answer = read(LIST)

    assert "Up to 30 Sep 2019 (Mon); then a desk of its own" in row_of(answer, "jcb_card")
    assert "desk of its own" not in row_of(answer, "aeon_card")


@BOTH
@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"q": "らくてん"}, ["rakuten_card", "rakuten_edy", "rakuten_pay"]),
        ({"q": "KDDI"}, ["au_pay"]),
        ({"issuer": "mufg_card"}, ["mufg_card", "dc_card", "nicos_card"]),
        ({"kind": "e_money"}, ["pasmo", "suica", "manaca", "icoca", "nanaco", "waon", "rakuten_edy"]),
        ({"brand": "American Express"}, ["saison_card", "mufg_card", "rakuten_card", "amex"]),
        ({"method": "instant_discount"}, ["origami_pay"]),
        ({"q": "rakuten", "method": "prepaid_value"}, ["rakuten_edy"]),
    ],
)
def test_the_list_is_narrowed_by_the_address(language: str, asked: dict[str, str], codes: list[str]) -> None:
    """P-41: so that a search can be sent to a colleague."""
    answer = read(LIST, language, **asked)

    assert listed(answer) == codes
    assert {"en": f"{len(codes)} of 27 services", "ja": f"27件のうち{len(codes)}件"}[language] in said(answer)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"kind": "debit"}, "None of the 27 main services is a debit card"),
        ({"q": "xyz"}, "Try fewer or shorter words."),
    ],
)
def test_a_list_without_a_hit_says_what_can_be_done(asked: dict[str, str], sentence: str) -> None:
    answer = read(LIST, **asked)

    assert answer.status_code == 200
    assert listed(answer) == []
    assert "No service fits" in said(answer)
    assert sentence in said(answer)


@pytest.mark.parametrize("field", ["issuer", "kind", "brand", "method"])
def test_a_filter_that_does_not_exist_is_named(field: str) -> None:
    answer = read(LIST, **{field: "x"})

    assert answer.status_code == 422
    assert errors_of(answer) == [(f"id_{field}", "Choose one of the list.")]
    assert listed(answer) == []


def test_words_of_more_than_80_characters_are_refused() -> None:
    answer = read(LIST, q="x" * 81)

    assert answer.status_code == 422
    assert errors_of(answer) == [("id_q", "Write at most 80 characters.")]


@BOTH
@pytest.mark.parametrize("address", [LIST, CARD, REWARD, "/services/suica/"])
def test_every_page_says_which_table_it_shows_and_leads_to_live_campaigns(language: str, address: str) -> None:
    answer = read(address, language)
    words = {
        "en": "The 2019 programme's published table As printed in the notice of 2 Oct 2019 (Wed)."
        " The programme ended on 30 Jun 2020 (Tue)",
        "ja": "2019年度の事業で公表された表 2019年10月2日（水）の案内に印刷された内容です。"
        "事業は2020年6月30日（火）に終了",
    }

    assert words[language] in said(answer)
    assert 'href="/campaigns/"' in answer.content.decode()


def test_the_list_names_the_desks_for_the_whole() -> None:
    """P-19, J-12."""
    words = said(read(LIST))

    assert "The programme's desk for consumers 0120-010975 Weekdays, 10:00 to 18:00" in words
    assert "JPQR call centre 0120-206-100 Weekdays, 09:00 to 18:00 (not around New Year)" in words


@BOTH
def test_the_heaviest_page_stays_light(language: str) -> None:
    assert len(read(LIST, language).content) < 60_000


# One service


@BOTH
@pytest.mark.parametrize("code", CODES)
def test_each_service_has_its_page(language: str, code: str) -> None:
    answer = read(f"/services/{code}/", language)

    assert answer.status_code == 200
    assert f'href="/map/?service={code}"' in answer.content.decode()


def test_a_service_that_is_not_in_the_table_is_not_found() -> None:
    assert read("/services/nobody/").status_code == 404


@pytest.mark.parametrize(
    ("code", "sentences"),
    [
        (
            "aeon_card",
            [
                "15,000 points a month It is counted over a calendar month and begins anew on the 1st.",
                "At 5 %, 15,000 points are reached with ¥300,000. At 2 %, 15,000 points are reached with ¥750,000.",
                "If the card's credit line is lower, that line is the cap.",
                "with the bill of the month after next As printed: 引落相殺（利用月の翌々月請求時）",
            ],
        ),
        (
            "pasmo",
            [
                "20,000 points in three months It is counted over three months: October to December",
                "Register on the website (PASMO cashless point reward service) Where to register",
                "must be charged to the PASMO at one of the places",
            ],
        ),
        (
            "ts_cubic_card",
            [
                "150,000 points in nine months It is one cap for the whole programme",
                "135,000 is nine times 15,000, but 150,000 is not. This is an interpretation (X-09).",
            ],
        ),
        (
            "nanaco",
            ["¥50,000 for each charge The table prints a cap for each charge.", "This is an interpretation (X-08)."],
        ),
        ("rakuten_edy", ["2,500 points for each payment Each payment has a cap of its own."]),
        (
            "au_pay",
            ["30,000 points a month code on the phone: 15,000 points a month prepaid card: 15,000 points a month"],
        ),
        ("manaca", ["Only named manaca cards issued by MIC Co. are in."]),
        ("amex", ["The number on the back of the card", "The day shown is the earliest."]),
        (
            "j_coin_pay",
            ["www.mizuho-bank.co.jp J-Coin Pay www.mizuho.com J-Coin Pay The notice prints this address in two ways"],
        ),
    ],
)
def test_a_page_explains_its_cap_and_what_is_particular(code: str, sentences: list[str]) -> None:
    """P-36, P-37b, P-38, X-06, X-08, X-09."""
    words = said(read(f"/services/{code}/"))

    assert [one for one in sentences if one not in words] == []


def test_readings_are_marked_where_they_are_and_nowhere_else() -> None:
    """X-08, X-09."""
    marks = {code: sorted(set(re.findall(r"X-0[89]", said(read(f"/services/{code}/"))))) for code in CODES}

    assert {code: found for code, found in marks.items() if found} == {
        "ts_cubic_card": ["X-09"],
        "amex": ["X-09"],
        "suica": ["X-08"],
        "manaca": ["X-08"],
        "nanaco": ["X-08"],
    }


def test_every_rule_of_the_table_has_words() -> None:
    rules = {rule for one in published_services() for way in one.ways for rule in way.terms.credit_rule.split("|")}

    assert rules == set(CREDIT)


# Is my card in?


@pytest.mark.parametrize(
    ("language", "asked", "outcome", "words"),
    [
        ("en", {"text": "楽天カード"}, "yes", "Yes, it was in"),
        ("ja", {"issuer": "jcb_card", "brand": "JCB"}, "yes", "はい、対象でした"),
        ("en", {"text": "dカード"}, "yes", "d CARD (NTT DOCOMO, INC.)"),
        (
            "en",
            {"text": "TOICA"},
            "no",
            "TOICA (Central Japan Railway Company) The notice says that this service has no points.",
        ),
        ("ja", {"text": "はやかけん"}, "no", "案内に「ポイント制度無し」と記載されています。"),
        ("en", {"issuer": "abroad"}, "no", "Cards and other means issued outside Japan are not in, as a rule."),
        ("en", {"brand": "VISA"}, "ask", "A brand alone is not enough"),
        ("ja", {"brand": "VISA"}, "ask", "ブランドだけではわかりません。"),
        ("en", {"text": "manaca"}, "ask", "It depends on who issued it"),
        ("en", {"issuer": "other", "text": "Some Bank"}, "ask", "It is not one of the 27 main services."),
    ],
)
def test_a_card_is_in_or_not_or_its_issuer_must_be_asked(
    language: str, asked: dict[str, str], outcome: str, words: str
) -> None:
    """P-20, P-32, P-41, P-46, P-48."""
    answer = read(CARD, language, **asked)

    assert answer.status_code == 200
    assert f'data-outcome="{outcome}"' in answer.content.decode()
    assert words in said(answer)


def test_a_yes_names_the_services_and_warns_that_some_cards_earned_nothing() -> None:
    """P-36."""
    answer = read(CARD, issuer="mufg_card", brand="VISA")

    assert listed(answer) == ["mufg_card", "dc_card", "nicos_card"]
    assert "Some cards of a service that is in still earned nothing." in said(answer)


def test_nothing_said_asks_for_one_field() -> None:
    answer = read(CARD, issuer="", brand="", text="")

    assert "Fill in at least one field" in said(answer)
    assert "data-outcome" not in answer.content.decode()


def test_an_empty_page_answers_nothing_and_complains_of_nothing() -> None:
    answer = read(CARD)

    assert "data-outcome" not in answer.content.decode()
    assert 'role="alert"><div' not in answer.content.decode()


def test_a_company_that_does_not_exist_is_named() -> None:
    answer = read(CARD, issuer="nobody")

    assert answer.status_code == 422
    assert errors_of(answer) == [("id_issuer", "Choose one of the list.")]


def test_every_reason_that_can_be_given_has_words() -> None:
    """The codes of the answers, as `madoguchi.opendata.service_cards` lists them."""
    assert set(REASONS) == {
        *("in_table", "search_page", "no_points", "other_manaca", "issued_abroad", "brand_only", "other_brand"),
        *("other_card", "manaca", "several", "without_row", "debit", "not_listed"),
    }
