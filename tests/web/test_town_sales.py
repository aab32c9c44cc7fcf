"""The accountant's first minute, and the sales table with its files."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from madoguchi.counter.actions import take_cash
from madoguchi.ledger.queries import balances
from madoguchi.payments.actions import write_memo
from madoguchi.payments.models import Payment
from madoguchi.people.access import Actor
from madoguchi.registry.models import Place
from tests.conftest import actor_named
from tests.web.readers import order, paid, reader

PAGES = ("home", "sales", "unmatched", "settlement", "deposits", "books", "days", "setup")


@pytest.fixture(autouse=True)
def demo_runs(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def sold(clock: Any, mill: Place, mill_clerk: Actor) -> Payment:
    """At the mill: ¥1,000 by PayPay, ¥150 in cash, ¥999 that fit no order."""
    payment = paid(order(mill, mill_clerk, adult=1), clock())
    cash = order(mill, mill_clerk, child=1)
    take_cash(actor=mill_clerk, order_id=cash.id, given_yen=200)
    paid(order(mill, mill_clerk, student=1), clock(), amount_yen=999)
    return payment


@pytest.fixture
def town(sold: Payment) -> Client:
    return reader("accountant-tomioka")


def rows_of(response: Any) -> list[list[str]]:
    content = b"".join(response.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_first_minute(town: Client) -> None:
    """M-05: today's takings per division and service, what does not match, when data last came in (J-25)."""
    page = town.get(reverse("town:home"))
    text = page.content.decode()
    assert page.context["total"].taken_yen == 1_000 + 150 + 999
    assert page.context["services"] == ["PayPay", "Cash"]
    assert [(row.label, row.total.taken_yen) for row in page.context["rows"]] == [
        ("Tomioka Silk Mill", 1_150),
        ("Not matched yet", 999),
    ]
    assert page.context["unmatched"].payments == 1
    assert "¥999" in text
    assert "Coming in" in text


def test_the_running_periods_say_what_will_come_when(town: Client) -> None:
    """J-27: amount less fee, per provider's own cycle."""
    page = town.get(reverse("town:running")).content.decode()
    assert "15 Dec 2026 (Tue)" in page
    assert "¥1,968" in page  # ¥1,999 less ¥16 and ¥15, each rounded down
    address = town.get(reverse("town:home")).context["desk"].running_address
    assert "¥1,968" in town.get(address).content.decode()


def test_a_page_without_sales_says_what_will_be_here(clock: Any, towns: Any) -> None:
    page = reader("accountant-tomioka").get(reverse("town:home")).content.decode()
    assert "Nothing was taken yet today" in page
    assert "Everything matches" in page


@pytest.mark.parametrize("by", ["division", "place", "service", "item", "day", "each"])
def test_the_sum_row_is_the_ledgers_takings(town: Client, mill: Place, by: str) -> None:
    page = town.get(reverse("town:sales"), {"by": by})
    held = balances(mill.operator_id)
    booked = sum(yen for code, yen in held.items() if code.startswith(("revenue:", "unmatched:")))
    assert page.context["total"].taken_yen == booked == 2_149
    assert "¥2,149" in page.content.decode()


def test_the_filter_stands_in_the_address(town: Client, mill: Place) -> None:
    query = {"by": "each", "service": "cash", "division": str(mill.id), "sold_from": "2026-11-01", "sold_to": ""}
    page = town.get(reverse("town:sales"), query)
    assert [row.movement.amount_yen for row in page.context["rows"]] == [150]
    for tab in page.context["tabs"]:
        assert "service=cash" in tab["address"]
        assert f"division={mill.id}" in tab["address"]


def test_without_days_it_is_this_month_and_emptied_days_are_all_days(town: Client, clock: Any) -> None:
    clock.move(days=20)
    assert town.get(reverse("town:sales")).context["total"].rows == 0
    assert town.get(reverse("town:sales"), {"sold_from": "", "sold_to": ""}).context["total"].rows == 3


def test_a_wrong_day_is_told_beside_its_field_and_stays(town: Client) -> None:
    page = town.get(reverse("town:sales"), {"sold_from": "2026-13-01", "sold_to": "2026-11-01"})
    assert page.status_code == 422
    assert "Write the day as 2026-11-21." in page.content.decode()
    page = town.get(reverse("town:sales"), {"due_from": "2026-11-02", "due_to": "2026-11-01"})
    assert "The last day is before the first." in page.content.decode()


