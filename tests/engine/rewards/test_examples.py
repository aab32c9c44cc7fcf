"""What a payment earns, in sentences with exact figures, held against the oracle and every engine alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.engine.rewards import results
from tests.engine.rewards.conftest import ENGINES
from tests.engine.rewards.oracle import Row
from tests.engine.rewards.worlds import at, row_of, service
from tests.engine.rewards.writing import PaymentsFile, World, services_2019

Tell = Callable[[World], tuple[list[Row], list[Row], list[tuple[str, int, str]]]]
NOON = "2019-10-05 12:00"
SMALL_SHOP, FRANCHISE = 10, 20
ENROLMENTS = [
    {"store_id": store_id, "service_id": "*", "rate_bps": rate_bps, "starts_on": date(2019, 10, 1), "ends_on": None}
    for store_id, rate_bps in ((SMALL_SHOP, 500), (FRANCHISE, 200))
]
SERVICES = [
    *services_2019(),
    service("town", "code", cap_amount=100, credit_rule="month:+1"),
    service("spring", "code", cap_amount=100, cap_period="quarter", credit_rule="day:+1:31"),
]


def told_by_oracle(world: World, folder: Path) -> Any:
    told = world.told()
    return [row for rows in results.told_by_day(told).values() for row in rows], told.claims, told.rejected


def told_by_engine(engine: str, world: World, folder: Path) -> Any:
    from madoguchi.engine.rewards import run

    out = folder / "out"
    run(**world.write(folder), out=out, engine=engine)
    return results.grants(out), results.claims(out), results.rejected(out)


@pytest.fixture(params=["oracle", *ENGINES])
def tell(request: pytest.FixtureRequest, tmp_path: Path) -> Tell:
    """`grants, claims, rejected = tell(world)`, by the oracle or by one of the engines."""
    teller = told_by_oracle if request.param == "oracle" else partial(told_by_engine, request.param)
    return partial(teller, folder=tmp_path)


@pytest.fixture
def reward_day_files(reward_run: Callable[..., Any], tmp_path: Path) -> Callable[[World], list[str]]:
    """The names of a world's files of grants."""

    def names(world: World) -> list[str]:
        reward_run(**world.write(tmp_path), out=tmp_path / "out")
        return sorted(path.name for path in (tmp_path / "out" / "grants").iterdir())

    return names


def paid(payment_id: Any, amount_yen: int, when: str | int = NOON, **changed: Any) -> Row:
    """A payment with the town's service of member 1 at the small shop."""
    paid_at = at(when) if isinstance(when, str) else when
    return row_of("payment", payment_id, None, ("town", "code"), 1, SMALL_SHOP, amount_yen, paid_at) | changed


def given_back(payment_id: Any, original: Any, amount_yen: int, when: str = NOON) -> Row:
    return row_of("refund", payment_id, original, (None, None), None, None, amount_yen, at(when))


def world_of(*rows: Row, **facts: Any) -> World:
    return World([PaymentsFile(rows=list(rows))], ENROLMENTS, SERVICES, **facts)


def points(grants: list[Row]) -> dict[Any, tuple[int, int, str]]:
    """payment_id → raw, granted, reason."""
    return {row["payment_id"]: (row["raw_points"], row["granted_points"], row["reason"]) for row in grants}


def test_11000_yen_earn_550_points_at_a_small_shop_and_220_at_a_franchise(tell: Tell) -> None:
    """P-35: 5 % and 2 % of the price paid, tax included."""
    paypay = {"service_id": "paypay"}
    grants, claims, rejected = tell(world_of(paid(1, 11_000, **paypay), paid(2, 11_000, store_id=FRANCHISE, **paypay)))

    first = {
        "payment_id": 1,
        "service_id": "paypay",
        "channel": "code",
        "member_id": 1,
        "store_id": SMALL_SHOP,
        "base_yen": 11_000,
        "raw_points": 550,
        "granted_points": 550,
        "reason": "ok",
        "period": "2019-10",
        "credit_on": date(2019, 11, 20),
    }
    second = first | {"payment_id": 2, "store_id": FRANCHISE, "raw_points": 220, "granted_points": 220}
    assert grants == [first, second]
    assert rejected == []
    assert [(row["payments"], row["base_yen"], row["granted_points"], row["capped_points"]) for row in claims] == [
        (2, 22_000, 770, 0)
    ]


def test_points_are_rounded_down_and_a_payment_too_small_for_one_is_still_ok(tell: Tell) -> None:
    grants, _, _ = tell(world_of(paid(1, 19), paid(2, 39)))
    assert points(grants) == {1: (0, 0, "ok"), 2: (1, 1, "ok")}
    assert [row["credit_on"] for row in grants] == [None, date(2019, 11, 1)]


