"""Days of the tills: what each took and counted, over or short, and opening one again."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.core.clock import today
from madoguchi.counter.closing import reopen_day
from madoguchi.counter.tills import day_sheet, till_days
from madoguchi.people.access import require
from madoguchi.registry.directory import places_for
from madoguchi.registry.queries import place_scope
from madoguchi.settlement.sales import names_for
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.town.desk import open_desk
from madoguchi.web.town.forms import PeriodForm, ReasonForm, told_in
from madoguchi.web.town.tables import service_name


def period_of(request: Page) -> tuple[PeriodForm, date, date]:
    """The period in the address, or this month so far."""
    default = {"since": today().replace(day=1).isoformat(), "until": today().isoformat()}
    given = {key: request.GET.get(key) or value for key, value in default.items()}
    form = PeriodForm(given)
    if not form.is_valid():
        return form, today(), today() - timedelta(days=1)
    return form, form.cleaned_data["since"], form.cleaned_data["until"]


@require_GET
@signed_in
def days(request: Page) -> HttpResponse:
    """The days of the organisation's own tills in a period."""
    desk = open_desk(request)
    form, since, until = period_of(request)
    own = [place for place in places_for(desk.organisation.id) if place.operator_id == desk.organisation.id]
    asked = next((place for place in own if str(place.id) == request.GET.get("place")), None)
    rows = till_days(desk.organisation.id, since=since, until=until, place_id=asked.id if asked else None)
    facts = {
        "form": form,
        "places": own,
        "place": asked,
        "rows": rows,
        "difference_yen": sum(row.difference_yen for row in rows),
        "over_yen": sum(row.difference_yen for row in rows if row.difference_yen > 0),
        "short_yen": sum(row.difference_yen for row in rows if row.difference_yen < 0),
        "counted_yen": sum(row.day.counted_cash_yen for row in rows),
        "expected_yen": sum(row.day.expected_cash_yen for row in rows),
    }
    return desk.page("days.html", facts, status=200 if form.is_valid() else 422)


@require_GET
@never_cache
@signed_in
def day(request: Page, till_day_id: UUID) -> HttpResponse:
    """One till's day."""
    return _page(request, till_day_id)


@require_POST
@signed_in
def reopen(request: Page, till_day_id: UUID) -> HttpResponse:
    """Open a closed day again, with a reason."""
    place = day_sheet(request.actor, till_day_id).line.day.place
    require(request.actor, "till.reopen_day", place_scope(place, place.operator_id))
    form = ReasonForm(request.POST)
    if form.is_valid():
        with told_in(form):
            row = reopen_day(actor=request.actor, till_day_id=till_day_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("The day is open again. The till can count and close it anew."))
            return redirect(open_desk(request, of=row.place.operator_id).address("day", till_day_id))
    return _page(request, till_day_id, form)


def _page(request: Page, till_day_id: UUID, form: ReasonForm | None = None) -> HttpResponse:
    sheet = day_sheet(request.actor, till_day_id)
    row = sheet.line.day
    names = names_for(frozenset({row.place.operator_id}))
    desk = open_desk(request, of=row.place.operator_id)
    lines = sheet.totals.lines
    facts = {
        "sheet": sheet,
        "till_day": row,
        "lines": [{**line, "tender_name": service_name(line["tender"], names)} for line in lines],
        "sums": {key: sum(line[key] for line in lines) for key in ("orders", "yen", "cancelled_yen", "net_yen")},
        "form": form or ReasonForm(),
        "may_reopen": row.closed_at is not None and desk.may("till.reopen_day"),
    }
    return desk.page("day.html", facts, status=422 if form is not None else 200)
