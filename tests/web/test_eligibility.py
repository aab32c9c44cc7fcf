"""The eligibility page: answered in plain words, nothing kept, nothing lost when an answer cannot be read (P-06 …)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, get_args

import pytest
from django.test import Client

from madoguchi.onboarding.eligibility import programme_day, shipped_rule_sets
from madoguchi.onboarding.rulebook import enter_rules
from madoguchi.onboarding.rules import Activity, Entity, Industry
from madoguchi.people.access import system_actor
from madoguchi.web.merchant.forms import ACTIVITIES, ENTITIES, INDUSTRIES
from tests.onboarding.cases import CASES

pytestmark = pytest.mark.django_db
ADDRESS = "/join/shop/eligibility/"
SHOP = {
    "entity": "company", "industry": "retail", "capital_yen": "10,000,000", "regular_employees": "10",
    "income_1": "5,000,000", "income_2": "", "income_3": "", "full_owner_capital_yen": "", "activity": "general",
    "franchise": "no", "petrol_station": "no", "as_of": "2019-10-01",
}  # fmt: skip


def page(language: str = "ja", **changes: Any) -> Any:
    client = Client(headers={"accept-language": language})
    return client.post(ADDRESS, SHOP | changes)


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_page_asks_and_answers_nothing_yet() -> None:
    answer = Client().get(ADDRESS)

    assert answer.status_code == 200
    assert "対象になるかを確かめる" in text(answer)
    assert 'id="answer"' not in text(answer)


@pytest.mark.parametrize(
    ("language", "outcome", "reason"),
    [
        ("ja", "対象になります（還元率5%）。", "資本金または常時使用する従業員の数が、業種ごとの上限以下です。"),
        ("en", "Eligible, at 5%.", "Capital or regular employees are within the limit of the industry."),
    ],
)
def test_a_small_shop_reads_its_rate_and_why(language: str, outcome: str, reason: str) -> None:
    answer = page(language)

    assert answer.status_code == 200
    assert outcome in text(answer)
    assert reason in text(answer)
    assert "P-06" in text(answer)
    assert "P-10" in text(answer)  # what a sham change would undo


def test_figures_may_be_written_as_people_write_them() -> None:
    assert "還元率5%" in text(page(capital_yen="￥１０，０００，０００円", regular_employees="５１人"))


def test_a_petrol_station_gets_the_lower_rate() -> None:
    assert "還元率2%" in text(page(petrol_station="yes"))


def test_what_is_excluded_is_said_with_its_rule() -> None:
    answer = page(activity="bank")

    assert "対象になりません。" in text(answer)
    assert "対象外の業種（金融機関）です。" in text(answer)


def test_an_inn_is_admitted_by_its_licence() -> None:
    assert "対象になりません。" in text(page(activity="entertainment"))
    assert "還元率5%" in text(page(activity="entertainment", licences=["inn"]))


def test_what_is_left_open_and_matters_is_asked_for_and_the_desk_is_named() -> None:
    answer = page(income_1="", franchise="")

    assert answer.status_code == 200
    assert "窓口にご確認ください。" in text(answer)
    assert "直近3年分の課税所得をお知らせください" in text(answer)
    assert "0570-000655" in text(answer)


def test_a_new_business_says_that_no_year_was_filed() -> None:
    assert "還元率5%" in text(page(income_1="", no_year_filed="on"))


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("capital_yen", "-1", "0以上の整数で入力してください"),
        ("capital_yen", "たくさん", "0以上の整数で入力してください"),
        ("regular_employees", "1.5", "0以上の整数で入力してください"),
        ("as_of", "きのう", "日付は 2019-10-01 の形で入力してください。"),
        ("no_year_filed", "on", "どちらか一方を入力してください"),
    ],
)
def test_an_answer_that_cannot_be_read_is_marked_and_the_others_stay(field: str, typed: str, complaint: str) -> None:
    answer = page(**{field: typed})

    assert answer.status_code == 422
    assert complaint in text(answer)
    assert 'id="answer"' not in text(answer)
    assert 'value="5,000,000"' in text(answer)


def test_a_choice_that_is_not_offered_is_refused() -> None:
    assert page(entity="club").status_code == 422


def test_the_rules_to_try_are_those_of_a_programme(clock: Any) -> None:
    """Long after a programme its rules can still be read and tried."""
    assert programme_day() == date(2020, 4, 30)


def test_the_shop_owners_door_leads_here() -> None:
    assert f'href="{ADDRESS}"' in text(Client().get("/"))


@pytest.mark.parametrize(("asked", "known"), [(ENTITIES, Entity), (INDUSTRIES, Industry), (ACTIVITIES, Activity)])
def test_the_page_offers_every_word_that_the_rules_know(asked: Any, known: Any) -> None:
    assert {word for word, _ in asked} == set(get_args(known))


# The rules in plain words

RULES = f"{ADDRESS}rules/"


def amend(**changes: Any) -> None:
    content = json.loads(shipped_rule_sets()[0].model_dump_json()) | changes
    enter_rules(actor=system_actor("test"), content=content)


def test_each_rule_that_decided_leads_to_where_it_stands() -> None:
    answer = text(page(activity="bank"))

    assert f'href="{RULES}?day=2019-10-01#P-13"' in answer
    assert 'id="P-13"' in text(Client().get(RULES, {"day": "2019-10-01"}))


def test_the_rules_stand_there_with_their_source_and_figures() -> None:
    answer = text(Client().get(RULES))

    assert "Cashless point reward programme, notice of 2019-10-02" in answer
    assert "小売業：資本金50,000,000円以下、または常時使用する従業員50人以下であれば対象です。" in answer
    assert "課税所得の年平均が1,500,000,000円を超える場合は対象外です。" in answer
    assert "還元率は5%です。" in answer
    assert "風俗営業は、旅館業法の許可、または" in answer


def test_every_rule_that_can_decide_has_its_place_on_the_page() -> None:
    answer = text(Client().get(RULES))

    missing = [rule for case in CASES for rule in case[4] if f'id="{rule}"' not in answer]
    assert missing == []


def test_the_rules_are_those_that_officers_amended() -> None:
    amend(rate_bps=350)

    assert "還元率は3.5%です。" in text(Client().get(RULES))
    assert "還元率3.5%" in text(page())


def test_on_a_day_without_rules_the_page_says_so() -> None:
    answer = Client().get(RULES, {"day": "2026-11-20"})

    assert answer.status_code == 200
    assert "2026年11月20日（金）に有効な規則はありません" in text(answer)


def test_a_day_that_is_none_is_named() -> None:
    answer = Client().get(RULES, {"day": "きのう"})

    assert answer.status_code == 422
    assert "日付は 2019-10-01 の形で入力してください。" in text(answer)


def test_the_rules_are_there_in_english() -> None:
    answer = Client(headers={"accept-language": "en"}).get(RULES)

    assert "Retail: eligible with a capital of ¥50,000,000 or less, or 50 regular employees or fewer." in text(answer)
