"""What a confirmed proposal does: accept, correct (P-28), change the class, cancel (P-27)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.core.clock import today
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.kits import order_kit
from madoguchi.onboarding.models import Application, Document, KitOrder
from madoguchi.onboarding.places import choose_services
from madoguchi.onboarding.provider_desk import approve_item, ask_about_item
from madoguchi.people.access import provider_actor
from madoguchi.registry.models import Enrolment
from tests.conftest import refused
from tests.onboarding.conftest import (
    accepted,
    begun,
    confirm,
    correction,
    item_of,
    linked,
    place_facts,
    propose_acceptance,
    sent,
    suggest,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
PAYPAY = provider_actor("paypay")


class TestAcceptance:
    def test_each_provider_hears_of_its_own_items(self):
        """J-04."""
        desk = accepted()

        assert set(desk.application.items.values_list("state", flat=True)) == {"at_provider"}
        waiting = Delivery.objects.filter(event="item.waiting").order_by("destination")
        assert {(row.destination, row.data["item_id"], row.data["state"]) for row in waiting} == {
            (item.provider_id, str(item.id), "at_provider")
            for item in desk.application.items.select_related("provider")
            if item.provider.webhook_url
        }
        assert Delivery.objects.filter(event="mail.accepted").count() == 1
        assert Event.objects.get(name="application.accepted").subject == str(desk.application.id)

    def test_the_statements_do_not_grow_with_the_places(self):
        """Two thousand items are one town's; whoever else writes waits meanwhile."""

        def statements(count):
            desk = sent("business", places=[place_facts(f"店{number}") for number in range(count)])
            proposal = propose_acceptance(desk)
            with CaptureQueriesContext(connection) as caught:
                confirm(proposal)
            return len(caught)

        accepted("business")
        # A few more where SQLite takes only so many values at once; not one for each.
        assert statements(42) - statements(2) < 15


class TestCorrection:
    """P-28: corrected here and at the providers that have it."""

    def test_both_the_application_and_the_registry_have_it_and_the_providers_hear(self):
        desk = accepted()
        Delivery.objects.all().delete()

        confirm(correction(desk, name="市民窓口課", phone="0422-45-1151"))

        place = desk.places[0]
        place.refresh_from_db()
        assert (place.name, place.phone) == ("市民窓口課", "0422451151")
        assert (place.place.name, place.place.phone) == ("市民窓口課", "0422451151")
        told = Delivery.objects.filter(event="item.corrected")
        assert {row.destination for row in told} == {
            item.provider_id for item in desk.application.items.select_related("provider") if item.provider.webhook_url
        }

    def test_the_log_says_which_fields_and_not_whose_address(self):
        desk = accepted()

        confirm(correction(desk, address="東京都三鷹市下連雀1-1"))

        for name in ("applied_place.corrected", "place.corrected"):
            assert Event.objects.get(name=name).facts == {"fields": ["address"]}

    def test_a_place_applied_for_again_is_corrected_with_it(self):
        """J-21."""
        desk = accepted()
        further = linked(desk, "more_services")

        confirm(correction(desk, name="市民窓口課"))

        assert further.application.places.get().name == "市民窓口課"

    def test_providers_that_have_not_got_it_yet_hear_nothing(self):
        desk = sent()

        confirm(correction(desk, name="市民窓口課"))

        assert desk.application.places.get().name == "市民窓口課"
        assert not Delivery.objects.filter(event="item.corrected").exists()

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({}, "field_missing", "changes"),
            ({"merged_into": "x"}, "field_unknown", "merged_into"),
            ({"place_class": "ec"}, "field_unknown", "place_class"),
            ({"name": " "}, "field_missing", "name"),
            ({"name": 7}, "field_wrong", "name"),
            ({"name": " =1+1"}, "formula_in_cell", "name"),
            ({"address": "あ" * 161}, "field_wrong", "address"),
            ({"postal_code": "18-8555"}, "field_wrong", "postal_code"),
            ({"phone": "=1+1"}, "field_wrong", "phone"),
        ],
    )
    def test_what_cannot_be_right_is_not_proposed(self, changes, code, field):
        desk = accepted()

        with refused(code, field=field):
            correction(desk, **changes)

    def test_it_needs_a_reason(self):
        desk = accepted()

        with refused("reason_missing"):
            suggest("correction", desk, content={"place": str(desk.places[0].id), "changes": {"name": "x"}}, reason="")


class TestClassChange:
    """P-28: what moves or is on line is not on the map."""

    def test_the_class_is_changed_in_both_places_and_the_providers_hear(self):
        desk = accepted()
        place = desk.places[0]
        content = {"place": str(place.id), "place_class": "mobile"}

        proposal = confirm(suggest("class_change", desk, content=content))

        place.refresh_from_db()
        assert (place.place_class, place.place.place_class) == ("mobile", "mobile")
        assert proposal.content == content
        assert Delivery.objects.filter(event="item.corrected").exists()

    @pytest.mark.parametrize("wanted", ["fixed", "castle", None])
    def test_one_that_it_is_of_already_or_that_there_is_not_is_refused(self, wanted):
        desk = accepted()

        with refused("field_wrong", field="place_class"):
            suggest("class_change", desk, content={"place": str(desk.places[0].id), "place_class": wanted})


