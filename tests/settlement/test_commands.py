"""`madoguchi settlement` and `madoguchi trace`: tables for people, JSON for programs, a file for the town hall."""

from __future__ import annotations

import json
from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from madoguchi.cli import settlement as commands
from madoguchi.cli.trace import trace_command
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import short_form
from madoguchi.settlement.models import Deposit, Payout
from tests.settlement.conftest import at, statement

whole = typer.Typer()
whole.add_typer(commands.app, name="settlement")
whole.command("trace")(trace_command)


def run(*words: object, given: bytes | None = None):
    return CliRunner().invoke(whole, [str(word) for word in words], input=given)


def run_json(*words: object, given: bytes | None = None):
    result = run(*words, "--json", given=given)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def sold(mill, ruled, sell, clock):
    payment = sell(mill, at(2), adult=1)
    clock.move_to(at(1, 3, month=12))
    return payment


def test_close_makes_payouts_and_says_so_once(sold):
    (made,) = run_json("settlement", "close", "--until", "2026-11-30")

    assert (made["provider_id"], made["net_yen"], made["due_on"]) == ("paypay", 984, "2026-12-15")
    assert "Nothing new to close" in run("settlement", "close").stdout


def test_payouts_lists_what_will_come(sold):
    run("settlement", "close", "--until", "2026-11-30")

    (row,) = run_json("settlement", "payouts", "--town", "10210")
    assert (row["left_yen"], row["state"]) == (984, "expected")
    assert "¥984" in run("settlement", "payouts", "--town", "10210").stdout


def test_deposits_are_read_from_a_file_or_standard_input_and_broken_rows_written_out(sold, clock, tmp_path):
    run("settlement", "close", "--until", "2026-11-30")
    clock.move_to(at(20, month=12))
    content = statement(("2026-12-15", "ペイペイ", 984), ("2026-12-15", "x", "[b]?"), ("2026-12-15", "y", 1))
    path, bad = tmp_path / "bank.csv", tmp_path / "bad.csv"
    path.write_bytes(content)

    shown = run("settlement", "deposits", path, "--town", "10210", "--bad-rows", bad)
    facts = run_json("settlement", "deposits", "-", "--town", "10210", given=content)

    assert shown.exit_code == 0
    assert "2 new, 0 known already, 1 broken." in shown.stdout
    assert "row 3: amount amount_wrong: [b]?" in shown.stdout
    assert "amount_wrong" in bad.read_text("utf-8-sig")
    assert (facts["new"], facts["known"], facts["bad"]) == (0, 2, 1)
    assert Payout.objects.get().state == "paid"
    assert Deposit.objects.count() == 2


def test_books_are_shown_and_written(sold, tmp_path):
    run("settlement", "close", "--until", "2026-11-30")
    period = ("--town", "10210", "--from", "2026-12-01", "--to", "2026-12-31")

    facts = run_json("settlement", "books", *period)
    shown = run("settlement", "books", *period, "-o", tmp_path / "books.xlsx")
    piped = run("settlement", "books", *period, "-o", "-")

    assert (facts["gross_yen"], facts["fee_yen"], facts["agrees"], facts["ledger_agrees"]) == (1000, 16, True, True)
    assert "figures agree: yes" in shown.stdout
    assert (tmp_path / "books.xlsx").read_bytes()[:2] == b"PK"
    assert "会計規則第50条の2" in piped.stdout


def test_a_payment_is_traced_by_either_form_of_its_identifier(sold):
    steps = run_json("trace", sold.id)

    assert steps[0]["arrow"] == "order.opened"
    assert run_json("trace", short_form(sold.id)) == steps
    assert "payment.matched" in run("trace", sold.id).stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("settlement", "close", "--until", "2026-12-31"), "day_not_over"),
        (("settlement", "payouts", "--town", "99999"), "organisation_unknown"),
        (("settlement", "deposits", "no-such-file.csv", "--town", "10210"), "file_not_readable"),
        (("trace", "not-an-id"), "identifier_wrong"),
    ],
)
def test_a_refusal_leaves_the_command_with_its_code(sold, words, code):
    """The main command turns a refusal into one line on standard error and exit status 2."""
    result = run(*words)

    assert isinstance(result.exception, Refusal)
    assert result.exception.code == code
    assert Payout.objects.count() == 0


def test_yesterday_is_closed_if_no_day_is_given(sold, clock):
    assert [row["closes_on"] for row in run_json("settlement", "close")] == [str(date(2026, 11, 30))]


def test_a_refusal_is_one_line_on_standard_error_and_exit_status_2(sold, monkeypatch, capsys):
    from madoguchi.cli import main

    monkeypatch.setattr("sys.argv", ["madoguchi", "settlement", "close", "--until", "2026-12-31"])
    with pytest.raises(SystemExit) as left:
        main.app()

    assert left.value.code == 2
    assert capsys.readouterr().err == "madoguchi: day_not_over (until=2026-12-31)\n"
