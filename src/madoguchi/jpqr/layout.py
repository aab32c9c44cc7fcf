"""What has room on a stand, a poster, a sticker and a card, decided before anything is typeset."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, Literal

from madoguchi.jpqr.errors import StickerError
from madoguchi.jpqr.fitting import MM_PER_PT, Block, Fit, Room, cut_to, fitted, rows_of, stacked, width
from madoguchi.jpqr.names import fit_name
from madoguchi.jpqr.profile import StoreId

SheetFormat = Literal["a5", "a4", "sticker", "card"]
MAX_COPIES = 100  # of each sticker in one file


@dataclass(frozen=True, slots=True)
class Sticker:
    """What one sticker says. `payload` is a static JPQR code of `store_id`; names are shown as they are.

    `contact` is a telephone number or an address for questions. `warns_of_foreign_cards` adds, in English, that
    cards issued outside Japan earn no rewards in principle (P-32). `postal_code` and `organisation` are not
    printed: a town's stickers are sorted by them for posting.
    """

    place_name: str
    place_name_en: str
    municipality: str
    municipality_en: str
    store_id: StoreId
    payload: str
    services: Sequence[str]
    contact: str = ""
    warns_of_foreign_cards: bool = False
    postal_code: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """How services are set, in em of their text: a frame's white left and right, its height, and the gaps."""

    inset_em: float
    height_em: float
    gap_em: float
    leading_em: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A format's template, how many fit on its page, and the room that each part has."""

    template: str
    per_page: int
    code_mm: float
    name: Room
    name_en: Room
    town: Room
    services: Room
    contact: Room
    chip: Chip = Chip(0.55, 1.65, 0.5, 0.45)
    is_stand: bool = False  # alone on its page, every word shown


def _stand(name: Room, services: Room) -> Sheet:
    return Sheet(
        template="stand",
        per_page=1,
        code_mm=80.0,
        name=name,
        name_en=name,
        town=Room(126, 3.6, (9.5, 8.5, 7.5, 6.5, 6)),
        services=services,
        contact=Room(126, 3.2, (8.5, 7.5, 6.5, 6)),
        is_stand=True,
    )


# Sizes of text are such that the smallest Japanese is 5.5 pt, on a sticker of 50 mm, and 6 pt elsewhere.
SHEETS: dict[SheetFormat, Sheet] = {
    "a5": _stand(Room(126, 17, (19, 17, 15, 13, 11, 9)), Room(126, 17, (10, 9, 8, 7, 6))),
    # A4 is A5 √2 times as large, and so is all that stands on it. What need not be as large on a poster as on
    # a stand leaves its code 110 mm.
    "a4": _stand(Room(126, 14, (19, 17, 15, 13, 11, 9, 7.5)), Room(126, 11, (10, 9, 8, 7, 6, 5, 4.5))),
    # 4 × 5 squares of 50 mm.
    "sticker": Sheet(
        template="label",
        per_page=20,
        code_mm=28,
        name=Room(46, 4.5, (10, 9, 8, 7, 6, 5.5)),
        name_en=Room(46, 2.2, (6, 5.5, 5)),
        town=Room(46, 2.2, (5.5,)),
        services=Room(0, 0, (6.5, 6, 5.5)),  # beside the code
        contact=Room(46, 2.2, (5.5, 5)),
        chip=Chip(0, 1, 1, 0.35),
    ),
    # 2 × 5 cards of 91 × 55 mm, as name-card paper is perforated.
    "card": Sheet(
        template="card",
        per_page=10,
        code_mm=35,
        name=Room(48, 8, (12, 11, 10, 9, 8, 7, 6)),
        name_en=Room(48, 4.6, (7, 6.5, 6, 5.5)),
        town=Room(48, 2.4, (6.5, 6)),
        services=Room(48, 0, (7, 6.5, 6)),
        contact=Room(85, 2.2, (6, 5.5)),
    ),
}

