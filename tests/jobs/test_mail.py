"""E-mail out of the outbox: through Django's backend, a refused address once, a broken server again and again."""

from __future__ import annotations

import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from madoguchi.core.ids import new_id
from madoguchi.events.actions import send_later
from madoguchi.events.models import Attempt, Delivery
from madoguchi.events.rules import LONGEST_WAIT, MAX_ATTEMPTS
from madoguchi.jobs import mail as mailing
from madoguchi.jobs.mail import Letter, MailPause, send_letter
from madoguchi.jobs.worker import deliver_due

TO = "kaikei@example.jp"


def letter(**changed: Any) -> Letter:
    return Letter(**{"delivery_id": new_id(), "to": TO, "subject": "受け付けました", "text": "本文です"} | changed)


@pytest.fixture
def failing(monkeypatch):
    """`failing(error)`: the mail server answers every letter with `error`."""

    def fail(error):
        def send_messages(self, messages):
            raise error

        monkeypatch.setattr(EmailBackend, "send_messages", send_messages)

    return fail


class TestSending:
    def test_it_goes_through_the_mail_backend(self):
        sent = letter()

        outcome = send_letter(sent)

        assert (outcome.status, outcome.answer) == (250, "sent")
        [message] = mail.outbox
        assert (message.to, message.subject, message.body) == ([TO], "受け付けました", "本文です")

    def test_a_second_try_is_the_same_letter_to_a_mail_program(self):
        sent = letter()
        send_letter(sent)
        send_letter(sent)

        assert {message.message()["Message-ID"] for message in mail.outbox} == {f"<{sent.delivery_id}@madoguchi>"}

    @pytest.mark.parametrize(
        ("error", "status", "told"),
        [
            (smtplib.SMTPRecipientsRefused({TO: (550, b"no such user kaikei")}), 422, "SMTPRecipientsRefused 550"),
            (smtplib.SMTPRecipientsRefused({TO: (452, b"mailbox full")}), None, "SMTPRecipientsRefused 452"),
            (smtplib.SMTPRecipientsRefused({}), None, "SMTPRecipientsRefused"),
            (smtplib.SMTPDataError(554, b"kaikei@example.jp is spam"), None, "SMTPDataError 554"),
            (smtplib.SMTPServerDisconnected("gone"), None, "SMTPServerDisconnected"),
            (ConnectionRefusedError(111, "refused"), None, "ConnectionRefusedError"),
            (TimeoutError(), None, "TimeoutError"),
            # A ValueError too by its family, yet a matter of the connection.
            (ssl.SSLCertVerificationError("expired"), None, "SSLCertVerificationError"),
        ],
    )
    def test_only_an_address_refused_for_good_is_final(self, failing, error, status, told):
        """The server's words repeat whose address it is: they are not kept."""
        failing(error)

        outcome = send_letter(letter())

        assert (outcome.status, outcome.answer) == (status, told)
        assert mail.outbox == []

    @pytest.mark.parametrize("wrong", [{"to": f"{TO}\nBcc: b@example.jp"}, {"subject": "x\r\nBcc: b@example.jp"}])
    def test_what_would_become_a_further_header_is_never_sent(self, wrong):
        outcome = send_letter(letter(**wrong))

        assert outcome.status == 422
        assert mail.outbox == []


class TestPause:
    def test_a_server_that_takes_nothing_is_left_alone_for_a_while(self, monkeypatch):
        at = [1_000.0]
        monkeypatch.setattr(mailing.time, "monotonic", lambda: at[0])
        pause = MailPause()

        pause.note([outcome(None), outcome(None)])

        assert pause.is_on
        at[0] += 30
        assert not pause.is_on

    @pytest.mark.parametrize("statuses", [[], [250], [None, 250], [None, 422]])
    def test_one_that_takes_something_or_refuses_for_good_is_not(self, statuses):
        pause = MailPause()

        pause.note([outcome(status) for status in statuses])

        assert not pause.is_on


def outcome(status):
    return mailing.Outcome(status, "", 1)


@pytest.mark.django_db
@pytest.mark.usefixtures("towns", "clock")
class TestOutbox:
    @pytest.fixture(autouse=True)
    def empty(self, towns):
        Delivery.objects.all().delete()

    def put(self, event="mail.submitted"):
        send_later("mail", event, "subject-1", {"to": TO, "subject": "受け付けました", "text": "秘密の道"})
        return Delivery.objects.get(event=event)

    def take(self, pause=None):
        """One turn of the worker."""
        client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200)))
        with ThreadPoolExecutor(1) as senders:
            return deliver_due(client, senders, pause)

    def test_it_is_delivered_once(self):
        row = self.put()

        assert (self.take(), self.take()) == (1, 0)

        row.refresh_from_db()
        assert (row.state, len(mail.outbox)) == ("delivered", 1)

    def test_a_broken_server_is_tried_again_until_the_last_attempt(self, failing, clock):
        failing(ConnectionRefusedError())
        row = self.put()

        for _ in range(MAX_ATTEMPTS):
            assert self.take() == 1
            clock.at += LONGEST_WAIT * 2

        row.refresh_from_db()
        assert (row.state, Attempt.objects.filter(delivery=row).count()) == ("given_up", MAX_ATTEMPTS)

    def test_a_refused_address_is_tried_once(self, failing, clock):
        failing(smtplib.SMTPRecipientsRefused({TO: (550, b"unknown")}))
        row = self.put()

        self.take()
        clock.at += LONGEST_WAIT * 2

        assert self.take() == 0
        row.refresh_from_db()
        assert row.state == "declined"

    @pytest.mark.parametrize("error", [None, smtplib.SMTPRecipientsRefused({TO: (550, b"unknown")})])
    def test_the_way_back_is_kept_only_until_its_letter_is_done(self, failing, error):
        """It opens the application to whoever reads it."""
        if error:
            failing(error)
        started, other = self.put("mail.started"), self.put("mail.submitted")

        self.take()

        started.refresh_from_db()
        other.refresh_from_db()
        assert (started.data["text"], other.data["text"]) == ("", "秘密の道")

    def test_while_it_is_tried_again_the_way_back_stays(self, failing, clock):
        failing(ConnectionRefusedError())
        row = self.put("mail.started")

        self.take()

        row.refresh_from_db()
        assert row.data["text"] == "秘密の道"

    def test_what_is_for_providers_goes_on_while_mail_pauses(self):
        """A mail server that is down must not delay a refund."""
        pause = MailPause()
        pause.note([outcome(None)])
        row = self.put()
        send_later("paypay", "place.changed", "subject-2", {})

        assert (self.take(pause), self.take(pause)) == (1, 0)

        row.refresh_from_db()
        assert (row.state, row.attempts, mail.outbox) == ("waiting", 0, [])

    def test_a_round_in_which_no_letter_was_taken_begins_a_pause(self, failing):
        failing(ConnectionRefusedError())
        pause = MailPause()
        self.put()

        self.take(pause)

        assert pause.is_on
