"""My reward: what purchases would earn, told to anybody and kept by nobody (P-35, P-36, P-38)."""
# ruff: noqa: F811  # fixtures are parameters by their own names

from __future__ import annotations

import re
from typing import Any

import pytest

from madoguchi.rewards.models import Campaign
from tests.rewards.conftest import campaign, checker, draft, lake, maker, row, shops, town  # noqa: F401
from tests.web.campaign_readers import MY_REWARD, ask, filled, read, words_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("rate", "points"), [("500", "550"), ("200", "220")])
def test_eleven_thousand_yen_earn_what_the_source_says(campaign: Any, rate: str, points: str) -> None:
    """P-35: ¥11,000 with tax earn 550 points at 5 % and 220 at 2 %, where the campaign has no rate of its own."""
    Campaign.objects.update(terms={"budget_points": 1_000_000})

    answer = ask(**filled(0, "11,000", rate=rate))

    assert f"{points} points for ¥11,000" in words_of(answer)


def test_each_purchase_tells_points_reason_day_and_what_the_cap_leaves(campaign: Any) -> None:
    """P-36, P-38: 30 % of ¥11,000 is 3,300; of the second only 1,700 fit under the cap of 5,000."""
    typed = {**filled(0, "11,000"), **filled(1, "11,000", "2026-11-04"), **filled(2, "1,000", "2026-11-09")}

    said = words_of(ask(**typed))

    assert "5,000 points for ¥23,000" in said
    assert "¥11,000 , 3 Nov 2026 (Tue) ¥11,000 3,300 granted in full 3 Dec 2026 (Thu) 1,700" in said
    assert "1,700 cut by a cap 3,300 points without the cap 4 Dec 2026 (Fri) 0" in said
    assert "9 Nov 2026 (Mon) ¥1,000 0 outside the campaign's days – –" in said


def test_a_place_outside_the_campaign_earns_nothing(campaign: Any) -> None:
    Campaign.objects.update(terms={"budget_points": 1_000_000})

    said = words_of(ask(**filled(0, "11,000", rate="none")))

    assert "0 points for ¥11,000" in said
    assert "place not in the campaign that day" in said


def test_a_cap_on_the_payment_is_marked_as_a_reading(campaign: Any) -> None:
    """X-08: ¥30,000 with Suica count as ¥20,000, and the page says that this is how the rule is read."""
    ceiling = {"cap_unit": "yen_of_payment", "cap_period": "payment"}
    Campaign.objects.update(services=[row("suica", 20_000, **ceiling)])

    said = words_of(ask(**filled(0, "30,000", service="suica:")))

    assert "6,000 points for ¥30,000" in said
    assert "¥20,000 6,000" in said
    assert "our reading of the rules" in said


def test_services_with_channels_are_chosen_with_their_channel(campaign: Any) -> None:
    """P-38: each channel of Merpay has a cap of its own."""
    Campaign.objects.update(services=[row("merpay", 3_000, channel=one, cap_scope="channel") for one in ("code", "id")])
    page = read(MY_REWARD).content.decode()
    assert '<option value="merpay:code"' in page
    assert "(code on the phone)" in page

    said = words_of(ask(**filled(0, "11,000", service="merpay:code"), **filled(1, "11,000", service="merpay:id")))

    assert "6,000 points for ¥22,000" in said


def test_full_width_digits_commas_and_signs_are_read(campaign: Any) -> None:
    assert "300 points for ¥1,000" in words_of(ask(**filled(0, "￥１，０００円")))


@pytest.mark.parametrize(
    ("typed", "sentence", "field"),
    [
        (filled(0, "many"), "Write whole yen from 1 to 1,000,000,000, such as 11,000.", "p0-amount"),
        (filled(0, "0"), "Write whole yen from 1 to 1,000,000,000, such as 11,000.", "p0-amount"),
        (filled(0, "1000", "soon"), "Write the day as 2026-11-21.", "p0-day"),
        (filled(0, "1000", "1999-12-31"), "Write a day between 2000 and 2099.", "p0-day"),
        (filled(0, "1000", service="nothing:"), "Select a valid choice.", "p0-service"),
    ],
)
def test_what_cannot_be_read_is_told_beside_its_field_and_stays(
    campaign: Any, typed: dict[str, str], sentence: str, field: str
) -> None:
    answer = ask(**typed, **filled(1, "2,500"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error">{sentence}' in page
    assert f'href="#id_{field}"' in page
    assert f'value="{typed["p0_amount"]}"' in page
    assert 'value="2,500"' in page
    assert 'id="result"' not in page


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Write an amount in at least one row."), ("ja", "少なくとも1行に金額を入力してください。")],
)
def test_without_any_amount_the_reader_is_asked_for_one(campaign: Any, language: str, sentence: str) -> None:
    answer = ask(language, **filled(0, ""))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_the_page_begins_with_three_rows_and_stores_nothing(campaign: Any) -> None:
    answer = read(MY_REWARD)

    assert "Nothing you write here is stored." in words_of(answer)
    assert len(re.findall(r'name="p\d-amount"', answer.content.decode())) == 3
    assert "no-store" in answer["Cache-Control"]


def test_a_row_more_keeps_what_was_typed_and_complains_of_nothing(campaign: Any) -> None:
    answer = ask(rows="3", add="1", **filled(0, "11,000"), **filled(1, "ma", "2026-11-05", "line_pay:"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert len(re.findall(r'name="p\d-amount"', page)) == 4
    assert ('value="11,000"' in page, 'value="ma"' in page) == (True, True)
    assert 'value="2026-11-05"' in page
    assert '<option value="line_pay:" selected>' in page
    assert '<input type="hidden" name="rows" value="4">' in page
    assert "field__error" not in page


@pytest.mark.parametrize(("asked", "rows"), [("30", 30), ("999", 30), ("-1", 3), ("x", 3), ("0", 1)])
def test_the_number_of_rows_has_its_bounds(campaign: Any, asked: str, rows: int) -> None:
    answer = read(f"{MY_REWARD}?rows={asked}&p0-amount=1000&p0-day=2026-11-03&p0-service=paypay:")

    assert len(re.findall(r'name="p\d+-amount"', answer.content.decode())) == rows


def test_an_address_can_carry_the_purchases(campaign: Any) -> None:
    answer = read(f"{MY_REWARD}?rows=1&p0-amount=1000&p0-day=2026-11-03&p0-service=paypay:")

    assert "300 points for ¥1,000" in words_of(answer)
