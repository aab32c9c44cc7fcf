"""Payment notices: each taken in once, matched to its order if there is one, and booked to the principal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madoguchi.core.clock import now
from madoguchi.core.ids import new_id
from madoguchi.counter.actions import abandon_order, mark_seen, take_cash
from madoguchi.counter.models import Order
from madoguchi.counter.queries import remuneration_due_yen
from madoguchi.events.models import Event
from madoguchi.ledger.queries import balances, postings_about
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Payment, RefusedNotice
from madoguchi.payments.queries import find_payment, refused_notices, service_pulses, stray_payments, unmatched_of
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.registry.models import StoreCode
from tests.conftest import actor_named, refused
from tests.payments.conftest import booked, snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class TestMatched:
    def test_the_order_is_paid_and_its_lines_are_revenue(self, paid, mill, clock):
        order = Order.objects.get(id=paid.order_id)

        assert (order.state, order.tender, order.service_id, order.paid_at) == ("paid", "service", "paypay", now())
        assert paid.rule == "amount_and_time"
        assert booked(mill) == {
            "receivable:paypay": 2_150,
            "revenue:here:adult": 2_000,
            "revenue:here:child": 150,
        }
        rules = [row.rule for row in postings_about([paid.id])]
        assert rules == ["payment_received", "matched:amount_and_time", "matched:amount_and_time"]

    def test_the_log_says_who_told_of_it_and_why_it_was_matched(self, paid):
        [received] = Event.objects.filter(name="payments.received", subject=str(paid.id))
        [matched] = Event.objects.filter(name="payment.matched", subject=str(paid.id))

        assert (received.actor, received.facts["sum_yen"]) == ("provider:paypay", 2_150)
        assert matched.facts == {"order": str(paid.order_id), "rule": "amount_and_time"}

    def test_a_wrong_amount_stays_unmatched_and_the_right_one_pays_the_order(
        self, order_at, mill, mill_clerk, payment, clock
    ):
        """J-29: the customer pays the right amount again; the wrong one is given back later."""
        order = order_at(mill, mill_clerk, adult=2, child=1)

        wrong = payment("r1", 2_510)
        order.refresh_from_db()
        assert (wrong.state, wrong.rule, wrong.order, order.state) == ("unmatched", "no_order", None, "open")
        assert booked(mill) == {"receivable:paypay": 2_510, "unmatched:here": 2_510}

        clock.move(seconds=40)
        right = payment("r2", 2_150)
        order.refresh_from_db()
        assert (right.state, right.order_id, order.state) == ("matched", order.id, "paid")
        assert booked(mill)["unmatched:here"] == 2_510
        assert stray_payments(order) == [wrong]

    def test_a_late_notice_pays_the_order_that_was_seen(self, order_at, mill, mill_clerk, payment, clock):
        """J-25: screens lag; the books follow when the notice comes."""
        order = order_at(mill, mill_clerk, adult=1)
        clock.move(minutes=1)
        paid_at = now()
        mark_seen(actor=mill_clerk, order_id=order.id, service_code="paypay")
        assert booked(mill) == {}
        clock.move(hours=20)

        found = payment("r1", 1_000, paid_at=paid_at)

        order.refresh_from_db()
        assert (found.order_id, order.state, order.paid_at) == (order.id, "paid", paid_at)
        assert booked(mill) == {"receivable:paypay": 1_000, "revenue:here:adult": 1_000}

    def test_two_open_orders_of_one_amount_wait_for_a_person(self, order_at, mill, mill_clerk, payment):
        orders = [order_at(mill, mill_clerk, adult=1) for _ in range(2)]

        found = payment("r1", 1_000)

        assert (found.state, found.rule) == ("unmatched", "ambiguous")
        assert {Order.objects.get(id=order.id).state for order in orders} == {"open"}

    def test_the_order_that_the_provider_names_is_paid(self, order_at, mill, mill_clerk, payment):
        order_at(mill, mill_clerk, adult=1)
        second = order_at(mill, mill_clerk, adult=1)

        found = payment("r1", 1_000, order_reference=second.number)

        assert (found.order_id, found.rule) == (second.id, "order_reference")

    def test_two_payments_in_one_call_never_pay_one_order(self, order_at, mill, mill_clerk, paypay):
        order = order_at(mill, mill_clerk, adult=1)
        store_id = StoreCode.objects.get(place=mill).store_id
        notices = [PaymentNotice(f"r{n}", "paypay", store_id, 1_000, now()) for n in range(2)]

        receive_payments(actor=paypay, provider="paypay", notices=notices)

        assert list(Payment.objects.order_by("reference").values_list("state", "order")) == [
            ("matched", order.id),
            ("unmatched", None),
        ]

    def test_another_places_order_is_not_paid(self, order_at, towns, mill_clerk, mill, payment):
        order = order_at(mill, mill_clerk, adult=1)
        elsewhere = next(place for place in towns.places if place.name.startswith("富岡市立美術博物館"))

        found = payment("r1", 1_000, place=elsewhere)

        order.refresh_from_db()
        assert (found.state, order.state) == ("unmatched", "open")

    @pytest.mark.parametrize("how", ["cash", "abandoned"])
    def test_an_order_that_no_longer_waits_is_not_paid(self, order_at, mill, mill_clerk, payment, how):
        order = order_at(mill, mill_clerk, adult=1)
        if how == "cash":
            take_cash(actor=mill_clerk, order_id=order.id, given_yen=1_000)
        else:
            abandon_order(actor=mill_clerk, order_id=order.id, reason="left")

        assert payment("r1", 1_000).state == "unmatched"

    def test_money_at_a_closed_code_is_not_forgotten(self, mill, payment):
        StoreCode.objects.filter(place=mill).update(is_closed=True)

        assert payment("r1", 1_000).state == "unmatched"
        assert booked(mill)["receivable:paypay"] == 1_000


class TestPrincipal:
    """H-24: what is paid at the post office for the village is the village's."""

    def test_the_villages_fee_is_in_the_villages_books(self, towns, post_clerk, order_at, payment):
        village, office = towns.towns["20414"], towns.post_office
        order_at(office, post_clerk, residence=1)

        found = payment("r1", 300, place=office, principal=village)

        agent, division = towns.post_office_operator.id, towns.village_division.id
        assert (found.state, found.principal) == ("matched", village)
        assert booked(office, village.id) == {
            "receivable:paypay": 300,
            f"revenue:{division}:residence": 300,
            f"remuneration:{agent}": 150,
            f"payable:{agent}": 150,
        }
        assert balances(agent) == {}
        assert remuneration_due_yen(village.id, agent) == (1, 150)

    def test_the_post_offices_own_sale_is_in_its_own_books(self, towns, post_clerk, order_at, payment):
        order_at(towns.post_office, post_clerk, shop=1)

        payment("r1", 500, place=towns.post_office)

        assert booked(towns.post_office) == {"receivable:paypay": 500, "revenue:here:shop": 500}
        assert balances(towns.towns["20414"].id) == {}

    def test_a_payment_under_the_other_principals_code_does_not_pay_the_order(
        self, towns, post_clerk, order_at, payment
    ):
        order = order_at(towns.post_office, post_clerk, residence=1)

        found = payment("r1", 300, place=towns.post_office)

        order.refresh_from_db()
        assert (found.state, order.state) == ("unmatched", "open")


