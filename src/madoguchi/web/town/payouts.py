"""Payouts: what will be deposited when, less which fee; and one payout with what it is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from madoguchi.core.clock import today
from madoguchi.settlement.queries import (
    LINES_HEAD,
    ExpectedPayout,
    deposits,
    expected_payouts,
    netting_rule_on,
    netting_rules,
    payments_without_terms,
    payout_detail,
    payout_line_rows,
    payouts,
)
from madoguchi.settlement.rules import OPEN_PAYOUT_STATES
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.desk import open_desk
from madoguchi.web.town.sales import table_file

PAGE_ROWS = 50


def percent(bps: int) -> str:
    """Basis points as people write them: 160 is `1.6 %`."""
    return f"{bps / 100:.2f}".rstrip("0").rstrip(".") + " %"


@dataclass(frozen=True)
class Coming:
    """Payouts on their way, with their sums: taken less what was given back, kept by the provider, still to come."""

    rows: list[tuple[ExpectedPayout, int, int]]
    taken_yen: int
    kept_yen: int
    left_yen: int


def coming(payouts: Iterable[ExpectedPayout]) -> Coming:
    """Payouts as a table with a sum row."""
    rows = [(row, row.payments_yen - row.refunds_yen, row.fee_yen + row.transfer_fee_yen) for row in payouts]
    return Coming(
        rows=rows,
        taken_yen=sum(taken for _row, taken, _kept in rows),
        kept_yen=sum(kept for _row, _taken, kept in rows),
        left_yen=sum(row.left_yen for row, _taken, _kept in rows),
    )


@require_GET
@signed_in
def settlement(request: Page) -> HttpResponse:
    """Money on its way by due day, and the payouts that have come.

    The running periods take a second or more to add up in a busy month; they are loaded after the page, or with
    `?running=1` as part of it.
    """
    desk = open_desk(request, permission="settlement.read")
    with_running = "running" in request.GET
    expected = expected_payouts(request.actor, desk.organisation.id, with_running=with_running)
    done = payouts(request.actor, desk.organisation.id).exclude(state__in=OPEN_PAYOUT_STATES)
    rules = netting_rules(request.actor, desk.organisation.id)
    facts = {
        "coming": coming(row for row in expected if row.payout_id is not None),
        "running": coming(row for row in expected if row.payout_id is None) if with_running else None,
        "page": Paginator(done, PAGE_ROWS).get_page(request.GET.get("page")),
        "waiting": deposits(request.actor, desk.organisation.id, state="waiting").count(),
        "without_terms": payments_without_terms(request.actor, desk.organisation.id),
        "has_rule": netting_rule_on(rules, today()) is not None,
    }
    return desk.page("settlement.html", facts)


@require_GET
@signed_in
def payout(request: Page, payout_id: UUID) -> HttpResponse:
    """One payout: its sums, its shares per division and item, its deposits."""
    detail = payout_detail(request.actor, payout_id)
    desk = open_desk(request, permission="settlement.read", of=detail.payout.principal_id)
    gross_yen = sum(row.gross_yen for row in detail.shares)
    facts = {
        "detail": detail,
        "payout": detail.payout,
        "fee_percent": percent(detail.payout.terms.fee_bps),
        "gross_yen": gross_yen,
        "share_net_yen": gross_yen - detail.payout.fee_yen,
    }
    return desk.page("payout.html", facts)


@require_GET
@signed_in
def payout_lines(request: Page, payout_id: UUID, kind: str) -> HttpResponse | StreamingHttpResponse:
    """Each payment and refund of a payout as a file."""
    detail = payout_detail(request.actor, payout_id)
    rows = (list(row) for row in payout_line_rows(request.actor, payout_id))
    title = f"{_('Payout')}-{detail.payout.provider_id}-{detail.payout.closes_on.isoformat()}"
    return table_file(list(LINES_HEAD), rows, kind=kind, encoding=request.GET.get("encoding", ""), title=title)
