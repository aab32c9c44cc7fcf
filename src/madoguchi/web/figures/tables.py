"""Tables and filters of the room's pages, as plain things for their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from madoguchi.web.figures.reading import Reading

# Where a table says it all.
NO_PICTURE = SafeString("")


@dataclass(frozen=True)
class Cell:
    """What stands in a cell; a withheld one is told apart by word and look."""

    text: str
    is_withheld: bool = False


@dataclass(frozen=True)
class Row:
    """A row: its name, perhaps a link, and its cells."""

    name: str
    cells: Sequence[Cell]
    address: str = ""


@dataclass(frozen=True)
class Table:
    """A table of figures. `heads` begins with the one over the names; `foot` is the sum."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Row]
    foot: Row | None = None

    @property
    def is_wide(self) -> bool:
        """Whether a phone has no room for it unless it scrolls."""
        return len(self.heads) > 4


@dataclass(frozen=True)
class Part:
    """A section of a page: a title that is a sentence, a picture, and the same figures as tables."""

    id: str
    title: str
    picture: SafeString = NO_PICTURE
    tables: Sequence[Table] = ()
    note: str = ""
    is_folded: bool = False


@dataclass(frozen=True)
class Filter:
    """A choice that the address holds."""

    name: str
    label: str
    choices: Mapping[str, str]
    value: str


@dataclass(frozen=True)
class Shown:
    """What a page shows of a version; `headline` is its figure for the overview, with what that counts."""

    parts: Sequence[Part]
    filters: Sequence[Filter] = ()
    headline: tuple[str, str] = ("", "")
    credits: Sequence[str] = field(default_factory=list)


def chosen(asked: Mapping[str, str], name: str, choices: Mapping[str, str]) -> str:
    """What the address asks for, or the first choice where it names none of them."""
    return value if (value := asked.get(name, "")) in choices else next(iter(choices), "")


def number(figure: float | None) -> str:
    """`1,234` or `1.23`; nothing for None."""
    if figure is None:
        return ""
    return f"{figure:,.2f}" if isinstance(figure, float) else f"{figure:,}"


def withheld_word() -> str:
    """What stands in place of a withheld figure."""
    return pgettext("statistics", "withheld")


def cell(reading: Reading, row: Mapping[str, object], column: str) -> Cell:
    """A row's figure as a cell."""
    facts = dict(row)
    if reading.is_withheld(facts, column):
        return Cell(withheld_word(), is_withheld=True)
    figure = reading.figure(facts, column)
    return Cell("–" if figure is None else number(figure))
