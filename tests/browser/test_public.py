"""A resident, then an analyst: finder, service, statistics, download, in both languages, on a phone and a desk."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import overflow_px, violations
from tools.letters import HAS_LETTERS, LACKS_LETTERS
from tools.server import Server

pytestmark = pytest.mark.browser
SLOW_MS = 90_000
WEIGHT_LIMIT = 200_000
PAGES = ("/map/", "/services/", "/services/suica/", "/statistics/", "/data/", "/guide/", "/guide/questions/")
WORDS = {
    "en": {
        "search": "Search",
        "words": "Name, address, postal code or town",
        "mill": "Tomioka Silk Mill",
        "reward": "What do I get back?",
        "points": "550",
    },
    "ja": {
        "search": "検索",
        "words": "名称・住所・郵便番号・市区町村",
        "mill": "富岡製糸場",
        "reward": "いくら戻るか調べる",
        "points": "550",
    },
}


@pytest.fixture(scope="module")
def published(server: Server) -> Server:
    """The server once its worker has published the demo's places, figures and files."""
    patience = time.monotonic() + SLOW_MS / 1000
    while time.monotonic() < patience:
        with urllib.request.urlopen(f"{server.url}/data/catalog.jsonld") as answer:  # noqa: S310  # our own server
            catalogue = json.load(answer)
        names = {one["dct:identifier"] for one in catalogue["dcat:dataset"] if one.get("dcat:distribution")}
        if {"places", "places-by-municipality", "applications-2019", "registrations-2019"} <= names:
            return server
        time.sleep(0.5)
    raise AssertionError(f"published so far: {names}")


@pytest.fixture(params=["ja", "en"])
def language(request: Any) -> str:
    return str(request.param)


@pytest.fixture(params=[320, 1280])
def reader(request: Any, browser: Browser, language: str) -> Iterator[BrowserContext]:
    locale = {"ja": "ja-JP", "en": "en-GB"}[language]
    context = browser.new_context(locale=locale, viewport={"width": request.param, "height": 900})
    context.set_default_timeout(SLOW_MS)
    yield context
    context.close()


def is_in_order(page: Page) -> None:
    """Nothing is wider than the screen, and axe finds nothing."""
    assert overflow_px(page) == 0, page.url
    assert violations(page) == [], page.url


def test_from_the_finder_to_a_place_its_service_statistics_and_a_download(
    published: Server, reader: BrowserContext, language: str
) -> None:
    """P-31, P-35, P-37, P-42: what a resident, then an analyst does first; WCAG 2.2 AA on every page of the way."""
    said, page = WORDS[language], reader.new_page()
    page.goto(f"{published.url}/map/")
    is_in_order(page)
    page.get_by_label(said["words"]).fill("富岡製糸場")
    page.get_by_role("button", name=said["search"], exact=True).click()
    page.get_by_role("link", name=said["mill"], exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(said["mill"])
    is_in_order(page)

    page.get_by_role("link", name="PayPay", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("PayPay")
    is_in_order(page)

    page.goto(f"{published.url}/statistics/applications-2019/")
    expect(page.get_by_text("730,493").first).to_be_visible()
    is_in_order(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    content = download.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbfcode,prefecture,municipality,as_printed,applications\r\n")
    assert sum(int(line.rsplit(",", 1)[1]) for line in content.decode("utf-8-sig").splitlines()[1:]) == 730_493

    page.goto(f"{published.url}/data/applications-2019/")
    is_in_order(page)
    checksums = page.request.get(f"{published.url}/data/applications-2019/latest/checksums.txt").text()
    assert f"{hashlib.sha256(content).hexdigest()}  applications-2019.csv" in checksums


@pytest.mark.parametrize("path", PAGES)
def test_a_page_weighs_little_on_a_phone(published: Server, browser: Browser, path: str) -> None:
    """Under 200 kB without the map, everything counted, on a phone with Japanese letters of its own."""
    context = browser.new_context(locale="ja-JP", viewport={"width": 360, "height": 740}, is_mobile=True)
    context.add_init_script(HAS_LETTERS)
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    received: list[float] = []
    protocol.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    page.goto(f"{published.url}{path}", wait_until="networkidle")

    assert len(received) >= 3
    assert sum(received) < WEIGHT_LIMIT
    assert page.evaluate("document.documentElement.className") == "own-letters"
    context.close()


def test_a_device_without_japanese_letters_gets_those_of_the_design(published: Server, browser: Browser) -> None:
    """Else it would show boxes; the machine of this test is one."""
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    page.add_init_script(LACKS_LETTERS)
    page.goto(f"{published.url}/guide/", wait_until="networkidle")

    assert page.evaluate("document.documentElement.className") == ""
    assert page.evaluate("document.fonts.check('16px \"Noto Sans JP Variable\"', '国')")
    context.close()
