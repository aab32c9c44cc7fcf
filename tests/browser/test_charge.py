"""A customer shows a code: a clerk reads it at the till, with a scanner that types or in a picture, and it is paid."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.jpqr import qr_png
from tests.browser.conftest import overflow_px, sign_in, violations
from tools.server import Server

pytestmark = pytest.mark.browser
PHONE = {"width": 320, "height": 640}


@pytest.fixture
def till(browser: Browser, server: Server) -> Page:
    """The Silk Mill's till with an order of one adult, on the smallest screen."""
    page = browser.new_page(viewport=PHONE, locale="ja-JP")
    sign_in(page, server, "clerk-mill")
    page.goto(f"{server.url}/till/")
    page.locator(".item", has_text="観覧料 一般").locator("[data-step='1']").click()
    page.locator("button[name=tender][value=service]").click()
    expect(page.locator("#order")).to_have_attribute("data-state", "open")
    return page


@pytest.fixture
def wallet(browser: Browser, server: Server) -> Page:
    """The customer's phone, showing a PayPay code."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page.goto(f"{server.sandbox_url}/code")
    page.select_option("#service", "paypay")
    page.click("#show-code")
    expect(page.locator("#delivery svg")).to_be_visible()
    return page


def shown(wallet: Page) -> str:
    return wallet.locator("#shown-code").input_value()


def test_what_a_scanner_types_pays_the_order(till: Page, wallet: Page) -> None:
    """By keyboard alone, from the order's page on; a wrong scan is told, and the next one takes its place."""
    till.get_by_role("link", name="お客様のコードを読み取る").press("Enter")
    expect(till.locator("[name=shown_code]")).to_be_focused()
    assert violations(till) == []
    assert overflow_px(till) == 0

    till.keyboard.type("00020101021126")  # the sticker on the counter
    till.keyboard.press("Enter")
    expect(till.locator("#refusal")).to_contain_text("お店のコード")
    expect(till.locator("#refusal")).to_contain_text("失われたものもありません")
    expect(till.locator("[name=shown_code]")).to_be_focused()

    till.keyboard.type(shown(wallet))
    till.keyboard.press("Enter")
    expect(till.locator("#order")).to_have_attribute("data-state", "paid", timeout=15_000)
    expect(till.locator("#order")).to_contain_text("PayPay")
    assert overflow_px(till) == 0
    expect(wallet.locator("#delivery")).to_contain_text("このコードで支払いました", timeout=15_000)


def test_a_picture_is_sent_as_it_is_taken_and_a_used_code_is_explained(
    till: Page, wallet: Page, server: Server, tmp_path: Path
) -> None:
    picture = tmp_path / "code.png"
    picture.write_bytes(qr_png(shown(wallet)))
    order = till.url
    till.goto(f"{order}charge/")
    till.set_input_files("[name=picture]", picture)
    expect(till.locator("#order")).to_have_attribute("data-state", "paid", timeout=15_000)

    till.goto(f"{server.url}/till/")
    till.locator(".item", has_text="観覧料 一般").locator("[data-step='1']").click()
    till.locator("button[name=tender][value=service]").click()
    till.get_by_role("link", name="お客様のコードを読み取る").click()
    till.set_input_files("[name=picture]", picture)

    declined = till.locator("#order[data-charge=declined]")
    expect(declined).to_contain_text("使用済みのコードでした", timeout=15_000)
    expect(declined).to_contain_text("shown_code_used")
    expect(declined.locator(".symbol svg")).to_be_visible()
    assert violations(till) == []
    assert overflow_px(till) == 0
