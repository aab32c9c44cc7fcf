"""E-mails to applicants: in their language, with the warning against fraud (P-33), their subject on one line."""

from __future__ import annotations

import string

import pytest

from madoguchi.events.models import Delivery
from madoguchi.onboarding.letter_words import FRAMES, LETTERS, letter
from madoguchi.onboarding.letters import tell_provider, write_to_applicant
from madoguchi.registry.models import Provider
from tests.onboarding.conftest import accepted, begun, item_of

FACTS = {"text": "電話番号", "place": "市民課", "service": "PayPay", "day": "2026-12-04"}
WARNINGS = {
    "ja": "口座番号・暗証番号・パスワードをお尋ねすることはありません",
    "en": "Nobody from here or from a payment provider asks",
}
FRAME = {"reference": "ABCD-2345", "name": "三鷹市", "address": "https://madoguchi.example/join/status/ABCD-2345/"}


def names_in(words):
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("event", LETTERS)
@pytest.mark.parametrize("language", ["ja", "en"])
class TestEvery:
    def test_it_warns_and_says_where_the_application_stands(self, event, language):
        """P-33: nobody asks for account numbers, IDs or passwords."""
        subject, text = letter(event, language, **FRAME, **FACTS)

        assert WARNINGS[language] in text
        assert FRAME["address"] in text
        assert FRAME["reference"] in subject
        assert text.startswith("三鷹市")

    def test_it_uses_the_facts_of_the_other_language_and_no_others(self, event, language):
        both = {spoken: names_in("".join(words)) for spoken, words in LETTERS[event].items()}

        assert both["ja"] == both["en"] <= set(FACTS)

    def test_its_subject_is_one_line_whatever_is_in_it(self, event, language):
        """A line break there would be read as a further header."""
        breaks = "x\r\nBcc: thief@example.jp\u2028\x0b\x85"
        facts = dict.fromkeys(FACTS, breaks) | {"day": "2026-12-04"}

        subject, _ = letter(event, language, **FRAME | {"reference": breaks}, **facts)

        assert len(subject.splitlines()) == 1


def test_a_japanese_letter_writes_the_day_as_it_is_written_there():
    assert "2026年12月4日（金）から" in letter("approved", "ja", **FRAME, **FACTS)[1]
    assert "from 2026-12-04." in letter("approved", "en", **FRAME, **FACTS)[1]


@pytest.mark.parametrize(("language", "greeting"), [("ja", "ご担当者 様\n"), ("en", "To whom it may concern\n")])
def test_who_has_not_told_a_name_yet_is_greeted_all_the_same(language, greeting):
    assert letter("submitted", language, **FRAME | {"name": ""})[1].startswith(greeting)


def test_another_language_is_written_to_in_japanese():
    assert letter("submitted", "fr", **FRAME) == letter("submitted", "ja", **FRAME)


def test_braces_in_somebodys_words_are_just_braces():
    assert "{name} {0}" in letter("message", "ja", **FRAME, text="{name} {0}")[1]


def test_an_event_without_a_letter_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        letter("coronation", "ja", **FRAME)


def test_both_frames_are_there():
    assert set(FRAMES) == {spoken for words in LETTERS.values() for spoken in words} == {"ja", "en"}


@pytest.mark.django_db
@pytest.mark.usefixtures("towns", "clock")
class TestOutbox:
    def test_a_letter_waits_for_the_worker_in_the_applicants_language(self):
        desk = begun("business", language="en", email="shop@example.jp")
        Delivery.objects.all().delete()

        write_to_applicant(desk.application, "submitted")

        row = Delivery.objects.get()
        assert (row.destination, row.event, row.subject, row.state) == (
            "mail",
            "mail.submitted",
            str(desk.application.id),
            "waiting",
        )
        assert (row.data["to"], row.data["subject"]) == (
            "shop@example.jp",
            f"[Madoguchi] Your application has arrived (number {desk.application.reference})",
        )

    def test_without_an_address_none_does(self):
        write_to_applicant(begun().application, "submitted")

        assert not Delivery.objects.filter(destination="mail").exists()

    def test_a_provider_that_takes_no_messages_gets_none(self):
        item = item_of(accepted(), "paypay")
        Provider.objects.filter(code="paypay").update(webhook_url="")
        Delivery.objects.all().delete()
        item.refresh_from_db()

        tell_provider(item, "item.waiting")

        assert not Delivery.objects.exists()

    def test_what_a_provider_is_told_names_no_person(self):
        item = item_of(accepted(), "paypay")

        row = Delivery.objects.get(event="item.waiting", destination="paypay")

        assert set(row.data) == {"item_id", "application", "state"}
        assert row.data["item_id"] == str(item.id)