def test_the_payment_that_meets_the_cap_gets_what_is_left_and_the_next_gets_nothing(tell: Tell) -> None:
    """P-38: cap 100; 60, then 40 of 60, then 0 of 60; the next month starts anew."""
    rows = [paid(at_hour, 1_200, f"2019-10-05 1{at_hour}:00") for at_hour in (1, 2, 3)]
    grants, claims, _ = tell(world_of(*reversed(rows), paid(4, 1_200, "2019-11-01 00:00")))

    assert points(grants) == {1: (60, 60, "ok"), 2: (60, 40, "capped"), 3: (60, 0, "capped"), 4: (60, 60, "ok")}
    assert [row["credit_on"] for row in grants] == [date(2019, 11, 1), date(2019, 11, 1), None, date(2019, 12, 1)]
    assert [(row["month"], row["granted_points"], row["capped_points"]) for row in claims] == [
        ("2019-10", 100, 80),
        ("2019-11", 60, 0),
    ]
    assert [(row["rewarded_payments"], row["rewarded_base_yen"]) for row in claims] == [(2, 2_400), (1, 1_200)]


def test_a_payment_that_fills_the_cap_exactly_is_not_capped(tell: Tell) -> None:
    grants, _, _ = tell(world_of(paid(1, 2_000)))
    assert points(grants) == {1: (100, 100, "ok")}


def test_a_refund_frees_the_cap_for_later_payments(tell: Tell) -> None:
    """The first payment is given back by half, so that the second gets 70 where it had got 40."""
    rows = [paid(1, 1_200), paid(2, 1_400, "2019-10-05 13:00"), given_back(3, 1, 600, "2019-12-24 10:00")]
    grants, _, rejected = tell(world_of(*rows))

    assert points(grants) == {1: (30, 30, "ok"), 2: (70, 70, "ok")}
    assert grants[0]["base_yen"] == 600
    assert rejected == []


def test_a_payment_given_back_wholly_or_more_than_that_earns_nothing(tell: Tell) -> None:
    rows = [paid(1, 1_000), paid(2, 1_000), given_back(3, 1, 400), given_back(4, 1, 600), given_back(5, 2, 1_001)]
    grants, _, rejected = tell(world_of(*rows))

    assert points(grants) == {1: (0, 0, "refunded"), 2: (0, 0, "refunded")}
    assert [row["base_yen"] for row in grants] == [0, 0]
    assert rejected == []


def test_of_two_payments_in_one_instant_the_smaller_number_comes_first(tell: Tell) -> None:
    """9 before 10, though "10" sorts before "9"."""
    grants, _, _ = tell(world_of(paid(10, 1_200), paid(9, 1_200)))
    assert points(grants) == {9: (60, 60, "ok"), 10: (60, 40, "capped")}


def test_of_two_payments_in_one_instant_the_text_that_sorts_first_comes_first(tell: Tell) -> None:
    """By code point: "10" before "9", "Z" before "a"; one id that is no number makes all of them text."""
    grants, _, _ = tell(world_of(paid("a", 200), paid(9, 1_200), paid("Z", 200), paid(10, 1_200)))
    assert [row["payment_id"] for row in grants] == ["10", "9", "Z", "a"]
    assert points(grants) == {
        "10": (60, 60, "ok"),
        "9": (60, 40, "capped"),
        "Z": (10, 0, "capped"),
        "a": (10, 0, "capped"),
    }


def test_a_nanosecond_decides_which_payment_comes_first(tell: Tell) -> None:
    instant = at(NOON)
    world = world_of(paid(1, 1_200, instant + 1), paid(2, 1_200, instant))
    world.files[0].unit = "ns"
    assert points(tell(world)[0]) == {2: (60, 60, "ok"), 1: (60, 40, "capped")}


def test_midnight_in_japan_decides_the_month_whatever_the_zone_of_the_file(tell: Tell) -> None:
    """14:59:59 UTC on 31 October is still October in Japan; a second later November begins."""
    rows = [paid(1, 2_000, "2019-10-31 23:59:59"), paid(2, 2_000, "2019-11-01 00:00:00")]
    world = world_of(*rows)
    world.files[0].zone = "UTC"
    grants, _, _ = tell(world)

    assert [(row["period"], row["granted_points"]) for row in grants] == [("2019-10", 100), ("2019-11", 100)]


