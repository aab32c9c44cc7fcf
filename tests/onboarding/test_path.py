"""The whole way of one application: filled in, sent, screened, accepted by two, approved, enrolled, kit ordered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import today
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.kits import mark_sent
from madoguchi.onboarding.models import KitOrder
from madoguchi.onboarding.provider_desk import answer_question as answer
from madoguchi.onboarding.provider_desk import approve_item, ask_about_item, refuse_item, take_item
from madoguchi.onboarding.screening import screen_waiting
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.registry.models import Enrolment, Organisation
from tests.onboarding.conftest import MAKER, accepted, item_of, sent

pytestmark = pytest.mark.django_db


def test_an_application_goes_all_the_way(towns, clock, in_demo):
    """J-01, J-04: one application, two services, one code; each provider decides for itself."""
    desk = accepted()
    paypay, line_pay = provider_actor("paypay"), provider_actor("line_pay")
    first, second = item_of(desk, "paypay"), item_of(desk, "line_pay")
    starts_on = today() + timedelta(days=14)

    take_item(actor=paypay, item_id=first.id)
    ask_about_item(actor=paypay, item_id=first.id, text="営業時間を教えてください")
    answer(actor=desk.actor, application_id=desk.application.id, item_id=first.id, text="平日9時から17時です")
    approve_item(actor=paypay, item_id=first.id, starts_on=starts_on, fee_bps=160)
    refuse_item(actor=line_pay, item_id=second.id, reason="取扱いを終了しました")

    place = desk.places[0]
    place.refresh_from_db()
    code = place.place.codes.get()
    assert code.store_id == "0000000000001-0002-000001-000001"
    assert [(row.service_id, row.starts_on) for row in Enrolment.objects.filter(code=code)] == [("paypay", starts_on)]
    assert Organisation.objects.get(municipality="13204").name == "東京都三鷹市"
    assert {item.service_id: item.state for item in desk.application.items.all()} == {
        "paypay": "approved",
        "line_pay": "refused",
    }
    assert [order.kind for order in KitOrder.objects.filter(place=place)] == ["first"]
    assert list(Delivery.objects.filter(destination="mail").order_by("id").values_list("event", flat=True)) == [
        "mail.submitted",
        "mail.accepted",
        "mail.question",
        "mail.approved",
        "mail.item_refused",
    ]


def test_screening_notes_what_an_officer_should_look_at(towns, clock):
    """P-15: a town is not eligible for rewards; it may take payments all the same, so nothing stops it."""
    desk = sent()

    assert screen_waiting(actor=system_actor("worker")) == 1
    assert screen_waiting(actor=system_actor("worker")) == 0

    application = desk.again()
    assert [(flag["code"], flag["stops"]) for flag in application.flags] == [("ask_desk", False)]
    assert application.state == "submitted"


def test_a_kit_that_was_posted_is_told_to_the_applicant_once(towns, clock, in_demo):
    """P-31."""
    desk = accepted()
    approve_item(actor=provider_actor("paypay"), item_id=item_of(desk, "paypay").id, starts_on=today())
    order = KitOrder.objects.get(place=desk.places[0])

    assert mark_sent(actor=MAKER, order_ids=[order.id], day=today()) == 1
    assert mark_sent(actor=MAKER, order_ids=[order.id], day=today()) == 0

    order.refresh_from_db()
    assert (order.state, order.sent_on) == ("sent", today())
    assert Delivery.objects.filter(event="mail.kit_sent").count() == 1
    assert Event.objects.filter(name="kit.sent").count() == 1
