"""Three engines, one result: the same bytes for the same inputs, whatever the inputs are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from madoguchi.engine.rewards import Campaign, FurtherCap, programme_2019, run
from tests.conftest import refused
from tests.engine.rewards.oracle import Row
from tests.engine.rewards.results import fingerprint, grants
from tests.engine.rewards.spark_cluster import spark_here
from tests.engine.rewards.worlds import at, row_of, service
from tests.engine.rewards.writing import PaymentsFile, World, services_2019

ROWS, MEMBERS, STORES = 3_000, 40, 30
FIRST, LAST = at("2019-09-28 00:00"), at("2020-01-05 00:00")
# One that nobody knows, and one whose members may earn without end.
CHOICES = [("paypay", "code"), ("suica", "ic"), ("merpay", "code"), ("merpay", "id"), ("nobody", None), ("vast", None)]
ENGINES = ["duckdb", pytest.param("spark", marks=pytest.mark.server)]
RESULTS = ("grants", "claims.csv", "rejected.csv")
REASONS = ("ok", "capped", "not_enrolled", "outside_period", "unknown_service", "refunded", "held")
AUTUMN: dict[str, Any] = {"name": "秋", "starts_on": date(2019, 10, 1), "ends_on": date(2019, 12, 31)}


@dataclass(frozen=True)
class Case:
    """Which world, and under which campaign. Ids become text with a word before them."""

    unit: str = "us"
    word: str = ""
    is_csv: bool = False
    campaign: Campaign | None = None


CASES = {
    "numbers": Case(),
    "texts, and many at one nanosecond": Case(unit="ns", word="支払-"),
    "csv": Case(unit="ms", is_csv=True),
    "caps of places by month, of members by quarter, and a budget": Case(
        campaign=Campaign(
            **AUTUMN,
            place_cap=FurtherCap(8_000, "month"),
            member_cap=FurtherCap(9_000, "quarter"),
            budget_points=150_000,
        )
    ),
    "caps of the whole campaign, less the tax, rounded half up, ids of text": Case(
        word="m",
        campaign=Campaign(
            **AUTUMN,
            rate_bps=3_333,
            rounding="half_up",
            tax_base="excluded",
            place_cap=FurtherCap(60_000),
            member_cap=FurtherCap(50_000),
        ),
    ),
    "rounded up": Case(campaign=Campaign(**AUTUMN, rounding="up", budget_points=0)),
}


@pytest.fixture(params=ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """An engine other than the local one; Spark starts once for all of a module's runs."""
    if request.param == "spark":
        with spark_here():
            yield "spark"
    else:
        yield str(request.param)


