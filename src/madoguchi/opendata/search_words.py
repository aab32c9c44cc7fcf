"""Search without a dictionary: a text's pairs of characters, folded so that spellings of one word agree (P-31)."""

from __future__ import annotations

from collections.abc import Iterable

from madoguchi.engine.linkage.characters import fold, joined_kana, katakana

LONGEST_QUERY = 80


def words_in(text: str) -> list[str]:
    """The words of a text in one spelling: widths, old forms, kana and capitals alike, signs as blanks.

    `Ｃａｆé・らーめん` gives `["CAFÉ", "ラーメン"]`; 霞が関 and 霞ヶ関 give the same.
    """
    folded = katakana(joined_kana(fold(text)))
    return "".join(sign if sign.isalnum() or sign == "ー" else " " for sign in folded).split()


def search_text_of(texts: Iterable[str]) -> str:
    """What stands in `PublishedPlace.search_text`: every text's words, each word once."""
    return " ".join(dict.fromkeys(word for text in texts for word in words_in(text)))


def words_for(texts: Iterable[str], facts: Iterable[str]) -> str:
    """What stands in `PublishedPlace.words`, between blanks: the pairs of characters of all texts, and the facts.

    Each word's first character stands as `^x`, so that a query of one character finds the words that begin with it.
    Facts are like `s:paypay`; no pair of a text is, for a colon is a sign.
    """
    found: set[str] = set()
    for text in texts:
        for word in words_in(text):
            found.add("^" + word[0])
            found |= _pairs(word)
    # A blank at both ends too, so that every word stands between two.
    return f" {' '.join(sorted(found) + sorted(set(facts)))} "


def query_words(query: str) -> list[str]:
    """The words of a query, each of which a place's `search_text` must contain."""
    return words_in(query[:LONGEST_QUERY])


def wanted_words(query: str) -> set[str]:
    """What a place must have in `words` to be found by `query`; empty for a query without letters or digits.

    Of a longer word, every second pair and the last, which together have all its characters: the text itself tells the
    rest, and each pair of a common word costs the index a list of its places.
    """
    found: set[str] = set()
    for word in query_words(query):
        found |= {"^" + word} if len(word) == 1 else _pairs(word, 2) | {word[-2:]}
    return found


def _pairs(word: str, step: int = 1) -> set[str]:
    return {word[at : at + 2] for at in range(0, len(word) - 1, step)}