_STAND_TOP_MM, _STAND_MM = 9.0, 193.0  # A5 less its margins
_STAND_GOOD_CODE_MM = 78.0  # 110 mm on a poster
_STAND_LEAST_CODE_MM = 58.0  # 0.8 mm for each of a usual code's 69 modules
_FRAME_MM = 2.0  # a stand's code has a frame, 1 mm away
_LABEL_TOP_MM, _LABEL_MM = 0.9, 47.6  # the symbol's own white is margin enough above
_LABEL_GOOD_CODE_MM = 25.0  # 0.4 mm for each of a usual code's 61 modules at M
_LABEL_LINE_MM = 3.6
_LABEL_WIDTH_MM, _LABEL_HEAD_MM = 46.6, 15.2  # the code and what is beside it; there, above the services
_CARD_TOP_MM, _CARD_MM = 3.0, 49.6
_TOWN_EN_SHARE = 0.9  # a town's English is set smaller than its Japanese
_TOWN_GAP_EM = 0.6
_NAMES_GAP_MM = 1.9
CONTACT_WORDS = "お問い合わせ Contact: "


def parts(sheet: Sheet, sticker: Sticker) -> dict[str, Any]:
    """The words of `sticker` with the size at which they fit, the code's side and where each stands, in mm.

    On stands every word is shown; raises StickerError `does_not_fit` where it cannot be. Small formats cut names
    that are too long, count the services that have no room, and leave out a contact too long for its line.
    """
    return {"stand": _stand_parts, "label": _label_parts, "card": _card_parts}[sheet.template](sheet, sticker)


def _stand_parts(sheet: Sheet, sticker: Sticker) -> dict[str, Any]:
    names = _stand_names(sheet, sticker)
    services = _services(sheet, sticker, sheet.services)
    contact = _contact(sheet, sticker.contact)

    def blocks(code_mm: float, *, has_band: bool) -> list[Block | None]:
        return [
            Block("headline", 18),
            Block("band", 12, above_mm=2.4) if has_band else None,
            Block("code", code_mm + _FRAME_MM, above_mm=2.5, stretches=True),
            Block("name", names["name"]["height_mm"], above_mm=2.5, stretches=True),
            Block("name_en", names["name_en"]["height_mm"], above_mm=_NAMES_GAP_MM) if names["name_en"] else None,
            Block("town", 3.6, above_mm=2.2),
            Block("number", 3.2, above_mm=1.6),
            Block("rule", 0, above_mm=2.4),
            Block("accepted", 3.4, above_mm=2.6),
            Block("services", services["height_mm"], above_mm=1.8),
            Block("warning", 12.5, above_mm=2.5, stretches=True),
            Block("foreign", 2.6, above_mm=2) if sticker.warns_of_foreign_cards else None,
            Block("ask", 3.2, above_mm=2.4),
            Block("contact", 3.2, above_mm=1.2) if contact else None,
        ]

    def left_mm(*, has_band: bool) -> float:
        return _STAND_MM - sum(one.above_mm + one.height_mm for one in blocks(0, has_band=has_band) if one)

    # The code takes what the words leave. A test's band gives way first: TEST stands across the page anyway.
    has_band = sticker.store_id.is_test and left_mm(has_band=True) >= _STAND_GOOD_CODE_MM
    code_mm = min(left_mm(has_band=has_band), sheet.code_mm)
    if code_mm < _STAND_LEAST_CODE_MM:
        raise StickerError("does_not_fit", "names and services leave the code no room; shorten them")
    edges = stacked(blocks(code_mm, has_band=has_band), _STAND_TOP_MM, _STAND_MM)
    return _found(names, sheet, sticker, services, contact) | {"code_mm": code_mm, "y": edges}


