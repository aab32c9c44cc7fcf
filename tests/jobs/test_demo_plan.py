"""A demo month's plan looks like a month of a town, and is the same for the same seed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.core.clock import JST, is_bank_business_day
from madoguchi.counter.rules import counted_yen
from madoguchi.jobs import demo_shapes as shapes
from madoguchi.jobs.demo_plan import Plan, Till, count_of, given_yen, plan_month, slices
from madoguchi.payments.rules import Candidate, match

OCTOBER = date(2026, 10, 1)
SPORTS_DAY = date(2026, 10, 12)
SERVICES = (("au_pay", "au_pay"), ("line_pay", "line_pay"), ("paypay", "paypay"))


@dataclass(frozen=True)
class Item:
    code: str
    purpose: str
    unit_yen: int


MENUS = {
    "town_hall": [Item("residence", "certificate_fee", 300), Item("family", "certificate_fee", 450)],
    "museum": [Item("adult", "admission_fee", 1_000), Item("child", "admission_fee", 150)],
    "community_centre": [Item("tax", "various_certificate_fee", 300), Item("hall_hour", "facility_fee", 1_200)],
    "family_centre": [Item("playroom", "facility_fee", 200)],
    "post_office": [Item("seal", "certificate_fee", 300)],
}
TILLS = [
    Till(
        code_id=UUID(int=number),
        store_id=f"0000000000001-0001-{number:06d}-000001",
        place_id=UUID(int=100 + number),
        principal_id=UUID(int=200),
        operator_id=UUID(int=200),
        clerk_id=None,
        shape=shape,
        size=shapes.SHAPES[shape].size,
        services=SERVICES,
    )
    for number, shape in enumerate(MENUS, start=1)
]


def planned(payments: int = 3_000, *, seed: int = 1, month: date = OCTOBER) -> Plan:
    return plan_month(
        month=month,
        seed=seed,
        payments=payments,
        tills=TILLS,
        menu=lambda till, _day: MENUS[till.shape],  # type: ignore[arg-type,return-value]
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def at_shape(plan: Plan, shape: str) -> list[date]:
    return [sale.day for sale in plan.sales if sale.till.shape == shape]


def test_the_same_seed_gives_the_same_month_and_another_seed_another(plan):
    assert planned().sales == plan.sales
    assert planned(seed=2).sales != plan.sales


def test_a_plan_has_as_many_payments_as_asked_for_with_references_of_their_own(plan):
    told = [*plan.orderless(), *(sale.told() for sale in plan.with_order("plain", "late", "wrong", "twin", "left"))]
    assert len(told) == 3_000
    assert len({row.reference for row in told}) == 3_000
    assert all(row.reference.startswith("demo:2026-10:1:3000:") for row in told)


@settings(deadline=None, max_examples=40)  # a plan of 400 takes longer than a property usually may
@given(st.integers(1, 400), st.integers(0, 5))
def test_any_size_of_month_comes_out_exactly(payments, seed):
    plan = planned(payments, seed=seed)
    ordered = plan.with_order("plain", "late", "wrong", "twin", "left")
    assert len(ordered) + len(plan.orderless()) == payments


def test_town_halls_and_post_offices_are_closed_on_weekends_and_holidays(plan):
    for shape in ("town_hall", "post_office"):
        days = set(at_shape(plan, shape))
        assert days
        assert all(is_bank_business_day(day) for day in days)
        assert SPORTS_DAY not in days


def test_museums_are_fullest_on_weekends_and_holidays(plan):
    visitors = Counter(at_shape(plan, "museum"))
    weekend = [visitors[day] for day in visitors if day.weekday() >= 5]
    weekdays = [visitors[day] for day in visitors if day.weekday() < 5 and day != SPORTS_DAY]
    assert sum(weekend) / len(weekend) > 2 * sum(weekdays) / len(weekdays)
    assert visitors[SPORTS_DAY] > sum(weekdays) / len(weekdays)


def test_everything_happens_within_opening_hours(plan):
    for sale in plan.sales:
        curve = shapes.SHAPES[sale.till.shape].curve
        for at in (sale.opened_at, sale.paid_at):
            local = at.astimezone(JST)
            assert curve[0][0] <= local.hour * 60 + local.minute < curve[-1][1]
        assert sale.opened_at < sale.paid_at


def test_community_centres_live_in_the_evening(plan):
    hours = [sale.opened_at.hour for sale in plan.sales if sale.till.shape == "community_centre"]
    assert sum(hour >= 17 for hour in hours) > len(hours) / 2


def test_nobody_works_over_new_year():
    days = {sale.day for sale in planned(500, month=date(2026, 12, 1)).sales}
    assert max(days) <= date(2026, 12, 28)


def test_three_in_five_payments_are_made_with_paypay(plan):
    tenders = Counter(sale.tender for sale in plan.sales if sale.tender != "cash")
    assert 0.55 < tenders["paypay"] / tenders.total() < 0.65


def test_a_wrong_amount_comes_before_the_right_one_and_is_given_back_whole(plan):
    """J-29: the customer pays ¥100 instead of ¥1,000, pays again, and gets the first back."""
    backs = {back.payment_reference: back for back in plan.refunds()}
    wrong = [sale for sale in plan.sales if sale.fate == "wrong"]
    assert len(wrong) == 30
    for sale in wrong:
        told, right = sale.wrong(), sale.told()
        assert told.amount_yen * 10 == right.amount_yen
        assert sale.opened_at < told.paid_at < right.paid_at
        assert backs[told.reference].amount_yen == told.amount_yen
        assert backs[told.reference].refunded_at > right.paid_at


def test_no_refund_exceeds_its_payment_or_leaves_the_month(plan):
    sums: dict[str, int] = defaultdict(int)
    paid = {sale.key: sale.total_yen for sale in plan.sales} | {
        row.reference: row.amount_yen for row in plan.orderless()
    }
    for back in plan.refunds():
        sums[back.payment_reference] += back.amount_yen
        assert back.refunded_at.astimezone(JST).date() <= date(2026, 10, 31)
    assert all(0 < yen <= paid[reference] for reference, yen in sums.items())


def test_orders_are_numbered_by_place_and_day_without_gaps(plan):
    numbers: dict[tuple[UUID, date], list[int]] = defaultdict(list)
    for sale in plan.sales:
        if sale.has_order:
            numbers[sale.till.place_id, sale.day].append(sale.ordinal)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_inside_a_wave_every_payment_has_exactly_one_order(plan):
    """What makes matching by amount and time as sure as at a real till, though many orders wait side by side."""
    for part in slices(plan.with_order("plain", "late", "wrong"), 500):
        assert len({sale.wave for sale in part}) == 1
        waiting: dict[UUID, list[Candidate]] = defaultdict(list)
        for sale in part:
            order = Candidate(sale.key, sale.key, sale.total_yen, sale.opened_at, None, "")
            waiting[sale.till.code_id].append(order)
        for sale in part:
            found = match(
                amount_yen=sale.total_yen,
                paid_at=sale.paid_at,
                service=sale.tender,
                order_reference="",
                candidates=waiting[sale.till.code_id],
            )
            assert (found.order_id, found.rule) == (sale.key, "amount_and_time")


@given(st.integers(0, 5_000_000))
def test_a_count_sums_to_the_cash(cash_yen):
    assert counted_yen(count_of(cash_yen)) == cash_yen


@given(st.integers(1, 100_000), st.integers())
def test_nobody_gives_less_cash_than_asked(total_yen, seed):
    assert given_yen(Random(seed), total_yen) >= total_yen


@given(st.sampled_from(sorted(shapes.SHAPES)), st.dates(date(2020, 6, 1), date(2035, 12, 31)), st.integers())
def test_a_moment_lies_on_its_day_within_opening_hours(name, day, seed):
    shape = shapes.SHAPES[name]
    at = shapes.moment(Random(seed), shape, day).astimezone(JST)
    assert at.date() == day
    minute = timedelta(hours=at.hour, minutes=at.minute)
    assert timedelta(minutes=shape.curve[0][0]) <= minute < timedelta(minutes=shape.curve[-1][1])
