"""Documents of an application: sealed at rest, each view logged, deleted on their day (P-23 to P-25, J-11)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.events.models import Event
from madoguchi.onboarding import documents as keeping
from madoguchi.onboarding.applications import save_answers
from madoguchi.onboarding.documents import (
    add_document,
    delete_due_documents,
    documents_missing,
    needs_of,
    remove_document,
    schedule_deletion,
    view_document,
)
from madoguchi.onboarding.models import Document
from madoguchi.onboarding.scanning import CheckedDocument
from madoguchi.people.access import ANONYMOUS, Actor, provider_actor, system_actor
from madoguchi.people.rules import Grant
from tests.conftest import refused
from tests.onboarding.conftest import MAKER, SHOP_BUSINESS, accepted, begun, item_of, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
WORKER = system_actor("worker")
MEMO = "no_register_memo"


@pytest.fixture(autouse=True)
def checked(monkeypatch):
    """Looking into a file has tests of its own, and a process of its own: here every file is as it should be."""
    monkeypatch.setattr(
        keeping,
        "check_document",
        lambda data, filename: CheckedDocument("image/png", 1, data.hex().ljust(64, "0"), data),
    )


def add(desk, data=b"the memo", need=MEMO, filename="memo.png"):
    return add_document(actor=desk.actor, application_id=desk.application.id, need=need, filename=filename, data=data)


class TestAdding:
    def test_it_is_kept_sealed(self):
        """A stolen database shows none."""
        desk = begun()

        document = add(desk)

        row = Document.objects.filter(id=document.id).values().get()
        assert "the memo" not in repr(row)
        assert (row["need"], row["filename"], row["media_type"], row["size_bytes"]) == (
            MEMO,
            "memo.png",
            "image/png",
            8,
        )
        assert row["delete_on"] == today() + timedelta(days=90)
        assert view_document(actor=desk.actor, document_id=document.id)[1] == b"the memo"

    def test_the_same_file_for_the_same_need_is_the_first_one(self):
        desk = begun()

        assert add(desk).id == add(desk).id
        assert (desk.again().version, Event.objects.filter(name="document.added").count()) == (1, 1)

    def test_what_nobody_asks_for_is_not_kept(self):
        """P-24: an e-Tax return is no town's."""
        desk = begun()
        for need in ("tax_return_etax", "restaurant_licence", "passport", ""):
            with refused("document_need_unknown", field="need"):
                add(desk, need=need)

        assert not Document.objects.exists()

    def test_what_the_trade_asks_for_is(self):
        """P-25."""
        desk = begun("business")
        answers = SHOP_BUSINESS | {"entity": "sole_proprietor", "trade": "restaurant"}
        save_answers(actor=desk.actor, application_id=desk.application.id, section="business", answers=answers)

        assert add(desk, need="restaurant_licence").need == "restaurant_licence"

    def test_before_an_applicant_says_what_it_is_nothing_is_asked_for(self):
        desk = begun("business")

        assert needs_of(desk.application) == ()
        with refused("document_need_unknown"):
            add(desk)

    def test_there_are_only_so_many(self, monkeypatch):
        monkeypatch.setattr(keeping, "MAX_DOCUMENTS", 2)
        desk = begun()
        for data in (b"1", b"2"):
            add(desk, data)

        with refused("too_many_documents", limit=2):
            add(desk, b"3")

        assert add(desk, b"2")

    def test_a_name_becomes_no_further_header(self):
        assert add(begun(), filename="memo\r\nSet-Cookie: x.png").filename == "memo  Set-Cookie: x.png"

    def test_what_was_sent_takes_no_further_one(self):
        desk = sent()

        with refused("application_not_open"):
            add(desk)

    def test_nobody_else_adds_one(self):
        desk, other = begun(), begun()

        with refused("not_allowed"):
            add_document(actor=other.actor, application_id=desk.application.id, need=MEMO, filename="x.png", data=b"x")


class TestRemoving:
    def test_its_content_is_gone_and_that_it_was_there_is_known(self, clock):
        desk = begun()
        document = add(desk)

        remove_document(actor=desk.actor, application_id=desk.application.id, document_id=document.id)

        document.refresh_from_db()
        assert (document.sealed, document.deleted_at) == ("", clock.at)
        assert documents_missing(desk.application) == (("register", "J-11"),)
        with refused("document_deleted"):
            view_document(actor=desk.actor, document_id=document.id)

    def test_once_more_it_is_unknown(self):
        desk = begun()
        document = add(desk)
        remove_document(actor=desk.actor, application_id=desk.application.id, document_id=document.id)

        with refused("document_unknown"):
            remove_document(actor=desk.actor, application_id=desk.application.id, document_id=document.id)

    def test_one_of_another_application_is_unknown(self):
        document, other = add(begun()), begun()

        with refused("document_unknown"):
            remove_document(actor=other.actor, application_id=other.application.id, document_id=document.id)


class TestViewing:
    def test_every_view_is_logged_with_who_it_was(self):
        desk = begun()
        document = add(desk)

        view_document(actor=desk.actor, document_id=document.id)
        view_document(actor=MAKER, document_id=document.id)

        events = Event.objects.filter(name="document.viewed", subject=document.id).order_by("id")
        assert [event.actor for event in events] == [str(desk.actor), "user:maker"]

    def test_a_view_that_was_refused_is_none(self):
        document = add(begun())

        for actor in (ANONYMOUS, begun().actor, provider_actor("paypay"), Actor("u", (Grant("clerk"),))):
            with refused("not_allowed"):
                view_document(actor=actor, document_id=document.id)

        assert not Event.objects.filter(name="document.viewed").exists()

    def test_a_provider_sees_those_of_an_application_that_it_has_in_hand(self):
        desk = accepted()
        document = desk.application.documents.get()

        assert view_document(actor=provider_actor("paypay"), document_id=document.id)[1] == b"a picture"
        with refused("not_allowed"):
            view_document(actor=provider_actor("au_pay"), document_id=document.id)

    def test_not_any_more_once_it_refused(self):
        desk = accepted()
        desk.application.items.filter(id=item_of(desk, "paypay").id).update(state="refused")

        with refused("not_allowed"):
            view_document(actor=provider_actor("paypay"), document_id=desk.application.documents.get().id)

    def test_one_that_there_is_not_is_unknown(self):
        with refused("document_unknown"):
            view_document(actor=MAKER, document_id=new_id())

    def test_with_the_platforms_secret_lost_it_cannot_be_opened(self, settings):
        document = add(begun())
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another secret", []

        with refused("platform_secret_missing"):
            view_document(actor=MAKER, document_id=document.id)


class TestDeleting:
    def test_a_drafts_documents_go_on_their_day_and_not_before(self, clock):
        document = add(begun())
        clock.move(days=89)
        assert delete_due_documents(actor=WORKER, day=today()) == 0
        clock.move(days=1)

        assert delete_due_documents(actor=WORKER, day=today()) == 1
        assert delete_due_documents(actor=WORKER, day=today()) == 0

        document.refresh_from_db()
        assert (document.sealed, document.sha256[:16]) == ("", b"the memo".hex())
        assert Event.objects.filter(name="document.deleted", subject=document.id).count() == 1

    def test_after_the_decision_they_are_kept_for_half_a_year(self):
        desk = begun()
        document = add(desk)

        schedule_deletion(desk.application, today())

        document.refresh_from_db()
        assert document.delete_on == today() + timedelta(days=180)