def world(case: Case) -> World:
    """Payments of a hundred days with everything in them that a run tells apart."""
    chance = np.random.default_rng(20191001)

    def id_of(number: int) -> Any:
        return f"{case.word}{number}" if case.word else number

    rows: list[Row] = []
    for number in range(ROWS):
        of_service, channel = CHOICES[chance.choice(len(CHOICES), p=[0.4, 0.2, 0.15, 0.1, 0.05, 0.1])]
        # Only a few thousand instants, so that many payments share one, in an order that is not their ids'.
        paid_at = FIRST + int(chance.integers(0, 2_000)) * ((LAST - FIRST) // 2_000) + int(chance.integers(0, 3))
        yen = min(1_000_000_000, int(chance.lognormal(9, 1.2)) * (10_000 if of_service == "vast" else 1) + 1)
        store, member = id_of(int(chance.integers(0, STORES))), id_of(int(chance.integers(0, MEMBERS)))
        payment = id_of(int(7_919 * number % 100_003) + 1)
        rows.append(row_of("payment", payment, None, (of_service, channel), member, store, yen, paid_at))
    for number, place in enumerate(chance.choice(ROWS, 200, replace=False)):
        paid = rows[place]
        yen = paid["amount_yen"] if number % 2 else int(chance.integers(1, 1 + paid["amount_yen"]))
        refund = {**paid, "kind": "refund", "original_payment_id": paid["payment_id"], "amount_yen": yen}
        rows.append({**refund, "payment_id": id_of(200_000 + number)})
    rows.append({**rows[-1], "payment_id": id_of(300_000), "original_payment_id": id_of(400_000)})
    rows.append({**rows[-2], "payment_id": id_of(300_001), "original_payment_id": rows[-2]["payment_id"]})
    rows += [dict(rows[place]) for place in chance.choice(len(rows), 60, replace=False)]
    rows += [{**rows[place], "amount_yen": 77} for place in chance.choice(ROWS, 20, replace=False)]
    for fault in ({"amount_yen": 0}, {"amount_yen": 10**10}, {"service_id": None}, {"kind": "gift"}, {"paid_at": None}):
        rows.append({**rows[0], "payment_id": id_of(500_000 + len(rows)), **fault})
    order = chance.permutation(len(rows))
    suffix = "csv" if case.is_csv else "parquet"
    files = [
        PaymentsFile(f"part-{number}.{suffix}", [rows[place] for place in order[number::3]], case.unit, group_rows=400)
        for number in range(3)
    ]
    held = [rows[place]["payment_id"] for place in chance.choice(ROWS, 50, replace=False)]
    return World(files, enrolments(id_of), [*services_2019(), vast()], holds=held)


def vast() -> Row:
    facts = {"cap_amount": str(10**12), "cap_unit": "point", "cap_period": "programme", "cap_scope": "service"}
    return service("vast", None, **{**facts, "credit_rule": "day:+1:20"})


def enrolments(id_of: Callable[[int], Any]) -> list[Row]:
    """Most shops at 5 %; some at 2 % for one service, some only for a time, some not at all."""
    rows: list[Row] = []

    def add(store: int, of_service: str, rate_bps: int, starts_on: date, ends_on: date | None = None) -> None:
        facts = {"store_id": id_of(store), "service_id": of_service, "rate_bps": rate_bps}
        rows.append({**facts, "starts_on": starts_on, "ends_on": ends_on})

    for store in range(STORES - 3):
        add(store, "*", 500, date(2019, 10, 1), date(2019, 11, 15) if store % 5 == 0 else None)
        if store % 3 == 0:
            add(store, "paypay", 200, date(2019, 10, 20), date(2019, 11, 20))
        if store % 4 == 0:
            add(store, "vast", 10_000, date(2019, 10, 1))
    return rows


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_every_byte_is_that_of_the_local_engine(case: Case, engine: str, tmp_path: Path) -> None:
    """P-34 … P-38: which engine a run was made with leaves no trace in its results."""
    given = world(case).write(tmp_path / "given")
    given["campaign"] = case.campaign or programme_2019()
    local = run(**given, out=tmp_path / "local")
    # A world in which nothing happens would agree, too.
    assert all(local.counts[reason] > 0 for reason in REASONS if case.campaign is None)
    assert local.counts["doubled_rows"] > 0
    assert local.counts["rejected_rows"] > 0

    other = run(**given, out=tmp_path / "other", engine=engine, memory=512 << 20)

    assert fingerprint(tmp_path / "other", *RESULTS) == fingerprint(tmp_path / "local", *RESULTS)
    assert (other.counts, other.totals) == (local.counts, local.totals)


@pytest.mark.parametrize(
    "case", [CASES["numbers"], CASES["texts, and many at one nanosecond"]], ids=["numbers", "texts"]
)
def test_rows_of_one_id_that_name_different_transactions_do_not_count(case: Case, engine: str, tmp_path: Path) -> None:
    """P-14: copies of a row of which one was for a car and one was not are two things said of one payment."""
    given = world(case).write(tmp_path / "given")
    chance = np.random.default_rng(14)
    for path in given["payments"]:
        table = pq.read_table(path)
        bought = [None if one < 0.5 else "cars" for one in chance.random(len(table))]
        pq.write_table(table.append_column("transaction", pa.array(bought, pa.string())), path)

    local = run(**given, out=tmp_path / "local")
    run(**given, out=tmp_path / "other", engine=engine)

    assert local.counts["excluded"] > 0
    ids = [row["payment_id"] for row in grants(tmp_path / "local")]
    assert len(ids) == len(set(ids))
    assert fingerprint(tmp_path / "other", *RESULTS) == fingerprint(tmp_path / "local", *RESULTS)


def test_without_any_payment_there_are_still_the_columns(engine: str, tmp_path: Path) -> None:
    """The folder of grants can be read though there is nothing in it."""
    refund = row_of("refund", 1, 2, ("paypay", "code"), 1, 1, 100, at("2019-10-01 12:00"))
    given = World([PaymentsFile(rows=[refund])], enrolments(int), services_2019()).write(tmp_path / "given")
    run(**given, out=tmp_path / "local")

    run(**given, out=tmp_path / "other", engine=engine)

    assert fingerprint(tmp_path / "other", *RESULTS) == fingerprint(tmp_path / "local", *RESULTS)
    assert [path.name for path in (tmp_path / "other" / "grants").iterdir()] == ["empty.parquet"]


def test_a_file_that_cannot_be_read_is_refused_and_leaves_nothing(engine: str, tmp_path: Path) -> None:
    """Found out by a worker far from whoever asked, it is the same refusal."""
    given = world(CASES["numbers"]).write(tmp_path / "given")
    broken = given["payments"][0]
    table = pq.read_table(broken)
    halves = pa.array([number + 0.5 for number in range(len(table))])
    pq.write_table(table.set_column(table.column_names.index("payment_id"), "payment_id", halves), broken)

    with refused("file_unreadable", file=str(broken)):
        run(**given, out=tmp_path / "other", engine=engine)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["given"]
