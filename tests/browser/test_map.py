"""The map in a real browser: it draws, a cluster opens, a pin leads to its place, and the list goes on without it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import ARGUMENTS, overflow_px, violations
from tools.server import Server

pytestmark = pytest.mark.browser
# A renderer in software: the machine of a test has no graphics card.
DRAWING = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
SLOW_MS = 90_000
# The Silk Mill stands alone; the other places of the demo share one corner farther south.
MILL, CORNER = (138.8871, 36.2554), (138.8001, 36.2001)
POSITIONS = """
import django
django.setup()
from madoguchi.opendata.places import publish_all
from madoguchi.opendata.tiles import make_tiles
from madoguchi.people.access import system_actor
from madoguchi.registry.models import Place
mill = Place.objects.get(name="富岡製糸場").id
Place.objects.filter(place_class="fixed").update(latitude=36.2001, longitude=138.8001)
Place.objects.filter(id=mill).update(latitude=36.2554, longitude=138.8871)
publish_all()
make_tiles(actor=system_actor("test"))
print(mill)
"""


@pytest.fixture(scope="module")
def mill(server: Server) -> str:
    """The demo's places on the map; the Silk Mill's id."""
    command = [sys.executable, "-c", POSITIONS]
    done = subprocess.run(command, env=server.variables, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def drawing(browser: Browser) -> Iterator[Browser]:
    """A browser that draws maps, beside the one of all tests."""
    arguments = [*(one for one in ARGUMENTS if one != "--disable-gpu"), *DRAWING]
    chromium = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=arguments)
    yield chromium
    chromium.close()


@pytest.fixture
def context(drawing: Browser) -> Iterator[BrowserContext]:
    context = drawing.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that remembers what it complained of in `page.complaints`."""
    page: Any = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def until(page: Page, condition: str) -> None:
    """Wait until a condition holds. Playwright's own way evaluates text in the page, which the policy forbids."""
    for _ in range(SLOW_MS // 100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(condition)


def drawn(page: Page) -> None:
    """Wait until the map stands and has drawn what is in view."""
    page.wait_for_selector("[data-map-ready]", timeout=SLOW_MS)
    until(page, "document.querySelector('[data-map]').madoguchi.areTilesLoaded()")
    layers = "map => map.queryRenderedFeatures({layers: ['pins', 'clusters']}).length > 0"
    until(page, f"({layers})(document.querySelector('[data-map]').madoguchi)")


def click_on(page: Page, longitude: float, latitude: float) -> None:
    """Click where the map shows a position."""
    project = "([lng, lat]) => document.querySelector('[data-map]').madoguchi.project([lng, lat])"
    at = page.evaluate(project, [longitude, latitude])
    page.locator("[data-map-canvas]").click(position={"x": at["x"], "y": at["y"]})


def around(longitude: float, latitude: float, degrees: float = 0.02) -> str:
    return ",".join(
        f"{edge:.4f}" for edge in (longitude - degrees, latitude - degrees, longitude + degrees, latitude + degrees)
    )


def test_a_pin_leads_to_its_place(page: Any, server: Server, mill: str) -> None:
    """P-31: name, services and rate at the pin, and the way to the place's own page; nothing breaks the policy."""
    page.goto(f"{server.url}/map/?bbox={around(*MILL)}")
    drawn(page)

    click_on(page, *MILL)
    link = page.locator(".map-popup a")
    expect(link).to_have_attribute("href", f"/map/places/{mill}/")
    expect(page.locator(".map-popup")).to_contain_text("PayPay")
    assert violations(page) == []
    link.click()

    page.wait_for_url(f"**/map/places/{mill}/")
    page.wait_for_selector("[data-map-ready]", timeout=SLOW_MS)
    expect(page.locator(".maplibregl-marker")).to_have_count(1)
    assert violations(page) == []
    assert page.complaints == []


def test_a_cluster_comes_closer_and_this_area_can_be_searched(page: Any, server: Server, mill: str) -> None:
    """P-31: the list then holds what the map shows."""
    page.goto(f"{server.url}/map/?service=paypay&bbox=138.7000,36.1000,138.9500,36.3000")
    drawn(page)
    before = page.evaluate("document.querySelector('[data-map]').madoguchi.getZoom()")

    expect(page.get_by_role("button", name="Search in this area")).to_be_hidden()
    click_on(page, *CORNER)
    until(page, f"document.querySelector('[data-map]').madoguchi.getZoom() > {before} + 1.5")
    button = page.get_by_role("button", name="Search in this area")
    expect(button).to_be_visible()
    button.click()

    page.wait_for_url("**bbox=*")
    assert "service=paypay" in page.url
    expect(page.locator(".places__one").first).to_be_visible()
    assert page.complaints == []


def test_the_map_is_reached_left_and_moved_by_keyboard(page: Any, server: Server, mill: str) -> None:
    """P-31: it has a name, arrows move it, and a link leads past it."""
    page.goto(f"{server.url}/map/?bbox={around(*MILL)}")
    drawn(page)
    region = page.get_by_role("region", name="Map of places")
    region.focus()
    before = page.evaluate("document.querySelector('[data-map]').madoguchi.getCenter().lng")

    page.keyboard.press("ArrowRight")
    until(page, f"document.querySelector('[data-map]').madoguchi.getCenter().lng > {before}")
    page.get_by_role("link", name="Skip the map").focus()
    page.keyboard.press("Enter")

    assert page.url.endswith("#after-map")
    for name in ("Zoom in", "Zoom out"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box["width"] >= 44
        assert box["height"] >= 44


def test_a_small_screen_fetches_the_map_when_asked(drawing: Browser, server: Server, mill: str) -> None:
    """P-31: a phone does not pay for a map that nobody asked for."""
    context = drawing.new_context(locale="ja-JP", viewport={"width": 320, "height": 700})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/map/")
    page.wait_for_load_state("networkidle")
    assert [address for address in asked if "map-draw" in address or "/tiles/" in address] == []

    button = page.get_by_role("button", name="地図を表示")
    # Above the list, and whose base it is stands under the map alone.
    assert button.bounding_box()["y"] < page.locator(".places__one").first.bounding_box()["y"]
    assert page.locator(".map__credit").count() > 0
    assert not page.locator(".map__credit").first.is_visible()
    button.click()
    drawn(page)

    assert page.locator(".map__credit").first.is_visible()
    assert overflow_px(page) == 0
    assert violations(page) == []
    context.close()


def test_without_webgl_a_sentence_stands_there_and_the_list_goes_on(
    browser: Browser, server: Server, mill: str
) -> None:
    """P-31: an old device, or one whose owner switched drawing off."""
    arguments = [*ARGUMENTS, "--disable-webgl", "--disable-3d-apis"]
    old = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=arguments)
    page = old.new_context(locale="en-GB", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{server.url}/map/")

    told = page.get_by_text("This browser cannot draw the map. The list holds the same places.")
    expect(told).to_be_visible(timeout=SLOW_MS)
    expect(page.locator("[data-map-canvas]")).to_be_hidden()
    expect(page.locator(".places__one").first).to_be_visible()
    old.close()


def test_without_scripts_there_is_no_empty_frame(drawing: Browser, server: Server, mill: str) -> None:
    """P-31: the list is the page."""
    context = drawing.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/map/")

    expect(page.locator("[data-map]")).to_be_hidden()
    expect(page.locator(".places__one").first).to_be_visible()
    context.close()
