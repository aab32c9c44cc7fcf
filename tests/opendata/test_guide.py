"""The guide's questions: all there, dated, and found by words in either language (P-40, J-13 to J-31)."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.opendata import guide, guide_fraud, guide_kinds
from madoguchi.opendata.guide import Piece, fold, marked, question, questions, search, sources_of, wanted_words

JAPANESE = re.compile(r"[ぁ-ヿ一-鿿]")


def slugs(asked: str, **more: object) -> list[str]:
    return [one.question.slug for one in search(asked, **more)]  # type: ignore[arg-type]


# What is there


def test_each_of_the_nineteen_rules_for_towns_has_a_question() -> None:
    """J-13 to J-31."""
    told = {source for one in questions("towns") for source in one.sources}

    assert {f"J-{number}" for number in range(13, 32)} - told == set()


@pytest.mark.parametrize(
    ("rule", "slug", "told"),
    [
        ("J-03", "how-long-free", "決済手数料と入金手数料は別"),
        ("J-06", "never-paid-cashless", "始めやすい方法"),
        ("J-10", "seminars", "2021年7月13日の14時から15時30分"),
        ("J-15", "local-currency", "協議会の専用フォーム"),
        ("J-16", "online-sales", "対面での支払いだけ"),
        ("J-17", "seminars", "jpqrseminar_2@tohmatsu.co.jp"),
        ("J-18", "seminar-papers", "パスワードは、説明会と同じ連絡先"),
        ("J-24", "sales-screen-operators", "最新の一覧"),
    ],
)
def test_a_rule_is_told_where_it_is_asked_for(rule: str, slug: str, told: str) -> None:
    found = question(slug)

    assert rule in found.sources
    assert told in "".join(words.name for words in found.answer)


def test_towns_read_where_it_can_be_used_and_what_the_pilots_learnt() -> None:
    """J-05 with M-06; M-01, M-03 to M-05 and J-07."""
    used, pilots = question("where-used"), question("pilots-experience")

    assert used.sources == ("J-05", "M-06")
    assert pilots.sources == ("M-01", "M-03", "M-04", "M-05", "J-07")
    for word in ("証明書", "駐車場", "駐輪場", "スポーツ", "コミュニティバス", "タクシー", "お店"):
        assert word in used.answer[0].name
    told = "".join(words.name for words in pilots.answer)
    for word in ("29の自治体", "2020年末", "現金を扱う時間", "四條畷市の田原支所"):
        assert word in told


def test_residents_have_all_six_questions_of_the_notice() -> None:
    """P-40."""
    assert [one.slug for one in questions("residents") if "P-40" in one.sources] == [
        "unknown-use",
        "lost-card",
        "data-protected",
        "which-shops",
        "my-card",
        "phone-asks-account",
    ]


def test_shops_have_questions_on_registering_the_map_the_kit_and_fraud() -> None:
    """P-21 to P-31, P-33, P-48."""
    told = {source for one in questions("shops") for source in one.sources}

    assert {f"P-{number}" for number in (*range(21, 32), 33, 48)} - told == set()


def test_every_question_has_a_permanent_name_of_its_own() -> None:
    names = [one.slug for one in questions()]

    assert len(names) == len(set(names)) == sum(len(questions(reader)) for reader in guide.READERS)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    assert all(question(name) is one for name, one in zip(names, questions(), strict=True))


@pytest.mark.parametrize("one", questions(), ids=lambda one: one.slug)
def test_a_question_is_said_in_both_languages_and_names_its_source(one: guide.Question) -> None:
    for words in (one.ask, *one.answer, one.here, one.ended):
        if words is not None:
            assert JAPANESE.search(words.name) or "@" in words.name
            assert words.name_en.strip()
    assert one.answer
    assert sources_of(one.sources)


def test_answers_that_ran_out_say_when() -> None:
    """J-13: ¥0 was settled for fiscal 2021 alone (X-10)."""
    found = question("how-long-free")

    assert found is not None
    assert found.ended is not None
    assert "2022年3月31日" in found.ended.name
    assert "31 March 2022" in found.ended.name_en


def test_the_names_of_the_five_steps_are_not_made_up() -> None:
    """J-08, X-03: the source's names were a picture."""
    found = question("five-steps")

    assert found is not None
    assert "画像" in found.answer[0].name
    assert "not given here" in found.answer[0].name_en


def test_sources_carry_their_dates() -> None:
    assert [one.published_on for one in sources_of(["P-40", "P-33"])] == [date(2019, 10, 2)]
    assert [(one.published_on, one.year) for one in sources_of(["J-13"])] == [(None, 2021)]
    assert [one.year for one in sources_of(["J-30", "P-39"])] == [2021, 2019]


