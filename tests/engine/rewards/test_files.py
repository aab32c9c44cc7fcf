"""Files as they come: from Excel, from tables with gaps, from providers who write numbers in their own way."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from madoguchi.engine.rewards import run
from tests.conftest import refused
from tests.engine.rewards import results

HEAD = "payment_id,kind,original_payment_id,service_id,channel,member_id,store_id,amount_yen,paid_at"
SHOPS = "store_id,service_id,rate_bps,starts_on,ends_on\nS1,*,500,2019-10-01,\n"


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    file = tmp_path / "shops.csv"
    file.write_text(SHOPS, "utf-8")
    return file


def granted(tmp_path: Path, payments: Path, shops: Path) -> list[tuple[Any, int]]:
    run(payments=[payments], enrolments=shops, out=tmp_path / "out")
    return [(row["payment_id"], row["granted_points"]) for row in results.grants(tmp_path / "out")]


def test_files_that_excel_wrote_are_read(tmp_path: Path):
    """Excel in Japan puts a mark in front of UTF-8, in the payments' file as in the places'."""
    payments, shops = tmp_path / "p.csv", tmp_path / "shops.csv"
    payments.write_text(f"{HEAD}\np1,payment,,paypay,code,m1,S1,1000,2019-10-05 12:00\n", "utf-8-sig")
    shops.write_text(SHOPS, "utf-8-sig")

    assert granted(tmp_path, payments, shops) == [("p1", 50)]


def table(**changed: Any) -> pa.Table:
    columns: dict[str, Any] = {
        "payment_id": [1, 2],
        "kind": ["payment", "refund"],
        "original_payment_id": pa.array([None, 1.0]),
        "service_id": ["paypay"] * 2,
        "channel": ["code"] * 2,
        "member_id": ["m1"] * 2,
        "store_id": ["S1"] * 2,
        "amount_yen": [1_000, 400],
        "paid_at": ["2019-10-05 12:00"] * 2,
    }
    return pa.table({**columns, **changed})


def test_whole_numbers_in_a_column_of_floats_are_read(tmp_path: Path, shops: Path):
    """A table with gaps becomes floats in many programs: the refund of ¥400 still finds its payment."""
    pq.write_table(table(), tmp_path / "p.parquet")

    assert granted(tmp_path, tmp_path / "p.parquet", shops) == [(1, 30)]


@pytest.mark.parametrize(
    "changed",
    [
        {"payment_id": [2**53 + 2, 2], "original_payment_id": pa.array([None, float(2**53 + 2)])},
        {"original_payment_id": pa.array([None, 1.5])},
    ],
    ids=["beyond what floats hold", "a fraction"],
)
def test_floats_that_may_name_another_payment_are_refused(tmp_path: Path, shops: Path, changed: dict[str, Any]):
    pq.write_table(table(**changed), tmp_path / "p.parquet")

    with refused("file_unreadable"):
        run(payments=[tmp_path / "p.parquet"], enrolments=shops, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("amount_yen", ["1000", "400"]),
        ("paid_at", [1, 2]),
        ("kind", [0, 1]),
        ("store_id", [date(2019, 10, 1)] * 2),
    ],
)
def test_a_column_of_another_kind_is_refused_by_name(tmp_path: Path, shops: Path, column: str, values: list[Any]):
    pq.write_table(table(**{column: values}), tmp_path / "p.parquet")

    with refused("payments_column_type", column=column):
        run(payments=[tmp_path / "p.parquet"], enrolments=shops, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("line", "row", "column"),
    [
        ("S1,*,500,2019-02-30,", 1, "starts_on"),
        ("S1,*,500,2019-10-02,2019-10-01", 1, "ends_on"),
        ("S1,*,10001,2019-10-01,", 1, "rate_bps"),
        ("S1,*,-1,2019-10-01,", 1, "rate_bps"),
        ("S1,,500,2019-10-01,", 1, "service_id"),
        (",*,500,2019-10-01,", 1, "store_id"),
    ],
)
def test_an_enrolment_that_cannot_be_is_refused_with_its_row(tmp_path: Path, line: str, row: int, column: str):
    (tmp_path / "p.csv").write_text(f"{HEAD}\np1,payment,,paypay,code,m1,S1,1000,2019-10-05 12:00\n", "utf-8")
    (tmp_path / "shops.csv").write_text(SHOPS.splitlines()[0] + f"\n{line}\n", "utf-8")

    with refused("enrolment_wrong", row=row, column=column):
        run(payments=[tmp_path / "p.csv"], enrolments=tmp_path / "shops.csv", out=tmp_path / "out")
