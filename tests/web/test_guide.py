"""The guide's pages in both languages, its search and permanent links, and the warning below every page (P-33)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from madoguchi.opendata import guide
from madoguchi.opendata.posters import POSTERS
from tests.web.campaign_readers import read, words_of
from tests.web.readers import reader

pytestmark = pytest.mark.django_db

QUESTIONS = "/guide/questions/"
PAGES = {
    "/guide/": ("Guide to cashless payment", "キャッシュレス決済のガイド"),
    "/guide/kinds/": ("Kinds of cashless payment", "キャッシュレス決済の種類"),
    QUESTIONS: ("Questions and answers", "よくあるご質問"),
    f"{QUESTIONS}memos/": ("Can we write memos in the sales screen?", "売上管理画面にメモを書けますか"),
    "/guide/fraud/": ("Beware of fraud", "詐欺にご注意ください"),
    "/guide/contacts/": ("Whom to call", "お問い合わせ先"),
    "/guide/posters/": ("Posters to print", "印刷して使うポスター"),
}
WARNING = "Nobody asks for account numbers, IDs, PINs or passwords by telephone or e-mail."
WARNING_JA = "電話やメールで、口座番号・ID・暗証番号・パスワードをお聞きすることはありません。"


def foot_of(answer: Any) -> str:
    """The page's footer as it stands in the answer."""
    return re.findall(r'<footer class="site-foot">.*?</footer>', answer.content.decode(), re.DOTALL)[0]


def linked(answer: Any) -> list[str]:
    """The questions that a page leads to, in their order."""
    return re.findall(r'href="/guide/questions/([a-z0-9-]+)/"', answer.content.decode())


def marks_of(answer: Any) -> list[str]:
    return [unescape(strip_tags(one)) for one in re.findall(r"<mark>.*?</mark>", answer.content.decode())]


# The pages


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_page_is_there_for_anybody_in_both_languages(address: str, language: str) -> None:
    answer = read(address, language)
    title = PAGES[address][language == "ja"]

    assert answer.status_code == 200
    assert f"<h1>{title}</h1>" in answer.content.decode()
    assert f'<html lang="{language}"' in answer.content.decode()
    assert len(answer.content) < 60_000


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_no_form_that_is_sent(address: str) -> None:
    assert Client().post(address).status_code == 405


def test_the_overview_leads_to_every_page() -> None:
    said = read("/guide/").content.decode()

    assert all(f'href="{address}"' in said for address in PAGES if address.count("/") == 3 and address != QUESTIONS)
    assert all(f'href="{QUESTIONS}?reader={key}"' in said for key in ("residents", "shops", "towns"))


@pytest.mark.parametrize(
    ("annex", "address", "words"),
    [
        (1, "/statistics/applications-2019/", "Applications of shops"),
        (2, "/statistics/registrations-2019/", "Shops registered to start on 1 October"),
        (3, f"{QUESTIONS}?reader=shops", "Up to which size is a business eligible?"),
        (4, "/guide/contacts/", "Whom to call"),
        (5, f"{QUESTIONS}two-companies/", "both my card companies"),
        (6, f"{QUESTIONS}on-the-map/", "on the map"),
        (7, "/guide/posters/", "English"),
        (8, f"{QUESTIONS}?reader=residents", "lost"),
        (9, "/services/", "Payment services"),
    ],
)
def test_each_annex_of_the_notice_has_its_page(annex: int, address: str, words: str) -> None:
    """P-45: tables, explanations for shops and consumers, contacts, the English poster, the services."""
    answer = read(address)

    assert answer.status_code == 200, annex
    assert words in words_of(answer)


def test_the_kinds_are_compared_with_what_it_takes_to_begin() -> None:
    """P-39, J-01."""
    said = words_of(read("/guide/kinds/"))

    assert "Credit card After: bought now, taken from your account later Yes" in said
    assert "E-money (prepaid) Before: spend what you charged None Some have an issuing fee or a deposit" in said
    assert "scan the shop's QR code, show your own code, or tap" in said
    assert "JPQR is one QR code that many payment services share." in said


def test_the_page_on_fraud_says_what_nobody_asks_and_what_to_do() -> None:
    """P-33, P-40."""
    said = words_of(read("/guide/fraud/"))

    assert "PINs and passwords" in said
    assert "Call the issuer's desk at once" in said
    assert "compare the name in the app with the shop or counter before you" in said
    assert "#9110" in said


def test_contacts_are_marked_as_of_their_time() -> None:
    """P-18, P-19: nine offices, three desks, of 2019."""
    answer = read("/guide/contacts/")
    said = words_of(answer)

    assert "These numbers are of 2 Oct 2019 (Wed)" in said
    assert "ended on 30 Jun 2020 (Tue)" in said
    assert "0570-000655 (from IP phones 042-303-4203)" in said
    assert answer.content.decode().count("サポート事務局") == 9
    assert "中部サポート事務局 Aichi, Gifu, Mie, Toyama, Ishikawa 052-963-3917" in said


# Questions


def test_without_a_search_all_questions_are_listed() -> None:
    answer = read(QUESTIONS)
    count = len(guide.questions())

    assert linked(answer) == [one.slug for one in guide.questions()]
    assert f"{count} of {count} questions" in words_of(answer)
    assert marks_of(answer) == []


def test_a_search_finds_questions_and_marks_what_fits() -> None:
    """J-28."""
    answer = read(f"{QUESTIONS}?words=指定管理者　口座", "ja")

    assert linked(answer) == ["designated-manager"]
    assert set(marks_of(answer)) == {"指定管理者", "口座"}
    assert f"全{len(guide.questions())}件中1件" in words_of(answer)