def test_the_programme_lasts_from_october_to_june_in_japan(tell: Tell) -> None:
    """P-02: the first and the last instant count, those next to them do not; their month is still told."""
    instants = ("2019-09-30 23:59:59", "2019-10-01 00:00:00", "2020-06-30 23:59:59", "2020-07-01 00:00:00")
    rows = [paid(number, 2_000, instant) for number, instant in enumerate(instants)]
    grants, _, _ = tell(world_of(*rows))

    assert [row["reason"] for row in grants] == ["outside_period", "ok", "ok", "outside_period"]
    assert [row["raw_points"] for row in grants] == [0, 100, 100, 0]
    assert [row["period"] for row in grants] == ["2019-09", "2019-10", "2020-06", "2020-07"]


def test_a_quarter_is_one_of_the_calendar_and_a_short_month_pays_on_its_last_day(tell: Tell) -> None:
    """November and December share a cap; "the 31st of the next month" is 29 February after January 2020."""
    spring = {"service_id": "spring"}
    days = ("2019-11-30 12:00", "2019-12-31 23:59", "2020-01-31 12:00")
    grants, _, _ = tell(world_of(*(paid(number, 1_200, day, **spring) for number, day in enumerate(days))))

    assert [(row["period"], row["granted_points"]) for row in grants] == [
        ("2019-Q4", 60),
        ("2019-Q4", 40),
        ("2020-Q1", 60),
    ]
    assert [row["credit_on"] for row in grants] == [date(2019, 12, 31), date(2020, 1, 31), date(2020, 2, 29)]


def test_an_exact_copy_counts_once_even_if_its_instant_is_spelled_in_another_zone(tell: Tell) -> None:
    files = [
        PaymentsFile("a.csv", [paid(1, 1_200), given_back(2, 1, 200)]),
        PaymentsFile("b.csv", [paid(1, 1_200), given_back(2, 1, 200)], unit="ns", zone="-05:00"),
    ]
    grants, claims, rejected = tell(World(files, ENROLMENTS, SERVICES))

    assert points(grants) == {1: (50, 50, "ok")}
    assert grants[0]["base_yen"] == 1_000
    assert claims[0]["payments"] == 1
    assert rejected == []


def test_an_id_told_in_two_ways_is_refused_in_every_row_and_its_refund_with_it(tell: Tell) -> None:
    first, second = paid(1, 1_000), paid(1, 1_001)
    grants, _, rejected = tell(world_of(first, second, first, given_back(2, 1, 10), paid(3, 400)))

    assert points(grants) == {3: (20, 20, "ok")}
    assert rejected == [
        ("payments.parquet", 1, "doubled_id"),
        ("payments.parquet", 2, "doubled_id"),
        ("payments.parquet", 3, "doubled_id"),
        ("payments.parquet", 4, "refund_without_payment"),
    ]


def test_rows_that_cannot_be_are_refused_by_file_row_and_the_first_reason(tell: Tell) -> None:
    """A row refused on its own does not spoil the good row of the same id."""
    rows = [
        paid(1, 1_000),
        paid(1, -1_000),
        paid(None, -1, kind="loan"),
        paid(2, -1, kind="loan"),
        paid(3, 1_000_000_001),
        paid(4, 1_000_000_000, store_id=None, paid_at=None),
        paid(5, 10, when="2100-01-01 00:00"),
        given_back(6, 77, 10),
        given_back(7, 7, 10),
        given_back(8, None, 10),
    ]
    grants, _, rejected = tell(world_of(*rows))

    assert points(grants) == {1: (50, 50, "ok")}
    assert [(row, reason) for _, row, reason in rejected] == [
        (2, "amount_not_positive"),
        (3, "no_payment_id"),
        (4, "unknown_kind"),
        (5, "amount_absurd"),
        (6, "no_store_id"),
        (7, "paid_at_absurd"),
        (8, "refund_without_payment"),
        (9, "refund_without_payment"),
        (10, "refund_without_payment"),
    ]


def test_words_in_a_column_of_numbers_are_refused_and_hurt_no_other_row(tell: Tell) -> None:
    """A spreadsheet's habits: thousands with commas, decimals, an empty cell, 31 September, NA as a member."""
    rows = [
        paid(1, "1,000"),  # type: ignore[arg-type]
        paid(2, "12.5"),  # type: ignore[arg-type]
        paid(3, None),  # type: ignore[arg-type]
        paid(4, 100, paid_at="2019-09-31T10:00:00"),
        paid(5, 99_999_999_999_999_999_999),
        paid(6, 400, member_id="NA"),
    ]
    grants, _, rejected = tell(World([PaymentsFile("sheet.csv", rows)], ENROLMENTS, SERVICES))

    assert [(row["payment_id"], row["member_id"], row["granted_points"]) for row in grants] == [(6, "NA", 20)]
    assert rejected == [
        ("sheet.csv", 1, "amount_unreadable"),
        ("sheet.csv", 2, "amount_unreadable"),
        ("sheet.csv", 3, "no_amount"),
        ("sheet.csv", 4, "no_paid_at"),
        ("sheet.csv", 5, "amount_absurd"),
    ]


