"""Rows of the town's journal: takings gross, the fee netted out of them, what came in, and cash beside it (J-31)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Q

from madoguchi.core.clock import jst_date, start_of_day
from madoguchi.core.ids import short_form
from madoguchi.counter.models import FeeItem, OrderLine, Remuneration
from madoguchi.settlement.deposits import explained_yen
from madoguchi.settlement.models import Deposit, NettingRule, Payout, PayoutShare, ShareMove
from madoguchi.settlement.queries import UNMATCHED, division_names, items_of, netting_rule_on
from madoguchi.settlement.rules import BOOKED_DEPOSIT_STATES

KINDS = {
    # kind           as the town's books name it
    "payout": "収納（払込）",
    "transfer_fee": "振込手数料",
    "moved": "科目更正",
    "difference": "払込差額",
    "cash": "現金収納",
    "cash_returned": "現金還付",
    "remuneration": "取扱委託料",
    "remuneration_cancelled": "取扱委託料取消",
}
JOURNAL_HEAD = (
    "日付",
    "区分",
    "課・施設",
    "歳入科目",
    "費目",
    "総額",
    "手数料（繰替払）",
    "差額",
    "差引",
    "委託料（支払予定）",
    "決済事業者",
    "払込番号",
    "締日",
    "入金日",
    "根拠",
)


@dataclass(frozen=True)
class JournalRow:
    """One line of the journal; gross less fee less difference is net, in every row.

    `on` is the payout's due day; for what happens later, the day it happened. `owed_yen` is remuneration: owed, not
    taken out of receipts. `rule` is the netting rule with its date, or the designation of the agent.
    """

    on: date
    kind: str
    division_id: UUID | None
    division: str
    revenue_account: str
    item_code: str
    item: str
    gross_yen: int
    fee_yen: int
    difference_yen: int
    owed_yen: int
    provider: str
    payout_id: UUID | None
    closed_on: date | None
    deposited_on: date | None
    rule: str

    @property
    def net_yen(self) -> int:
        return self.gross_yen - self.fee_yen - self.difference_yen


def journal_rows(rows: Iterable[JournalRow]) -> Iterator[tuple[object, ...]]:
    """The rows as cells under JOURNAL_HEAD, for CSV and XLSX."""
    for row in rows:
        yield (
            row.on,
            KINDS[row.kind],
            row.division,
            row.revenue_account,
            row.item,
            row.gross_yen,
            row.fee_yen,
            row.difference_yen,
            row.net_yen,
            row.owed_yen,
            row.provider,
            short_form(row.payout_id) if row.payout_id else "",
            row.closed_on,
            row.deposited_on,
            row.rule,
        )


def rule_text(rule: NettingRule | None) -> str:
    """A netting rule as the books cite it: its number and since when it is in force."""
    return f"{rule.number}（{rule.in_force_on:%Y-%m-%d} 施行）" if rule else ""


Share = TypeVar("Share", PayoutShare, ShareMove)


class Journal:
    """Makes the rows of one principal and period, looking up each name once."""

    def __init__(self, principal_id: UUID, from_on: date, to_on: date, held: list[NettingRule]) -> None:
        self.principal_id, self.from_on, self.to_on, self.held = principal_id, from_on, to_on, held
        self.items: dict[str, FeeItem] = items_of(principal_id)
        self.names: dict[UUID, str] = {}
        self.since, self.until = start_of_day(from_on), start_of_day(to_on + timedelta(days=1))

    def payout_rows(self, payouts: Iterable[Payout]) -> Iterator[JournalRow]:
        """A row for each share, and one for the transfer fee kept back, dated on the due day."""
        by_id = {payout.id: payout for payout in payouts}
        shares = PayoutShare.objects.filter(payout__principal=self.principal_id)
        shares = shares.filter(payout__due_on__range=(self.from_on, self.to_on))
        for share in self._named(shares.order_by("id")):
            payout = by_id[share.payout_id]
            target = (share.division_id, share.item_code)
            yield self._of_payout(
                payout, "payout", payout.due_on, target, gross_yen=share.gross_yen, fee_yen=share.fee_yen
            )
        for payout in by_id.values():
            if payout.transfer_fee_yen:
                yield self._of_payout(payout, "transfer_fee", payout.due_on, None, fee_yen=payout.transfer_fee_yen)

    def move_rows(self) -> Iterator[JournalRow]:
        """Shares of payments matched after their close, in the month in which they were matched."""
        moves = ShareMove.objects.filter(principal=self.principal_id, moved_on__range=(self.from_on, self.to_on))
        for move in self._named(
            moves.select_related("line__payout__provider").prefetch_related("line__payout__deposits").order_by("id")
        ):
            target = (move.division_id, move.item_code)
            yield self._of_payout(
                move.line.payout, "moved", move.moved_on, target, gross_yen=move.gross_yen, fee_yen=move.fee_yen
            )

    def difference_rows(self) -> Iterator[JournalRow]:
        """Differences a person has named, in the month in which they were named."""
        for deposit in self.named_differences():
            payout, explained = deposit.payout, explained_yen(deposit)
            if payout is None or deposit.decided_at is None or not explained:
                continue
            on = jst_date(deposit.decided_at)
            as_fee = deposit.reason_kind == "transfer_fee"
            fee, difference = (explained, 0) if as_fee else (0, explained)
            yield self._of_payout(payout, "difference", on, None, fee_yen=fee, difference_yen=difference)

    def named_differences(self) -> list[Deposit]:
        """Deposits whose difference was named in the period."""
        rows = Deposit.objects.filter(principal=self.principal_id, state="resolved")
        rows = rows.filter(decided_at__gte=self.since, decided_at__lt=self.until).exclude(reason_kind="provider_error")
        rows = rows.select_related("payout__provider").prefetch_related("payout__deposits")
        return list(rows.order_by("decided_at", "id"))

    def cash_rows(self) -> Iterator[JournalRow]:
        """Cash takings by day, division and item, and what was given back, on the day it was."""
        lines = OrderLine.objects.filter(order__principal=self.principal_id, order__tender="cash")
        taken = lines.filter(order__paid_at__gte=self.since, order__paid_at__lt=self.until)
        given = lines.filter(
            order__state="cancelled", order__closed_at__gte=self.since, order__closed_at__lt=self.until
        )
        for kind, rows, instant, sign in (
            ("cash", taken, "order__paid_at", 1),
            ("cash_returned", given, "order__closed_at", -1),
        ):
            sums: dict[tuple[date, UUID, str], int] = defaultdict(int)
            for at, division, item, amount in rows.values_list(
                instant, "division_id", "item__code", "amount_yen"
            ).iterator(chunk_size=5000):
                sums[jst_date(at), division, item] += sign * amount
            self._learn({division for _, division, _ in sums})
            for (day, division, item), amount in sums.items():
                yield self._row(day, kind, (division, item), gross_yen=amount)

    def remuneration_rows(self) -> Iterator[JournalRow]:
        """What is owed to agents, by day, place and agent; a cancelled case on the day it was cancelled (H-24)."""
        rows = Remuneration.objects.filter(order__principal=self.principal_id).filter(
            Q(order__paid_at__gte=self.since, order__paid_at__lt=self.until)
            | Q(cancelled_at__gte=self.since, cancelled_at__lt=self.until)
        )
        sums: dict[tuple[date, str, UUID, str, str], int] = defaultdict(int)
        for paid_at, cancelled_at, place, agent, announcement, amount in rows.values_list(
            "order__paid_at",
            "cancelled_at",
            "order__place_id",
            "designation__agent__name",
            "designation__announcement",
            "amount_yen",
        ):
            if paid_at is not None and self.since <= paid_at < self.until:
                sums[jst_date(paid_at), "remuneration", place, agent, announcement] += amount
            if cancelled_at is not None and self.since <= cancelled_at < self.until:
                sums[jst_date(cancelled_at), "remuneration_cancelled", place, agent, announcement] -= amount
        self._learn({place for _, _, place, _, _ in sums})
        for (day, kind, place, agent, announcement), amount in sums.items():
            yield self._row(day, kind, (place, ""), owed_yen=amount, item=agent, rule=announcement)

    def _named(self, rows: Iterable[Share]) -> list[Share]:
        found = list(rows)
        self._learn({row.division_id for row in found})
        return found

    def _learn(self, divisions: set[UUID]) -> None:
        self.names |= division_names(divisions - self.names.keys())

    def _of_payout(
        self,
        payout: Payout,
        kind: str,
        on: date,
        target: tuple[UUID, str] | None,
        *,
        gross_yen: int = 0,
        fee_yen: int = 0,
        difference_yen: int = 0,
    ) -> JournalRow:
        netted = netting_rule_on(self.held, payout.due_on) if fee_yen else None
        return self._row(
            on,
            kind,
            target,
            gross_yen=gross_yen,
            fee_yen=fee_yen,
            difference_yen=difference_yen,
            provider=payout.provider.name,
            payout_id=payout.id,
            closed_on=payout.closes_on,
            deposited_on=deposited_on(payout),
            rule=rule_text(netted),
        )

    def _row(
        self,
        on: date,
        kind: str,
        target: tuple[UUID, str] | None,
        *,
        gross_yen: int = 0,
        fee_yen: int = 0,
        difference_yen: int = 0,
        owed_yen: int = 0,
        provider: str = "",
        payout_id: UUID | None = None,
        closed_on: date | None = None,
        deposited_on: date | None = None,
        item: str = "",
        rule: str = "",
    ) -> JournalRow:
        division, code = target or (None, "")
        known = self.items.get(code)
        unmatched = UNMATCHED if target is not None and not code and not item else ""
        return JournalRow(
            on=on,
            kind=kind,
            division_id=division,
            division=self.names[division] if division else "",
            revenue_account=known.revenue_account if known else "",
            item_code=code,
            item=known.name if known else item or unmatched,
            gross_yen=gross_yen,
            fee_yen=fee_yen,
            difference_yen=difference_yen,
            owed_yen=owed_yen,
            provider=provider,
            payout_id=payout_id,
            closed_on=closed_on,
            deposited_on=deposited_on,
            rule=rule,
        )


def deposited_on(payout: Payout) -> date | None:
    """The day on which a payout was all there, or None; reads its deposits (prefetch them for many)."""
    if payout.state not in {"paid", "explained"}:
        return None
    return max(row.deposited_on for row in payout.deposits.all() if row.state in BOOKED_DEPOSIT_STATES)
