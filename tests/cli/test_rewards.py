"""`madoguchi rewards`: a campaign's run from files to files."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from madoguchi.cli import rewards
from madoguchi.core.errors import Refusal

PAYMENTS = """payment_id,kind,original_payment_id,service_id,channel,member_id,store_id,amount_yen,paid_at
{0}1,payment,,paypay,code,m1,S1,11000,2019-10-05T12:00
{0}2,payment,,paypay,code,m1,S2,11000,2019-10-05T12:01
{0}3,refund,{0}1,paypay,code,m1,S1,{1},2019-10-06T12:00
"""
SHOPS = """store_id,service_id,rate_bps,starts_on,ends_on
S1,*,500,2019-10-01,2020-06-30
S2,*,200,2019-10-01,
"""
runner = CliRunner()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "pay").mkdir()
    (tmp_path / "pay" / "a.csv").write_text(PAYMENTS.format("a", 1000), "utf-8")
    (tmp_path / "pay" / "b.csv").write_text(PAYMENTS.format("b", -5), "utf-8")
    (tmp_path / "shops.csv").write_text(SHOPS, "utf-8")
    return tmp_path


def arguments(files: Path, *more: str) -> list[str]:
    return ["run", "--enrolments", str(files / "shops.csv"), "--out", str(files / "out"), *more]


def test_a_run_prints_what_it_found_as_json(files: Path):
    """P-35: 5 % of ¥10,000 left of ¥11,000, and 2 % of ¥11,000; in the second file the refund is refused."""
    done = runner.invoke(
        rewards.app, arguments(files, "--payments", str(files / "pay"), "--json"), catch_exceptions=False
    )

    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert (report["counts"]["rows"], report["counts"]["ok"], report["counts"]["rejected_rows"]) == (6, 4, 1)
    assert report["totals"]["granted_points"] == 500 + 220 + 550 + 220
    assert (files / "out" / "rejected.csv").read_text("utf-8") == "file,row,reason\nb.csv,3,amount_not_positive\n"
    assert pq.read_table(files / "out" / "grants")["granted_points"].to_pylist() == [500, 550, 220, 220]


def test_several_files_may_follow_one_option(files: Path):
    named = ("--payments", str(files / "pay" / "a.csv"), str(files / "pay" / "b.csv"), "--json")
    done = runner.invoke(rewards.app, arguments(files, *named), catch_exceptions=False)

    assert [one["file"] for one in json.loads(done.stdout)["inputs"] if one["role"] == "payments"] == ["a.csv", "b.csv"]


def test_people_get_a_table(files: Path):
    named = ("--payments", str(files / "pay" / "a.csv"))
    done = runner.invoke(rewards.app, arguments(files, *named), catch_exceptions=False)

    assert "granted points" in done.stdout
    assert "720" in done.stdout


def test_what_changes_between_two_runs_is_told(files: Path):
    """A second file of payments: 550 and 220 points more."""
    for name, given in (("first", ["a.csv"]), ("second", ["a.csv", "b.csv"])):
        command = ["run", "--enrolments", str(files / "shops.csv"), "--out", str(files / name)]
        runner.invoke(
            rewards.app, [*command, "--payments", *(str(files / "pay" / one) for one in given)], catch_exceptions=False
        )

    compared = ["compare", str(files / "first"), str(files / "second"), "--out", str(files / "c.parquet"), "--json"]
    done = runner.invoke(rewards.app, compared, catch_exceptions=False)

    assert json.loads(done.stdout) == {"payments": 2, "added_points": 770, "clawed_back_points": 0}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--payments", "nothing.parquet"), "file_unreadable"),
        (("--payments", "pay/a.csv", "--engine", "abacus"), "engine_unknown"),
        (("--payments", "pay/a.csv", "--memory", "much"), "memory_unreadable"),
        (("--payments", "pay/a.csv", "--memory", "1KiB"), "memory_too_small"),
        (("--payments", "pay/a.csv", "--campaign", "shops.csv"), "file_unreadable"),
        (("--payments", "pay/a.csv", "--holds", "shops.csv"), "holds_columns_missing"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_written(
    files: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], code: str
):
    monkeypatch.chdir(files)
    with pytest.raises(Refusal) as refusal:
        runner.invoke(rewards.app, arguments(files, *more), catch_exceptions=False)

    assert refusal.value.code == code
    assert not (files / "out").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1GiB", 1 << 30), ("512 MiB", 512 << 20), ("1.5g", 1_500_000_000), ("1000000", 1_000_000), ("64mib", 64 << 20)],
)
def test_memory_is_read_with_its_unit(text: str, expected: int):
    assert rewards.memory_bytes(text) == expected
