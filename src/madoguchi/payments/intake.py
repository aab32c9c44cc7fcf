"""Taking in providers' payment notices: each once, for ever, whatever order they come in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.ids import new_id
from madoguchi.counter.actions import move_order, owe_remuneration, pay_orders
from madoguchi.counter.models import Order, OrderLine
from madoguchi.counter.queries import (
    WaitingOrder,
    line_legs,
    lines_of,
    orders_numbered,
    revenue_legs,
    waiting_orders,
)
from madoguchi.events.actions import record, record_many
from madoguchi.events.bulk import insert_rows
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import Entry, post_many
from madoguchi.payments import rules
from madoguchi.payments.charges import pay_charges
from madoguchi.payments.models import Payment
from madoguchi.payments.notices import Answer, keep_refused
from madoguchi.payments.refunds import apply_held_refunds
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.queries import CodeFacts, codes_by_store_id, services_of


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment about to be stored: the columns of its table, in the order of COLUMNS."""

    id: UUID
    provider_id: str
    reference: str
    digest: str
    service_id: str
    code_id: UUID
    place_id: UUID
    principal_id: UUID
    amount_yen: int
    paid_at: datetime
    received_at: datetime
    state: str
    rule: str
    order_id: UUID | None
    memo: str = ""


COLUMNS = tuple(field.name for field in fields(NewPayment))
row_of = attrgetter(*COLUMNS)


def receive_payments(*, actor: Actor, provider: str, notices: Sequence[PaymentNotice]) -> list[Answer]:
    """Take in payment notices in one database transaction; answers come in the order of `notices`.

    A repeated reference gets the first answer; with other facts it gets 409 `reference_reused`. A notice that
    names an unknown place or service gets 422 and is kept as a RefusedNotice; the others are not held up by it.
    """
    require(actor, "provider.write", Scope(provider=provider))
    # Read before the transaction, which on SQLite keeps all other writers waiting.
    codes = codes_by_store_id(row.store_id for row in notices)
    services = services_of(provider)
    with transaction.atomic():
        return _Intake(actor, provider, codes, services).take(notices)


