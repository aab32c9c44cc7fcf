"""The three figures that agree: takings gross, fee netted out of them, net cash received (J-31), for one period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from madoguchi.core.errors import Refusal
from madoguchi.core.tables import csv_lines, xlsx_bytes
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.settlement import rules
from madoguchi.settlement.deposits import explained_yen, outstanding_yen
from madoguchi.settlement.journal import JOURNAL_HEAD, KINDS, Journal, JournalRow, journal_rows
from madoguchi.settlement.models import NettingRule, Payout
from madoguchi.settlement.queries import netting_rule_on, netting_rules


@dataclass(slots=True)
class ItemFigures:
    """One division and fee item: taken through services gross, the fee on it, and taken in cash."""

    division: str
    revenue_account: str
    item_code: str
    item: str
    gross_yen: int = 0
    fee_yen: int = 0
    cash_yen: int = 0

    @property
    def net_yen(self) -> int:
        return self.gross_yen - self.fee_yen


@dataclass(frozen=True)
class Books:
    """A principal's books for the payouts due in a period, and what else happened in it.

    Of those payouts: gross less fee, transfer fee and what was explained, is what was received and what is still to
    come. `explained_yen` and `received_yen` count up to now, also when they came after the period.
    """

    principal_id: UUID
    from_on: date
    to_on: date
    rows: list[JournalRow] = field(repr=False)
    by_item: list[ItemFigures] = field(repr=False)
    gross_yen: int
    fee_yen: int
    transfer_fee_yen: int
    explained_yen: int
    received_yen: int
    expected_yen: int
    cash_yen: int
    remuneration_yen: int

    @property
    def net_yen(self) -> int:
        """What the period's payouts come to after fees."""
        return self.gross_yen - self.fee_yen - self.transfer_fee_yen

    @property
    def agrees(self) -> bool:
        """Whether the figures agree to the yen, and the shares with them."""
        of_payouts = [row for row in self.rows if row.kind in {"payout", "transfer_fee"}]
        return (
            self.net_yen - self.explained_yen == self.received_yen + self.expected_yen
            and sum(row.net_yen for row in of_payouts) == self.net_yen
            and sum(row.gross_yen for row in of_payouts) == self.gross_yen
        )


def books(actor: Actor, principal_id: UUID, *, from_on: date, to_on: date) -> Books:
    """The books of a period, both days included; a payout belongs to the day it is due.

    Raises Refusal `period_wrong`, and `netting_rule_missing` while a fee was taken out of receipts on a day on which
    the principal had no rule that lets it (J-31).
    """
    require(actor, "settlement.read", Scope(principal_id=principal_id))
    if to_on < from_on:
        raise Refusal("period_wrong", from_on=from_on, to_on=to_on)
    held = netting_rules(actor, principal_id)
    rows = Payout.objects.filter(principal=principal_id, due_on__range=(from_on, to_on))
    due = list(rows.select_related("provider").prefetch_related("deposits").order_by("due_on", "id"))
    journal = Journal(principal_id, from_on, to_on, held)
    _require_rules(held, due, journal)
    lines = [
        *journal.payout_rows(due),
        *journal.move_rows(),
        *journal.difference_rows(),
        *journal.cash_rows(),
        *journal.remuneration_rows(),
    ]
    kinds = list(KINDS)
    lines.sort(key=lambda row: (row.on, kinds.index(row.kind), row.provider, row.division, row.item_code))
    booked = [row for payout in due for row in payout.deposits.all() if row.state in rules.BOOKED_DEPOSIT_STATES]
    return Books(
        principal_id=principal_id,
        from_on=from_on,
        to_on=to_on,
        rows=lines,
        by_item=_by_item(lines),
        gross_yen=sum(payout.payments_yen - payout.refunds_yen for payout in due),
        fee_yen=sum(payout.fee_yen for payout in due),
        transfer_fee_yen=sum(payout.transfer_fee_yen for payout in due),
        explained_yen=sum(map(explained_yen, booked)),
        received_yen=sum(row.amount_yen for row in booked),
        expected_yen=sum(outstanding_yen(row) for row in due if row.state in rules.OPEN_PAYOUT_STATES),
        cash_yen=sum(row.net_yen for row in lines if row.kind in {"cash", "cash_returned"}),
        remuneration_yen=sum(row.owed_yen for row in lines),
    )


def _require_rules(held: list[NettingRule], due: list[Payout], journal: Journal) -> None:
    netted = [row for row in due if row.fee_yen or row.transfer_fee_yen]
    netted += [row.payout for row in journal.named_differences() if row.payout and row.reason_kind == "transfer_fee"]
    missing = [row.due_on for row in netted if netting_rule_on(held, row.due_on) is None]
    if missing:
        raise Refusal("netting_rule_missing", due_on=min(missing), payouts=len(missing))


def _by_item(rows: list[JournalRow]) -> list[ItemFigures]:
    found: dict[tuple[UUID | None, str], ItemFigures] = {}
    for row in rows:
        if row.kind not in {"payout", "moved", "cash", "cash_returned"}:
            continue
        figures = found.setdefault(
            (row.division_id, row.item_code),
            ItemFigures(row.division, row.revenue_account, row.item_code, row.item),
        )
        if row.kind in {"payout", "moved"}:
            figures.gross_yen += row.gross_yen
            figures.fee_yen += row.fee_yen
        else:
            figures.cash_yen += row.gross_yen
    return sorted(found.values(), key=lambda row: (row.division, row.revenue_account, row.item_code))


def books_csv(made: Books, *, encoding: str = "utf-8-sig") -> Iterator[bytes]:
    """The journal as lines of CSV."""
    return csv_lines(JOURNAL_HEAD, journal_rows(made.rows), encoding=encoding)


def books_xlsx(made: Books) -> bytes:
    """The journal as XLSX."""
    return xlsx_bytes(JOURNAL_HEAD, journal_rows(made.rows), title="仕訳")
