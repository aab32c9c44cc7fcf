"""A town's codes on paper: stands, posters, stickers and cards by the thousand, sorted for posting."""

import functools
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from importlib import resources
from typing import Any, cast

import typst

from madoguchi.jpqr.errors import StickerError
from madoguchi.jpqr.fitting import font_folder, require_drawable
from madoguchi.jpqr.layout import CONTACT_WORDS, MAX_COPIES, SHEETS, Sheet, SheetFormat, Sticker, parts
from madoguchi.jpqr.pictures import PDFIUM
from madoguchi.jpqr.profile import read_jpqr
from madoguchi.jpqr.symbol import counter_correction, qr_svg

__all__ = ["SheetFormat", "Sticker", "ipaex_gothic", "sheet_pdf", "sorted_for_posting"]

TITLE = "お支払い用コード / Payment code"
MAX_TAGGED = 100
# Typeset at once if there are more: the typesetter keeps what it has laid out, of the last ten times too. A
# thousand stands take 340 MiB by the hundred and 240 MiB by forties, in the same time.
BATCH = 40
# The font draws curly quotes and long dashes a full Japanese width wide, which tears English words apart.
_NARROW = str.maketrans("‘’“”–—", "''\"\"--")
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_SECOND_ID = re.compile(rb"<([0-9A-F]{32})>\]>>\s+startxref\s+[0-9]+\s+%%EOF\s*\Z")
_TRAILER_BYTES = 300

Facts = dict[str, Any]


