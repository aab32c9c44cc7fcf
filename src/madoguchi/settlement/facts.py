"""What settlement reads of payments, refunds and orders: the facts not yet in any payout, and where they are booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, QuerySet, Sum

from madoguchi.core.clock import jst_date, start_of_day
from madoguchi.counter.models import OrderLine
from madoguchi.payments.models import Payment, Refund
from madoguchi.registry.models import Organisation, ProviderTerms
from madoguchi.settlement.models import PayoutLine

CHUNK = 500
# (division, item code): under what a yen stands in the books. An empty code: no order known, the division is the place.
Target = tuple[UUID, str]
Targets = tuple[tuple[Target, int], ...]


@dataclass(slots=True)
class OpenFact:
    """A payment or returned refund that is in no payout yet.

    `amount_yen` is negative for a refund. `left_yen` is what was left of its payment before it (0 for a payment);
    `fee_before_yen` is what its payment's earlier lines were charged.
    """

    payment_id: UUID
    refund_id: UUID | None
    amount_yen: int
    paid_yen: int
    paid_at: datetime
    left_yen: int
    fee_before_yen: int
    targets: Targets

    @property
    def is_unmatched(self) -> bool:
        return self.targets[0][0][1] == ""


def unsettled_payments() -> QuerySet[Payment]:
    """Payments that are in no payout yet."""
    lined = PayoutLine.objects.filter(payment=OuterRef("pk"), refund=None)
    return Payment.objects.filter(~Exists(lined))


def unsettled_refunds() -> QuerySet[Refund]:
    """Returned refunds that are in no payout yet."""
    return Refund.objects.filter(state="returned", payout_line=None)


def principals_waiting(provider: str, until: date, among: Collection[UUID] | None) -> list[UUID]:
    """Principals with anything unsettled at `provider` up to `until`, in a stable order."""
    end = start_of_day(until + timedelta(days=1))
    payments = unsettled_payments().filter(provider_id=provider, paid_at__lt=end)
    refunds = unsettled_refunds().filter(payment__provider_id=provider, refunded_at__lt=end)
    if among is not None:
        payments = payments.filter(principal__in=among)
        refunds = refunds.filter(payment__principal__in=among)
    found = set(payments.values_list("principal_id", flat=True).distinct())
    found |= set(refunds.values_list("payment__principal_id", flat=True).distinct())
    return sorted(found)


def first_open_day(provider: str, principal_id: UUID, after: date | None = None) -> date | None:
    """The day of the earliest unsettled fact, or of the earliest later than `after`."""
    payments = unsettled_payments().filter(provider_id=provider, principal_id=principal_id)
    refunds = unsettled_refunds().filter(payment__provider_id=provider, payment__principal_id=principal_id)
    if after is not None:
        start = start_of_day(after + timedelta(days=1))
        payments, refunds = payments.filter(paid_at__gte=start), refunds.filter(refunded_at__gte=start)
    instants = [
        payments.aggregate(first=Min("paid_at"))["first"],
        refunds.aggregate(first=Min("refunded_at"))["first"],
    ]
    found = [instant for instant in instants if instant is not None]
    return jst_date(min(found)) if found else None


def open_facts(provider: str, principal_id: UUID, until: date) -> list[OpenFact]:
    """Everything unsettled up to the end of `until` in Japan: payments in order of time, then refunds.

    A refund waits for its payment, should clocks have put it first.
    """
    end = start_of_day(until + timedelta(days=1))
    taken = unsettled_payments().filter(provider_id=provider, principal_id=principal_id, paid_at__lt=end)
    returned = unsettled_refunds().filter(
        payment__provider_id=provider,
        payment__principal_id=principal_id,
        payment__paid_at__lt=end,
        refunded_at__lt=end,
    )
    facts = list(_payment_facts(taken))
    return facts + _refund_facts(returned.select_related("payment__booked_item").order_by("refunded_at", "id"))


def _payment_facts(rows: QuerySet[Payment]) -> Iterator[OpenFact]:
    lines = _by_order(
        OrderLine.objects.filter(order__payments__in=rows.order_by().values("pk"))
        .order_by("position")
        .values_list("order_id", "division_id", "item__code", "amount_yen")
    )
    columns = ("id", "amount_yen", "paid_at", "place_id", "order_id", "booked_item__code")
    ordered = rows.order_by("paid_at", "id").values_list(*columns)
    for pk, amount, paid_at, place, order, item in ordered.iterator(chunk_size=5000):
        # A payment that was matched between the two reads stays unmatched here; its share moves at the next close.
        known = lines.get(order)
        targets = known or (((place, item if order is None and item else ""), amount),)
        yield OpenFact(pk, None, amount, amount, paid_at, 0, 0, targets)


def _refund_facts(rows: Iterable[Refund]) -> list[OpenFact]:
    refunds = list(rows)
    payments = {row.payment_id: row.payment for row in refunds}
    targets = targets_of(list(payments.values()))
    earlier: dict[UUID, tuple[int, int]] = {}
    for ids in chunks(list(payments)):
        sums = PayoutLine.objects.filter(payment__in=ids).values("payment_id")
        for row in sums.annotate(amount=Sum("amount_yen"), fee=Sum("fee_yen")):
            earlier[row["payment_id"]] = (row["amount"], row["fee"])
    facts = []
    for refund in refunds:
        payment = refund.payment
        left, fee = earlier.get(payment.id, (payment.amount_yen, 0))
        facts.append(
            OpenFact(
                payment.id,
                refund.id,
                -refund.amount_yen,
                payment.amount_yen,
                payment.paid_at,
                left,
                fee,
                targets[payment.id],
            )
        )
        earlier[payment.id] = (left - refund.amount_yen, fee)
    return facts


def targets_of(payments: Sequence[Payment]) -> dict[UUID, Targets]:
    """Under which divisions and items payments stand in the books now, with the yen of each."""
    lines: dict[UUID, Targets] = {}
    for ids in chunks([row.order_id for row in payments if row.order_id is not None]):
        found = OrderLine.objects.filter(order__in=ids).order_by("position")
        lines |= _by_order(found.values_list("order_id", "division_id", "item__code", "amount_yen"))
    result = {}
    for payment in payments:
        item = payment.booked_item.code if payment.booked_item else ""
        alone: Targets = (((payment.place_id, item), payment.amount_yen),)
        result[payment.id] = lines.get(payment.order_id, alone) if payment.order_id else alone
    return result


def _by_order(rows: Iterable[tuple[UUID, UUID, str, int]]) -> dict[UUID, Targets]:
    # Lines stay apart even for one item: the ledger divides a refund line by line, and so must the shares.
    found: dict[UUID, list[tuple[Target, int]]] = defaultdict(list)
    for order, division, item, amount in rows:
        found[order].append(((division, item), amount))
    return {order: tuple(parts) for order, parts in found.items()}


def terms_by_provider() -> dict[str, list[ProviderTerms]]:
    """Every provider's terms of all times."""
    found: dict[str, list[ProviderTerms]] = defaultdict(list)
    for row in ProviderTerms.objects.select_related("provider").order_by("provider_id", "starts_on"):
        found[row.provider_id].append(row)
    return dict(found)


def unsettled_yen(principal_id: UUID) -> int:
    """Yen of a principal's payments less returned refunds that are in no payout yet."""
    taken: dict[str, Any] = unsettled_payments().filter(principal_id=principal_id).aggregate(yen=Sum("amount_yen"))
    given: dict[str, Any] = (
        unsettled_refunds().filter(payment__principal_id=principal_id).aggregate(yen=Sum("amount_yen"))
    )
    return (taken["yen"] or 0) - (given["yen"] or 0)


def lock_books(principal_id: UUID) -> None:
    """Let one transaction at a time settle for a principal; payments keep coming in meanwhile."""
    # NO KEY: rows that refer to the organisation may still be inserted.
    list(Organisation.objects.select_for_update(no_key=True).filter(id=principal_id).values_list("id"))


def chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """Runs short enough for one statement on every database."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
