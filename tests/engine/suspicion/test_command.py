"""`madoguchi rewards suspicious`: from payments to the file that a reward run takes as holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyarrow import csv, parquet
from typer.testing import CliRunner

from madoguchi.cli.main import standalone
from tests.conftest import refused


@pytest.fixture
def files(town) -> tuple[str, str]:
    for number in range(10):
        town.pay(1, 5, 300 + 17 * number, f"2019-10-09 10:{5 * number:02}")
    payments, places = town.write()
    return str(payments), str(places)


def suspicious(*arguments: str):
    return CliRunner().invoke(standalone(), ["rewards", "suspicious", *arguments], catch_exceptions=False)


def test_holds_are_written_and_counted(files, tmp_path: Path):
    payments, places = files
    out = tmp_path / "holds.parquet"

    done = suspicious("--payments", payments, "--places", places, "--out", str(out), "--json")

    facts = json.loads(done.stdout)
    assert (facts["payments_held"], facts["by_rule"]) == (10, {"same_member_place": 10})
    assert parquet.read_table(out).num_rows == 10
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_holds_as_csv_are_the_same_rows(files, tmp_path: Path):
    for ending in ("parquet", "csv"):
        suspicious("--payments", files[0], "--out", str(tmp_path / f"holds.{ending}"))

    written = csv.read_csv(tmp_path / "holds.csv").to_pylist()

    assert written == parquet.read_table(tmp_path / "holds.parquet").to_pylist()


def test_a_table_for_people_says_what_each_rule_looks_for(files, tmp_path: Path):
    done = suspicious("--payments", files[0], "--out", str(tmp_path / "holds.csv"))

    assert "10 payments to hold" in done.stdout
    assert "The same member pays at the same place again and again" in done.stdout


def test_a_file_of_another_kind_is_refused_before_anything_is_read(tmp_path: Path):
    out = tmp_path / "holds.xlsx"

    with refused("out_format_unknown", out=str(out), known=".parquet .csv"):
        suspicious("--payments", str(tmp_path / "none"), "--out", str(out))


def test_an_earlier_file_stays_if_the_payments_cannot_be_read(tmp_path: Path):
    out = tmp_path / "holds.csv"
    out.write_text("earlier", "utf-8")

    with refused("file_unreadable"):
        suspicious("--payments", str(tmp_path / "none.parquet"), "--out", str(out))

    assert out.read_text("utf-8") == "earlier"
