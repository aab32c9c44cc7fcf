"""The programme's office: is everything running, what could not be delivered or taken in, who did what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from madoguchi.core.clock import now
from madoguchi.events.actions import replay_delivery
from madoguchi.events.log import delivery_counts, find_delivery, last_block, message_facts, search_events
from madoguchi.events.queries import broken_blocks, last_beat
from madoguchi.events.queries import deliveries as all_deliveries
from madoguchi.events.rules import may_replay
from madoguchi.onboarding.unanswered import written_to_office
from madoguchi.payments.queries import refused_notices, service_pulses
from madoguchi.payments.unmatched import held_refunds
from madoguchi.people.access import may, require
from madoguchi.people.queries import names_of
from madoguchi.registry.directory import registry_counts
from madoguchi.web.edges import Page, signed_in

PAGE_ROWS = 100
# In the order of the tabs.
STATES = ("waiting", "given_up", "declined", "delivered")
# The worker shows that it is alive every two seconds.
WORKER_QUIET_SECONDS = 60


def page(request: Page, template: str, tab: str, facts: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of this room, for those who may read here."""
    return render(request, f"office/{template}", {"tab": tab, **facts}, status=status)


@require_GET
@signed_in
def home(request: Page) -> HttpResponse:
    """Whether data comes in, messages go out, and the worker runs."""
    require(request.actor, "office.read")
    beat = last_beat("worker")
    counts = delivery_counts()
    facts = {
        "pulses": service_pulses(),
        "counts": [(state, counts.get(state, 0)) for state in STATES],
        "stuck": counts.get("given_up", 0),
        "beat": beat,
        "worker_runs": beat is not None and (now() - beat).total_seconds() < WORKER_QUIET_SECONDS,
        "refused": refused_notices(request.actor).count(),
        "held": held_refunds(request.actor).count(),
        "sealed": last_block(),
        "registry": registry_counts(request.actor),
        "unanswered": written_to_office(request.actor),
    }
    return page(request, "home.html", "home", facts)


@require_GET
@never_cache
@signed_in
def deliveries(request: Page) -> HttpResponse:
    """Messages to providers, by state."""
    require(request.actor, "office.read")
    asked = request.GET.get("state", "")
    state = asked if asked in STATES else ""
    counts = delivery_counts()
    facts = {
        "page": Paginator(all_deliveries(state=state), PAGE_ROWS).get_page(request.GET.get("page")),
        "state": state,
        "counts": [(key, counts.get(key, 0)) for key in STATES],
        "keep": f"state={state}&" if state else "",
    }
    return page(request, "deliveries.html", "deliveries", facts)


@require_GET
@never_cache
@signed_in
def delivery(request: Page, delivery_id: UUID) -> HttpResponse:
    """One message, what it said, and each try at sending it."""
    require(request.actor, "office.read")
    found = find_delivery(delivery_id)
    facts = {
        "delivery": found,
        "data": message_facts(found),
        "tries": sorted(found.tries.all(), key=lambda row: row.at),
        "may_replay": may_replay(found.event, found.state) and may(request.actor, "office.write"),
    }
    return page(request, "delivery.html", "deliveries", facts)


@require_POST
@signed_in
def replay(request: Page, delivery_id: UUID) -> HttpResponse:
    """Send a finished message again."""
    require(request.actor, "office.write")
    replay_delivery(request.actor, delivery_id)
    messages.success(request, _("The message will be sent again now."))
    return redirect("office:delivery", delivery_id)


@require_GET
@signed_in
def notices(request: Page) -> HttpResponse:
    """Notices that were turned away, and refunds that wait for their payment."""
    refused = refused_notices(request.actor)
    facts = {
        "page": Paginator(refused, PAGE_ROWS).get_page(request.GET.get("page")),
        "held": list(held_refunds(request.actor)[:PAGE_ROWS]),
        "keep": "",
    }
    return page(request, "notices.html", "notices", facts)


@require_GET
@signed_in
def events(request: Page) -> HttpResponse:
    """Who did what: events about one subject, or the latest; `?check=1` also checks the chain of sealed blocks."""
    require(request.actor, "office.read")
    subject = request.GET.get("subject", "")
    found = search_events(subject)
    users = names_of({int(row.actor[5:]) for row in found if row.actor.startswith("user:") and row.actor[5:].isdigit()})
    facts = {
        "subject": subject,
        "rows": [(row, users.get(int(row.actor[5:])) if row.actor[5:].isdigit() else "") for row in found],
        "sealed": last_block(),
        "checked": "check" in request.GET,
        "broken": broken_blocks() if "check" in request.GET else [],
    }
    return page(request, "events.html", "events", facts)


@require_GET
@signed_in
def registry(request: Page) -> HttpResponse:
    """How much is registered where."""
    counts = registry_counts(request.actor)
    facts = {
        "registry": counts,
        "place_sum": sum(town.place_count for town in counts.by_town),
        "code_sum": sum(town.code_count for town in counts.by_town),
    }
    return page(request, "registry.html", "registry", facts)
