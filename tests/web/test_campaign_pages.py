"""Reward campaigns as residents see them: exact figures, nothing of a draft, nobody's own spending."""
# ruff: noqa: F811  # fixtures are parameters by their own names

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest

from madoguchi.core.clock import JST
from madoguchi.rewards.campaigns import draft_campaign, propose_campaign
from madoguchi.rewards.enrolled import stores_of
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.published import Sums, areas_together, days_together, figures_of, together
from madoguchi.rewards.published_stores import public_stores
from tests.rewards.conftest import (  # noqa: F401
    approve,
    campaign,
    checker,
    draft,
    lake,
    maker,
    paid,
    send,
    shops,
    town,
    worker,
)
from tests.web.campaign_readers import LIST, PAGE, STORES, read, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def granted(campaign: Any, shops: Any, send: Any, approve: Any) -> Any:
    """An approved run: six PayPay payments on three days, two LINE Pay ones; 5,000 points is a member's cap."""
    cafe, udon = shops["製糸場前カフェ"], shops["上州うどん店"]
    lines = [paid(f"p{number}", f"m{number}", cafe, 1_000, 3) for number in range(5)]
    send("paypay", [*lines, paid("p5", "m5", udon, 20_000, 4)])
    # Two payments, all of one person: neither their service nor their days may be told.
    send("line_pay", [paid("l0", "x", udon, 2_000, 5, service="line_pay")])
    return approve(campaign)


def unapproved(town: Any, maker: Any, draft: Any, state: str) -> Campaign:
    made = draft_campaign(actor=maker, owner_id=town.id, draft=draft)
    return propose_campaign(actor=maker, campaign_id=made.id) if state == "proposed" else made


# The list


def test_without_a_campaign_the_list_says_what_will_stand_there() -> None:
    said = words_of(read(LIST))

    assert "There is no campaign now" in said
    assert "As soon as a town or the programme begins one" in said


def test_the_home_page_has_a_door_to_the_campaigns() -> None:
    assert '<a class="door" href="/campaigns/">' in read("/").content.decode()


@pytest.mark.parametrize(
    ("now", "stage"),
    [((2026, 11, 1), "Coming"), ((2026, 11, 2), "Under way"), ((2026, 11, 8), "Under way"), ((2026, 11, 9), "Over")],
)
def test_the_list_tells_when_what_and_up_to_which_cap(campaign: Any, clock: Any, now: Any, stage: str) -> None:
    """P-36, P-38: who runs it, its days, its rate, its cap; by the day in Japan."""
    clock.move_to(clock.at.replace(year=now[0], month=now[1], day=now[2]).astimezone(JST))

    said = words_of(read(LIST))

    assert f"{stage} Tomioka 30 per cent week Run by Tomioka" in said
    assert "2 Nov 2026 (Mon) – 8 Nov 2026 (Sun)" in said
    assert "You get back 30 %" in said
    assert "up to 5,000 points in the whole campaign" in said


def test_the_list_shows_how_much_of_the_budget_is_used(granted: Any) -> None:
    """1,500 + 5,000 (capped from 6,000) + 600 = 7,100 of 1,000,000 points."""
    answer = read(LIST)

    assert "Budget used: 0.71 % by 5 Nov 2026 (Thu)" in words_of(answer)
    assert '<progress class="used" max="10000" value="71"' in answer.content.decode()


@pytest.mark.parametrize("state", ["draft", "proposed"])
@pytest.mark.parametrize("inner", ["", "stores/", "my-reward/", "figures.json", "figures.csv"])
def test_nothing_of_a_campaign_that_is_not_approved_is_public(
    town: Any, maker: Any, draft: Any, shops: Any, state: str, inner: str
) -> None:
    unapproved(town, maker, draft, state)

    assert read(f"{PAGE}{inner}").status_code == 404
    assert "Tomioka 30 per cent week" not in words_of(read(LIST))


# One campaign


def test_the_page_tells_what_is_earned_where_and_what_is_not(campaign: Any) -> None:
    """P-14, P-15, P-36, P-37: cap and use of each service, places, stores, sales that earn nothing."""
    said = words_of(read(PAGE))

    assert "PayPay points up to 5,000 points in the whole campaign 30 days later" in said
    assert "Municipalities Tomioka City, Gunma" in said
    assert "Stores 3" in said
    assert "Lotteries and public gambling" in said
    assert "Fees and taxes paid to a town or the state" in said


@pytest.mark.parametrize(
    ("language", "title", "sentence"),
    [
        ("en", "There are no figures yet", "two officers look at the result"),
        ("ja", "数字はまだありません", "担当者2名が確認したあと、ここに掲載します。"),
    ],
)
def test_before_the_first_approved_run_the_page_says_why_there_are_no_figures(
    campaign: Any, language: str, title: str, sentence: str
) -> None:
    said = words_of(read(PAGE, language))

    assert title in said
    assert sentence in said


