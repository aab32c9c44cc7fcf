"""Plans side by side: which are offered, at which fee, and what each would cost (P-16, J-09, J-20, J-21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.onboarding.demo_plans import PLANS, add_demo_plans
from madoguchi.onboarding.models import Plan
from madoguchi.onboarding.plan_editing import FeeFacts, PlanFacts, add_plan, change_plan
from madoguchi.onboarding.plans import Wish, cheapest, choices_on, first_months, monthly_cost, offers, offers_of
from madoguchi.people.access import system_actor
from madoguchi.registry.demo import TERMS

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
DAY = date(2026, 11, 20)
YEN = st.integers(0, 10**12)
TERMS_OF_A_PLAN = st.fixed_dictionaries(
    {
        "fee_bps": st.integers(0, 10_000),
        "payouts_per_month": st.integers(1, 31),
        "transfer_fee_yen": st.integers(0, 1_000),
        "bearer": st.sampled_from(["provider", "principal"]),
        "monthly_yen": st.integers(0, 100_000),
    }
)
PLAN = PlanFacts(
    name="標準",
    services=frozenset({"paypay"}),
    starts_on=date(2026, 1, 1),
    payout_cycle="month_end",
    payouts_per_month=1,
)


def fee(bps: int | None, starts_on: str = "2026-01-01", ends_on: str = "", period: str = "during") -> FeeFacts:
    return FeeFacts(date.fromisoformat(starts_on), date.fromisoformat(ends_on) if ends_on else None, period, bps)


def kept(provider: str = "paypay", **changed: Any) -> Plan:
    """A plan in the database; by default PayPay's, without any fee."""
    return add_plan(actor=SYSTEM, provider=provider, facts=replace(PLAN, **changed))


def names(**wish: Any) -> list[str]:
    return [one.plan.name for one in offers(Wish(**wish), DAY)]


def only(takings_yen: int | None = None, day: date = DAY) -> Any:
    (offer,) = offers(Wish(), day, takings_yen)
    return offer


# What a month costs


@given(takings=YEN, more=YEN, terms=TERMS_OF_A_PLAN)
def test_whoever_takes_more_never_pays_less(takings: int, more: int, terms: Any) -> None:
    less, higher = (monthly_cost(takings_yen=yen, **terms) for yen in (takings, takings + more))

    assert less.month_yen is not None
    assert higher.month_yen is not None
    assert 0 <= less.month_yen <= higher.month_yen


@given(takings=YEN, terms=TERMS_OF_A_PLAN)
def test_a_month_costs_its_fee_its_transfers_and_its_rent_and_nothing_else(takings: int, terms: Any) -> None:
    cost = monthly_cost(takings_yen=takings, **terms)

    assert cost.month_yen == cost.fee_yen + cost.transfer_yen + cost.monthly_yen  # type: ignore[operator]
    assert 0 <= cost.fee_yen <= takings  # type: ignore[operator]
    assert cost.monthly_yen == terms["monthly_yen"]


@given(takings=YEN, terms=TERMS_OF_A_PLAN)
def test_transfers_cost_nothing_where_the_provider_bears_them(takings: int, terms: Any) -> None:
    assert monthly_cost(takings_yen=takings, **terms | {"bearer": "provider"}).transfer_yen == 0


def test_transfers_are_counted_by_payout_and_there_is_none_without_takings() -> None:
    terms = {"fee_bps": 245, "payouts_per_month": 2, "transfer_fee_yen": 220, "bearer": "principal"}

    assert monthly_cost(takings_yen=100_000, **terms).month_yen == 2_450 + 440
    assert monthly_cost(takings_yen=0, **terms).month_yen == 0


def test_a_fee_that_is_not_told_makes_the_cost_unknown_and_not_free() -> None:
    cost = monthly_cost(
        takings_yen=100_000, fee_bps=None, payouts_per_month=1, transfer_fee_yen=220, bearer="principal"
    )

    assert (cost.fee_yen, cost.transfer_yen, cost.month_yen) == (None, 220, None)


def test_takings_below_nothing_are_an_error() -> None:
    with pytest.raises(ValueError, match="below 0"):
        monthly_cost(takings_yen=-1, fee_bps=100, payouts_per_month=1, transfer_fee_yen=0, bearer="provider")


