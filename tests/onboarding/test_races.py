"""Two at the same moment, each in a transaction of its own: one wins, the other is told, nothing is half done.

SQLite lets one write at a time, so that there is no such moment; PostgreSQL is asked here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction

from madoguchi.core.clock import today
from madoguchi.core.errors import Refusal
from madoguchi.events.models import Delivery, Event
from madoguchi.onboarding.applications import withdraw_application
from madoguchi.onboarding.models import Application, ApplicationPlace, Item, KitOrder, Proposal
from madoguchi.onboarding.proposals import confirm_proposal, propose
from madoguchi.onboarding.provider_desk import approve_item, ask_about_item
from madoguchi.onboarding.registering import IssuedNumber, import_store_ids
from madoguchi.onboarding.screening import screen_waiting
from madoguchi.onboarding.submission import submit_application
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.registry.models import Enrolment, Organisation, Place, StoreCode
from tests.onboarding.conftest import (
    CHECKER,
    MAKER,
    accepted,
    filled,
    item_of,
    officer,
    place_facts,
    propose_acceptance,
    sent,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "postgresql" not in django_settings.DATABASES["default"]["ENGINE"], reason="SQLite has no such moment"
    ),
]


@pytest.fixture(autouse=True)
def country(transactional_db: None) -> Iterator[None]:
    """The reference tables anew: what these tests do is committed, and all of it is thrown away afterwards."""
    from madoguchi.registry.loading import load_reference

    load_reference()
    yield


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act gave, a refusal as its code; all begin together, each in a thread with its own connection."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[number] = act()
        except Refusal as refusal:
            results[number] = refusal.code
        except Exception as error:  # a thread's exception would be lost, and with it why the test failed
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def codes(results: list[Any]) -> list[Any]:
    return sorted(result if isinstance(result, str) else type(result).__name__ for result in results)


def test_of_two_who_confirm_one_wins_and_it_is_done_once():
    desk = sent()
    proposal = propose_acceptance(desk)
    places = Place.objects.count()

    results = at_once(
        lambda: confirm_proposal(actor=CHECKER, proposal_id=proposal.id),
        lambda: confirm_proposal(actor=officer("user:third"), proposal_id=proposal.id),
    )

    assert codes(results) == ["Proposal", "proposal_decided"]
    assert Place.objects.count() == places + 1
    assert Organisation.objects.filter(municipality="13204").count() == 1
    assert Delivery.objects.filter(event="mail.accepted").count() == 1
    assert Event.objects.filter(name="proposal.confirmed").count() == 1


def test_of_two_who_propose_the_same_one_is_told_that_it_is_proposed():
    desk = sent()

    results = at_once(lambda: propose_acceptance(desk), lambda: propose_acceptance(desk, officer("user:third")))

    assert codes(results) == ["Proposal", "proposal_open"]
    assert Proposal.objects.count() == 1


def test_of_two_applications_of_a_town_one_is_sent():
    """J-22."""
    first, second = filled(), filled()

    results = at_once(
        *(
            lambda desk=desk: submit_application(actor=desk.actor, application_id=desk.application.id)
            for desk in (first, second)
        )
    )

    assert codes(results) == ["Application", "town_applied_already"]
    assert sorted(Application.objects.values_list("state", flat=True)) == ["draft", "submitted"]


@pytest.mark.parametrize("round_", range(3))
def test_who_approves_while_it_is_cancelled_leaves_nothing_behind(settings, round_):
    """Either it is approved first and ends, or the provider is told that it no longer waits."""
    settings.DEMO = True
    desk = accepted()
    item = item_of(desk, "paypay")
    proposal = propose(
        actor=MAKER,
        kind="cancellation",
        subject=f"application:{desk.application.id}",
        content={},
        reason="x",
        application_id=desk.application.id,
    )

    at_once(
        lambda: approve_item(actor=provider_actor("paypay"), item_id=item.id, starts_on=today()),
        lambda: confirm_proposal(actor=CHECKER, proposal_id=proposal.id),
    )

    item.refresh_from_db()
    assert desk.again().state == "cancelled"
    assert item.state in {"ended", "withdrawn"}
    assert not Enrolment.objects.filter(ends_on=None).exists()
    assert not StoreCode.objects.filter(is_closed=False).exists()
    assert not KitOrder.objects.filter(state="waiting").exists()


def test_a_question_and_a_withdrawal_do_not_wait_for_each_other():
    """Asking writes a message that names the application; taking it back changes the item: a deadlock once."""
    desk = accepted()
    Application.objects.update(state="submitted")
    item = item_of(desk, "paypay")

    results = at_once(
        lambda: ask_about_item(actor=provider_actor("paypay"), item_id=item.id, text="営業時間は"),
        lambda: withdraw_application(actor=desk.actor, application_id=desk.application.id),
    )

    assert not [result for result in results if isinstance(result, Exception)]
    item.refresh_from_db()
    assert (desk.again().state, item.state) == ("withdrawn", "withdrawn")


def test_two_providers_approve_at_once_under_one_number_with_one_kit(settings):
    settings.DEMO = True
    desk = accepted()

    results = at_once(
        *(
            lambda item=item: approve_item(actor=provider_actor(item.provider_id), item_id=item.id, starts_on=today())
            for item in desk.application.items.all()
        )
    )

    assert codes(results) == ["Item", "Item"]
    assert StoreCode.objects.count() == 1
    assert Enrolment.objects.count() == 2
    assert list(KitOrder.objects.values_list("kind", flat=True)) == ["first"]


def test_approvals_of_different_applications_are_numbered_one_after_the_other(settings):
    """Each change has its own number, and nobody is refused for having come at the same moment."""
    settings.DEMO = True
    items = [item_of(accepted("business", places=[place_facts(f"店{number}")]), "paypay") for number in range(4)]

    results = at_once(
        *(
            lambda item=item: approve_item(actor=provider_actor("paypay"), item_id=item.id, starts_on=today())
            for item in items
        )
    )

    assert codes(results) == ["Item"] * 4
    numbers = list(StoreCode.objects.values_list("change_number", flat=True))
    assert len(set(numbers)) == 4
    assert len(set(StoreCode.objects.values_list("store_id", flat=True))) == 4


@pytest.mark.parametrize("round_", range(3))
def test_a_number_that_comes_while_its_place_is_approved_begins_the_service(round_):
    """Otherwise neither would see the other, and the place would never take it."""
    desk = accepted()
    item, place = item_of(desk, "paypay"), ApplicationPlace.objects.get()
    number = IssuedNumber(2, str(place.id), "4900000000017-0001-000001-000001")

    at_once(
        lambda: approve_item(actor=provider_actor("paypay"), item_id=item.id, starts_on=today()),
        lambda: import_store_ids(actor=MAKER, numbers=[number]),
    )

    assert Enrolment.objects.get().service_id == "paypay"


def test_a_number_brought_twice_at_once_is_taken_once():
    desk = accepted(places=[place_facts("市民課"), place_facts("納税課")])
    one, two = ApplicationPlace.objects.order_by("position")
    number = "4900000000017-0001-000001-000001"

    results = at_once(
        lambda: import_store_ids(actor=MAKER, numbers=[IssuedNumber(2, str(one.id), number)]),
        lambda: import_store_ids(actor=CHECKER, numbers=[IssuedNumber(3, str(two.id), number)]),
    )

    assert sorted((taken, [fault.code for fault in faults]) for taken, faults in results) == [
        (0, ["store_id_taken"]),
        (1, []),
    ]
    assert desk.application.places.count() == 2


def test_merged_each_into_the_other_at_once_one_stands_for_both():
    one = accepted("business", places=[place_facts("一")]).places[0]
    two = accepted("business", places=[place_facts("二")]).places[0]
    proposals = [
        propose(
            actor=MAKER,
            kind="merge",
            subject=f"merge:{kept.id}",
            content={"kept": str(kept.id), "other": str(other.id)},
        )
        for kept, other in ((one, two), (two, one))
    ]

    results = at_once(*(lambda row=row: confirm_proposal(actor=CHECKER, proposal_id=row.id) for row in proposals))

    assert codes(results) == ["Proposal", "merged_already"]
    assert ApplicationPlace.objects.exclude(merged_into=None).count() == 1
    assert Place.objects.exclude(merged_into=None).count() == 1


def test_two_workers_screen_different_applications():
    """What one has in hand the other passes by: nobody waits."""
    for _ in range(3):
        sent("business")
    worker = system_actor("worker")

    with transaction.atomic():
        list(Application.objects.select_for_update(no_key=True).order_by("submitted_at")[:2])
        [other] = at_once(lambda: screen_waiting(actor=worker))

    assert other == 1
    assert screen_waiting(actor=worker) == 2
    assert Event.objects.filter(name="application.screened").count() == 3


def test_two_officers_post_overlapping_lists(settings):
    from madoguchi.onboarding.kits import mark_sent

    settings.DEMO = True
    desk = accepted(places=[place_facts(f"課{number}") for number in range(6)])
    for item in Item.objects.filter(service="paypay"):
        approve_item(actor=provider_actor("paypay"), item_id=item.id, starts_on=today())
    orders = list(KitOrder.objects.values_list("id", flat=True))

    results = at_once(
        lambda: mark_sent(actor=MAKER, order_ids=orders, day=today()),
        lambda: mark_sent(actor=CHECKER, order_ids=orders[::-1], day=today()),
    )

    assert sorted(results) == [0, 6]
    assert [row.data["count"] for row in Delivery.objects.filter(event="mail.kit_sent")] == [6]
    assert desk.application.places.count() == 6
