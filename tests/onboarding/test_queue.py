"""The review queue: what stands in which tab, in which order, found by what, a page at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from madoguchi.core.clock import now
from madoguchi.onboarding import queue
from madoguchi.onboarding.applications import withdraw_application
from madoguchi.onboarding.models import Application
from madoguchi.onboarding.queue import QueueFilter, QueuePage, queue_page, reference_in, tab_counts
from madoguchi.people.access import ANONYMOUS, Actor
from madoguchi.people.rules import Grant
from tests.conftest import refused
from tests.onboarding.conftest import MAKER, begun, place_facts, propose_acceptance, sent

pytestmark = pytest.mark.django_db
AUDITOR = Actor("user:auditor", (Grant("auditor", everywhere=True),))


@pytest.fixture(autouse=True)
def _country(towns: Any, clock: Any) -> None:
    """Municipalities, services, and a clock that stands."""


def waiting(number: int, **facts: Any) -> Application:
    """An application sent so many minutes ago."""
    told = {
        "reference": f"AAAA-{number:04}",
        "resume_hash": "",
        "state": "submitted",
        "kind": "business",
        "name": f"商店{number}",
        "municipality_id": "10210",
        "created_at": now(),
        "changed_at": now(),
        "submitted_at": now() - timedelta(minutes=number),
    }
    return Application.objects.create(**{**told, **facts})


def references(page: QueuePage) -> list[str]:
    return [row.application.reference for row in page.rows]


def found(**wanted: str) -> list[str]:
    return references(queue_page(AUDITOR, QueueFilter(**wanted)))


def test_who_waits_longest_comes_first_and_of_the_decided_the_latest():
    for number in (1, 3, 2):
        waiting(number)
        waiting(number + 10, state="accepted")

    assert found() == ["AAAA-0003", "AAAA-0002", "AAAA-0001"]
    assert found(tab="accepted") == ["AAAA-0011", "AAAA-0012", "AAAA-0013"]


def test_a_row_says_what_there_is_to_know_before_opening_it(clock: Any):
    desk = sent(places=[place_facts(), place_facts("三鷹市役所 税務課", services=frozenset({"paypay"}))])
    clock.move(days=3)

    row = queue_page(AUDITOR, QueueFilter()).rows[0]

    assert row.application.name == "東京都三鷹市"
    assert row.municipality is not None
    assert (row.municipality.code, row.place_count, row.service_count, row.item_count) == ("13204", 2, 2, 3)
    assert (row.waiting_days, row.proposal) == (3, None)
    assert row.application.id == desk.application.id


def test_what_was_proposed_moves_to_a_tab_of_its_own_with_its_maker():
    """Who looks for work does not open what a colleague has already proposed."""
    desk = sent()
    assert found() == [desk.application.reference]

    propose_acceptance(desk)

    assert found() == []
    (row,) = queue_page(AUDITOR, QueueFilter("proposed")).rows
    assert row.proposal is not None
    assert (row.application.reference, row.proposal.maker) == (desk.application.reference, str(MAKER))


def test_drafts_are_their_applicants_alone_also_once_withdrawn():
    desk = begun()
    withdraw_application(actor=desk.actor, application_id=desk.application.id)
    reference = desk.application.reference

    assert found(tab="withdrawn") == []
    assert found(words=reference) == []
    assert tab_counts(AUDITOR)["withdrawn"].number == 0


def test_pages_follow_each_other_without_gap_or_repetition_also_within_one_instant(monkeypatch: Any):
    """A keyset: what is sent meanwhile shifts nothing."""
    monkeypatch.setattr(queue, "PAGE_ROWS", 2)
    for number in range(5):
        waiting(number, submitted_at=now())

    first = queue_page(AUDITOR, QueueFilter())
    waiting(9, submitted_at=now() - timedelta(days=1))
    second = queue_page(AUDITOR, QueueFilter(), after=first.after)
    third = queue_page(AUDITOR, QueueFilter(), after=second.after)

    assert sorted(references(first) + references(second) + references(third)) == [f"AAAA-000{n}" for n in range(5)]
    assert (first.before, third.after) == ("", "")
    assert references(queue_page(AUDITOR, QueueFilter(), before=third.before)) == references(second)
    assert references(queue_page(AUDITOR, QueueFilter(), before=second.before)) == references(first)


@pytest.mark.parametrize("tab", ["submitted", "accepted"])
def test_the_last_page_is_reached_at_once(monkeypatch: Any, tab: str):
    monkeypatch.setattr(queue, "PAGE_ROWS", 2)
    for number in range(5):
        waiting(number, state=tab)
    oldest_first = [f"AAAA-000{number}" for number in (4, 3, 2, 1, 0)]
    shown = oldest_first if tab == "submitted" else oldest_first[::-1]

    last = queue_page(AUDITOR, QueueFilter(tab), at_end=True)

    assert references(last) == shown[3:]
    assert last.after == ""
    assert references(queue_page(AUDITOR, QueueFilter(tab), before=last.before)) == shown[1:3]


@pytest.mark.parametrize("cursor", ["", "x", "2026-11-20~", "2026-11-20T00:00:00~" + "0" * 32, "~~"])
def test_a_cursor_that_is_none_gives_the_first_page(cursor: str):
    waiting(1)

    page = queue_page(AUDITOR, QueueFilter(), after=cursor)

    assert (references(page), page.before) == (["AAAA-0001"], "")


def test_counts_stop_where_counting_on_would_take_long(monkeypatch: Any):
    monkeypatch.setattr(queue, "COUNT_UP_TO", 2)
    for number in range(3):
        waiting(number)
    waiting(7, state="returned")

    counts = tab_counts(AUDITOR)

    assert (counts["submitted"].number, counts["submitted"].is_more) == (2, True)
    assert (counts["returned"].number, counts["returned"].is_more) == (1, False)
    assert list(counts) == list(queue.TABS)


def test_a_flag_narrows_what_is_to_be_looked_at():
    waiting(1, flags=[{"code": "not_on_map", "rule": "P-28", "stops": False, "facts": {}}])
    waiting(2, flags=[{"code": "ask_desk", "rule": "P-48", "stops": False, "facts": {"place": "not_on_map"}}])

    assert found(flag="not_on_map") == ["AAAA-0001"]
    assert found(flag="used_already") == []


def test_kind_prefecture_and_municipality_narrow_together():
    waiting(1, kind="municipality")
    waiting(2, municipality_id="10202")
    waiting(3, municipality_id="13204")

    assert found(kind="municipality") == ["AAAA-0001"]
    assert found(prefecture="10") == ["AAAA-0002", "AAAA-0001"]
    assert found(prefecture="10", municipality="10202") == ["AAAA-0002"]


@pytest.mark.parametrize("words", ["豆腐", "株式会社まち", "TOFU", "tofu", "Tofu"])
def test_a_part_of_the_name_finds_it_however_its_letters_are_written(words: str):
    waiting(1, name="株式会社まちの豆腐店 Tofu")
    waiting(2)

    assert found(words=words) == ["AAAA-0001"]


@pytest.mark.parametrize("words", ["aaaa-0001", "AAAA0001", " aaaa oool ", "7000012050002", "7000-0120-50002"])
def test_a_reference_or_corporate_number_is_found_in_whatever_tab(words: str):
    """As it is read out on the phone: hyphens, spaces and look-alikes (O, l) do not matter."""
    waiting(1, state="accepted", corporate_number="7000012050002")

    page = queue_page(AUDITOR, QueueFilter("returned", words=words.strip()))

    assert (references(page), page.is_exact) == (["AAAA-0001"], True)


@pytest.mark.parametrize(("words", "expected"), [("madoguch", ""), ("AAAA-001", ""), ("oooo-illl", "0000-1111")])
def test_words_that_cannot_be_a_reference_are_none(words: str, expected: str):
    assert reference_in(words) == expected


def test_an_address_that_names_nothing_known_shows_all():
    wanted = QueueFilter.read(
        {"state": "x", "flag": "y", "kind": "z", "prefecture": "1a", "municipality": "10210", "q": " ﾄｳﾌ\x00 "}
    )

    assert wanted == QueueFilter(words="トウフ")
    assert QueueFilter.read({"state": "accepted", "flag": "ask_desk"}) == QueueFilter("accepted")
    assert QueueFilter.read({"prefecture": "13", "municipality": "10210"}) == QueueFilter(prefecture="13")


def test_a_page_takes_as_many_statements_however_long_it_is(django_assert_num_queries: Any):
    for number in range(20):
        waiting(number)

    with django_assert_num_queries(6):
        queue_page(AUDITOR, QueueFilter())


def test_the_queue_is_the_offices_alone():
    for read in (lambda: queue_page(ANONYMOUS, QueueFilter()), lambda: tab_counts(ANONYMOUS)):
        with refused("not_allowed"):
            read()
