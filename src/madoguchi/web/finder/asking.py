"""What an address of the finder asks, read from its fields (P-31).

Not a form of Django's: to copy its eight fields for every view took a seventh of the page's time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madoguchi.opendata.finder import PlaceQuery
from madoguchi.opendata.names import prefecture_names, service_names, town_names
from madoguchi.opendata.search_words import LONGEST_QUERY
from madoguchi.web.finder import words

# All of it stands in the address, so that what was found can be sent to somebody else; `q` and the three choices are
# the form's, the others come from links, buttons and the map.
LABELS: dict[str, Any] = {
    "q": _("Name, address, postal code or town"),
    "service": _("Payment service"),
    "rate": _("Reward rate"),
    "kind": pgettext_lazy("place", "Class"),
}
FIELDS = (*LABELS, "town", "near", "bbox", "after")
RATES = {"500": _("5%"), "200": _("2%"), "0": _("No reward")}
LONGEST_CURSOR = 120
# The form's own fields are named before what is wrong with them; the others are shown nowhere.
WRONG = {
    "q": _("Use %(count)d characters at most."),
    "service": _("This cannot be chosen. Choose from the list."),
    "rate": _("This cannot be chosen. Choose from the list."),
    "kind": _("This cannot be chosen. Choose from the list."),
    "town": _("There is no town with this code."),
    "near": _("This position cannot be read. Search again."),
    "bbox": _("This position cannot be read. Search again."),
    "after": _("There is no such page of this search. Begin at its first page."),
}


class Mistake(NamedTuple):
    """What is wrong with a field, in words; no label of a field that the form does not show."""

    field: str
    label: str
    text: str


@dataclass(frozen=True)
class Asked:
    """The fields as they were given, without blanks around them, what they ask, and which of them cannot be read.

    Of an address with mistakes, `query` asks for nothing.
    """

    fields: dict[str, str]
    query: PlaceQuery
    mistakes: tuple[str, ...]

    @property
    def told_mistakes(self) -> list[Mistake]:
        """The mistakes in words, in the order of the fields."""
        return [
            Mistake(name, str(LABELS.get(name, "")), str(WRONG[name]) % {"count": LONGEST_QUERY})
            for name in self.mistakes
        ]

    def address(self, **changed: str) -> str:
        """The list's address with some fields changed; its first page unless `after` is among them."""
        asked = urlencode({name: value for name, value in (self.fields | {"after": ""} | changed).items() if value})
        return f"/map/?{asked}" if asked else "/map/"


def read_asked(given: Mapping[str, str]) -> Asked:
    """Read the fields of an address; others in it are none of the finder's."""
    fields = {name: given.get(name, "").replace("\0", "").strip() for name in FIELDS}
    near, box = read_numbers(fields["near"], 2), read_numbers(fields["bbox"], 4)
    is_wrong = {
        "q": len(fields["q"]) > LONGEST_QUERY,
        "service": _is_strange(fields["service"], service_names()),
        "rate": _is_strange(fields["rate"], RATES),
        "kind": _is_strange(fields["kind"], words.PLACE_CLASSES),
        "town": _is_strange(fields["town"], town_names()) and fields["town"] not in prefecture_names(),
        "near": bool(fields["near"]) and near is None,
        "bbox": bool(fields["bbox"]) and box is None,
        "after": len(fields["after"]) > LONGEST_CURSOR,
    }
    mistakes = tuple(name for name, wrong in is_wrong.items() if wrong)
    return Asked(fields, PlaceQuery() if mistakes else _query(fields, near, box), mistakes)


def _is_strange(chosen: str, known: Collection[str]) -> bool:
    return bool(chosen) and chosen not in known


def read_numbers(text: str, count: int) -> tuple[Any, ...] | None:
    """So many degrees between commas; None if they cannot be read."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        return None
    return values if len(values) == count and all(-180 <= value <= 180 for value in values) else None


def _query(fields: Mapping[str, str], near: tuple[Any, ...] | None, box: tuple[Any, ...] | None) -> PlaceQuery:
    is_prefecture = len(fields["town"]) == 2
    return PlaceQuery(
        words=fields["q"],
        prefecture=fields["town"] if is_prefecture else "",
        municipality="" if is_prefecture else fields["town"],
        service=fields["service"],
        rate_bps=int(fields["rate"]) if fields["rate"] else None,
        place_class=fields["kind"],
        near=near,
        box=box,
        after=fields["after"],
    )
