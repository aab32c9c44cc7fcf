"""Closing a period: every payment in exactly one payout, late facts in the next, sums that hold (J-22, J-27, J-29)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from madoguchi.events.queries import events_about
from madoguchi.ledger.queries import balances
from madoguchi.people.access import actor_for, provider_actor
from madoguchi.settlement.closing import close_until, move_shares
from madoguchi.settlement.models import Payout, PayoutLine, PayoutShare, ShareMove
from madoguchi.settlement.queries import (
    expected_payouts,
    payments_without_terms,
    payout_detail,
    payout_line_rows,
)
from tests.conftest import actor_named, refused
from tests.settlement.conftest import assert_books_agree, at

NOVEMBER, DECEMBER = date(2026, 11, 30), date(2026, 12, 31)


def test_a_months_payments_are_paid_out_less_the_fee_on_each(mill, town, sell, close, system):
    """J-27: PayPay's demo terms: 1.6 % of each payment, rounded down, month end, paid on the 15th."""
    sell(mill, at(2), adult=1)
    sell(mill, at(20), student=1, child=1)

    (payout,) = close(NOVEMBER)

    assert (payout.payments_yen, payout.fee_yen, payout.net_yen) == (1400, 16 + 6, 1378)
    assert (payout.closes_on, payout.due_on, payout.state) == (NOVEMBER, date(2026, 12, 15), "expected")
    assert balances(town.id)["receivable:paypay"] == 1378
    assert [event.name for event in events_about([payout.id])] == ["payout.closed"]
    assert_books_agree(system, town)


def test_closing_again_changes_nothing(mill, town, sell, close):
    sell(mill, at(2), adult=1)
    close(NOVEMBER)
    before = (list(PayoutLine.objects.values()), balances(town.id))

    assert close(NOVEMBER) == []
    assert (list(PayoutLine.objects.values()), balances(town.id)) == before


def test_a_late_notice_of_a_closed_month_goes_into_the_next(mill, town, sell, notify, close, clock, system):
    """Never lost, never twice: the provider paid it with the next period, too."""
    sell(mill, at(2), adult=1)
    close(NOVEMBER)
    late = notify(mill, 250, at(30, 23, 59))
    sell(mill, at(3, month=12), child=1)

    (december,) = close(DECEMBER)

    assert december.payments_yen == 250 + 150
    assert PayoutLine.objects.get(payment=late).payout == december
    assert_books_agree(system, town)


def test_a_late_notice_goes_into_the_next_period_even_if_the_closed_one_was_empty(mill, sell, notify, close):
    """A month without a payout is over, too; a payout dated back would never be paid."""
    sell(mill, at(2, month=10), adult=1)
    close(date(2026, 10, 31))
    close(NOVEMBER)
    notify(mill, 250, at(20))

    (december,) = close(DECEMBER)

    assert (december.closes_on, december.payments_yen) == (DECEMBER, 250)


def test_the_day_ends_at_midnight_in_japan(mill, sell, close):
    """J-25: 23:59 on the 30th is November's, 00:00 on the 1st is December's, whatever UTC says."""
    sell(mill, at(30, 23, 59), adult=1)
    sell(mill, at(1, 0, 0, month=12), child=1)

    (november,) = close(NOVEMBER)

    assert november.payments_yen == 1000


@pytest.mark.parametrize("in_next_month", [False, True])
def test_a_refund_gives_back_exactly_the_fee_it_lowers(mill, town, sell, give_back, close, system, in_next_month):
    """J-29: fee before less fee after, in the same period or a later one; the whole telescopes."""
    payment = sell(mill, at(2), adult=1, student=1)  # 1,250 yen, fee 20
    sell(mill, at(3, month=12), adult=1)
    if in_next_month:
        close(NOVEMBER)
    give_back(payment, 199, at(4, month=12) if in_next_month else at(5))
    close(DECEMBER)
    lines = PayoutLine.objects.filter(payment=payment)

    assert [(row.amount_yen, row.fee_yen) for row in lines.order_by("id")] == [(1250, 20), (-199, -4)]
    assert 20 - 4 == 1051 * 160 // 10_000
    assert_books_agree(system, town)


