"""What is set up: places, codes, prices, designations, terms; and a new price from a date."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.counter.queries import remuneration_due_yen
from madoguchi.counter.schedule import find_item, schedule_of, set_price
from madoguchi.people.access import require
from madoguchi.people.rules import Scope
from madoguchi.registry.directory import designations_about, places_for, terms_for
from madoguchi.settlement.queries import netting_rules
from madoguchi.web.edges import Page, signed_in
from madoguchi.web.templatetags.madoguchi import jst_date, name, yen
from madoguchi.web.town.desk import open_desk
from madoguchi.web.town.forms import PriceForm, told_in
from madoguchi.web.town.payouts import percent


@require_GET
@signed_in
def setup(request: Page) -> HttpResponse:
    """Everything that is set up for one organisation; prices can be changed from here."""
    desk = open_desk(request)
    principal_id = desk.organisation.id
    given, held = designations_about(principal_id, today())
    facts = {
        "places": places_for(principal_id),
        "schedule": schedule_of(principal_id),
        "given": [(row, remuneration_due_yen(principal_id, row.designation.agent_id)) for row in given],
        "held": [(row, remuneration_due_yen(row.designation.principal_id, principal_id)) for row in held],
        "terms": [(row, percent(row.fee_bps)) for row in terms_for(principal_id)],
        "netting_rules": netting_rules(request.actor, principal_id),
        "today": today(),
        "may_write": desk.may("registry.write"),
    }
    return desk.page("setup.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def price(request: Page, item_id: UUID) -> HttpResponse:
    """A new price of one item from a day on."""
    item = find_item(item_id)
    require(request.actor, "registry.write", Scope(principal_id=item.principal_id))
    desk = open_desk(request, of=item.principal_id)
    form = PriceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with told_in(form):
            row = set_price(actor=request.actor, item_id=item_id, **form.cleaned_data)
            facts = {"item": name(item), "price": yen(row.unit_yen), "day": jst_date(row.starts_on)}
            messages.success(request, _("%(item)s costs %(price)s from %(day)s.") % facts)
            return redirect(desk.address("setup") + "#schedule")
    prices = sorted(item.prices.all(), key=lambda row: row.starts_on, reverse=True)
    facts_ = {"item": item, "prices": prices, "form": form, "today": today()}
    return desk.page("price.html", facts_, status=422 if form.is_bound else 200)
