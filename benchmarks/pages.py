"""How soon a phone shows the public pages, and how much comes over the air.

    python -m benchmarks.pages [--times 5] [--phone middle] [--delay 150] [--down 1600] [--up 750] [--chromium PATH]

Starts the platform with its demo and opens each page in a browser that has nothing of the site and is slowed to a phone
on a slow mobile network: 150 ms to the server and back, 1.6 Mbit/s (Lighthouse's "slow 4G"), and a processor as slow as
the phone's. How slow that is depends on this machine: as Chrome's developer tools do it, a loop is timed here and
compared with its score on the phone (1,000 for one of the middle, 264 for one of the cheapest). Told are the first
paint and the first paint of content, counted from the tap, and the bytes of everything the page asked for. A page
passes with its median first paint of content under a second and its weight under 200 kB. The floor is a page of one
word on the same server, as slowed: what no page can be faster than.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tools.letters import HAS_LETTERS
from tools.server import Server

PAINT_LIMIT_MS, WEIGHT_LIMIT_BYTES = 1_000, 200_000
FLOOR = "/healthz"
# Of BenchmarkIndex, as Chrome's developer tools calibrate themselves: a Pixel 5, a Moto G Power of 2022.
PHONES = {"middle": 1_000, "cheapest": 264}
SCORE = """() => {
  const perSecond = (work) => {
    const began = performance.now();
    let times = 0;
    while (performance.now() - began < 500) { work(); times += 1; }
    return times / ((performance.now() - began) / 1000);
  };
  const one = Array.from({length: 100_000}, (_, at) => at), other = [...one];
  const joined = perSecond(() => {
    let text = '';
    for (let at = 0; at < 10_000; at += 1) text += 'a';
    if (text.length === 1) throw new Error('kept, so that the loop is run');
  });
  const copied = perSecond(() => { for (let at = 0; at < one.length; at += 1) other[at] = one[at]; });
  return (joined + copied) / 20;
}"""
PAGES = (
    "/",
    "/map/",
    "/map/?q=富岡製糸場",
    "/services/",
    "/services/suica/",
    "/services/reward/",
    "/statistics/",
    "/statistics/applications-2019/",
    "/data/",
    "/data/how-to/",
    "/guide/",
    "/guide/questions/",
)
PAINTS = """() => new Promise(told => new PerformanceObserver(list => {
  const at = Object.fromEntries(performance.getEntriesByType('paint').map(one => [one.name, one.startTime]));
  if (at['first-contentful-paint']) told(at);
}).observe({type: 'paint', buffered: true}))"""


@dataclass(frozen=True)
class Phone:
    """How slow the phone and its network are: times slower, milliseconds there and back, kilobits a second."""

    slower: float
    delay_ms: float
    down_kbits: float
    up_kbits: float

    def slow_down(self, protocol: Any) -> None:
        """Slow the page of a developer-tools session down."""
        protocol.send("Network.enable")
        conditions = {
            "offline": False,
            "latency": self.delay_ms,
            "downloadThroughput": self.down_kbits * 1000 / 8,
            "uploadThroughput": self.up_kbits * 1000 / 8,
        }
        protocol.send("Network.emulateNetworkConditions", conditions)
        protocol.send("Emulation.setCPUThrottlingRate", {"rate": self.slower})


@dataclass(frozen=True)
class Seen:
    """One opening of a page: milliseconds to its first paints, bytes received, requests made, the answer's status."""

    paint_ms: float
    content_ms: float
    received_bytes: int
    requests: int
    status: int


def opened(browser: Any, phone: Phone, site: str, path: str) -> Seen:
    """Open a page of the site as somebody who was never there."""
    context = browser.new_context(locale="ja-JP", viewport={"width": 360, "height": 740}, is_mobile=True)
    # Phones in Japan have Japanese letters; the machine of a benchmark may not, and would fetch the design's.
    context.add_init_script(HAS_LETTERS)
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    received: list[float] = []
    protocol.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    # The phone's browser runs already, on another page; of this site's files it has none.
    page.goto(f"{site}{FLOOR}")
    received.clear()
    phone.slow_down(protocol)
    answer = page.goto(f"{site}{path}", wait_until="networkidle", timeout=90_000)
    paints = page.evaluate(PAINTS)
    context.close()
    return Seen(
        paints["first-paint"], paints["first-contentful-paint"], round(sum(received)), len(received), answer.status
    )


def score_of(browser: Any) -> float:
    """This machine's score of the loop, once warm."""
    page = browser.new_page()
    score = [float(page.evaluate(SCORE)) for _ in range(3)][-1]
    page.close()
    return score


def show(seen: dict[str, list[Seen]]) -> bool:
    """Print the table; whether every page keeps both limits."""
    table = Table("Page", "First paint ms", "Of content ms", "Worst ms", "× floor", "Requests", "kB", "", title="Pages")
    floor = median(one.content_ms for one in seen[FLOOR])
    is_good = True
    for path, runs in seen.items():
        content = median(one.content_ms for one in runs)
        weight = max(one.received_bytes for one in runs)
        keeps = content < PAINT_LIMIT_MS and weight < WEIGHT_LIMIT_BYTES
        is_good &= keeps
        table.add_row(
            f"{path} (floor)" if path == FLOOR else path,
            f"{median(one.paint_ms for one in runs):.0f}",
            f"{content:.0f}",
            f"{max(one.content_ms for one in runs):.0f}",
            f"{content / floor:.2f}",
            str(max(one.requests for one in runs)),
            f"{weight / 1000:.1f}",
            "" if keeps else "misses",
        )
    Console(width=120).print(table)
    return is_good


def measure(
    server: Server, options: argparse.Namespace, pages: Sequence[str]
) -> tuple[Phone, float, dict[str, list[Seen]]]:
    """Open every page as often; raises SystemExit for one that is not there."""
    from playwright.sync_api import sync_playwright

    seen: dict[str, list[Seen]] = {path: [] for path in (FLOOR, *pages)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium)
        score = score_of(browser)
        phone = Phone(max(1.0, score / PHONES[options.phone]), options.delay, options.down, options.up)
        # What the server and the browser do only once is not what a page costs.
        for path in seen:
            opened(browser, phone, server.url, path)
        turns = [path for _ in range(options.times) for path in seen]
        for path in track(turns, description="pages"):
            one = opened(browser, phone, server.url, path)
            if one.status != 200:
                raise SystemExit(f"{path} answered {one.status}")
            seen[path].append(one)
        browser.close()
    return phone, score, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--phone", choices=PHONES, default="middle")
    parser.add_argument("--delay", type=float, default=150.0)
    parser.add_argument("--down", type=float, default=1600.0)
    parser.add_argument("--up", type=float, default=750.0)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="madoguchi-pages-") as folder:
        server = Server(Path(folder)).start()
        try:
            phone, score, seen = measure(server, arguments, PAGES)
        finally:
            server.stop()
    console = Console()
    console.print(f"This machine scores {score:.0f}; slowed {phone.slower:.2f} times. Phone: {arguments.phone}.")
    return 0 if show(seen) else 1


if __name__ == "__main__":
    sys.exit(main())
