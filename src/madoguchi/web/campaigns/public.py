"""Reward campaigns for anybody: what is going on, one campaign with its figures, its stores, one's own reward."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.core.clock import today
from madoguchi.engine.rewards.calculator import counted_yen, reward_of
from madoguchi.onboarding.support import contacts
from madoguchi.registry.models import Municipality, Service
from madoguchi.rewards.campaigns import services_of, terms_of
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.published import (
    FEWEST_PAYMENTS,
    STAGES,
    campaign_data,
    figures_data,
    figures_of,
    public_campaign,
    service_names,
    stage_of,
    terms_data,
)
from madoguchi.rewards.published_stores import LONGEST_SEARCH, public_stores, services_at
from madoguchi.rewards.queries import public_campaigns
from madoguchi.web.campaigns import words
from madoguchi.web.campaigns.public_figures import FILE_COLUMNS, figures_shown, file_rows
from madoguchi.web.campaigns.public_forms import CHANNELS, Rows
from madoguchi.web.merchant.plan_support import PROGRAMME_ENDED_ON
from madoguchi.web.town.sales import table_file

CAMPAIGNS_A_PAGE, STORES_A_PAGE = 30, 50
# Caps that a list has room for; beyond it a page must be opened.
CAPS_IN_SHORT = 2
# On a phone each service is a card; of more than these the list opens on demand.
SERVICES_OPEN = 8


@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    """The campaigns under way, to come and over (P-02), each with what it gives and what is used of its budget."""
    shown = Paginator(public_campaigns(), CAMPAIGNS_A_PAGE).get_page(request.GET.get("page"))
    rows = [_in_short(campaign) for campaign in shown]
    groups = [(stage, [row for row in rows if row["stage"] == stage]) for stage in STAGES]
    return render(request, "campaigns/public_campaigns.html", {"groups": groups, "page": shown, "keep": ""})


@require_GET
def campaign(request: HttpRequest, code: str) -> HttpResponse:
    """One campaign: what, when, how much, where, up to what cap, and how its budget stands (P-36, P-37, P-38)."""
    found = public_campaign(code)
    figures, terms = figures_of(found), terms_of(found)
    names = service_names()
    facts: dict[str, Any] = {
        **_shared(found),
        "terms": terms,
        "services": [(names.get(row["service_id"], row["service_id"]), row) for row in found.services],
        "folds": len(found.services) > SERVICES_OPEN,
        "channels": CHANNELS if any(row["channel"] for row in found.services) else {},
        "has_reading": any(row["cap_unit"] == "yen_of_payment" for row in found.services),
        "municipalities": list(Municipality.objects.filter(code__in=terms.municipalities).order_by("code")),
        "excluded": [words.EXCLUDED.get(one, one) for one in terms.excluded_transactions],
        "stores": public_stores(found).count(),
        "providers": _providers(found),
        # P-19: only the programme's own campaign has its desk.
        "desk": None if found.owner else next((one for one in contacts(today()) if one.for_whom == "consumers"), None),
        "desk_closed_on": PROGRAMME_ENDED_ON if today() > PROGRAMME_ENDED_ON else None,
        "figures": figures,
        "fewest": FEWEST_PAYMENTS,
    }
    if figures:
        facts |= figures_shown(figures, names)
    return render(request, "campaigns/public_campaign.html", facts)


@require_GET
def stores(request: HttpRequest, code: str) -> HttpResponse:
    """The stores that take part, by name, 50 a page; `?words=` narrows them."""
    found = public_campaign(code)
    asked = " ".join(request.GET.get("words", "")[:LONGEST_SEARCH].split())
    shown = Paginator(public_stores(found, asked), STORES_A_PAGE).get_page(request.GET.get("page"))
    taken = services_at(found, shown)
    facts = {
        **_shared(found),
        "rows": [(store.place, taken.get(store.store_id, [])) for store in shown],
        "page": shown,
        "words": asked,
        "longest": LONGEST_SEARCH,
        "keep": urlencode({"words": asked}) if asked else "",
    }
    return render(request, "campaigns/public_stores.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def my_reward(request: HttpRequest, code: str) -> HttpResponse:
    """What one member's purchases would earn (P-35, P-38); asked by anybody, kept by nobody."""
    found = public_campaign(code)
    services, names, terms = services_of(found), service_names(), terms_of(found)
    asked = request.POST if request.method == "POST" else request.GET if "rows" in request.GET else None
    rows = Rows(found, services, names, asked)
    facts: dict[str, Any] = {
        **_shared(found),
        "rows": rows,
        "terms": terms,
    }
    if rows.is_valid():
        labels, by_key = dict(rows.choices), {(one.service_id, one.channel): one for one in services}
        purchases = [form.purchase() for form in rows.filled]
        rewards = reward_of(purchases, services, terms)
        facts["results"] = [
            {
                "label": labels[form.cleaned_data["service"]],
                "purchase": purchase,
                "counted_yen": counted_yen(purchase.amount_yen, by_key[purchase.service_id, purchase.channel], terms),
                "reward": reward,
            }
            for form, purchase, reward in zip(rows.filled, purchases, rewards, strict=True)
        ]
        used = [by_key[purchase.service_id, purchase.channel] for purchase in purchases]
        # readings of the programme's table; a town that writes its own terms means what it says.
        facts["reads_ceiling"] = any(one.cuts_payment for one in used)
        facts["reads_whole"] = found.owner is None and any(one.cap_period == "programme" for one in used)
        facts["total_points"] = sum(reward.granted_points for reward in rewards)
        facts["total_yen"] = sum(purchase.amount_yen for purchase in purchases)
    return render(request, "campaigns/public_my_reward.html", facts, status=422 if rows.is_wrong else 200)


@require_GET
def figures_file(request: HttpRequest, code: str, kind: str) -> HttpResponse | StreamingHttpResponse:
    """The figures of the page as open data, `figures.json` or `figures.csv`; small groups together as there."""
    found = public_campaign(code)
    if kind == "json":
        data = {**campaign_data(found), **terms_data(found), "figures": figures_data(found)}
        return JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    if kind != "csv":
        raise Http404
    rows = file_rows(figures_data(found))
    return table_file(list(FILE_COLUMNS), rows, kind="csv", encoding=request.GET.get("encoding", ""), title=found.code)


def _shared(found: Campaign) -> dict[str, Any]:
    """What each of a campaign's pages shows."""
    return {"campaign": found, "stage": stage_of(found)}


def _in_short(found: Campaign) -> dict[str, Any]:
    caps = list(dict.fromkeys(words.cap_words(row) for row in found.services))
    return {
        **_shared(found),
        "rate_bps": found.terms.get("rate_bps"),
        "caps": caps if len(caps) <= CAPS_IN_SHORT else [],
        "figures": figures_of(found),
    }


def _providers(found: Campaign) -> list[Any]:
    """The companies behind the campaign's services, each once."""
    codes = {row["service_id"] for row in found.services}
    rows = Service.objects.filter(code__in=codes).select_related("provider").order_by("provider__name")
    return list({row.provider_id: row.provider for row in rows}.values())
