"""Whom an applicant waits for: the office and the providers see it on their first page."""

from __future__ import annotations

import pytest

from madoguchi.core.clock import today
from madoguchi.onboarding.applications import answer_consent
from madoguchi.onboarding.letters import applicant_writes, office_writes, provider_writes
from madoguchi.onboarding.provider_desk import approve_item
from madoguchi.onboarding.unanswered import written_to_office, written_to_provider
from madoguchi.people.access import ANONYMOUS, provider_actor
from tests.conftest import refused
from tests.onboarding.conftest import MAKER, accepted, item_of, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
PAYPAY = provider_actor("paypay")


def writes(desk, text, item=None):
    applicant_writes(actor=desk.actor, application_id=desk.application.id, text=text, item_id=item.id if item else None)


def for_office():
    found = written_to_office(MAKER)
    return [message.text for message in found.messages], found.more


def for_paypay():
    return [message.text for message in written_to_provider(PAYPAY, "paypay").messages]


def test_the_office_sees_the_last_words_until_it_answers():
    desk = sent()
    writes(desk, "一つ目")
    writes(desk, "二つ目")
    assert for_office() == (["二つ目"], 0)

    office_writes(actor=MAKER, application_id=desk.application.id, text="お返事です")

    assert for_office() == ([], 0)


def test_who_has_waited_longest_comes_first_and_beyond_ten_they_are_counted():
    for number in range(12):
        writes(sent("business", name=f"店{number}"), f"連絡{number}")

    assert for_office() == ([f"連絡{number}" for number in range(10)], 2)


def test_publication_refused_after_acceptance_stands_there_too():
    """P-27: the office has to see to it."""
    desk = accepted()

    answer_consent(actor=desk.actor, application_id=desk.application.id, consents=False)

    assert for_office() == (["公表に同意しません。登録の取消しをお願いします。"], 0)


def test_a_provider_sees_what_is_about_its_own_items_until_it_answers():
    desk = accepted()
    writes(desk, "PayPayの方へ", item_of(desk, "paypay"))
    writes(desk, "LINE Payの方へ", item_of(desk, "line_pay"))
    assert for_paypay() == ["PayPayの方へ"]
    assert for_office() == ([], 0)

    provider_writes(actor=PAYPAY, item_id=item_of(desk, "paypay").id, text="お返事です")

    assert for_paypay() == []


def test_a_decision_is_an_answer_and_what_is_written_after_it_is_not(clock):
    desk = accepted()
    item = item_of(desk, "paypay")
    writes(desk, "いつから使えますか", item)
    clock.move(minutes=1)
    approve_item(actor=PAYPAY, item_id=item.id, starts_on=today())
    assert for_paypay() == []

    clock.move(minutes=1)
    writes(desk, "日を変えられますか", item)

    assert for_paypay() == ["日を変えられますか"]


def test_nobody_else_reads_it():
    with refused("not_allowed"):
        written_to_office(ANONYMOUS)
    with refused("not_allowed"):
        written_to_provider(PAYPAY, "line_pay")
