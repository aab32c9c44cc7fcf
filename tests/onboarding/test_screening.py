"""What an officer should look at before accepting an application, each with its rule; many screened at once."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from madoguchi.core.clock import today
from madoguchi.events.models import Event
from madoguchi.onboarding import screening
from madoguchi.onboarding.applications import withdraw_application
from madoguchi.onboarding.models import Application, ApplicationPlace
from madoguchi.onboarding.places import choose_services
from madoguchi.onboarding.screening import Seen, flags, screen_now, screen_waiting
from madoguchi.onboarding.submission import submit_application
from madoguchi.people.access import system_actor
from tests.onboarding.conftest import accepted, filled, linked, place_facts, sent

WORKER = system_actor("worker")


def seen(*, places=(), services=("paypay",), same_number=(), same_places=None, business=None, **more):
    """A shop's application as screening sees it; nothing of the database is asked."""
    application = Application(
        kind="business",
        answers={"business": business or {}},
        decision={"outcome": "eligible", "rules": []} | more.pop("decision", {}),
        submitted_at=more.pop("submitted_at", None),
    )
    items = [
        SimpleNamespace(
            provider_id=f"company-{number}",
            service=SimpleNamespace(instrument=more.get("instrument", "qr")),
            wished_on=more.get("wished_on"),
            is_used_already=more.get("is_used_already", False),
        )
        for number, _ in enumerate(services)
    ]
    return Seen(application, places, items, same_number, same_places or {})


def place(name="豆腐店", **facts):
    return ApplicationPlace(name=name, municipality_id="13204", **facts)


def codes(found):
    return [flag.code for flag in flags(found)]


class TestFlags:
    def test_with_nothing_to_see_there_is_no_flag(self):
        assert codes(seen(places=[place(postal_code="1818555")])) == []

    @pytest.mark.parametrize("outcome", ["not_eligible", "ask_desk"])
    def test_who_earns_no_rewards_may_still_take_payments(self, outcome):
        """P-03: it stops nothing; the rules that decided are named."""
        (flag,) = flags(seen(decision={"outcome": outcome, "rules": ["P-08", "P-09"]}))

        assert (flag.code, flag.rule, flag.stops) == (outcome, "P-08, P-09", False)

    def test_the_same_corporate_number_elsewhere(self):
        (flag,) = flags(seen(same_number=["AAAA-0001", "AAAA-0002"]))

        assert (flag.code, flag.rule, flag.facts) == (
            "corporate_number_elsewhere",
            "J-22",
            {"references": ["AAAA-0001", "AAAA-0002"]},
        )

    def test_the_same_places_elsewhere_are_one_flag_however_many(self):
        places = [place(f"店{number}") for number in range(7)]
        same = {one.id: ["AAAA-0001"] for one in places[1:]}

        (flag,) = flags(seen(places=places, same_places=same))

        assert (flag.code, flag.rule) == ("place_elsewhere", "P-29")
        assert flag.facts == {
            "place": "店1",
            "places": ["店1", "店2", "店3", "店4", "店5"],
            "count": 6,
            "references": ["AAAA-0001"],
        }

    @pytest.mark.parametrize(
        ("contracts", "payouts", "companies", "expected"),
        [(2, 0, 1, True), (0, 2, 1, True), (2, 0, 2, False), (1, 1, 1, False), (None, None, 1, False), (3, 0, 2, True)],
    )
    def test_further_card_companies_have_to_be_applied_to(self, contracts, payouts, companies, expected):
        """P-22: two contracts, or two payouts a month, are the sign; an unregistered company gives no reward."""
        told = {"card_contracts": contracts, "card_payouts_per_month": payouts}
        found = seen(business=told, services=range(companies), instrument="credit")

        assert ("card_companies_missing" in codes(found)) is expected

    def test_codes_are_no_cards(self):
        assert codes(seen(business={"card_contracts": 5}, instrument="qr")) == []

    def test_a_postal_code_of_another_town(self):
        """P-28."""
        found = seen(places=[place("一", postal_code="1818555"), place("二", postal_code="6008216")])

        (flag,) = flags(found)

        assert (flag.code, flag.rule, flag.facts["places"]) == ("postal_code_differs", "P-28", ["二"])

    def test_what_moves_or_is_on_line_is_not_on_the_map_one_flag_for_each_class(self):
        found = seen(places=[place(place_class=one) for one in ("mobile", "fixed", "ec", "mobile")])

        assert [(flag.code, flag.facts["place_class"], flag.facts["count"]) for flag in flags(found)] == [
            ("not_on_map", "mobile", 2),
            ("not_on_map", "ec", 1),
        ]

    @pytest.mark.parametrize(("days", "expected"), [(24, True), (25, False)])
    def test_whoever_wishes_for_an_early_day_may_begin_later(self, clock, days, expected):
        """P-26: complete by 6 September for 1 October."""
        found = seen(submitted_at=clock.at, wished_on=today() + timedelta(days=days))

        assert ("start_may_be_late" in codes(found)) is expected

    def test_a_service_that_is_used_there_already(self, clock):
        """J-23: whether old terms stay is the provider's word."""
        assert codes(seen(submitted_at=clock.at, is_used_already=True)) == ["used_already"]

    def test_without_a_service_it_cannot_be_accepted_and_that_comes_first(self):
        found = flags(seen(services=(), decision={"outcome": "ask_desk"}))

        assert [(flag.code, flag.stops) for flag in found] == [("no_services", True), ("ask_desk", False)]


