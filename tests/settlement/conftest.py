"""What settlement's tests start from: Tomioka with its netting rule, payments at the mill, statements to read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from madoguchi.core.clock import JST

_numbers = count(1)


def at(day: int, hour: int = 12, minute: int = 0, *, month: int = 11) -> datetime:
    """An instant of 2026 in Japan."""
    return datetime(2026, month, day, hour, minute, tzinfo=JST).astimezone(UTC)


@pytest.fixture
def system(db: None) -> Any:
    from madoguchi.people.access import system_actor

    return system_actor("test")


@pytest.fixture
def town(towns: Any) -> Any:
    """Tomioka, which runs the mill."""
    return towns.towns["10210"]


@pytest.fixture
def ruled(town: Any, system: Any) -> Any:
    """Tomioka with a rule that lets fees be netted since 2020 (J-31)."""
    from madoguchi.settlement.actions import add_netting_rule

    number = "会計規則第50条の2"
    add_netting_rule(actor=system, principal_id=town.id, number=number, in_force_on=date(2020, 6, 1))
    return town


@pytest.fixture
def notify(db: None) -> Callable[..., Any]:
    """`notify(place, 1000, paid_at)`: the provider tells of a payment; returns it."""
    from madoguchi.payments.intake import receive_payments
    from madoguchi.payments.models import Payment
    from madoguchi.payments.rules import PaymentNotice
    from madoguchi.people.access import provider_actor

    def tell(
        place: Any, amount_yen: int, paid_at: datetime, *, provider: str = "paypay", principal: Any = None, **more: Any
    ) -> Payment:
        code = place.codes.get(principal=principal or place.operator)
        reference = f"ref-{next(_numbers)}"
        notice = PaymentNotice(reference, provider, code.store_id, amount_yen, paid_at, **more)
        (answer,) = receive_payments(actor=provider_actor(provider), provider=provider, notices=[notice])
        assert answer.status == 201
        return Payment.objects.get(reference=reference)

    return tell


@pytest.fixture
def sell(clock: Any, order_at: Any, system: Any, notify: Any) -> Callable[..., Any]:
    """`sell(mill, at(2), adult=2)`: an order at that instant and its payment, matched."""

    def make(place: Any, when: datetime, *, provider: str = "paypay", **items: int) -> Any:
        clock.move_to(when)
        order = order_at(place, system, **items)
        payment = notify(place, order.total_yen, when, provider=provider, principal=order.principal)
        assert payment.state == "matched"
        return payment

    return make


@pytest.fixture
def give_back(db: None) -> Callable[..., Any]:
    """`give_back(payment, 300, at(3))`: the provider tells that it gave money back."""
    from madoguchi.payments.refunds import receive_refunds
    from madoguchi.payments.rules import RefundNotice
    from madoguchi.people.access import provider_actor

    def tell(payment: Any, amount_yen: int, refunded_at: datetime) -> None:
        provider = payment.provider_id
        notice = RefundNotice(f"refund-{next(_numbers)}", payment.reference, amount_yen, refunded_at)
        (answer,) = receive_refunds(actor=provider_actor(provider), provider=provider, notices=[notice])
        assert answer.status == 201

    return tell


@pytest.fixture
def close(clock: Any, system: Any) -> Callable[..., Any]:
    """`close(date)`: the night after `until`, every ended period is closed."""
    from madoguchi.core.clock import start_of_day
    from madoguchi.settlement.closing import close_until

    def run(until: date, **more: Any) -> Any:
        clock.move_to(max(clock.at, start_of_day(until + timedelta(days=1)) + timedelta(hours=3)))
        return close_until(actor=system, until=until, **more)

    return run


@pytest.fixture
def read_in(clock: Any, system: Any, town: Any) -> Callable[..., Any]:
    """`read_in(("2026-12-15", "ペイペイ", 984))`: a statement of these rows is read at the end of 2026."""
    from madoguchi.settlement.deposits import import_deposits

    def run(*rows: tuple[object, ...], principal: Any = None, actor: Any = None) -> Any:
        clock.move_to(max(clock.at, at(31, month=12)))
        owner = principal or town
        return import_deposits(actor=actor or system, principal_id=owner.id, name="bank.csv", content=statement(*rows))

    return run


def statement(*rows: tuple[object, ...], head: tuple[str, ...] = ("date", "payer", "amount", "account", "bank_id")):
    """A bank statement as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()


def assert_books_agree(actor: Any, principal: Any) -> None:
    """Ledger and rows say the same, in sum and under every division and item (J-22, J-31)."""
    from madoguchi.ledger.queries import balances
    from madoguchi.settlement.agreement import agreement
    from madoguchi.settlement.models import PayoutShare, ShareMove

    proof = agreement(actor, principal.id)
    assert proof.holds, proof
    fees: dict[str, int] = {}
    shares = [
        *PayoutShare.objects.filter(payout__principal=principal),
        *ShareMove.objects.filter(principal=principal),
    ]
    for row in shares:
        code = f"fee:{row.division_id}:{row.item_code}"
        fees[code] = fees.get(code, 0) + row.fee_yen
    held = {code: yen for code, yen in balances(principal.id).items() if code.startswith("fee:")}
    assert held == {code: fees.get(code, 0) for code in held}
    assert {code for code, yen in fees.items() if yen} <= set(held)
