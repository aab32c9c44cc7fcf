"""Sales by division, place, service, item and day, and each payment; on screen and as a file of exactly that."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from madoguchi.core.clock import today
from madoguchi.core.tables import csv_lines, xlsx_bytes
from madoguchi.payments.queries import service_pulses
from madoguchi.settlement.sales import Names, SalesFilter, movements, names_for, sales_sum, sales_with_total
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.desk import Desk, open_desk
from madoguchi.web.town.filters import GROUP_LABELS, SalesForm
from madoguchi.web.town.tables import (
    GROUP_COLUMNS,
    group_rows,
    group_table,
    movement_cells,
    movement_head,
    movement_rows,
)

PAGE_ROWS = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Label, kind and encoding of the files a table can be had as.
FILES = (("Excel (XLSX)", "xlsx", ""), ("CSV (UTF-8)", "csv", ""), ("CSV (Shift_JIS)", "csv", "cp932"))
CSV_ENCODINGS = {"utf-8": "utf-8-sig", "cp932": "cp932"}


@require_GET
@signed_in
def sales(request: Page) -> HttpResponse:
    """The sales table; the filter stands in the address, so that it can be sent to a colleague."""
    desk = open_desk(request)
    names = names_for(frozenset({desk.organisation.id}))
    form = SalesForm(request.GET, names=names)
    facts: dict[str, Any] = {
        "form": form,
        "pulses": service_pulses(),
        "may_memo": desk.may("sales.memo"),
    }
    if not form.is_valid():
        return desk.page("sales.html", facts, status=422)
    narrowed = form.narrowed(desk.organisation.id)
    facts["tabs"] = [
        {"label": label, "address": _address(desk, form, by=group), "is_current": group == form.group}
        for group, label in GROUP_LABELS
    ]
    facts["files"] = [(label, _address(desk, form, kind=kind, encoding=encoding)) for label, kind, encoding in FILES]
    is_each = form.group == "each"
    facts["page_class"] = "page--wide" if is_each else ""
    facts |= _each(request, desk, form, narrowed, names) if is_each else _groups(desk, form, narrowed, names)
    return desk.page("sales.html", facts)


def _groups(desk: Desk, form: SalesForm, narrowed: SalesFilter, names: Names) -> dict[str, Any]:
    found, total = sales_with_total(narrowed, form.group)
    rows = [(row, _address(desk, form, **{"by": "each", **row.filter})) for row in group_rows(form.group, found, names)]
    return {"groups": rows, "total": total, "column": GROUP_COLUMNS[form.group]()}


def _each(request: Page, desk: Desk, form: SalesForm, narrowed: SalesFilter, names: Names) -> dict[str, Any]:
    total = sales_sum(narrowed)
    pages = max(1, ceil(total.rows / PAGE_ROWS))
    asked = request.GET.get("page", "1")[:9]
    page = min(pages, max(1, int(asked) if asked.isdecimal() else 1))
    start = (page - 1) * PAGE_ROWS
    found = movements(narrowed, start=start, stop=start + PAGE_ROWS)
    steps = {"previous": page - 1, "next": page + 1}
    return {
        "rows": list(movement_rows(found, names)),
        "total": total,
        "page": page,
        "pages": pages,
        "first_row": start + 1,
        "last_row": min(total.rows, start + PAGE_ROWS),
        "steps": {
            step: _address(desk, form, number=str(number)) if 1 <= number <= pages else ""
            for step, number in steps.items()
        },
    }


def _address(
    desk: Desk, form: SalesForm, *, kind: str = "", encoding: str = "", number: str = "", **changes: str
) -> str:
    """The address of this table with changes, or with `kind` of the file of it."""
    paging = {"page": number, "encoding": encoding}
    query = {**desk.query, **form.query(**changes), **{key: value for key, value in paging.items() if value}}
    page = reverse("town:sales_file", args=[kind]) if kind else reverse("town:sales")
    return f"{page}?{urlencode(query)}"


@require_GET
@signed_in
def sales_file(request: Page, kind: str) -> HttpResponse | StreamingHttpResponse:
    """The table as it is shown, all pages of it: CSV in UTF-8 with BOM (`?encoding=cp932` for old Excel), or XLSX."""
    desk = open_desk(request)
    names = names_for(frozenset({desk.organisation.id}))
    form = SalesForm(request.GET, names=names)
    if not form.is_valid():
        return desk.page("sales.html", {"form": form, "pulses": service_pulses()}, status=422)
    narrowed = form.narrowed(desk.organisation.id)
    head: list[str]
    rows: Iterable[list[object]]
    if form.group == "each":
        head, rows = movement_head(), movement_cells(movement_rows(movements(narrowed), names))
    else:
        found, total = sales_with_total(narrowed, form.group)
        head, rows = group_table(form.group, group_rows(form.group, found, names), total)
    return table_file(head, rows, kind=kind, encoding=request.GET.get("encoding", ""), title=_("Sales"))


def require_kind(kind: str) -> None:
    """Raises Http404 for a kind of file that is not made here."""
    if kind not in {"csv", "xlsx"}:
        raise Http404


def table_file(
    head: list[str], rows: Iterable[list[object]], *, kind: str, encoding: str, title: str
) -> HttpResponse | StreamingHttpResponse:
    """A table as a file to keep; CSV is streamed, however many rows there are."""
    require_kind(kind)
    response: HttpResponse | StreamingHttpResponse
    if kind == "xlsx":
        response = HttpResponse(xlsx_bytes(head, rows, title=title), content_type=XLSX)
    else:
        codec = CSV_ENCODINGS.get(encoding, "utf-8-sig")
        charset = "Shift_JIS" if codec == "cp932" else "utf-8"
        response = StreamingHttpResponse(
            csv_lines(head, rows, encoding=codec), content_type=f"text/csv; charset={charset}"
        )
    filename = f"{title}-{today().isoformat()}.{kind}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    return response
