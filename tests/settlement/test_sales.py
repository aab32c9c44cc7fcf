"""Sales as the accountant reads them: the database's sums are the ledger's, fees are the payouts', days are Japan's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.core.clock import JST
from madoguchi.core.yen import fee_yen, split_yen
from madoguchi.counter.actions import return_cash, take_cash
from madoguchi.counter.models import FeeItem
from madoguchi.ledger.models import Posting
from madoguchi.ledger.queries import balances
from madoguchi.payments.actions import book_payment
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Payment
from madoguchi.payments.refunds import receive_refunds
from madoguchi.payments.rules import PaymentNotice, RefundNotice
from madoguchi.people.access import provider_actor
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.models import PayoutShare
from madoguchi.settlement.sales import (
    GROUPS,
    NONE,
    DueDays,
    SalesFilter,
    Sums,
    movements,
    names_for,
    of_payment,
    readable_principals,
    sales_by,
    sales_sum,
    sales_with_total,
)
from madoguchi.settlement.sales_rows import sources
from tests.conftest import actor_named, refused

_numbers = count(1)


@pytest.fixture
def pay(clock: Any) -> Callable[..., Payment]:
    """`pay(order)`: the provider tells of its payment; with `place` and `amount_yen`, of one without an order."""

    def tell(order: Any = None, *, place: Any = None, amount_yen: int = 0, service: str = "paypay") -> Payment:
        code = order.code if order else place.codes.get(principal=place.operator)
        reference = f"sale-{next(_numbers)}"
        notice = PaymentNotice(reference, service, code.store_id, amount_yen or order.total_yen, clock())
        receive_payments(actor=provider_actor(service), provider=service, notices=[notice])
        return Payment.objects.get(reference=reference)

    return tell


def give_back(payment: Payment, amount_yen: int, at: datetime) -> None:
    """The provider tells of a refund that nobody asked for here."""
    notice = RefundNotice(f"back-{next(_numbers)}", payment.reference, amount_yen, at)
    answers = receive_refunds(actor=provider_actor(payment.provider_id), provider=payment.provider_id, notices=[notice])
    assert answers[0].status == 201


@pytest.fixture
def busy(clock: Any, mill: Any, mill_clerk: Any, order_at: Any, pay: Any) -> Any:
    """A day at the mill with everything that can happen to money; returns the mill's operator."""
    for service in ("paypay", "line_pay", "au_pay"):
        pay(order_at(mill, mill_clerk, adult=1, student=3, child=1), service=service)
        clock.move(minutes=1)
    whole = pay(order_at(mill, mill_clerk, student=1, child=1), service="au_pay")
    part = pay(order_at(mill, mill_clerk, adult=1, student=1, child=1), service="line_pay")
    give_back(whole, whole.amount_yen, clock() + timedelta(minutes=1))
    give_back(part, 333, clock() + timedelta(minutes=1))
    give_back(part, 250, clock() + timedelta(minutes=2))
    pay(place=mill, amount_yen=777)
    returned = pay(place=mill, amount_yen=778)
    give_back(returned, 100, clock() + timedelta(minutes=1))
    booked = pay(place=mill, amount_yen=1_001, service="line_pay")
    item = FeeItem.objects.get(principal=mill.operator, code="adult")
    book_payment(
        actor=actor_named("accountant-tomioka"), payment_id=booked.id, item_id=item.id, reason="紙で受け付けた"
    )
    cash = order_at(mill, mill_clerk, adult=2, child=1)
    take_cash(actor=mill_clerk, order_id=cash.id, given_yen=5_000)
    back = order_at(mill, mill_clerk, student=2)
    take_cash(actor=mill_clerk, order_id=back.id, given_yen=500)
    clock.move(minutes=1)
    return_cash(actor=mill_clerk, order_id=back.id, reason="間違い")
    return mill.operator


def everything(principal: Any, **narrowed: Any) -> SalesFilter:
    return SalesFilter(frozenset({principal.id}), **narrowed)


def test_takings_by_division_and_item_are_the_ledgers_balances(busy: Any) -> None:
    """J-22: what the accountant reads is what the books hold, to the yen, after refunds whole and in parts."""
    held = balances(busy.id)
    by_account: dict[str, int] = {}
    for (division, (_principal, item)), sums in sales_by(everything(busy), ("division", "item")).items():
        name = f"revenue:{division}:{item}" if division else "unmatched"
        by_account[name] = by_account.get(name, 0) + sums.taken_yen

    assert by_account.pop("unmatched") == sum(yen for code, yen in held.items() if code.startswith("unmatched:"))
    assert by_account == {code: yen for code, yen in held.items() if code.startswith("revenue:")}
    assert len(by_account) == 3


