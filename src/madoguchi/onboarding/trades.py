"""Which documents an applicant must or may bring, by what it is and by its trade (P-23 to P-25, J-11)."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from typing import Any, get_args

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.onboarding.rules import Entity

# Each alternative is a set of documents that are brought together; one alternative suffices.
Alternatives = tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Document:
    """A kind of document; `rule` is the requirement that names it."""

    code: str
    ja: str
    en: str
    rule: str


@dataclass(frozen=True)
class Trade:
    """A trade whose licence proves the business (P-25)."""

    code: str
    ja: str
    en: str
    rule: str
    licences: Alternatives


@dataclass(frozen=True)
class DocumentNeed:
    """Something to prove, and the alternatives each of which proves it.

    `is_required` is False for what may be brought. In force from `starts_on` to `ends_on`, both included.
    """

    code: str
    ja: str
    en: str
    rule: str
    is_required: bool
    alternatives: Alternatives
    starts_on: date | None = None
    ends_on: date | None = None

    def is_met(self, held: Set[str]) -> bool:
        """Whether the documents held prove it."""
        return any(documents <= held for documents in self.alternatives)


@dataclass(frozen=True)
class Substitute:
    """What an applicant gives instead of what it cannot have: a document, an amount, or another amount's name."""

    entity: str
    asked: str
    instead: str
    rule: str


def documents() -> Mapping[str, Document]:
    """Every kind of document by its code."""
    return {code: Document(code=code, **facts) for code, facts in _tables()["documents"].items()}


def trades() -> tuple[Trade, ...]:
    """The trades whose licences are known, in the order of their list (P-25)."""
    return tuple(Trade(**{**row, "licences": _alternatives(row["licences"])}) for row in _tables()["trades"])


def substitutes(entity: str) -> tuple[Substitute, ...]:
    """What this kind of applicant gives instead of what others have (J-11)."""
    return tuple(Substitute(**row) for row in _tables()["substitutes"] if row["entity"] == entity)


def documents_for(entity: str, trade: str | None = None, day: date | None = None) -> tuple[DocumentNeed, ...]:
    """What an applicant must and may prove, the required first, as of `day` (today if not given).

    A sole proprietor always proves the business; in a trade with a licence the licence does so too (P-23 to P-25).
    An unincorporated group has no documents of its own to bring; it is excluded (P-13).
    Raises Refusal `entity_unknown`, `trade_unknown`.
    """
    if entity not in get_args(Entity):
        raise Refusal("entity_unknown", entity=entity)
    licences = _licences(trade)
    found = []
    for row in _tables()["needs"]:
        need = _need(row)
        if entity not in row["entities"] or not _holds(need, day or today()):
            continue
        if row["takes_licence"]:
            need = replace(need, alternatives=need.alternatives + licences)
        if need.alternatives:
            found.append(need)
    return tuple(sorted(found, key=lambda need: not need.is_required))


def missing(needs: Iterable[DocumentNeed], held: set[str]) -> tuple[DocumentNeed, ...]:
    """The required needs that the documents held do not prove; `held` are documents' codes."""
    return tuple(need for need in needs if need.is_required and not need.is_met(held))


def _licences(trade: str | None) -> Alternatives:
    if not trade:
        return ()
    for one in trades():
        if one.code == trade:
            return one.licences
    raise Refusal("trade_unknown", trade=trade)


def _need(row: Mapping[str, Any]) -> DocumentNeed:
    return DocumentNeed(
        code=row["code"],
        ja=row["ja"],
        en=row["en"],
        rule=row["rule"],
        is_required=row["is_required"],
        alternatives=_alternatives(row["any_of"]),
        starts_on=_day(row["starts_on"]),
        ends_on=_day(row["ends_on"]),
    )


def _holds(need: DocumentNeed, day: date) -> bool:
    return (need.starts_on is None or need.starts_on <= day) and (need.ends_on is None or day <= need.ends_on)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _alternatives(rows: Iterable[Iterable[str]]) -> Alternatives:
    return tuple(frozenset(row) for row in rows)


@functools.cache
def _tables() -> Mapping[str, Any]:
    text = resources.files("madoguchi.onboarding").joinpath("data", "trades.json").read_text("utf-8")
    tables: Mapping[str, Any] = json.loads(text)
    return tables
