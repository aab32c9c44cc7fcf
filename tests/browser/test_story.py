"""The whole story of the first release, walked as its users walk it, with pictures for docs/story.md."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.jpqr import read_jpqr, read_symbols
from tests.browser.conftest import sign_in, violations
from tools.server import Server

pytestmark = pytest.mark.browser
TABLET = {"width": 768, "height": 1024}

# Two months on, the provider's month has closed and its deposit has come: books are kept by the calendar, so the
# closing and the bank's file are made with the platform's clock moved there.
CLOSE = """
import json
from datetime import timedelta
from django.db.models import Sum
from madoguchi.core import clock
from madoguchi.people.access import system_actor
from madoguchi.registry.queries import town_organisation
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.deposits import import_deposits
from madoguchi.settlement.models import Deposit, Payout
later = clock.now() + timedelta(days=75)
clock.set_clock(lambda: later)
actor = system_actor("story")
close_until(actor=actor, until=clock.today() - timedelta(days=1))
tomioka = town_organisation("10210")
payout = Payout.objects.get(principal=tomioka)
rows = f"date,payer,amount\\n{payout.due_on},ペイペイ,{payout.net_yen}\\n"
import_deposits(actor=actor, principal_id=tomioka.id, name="deposits.csv", content=rows.encode())
deposit = Deposit.objects.get()
print(json.dumps({"payout": str(payout.id), "net": payout.net_yen, "fee": payout.fee_yen, "state": deposit.state,
                  "from": str(clock.jst_date(payout.lines.get(refund=None, amount_yen=2000).payment.paid_at)),
                  "to": str(clock.today()), "payment": str(payout.lines.get(amount_yen=2000).payment_id)}))
"""


def shot(page: Page, pictures: Path, name: str) -> None:
    page.screenshot(path=pictures / f"{name}.png")


def test_from_the_till_to_the_books(browser: Browser, server: Server, pictures: Path, tmp_path: Path) -> None:
    """J-25, J-27, J-29, J-31, M-08: a payment by the code at the Silk Mill's till ends as a line in Tomioka's books."""
    till = browser.new_page(viewport=TABLET, locale="ja-JP")
    wallet = browser.new_page(viewport={"width": 390, "height": 844}, locale="ja-JP")
    sign_in(till, server, "clerk-mill")
    till.goto(f"{server.url}/till/")

    put_together_two_adults(till, pictures)
    code = till.locator("#order .symbol svg")
    expect(code).to_be_visible()
    shot(till, pictures, "till")
    picture = tmp_path / "code.png"
    code.screenshot(path=picture)
    facts = read_jpqr(read_symbols(picture.read_bytes())[0])
    assert facts.store_id.is_test
    assert facts.local_name == "富岡製糸場"

    pay(wallet, server, picture, 200, pictures)
    stray = till.locator(".stray")
    expect(stray).to_contain_text("¥200")
    expect(till.locator("#order")).to_have_attribute("data-state", "open")
    shot(till, pictures, "wrong-amount")

    till.evaluate(WATCH)
    reference = pay(wallet, server, picture, 2000)
    expect(till.locator("#order")).to_have_attribute("data-state", "paid")
    assert seconds_until_shown(till, server, reference) < 1.0
    shot(till, pictures, "paid")
    assert violations(till) == []

    order = till.url
    till.get_by_role("link", name="レシート").or_(till.get_by_role("link", name="領収")).first.click()
    expect(till.locator(".receipt")).to_contain_text("群馬県富岡市")
    expect(till.locator(".receipt")).to_contain_text("富岡製糸場")
    expect(till.locator(".receipt")).to_contain_text("PayPay")
    shot(till, pictures, "receipt")

    till.goto(order)
    cancel_the_wrong_one(till, pictures)
    closed = server.run(CLOSE)
    assert (closed["state"], closed["fee"], closed["net"]) == ("matched", 32, 1968)
    read_the_books(browser, server, closed, pictures)


def put_together_two_adults(till: Page, pictures: Path) -> None:
    adult = till.locator(".item", has_text="観覧料 一般")
    adult.locator("[data-step='1']").click()
    adult.locator("[data-step='1']").click()
    expect(till.locator("#total")).to_have_text("¥2,000")
    shot(till, pictures, "items")
    till.locator("button[name=tender][value=service]").click()
    expect(till.locator("#order")).to_have_attribute("data-state", "open")


def pay(wallet: Page, server: Server, picture: Path, amount_yen: int, pictures: Path | None = None) -> str:
    """Upload the code's picture to the wallet, type the amount, pay."""
    wallet.goto(f"{server.sandbox_url}/?lang=ja")
    wallet.set_input_files("#code-file", picture)
    wallet.click("#read-code")
    expect(wallet.locator("#shop-name")).to_contain_text("富岡製糸場")
    wallet.select_option("#service", "paypay")
    wallet.fill("#amount", str(amount_yen))
    if pictures:
        shot(wallet, pictures, "wallet")
    wallet.click("#pay")
    return wallet.locator("#paid-reference").inner_text().strip()


WATCH = """
new MutationObserver(() => {
  if (!window.paidAt && document.querySelector("#order[data-state=paid]")) window.paidAt = Date.now() / 1000;
}).observe(document.body, {childList: true, subtree: true, attributes: true});
"""


def seconds_until_shown(till: Page, server: Server, reference: str) -> float:
    """From the moment the provider's notice was sent until the till's screen said paid; one machine, one clock."""
    notices = httpx.get(f"{server.sandbox_url}/notices", params={"reference": reference}).json()
    sent_at = datetime.fromisoformat(notices["notices"][0]["sent_at"])
    shown_at: float = till.evaluate("window.paidAt")
    return shown_at - sent_at.timestamp()


def cancel_the_wrong_one(till: Page, pictures: Path) -> None:
    """J-29: the clerk cancels the wrong payment with a reason and sees until when it can be caught."""
    till.locator(".stray", has_text="¥200").get_by_role("link").first.click()
    expect(till.get_by_text("まで").first).to_be_visible()
    till.locator("input[name=choice]").first.check()
    shot(till, pictures, "refund")
    till.locator("main form button").last.click()
    expect(till.locator("#refunds .status--good")).to_have_text("返金済み", timeout=20_000)
    shot(till, pictures, "refunded")


def read_the_books(browser: Browser, server: Server, closed: dict[str, str], pictures: Path) -> None:
    """The accountant finds the yen again: gross, fee by netting, net; and every arrow of the one payment."""
    books = browser.new_page(viewport={"width": 1280, "height": 900}, locale="ja-JP")
    sign_in(books, server, "accountant-tomioka")
    books.goto(f"{server.url}/town/")
    shot(books, pictures, "town")
    books.goto(f"{server.url}/town/settlement/payouts/{closed['payout']}/")
    expect(books.locator("main")).to_contain_text("¥1,968")
    shot(books, pictures, "payout")
    books.goto(f"{server.url}/town/settlement/books/?since={closed['from']}&until={closed['to']}")
    expect(books.locator(".figure__value")).to_have_text(["¥2,000", "¥32", "¥1,968", "¥0"])
    shot(books, pictures, "books")
    books.goto(f"{server.url}/town/payments/{closed['payment']}/trace/")
    expect(books.locator("main")).to_contain_text("20")
    books.screenshot(path=pictures / "trace.png", full_page=True)
    assert violations(books) == []