def _label_parts(sheet: Sheet, sticker: Sticker) -> dict[str, Any]:
    contact = _contact(sheet, sticker.contact)
    foreign_mm = 2.0 * sticker.warns_of_foreign_cards

    def blocks(names: dict[str, Any], code_mm: float = 0) -> list[Block | None]:
        return [
            Block("code", code_mm),
            Block("name", names["name"]["height_mm"], above_mm=0.2, stretches=True),
            Block("name_en", names["name_en"]["height_mm"], above_mm=0.4) if names["name_en"] else None,
            Block("town", 1.95, above_mm=0.4),
            Block("number", 1.95, above_mm=0.4),
            Block("warning", 5.0 + foreign_mm, above_mm=0.5),
            Block("ask", 1.95, above_mm=0.5),
            Block("contact", 1.95, above_mm=0.35) if contact else None,
        ]

    def left_mm(names: dict[str, Any]) -> float:
        return _LABEL_MM - sum(one.above_mm + one.height_mm for one in blocks(names) if one)

    names = _small_names(sheet, sticker)
    if left_mm(names) < _LABEL_GOOD_CODE_MM:  # a name on two lines is worth less than a code that scans
        names = _small_names(replace(sheet, name=replace(sheet.name, height_mm=_LABEL_LINE_MM)), sticker)
    code_mm = min(left_mm(names), sheet.code_mm)
    beside = replace(sheet.services, width_mm=_LABEL_WIDTH_MM - code_mm, height_mm=code_mm - _LABEL_HEAD_MM)
    services = _services(sheet, sticker, beside)
    edges = stacked(blocks(names, code_mm), _LABEL_TOP_MM, _LABEL_MM)
    return _found(names, sheet, sticker, services, contact) | {"code_mm": code_mm, "y": edges}


def _card_parts(sheet: Sheet, sticker: Sticker) -> dict[str, Any]:
    names = _small_names(sheet, sticker)
    contact = _contact(sheet, sticker.contact)
    foreign_mm = 2.4 * sticker.warns_of_foreign_cards
    below = [
        Block("warning", 6.4 + foreign_mm, stretches=True),
        Block("ask", 2.1, above_mm=0.8),
        Block("number", 2.1, above_mm=0.6),
        Block("contact", 2.1, above_mm=0.6) if contact else None,
    ]
    edges = stacked(below, _CARD_TOP_MM, _CARD_MM)
    beside = [
        Block("headline", 8),
        Block("name", names["name"]["height_mm"], above_mm=1.3),
        Block("name_en", names["name_en"]["height_mm"], above_mm=0.7) if names["name_en"] else None,
        Block("town", 2.3, above_mm=1),
        Block("services", 0, above_mm=1.4),
    ]
    edges |= stacked(beside, _CARD_TOP_MM, 0)
    left_mm = edges["warning"] - 0.7 - edges["services"]
    services = _services(sheet, sticker, replace(sheet.services, height_mm=min(left_mm, 12)))
    return _found(names, sheet, sticker, services, contact) | {"code_mm": sheet.code_mm, "y": edges}


def _found(
    names: dict[str, Any], sheet: Sheet, sticker: Sticker, services: dict[str, Any], contact: dict[str, Any] | None
) -> dict[str, Any]:
    return {**names, "town": _town(sheet, sticker), "services": services, "contact": contact}


def _stand_names(sheet: Sheet, sticker: Sticker) -> dict[str, Any]:
    room = sheet.name
    for size_pt in room.sizes_pt:
        one_size = replace(room, sizes_pt=(size_pt,))
        name = fitted(sticker.place_name, one_size)
        if not sticker.place_name_en and name is not None:
            return {"name": asdict(name), "name_en": None}
        name_en = fitted(sticker.place_name_en, replace(room, sizes_pt=(min(10, size_pt * 0.62),)))
        if name and name_en and name.height_mm + _NAMES_GAP_MM + name_en.height_mm <= room.height_mm:
            return {"name": asdict(name), "name_en": asdict(name_en)}
    raise StickerError("does_not_fit", f"{sticker.place_name!r} is too long for a name; shorten it")


def _small_names(sheet: Sheet, sticker: Sticker) -> dict[str, Any]:
    name_en = _fitted_or_cut(sticker.place_name_en, sheet.name_en) if sticker.place_name_en else None
    name = _fitted_or_cut(sticker.place_name, sheet.name)
    return {
        "name": asdict(name),
        "name_en": asdict(name_en) if name_en else None,
    }


