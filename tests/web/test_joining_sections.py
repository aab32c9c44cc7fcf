"""An application's pages: each saved by itself, two windows, a lost line (J-11, J-27, J-28, P-06, P-22)."""

from __future__ import annotations

from typing import Any

import pytest

from madoguchi.events.models import Event
from madoguchi.onboarding.applications import account_of, save_answers
from madoguchi.people.access import applicant_actor
from tests.onboarding.conftest import ACCOUNT, APPLICANT, MITAKA, TOMIOKA, begun, filled
from tests.web.applicants import at, browser, hidden, holder, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
TOWN = APPLICANT | {"municipality_code": "東京都三鷹市"}


def test_the_overview_names_what_is_missing_with_a_link_to_its_field() -> None:
    desk = begun()
    page = text(holder(desk).get(at(desk, "")))

    assert f'href="{at(desk, "section/applicant/")}#id_representative"' in page
    assert f'href="{at(desk, "section/account/")}#id_bank_code"' in page
    assert f'href="{at(desk, "section/business/")}#id_yearly_sales_yen"' in page
    assert "There is no place yet" in page


def test_a_section_is_saved_half_filled_in_and_leads_to_what_is_missing_next() -> None:
    desk = begun()
    client = holder(desk)

    answer = client.post(at(desk, "section/account/"), {"bank_code": "０００１", "holder_kana": "かいけいかんりしゃ"})

    assert (answer.status_code, answer["Location"]) == (302, at(desk, "places/"))
    account = account_of(desk.again())
    assert account is not None
    assert (account.bank_code, account.holder_kana, account.account_number) == ("0001", "カイケイカンリシヤ", "")
    assert 'value="0001"' in text(client.get(at(desk, "section/account/")))


def test_saving_for_later_leads_to_the_overview() -> None:
    desk = begun()

    answer = holder(desk).post(at(desk, "section/account/"), {"bank_code": "0001", "later": "1"})

    assert answer["Location"] == at(desk, "")


def test_the_town_is_found_by_its_name_in_either_language() -> None:
    desk = begun()
    client = holder(desk)

    for name in ("群馬県富岡市", "富岡市", "Tomioka", "Tomioka City, Gunma"):
        client.post(at(desk, "section/applicant/"), TOWN | {"municipality_code": name})
        assert desk.again().municipality_id == TOMIOKA, name
    assert "Tomioka City, Gunma" in text(client.get(at(desk, "section/applicant/")))


def test_a_name_that_two_towns_share_asks_for_the_prefecture() -> None:
    desk = begun()

    answer = holder(desk).post(at(desk, "section/applicant/"), TOWN | {"municipality_code": "府中市"})

    assert answer.status_code == 422
    assert "Fuchu City, Tokyo, Fuchu City, Hiroshima" in text(answer)
    assert desk.again().municipality_id is None


def test_suggestions_begin_with_what_was_typed() -> None:
    page = text(browser("ja").get("/join/municipalities/?municipality_code=富岡"))

    assert page == '<option value="福島県富岡町"></option><option value="群馬県富岡市"></option>'
    assert text(browser().get("/join/municipalities/?municipality_code=<b>")) == ""


def test_the_postal_code_fills_municipality_and_address_and_saves_nothing() -> None:
    """P-27: without scripts the whole page comes back with both filled in; what else was typed stays."""
    desk = begun()
    typed = {"postal_code": "〒370-2316", "name": "富岡市", "fill": "postal_code"}

    answer = holder(desk, "ja").post(at(desk, "section/applicant/"), typed)

    assert answer.status_code == 200
    for value in ("群馬県富岡市", "群馬県富岡市富岡", "富岡市"):
        assert f'value="{value}"' in text(answer)
    assert "field__error" not in text(answer)
    assert desk.again().name == ""


def test_an_unknown_postal_code_is_told_and_what_was_typed_stays() -> None:
    desk = begun()
    typed = {"postal_code": "0000000", "address": "野崎1-1-1", "fill": "postal_code"}

    answer = holder(desk).post(at(desk, "section/applicant/"), typed)

    assert answer.status_code == 422
    assert "This postal code is not known." in text(answer)
    assert 'value="野崎1-1-1"' in text(answer)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("corporate_number", "123", "A corporate number has 13 digits."),
        ("corporate_number", "1000012050002", "its first digit checks the others"),
        ("phone", "12", "Write the phone number with its area code"),
        ("email", "nobody", "Write an e-mail address such as kaikei@example.jp."),
        ("name", "=HYPERLINK(1)", "a spreadsheet would run it"),
        ("representative", "＝1+1", "a spreadsheet would run it"),
        ("municipality_code", "どこでもない市", "There is no such municipality."),
    ],
)
def test_what_cannot_be_right_is_told_at_its_field_and_nothing_is_lost(field: str, value: str, told: str) -> None:
    """The summary links to the field; nothing is saved, and everything typed is still on the page (J-11)."""
    desk = begun()

    answer = holder(desk).post(at(desk, "section/applicant/"), TOWN | {field: value})

    page = text(answer)
    assert answer.status_code == 422
    assert told in page
    assert f'<a class="link" href="#id_{field}">' in page
    assert 'value="三鷹市長"' in page or field == "representative"
    assert (desk.again().name, desk.application.version) == ("", 0)


