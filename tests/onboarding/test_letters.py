"""E-mails to applicants: in their language, with the warning against fraud (P-33), their subject on one line."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest

from madoguchi.events.actions import lease_due
from madoguchi.events.models import Delivery
from madoguchi.onboarding.applications import answer_consent
from madoguchi.onboarding.letter_words import (
    FRAMES,
    LETTERS,
    LETTERS_OF_MANY,
    OFFICE_LETTERS,
    letter,
    letter_of_many,
)
from madoguchi.onboarding.letters import applicant_writes
from madoguchi.onboarding.outgoing import tell_provider, write_to_applicant
from madoguchi.registry.models import Provider
from tests.onboarding.conftest import accepted, begun, item_of, sent

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


class TestOfMany:
    ONE = FACTS
    OTHER = FACTS | {"place": "税務課"}

    def test_of_one_thing_it_is_the_letter_about_it(self):
        assert letter_of_many("approved", "ja", [self.ONE], 1, **FRAME) == letter("approved", "ja", **FRAME, **self.ONE)

    @pytest.mark.parametrize(
        ("language", "subject", "lines"),
        [
            (
                "ja",
                "【窓口】3件の決済サービスが利用できるようになります（受付番号 ABCD-2345）",
                "市民課で、2026年12月4日（金）からPayPayが利用できます。\n税務課で、2026年12月4日（金）からPayPayが利用できます。\n"
                "ほか1件は、申込みの状況のページでご確認ください。\n\n",
            ),
            (
                "en",
                "[Madoguchi] 3 services have been approved (number ABCD-2345)",
                "PayPay can be used at 市民課 from 2026-12-04.\nPayPay can be used at 税務課 from 2026-12-04.\n"
                "1 more stand on the page below.\n\n",
            ),
        ],
    )
    def test_it_names_those_that_fit_and_counts_the_others(self, language, subject, lines):
        written = letter_of_many("approved", language, [self.ONE, self.OTHER], 3, **FRAME)

        assert written[0] == subject
        assert lines in written[1]
        assert WARNINGS[language] in written[1]

    def test_reasons_stand_apart_from_each_other(self):
        text = letter_of_many("item_refused", "ja", [self.ONE, self.OTHER], 2, **FRAME)[1]

        assert "承認されませんでした。\n\n電話番号\n\n税務課のPayPayは" in text

    def test_both_languages_are_there(self):
        assert {tuple(words) for words in (*LETTERS_OF_MANY.values(), *OFFICE_LETTERS.values())} == {("ja", "en")}


@pytest.mark.django_db
@pytest.mark.usefixtures("towns")
class TestGathering:
    """One letter per application and minute, however many places a provider decides on."""

    FACTS = {"place": "市民課", "service": "PayPay", "day": "2026-12-04"}

    @pytest.fixture
    def application(self, clock):
        return begun("business", email="shop@example.jp").application

    def letters(self):
        return list(Delivery.objects.filter(event="mail.approved").order_by("created_at"))

    def test_what_is_decided_within_a_minute_is_one_letter(self, application, clock):
        for place in ("市民課", "税務課"):
            write_to_applicant(application, "approved", **self.FACTS | {"place": place})
            clock.move(seconds=20)

        [row] = self.letters()
        assert (row.data["count"], row.state, row.next_at) == (2, "waiting", row.created_at + timedelta(minutes=1))
        assert "市民課で" in row.data["text"]
        assert "税務課で" in row.data["text"]

    def test_it_is_due_after_that_minute_and_not_before(self, application, clock):
        write_to_applicant(application, "approved", **self.FACTS)
        Delivery.objects.exclude(event="mail.approved").delete()

        clock.move(seconds=59)
        assert lease_due() == []
        clock.move(seconds=1)
        assert [row.event for row in lease_due()] == ["mail.approved"]

    def test_nothing_is_added_to_a_letter_that_is_on_its_way(self, application, clock):
        write_to_applicant(application, "approved", **self.FACTS)
        clock.move(seconds=60)
        lease_due()

        write_to_applicant(application, "approved", **self.FACTS)

        assert [row.data["count"] for row in self.letters()] == [1, 1]

    def test_each_application_has_its_own(self, application):
        other = begun("business", email="other@example.jp").application

        for one in (application, other):
            write_to_applicant(one, "approved", **self.FACTS)

        assert [row.data["to"] for row in self.letters()] == ["shop@example.jp", "other@example.jp"]

    def test_a_new_address_gets_a_letter_of_its_own(self, application):
        write_to_applicant(application, "approved", **self.FACTS)
        application.email = "new@example.jp"

        write_to_applicant(application, "approved", **self.FACTS)

        assert [(row.data["to"], row.data["count"]) for row in self.letters()] == [
            ("shop@example.jp", 1),
            ("new@example.jp", 1),
        ]

    def test_of_thousands_fifty_are_named(self, application):
        for number in range(52):
            write_to_applicant(application, "approved", **self.FACTS | {"place": f"課{number}"})

        [row] = self.letters()
        assert row.data["count"] == 52
        assert "課49で" in row.data["text"]
        assert "課50で" not in row.data["text"]
        assert "ほか2件は" in row.data["text"]


@pytest.mark.django_db
@pytest.mark.usefixtures("towns", "clock")
class TestWhoIsTold:
    """Whoever a word is for hears of it; what it says stays behind the sign-in."""

    @pytest.fixture
    def office_reads(self, settings):
        settings.OFFICE_EMAIL = "office@example.jp"

    def new(self, **wanted):
        return list(Delivery.objects.filter(**wanted).order_by("id"))

    def test_the_office_of_an_applicants_message(self, office_reads):
        desk = accepted()

        applicant_writes(actor=desk.actor, application_id=desk.application.id, text="秘密の話")

        [row] = self.new(event="mail.office_message")
        assert row.data == {
            "to": "office@example.jp",
            "subject": f"【窓口】申込者からの連絡があります（受付番号 {desk.application.reference}）",
            "text": "申込者から事務局あての連絡があります。\n\n内容は、サインインして次のページでご確認ください。\n"
            f"http://127.0.0.1:8000/office/applications/{desk.application.id}/\n",
        }

    def test_an_office_that_named_no_address_looks_for_itself(self):
        desk = accepted()

        applicant_writes(actor=desk.actor, application_id=desk.application.id, text="話")

        assert self.new(event="mail.office_message") == []

    def test_a_provider_of_a_message_outside_a_question(self, office_reads):
        desk = accepted()
        item = item_of(desk, "paypay")

        applicant_writes(actor=desk.actor, application_id=desk.application.id, item_id=item.id, text="話")

        [row] = self.new(event="item.message")
        assert (row.destination, row.data) == (
            "paypay",
            {"item_id": str(item.id), "application": desk.application.reference, "state": "at_provider"},
        )
        assert self.new(event="mail.office_message") == []

    def test_no_provider_of_what_was_not_passed_on_to_it(self):
        desk = sent()

        applicant_writes(
            actor=desk.actor, application_id=desk.application.id, item_id=item_of(desk, "paypay").id, text="話"
        )

        assert self.new(event="item.message") == []

    def test_both_of_publication_refused_after_acceptance_and_of_thinking_better_of_it(self, office_reads):
        """P-27: the office has to cancel it; until then providers go on."""
        desk = accepted()
        common = {"actor": desk.actor, "application_id": desk.application.id}

        answer_consent(**common, consents=False)
        answer_consent(**common, consents=False)

        assert [row.destination for row in self.new(event="item.consent_refused")] == ["line_pay", "paypay"]
        assert [row.data["to"] for row in self.new(event="mail.office_consent_refused")] == ["office@example.jp"]
        answer_consent(**common, consents=True)
        assert [row.destination for row in self.new(event="item.consent_given")] == ["line_pay", "paypay"]
        assert len(self.new(event="mail.office_consent_given")) == 1

    def test_nobody_of_publication_refused_before(self, office_reads):
        """It takes the application back, which the office sees in its queue."""
        desk = sent()

        answer_consent(actor=desk.actor, application_id=desk.application.id, consents=False)

        assert self.new(event="mail.office_consent_refused") == self.new(event="item.consent_refused") == []
