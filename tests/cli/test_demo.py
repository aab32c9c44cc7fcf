"""`madoguchi demo`: what the command prints, where it writes, and how it ends."""

from __future__ import annotations

import json
import socket

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from typer.testing import CliRunner

from madoguchi.cli import demo
from madoguchi.core.errors import Refusal
from madoguchi.counter.models import Order
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import issue_key
from madoguchi.registry.demo import DEMO_SERVICES
from madoguchi.registry.models import Organisation, Provider

pytestmark = pytest.mark.django_db
MONTH = ("month", "--payments", "60", "--seed", "3")


@pytest.fixture
def run():
    """`run("month", …)`: the command's result."""

    def call(*arguments: str):
        result = CliRunner().invoke(demo.app, arguments)
        # PostgreSQL looks at foreign keys when a transaction ends, which here is only when the test does.
        connection.check_constraints()
        return result

    return call


@pytest.fixture
def server(towns, clock, monkeypatch, settings, tmp_path):
    """The application itself in place of a server, on 20 November 2026."""
    from madoguchi.config.wsgi import application

    for code in DEMO_SERVICES:
        issue_key(actor=system_actor("test"), provider=Provider.objects.get(code=code), direction="inbound")
    transport = httpx.WSGITransport(app=application)
    monkeypatch.setattr(
        demo, "open_client", lambda _url: httpx.Client(transport=transport, base_url="http://testserver")
    )
    settings.VAR = tmp_path
    # As Django's test client does: the application must not close the test's own connection between requests.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield tmp_path
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_a_month_is_filled_summed_up_written_out_and_removed(server, run):
    result = run(*MONTH, "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert (facts["month"], facts["payments"], facts["new"], facts["seed"]) == ("2026-10", 60, 60, 3)
    assert facts["settlement"]["payouts"] > 0
    assert facts["settlement"]["by_state"]["matched"] > 0
    statements = list((server / "demo").glob("demo-deposits-*-2026-10.csv"))
    assert statements
    assert statements[0].read_bytes().startswith("\ufeff入金日,振込依頼人,入金額,取引番号".encode())

    again = run(*MONTH)
    assert again.exit_code == 0
    assert "Demo month 2026-10, seed 3" in again.stdout

    removed = run("remove", "--yes", "--json")
    assert json.loads(removed.stdout)["payments"] == 60
    assert not Order.objects.exists()
    assert not any(path.exists() for path in statements)


def test_deposits_can_be_left_out_to_upload_them_by_hand(server, run, tmp_path):
    assert run(*MONTH, "--no-deposits").exit_code == 0
    file = tmp_path / "statement.csv"

    result = run("deposits", "--town", "10210", "-o", str(file))

    assert result.exit_code == 0
    assert "deposits" in result.stdout
    assert len(file.read_text(encoding="utf-8-sig").splitlines()) > 1


def test_without_a_server_one_line_says_so_and_nothing_is_written(towns, run):
    for code in DEMO_SERVICES:
        issue_key(actor=system_actor("test"), provider=Provider.objects.get(code=code), direction="inbound")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        result = run(*MONTH, "--url", url)

    assert result.exit_code == 2
    assert result.stderr.strip() == f"madoguchi: no server answers at {url}; `madoguchi serve --demo` starts one"
    assert not Order.objects.exists()


def test_without_keys_the_command_says_how_to_get_them(towns, run):
    result = run(*MONTH)
    assert result.exit_code == 2
    assert "setup --demo" in result.stderr


def test_a_month_is_written_as_a_year_and_a_month(towns, run):
    result = run(*MONTH, "--month", "October")
    assert result.exit_code == 2
    assert "YYYY-MM" in result.stderr


def test_an_earnest_town_gets_no_made_up_statement(towns, run, tmp_path):
    Organisation.objects.filter(municipality_id="10210").update(is_demo=False)
    result = run("deposits", "--town", "10210", "-o", str(tmp_path / "statement.csv"))
    assert isinstance(result.exception, Refusal)
    assert result.exception.code == "not_demo"


def test_removal_asks_first(towns, run):
    result = CliRunner().invoke(demo.app, ["remove"], input="n\n")
    assert result.exit_code == 1