def test_all_that_is_wrong_is_told_at_once() -> None:
    desk = begun()

    page = text(holder(desk).post(at(desk, "section/account/"), {"bank_code": "1", "branch_code": "1"}))

    assert "A bank&#x27;s code has four digits." in page
    assert "A branch&#x27;s code has three digits." in page


def test_a_town_is_asked_for_its_settlement_and_nothing_of_a_business() -> None:
    """J-11: the general account's settlement stands for sales; capital is 0 and not asked for."""
    desk = begun()
    client = holder(desk)

    page = text(client.get(at(desk, "section/business/")))
    client.post(at(desk, "section/business/"), {"yearly_sales_yen": "70,000,000,000円"})

    assert "Settlement of the general account (yen)" in page
    assert "id_capital_yen" not in page
    assert desk.again().answers["business"]["yearly_sales_yen"] == 70_000_000_000


def test_a_business_tells_its_figures_trade_and_cards() -> None:
    """P-06, P-22, P-25."""
    desk = begun("business")
    told = {
        "entity": "sole_proprietor", "industry": "service", "trade": "restaurant", "regular_employees": "２人",
        "income_1": "3,000,000", "income_2": "", "activity": "general", "franchise": "no", "petrol_station": "",
        "card_contracts": "2", "card_payouts_per_month": "3",
    }  # fmt: skip
    client = holder(desk)

    answer = client.post(at(desk, "section/business/"), told)

    assert answer.status_code == 302
    assert desk.again().answers["business"] == {
        "entity": "sole_proprietor", "industry": "service", "trade": "restaurant", "regular_employees": 2,
        "taxable_income_yen": [3_000_000], "activity": "general", "licences": [], "franchise": False,
        "card_contracts": 2, "card_payouts_per_month": 3,
    }  # fmt: skip
    again = text(client.get(at(desk, "section/business/")))
    assert '<option value="restaurant" selected>' in again
    assert 'value="3000000"' in again


def test_the_account_page_says_that_a_second_account_is_a_second_application() -> None:
    """J-28, and the warning that nobody asks for the account by phone (P-33)."""
    desk = begun()
    page = text(holder(desk).get(at(desk, "section/account/")))

    assert "A second account is a second application" in page
    assert "Nobody from the programme, this desk or a payment provider asks for account numbers" in page


# A lost line, and two windows


def test_a_page_whose_answer_was_lost_is_sent_again_as_it_is() -> None:
    """Page 4: the first request arrived, its answer did not; the same request again is no conflict and no change."""
    desk = begun()
    client = holder(desk)
    page = hidden(client.get(at(desk, "section/account/")))
    client.post(at(desk, "section/account/"), ACCOUNT | page)
    kept, events = desk.again().account_sealed, Event.objects.count()

    answer = client.post(at(desk, "section/account/"), ACCOUNT | page)

    assert answer.status_code == 302
    assert (desk.again().account_sealed, Event.objects.count()) == (kept, events)


def test_two_windows_on_the_same_page_are_shown_both_versions_and_lose_neither() -> None:
    desk = filled()
    first, second = holder(desk), holder(desk)
    page = hidden(first.get(at(desk, "section/account/")))
    second.post(at(desk, "section/account/"), ACCOUNT | {"account_number": "7654321"} | page)

    mine = ACCOUNT | {"account_number": "1111111"}
    answer = first.post(at(desk, "section/account/"), mine | page)

    shown = text(answer)
    assert answer.status_code == 422
    assert "Somebody saved this page in another window" in shown
    assert 'value="1111111"' in shown  # what I typed
    assert "<dd>7654321</dd>" in shown  # what the other window saved
    assert number_of(desk) == "7654321"

    first.post(at(desk, "section/account/"), mine | hidden(answer))
    assert number_of(desk) == "1111111"


def number_of(desk: Any) -> str:
    account = account_of(desk.again())
    assert account is not None
    return account.account_number


def test_two_windows_on_different_pages_do_not_stand_in_each_others_way() -> None:
    desk = filled()
    client = holder(desk)
    page = hidden(client.get(at(desk, "section/account/")))
    save_answers(
        actor=applicant_actor(desk.application.id),
        application_id=desk.application.id,
        section="applicant",
        answers=APPLICANT | {"contact_person": "財政課", "municipality_code": MITAKA},
    )

    answer = client.post(at(desk, "section/account/"), ACCOUNT | {"account_number": "1111111"} | page)

    assert answer.status_code == 302
    assert number_of(desk) == "1111111"
    assert desk.again().answers["applicant"]["contact_person"] == "財政課"


def test_a_section_that_there_is_not_is_not_found() -> None:
    desk = begun()

    assert holder(desk).get(at(desk, "section/secrets/")).status_code == 404


def test_which_documents_are_asked_for_is_not_known_before_the_applicant_said_what_it_is() -> None:
    """P-23: nothing is missing there yet, and nothing is complete either."""
    desk = begun("business")
    assert "After “The business”" in text(holder(desk).get(at(desk, "")))

    save_answers(
        actor=desk.actor, application_id=desk.application.id, section="business", answers={"entity": "company"}
    )

    assert "After “The business”" not in text(holder(desk).get(at(desk, "")))