@given(day=st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_a_first_year_has_twelve_months_each_beginning_in_its_own(day: date) -> None:
    starts = first_months(day)

    assert len({(one.year, one.month) for one in starts}) == 12
    assert starts[0] == day
    assert all(one.day <= day.day for one in starts)


# Which fee holds


def test_of_two_fees_that_overlap_the_one_that_began_last_holds_and_the_other_again_after_it(clock: Any) -> None:
    kept(fees=(fee(198, period="after"), fee(0, "2026-11-01", "2026-11-30")))

    assert only(day=date(2026, 10, 31)).fee_bps == 198
    assert only(day=date(2026, 11, 1)).fee_bps == 0
    assert only(day=date(2026, 11, 30)).fee_bps == 0
    assert only(day=date(2026, 12, 1)).fee_bps == 198


def test_in_a_gap_between_fees_the_fee_is_not_told(clock: Any) -> None:
    kept(fees=(fee(100, "2026-01-01", "2026-10-31"), fee(200, "2026-12-01")))

    found = only(100_000)
    assert (found.fee_bps, found.fee_state) == (None, "not_told")
    assert found.cost.month_yen is None
    assert found.year.yen is None


def test_a_negotiated_fee_is_told_apart_from_one_that_is_not_told(clock: Any) -> None:
    kept(fees=(fee(None),))

    assert (only().fee_bps, only().fee_state) == (None, "negotiated")


def test_a_plan_is_offered_on_its_first_and_last_day_and_on_no_other(clock: Any) -> None:
    kept(starts_on=date(2026, 4, 1), ends_on=date(2026, 9, 30))

    offered = [bool(offers(Wish(), date.fromisoformat(day))) for day in (
        "2026-03-31", "2026-04-01", "2026-09-30", "2026-10-01",
    )]  # fmt: skip
    assert offered == [False, True, True, False]


# What the first year costs


def test_the_first_year_follows_the_fees_by_their_days(clock: Any) -> None:
    """A campaign that ends soon does not make a plan look free."""
    kept(fees=(fee(0, "2026-01-01", "2027-01-31"), fee(300, "2027-02-01")), terminal_yen=10_000)

    found = only(100_000)
    assert found.cost.month_yen == 0
    # 20 November, December and January cost nothing; the nine months from 20 February cost 3 %.
    assert [(one.months, one.cost.month_yen) for one in found.year.stretches] == [(3, 0), (9, 3_000)]
    assert found.year.yen == 27_000 + 10_000


def test_the_first_year_follows_conditions_that_are_announced(clock: Any) -> None:
    plan = kept(fees=(fee(100),))
    dearer = replace(PLAN, starts_on=date(2027, 5, 20), fees=(fee(100),), monthly_yen=500)
    change_plan(actor=SYSTEM, provider="paypay", plan_id=plan.id, facts=dearer)

    found = only(100_000)
    assert found.changes_on == date(2027, 5, 20)
    assert found.year.yen == 12 * 1_000 + 6 * 500


def test_whoever_has_a_plan_that_is_no_longer_offered_keeps_its_last_conditions(clock: Any) -> None:
    kept(fees=(fee(100),), ends_on=date(2026, 11, 30))

    assert only(100_000).year.yen == 12 * 1_000


def test_rent_after_the_period_counts_only_after_it(clock: Any) -> None:
    """P-16: extra costs during and after."""
    kept(
        fees=(fee(0, "2026-01-01", "2027-05-19"), fee(0, "2027-05-20", period="after")),
        monthly_yen=100,
        monthly_after_yen=1_000,
    )

    assert only(100_000).year.yen == 6 * 100 + 6 * 1_000


# Order and choice


def test_the_cheapest_in_the_first_year_comes_first_and_what_is_not_told_last(clock: Any) -> None:
    kept("paypay", name="first free", fees=(fee(0, "2026-01-01", "2026-12-19"), fee(500, "2026-12-20")))
    kept("line_pay", name="steady", services=frozenset({"line_pay"}), fees=(fee(200),))
    kept("au_pay", name="by quotation", services=frozenset({"au_pay"}), fees=(fee(None),))
    kept("au_pay", name="unsaid", services=frozenset({"au_pay"}))

    found = offers(Wish(), DAY, 100_000)
    assert [one.plan.name for one in found] == ["steady", "first free", "by quotation", "unsaid"]
    assert [one.plan.name for one in cheapest(found)] == ["steady"]


def test_plans_that_tie_are_all_the_cheapest(clock: Any) -> None:
    kept("paypay", name="one", fees=(fee(100),))
    kept("au_pay", name="two", services=frozenset({"au_pay"}), fees=(fee(100),))

    assert {one.plan.name for one in cheapest(offers(Wish(), DAY, 5_000))} == {"one", "two"}


def test_nothing_is_the_cheapest_of_plans_whose_fees_are_not_told(clock: Any) -> None:
    kept(fees=(fee(None),))

    assert cheapest(offers(Wish(), DAY, 5_000)) == []


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({}, {"codes", "cards", "unsaid"}),
        ({"services": frozenset({"paypay"})}, {"codes"}),
        ({"services": frozenset({"paypay", "aeon_card"})}, {"codes", "cards"}),
        ({"brands": frozenset({"visa"})}, {"cards"}),
        ({"terminals": frozenset({"CT-5100"})}, {"cards"}),
        ({"applicant": "municipality"}, {"codes", "unsaid"}),
        ({"applicant": "business"}, {"codes", "cards", "unsaid"}),
        ({"payout_cycle": "half_month"}, {"cards"}),
        ({"transfer_fee_bearer": "principal"}, {"cards"}),
        ({"most_fee_bps": 325}, {"codes", "cards"}),
        ({"most_fee_bps": 324}, {"codes"}),
        ({"only_free": True}, {"codes"}),
        ({"only_free": True, "most_fee_bps": 500}, {"codes"}),
        ({"brands": frozenset({"visa"}), "only_free": True}, set()),
    ],
)
def test_each_wish_narrows_the_list(clock: Any, wish: Any, found: Any) -> None:
    """J-21: only those that charge nothing; a fee that is not told is none of them."""
    kept("paypay", name="codes", fees=(fee(0),), brands=("jpqr",))
    cards = {"services": frozenset({"aeon_card"}), "brands": ("visa", "id"), "terminals": ("CT-5100",)}
    terms = {"applicants": "business", "payout_cycle": "half_month", "transfer_fee_bearer": "principal"}
    kept("aeon_card", name="cards", fees=(fee(325),), **cards, **terms)
    kept("au_pay", name="unsaid", services=frozenset({"au_pay"}))

    assert set(names(**wish)) == found