def test_a_period_that_comes_to_nothing_is_carried_on(mill, town, sell, give_back, close, system):
    """More given back than taken: no payout; the lines wait, and are in the next one once."""
    payment = sell(mill, at(2), adult=1)
    close(NOVEMBER)
    give_back(payment, 1000, at(2, month=12))
    assert close(DECEMBER) == []
    assert balances(town.id)["receivable:paypay"] == 984 - 1000
    (running,) = expected_payouts(system, town.id)[1:]
    assert (running.net_yen, running.fee_yen) == (-984, -16)
    clock_day = date(2027, 1, 31)
    sell(mill, at(5, month=12).replace(year=2027, month=1), adult=2)

    (january,) = close(clock_day)

    assert (january.refunds_yen, january.payments_yen, january.net_yen) == (1000, 2000, 2000 - 1000 - (32 - 16))
    assert_books_agree(system, town)


def test_a_payout_on_net_has_one_fee_divided_without_rest_and_its_transfer_fee(mill, town, sell, close, system):
    """J-27: LINE Pay's demo terms: 2.45 % of the net, half-monthly, ¥220 for the transfer borne by the town."""
    for day in (1, 2, 3):
        sell(mill, at(day), provider="line_pay", child=1)
    sell(mill, at(16), provider="line_pay", child=3)

    first, second = close(NOVEMBER)

    assert (first.closes_on, first.due_on) == (date(2026, 11, 15), date(2026, 11, 25))
    assert (first.payments_yen, first.fee_yen, first.transfer_fee_yen, first.net_yen) == (450, 11, 220, 219)
    assert sorted(first.lines.values_list("fee_yen", flat=True)) == [3, 4, 4]
    assert second.net_yen == 219
    assert_books_agree(system, town)


def test_a_payout_that_its_transfer_fee_would_eat_up_waits(mill, sell, close):
    sell(mill, at(1), provider="line_pay", child=1)

    assert close(NOVEMBER) == []
    assert PayoutLine.objects.count() == 0


def test_daily_closing_makes_a_payout_a_day_due_on_bank_business_days(mill, sell, close):
    """J-27: au PAY's demo terms: closes daily, pays after two days; Friday to Sunday come on Tuesday at the latest."""
    for day in (19, 20, 21, 22):
        sell(mill, at(day), provider="au_pay", adult=1)

    made = close(date(2026, 11, 22))

    assert [row.closes_on.day for row in made] == [19, 20, 21, 22]
    # The 21st and 22nd are a weekend, the 23rd is Labour Thanksgiving Day.
    assert [row.due_on.day for row in made] == [24, 24, 24, 24]


def test_shares_say_what_each_division_earned_and_paid(towns, town, sell, close, system):
    """J-22: sales per division are visible, and sum to the payout."""
    mill, citizens = (
        next(place for place in towns.places if place.name == name) for name in ("富岡製糸場", "富岡市役所 市民課窓口")
    )
    sell(mill, at(2), adult=1, student=1)
    sell(citizens, at(3), residence=1)

    (payout,) = close(NOVEMBER)
    detail = payout_detail(system, payout.id)

    assert {(row.division, row.item_code): (row.gross_yen, row.fee_yen) for row in detail.shares} == {
        ("富岡製糸場", "adult"): (1000, 16),
        ("富岡製糸場", "student"): (250, 4),
        ("富岡市役所 市民課窓口", "residence"): (300, 4),
    }
    assert sum(row.net_yen for row in detail.shares) == payout.net_yen
    (row, _) = payout_line_rows(system, payout.id)
    assert row[6:9] == (1250, 20, 1230)


def test_what_a_post_office_takes_for_a_village_is_paid_to_the_village(towns, sell, close):
    """J-28, H-07: one place, two principals; each is paid to its own account."""
    office = towns.post_office
    payment = sell(office, at(2), residence=1)

    (payout,) = close(NOVEMBER)
    (share,) = PayoutShare.objects.filter(payout=payout)

    assert payout.principal == payment.principal == towns.towns["20414"]
    assert share.division_id == towns.village_division.id


