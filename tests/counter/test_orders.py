"""Opening an order: what it holds, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from madoguchi.core.clock import now, today
from madoguchi.core.ids import new_id
from madoguchi.counter import actions
from madoguchi.counter.actions import Pick, abandon_order, mark_seen, move_order, offline_picks, open_order, take_cash
from madoguchi.counter.closing import close_day
from madoguchi.counter.models import FeeItem, FeePrice, Order, OrderLine, TillDay
from madoguchi.counter.rules import MAX_LINES
from madoguchi.events.models import Event
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import end_designation
from madoguchi.registry.models import AgentDesignation, StoreCode
from tests.conftest import actor_named, refused
from tests.counter.conftest import snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TEST = system_actor("test")


@pytest.fixture
def opened(mill, mill_clerk):
    """`opened(picks)`: an order at the mill."""

    def make(picks, *, place=mill, actor=mill_clerk, client_key="", **changed):
        return open_order(
            actor=actor, place_id=place.id, picks=picks, client_key=client_key or str(new_id()), **changed
        )

    return make


class TestOpened:
    def test_an_order_holds_its_lines_at_the_prices_of_the_day(self, opened, pick, mill, mill_clerk):
        order = opened([pick(mill, "adult", 2), pick(mill, "child", 3)])

        assert (order.state, order.tender, order.total_yen) == ("open", "", 2_450)
        assert (order.place, order.principal_id, order.clerk_id) == (mill, mill.operator_id, mill_clerk.user_id)
        lines = order.lines.values_list("item__code", "unit_yen", "quantity", "amount_yen", "division")
        assert list(lines) == [("adult", 1_000, 2, 2_000, mill.id), ("child", 150, 3, 450, mill.id)]
        assert order.code == StoreCode.objects.get(place=mill)
        event = Event.objects.get(name="order.opened", subject=str(order.id))
        assert event.facts == {"number": "20261120-0001", "total_yen": 2_450, "offline": False}

    def test_lines_always_sum_to_the_total(self, opened, pick, mill):
        order = opened(
            [pick(mill, code, quantity) for code, quantity in (("adult", 7), ("student", 13), ("child", 999))]
        )

        assert sum(line.amount_yen for line in order.lines.all()) == order.total_yen

    def test_the_database_refuses_a_line_that_does_not_add_up(self, opened, pick, mill):
        line = opened([pick(mill, "adult")]).lines.get()

        with pytest.raises(IntegrityError, match="counter_line_adds_up"), transaction.atomic():
            OrderLine.objects.filter(id=line.id).update(amount_yen=999)

    def test_the_same_order_sent_twice_is_one_order(self, opened, pick, mill):
        first = opened([pick(mill, "adult")], client_key="k1")
        before = snapshot()

        again = opened([pick(mill, "adult", 5)], client_key="k1")

        assert (again.id, again.total_yen) == (first.id, 1_000)
        assert snapshot() == before

    def test_the_same_order_sent_twice_at_the_same_moment_is_one_order(self, opened, pick, mill, monkeypatch):
        """The second comes while the first is still being written; it waits, finds the order and repeats it."""
        priced = actions.price_picks
        first = []

        def meanwhile(*facts):
            monkeypatch.setattr(actions, "price_picks", priced)
            first.append(opened([pick(mill, "adult")], client_key="k1"))
            return priced(*facts)

        monkeypatch.setattr(actions, "price_picks", meanwhile)

        assert opened([pick(mill, "adult")], client_key="k1").id == first[0].id
        assert Order.objects.count() == 1
        assert TillDay.objects.get(place=mill).last_ordinal == 1

    def test_the_key_of_another_places_order_is_refused(self, opened, pick, mill, towns):
        opened([pick(mill, "adult")], client_key="k1")
        before = snapshot()
        hall = towns.places[0]

        with refused("key_reused"):
            opened([pick(hall, "playroom")], place=hall, actor=actor_named("clerk-takamori"), client_key="k1")

        assert snapshot() == before


class TestNumber:
    def test_numbers_count_up_within_a_place_and_a_day(self, opened, pick, mill, clock):
        numbers = [opened([pick(mill, "adult")]).number for _ in range(2)]
        clock.move(days=1)
        numbers.append(opened([pick(mill, "adult")]).number)

        assert numbers == ["20261120-0001", "20261120-0002", "20261121-0001"]

    def test_another_place_counts_for_itself(self, opened, pick, mill, towns):
        hall = towns.places[0]
        opened([pick(mill, "adult")])

        order = opened([pick(hall, "playroom")], place=hall, actor=actor_named("clerk-takamori"))

        assert order.number == "20261120-0001"

    def test_the_database_refuses_a_number_twice(self, opened, pick, mill):
        opened([pick(mill, "adult")])
        second = opened([pick(mill, "adult")])

        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(id=second.id).update(number="20261120-0001")

    def test_a_refused_order_leaves_no_gap(self, opened, pick, mill):
        with refused("order_empty"):
            opened([])

        assert opened([pick(mill, "adult")]).number == "20261120-0001"

    def test_the_day_is_japans(self, opened, pick, mill, clock):
        clock.move(hours=12)  # Saturday 00:00 in Japan, still Friday in UTC

        assert opened([pick(mill, "adult")]).number == "20261121-0001"


class TestRefused:
    @pytest.fixture(autouse=True)
    def _nothing_changes(self, towns):
        yield
        assert not Order.objects.exists()
        assert not Event.objects.filter(name__startswith="order.").exists()

    def test_an_order_without_items(self, opened):
        with refused("order_empty"):
            opened([])

    @pytest.mark.parametrize("quantity", [0, -1, 1_000])
    def test_a_quantity_that_cannot_be(self, opened, pick, mill, quantity):
        with refused("quantity_wrong", limit=999):
            opened([pick(mill, "adult"), pick(mill, "child", quantity)])

    def test_an_item_that_does_not_exist(self, opened):
        with refused("item_not_offered"):
            opened([Pick(new_id(), 1)])

    def test_an_item_of_another_place(self, opened, pick, towns):
        with refused("item_not_offered"):
            opened([pick(towns.places[0], "playroom")])

    def test_an_item_whose_price_has_ended(self, opened, pick, mill):
        adult = pick(mill, "adult")
        FeePrice.objects.filter(item_id=adult.item_id).update(ends_on=date(2026, 11, 19))

        with refused("item_not_offered"):
            opened([adult])

    def test_a_price_other_than_the_till_showed(self, opened, pick, mill):
        """The customer was told another amount: the clerk must say the new one first."""
        adult = pick(mill, "adult", 1, shown_unit_yen=900)

        with refused("price_changed", item="観覧料 一般", item_en="Admission, adult", unit_yen=1_000):
            opened([adult])

    def test_more_yen_than_an_order_may_hold(self, opened, pick, mill):
        with refused("order_too_large", limit=10_000_000):
            opened([pick(mill, "adult", 999)] * 11)

    def test_more_lines_than_an_order_may_hold(self, opened, pick, mill):
        with refused("order_too_large", limit=MAX_LINES):
            opened([pick(mill, "child")] * (MAX_LINES + 1))

    def test_a_place_without_a_code_for_the_principal(self, opened, pick, mill):
        StoreCode.objects.filter(place=mill).update(is_closed=True)

        with refused("code_missing"):
            opened([pick(mill, "adult")])

    def test_a_day_that_is_closed(self, opened, pick, mill, mill_clerk):
        TillDay.objects.create(place=mill, day=today())
        close_day(actor=mill_clerk, place_id=mill.id, day=today(), counts={})

        with refused("day_closed", day=today()):
            opened([pick(mill, "adult")])

    def test_an_unknown_place(self, opened, pick, mill):
        with refused("place_unknown"):
            open_order(actor=TEST, place_id=new_id(), picks=[pick(mill, "adult")], client_key="k")

    @pytest.mark.parametrize("username", ["clerk-citizens", "clerk-togo", "accountant-tomioka", "admin-tomioka"])
    def test_somebody_elses_till(self, opened, pick, mill, username):
        with refused("not_allowed", permission="till.use"):
            opened([pick(mill, "adult")], actor=actor_named(username))

    @pytest.mark.parametrize("off", [timedelta(minutes=5, seconds=1), timedelta(days=-31, seconds=-1)])
    def test_an_hour_that_no_till_could_have_kept(self, opened, pick, mill, off):
        with refused("taken_at_wrong", taken_at=now() + off):
            opened([pick(mill, "adult")], taken_at=now() + off)


class TestDesignation:
    """H-07: the post office takes the village's fees only under an announced designation."""

    def test_the_agents_clerk_opens_an_order_of_the_principal(self, opened, pick, towns, post_clerk):
        office = towns.post_office
        order = opened([pick(office, "residence")], place=office, actor=post_clerk)

        assert order.principal == towns.towns["20414"]
        assert order.lines.get().division == towns.village_division

    def test_a_revenue_that_is_not_designated_is_refused(self, opened, pick, towns, post_clerk):
        office = towns.post_office

        with refused("designation_missing", item="会議室（半日）"):
            opened([pick(office, "room_half")], place=office, actor=post_clerk)

        assert not Order.objects.exists()

    def test_from_the_day_after_the_designation_ends_it_is_refused(self, opened, pick, towns, post_clerk, clock):
        office = towns.post_office
        designation = AgentDesignation.objects.get()
        end_designation(actor=TEST, designation_id=designation.id, ends_on=today())
        opened([pick(office, "residence")], place=office, actor=post_clerk)
        clock.move(days=1)

        with refused("designation_missing"):
            opened([pick(office, "residence")], place=office, actor=post_clerk)

        assert Order.objects.count() == 1

    def test_two_principals_money_is_never_in_one_order(self, opened, pick, towns, post_clerk):
        """J-27: one code is paid to one account."""
        office = towns.post_office

        with refused("order_mixes_principals"):
            opened([pick(office, "residence"), pick(office, "shop")], place=office, actor=post_clerk)

        assert not Order.objects.exists()


