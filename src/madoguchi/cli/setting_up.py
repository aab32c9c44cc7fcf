"""Preparing a database and the demo: tables, reference data, pilot towns, sign-ins, the sandbox's keys."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from madoguchi.counter.demo import add_fee_schedules
from madoguchi.people.access import Actor, system_actor
from madoguchi.people.actions import ensure_user, grant_role
from madoguchi.people.queries import demo_users
from madoguchi.registry.actions import issue_key
from madoguchi.registry.demo import DEMO_SERVICES, YASUOKA, DemoRegistry, set_up_demo
from madoguchi.registry.loading import load_reference
from madoguchi.registry.models import ApiKey, Municipality, Organisation, Provider, Service
from madoguchi.settlement.demo import add_netting_rules

DEMO_PASSWORD = "madoguchi-demo"  # noqa: S105  # demo users cannot sign in outside demo mode
ACTOR = system_actor("setup")


def prepare_database() -> None:
    """Migrate, and load the reference tables if they are not there."""
    call_command("migrate", verbosity=0, interactive=False)
    if Municipality.objects.count() == 0:
        load_reference()


def make_secret_key() -> None:
    """Make this installation's secret key, readable by its owner only."""
    path = settings.VAR / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))


def prepare_demo(*, sandbox_url: str) -> Path:
    """Set up the demo once, and write the sandbox's configuration; returns its path."""
    with transaction.atomic():
        registry = set_up_demo(ACTOR, webhook_base_url=sandbox_url)
        if not demo_users():
            add_fee_schedules(registry)
            add_netting_rules(registry, ACTOR)
            add_demo_people(registry)
        for code in DEMO_SERVICES:
            Provider.objects.filter(code=code).update(webhook_url=f"{sandbox_url}/webhooks/{code}")
    return _write_sandbox_configuration()


def add_demo_people(registry: DemoRegistry, actor: Actor = ACTOR) -> None:
    """A sign-in for each role, each where the demo has work for it."""

    def add(username: str, name: str, role: str, organisation: Organisation | None = None, **place: object) -> None:
        user = ensure_user(actor=actor, username=username, display_name=name, password=DEMO_PASSWORD, is_demo=True)
        organisation_id = organisation.id if organisation else None
        grant_role(actor=actor, user=user, role=role, organisation_id=organisation_id, **place)  # type: ignore[arg-type]

    by_name = {place.name: place for place in registry.places}
    mill, citizens = by_name["富岡製糸場"], by_name["富岡市役所 市民課窓口"]
    tomioka, village = registry.towns["10210"], registry.towns[YASUOKA]
    add("clerk-mill", "窓口 富岡製糸場", "clerk", tomioka, place_id=mill.id)
    add("clerk-citizens", "窓口 富岡市 市民課", "clerk", tomioka, place_id=citizens.id)
    office = registry.post_office
    add("clerk-post", "窓口 泰阜村の郵便局", "clerk", registry.post_office_operator, place_id=office.id)
    add("clerk-takamori", "窓口 高森町", "clerk", registry.towns["20403"])
    add("clerk-togo", "窓口 東郷町", "clerk", registry.towns["23302"])
    add("accountant-tomioka", "会計 富岡市", "accountant", tomioka)
    add("accountant-yasuoka", "会計 泰阜村", "accountant", village)
    add("accountant-post", "会計 郵便局", "accountant", registry.post_office_operator)
    add("admin-tomioka", "管理者 富岡市", "town_administrator", tomioka)
    add("provider-paypay", "決済事業者 PayPay（デモ）", "provider", None, provider="paypay")
    add("programme-office", "事務局", "programme_officer")
    add("auditor", "監査", "auditor")


def _write_sandbox_configuration() -> Path:
    providers = []
    for code in DEMO_SERVICES:
        provider = Provider.objects.get(code=code)
        inbound, webhook = _key(provider, "inbound"), _key(provider, "webhook")
        services = Service.objects.filter(provider=provider, code__in=DEMO_SERVICES)
        providers.append(
            {
                "provider": code,
                "name": f"{provider.name}（デモ）",
                "services": [{"id": service.code, "name": service.name} for service in services],
                "key_id": inbound.key_id,
                "secret": inbound.secret,
                "webhook_key_id": webhook.key_id,
                "webhook_secret": webhook.secret,
            }
        )
    path: Path = settings.VAR / "sandbox" / "sandbox.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"madoguchi_url": settings.PUBLIC_URL, "providers": providers}, ensure_ascii=False))
    return path


def _key(provider: Provider, direction: str) -> ApiKey:
    live = (
        ApiKey.objects.filter(provider=provider, direction=direction, revoked_at=None).order_by("-created_at").first()
    )
    return live or issue_key(actor=ACTOR, provider=provider, direction=direction)
