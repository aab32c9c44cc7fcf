"""From one run to the next: what is published is the difference, payment by payment (P-10)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from madoguchi.engine.rewards import Difference, compare, run
from tests.conftest import refused
from tests.engine.rewards.worlds import at, row_of
from tests.engine.rewards.writing import PaymentsFile, World, services_2019

PAYPAY = ("paypay", "code")
IN_OCTOBER = at("2019-10-05 12:00")


def enrolment(store: Any, **changed: Any) -> dict[str, Any]:
    facts = {"store_id": store, "service_id": "*", "rate_bps": 500, "starts_on": date(2019, 10, 1), "ends_on": None}
    return {**facts, **changed}


def made(folder: Path, rows: list[Any], stores: list[dict[str, Any]]) -> Path:
    """The folder of a run over these rows and places."""
    folder.mkdir()
    run(**World([PaymentsFile(rows=rows)], stores, services_2019()).write(folder), out=folder / "out")
    return folder / "out"


def payment(number: Any, store: Any, yen: int, when: Any = IN_OCTOBER) -> Any:
    return row_of("payment", number, None, PAYPAY, 7, store, yen, when)


@pytest.fixture(params=[int, str], ids=["numbers", "texts"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def rows_of(file: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(file).to_pylist())


def test_a_late_refund_becomes_a_claw_back_and_nothing_else_changes(tmp_path: Path, kind: Any):
    """A refund of ¥1,000 of ¥11,000 at 5 % takes 50 points back."""
    rows = [payment(kind(1), kind(5), 11_000), payment(kind(2), kind(5), 300)]
    before = made(tmp_path / "a", rows, [enrolment(kind(5))])
    late = row_of("refund", kind(3), kind(1), PAYPAY, 7, kind(5), 1_000, at("2019-12-24 12:00"))
    after = made(tmp_path / "b", [*rows, late], [enrolment(kind(5))])

    assert compare(before, after, tmp_path / "changes.parquet") == Difference(1, 0, 50)
    assert rows_of(tmp_path / "changes.parquet") == [
        {
            "payment_id": kind(1),
            "service_id": "paypay",
            "channel": "code",
            "member_id": 7,
            "store_id": kind(5),
            "month": "2019-10",
            "points_before": 550,
            "points_after": 500,
            "difference_points": -50,
            "reason_before": "ok",
            "reason_after": "ok",
        }
    ]


def test_a_revoked_shop_is_clawed_back_to_the_first_day(tmp_path: Path):
    """P-10: every point of its payments goes back, those of other shops stay."""
    rows = [payment(1, 5, 11_000), payment(2, 5, 200), payment(3, 6, 1_000)]
    before = made(tmp_path / "a", rows, [enrolment(5), enrolment(6)])
    after = made(tmp_path / "b", rows, [enrolment(6)])

    assert compare(before, after, tmp_path / "changes.parquet") == Difference(2, 0, 560)
    assert [(row["payment_id"], row["reason_after"]) for row in rows_of(tmp_path / "changes.parquet")] == [
        (1, "not_enrolled"),
        (2, "not_enrolled"),
    ]


def test_a_payment_that_comes_late_is_added(tmp_path: Path):
    before = made(tmp_path / "a", [payment(1, 5, 11_000)], [enrolment(5)])
    after = made(tmp_path / "b", [payment(1, 5, 11_000), payment(2, 5, 400)], [enrolment(5)])

    assert compare(before, after, tmp_path / "changes.parquet") == Difference(1, 20, 0)
    (row,) = rows_of(tmp_path / "changes.parquet")
    assert (row["payment_id"], row["points_before"], row["reason_before"]) == (2, 0, None)


def test_a_payment_told_of_another_day_is_one_change_and_only_if_its_points_differ(tmp_path: Path):
    """¥11,000 moved from September, before the programme, to October; ¥400 moved within October."""
    moved = [payment(1, 5, 11_000, at("2019-09-30 12:00")), payment(2, 5, 400)]
    before = made(tmp_path / "a", moved, [enrolment(5)])
    then = [payment(1, 5, 11_000, at("2019-10-01 00:00")), payment(2, 5, 400, at("2019-10-06 12:00"))]
    after = made(tmp_path / "b", then, [enrolment(5)])

    assert compare(before, after, tmp_path / "changes.parquet") == Difference(1, 550, 0)
    (row,) = rows_of(tmp_path / "changes.parquet")
    assert (row["payment_id"], row["month"], row["reason_before"], row["reason_after"]) == (
        1,
        "2019-10",
        "outside_period",
        "ok",
    )


def test_the_first_run_is_compared_with_nothing(tmp_path: Path):
    after = made(tmp_path / "b", [payment(1, 5, 11_000), payment(2, 9, 400)], [enrolment(5)])

    assert compare(None, after, tmp_path / "changes.parquet") == Difference(1, 550, 0)


def test_two_equal_runs_differ_in_nothing(tmp_path: Path):
    before = made(tmp_path / "a", [payment(1, 5, 11_000)], [enrolment(5)])
    after = made(tmp_path / "b", [payment(1, 5, 11_000)], [enrolment(5)])

    assert compare(before, after, tmp_path / "changes.parquet") == Difference(0, 0, 0)
    assert rows_of(tmp_path / "changes.parquet") == []


def test_runs_whose_ids_are_of_two_kinds_are_not_compared(tmp_path: Path):
    """Ids that were numbers in one run and text in the other would make every payment look new."""
    before = made(tmp_path / "a", [payment(1, 5, 11_000)], [enrolment(5)])
    after = made(tmp_path / "b", [payment("p1", 5, 11_000)], [enrolment(5)])

    with refused("runs_differ_in_ids"):
        compare(before, after, tmp_path / "changes.parquet")
    assert not (tmp_path / "changes.parquet").exists()


def test_a_folder_without_a_run_is_refused(tmp_path: Path):
    after = made(tmp_path / "b", [payment(1, 5, 11_000)], [enrolment(5)])

    with refused("not_a_run"):
        compare(tmp_path, after, tmp_path / "changes.parquet")
