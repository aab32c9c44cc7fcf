"""Kits: what waits to be printed and posted to which place, each once (P-31, J-14)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.kits import drop_orders, mark_sent, order_kit, order_stickers
from madoguchi.onboarding.models import Application, KitOrder
from madoguchi.onboarding.places import choose_services
from madoguchi.onboarding.provider_desk import approve_item
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.registry.actions import assign_code
from madoguchi.registry.models import StoreCode
from tests.conftest import refused
from tests.onboarding.conftest import MAKER, TOMIOKA, accepted, begun, item_of, linked, place_facts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock", "in_demo")]


def approve(desk, service="paypay"):
    item = item_of(desk, service)
    approve_item(actor=provider_actor(item.provider_id), item_id=item.id, starts_on=today())


def joined():
    """A place that takes a service under a number, its first kit waiting."""
    desk = accepted()
    approve(desk)
    return desk


def stickers(desk, copies=3, actor=None):
    return order_stickers(actor=actor or desk.actor, place_id=desk.places[0].id, copies=copies)


def waiting():
    return sorted(KitOrder.objects.filter(state="waiting").values_list("kind", flat=True))


def post():
    return mark_sent(actor=MAKER, order_ids=list(KitOrder.objects.values_list("id", flat=True)), day=today())


class TestFirst:
    def test_the_first_service_brings_a_kit_and_the_second_is_on_its_poster(self):
        desk = joined()
        approve(desk, "line_pay")

        assert waiting() == ["first"]

    def test_a_service_that_joins_after_it_was_posted_brings_a_new_poster_and_logos(self):
        """P-31: the poster shows the methods that the place takes."""
        desk = joined()
        post()

        approve(desk, "line_pay")

        assert waiting() == ["logos", "poster"]

    def test_so_does_one_that_was_applied_for_later(self):
        """J-21: another application, and still one counter."""
        desk = joined()
        further = linked(desk, "more_services")
        choose_services(actor=further.actor, application_id=further.application.id, services={"au_pay"})
        Application.objects.filter(id=further.application.id).update(state="accepted")
        further.application.items.update(state="at_provider")
        post()

        approve(further, "au_pay")

        assert waiting() == ["logos", "poster"]

    def test_one_that_was_dropped_may_be_ordered_again(self):
        desk = joined()
        drop_orders(desk.places[0])

        assert order_kit(desk.places[0], "first") is not None
        assert order_kit(desk.places[0], "first") is None


class TestStickers:
    """J-14: more of them on request."""

    def test_the_applicant_asks_for_more(self):
        desk = joined()

        order = stickers(desk)

        assert (order.kind, order.copies, order.state) == ("extra", 3, "waiting")
        assert Event.objects.get(name="kit.ordered").facts == {"copies": 3}

    def test_asking_again_while_they_wait_brings_no_more(self):
        desk = joined()
        stickers(desk)

        with refused("kit_waits_already"):
            stickers(desk)

        assert KitOrder.objects.filter(kind="extra").count() == 1

    def test_once_they_were_posted_more_may_be_asked_for(self):
        desk = joined()
        stickers(desk)
        post()

        assert stickers(desk).state == "waiting"

    @pytest.mark.parametrize("copies", [0, -1, 51])
    def test_so_many_cannot_be_meant(self, copies):
        desk = joined()

        with refused("copies_wrong", field="copies", limit=50):
            stickers(desk, copies)

    def test_without_a_number_there_is_nothing_to_print(self):
        desk = accepted()

        with refused("place_without_code"):
            stickers(desk)

    def test_a_number_under_which_somebody_else_takes_money_there_is_not_its_own(self, towns):
        desk = accepted()
        assign_code(
            actor=system_actor("test"),
            place=desk.application.places.get().place,
            principal=towns.towns[TOMIOKA],
            store_id="0000000000001-0003-000001-000001",
            merchant_name="Town",
            city="Tomioka",
            mcc="9399",
        )

        with refused("place_without_code"):
            stickers(desk)

    def test_a_code_that_was_closed_is_not_printed_any_more(self):
        desk = joined()
        StoreCode.objects.filter(principal=desk.application.organisation).update(is_closed=True)

        with refused("place_without_code"):
            stickers(desk)

    def test_nobody_else_asks_for_them(self):
        desk = joined()

        for actor in (begun().actor, provider_actor("paypay"), MAKER):
            with refused("not_allowed"):
                stickers(desk, actor=actor)

    def test_a_place_that_there_is_not_is_unknown(self):
        desk = begun()

        with refused("applied_place_unknown"):
            order_stickers(actor=desk.actor, place_id=new_id(), copies=1)


class TestPosting:
    def test_what_was_posted_is_told_once(self):
        desk = joined()

        assert (post(), post()) == (1, 0)

        order = KitOrder.objects.get(place=desk.places[0])
        assert (order.state, order.sent_on) == ("sent", today())
        assert Event.objects.get(name="kit.sent").facts == {"kind": "first", "copies": 1}
        assert Delivery.objects.filter(event="mail.kit_sent").count() == 1

    def test_the_first_day_stands(self):
        joined()
        post()
        [order_id] = KitOrder.objects.values_list("id", flat=True)

        mark_sent(actor=MAKER, order_ids=[order_id], day=today() + timedelta(days=1))

        assert KitOrder.objects.get().sent_on == today()

    def test_what_was_dropped_is_not_posted(self):
        drop_orders(joined().places[0])

        assert post() == 0

    def test_only_the_office_posts(self):
        desk = joined()

        with refused("not_allowed"):
            mark_sent(actor=desk.actor, order_ids=[], day=today())


def test_ten_buses_of_one_name_have_ten_kits():
    desk = accepted(places=[place_facts("循環バス", kind="vehicle", services=frozenset({"paypay"}))] * 3)
    for item in desk.application.items.all():
        approve_item(actor=provider_actor("paypay"), item_id=item.id, starts_on=today())

    assert waiting() == ["first"] * 3
