"""A demo campaign: six shops of a pilot town, a week at 30 %, files of payments, and a run that waits for officers.

Shops, amounts and terms are examples, marked as demo.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from madoguchi.core.clock import JST, today
from madoguchi.people.access import Actor, provider_actor
from madoguchi.registry.actions import assign_code, enrol, register_organisation, register_place
from madoguchi.registry.demo import STARTS_ON, TEST_LEVEL_1
from madoguchi.registry.models import Organisation, Service
from madoguchi.rewards.campaigns import Draft, approve_campaign, draft_campaign, propose_campaign
from madoguchi.rewards.lake import receive_payments_file
from madoguchi.rewards.models import Campaign
from madoguchi.rewards.runs import ask_run

CODE = "demo-week"
TOWN = "10210"
SERVICES = ("paypay", "line_pay", "au_pay")
# Name, name in English, category code, what a purchase there usually costs in yen.
SHOPS = (
    ("デモ喫茶店", "Demo Coffee House", "5812", 900),
    ("デモ食堂", "Demo Diner", "5812", 1_300),
    ("デモ書店", "Demo Bookshop", "5942", 1_800),
    ("デモ衣料品店", "Demo Clothing", "5651", 4_200),
    ("デモ薬局", "Demo Drugstore", "5912", 1_500),
    ("デモ土産店", "Demo Souvenirs", "5947", 2_400),
)
MEMBERS, PAYMENTS_A_DAY, REFUNDED = 160, 60, 0.02
BEFORE, AFTER = timedelta(days=10), timedelta(days=10)
HEAD = "payment_id,kind,original_payment_id,service_id,channel,member_id,store_id,amount_yen,paid_at"


def add_demo_campaign(*, setup: Actor, maker: Actor, checker: Actor) -> Campaign | None:
    """Set the demo campaign up once; returns it if it is new. A run is asked for, which the worker computes."""
    if Campaign.objects.filter(code=CODE).exists():
        return None
    town = Organisation.objects.get(kind="municipality", municipality=TOWN)
    stores = [_shop(setup, number) for number in range(len(SHOPS))]
    starts_on, ends_on = today() - BEFORE, today() + AFTER
    campaign = draft_campaign(actor=maker, owner_id=town.id, draft=_draft(starts_on, ends_on))
    Campaign.objects.filter(id=campaign.id).update(is_demo=True)
    propose_campaign(actor=maker, campaign_id=campaign.id)
    approve_campaign(actor=checker, campaign_id=campaign.id)
    lines = list(_lines(stores, starts_on, today()))
    for service in SERVICES:
        _send(service, [line for line in lines if f",{service}," in line])
    ask_run(actor=maker, campaign_id=campaign.id)
    return campaign


def _draft(starts_on: date, ends_on: date) -> Draft:
    row = {
        "channel": "",
        "credit_rule": "days:+30",
        "cap_amount": 5_000,
        "cap_unit": "point",
        "cap_period": "programme",
        "cap_scope": "service",
        "method": "points",
    }
    return Draft(
        code=CODE,
        name="デモ30％還元キャンペーン",
        name_en="Demo 30 % campaign",
        summary="市内のお店でキャッシュレス決済を使うと、30％のポイントが付きます（デモ）。",
        summary_en="Pay cashless at the town's shops and get 30 % back in points (demo).",
        starts_on=starts_on,
        ends_on=ends_on,
        terms={"rate_bps": 3_000, "budget_points": 700_000, "municipalities": [TOWN], "tax_bps": 1_000},
        services=[{"service_id": service, **row} for service in SERVICES],
        supports_fees=True,
        terminal_share_bps=5_000,
    )


def _shop(actor: Actor, number: int) -> str:
    name, name_en, mcc, _usual = SHOPS[number]
    shop = register_organisation(actor=actor, kind="shop", name=name, name_en=name_en, is_demo=True)
    place = register_place(
        actor=actor,
        operator=shop,
        kind="shop",
        name=name,
        name_en=name_en,
        municipality_code=TOWN,
        purposes=[],
        is_demo=True,
    )
    code = assign_code(
        actor=actor,
        place=place,
        principal=shop,
        store_id=f"{TEST_LEVEL_1}-9001-{number + 1:06d}-000001",
        merchant_name=name_en[:25],
        city="Tomioka",
        mcc=mcc,
    )
    for service in Service.objects.filter(code__in=SERVICES).select_related("provider"):
        enrol(actor=actor, code=code, service=service, starts_on=STARTS_ON)
    return code.store_id


def _lines(stores: list[str], first: date, until: date) -> Iterator[str]:
    """Payments of each day before `until`, and a few refunds, always the same."""
    chance = random.Random(20261101)  # noqa: S311  # examples, no secrets
    for day in range((until - first).days):
        on = first + timedelta(days=day)
        for number in range(PAYMENTS_A_DAY + 20 * (on.weekday() >= 5)):
            shop, member = chance.randrange(len(SHOPS)), chance.randrange(MEMBERS)
            service, key = SERVICES[member % len(SERVICES)], f"demo-{on:%Y%m%d}-{number:03d}"
            yen = max(120, round(SHOPS[shop][3] * chance.lognormvariate(0, 0.5)) // 10 * 10)
            at = datetime(on.year, on.month, on.day, 10 + chance.randrange(9), chance.randrange(60), tzinfo=JST)
            yield f"{key},payment,,{service},,demo-{member},{stores[shop]},{yen},{at.isoformat()}"
            if chance.random() < REFUNDED:
                yield f"{key}-r,refund,{key},{service},,,,{yen},{at.isoformat()}"


def _send(service: str, lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "payments.csv"
        file.write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
        receive_payments_file(actor=provider_actor(service), provider=service, name=f"demo-{service}.csv", file=file)