def test_a_payment_matched_after_its_close_moves_its_share_and_fee_in_a_line_of_its_own(
    mill, town, notify, close, clock, system
):
    """J-22: the payout's shares stay as closed; the move is dated on the day of the match."""
    from madoguchi.counter.models import FeeItem
    from madoguchi.payments.actions import book_payment

    clock.move_to(at(2))
    payment = notify(mill, 1000, at(2))
    (payout,) = close(NOVEMBER)
    clock.move_to(at(5, month=12))
    item = FeeItem.objects.get(principal=town, code="adult")
    book_payment(actor=system, payment_id=payment.id, item_id=item.id, reason="seen at the gate")
    before = list(PayoutShare.objects.filter(payout=payout).values())
    clock.move_to(at(6, month=12))

    assert move_shares(actor=system) == 1
    assert move_shares(actor=system) == 0
    moves = ShareMove.objects.order_by("id")
    assert [(row.item_code, row.gross_yen, row.fee_yen) for row in moves] == [("", -1000, -16), ("adult", 1000, 16)]
    assert {row.moved_on for row in moves} == {date(2026, 12, 5)}
    assert list(PayoutShare.objects.filter(payout=payout).values()) == before
    assert balances(town.id)[f"fee:{mill.id}:adult"] == 16
    assert balances(town.id)[f"fee:{mill.id}:"] == 0
    assert_books_agree(system, town)


def test_a_refund_after_the_share_moved_comes_off_the_new_item(mill, town, notify, give_back, sell, close, system):
    from madoguchi.counter.models import FeeItem
    from madoguchi.payments.actions import book_payment

    payment = notify(mill, 1000, at(2))
    close(NOVEMBER)
    item = FeeItem.objects.get(principal=town, code="adult")
    book_payment(actor=system, payment_id=payment.id, item_id=item.id, reason="seen at the gate")
    sell(mill, at(3, month=12), child=10)
    give_back(payment, 1000, at(4, month=12))

    close(DECEMBER)

    assert balances(town.id)[f"fee:{mill.id}:adult"] == 0
    assert balances(town.id)[f"revenue:{mill.id}:adult"] == 0
    assert_books_agree(system, town)


def test_partial_refunds_leave_every_division_as_the_ledger_has_it(mill, town, sell, give_back, close, system):
    """J-22: to the yen, although thirds of three items do not come out even."""
    payment = sell(mill, at(2), adult=1, student=1, child=1)
    for day, yen in ((3, 333), (4, 333), (5, 1)):
        give_back(payment, yen, at(day))

    (payout,) = close(NOVEMBER)
    held = balances(town.id)

    for share in payout.shares.all():
        assert held[f"revenue:{share.division_id}:{share.item_code}"] == share.gross_yen
    assert_books_agree(system, town)


def test_a_payment_given_back_in_parts_over_months_leaves_no_fee_on_any_item(
    towns, mill, town, sell, give_back, close, system
):
    """J-22, J-29: each part's fee share goes on from where the earlier payouts left it."""
    citizens = next(place for place in towns.places if place.name == "富岡市役所 市民課窓口")
    payment = sell(mill, at(2), adult=1, student=1, child=1)
    close(NOVEMBER)
    sell(citizens, at(2, month=12), residence=9)
    give_back(payment, 338, at(3, month=12))
    close(DECEMBER)
    sell(citizens, at(4, month=12) + timedelta(days=31), residence=9)
    give_back(payment, 1400 - 338, at(5, month=12) + timedelta(days=31))
    close(date(2027, 1, 31))

    held = balances(town.id)

    assert [held[f"fee:{mill.id}:{item}"] for item in ("adult", "student", "child")] == [0, 0, 0]
    assert [held[f"revenue:{mill.id}:{item}"] for item in ("adult", "student", "child")] == [0, 0, 0]
    assert_books_agree(system, town)


