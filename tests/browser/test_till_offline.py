"""The till on a tablet that loses its connection (J-25), in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import overflow_px, sign_in, violations
from tools.server import Server

pytestmark = pytest.mark.browser
TABLET = {"width": 768, "height": 1024}
KEPT_PAGE = """async () => {
  const cache = await caches.open("madoguchi-till-1");
  return (await cache.keys()).length > 4 && Boolean(await cache.match("/till/kept-page"));
}"""


@pytest.fixture
def tablet(browser: Browser, server: Server) -> BrowserContext:
    """A tablet whose till has been opened once, so that it keeps its page."""
    context = browser.new_context(viewport=TABLET, locale="ja-JP")
    till = context.new_page()
    sign_in(till, server, "clerk-mill")
    till.goto(f"{server.url}/till/")
    till.wait_for_function(KEPT_PAGE)
    return context


def take_cash(till: Page, given: str) -> None:
    till.locator(".item", has_text="観覧料 一般").locator("[data-step='1']").click()
    till.locator("button[name=tender][value=cash]").click()
    till.fill("#checkout-given", given)
    till.locator("[data-checkout=cash] .button--primary").click()


def test_orders_taken_offline_survive_a_reload_and_are_sent_once(tablet: BrowserContext, server: Server) -> None:
    till = tablet.pages[0]
    address = till.url
    tablet.set_offline(True)
    expect(till.locator("#offline-band")).to_be_visible()

    till.reload()
    take_cash(till, "5000")
    expect(till.locator("#kept-done")).to_contain_text("¥4,000")
    till.reload()
    expect(till.locator("#kept [data-slot=count]")).to_have_text("1")
    assert violations(till) == []
    assert overflow_px(till) == 0

    tablet.set_offline(False)
    expect(till.locator("#kept")).to_be_hidden()
    till.goto(f"{address}orders/")
    rows = till.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("接続なしで受付")


def test_an_order_whose_page_loses_the_line_ends_in_cash_as_the_same_order(
    tablet: BrowserContext, server: Server
) -> None:
    till = tablet.pages[0]
    address = till.url
    till.locator(".item", has_text="観覧料 一般").locator("[data-step='1']").click()
    till.locator("button[name=tender][value=service]").click()
    number = till.locator(".order-head .num").inner_text()

    tablet.set_offline(True)
    till.locator("[data-checkout-switch=cash]").click()
    till.fill("#checkout-given", "1000")
    till.locator("[data-checkout=cash] .button--primary").click()
    expect(till.locator("#kept")).to_be_visible()
    tablet.set_offline(False)
    expect(till.locator("#order")).to_have_attribute("data-state", "paid")

    till.goto(f"{address}orders/")
    row = till.locator("tbody tr", has_text=number)
    expect(row).to_have_count(1)
    expect(row).to_contain_text("現金")
