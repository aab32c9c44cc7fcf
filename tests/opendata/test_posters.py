"""The posters: one A4 sheet each, in both languages, with its words and its own font (P-32, P-33, P-39)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from madoguchi.jpqr.pictures import PDFIUM
from madoguchi.opendata.posters import LANGUAGES, POSTERS, PREVIEW_PIXELS, poster, poster_pdf, poster_picture

EVERY = [(one.slug, language) for one in POSTERS for language in LANGUAGES]
every_sheet = pytest.mark.parametrize(("slug", "language"), EVERY)
A4 = (pytest.approx(595.28, abs=0.1), pytest.approx(841.89, abs=0.1))


@contextmanager
def page_of(pdf: bytes) -> Iterator[Any]:
    with PDFIUM, pypdfium2.PdfDocument(pdf) as document:
        assert len(document) == 1
        yield document[0]


def words_of(slug: str, language: str) -> str:
    with page_of(poster_pdf(slug, language)) as page:
        return "".join(str(page.get_textpage().get_text_range()).split())


def test_there_are_four_posters() -> None:
    assert [one.slug for one in POSTERS] == ["foreign-cards", "kinds", "fraud", "four-steps"]


@every_sheet
def test_a_sheet_is_one_page_of_a4(slug: str, language: str) -> None:
    with page_of(poster_pdf(slug, language)) as page:
        assert page.get_size() == A4


@every_sheet
def test_every_font_is_embedded(slug: str, language: str) -> None:
    with pikepdf.open(io.BytesIO(poster_pdf(slug, language))) as document:
        fonts = [one for one in document.objects if isinstance(one, pikepdf.Dictionary) and "/FontDescriptor" in one]
        names = {str(one.BaseFont).split("+")[-1].split("-")[0] for one in fonts}

        assert fonts
        assert names == {"IPAexGothic"}
        assert all("/FontFile2" in one.FontDescriptor or "/FontFile3" in one.FontDescriptor for one in fonts)


@every_sheet
def test_no_word_stands_outside_the_printable_sheet(slug: str, language: str) -> None:
    """8 mm stay free on each side, which every printer can leave white."""
    margin = 8 / 25.4 * 72
    with page_of(poster_pdf(slug, language)) as page:
        words = page.get_textpage()
        boxes = [words.get_charbox(at) for at in range(words.count_chars())]
        drawn = [box for box in boxes if box[2] > box[0]]

        assert drawn
        assert min(box[0] for box in drawn) > margin
        assert max(box[2] for box in drawn) < page.get_width() - margin
        assert min(box[1] for box in drawn) > margin


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_caution_tells_of_cards_issued_outside_japan(language: str) -> None:
    """P-32: in principle not eligible; ask the provider. In both languages on either sheet."""
    said = words_of("foreign-cards", language)

    assert "日本国外で発行されたカードは" in said
    assert "原則として還元の対象になりません" in said
    assert "Cardsissuedoutside" in said
    assert "noteligibleforrewards." in said
    assert "askyourpaymentprovider" in said


@every_sheet
def test_every_sheet_warns_of_fraud(slug: str, language: str) -> None:
    """P-33."""
    said = words_of(slug, language)

    assert "口座番号" in said
    assert "お聞きすることはありません" in said
    assert "Nobodyasksfor" in said


def test_the_fraud_poster_says_what_to_do() -> None:
    """P-33, P-40."""
    said = words_of("fraud", "ja")

    assert all(word in said for word in ("教えない", "切る", "確かめる", "#9110", "発行会社に連絡してください"))


def test_the_explainer_names_the_kinds_and_when_one_pays() -> None:
    """P-39."""
    said = words_of("kinds", "en")

    for words in ("Creditcard", "Paylater", "Debitcard", "Atonce", "E-money(prepaid)", "Paybefore", "Smartphone"):
        assert words in said


def test_the_steps_come_in_their_order() -> None:
    said = words_of("four-steps", "en")
    found = [said.index(words) for words in ("Openyourapp", "Scanthecode", "Checknameandamount", "Showthescreen")]

    assert found == sorted(found)


def test_a_sheet_is_tagged_with_its_language_and_title() -> None:
    """So that a screen reader can read it out."""
    with pikepdf.open(io.BytesIO(poster_pdf("fraud", "en"))) as document:
        assert str(document.Root.Lang) == "en"
        assert document.Root.MarkInfo.Marked
        assert document.open_metadata()["dc:title"] == "Beware of fraud"


def test_a_sheet_is_typeset_once() -> None:
    assert poster_pdf("fraud", "ja") is poster_pdf("fraud", "ja")


@every_sheet
def test_a_picture_is_small_and_shows_the_whole_sheet(slug: str, language: str) -> None:
    content = poster_picture(slug, language)
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "PNG"
        assert picture.size == (PREVIEW_PIXELS, 595)
    assert len(content) < 25_000


def test_there_is_no_other_poster_or_language() -> None:
    assert poster("nothing") is None
    with pytest.raises(KeyError):
        poster_pdf("nothing", "ja")
    with pytest.raises(KeyError):
        poster_pdf("fraud", "fr")
