"""The review queue and an application's page: what is read, asked, proposed, and by whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.applications import save_answers, withdraw_application
from madoguchi.onboarding.documents import delete_due_documents
from madoguchi.onboarding.models import Item, Proposal
from madoguchi.onboarding.proposals import confirm_proposal
from madoguchi.onboarding.provider_desk import take_item
from madoguchi.onboarding.screening import screen_waiting
from madoguchi.onboarding.submission import submit_application
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.registry.models import Place
from tests.onboarding.conftest import CHECKER, SHOP_BUSINESS, accepted, place_facts, sent
from tests.web.office_desk import post, propose_to_accept, two_officers
from tests.web.readers import reader

pytestmark = pytest.mark.django_db
ACCOUNT_NUMBER = "1234567"


@pytest.fixture(autouse=True)
def _demo_runs(clock: Any, towns: Any, settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def office() -> Client:
    return reader("programme-office")


def shown(client: Client, route: str, *arguments: object, **query: str) -> str:
    page = client.get(reverse(f"office:{route}", args=arguments), query)
    assert page.status_code == 200
    return page.content.decode()


def test_the_queue_shows_what_waits_with_flags_and_rules_in_both_languages(office: Client, clock: Any):
    desk = sent("business", places=[place_facts("移動豆腐店", kind="shop", place_class="mobile", purposes=())])
    screen_waiting(actor=system_actor("worker"))
    clock.move(days=2)

    text = shown(office, "applications")

    for words in (desk.application.reference, "Machi no Tofuten", "Not shown on the map", "P-28", "Mitaka"):
        assert words in text
    assert "地図に掲載されません" in shown(reader("auditor", "ja"), "applications")


def test_a_search_from_the_phone_finds_the_application_whatever_became_of_it(office: Client):
    desk = accepted()

    text = shown(office, "applications", q=desk.application.reference.lower().replace("-", " "))

    assert desk.application.reference in text
    assert "Found by its number" in text


def test_an_empty_tab_says_what_will_be_here(office: Client):
    assert "Nothing waits" in shown(office, "applications")
    assert "No application in this state" in shown(office, "applications", state="cancelled")
    assert "No application fits" in shown(office, "applications", q="nobody")


def test_names_that_look_like_markup_are_only_shown(office: Client):
    sent(name="<script>alert(1)</script>", name_en="")

    assert "<script>alert" not in shown(office, "applications")


def test_the_page_tells_everything_in_sections(office: Client):
    """Told, decided, noticed, brought, written, done."""
    desk = sent("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    screen_waiting(actor=system_actor("worker"))

    text = shown(office, "application", desk.application.id)

    for words in ("¥3,000,000", "Citizens Division", "PayPay", "memo.png", "application.submitted", "No", "(P-27)"):
        assert words in text
    assert "the same outcome" in text


def test_a_draft_is_not_there_for_the_office(office: Client):
    from tests.onboarding.conftest import filled

    desk = filled()

    assert office.get(reverse("office:application", args=[desk.application.id])).status_code == 404


def test_the_account_is_masked_until_an_officer_opens_it_and_that_is_logged(office: Client):
    desk = sent()
    text = shown(office, "application", desk.application.id)
    assert ACCOUNT_NUMBER not in text
    assert "****567" in text
    assert not Event.objects.filter(name="account.viewed").exists()

    opened = post(office, "application_account", desk.application.id)

    assert ACCOUNT_NUMBER in opened.content.decode()
    assert "no-store" in opened["Cache-Control"]
    event = Event.objects.get(name="account.viewed")
    assert (event.subject, event.facts) == (str(desk.application.id), {})
    assert ACCOUNT_NUMBER not in shown(office, "application", desk.application.id)


def test_an_auditor_reads_everything_but_the_account_and_changes_nothing():
    desk = sent()
    auditor = reader("auditor")

    text = shown(auditor, "application", desk.application.id)
    assert "Propose to accept it" not in text
    assert "Show the whole number" not in text
    for route in ("accept", "refuse", "return", "cancel", "message", "account"):
        answer = post(
            auditor, f"application_{route}", desk.application.id, **{"return-text": "x", "refuse-reason": "x"}
        )
        assert answer.status_code == 403, route
    assert desk.again().state == "submitted"
    assert not Proposal.objects.exists()
    assert not Event.objects.filter(name="account.viewed").exists()


def test_opening_a_document_is_logged_with_who_did(office: Client):
    desk = sent()
    document = desk.application.documents.get()

    answer = office.get(reverse("office:document", args=[document.id]))

    assert answer.content == b"a picture"
    assert answer["Content-Disposition"].startswith("attachment")
    event = Event.objects.get(name="document.viewed")
    assert (event.subject, event.actor.startswith("user:")) == (str(document.id), True)


def test_a_deleted_document_says_so_and_opens_no_more(office: Client, clock: Any):
    desk = sent()
    withdraw_application(actor=desk.actor, application_id=desk.application.id)
    clock.move(days=1)
    delete_due_documents(actor=system_actor("worker"), day=clock().date())
    document = desk.application.documents.get()

    assert office.get(reverse("office:document", args=[document.id])).status_code == 422
    assert "deleted" in shown(office, "application", desk.application.id)


def test_asking_the_applicant_returns_the_application_with_a_message_and_an_email(office: Client):
    """submitted → returned: the applicant changes it, services included, and sends it again."""
    desk = sent()

    answer = post(office, "application_return", desk.application.id, **{"return-text": "住所を確認してください"})

    assert answer.status_code == 302
    application = desk.again()
    assert application.state == "returned"
    assert [row.text for row in application.messages.all()] == ["住所を確認してください"]
    mail = Delivery.objects.get(event="mail.returned")
    assert "住所を確認してください" in mail.data["text"]
    assert set(Item.objects.filter(application=application).values_list("state", flat=True)) == {"draft"}
    told = {"actor": desk.actor, "application_id": application.id}
    save_answers(**told, section="business", answers={"yearly_sales_yen": 1})
    submit_application(**told)
    assert desk.again().state == "submitted"
    assert set(Item.objects.filter(application=application).values_list("state", flat=True)) == {"submitted"}


def test_asking_without_words_is_refused_beside_the_field_and_keeps_the_page(office: Client):
    desk = sent()

    answer = post(office, "application_return", desk.application.id, **{"return-text": " "})

    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'href="#id_return-text"' in text
    assert "Write what the applicant shall see to." in text
    assert desk.again().state == "submitted"
    assert not Delivery.objects.filter(event="mail.returned").exists()


def test_what_a_colleague_proposed_is_not_returned_behind_their_back(office: Client):
    desk = sent()
    propose_to_accept(desk)

    answer = post(office, "application_return", desk.application.id, **{"return-text": "x"})

    assert answer.status_code == 422
    assert desk.again().state == "submitted"
    assert not desk.application.messages.exists()


def test_writing_to_the_applicant_leaves_the_application_where_it_is(office: Client):
    desk = sent()

    post(office, "application_message", desk.application.id, **{"message-text": "受け付けました"})

    assert desk.again().state == "submitted"
    assert Delivery.objects.filter(event="mail.message").count() == 1


def test_accepting_takes_two_officers_and_registers_what_was_applied_for():
    first, second = two_officers()
    desk = sent()
    application_id = desk.application.id

    assert post(first, "application_accept", application_id).status_code == 302
    assert desk.again().state == "submitted"
    proposal = Proposal.objects.get()
    assert "You cannot confirm this yourself" in shown(first, "application", application_id)
    assert "Confirm it" in shown(second, "application", application_id)
    assert post(second, "proposal_confirm", proposal.id).status_code == 302

    assert desk.again().state == "accepted"
    desk.places[0].refresh_from_db()
    assert desk.places[0].place is not None
    assert {item.state for item in desk.application.items.all()} == {"at_provider"}


def test_refusing_takes_a_reason_that_the_applicant_reads():
    first, second = two_officers()
    desk = sent()
    missing = post(first, "application_refuse", desk.application.id, **{"refuse-reason": ""})
    assert missing.status_code == 422
    assert not Proposal.objects.exists()

    post(first, "application_refuse", desk.application.id, **{"refuse-reason": "書類が足りません"})
    post(second, "proposal_confirm", Proposal.objects.get().id)

    assert desk.again().state == "refused"
    assert "書類が足りません" in Delivery.objects.get(event="mail.refused").data["text"]
    assert not Place.objects.filter(name="三鷹市役所 市民課").exists()


def test_cancelling_an_accepted_registration_takes_two_officers_as_well():
    """P-27."""
    first, second = two_officers()
    desk = accepted()

    post(first, "application_cancel", desk.application.id, **{"cancel-reason": "掲載の同意が取り消された"})
    assert desk.again().state == "accepted"
    post(second, "proposal_confirm", Proposal.objects.get(state="proposed").id)

    assert desk.again().state == "cancelled"
    assert {item.state for item in desk.application.items.all()} == {"withdrawn"}


def test_linked_applications_stand_beside_each_other(office: Client):
    """J-28, J-21: who decides on one sees the others."""
    from madoguchi.onboarding.beginning import start_application

    desk = accepted()
    started = start_application(
        actor=desk.actor, kind="municipality", linked_to=desk.application.id, link_kind="more_services"
    )
    linked = started.application
    linked.state, linked.submitted_at = "submitted", desk.again().submitted_at
    linked.save()

    assert linked.reference in shown(office, "application", desk.application.id)
    text = shown(office, "application", linked.id)
    assert desk.application.reference in text
    assert "More services (J-21)" in text


def test_correcting_a_place_shows_before_and_after_and_reaches_the_registry():
    """P-28."""
    first, second = two_officers()
    desk = accepted("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    place = desk.places[0]
    take_item(actor=provider_actor("paypay"), item_id=place.items.get(service="paypay").id)
    told = {
        "correction-name": "豆腐店 本店",
        "correction-name_en": "Citizens Division",
        "correction-postal_code": "1818555",
        "correction-address": "東京都三鷹市野崎1-1-1",
        "correction-phone": "",
        "correction-reason": "看板の名前",
    }

    assert post(first, "applied_place_correct", place.id, **told).status_code == 302
    proposal = Proposal.objects.get(state="proposed")
    assert proposal.content["changes"] == {"name": "豆腐店 本店"}
    text = shown(second, "proposal", proposal.id)
    assert "豆腐店 本店" in text
    assert "看板の名前" in text
    confirm_proposal(actor=CHECKER, proposal_id=proposal.id)

    place.refresh_from_db()
    assert place.name == "豆腐店 本店"
    assert Place.objects.get(id=place.place_id).name == "豆腐店 本店"


@pytest.mark.parametrize(("name", "value"), [("name", "=HYPERLINK(1)"), ("name", "")])
def test_a_correction_that_makes_no_sense_is_told_beside_the_field(office: Client, name: str, value: str):
    desk = accepted("business", places=[place_facts("豆腐店", kind="shop", purposes=())])

    told = {f"correction-{name}": value, "correction-reason": "x"}
    answer = post(office, "applied_place_correct", desk.places[0].id, **told)

    assert answer.status_code == 422
    assert f'href="#id_correction-{name}"' in answer.content.decode()
    assert not Proposal.objects.filter(state="proposed").exists()


def test_a_correction_that_changes_nothing_is_not_proposed(office: Client):
    desk = accepted()
    place = desk.places[0]
    told = {
        f"correction-{name}": getattr(place, name) for name in ("name", "name_en", "postal_code", "address", "phone")
    }

    answer = post(office, "applied_place_correct", place.id, **told, **{"correction-reason": "x"})

    assert answer.status_code == 422
    assert not Proposal.objects.filter(state="proposed").exists()


def test_changing_the_class_takes_two_officers():
    """P-28: what moves is not on the map."""
    first, second = two_officers()
    desk = accepted("business", places=[place_facts("豆腐店", kind="shop", purposes=())])
    place = desk.places[0]

    post(first, "applied_place_class", place.id, **{"class-place_class": "mobile", "class-reason": "移動販売"})
    post(second, "proposal_confirm", Proposal.objects.get(state="proposed").id)

    place.refresh_from_db()
    assert place.place_class == "mobile"
    assert Place.objects.get(id=place.place_id).place_class == "mobile"


def test_many_places_are_shown_a_page_at_a_time(office: Client):
    desk = sent(places=[place_facts(f"窓口{number:02}") for number in range(30)])

    first = office.get(reverse("office:application", args=[desk.application.id]))
    second = office.get(reverse("office:application", args=[desk.application.id]), {"page": "2"})

    assert [row.name for row in first.context["places"].rows] == [f"窓口{number:02}" for number in range(25)]
    assert [row.name for row in second.context["places"].rows] == [f"窓口{number:02}" for number in range(25, 30)]


def test_eligibility_is_explained_with_the_rules_of_its_day(office: Client):
    """P-48: an applicant of the programme's time is decided by its rules, today as then."""
    assert SHOP_BUSINESS["capital_yen"] == 3_000_000
    desk = sent("business", places=[place_facts("豆腐店", kind="shop", purposes=())])

    page = office.get(reverse("office:application", args=[desk.application.id]))

    assert page.context["dossier"].replayed.is_same
    assert "No programme" in page.content.decode()
