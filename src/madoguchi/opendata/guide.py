"""The guide's questions and answers, found by words in both languages (P-39, P-40, J-13 to J-31)."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from madoguchi.opendata.guide_residents import RESIDENTS
from madoguchi.opendata.guide_shops import SHOPS
from madoguchi.opendata.guide_towns import TOWNS
from madoguchi.opendata.guide_towns_accounts import TOWNS_ACCOUNTS
from madoguchi.opendata.guide_words import Question, Words

READERS: dict[str, Words] = {
    "residents": Words("住民・来訪者の方", "Residents and visitors"),
    "shops": Words("お店の方", "Shops"),
    "towns": Words("自治体の方", "Towns"),
}
LONGEST_SEARCH = 80
# ぁ to ゖ stand 0x60 before ァ to ヶ.
_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
# Half-width voicing marks and combining ones belong to the kana before them: ｶﾞ is ガ.
_VOICING = frozenset("ﾞﾟ\u3099\u309a")


@dataclass(frozen=True)
class Source:
    """A document that answers come from, by the letter of its requirements."""

    name: str
    name_en: str
    published_on: date | None
    year: int


SOURCES: dict[str, Source] = {
    "M": Source(
        "経済産業省「モニター自治体」の公表資料", "METI's release on pilot municipalities", date(2020, 4, 27), 2020
    ),
    "J": Source(
        "自治体向けJPQR案内ページ（令和3年度）", "The JPQR page for municipalities, fiscal year 2021", None, 2021
    ),
    "P": Source(
        "キャッシュレス・消費者還元事業の通知",
        "The notice on the cashless point reward programme",
        date(2019, 10, 2),
        2019,
    ),
}


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `is_marked` where it is what was looked for."""

    text: str
    is_marked: bool


@dataclass(frozen=True)
class Found:
    """A question that fits a search, with its words in the reader's language in marked pieces."""

    question: Question
    asks: list[Piece]
    answers: list[list[Piece]]
    here: list[Piece]


def questions(reader: str = "") -> tuple[Question, ...]:
    """All questions, or those of one reader (a key of READERS); none for a reader that does not exist."""
    return tuple(one for one in _all() if not reader or one.reader == reader)


def question(slug: str) -> Question | None:
    """The question with this permanent name, or None."""
    return _by_slug().get(slug)


def sources_of(ids: Iterable[str]) -> list[Source]:
    """The documents behind requirement ids, each once."""
    return [SOURCES[letter] for letter in dict.fromkeys(one[0] for one in ids)]


def search(asked: str, *, reader: str = "", english: bool = False) -> list[Found]:
    """The questions in which every word of `asked` occurs, in their own order; all of them if there is no word.

    Words are parted by blanks and may occur in either language, in the question, its answer or its requirement ids;
    case, width and kind of kana do not matter. At most LONGEST_SEARCH characters are looked at.
    """
    wanted = wanted_words(asked)
    return [
        Found(
            one,
            marked(one.ask.said(english), wanted),
            [marked(words.said(english), wanted) for words in one.answer],
            marked(one.here.said(english), wanted) if one.here else [],
        )
        for one in questions(reader)
        if all(word in _folded(one) for word in wanted)
    ]


def wanted_words(asked: str) -> list[str]:
    """The folded words of a search, each once."""
    return list(dict.fromkeys(fold(asked[:LONGEST_SEARCH]).split()))


def fold(text: str) -> str:
    """`text` with width, case and kind of kana made one: `ＪＰＱＲ しーる` → `jpqr シール`."""
    return "".join(letters for letters, _ in _clusters(text))


def marked(text: str, wanted: Iterable[str]) -> list[Piece]:
    """`text` in pieces, those marked in which one of the folded words stands; the pieces join to `text` again."""
    folded, places = "", []
    at = 0
    for letters, length in _clusters(text):
        folded += letters
        places += [(at, at + length)] * len(letters)
        at += length
    hits = [False] * len(text)
    for word in wanted:
        start = folded.find(word) if word else -1
        while start >= 0:
            first, last = places[start][0], places[start + len(word) - 1][1]
            hits[first:last] = [True] * (last - first)
            start = folded.find(word, start + 1)
    return _pieces(text, hits)


def _pieces(text: str, hits: list[bool]) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or hits[at] != hits[start]:
            pieces.append(Piece(text[start:at], hits[start]))
            start = at
    return pieces


def _clusters(text: str) -> Iterable[tuple[str, int]]:
    """Each character with the marks that belong to it: how it is folded, and how many characters it was."""
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and text[end] in _VOICING:
            end += 1
        yield unicodedata.normalize("NFKC", text[at:end]).casefold().translate(_TO_KATAKANA), end - at
        at = end


@functools.cache
def _all() -> tuple[Question, ...]:
    return (*RESIDENTS, *SHOPS, *TOWNS, *TOWNS_ACCOUNTS)


@functools.cache
def _by_slug() -> dict[str, Question]:
    return {one.slug: one for one in _all()}


@functools.cache
def _folded(one: Question) -> str:
    # A line break between texts, which no word of a search has, so that none is found across two of them.
    return "\n".join(fold(text) for text in one.texts())
