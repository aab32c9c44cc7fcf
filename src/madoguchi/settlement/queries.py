"""Reading payouts and deposits: what will come when, less which fee, and what does not match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.core.ids import short_form
from madoguchi.core.tables import csv_lines, xlsx_bytes
from madoguchi.counter.models import FeeItem
from madoguchi.people.access import Actor, require
from madoguchi.people.rules import Scope
from madoguchi.registry.models import Place, ProviderTerms
from madoguchi.settlement import matching, rules, statements
from madoguchi.settlement.deposits import outstanding_yen
from madoguchi.settlement.drafts import draft_payout
from madoguchi.settlement.facts import first_open_day, terms_by_provider, unsettled_payments
from madoguchi.settlement.models import Deposit, DepositFile, NettingRule, Payout, PayoutLine, PayoutShare, ShareMove

LINES_HEAD = (
    "支払日時",
    "返金日時",
    "決済サービス",
    "決済番号",
    "注文番号",
    "場所",
    "金額",
    "手数料",
    "差引",
    "払込番号",
    "締日",
    "払込予定日",
)
UNMATCHED = "照合待ち"


@dataclass(frozen=True)
class ExpectedPayout:
    """Money on its way. `running` is a period not closed yet, reckoned as of now; `payout_id` is then None.

    `left_yen` is what is still to come; `is_late` says that it should have been here by now.
    """

    payout_id: UUID | None
    provider: str
    provider_name: str
    closes_on: date
    due_on: date
    payments_yen: int
    refunds_yen: int
    fee_yen: int
    transfer_fee_yen: int
    net_yen: int
    left_yen: int
    state: str
    is_late: bool
    fee_bps: int
    fee_basis: str


def expected_payouts(actor: Actor, principal_id: UUID, *, with_running: bool = True) -> list[ExpectedPayout]:
    """What will be deposited when, less which fee (J-27): open payouts by due day, then the periods still running.

    A running period whose net is at or below zero will not be paid out and carries on into the next.
    """
    require(actor, "settlement.read", Scope(principal_id=principal_id))
    rows = Payout.objects.filter(principal=principal_id, state__in=rules.OPEN_PAYOUT_STATES)
    rows = rows.select_related("provider", "terms").prefetch_related("deposits").order_by("due_on", "provider_id")
    late_before = today() - timedelta(days=matching.LATEST_DAYS)
    found = [
        ExpectedPayout(
            payout_id=row.id,
            provider=row.provider_id,
            provider_name=row.provider.name,
            closes_on=row.closes_on,
            due_on=row.due_on,
            payments_yen=row.payments_yen,
            refunds_yen=row.refunds_yen,
            fee_yen=row.fee_yen,
            transfer_fee_yen=row.transfer_fee_yen,
            net_yen=row.net_yen,
            left_yen=outstanding_yen(row),
            state=row.state,
            is_late=row.state == "expected" and row.due_on < late_before,
            fee_bps=row.terms.fee_bps,
            fee_basis=row.terms.fee_basis,
        )
        for row in rows
    ]
    return found + (_running(principal_id) if with_running else [])


def _running(principal_id: UUID) -> list[ExpectedPayout]:
    found = []
    for provider, terms in terms_by_provider().items():
        if first_open_day(provider, principal_id) is None:
            continue
        period = rules.next_period(today(), terms)
        if period is not None:
            found.append(_draft_row(provider, principal_id, period, terms))
    return sorted(found, key=lambda row: (row.due_on, row.provider))


def payments_without_terms(actor: Actor, principal_id: UUID) -> dict[str, int]:
    """Yen of unsettled payments by provider, where no terms say when they will be paid out; ought to be empty."""
    require(actor, "settlement.read", Scope(principal_id=principal_id))
    terms = terms_by_provider()
    rows = unsettled_payments().filter(principal=principal_id).values("provider_id").annotate(yen=Sum("amount_yen"))
    sums = {row["provider_id"]: row["yen"] for row in rows.order_by("provider_id")}
    return {code: yen for code, yen in sums.items() if rules.next_period(today(), terms.get(code, [])) is None}


def _draft_row(
    provider: str, principal_id: UUID, period: tuple[ProviderTerms, date], terms: list[ProviderTerms]
) -> ExpectedPayout:
    draft = draft_payout(provider, principal_id, *period, terms)
    sums = draft.sums
    return ExpectedPayout(
        payout_id=None,
        provider=provider,
        provider_name=draft.terms.provider.name,
        closes_on=draft.closes_on,
        due_on=draft.due_on,
        payments_yen=sums.payments_yen,
        refunds_yen=sums.refunds_yen,
        fee_yen=sums.fee_yen,
        transfer_fee_yen=sums.transfer_fee_yen,
        net_yen=sums.net_yen,
        left_yen=sums.net_yen,
        state="running",
        is_late=False,
        fee_bps=draft.terms.fee_bps,
        fee_basis=draft.terms.fee_basis,
    )


def payouts(actor: Actor, principal_id: UUID, *, state: str | None = None) -> QuerySet[Payout]:
    """A principal's payouts of all times, latest due day first."""
    require(actor, "settlement.read", Scope(principal_id=principal_id))
    rows = Payout.objects.filter(principal=principal_id).select_related("provider", "terms")
    return (rows.filter(state=state) if state else rows).order_by("-due_on", "provider_id")