class _Intake:
    """One call's work; lives for one transaction."""

    def __init__(self, actor: Actor, provider: str, codes: dict[str, CodeFacts], services: set[str]) -> None:
        self.actor, self.provider, self.at = actor, provider, now()
        self.codes, self.services = codes, services
        self.known: dict[str, tuple[UUID, str, datetime]] = {}

    def take(self, notices: Sequence[PaymentNotice]) -> list[Answer]:
        rows = Payment.objects.filter(provider_id=self.provider, reference__in=[row.reference for row in notices])
        self.known = {
            ref: (pk, digest, at)
            for ref, pk, digest, at in rows.values_list("reference", "id", "digest", "received_at")
        }
        fresh: list[tuple[PaymentNotice, Answer]] = []
        answers = []
        for notice in notices:
            answer = self._repeated(notice) or self._refused(notice)
            if answer is None:
                answer = Answer(201, notice.reference, new_id(), self.at)
                # So that the same reference twice in one call is one payment, too.
                self.known[notice.reference] = (answer.subject_id, notice.digest(), self.at)  # type: ignore[assignment]
                fresh.append((notice, answer))
            answers.append(answer)
        if fresh:
            self._store([notice for notice, _ in fresh])
        return answers

    def _repeated(self, notice: PaymentNotice) -> Answer | None:
        if notice.reference not in self.known:
            return None
        payment_id, digest, received_at = self.known[notice.reference]
        if digest != notice.digest():
            return Answer(409, notice.reference, code="reference_reused", field="reference")
        return Answer(201, notice.reference, payment_id, received_at, repeated=True)

    def _refused(self, notice: PaymentNotice) -> Answer | None:
        if notice.service not in self.services:
            code, field = "service_unknown", "service"
        elif notice.store_id not in self.codes:
            code, field = "place_unknown", "store_id"
        else:
            return None
        keep_refused(self.provider, notice, kind="payment", code=code, field=field, at=self.at)
        return Answer(422, notice.reference, code=code, field=field)

    def _store(self, notices: Sequence[PaymentNotice]) -> None:
        found = self._match(notices)
        payments = [self._payment(notice, found.get(notice.reference)) for notice in notices]
        insert_rows(Payment, COLUMNS, map(row_of, payments))
        debit = books.receivable(self.provider)
        entries: list[Entry] = [
            (
                row.id,
                "payment_received",
                [books.Leg(row.principal_id, debit, books.unmatched(row.place_id), row.amount_yen)],
            )
            for row in payments
        ]
        post_many(entries, at=self.at)
        record(
            self.actor,
            "payments.received",
            payments[0].id if len(payments) == 1 else f"provider:{self.provider}",
            count=len(payments),
            sum_yen=sum(row.amount_yen for row in payments),
            first=str(payments[0].id),
            last=str(payments[-1].id),
        )
        self._settle([row for row in payments if row.order_id is not None])
        apply_held_refunds(self.actor, self.provider, [row.reference for row in payments])

    def _settle(self, matched: Sequence[NewPayment]) -> None:
        """What `settle_order` does for one payment, for all that were stored as matched."""
        if not matched:
            return
        orders = pay_orders(
            self.actor, {row.order_id: (row.service_id, row.paid_at) for row in matched if row.order_id}
        )
        named = {row.order_id: row.service_id for row in matched if row.order_id and row.rule == "order_reference"}
        if named:
            pay_charges(self.actor, named)
        lines: dict[UUID, list[OrderLine]] = {}
        ids = list(orders)
        for start in range(0, len(ids), 500):
            lines |= lines_of(ids[start : start + 500])
        entries: list[Entry] = []
        for row in matched:
            assert row.order_id is not None  # noqa: S101  # the caller has chosen these
            legs = line_legs(row.principal_id, lines[row.order_id], books.unmatched(row.place_id))
            entries.append((row.id, f"matched:{row.rule}"[:40], legs))
        post_many(entries)
        record_many(
            self.actor,
            (("payment.matched", row.id, {"order": str(row.order_id), "rule": row.rule}) for row in matched),
        )

    def _payment(self, notice: PaymentNotice, decided: rules.Match | None) -> NewPayment:
        code = self.codes[notice.store_id]
        payment_id, digest, _ = self.known[notice.reference]
        return NewPayment(
            id=payment_id,
            provider_id=self.provider,
            reference=notice.reference,
            digest=digest,
            service_id=notice.service,
            code_id=code.code_id,
            place_id=code.place_id,
            principal_id=code.principal_id,
            amount_yen=notice.amount_yen,
            paid_at=notice.paid_at,
            received_at=self.at,
            state="matched" if decided and decided.order_id else "unmatched",
            rule=decided.rule if decided else "no_order",
            order_id=decided.order_id if decided else None,
        )

    def _match(self, notices: Sequence[PaymentNotice]) -> dict[str, rules.Match]:
        """Matches by reference; payments at codes without a waiting order are left out."""
        waiting: dict[UUID, list[rules.Candidate]] = defaultdict(list)
        for order in waiting_orders({self.codes[notice.store_id].code_id for notice in notices}):
            waiting[order.code_id].append(candidate(order))
        names = {notice.order_reference for notice in notices if notice.order_reference}
        named_here = orders_numbered(waiting, names) if names else set()
        found = {}
        for notice in notices:
            code_id = self.codes[notice.store_id].code_id
            if code_id not in waiting:
                continue
            decided = rules.match(
                amount_yen=notice.amount_yen,
                paid_at=notice.paid_at,
                service=notice.service,
                order_reference=notice.order_reference,
                candidates=waiting[code_id],
                is_named_here=(code_id, notice.order_reference) in named_here,
            )
            found[notice.reference] = decided
            if decided.order_id is not None:
                waiting[code_id] = [row for row in waiting[code_id] if row.order_id != decided.order_id]
        return found


def candidate(order: WaitingOrder) -> rules.Candidate:
    """A waiting order in the shape that matching reads."""
    return rules.Candidate(order.order_id, order.number, order.total_yen, order.opened_at, order.seen_at, order.service)


def settle_order(actor: Actor, payment: Payment, order: Order, rule: str) -> None:
    """Tie a stored payment to a locked order: order paid, revenue booked by line, agent's remuneration owed."""
    payment.state, payment.order, payment.rule = "matched", order, rule
    payment.save(update_fields=["state", "order", "rule"])
    move_order(actor, order, "paid", tender="service", service_id=payment.service_id, paid_at=payment.paid_at)
    legs = revenue_legs(order, books.unmatched(payment.place_id))
    post_many([(payment.id, f"matched:{rule}"[:40], legs)])
    owe_remuneration(order)
    record(actor, "payment.matched", payment.id, order=str(order.id), rule=rule)
