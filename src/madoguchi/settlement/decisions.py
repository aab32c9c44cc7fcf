"""What people decide about deposits: naming a difference or a payout, setting aside, taking off again."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.actions import record
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import post
from madoguchi.ledger.queries import postings_about
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.settlement import rules
from madoguchi.settlement.deposits import (
    BY_HAND,
    move_deposit,
    outstanding_yen,
    received_leg,
    reconcile,
    settle_payouts,
)
from madoguchi.settlement.facts import lock_books
from madoguchi.settlement.models import Deposit, Payout

NOTE_LENGTH = 200


@transaction.atomic
def resolve_difference(*, actor: Actor, deposit_id: UUID, reason_kind: str, note: str = "") -> Deposit:
    """Name the difference between a deposit and its payout, and book both.

    `transfer_fee` books it as one; `provider_error` leaves it receivable until the provider makes it good; `other`
    books it as a difference. A provider's error may be given another reason later. Repeating changes nothing.
    Raises Refusal `deposit_unknown`, `reason_kind_wrong`, `note_missing`, `deposit_not_differing`.
    """
    deposit = _locked(actor, deposit_id)
    if reason_kind not in rules.DIFFERENCE_REASONS:
        raise Refusal("reason_kind_wrong", field="reason_kind")
    if reason_kind != "transfer_fee" and not note.strip():
        raise Refusal("note_missing", field="note")
    if deposit.state == "resolved" and deposit.reason_kind == reason_kind:
        return deposit
    payout = _open_payout(deposit, actor)
    left_yen = outstanding_yen(payout)
    legs: list[books.Leg | None] = []
    if deposit.state == "amount_differs":
        legs.append(received_leg(deposit))
        left_yen -= deposit.amount_yen
        deposit.difference_yen = -left_yen
        move_deposit(deposit, "resolved")
    accounts = {
        "transfer_fee": rules.transfer_fee_account(payout.provider_id),
        "other": rules.difference_account(payout.provider_id),
    }
    if account := accounts.get(reason_kind):
        legs.append(books.leg(deposit.principal_id, account, books.receivable(payout.provider_id), left_yen))
        deposit.difference_yen = -left_yen
    deposit.reason_kind, deposit.note, deposit.decided_at = reason_kind, note.strip()[:NOTE_LENGTH], now()
    deposit.save(update_fields=["state", "reason_kind", "note", "decided_at", "difference_yen"])
    post(subject_id=deposit.id, rule=f"difference:{reason_kind}", legs=legs)
    record(actor, "deposit.resolved", deposit.id, reason=reason_kind, difference_yen=deposit.difference_yen, note=note)
    settle_payouts(actor, [payout])
    return deposit


def _open_payout(deposit: Deposit, actor: Actor) -> Payout:
    may_rename = deposit.state == "resolved" and deposit.reason_kind == "provider_error"
    if deposit.payout is None or not (deposit.state == "amount_differs" or may_rename):
        raise Refusal("deposit_not_differing", state=deposit.state)
    if deposit.payout.state not in rules.OPEN_PAYOUT_STATES:
        raise Refusal("deposit_not_differing", state=deposit.payout.state)
    return deposit.payout


@transaction.atomic
def assign_deposit(*, actor: Actor, deposit_id: UUID, payout_id: UUID) -> Deposit:
    """Say which payout a deposit pays. With another amount it stays `amount_differs` until the difference is named.

    Raises Refusal `deposit_unknown`, `deposit_decided`, `payout_unknown`, `payout_not_open`, `payout_taken`.
    """
    deposit = _locked(actor, deposit_id)
    payout = Payout.objects.filter(id=payout_id, principal=deposit.principal_id).first()
    if payout is None:
        raise Refusal("payout_unknown")
    if deposit.payout_id == payout.id and deposit.state == "matched":
        return deposit
    if deposit.state not in (*rules.WAITING_DEPOSIT_STATES, "set_aside"):
        raise Refusal("deposit_decided", state=deposit.state)
    if payout.state not in rules.OPEN_PAYOUT_STATES:
        raise Refusal("payout_not_open", state=payout.state)
    rivals = payout.deposits.filter(state="amount_differs").exclude(id=deposit.id)
    if rivals.filter(rule=BY_HAND).exists():
        raise Refusal("payout_taken")
    before, deposit.payout, deposit.rule = deposit.payout, payout, BY_HAND
    deposit.difference_yen = deposit.amount_yen - outstanding_yen(payout)
    state = "amount_differs" if deposit.difference_yen else "matched"
    if deposit.state != state:
        move_deposit(deposit, state)
    deposit.decided_at = now()
    deposit.save(update_fields=["payout", "rule", "difference_yen", "state", "decided_at"])
    if state == "matched":
        post(subject_id=deposit.id, rule="deposit_by_hand", legs=[received_leg(deposit)])
    record(actor, "deposit.assigned", deposit.id, payout=str(payout.id), difference_yen=deposit.difference_yen)
    for rival in rivals:
        # Chosen by rule, overruled by a person; it is decided anew below.
        _free(rival)
    settle_payouts(actor, [payout] if before is None or before.id == payout.id else [payout, before])
    reconcile(actor=actor, principal_id=deposit.principal_id)
    deposit.refresh_from_db()
    return deposit


@transaction.atomic
def set_aside_deposit(*, actor: Actor, deposit_id: UUID, reason: str) -> Deposit:
    """Put away a deposit that is not a payout, with a reason. Raises Refusal `deposit_decided`, `reason_missing`."""
    deposit = _locked(actor, deposit_id)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if deposit.state == "set_aside":
        return deposit
    if deposit.state not in rules.WAITING_DEPOSIT_STATES:
        raise Refusal("deposit_decided", state=deposit.state)
    payout = deposit.payout
    move_deposit(deposit, "set_aside")
    deposit.payout, deposit.difference_yen, deposit.rule = None, 0, BY_HAND
    deposit.note, deposit.decided_at = reason.strip()[:NOTE_LENGTH], now()
    deposit.save(update_fields=["state", "payout", "difference_yen", "rule", "note", "decided_at"])
    record(actor, "deposit.set_aside", deposit.id, reason=reason.strip())
    if payout is not None:
        settle_payouts(actor, [payout])
    reconcile(actor=actor, principal_id=deposit.principal_id)
    return deposit


@transaction.atomic
def release_deposit(*, actor: Actor, deposit_id: UUID, reason: str) -> Deposit:
    """Take a deposit off the payout it was booked to; what was posted is posted back.

    It then waits for a person: no rule will tie it again. Raises Refusal `deposit_not_booked`, `reason_missing`.
    """
    deposit = _locked(actor, deposit_id)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if deposit.state not in rules.BOOKED_DEPOSIT_STATES or deposit.payout is None:
        raise Refusal("deposit_not_booked", state=deposit.state)
    payout = deposit.payout
    post(subject_id=deposit.id, rule="deposit_released", legs=_posted_back(deposit))
    _free(deposit, rule=BY_HAND, note=reason.strip()[:NOTE_LENGTH])
    record(actor, "deposit.released", deposit.id, payout=str(payout.id), reason=reason.strip())
    settle_payouts(actor, [payout])
    reconcile(actor=actor, principal_id=deposit.principal_id)
    return deposit


def _posted_back(deposit: Deposit) -> list[books.Leg | None]:
    moved: Counter[tuple[str, str]] = Counter()
    for row in postings_about([deposit.id]):
        debit, credit = row.debit.code, row.credit.code
        if debit < credit:
            moved[debit, credit] += row.amount_yen
        else:
            moved[credit, debit] -= row.amount_yen
    return [books.leg(deposit.principal_id, credit, debit, yen) for (debit, credit), yen in moved.items()]


def _free(deposit: Deposit, **changes: Any) -> None:
    move_deposit(deposit, "no_payout")
    deposit.payout, deposit.difference_yen, deposit.rule, deposit.reason_kind = None, 0, "", ""
    for field, value in changes.items():
        setattr(deposit, field, value)
    deposit.save()


def _locked(actor: Actor, deposit_id: UUID) -> Deposit:
    found = Deposit.objects.filter(id=deposit_id).values_list("principal_id", flat=True).first()
    if found is None:
        raise Refusal("deposit_unknown")
    require(actor, "settlement.write", Scope(principal_id=found))
    lock_books(found)
    return Deposit.objects.select_related("payout").get(id=deposit_id)