@pytest.mark.parametrize("group", GROUPS)
def test_every_grouping_adds_up_to_the_same_sum(busy: Any, group: str) -> None:
    whole = sales_sum(everything(busy))
    found, total = sales_with_total(everything(busy), group)
    assert total == whole == replace(sum(found.values(), Sums()), sales=whole.sales)
    assert whole.sales == 10
    assert whole.returned_yen == 400 + 333 + 250 + 100 + 500


def test_the_rows_add_up_to_the_sums(busy: Any) -> None:
    rows = list(movements(everything(busy)))
    whole = sales_sum(everything(busy))
    assert (sum(row.amount_yen for row in rows), sum(row.fee_yen for row in rows), len(rows)) == (
        whole.taken_yen,
        whole.fee_yen,
        whole.rows,
    )
    assert [row.moved_at for row in rows] == sorted((row.moved_at for row in rows), reverse=True)
    assert list(movements(everything(busy), start=3, stop=7)) == rows[3:7]
    assert list(movements(everything(busy), start=0, stop=0)) == []


def test_the_fee_is_expected_by_the_terms_until_the_period_is_closed(busy: Any, clock: Any) -> None:
    """FIELD.md: fee and net on every row, for every provider; marked while it is not confirmed."""
    rows = [row for row in movements(everything(busy, service="au_pay")) if row.sort == "sale"]
    by_payment: dict[Any, int] = {}
    for row in rows:
        assert row.is_fee_expected
        by_payment[row.payment_id] = by_payment.get(row.payment_id, 0) + row.fee_yen
    amounts = dict(Payment.objects.filter(provider="au_pay").values_list("id", "amount_yen"))
    assert by_payment == {pk: fee_yen(amount, 198, "up") for pk, amount in amounts.items()}


def test_a_fee_is_shared_over_lines_as_the_books_share_it(mill: Any, mill_clerk: Any, order_at: Any, pay: Any) -> None:
    """The database's sharing is split_yen: the largest remainder, ties to the earlier line."""
    quantities = [
        {"adult": 1, "student": 3, "child": 1},
        {"student": 1, "child": 1},
        {"adult": 2, "child": 7},
        {"child": 5, "student": 3, "adult": 1},
        {"adult": 1, "student": 4},
    ]
    for items in quantities:
        payment = pay(order_at(mill, mill_clerk, **items), service="au_pay")
        rows = of_payment(payment.id, payment.principal_id)
        fee = fee_yen(payment.amount_yen, 198, "up")
        assert [row.fee_yen for row in rows] == split_yen(fee, [row.amount_yen for row in rows])


def test_after_closing_fees_by_division_and_item_are_the_payouts_shares(busy: Any, clock: Any) -> None:
    """J-31: the fee that sales show is the fee that the books net."""
    clock.move(days=40)
    payouts = close_until(actor=actor_named("accountant-tomioka"), until=date(2026, 11, 30))
    assert payouts
    shares: dict[tuple[str, str], int] = {}
    for row in PayoutShare.objects.filter(payout__in=payouts):
        # Sales show what is not matched under no division, the books under its place.
        key = (str(row.division_id) if row.item_code else "", row.item_code)
        shares[key] = shares.get(key, 0) + row.fee_yen
    found: dict[tuple[str, str], int] = {}
    for service in ("paypay", "line_pay", "au_pay"):
        narrowed = everything(busy, service=service)
        for (division, (_principal, item)), sums in sales_by(narrowed, ("division", "item")).items():
            key = (str(division or ""), item)
            found[key] = found.get(key, 0) + sums.fee_yen
            assert sums.expected_fee_yen == 0
    assert sum(found.values()) == sum(shares.values()) == sum(payout.fee_yen for payout in payouts)
    # One refund was given back in parts over three lines: there a yen may stand under the neighbouring item.
    assert all(abs(found[key] - fee) <= 1 for key, fee in shares.items())
    assert found.keys() == shares.keys()


def test_days_are_japans(clock: Any, mill: Any, mill_clerk: Any, order_at: Any, pay: Any) -> None:
    """FIELD.md: screen and file in one time. 00:30 on the 21st in Japan is the 20th in UTC."""
    clock.move_to(datetime(2026, 11, 20, 15, 30, tzinfo=UTC))
    pay(order_at(mill, mill_clerk, adult=1))
    found = sales_by(everything(mill.operator), ("day",))
    assert list(found) == [(date(2026, 11, 21),)]
    assert sales_sum(everything(mill.operator, sold_to=date(2026, 11, 20))).rows == 0
    assert sales_sum(everything(mill.operator, sold_from=date(2026, 11, 21), sold_to=date(2026, 11, 21))).rows == 1


def test_cash_is_part_of_takings_and_has_no_fee(busy: Any) -> None:
    sums = sales_sum(everything(busy, service="cash"))
    assert (sums.sold_yen, sums.returned_yen, sums.fee_yen) == (2_650, 500, 0)


