"""Cash taken and given back, and what an agent is owed for it (H-07, H-24)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from madoguchi.core.clock import now, today
from madoguchi.counter import actions
from madoguchi.counter.actions import mark_seen, return_cash, take_cash
from madoguchi.counter.closing import close_day
from madoguchi.counter.models import Order, Remuneration
from madoguchi.counter.queries import remuneration_due_yen
from madoguchi.counter.rules import DENOMINATIONS_YEN
from madoguchi.ledger.queries import balances, postings_about
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import designate_agent, end_designation
from madoguchi.registry.models import AgentDesignation
from tests.conftest import actor_named, refused
from tests.counter.conftest import snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def order(order_at, mill, mill_clerk) -> Order:
    """¥2,150 at the mill: two adults and a child."""
    return order_at(mill, mill_clerk, adult=2, child=1)


@pytest.fixture
def paid(order, mill_clerk) -> Order:
    return take_cash(actor=mill_clerk, order_id=order.id, given_yen=3_000)


def booked(place) -> dict[str, int]:
    """Balances of a place's principal that are not zero, without the long identifiers."""
    found = balances(place.operator_id).items()
    return {code.replace(str(place.id), "here"): amount for code, amount in found if amount}


class TestTaken:
    def test_the_order_is_paid_and_booked_by_line(self, paid, mill):
        assert (paid.state, paid.tender, paid.cash_given_yen, paid.paid_at) == ("paid", "cash", 3_000, now())
        assert booked(mill) == {"cash:here": 2_150, "revenue:here:adult": 2_000, "revenue:here:child": 150}
        assert {row.rule for row in postings_about([paid.id])} == {"cash_taken"}

    def test_the_exact_amount_is_enough(self, order, mill_clerk):
        assert take_cash(actor=mill_clerk, order_id=order.id, given_yen=2_150).state == "paid"

    @pytest.mark.parametrize(("given_yen", "short_yen"), [(2_149, 1), (0, 2_150), (-1, 2_151)])
    def test_too_little_is_refused_with_what_is_missing(self, order, mill_clerk, given_yen, short_yen):
        before = snapshot()

        with refused("cash_short", short_yen=short_yen, field="given_yen"):
            take_cash(actor=mill_clerk, order_id=order.id, given_yen=given_yen)

        assert snapshot() == before

    def test_sent_twice_it_is_taken_once(self, paid, mill_clerk):
        before = snapshot()

        again = take_cash(actor=mill_clerk, order_id=paid.id, given_yen=10_000)

        assert (again.cash_given_yen, snapshot()) == (3_000, before)

    def test_an_order_seen_on_a_screen_is_not_paid_a_second_time_in_cash(self, order, mill_clerk):
        mark_seen(actor=mill_clerk, order_id=order.id, service_code="paypay")
        before = snapshot()

        with refused("order_not_waiting", state="seen"):
            take_cash(actor=mill_clerk, order_id=order.id, given_yen=3_000)

        assert snapshot() == before

    @pytest.mark.parametrize("username", ["clerk-citizens", "clerk-post", "accountant-tomioka"])
    def test_only_at_ones_own_till(self, order, username):
        before = snapshot()

        with refused("not_allowed", permission="till.use"):
            take_cash(actor=actor_named(username), order_id=order.id, given_yen=3_000)

        assert snapshot() == before


class TestGivenBack:
    def test_the_order_is_cancelled_and_the_books_are_as_before(self, paid, mill, mill_clerk):
        order = return_cash(actor=mill_clerk, order_id=paid.id, reason="wrong item")

        assert (order.state, order.closed_at, order.close_reason) == ("cancelled", now(), "wrong item")
        assert booked(mill) == {}
        assert len(postings_about([paid.id])) == 4

    def test_a_reason_is_asked_for(self, paid, mill_clerk):
        before = snapshot()

        with refused("reason_missing", field="reason"):
            return_cash(actor=mill_clerk, order_id=paid.id, reason=" ")

        assert snapshot() == before

    def test_sent_twice_it_is_given_once(self, paid, mill, mill_clerk):
        return_cash(actor=mill_clerk, order_id=paid.id, reason="wrong item")
        before = snapshot()

        return_cash(actor=mill_clerk, order_id=paid.id, reason="again")

        assert snapshot() == before

    def test_an_order_without_cash_has_none_to_give(self, order, mill_clerk):
        before = snapshot()

        with refused("order_not_cash"):
            return_cash(actor=mill_clerk, order_id=order.id, reason="wrong item")

        assert snapshot() == before

    def test_not_after_that_days_cash_was_counted(self, paid, mill, mill_clerk):
        close_day(actor=mill_clerk, place_id=mill.id, day=today(), counts={1_000: 2, 100: 1, 50: 1})
        before = snapshot()

        with refused("day_closed", day=today()):
            return_cash(actor=mill_clerk, order_id=paid.id, reason="wrong item")

        assert snapshot() == before

    def test_not_while_that_days_cash_is_being_counted(self, paid, mill, mill_clerk, monkeypatch):
        """The day closes between the look at the order and the look at the day."""
        require = actions.require

        def meanwhile(*facts):
            monkeypatch.setattr(actions, "require", require)
            close_day(actor=mill_clerk, place_id=mill.id, day=today(), counts={1_000: 2, 100: 1, 50: 1})
            return require(*facts)

        monkeypatch.setattr(actions, "require", meanwhile)

        with refused("day_closed", day=today()):
            return_cash(actor=mill_clerk, order_id=paid.id, reason="wrong item")

        paid.refresh_from_db()
        assert (paid.state, booked(mill)["cash:here"]) == ("paid", 2_150)

    def test_yesterdays_cash_while_yesterday_is_open(self, paid, mill, mill_clerk, clock):
        clock.move(days=1)

        assert return_cash(actor=mill_clerk, order_id=paid.id, reason="wrong item").state == "cancelled"

    def test_only_at_ones_own_till(self, paid):
        before = snapshot()

        with refused("not_allowed", permission="till.refund"):
            return_cash(actor=actor_named("clerk-citizens"), order_id=paid.id, reason="wrong item")

        assert snapshot() == before


