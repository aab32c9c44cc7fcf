"""The 27 payment services of the 2019 programme as they were published, and how they are found (P-37, P-38, P-41)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from madoguchi.engine.rewards.services import Service, checked, service_of
from madoguchi.opendata.search_words import words_in
from madoguchi.registry.loading import services_of_2019

# The notice that printed the table, and the day from which its marked phone numbers gave way to desks of their own.
PRINTED_ON = date(2019, 10, 2)
# What the programme's search pages told apart (P-39, P-41). None of the 27 is a debit card.
KINDS = ("credit", "debit", "e_money", "smartphone")
METHODS = ("points", "prepaid_value", "instant_discount", "bill_offset", "account_credit")
KIND_OF: Mapping[str, str] = {
    "credit": "credit",
    "emoney": "e_money",
    "emoney_transit": "e_money",
    "qr": "smartphone",
}


@dataclass(frozen=True)
class Named:
    """Something with a name in Japanese and in English."""

    name: str
    name_en: str


@dataclass(frozen=True)
class Issuer(Named):
    """A company that registered with the programme; `code` is that of its first service."""

    code: str


@dataclass(frozen=True)
class Contact:
    """Where a service is asked about. `until_on` is the last day of a number that a desk of its own replaced (P-37).

    `label` says for which region or by which way, if there are several; `hours` are empty where none were printed.
    """

    label: Named
    phone: str
    page: str
    hours: str
    until_on: date | None

    @property
    def dialled(self) -> str:
        """The number as a telephone dials it, digits only."""
        return self.phone.replace("-", "")


@dataclass(frozen=True)
class Way:
    """One channel of a service: its terms as the reward engine takes them, and timing and cap as printed."""

    terms: Service
    credit_as_printed: str
    cap_as_printed: str

    @property
    def channel(self) -> str:
        """`card`, `ic`, `code`, `online`, `id`, `quicpay_plus` or `prepaid_card`."""
        return self.terms.channel


@dataclass(frozen=True)
class PublishedService:
    """One of the 27, in the order of the printed table, with what the notice says of it.

    `given_as` is the name of the points, None if they had none; `preparation` None if nothing had to be prepared.
    `pages` are the addresses printed for it: more than one where the notice contradicts itself (X-06). `brands` are
    those of the issuer's cards; the notice does not print them.
    """

    number: int
    code: str
    name: str
    name_en: str
    issuer: Issuer
    kind: str
    is_transit: bool
    ways: tuple[Way, ...]
    given_as: Named | None
    preparation: Named | None
    preparation_page: str
    pages: tuple[str, ...]
    note: Named | None
    contacts: tuple[Contact, ...]
    brands: tuple[str, ...]
    # Names by which it is known, each in one spelling and without blanks; and all words it is searched by.
    known_as: frozenset[str]
    words: str

    @property
    def methods(self) -> tuple[str, ...]:
        """How its points are given, each once (P-34)."""
        return tuple(dict.fromkeys(way.terms.method for way in self.ways))

    def way(self, channel: str) -> Way | None:
        """Its row for a channel."""
        return next((one for one in self.ways if one.channel == channel), None)

    def is_found_by(self, word: str) -> bool:
        """Whether a word, as `words_in` spells it, stands within one of its words; a Latin one must begin it."""
        # Within a word, `ion` would find every Corporation.
        is_there = f" {word}" in f" {self.words}" if word.isascii() else word in self.words
        return is_there or any(name.startswith(word) for name in self.known_as)


@cache
def published_services() -> tuple[PublishedService, ...]:
    """All 27 in the order of the printed table (P-37)."""
    printed: dict[str, list[dict[str, str]]] = {}
    for row in services_of_2019():
        printed.setdefault(row["service_id"], []).append(row)
    _check_terms(printed)
    facts, words = _by_service("services_facts_2019.csv"), _by_service("services_search_words.csv")
    contacts: dict[str, list[Contact]] = {}
    for row in rows_of("services_contacts_2019.csv"):
        contacts.setdefault(row["service_id"], []).append(_contact(row))
    issuers: dict[str, Issuer] = {}
    found = []
    for number, (code, rows) in enumerate(printed.items(), start=1):
        name = rows[0]["issuer"]
        issuer = issuers.setdefault(name, Issuer(name, facts[code]["issuer_en"], code))
        found.append(_service(rows, facts[code], words[code], number=number, issuer=issuer, contacts=contacts[code]))
    return tuple(found)


def published_service(code: str) -> PublishedService | None:
    """The service of that code; None if the table has none."""
    return next((one for one in published_services() if one.code == code), None)


def issuers() -> tuple[Issuer, ...]:
    """The 25 companies behind the services, in the order of the table (P-37b)."""
    return tuple(dict.fromkeys(one.issuer for one in published_services()))


def brands() -> tuple[str, ...]:
    """The brands of the services' cards, in the order in which they first appear."""
    return tuple(dict.fromkeys(brand for one in published_services() for brand in one.brands))


