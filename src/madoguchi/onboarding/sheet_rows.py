"""One row of a places sheet: a place as its applicant means it, or what is wrong with each cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from madoguchi.core.tables import RISKY
from madoguchi.onboarding.postal import PostalAddress, addresses_of, located, municipality_of, read_postal_code
from madoguchi.onboarding.sheet_columns import BY_KEY, KINDS, PLACE_CLASSES, Names, folded, lookup, words_of
from madoguchi.onboarding.sheet_files import Cell, CellError, Formula, RawSheet

# How people write that there is nothing; a sign alone is no formula.
NOTHING = frozenset("-－−–—―ー‐")
BETWEEN_ITEMS = re.compile(r"[、,，;；\n]")
DASHES = re.compile(r"[‐‑‒–—―−ー]")
PHONE = re.compile(r"(?:\+[0-9]{1,3}[0-9\-() ]{6,24}|0[0-9\-() ]{8,24})")
KANA = re.compile(r"[\u3041-\u3096\u309d\u309e\u30a1-\u30fc0-9A-Za-z .,&'\-()]*")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
LIST_COLUMNS = ("purposes", "services", "used_already")
LONGEST_VALUE = 80


@dataclass(frozen=True)
class PlaceDraft:
    """A place as a sheet names it.

    `services` are codes, empty for all of the application's (J-22); those in use already are among them unless it is
    empty (J-23). `is_address_filled` tells that the address comes from the postal code alone (P-27), without a house
    number. `municipality_code` is a registered one. `phone` has ASCII digits and hyphens.
    """

    name: str
    kind: str
    municipality_code: str
    name_en: str = ""
    name_kana: str = ""
    place_class: str = "fixed"
    postal_code: str = ""
    address: str = ""
    is_address_filled: bool = False
    phone: str = ""
    purposes: tuple[str, ...] = ()
    services: frozenset[str] = frozenset()
    used_already: frozenset[str] = frozenset()
    registration_id: str = ""
    opening_hours: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class SheetRow:
    """A good row; `number` is its number in the file, from 1."""

    number: int
    place: PlaceDraft


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one cell: `column` is its key, `value` what stood there, `facts` what its sentence tells."""

    row: int
    column: str
    code: str
    value: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class SheetReading:
    """A sheet's good rows and the faults of the others, and all that is needed to write it back.

    `keys` are the columns' keys from the left, "errors" for our own, "" for the applicant's own; `head` is the head's
    position in `raw.rows`. `services` and `purposes` are what the reader allowed.
    """

    rows: tuple[SheetRow, ...]
    faults: tuple[RowFault, ...]
    raw: RawSheet
    head: int
    keys: tuple[str, ...]
    services: Names
    purposes: Names


@dataclass(frozen=True)
class Allowed:
    """The words that may stand in the columns of choices, folded, and their codes."""

    services: Mapping[str, str]
    purposes: Mapping[str, str]

    @classmethod
    def of(cls, services: Names, purposes: Names) -> Allowed:
        return cls(lookup(services), lookup(purposes))


_ORDER = {key: position for position, key in enumerate(BY_KEY)}
_KINDS = lookup(words_of(KINDS))
_PLACE_CLASSES = lookup(words_of(PLACE_CLASSES))


