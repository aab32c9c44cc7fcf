"""What purchases would earn, without any file: the examples of the source, and always what a run says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.core.clock import JST
from madoguchi.engine.rewards import (
    Campaign,
    FurtherCap,
    Purchase,
    Reward,
    Service,
    programme_2019,
    read_services,
    reward_of,
    run,
    services_of_2019,
)
from tests.conftest import refused
from tests.engine.rewards import results
from tests.engine.rewards.worlds import MADE_UP, UNKNOWN, at, made_up_services, row_of
from tests.engine.rewards.writing import PaymentsFile, World, services_2019, write_services


@cache
def services() -> tuple[Service, ...]:
    return read_services(services_of_2019())


def bought(yen: int, service: str = "paypay:code", when: str = "2019-10-05 12:00", rate_bps: int | None = 500) -> Any:
    service_id, _, channel = service.partition(":")
    return Purchase(service_id, channel, datetime.fromisoformat(when), yen, rate_bps)  # without a zone: Japan


def points(purchases: list[Purchase], campaign: Campaign | None = None) -> list[int]:
    return [one.granted_points for one in reward_of(purchases, services(), campaign or programme_2019())]


def test_11000_yen_earn_550_points_at_a_small_shop_and_220_at_a_franchise():
    """P-35."""
    small, franchise = reward_of([bought(11_000), bought(11_000, rate_bps=200)], services(), programme_2019())

    assert small == Reward(11_000, 550, 550, "ok", "2019-10", date(2019, 11, 20), 24_450)
    assert franchise == Reward(11_000, 220, 220, "ok", "2019-10", date(2019, 11, 20), 24_230)


@pytest.mark.parametrize(("rate_bps", "yen"), [(500, 300_000), (200, 750_000)])
def test_15000_points_a_month_are_reached_with_300000_yen_at_5_percent_and_750000_at_2(rate_bps: int, yen: int):
    """P-36: one yen more earns nothing more, until the next month."""
    card = {"service": "aeon_card:card", "rate_bps": rate_bps}
    found = reward_of(
        [bought(yen, **card), bought(5_000, **card), bought(5_000, when="2019-11-01 00:00", **card)],
        services(),
        programme_2019(),
    )

    assert [one.granted_points for one in found] == [15_000, 0, 5_000 * rate_bps // 10_000]
    assert [one.left_in_window_points for one in found[:2]] == [0, 0]
    assert (found[1].reason, found[1].credit_on) == ("capped", None)


@pytest.mark.parametrize(("tax_bps", "yen"), [(1_000, 11_000), (800, 10_800), (0, 10_000)])
def test_the_price_without_tax_is_the_base_where_the_campaign_says_so(tax_bps: int, yen: int):
    """P-35, P-47: 500 points of ¥10,000, whatever the tax in the price was."""
    assert points([bought(yen)], replace(programme_2019(), tax_base="excluded", tax_bps=tax_bps)) == [500]


@pytest.mark.parametrize(
    ("service", "purchases", "expected"),
    [
        # 25,000 a month: the second day of a new month has the whole cap again.
        ("paypay:code", [("2019-10-05", 499_000), ("2019-10-31", 11_000), ("2019-11-01", 11_000)], [24_950, 50, 550]),
        # 20,000 a quarter: December still counts with October, January does not.
        ("pasmo:ic", [("2019-10-05", 399_000), ("2019-12-31", 11_000), ("2020-01-01", 11_000)], [19_950, 50, 550]),
        # 135,000 in nine months (X-09, a reading).
        ("amex:card", [("2019-10-05", 2_699_000), ("2020-06-30", 11_000)], [134_950, 50]),
        # ¥20,000 that can be charged at once (X-08, a reading), each time anew.
        ("suica:ic", [("2019-10-05", 30_000), ("2019-10-05", 30_000)], [1_000, 1_000]),
        # 2,500 points a payment.
        ("rakuten_edy:ic", [("2019-10-05", 60_000), ("2019-10-05", 40_000)], [2_500, 2_000]),
    ],
    ids=["month", "quarter", "nine months", "charge", "payment"],
)
def test_caps_have_five_bases(service: str, purchases: list[tuple[str, int]], expected: list[int]):
    """P-38."""
    assert points([bought(yen, service, f"{day} 12:00") for day, yen in purchases]) == expected


def test_channels_share_a_cap_or_have_one_each():
    """P-38: LINE Pay's 30,000 are for all its ways to pay, Merpay's 15,000 for each."""
    line = [bought(590_000, "line_pay:code"), bought(20_000, "line_pay:card")]
    merpay = [bought(290_000, "merpay:code"), bought(20_000, "merpay:id")]

    assert points(line) == [29_500, 500]
    assert points(merpay) == [14_500, 1_000]


def test_rewards_come_in_the_order_given_and_caps_are_used_in_the_order_of_time():
    later, earlier = bought(11_000, when="2019-10-06 12:00"), bought(499_000)

    assert points([later, earlier]) == [50, 24_950]


def test_an_instant_with_a_zone_is_a_day_in_japan():
    """Midnight in Japan is 15:00 of the day before in UTC."""
    first = datetime(2019, 9, 30, 15, 0, tzinfo=UTC)
    before = first - timedelta(seconds=1)
    found = reward_of(
        [Purchase("paypay", "code", moment, 100, 500) for moment in (first, before)], services(), programme_2019()
    )

    assert [one.reason for one in found] == ["ok", "outside_period"]


@pytest.mark.parametrize(
    ("purchase", "reason", "left"),
    [
        (bought(100, "ghost:code"), "unknown_service", None),
        (bought(100, when="2020-07-01 00:00"), "outside_period", None),
        (bought(100, rate_bps=None), "not_enrolled", 25_000),
        (bought(0), "refunded", 25_000),
    ],
)
def test_what_earns_nothing_says_why_and_uses_nothing(purchase: Purchase, reason: str, left: int | None):
    found = reward_of([purchase, bought(11_000)], services(), programme_2019())

    assert (found[0].granted_points, found[0].reason, found[0].left_in_window_points) == (0, reason, left)
    assert found[1].left_in_window_points == 24_450


def test_the_members_cap_holds_over_all_services():
    campaign = replace(programme_2019(), member_cap=FurtherCap(600, "month"))

    assert points(
        [bought(11_000), bought(11_000, "merpay:code"), bought(11_000, when="2019-11-01 00:00")], campaign
    ) == [
        550,
        50,
        550,
    ]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount_yen": -1}, "amount_yen"),
        ({"amount_yen": 10**9 + 1}, "amount_yen"),
        ({"rate_bps": 10_001}, "rate_bps"),
        ({"bought_at": datetime(1999, 12, 31, tzinfo=JST)}, "bought_at"),
    ],
)
def test_a_wrong_purchase_is_refused_with_its_number(changed: dict[str, Any], field: str):
    with refused("purchase_wrong", purchase=2, field=field):
        points([bought(1), replace(bought(1), **changed)])


CAMPAIGNS = st.builds(
    Campaign,
    name=st.just("週間"),
    starts_on=st.just(date(2019, 10, 2)),
    ends_on=st.just(date(2020, 4, 15)),
    rate_bps=st.sampled_from([None, None, 333, 3_000]),
    rounding=st.sampled_from(["down", "half_up", "up"]),
    tax_base=st.sampled_from(["included", "excluded"]),
    tax_bps=st.sampled_from([1_000, 800]),
    member_cap=st.none()
    | st.builds(FurtherCap, st.sampled_from([30, 400]), st.sampled_from(["month", "quarter", "programme"])),
)
MOMENTS = st.sampled_from(["2019-10-01 23:59", "2019-10-02 00:00", "2019-10-15 12:00", "2019-12-31 23:59",
                           "2020-01-01 00:00", "2020-02-29 12:00", "2020-04-15 23:59", "2020-04-16 00:00"])  # fmt: skip
RATES = [None, 500, 200, 333]
PURCHASES = st.lists(
    st.tuples(
        st.sampled_from([*MADE_UP, *UNKNOWN, ("suica", "ic"), ("paypay", "code")]),
        MOMENTS,
        st.sampled_from([1, 19, 20, 100, 333, 1_001, 11_000, 10**9]),
        st.sampled_from(RATES),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made_up=made_up_services(), campaign=CAMPAIGNS, told=PURCHASES)
def test_purchases_earn_what_a_run_gives_them(made_up: list[Any], campaign: Campaign, told: list[Any]):
    """P-35, P-37, P-38: one member, places of several rates, any rounding, tax and caps."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            row_of("payment", number, None, service, 1, RATES.index(rate_bps), yen, at(when))
            for number, (service, when, yen, rate_bps) in enumerate(told)
        ]
        places = [
            {"store_id": store, "service_id": "*", "rate_bps": rate_bps, "starts_on": date(2019, 1, 1), "ends_on": None}
            for store, rate_bps in enumerate(RATES)
            if rate_bps is not None
        ]
        files = World([PaymentsFile(rows=rows)], places, [*services_2019(), *made_up]).write(folder)
        run(**files, campaign=campaign, out=folder / "out")
        table = read_services(write_services(folder / "table.csv", [*services_2019(), *made_up]))
        purchases = [
            Purchase(service_id or "", channel or "", datetime.fromisoformat(when), yen, rate_bps)
            for (service_id, channel), when, yen, rate_bps in told
        ]
        grants = {row["payment_id"]: row for row in results.grants(folder / "out")}

    found = reward_of(purchases, table, campaign)

    names = ("base_yen", "raw_points", "granted_points", "reason", "period", "credit_on")
    for number, reward in enumerate(found):
        assert {one: getattr(reward, one) for one in names} == {one: grants[number][one] for one in names}
    _left_is_what_the_cap_left(purchases, found, table)


def _left_is_what_the_cap_left(purchases: list[Purchase], found: list[Reward], table: tuple[Service, ...]) -> None:
    """After the last purchase of a window: its cap less all raw points, never below 0."""
    by_key = {(one.service_id, one.channel): one for one in table}
    raw: dict[Any, int] = defaultdict(int)
    last: dict[Any, int] = {}
    for place in sorted(range(len(purchases)), key=lambda place: (purchases[place].bought_at, place)):
        if (left := found[place].left_in_window_points) is not None:
            service = by_key[purchases[place].service_id, purchases[place].channel]
            key = service.window, found[place].period, service.cap_amount
            raw[key] += found[place].raw_points
            last[key] = left
    assert last == {key: max(0, key[2] - raw[key]) for key in last}
