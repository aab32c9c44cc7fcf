"""Payouts, bank statements and the books, as the accountant walks through them."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from madoguchi.people.access import Actor
from madoguchi.settlement.actions import add_netting_rule
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.models import Deposit, DepositFile, NettingRule, Payout
from tests.conftest import actor_named
from tests.web.readers import order, paid, reader


@pytest.fixture(autouse=True)
def demo_runs(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def payout(clock: Any, mill: Any, mill_clerk: Actor) -> Payout:
    """A day of au PAY at the mill, closed, due on 24 November; it is now the 26th."""
    paid(order(mill, mill_clerk, adult=3, student=1), clock(), service="au_pay")
    clock.move(days=6)
    closed = close_until(actor=actor_named("accountant-tomioka"), until=date(2026, 11, 25))
    assert len(closed) == 1
    return closed[0]


@pytest.fixture
def town(payout: Payout) -> Client:
    return reader("accountant-tomioka")


def statement(*rows: str) -> SimpleUploadedFile:
    content = "\n".join(["入金日,振込依頼人,入金額", *rows]).encode("cp932")
    return SimpleUploadedFile("通帳.csv", content, content_type="text/csv")


def read(client: Client, *rows: str) -> Any:
    return client.post(reverse("town:deposits"), {"file": statement(*rows)}, follow=True)


def test_what_will_be_deposited_when_less_which_fee(town: Client, payout: Payout) -> None:
    """J-27."""
    page = town.get(reverse("town:settlement"))
    text = page.content.decode()
    assert "24 Nov 2026 (Tue)" in text
    assert page.context["coming"].taken_yen == 3_250
    assert page.context["coming"].kept_yen == payout.fee_yen == 65
    assert page.context["coming"].left_yen == 3_185
    assert reverse("town:payout", args=[payout.id]) in text
    assert "No rule for netting is in force" in text
    assert reverse("town:payout", args=[payout.id]) in town.get(reverse("town:home")).content.decode()


def test_a_payout_with_its_shares_and_lines(town: Client, payout: Payout) -> None:
    text = town.get(reverse("town:payout", args=[payout.id])).content.decode()
    for words in ("−¥65", "¥3,185", "富岡製糸場", "使用料／教育使用料／観覧料", "1.98 %"):
        assert words in text
    lines = b"".join(town.get(reverse("town:payout_lines", args=[payout.id, "csv"])).streaming_content)
    assert lines.startswith(b"\xef\xbb\xbf")
    assert len(lines.decode().splitlines()) == 2
    assert town.get(reverse("town:payout_lines", args=[payout.id, "xlsx"])).status_code == 200
    assert town.get(reverse("town:payout_lines", args=[payout.id, "pdf"])).status_code == 404


def test_a_statement_finds_its_payouts_and_bad_rows_come_back(town: Client, payout: Payout) -> None:
    """DESIGN: good rows in, bad rows back in a file with the reason beside each."""
    page = read(town, "2026-11-24,エーユーペイ,3185", "2026-13-01,ペイペイ,100", "2026-11-25,=ヤマダ,12x")
    text = page.content.decode()
    assert "Rows that could not be read: 2" in text
    assert (page.context["reading"].matched, page.context["reading"].waiting) == (1, 0)
    payout.refresh_from_db()
    assert payout.state == "paid"
    file = DepositFile.objects.get()
    table = town.get(reverse("town:bad_rows", args=[file.id, "csv"]))
    assert table.content.startswith(b"\xef\xbb\xbf")
    head, *rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [row[head.index("行")] for row in rows] == ["3", "4"]
    assert rows[1][1] == "'=ヤマダ"
    assert all(row[head.index("理由")] for row in rows)
    assert town.get(reverse("town:bad_rows", args=[file.id, "xlsx"])).status_code == 200
    assert town.get(reverse("town:bad_rows", args=[file.id, "doc"])).status_code == 404


def test_the_same_statement_again_adds_nothing(town: Client, payout: Payout) -> None:
    read(town, "2026-11-24,エーユーペイ,3185")
    page = read(town, "2026-11-24,エーユーペイ,3185")
    assert page.context["reading"].file.rows_known == 1
    assert Deposit.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Choose the file."),
        ({"file": SimpleUploadedFile("x.csv", b"")}, "The file is empty."),
        ({"file": SimpleUploadedFile("x.csv", b"\xff\xfe\x00")}, "notice--bad"),
        ({"file": SimpleUploadedFile("x.csv", "日付,名前\n1,2".encode())}, "notice--bad"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_on_the_page(town: Client, form: dict[str, Any], words: str) -> None:
    answer = town.post(reverse("town:deposits"), form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not DepositFile.objects.exists()


def test_a_difference_is_named_by_a_person(town: Client, payout: Payout) -> None:
    read(town, "2026-11-24,エーユーペイ,2855")
    deposit = Deposit.objects.get()
    assert deposit.state == "amount_differs"
    address = reverse("town:deposit_resolve", args=[deposit.id])
    missing = town.post(address, {"reason_kind": "other", "note": ""})
    assert missing.status_code == 422
    assert "Write down what you know about it." in missing.content.decode()
    assert "Choose what the difference is." in town.post(address, {"note": "x"}).content.decode()
    assert town.post(address, {"reason_kind": "transfer_fee", "note": ""}).status_code == 302
    payout.refresh_from_db()
    assert payout.state == "explained"


def test_a_deposit_of_nobody_is_assigned_or_set_aside_or_taken_off(town: Client, payout: Payout) -> None:
    read(town, "2026-11-25,ナゾノフリコミ,3185")
    deposit = Deposit.objects.get()
    page = town.get(reverse("town:deposit", args=[deposit.id]))
    assert "a payout of exactly this amount is due" in page.content.decode()
    assert [row[0] for row in page.context["payouts"]] == [payout]

    assert town.post(reverse("town:deposit_set_aside", args=[deposit.id]), {}).status_code == 422
    town.post(reverse("town:deposit_set_aside", args=[deposit.id]), {"aside-reason": "利息"})
    deposit.refresh_from_db()
    assert (deposit.state, deposit.note) == ("set_aside", "利息")

    assert town.post(reverse("town:deposit_assign", args=[deposit.id]), {}).status_code == 422
    town.post(reverse("town:deposit_assign", args=[deposit.id]), {"payout": str(payout.id)})
    deposit.refresh_from_db()
    assert (deposit.state, deposit.payout) == ("matched", payout)

    town.post(reverse("town:deposit_release", args=[deposit.id]), {"release-reason": "別の払込だった"})
    deposit.refresh_from_db()
    assert deposit.state == "no_payout"


def test_the_books_are_refused_without_a_rule_and_made_at_once_with_one(town: Client, payout: Payout) -> None:
    """J-31: the page says why, and what to enter; entering it leads back to the same period."""
    period = {"since": "2026-11-01", "until": "2026-11-30"}
    refused_page = town.get(reverse("town:books"), period)
    text = refused_page.content.decode()
    assert refused_page.status_code == 422
    assert "The books of this period cannot be made yet" in text
    assert "made" not in refused_page.context
    assert "<details open>" in text

    empty = town.post(refused_page.context["rule_address"], {"number": "", "in_force_on": "2026-04-01"})
    assert empty.status_code == 422
    assert "Write the rule" in empty.content.decode()
    rule = {"number": "富岡市会計規則第50条の2", "in_force_on": "2026-04-01"}
    page = town.post(refused_page.context["rule_address"], rule, follow=True)
    assert page.status_code == 200
    assert NettingRule.objects.get().number == rule["number"]
    made = page.context["made"]
    assert (made.gross_yen, page.context["kept_yen"], made.net_yen) == (3_250, 65, 3_185)
    assert "The figures agree" in page.content.decode()
    assert page.context["agreement"].holds
    assert page.context["item_sums"]["gross"] == 3_250


def test_the_journal_opens_in_excel(town: Client, payout: Payout) -> None:
    add_netting_rule(
        actor=actor_named("accountant-tomioka"),
        principal_id=payout.principal_id,
        number="規則",
        in_force_on=date(2026, 4, 1),
    )
    period = {"since": "2026-11-01", "until": "2026-11-30"}
    content = b"".join(town.get(reverse("town:books_file", args=["csv"]), period).streaming_content)
    head, *rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert sum(int(row[head.index("差引")]) for row in rows) == 3_185
    assert town.get(reverse("town:books_file", args=["xlsx"]), period).status_code == 200
    turned = {"since": "2026-11-02", "until": "2026-11-01"}
    assert town.get(reverse("town:books_file", args=["csv"]), turned).status_code == 422


def test_a_wrong_period_is_told_beside_its_field(town: Client) -> None:
    page = town.get(reverse("town:books"), {"since": "2026-11-02", "until": "2026-11-01"})
    assert page.status_code == 422
    assert "The last day is before the first." in page.content.decode()


def test_auditors_and_administrators_read_and_cannot_write(payout: Payout) -> None:
    town = reader("accountant-tomioka")
    read(town, "2026-11-25,ナゾノフリコミ,3185")
    deposit, file = Deposit.objects.get(), DepositFile.objects.get()
    of = {"of": str(payout.principal_id)}
    for username in ("auditor", "admin-tomioka"):
        other = reader(username)
        assert other.get(reverse("town:payout", args=[payout.id])).status_code == 200
        assert "Read a bank statement" not in other.get(reverse("town:deposits"), of).content.decode()
        assert other.get(reverse("town:deposit", args=[deposit.id])).status_code == 200
        assert other.get(reverse("town:deposit_file", args=[file.id])).status_code == 200
        rule = {"number": "x", "in_force_on": "2026-04-01", **of}
        assert other.post(reverse("town:netting_rule"), rule).status_code == 403
        assert other.post(reverse("town:deposits"), {"file": statement("2026-11-24,ア,1"), **of}).status_code == 403
        for name in ("deposit_assign", "deposit_resolve", "deposit_set_aside", "deposit_release"):
            assert other.post(reverse(f"town:{name}", args=[deposit.id])).status_code == 403


@pytest.mark.parametrize("username", ["accountant-yasuoka", "clerk-mill", "provider-paypay", "programme-office"])
def test_payouts_and_deposits_are_closed_to_others(payout: Payout, username: str) -> None:
    """H-24."""
    read(reader("accountant-tomioka"), "2026-11-25,ナゾノフリコミ,3185", "2026-13-01,ペイペイ,100")
    deposit, file = Deposit.objects.get(), DepositFile.objects.get()
    other = reader(username)
    for name, subject in (("payout", payout), ("deposit", deposit), ("deposit_file", file)):
        assert other.get(reverse(f"town:{name}", args=[subject.id])).status_code == 403
    assert other.get(reverse("town:bad_rows", args=[file.id, "csv"])).status_code == 403
    assert other.get(reverse("town:payout_lines", args=[payout.id, "csv"])).status_code == 403


def test_the_states_are_tabs_with_their_address(town: Client, payout: Payout) -> None:
    read(town, "2026-11-24,エーユーペイ,3185", "2026-11-25,エーユーペイ,1", "2026-11-25,ミズ,5")
    page = town.get(reverse("town:deposits"), {"state": "waiting"})
    assert [row.amount_yen for row in page.context["page"].object_list] == [1]
    assert page.context["sum_yen"] == 1
    assert page.context["waiting"] == 1
    assert "Other income" in town.get(reverse("town:deposits"), {"state": "no_payout"}).content.decode()
    assert "No deposit in this state" in town.get(reverse("town:deposits"), {"state": "set_aside"}).content.decode()
