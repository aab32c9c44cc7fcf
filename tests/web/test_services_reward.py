"""What a payment gave back in the 2019 programme, as its page tells it in both languages (P-35 … P-38)."""

from __future__ import annotations

import pytest

from tests.web.service_readers import REWARD, errors_of, pay, read, said

BOTH = pytest.mark.parametrize("language", ["ja", "en"])

pytestmark = pytest.mark.django_db


@BOTH
@pytest.mark.parametrize(("rate", "points"), [("500", "550"), ("200", "220")])
def test_11000_yen_give_550_or_220(language: str, rate: str, points: str) -> None:
    """P-35."""
    answer = pay(language, rate=rate)

    assert answer.status_code == 200
    assert f'data-points="{points}"' in answer.content.decode()
    assert {"en": f"{points} points", "ja": f"{points}ポイント"}[language] in said(answer)


@BOTH
def test_the_empty_form_shows_the_notices_example(language: str) -> None:
    """P-35."""
    words = {
        "en": "Example: ¥11,000 give 550 points at 5 % , 220 points at 2 %",
        "ja": "例：¥11,000の支払いで 還元率5%なら550ポイント 、 還元率2%なら220ポイント",
    }

    assert words[language].replace(" ", "") in said(read(REWARD, language)).replace(" ", "")


def test_the_cap_leaves_what_was_not_spent_before() -> None:
    """P-36, P-38."""
    fresh, late = pay(), pay(earlier="295,000")

    assert "What the cap leaves 14,450 points ¥289,000 more at 5 % reach the cap." in said(fresh)
    assert 'data-points="250"' in late.content.decode()
    assert "Without the cap 550 points" in said(late)
    assert 'data-left="0"' in late.content.decode()
    assert "The ¥295,000 spent before are counted as one payment at 5 %." in said(late)


def test_a_used_up_cap_gives_nothing_and_says_so() -> None:
    answer = pay(earlier="300000")

    assert 'data-points="0"' in answer.content.decode()
    assert "Nothing arrives: no points are left." in said(answer)


@pytest.mark.parametrize(
    ("service", "day", "words"),
    [
        ("aeon_card:card", "2019-10-02", "They arrive from 1 Dec 2019 (Sun) with the bill of the month after next"),
        ("dc_card:card", "2019-10-02", "or from 30 Nov 2019 (Sat) at the end of the next month"),
        ("pasmo:ic", "2019-10-02", "They arrive from 1 Jan 2020 (Wed) in January, April or July, whichever comes next"),
        ("suica:ic", "2020-06-30", "They arrive from 10 Jul 2020 (Fri) early in the next month"),
        ("rakuten_edy:ic", "2019-10-02", "They arrive from 1 Nov 2019 (Fri) about 30 days after the payment"),
        ("line_pay:code", "2019-10-02", "They arrive from 2 Oct 2019 (Wed) at once, when you pay"),
        ("line_pay:card", "2019-10-02", "They arrive from 1 Nov 2019 (Fri) in the next month"),
        ("merpay:id", "2019-10-07", "They arrive from 14 Oct 2019 (Mon) on the Monday of the following week"),
        ("rakuten_pay:code", "2019-12-02", "They arrive from 29 Feb 2020 (Sat) at the end of the month after next"),
    ],
)
def test_points_arrive_on_a_day(service: str, day: str, words: str) -> None:
    """P-37."""
    assert words in said(pay(service=service, day=day))


def test_an_arrival_is_told_in_japanese_too() -> None:
    """P-37."""
    assert "還元時期 2019年11月20日（水）から 翌月20日ごろ" in said(pay("ja", service="paypay:code"))


def test_a_cap_on_a_charge_cuts_the_amount_that_counts_and_is_marked() -> None:
    """X-08."""
    words = said(pay(service="suica:ic", amount="30000"))

    assert "1,000 points" in words
    assert "Amount that counts ¥20,000" in words
    assert "This is an interpretation (X-08)." in words
    assert "What the cap leaves" not in words


def test_a_cap_on_a_payment_is_told() -> None:
    """P-38."""
    words = said(pay(service="origami_pay:code", amount="100000"))

    assert "2,000 points" in words
    assert "Without the cap 5,000 points" in words


@pytest.mark.parametrize("amount", ["11000", "１１，０００", "¥11,000", "11,000円", " 11000 "])
def test_an_amount_is_read_as_people_type_it(amount: str) -> None:
    assert 'data-points="550"' in pay(amount=amount).content.decode()


NOT_A_NUMBER = "Write an amount in whole yen, such as 11,000."


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"amount": ""}, "id_amount", NOT_A_NUMBER),
        ({"amount": "abc"}, "id_amount", NOT_A_NUMBER),
        ({"amount": "10.5"}, "id_amount", NOT_A_NUMBER),
        ({"amount": "-5"}, "id_amount", "An amount cannot be negative."),
        ({"amount": "0"}, "id_amount", "Write at least ¥1."),
        ({"amount": "10000000"}, "id_amount", "Write at most ¥9,999,999."),
        ({"amount": "9" * 5_000}, "id_amount", "Write at most ¥9,999,999."),
        ({"earlier": "abc"}, "id_earlier", NOT_A_NUMBER),
        ({"earlier": "-1"}, "id_earlier", "An amount cannot be negative."),
        ({"earlier": "10000000"}, "id_earlier", "Write at most ¥9,999,999."),
        ({"service": ""}, "id_service", "There is no such service in the table. Choose one of the list."),
        ({"service": "nobody:card"}, "id_service", "There is no such service in the table. Choose one of the list."),
        ({"service": "suica:card"}, "id_service", "There is no such service in the table. Choose one of the list."),
        ({"rate": "300"}, "id_rate", "Choose one of the list."),
        ({"day": ""}, "id_day", "Write the day as 2019-11-21."),
        ({"day": "2019-02-30"}, "id_day", "Write the day as 2019-11-21."),
        ({"day": "2019-09-30"}, "id_day", "The programme ran from 1 October 2019 to 30 June 2020. Write a day in it."),
        ({"day": "2020-07-01"}, "id_day", "The programme ran from 1 October 2019 to 30 June 2020. Write a day in it."),
    ],
)
def test_a_wrong_field_is_named_with_what_to_do(typed: dict[str, str], field: str, sentence: str) -> None:
    answer = pay(**typed)

    assert answer.status_code == 422
    assert errors_of(answer) == [(field, sentence)]
    assert "data-points" not in answer.content.decode()


@pytest.mark.parametrize("day", ["2019-10-01", "2020-06-30"])
@pytest.mark.parametrize("amount", ["1", "9999999"])
def test_the_first_and_last_of_what_is_allowed_is_taken(day: str, amount: str) -> None:
    assert pay(day=day, amount=amount).status_code == 200


def test_several_wrong_fields_are_told_at_once_in_japanese() -> None:
    answer = pay("ja", amount="-5", service="x", day="2020-07-01", earlier="abc")

    assert errors_of(answer) == [
        ("id_amount", "金額に負の数は入力できません。"),
        ("id_service", "そのサービスは表にありません。一覧から選んでください。"),
        ("id_day", "事業の期間は2019年10月1日から2020年6月30日までです。期間内の日付を入力してください。"),
        ("id_earlier", "金額を円単位の数字で入力してください（例：11,000）。"),
    ]
    assert 'value="-5"' in answer.content.decode()
