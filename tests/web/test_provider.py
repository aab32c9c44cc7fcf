"""A provider's staff: its own messages, places, keys and payouts, and nobody else's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.events.actions import note_attempt
from madoguchi.events.models import Delivery
from madoguchi.onboarding.letters import applicant_writes
from madoguchi.people.access import Actor, system_actor
from madoguchi.registry.actions import issue_key
from madoguchi.registry.models import Provider
from madoguchi.settlement.closing import close_until
from tests.conftest import actor_named
from tests.onboarding.conftest import accepted, item_of
from tests.web.readers import order, paid, reader

PAGES = ("home", "deliveries", "notices", "places", "payouts")


@pytest.fixture(autouse=True)
def demo_runs(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def page(clock: Any, towns: Any) -> Client:
    return reader("provider-paypay")


def declined(provider: str) -> Delivery:
    delivery = Delivery.objects.filter(destination=provider).first()
    assert delivery is not None
    note_attempt(delivery.id, status=422, answer="no", milliseconds=5)
    return delivery


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("username", ["clerk-mill", "accountant-tomioka", "programme-office", "auditor"])
def test_the_provider_room_is_closed_to_others(clock: Any, towns: Any, username: str, name: str) -> None:
    client = reader(username)
    assert client.get(reverse(f"provider:{name}")).status_code == 403
    assert client.get(reverse(f"provider:{name}"), {"provider": "paypay"}).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_a_provider_reads_its_own_in_both_languages(page: Client, name: str) -> None:
    assert page.get(reverse(f"provider:{name}")).status_code == 200
    assert page.get(reverse(f"provider:{name}"), {"provider": "au_pay"}).status_code == 403
    assert "払込" in reader("provider-paypay", "ja").get(reverse(f"provider:{name}")).content.decode()


def test_keys_are_listed_without_their_secrets(page: Client) -> None:
    key = issue_key(actor=system_actor("test"), provider=Provider.objects.get(code="paypay"), direction="inbound")
    other = issue_key(actor=system_actor("test"), provider=Provider.objects.get(code="au_pay"), direction="inbound")
    text = page.get(reverse("provider:home")).content.decode()
    assert key.key_id in text
    assert key.secret not in text
    assert other.key_id not in text


def test_its_messages_and_sending_one_again(page: Client) -> None:
    own, other = declined("paypay"), declined("au_pay")
    listed = page.get(reverse("provider:deliveries"), {"state": "declined"}).context["page"].object_list
    assert list(listed) == [own]
    assert page.get(reverse("provider:delivery", args=[other.id])).status_code == 404
    assert page.post(reverse("provider:replay", args=[other.id])).status_code == 404
    assert "Send it again" in page.get(reverse("provider:delivery", args=[own.id])).content.decode()
    assert page.post(reverse("provider:replay", args=[own.id])).status_code == 302
    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.state, other.state) == ("waiting", "declined")


def test_its_places(page: Client, towns: Any) -> None:
    rows = page.get(reverse("provider:places")).context["page"].object_list
    assert len(rows) == 12
    assert {row.service.provider_id for code in rows for row in code.own_enrolments} == {"paypay"}


def test_what_it_owes_by_day_and_nothing_of_other_providers(
    page: Client, clock: Any, mill: Any, mill_clerk: Actor, towns: Any
) -> None:
    empty = page.get(reverse("provider:payouts")).content.decode()
    assert "No period has been closed yet" in empty
    paid(order(mill, mill_clerk, adult=1), clock())
    paid(order(mill, mill_clerk, adult=1), clock(), service="au_pay")
    clock.move(days=20)
    close_until(actor=actor_named("accountant-tomioka"), until=date(2026, 11, 30))
    found = page.get(reverse("provider:payouts"))
    assert [(row.due_on, row.net_yen, row.open_payouts) for row in found.context["rows"]] == [
        (date(2026, 12, 15), 984, 1)
    ]
    assert found.context["sums"]["fee_yen"] == 16
    assert "¥984" in page.get(reverse("provider:home")).content.decode()


def test_the_overview_names_applicants_who_wait_for_an_answer(page: Client) -> None:
    desk = accepted()
    item = item_of(desk, "paypay")

    applicant_writes(actor=desk.actor, application_id=desk.application.id, item_id=item.id, text="まだですか")

    shown = page.get("/provider/", headers={"accept-language": "ja"}).content.decode()
    assert "申込者が返事を待っています" in shown
    assert f'href="/provider/applications/{item.id}/?provider=paypay#thread"' in shown