def test_pages_keep_the_sum_of_the_whole(town: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("madoguchi.web.town.sales.PAGE_ROWS", 2)
    seen = []
    for number in ("1", "2", "99999999999999999999", "x"):
        page = town.get(reverse("town:sales"), {"by": "each", "page": number})
        assert page.context["total"].taken_yen == 2_149
        seen.append(len(page.context["rows"]))
    assert seen == [2, 1, 1, 2]


def test_the_file_is_what_is_shown_with_fee_net_and_provider_on_every_row(town: Client, sold: Payment) -> None:
    """FIELD.md: fee, net, payout and provider on every row; times are Japan's."""
    head, *rows = rows_of(town.get(reverse("town:sales_file", args=["csv"]), {"by": "each", "state": "matched"}))
    facts = dict(zip(head, rows[0], strict=True))
    assert len(rows) == 1
    assert facts["Time (JST)"] == "2026-11-20 12:00:00" or facts["Time (JST)"].startswith("2026-11-20 1")
    assert (facts["Amount"], facts["Fee"], facts["Fee is"], facts["Net"]) == ("1000", "16", "expected", "984")
    assert facts["Provider"]
    assert (facts["Period closes"], facts["Payout due"], facts["Deposited"]) == ("2026-11-30", "2026-12-15", "")
    assert facts["Provider's reference"] == sold.reference


def test_a_memo_that_could_run_as_a_formula_is_made_harmless(town: Client, sold: Payment) -> None:
    write_memo(actor=actor_named("accountant-tomioka"), payment_id=sold.id, memo='=HYPERLINK("http://x")')
    query = {"by": "each", "state": "matched"}
    head, row = rows_of(town.get(reverse("town:sales_file", args=["csv"]), query))
    assert row[head.index("Memo")] == '\'=HYPERLINK("http://x")'
    book = load_workbook(io.BytesIO(town.get(reverse("town:sales_file", args=["xlsx"]), query).content))
    cells = [[cell.value for cell in line] for line in book.active.iter_rows()]
    assert cells[1][cells[0].index("Memo")] == '\'=HYPERLINK("http://x")'
    assert cells[1][cells[0].index("Amount")] == 1_000


def test_the_file_of_sums_ends_with_the_sum_and_old_excel_can_read_it(town: Client) -> None:
    response = town.get(reverse("town:sales_file", args=["csv"]), {"by": "service", "encoding": "cp932"})
    assert "attachment" in response["Content-Disposition"]
    lines = b"".join(response.streaming_content).decode("cp932").splitlines()
    assert [line.split(",")[0] for line in lines] == ["Service", "PayPay", "Cash", "Sum"]
    assert lines[-1].startswith("Sum,3,2149,0,2149,")


def test_other_kinds_of_files_are_not_made(town: Client) -> None:
    assert town.get(reverse("town:sales_file", args=["pdf"])).status_code == 404


def test_the_page_takes_the_same_few_statements_however_many_payments(
    town: Client, mill: Place, mill_clerk: Actor, clock: Any
) -> None:
    def statements(query: dict[str, str]) -> int:
        with CaptureQueriesContext(connection) as queries:
            town.get(reverse("town:sales"), query)
        return len(queries)

    before = [statements({"by": by}) for by in ("division", "each")]
    for _ in range(6):
        paid(order(mill, mill_clerk, adult=1, child=2), clock())
    assert [statements({"by": by}) for by in ("division", "each")] == before
    assert max(before) < 30


@pytest.mark.parametrize("username", ["clerk-mill", "provider-paypay", "programme-office"])
@pytest.mark.parametrize(
    "name", ["home", "running", "sales", "unmatched", "settlement", "deposits", "books", "days", "setup"]
)
def test_the_books_are_closed_to_others(clock: Any, towns: Any, username: str, name: str) -> None:
    assert reader(username).get(reverse(f"town:{name}")).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(db: None) -> None:
    answer = Client().get(reverse("town:sales"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_at_one_post_office_each_principal_sees_its_own(clock: Any, towns: Any, post_clerk: Actor) -> None:
    """H-24: the village's accountant sees the office's takings for the village; the office's sees its own."""
    office = towns.post_office
    paid(order(office, post_clerk, residence=2), clock())
    paid(order(office, post_clerk, shop=1), clock())
    village, operator = reader("accountant-yasuoka"), reader("accountant-post")

    page = village.get(reverse("town:sales"), {"by": "place"})
    assert [(row.label, row.sums.taken_yen) for row, _ in page.context["groups"]] == [
        ("Post office counter in Yasuoka (demo)", 600)
    ]
    assert operator.get(reverse("town:sales")).context["total"].taken_yen == 500
    assert operator.get(reverse("town:sales"), {"of": str(towns.towns["20414"].id)}).status_code == 403
    assert operator.get(reverse("town:sales"), {"of": "no-id"}).status_code == 404


def test_auditors_choose_whose_books(town: Client, towns: Any) -> None:
    auditor = reader("auditor")
    page = auditor.get(reverse("town:home"), {"of": str(towns.towns["10210"].id)})
    assert page.context["total"].taken_yen == 2_149
    assert len(page.context["desk"].choices) == 5
    assert f"of={towns.towns['10210'].id}" in page.context["rows"][0].address


def test_the_pages_speak_japanese_first(sold: Payment) -> None:
    client = reader("accountant-tomioka", "ja")
    for name in PAGES:
        assert "会計" in client.get(reverse(f"town:{name}")).content.decode()
    assert "今日の売上" in client.get(reverse("town:home")).content.decode()
