"""`madoguchi rewards explain`: a payment's rules as sentences, or as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from madoguchi.cli import main, rewards
from madoguchi.core.errors import Refusal

PAYMENTS = """payment_id,kind,original_payment_id,service_id,channel,member_id,store_id,amount_yen,paid_at
a1,payment,,paypay,code,m1,S1,12000,2019-10-05T12:00
a2,refund,a1,paypay,code,m1,S1,1000,2019-10-06T12:00
"""
SHOPS = "store_id,service_id,rate_bps,starts_on,ends_on\nS1,*,500,2019-10-01,2020-06-30\n"
SENTENCES = [
    "¥12,000, tax included, was paid on 5 October 2019, 12:00.",
    "¥1,000 was given back (refund a2).",
    "The base is the amount less its refunds: ¥11,000.",
    "The service PayPay (code) takes part; its cap is 25,000 points a month.",
    "The reward is added to the prepaid balance.",
    "The day, 5 October 2019, is inside the campaign (1 October 2019 to 30 June 2020).",
    "It is of no kind that is excluded.",
    "Place S1 is enrolled that day for all services at 5 % (1 October 2019 to 30 June 2020).",
    "5 % of ¥11,000 is 550 points (rounded down).",
    "Of the cap of 25,000 points for PayPay in October 2019, earlier payments (0) came to 0, which leaves 25,000: of "
    "this payment's 550 points 550 remain.",
    "The 550 points can be used from 20 November 2019 (day 20 of the next month).",
]
runner = CliRunner()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A finished run in `out`."""
    (tmp_path / "pay.csv").write_text(PAYMENTS, "utf-8")
    (tmp_path / "shops.csv").write_text(SHOPS, "utf-8")
    command = ["run", "--enrolments", str(tmp_path / "shops.csv"), "--payments", str(tmp_path / "pay.csv")]
    runner.invoke(rewards.app, [*command, "--out", str(tmp_path / "out")], catch_exceptions=False)
    return tmp_path


def arguments(files: Path, payment_id: str, *more: str) -> list[str]:
    named = ["--payments", str(files / "pay.csv"), "--enrolments", str(files / "shops.csv")]
    return ["explain", str(files / "out"), payment_id, *named, *more]


def test_people_get_a_sentence_for_every_rule(files: Path):
    """P-35: from ¥12,000, of which ¥1,000 came back, to 550 points."""
    done = runner.invoke(rewards.app, arguments(files, "a1"), catch_exceptions=False)

    assert done.exit_code == 0
    assert "Payment a1: 550 points (ok)" in done.stdout
    printed = " ".join(done.stdout.split())
    places = [printed.find(sentence) for sentence in SENTENCES]
    assert -1 not in places
    assert places == sorted(places)
    assert "P-38" in printed


def test_programs_get_json(files: Path):
    done = runner.invoke(rewards.app, arguments(files, "a1", "--json"), catch_exceptions=False)

    told = json.loads(done.stdout)
    assert (told["payment_id"], told["paid_at"], told["credit_on"]) == ("a1", "2019-10-05T12:00:00+09:00", "2019-11-20")
    assert (told["base_yen"], told["granted_points"], told["reason"]) == (11_000, 550, "ok")
    assert told["steps"][1] == {
        "rule": "refund",
        "requirement": "P-35",
        "facts": {"refund_id": "a2", "refund_yen": 1_000},
        "sentence": "¥1,000 was given back (refund a2).",
    }
    assert [step["sentence"] for step in told["steps"]] == SENTENCES


def test_a_campaign_that_is_not_the_runs_is_refused(files: Path):
    """It would explain something else."""
    week = files / "week.toml"
    week.write_text('name = "x"\nstarts_on = 2019-10-01\nends_on = 2019-10-31\nrate_bps = 3000\n', "utf-8")

    with pytest.raises(Refusal) as refusal:
        runner.invoke(rewards.app, arguments(files, "a1", "--campaign", str(week)), catch_exceptions=False)

    assert (refusal.value.code, refusal.value.details["field"]) == ("explanation_differs", "raw_points")


def test_what_cannot_be_told_is_one_line_and_exit_status_2(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["madoguchi", "rewards", *arguments(files, "a9")])

    with pytest.raises(SystemExit) as ended:
        main.app()

    assert ended.value.code == 2
    assert capsys.readouterr().err == "madoguchi: payment_not_in_run (payment_id=a9)\n"