class TestOnce:
    def test_the_same_notice_again_gets_the_first_answer(self, told, mill, clock):
        first = told("r1", 1_000, paid_at=now())
        before, paid_at = snapshot(), now()
        clock.move(hours=5)

        again = told("r1", 1_000, paid_at=paid_at)

        assert (again.status, again.subject_id, again.received_at) == (201, first.subject_id, first.received_at)
        assert (first.repeated, again.repeated) == (False, True)
        assert snapshot() == before

    @pytest.mark.parametrize("changed", [{"amount_yen": 999}, {"paid_at": timedelta(seconds=1)}])
    def test_the_reference_of_other_facts_is_refused_and_changes_nothing(self, told, changed):
        told("r1", 1_000)
        before = snapshot()
        facts = {"amount_yen": 1_000, **changed}
        if "paid_at" in facts:
            facts["paid_at"] = now() + facts["paid_at"]

        answer = told("r1", **facts)

        assert (answer.status, answer.code, answer.field) == (409, "reference_reused", "reference")
        assert snapshot() == before

    def test_another_providers_reference_is_another_payment(self, told, mill):
        told("r1", 1_000)
        store_id = StoreCode.objects.get(place=mill).store_id
        notice = PaymentNotice("r1", "au_pay", store_id, 1_000, now())

        [answer] = receive_payments(actor=provider_actor("au_pay"), provider="au_pay", notices=[notice])

        assert (answer.status, answer.repeated) == (201, False)
        assert Payment.objects.filter(reference="r1").count() == 2

    def test_a_provider_may_not_tell_anothers_payments(self, mill, paypay):
        with refused("not_allowed", permission="provider.write"):
            receive_payments(actor=paypay, provider="au_pay", notices=[])