def test_the_page_has_the_figures_of_the_last_approved_run(granted: Any) -> None:
    """Points in all, payments, what is left of the budget, and as of which day."""
    said = words_of(read(PAGE))

    assert "Payments up to 5 Nov 2026 (Thu), approved 20 Nov 2026 (Fri) 12:00." in said
    assert "Points granted 7,100 7 payments of ¥27,000" in said
    assert "Budget 1,000,000 Left 992,900" in said


def test_a_run_that_is_not_approved_changes_nothing_on_the_page(
    granted: Any, send: Any, shops: Any, worker: Any
) -> None:
    from madoguchi.rewards.runs import ask_run, compute_asked
    from tests.conftest import actor_named

    send("paypay", [paid("later", "m9", shops["上州うどん店"], 1_000, 6)], "more.csv")
    ask_run(actor=actor_named("admin-tomioka"), campaign_id=granted.campaign_id)
    assert compute_asked(actor=worker) == 1

    assert "Points granted 7,100" in words_of(read(PAGE))


def test_a_campaign_that_is_over_or_whose_budget_is_gone_says_so_at_the_top(granted: Any, clock: Any) -> None:
    Campaign.objects.update(terms={"rate_bps": 3_000, "budget_points": 7_100, "municipalities": ["10210"]})

    said = words_of(read(PAGE))

    assert "This campaign is over Its last day was 8 Nov 2026 (Sun)." in said
    assert "The budget is used up" in said
    clock.move(days=-15)
    assert "This campaign is over" not in words_of(read(PAGE))


def test_one_point_of_the_budget_is_left_until_it_is_gone(granted: Any) -> None:
    Campaign.objects.update(terms={"rate_bps": 3_000, "budget_points": 7_101, "municipalities": ["10210"]})

    assert "The budget is used up" not in words_of(read(PAGE))


# Small groups


def test_a_service_with_too_few_payments_is_told_with_another(granted: Any) -> None:
    """LINE Pay has one payment: alone, or as all less PayPay, it would tell what one person spent."""
    figures = figures_of(Campaign.objects.get())

    assert figures is not None
    assert [(part.code, part.of, part.sums) for part in figures.by_service] == [("", 2, Sums(7, 27_000, 7_100))]
    assert "Others together (2)" in words_of(read(PAGE))


def test_days_with_too_few_payments_are_told_with_the_days_before(granted: Any) -> None:
    figures = figures_of(Campaign.objects.get())

    assert figures is not None
    assert figures.by_day == [(date(2026, 11, 3), date(2026, 11, 5), Sums(7, 27_000, 7_100))]
    assert figures.budget.granted == {date(2026, 11, 5): 7_100}


def test_days_with_too_few_payments_are_told_with_the_days_after() -> None:
    rows = [
        {"day": f"2026-11-0{day}", "payments": n, "base_yen": n, "granted_points": n}
        for day, n in enumerate([2, 4, 5, 1, 4, 9], 1)
    ]

    told = [(one.first_on.day, one.last_on.day, one.sums.payments) for one in days_together(rows)]

    assert told == [(1, 2, 6), (3, 3, 5), (4, 5, 5), (6, 6, 9)]


def test_fewer_than_five_payments_in_all_are_not_told(campaign: Any, send: Any, shops: Any, approve: Any) -> None:
    send("paypay", [paid(f"p{number}", "m", shops["製糸場前カフェ"], 1_000, 3) for number in range(4)])
    approve(campaign)

    said = words_of(read(PAGE))

    assert "With fewer than 5 payments nothing is shown" in said
    assert "1,200" not in said
    assert read(f"{PAGE}figures.json").json()["figures"] is None
    assert read(f"{PAGE}figures.json").json()["granted_points"] is None


def sums(payments: int) -> Sums:
    return Sums(payments, payments * 100, payments * 10)


@pytest.mark.parametrize(
    ("payments", "told"),
    [
        ({"a": 9, "b": 5}, [("a", 9), ("b", 5)]),
        ({"a": 9, "b": 4, "c": 1}, [("a", 9), ("", 5)]),
        # One small part alone would be all less the others.
        ({"a": 9, "b": 4, "c": 7}, [("a", 9), ("", 11)]),
        ({"a": 4}, []),
        ({}, []),
    ],
)
def test_small_parts_stand_together_and_never_alone(payments: Any, told: Any) -> None:
    parts = together({code: sums(count) for code, count in payments.items()})

    assert [(part.code, part.sums.payments) for part in parts] == told


def test_small_municipalities_stay_within_their_prefecture_and_small_prefectures_stand_together() -> None:
    """Gunma's small towns together, Ehime's only one; Tottori and Shimane are too small to be told at all."""
    payments = {"10210": 20, "10201": 3, "10202": 2, "38201": 8, "31201": 4, "32201": 3}

    prefectures, areas = areas_together({code: sums(count) for code, count in payments.items()})

    assert [(one.code, one.sums.payments, one.of) for one in prefectures] == [("10", 25, 1), ("38", 8, 1), ("", 7, 2)]
    assert [(one.prefecture, one.code, one.sums.payments) for one in areas] == [
        ("10", "10210", 20),
        ("10", "", 5),
        ("38", "38201", 8),
        ("", "", 7),
    ]
    assert sum(one.sums.payments for one in areas) == sum(payments.values())


