"""Whether a card or another means of payment was in the 2019 programme: yes, no, or "ask its issuer" (P-41, P-48)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from madoguchi.opendata.search_words import LONGEST_QUERY, words_in
from madoguchi.opendata.services import (
    Named,
    PublishedService,
    compact,
    find_services,
    published_services,
    rows_of,
)

# Instead of a company of the table: one that does not stand in it, and one outside Japan (P-32).
OTHER_ISSUER, ISSUED_ABROAD = "other", "abroad"
# Every brand a card may carry, also those that none of the table's issuers has, with the ways it is written.
BRANDS: Mapping[str, tuple[str, ...]] = {
    "VISA": ("ビザ",),
    "Mastercard": ("Master", "マスターカード", "マスター"),
    "JCB": (),
    "American Express": ("Amex", "アメックス", "アメリカンエキスプレス"),
    "Diners Club": ("Diners", "ダイナースクラブ", "ダイナース"),
    "UnionPay": ("銀聯",),
}
DEBIT = ("デビット", "debit")
# Shorter names stand inside too many other words.
FEWEST_SIGNS_INSIDE = 3


@dataclass(frozen=True)
class OtherMeans(Named):
    """A means of payment that the notice names outside the table of 27 (P-20, P-41)."""

    issuer: Named
    outcome: str
    reason: str
    brands: tuple[str, ...]
    known_as: frozenset[str]


@dataclass(frozen=True)
class CardAnswer:
    """`outcome` is `yes`, `no` or `ask`; `services` are those that are in, or for `ask` those that may be meant.

    Reasons. yes: `in_table`, `search_page`. no: `no_points`, `other_manaca`, `issued_abroad`. ask: `brand_only`,
    `other_brand`, `other_card`, `manaca`, `several`, `without_row`, `debit`, `not_listed`.
    """

    outcome: str
    reason: str
    services: tuple[PublishedService, ...] = ()
    other: OtherMeans | None = None


def is_card_in(*, issuer: str = "", brand: str = "", text: str = "") -> CardAnswer | None:
    """Whether a card is in, from its issuer's code, its brand and free words; None if nothing was said (P-41).

    `issuer` is an `Issuer.code`, OTHER_ISSUER, ISSUED_ABROAD or "". A brand alone never says yes: a card is in only if
    its issuer registered (P-46). A yes is one by the table; some cards of a method still earned nothing (P-36).
    """
    text_brand, rest = _split_brand(text[:LONGEST_QUERY])
    brand = brand or text_brand
    if not (issuer or brand or rest):
        return None
    if issuer == ISSUED_ABROAD:
        return CardAnswer("no", "issued_abroad")
    if issuer in {"", OTHER_ISSUER} and (other := _other_means(rest, brand)):
        return CardAnswer(other.outcome, other.reason, other=other)
    if any(compact(word) in compact(rest) for word in DEBIT):
        return CardAnswer("ask", "debit")
    if issuer == OTHER_ISSUER:
        return CardAnswer("ask", "not_listed")
    return _by_table(issuer, brand, rest)


@cache
def other_means() -> tuple[OtherMeans, ...]:
    """What the notice names beside the 27: methods without points or without a row, and cards of its search page."""
    return tuple(
        OtherMeans(
            name=row["name"],
            name_en=row["name_en"],
            issuer=Named(row["issuer"], row["issuer_en"]),
            outcome=row["outcome"],
            reason=row["reason"],
            brands=tuple(filter(None, row["brands"].split("|"))),
            known_as=frozenset(compact(one) for one in [row["name"], row["name_en"], *row["words"].split("|")] if one),
        )
        for row in rows_of("services_others_2019.csv")
    )


def _by_table(issuer: str, brand: str, rest: str) -> CardAnswer:
    of_issuer = [one for one in published_services() if not issuer or one.issuer.code == issuer]
    if not rest:
        if not issuer:
            return CardAnswer("ask", "brand_only", tuple(find_services(brand=brand)))
        named = of_issuer
    else:
        named = [one for one in of_issuer if compact(rest) in one.known_as]
    if not named:
        maybe = tuple(one for one in of_issuer if _may_mean(one, rest))
        if issuer:
            return CardAnswer("ask", "other_card", maybe or tuple(of_issuer))
        return CardAnswer("ask", "several" if maybe else "not_listed", maybe)
    fitting = [one for one in named if not brand or brand in one.brands]
    if not fitting:
        return CardAnswer("ask", "other_brand", tuple(named))
    if not issuer and any(one.code == "manaca" for one in fitting):
        # P-37b: the name on the card does not tell which of two companies issued it.
        return CardAnswer("ask", "manaca", tuple(fitting))
    return CardAnswer("yes", "in_table", tuple(fitting))


def _split_brand(text: str) -> tuple[str, str]:
    """The brand that the words name, or "", and the other words: `楽天カード VISA` gives `VISA` and `楽天カード`."""
    words = words_in(text)
    # A card whose own name holds a brand is meant by its name: アメリカン・エキスプレス・カード.
    if any("".join(words) in one.known_as for one in published_services()):
        return "", " ".join(words)
    for name, spellings in BRANDS.items():
        written = {compact(one) for one in (name, *spellings)}
        for count in (2, 1):
            for at in range(len(words) - count + 1):
                if "".join(words[at : at + count]) in written:
                    return name, " ".join(words[:at] + words[at + count :])
    return "", " ".join(words)


def _other_means(rest: str, brand: str) -> OtherMeans | None:
    """What the words name beside the table. A yes needs the exact name; a no or an ask only that it stands within."""
    asked = compact(rest)
    for one in other_means():
        is_named = asked in one.known_as
        is_within = one.outcome != "yes" and any(name in asked for name in one.known_as)
        if asked and (is_named or is_within) and not (one.brands and brand and brand not in one.brands):
            return one
    return None


def _may_mean(one: PublishedService, rest: str) -> bool:
    """Whether the words stand among those of a service, or one of its names within the words."""
    asked = compact(rest)
    return all(one.is_found_by(word) for word in rest.split()) or any(
        len(name) >= FEWEST_SIGNS_INSIDE and name in asked for name in one.known_as
    )