def test_the_search_stays_in_its_form_and_address() -> None:
    said = read(f"{QUESTIONS}?words=stickers&reader=towns").content.decode()

    assert 'name="words" value="stickers"' in said
    assert re.search(r'<option value="towns" selected>Towns \(\d+\)</option>', said)


def test_a_reader_sees_only_their_questions() -> None:
    answer = read(f"{QUESTIONS}?reader=shops")

    assert linked(answer) == [one.slug for one in guide.questions("shops")]


def test_an_unknown_reader_is_everybody() -> None:
    assert linked(read(f"{QUESTIONS}?reader=nobody")) == linked(read(QUESTIONS))


def test_a_search_without_result_says_so_and_offers_ways_on() -> None:
    answer = read(f"{QUESTIONS}?words=zzz")
    said = words_of(answer)

    assert linked(answer) == []
    assert "No question fits" in said
    assert "No question holds all of these words: zzz." in said
    assert 'href="/guide/contacts/"' in answer.content.decode()


def test_what_is_typed_is_text_and_never_markup() -> None:
    said = read(f"{QUESTIONS}?words=<script>alert(1)</script>").content.decode()

    assert "<script>alert" not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said


@pytest.mark.parametrize("slug", [one.slug for one in guide.questions()])
def test_every_question_has_a_permanent_page(slug: str) -> None:
    found = guide.question(slug)
    assert found is not None
    said = words_of(read(f"{QUESTIONS}{slug}/"))

    assert found.ask.name_en in said
    assert all(words.name_en in said for words in found.answer)
    assert all(source.name_en in said for source in guide.sources_of(found.sources))
    assert re.findall(r"\b[JMPH]-[0-9]{2}\b", said) == []


def test_an_answer_stands_with_its_source_and_what_is_done_today() -> None:
    """J-26."""
    said = words_of(read(f"{QUESTIONS}memos/"))

    assert "Not in JPQR's." in said
    assert "How it is done here today Each payment has a memo" in said
    assert "The JPQR page for municipalities, fiscal year 2021" in said


@pytest.mark.parametrize("address", PAGES)
def test_readers_are_not_shown_numbers_that_mean_nothing_to_them(address: str) -> None:
    """Which requirement a sentence comes from is for who builds this."""
    assert re.findall(r"\b[JMPH]-[0-9]{2}\b", words_of(read(address))) == []


def test_an_answer_that_ran_out_says_so_first() -> None:
    """J-13."""
    said = words_of(read(f"{QUESTIONS}how-long-free/"))

    assert "This is no longer so ¥0 was settled until 31 March 2022 only." in said


def test_a_source_with_a_day_shows_it() -> None:
    assert "キャッシュレス・消費者還元事業の通知 2019年10月2日（水）" in words_of(read(f"{QUESTIONS}lost-card/", "ja"))


def test_there_is_no_page_of_another_question() -> None:
    assert read(f"{QUESTIONS}nothing/").status_code == 404


# Posters


def test_each_poster_is_shown_small_and_offered_in_both_languages() -> None:
    """P-32."""
    said = read("/guide/posters/", "ja").content.decode()

    for one in POSTERS:
        assert f'src="/guide/posters/{one.slug}/ja.png"' in said
        assert f'href="/guide/posters/{one.slug}/ja.pdf"' in said
        assert f'href="/guide/posters/{one.slug}/en.pdf"' in said
    assert said.count('loading="lazy"') == len(POSTERS)


def test_a_poster_is_downloaded_as_a_pdf_with_a_name() -> None:
    answer = read("/guide/posters/foreign-cards/en.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="madoguchi-foreign-cards-en.pdf"'
    assert set(answer["Cache-Control"].split(", ")) == {"public", "max-age=86400"}
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_with_its_pictures_weighs_little(language: str) -> None:
    pictures = [read(f"/guide/posters/{one.slug}/{language}.png") for one in POSTERS]

    assert {one["Content-Type"] for one in pictures} == {"image/png"}
    assert sum(len(one.content) for one in (read("/guide/posters/", language), *pictures)) < 100_000


@pytest.mark.parametrize("address", ["nothing/ja.pdf", "fraud/fr.pdf", "fraud/ja.svg"])
def test_there_is_no_other_poster_language_or_kind_of_file(address: str) -> None:
    assert read(f"/guide/posters/{address}").status_code == 404


# Below every page


@pytest.mark.parametrize("address", ["/", "/guide/", "/campaigns/", "/join/", "/sign-in/", "/no-such-page/"])
def test_public_pages_warn_of_fraud_in_both_languages(address: str) -> None:
    """P-33."""
    for language, warning in (("en", WARNING), ("ja", WARNING_JA)):
        foot = foot_of(read(address, language))

        assert warning in foot
        assert 'href="/guide/fraud/"' in foot


@pytest.mark.parametrize(
    ("username", "address"),
    [("clerk-mill", "/till/"), ("programme-office", "/office/"), ("accountant-tomioka", "/town/")],
)
def test_pages_of_staff_warn_of_fraud(settings: Any, demo: Any, people: Any, username: str, address: str) -> None:
    """P-33: also the till, which leaves out the rest of the footer."""
    settings.DEMO = True
    answer = reader(username).get(address, follow=True)

    assert answer.status_code == 200
    assert WARNING in foot_of(answer)
    assert 'href="/guide/fraud/"' in foot_of(answer)
    assert ("MIT licence" in foot_of(answer)) is (address != "/till/")


def test_the_footer_leads_to_the_pages_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    from madoguchi.web.templatetags import footer

    monkeypatch.setattr(footer, "is_page", lambda address: address in {"/guide/", "/data/"})
    foot = foot_of(read("/"))

    assert re.findall(r'href="([^"]*)"', foot) == ["/data/", "/guide/"]
    assert WARNING in foot
