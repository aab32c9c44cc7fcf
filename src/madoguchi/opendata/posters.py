"""Posters for shops and counters to print: A4 sheets in Japanese and English, and a small picture of each (P-32)."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from importlib import resources

from madoguchi.jpqr.pictures import PDFIUM
from madoguchi.jpqr.sticker import template, typeset
from madoguchi.opendata.guide_words import Words

LANGUAGES = ("ja", "en")
# A picture for a page's list of posters: an A4 sheet at this width.
PREVIEW_PIXELS = 420
_TEMPLATES = ("posters", "posters_foreign", "posters_kinds", "posters_fraud", "posters_steps")


@dataclass(frozen=True)
class Poster:
    """A poster; `slug` is part of its file's name. Each has a sheet in Japanese and one in English."""

    slug: str
    title: Words
    about: Words


POSTERS = (
    Poster(
        "foreign-cards",
        Words("日本国外で発行されたカード", "Cards issued outside Japan"),
        Words(
            "国外発行のカードは、原則として還元の対象外であることを伝えます。",
            "Tells that cards issued outside Japan in principle earn no rewards.",
        ),
    ),
    Poster(
        "kinds",
        Words("ここで使えるキャッシュレス", "Cashless payment here"),
        Words(
            "支払いの種類をかんたんに説明します。使えるものに印を付けて掲示してください。",
            "Explains the kinds of payment. Tick those you take, and put it up.",
        ),
    ),
    Poster(
        "fraud",
        Words("詐欺にご注意ください", "Beware of fraud"),
        Words(
            "口座番号やパスワードを聞くことはない、と伝えます。",
            "Tells that nobody asks for account numbers or passwords.",
        ),
    ),
    Poster(
        "four-steps",
        Words("コードで支払う4つの手順", "How to pay with a code, in four steps"),
        Words("レジや窓口のコードの横に掲示します。", "For beside the code at a till or counter."),
    ),
)


def poster(slug: str) -> Poster | None:
    """The poster of this name, or None."""
    return next((one for one in POSTERS if one.slug == slug), None)


@functools.cache
def poster_pdf(slug: str, language: str) -> bytes:
    """The sheet of a poster in `ja` or `en` as an A4 PDF, its fonts embedded, tagged for screen readers (P-32, P-33).

    Typeset once in a process; the same bytes each time. Raises KeyError for another poster or language.
    """
    found = poster(slug)
    if found is None or language not in LANGUAGES:
        raise KeyError(f"{slug} in {language}")
    inputs = {
        "title": found.title.said(language == "en"),
        "format": "a5",
        "tagged": "yes",
        "stickers": "[]",
        "poster": slug,
        "language": language,
    }
    return typeset(_source(), inputs, is_tagged=True)


@functools.cache
def poster_picture(slug: str, language: str) -> bytes:
    """The sheet as a PNG of PREVIEW_PIXELS across, in a few shades. Raises KeyError as `poster_pdf`."""
    import pypdfium2  # type: ignore[import-untyped]  # only who shows posters waits for it

    with PDFIUM, pypdfium2.PdfDocument(poster_pdf(slug, language)) as document:
        page = document[0]
        image = page.render(scale=PREVIEW_PIXELS / page.get_width()).to_pil().copy()
        page.close()
    file = io.BytesIO()
    # The sheets have a handful of colours; a palette makes a fifth of the bytes.
    image.quantize(32).save(file, "PNG", optimize=True)
    return file.getvalue()


@functools.cache
def _source() -> bytes:
    """The stickers' common template, whose colours and words the posters share, and then their own."""
    folder = resources.files("madoguchi.opendata")
    own = [folder.joinpath(f"{name}.typ").read_bytes() for name in _TEMPLATES]
    # The document's own language is the first that is set, and the stickers' template sets Japanese.
    language = b"#set text(lang: sys.inputs.language)"
    return b"\n".join([language, template("sticker"), *own])