def test_new_terms_with_another_cycle_end_the_running_period(mill, town, sell, give_back, close, system):
    """Dated terms: each payment keeps the fee of its own day, also when it is given back later."""
    from madoguchi.registry.models import ProviderTerms

    old = ProviderTerms.objects.get(provider="paypay")
    ProviderTerms.objects.create(
        provider_id="paypay", starts_on=date(2026, 11, 16), fee_bps=300, closing_cycle="day", payout_days_after=1
    )
    payment = sell(mill, at(2), adult=1)
    sell(mill, at(17), adult=1)
    give_back(payment, 500, at(17, 13))

    first, second = close(NOVEMBER)

    assert (first.closes_on, first.terms, first.fee_yen) == (date(2026, 11, 15), old, 16)
    assert (second.closes_on, second.refunds_yen, second.fee_yen) == (date(2026, 11, 17), 500, 30 - 8)
    assert_books_agree(system, town)


def test_a_day_that_is_not_over_cannot_be_closed(mill, sell, clock, system):
    sell(mill, at(20), adult=1)

    with refused("day_not_over", until=date(2026, 11, 20)):
        close_until(actor=system, until=date(2026, 11, 20))
    assert Payout.objects.count() == 0


def test_a_provider_without_terms_cannot_be_closed_and_its_payments_stay_visible(mill, town, notify, clock, system):
    """Nothing is lost: what no terms say a payout day for is listed by provider."""
    from madoguchi.registry.models import ProviderTerms

    clock.move_to(at(20))
    notify(mill, 300, at(2))
    ProviderTerms.objects.filter(provider="paypay").update(ends_on=date(2025, 12, 31))

    assert close_until(actor=system, until=date(2026, 11, 19)) == []
    assert payments_without_terms(system, town.id) == {"paypay": 300}
    with refused("provider_unknown", provider="no_such"):
        close_until(actor=system, until=date(2026, 11, 19), provider="no_such")


def test_an_accountant_closes_for_the_own_town_only(mill, towns, sell, clock, close, accountant):
    sell(mill, at(2), adult=1)
    sell(towns.post_office, at(2), residence=1)
    clock.move_to(at(1, month=12))

    made = close_until(actor=accountant, until=NOVEMBER)

    assert [row.principal.municipality_id for row in made] == ["10210"]
    assert len(close(NOVEMBER)) == 1


@pytest.mark.parametrize("username", ["clerk-mill", "admin-tomioka", "auditor", "programme-office"])
def test_nobody_else_may_close(mill, sell, clock, username):
    sell(mill, at(2), adult=1)
    clock.move_to(at(1, month=12))

    with refused("not_allowed", permission="settlement.write"):
        close_until(actor=actor_named(username), until=NOVEMBER)
    with refused("not_allowed"):
        move_shares(actor=provider_actor("paypay"))
    assert Payout.objects.count() == 0


def test_expected_payouts_show_the_running_period_and_what_is_late(mill, town, sell, close, clock, accountant):
    """J-27: what will be deposited when, less which fee."""
    sell(mill, at(2), adult=1)
    close(NOVEMBER)
    sell(mill, at(2, month=12), child=1)

    due, running = expected_payouts(accountant, town.id)

    assert (due.due_on, due.net_yen, due.left_yen, due.is_late) == (date(2026, 12, 15), 984, 984, False)
    assert (running.state, running.closes_on, running.net_yen) == ("running", DECEMBER, 148)
    clock.move_to(at(28, month=12))
    assert expected_payouts(accountant, town.id)[0].is_late
    with refused("not_allowed"):
        expected_payouts(actor_named("clerk-mill"), town.id)


def test_an_inactive_accountant_may_not_close(towns, clock):
    from madoguchi.people.models import User

    user = User.objects.get(username="accountant-tomioka")
    user.is_active = False

    with refused("not_allowed"):
        close_until(actor=actor_for(user), until=date(2026, 10, 31))
