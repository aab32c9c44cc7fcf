"""Whatever comes in whatever order, through the HTTP API: each yen once, and every figure agrees with every other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.core.clock import now, today
from madoguchi.counter.actions import mark_seen
from madoguchi.counter.models import Order
from madoguchi.counter.queries import offers_at
from madoguchi.ledger.queries import balances
from madoguchi.ledger.rules import kind_of
from madoguchi.payments.models import Payment, Refund
from madoguchi.people.access import system_actor
from madoguchi.registry.models import StoreCode
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.models import Payout, PayoutLine
from tests.api.conftest import Signer
from tests.conftest import actor_named

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@dataclass
class Customer:
    """What one customer does: an order or none, the amount typed, when, how often the provider says so, refunds."""

    place: int
    quantity: int
    has_order: bool
    typed_wrong_yen: int
    minutes_later: int
    is_seen: bool
    copies: int
    refunds_bps: list[int] = field(default_factory=list)
    service: str = "paypay"


customers = st.lists(
    st.builds(
        Customer,
        place=st.integers(0, 3),
        quantity=st.integers(1, 4),
        has_order=st.booleans(),
        typed_wrong_yen=st.sampled_from([0, 0, 0, 1, 77]),
        minutes_later=st.integers(0, 60 * 24 * 20),
        is_seen=st.booleans(),
        copies=st.integers(1, 3),
        refunds_bps=st.lists(st.sampled_from([1, 2500, 5000, 10_000, 15_000]), max_size=3),
        service=st.sampled_from(["paypay", "line_pay", "au_pay"]),
    ),
    min_size=1,
    max_size=12,
)


class RollBack(Exception):
    """Ends an example without keeping anything."""


@given(customers=customers, order=st.randoms(use_true_random=False), closes=st.lists(st.integers(1, 60), max_size=2))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_figure_agrees_with_every_other(clock, towns, customers, order, closes):
    """J-25, J-27, J-29, J-31: duplicates, reorderings, wrong amounts, refunds before their payments, late closings."""
    clock.move_to(clock.at.replace(month=9, day=1))
    with pytest.raises(RollBack), transaction.atomic():
        signers = {service: Signer(service) for service in ("paypay", "line_pay", "au_pay")}
        told = Told(clock, towns, customers)
        clock.move(days=25)
        messages = [message for message in told.messages for _ in range(message[3])]
        order.shuffle(messages)
        half = len(messages) // 2
        send(signers, messages[:half])
        for days in sorted(closes):
            close_until(actor=SYSTEM, until=today() - timedelta(days=min(days, 24)))
        send(signers, messages[half:])
        send(signers, messages)  # everything once more: nothing may change
        clock.move(days=80)
        close_until(actor=SYSTEM, until=today() - timedelta(days=1))

        check_each_once(told)
        check_refunds()
        check_payouts()
        check_books()
        raise RollBack


class Told:
    """The messages a provider has about these customers: (service, path, body, how often)."""

    def __init__(self, clock: Any, towns: Any, customers: list[Customer]) -> None:
        self.messages: list[tuple[str, str, dict[str, Any], int]] = []
        self.paid: dict[tuple[str, str], int] = {}
        codes = list(StoreCode.objects.select_related("place", "principal").order_by("store_id"))
        start = clock.at
        for number, customer in enumerate(customers):
            clock.move_to(start + timedelta(minutes=customer.minutes_later))
            code = codes[(0, 7, 8, 10)[customer.place]]  # Takamori, the Silk Mill, the museum, the post office
            self.tell(number, customer, code)
        clock.move_to(start)

    def tell(self, number: int, customer: Customer, code: StoreCode) -> None:
        offer = next(each for each in offers_at(code.place, today()) if each.principal_id == code.principal_id)
        amount = offer.unit_yen * customer.quantity
        if customer.has_order:
            self.open(number, customer, code, offer)
        paid_yen = amount + customer.typed_wrong_yen
        reference, at = f"c{number}", now().isoformat()
        body = {
            "reference": reference,
            "service": customer.service,
            "store_id": code.store_id,
            "amount_yen": paid_yen,
            "paid_at": at,
        }
        self.paid[customer.service, reference] = paid_yen
        self.messages.append((customer.service, "payments", body, customer.copies))
        for index, bps in enumerate(customer.refunds_bps):
            refund = {
                "reference": f"c{number}-back{index}",
                "payment_reference": reference,
                "amount_yen": max(1, paid_yen * bps // 10_000),
                "refunded_at": (now() + timedelta(hours=index)).isoformat(),
            }
            self.messages.append((customer.service, "refunds", refund, customer.copies))

    def open(self, number: int, customer: Customer, code: StoreCode, offer: Any) -> None:
        from madoguchi.counter.actions import Pick, open_order

        clerks = {"10210": "clerk-mill", "20403": "clerk-takamori", "20414": "clerk-post"}
        clerk = actor_named(clerks[code.place.municipality_id]) if code.place.name != MUSEUM else SYSTEM
        picks = [Pick(offer.item_id, customer.quantity)]
        opened = open_order(actor=clerk, place_id=code.place_id, picks=picks, client_key=f"c{number}")
        if customer.is_seen:
            mark_seen(actor=clerk, order_id=opened.id, service_code=customer.service)


MUSEUM = "富岡市立美術博物館・福沢一郎記念美術館"


def send(signers: dict[str, Signer], messages: list[tuple[str, str, dict[str, Any], int]]) -> None:
    """Each message alone or, for runs of the same kind, in batches."""
    for service, path, body, _ in messages:
        answer = signers[service].post(path, body)
        assert answer.status_code in {201, 422}, answer.content
        if answer.status_code == 422:
            assert answer.json()["error"]["code"] == "refund_exceeds_payment"


def check_each_once(told: Told) -> None:
    """Every payment told of is there once, with its yen, and an order has at most one."""
    rows = Payment.objects.values_list("provider_id", "reference", "amount_yen")
    assert {(provider, reference): yen for provider, reference, yen in rows} == told.paid
    assert len(rows) == len(told.paid)
    for order in Order.objects.filter(client_key__startswith="c").prefetch_related("payments"):
        assert order.payments.count() == (order.state not in {"open", "seen", "abandoned"})


def check_refunds() -> None:
    """Refunds never exceed their payment, and an order whose money is all back is not counted as paid."""
    for payment in Payment.objects.prefetch_related("refunds").select_related("order"):
        back = sum(refund.amount_yen for refund in payment.refunds.all() if refund.state == "returned")
        assert 0 <= back <= payment.amount_yen
        if payment.order is not None:
            assert (payment.order.state == "refunded_elsewhere") == (back == payment.amount_yen)


def check_payouts() -> None:
    """Payout = Σ(payment − refund − fee), the divisions sum to it, and every line stands in one payout only."""
    for payout in Payout.objects.prefetch_related("lines", "shares"):
        lines, shares = list(payout.lines.all()), list(payout.shares.all())
        gross, fee = sum(line.amount_yen for line in lines), sum(line.fee_yen for line in lines)
        assert (payout.payments_yen - payout.refunds_yen, payout.fee_yen) == (gross, fee)
        assert payout.net_yen == gross - fee - payout.transfer_fee_yen
        assert (sum(share.gross_yen for share in shares), sum(share.fee_yen for share in shares)) == (gross, fee)
    for payment in Payment.objects.all():
        lines = list(PayoutLine.objects.filter(payment=payment))
        assert sum(1 for line in lines if line.refund_id is None) <= 1
        refunds = [line.refund_id for line in lines if line.refund_id]
        assert len(refunds) == len(set(refunds))


def check_books() -> None:
    """Receivables are what was paid, less what went back and what fees took; revenue is what the orders say."""
    per_principal: dict[UUID, int] = defaultdict(int)
    for owner, yen in Payment.objects.values_list("principal_id", "amount_yen"):
        per_principal[owner] += yen
    returned = Refund.objects.filter(state="returned").values_list("payment__principal_id").annotate(Sum("amount_yen"))
    for owner, yen in returned:
        per_principal[owner] -= yen
    for owner, net_yen in per_principal.items():
        held = balances(owner)
        by_kind: dict[str, int] = defaultdict(int)
        for account, yen in held.items():
            by_kind[kind_of(account)] += yen
        fees = Payout.objects.filter(principal_id=owner).aggregate(fee=Sum("fee_yen"), transfer=Sum("transfer_fee_yen"))
        fee_yen, transfer_yen = fees["fee"] or 0, fees["transfer"] or 0
        assert by_kind["revenue"] + by_kind["unmatched"] == net_yen
        assert by_kind["receivable"] == net_yen - fee_yen - transfer_yen
        assert (by_kind["fee"], by_kind["transfer_fee"]) == (fee_yen, transfer_yen)
        assert by_kind["remuneration"] == by_kind["payable"]
        strays = Payment.objects.filter(principal_id=owner, state="unmatched")
        back = Refund.objects.filter(payment__in=strays, state="returned").aggregate(yen=Sum("amount_yen"))["yen"] or 0
        assert by_kind["unmatched"] == sum(strays.values_list("amount_yen", flat=True)) - back
