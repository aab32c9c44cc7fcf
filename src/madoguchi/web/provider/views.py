"""A provider's own view: its messages, its places, its keys, what it owes when."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.core.errors import Refusal
from madoguchi.events.actions import replay_delivery
from madoguchi.events.log import delivery_counts, find_delivery, message_facts
from madoguchi.events.queries import deliveries as all_deliveries
from madoguchi.events.rules import may_replay
from madoguchi.onboarding.unanswered import written_to_provider
from madoguchi.payments.queries import service_pulses
from madoguchi.payments.unmatched import held_refunds, refused_of
from madoguchi.people.access import may, require
from madoguchi.people.rules import Scope
from madoguchi.registry.directory import codes_with, find_provider, keys_of
from madoguchi.registry.models import Provider
from madoguchi.rewards.provider_desk import reports_awaited
from madoguchi.settlement.owed import owed_by
from madoguchi.web.edges import Page, signed_in

PAGE_ROWS = 100
STATES = ("waiting", "given_up", "declined", "delivered")


def provider_of(request: Page) -> Provider:
    """The provider the reader works for; of several the one in `?provider=`. Raises Refusal `not_allowed`."""
    codes = sorted({grant.provider for grant in request.actor.grants if grant.role == "provider" and grant.provider})
    wanted = request.POST.get("provider") or request.GET.get("provider") or (codes[0] if codes else "")
    if not wanted:
        raise Refusal("not_allowed", permission="provider.read")
    return find_provider(request.actor, wanted)


def page(request: Page, template: str, tab: str, provider: Provider, facts: dict[str, Any]) -> HttpResponse:
    """A page of this room in its frame."""
    return render(request, f"provider/{template}", {"tab": tab, "provider": provider, **facts})


@require_GET
@signed_in
def home(request: Page) -> HttpResponse:
    """When data last came in, what waits to be delivered, the keys without their secrets."""
    provider = provider_of(request)
    counts = delivery_counts(provider.code)
    facts = {
        "pulses": [row for row in service_pulses() if row.service.provider_id == provider.code],
        "counts": [(state, counts.get(state, 0)) for state in STATES],
        "stuck": counts.get("given_up", 0) + counts.get("declined", 0),
        "keys": keys_of(request.actor, provider.code),
        "places": codes_with(provider.code).count(),
        "refused": refused_of(request.actor, provider.code).count(),
        "owed": [row for row in owed_by(request.actor, provider.code) if row.open_payouts][-3:],
        "unanswered": written_to_provider(request.actor, provider.code),
        "awaited": [
            (campaign, sorted({row.month for row in rows}))
            for campaign, rows in reports_awaited(request.actor, provider.code)
        ],
    }
    return page(request, "home.html", "home", provider, facts)


@require_GET
@never_cache
@signed_in
def deliveries(request: Page) -> HttpResponse:
    """The messages sent to this provider, by state."""
    provider = provider_of(request)
    asked = request.GET.get("state", "")
    state = asked if asked in STATES else ""
    counts = delivery_counts(provider.code)
    rows = all_deliveries(destination=provider.code, state=state)
    facts = {
        "page": Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "state": state,
        "counts": [(key, counts.get(key, 0)) for key in STATES],
        "suffix": f"?provider={provider.code}",
        "keep_provider": f"provider={provider.code}&",
        "keep": f"provider={provider.code}&" + (f"state={state}&" if state else ""),
    }
    return page(request, "deliveries.html", "deliveries", provider, facts)


@require_GET
@never_cache
@signed_in
def delivery(request: Page, delivery_id: UUID) -> HttpResponse:
    """One message to this provider, and each try at sending it."""
    provider = provider_of(request)
    found = find_delivery(delivery_id, destination=provider.code)
    may_write = may(request.actor, "provider.write", Scope(provider=provider.code))
    facts = {
        "delivery": found,
        "data": message_facts(found),
        "tries": sorted(found.tries.all(), key=lambda row: row.at),
        "may_replay": may_replay(found.event, found.state) and may_write,
    }
    return page(request, "delivery.html", "deliveries", provider, facts)


@require_POST
@signed_in
def replay(request: Page, delivery_id: UUID) -> HttpResponse:
    """Have a finished message sent again."""
    provider = provider_of(request)
    require(request.actor, "provider.write", Scope(provider=provider.code))
    replay_delivery(request.actor, delivery_id, destination=provider.code)
    messages.success(request, _("The message will be sent again now."))
    query = urlencode({"provider": provider.code})
    return redirect(f"{reverse('provider:delivery', args=[delivery_id])}?{query}")


@require_GET
@signed_in
def notices(request: Page) -> HttpResponse:
    """This provider's notices that were turned away, with the reason, and refunds that wait for their payment."""
    provider = provider_of(request)
    refused = refused_of(request.actor, provider.code)
    facts = {
        "page": Paginator(refused, PAGE_ROWS).get_page(request.GET.get("page")),
        "held": list(held_refunds(request.actor, provider=provider.code)[:PAGE_ROWS]),
        "keep": f"provider={provider.code}&",
    }
    return page(request, "notices.html", "notices", provider, facts)


@require_GET
@signed_in
def places(request: Page) -> HttpResponse:
    """The places that take this provider's services."""
    provider = provider_of(request)
    rows = Paginator(codes_with(provider.code), PAGE_ROWS).get_page(request.GET.get("page"))
    return page(request, "places.html", "places", provider, {"page": rows, "keep": f"provider={provider.code}&"})


@require_GET
@signed_in
def payouts(request: Page) -> HttpResponse:
    """What this provider owes, by due day."""
    provider = provider_of(request)
    rows = owed_by(request.actor, provider.code)
    names = ("payouts", "payments_yen", "refunds_yen", "fee_yen", "transfer_fee_yen", "net_yen")
    sums = {name: sum(getattr(row, name) for row in rows) for name in names}
    return page(request, "payouts.html", "payouts", provider, {"rows": rows, "sums": sums})