@pytest.mark.parametrize(
    ("narrowed", "rows"),
    [
        ({"state": "unmatched"}, 3),  # ¥777, ¥778, and the ¥100 given back of it
        ({"state": "booked"}, 1),
        ({"state": "cash"}, 4),
        ({"state": "returned"}, 2 + 6 + 1 + 1),
        ({"state": "deposited"}, 0),
        ({"division": NONE}, 3),
        ({"item": "student"}, 10),
        ({"service": "line_pay", "item": "adult"}, 1 + 1 + 2 + 1),
        ({"due_from": date(2026, 1, 1)}, 0),
    ],
)
def test_a_filter_narrows_rows_and_sums_alike(busy: Any, narrowed: dict[str, Any], rows: int) -> None:
    fit = everything(busy, **narrowed)
    assert len(list(movements(fit))) == sales_sum(fit).rows == rows


def test_payout_dates_narrow_what_is_closed(busy: Any, clock: Any) -> None:
    """FIELD.md: one export with sale, settlement and deposit dates, all of which can be filtered by."""
    clock.move(days=40)
    close_until(actor=actor_named("accountant-tomioka"), until=date(2026, 11, 30))
    closed = sales_by(everything(busy, closes_from=date(2026, 11, 30), closes_to=date(2026, 11, 30)), ("service",))
    assert set(closed) == {("paypay",), ("line_pay",)}  # au PAY closes every day
    rows = list(movements(everything(busy, due_from=date(2026, 12, 15))))
    assert {row.service for row in rows} == {"paypay"}
    assert {(row.due_on, row.payout_state) for row in rows} == {(date(2026, 12, 15), "expected")}
    assert all(row.payout_id and not row.is_fee_expected for row in rows)
    assert sales_sum(everything(busy, state="payout_due")).rows == sales_sum(everything(busy, due_from=date.min)).rows


def test_a_running_period_says_when_it_will_be_paid(
    clock: Any, mill: Any, mill_clerk: Any, order_at: Any, pay: Any
) -> None:
    """J-27: each provider has its own cycle."""
    days = DueDays()
    for service, expected in {
        "paypay": (date(2026, 11, 30), date(2026, 12, 15)),
        "line_pay": (date(2026, 11, 30), date(2026, 12, 10)),
        "au_pay": (date(2026, 11, 20), date(2026, 11, 24)),
    }.items():
        payment = pay(order_at(mill, mill_clerk, adult=1), service=service)
        assert days.of(of_payment(payment.id, payment.principal_id)[0]) == expected


def test_each_principal_reads_its_own_takings(clock: Any, towns: Any, post_clerk: Any, order_at: Any, pay: Any) -> None:
    """H-24: at one post office, the village's takings are the village's, the office's the office's."""
    office = towns.post_office
    pay(order_at(office, post_clerk, residence=1))
    pay(order_at(office, post_clerk, shop=1))
    village, operator = towns.towns["20414"], towns.post_office_operator

    assert readable_principals(actor_named("accountant-yasuoka")) == frozenset({village.id})
    assert readable_principals(actor_named("accountant-post")) == frozenset({operator.id})
    assert readable_principals(actor_named("auditor")) is None
    assert sales_sum(everything(village)).taken_yen == 300
    assert sales_sum(everything(operator)).taken_yen == 500
    assert list(sales_by(everything(village), ("division",))) == [(towns.village_division.id,)]
    assert office.id in names_for(frozenset({village.id})).places
    with refused("not_allowed"):
        readable_principals(actor_named("accountant-post"), village.id)
    with refused("not_allowed"):
        readable_principals(actor_named("clerk-post"))


def test_sums_take_few_statements_however_many_payments(
    busy: Any, mill: Any, mill_clerk: Any, order_at: Any, pay: Any
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            sales_by(everything(busy), ("division", "service"))
            list(movements(everything(busy), start=0, stop=100))
        return len(queries)

    before = statements()
    for _ in range(5):
        pay(order_at(mill, mill_clerk, adult=1, child=2))
    assert statements() == before <= 9


def test_times_are_aware(busy: Any) -> None:
    assert all(row.moved_at.astimezone(JST).date() == date(2026, 11, 20) for row in movements(everything(busy)))


def test_the_division_of_a_part_refund_can_be_asked_of_any_two_accounts(busy: Any) -> None:
    """PostgreSQL may ask it of accounts before it joins postings to them, so it must hold for every pair."""
    parts = next(source for source in sources() if source.sort == "refund" and "debit" in str(source.columns))
    rows = Posting.objects.annotate(division_key=parts.columns["division_key"], item_key=parts.columns["item_key"])
    found = {row.debit.code.partition(":")[0]: row.division_key for row in rows.select_related("debit")}
    assert found["unmatched"] is None
