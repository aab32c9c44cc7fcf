"""What a printed table looks like: where it stands in the text, its columns, its marks, and readings agreed on."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping as Facts
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from madoguchi.core.errors import Refusal
from madoguchi.engine.published.problems import REASONS

LEVELS = ("municipality", "prefecture")
PREFECTURE, MUNICIPALITY = "prefecture", "municipality"
# What the table's record holds.
MOST = {"name": 60, "title": 120, "title_en": 160, "source": 200}
SLUG = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")


@dataclass(frozen=True)
class Column:
    """A column of the print, from the left. All but `prefecture` and `municipality` are figures."""

    name: str
    label: str = ""
    label_en: str = ""

    @property
    def is_figure(self) -> bool:
        return self.name not in {PREFECTURE, MUNICIPALITY}


@dataclass(frozen=True)
class Mark:
    """How a line of sums is told from the others: its cell in `column` ends in `text`."""

    column: str
    text: str


@dataclass(frozen=True)
class Reading:
    """What somebody agreed that a printed name means. It holds only where the prefecture then comes out complete.

    A reading of a prefecture's own name has the prefecture "".
    `occurrence`: only the n-th line of the prefecture with that name, for a name that is printed twice; 0 is all.
    """

    prefecture: str
    printed: str
    read: str
    reason: str = "misprint"
    occurrence: int = 0


@dataclass(frozen=True)
class Note:
    """What a reader of the table has to know: a contradiction of the source (`about` names it) is told, not solved."""

    about: str
    ja: str
    en: str


@dataclass(frozen=True)
class Mapping:
    """How one printed table is read (P-44).

    `begins` and `ends` are patterns of the line above the table and of the first one below it (none: the text's end).
    `headings` are the lines of column titles, cell by cell. `whole` names the figure that is the sum of the others in
    its row. `zero_signs` are what the print puts for 0. `fills_down`: an empty prefecture is that of the line above.
    `skips` are patterns of lines that belong to the page (its number, say).
    """

    name: str
    title: str
    title_en: str
    source: str
    as_of_on: date
    level: str
    begins: str
    columns: tuple[Column, ...]
    headings: tuple[tuple[str, ...], ...]
    as_of_printed: str = ""
    ends: str = ""
    separator: str = "\t"
    subtotal: Mark | None = None
    total: Mark | None = None
    whole: str = ""
    zero_signs: tuple[str, ...] = ()
    fills_down: bool = False
    skips: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    notes: tuple[Note, ...] = ()

    @cached_property
    def figures(self) -> tuple[Column, ...]:
        """The columns that hold figures."""
        return tuple(column for column in self.columns if column.is_figure)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The figures that add up to `whole`; none where the rows have no sum."""
        return tuple(column.name for column in self.figures if column.name != self.whole) if self.whole else ()


def read_mapping(text: str) -> Mapping:
    """A mapping from TOML, or from JSON if it begins with a brace. Raises Refusal `mapping_unreadable` (reason)."""
    try:
        facts = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
        mapping = _mapping(facts)
        reason = _contradiction(mapping)
    except (ValueError, TypeError, KeyError, AttributeError, re.error) as error:
        raise Refusal("mapping_unreadable", reason=_one_line(error)) from error
    if reason:
        raise Refusal("mapping_unreadable", reason=reason)
    return mapping


def _mapping(facts: Facts[str, Any]) -> Mapping:
    known = dict(facts)
    as_of = known.pop("as_of_on")
    for pattern in (known["begins"], known.get("ends", ""), *known.get("skips", ())):
        re.compile(pattern)
    many = {"columns": Column, "readings": Reading, "notes": Note}
    for field, kind in many.items():
        known[field] = tuple(kind(**row) for row in known.get(field, ()))
    for field in ("subtotal", "total"):
        known[field] = Mark(**known[field]) if known.get(field) else None
    known["headings"] = tuple(tuple(cells) for cells in known["headings"])
    for field in ("zero_signs", "skips"):
        known[field] = tuple(known.get(field, ()))
    return Mapping(as_of_on=as_of if isinstance(as_of, date) else date.fromisoformat(as_of), **known)


def _contradiction(mapping: Mapping) -> str:
    names = [column.name for column in mapping.columns]
    needed = {PREFECTURE, MUNICIPALITY} if mapping.level == "municipality" else {PREFECTURE}
    marks = [mark.column for mark in (mapping.subtotal, mapping.total) if mark]
    wrong = {
        f"name: {mapping.name}": not SLUG.fullmatch(mapping.name),
        f"level: {mapping.level}": mapping.level not in LEVELS,
        **{f"{field}: {most} characters at most": len(getattr(mapping, field)) > most for field, most in MOST.items()},
        "readings: an unknown reason": not {reading.reason for reading in mapping.readings} <= set(REASONS),
        "begins: empty": not mapping.begins,
        "headings: none": not mapping.headings,
        "separator: one character": len(mapping.separator) != 1,
        "columns: a name twice": len(set(names)) < len(names),
        f"columns: without {', '.join(sorted(needed - set(names)))}": bool(needed - set(names)),
        "columns: no figures": not mapping.figures,
        f"whole: {mapping.whole}": bool(mapping.whole) and mapping.whole not in names,
        f"marks: {', '.join(marks)}": not set(marks) <= set(names),
    }
    return next((reason for reason, holds in wrong.items() if holds), "")


def _one_line(error: BaseException) -> str:
    kind = "missing: " if isinstance(error, KeyError) else ""
    return kind + " ".join(str(error).split())