class TestDatedPrice:
    @pytest.fixture(autouse=True)
    def _price_rises_tomorrow(self, mill):
        item = FeeItem.objects.get(principal=mill.operator, code="adult")
        FeePrice.objects.filter(item=item).update(ends_on=date(2026, 11, 20))
        FeePrice.objects.create(item=item, starts_on=date(2026, 11, 21), unit_yen=1_200)

    def test_the_new_price_holds_from_midnight_in_japan(self, opened, pick, mill, clock):
        clock.move(hours=11, minutes=59)
        assert opened([pick(mill, "adult")]).total_yen == 1_000

        clock.move(minutes=1)
        assert opened([pick(mill, "adult")]).total_yen == 1_200

    def test_an_order_keeps_the_price_it_was_opened_at(self, opened, pick, mill, clock):
        order = opened([pick(mill, "adult")])
        clock.move(days=2)

        order.refresh_from_db()
        assert order.total_yen == order.lines.get().unit_yen == 1_000

    def test_an_order_taken_without_a_connection_has_the_price_of_its_own_day(self, opened, pick, mill, clock):
        taken_at = now()
        adult = pick(mill, "adult", 1, shown_unit_yen=1_000)
        clock.move(days=1)

        order = opened([adult], taken_at=taken_at)

        assert (order.total_yen, order.opened_at, order.was_offline) == (1_000, taken_at, True)

    def test_a_till_whose_clock_runs_a_little_ahead_is_taken_at_our_hour(self, opened, pick, mill):
        assert opened([pick(mill, "adult")], taken_at=now() + timedelta(minutes=5)).opened_at == now()


