"""What every test may start from: the demo's towns in the database, people in their roles, and a clock to move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test.utils import override_settings
from hypothesis import settings

from madoguchi.core.clock import set_clock
from madoguchi.core.errors import Refusal
from tests.stored import difference, stored

# Properties are judged by what they find, not by how busy the machine is.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")
NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # Friday 2026-11-20 12:00 in Japan


class Clock:
    """A clock that only moves when told."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move_to(self, at: datetime) -> None:
        self.at = at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture(scope="session", autouse=True)
def own_memory() -> Iterator[None]:
    """What one test's readers asked for is no other's: no process of a test run shares what it remembers."""
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}):
        yield


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """Nothing that another test's readers asked for is remembered."""
    cache.clear()


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The platform's clock, standing at noon on a Friday in Japan."""
    clock = Clock(NOON)
    set_clock(clock)
    yield clock
    set_clock(None)


@contextmanager
def refused(code: str, **details: Any) -> Iterator[None]:
    """The block must raise Refusal `code` with at least these details, and leave nothing stored."""
    before = stored()
    with pytest.raises(Refusal) as caught:
        yield
    assert difference(before, stored()) == {}
    assert caught.value.code == code
    assert {key: caught.value.details.get(key) for key in details} == details


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The reference tables and the demo are loaded once; each test's own changes are rolled back."""
    from django.conf import settings as django_settings

    from madoguchi.cli.demo_people import add_demo_people
    from madoguchi.counter.demo import add_fee_schedules
    from madoguchi.people.access import system_actor
    from madoguchi.registry.demo import set_up_demo
    from madoguchi.registry.loading import load_reference

    # Nothing is sealed with the secret of a process that has none.
    django_settings.SECRET_KEY = "the-secret-of-the-tests"
    with django_db_blocker.unblock():
        load_reference()
        registry = set_up_demo(system_actor("test"), webhook_base_url="http://127.0.0.1:9")
        add_fee_schedules(registry)
        add_demo_people(registry, system_actor("test"))


@pytest.fixture
def towns(db: None) -> Any:
    """The demo's organisations and places."""
    from madoguchi.registry.demo import find_demo

    return find_demo()


def actor_named(username: str) -> Any:
    """The actor behind a demo sign-in."""
    from madoguchi.people.access import actor_for
    from madoguchi.people.models import User

    return actor_for(User.objects.get(username=username))


@pytest.fixture
def mill(towns: Any) -> Any:
    """The Tomioka Silk Mill (M-08)."""
    return next(place for place in towns.places if place.name == "富岡製糸場")


@pytest.fixture
def mill_clerk(towns: Any) -> Any:
    return actor_named("clerk-mill")


@pytest.fixture
def post_clerk(towns: Any) -> Any:
    return actor_named("clerk-post")


@pytest.fixture
def accountant(towns: Any) -> Any:
    """Tomioka's accountant."""
    return actor_named("accountant-tomioka")


@pytest.fixture
def paypay() -> Any:
    from madoguchi.people.access import provider_actor

    return provider_actor("paypay")


@pytest.fixture
def order_at(db: None) -> Any:
    """`order_at(place, clerk, adult=2)`: an open order of so many of each item."""
    from madoguchi.core.clock import today
    from madoguchi.core.ids import new_id
    from madoguchi.counter.actions import Pick, open_order
    from madoguchi.counter.queries import offers_at

    def make(place: Any, clerk: Any, *, key: str = "", **items: int) -> Any:
        offers = {offer.code: offer for offer in offers_at(place, today())}
        picks = [Pick(offers[code].item_id, quantity) for code, quantity in items.items()]
        return open_order(actor=clerk, place_id=place.id, picks=picks, client_key=key or str(new_id()))

    return make
