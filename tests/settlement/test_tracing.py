"""One yen can be followed from the order to the books, each arrow with its rule."""

from __future__ import annotations

from datetime import date

import pytest

from madoguchi.core.ids import new_id
from madoguchi.settlement.tracing import ARROWS, trace
from tests.conftest import actor_named, refused
from tests.settlement.conftest import at


def test_every_arrow_of_a_payment_that_went_all_the_way(mill, ruled, sell, close, read_in, accountant):
    payment = sell(mill, at(2), adult=1)
    close(date(2026, 11, 30))
    read_in(("2026-12-15", "ペイペイ", 984))

    steps = trace(payment.id, actor=accountant)

    assert [step.arrow for step in steps] == [
        "order.opened",
        "payment.notice",
        "payment.matched",
        "ledger.posted",
        "ledger.posted",
        "payout.closed",
        "deposit.arrived",
        "journal.line",
    ]
    rules = {step.arrow: step.rule for step in steps}
    assert rules["payment.matched"] == "amount_and_time"
    assert rules["payout.closed"] == "payment 160bps down, month_end"
    assert rules["deposit.arrived"] == "amount_payer_due_day"
    assert rules["journal.line"] == "会計規則第50条の2（2020-06-01 施行）"
    assert "¥1,000 − ¥16 = ¥984" in steps[5].what
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert {step.arrow for step in steps} <= set(ARROWS)


def test_a_payment_that_waits_shows_how_far_it_came(mill, town, notify, clock, system):
    clock.move_to(at(2))
    payment = notify(mill, 77, at(2))

    steps = trace(payment.id, actor=system)

    assert [(step.arrow, step.rule) for step in steps] == [
        ("payment.notice", ""),
        ("payment.unmatched", "no_order"),
        ("ledger.posted", "payment_received"),
    ]


def test_a_refund_and_a_late_booking_are_steps_too(mill, ruled, notify, give_back, close, clock, system):
    from madoguchi.counter.models import FeeItem
    from madoguchi.payments.actions import book_payment

    payment = notify(mill, 1000, at(2))
    close(date(2026, 11, 30))
    clock.move_to(at(5, month=12))
    item = FeeItem.objects.get(principal=ruled, code="adult")
    book_payment(actor=system, payment_id=payment.id, item_id=item.id, reason="seen")
    give_back(payment, 300, at(6, month=12))
    close(date(2026, 12, 31))

    arrows = [step.arrow for step in trace(payment.id, actor=system)]

    assert {"payment.booked", "share.moved", "refund.returned"} <= set(arrows)
    assert arrows.count("share.moved") == 2


@pytest.mark.parametrize("username", ["clerk-mill", "provider-paypay", "accountant-yasuoka"])
def test_a_trace_is_for_those_who_keep_the_books(mill, sell, username):
    """A clerk or a provider may see the payment, but not the town's ledger behind it."""
    payment = sell(mill, at(2), adult=1)

    with refused("not_allowed"):
        trace(payment.id, actor=actor_named(username))
    assert trace(payment.id, actor=actor_named("auditor"))


def test_an_unknown_payment_is_refused(towns, system):
    with refused("payment_unknown"):
        trace(new_id(), actor=system)
