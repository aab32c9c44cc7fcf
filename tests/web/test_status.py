"""How an application stands, like a parcel: services, questions, messages, stickers, links (J-14, J-21, J-28)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from madoguchi.core.clock import today
from madoguchi.onboarding.letters import office_writes, provider_writes
from madoguchi.onboarding.models import Application, KitOrder
from madoguchi.onboarding.provider_desk import approve_item, ask_about_item, refuse_item
from madoguchi.onboarding.registering import code_of
from madoguchi.people.access import provider_actor
from tests.onboarding.conftest import MAKER, TOMIOKA, Desk, accepted, place_facts, sent
from tests.web.applicants import at, browser, holder, status_at, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]


def item_of(desk: Desk, service: str = "paypay") -> Any:
    return desk.application.items.get(service=service)


def approved(desk: Desk, *, days: int = 0, **terms: Any) -> None:
    """PayPay approves, from so many days after today."""
    approve_item(
        actor=provider_actor("paypay"), item_id=item_of(desk).id, starts_on=today() + timedelta(days=days), **terms
    )


def test_each_service_at_each_place_says_where_it_is_and_since_when() -> None:
    desk = sent()
    page = text(holder(desk, "ja").get(status_at(desk)))

    assert page.count("事務局で審査中") >= 3  # the application, and each of two services
    assert "2026年11月20日（金）" in page
    assert 'class="status status--waiting"' in page  # a shape beside the words


def test_a_later_start_than_wished_is_shown_as_such() -> None:
    """P-22, P-26: the day, that it is later, and what was wished."""
    desk = accepted(places=[place_facts(wished_on=today())])
    approved(desk, days=30, fee_bps=198, terms="月末締め")
    client = holder(desk)

    listed, item = text(client.get(status_at(desk))), text(client.get(status_at(desk, f"items/{item_of(desk).id}/")))

    for page in (listed, item):
        assert "Later than wished" in page
        assert "20 Dec 2026 (Sun)" in page
        assert "1.98%" in page
    assert "月末締め" in item


def test_a_start_in_time_is_not_called_late() -> None:
    desk = accepted(places=[place_facts(wished_on=today())])
    approved(desk)

    assert "Later than wished" not in text(holder(desk).get(status_at(desk)))


def test_a_refused_service_names_its_reason() -> None:
    desk = accepted()
    refuse_item(actor=provider_actor("paypay"), item_id=item_of(desk).id, reason="新規の受付を終了しました。")

    page = text(holder(desk).get(status_at(desk)))

    assert "Refused" in page
    assert "新規の受付を終了しました。" in page


def test_the_list_is_narrowed_by_what_stands_in_the_address() -> None:
    desk = accepted()
    approved(desk)
    client = holder(desk)

    chosen = text(client.get(status_at(desk, "?state=approved")))
    found = text(client.get(status_at(desk, "?words=LINE")))

    assert f"items/{item_of(desk).id}/" in chosen
    assert f"items/{item_of(desk, 'line_pay').id}/" not in chosen
    assert f"items/{item_of(desk, 'line_pay').id}/" in found
    assert f"items/{item_of(desk).id}/" not in found
    assert "Nothing in this state" in text(client.get(status_at(desk, "?state=refused")))
    assert client.get(status_at(desk, "?state=nonsense&page=x")).status_code == 200


def test_a_providers_question_is_answered_and_goes_back_to_it() -> None:
    desk = accepted()
    item = item_of(desk)
    ask_about_item(actor=provider_actor("paypay"), item_id=item.id, text="営業時間を教えてください。")
    client = holder(desk)

    listed = text(client.get(status_at(desk)))
    assert "Providers wait for your answer" in listed
    assert f'href="{status_at(desk, f"items/{item.id}/")}#answer"' in listed
    assert "営業時間を教えてください。" in text(client.get(status_at(desk, f"items/{item.id}/")))
    client.post(status_at(desk, f"items/{item.id}/"), {"text": "平日の8時半から17時です。"})

    item.refresh_from_db()
    assert item.state == "at_provider"
    assert [(row.side, row.to_side) for row in item.messages.order_by("id")] == [
        ("provider", "applicant"),
        ("applicant", "provider"),
    ]


def test_an_empty_answer_is_told_and_the_question_stays_open() -> None:
    desk = accepted()
    item = item_of(desk)
    ask_about_item(actor=provider_actor("paypay"), item_id=item.id, text="営業時間は？")

    answer = holder(desk).post(status_at(desk, f"items/{item.id}/"), {"text": "  "})

    assert answer.status_code == 422
    assert "Write something." in text(answer)
    item.refresh_from_db()
    assert item.state == "questions"


def test_a_text_that_is_too_long_stays_on_the_page() -> None:
    desk = sent()

    answer = holder(desk).post(status_at(desk, "write/"), {"text": "あ" * 2001})

    assert answer.status_code == 422
    assert "The text may have at most 2,000 letters." in text(answer)
    assert "あ" * 2001 in text(answer)
    assert desk.again().messages.count() == 0


def test_messages_go_both_ways_with_the_office_and_about_a_service_with_its_provider() -> None:
    desk = accepted()
    item = item_of(desk)
    client = holder(desk)
    office_writes(actor=MAKER, application_id=desk.application.id, text="ようこそ。")
    provider_writes(actor=provider_actor("paypay"), item_id=item.id, text="審査中です。")

    client.post(status_at(desk, "write/"), {"text": "お願いします。"})
    client.post(status_at(desk, f"items/{item.id}/"), {"text": "承知しました。"})

    whole, about = text(client.get(status_at(desk))), text(client.get(status_at(desk, f"items/{item.id}/")))
    assert ("ようこそ。" in whole, "お願いします。" in whole, "審査中です。" in whole) == (True, True, False)
    assert ("審査中です。" in about, "承知しました。" in about, "ようこそ。" in about) == (True, True, False)


def test_what_is_not_with_the_provider_yet_cannot_be_written_about() -> None:
    desk = sent()
    item = item_of(desk)
    client = holder(desk)

    assert "<textarea" not in text(client.get(status_at(desk, f"items/{item.id}/")))
    assert client.post(status_at(desk, f"items/{item.id}/"), {"text": "まだですか。"}).status_code == 422
    assert item.messages.count() == 0


def test_markup_in_a_message_is_shown_as_text() -> None:
    desk = sent()
    client = holder(desk)

    client.post(status_at(desk, "write/"), {"text": "<script>alert(1)</script>"})

    assert "<script>alert" not in text(client.get(status_at(desk)))


# Codes and stickers


def test_a_place_without_a_number_says_so_and_prints_nothing() -> None:
    desk = accepted()
    client = holder(desk)
    place = status_at(desk, f"places/{desk.places[0].id}/")

    assert "No store number yet" in text(client.get(place))
    assert client.get(f"{place}sticker.pdf").status_code == 422
    assert client.post(place, {"copies": "3"}).status_code == 422
    assert KitOrder.objects.count() == 0


def test_an_issued_number_is_shown_with_its_code_and_more_stickers_can_be_ordered(settings: Any) -> None:
    """J-14: ordered once, shown as waiting; a second order before it is posted is told."""
    settings.DEMO = True
    desk = accepted()
    approved(desk)
    client = holder(desk)
    place = status_at(desk, f"places/{desk.places[0].id}/")
    code = code_of(desk.places[0].__class__.objects.select_related("application").get(id=desk.places[0].id))
    assert code is not None

    page = text(client.get(place))
    assert code.store_id in page
    assert "<svg" in page.split('class="symbol"')[1][:200]
    assert client.get(f"{place}sticker.pdf").content.startswith(b"%PDF")

    assert client.post(place, {"copies": "3"}).status_code == 302
    assert KitOrder.objects.get(kind="extra").copies == 3
    again = client.post(place, {"copies": "5"})
    assert again.status_code == 422
    assert "Stickers for this place have been ordered already" in text(again)
    assert KitOrder.objects.get(kind="extra").copies == 3


@pytest.mark.parametrize("copies", ["0", "51", "many", ""])
def test_a_number_of_stickers_that_cannot_be_is_told(settings: Any, copies: str) -> None:
    settings.DEMO = True
    desk = accepted()
    approved(desk)

    answer = holder(desk).post(status_at(desk, f"places/{desk.places[0].id}/"), {"copies": copies})

    assert answer.status_code == 422
    assert 'href="#id_copies"' in text(answer)
    assert not KitOrder.objects.filter(kind="extra").exists()


# Linked applications


def linked(desk: Desk, kind: str, **told: str) -> Application:
    holder(desk).post(status_at(desk, f"further/{kind}/"), told)
    return Application.objects.get(linked_to=desk.application)


def test_adding_services_later_asks_for_nothing_that_is_known() -> None:
    """J-21: applicant, account, consent and places are there; only the services are still to be chosen."""
    desk = accepted()

    later = linked(desk, "more_services")

    assert (later.link_kind, later.kind, later.name) == ("more_services", "municipality", "東京都三鷹市")
    assert (later.places.count(), later.items.count(), later.publication_consent) == (1, 0, True)
    page = text(holder(desk).get(status_at(desk)))
    assert later.reference in page


def test_a_second_account_is_a_second_application_without_the_first_ones_account() -> None:
    """J-28."""
    second = linked(accepted(), "second_account")

    assert (second.link_kind, second.account_sealed, second.places.count()) == ("second_account", "", 0)
    assert second.email == "kaikei@example.jp"


def test_a_designated_manager_applies_in_its_own_name_at_its_own_address() -> None:
    """J-28: its e-mail is asked for; nothing of the town's is taken over."""
    desk = accepted()
    client = holder(desk)
    asked = client.post(status_at(desk, "further/designated_manager/"), {"email": ""})
    assert asked.status_code == 422

    manager = linked(desk, "designated_manager", email="manager@example.jp")

    assert (manager.kind, manager.name, manager.email) == ("designated_manager", "", "manager@example.jp")
    # Its places and its money are its own, not the town's.
    assert (desk.again().organisation is not None, manager.organisation) == (True, None)


def test_nothing_is_linked_to_an_application_that_was_not_sent() -> None:
    desk = accepted(municipality_code=TOMIOKA)
    desk.application.state = "draft"
    desk.application.save()

    client = holder(desk)

    assert client.post(status_at(desk, "further/more_services/"))["Location"] == status_at(desk)
    assert client.post(status_at(desk, "further/gold/")).status_code == 404
    assert not Application.objects.filter(linked_to=desk.application).exists()


# Documents and strangers


def test_own_documents_can_still_be_viewed_but_not_changed() -> None:
    desk = sent()
    document = desk.application.documents.get()
    page = text(holder(desk).get(at(desk, "documents/")))

    assert f"documents/{document.id}/" in page
    assert "remove/" not in page
    assert 'type="file"' not in page


@pytest.mark.parametrize("page", ["write/", "withdraw/", "further/more_services/"])
def test_strangers_are_asked_for_the_key(page: str) -> None:
    desk = sent()

    assert browser().get(status_at(desk)).status_code == 403
    assert browser().get(status_at(desk, page)).status_code == 403
    assert browser().post(status_at(desk, page), {"text": "x"}).status_code == 403
    assert (desk.again().state, desk.application.messages.count()) == ("submitted", 0)