def _fitted_or_cut(text: str, room: Room) -> Fit:
    shorter = (fit_name(text, limit) for limit in range(len(text), 0, -1))
    return next(fit for one in shorter if (fit := fitted(one, room)))


def _town(sheet: Sheet, sticker: Sticker) -> dict[str, Any]:
    """Both names of the town on one line, the English one cut on small formats."""
    room, town, town_en = sheet.town, sticker.municipality, sticker.municipality_en
    for size_pt in room.sizes_pt:
        left_em = room.width_mm / (size_pt * MM_PER_PT) - width(town) - _TOWN_GAP_EM
        if width(town_en) * _TOWN_EN_SHARE <= left_em:
            return {"name": town, "name_en": town_en, "size_pt": size_pt}
    if sheet.is_stand:
        raise StickerError("does_not_fit", f"{town!r} and {town_en!r} are too long for one line")
    town = cut_to(town, room.width_mm / (size_pt * MM_PER_PT))
    return {"name": town, "name_en": cut_to(town_en, left_em / _TOWN_EN_SHARE), "size_pt": size_pt}


def _services(sheet: Sheet, sticker: Sticker, room: Room) -> dict[str, Any]:
    """Where each service stands in the room, the size of their text, and their height."""
    names, chip = sticker.services, sheet.chip
    for size_pt in room.sizes_pt:
        if rows := _chip_rows(names, room, chip, size_pt):
            return _placed(rows, chip, size_pt)
    if sheet.is_stand:
        raise StickerError("does_not_fit", f"{len(names)} services, or such long names, have no room")
    widest_em = room.width_mm / (size_pt * MM_PER_PT) - 2 * chip.inset_em
    short = [cut_to(name, widest_em) for name in names]
    for shown in range(len(names), -1, -1):
        more = len(names) - shown
        ends = [more_words(more)] if more else []
        if rows := _chip_rows([*short[:shown], *ends], room, chip, size_pt):
            return _placed(rows, chip, size_pt)
    raise StickerError("does_not_fit", "names leave the services no room; shorten them")


def more_words(count: int) -> str:
    """What stands in the place of the services that have none."""
    return f"ほか{count}件 +{count} more"


def _chip_rows(names: Sequence[str], room: Room, chip: Chip, size_pt: float) -> list[list[str]] | None:
    """The names in rows; None if one is too wide for a row or all are too high for the room."""
    row_em = room.width_mm / (size_pt * MM_PER_PT)
    widths = [width(name) + 2 * chip.inset_em for name in names]
    if max(widths) > row_em:
        return None
    counts = rows_of(widths, chip.gap_em, row_em)
    if _rows_em(len(counts), chip) * size_pt * MM_PER_PT > room.height_mm:
        return None
    rest = iter(names)
    return [list(islice(rest, count)) for count in counts]


def _rows_em(rows: int, chip: Chip) -> float:
    return rows * chip.height_em + (rows - 1) * chip.leading_em


def _placed(rows: list[list[str]], chip: Chip, size_pt: float) -> dict[str, Any]:
    """Each name's place within the services, in mm; on a sticker, which has no frames, a dot parts them."""
    em_mm = size_pt * MM_PER_PT
    chips = []
    for number, row in enumerate(rows):
        x_em, y_em = 0.0, number * (chip.height_em + chip.leading_em)
        for name in row if chip.inset_em else ["・".join(row)]:
            width_em = width(name) + 2 * chip.inset_em
            chips.append({"name": name, "x": x_em * em_mm, "y": y_em * em_mm, "width": width_em * em_mm})
            x_em += width_em + chip.gap_em
    return {"chips": chips, "size_pt": size_pt, "height_mm": _rows_em(len(rows), chip) * em_mm}


def _contact(sheet: Sheet, contact: str) -> dict[str, Any] | None:
    if not contact:
        return None
    for size_pt in sheet.contact.sizes_pt:
        if width(CONTACT_WORDS + contact) * size_pt * MM_PER_PT <= sheet.contact.width_mm:
            return {"text": contact, "size_pt": size_pt}
    if sheet.is_stand:
        raise StickerError("does_not_fit", f"{contact!r} is too long for one line")
    return None
