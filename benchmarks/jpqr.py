"""How fast codes are read, written and drawn, and how long a town's stickers take, beside what one would use otherwise.

    python -m benchmarks.jpqr [--places 1000] [--seconds 1.0]

One core. Each row is the best of five rounds, on 1,000 different codes. Peers in the same run: for reading and
writing, a bare loop that checks nothing but the checksum (the floor); for symbols, segno, as it comes and with its
drawing read back by a decoder as ours always is; for a town's A5 stands, segno and reportlab, each in a process of
its own whose peak memory is told. Exits 1 if anything read, written or drawn is not what it should be.
"""

from __future__ import annotations

import argparse
import binascii
import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from madoguchi.jpqr import Payload, StoreId, decode, encode, read_jpqr, sign, static_payload
from madoguchi.jpqr.conditions import bound_text, new_key

ROUNDS = 5
CODES = 1_000


@dataclass(frozen=True)
class Row:
    """One measured way of doing something; `floor` names the row that its rate is compared with."""

    name: str
    per_second: float
    floor: str
    wrong: str = ""


def facts(number: int) -> dict[str, object]:
    """A made-up place of the test range."""
    return {
        "store_id": StoreId("0000000000001", "0001", f"{number:06}", "000001"),
        "merchant_name": f"PLACE {number} OF TOMIOKA",
        "city": "TOMIOKA",
        "postal_code": f"{3_700_000 + number:07}",
        "mcc": "9399",
        "local_name": f"富岡市の窓口{number}番",
    }


def rate(work: Callable[[str], object], given: Sequence[object], seconds: float) -> float:
    """Calls a second, the best of the rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        done, started = 0, time.perf_counter()
        while (passed := time.perf_counter() - started) < seconds / ROUNDS:
            for one in given:
                work(one)  # type: ignore[arg-type]
            done += len(given)
        best = max(best, done / passed)
    return best


def bare_split(text: str) -> dict[str, str]:
    """The floor of reading: slices and a checksum, nothing judged, no template opened."""
    found, at = {}, 0
    while at < len(text):
        length = int(text[at + 2 : at + 4])
        found[text[at : at + 2]] = text[at + 4 : at + 4 + length]
        at += 4 + length
    if f"{binascii.crc_hqx(text[:-4].encode(), 0xFFFF):04X}" != text[-4:]:
        raise ValueError(text)
    return found


def bare_join(values: dict[str, str]) -> str:
    """The floor of writing: lengths and a checksum, nothing judged."""
    body = "".join(f"{tag}{len(value):02}{value}" for tag, value in values.items() if tag != "63") + "6304"
    return body + f"{binascii.crc_hqx(body.encode(), 0xFFFF):04X}"


def codec_rows(seconds: float) -> list[Row]:
    """Reading and writing."""
    known = [facts(number) for number in range(CODES)]
    texts = [static_payload(**one) for one in known]  # type: ignore[arg-type]
    built = [Payload(decode(text).fields) for text in texts]
    flat = [bare_split(text) for text in texts]
    key = new_key()
    signed = [sign(text, key) for text in texts[:100]]
    rows = [
        Row("read: bare split (floor)", rate(bare_split, texts, seconds), ""),
        Row("read: decode", rate(decode, texts, seconds), "read: bare split (floor)"),
        Row("read: decode, signed codes", rate(decode, signed, seconds), "read: bare split (floor)"),
        Row("read: read_jpqr", rate(read_jpqr, texts, seconds), "read: bare split (floor)"),
        Row("write: bare join (floor)", rate(bare_join, flat, seconds), ""),  # type: ignore[arg-type]
        Row("write: encode", rate(encode, built, seconds), "write: bare join (floor)"),  # type: ignore[arg-type]
        Row(
            "write: static_payload, from facts",
            rate(lambda one: static_payload(**one), known, seconds),  # type: ignore[arg-type]
            "write: bare join (floor)",
        ),
    ]
    if [encode(one) for one in built] != texts or [read_jpqr(text).store_id for text in texts] != [
        one["store_id"] for one in known
    ]:
        rows.append(Row("codec", 0, "", "what was written is not what is read"))
    return rows


def symbol_rows(seconds: float) -> list[Row]:
    """Drawing; ours are read back before they leave, segno's are not unless the row says so."""
    import segno
    import zxingcpp
    from PIL import Image

    from madoguchi.jpqr import qr_png, qr_svg, qr_text

    texts = [static_payload(**facts(number)) for number in range(100)]  # type: ignore[arg-type]
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    wrong: list[str] = []

    def segno_svg(text: str) -> bytes:
        file = io.BytesIO()
        segno.make_qr(text, error="Q", encoding="utf-8", boost_error=False).save(file, kind="svg")
        return file.getvalue()

    def segno_verified(text: str) -> bytes:
        made = segno.make_qr(text, error="Q", encoding="utf-8", boost_error=False)
        drawing, picture = io.BytesIO(), io.BytesIO()
        made.save(drawing, kind="svg")
        made.save(picture, kind="png", scale=2)
        with Image.open(picture) as opened:
            read = [one.bytes for one in zxingcpp.read_barcodes(opened.convert("L"), formats=only)]
        if read != [text.encode()]:
            wrong.append(f"segno: {text}")
        return drawing.getvalue()

    def read_back(picture: bytes, text: str) -> bool:
        with Image.open(io.BytesIO(picture)) as opened:
            return [one.bytes for one in zxingcpp.read_barcodes(opened.convert("L"), formats=only)] == [text.encode()]

    rows = [
        Row("symbol: segno SVG, unverified", rate(segno_svg, texts, seconds), ""),
        Row("symbol: segno SVG, verified", rate(segno_verified, texts, seconds), "symbol: segno SVG, unverified"),
        Row("symbol: qr_svg", rate(qr_svg, texts, seconds), "symbol: segno SVG, unverified"),
        Row("symbol: qr_png", rate(qr_png, texts, seconds), "symbol: segno SVG, unverified"),
        Row("symbol: qr_text", rate(qr_text, texts, seconds), "symbol: segno SVG, unverified"),
    ]
    wrong += [f"qr_png: {text}" for text in texts if not read_back(qr_png(text), text)]
    return [*rows, *(Row("symbol", 0, "", each) for each in wrong[:3])]


