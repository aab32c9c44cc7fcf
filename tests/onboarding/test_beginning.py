"""From one network so many applications begin in an hour: each sends a letter to whomever it names."""

from __future__ import annotations

import json

import pytest

from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.beginning import MOST_BEGUN, start_application
from madoguchi.onboarding.models import Application
from madoguchi.people.access import ANONYMOUS
from tests.conftest import refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns")]
HALL, SHOP = "203.0.113.7", "198.51.100.2"


def begin(origin: str = HALL) -> None:
    start_application(actor=ANONYMOUS, kind="business", email="shop@example.jp", origin=origin)


@pytest.fixture
def full(clock):
    """As many as one network may begin in an hour."""
    for _ in range(MOST_BEGUN):
        begin()


def test_one_more_is_refused_and_sends_no_letter(full):
    before = Application.objects.count(), Delivery.objects.count(), Event.objects.count()

    with refused("too_many_begun", limit=60):
        begin()

    assert (Application.objects.count(), Delivery.objects.count(), Event.objects.count()) == before


def test_another_network_begins_all_the_same(full):
    begin(SHOP)

    assert Application.objects.count() == MOST_BEGUN + 1


def test_so_does_the_same_one_an_hour_later(full, clock):
    clock.move(hours=1, seconds=1)

    begin()

    assert Application.objects.count() == MOST_BEGUN + 1


def test_what_comes_from_nowhere_known_is_not_counted(full):
    begin("")

    assert Application.objects.count() == MOST_BEGUN + 1
    assert Event.objects.filter(name="address.began").count() == MOST_BEGUN


def test_an_address_is_kept_nowhere_and_one_days_cannot_be_told_from_the_nexts(clock):
    begin()
    clock.move(days=1)
    begin()

    subjects = set(Event.objects.filter(name="address.began").values_list("subject", flat=True))
    assert len(subjects) == 2
    rows = [json.dumps([row.subject, row.actor, row.facts]) for row in Event.objects.all()]
    assert not [row for row in rows if HALL in row]
