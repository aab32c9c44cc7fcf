"""The programme's office: health, messages, notices that were turned away, the log."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.events.actions import beat, note_attempt, seal
from madoguchi.events.models import Delivery
from madoguchi.onboarding.letters import applicant_writes
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.refunds import receive_refunds
from madoguchi.payments.rules import PaymentNotice, RefundNotice
from madoguchi.people.access import Actor
from tests.onboarding.conftest import begun, sent
from tests.web.readers import order, paid, reader

PAGES = ("home", "deliveries", "notices", "events", "registry")


@pytest.fixture(autouse=True)
def demo_runs(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def office(clock: Any, towns: Any) -> Client:
    return reader("programme-office")


@pytest.fixture
def given_up(clock: Any, towns: Any) -> Delivery:
    """A message that the provider never answered."""
    delivery = Delivery.objects.filter(destination="paypay").first()
    assert delivery is not None
    for _ in range(12):
        note_attempt(delivery.id, status=503, answer="busy", milliseconds=12)
    delivery.refresh_from_db()
    assert delivery.state == "given_up"
    return delivery


@pytest.fixture
def turned_away(clock: Any, towns: Any, paypay: Actor) -> str:
    """A payment at an unknown place, and a refund whose payment nobody knows."""
    notice = PaymentNotice("lost-1", "paypay", "0000000000001-0009-000001-000001", 4_321, clock())
    receive_payments(actor=paypay, provider="paypay", notices=[notice])
    refund = RefundNotice("early-1", "unheard-of", 1_234, clock())
    receive_refunds(actor=paypay, provider="paypay", notices=[refund])
    return notice.reference


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("username", ["clerk-mill", "accountant-tomioka", "admin-tomioka", "provider-paypay"])
def test_the_office_is_closed_to_others(clock: Any, towns: Any, username: str, name: str) -> None:
    assert reader(username).get(reverse(f"office:{name}")).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_officers_and_auditors_read_in_both_languages(office: Client, name: str) -> None:
    assert office.get(reverse(f"office:{name}")).status_code == 200
    assert "操作記録" in reader("auditor", "ja").get(reverse(f"office:{name}")).content.decode()


@pytest.mark.usefixtures("given_up", "turned_away")
def test_the_overview_says_whether_the_worker_runs(office: Client, clock: Any) -> None:
    page = office.get(reverse("office:home"))
    assert "Not running" in page.content.decode()
    assert (page.context["stuck"], page.context["refused"], page.context["held"]) == (1, 1, 1)
    beat("worker")
    assert "Not running" not in office.get(reverse("office:home")).content.decode()
    clock.move(minutes=2)
    assert "Not running" in office.get(reverse("office:home")).content.decode()


def test_messages_by_state(office: Client, given_up: Delivery) -> None:
    page = office.get(reverse("office:deliveries"), {"state": "given_up"})
    assert list(page.context["page"].object_list) == [given_up]
    assert "No message here" in office.get(reverse("office:deliveries"), {"state": "declined"}).content.decode()
    text = office.get(reverse("office:delivery", args=[given_up.id])).content.decode()
    assert text.count("busy") == 12


def test_an_officer_sends_a_message_again_and_an_auditor_does_not(office: Client, given_up: Delivery) -> None:
    address = reverse("office:replay", args=[given_up.id])
    assert reader("auditor").post(address).status_code == 403
    auditor = reader("auditor").get(reverse("office:delivery", args=[given_up.id]))
    assert "Send it again" not in auditor.content.decode()
    assert office.post(address).status_code == 302
    given_up.refresh_from_db()
    assert given_up.state == "waiting"
    assert office.post(address).status_code == 422
    assert office.get(address).status_code == 405


def test_unknown_messages_are_not_found(office: Client, towns: Any) -> None:
    assert office.get(reverse("office:delivery", args=[towns.post_office.id])).status_code == 404


def test_notices_turned_away_keep_their_reason(office: Client, turned_away: str) -> None:
    """FIELD.md: the money behind a notice that was refused is not forgotten."""
    text = office.get(reverse("office:notices")).content.decode()
    for words in (turned_away, "No place has this store identifier.", "¥4,321", "early-1", "unheard-of", "¥1,234"):
        assert words in text


def test_the_log_is_searched_by_subject(office: Client, clock: Any, mill: Any, mill_clerk: Actor) -> None:
    payment = paid(order(mill, mill_clerk, adult=1), clock())
    page = office.get(reverse("office:events"), {"subject": str(payment.id)})
    assert [row.name for row, _ in page.context["rows"]] == ["payments.received", "payment.matched"]
    page = office.get(reverse("office:events"), {"subject": str(payment.order_id)})
    assert "窓口 富岡製糸場" in page.content.decode()
    page = office.get(reverse("office:events"), {"subject": "nothing"})
    assert "Nothing is known about this" in page.content.decode()


def test_the_seals_are_checked_on_demand(office: Client, clock: Any) -> None:
    clock.move(days=3650)  # past the demo's own events, which were made when this test ran
    assert seal() > 0
    assert "as they were sealed" in office.get(reverse("office:events"), {"check": "1"}).content.decode()


def test_the_registry_counts_every_municipality(office: Client) -> None:
    page = office.get(reverse("office:registry"))
    assert page.context["registry"].municipalities == 1_741
    assert page.context["place_sum"] == page.context["registry"].places == 12


# Letters


def test_a_letter_is_listed_without_its_words_which_may_hold_an_applications_key(office: Client) -> None:
    desk = begun("business", email="shop@example.jp")
    letter = Delivery.objects.get(event="mail.started")
    assert desk.key in letter.data["text"]

    listed = office.get("/office/deliveries/", headers={"accept-language": "ja"}).content.decode()
    shown = office.get(f"/office/deliveries/{letter.id}/", headers={"accept-language": "ja"}).content.decode()

    assert "メール：申込みの続き" in listed
    assert "shop@example.jp" in shown
    assert "申込みの続きはこちらから" in shown
    assert desk.key not in shown


def test_the_overview_names_applicants_who_wait_for_an_answer(office: Client) -> None:
    desk = sent()
    assert "申込者が返事を待っています" not in home(office)

    applicant_writes(actor=desk.actor, application_id=desk.application.id, text="まだですか")

    assert "申込者が返事を待っています" in home(office)
    assert f'href="/office/applications/{desk.application.id}/#messages"' in home(office)
    assert "まだですか" not in home(office)


def test_the_office_finds_the_plans_of_providers(office: Client) -> None:
    assert 'href="/provider/plans/"' in home(office)
    answer = office.get("/provider/plans/?provider=paypay", headers={"accept-language": "ja"})
    assert 'href="/office/"' in answer.content.decode()


def home(office: Client) -> str:
    return office.get("/office/", headers={"accept-language": "ja"}).content.decode()
