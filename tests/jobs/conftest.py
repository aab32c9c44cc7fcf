"""A demo month filled through the real provider API, without a server: httpx speaks to the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection

from madoguchi.jobs.demo_month import Filled, fill_month, plan_for
from madoguchi.jobs.demo_provider import ProviderDesk
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import issue_key
from madoguchi.registry.demo import DEMO_SERVICES
from madoguchi.registry.models import Provider

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def desk(towns: Any, clock: Any) -> Iterator[ProviderDesk]:
    """The providers' desk before the application itself, on 20 November 2026."""
    from madoguchi.config.wsgi import application

    for code in DEMO_SERVICES:
        provider = Provider.objects.get(code=code)
        issue_key(actor=system_actor("test"), provider=provider, direction="inbound")
    with (
        inside_one_transaction(),
        httpx.Client(transport=httpx.WSGITransport(app=application), base_url="http://testserver") as client,
    ):
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


@pytest.fixture
def fill(desk: ProviderDesk) -> Any:
    """`fill(200, seed=1)`: October 2026 filled with 200 payments."""

    def run(payments: int, *, seed: int = 1, month: date = OCTOBER) -> Filled:
        plan = plan_for(month, seed=seed, payments=payments)
        filled = fill_month(plan=plan, seed=seed, desk=desk, tell=lambda *_: None)
        # PostgreSQL looks at foreign keys when a transaction ends, which here is only when the test does.
        connection.check_constraints()
        return filled

    return run
