"""Removing every demo month: its orders, payments, refunds, payouts, deposits and books; the demo's set-up stays.

The audit log keeps what happened, the removal among it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from madoguchi.core.errors import Refusal
from madoguchi.counter.models import Order, OrderLine, Remuneration, TillDay
from madoguchi.events.actions import record
from madoguchi.events.append_only import protection_lifted
from madoguchi.events.models import Attempt, Delivery
from madoguchi.jobs.demo_deposits import BANK_ID, FILE_NAME
from madoguchi.jobs.demo_orders import ACTOR
from madoguchi.jobs.demo_plan import PREFIX
from madoguchi.ledger.models import Posting
from madoguchi.payments.models import Charge, Payment, Refund, RefundTold, RefusedNotice
from madoguchi.registry.models import Organisation
from madoguchi.settlement.models import Closing, Deposit, DepositFile, Payout, PayoutLine, PayoutShare, ShareMove

CHUNK = 500


class DemoRows:
    """Everything that belongs to a demo month, and whatever people have tied to it since.

    A payout that also covers payments made by hand goes as a whole; the next close makes it anew without the demo's.
    """

    def __init__(self) -> None:
        own_order, own_payment = Q(client_key__startswith=PREFIX), Q(reference__startswith=PREFIX)
        # A person may have named a demo order for another payment, or the other way round; such a pair goes together.
        orders = Order.objects.filter(payments__reference__startswith=PREFIX).exclude(own_order)
        payments = Payment.objects.filter(order__client_key__startswith=PREFIX).exclude(own_payment)
        self.orders = Order.objects.filter(own_order | Q(id__in=_ids(orders)))
        self.payments = Payment.objects.filter(own_payment | Q(id__in=_ids(payments)))
        self.refunds = Refund.objects.filter(payment__in=self.payments)
        self.charges = Charge.objects.filter(order__in=self.orders)
        self.remunerations = Remuneration.objects.filter(order__in=self.orders)
        self.days = TillDay.objects.filter(id__in=_ids(self._own_days()))
        self.payouts = Payout.objects.filter(id__in=_ids(Payout.objects.filter(lines__payment__in=self.payments)))
        demo_deposits = Q(bank_key__startswith=f"id:{BANK_ID}") | Q(payout__in=self.payouts)
        self.deposits = Deposit.objects.filter(id__in=_ids(Deposit.objects.filter(demo_deposits)))

    def _own_days(self) -> QuerySet[TillDay]:
        others = Order.objects.exclude(client_key__startswith=PREFIX)
        return TillDay.objects.filter(orders__client_key__startswith=PREFIX).exclude(orders__in=others)

    def principals(self) -> set[UUID]:
        """Whose money any of the rows is."""
        found: set[UUID] = set()
        for rows in (self.orders, self.payments, self.payouts, self.deposits):
            found |= set(rows.order_by().values_list("principal_id", flat=True).distinct())
        return found | set(self.days.values_list("place__operator_id", flat=True))


def _ids(rows: QuerySet[Any]) -> list[UUID]:
    return list(set(rows.order_by().values_list("id", flat=True)))


@transaction.atomic
def remove_demo() -> dict[str, int]:
    """Remove every demo month in one transaction; returns how many rows of each kind are gone.

    Raises Refusal `not_demo` if any of the money belongs to an organisation that is not of the demo.
    """
    with protection_lifted("ledger_posting"):
        rows = DemoRows()
        earnest = Organisation.objects.filter(id__in=rows.principals(), is_demo=False).first()
        if earnest is not None:
            raise Refusal("not_demo", organisation=earnest.name)
        pairs = _pairs(rows)
        files = _ids(DepositFile.objects.filter(deposits__in=rows.deposits))
        gone = {"postings": _remove_postings(rows)}
        gone |= _remove_settlement(rows)
        gone |= _remove_payments(rows)
        gone |= _remove_orders(rows)
        empty = DepositFile.objects.filter(deposits=None, principal__is_demo=True)
        gone["deposit_files"] = _delete(empty.filter(Q(id__in=files) | Q(name__startswith=FILE_NAME)))
        _reset_closings(pairs)
    if any(gone.values()):
        record(ACTOR, "demo.removed", "demo", **gone)
    return gone


def _pairs(rows: DemoRows) -> set[tuple[str, UUID]]:
    return set(rows.payments.order_by().values_list("provider_id", "principal_id").distinct()) | set(
        rows.payouts.values_list("provider_id", "principal_id")
    )


def _remove_postings(rows: DemoRows) -> int:
    subjects: tuple[QuerySet[Any], ...] = (
        rows.orders,
        rows.payments,
        rows.refunds,
        rows.remunerations,
        rows.days,
        rows.payouts,
        rows.deposits,
    )
    return sum(_delete(Posting.objects.filter(subject_id__in=found.order_by().values("id"))) for found in subjects)


def _remove_settlement(rows: DemoRows) -> dict[str, int]:
    lines = PayoutLine.objects.filter(payout__in=rows.payouts)
    _delete(ShareMove.objects.filter(line__in=lines))
    _delete(lines)
    _delete(PayoutShare.objects.filter(payout__in=rows.payouts))
    return {"deposits": _delete(rows.deposits), "payouts": _delete(rows.payouts)}


def _remove_payments(rows: DemoRows) -> dict[str, int]:
    gone = {"deliveries": 0, "refunds": 0, "charges": 0}
    _delete(RefundTold.objects.filter(Q(refund__in=rows.refunds) | Q(payment_reference__startswith=PREFIX)))
    asked: tuple[tuple[str, QuerySet[Any]], ...] = (("refund", rows.refunds), ("charge", rows.charges))
    for kind, found in asked:
        ids = _ids(found)
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            told = Delivery.objects.filter(subject__in=[str(one) for one in some], event__startswith=f"{kind}.")
            _delete(Attempt.objects.filter(delivery__in=told))
            gone["deliveries"] += _delete(told)
            gone[f"{kind}s"] += _delete(found.model.objects.filter(id__in=some))
    gone["refused_notices"] = _delete(RefusedNotice.objects.filter(reference__startswith=PREFIX))
    gone["payments"] = _delete(rows.payments)
    return gone


def _remove_orders(rows: DemoRows) -> dict[str, int]:
    _delete(OrderLine.objects.filter(order__in=rows.orders))
    return {
        "remunerations": _delete(rows.remunerations),
        "orders": _delete(rows.orders),
        "till_days": _delete(rows.days),
    }


def _reset_closings(pairs: Iterable[tuple[str, UUID]]) -> None:
    """Forget that the month was closed, so that it can be filled and closed again."""
    for provider, principal_id in pairs:
        closing = Closing.objects.filter(provider=provider, principal=principal_id)
        last = Payout.objects.filter(provider=provider, principal=principal_id).order_by("-closes_on").first()
        if last is None:
            _delete(closing)
        else:
            closing.update(closed_through=last.closes_on)


def _delete(rows: QuerySet[Any]) -> int:
    # What points at these rows is gone already, and the database itself still checks that; Django's own delete would
    # load every row to look.
    return rows._raw_delete(rows.db) or 0  # None where nothing can fit the filter