def test_an_enrolment_for_the_service_wins_over_one_for_all(tell: Tell) -> None:
    """P-03: a store is registered with each service, by date; the day it ends still counts."""
    special = {"store_id": FRANCHISE, "service_id": "town", "rate_bps": 1_000}
    special |= {"starts_on": date(2019, 10, 5), "ends_on": date(2019, 10, 5)}
    days = ("2019-10-04 23:59", "2019-10-05 00:00", "2019-10-05 23:59", "2019-10-06 00:00")
    world = world_of(*(paid(number, 200, day, store_id=FRANCHISE) for number, day in enumerate(days)))
    world.enrolments = [*ENROLMENTS, special]
    assert points(tell(world)[0]) == {0: (4, 4, "ok"), 1: (20, 20, "ok"), 2: (20, 20, "ok"), 3: (4, 4, "ok")}


def test_a_store_not_enrolled_and_a_service_not_in_the_table_earn_nothing(tell: Tell) -> None:
    """A channel that is not told belongs to no row of a service that has channels."""
    grants, _, _ = tell(world_of(paid(1, 1_000, store_id=30), paid(2, 1_000, channel=None), paid(3, 1_000)))
    assert points(grants) == {1: (0, 0, "not_enrolled"), 2: (0, 0, "unknown_service"), 3: (50, 50, "ok")}
    assert [row["period"] for row in grants] == ["2019-10", None, "2019-10"]
    assert [row["base_yen"] for row in grants] == [1_000, 1_000, 1_000]


def test_a_held_payment_gets_nothing_yet_and_keeps_its_place_under_the_cap(tell: Tell) -> None:
    """Its release will take points from nobody: 60 are kept, so the next gets 40, not 60."""
    rows = [paid(1, 1_200), paid(2, 1_200, "2019-10-05 13:00"), paid(3, 1_000, store_id=30)]
    grants, claims, _ = tell(world_of(*rows, holds=[1, 3, 99]))

    assert points(grants) == {1: (60, 0, "held"), 3: (0, 0, "not_enrolled"), 2: (60, 40, "capped")}
    assert grants[0]["credit_on"] is None
    assert [(row["granted_points"], row["capped_points"]) for row in claims] == [(40, 20)]


def test_numbers_of_any_length_that_fit_64_bits_stay_numbers_in_a_sheet(tell: Tell) -> None:
    """Ids made of a clock have 19 digits; a refund in a sheet finds its payment in another file."""
    large, least = 2**63 - 1, -(2**63)
    files = [
        PaymentsFile("a.parquet", [paid(large, 1_000), paid(least, 1_000)]),
        PaymentsFile("b.csv", [given_back(5, large, 400), paid(10**18, 1_000, member_id=large)]),
    ]
    grants, _, rejected = tell(World(files, ENROLMENTS, SERVICES))

    assert rejected == []
    assert [(row["payment_id"], row["base_yen"]) for row in grants] == [(least, 1_000), (10**18, 1_000), (large, 600)]


def test_a_number_too_long_for_64_bits_or_with_leading_zeros_is_text(tell: Tell) -> None:
    for text in (str(2**63), "007", "-0", "1.0"):
        grants, _, _ = tell(World([PaymentsFile("a.csv", [paid(text, 20), paid(9, 20)])], ENROLMENTS, SERVICES))
        assert sorted(row["payment_id"] for row in grants) == sorted([text, "9"])


def test_a_day_of_which_every_payment_is_refused_has_no_file(reward_day_files: Callable[[World], list[str]]) -> None:
    """What is refused is told in rejected.csv, not by a day without rows."""
    first, second = paid(1, 1_000), paid(1, 1_001)
    assert reward_day_files(world_of(first, second)) == ["empty.parquet"]
    assert reward_day_files(world_of(first, second, paid(2, 20, "2019-10-06 00:00"))) == ["2019-10-06.parquet"]


def test_a_run_over_nothing_leaves_one_empty_file_of_grants_and_no_claims(tell: Tell) -> None:
    assert tell(world_of()) == ([], [], [])