def test_there_is_no_question_of_an_unknown_name_or_reader() -> None:
    assert question("nothing") is None
    assert questions("nobody") == ()


def test_the_kinds_differ_in_when_one_pays_and_in_screening() -> None:
    """P-39."""
    assert [(kind.slug, kind.pays.name_en.split(":")[0], kind.screening.name) for kind in guide_kinds.KINDS] == [
        ("credit", "After", "あり"),
        ("debit", "At once", "なし"),
        ("prepaid", "Before", "なし"),
        ("smartphone", "As registered", "なし（登録するカードによりあり）"),
    ]


def test_what_nobody_asks_names_numbers_and_passwords() -> None:
    """P-33."""
    said = " ".join(words.name for words in guide_fraud.NEVER_ASKED)

    assert all(word in said for word in ("口座番号", "暗証番号", "パスワード", "本人確認書類"))


# Search


def test_without_words_everything_is_found_in_its_order() -> None:
    assert slugs("") == slugs(" 　 ") == [one.slug for one in questions()]


def test_all_words_must_occur() -> None:
    assert slugs("指定管理者 口座") == ["designated-manager"]
    assert slugs("指定管理者 国外") == []


def test_words_may_be_in_the_other_language() -> None:
    """The answer is in the reader's language all the same."""
    assert slugs("netting", english=False) == slugs("繰替払") == ["netting-rule"]
    assert slugs("designated manager", english=False) == slugs("指定管理者", english=True) == ["designated-manager"]


@pytest.mark.parametrize("asked", ["ステッカー", "すてっかー", "ｽﾃｯｶｰ", "ステッカー　"])
def test_width_and_kind_of_kana_do_not_matter(asked: str) -> None:
    assert slugs(asked, reader="towns") == ["how-long-free", "kit-free", "visits"]


@pytest.mark.parametrize("asked", ["MANACA", "manaca", "ｍａｎａｃａ"])
def test_case_and_width_of_latin_letters_do_not_matter(asked: str) -> None:
    """P-20."""
    assert slugs(asked) == ["transit-cards"]


def test_half_width_voiced_kana_are_one_letter() -> None:
    assert fold("ﾃﾞﾋﾞｯﾄ ｶｰﾄﾞ") == fold("デビット カード") == "デビット カード"


def test_a_search_stays_with_its_reader() -> None:
    assert "phone-asks-account" in slugs("電話", reader="residents")
    assert "phone-asks-account" not in slugs("電話", reader="towns")


def test_a_requirement_finds_its_question() -> None:
    assert slugs("J-26") == ["memos"]


def test_a_word_is_not_found_across_two_texts() -> None:
    """The end of a question and the beginning of its answer make no word."""
    found = question("lost-card")
    assert found is not None

    assert slugs(found.ask.name[-2:] + found.ask.name_en[:2]) == []


def test_only_the_first_eighty_characters_are_looked_for() -> None:
    assert wanted_words("あ" * 100) == ["ア" * 80]


# Marks


def test_matches_are_marked_as_they_are_written() -> None:
    assert marked("Ｑｒコードとqr", ["qr"]) == [Piece("Ｑｒ", True), Piece("コードと", False), Piece("qr", True)]


def test_a_mark_takes_the_whole_of_a_half_width_letter() -> None:
    assert marked("ｶｰﾄﾞです", wanted_words("カード")) == [Piece("ｶｰﾄﾞ", True), Piece("です", False)]


def test_overlapping_matches_make_one_mark() -> None:
    assert marked("ababa", ["aba"]) == [Piece("ababa", True)]
    assert marked("口座番号", ["口座", "座番"]) == [Piece("口座番", True), Piece("号", False)]


def test_without_a_match_the_text_is_one_piece() -> None:
    assert marked("口座", []) == marked("口座", ["x"]) == [Piece("口座", False)]
    assert marked("", ["x"]) == []


@given(st.text(), st.lists(st.text(min_size=1, max_size=3).map(fold), max_size=3))
def test_the_pieces_are_the_text(text: str, wanted: list[str]) -> None:
    pieces = marked(text, wanted)

    assert "".join(piece.text for piece in pieces) == text
    assert all(one.is_marked != other.is_marked for one, other in pairwise(pieces))


@given(st.sampled_from(questions()), st.data())
def test_every_stretch_of_an_answer_finds_it(one: guide.Question, data: st.DataObject) -> None:
    words = one.answer[0].name
    at = data.draw(st.integers(0, len(words) - 2))

    assert one.slug in slugs(words[at : at + 6])
