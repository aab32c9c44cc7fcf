"""A5 stickers for the counter: one page per place, with its code, name, services and a warning of fraud."""

import functools
import importlib.util
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import cast

import typst

from madoguchi.jpqr.errors import StickerError
from madoguchi.jpqr.names import name_phrases
from madoguchi.jpqr.profile import StoreId, read_jpqr
from madoguchi.jpqr.symbol import qr_svg

TITLE = "お支払い用コード / Payment code"
# The font draws curly quotes and long dashes a full Japanese width wide, which tears English words apart.
_NARROW = str.maketrans("‘’“”–—", "''\"\"--")


@dataclass(frozen=True, slots=True)
class Sticker:
    """What one sticker says. `payload` is a static JPQR code of `store_id`; names are shown as they are."""

    place_name: str
    place_name_en: str
    municipality: str
    municipality_en: str
    store_id: StoreId
    payload: str
    services: Sequence[str]


def a5_sticker_pdf(stickers: Sequence[Sticker]) -> bytes:
    """One A5 portrait page per sticker, as a PDF with its font embedded and its pages tagged (PDF/UA-1).

    Each page carries the warning that nobody asks for account numbers or passwords (P-33), and codes of the
    test range are marked as useless for payment. The same stickers give the same bytes.
    Raises StickerError: `no_stickers`, `no_name`, `no_services`, `store_differs` (the number printed would
    not be the one in the code), `not_static`, `does_not_fit`, `cannot_draw` (a character the font lacks),
    `no_font`; PayloadError and SymbolError for a bad payload.
    """
    if not stickers:
        raise StickerError("no_stickers", "there is nothing to print")
    pages = [_page(sticker) for sticker in stickers]
    return _compiled(pages)


def _page(sticker: Sticker) -> dict[str, object]:
    """A sticker's facts as the template wants them."""
    code = read_jpqr(sticker.payload)
    if code.store_id != sticker.store_id:
        raise StickerError("store_differs", f"the code pays {code.store_id.text}, not {sticker.store_id.text}")
    if code.initiation != "static" or code.amount_yen is not None:
        raise StickerError("not_static", "a sticker serves every payment; this code is for a single one")
    if not sticker.place_name.strip():
        raise StickerError("no_name", "a payer checks the name of the place before paying")
    if not sticker.services:
        raise StickerError("no_services", "a place that takes no service needs no sticker")
    says = f"JPQR {sticker.place_name} {sticker.store_id.text}"
    return {
        "place_phrases": name_phrases(sticker.place_name),
        "place_name_en": sticker.place_name_en.translate(_NARROW),
        "municipality": sticker.municipality,
        "municipality_en": sticker.municipality_en.translate(_NARROW),
        "store_number": sticker.store_id.text,
        "is_test": sticker.store_id.is_test,
        "services": list(sticker.services),
        "symbol_svg": qr_svg(sticker.payload, title=says),
        "symbol_says": says,
    }


def _compiled(pages: list[dict[str, object]]) -> bytes:
    source = resources.files("madoguchi.jpqr").joinpath("sticker.typ").read_bytes()
    inputs = {"stickers": json.dumps(pages), "title": TITLE}
    try:
        compiler = typst.Compiler(source, font_paths=ipaex_gothic(), sys_inputs=inputs)
        drawn = int(compiler.query("<pages>", field="value", one=True))
        # PDF/UA refuses a character the font lacks, where an ordinary PDF would print an empty box.
        pdf = compiler.compile(source, format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError as error:
        raise StickerError("cannot_draw", _reason(error)) from error
    if drawn != len(pages):
        raise StickerError("does_not_fit", f"{len(pages)} stickers took {drawn} pages: shorten names or services")
    return cast(bytes, pdf)


def _reason(error: typst.TypstError) -> str:
    if missing := re.search(r"the text `(.*)` could not be displayed", str(error)):
        return f"the font has no {missing[1]}; write it another way"
    return "the page could not be made"


@functools.cache
def ipaex_gothic() -> typst.Fonts:
    """IPAex Gothic and nothing else, so that paper looks the same whichever machine made it."""
    # Found, not imported: importing the package would start matplotlib, which nothing here needs.
    spec = importlib.util.find_spec("matplotlib_fontja")
    if spec is None or spec.origin is None:
        raise StickerError("no_font", "IPAex Gothic is missing: install matplotlib-fontja")
    folder = Path(spec.origin).parent / "fonts"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
