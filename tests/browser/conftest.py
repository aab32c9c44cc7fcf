"""A real browser on the real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tools.server import Server

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = Path("node_modules/axe-core/axe.min.js")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`madoguchi serve --demo` on free ports, for one module's walks."""
    started = Server(tmp_path_factory.mktemp("server"))
    try:
        yield started.start()
    finally:
        started.stop()
        started.kill_all()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: MADOGUCHI_PICTURES (docs/images when the story's pictures are renewed), or away."""
    chosen = os.environ.get("MADOGUCHI_PICTURES")
    folder = Path(chosen) if chosen else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sign_in(page: Page, server: Server, username: str) -> None:
    """Sign in with the password, as a person would."""
    page.goto(f"{server.url}/sign-in/")
    page.fill("input[name=username]:visible", username)
    page.fill("input[name=password]:visible", "madoguchi-demo")
    page.press("input[name=password]:visible", "Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page for people who use a keyboard or a screen reader (WCAG 2.2 AA)."""
    page.evaluate(AXE.read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
    return [f"{row['id']}: {row['nodes'][0]['html'][:120]}" for row in found["violations"]]


def overflow_px(page: Page) -> int:
    """By how much the page is wider than the screen."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width
