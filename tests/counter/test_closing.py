"""A till's day: float, count, over or short, and opening it again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from madoguchi.core.clock import now, today
from madoguchi.core.ids import new_id
from madoguchi.counter.actions import abandon_order, mark_seen, return_cash, take_cash
from madoguchi.counter.closing import close_day, reopen_day, set_float
from madoguchi.counter.models import TillDay
from madoguchi.counter.queries import day_totals, till_day
from madoguchi.events.models import Event
from madoguchi.ledger.queries import balance_yen
from tests.conftest import actor_named, refused
from tests.counter.conftest import snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
COUNTS = {10_000: 1, 1_000: 2, 100: 1, 50: 1}  # ¥12,150: the float of ¥10,000 and one order of ¥2,150


@pytest.fixture
def sold(mill, mill_clerk, order_at):
    """A float of ¥10,000 and one order of ¥2,150 paid in cash."""
    set_float(actor=mill_clerk, place_id=mill.id, float_yen=10_000)
    order = order_at(mill, mill_clerk, adult=2, child=1)
    return take_cash(actor=mill_clerk, order_id=order.id, given_yen=5_000)


def close(mill, clerk, counts=COUNTS, day=None) -> TillDay:
    return close_day(actor=clerk, place_id=mill.id, day=day or today(), counts=counts)


def difference_yen(mill) -> tuple[int, int]:
    """Cash in the books, and the difference booked: below zero when the till was over."""
    owner = mill.operator_id
    return balance_yen(owner, f"cash:{mill.id}"), balance_yen(owner, f"cash_difference:{mill.id}")


class TestClose:
    def test_an_even_count_books_nothing(self, sold, mill, mill_clerk):
        day = close(mill, mill_clerk)

        assert (day.expected_cash_yen, day.counted_cash_yen) == (12_150, 12_150)
        assert (day.closed_at, day.closed_by_id) == (now(), mill_clerk.user_id)
        assert day.counts == {"10000": 1, "1000": 2, "100": 1, "50": 1}
        assert difference_yen(mill) == (2_150, 0)

    @pytest.mark.parametrize(
        ("coins", "booked_yen"),
        [({1: 1}, -1), ({500: 3}, -1_500), ({100: 0}, 100), ({10_000: 0}, 10_000)],
    )
    def test_over_and_short_are_booked_to_the_operator(self, sold, mill, mill_clerk, coins, booked_yen):
        day = close(mill, mill_clerk, {**COUNTS, **coins})

        assert day.counted_cash_yen - day.expected_cash_yen == -booked_yen
        assert difference_yen(mill) == (2_150 - booked_yen, booked_yen)
        event = Event.objects.get(name="day.closed", subject=str(day.id))
        assert event.facts["difference_yen"] == -booked_yen

    def test_cash_given_back_is_not_expected(self, sold, mill, mill_clerk, order_at):
        order = order_at(mill, mill_clerk, child=1)
        take_cash(actor=mill_clerk, order_id=order.id, given_yen=150)
        return_cash(actor=mill_clerk, order_id=order.id, reason="wrong item")

        assert close(mill, mill_clerk).expected_cash_yen == 12_150

    def test_an_empty_till_can_be_closed(self, mill, mill_clerk):
        set_float(actor=mill_clerk, place_id=mill.id, float_yen=0)

        day = close(mill, mill_clerk, {})

        assert (day.expected_cash_yen, day.counted_cash_yen, day.closed_at) == (0, 0, now())

    def test_an_open_order_must_be_settled_first(self, sold, mill, mill_clerk, order_at):
        order = order_at(mill, mill_clerk, adult=1)
        before = snapshot()

        with refused("orders_waiting", count=1):
            close(mill, mill_clerk)
        assert snapshot() == before

        abandon_order(actor=mill_clerk, order_id=order.id, reason="left")
        assert close(mill, mill_clerk).closed_at == now()

    def test_an_order_seen_on_a_screen_may_stay_over_night(self, sold, mill, mill_clerk, order_at):
        """J-25: its notice may come late; it is shown as waiting and no cash is expected for it."""
        order = order_at(mill, mill_clerk, adult=1)
        mark_seen(actor=mill_clerk, order_id=order.id, service_code="paypay")

        day = close(mill, mill_clerk)

        assert (day.report["waiting"], day.expected_cash_yen) == (1, 12_150)

    @pytest.mark.parametrize("counts", [{3: 1}, {1_000: -1}])
    def test_a_count_that_cannot_be_is_refused(self, sold, mill, mill_clerk, counts):
        before = snapshot()

        with refused("count_wrong", field="counts"):
            close(mill, mill_clerk, counts)

        assert snapshot() == before

    def test_closing_again_changes_neither_count_nor_books(self, sold, mill, mill_clerk):
        close(mill, mill_clerk)
        before = snapshot()

        assert close(mill, mill_clerk, {}).counted_cash_yen == 12_150
        assert snapshot() == before

    def test_a_day_without_a_till_is_refused(self, sold, mill, mill_clerk):
        with refused("day_not_open", day=date(2026, 11, 19)):
            close(mill, mill_clerk, day=date(2026, 11, 19))

    def test_yesterday_can_be_closed_today(self, sold, mill, mill_clerk, clock):
        yesterday = today()
        clock.move(days=1)

        assert close(mill, mill_clerk, day=yesterday).day == yesterday
        assert till_day(mill) is None

    @pytest.mark.parametrize("username", ["clerk-citizens", "accountant-tomioka", "auditor"])
    def test_only_at_ones_own_till(self, sold, mill, username):
        before = snapshot()

        with refused("not_allowed", permission="till.close_day"):
            close(mill, actor_named(username))

        assert snapshot() == before


class TestReport:
    def test_totals_stand_by_principal_and_tender_and_sum_to_the_cash(self, sold, mill, mill_clerk, order_at):
        order = order_at(mill, mill_clerk, child=1)
        take_cash(actor=mill_clerk, order_id=order.id, given_yen=150)
        return_cash(actor=mill_clerk, order_id=order.id, reason="wrong item")

        totals = day_totals(till_day(mill))

        assert totals.lines == (
            {
                "principal_id": str(mill.operator_id),
                "principal": mill.operator.name,
                "tender": "cash",
                "orders": 2,
                "yen": 2_300,
                "cancelled": 1,
                "cancelled_yen": 150,
                "net_yen": 2_150,
            },
        )
        assert (totals.cash_taken_yen, totals.cash_returned_yen, totals.expected_cash_yen) == (2_300, 150, 12_150)

    def test_the_post_offices_report_keeps_two_principals_apart(self, towns, post_clerk, order_at):
        """H-24: what is the village's and what is the post office's."""
        for item, yen in (("residence", 300), ("shop", 500)):
            order = order_at(towns.post_office, post_clerk, **{item: 1})
            take_cash(actor=post_clerk, order_id=order.id, given_yen=yen)

        lines = day_totals(till_day(towns.post_office)).lines

        assert {(line["principal"], line["net_yen"]) for line in lines} == {
            (towns.towns["20414"].name, 300),
            (towns.post_office_operator.name, 500),
        }

    def test_the_report_stays_as_it_was_at_closing(self, sold, mill, mill_clerk, order_at, clock):
        order = order_at(mill, mill_clerk, adult=1)
        mark_seen(actor=mill_clerk, order_id=order.id, service_code="paypay")
        day = close(mill, mill_clerk)
        clock.move(days=1)

        abandon_order(actor=mill_clerk, order_id=order.id, reason="never came")

        day.refresh_from_db()
        assert (day.report["waiting"], day_totals(day).waiting) == (1, 0)
        assert day.report["expected_cash_yen"] == 12_150


class TestFloat:
    def test_the_last_float_of_the_morning_counts(self, sold, mill, mill_clerk):
        set_float(actor=mill_clerk, place_id=mill.id, float_yen=20_000)

        assert day_totals(till_day(mill)).expected_cash_yen == 22_150

    def test_not_after_the_day_was_closed(self, sold, mill, mill_clerk):
        close(mill, mill_clerk)
        before = snapshot()

        with refused("day_closed", day=today()):
            set_float(actor=mill_clerk, place_id=mill.id, float_yen=0)

        assert snapshot() == before


class TestReopen:
    @pytest.fixture
    def short(self, sold, mill, mill_clerk) -> TillDay:
        """Closed ¥100 short."""
        return close(mill, mill_clerk, {**COUNTS, 100: 0})

    def test_the_difference_is_taken_back_and_the_day_goes_on(self, short, mill, mill_clerk, accountant, order_at):
        day = reopen_day(actor=accountant, till_day_id=short.id, reason="miscounted")

        assert (day.closed_at, day.closed_by, day.counts, day.report) == (None, None, {}, {})
        assert difference_yen(mill) == (2_150, 0)
        assert order_at(mill, mill_clerk, child=1).number == "20261120-0002"

    def test_closing_anew_books_the_new_difference_only(self, short, mill, mill_clerk, accountant):
        reopen_day(actor=accountant, till_day_id=short.id, reason="miscounted")

        close(mill, mill_clerk, {**COUNTS, 1: 5})

        assert difference_yen(mill) == (2_155, -5)

    def test_reopening_twice_takes_nothing_back_twice(self, short, mill, accountant):
        reopen_day(actor=accountant, till_day_id=short.id, reason="miscounted")
        before = snapshot()

        reopen_day(actor=accountant, till_day_id=short.id, reason="miscounted")

        assert snapshot() == before

    def test_a_reason_is_asked_for(self, short, accountant):
        before = snapshot()

        with refused("reason_missing", field="reason"):
            reopen_day(actor=accountant, till_day_id=short.id, reason="")

        assert snapshot() == before

    @pytest.mark.parametrize("username", ["clerk-mill", "accountant-yasuoka", "admin-tomioka"])
    def test_only_the_operators_accountant(self, short, username):
        """Four eyes: who counted does not undo the count."""
        before = snapshot()

        with refused("not_allowed", permission="till.reopen_day"):
            reopen_day(actor=actor_named(username), till_day_id=short.id, reason="miscounted")

        assert snapshot() == before

    def test_an_unknown_day_is_refused(self, accountant):
        with refused("day_not_open"):
            reopen_day(actor=accountant, till_day_id=new_id(), reason="miscounted")


def test_a_till_has_one_row_for_each_day(sold, mill, mill_clerk, clock):
    set_float(actor=mill_clerk, place_id=mill.id, float_yen=1)
    clock.move_to(now() + timedelta(days=1))
    set_float(actor=mill_clerk, place_id=mill.id, float_yen=2)

    assert list(TillDay.objects.filter(place=mill).order_by("day").values_list("float_yen", flat=True)) == [1, 2]