class TestTurnedAway:
    @pytest.mark.parametrize(
        ("changed", "code", "field"),
        [
            ({"service": "au_pay"}, "service_unknown", "service"),
            ({"service": "nobody"}, "service_unknown", "service"),
            ({"store_id": "9999999999999-9999-999999-999999"}, "place_unknown", "store_id"),
        ],
    )
    def test_it_is_kept_for_the_office_and_books_nothing(self, told, changed, code, field):
        before = snapshot(RefusedNotice)

        answer = told("r1", 1_000, **changed)

        assert (answer.status, answer.code, answer.field) == (422, code, field)
        assert snapshot(RefusedNotice) == before
        kept = RefusedNotice.objects.get()
        assert (kept.reference, kept.code, kept.body["amount_yen"]) == ("r1", code, "1000")

    def test_the_same_again_counts_up(self, told, clock):
        told("r1", 1_000, service="nobody")
        clock.move(minutes=1)
        told("r1", 1_000, service="nobody")

        kept = RefusedNotice.objects.get()
        assert (kept.times, kept.last_at - kept.first_at) == (2, timedelta(minutes=1))

    def test_a_field_that_no_database_keeps_does_not_hold_up_the_others(self, told, paypay, mill):
        """PostgreSQL's JSON has no NUL; one strange notice must not make a whole batch fail for ever."""
        store_id = StoreCode.objects.get(place=mill).store_id
        notices = [
            PaymentNotice("r1", "pay\x00pay", store_id, 1_000, now()),
            PaymentNotice("r2", "paypay", store_id, 1_000, now()),
        ]

        answers = receive_payments(actor=paypay, provider="paypay", notices=notices)

        assert [answer.status for answer in answers] == [422, 201]
        assert RefusedNotice.objects.get().body["service"] == "pay\N{REPLACEMENT CHARACTER}pay"

    def test_after_the_place_is_known_the_same_notice_is_taken_in(self, told, mill):
        code = StoreCode.objects.get(place=mill)
        new_store_id = "0000000000001-0001-000099-000001"
        assert told("r1", 1_000, store_id=new_store_id).status == 422
        StoreCode.objects.filter(id=code.id).update(store_id=new_store_id)

        assert told("r1", 1_000, store_id=new_store_id).status == 201
        assert RefusedNotice.objects.count() == 1


class TestReading:
    @pytest.mark.parametrize(
        "username", ["clerk-mill", "accountant-tomioka", "auditor", "programme-office", "provider-paypay"]
    )
    def test_who_may_see_a_payment(self, paid, username):
        assert find_payment(actor_named(username), paid.id) == paid

    @pytest.mark.parametrize("username", ["clerk-citizens", "clerk-post", "accountant-yasuoka"])
    def test_who_may_not(self, paid, username):
        with refused("not_allowed"):
            find_payment(actor_named(username), paid.id)

    def test_an_unknown_payment_is_refused(self, accountant):
        with refused("payment_unknown"):
            find_payment(accountant, new_id())

    def test_an_accountant_is_shown_only_their_own_unmatched_payments(self, towns, payment):
        ours = payment("r1", 999)
        payment("r2", 300, place=towns.post_office, principal=towns.towns["20414"])

        assert unmatched_of(actor_named("accountant-tomioka")) == [ours]
        assert len(unmatched_of(actor_named("auditor"))) == 2
        assert unmatched_of(actor_named("clerk-mill")) == []

    def test_turned_away_notices_are_for_the_office(self, told):
        told("r1", 1_000, service="nobody")

        assert refused_notices(actor_named("programme-office")).count() == 1
        with refused("not_allowed", permission="office.read"):
            refused_notices(actor_named("accountant-tomioka"))

    def test_a_service_that_spoke_within_the_hour_is_fresh(self, told, clock):
        """J-25."""
        told("r1", 1_000)
        clock.move(minutes=60)
        assert {row.service.code: row.state for row in service_pulses()} == {
            "paypay": "fresh",
            "line_pay": "never",
            "au_pay": "never",
        }

        clock.move(seconds=1)
        assert {row.state for row in service_pulses() if row.service.code == "paypay"} == {"quiet"}


def test_the_platform_itself_may_take_in_notices(mill, clock):
    assert receive_payments(actor=system_actor("test"), provider="paypay", notices=[]) == []
