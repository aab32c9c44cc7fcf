"""Deposits: reading bank statements, and finding by rule which payout each line pays."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from madoguchi.core.clock import now, today
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import new_id
from madoguchi.events.actions import record
from madoguchi.events.bulk import insert_rows
from madoguchi.ledger import rules as books
from madoguchi.ledger.actions import post_many
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.settlement import matching, rules
from madoguchi.settlement.facts import chunks, lock_books, terms_by_provider
from madoguchi.settlement.models import Deposit, DepositFile, Payout
from madoguchi.settlement.statements import Line, Statement, bad_row, read_statement

BY_HAND = "by_hand"
DEPOSIT_COLUMNS = (
    *("id", "principal_id", "file_id", "row", "account", "deposited_on", "bank_key", "payer"),
    *("amount_yen", "state", "rule", "difference_yen", "reason_kind", "note"),
)
PAIRED_AT_ONCE = 200


@transaction.atomic
def import_deposits(*, actor: Actor, principal_id: UUID, name: str, content: bytes) -> DepositFile:
    """Take in a bank statement: good rows become deposits and are reconciled, broken rows are kept with the reason.

    The same or an overlapping file again adds nothing twice: a line is known by account, day and the bank's id, or
    else by its ordinal among that day's lines alike in payer and amount. Raises what `read_statement` raises.
    """
    require(actor, "settlement.write", Scope(principal_id=principal_id))
    statement = read_statement(content, today=today())
    lock_books(principal_id)
    fresh, known = _fresh(principal_id, statement)
    file = DepositFile.objects.create(
        principal_id=principal_id,
        name=name[:120].replace("\x00", ""),
        sha256=hashlib.sha256(content).hexdigest(),
        encoding=statement.encoding,
        uploaded_by_id=actor.user_id,
        uploaded_at=now(),
        rows_good=len(fresh),
        rows_bad=len(statement.bad),
        rows_known=known,
        rows_outgoing=statement.outgoing,
        head=statement.head,
        bad_rows=sorted(statement.bad, key=lambda row: int(row["row"])),
    )
    insert_rows(
        Deposit,
        DEPOSIT_COLUMNS,
        (
            (
                *(new_id(), principal_id, file.id, line.row, line.account, line.on.isoformat(), key, line.payer),
                *(line.amount_yen, "no_payout", "", 0, "", ""),
            )
            for line, key in fresh
        ),
    )
    record(
        actor,
        "deposits.imported",
        file.id,
        principal=str(principal_id),
        good=len(fresh),
        bad=len(statement.bad),
        known=known,
        sum_yen=sum(line.amount_yen for line, _ in fresh),
    )
    _reconcile(actor, principal_id)
    return file


def _fresh(principal_id: UUID, statement: Statement) -> tuple[list[tuple[Line, str]], int]:
    """The lines not known yet with their keys, and how many are; a reused bank id joins the broken rows."""
    if not statement.lines:
        return [], 0
    days = [line.on for line in statement.lines]
    rows = Deposit.objects.filter(principal=principal_id, deposited_on__range=(min(days), max(days)))
    have = {
        (account, on, key): (payer, amount)
        for account, on, key, payer, amount in rows.values_list(
            "account", "deposited_on", "bank_key", "payer", "amount_yen"
        )
    }
    fresh = []
    known = 0
    for line, key in statement.keyed():
        facts = (line.payer, line.amount_yen)
        earlier = have.setdefault((line.account, line.on, key), facts)
        if earlier is facts:
            fresh.append((line, key))
        elif line.same_facts(*earlier):
            known += 1
        else:
            statement.bad.append(bad_row(line.row, "bank_id", "bank_id_reused", key.removeprefix("id:"), line.cells))
    return fresh, known


@transaction.atomic
def reconcile(*, actor: Actor, principal_id: UUID) -> list[Deposit]:
    """Decide every waiting deposit anew against all open payouts; returns those whose state changed.

    Can be run as often as one likes. What a person has decided stays.
    """
    require(actor, "settlement.write", Scope(principal_id=principal_id))
    lock_books(principal_id)
    return _reconcile(actor, principal_id)


def _reconcile(actor: Actor, principal_id: UUID) -> list[Deposit]:
    waiting = list(
        Deposit.objects.filter(principal=principal_id, state__in=rules.WAITING_DEPOSIT_STATES).exclude(rule=BY_HAND)
    )
    held = Deposit.objects.filter(principal=principal_id, state="amount_differs", rule=BY_HAND, payout__isnull=False)
    payouts = {
        row.id: row
        for row in Payout.objects.filter(principal=principal_id, state__in=rules.OPEN_PAYOUT_STATES)
        .exclude(id__in=held.values("payout"))
        .select_related("terms")
        .prefetch_related("deposits")
    }
    decisions = matching.match_deposits(map(_arrived, waiting), _dues(payouts.values()))
    touched, changed = [], []
    for deposit in waiting:
        decision = decisions[deposit.id]
        if (deposit.state, deposit.payout_id, deposit.rule) == (decision.state, decision.due, decision.rule):
            continue
        touched.append(deposit)
        if deposit.state != decision.state:
            changed.append(deposit)
        move_deposit(deposit, decision.state)
        deposit.payout = payouts[decision.due] if isinstance(decision.due, UUID) else None
        deposit.rule, deposit.difference_yen = decision.rule, decision.difference_yen
        if decision.state == "matched":
            deposit.decided_at = now()
    _save(touched)
    matched = [row for row in changed if row.state == "matched"]
    post_many([(row.id, "deposit_matched", [received_leg(row)]) for row in matched])
    for row in matched:
        record(actor, "deposit.matched", row.id, payout=str(row.payout_id), rule=row.rule)
    settle_payouts(actor, payouts.values())
    return changed


def _save(deposits: list[Deposit]) -> None:
    paired = [row for row in deposits if row.payout_id is not None]
    fields = ["state", "payout", "rule", "difference_yen", "decided_at"]
    Deposit.objects.bulk_update(paired, fields, batch_size=PAIRED_AT_ONCE)
    # Of a long statement most lines may be no payout at all; they share a few outcomes, and so a few statements.
    alike: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for row in deposits:
        if row.payout_id is None:
            alike[row.state, row.rule].append(row.id)
    for (state, rule), ids in alike.items():
        for some in chunks(ids):
            Deposit.objects.filter(id__in=some).update(state=state, rule=rule, payout=None, difference_yen=0)


def _arrived(deposit: Deposit) -> matching.Arrived:
    payer = matching.normalise_payer(deposit.payer)
    return matching.Arrived(deposit.id, payer, deposit.deposited_on, deposit.amount_yen)


def _dues(payouts: Iterable[Payout]) -> list[matching.Due]:
    payers = {
        code: frozenset(
            name
            for row in rows
            for name in map(matching.normalise_payer, (row.payer_name_kana, row.provider.name))
            if name
        )
        for code, rows in terms_by_provider().items()
    }
    return [
        matching.Due(
            key=row.id,
            payers=payers.get(row.provider_id, frozenset()),
            due_on=row.due_on,
            amount_yen=outstanding_yen(row),
            transfer_fee_yen=row.terms.transfer_fee_yen,
            is_rest=bool(_booked(row.deposits.all())),
        )
        for row in payouts
    ]


def _booked(deposits: Iterable[Deposit]) -> list[Deposit]:
    return [row for row in deposits if row.state in rules.BOOKED_DEPOSIT_STATES]


def explained_yen(deposit: Deposit) -> int:
    """What a deposit was short of its payout and a person has explained; negative if it was over."""
    named = deposit.state == "resolved" and deposit.reason_kind != "provider_error"
    return -deposit.difference_yen if named else 0


def outstanding_yen(payout: Payout) -> int:
    """What is still to come of a payout, negative if too much came; reads its deposits (prefetch them for many)."""
    return _left_yen(payout, payout.deposits.all())


def _left_yen(payout: Payout, deposits: Iterable[Deposit]) -> int:
    return payout.net_yen - sum(row.amount_yen + explained_yen(row) for row in _booked(deposits))


def settle_payouts(actor: Actor, payouts: Iterable[Payout]) -> None:
    """Bring payouts' states into line with their deposits, along PAYOUT_STATES."""
    payouts = list(payouts)
    tied: dict[UUID, list[Deposit]] = defaultdict(list)
    for start in range(0, len(payouts), PAIRED_AT_ONCE):
        for deposit in Deposit.objects.filter(payout__in=payouts[start : start + PAIRED_AT_ONCE]):
            tied[deposit.payout_id].append(deposit)  # type: ignore[index]  # filtered by it
    changed = []
    for payout in payouts:
        state = _payout_state(payout, tied[payout.id])
        if state != payout.state:
            if not rules.may_move(rules.PAYOUT_MOVES, payout.state, state):
                raise Refusal("payout_state_wrong", state=payout.state, wanted=state)
            record(actor, f"payout.{state}", payout.id, before=payout.state)
            payout.state = state
            changed.append(payout)
    Payout.objects.bulk_update(changed, ["state"], batch_size=PAIRED_AT_ONCE)


def _payout_state(payout: Payout, deposits: list[Deposit]) -> str:
    if any(row.state == "amount_differs" for row in deposits):
        return "differs"
    booked = _booked(deposits)
    if not booked:
        return "expected"
    if _left_yen(payout, booked):
        return "owed"
    return "explained" if any(explained_yen(row) for row in booked) else "paid"


def received_leg(deposit: Deposit) -> books.Leg | None:
    """The leg that books a deposit against what its provider owes."""
    assert deposit.payout is not None  # noqa: S101  # only a deposit with its payout is booked
    receivable = books.receivable(deposit.payout.provider_id)
    return books.leg(deposit.principal_id, rules.bank_account(deposit.account), receivable, deposit.amount_yen)


def move_deposit(deposit: Deposit, state: str) -> None:
    """Move a deposit along DEPOSIT_STATES without saving it. Raises Refusal `deposit_state_wrong`."""
    if deposit.state != state and not rules.may_move(rules.DEPOSIT_MOVES, deposit.state, state):
        raise Refusal("deposit_state_wrong", state=deposit.state, wanted=state)
    deposit.state = state