@pytest.mark.django_db
@pytest.mark.usefixtures("towns", "clock")
class TestOthers:
    def screened(self, desk):
        screen_waiting(actor=WORKER)
        return {flag["code"]: flag["facts"] for flag in desk.again().flags}

    def test_another_shop_with_the_same_number_and_place_is_named(self):
        first, second = sent("business"), sent("business")

        found = self.screened(second)

        assert found["corporate_number_elsewhere"]["references"] == [first.application.reference]
        assert found["place_elsewhere"]["references"] == [first.application.reference]

    def test_one_that_was_withdrawn_is_not(self):
        first, second = sent("business"), sent("business")
        withdraw_application(actor=first.actor, application_id=first.application.id)

        assert set(self.screened(second)) & {"corporate_number_elsewhere", "place_elsewhere"} == set()

    def test_what_the_same_applicant_added_is_not(self):
        """J-21: not from the first to its second, nor back, nor between a second and a third."""
        first = accepted("business", places=[place_facts("豆腐店", services=frozenset({"paypay"}))])
        second, third = linked(first, "more_services"), linked(first, "more_services")
        fourth = linked(second, "more_services")
        for desk, service in ((second, "au_pay"), (third, "line_pay"), (fourth, "merpay")):
            choose_services(actor=desk.actor, application_id=desk.application.id, services={service})
            submit_application(actor=desk.actor, application_id=desk.application.id)
        Application.objects.update(screened_at=None, state="submitted")
        screen_waiting(actor=WORKER)

        for desk in (first, second, third, fourth):
            found = {flag["code"] for flag in desk.again().flags}
            assert found & {"corporate_number_elsewhere", "place_elsewhere"} == set()

    def test_a_managers_facility_in_the_towns_own_list_is_not(self):
        """J-28."""
        town = sent()
        manager = filled("designated_manager")
        Application.objects.filter(id=manager.application.id).update(
            linked_to=town.application, link_kind="designated_manager"
        )
        submit_application(actor=manager.actor, application_id=manager.application.id)

        assert "place_elsewhere" not in self.screened(manager)


@pytest.mark.django_db
@pytest.mark.usefixtures("towns", "clock")
class TestWaiting:
    def test_each_is_screened_once_the_oldest_first(self, clock):
        first = sent("business")
        clock.move(hours=1)
        second = sent("business")

        assert screen_waiting(actor=WORKER, limit=1) == 1
        assert (first.again().screened_at, second.again().screened_at) == (clock.at, None)
        assert screen_waiting(actor=WORKER) == 1
        assert screen_waiting(actor=WORKER) == 0
        assert Event.objects.filter(name="application.screened").count() == 2

    def test_drafts_and_what_is_decided_are_left_alone(self):
        filled()
        accepted("business")
        Application.objects.update(screened_at=None)

        assert screen_waiting(actor=WORKER) == 0

    def test_screening_saves_nothing_but_what_it_found(self):
        desk = sent("business")
        before = Application.objects.filter(id=desk.application.id).values().get()

        screen_waiting(actor=WORKER)

        after = Application.objects.filter(id=desk.application.id).values().get()
        assert {name for name in after if after[name] != before[name]} <= {"flags", "screened_at"}

    def test_one_that_nobody_foresaw_is_left_to_a_person_and_stops_no_other(self, monkeypatch):
        broken, good = sent("business"), sent("business")
        judge = screening.flags

        def fail(found):
            if found.application.id == broken.application.id:
                raise KeyError("instrument")
            return judge(found)

        monkeypatch.setattr(screening, "flags", fail)

        assert screen_waiting(actor=WORKER) == 2
        assert [flag["code"] for flag in broken.again().flags] == ["not_screened"]
        assert "corporate_number_elsewhere" in [flag["code"] for flag in good.again().flags]

    def test_the_queries_do_not_grow_with_the_applications(self):
        def queries(count):
            for _ in range(count):
                sent("business")
            with CaptureQueriesContext(connection) as caught:
                assert screen_waiting(actor=WORKER) == count
            return len(caught)

        assert queries(12) == queries(3)

    def test_so_many_at_a_time_that_their_places_fit_into_memory(self, monkeypatch):
        monkeypatch.setattr(screening, "PLACES_AT_ONCE", 3)
        portions = []
        look = screening.look
        monkeypatch.setattr(screening, "look", lambda some: portions.append(len(some)) or look(some))
        for count in (2, 1, 1, 5):
            sent("business", places=[place_facts(f"店{number}") for number in range(count)])

        assert screen_waiting(actor=WORKER) == 4
        assert portions == [2, 1, 1]

    def test_one_looked_at_by_hand_is_screened_only_if_it_was_not(self, clock):
        desk = sent("business")
        screen_waiting(actor=WORKER)
        first = desk.again().screened_at
        clock.move(hours=1)

        screen_now(desk.application)

        assert desk.again().screened_at == first


def test_the_wish_for_a_day_before_the_epoch_is_early_too(clock):
    assert "start_may_be_late" in codes(seen(submitted_at=clock.at, wished_on=date(1, 1, 1)))
