"""Preparing a database and the demo: tables, reference data, pilot towns, sign-ins, the sandbox's keys."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from madoguchi.cli.demo_people import add_demo_people
from madoguchi.core.clock import today
from madoguchi.counter.demo import add_fee_schedules
from madoguchi.onboarding.demo_applications import add_demo_applications
from madoguchi.onboarding.demo_plans import add_demo_plans
from madoguchi.opendata.demo import describe_demo
from madoguchi.opendata.models import PublishedTable
from madoguchi.people.access import Actor, actor_for, system_actor
from madoguchi.people.queries import demo_users
from madoguchi.registry.actions import issue_key
from madoguchi.registry.demo import DEMO_SERVICES, set_up_demo, set_up_signing_keys
from madoguchi.registry.loading import load_reference
from madoguchi.registry.models import ApiKey, Municipality, Provider, Service
from madoguchi.registry.operators import operator_code_of
from madoguchi.registry.signing import published_keys
from madoguchi.rewards.demo import add_demo_campaign
from madoguchi.settlement.demo import add_netting_rules

ACTOR = system_actor("setup")


def prepare_database() -> None:
    """Migrate, and load the reference tables if they are not there."""
    call_command("migrate", verbosity=0, interactive=False)
    if Municipality.objects.count() == 0:
        load_reference()


def prepare_where_absent() -> None:
    """Make the database where it is not there yet; one in use is left as it is, and costs a look at its tables."""
    settings.VAR.mkdir(parents=True, exist_ok=True)
    if PublishedTable._meta.db_table not in connection.introspection.table_names():
        prepare_database()


def make_secret_key() -> None:
    """Make this installation's secret key, readable by its owner only."""
    path = settings.VAR / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    if settings.SECRET_KEY == settings.NO_SECRET:
        # This process read its settings before; what it seals from now on must open in every later one.
        settings.SECRET_KEY = path.read_text().strip()


def prepare_demo(*, sandbox_url: str) -> Path:
    """Set up the demo once, and write the sandbox's configuration; returns its path."""
    with transaction.atomic():
        registry = set_up_demo(ACTOR, webhook_base_url=sandbox_url)
        if not demo_users():
            add_fee_schedules(registry)
            add_netting_rules(registry, ACTOR)
            add_demo_people(registry, ACTOR)
        add_demo_plans(ACTOR)
        if add_demo_applications(maker=_demo_officer("programme-checker"), checker=_demo_officer("programme-office")):
            set_up_signing_keys(ACTOR)
        officers = {"maker": _demo_officer("admin-tomioka"), "checker": _demo_officer("accountant-tomioka")}
        add_demo_campaign(setup=ACTOR, **officers)
        describe_demo(ACTOR)
        for code in DEMO_SERVICES:
            Provider.objects.filter(code=code).update(webhook_url=f"{sandbox_url}/webhooks/{code}")
    return _write_sandbox_configuration()


def _demo_officer(username: str) -> Actor:
    return actor_for(next(user for user in demo_users() if user.username == username))


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
                "services": [
                    {"id": row.code, "name": row.name, "operator_code": operator_code_of(row.code, today())}
                    for row in services
                ],
                "key_id": inbound.key_id,
                "secret": inbound.secret,
                "webhook_key_id": webhook.key_id,
                "webhook_secret": webhook.secret,
            }
        )
    path: Path = settings.VAR / "sandbox" / "sandbox.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    keys = [
        {"key_id": key["key_id"], "public_key": key["public_key"], "name": key["organisation"]}
        for key in published_keys()
        if key["revoked_at"] is None
    ]
    configuration = {"madoguchi_url": settings.PUBLIC_URL, "providers": providers, "trusted_keys": keys}
    path.write_text(json.dumps(configuration, ensure_ascii=False))
    return path


def _key(provider: Provider, direction: str) -> ApiKey:
    live = (
        ApiKey.objects.filter(provider=provider, direction=direction, revoked_at=None).order_by("-created_at").first()
    )
    return live or issue_key(actor=ACTOR, provider=provider, direction=direction)
