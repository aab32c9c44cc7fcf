"""What the guide's texts are made of: words in two languages, and a question with where its answer comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One text in Japanese (`name`) and English (`name_en`), as the pages' filter `name` reads them."""

    name: str
    name_en: str

    def said(self, english: bool) -> str:
        """The text in one of the languages."""
        return self.name_en if english else self.name


@dataclass(frozen=True)
class Question:
    """What a reader asks, and what the sources answered.

    `slug` is the permanent part of the address; `reader` a key of `guide.READERS`. `sources` are requirement ids. The
    `answer` is the sources', in paragraphs, as it was in their time; `here` says what this platform does today where
    that differs, and `path` leads there. `ended` says since when an answer no longer holds.
    """

    slug: str
    reader: str
    sources: tuple[str, ...]
    ask: Words
    answer: tuple[Words, ...]
    here: Words | None = None
    path: str = ""
    ended: Words | None = None

    def texts(self) -> Iterator[str]:
        """Everything of it that can be searched."""
        for words in (self.ask, *self.answer, self.here, self.ended):
            if words is not None:
                yield words.name
                yield words.name_en
        yield " ".join(self.sources)