def sheet_pdf(
    stickers: Sequence[Sticker],
    *,
    format: SheetFormat = "a5",
    copies: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> bytes:
    """The stickers as a PDF to print, sorted for posting, its font embedded (J-01, J-14, P-31).

    `format` is "a5", a table stand, or "a4", a poster, one to a page; or an A4 page of 20 "sticker"s of 50 mm with
    cut marks, or of 10 "card"s of 91 × 55 mm that suit perforated name-card paper. `copies` (1 to 100) repeats
    each place's sticker right after itself, so that cutting and packing go place by place; the sheets of a town
    are filled without gaps. `on_progress` hears how many stickers of how many are typeset.

    Each carries the warning that nobody asks for account numbers or passwords (P-33), and TEST across its code
    and all if it is of the test range. Small formats cut names that are too long and count the services that have
    no room. Up to 100 stickers make a PDF with tagged pages (PDF/UA-1); more are merged, and merging loses tags.
    The same stickers, in whatever order, give the same bytes.

    Raises StickerError: `no_stickers`, `bad_copies`, `no_name`, `no_services`, `store_differs` (the number
    printed would not be the one in the code), `not_static`, `does_not_fit`, `cannot_draw` (a character the font
    lacks), `no_font`; PayloadError and SymbolError for a bad payload.
    """
    if not stickers:
        raise StickerError("no_stickers", "there is nothing to print")
    if not 1 <= copies <= MAX_COPIES:
        raise StickerError("bad_copies", f"{copies} copies of each; 1 to {MAX_COPIES}")
    sheet = SHEETS[format]
    # All of them first, so that a bad one is found at once. Copies of a place share its number, and its drawing.
    facts = [{**facts_of(one, sheet), "symbol": f"symbol {at}"} for at, one in enumerate(sorted_for_posting(stickers))]
    in_order = [one for one in facts for _ in range(copies)]
    pages = -(-len(in_order) // sheet.per_page)
    return _merged(_typeset(in_order, format, on_progress or _unheard), pages)


def _unheard(done: int, total: int) -> None:
    pass


def sorted_for_posting(stickers: Iterable[Sticker]) -> list[Sticker]:
    """Stickers as a town hall packs them: by postal code, then organisation, place name and store number.

    So one bundle goes to one post office, and to one addressee within it. Those without a postal code come last,
    where somebody must look the address up. The order given never matters.
    """

    def place_in_line(one: Sticker) -> tuple[object, ...]:
        return (*posting_key(one.postal_code, one.organisation, one.place_name), one.store_id, repr(one))

    return sorted(stickers, key=place_in_line)


def posting_key(postal_code: str, organisation: str, place_name: str) -> tuple[bool, str, str, str]:
    """By what `sorted_for_posting` sorts first; what else is packed for posting sorts by it too."""
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", postal_code))
    return (not digits, digits, organisation, place_name)


@functools.cache
def ipaex_gothic() -> typst.Fonts:
    """IPAex Gothic and nothing else, so that paper looks the same whichever machine made it."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_folder()])


def facts_of(sticker: Sticker, sheet: Sheet) -> Facts:
    """A sticker as the templates want it, once what it says agrees with its code."""
    try:
        shown = _checked(sticker)
        found = parts(sheet, shown)
    except StickerError as error:
        # Among a thousand, somebody must find it.
        raise StickerError(error.code, f"{sticker.place_name} ({sticker.store_id.text}): {error.message}") from error
    return {
        **found,
        "payload": sticker.payload,
        "store_number": sticker.store_id.text,
        "is_test": sticker.store_id.is_test,
        "warns_of_foreign_cards": sticker.warns_of_foreign_cards,
        "says": f"JPQR {shown.place_name} {sticker.store_id.text}",
    }


def _checked(sticker: Sticker) -> Sticker:
    """The sticker with its words as the font draws them."""
    code = read_jpqr(sticker.payload)
    if code.store_id != sticker.store_id:
        raise StickerError("store_differs", f"the code pays {code.store_id.text}")
    if code.initiation != "static" or code.amount_yen is not None:
        raise StickerError("not_static", "a sticker serves every payment; this code is for a single one")
    if not sticker.place_name.strip():
        raise StickerError("no_name", "a payer checks the name of the place before paying")
    if not sticker.services:
        raise StickerError("no_services", "a place that takes no service needs no sticker")
    shown = replace(
        sticker,
        place_name=plain(sticker.place_name),
        place_name_en=plain_english(sticker.place_name_en),
        municipality=plain(sticker.municipality),
        municipality_en=plain_english(sticker.municipality_en),
        services=[plain(service) for service in sticker.services],
        contact=plain(sticker.contact),
    )
    words = (shown.place_name, shown.place_name_en, shown.municipality, shown.municipality_en, shown.contact)
    require_drawable((*words, *shown.services))
    return shown


def plain(text: str) -> str:
    """One line, letters and their accents joined where one character stands for both."""
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text)).strip()


def plain_english(text: str) -> str:
    """One line, with the quotes and dashes that the font draws no wider than English needs."""
    return plain(text).translate(_NARROW)


def _typeset(shown: list[Facts], format: SheetFormat, on_progress: Callable[[int, int], None]) -> Iterator[bytes]:
    """The documents of one batch after another; the next one's symbols are drawn while one is typeset."""
    total = len(shown)
    is_tagged = total <= MAX_TAGGED
    at_once = MAX_TAGGED if is_tagged else BATCH
    source = b"\n".join(template(name) for name in ("sticker", SHEETS[format].template))
    with ThreadPoolExecutor(1, "typesetter") as typesetter:
        before: Future[bytes] | None = None
        for start in range(0, total, at_once):
            inputs = inputs_of(shown[start : start + at_once], format, is_tagged=is_tagged)
            ready = before.result() if before is not None else None
            before = typesetter.submit(typeset, source, inputs, is_tagged=is_tagged)
            if ready is not None:
                yield ready
                on_progress(start, total)
        if before is not None:
            yield before.result()
            on_progress(total, total)


def inputs_of(shown: list[Facts], format: SheetFormat, *, is_tagged: bool) -> dict[str, str]:
    """What the templates read: the facts, and each place's symbol."""
    inputs = {
        "title": TITLE,
        "contact_words": CONTACT_WORDS,
        "format": format,
        "tagged": "yes" if is_tagged else "no",
        "stickers": json.dumps(shown),
    }
    for facts in shown:
        if facts["symbol"] not in inputs:
            level = counter_correction(facts["payload"], facts["code_mm"])
            inputs[facts["symbol"]] = qr_svg(facts["payload"], title=facts["says"], error_correction=level)
    return inputs


def typeset(source: bytes, inputs: dict[str, str], *, is_tagged: bool) -> bytes:
    """The PDF that a template makes of its inputs. Raises StickerError `cannot_draw`."""
    try:
        compiler = typst.Compiler(source, font_paths=ipaex_gothic(), sys_inputs=inputs)
        standards: list[typst.PDFStandard] = ["ua-1"] if is_tagged else []
        return cast(bytes, compiler.compile(source, format="pdf", pdf_standards=standards, pdf_tags=is_tagged))
    except typst.TypstError as error:
        raise StickerError("cannot_draw", "the page could not be made") from error


@functools.cache
def template(name: str) -> bytes:
    """The source of one of this room's templates; "sticker" holds what all share and comes first."""
    return resources.files("madoguchi.jpqr").joinpath(f"{name}.typ").read_bytes()


def _merged(documents: Iterator[bytes], pages: int) -> bytes:
    """All pages in one document. Raises StickerError `does_not_fit` if they are not as many as they should be."""
    import pypdfium2  # type: ignore[import-untyped]  # here, since only sheets need it

    first = next(documents)
    with PDFIUM:
        whole = pypdfium2.PdfDocument(first)
    try:
        merged = 1
        for document in documents:
            with PDFIUM, pypdfium2.PdfDocument(document) as part:
                whole.import_pages(part)
            merged += 1
        with PDFIUM:
            if (made := len(whole)) != pages:
                raise StickerError("does_not_fit", f"{pages} pages became {made}: shorten names or services")
            if merged == 1:
                return first
            file = io.BytesIO()
            whole.save(file)
    finally:
        with PDFIUM:
            whole.close()
    return _with_steady_id(file)


def _with_steady_id(file: io.BytesIO) -> bytes:
    """The document with a digest where its writer put a random number, so that it is the same next time."""
    end = max(0, file.tell() - _TRAILER_BYTES)
    pdf = file.getbuffer()
    if found := _SECOND_ID.search(pdf, end):
        digest = hashlib.sha256(pdf[: found.start(1)]).hexdigest()[:32].upper()
        pdf[slice(*found.span(1))] = digest.encode()
    del found, pdf
    return file.getvalue()
