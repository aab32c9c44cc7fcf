"""A demo month filled through the real provider API, without a server: httpx speaks to the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.test import override_settings

from madoguchi.core.clock import set_clock
from madoguchi.jobs.demo_deposits import Settled, settle_month
from madoguchi.jobs.demo_month import Filled, fill_month, plan_for
from madoguchi.jobs.demo_provider import ProviderDesk
from madoguchi.jobs.demo_removal import remove_demo
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import issue_key
from madoguchi.registry.demo import DEMO_SERVICES
from madoguchi.registry.models import Provider
from tests.conftest import NOON

OCTOBER = date(2026, 10, 1)


@contextmanager
def desk_before_the_application() -> Iterator[ProviderDesk]:
    """The providers' desk, with keys, speaking to the application itself."""
    from madoguchi.config.wsgi import application

    for code in DEMO_SERVICES:
        provider = Provider.objects.get(code=code)
        issue_key(actor=system_actor("test"), provider=provider, direction="inbound")
    transport = httpx.WSGITransport(app=application)
    with inside_one_transaction(), httpx.Client(transport=transport, base_url="http://testserver") as client:
        yield ProviderDesk(client)


@contextmanager
def inside_one_transaction() -> Iterator[None]:
    """Keep the application from closing the test's own connection between requests, as Django's test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def fill_with(desk: ProviderDesk, payments: int, *, seed: int = 1, month: date = OCTOBER) -> Filled:
    """Fill a month with so many payments."""
    plan = plan_for(month, seed=seed, payments=payments)
    filled = fill_month(plan=plan, seed=seed, desk=desk, tell=lambda *_: None)
    # PostgreSQL looks at foreign keys when a transaction ends, which here is only when the test does.
    connection.check_constraints()
    return filled


@pytest.fixture
def desk(towns: Any, clock: Any, settings: Any, tmp_path: Any) -> Iterator[ProviderDesk]:
    """The providers' desk on 20 November 2026."""
    settings.VAR = tmp_path
    with desk_before_the_application() as desk:
        yield desk


@pytest.fixture
def fill(desk: ProviderDesk) -> Any:
    """`fill(40)`: October 2026 filled with 40 payments, for tests that need a month of their own."""

    def run(payments: int, *, seed: int = 1, month: date = OCTOBER) -> Filled:
        return fill_with(desk, payments, seed=seed, month=month)

    return run


@dataclass(frozen=True)
class October:
    """The month that a module's tests start from, filled and settled on 20 November 2026."""

    filled: Filled
    settled: Settled


@pytest.fixture(scope="module")
def filled_once(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[October]:
    """October filled and settled once for a module; what its tests change is rolled back to here."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        set_clock(lambda: NOON)
        with desk_before_the_application() as desk:
            filled = fill_with(desk, 300)
        with override_settings(VAR=tmp_path_factory.mktemp("var")):
            settled = settle_month(OCTOBER, with_deposits=True)
        connection.check_constraints()
        set_clock(None)
    yield October(filled, settled)
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.fixture
def october(filled_once: October, db: None, clock: Any, settings: Any, tmp_path: Any) -> October:
    """October 2026 with 300 payments, its payouts and deposits."""
    settings.VAR = tmp_path
    return filled_once


@pytest.fixture
def emptied(october: October) -> None:
    """The module's month removed again, for a test that needs one of its own."""
    remove_demo()
    connection.check_constraints()
