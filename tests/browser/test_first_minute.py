"""Each audience's first minute, on a phone, a tablet and a desk's screen, in both languages: readable and operable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import overflow_px, sign_in, violations
from tools.server import Server

pytestmark = pytest.mark.browser
WIDTHS = {320: 640, 768: 1024, 1280: 900}
PAGES = {
    "": (
        "/",
        "/sign-in/",
        "/join/",
        "/join/begin/",
        "/join/resume/",
        "/join/shop/eligibility/",
        "/join/shop/eligibility/rules/",
        "/join/plans/?takings=500000",
        "/campaigns/",
        "/campaigns/demo-week/",
        "/campaigns/demo-week/stores/",
        "/campaigns/demo-week/my-reward/?rows=1&p0-amount=11000&p0-day=2026-11-20&p0-service=paypay:",
        "/map/",
        "/map/?q=nobody",
        "/services/",
        "/services/suica/",
        "/services/reward/?amount=11000&rate=500&service=paypay:code&day=2019-10-01",
        "/statistics/",
        "/statistics/places-by-municipality/",
        "/data/",
        "/data/places/",
        "/data/how-to/",
        "/guide/",
        "/guide/kinds/",
        "/guide/questions/",
        "/guide/questions/lost-card/",
        "/guide/fraud/",
        "/guide/contacts/",
        "/guide/posters/",
    ),
    "clerk-mill": ("/till/", "orders/", "unmatched/", "float/", "close/", "check/"),
    "clerk-post": ("/till/",),
    "accountant-tomioka": (
        "/town/",
        "/town/sales/",
        "/town/unmatched/",
        "/town/settlement/",
        "/town/settlement/deposits/",
        "/town/settlement/books/",
        "/town/days/",
        "/town/codes/",
        "/town/codes/check/",
        "/town/setup/",
    ),
    "admin-tomioka": ("/town/codes/", "/town/codes/key/"),
    "programme-office": (
        "/office/",
        "/office/applications/",
        "/office/proposals/",
        "/office/duplicates/",
        "/office/store-numbers/",
        "/office/kits/",
        "/office/rules/",
        "/office/rules/amend/",
        "/office/deliveries/",
        "/office/notices/",
        "/office/events/",
        "/office/registry/",
    ),
    "provider-paypay": (
        "/provider/",
        "/provider/applications/",
        "/provider/applications/decisions/",
        "/provider/deliveries/",
        "/provider/places/",
        "/provider/payouts/",
        "/provider/plans/",
        "/provider/plans/new/",
        "/provider/rewards/",
        "/provider/rewards/files/",
    ),
}


@pytest.fixture(scope="module")
def visitors(browser: Browser, server: Server) -> Iterator[dict[str, BrowserContext]]:
    """A signed-in browser for each audience."""
    contexts = {}
    for username in PAGES:
        contexts[username] = browser.new_context(locale="ja-JP")
        if username:
            page = contexts[username].new_page()
            sign_in(page, server, username)
            page.close()
    yield contexts
    for context in contexts.values():
        context.close()


def addresses(username: str) -> list[str]:
    """Absolute paths; those without a leading slash hang below the clerk's own till."""
    return list(PAGES[username])


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("username", list(PAGES))
def test_pages_fit_every_screen_and_hold_to_wcag(
    visitors: dict[str, BrowserContext], server: Server, username: str, language: str
) -> None:
    context = visitors[username]
    context.add_cookies([{"name": "django_language", "value": language, "url": server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    below = f"{server.url}/"
    for path in addresses(username):
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            answer = page.goto(f"{server.url}{path}" if path.startswith("/") else f"{below}{path}")
            assert answer is not None
            assert answer.status == 200, path
            assert page.locator("html").get_attribute("lang") == language
            if (wider := overflow_px(page)) > 0:
                complaints.append(f"{path} at {width} px is {wider} px too wide")
            if width == 320:
                complaints += [f"{path}: {each}" for each in violations(page)]
        if path == "/till/":
            below = page.url
    page.close()
    assert complaints == []
