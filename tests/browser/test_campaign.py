"""A town's reward campaign from a draft to the approved claim (issue 5): two officers, a provider, the engine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.core.clock import JST
from tests.browser.conftest import overflow_px, sign_in, violations
from tools.server import Server

pytestmark = pytest.mark.browser
CODE = "spring-week"
# Of the demo's shops: the coffee house and the bookshop.
COFFEE, BOOKS = "0000000000001-9001-000001-000001", "0000000000001-9001-000003-000001"
HEAD = "payment_id,kind,original_payment_id,service_id,channel,member_id,store_id,amount_yen,paid_at"


@pytest.fixture
def officers(server: Server, browser: Browser) -> Iterator[tuple[Page, Page, Page]]:
    """Tomioka's administrator and accountant and PayPay's staff, each in a browser of their own."""
    pages = []
    for username in ("admin-tomioka", "accountant-tomioka", "provider-paypay"):
        page = browser.new_context(locale="ja-JP", accept_downloads=True).new_page()
        sign_in(page, server, username)
        pages.append(page)
    yield pages[0], pages[1], pages[2]
    for page in pages:
        page.context.close()


def payments(day: date) -> str:
    """¥1,990 and ¥20,000 by one member, the second beyond the cap; ¥1,000 by another, of which ¥400 go back."""
    at = [datetime(day.year, day.month, day.day, hour, tzinfo=JST).isoformat() for hour in (11, 12, 13, 14)]
    lines = [
        f"w1,payment,,paypay,,anna,{COFFEE},1990,{at[0]}",
        f"w2,payment,,paypay,,anna,{BOOKS},20000,{at[1]}",
        f"w3,payment,,paypay,,bert,{COFFEE},1000,{at[2]}",
        f"w3r,refund,w3,paypay,,,,400,{at[3]}",
    ]
    return "\n".join([HEAD, *lines]) + "\n"


def step(page: Page, words: str) -> None:
    """Press a button and wait for what it says."""
    page.get_by_role("button", name=words, exact=True).first.click()
    expect(page.locator(".messages .notice--good")).to_be_visible()


def computed(page: Page, address: str) -> None:
    """Load the page of a run until the worker has computed it."""
    for _ in range(60):
        page.goto(address)
        if page.get_by_role("button", name="この計算を提案する").count():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError("the run was not computed within a minute")


def draft(page: Page, server: Server, day: date) -> None:
    page.goto(f"{server.url}/rewards/new/")
    page.get_by_label("名称", exact=True).fill("春の30％還元ウィーク")
    page.get_by_label("英語の名称").fill("Spring week")
    page.get_by_label("アドレス用の短い名前").fill(CODE)
    page.get_by_label("開始日").fill(day.isoformat())
    page.get_by_label("終了日").fill((day - timedelta(days=1)).isoformat())
    page.get_by_label("還元率（％）").fill("30")
    page.get_by_label("予算（ポイント）").fill("1,000,000")
    page.get_by_label("PayPay", exact=True).check()
    page.get_by_label("会員ごとの上限", exact=True).fill("5000")
    page.get_by_label("加盟店手数料の3分の1を補助する").check()
    page.get_by_role("button", name="下書きを保存する").click()
    # The last day before the first: told beside the field, and nothing typed is lost.
    expect(page.locator(".field--wrong")).to_have_count(1)
    expect(page.get_by_label("名称", exact=True)).to_have_value("春の30％還元ウィーク")
    assert violations(page) == []
    page.get_by_label("終了日").fill((day + timedelta(days=6)).isoformat())
    step(page, "下書きを保存する")


def send(page: Page, server: Server, day: date, tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    file.write_text(payments(day), "utf-8")
    page.goto(f"{server.url}/provider/rewards/files/")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form[enctype] button").first.click()
    expect(page.get_by_role("rowheader", name="payments.csv").first).to_be_visible()


def report(page: Page, server: Server, day: date) -> None:
    """Of 5,180 points 3,000 are used so far."""
    page.goto(f"{server.url}/provider/rewards/{CODE}/")
    form = page.locator("form", has=page.locator("input[name=act][value=points]"))
    form.locator("select[name$=month]").select_option(f"{day:%Y-%m}")
    form.locator("select[name$=service]").select_option("paypay")
    form.locator("[name$=as_of]").fill(day.isoformat())
    for name, points in (("granted", 5_180), ("used", 3_000), ("expired", 0), ("returned", 0)):
        form.locator(f"[name$={name}_points]").fill(str(points))
    form.locator("select[name$=basis]").select_option("measured")
    form.locator("button").click()
    expect(page.locator(".messages .notice--good")).to_be_visible()


def test_a_towns_campaign_from_draft_to_approved_claim(
    server: Server, officers: tuple[Page, Page, Page], tmp_path: Path, pictures: Path
) -> None:
    admin, accountant, provider = officers
    # The demo's own payments end yesterday.
    day = datetime.now(JST).date()
    draft(admin, server, day)
    step(admin, "提案する")
    expect(admin.get_by_text("ご自身では承認できません")).to_be_visible()
    accountant.goto(f"{server.url}/rewards/{CODE}/")
    step(accountant, "承認する")

    send(provider, server, day, tmp_path)
    admin.goto(f"{server.url}/rewards/{CODE}/runs/")
    step(admin, "今すぐ計算する")
    run = f"{server.url}/rewards/{CODE}/runs/1/"
    computed(admin, run)
    # 597 + 4,403 up to the cap of 5,000, and 30 % of what is left of ¥1,000.
    expect(admin.locator(".figure__value").first).to_have_text("5,180")
    step(admin, "この計算を提案する")
    accountant.goto(run)
    step(accountant, "この計算を承認する")

    accountant.goto(f"{server.url}/rewards/{CODE}/payment/?id=w2")
    expect(accountant.locator("ol li").filter(has_text="5,000").first).to_be_visible()
    expect(accountant.locator(".figure__value").first).to_have_text("4,403")

    report(provider, server, day)
    admin.goto(f"{server.url}/rewards/{CODE}/claims/")
    step(admin, "請求を作る")
    admin.locator("tbody input[type=checkbox]").check()
    step(admin, "提案する")
    accountant.goto(f"{server.url}/rewards/{CODE}/claims/")
    accountant.locator("tbody input[type=checkbox]").check()
    step(accountant, "承認する")
    expect(accountant.locator("tbody")).to_contain_text("¥3,000")
    expect(accountant.locator("tbody")).to_contain_text("承認済み")

    with accountant.expect_download() as told:
        accountant.get_by_role("link", name="承認した請求（CSV）").click()
    (row,) = csv.DictReader(io.StringIO(Path(told.value.path()).read_text("utf-8-sig")))
    assert "3000" in row.values()
    with accountant.expect_download() as told:
        accountant.get_by_role("link", name="承認した請求（PDF）").click()
    document = pypdfium2.PdfDocument(told.value.path())
    text = "".join(page.get_textpage().get_text_range() for page in document)
    assert "3,000" in text

    for name in ("", "runs/", "runs/1/", "holds/", "stores/", "budget/?rate_bps=20&cap_bps=50", "points/", "claims/"):
        accountant.set_viewport_size({"width": 320, "height": 800})
        accountant.goto(f"{server.url}/rewards/{CODE}/{name}")
        assert overflow_px(accountant) == 0, name
        assert violations(accountant) == [], name
        accountant.screenshot(path=pictures / f"campaign-{name.split('/')[0] or 'overview'}.png", full_page=True)
