"""How long the kits of a whole town take, and how much memory, each kind in a process of its own.

    python -m benchmarks.kit [--places 1000]

Prints seconds, peak memory and size of the file. Exits 1 if a kit's pages are not as many as its places need, or if a
code on the first, a middle or the last place's sheets is not that place's own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import date

from rich.console import Console
from rich.table import Table

from benchmarks.jpqr import facts
from madoguchi.jpqr import Sticker, StoreId, static_payload
from madoguchi.onboarding.kit import (
    KitDesk,
    KitPlace,
    KitService,
    dispatch_rows,
    dispatch_xlsx,
    kit_pdf,
    logo_stickers_pdf,
)
from madoguchi.onboarding.kit_layout import sorted_kits

DAY = date(2019, 9, 20)
START, LATER = date(2019, 10, 1), date(2019, 12, 1)
DESK = KitDesk(
    "富岡市キャッシュレス事務局", "Tomioka City cashless desk", "0274-62-1511", "平日 9:00-17:00", "weekdays 9-17"
)
KINDS = {
    "kit": "kits, all seven sheets",
    "stickers": "letters and two sheets of stickers",
    "logos": "sheets of logo stickers",
    "dispatch": "dispatch list, XLSX",
}


def place(number: int) -> KitPlace:
    """A made-up shop; every fourth has a service that starts late."""
    one = facts(number)
    # A store of no test range, for the mark across a test costs as much as a sheet's words.
    store = StoreId("1234567890123", "0001", f"{number:06}", "000001")
    name, name_en = str(one["local_name"]), str(one["merchant_name"]).title()
    services = [KitService(service, START) for service in ("PayPay", "d払い", "au PAY", "楽天ペイ")]
    services.append(KitService("ゆうちょPay", START if number % 4 else LATER))
    return KitPlace(
        place_name=name,
        place_name_en=name_en,
        municipality="群馬県富岡市",
        municipality_en="Tomioka City, Gunma",
        organisation=f"株式会社まちの店{number}",
        postal_code=str(one["postal_code"]),
        address=f"群馬県富岡市富岡{number}番地",
        recipient="店長 様",
        services=services,
        rate_bps=500 if number % 2 else 200,
        sticker=Sticker(
            place_name=name,
            place_name_en=name_en,
            municipality="群馬県富岡市",
            municipality_en="Tomioka City, Gunma",
            store_id=store,
            payload=static_payload(**{**one, "store_id": store}),  # type: ignore[arg-type]
            services=["PayPay"],
        ),
        rate_ends_on=date(2020, 6, 30),
    )


def made(kind: str, places: list[KitPlace]) -> tuple[bytes, int]:
    """The file and how many pages each place has in it."""
    if kind == "kit":
        return kit_pdf(places, desk=DESK, day=DAY), 7
    if kind == "stickers":
        return kit_pdf(places, desk=DESK, day=DAY, parts=("letter", "stickers"), copies={"stickers": 2}), 3
    if kind == "logos":
        return logo_stickers_pdf(places, day=DAY), 1
    return dispatch_xlsx(places), 0


def faults(kind: str, places: list[KitPlace], file: bytes, each: int) -> list[str]:
    """What is wrong with the file; codes are read as a phone would."""
    import pypdfium2
    import zxingcpp

    if kind == "dispatch":
        return [] if len(dispatch_rows(places)[1]) == len(places) + 1 else ["rows are missing"]
    wrong = []
    in_order = sorted_kits(places)
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    with pypdfium2.PdfDocument(file) as document:
        if len(document) != each * len(places):
            return [f"{len(document)} pages for {len(places)} places"]
        for at in (0, len(places) // 2, len(places) - 1):
            sticker = in_order[at].sticker
            own = {sticker.payload} if sticker and kind != "logos" else set()
            found = set()
            for page in range(at * each, at * each + each):
                picture = document[page].render(scale=2).to_pil()
                found |= {one.bytes.decode() for one in zxingcpp.read_barcodes(picture, formats=only)}
            if found != own:
                wrong.append(f"place {at + 1} shows {found}")
    return wrong


def child(kind: str, count: int) -> None:
    """Make one file in this process and print seconds, peak memory, size and faults as JSON."""
    places = [place(number) for number in range(count)]
    started = time.perf_counter()
    file, each = made(kind, places)
    seconds = time.perf_counter() - started
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wrong = faults(kind, places, file, each)
    print(json.dumps({"seconds": seconds, "mib": mib, "bytes": len(file), "wrong": wrong}))


def main() -> int:
    """Measure and print; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=1_000)
    parser.add_argument("--child", default="")
    options = parser.parse_args()
    if options.child:
        child(options.child, options.places)
        return 0
    shown = Table("what", "seconds", "peak MiB", "file MiB", title=f"{options.places:,} places")
    wrong = []
    for kind, name in KINDS.items():
        command = [sys.executable, "-m", "benchmarks.kit", "--child", kind, "--places", str(options.places)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        shown.add_row(name, f"{found['seconds']:.1f}", f"{found['mib']:.0f}", f"{found['bytes'] / 2**20:.1f}")
        wrong += [f"{name}: {each}" for each in found["wrong"]]
    console = Console(width=100)
    console.print(shown)
    for line in wrong:
        console.print(f"WRONG: {line}", style="bold red")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
