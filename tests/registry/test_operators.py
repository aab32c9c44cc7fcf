"""Operators' digits: by the day, by one service at a time, entered by the office alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from madoguchi.core.clock import today
from madoguchi.events.models import Event
from madoguchi.people.access import system_actor
from madoguchi.registry.demo import DEMO_SERVICES, set_up_demo
from madoguchi.registry.models import Enrolment, OperatorCode, Service, StoreCode
from madoguchi.registry.operators import (
    add_operator_code,
    end_operator_code,
    operator_code_of,
    service_of_operator,
    takes_shown_codes,
)
from tests.conftest import actor_named, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("towns", "clock")]
OFFICE = system_actor("test")
DAY = date(2026, 11, 20)


def add(code: str = "4711", service: str = "paypay", starts_on: date = DAY, **facts: object) -> OperatorCode:
    row = Service.objects.get(code=service)
    return add_operator_code(**{"actor": OFFICE, "code": code, "service": row, "starts_on": starts_on, **facts})


def snapshot() -> tuple[object, ...]:
    return sorted(OperatorCode.objects.values_list()), Event.objects.count()


def test_from_its_day_on_the_digits_stand_for_the_service():
    add()

    assert service_of_operator("4711", DAY).code == "paypay"
    assert service_of_operator("4711", DAY - timedelta(days=1)) is None
    assert service_of_operator("471", DAY) is None
    assert Event.objects.get(name="operator_code.added", facts__code="4711").subject == "service:paypay"


def test_ended_they_stand_for_it_on_the_last_day_and_then_for_another():
    add()
    end_operator_code(actor=OFFICE, code="4711", ends_on=DAY)

    add(service="au_pay", starts_on=DAY + timedelta(days=1))

    assert service_of_operator("4711", DAY).code == "paypay"
    assert service_of_operator("4711", DAY + timedelta(days=1)).code == "au_pay"
    assert Event.objects.get(name="operator_code.ended").facts == {"code": "4711", "ends_on": "2026-11-20"}


def test_a_service_may_have_several_and_makes_codes_under_the_latest():
    add("4711")
    add("4712", starts_on=DAY + timedelta(days=1))

    assert operator_code_of("paypay", DAY) == "4711"
    assert operator_code_of("paypay", DAY + timedelta(days=1)) == "4712"
    assert service_of_operator("4711", DAY + timedelta(days=1)).code == "paypay"
    assert operator_code_of("quo_card_pay", DAY) == ""


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2026, 11, 20), None),
        (date(2026, 11, 1), None),
        (date(2026, 11, 30), date(2026, 12, 31)),
        (date(2026, 10, 1), date(2026, 11, 20)),
    ],
)
def test_on_no_day_do_the_same_digits_stand_for_two_services(starts_on, ends_on):
    add(ends_on=date(2026, 11, 30))
    before = snapshot()

    with refused("operator_code_taken", service="PayPay"):
        add(service="au_pay", starts_on=starts_on, ends_on=ends_on)

    assert snapshot() == before


@pytest.mark.parametrize(("starts_on", "ends_on"), [(date(2026, 12, 1), None), (date(2026, 10, 1), date(2026, 11, 19))])
def test_before_and_after_they_are_free(starts_on, ends_on):
    add(ends_on=date(2026, 11, 30))

    assert add(service="au_pay", starts_on=starts_on, ends_on=ends_on).ends_on == ends_on


@pytest.mark.parametrize("code", ["", "A000", "４７１１", "12 34", "1" * 33])
def test_only_up_to_32_digits_are_taken(code):
    before = snapshot()

    with refused("operator_code_wrong", field="code"):
        add(code)

    assert snapshot() == before


def test_a_period_ends_after_it_begins():
    with refused("period_wrong", field="ends_on"):
        add(ends_on=DAY - timedelta(days=1))
    add()
    with refused("period_wrong", field="ends_on"):
        end_operator_code(actor=OFFICE, code="4711", ends_on=DAY - timedelta(days=1))


def test_what_is_unknown_or_over_cannot_be_ended():
    with refused("operator_code_unknown", operator="4711"):
        end_operator_code(actor=OFFICE, code="4711", ends_on=DAY)
    add(ends_on=DAY)
    with refused("operator_code_unknown"):
        end_operator_code(actor=OFFICE, code="4711", ends_on=DAY + timedelta(days=1))


@pytest.mark.parametrize(
    "username", ["admin-tomioka", "accountant-tomioka", "clerk-mill", "provider-paypay", "auditor"]
)
def test_only_the_office_adds_and_ends(username):
    add("4712")
    before, actor = snapshot(), actor_named(username)

    with refused("not_allowed", permission="office.write"):
        add(actor=actor)
    with refused("not_allowed", permission="office.write"):
        end_operator_code(actor=actor, code="4712", ends_on=DAY)

    assert snapshot() == before
    assert add("4713", actor=actor_named("programme-office")).code == "4713"


def test_a_counter_reads_codes_if_one_of_its_services_has_digits(mill):
    code = StoreCode.objects.get(place=mill)
    assert takes_shown_codes(code.id, today())

    Enrolment.objects.filter(code=code).update(ends_on=today() - timedelta(days=1))
    assert not takes_shown_codes(code.id, today())


def test_the_demos_services_have_digits_of_our_own_range_marked_as_such():
    rows = OperatorCode.objects.all()

    assert {row.service_id for row in rows} == set(DEMO_SERVICES)
    assert all(row.is_demo and row.code.startswith("99999") for row in rows)


def test_a_demo_set_up_before_there_were_any_gets_them_once():
    OperatorCode.objects.all().delete()

    for _ in range(2):
        set_up_demo(OFFICE, webhook_base_url="http://127.0.0.1:9")

    assert OperatorCode.objects.count() == 3