def test_chosen_plans_come_in_the_order_chosen_and_ended_ones_are_left_out(clock: Any) -> None:
    first, second = kept(name="first"), kept(name="second")
    ended = kept(name="ended", ends_on=date(2026, 10, 31))

    found = offers_of([second.id, ended.id, first.id, second.id], DAY)
    assert [one.plan.name for one in found] == ["second", "first"]


def test_only_what_some_plan_has_is_offered_to_choose_from(clock: Any) -> None:
    kept(brands=("jpqr",), terminals=("掲示するQRコード",))
    kept(name="ended", ends_on=date(2026, 10, 31), brands=("visa",))

    found = choices_on(DAY)
    assert [service.code for service in found.services] == ["paypay"]
    assert (found.brands, found.terminals) == (("jpqr",), ("掲示するQRコード",))
    assert found.payout_cycles == {"month_end"}


# The examples


def test_the_examples_are_entered_once_and_marked(clock: Any) -> None:
    assert add_demo_plans(SYSTEM) == len(PLANS)
    assert add_demo_plans(SYSTEM) == 0

    assert Plan.objects.filter(is_demo=True).count() == len(PLANS)
    assert all("例" in plan.name for plan in Plan.objects.all())


@pytest.mark.parametrize("service", list(TERMS))
def test_an_example_asks_what_the_demo_settles_by(clock: Any, service: str) -> None:
    add_demo_plans(SYSTEM)

    (found,) = offers(Wish(services=frozenset({service})), DAY)
    terms = TERMS[service]
    assert found.fee_bps == terms["fee_bps"]
    assert found.plan.payout_cycle == terms["closing_cycle"]
    assert found.plan.transfer_fee_yen == terms.get("transfer_fee_yen", 0)
    assert found.plan.transfer_fee_bearer == terms.get("transfer_fee_bearer", "provider")


def test_the_sample_of_the_notice_is_among_the_examples(clock: Any) -> None:
    """P-16: before negotiated, about 3.25 % during, the same after; two payouts, whose transfers the provider bears."""
    add_demo_plans(SYSTEM)
    aeon = Wish(services=frozenset({"aeon_card"}))

    told = [offers(aeon, day)[0].fee_bps for day in (date(2019, 9, 30), date(2019, 10, 1), date(2020, 7, 1))]
    assert told == [None, 325, 325]
    (found,) = offers(aeon, date(2019, 9, 30))
    assert found.fee_state == "negotiated"
    assert (found.plan.payouts_per_month, found.plan.transfer_fee_bearer) == (2, "provider")
    assert set(found.plan.terminals) == {"JT-C06", "JT-C16", "CT-5100", "AT-2300"}


def test_some_examples_are_free(clock: Any) -> None:
    """J-21."""
    add_demo_plans(SYSTEM)

    assert {one.plan.provider_id for one in offers(Wish(only_free=True), DAY)} == {"merpay", "j_coin_pay"}