class TestCancellation:
    """P-27."""

    def test_enrolments_end_codes_close_kits_are_dropped_and_all_hear(self, in_demo, clock):
        desk = accepted()
        paypay, line_pay = item_of(desk, "paypay"), item_of(desk, "line_pay")
        approve_item(actor=PAYPAY, item_id=paypay.id, starts_on=today())
        clock.move(days=10)
        Delivery.objects.all().delete()

        confirm(suggest("cancellation", desk, reason="掲載を希望しない"))

        assert desk.again().state == "cancelled"
        assert set(desk.application.items.values_list("service", "state", "reason")) == {
            ("paypay", "ended", "掲載を希望しない"),
            ("line_pay", "withdrawn", "掲載を希望しない"),
        }
        desk.places[0].refresh_from_db()
        code = desk.places[0].place.codes.get()
        assert (code.is_closed, Enrolment.objects.get(code=code).ends_on) == (True, today())
        assert [order.state for order in KitOrder.objects.all()] == ["dropped"]
        assert Document.objects.get(application=desk.application).delete_on == today() + timedelta(days=180)
        told = {(row.destination, row.event) for row in Delivery.objects.all()}
        assert {("paypay", "item.cancelled"), ("paypay", "place.changed"), ("mail", "mail.cancelled")} <= told
        assert Delivery.objects.get(destination="paypay", event="place.changed").data["state"] == "closed"
        assert Event.objects.get(name="application.cancelled").subject == str(desk.application.id)
        assert line_pay.id in set(desk.application.items.values_list("id", flat=True))

    def test_a_question_that_waits_goes_with_it(self):
        desk = accepted()
        ask_about_item(actor=PAYPAY, item_id=item_of(desk, "paypay").id, text="営業時間は")

        confirm(suggest("cancellation", desk))

        assert item_of(desk, "paypay").state == "withdrawn"

    def test_what_another_application_takes_there_goes_on(self, in_demo):
        """J-21: the code stays open, and what waits to be posted is still needed."""
        desk = accepted()
        approve_item(actor=PAYPAY, item_id=item_of(desk, "paypay").id, starts_on=today())
        further = linked(desk, "more_services")
        choose_services(actor=further.actor, application_id=further.application.id, services={"au_pay"})
        Application.objects.filter(id=further.application.id).update(state="accepted")
        further.application.items.update(state="at_provider")
        further.again()
        item = item_of(further, "au_pay")
        approve_item(actor=provider_actor(item.provider_id), item_id=item.id, starts_on=today())

        confirm(suggest("cancellation", desk))

        code = further.application.places.get().place.codes.get()
        assert not code.is_closed
        assert dict(Enrolment.objects.filter(code=code).values_list("service", "ends_on")) == {
            "paypay": today(),
            "au_pay": None,
        }
        assert [order.state for order in KitOrder.objects.all()] == ["waiting"]

    def test_after_it_the_same_place_may_join_anew_under_its_old_code(self, in_demo, clock):
        """J-22: the code that was closed opens again, and the service is taken from the day that is approved."""
        first = accepted("business", places=[place_facts("豆腐店", kind="shop")])
        approve_item(actor=PAYPAY, item_id=item_of(first, "paypay").id, starts_on=today())
        confirm(suggest("cancellation", first))

        again = accepted("business", places=[place_facts("豆腐店", kind="shop")])
        approve_item(actor=PAYPAY, item_id=item_of(again, "paypay").id, starts_on=today())

        first.places[0].refresh_from_db()
        code = first.places[0].place.codes.get()
        assert again.application.places.get().place == first.places[0].place
        assert not code.is_closed
        assert [(row.service_id, row.ends_on) for row in Enrolment.objects.filter(code=code)] == [("paypay", None)]

    def test_the_statements_do_not_grow_with_the_places(self, in_demo):
        def statements(count):
            desk = accepted("business", places=[place_facts(f"店{number}") for number in range(count)])
            for item in desk.application.items.filter(service="paypay"):
                approve_item(actor=PAYPAY, item_id=item.id, starts_on=today())
            proposal = suggest("cancellation", desk)
            with CaptureQueriesContext(connection) as caught:
                confirm(proposal)
            return len(caught)

        assert statements(12) - statements(2) < 5

    def test_it_needs_a_reason(self):
        desk = accepted()

        with refused("reason_missing", field="reason"):
            suggest("cancellation", desk, reason="")

    def test_a_draft_is_not_cancelled(self):
        desk = begun()

        with refused("application_not_accepted", state="draft"):
            suggest("cancellation", desk)


def test_a_kit_that_was_posted_stays_posted_after_a_cancellation(in_demo):
    desk = accepted()
    order = order_kit(desk.places[0], "first")
    KitOrder.objects.update(state="sent", sent_on=today())

    confirm(suggest("cancellation", desk))

    order.refresh_from_db()
    assert order.state == "sent"