def test_prefectures_are_drawn_where_more_than_one_takes_part(granted: Any) -> None:
    run = granted
    assert "chart--map" not in read(PAGE).content.decode()
    rows = [("10210", 7), ("38201", 6)]
    run.figures["by_municipality"] = [
        {"municipality": code, "payments": n, "base_yen": n * 100, "granted_points": n * 30} for code, n in rows
    ]
    run.save()

    answer = read(PAGE)

    assert "chart--map" in answer.content.decode()
    assert "Gunma 7 ¥700 210 Ehime 6 ¥600 180" in words_of(answer)
    assert "Tomioka City, Gunma 7 ¥700 210" in words_of(answer)


# Files


def test_the_figures_can_be_taken_away_as_json(granted: Any) -> None:
    told = read(f"{PAGE}figures.json").json()

    assert (told["code"], told["stage"], told["rate_bps"]) == ("tomioka-2026", "over", 3_000)
    figures = told["figures"]
    assert (figures["granted_points"], figures["left_points"], figures["used_bps"]) == (7_100, 992_900, 71)
    together = {"payments": 7, "base_yen": 27_000, "granted_points": 7_100}
    assert figures["by_day"] == [{"first_on": "2026-11-03", "last_on": "2026-11-05", **together}]
    assert figures["by_service"] == [{"service_id": None, "name": None, "of": 2, **together}]


def test_the_figures_can_be_taken_away_as_csv(granted: Any) -> None:
    answer = read(f"{PAGE}figures.csv")

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert [(one["part"], one["code"], one["granted_points"]) for one in rows] == [
        ("total", "", "7100"),
        ("day", "", "7100"),
        ("service", "", "7100"),
        ("prefecture", "10", "7100"),
        ("municipality", "10210", "7100"),
    ]
    assert (rows[0]["first_on"], rows[0]["last_on"]) == ("2026-11-03", "2026-11-05")


def test_before_the_first_approved_run_the_file_has_a_head_only(campaign: Any) -> None:
    answer = read(f"{PAGE}figures.csv")

    assert len(b"".join(answer.streaming_content).decode().splitlines()) == 1


def test_other_kinds_of_files_are_not_made(campaign: Any) -> None:
    assert read(f"{PAGE}figures.xlsx").status_code == 404


# Stores


def test_the_stores_are_listed_with_their_place_and_services(campaign: Any) -> None:
    said = words_of(read(STORES, "ja"))

    assert "3店" in said
    assert "上州うどん店 群馬県富岡市 LINE Pay, PayPay" in said
    assert {code.store_id for code in public_stores(campaign)} == stores_of(campaign)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("うどん", ["上州うどん店"]),
        ("富岡市 カフェ", ["製糸場前カフェ"]),
        ("shop 2", ["富岡駅前書店"]),
        ("横浜", []),
    ],
)
def test_stores_are_found_by_words_of_their_name_or_town(campaign: Any, words: str, found: list[str]) -> None:
    assert [code.place.name for code in public_stores(campaign, words)] == found


def test_a_search_without_a_find_keeps_what_was_typed(campaign: Any) -> None:
    answer = read(f"{STORES}?words=横浜")

    assert "No store fits" in words_of(answer)
    assert 'value="横浜"' in answer.content.decode()


def test_an_excluded_store_is_listed_no_more(campaign: Any, shops: Any, maker: Any, checker: Any) -> None:
    """P-10: from the day on which its payments earn nothing."""
    from madoguchi.rewards.excluding import approve_exclusion, propose_exclusion

    made = propose_exclusion(
        actor=maker,
        campaign_id=campaign.id,
        store_id=shops["上州うどん店"],
        starts_on=date(2026, 11, 4),
        reason="not theirs",
    )
    approve_exclusion(actor=checker, exclusion_id=made.id)

    assert [code.place.name for code in public_stores(campaign)] == ["富岡駅前書店", "製糸場前カフェ"]


def test_fifty_stores_stand_on_a_page(campaign: Any, shops: Any) -> None:
    from madoguchi.registry.models import Enrolment, StoreCode

    like = StoreCode.objects.select_related("place", "principal").get(store_id=shops["上州うどん店"])
    for number in range(50):
        place = like.place
        place.pk, place.name = None, f"店{number:02}"
        place._state.adding = True
        place.save()
        code = StoreCode.objects.create(
            store_id=f"88{number:05}",
            place_id=place.pk,
            principal=like.principal,
            merchant_name="S",
            city="TOMIOKA",
            mcc="5812",
            change_number=800_000 + number,
            changed_at=like.changed_at,
        )
        Enrolment.objects.create(code=code, service_id="paypay", starts_on=date(2026, 10, 1))

    first, second = read(STORES, "ja").content.decode(), read(f"{STORES}?page=2", "ja").content.decode()

    assert "53店" in first
    assert (first.count("<tr role="), second.count("<tr role=")) == (51, 4)