def deposits(actor: Actor, principal_id: UUID, *, state: str | None = None) -> QuerySet[Deposit]:
    """A principal's deposits, latest first, with payout and file; `state="waiting"` for those that need a person.

    A statement holds other income, too: lines whose payer is no provider and whose amount fits no payout do not wait;
    they are under `no_payout`.
    """
    require(actor, "settlement.read", Scope(principal_id=principal_id))
    rows = Deposit.objects.filter(principal=principal_id).select_related("payout__provider", "file")
    if state == "waiting":
        rows = rows.filter(state__in=rules.WAITING_DEPOSIT_STATES).exclude(rule="payer_unknown")
    elif state:
        rows = rows.filter(state=state)
    return rows.order_by("-deposited_on", "-id")


def open_payouts_for(actor: Actor, deposit_id: UUID) -> list[Payout]:
    """Payouts a person may assign a deposit to, nearest in amount first. Raises Refusal `deposit_unknown`."""
    deposit = Deposit.objects.filter(id=deposit_id).first()
    if deposit is None:
        raise Refusal("deposit_unknown")
    require(actor, "settlement.read", Scope(principal_id=deposit.principal_id))
    rows = Payout.objects.filter(principal=deposit.principal_id, state__in=rules.OPEN_PAYOUT_STATES)
    found = rows.select_related("provider").prefetch_related("deposits")
    return sorted(found, key=lambda row: (abs(outstanding_yen(row) - deposit.amount_yen), row.due_on))


@dataclass(frozen=True)
class ShareRow:
    """Gross, fee and net of one division and item, with their names; an unmatched share has no item."""

    division_id: UUID
    division: str
    item_code: str
    item: str
    revenue_account: str
    gross_yen: int
    fee_yen: int

    @property
    def net_yen(self) -> int:
        return self.gross_yen - self.fee_yen


@dataclass(frozen=True)
class PayoutDetail:
    """One payout with what it is made of; `moves` are shares of payments matched after the close."""

    payout: Payout
    left_yen: int
    shares: tuple[ShareRow, ...]
    moves: tuple[ShareMove, ...]
    deposits: tuple[Deposit, ...]
    line_count: int


def find_payout(actor: Actor, payout_id: UUID) -> Payout:
    """A payout that `actor` may see. Raises Refusal `payout_unknown`, `not_allowed`."""
    rows = Payout.objects.select_related("provider", "principal", "terms")
    payout = rows.prefetch_related("deposits__file").filter(id=payout_id).first()
    if payout is None:
        raise Refusal("payout_unknown")
    require(actor, "settlement.read", Scope(principal_id=payout.principal_id))
    return payout


def payout_detail(actor: Actor, payout_id: UUID) -> PayoutDetail:
    """A payout, its shares per division and item, its deposits. Raises Refusal `payout_unknown`, `not_allowed`."""
    payout = find_payout(actor, payout_id)
    shares = list(PayoutShare.objects.filter(payout=payout))
    moves = ShareMove.objects.filter(line__payout=payout).select_related("line__payment").order_by("moved_on", "id")
    return PayoutDetail(
        payout=payout,
        left_yen=outstanding_yen(payout),
        shares=tuple(named_shares(payout.principal_id, shares)),
        moves=tuple(moves),
        deposits=tuple(sorted(payout.deposits.all(), key=lambda row: (row.deposited_on, row.id))),
        line_count=payout.lines.count(),
    )


