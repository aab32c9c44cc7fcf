"""The town's books: gross, fee and net that agree, and the journal to take over (J-31)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.core.clock import today
from madoguchi.settlement.actions import add_netting_rule
from madoguchi.settlement.agreement import agreement
from madoguchi.settlement.books import books as make_books
from madoguchi.settlement.journal import JOURNAL_HEAD, journal_rows
from madoguchi.settlement.queries import netting_rules
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.days import period_of
from madoguchi.web.town.desk import Desk, open_desk
from madoguchi.web.town.forms import NettingRuleForm, told_in
from madoguchi.web.town.sales import FILES, table_file


@require_GET
@never_cache
@signed_in
def books(request: Page) -> HttpResponse:
    """The books of a period: the figures that must agree, by division and item, and whether they do."""
    desk = open_desk(request, permission="settlement.read")
    return _page(request, desk, NettingRuleForm(initial={"in_force_on": today().replace(month=4, day=1)}))


@require_POST
@signed_in
def netting_rule(request: Page) -> HttpResponse:
    """Enter the rule by which fees may be taken out of receipts."""
    desk = open_desk(request, permission="settlement.write")
    form = NettingRuleForm(request.POST)
    if form.is_valid():
        with told_in(form):
            add_netting_rule(actor=request.actor, principal_id=desk.organisation.id, **form.cleaned_data)
            messages.success(request, _("The rule is entered."))
            return redirect(desk.address("books", since=request.GET.get("since"), until=request.GET.get("until")))
    return _page(request, desk, form)


def _page(request: Page, desk: Desk, rule_form: NettingRuleForm) -> HttpResponse:
    form, since, until = period_of(request)
    facts: dict[str, Any] = {
        "form": form,
        "since": since,
        "until": until,
        "rules": netting_rules(request.actor, desk.organisation.id),
        "rule_form": rule_form,
        "may_write": desk.may("settlement.write"),
        "agreement": agreement(request.actor, desk.organisation.id),
    }
    span = {"since": since, "until": until} if form.is_valid() else {}
    facts["rule_address"] = desk.address("netting_rule", **span)
    if form.is_valid():
        with told_in(form):
            made = make_books(request.actor, desk.organisation.id, from_on=since, to_on=until)
            facts["made"] = made
            facts["kept_yen"] = made.fee_yen + made.transfer_fee_yen
            facts["item_sums"] = {
                "gross": sum(row.gross_yen for row in made.by_item),
                "fee": sum(row.fee_yen for row in made.by_item),
                "net": sum(row.net_yen for row in made.by_item),
                "cash": sum(row.cash_yen for row in made.by_item),
            }
            facts["files"] = [
                (label, desk.address("books_file", kind, **span, encoding=encoding)) for label, kind, encoding in FILES
            ]
    facts["rule_is_missing"] = form.has_error("__all__", "netting_rule_missing")
    return desk.page("books.html", facts, status=422 if form.errors or rule_form.is_bound else 200)


@require_GET
@signed_in
def books_file(request: Page, kind: str) -> HttpResponse | StreamingHttpResponse:
    """The journal of a period as CSV or XLSX, to take over into the town's own system."""
    desk = open_desk(request, permission="settlement.read")
    form, since, until = period_of(request)
    if not form.is_valid():
        return desk.page("books.html", {"form": form}, status=422)
    made = make_books(request.actor, desk.organisation.id, from_on=since, to_on=until)
    rows = (list(row) for row in journal_rows(made.rows))
    title = f"{_('Journal')}-{since.isoformat()}-{until.isoformat()}"
    return table_file(list(JOURNAL_HEAD), rows, kind=kind, encoding=request.GET.get("encoding", ""), title=title)