def find_services(
    query: str = "", *, issuer: str = "", kind: str = "", brand: str = "", method: str = ""
) -> list[PublishedService]:
    """The services that fit everything asked, in the order of the table (P-37, P-41).

    Each word of `query` must stand in a name, reading, issuer, brand or the name of what is given (or begin it, if it
    is in Latin letters), whatever its width, case or kana. `issuer` is an `Issuer.code`, `kind` one of KINDS, `method`
    one of METHODS; an unknown one finds none.
    """
    wanted = words_in(query)
    return [
        one
        for one in published_services()
        if (not issuer or one.issuer.code == issuer)
        and (not kind or one.kind == kind)
        and (not brand or brand in one.brands)
        and (not method or method in one.methods)
        and all(one.is_found_by(word) for word in wanted)
    ]


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one of this room's own tables."""
    return list(csv.DictReader(files("madoguchi.opendata").joinpath("data", name).read_text("utf-8").splitlines()))


def compact(text: str) -> str:
    """Folded and without blanks, so that `LINE Pay`, `linepay` and `ＬＩＮＥ　ＰＡＹ` agree."""
    return "".join(words_in(text))


def _by_service(name: str) -> dict[str, dict[str, str]]:
    return {row["service_id"]: row for row in rows_of(name)}


def _check_terms(printed: Mapping[str, Iterable[dict[str, str]]]) -> None:
    """Raises Refusal if two rows contradict each other, as the reward engine does when it reads the table."""
    checked(_terms(row) for rows in printed.values() for row in rows)


def _terms(row: Mapping[str, str]) -> Service:
    return service_of({**row, "cap_amount": int(row["cap_amount"])}, 0)


def _contact(row: Mapping[str, str]) -> Contact:
    until_on = date.fromisoformat(row["until_on"]) if row["until_on"] else None
    return Contact(Named(row["label"], row["label_en"]), row["phone"], row["page"], row["hours"], until_on)


def _service(
    rows: list[dict[str, str]],
    facts: Mapping[str, str],
    words: Mapping[str, str],
    *,
    number: int,
    issuer: Issuer,
    contacts: Iterable[Contact],
) -> PublishedService:
    first = rows[0]
    names = [first["name"], facts["name_en"], words["kana"], *_parts(words["words"])]
    brand_names = _parts(words["brands"])
    texts = [*names, words["romaji"], issuer.name, issuer.name_en, *brand_names, facts["given_as"]]
    texts.append(facts["given_as_en"])
    return PublishedService(
        number=number,
        code=first["service_id"],
        name=first["name"],
        name_en=facts["name_en"],
        issuer=issuer,
        kind=KIND_OF[first["instrument"]],
        is_transit=first["instrument"] == "emoney_transit",
        ways=tuple(Way(_terms(row), row["credit_timing_as_printed"], row["cap_as_printed"]) for row in rows),
        given_as=Named(facts["given_as"], facts["given_as_en"]) if facts["given_as"] else None,
        preparation=Named(first["prerequisite"], facts["preparation_en"]) if facts["preparation_en"] else None,
        preparation_page=facts["preparation_page"],
        pages=(first["programme_page"], *filter(None, [facts["other_page"]])),
        note=Named(facts["note"], facts["note_en"]) if facts["note"] else None,
        contacts=tuple(contacts),
        brands=tuple(brand_names),
        known_as=frozenset(compact(one) for one in [*names, words["romaji"]]),
        words=" ".join(dict.fromkeys(word for text in texts for word in words_in(text))),
    )


def _parts(cell: str) -> list[str]:
    return [one for one in cell.split("|") if one]
