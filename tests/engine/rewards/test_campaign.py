"""A campaign as data: the programme of 2019 as its first configuration, a town's week as its second."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from madoguchi.engine.rewards import Campaign, FurtherCap, programme_2019, read_campaign, run
from tests.conftest import refused
from tests.engine.rewards import results
from tests.engine.rewards.worlds import at, row_of
from tests.engine.rewards.writing import PaymentsFile, World, services_2019

PAYPAY, MERPAY = ("paypay", "code"), ("merpay", "code")
WEEK = """
name = "富岡市 30％還元ウィーク"
starts_on = 2020-11-02
ends_on = "2020-11-08"
rate_bps = 3000
rounding = "half_up"
tax_base = "excluded"
municipalities = ["10210"]
budget_points = 1000000
place_cap = { points = 50000, period = "month" }
member_cap = { points = 3000 }
"""


def week(**changed: Any) -> Campaign:
    facts: dict[str, Any] = {"starts_on": date(2020, 11, 2), "ends_on": date(2020, 11, 8), "rate_bps": 3_000}
    return Campaign("週間", **{**facts, **changed})


def granted(folder: Path, campaign: Campaign, rows: list[Any], **shop: Any) -> list[int]:
    """Points of each payment, in the order of their ids; one shop, enrolled for everything at 5 %."""
    place = {"store_id": 1, "service_id": "*", "rate_bps": 500, "starts_on": date(2020, 1, 1), "ends_on": None, **shop}
    places = [place, {**place, "store_id": 2}]
    given = World([PaymentsFile(rows=rows)], places, services_2019()).write(folder)
    run(**{**given, "campaign": campaign}, out=folder / "out")
    found = sorted(results.grants(folder / "out"), key=lambda row: row["payment_id"])
    return [row["granted_points"] for row in found]


def payment(number: int, yen: int, *, member: int = 1, store: int = 1, service: Any = PAYPAY, minute: int = 0) -> Any:
    return row_of("payment", number, None, service, member, store, yen, at(f"2020-11-03 12:{minute:02}"))


def test_the_programme_of_2019_runs_for_nine_months_at_the_rate_of_each_place():
    """P-02, P-04, P-35."""
    programme = programme_2019()
    assert (programme.starts_on, programme.ends_on) == (date(2019, 10, 1), date(2020, 6, 30))
    assert (programme.rate_bps, programme.rounding, programme.tax_base) == (None, "down", "included")
    assert not programme.has_further_caps


def test_a_campaign_is_read_from_toml(tmp_path: Path):
    (tmp_path / "week.toml").write_text(WEEK, "utf-8")

    assert read_campaign(tmp_path / "week.toml") == Campaign(
        name="富岡市 30％還元ウィーク",
        starts_on=date(2020, 11, 2),
        ends_on=date(2020, 11, 8),
        rate_bps=3_000,
        rounding="half_up",
        tax_base="excluded",
        municipalities=("10210",),
        place_cap=FurtherCap(50_000, "month"),
        member_cap=FurtherCap(3_000),
        budget_points=1_000_000,
    )


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("rate_bps = 10001", "rate_bps"),
        ("rate_bps = true", "rate_bps"),
        ('rate_bps = "3000"', "rate_bps"),
        ('rounding = "nearest"', "rounding"),
        ('tax_base = "net"', "tax_base"),
        ("tax_bps = -1", "tax_bps"),
        ("budget_points = -1", "budget_points"),
        ("member_cap = { points = 1, period = 'day' }", "member_cap"),
        ("member_cap = { period = 'month' }", "member_cap"),
        ("place_cap = 3000", "place_cap"),
        ("trades = 'inn'", "trades"),
        ("bonus = 1", "bonus"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(tmp_path: Path, line: str, field: str):
    file = tmp_path / "campaign.toml"
    file.write_text(f'name = "x"\nstarts_on = 2020-11-02\nends_on = 2020-11-08\n{line}\n', "utf-8")

    with refused("campaign_wrong", field=field):
        read_campaign(file)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('name = "x"\nstarts_on = 2020-11-02\n', "ends_on"),
        ('name = ""\nstarts_on = 2020-11-02\nends_on = 2020-11-08\n', "name"),
        ('name = "x"\nstarts_on = 2020-11-09\nends_on = 2020-11-08\n', "ends_on"),
        ('name = "x"\nstarts_on = "2020-02-30"\nends_on = 2020-11-08\n', "starts_on"),
        ('name = "x"\nstarts_on = 1999-01-01\nends_on = 2020-11-08\n', "starts_on"),
    ],
)
def test_a_campaign_needs_a_name_and_a_period(tmp_path: Path, text: str, field: str):
    (tmp_path / "campaign.toml").write_text(text, "utf-8")

    with refused("campaign_wrong", field=field):
        read_campaign(tmp_path / "campaign.toml")


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path):
    (tmp_path / "campaign.toml").write_text("name = ", "utf-8")

    with refused("file_unreadable"):
        read_campaign(tmp_path / "campaign.toml")


def test_a_campaigns_own_rate_goes_before_the_places(tmp_path: Path):
    """30 % of ¥1,000, not 5 %."""
    assert granted(tmp_path, week(), [payment(1, 1_000)]) == [300]


@pytest.mark.parametrize(("rounding", "points"), [("down", 99), ("half_up", 100), ("up", 100)])
def test_rounding_is_the_campaigns(tmp_path: Path, rounding: str, points: int):
    """30 % of ¥333 is 99.9."""
    assert granted(tmp_path, week(rounding=rounding), [payment(1, 333)]) == [points]


def test_the_tax_in_the_price_is_left_out_where_the_campaign_says_so(tmp_path: Path):
    """P-35, P-47: ¥11,000 with 10 % tax is ¥10,000; at 8 % ¥10,800 is ¥10,000."""
    without_tax = week(tax_base="excluded", rate_bps=500)
    assert granted(tmp_path, without_tax, [payment(1, 11_000)]) == [500]
    (tmp_path / "reduced").mkdir()
    reduced = week(tax_base="excluded", tax_bps=800, rate_bps=500)
    assert granted(tmp_path / "reduced", reduced, [payment(1, 10_800)]) == [500]


def test_a_places_cap_holds_over_all_members_and_services(tmp_path: Path):
    """Shop 1 may give 500 points: 300, then 200 of 300, then none; shop 2 has its own."""
    rows = [
        payment(1, 1_000, member=1, minute=1),
        payment(2, 1_000, member=2, minute=2, service=MERPAY),
        payment(3, 1_000, member=3, minute=3),
        payment(4, 1_000, member=3, minute=4, store=2),
    ]
    assert granted(tmp_path, week(place_cap=FurtherCap(500)), rows) == [300, 200, 0, 300]


def test_a_members_cap_holds_over_all_services(tmp_path: Path):
    rows = [
        payment(1, 1_000, minute=1),
        payment(2, 1_000, minute=2, service=MERPAY),
        payment(3, 1_000, minute=3, member=2),
    ]
    assert granted(tmp_path, week(member_cap=FurtherCap(400)), rows) == [300, 100, 300]


def test_the_budget_ends_with_the_payment_that_meets_it(tmp_path: Path):
    """1,000 points: 300, 300, 300, the last 100, then nothing."""
    rows = [payment(number, 1_000, member=number, minute=number) for number in range(1, 6)]
    assert granted(tmp_path, week(budget_points=1_000), rows) == [300, 300, 300, 100, 0]


def test_each_cap_cuts_what_the_one_before_left(tmp_path: Path):
    """The place leaves 500 of 900; of these the member, over all services, keeps 400; of these the budget 350."""
    rows = [payment(number, 1_000, minute=number) for number in range(1, 4)]
    caps = {"place_cap": FurtherCap(500), "member_cap": FurtherCap(400), "budget_points": 350}
    assert granted(tmp_path, week(**caps), rows) == [300, 50, 0]


def test_a_transaction_that_never_earns_is_excluded(tmp_path: Path):
    """P-14: a car and a lottery ticket earn nothing, the same amount for anything else does."""
    rows = [
        {**payment(number, 1_000, minute=number), "transaction": name}
        for number, name in enumerate(("cars", "lottery_and_gambling", None, "groceries"), start=1)
    ]
    file = tmp_path / "payments.csv"
    columns = ("payment_id", "kind", "original_payment_id", "service_id", "channel", "member_id", "store_id",
               "amount_yen", "paid_at", "transaction")  # fmt: skip
    lines = [
        f"{number},payment,,paypay,code,1,1,1000,2020-11-03T12:0{number},{row['transaction'] or ''}"
        for number, row in enumerate(rows, start=1)
    ]
    file.write_text("\n".join((",".join(columns), *lines)) + "\n", "utf-8")
    shops = tmp_path / "shops.csv"
    shops.write_text("store_id,service_id,rate_bps,starts_on,ends_on\n1,*,500,2020-01-01,\n", "utf-8")

    run(payments=[file], enrolments=shops, campaign=week(), out=tmp_path / "out")

    found = sorted(results.grants(tmp_path / "out"), key=lambda row: row["payment_id"])
    assert [(row["reason"], row["granted_points"]) for row in found] == [
        ("excluded", 0),
        ("excluded", 0),
        ("ok", 300),
        ("ok", 300),
    ]


def test_places_are_chosen_by_town_class_and_trade(tmp_path: Path):
    """Of three shops one is in the town and of the trade."""
    shops = tmp_path / "shops.csv"
    shops.write_text(
        "store_id,service_id,rate_bps,starts_on,ends_on,municipality,place_class,trade\n"
        "1,*,500,2020-01-01,,10210,fixed,inn\n"
        "2,*,500,2020-01-01,,10210,fixed,retail\n"
        "3,*,500,2020-01-01,,20417,fixed,inn\n",
        "utf-8",
    )
    lines = [f"{store},payment,,paypay,code,1,{store},1000,2020-11-03T12:00" for store in (1, 2, 3)]
    file = tmp_path / "payments.csv"
    file.write_text(
        "payment_id,kind,original_payment_id,service_id,channel,member_id,store_id,amount_yen,paid_at\n"
        + "\n".join(lines)
        + "\n",
        "utf-8",
    )
    chosen = week(municipalities=("10210",), place_classes=("fixed",), trades=("inn",))

    run(payments=[file], enrolments=shops, campaign=chosen, out=tmp_path / "out")

    found = sorted(results.grants(tmp_path / "out"), key=lambda row: row["payment_id"])
    assert [(row["reason"], row["granted_points"]) for row in found] == [
        ("ok", 300),
        ("not_enrolled", 0),
        ("not_enrolled", 0),
    ]