class TestRemuneration:
    """H-07: the village owes the post office ¥150 for each case; the money itself is the village's (H-24)."""

    @pytest.fixture
    def village(self, towns):
        return towns.towns["20414"]

    @pytest.fixture
    def case(self, order_at, towns, post_clerk):
        """`case()`: an order of the village's, paid in cash at the post office."""

        def make(**items):
            order = order_at(towns.post_office, post_clerk, **(items or {"residence": 1}))
            return take_cash(actor=post_clerk, order_id=order.id, given_yen=order.total_yen)

        return make

    def owed(self, towns):
        return remuneration_due_yen(towns.towns["20414"].id, towns.post_office_operator.id)

    def designate(self, towns, purpose: str, yen: int, **changed: object) -> None:
        facts = {"starts_on": date(2025, 4, 1), "announced_on": date(2025, 4, 1), **changed}
        designate_agent(
            actor=system_actor("test"),
            principal=towns.towns["20414"],
            agent=towns.post_office_operator,
            purposes=[purpose],
            announcement="告示",
            remuneration_per_case_yen=yen,
            **facts,
        )

    def test_revenue_and_remuneration_are_in_the_principals_books_and_none_in_the_agents(self, case, towns, village):
        case()

        agent = towns.post_office_operator.id
        office, division = towns.post_office.id, towns.village_division.id
        assert balances(village.id) == {
            f"cash:{office}": 300,
            f"revenue:{division}:residence": 300,
            f"remuneration:{agent}": 150,
            f"payable:{agent}": 150,
        }
        assert balances(agent) == {}

    def test_each_case_is_owed_once_however_many_items(self, case, towns, post_clerk):
        case(residence=3, seal=2)
        order = case()
        take_cash(actor=post_clerk, order_id=order.id, given_yen=300)

        assert self.owed(towns) == (2, 300)

    def test_a_case_given_back_is_not_owed(self, case, towns, village, post_clerk):
        order = case()
        return_cash(actor=post_clerk, order_id=order.id, reason="wrong item")

        assert self.owed(towns) == (0, 0)
        assert set(balances(village.id).values()) == {0}
        assert Remuneration.objects.get(order=order).cancelled_at == now()

    def test_the_agents_own_sales_are_owed_nothing(self, case, towns):
        case(shop=1)

        assert self.owed(towns) == (0, 0)
        assert not Remuneration.objects.exists()

    def test_a_towns_own_counter_is_owed_nothing(self, paid):
        assert not Remuneration.objects.exists()

    def test_a_designation_without_remuneration_owes_nothing(self, case, towns):
        AgentDesignation.objects.update(remuneration_per_case_yen=0)
        case()

        assert not Remuneration.objects.exists()

    def test_the_amount_is_that_of_the_designation_that_names_the_revenue(self, case, towns):
        """A later designation for other revenues does not change what certificates bring."""
        self.designate(towns, "facility_fee", 80)

        case()
        assert self.owed(towns) == (1, 150)
        case(room_half=1)
        assert self.owed(towns) == (2, 230)

    def test_a_designation_not_yet_announced_does_not_count(self, case, towns):
        self.designate(towns, "certificate_fee", 500, announced_on=None)

        case()
        assert self.owed(towns) == (1, 150)

    def test_from_a_new_designation_on_its_own_amount_is_owed(self, case, towns, clock):
        system = system_actor("test")
        end_designation(actor=system, designation_id=AgentDesignation.objects.get().id, ends_on=today())
        tomorrow = today() + timedelta(days=1)
        self.designate(towns, "certificate_fee", 200, starts_on=tomorrow, announced_on=tomorrow)

        case()
        clock.move(days=1)
        case()

        assert self.owed(towns) == (2, 350)


def test_every_yen_note_and_coin_can_be_counted():
    assert {10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1} == set(DENOMINATIONS_YEN)