def named_shares(principal_id: UUID, shares: list[PayoutShare]) -> list[ShareRow]:
    """Shares with the names of their divisions and items, in the order of those names."""
    names = division_names({share.division_id for share in shares})
    items = items_of(principal_id)
    rows = [
        ShareRow(
            division_id=share.division_id,
            division=names[share.division_id],
            item_code=share.item_code,
            item=items[share.item_code].name if share.item_code else UNMATCHED,
            revenue_account=items[share.item_code].revenue_account if share.item_code else "",
            gross_yen=share.gross_yen,
            fee_yen=share.fee_yen,
        )
        for share in shares
    ]
    return sorted(rows, key=lambda row: (row.division, row.revenue_account, row.item))


def division_names(ids: set[UUID]) -> dict[UUID, str]:
    """Names of divisions (places) by id."""
    return dict(Place.objects.filter(id__in=ids).values_list("id", "name"))


def items_of(principal_id: UUID) -> dict[str, FeeItem]:
    """A principal's fee items by code."""
    return {row.code: row for row in FeeItem.objects.filter(principal=principal_id)}


def payout_line_rows(actor: Actor, payout_id: UUID) -> Iterator[tuple[Any, ...]]:
    """The rows of LINES_HEAD, one for each payment and refund, streamed: fee, net and payout on every row."""
    payout = find_payout(actor, payout_id)
    short = short_form(payout.id)
    rows = (
        PayoutLine.objects.filter(payout=payout)
        .order_by("id")
        .values_list(
            "payment__paid_at",
            "refund__refunded_at",
            "payment__service__name",
            "payment__reference",
            "payment__order__number",
            "payment__place__name",
            "amount_yen",
            "fee_yen",
        )
    )
    for *facts, amount, fee in rows.iterator(chunk_size=2000):
        yield (*facts, amount, fee, amount - fee, short, payout.closes_on, payout.due_on)


def deposit_files(actor: Actor, principal_id: UUID) -> QuerySet[DepositFile]:
    """Statements read so far, latest first, without their broken rows."""
    require(actor, "settlement.read", Scope(principal_id=principal_id))
    return DepositFile.objects.filter(principal=principal_id).defer("bad_rows").order_by("-id")


def bad_rows_table(actor: Actor, file_id: UUID) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a statement's broken rows as they were, with row number, column and reason beside each.

    The file can be corrected and read in again as it is. Raises Refusal `file_unknown`.
    """
    file = DepositFile.objects.filter(id=file_id).first()
    if file is None:
        raise Refusal("file_unknown")
    require(actor, "settlement.read", Scope(principal_id=file.principal_id))
    head = list(file.head)
    columns = statements.find_columns(head)
    rows = []
    for bad in file.bad_rows:
        cells = list(bad["cells"])
        # Cells beyond the head would push the reason out of its column; they stay readable in it.
        extra = ", ".join(cells[len(head) :])
        named = head[columns[bad["column"]]] if bad["column"] in columns else ""
        reason = statements.REASONS[bad["code"]] + (f"（見出しのない列: {extra}）" if extra.strip(", ") else "")
        padded = (cells + [""] * len(head))[: len(head)]
        rows.append([*padded, str(bad["row"]), named, bad["code"], reason])
    return [*head, "行", "列", "コード", "理由"], rows


def bad_rows_csv(actor: Actor, file_id: UUID, *, encoding: str = "utf-8-sig") -> bytes:
    """`bad_rows_table` as CSV."""
    head, rows = bad_rows_table(actor, file_id)
    return b"".join(csv_lines(head, rows, encoding=encoding))


def bad_rows_xlsx(actor: Actor, file_id: UUID) -> bytes:
    """`bad_rows_table` as XLSX."""
    head, rows = bad_rows_table(actor, file_id)
    return xlsx_bytes(head, rows, title="読み取れなかった行")


def netting_rules(actor: Actor, principal_id: UUID) -> list[NettingRule]:
    """A principal's netting rules, the latest first."""
    require(actor, "settlement.read", Scope(principal_id=principal_id))
    return list(NettingRule.objects.filter(principal=principal_id).order_by("-in_force_on"))


def netting_rule_on(held: list[NettingRule], day: date) -> NettingRule | None:
    """The rule in force on `day`, of rules with the latest first."""
    return next(
        (row for row in held if row.in_force_on <= day and (row.ends_on is None or day <= row.ends_on)),
        None,
    )