class RowReader:
    """Reads the cells of one row, gathering faults; `draft` is the place if there are none."""

    def __init__(self, number: int, cells: Mapping[str, Cell], allowed: Allowed) -> None:
        self.number = number
        self.faults: list[RowFault] = []
        self._cells = cells
        name = self._required("name")
        name_en, name_kana = self._english(), self._kana()
        kind = self._choice("kind", _KINDS, "")
        place_class = self._choice("place_class", _PLACE_CLASSES, "fixed")
        address = self._text("address")
        postal_code, found = self._postal_code(address)
        filled, municipality_code = self._where(address, postal_code, found)
        services = self._items("services", allowed.services, "service_unknown")
        used_already = self._items("used_already", allowed.services, "service_unknown")
        self.identity = (folded(name), folded(filled))
        place = PlaceDraft(
            name=name,
            kind=kind,
            municipality_code=municipality_code,
            name_en=name_en,
            name_kana=name_kana,
            place_class=place_class,
            postal_code=postal_code or "",
            address=filled,
            is_address_filled=not address and bool(filled),
            phone=self._phone(),
            purposes=tuple(self._items("purposes", allowed.purposes, "purpose_unknown")),
            services=frozenset(services) | frozenset(used_already if services else ()),
            used_already=frozenset(used_already),
            registration_id=self._text("registration_id"),
            opening_hours=self._text("opening_hours"),
            remarks=self._text("remarks"),
        )
        self.draft = None if self.faults else place

    def fault(self, column: str, code: str, value: str = "", **facts: str | int) -> None:
        self.faults.append(RowFault(self.number, column, code, value[:LONGEST_VALUE], facts))

    def in_order(self) -> list[RowFault]:
        """The faults in the columns' order."""
        return sorted(self.faults, key=lambda fault: _ORDER[fault.column])

    def _text(self, key: str) -> str:
        """A cell as tidy text; "" if it is empty or at fault."""
        cell = self._cells.get(key)
        if isinstance(cell, CellError):
            self.fault(key, "error_in_cell", cell)
            return ""
        text = tidy(cell)
        if not text:
            return ""
        if key not in LIST_COLUMNS:
            text = text.replace("\n", " ")
        if text in NOTHING:
            return ""
        if isinstance(cell, Formula) or (text.startswith(RISKY) and not _is_foreign_phone(key, text)):
            self.fault(key, "formula_in_cell", text)
            return ""
        if len(text) > BY_KEY[key].longest:
            self.fault(key, "text_too_long", text, limit=BY_KEY[key].longest, length=len(text))
            return ""
        return text

    def _required(self, key: str) -> str:
        before = len(self.faults)
        text = self._text(key)
        if not text and len(self.faults) == before:
            self.fault(key, "cell_empty")
        return text

    def _choice(self, key: str, words: Mapping[str, str], otherwise: str) -> str:
        text = self._text(key) if otherwise else self._required(key)
        if not text:
            return otherwise
        code = words.get(folded(text))
        if code is None:
            self.fault(key, f"{key}_unknown", text)
        return code or otherwise

    def _items(self, key: str, words: Mapping[str, str], fault: str) -> list[str]:
        """The codes of a list's items, in their order, each once. A name may itself hold a separator."""
        text = self._text(key)
        if whole := words.get(folded(text)):
            return [whole]
        codes: dict[str, None] = {}
        for item in filter(None, (item.strip() for item in BETWEEN_ITEMS.split(text))):
            if code := words.get(folded(item)):
                codes[code] = None
            else:
                self.fault(key, fault, item)
        return list(codes)

    def _english(self) -> str:
        text = self._text("name_en")
        if CJK.search(text):
            self.fault("name_en", "name_en_not_latin", text)
        return text

    def _kana(self) -> str:
        text = unicodedata.normalize("NFKC", self._text("name_kana"))
        if not KANA.fullmatch(text):
            self.fault("name_kana", "name_kana_wrong", text)
        return text

    def _phone(self) -> str:
        text = DASHES.sub("-", unicodedata.normalize("NFKC", self._text("phone")))
        if not text:
            return ""
        # A number column drops the zero with which every domestic number begins.
        if text.isdecimal() and not text.startswith("0") and len(text) in (9, 10):
            text = "0" + text
        count = sum(letter.isdigit() for letter in text)
        domestic = (10, 11) if text.startswith("0") else (8, 15)
        if not PHONE.fullmatch(text) or not domestic[0] <= count <= domestic[1] or len(text) > 20:
            self.fault("phone", "phone_wrong", text)
        return text

    def _postal_code(self, address: str) -> tuple[str | None, tuple[PostalAddress, ...]]:
        """The code ("" if there is none, None if it is at fault) and the addresses it may mean beside the entered."""
        before = len(self.faults)
        text = self._text("postal_code")
        if not text:
            return ("", ()) if len(self.faults) == before else (None, ())
        code = read_postal_code(text)
        if code is None and text.isascii() and text.isdecimal() and len(text) in (5, 6):
            # A number column drops the zeros in front; only the address tells that from a slip.
            padded = text.zfill(7)
            there = {one.municipality_code for one in addresses_of(padded)}
            named = municipality_of(address)
            code = padded if named and named.code in there else None
        if code is None:
            self.fault("postal_code", "postal_code_malformed", text)
            return None, ()
        found = addresses_of(code)
        if not found:
            self.fault("postal_code", "postal_code_unknown", text)
            return None, ()
        meant = located(address, found)
        if not meant:
            self.fault("postal_code", "postal_code_elsewhere", text, address=found[0].line)
            return None, ()
        return code, meant

    def _where(self, address: str, postal_code: str | None, found: tuple[PostalAddress, ...]) -> tuple[str, str]:
        """The address, filled from the postal code if none was entered, and the municipality's code."""
        if any(fault.column == "address" for fault in self.faults) or postal_code is None:
            return address, ""
        if not postal_code:
            return address, self._named(address)
        codes = {one.municipality_code for one in found}
        if len(codes) > 1 or (not address and len(found) > 1):
            self.fault("address", "address_ambiguous", address, choices="・".join(one.locality for one in found))
            return address, ""
        return address or found[0].line, found[0].municipality_code

    def _named(self, address: str) -> str:
        if not address:
            self.fault("address", "address_missing")
            return ""
        named = municipality_of(address)
        if named is None:
            self.fault("address", "municipality_unclear", address)
            return ""
        return named.code


def tidy(cell: Cell) -> str:
    """A cell as text: no control characters, single spaces, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = unicodedata.normalize("NFC", str(cell))
    if text.isprintable() and "  " not in text:
        return text.strip()
    # Invisible marks, which may turn the reading direction around, are not printable.
    lines = ("".join(letter if letter.isprintable() else " " for letter in line) for line in text.split("\n"))
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def _is_foreign_phone(key: str, text: str) -> bool:
    return key == "phone" and re.match(r"[+＋][0-9０-９]", text) is not None
