"""What an approved place gets by post, as PDF: letter, code, stickers, poster, warnings; and the list to post it by."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import Any, cast

import pikepdf

from madoguchi.core.errors import Refusal
from madoguchi.core.tables import csv_lines, xlsx_bytes
from madoguchi.jpqr.errors import JpqrError, StickerError
from madoguchi.jpqr.layout import Sticker
from madoguchi.jpqr.sticker import inputs_of, posting_key, sheet_pdf, template, typeset
from madoguchi.onboarding import kit_layout
from madoguchi.onboarding.kit_binding import PER_SHEET, Binding
from madoguchi.onboarding.kit_facts import PARTS, KitDesk, KitPlace, KitService, contents, require_parts

__all__ = [
    "PARTS",
    "KitDesk",
    "KitPlace",
    "KitService",
    "dispatch_csv",
    "dispatch_rows",
    "dispatch_xlsx",
    "kit_pdf",
    "logo_stickers_pdf",
    "sorted_kits",
]

TITLE = "スターターキット / Start kit"
LOGO_TITLE = "サービス名のシール / Stickers with services' names"
DISPATCH_TITLE = "発送一覧"
PART_NAMES = {
    "letter": "手紙",
    "stand": "A5スタンド",
    "stickers": "コードのシール",
    "rate_stickers": "還元率のシール",
    "poster": "ポスター",
    "caution": "国外発行カードの注意",
    "fraud": "詐欺への注意",
}
# Typeset at once: as many pages as the typesetter lays out without its memory growing further.
BATCH = 40
_TEMPLATES = ("kit", "kit_letter", "kit_poster", "kit_sheets", "kit_labels", "kit_pages")
_SAME_EVERYWHERE = ("caution", "fraud")

_CUTS: dict[str, Any] = {"kind": "cuts", "is_test": False}

Facts = dict[str, Any]
Progress = Callable[[int, int], None]


def kit_pdf(
    places: Sequence[KitPlace],
    *,
    desk: KitDesk,
    day: date,
    parts: Iterable[str] = PARTS,
    copies: Mapping[str, int] | None = None,
    on_progress: Progress | None = None,
) -> bytes:
    """The kits of some places as one PDF to print, place after place in posting order (P-31, P-32, P-33, J-14).

    Each has, as far as asked for by `parts`: a letter with the address for a window envelope, the A5 stand and an A4
    sheet of 20 stickers with the code, a sheet of 20 stickers with the rate, the poster, the notice on foreign cards
    and the warning of fraud. The rate's stickers and the notice are left out where nothing is rewarded (P-15). `copies`
    are sheets of a part for each place, 1 to 100, one if not named. `day` is the letter's date; services that start
    later show theirs (P-26). `on_progress` hears how many places of how many are done. The same places, in whatever
    order, give the same bytes.

    Raises Refusal `kit_empty`, `kit_without_code` (nothing is printed for a place without a store identifier),
    `kit_wrong_parts`, `kit_wrong_copies`, and `sheet_impossible` with what does not fit or cannot be drawn.
    """
    sheets = require_parts(parts, copies)
    without = [one.place_name for one in places if one.sticker is None]
    if without:
        raise Refusal("kit_without_code", places="、".join(without[:3]), count=len(without))
    packed = [(place, found) for place in sorted_kits(places) if (found := contents(place, sheets))]
    if not packed:
        raise Refusal("kit_empty")
    with _impossible_if_wrong():
        packed = [(kit_layout.shown(place), found) for place, found in packed]
        return _bound(packed, kit_layout.desk_facts(desk), day, on_progress)


def logo_stickers_pdf(places: Sequence[KitPlace], *, day: date, on_progress: Progress | None = None) -> bytes:
    """Stickers of 50 mm with the name of each service now under a place's one code, 20 to an A4 page (P-30).

    Places come in posting order, each on sheets of its own, its services in turn until a sheet is full. They carry
    no code, so places without a store identifier get them too. Raises Refusal `kit_empty`, `sheet_impossible`.
    """
    if not places:
        raise Refusal("kit_empty")
    with _impossible_if_wrong():
        binding = Binding(LOGO_TITLE)
        in_order = [kit_layout.shown(one) for one in sorted_kits(places)]
        binding.set_cuts(*_pages(binding, [_CUTS], {}))
        for start in range(0, len(in_order), BATCH):
            batch = in_order[start : start + BATCH]
            labels = [
                {"kind": "logos", **kit_layout.logo_facts(place, service, day)}
                for place in batch
                for service in place.services
            ]
            pages = _pages(binding, labels, {})
            for place in batch:
                stickers = [binding.sticker(next(pages)) for _ in place.services]
                sheets = -(-len(stickers) // PER_SHEET)
                in_turn = [stickers[at % len(stickers)] for at in range(sheets * PER_SHEET)]
                for first in range(0, len(in_turn), PER_SHEET):
                    binding.add_sheet(in_turn[first : first + PER_SHEET], 1)
            (on_progress or _unheard)(start + len(batch), len(in_order))
        return binding.closed()


def dispatch_rows(
    places: Sequence[KitPlace], *, parts: Iterable[str] = PARTS, copies: Mapping[str, int] | None = None
) -> tuple[list[str], list[list[object]]]:
    """Who gets what, in the order of `kit_pdf`'s pages: a head, a row for each place and a row of sums.

    Sheets of each part, their sum, and the pages of the PDF on which the kit begins and ends. Cells are as entered:
    `dispatch_xlsx` and `dispatch_csv` make those harmless that a spreadsheet would run. Raises Refusal as `kit_pdf`
    for parts and copies.
    """
    sheets = require_parts(parts, copies)
    head = ["番号", "郵便番号", "住所", "宛名", "事業者", "店舗・施設"]
    head += [f"{PART_NAMES[part]}（枚）" for part in sheets] + ["合計（枚）", "PDFの最初のページ", "PDFの最後のページ"]
    rows: list[list[object]] = []
    page = 0
    sums = dict.fromkeys(sheets, 0)
    for place in sorted_kits(places):
        found = contents(place, sheets)
        if not found:
            continue
        total = sum(found.values())
        row: list[object] = [len(rows) + 1, kit_layout.written_postal_code(place.postal_code), place.address]
        row += [place.recipient, place.organisation, place.place_name]
        rows.append([*row, *(found.get(part, 0) for part in sheets), total, page + 1, page + total])
        page += total
        for part, count in found.items():
            sums[part] += count
    rows.append(["計", "", "", "", "", f"{len(rows)}か所", *sums.values(), page, "", ""])
    return head, rows


def dispatch_xlsx(
    places: Sequence[KitPlace], *, parts: Iterable[str] = PARTS, copies: Mapping[str, int] | None = None
) -> bytes:
    """`dispatch_rows` as a sheet of a spreadsheet, text that would run as a formula made harmless."""
    return xlsx_bytes(*dispatch_rows(places, parts=parts, copies=copies), title=DISPATCH_TITLE)


def dispatch_csv(
    places: Sequence[KitPlace],
    *,
    parts: Iterable[str] = PARTS,
    copies: Mapping[str, int] | None = None,
    encoding: str = "utf-8-sig",
) -> Iterator[bytes]:
    """`dispatch_rows` as CSV lines, likewise harmless; `encoding` is `utf-8-sig` or `cp932`."""
    return csv_lines(*dispatch_rows(places, parts=parts, copies=copies), encoding=encoding)


def sorted_kits(places: Iterable[KitPlace]) -> list[KitPlace]:
    """Places as their stickers are packed for posting; the order given never matters."""

    def place_in_line(one: KitPlace) -> tuple[object, ...]:
        number = "" if one.sticker is None else one.sticker.store_id.text
        return (*posting_key(one.postal_code, one.organisation, one.place_name), number, repr(one))

    return sorted(places, key=place_in_line)


def _bound(
    packed: Sequence[tuple[KitPlace, dict[str, int]]], desk: Facts, day: date, on_progress: Progress | None
) -> bytes:
    binding = Binding(TITLE)
    stands = _stands(binding, packed, day)
    common = [{"kind": kind, "is_test": is_test} for kind in _SAME_EVERYWHERE for is_test in (False, True)]
    *same, cuts = _pages(binding, [*common, _CUTS], desk)
    binding.set_cuts(cuts)
    every = {(one["kind"], one["is_test"]): page for one, page in zip(common, same, strict=True)}
    for start in range(0, len(packed), BATCH):
        batch = packed[start : start + BATCH]
        own = [_own_sheets(place, found, day) for place, found in batch]
        pages = _pages(binding, [one for each in own for one in each.values()], desk)
        for (place, found), each in zip(batch, own, strict=True):
            typeset_pages = {part: next(pages) for part in each}
            for part, count in found.items():
                if part == "stand":
                    binding.add(next(stands), count)
                elif part in _SAME_EVERYWHERE:
                    binding.add(every[part, place.is_test], count)
                elif part in ("stickers", "rate_stickers"):
                    binding.add_sheet([binding.sticker(typeset_pages[part])] * PER_SHEET, count)
                else:
                    binding.add(typeset_pages[part], count)
        (on_progress or _unheard)(start + len(batch), len(packed))
    return binding.closed()


def _stands(binding: Binding, packed: Sequence[tuple[KitPlace, dict[str, int]]], day: date) -> Iterator[pikepdf.Page]:
    """A5 stands of those places that get one, in their order."""
    # Numbered by what stickers are sorted by first, so that their order is ours.
    stickers = [
        replace(kit_layout.stand_sticker(place, sticker, day), postal_code=f"{at:07}")
        for at, (place, found) in enumerate(packed)
        if "stand" in found and (sticker := place.sticker)
    ]
    return iter(binding.opened(sheet_pdf(stickers, format="a5"), len(stickers)) if stickers else ())


def _own_sheets(place: KitPlace, found: Mapping[str, int], day: date) -> dict[str, Facts]:
    """The pages to typeset for one place alone, by part."""
    drawn: dict[str, Callable[[], Facts]] = {
        "letter": lambda: kit_layout.letter_facts(place, found, day),
        "stickers": lambda: kit_layout.label_facts(place, cast(Sticker, place.sticker), day),
        "rate_stickers": lambda: kit_layout.rate_facts(place),
        "poster": lambda: kit_layout.poster_facts(place, day),
    }
    try:
        return {part: {"kind": part, **drawn[part]()} for part in found if part in drawn}
    except StickerError as error:
        # Among a thousand, somebody must find it.
        message = error.message if place.place_name in error.message else f"{place.place_name}: {error.message}"
        raise StickerError(error.code, message) from error


def _pages(binding: Binding, sheets: Sequence[Facts], desk: Facts) -> Iterator[pikepdf.Page]:
    """A page for each of `sheets`, typeset as one document; none for none, of which typesetting makes an empty one."""
    return iter(binding.opened(_typeset(sheets, desk), len(sheets)) if sheets else ())


def _typeset(sheets: Sequence[Facts], desk: Facts) -> bytes:
    numbered = [{**one, "symbol": f"symbol {at}"} if "payload" in one else one for at, one in enumerate(sheets)]
    inputs = inputs_of([one for one in numbered if "payload" in one], "sticker", is_tagged=False)
    given = {"stickers": "[]", "sheets": json.dumps(numbered), "desk": json.dumps(desk)}
    return typeset(_source(), inputs | given, is_tagged=False)


@functools.cache
def _source() -> bytes:
    """The stickers' own templates, which draw no sheet while they are given none, and then the kit's."""
    folder = resources.files("madoguchi.onboarding")
    own = [folder.joinpath(f"{name}.typ").read_bytes() for name in _TEMPLATES]
    return b"\n".join([template("sticker"), template("label"), *own])


@contextmanager
def _impossible_if_wrong() -> Iterator[None]:
    try:
        yield
    except JpqrError as error:
        raise Refusal("sheet_impossible", reason=error.message) from error


def _unheard(done: int, total: int) -> None:
    pass
