"""What stands where on a kit's sheets, and the size of text at which it fits, decided before anything is typeset."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from itertools import takewhile
from typing import Any

from madoguchi.jpqr.errors import StickerError
from madoguchi.jpqr.fitting import (
    LEADING_EM,
    MM_PER_PT,
    Block,
    Room,
    cut_to,
    fitted,
    lines_of,
    require_drawable,
    stacked,
)
from madoguchi.jpqr.layout import SHEETS, Sticker, parts
from madoguchi.jpqr.sticker import facts_of, plain, plain_english, posting_key
from madoguchi.onboarding.kit_facts import (
    KitDesk,
    KitPlace,
    KitService,
    date_en,
    date_ja,
    from_both,
    from_en,
    from_figures,
    from_ja,
    late_start,
    opens_on,
)

Facts = dict[str, Any]

# A window of 45 × 90 mm, 20 mm from the left and 12 mm from the top, shows the first of these of a letter folded for
# 長形3号 however it slides within the envelope, 25 mm sideways and 21 mm down; the others unless it slides far.
_WINDOW = (
    Room(63, 23, (10, 9.5, 9, 8.5, 8)),
    Room(68, 26, (8, 7.5, 7)),
    Room(80, 34, (8, 7.5, 7, 6.5, 6)),
)
_LETTER_TOP_MM, _LETTER_HEIGHT_MM = 60.0, 225.0  # under the window
_ROW_MM, _ROW_GAP_MM, _ROW_ENGLISH_MM = 138.0, 1.8, 1.0
_POSTER_MM, _POSTER_TOP_MM, _POSTER_HEIGHT_MM = 186.0, 12.0, 273.0  # A4 less margins of 12 mm
_RATE_MM = (66.0, 50.0, 40.0)
_TILE_GAP_MM, _TILE_MOST_MM, _TILE_DATE_MM = 3.0, 26.0, 4.0
_TILE_SIZES_PT = (48, 42, 36, 32, 28, 25, 22, 20, 18, 16, 14, 12.5, 11, 10, 9, 8, 7)
_TILE_GOOD_PT = 16
_TILE_DATE_SIZES_PT = (9.0, 8.0, 7.0, 6.5, 6.0)
_LABEL_MM = 46.0


def sorted_kits(places: Iterable[KitPlace]) -> list[KitPlace]:
    """Places as their stickers are packed for posting; the order given never matters."""

    def place_in_line(one: KitPlace) -> tuple[object, ...]:
        number = "" if one.sticker is None else one.sticker.store_id.text
        return (*posting_key(one.postal_code, one.organisation, one.place_name), number, repr(one))

    return sorted(places, key=place_in_line)


@contextmanager
def named(place: KitPlace) -> Iterator[None]:
    """An error within says of which place it is: among a thousand, somebody must find it."""
    try:
        yield
    except StickerError as error:
        message = error.message if place.place_name in error.message else f"{place.place_name}: {error.message}"
        raise StickerError(error.code, message) from error


def shown(place: KitPlace) -> KitPlace:
    """The place with its words as the font draws them. Raises StickerError `cannot_draw`, `no_name`, `no_services`."""
    with named(place):
        return _shown(place)


def _shown(place: KitPlace) -> KitPlace:
    if not place.place_name.strip():
        raise StickerError("no_name", "a kit is for a place with a name")
    if not place.services:
        raise StickerError("no_services", "a place that takes no service needs no kit")
    found = replace(
        place,
        place_name=plain(place.place_name),
        place_name_en=plain_english(place.place_name_en),
        municipality=plain(place.municipality),
        municipality_en=plain_english(place.municipality_en),
        organisation=plain(place.organisation),
        postal_code=plain(place.postal_code),
        address=plain(place.address),
        recipient=plain(place.recipient),
        services=[replace(one, name=plain(one.name)) for one in place.services],
    )
    words = (found.place_name, found.place_name_en, found.municipality, found.municipality_en, found.organisation)
    require_drawable((*words, found.postal_code, found.address, found.recipient, *(one.name for one in found.services)))
    return found


def written_postal_code(postal_code: str) -> str:
    """`370-2344` of seven digits however they are typed; anything else as it stands."""
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", postal_code))
    return f"{digits[:3]}-{digits[3:]}" if len(digits) == 7 else postal_code.strip()


def desk_facts(desk: KitDesk) -> Facts:
    """What the sheets say of the desk. Raises StickerError `cannot_draw`, `does_not_fit`."""
    name, name_en, phone = plain(desk.name), plain_english(desk.name_en), plain(desk.phone)
    hours, hours_en = plain(desk.hours), plain_english(desk.hours_en)
    japanese = f"{name}　電話 {phone}" + (f"（{hours}）" if hours else "")
    english = f"{name_en}  Phone {phone}" + (f" ({hours_en})" if hours_en else "")
    require_drawable((japanese, english))
    return {
        "name": _fit(name, Room(72, 9.5, (10.5, 10, 9, 8, 7)), "the desk's name"),
        "name_en": _fit(name_en, Room(72, 6.5, (8, 7.5, 7, 6)), "the desk's name"),
        "phone": phone,
        "line": _fit(japanese, Room(150, 3.6, (9.5, 9, 8.5, 8, 7.5, 7, 6.5, 6)), "the desk"),
        "line_en": _fit(english, Room(150, 3.1, (8, 7.5, 7, 6.5, 6, 5.5)), "the desk"),
    }


def stand_sticker(place: KitPlace, sticker: Sticker, day: date) -> Sticker:
    """The sticker for the A5 stand: every service, those that start late with their date as long as that has room."""
    lists = (_dated(place, day, from_both), _dated(place, day, from_figures), begun(place, day))
    made = [_kit_sticker(place, sticker, names) for names in lists]
    return next((one for one in made if _fits_stand(one)), made[-1])


def _fits_stand(sticker: Sticker) -> bool:
    try:
        parts(SHEETS["a5"], sticker)
    except StickerError:
        return False
    return True


def begun(place: KitPlace, day: date) -> list[str]:
    """The services that start with the first ones, or have started by `day`."""
    return [one.name for one in place.services if late_start(one, place, day) is None]


def label_facts(place: KitPlace, sticker: Sticker, day: date) -> Facts:
    """A 50 mm sticker with the code: it has no room for dates, and names only services that do not start late."""
    return facts_of(_kit_sticker(place, sticker, begun(place, day)), SHEETS["sticker"])


def rate_facts(place: KitPlace) -> Facts:
    """A 50 mm sticker with the rate alone (P-31): rewards end, and a code stays."""
    return {
        "rate": place.rate,
        "name": _fit_or_cut(place.place_name, Room(_LABEL_MM, 2.9, (8, 7, 6.5, 6))),
        "until": _until(place),
        "warns_of_foreign_cards": True,
        "is_test": place.is_test,
    }


def logo_facts(place: KitPlace, service: KitService, day: date) -> Facts:
    """A 50 mm sticker that names one service now under the place's one code (P-30); in text, for logos are others'."""
    start = late_start(service, place, day) or opens_on(place, day)
    return {
        "service": _fit_or_cut(service.name, Room(_LABEL_MM - 4, 13, (24, 21, 18, 16, 14, 12, 11, 10, 9, 8, 7))),
        "name": _fit_or_cut(place.place_name, Room(_LABEL_MM, 2.9, (8, 7, 6.5, 6))),
        "start": "" if start is None else from_both(start),
        "warns_of_foreign_cards": False,
        "is_test": place.is_test,
    }


def letter_facts(place: KitPlace, contents: Mapping[str, int], day: date) -> Facts:
    """The letter on top. Raises StickerError `does_not_fit`."""
    rows = _letter_rows(place, day)
    facts_mm = 2 * _ROW_GAP_MM + sum(_row_mm(one) + _ROW_GAP_MM for one in rows)
    blocks = [
        Block("title", 10.5),
        Block("facts", facts_mm, above_mm=3, stretches=True),
        Block("todo", 39.5, above_mm=3, stretches=True),
        Block("contents", 6 + 8.2 * len(contents), above_mm=3, stretches=True),
        Block("more", 6.5, above_mm=2.5),
        Block("warning", 17, above_mm=3, stretches=True),
        Block("desk", 8, above_mm=6, stretches=True),
    ]
    y = stacked(blocks, _LETTER_TOP_MM, _LETTER_HEIGHT_MM)
    at_mm = y["facts"] + 1.5 * _ROW_GAP_MM
    for one in rows:
        one["y"] = at_mm
        at_mm += _row_mm(one) + _ROW_GAP_MM
    return {
        "address": _address(place),
        "date": date_ja(day),
        "date_en": date_en(day),
        "rows": rows,
        "facts_mm": facts_mm,
        "contents": contents,
        "y": y,
        "is_test": place.is_test,
    }


def _letter_rows(place: KitPlace, day: date) -> list[Facts]:
    """What is in force for the place, row by row, each in Japanese and, where that is not all there is, English."""
    opens, until, sticker = opens_on(place, day), _until(place), place.sticker
    room, services_room = Room(_ROW_MM, 9.6, (12, 11, 10, 9, 8, 7)), Room(_ROW_MM, 16, (10, 9, 8, 7.5, 7, 6.5, 6, 5.5))
    rows: list[tuple[str, Facts, str]] = [
        ("place", _fit(place.place_name, room, "the place's name"), place.place_name_en)
    ]
    if sticker is not None:
        rows.append(("number", _fit(sticker.store_id.text, Room(_ROW_MM, 4, (10,)), "the store number"), ""))
    if opens is not None:
        rows.append(("opens", _fit(from_ja(opens), Room(_ROW_MM, 4, (10,)), "a date"), from_en(opens)))
    if place.rate:
        rate, rate_en = f"{place.rate}%", f"{place.rate} %"
        if until:
            rate, rate_en = f"{rate}（{until[0]}）", f"{rate_en}, {until[1]}"
        rows.append(("rate", _fit(rate, Room(_ROW_MM, 4, (10,)), "the rate"), rate_en))
    if (services := _paragraphs(_services_by_date(place, day), services_room)) is None:
        raise StickerError("does_not_fit", "the list of services is too long for a letter")
    rows.append(("services", services, ""))
    english = Room(_ROW_MM, 3.1, (8, 7.5, 7, 6.5, 6))
    return [
        {"name": name, "main": main, "more": _fit_or_cut(more, english) if more else None} for name, main, more in rows
    ]


def _row_mm(row: Facts) -> float:
    """A row is as high as its words, or as what it is called in two languages."""
    main_mm, more = row["main"]["height_mm"], row["more"]
    words_mm: float = main_mm + (0 if more is None else _ROW_ENGLISH_MM + more["height_mm"])
    return max(words_mm, 6.6)


def poster_facts(place: KitPlace, day: date) -> Facts:
    """The A4 poster (P-31). Raises StickerError `does_not_fit`."""
    opens = opens_on(place, day)
    facts: Facts = {
        "name": _fit(place.place_name, Room(_POSTER_MM, 24, (30, 26, 22, 19, 17, 15, 13, 11, 9)), "the place's name"),
        "name_en": _fit_or_cut(place.place_name_en, Room(_POSTER_MM, 5.4, (14, 12, 10, 9, 8))),
        "town": _fit_or_cut(f"{place.municipality}  {place.municipality_en}", Room(_POSTER_MM, 4.3, (11, 10, 9, 8, 7))),
        "rate": place.rate,
        "until": _until(place),
        "opens": "" if opens is None else from_ja(opens),
        "opens_en": "" if opens is None else from_en(opens),
        "is_test": place.is_test,
    }
    # The rate is as large as leaves the services' names large enough to be read from the street.
    tried = []
    for rate_mm in _RATE_MM if place.rate else (0.0,):
        y = _poster_edges(facts, rate_mm)
        if tiles := _tiles(place, day, y["warning"] - 4 - y["tiles"]):
            tried.append({"y": y, "rate_mm": rate_mm, "tiles": tiles})
            if tiles["size_pt"] >= _TILE_GOOD_PT:
                break
    if not tried:
        raise StickerError("does_not_fit", f"{len(place.services)} services, or such long names, have no room")
    return facts | tried[-1]


def _poster_edges(facts: Facts, rate_mm: float) -> dict[str, float]:
    """Where each part of a poster begins, in mm from the top, with a panel of that height for the rate."""
    above = [
        Block("headline", 31),
        Block("name", facts["name"]["height_mm"], above_mm=6),
        Block("name_en", facts["name_en"]["height_mm"], above_mm=2.2),
        Block("town", facts["town"]["height_mm"], above_mm=2.4),
        Block("rate", rate_mm, above_mm=6) if rate_mm else None,
        Block("accepted", 6, above_mm=6),
        Block("opens", 9, above_mm=3) if facts["opens"] else None,
        Block("tiles", 0, above_mm=3),
    ]
    below = [
        Block("warning", 17),
        Block("foreign", 8.5, above_mm=2.5) if rate_mm else None,
        Block("ask", 5, above_mm=4),
    ]
    below_mm = sum(one.above_mm + one.height_mm for one in below if one)
    from_mm = _POSTER_TOP_MM + _POSTER_HEIGHT_MM - below_mm
    return stacked(above, _POSTER_TOP_MM, 0) | stacked(below, from_mm, below_mm)


def _tiles(place: KitPlace, day: date, height_mm: float) -> Facts | None:
    """The services' tiles, in as many columns as let their names be largest; None if there is no room."""
    starts = [late_start(one, place, day) for one in place.services]
    date_mm = _TILE_DATE_MM if any(starts) else 0.0
    for size_pt in _TILE_SIZES_PT:
        for columns in (1, 2, 3, 4):
            rows = -(-len(starts) // columns)
            tile_mm = min(_TILE_MOST_MM, (height_mm - (rows - 1) * _TILE_GAP_MM) / rows)
            width_mm = (_POSTER_MM - (columns - 1) * _TILE_GAP_MM) / columns
            room = Room(width_mm - 6, tile_mm - 3 - date_mm, (size_pt,))
            # Up to the first that does not fit.
            fits = takewhile(bool, (fitted(one.name, room) for one in place.services))
            names = [fit for fit in fits if fit]
            if len(names) == len(starts):
                placed = [
                    {**_tile_at(at, len(names), columns, width_mm, tile_mm), "name": asdict(name), "start": start}
                    for at, (name, start) in enumerate(zip(names, _tile_dates(starts, width_mm - 4), strict=True))
                ]
                return {"tiles": placed, "width": width_mm, "height": tile_mm, "size_pt": size_pt}
    return None


def _tile_at(at: int, count: int, columns: int, width_mm: float, height_mm: float) -> dict[str, float]:
    """The upper left corner of one of `count` tiles, in mm; a last row that is not full stands in the middle."""
    row, column = divmod(at, columns)
    empty = max(0, (row + 1) * columns - count)
    return {"x": (column + empty / 2) * (width_mm + _TILE_GAP_MM), "y": row * (height_mm + _TILE_GAP_MM)}


def _tile_dates(starts: Sequence[date | None], width_mm: float) -> list[Facts | None]:
    """Late services' first days on one line, all in the same way: in both languages, or in figures where narrow."""
    for written in (from_both, from_figures):
        room = Room(width_mm, 3.3, _TILE_DATE_SIZES_PT)
        fits = [None if start is None else fitted(written(start), room) for start in starts]
        if all((fit is None) == (start is None) for fit, start in zip(fits, starts, strict=True)):
            break
    return [None if fit is None else asdict(fit) for fit in fits]


def _address(place: KitPlace) -> Facts:
    """The address for a window envelope. Raises StickerError `does_not_fit`."""
    lines = [f"〒{written_postal_code(place.postal_code)}" if place.postal_code else "", place.address]
    lines.append("" if place.place_name.startswith(place.organisation) else place.organisation)
    lines += [place.place_name, place.recipient] if place.recipient else [f"{place.place_name}　御中"]
    for room in _WINDOW:
        if fit := _paragraphs(lines, room):
            return fit
    raise StickerError("does_not_fit", "the address is too long for a window; shorten it")


def _services_by_date(place: KitPlace, day: date) -> list[str]:
    """The services that start first, in one line, and then those of each later date, in order."""
    starts = sorted({start for one in place.services if (start := late_start(one, place, day))})
    lines = ["、".join(begun(place, day))]
    for start in starts:
        names = "、".join(one.name for one in place.services if late_start(one, place, day) == start)
        lines.append(f"{from_both(start)}：{names}")
    return lines


def _paragraphs(paragraphs: Iterable[str], room: Room) -> Facts | None:
    """Each on lines of its own, all at the largest size at which they fit, those that are empty left out."""
    for size_pt in room.sizes_pt:
        em_mm = size_pt * MM_PER_PT
        lines = [line for one in paragraphs if one for line in lines_of(one, room.width_mm / em_mm)]
        height_mm = (len(lines) * (1 + LEADING_EM) - LEADING_EM) * em_mm
        if height_mm <= room.height_mm:
            return {"lines": lines, "size_pt": size_pt, "height_mm": height_mm}
    return None


def _kit_sticker(place: KitPlace, sticker: Sticker, services: Iterable[str]) -> Sticker:
    """The place's sticker with the kit's own words: what the letter says and what the code's sheet says agree."""
    return replace(
        sticker,
        place_name=place.place_name,
        place_name_en=place.place_name_en,
        municipality=place.municipality,
        municipality_en=place.municipality_en,
        services=list(services),
        warns_of_foreign_cards=place.rate_bps is not None,
    )


def _dated(place: KitPlace, day: date, written: Callable[[date], str]) -> list[str]:
    """The services' names, each that starts late with its date in brackets."""
    starts = [(one.name, late_start(one, place, day)) for one in place.services]
    return [name if start is None else f"{name}（{written(start)}）" for name, start in starts]


def _until(place: KitPlace) -> list[str]:
    """The rewards' last day in both languages; empty if none is told."""
    end = place.rate_ends_on
    return [] if end is None or not place.rate else [f"{date_ja(end)}まで", f"until {date_en(end)}"]


def _fit(text: str, room: Room, what: str) -> Facts:
    fit = fitted(text, room)
    if fit is None:
        raise StickerError("does_not_fit", f"{what} is too long; shorten it")
    return asdict(fit)


def _fit_or_cut(text: str, room: Room) -> Facts:
    """`text`, or as much of it as one line of the smallest size holds."""
    fit = fitted(text, room) or fitted(cut_to(text, room.width_mm / (room.sizes_pt[-1] * MM_PER_PT)), room)
    assert fit is not None  # noqa: S101  # one line of the smallest size fits every room here
    return asdict(fit)
