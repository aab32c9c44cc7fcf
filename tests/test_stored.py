"""The tests' own check that a refusal leaves nothing behind can itself fail."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from madoguchi.core.clock import now
from madoguchi.core.errors import Refusal
from madoguchi.events.models import Event
from madoguchi.registry.models import Place
from tests.conftest import refused
from tests.stored import stored


def test_a_refusal_that_left_a_row_is_found(db: None) -> None:
    with pytest.raises(AssertionError, match="events_event"), refused("full"):
        Event.objects.create(at=now(), actor="a", name="test.done", subject="s")
        raise Refusal("full")


def test_a_refusal_that_changed_a_row_is_found(mill: Place) -> None:
    with pytest.raises(AssertionError, match="registry_place"), refused("full"):
        Place.objects.filter(id=mill.id).update(name="changed")
        raise Refusal("full")


def test_a_refusal_that_removed_a_row_is_found(db: None) -> None:
    Session.objects.create(session_key="k", session_data="", expire_date=now())
    with pytest.raises(AssertionError, match="django_session"), refused("full"):
        Session.objects.all().delete()
        raise Refusal("full")


def test_a_refusal_that_left_nothing_passes(db: None) -> None:
    with refused("full", at="noon"):
        raise Refusal("full", at="noon")


def test_a_test_without_the_database_is_not_asked_for_it() -> None:
    assert stored() is None