def sheet_of(kind: str, places: int) -> tuple[bytes, list[str]]:
    """A PDF of a town's A5 stands, and the payloads it should show in their order."""
    if kind == "peer":
        from benchmarks.jpqr_peer import stands

        texts = [static_payload(**facts(number)) for number in range(places)]  # type: ignore[arg-type]
        names = [str(facts(number)["local_name"]) for number in range(places)]
        return stands(list(zip(texts, names, strict=True))), texts
    from madoguchi.jpqr import Sticker, sheet_pdf, sorted_for_posting

    form, _, is_signed = kind.partition("-")
    key = new_key()
    stickers = [
        Sticker(
            place_name=str(one["local_name"]),
            place_name_en=str(one["merchant_name"]).title(),
            municipality="群馬県富岡市",
            municipality_en="Tomioka City, Gunma",
            store_id=one["store_id"],  # type: ignore[arg-type]
            payload=bound_text(static_payload(**one), key=key if is_signed else None),  # type: ignore[arg-type]
            services=["PayPay", "d払い", "au PAY", "楽天ペイ", "ゆうちょPay"],
            postal_code=str(one["postal_code"]),
        )
        for one in map(facts, range(places))
    ]
    return sheet_pdf(stickers, format=form), [one.payload for one in sorted_for_posting(stickers)]  # type: ignore[arg-type]


def child(kind: str, places: int) -> None:
    """Make one PDF in this process and print seconds, peak memory (its helpers' too), size and faults as JSON."""
    started = time.perf_counter()
    pdf, texts = sheet_of(kind, places)
    seconds = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    import pypdfium2
    import zxingcpp

    wrong = []
    only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    with pypdfium2.PdfDocument(pdf) as document:
        a5 = kind in ("a5", "a5-signed", "peer")
        if a5 and len(document) != places:
            wrong.append(f"{len(document)} pages for {places} places")
        for number in (0, len(document) // 2, len(document) - 1):
            picture = document[number].render(scale=2).to_pil()
            found = [one.bytes.decode() for one in zxingcpp.read_barcodes(picture, formats=only)]
            if (a5 and found != [texts[number]]) or not found or set(found) - set(texts):
                wrong.append(f"page {number + 1} shows {found}")
    print(json.dumps({"seconds": seconds, "mib": (own + helpers) / 1024, "bytes": len(pdf), "wrong": wrong}))


def sheets(places: int) -> tuple[Table, list[str]]:
    """Each format and the peer, one process each."""
    shown = Table("a town's stickers", "seconds", "peak MiB", "PDF MiB", "× peer", title=f"{places:,} places")
    wrong, base = [], 0.0
    for kind, name in (
        ("peer", "A5: segno + reportlab"),
        ("a5", "A5 stands"),
        ("a5-signed", "A5 stands, signed"),
        ("a4", "A4 posters"),
        ("sticker", "50 mm stickers"),
        ("card", "cards"),
    ):
        command = [sys.executable, "-m", "benchmarks.jpqr", "--child", kind, "--places", str(places)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        base = base or found["seconds"]
        size, memory = found["bytes"] / 2**20, found["mib"]
        shown.add_row(name, f"{found['seconds']:.2f}", f"{memory:.0f}", f"{size:.1f}", f"{found['seconds'] / base:.2f}")
        wrong += [f"{name}: {each}" for each in found["wrong"]]
    return shown, wrong


def main() -> int:
    """Measure and print; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each row, over all rounds")
    parser.add_argument("--child", default="")
    options = parser.parse_args()
    if options.child:
        child(options.child, options.places)
        return 0
    console = Console(width=100)
    rows = [*codec_rows(options.seconds), *symbol_rows(options.seconds)]
    rates = {row.name: row.per_second for row in rows}
    shown = Table("what", "a second", "µs each", "× floor or peer", title="One core, 1,000 codes")
    for row in rows:
        if row.wrong:
            continue
        ratio = f"{row.per_second / rates[row.floor]:.2f}" if row.floor else ""
        shown.add_row(row.name, f"{row.per_second:,.0f}", f"{1e6 / row.per_second:,.1f}", ratio)
    console.print(shown)
    printed, wrong = sheets(options.places)
    console.print(printed)
    wrong = [row.wrong for row in rows if row.wrong] + wrong
    for line in wrong:
        console.print(f"WRONG: {line}", style="bold red")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
