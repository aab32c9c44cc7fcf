"""What a till shows, and to whom: offers, orders, and the payer only to the principal's own staff (J-19)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import today
from madoguchi.core.ids import new_id
from madoguchi.counter.actions import Pick, mark_seen, open_order
from madoguchi.counter.queries import (
    find_day,
    find_order,
    lines_of,
    offers_at,
    order_state,
    orders_of_day,
    orders_waiting,
    sees_payer,
    unclosed_days,
)
from madoguchi.registry.models import AgentDesignation
from tests.conftest import actor_named, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def offered(place, day=None) -> list[tuple[str, int, str]]:
    return [(offer.code, offer.unit_yen, offer.blocked) for offer in offers_at(place, day or today())]


class TestOffers:
    def test_a_place_offers_the_items_of_its_purposes_in_the_order_of_the_schedule(self, mill):
        """M-08: the mill takes admission fees."""
        assert offered(mill) == [("adult", 1_000, ""), ("student", 250, ""), ("child", 150, "")]

    def test_a_place_of_two_purposes_offers_both(self, towns):
        """M-09."""
        purposes = {offer.purpose for offer in offers_at(towns.places[-1], today())}

        assert purposes == {"various_certificate_fee", "facility_fee"}

    def test_before_the_first_price_nothing_is_offered(self, mill):
        assert offered(mill, today() - timedelta(days=365 * 10)) == []

    def test_what_is_not_designated_is_shown_and_says_why(self, towns):
        """H-07: the clerk sees that the village has it but this counter may not take it."""
        assert set(offered(towns.post_office)) == {
            ("residence", 300, ""),
            ("seal", 300, ""),
            ("room_half", 600, "designation_missing"),
            ("shop", 500, ""),
        }

    def test_without_a_designation_all_of_the_principals_items_are_blocked(self, towns):
        AgentDesignation.objects.all().delete()

        blocked = {code for code, _, why in offered(towns.post_office) if why}
        assert blocked == {"residence", "seal", "room_half"}

    def test_the_revenue_goes_to_the_division_not_to_the_counter(self, towns):
        divisions = {offer.code: offer.division_id for offer in offers_at(towns.post_office, today())}

        assert divisions["residence"] == towns.village_division.id
        assert divisions["shop"] == towns.post_office.id


class TestPayer:
    """J-19: providers' screens keep amount, date and time only, so the payer is written on the order here."""

    @pytest.fixture
    def own(self, mill, mill_clerk):
        item = offers_at(mill, today())[0].item_id
        facts = {"client_key": str(new_id()), "payer_name": "富岡 花子", "case_reference": "収-12"}
        return open_order(actor=mill_clerk, place_id=mill.id, picks=[Pick(item, 1)], **facts)

    @pytest.fixture
    def agents(self, towns, post_clerk, order_at):
        return order_at(towns.post_office, post_clerk, residence=1)

    def test_it_is_kept_with_the_order(self, own, mill_clerk):
        order = find_order(mill_clerk, own.id)

        assert (order.payer_name, order.case_reference) == ("富岡 花子", "収-12")

    @pytest.mark.parametrize(
        ("username", "sees"),
        [
            ("clerk-mill", True),
            ("accountant-tomioka", True),
            ("admin-tomioka", True),
            ("clerk-citizens", False),
            ("accountant-yasuoka", False),
            ("auditor", False),
            ("programme-office", False),
            ("provider-paypay", False),
        ],
    )
    def test_at_a_towns_own_counter(self, own, username, sees):
        assert sees_payer(actor_named(username), own) is sees

    @pytest.mark.parametrize(
        ("username", "sees"),
        [("accountant-yasuoka", True), ("clerk-post", False), ("accountant-post", False), ("auditor", False)],
    )
    def test_at_the_agents_counter_only_the_principals_staff(self, agents, username, sees):
        assert sees_payer(actor_named(username), agents) is sees


class TestFind:
    @pytest.mark.parametrize("username", ["clerk-mill", "accountant-tomioka", "admin-tomioka", "auditor"])
    def test_the_till_and_the_principals_staff_find_an_order(self, mill, mill_clerk, order_at, username):
        order = order_at(mill, mill_clerk, adult=1)

        assert find_order(actor_named(username), order.id) == order

    @pytest.mark.parametrize(
        "username", ["clerk-citizens", "accountant-yasuoka", "provider-paypay", "programme-office"]
    )
    def test_others_do_not(self, mill, mill_clerk, order_at, username):
        order = order_at(mill, mill_clerk, adult=1)

        with refused("not_allowed"):
            find_order(actor_named(username), order.id)

    def test_an_unknown_order_is_refused(self, mill_clerk):
        for read in (find_order, order_state):
            with refused("order_unknown"):
                read(mill_clerk, new_id())

    def test_a_tills_list_is_of_its_day_newest_first(self, mill, mill_clerk, order_at, clock):
        order_at(mill, mill_clerk, adult=1)
        yesterday = today()
        clock.move(days=1)
        first, second = (order_at(mill, mill_clerk, adult=1) for _ in range(2))

        assert list(orders_of_day(mill_clerk, mill, today())) == [second, first]
        assert orders_of_day(mill_clerk, mill, yesterday).count() == 1
        with refused("not_allowed", permission="till.use"):
            orders_of_day(actor_named("clerk-citizens"), mill, today())

    def test_orders_waiting_are_those_without_their_money_whatever_their_day(self, mill, mill_clerk, order_at, clock):
        seen = order_at(mill, mill_clerk, adult=1)
        mark_seen(actor=mill_clerk, order_id=seen.id, service_code="paypay")
        clock.move(days=1)
        opened = order_at(mill, mill_clerk, child=1)

        assert orders_waiting(mill_clerk, mill) == [opened, seen]
        assert [day.day for day in unclosed_days(mill, today())] == [today() - timedelta(days=1)]
        assert find_day(mill_clerk, mill, today()).day == today()
        with refused("day_not_open"):
            find_day(mill_clerk, mill, today() + timedelta(days=1))

    def test_lines_by_order_in_their_order(self, mill, mill_clerk, order_at):
        order = order_at(mill, mill_clerk, adult=1, child=2)

        assert [line.item.code for line in lines_of([order.id])[order.id]] == ["adult", "child"]
        assert lines_of([]) == {}
