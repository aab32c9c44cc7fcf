"""A demo month comes in through the provider API, agrees with the books, and adds nothing when run again."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import httpx
import pytest

from madoguchi.core.clock import is_bank_business_day, jst_date
from madoguchi.counter.models import Order, Remuneration, TillDay
from madoguchi.counter.queries import day_totals
from madoguchi.events.actions import seal
from madoguchi.events.models import Event
from madoguchi.events.queries import broken_blocks
from madoguchi.jobs.demo_deposits import (
    Deposited,
    as_csv,
    demo_principals,
    deposits_for_town,
    settle_month,
)
from madoguchi.jobs.demo_month import fill_month, plan_for, previous_month
from madoguchi.jobs.demo_provider import NoAnswer, ProviderDesk
from madoguchi.ledger.models import Posting
from madoguchi.ledger.queries import balances
from madoguchi.payments.models import Payment, Refund
from madoguchi.people.access import system_actor
from madoguchi.registry.models import Organisation, Provider
from madoguchi.settlement.agreement import agreement
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.deposits import import_deposits
from madoguchi.settlement.models import Closing, Deposit, DepositFile, Payout
from tests.conftest import refused

OCTOBER = date(2026, 10, 1)
PREFIX = "demo:2026-10:1:300:"
pytestmark = pytest.mark.django_db


def rows_now():
    """How many rows there are of everything a month consists of."""
    tables = (Order, TillDay, Payment, Refund, Posting, Remuneration, Payout, Deposit, DepositFile, Event)
    return {table.__name__: table.objects.count() for table in tables}


def test_a_month_has_the_payments_asked_for_nearly_all_matched(october):
    filled = october.filled
    assert (filled.payments, filled.new, filled.refused) == (300, 300, {})
    assert filled.matched_percent >= 95
    assert filled.payments == filled.matched + filled.booked + filled.unmatched
    assert 0 < filled.to_clear <= 20
    assert filled.cash_orders == 60
    assert set(Payment.objects.values_list("rule", flat=True)) <= {
        "amount_and_time",
        "no_order",
        "ambiguous",
        "by_hand",
    }


def test_running_it_again_adds_nothing(october, fill):
    """Neither rows, nor postings, nor a line in the log."""
    before = rows_now()

    again = fill(300)
    assert settle_month(OCTOBER, with_deposits=True) == october.settled

    assert (again.new, again.days_closed) == (0, 0)
    assert rows_now() == before


def test_the_same_seed_gives_the_same_references_amounts_and_times(october):
    plan = plan_for(OCTOBER, seed=1, payments=300)
    told = [*plan.orderless(), *(sale.told() for sale in plan.with_order("plain", "late", "wrong", "twin", "left"))]
    stored = Payment.objects.values_list("reference", "service_id", "code__store_id", "amount_yen", "paid_at")
    assert set(stored) == {(row.reference, row.service, row.store_id, row.amount_yen, row.paid_at) for row in told}


def test_a_run_that_was_cut_off_is_finished_by_the_next(emptied, fill, desk):
    class CutOff(Exception):
        pass

    def stop(what: str, done: int, _total: int) -> None:
        if what == "payments" and done > 60:
            raise CutOff

    with pytest.raises(CutOff):
        fill_month(plan=plan_for(OCTOBER, seed=1, payments=100), seed=1, desk=desk, tell=stop)
    half = Payment.objects.count()
    assert 0 < half < 100

    filled = fill(100)

    assert (filled.payments, filled.new) == (100, 100 - half)
    assert not Order.objects.filter(state="open").exists()
    assert filled.matched_percent >= 95


def test_wrong_amounts_are_given_back_and_leave_the_list(october):
    """J-29."""
    wrong = Payment.objects.filter(reference__startswith=PREFIX, reference__endswith="w")
    assert wrong.count() == 3
    for payment in wrong:
        refund = payment.refunds.get()
        assert (payment.state, refund.state, refund.amount_yen) == ("unmatched", "returned", payment.amount_yen)
        right = Payment.objects.get(reference=payment.reference.removesuffix("w"))
        assert right.amount_yen == payment.amount_yen * 10
        assert right.state == "matched"


def test_orders_stand_as_the_till_would_have_left_them(october):
    for order in Order.objects.prefetch_related("lines").select_related("till_day", "place"):
        assert order.total_yen == sum(line.amount_yen for line in order.lines.all())
        assert jst_date(order.opened_at) == order.till_day.day
        assert order.number.startswith(f"{order.till_day.day:%Y%m%d}-")
        assert order.client_key.startswith(PREFIX)
        events = set(Event.objects.filter(subject=str(order.id)).values_list("name", flat=True))
        assert "order.opened" in events
        assert order.state == "open" or f"order.{order.state}" in events
    states = Counter(Order.objects.values_list("state", flat=True))
    assert set(states) <= {"paid", "seen", "refunded_elsewhere"}


def test_a_late_notice_finds_the_order_the_clerk_had_seen(october):
    """J-25."""
    order = Order.objects.exclude(seen_at=None).get(state__in=("paid", "refunded_elsewhere"))
    assert order.paid_at < order.seen_at


def test_till_days_are_closed_by_count_and_the_cash_account_holds_the_count(october):
    days = list(TillDay.objects.select_related("place"))
    assert days
    for day in days:
        assert day.closed_at is not None
        assert jst_date(day.closed_at) == day.day
        assert day.expected_cash_yen == day_totals(day).expected_cash_yen
        assert abs(day.counted_cash_yen - day.expected_cash_yen) <= 500
    booked = sum(
        amount
        for owner in Organisation.objects.filter(is_demo=True)
        for code, amount in balances(owner.id).items()
        if code.startswith("cash:")
    )
    assert booked == sum(day.counted_cash_yen - day.float_yen for day in days)


def test_an_agent_is_owed_its_remuneration_for_cash_and_services_alike(october):
    """H-07, H-24."""
    handled = [row for row in Order.objects.select_related("place") if row.place.operator_id != row.principal_id]
    kept = [row for row in handled if row.state == "paid"]
    assert {row.tender for row in kept} == {"service", "cash"}
    assert Remuneration.objects.filter(cancelled_at=None).count() == len(kept)


def test_the_books_agree_with_the_rows_for_every_principal(october):
    """Receivable = payments − refunds − fees − transfer fees − deposits, provider by provider."""
    for principal in demo_principals():
        assert agreement(system_actor("test"), principal.id).holds
        held = balances(principal.id)
        for provider in Provider.objects.filter(payment__principal=principal).distinct():
            mine = {"principal": principal, "provider": provider}
            taken = sum(Payment.objects.filter(**mine).values_list("amount_yen", flat=True))
            returned = sum(
                Refund.objects.filter(payment__principal=principal, payment__provider=provider).values_list(
                    "amount_yen", flat=True
                )
            )
            payouts = Payout.objects.filter(**mine)
            kept = sum(payouts.values_list("fee_yen", flat=True)) + sum(
                payouts.values_list("transfer_fee_yen", flat=True)
            )
            came = sum(Deposit.objects.filter(payout__in=payouts, state="matched").values_list("amount_yen", flat=True))
            assert held[f"receivable:{provider.code}"] == taken - returned - kept - came


def test_deposits_of_a_town_hold_one_difference_of_each_kind(october):
    """Most exact; one short by a transfer fee, one over, one missing, one of a payer nobody knows."""
    tomioka = Organisation.objects.get(municipality_id="10210")
    deposits = Deposit.objects.filter(principal=tomioka)

    differing = sorted(deposits.filter(state="amount_differs").values_list("rule", "difference_yen"))
    assert [rule for rule, _ in differing] == ["over", "short_by_transfer_fee"]
    assert [yen for _, yen in differing] == [500, -220]
    assert deposits.filter(state="no_payout", rule="payer_unknown").count() == 1
    assert Payout.objects.filter(principal=tomioka, deposits=None, due_on__lt=date(2026, 11, 20)).count() == 1
    assert deposits.filter(state="matched").count() > 3
    assert october.settled.by_state["matched"] > sum(october.settled.by_state.values()) / 2


def test_only_what_is_due_by_today_has_come_in(emptied, fill, clock):
    fill(100)
    clock.move(days=-15)  # 5 November: PayPay pays on the 15th
    settle_month(OCTOBER, with_deposits=True)
    assert max(Deposit.objects.values_list("deposited_on", flat=True)) <= date(2026, 11, 5)
    before = set(Deposit.objects.values_list("bank_key", "amount_yen"))

    clock.move(days=15)
    settle_month(OCTOBER, with_deposits=True)

    after = set(Deposit.objects.values_list("bank_key", "amount_yen"))
    assert before < after
    assert DepositFile.objects.filter(rows_bad__gt=0).count() == 0


def test_the_statement_to_try_by_hand_is_read_without_a_bad_row(emptied, fill):
    fill(100)
    settle_month(OCTOBER, with_deposits=False)
    assert not Deposit.objects.exists()
    tomioka = Organisation.objects.get(municipality_id="10210")

    rows = deposits_for_town("10210")
    file = import_deposits(
        actor=system_actor("test"), principal_id=tomioka.id, name="by-hand.csv", content=as_csv(rows)
    )

    assert (file.rows_good, file.rows_bad, file.rows_known) == (len(rows), 0, 0)
    assert all(isinstance(row, Deposited) for row in rows)
    assert deposits_for_town("10210") == []


def test_a_month_is_settled_in_its_own_periods_though_later_days_were_closed_before(emptied, fill, desk):
    fill(40, month=date(2026, 9, 1))
    close_until(actor=system_actor("test"), until=date(2026, 11, 19))
    closed = set(Closing.objects.values_list("provider", "principal", "closed_through"))

    fill(40)
    settle_month(OCTOBER, with_deposits=False)

    october = Payout.objects.filter(closes_on__gte=OCTOBER)
    assert october.exists()
    assert max(october.values_list("closes_on", flat=True)) <= date(2026, 10, 31)
    assert closed <= set(Closing.objects.values_list("provider", "principal", "closed_through"))


def test_the_audit_log_stays_whole(october, clock):
    clock.move(minutes=10)
    assert seal() > 0
    assert broken_blocks() == []


def test_a_month_that_is_not_over_is_refused(desk):
    with refused("month_not_over", month="2026-11"):
        plan_for(date(2026, 11, 1), seed=1, payments=10)


def test_a_month_holds_one_demo_only(october):
    with refused("month_in_use", month="2026-10"):
        plan_for(OCTOBER, seed=2, payments=40)


def test_a_month_in_which_people_used_a_till_is_left_alone(emptied, clock, mill, mill_clerk, order_at):
    clock.move(days=-30)
    order_at(mill, mill_clerk, adult=1)
    clock.move(days=30)
    with refused("month_in_use", day=date(2026, 10, 21)):
        plan_for(OCTOBER, seed=1, payments=10)


def test_without_the_demo_there_is_nothing_to_fill(desk):
    Organisation.objects.update(is_demo=False)
    with refused("demo_missing"):
        plan_for(OCTOBER, seed=1, payments=10)


def test_the_month_filled_by_default_is_the_last_full_one(clock):
    assert previous_month() == OCTOBER
    clock.move(days=12)
    assert previous_month() == date(2026, 11, 1)


def test_a_server_with_another_database_is_noticed_before_anything_is_written(emptied, desk):
    desk.keys = {provider: (key_id, "another secret") for provider, (key_id, _) in desk.keys.items()}
    with pytest.raises(NoAnswer, match="another database"):
        fill_month(plan=plan_for(OCTOBER, seed=1, payments=10), seed=1, desk=desk, tell=lambda *_: None)
    assert not Order.objects.exists()
    assert not TillDay.objects.exists()


def test_a_server_that_stumbles_once_is_asked_again(desk, monkeypatch):
    monkeypatch.setattr("madoguchi.jobs.demo_provider.WAIT_SECONDS", 0)
    answers = iter([httpx.Response(503), httpx.Response(200, content=json.dumps({"places": []}))])
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return next(answers)

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://testserver") as client:
        ProviderDesk(client).check()
    assert len(seen) == 2


def test_nothing_leaves_the_month_and_town_halls_take_nothing_on_a_holiday(october):
    first, last = OCTOBER, date(2026, 10, 31)
    for payment in Payment.objects.select_related("place"):
        assert first <= jst_date(payment.paid_at) <= last
        if payment.place.kind == "division":
            assert is_bank_business_day(jst_date(payment.paid_at))
    for refund in Refund.objects.all():
        assert first <= jst_date(refund.refunded_at) <= last