class TestMoves:
    def test_an_order_is_seen_once(self, opened, pick, mill, mill_clerk, clock):
        """J-25: the notice is late and the clerk saw the payment on the customer's screen."""
        order = opened([pick(mill, "adult")])
        seen = mark_seen(actor=mill_clerk, order_id=order.id, service_code="paypay")
        assert (seen.state, seen.service_id, seen.seen_at, seen.paid_at) == ("seen", "paypay", now(), None)
        before = snapshot()
        clock.move(minutes=5)

        mark_seen(actor=mill_clerk, order_id=order.id, service_code="line_pay")

        assert snapshot() == before

    def test_a_service_that_does_not_exist_was_not_seen(self, opened, pick, mill, mill_clerk):
        order = opened([pick(mill, "adult")])
        before = snapshot()

        with refused("service_unknown"):
            mark_seen(actor=mill_clerk, order_id=order.id, service_code="nobody_pay")

        assert snapshot() == before

    def test_an_open_order_is_abandoned_without_a_word(self, opened, pick, mill, mill_clerk):
        order = abandon_order(actor=mill_clerk, order_id=opened([pick(mill, "adult")]).id, reason=" ")

        assert (order.state, order.closed_at, order.close_reason) == ("abandoned", now(), "")

    def test_a_seen_order_is_abandoned_only_with_a_reason(self, opened, pick, mill, mill_clerk):
        order = opened([pick(mill, "adult")])
        mark_seen(actor=mill_clerk, order_id=order.id, service_code="paypay")
        before = snapshot()

        with refused("reason_missing", field="reason"):
            abandon_order(actor=mill_clerk, order_id=order.id, reason="  ")
        assert snapshot() == before

        assert abandon_order(actor=mill_clerk, order_id=order.id, reason="never came").state == "abandoned"

    def test_abandoning_twice_changes_nothing(self, opened, pick, mill, mill_clerk):
        order = opened([pick(mill, "adult")])
        abandon_order(actor=mill_clerk, order_id=order.id, reason="left")
        before = snapshot()

        abandon_order(actor=mill_clerk, order_id=order.id, reason="other")

        assert snapshot() == before

    def test_a_paid_order_is_neither_abandoned_nor_seen(self, opened, pick, mill, mill_clerk):
        order = opened([pick(mill, "adult")])
        take_cash(actor=mill_clerk, order_id=order.id, given_yen=1_000)
        before = snapshot()

        with refused("order_not_waiting", state="paid"):
            abandon_order(actor=mill_clerk, order_id=order.id, reason="left")
        with refused("order_not_waiting", state="paid"):
            mark_seen(actor=mill_clerk, order_id=order.id, service_code="paypay")
        assert snapshot() == before

    def test_a_move_that_is_not_in_the_table_is_refused_whoever_asks(self, opened, pick, mill):
        order = opened([pick(mill, "adult")])
        before = snapshot()

        with refused("order_state_wrong", state="open", wanted="cancelled"):
            move_order(TEST, order, "cancelled")

        assert snapshot() == before

    def test_an_unknown_order_is_refused(self, mill_clerk):
        with refused("order_unknown"):
            abandon_order(actor=mill_clerk, order_id=new_id(), reason="left")

    def test_a_reason_longer_than_its_column_is_kept_as_far_as_it_goes(self, opened, pick, mill, mill_clerk):
        order = abandon_order(actor=mill_clerk, order_id=opened([pick(mill, "adult")]).id, reason="あ" * 300)

        order.refresh_from_db()
        assert order.close_reason == "あ" * 200


class TestOfflinePicks:
    def test_stored_lines_become_picks_with_the_price_the_till_showed(self):
        item = new_id()

        assert offline_picks([{"item": str(item), "quantity": 2, "unit_yen": 1_000}]) == [Pick(item, 2, 1_000)]

    @pytest.mark.parametrize(
        "line",
        [
            {},
            {"item": "x", "quantity": 1, "unit_yen": 1},
            {"item": str(new_id()), "quantity": "two", "unit_yen": 1},
            {"item": str(new_id()), "quantity": None, "unit_yen": 1},
            {"item": str(new_id()), "quantity": 1.5, "unit_yen": 1},
            {"item": str(new_id()), "quantity": float("inf"), "unit_yen": 1},
            {"item": str(new_id()), "quantity": True, "unit_yen": 1},
            {"item": str(new_id()), "quantity": 1, "unit_yen": 99.9},
            "line",
            None,
        ],
    )
    def test_what_is_not_a_whole_number_of_an_item_is_refused_not_rounded(self, line):
        with refused("quantity_wrong", limit=999):
            offline_picks([line])
