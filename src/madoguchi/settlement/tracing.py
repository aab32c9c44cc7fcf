"""One yen's way through the platform: order, notice, match, ledger, payout, deposit, journal, each arrow in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from madoguchi.core.clock import JST, format_date_ja, jst_date, start_of_day
from madoguchi.core.ids import short_form
from madoguchi.core.yen import format_yen
from madoguchi.counter.models import Order
from madoguchi.counter.queries import lines_of
from madoguchi.events.queries import deliveries_about, events_about
from madoguchi.ledger.queries import postings_about
from madoguchi.ledger.rules import KIND_NAMES
from madoguchi.payments.models import Payment
from madoguchi.payments.queries import find_payment
from madoguchi.people.access import Actor, may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Organisation, Place
from madoguchi.settlement.journal import rule_text
from madoguchi.settlement.models import NettingRule, Payout, PayoutLine, ShareMove
from madoguchi.settlement.queries import division_names, items_of, netting_rule_on
from madoguchi.settlement.rules import BOOKED_DEPOSIT_STATES


@dataclass(frozen=True)
class Step:
    """One arrow. `arrow` is stable vocabulary (ARROWS), `what` the facts in words, `rule` what decided it."""

    at: datetime
    arrow: str
    what: str
    rule: str
    subject_id: UUID


ARROWS = (
    "order.opened",
    "order.seen",
    "payment.notice",
    "payment.matched",
    "payment.booked",
    "payment.unmatched",
    "ledger.posted",
    "refund.requested",
    "refund.answered",
    "refund.returned",
    "message.sent",
    "payout.closed",
    "share.moved",
    "deposit.arrived",
    "journal.line",
)


def trace(payment_id: UUID, *, actor: Actor) -> list[Step]:
    """Every step of one payment, oldest first, for whoever may read its principal's settlement, or the office.

    Raises Refusal `payment_unknown`, `not_allowed`.
    """
    payment = find_payment(actor, payment_id)
    if not may(actor, "office.read"):
        require(actor, "settlement.read", Scope(principal_id=payment.principal_id))
    lines = list(
        PayoutLine.objects.filter(payment=payment)
        .select_related("payout__terms", "payout__provider")
        .prefetch_related("payout__deposits__file")
        .order_by("id")
    )
    steps = [*_order(payment), *_payment(payment), *_refunds(payment), *_messages(payment), *_ledger(payment)]
    for line in lines:
        steps.append(_payout(line))
    steps += _moves(payment)
    payouts = {line.payout_id: line.payout for line in lines}
    for payout in payouts.values():
        steps += _deposits(payout)
        steps += _journal(payment, payout, lines)
    order = {arrow: number for number, arrow in enumerate(ARROWS)}
    return sorted(steps, key=lambda step: (step.at, order[step.arrow]))


def _order(payment: Payment) -> Iterator[Step]:
    order = payment.order
    if order is None:
        return
    lines = lines_of([order.id])[order.id]
    sold = ", ".join(f"{line.item.name}×{line.quantity}" for line in lines)
    what = f"{order.number} {payment.place.name} {sold} {format_yen(order.total_yen)}"
    yield Step(order.opened_at, "order.opened", what, "offline" if order.was_offline else "", order.id)
    if order.seen_at is not None:
        yield Step(order.seen_at, "order.seen", order.number, "", order.id)


def _payment(payment: Payment) -> Iterator[Step]:
    paid = payment.paid_at.astimezone(JST)
    what = f"{payment.service.name} {payment.reference} {format_yen(payment.amount_yen)} ({paid:%Y-%m-%d %H:%M:%S} JST)"
    yield Step(payment.received_at, "payment.notice", what, "", payment.id)
    decided = {event.name: event for event in events_about([payment.id])}
    event = decided.get("payment.matched") or decided.get("payment.booked")
    at = event.at if event else payment.received_at
    found = _booked_as(payment)
    yield Step(at, f"payment.{payment.state}", found, payment.rule, payment.order_id or payment.id)


def _booked_as(payment: Payment) -> str:
    if payment.order is not None:
        return payment.order.number
    return payment.booked_item.name if payment.booked_item else ""


def _refunds(payment: Payment) -> Iterator[Step]:
    for refund in payment.refunds.all():
        amount = format_yen(refund.amount_yen)
        if refund.requested_at is not None:
            yield Step(refund.requested_at, "refund.requested", amount, refund.reason, refund.id)
        if refund.answered_at is not None:
            yield Step(refund.answered_at, "refund.answered", f"{amount} {refund.answer}", "", refund.id)
        if refund.refunded_at is not None:
            yield Step(refund.refunded_at, "refund.returned", amount, "", refund.id)


def _messages(payment: Payment) -> Iterator[Step]:
    """What the provider was asked for: the money, from the code that the customer showed, and money back."""
    asked = [refund.id for refund in payment.refunds.all()]
    if payment.order is not None:
        asked += [charge.id for charge in payment.order.charges.all()]
    for message in deliveries_about(asked):
        what = f"{message.event} → {message.destination}: {message.state}"
        yield Step(message.done_at or message.created_at, "message.sent", what, "", message.id)


def _ledger(payment: Payment) -> Iterator[Step]:
    subjects = [payment.id, *(refund.id for refund in payment.refunds.all())]
    if isinstance(payment.order, Order) and hasattr(payment.order, "remuneration"):
        subjects.append(payment.order.remuneration.id)
    postings = postings_about(subjects)
    names = _Names(payment, {code for row in postings for code in (row.debit.code, row.credit.code)})
    for row in postings:
        what = f"{names.of(row.debit.code)} ← {names.of(row.credit.code)} {format_yen(row.amount_yen)}"
        yield Step(row.at, "ledger.posted", what, row.rule, row.subject_id)


class _Names:
    """Account codes with the names of places, agents and items in the place of identifiers."""

    def __init__(self, payment: Payment, codes: set[str]) -> None:
        ids = {part for code in codes for part in code.split(":")[1:] if len(part) == 36}
        self.names = {str(pk): name for pk, name in Place.objects.filter(id__in=ids).values_list("id", "name")}
        self.names |= {str(pk): name for pk, name in Organisation.objects.filter(id__in=ids).values_list("id", "name")}
        self.names |= {code: item.name for code, item in items_of(payment.principal_id).items()}

    def of(self, code: str) -> str:
        kind, *parts = code.split(":")
        named = "・".join(self.names.get(part, part) for part in parts if part)
        return f"{KIND_NAMES[kind]}（{named}）" if named else KIND_NAMES[kind]


def _payout(line: PayoutLine) -> Step:
    payout = line.payout
    what = (
        f"{format_yen(line.amount_yen)} − {format_yen(line.fee_yen)} = {format_yen(line.amount_yen - line.fee_yen)}; "
        f"{short_form(payout.id)}, {format_date_ja(payout.closes_on)} → {format_date_ja(payout.due_on)}, "
        f"{format_yen(payout.net_yen)}"
    )
    terms = payout.terms
    rule = f"{terms.fee_basis} {terms.fee_bps}bps {terms.fee_rounding}, {terms.closing_cycle}"
    return Step(payout.closed_at, "payout.closed", what, rule, payout.id)


def _moves(payment: Payment) -> Iterator[Step]:
    moves = list(ShareMove.objects.filter(line__payment=payment).order_by("id"))
    names = division_names({move.division_id for move in moves})
    for move in moves:
        what = f"{names[move.division_id]} {move.item_code} {format_yen(move.gross_yen)}, {format_yen(move.fee_yen)}"
        yield Step(start_of_day(move.moved_on), "share.moved", what, move.rule, payment.id)


def _deposits(payout: Payout) -> Iterator[Step]:
    for row in payout.deposits.all():
        what = f"{format_date_ja(row.deposited_on)} {row.payer} {format_yen(row.amount_yen)}: {row.state}"
        rule = f"{row.rule} {row.reason_kind}".strip()
        yield Step(row.decided_at or row.file.uploaded_at, "deposit.arrived", what, rule, row.id)


def _journal(payment: Payment, payout: Payout, lines: list[PayoutLine]) -> Iterator[Step]:
    """The payment's part of the payout's journal lines, once money has come."""
    booked = [row for row in payout.deposits.all() if row.state in BOOKED_DEPOSIT_STATES]
    if not booked:
        return
    held = list(NettingRule.objects.filter(principal=payment.principal_id).order_by("-in_force_on"))
    accounts = items_of(payment.principal_id)
    if payment.order_id:
        codes = {line.item.code for line in lines_of([payment.order_id])[payment.order_id]}
    else:
        codes = {payment.booked_item.code} if payment.booked_item else set()
    account = ", ".join(sorted({accounts[code].revenue_account for code in codes}))
    own = [line for line in lines if line.payout_id == payout.id]
    gross, fee = sum(line.amount_yen for line in own), sum(line.fee_yen for line in own)
    what = f"{account} {format_yen(gross)}, {format_yen(fee)} → {format_yen(gross - fee)}".strip()
    at = max([start_of_day(payout.due_on), *(row.decided_at or row.file.uploaded_at for row in booked)])
    rule = rule_text(netting_rule_on(held, jst_date(start_of_day(payout.due_on)))) or "netting_rule_missing"
    yield Step(at, "journal.line", what, rule if fee else "", payout.id)
