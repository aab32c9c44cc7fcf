"""Every route as every role: deny by default, and nobody reads or does what is not theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from madoguchi.core.clock import now, today
from madoguchi.counter.models import FeeItem, TillDay
from madoguchi.events.models import Delivery
from madoguchi.onboarding.models import Plan
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Payment
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.people.models import User
from madoguchi.registry.models import SigningKey, StoreCode
from madoguchi.settlement.actions import add_netting_rule
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.deposits import import_deposits
from madoguchi.settlement.models import Deposit, DepositFile, Payout
from tests.web.applicants import applicant_things
from tests.web.campaign_things import campaign_things
from tests.web.map_things import map_things
from tests.web.office_desk import office_things
from tests.web.open_data_things import open_data_things
from tests.web.permissions import API, PEOPLE, ROUTES
from tests.web.provider_desk import inbox_things, reward_things

pytestmark = pytest.mark.django_db


@dataclass
class Things:
    """One of everything a route can name: all of it Tomioka's, made at the Silk Mill, paid with PayPay."""

    keywords: dict[str, dict[str, Any]]

    def address(self, route: str) -> str:
        return reverse(route, kwargs=self.keywords.get(route) or self.guess(route))

    def guess(self, route: str) -> dict[str, Any]:
        names = PARAMETERS[route]
        return {name: self.keywords["*"][name] for name in names}


def patterns(resolver: Any = None, namespace: str = "") -> dict[str, set[str]]:
    """Every named route with the names of its parameters."""
    found: dict[str, set[str]] = {}
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            found |= patterns(each, f"{each.namespace}:" if each.namespace else namespace)
        elif isinstance(each, URLPattern):
            found[f"{namespace}{each.name}"] = set(each.pattern.regex.groupindex)
    return found


PARAMETERS = patterns()


@pytest.fixture
def things(  # each is a fixture
    clock: Any, towns: Any, mill: Any, mill_clerk: Any, order_at: Any, settings: Any, tmp_path: Path
) -> Things:
    settings.VAR = tmp_path
    paypay, system = provider_actor("paypay"), system_actor("test")
    code = StoreCode.objects.get(place=mill)
    order = order_at(mill, mill_clerk, adult=1)
    notices = [
        PaymentNotice("r1", "paypay", code.store_id, 1000, now()),
        PaymentNotice("r2", "paypay", code.store_id, 70, now()),
    ]
    receive_payments(actor=paypay, provider="paypay", notices=notices)
    clock.move(days=60)
    close_until(actor=system, until=today() - timedelta(days=1))
    add_netting_rule(actor=system, principal_id=mill.operator_id, number="1", in_force_on=date(2020, 1, 1))
    rows = b"date,payer,amount\n2026-12-20,nobody,5\nbroken,row,x\n"
    import_deposits(actor=system, principal_id=mill.operator_id, name="d.csv", content=rows)
    delivery = Delivery.objects.create(
        destination="paypay",
        event="place.changed",
        subject="x",
        data={},
        state="given_up",
        created_at=now(),
        next_at=now(),
    )
    plan = Plan.objects.create(
        provider_id="paypay", name="plan", starts_on=date(2026, 1, 1), payout_cycle="day", payouts_per_month=30
    )
    shared = {
        "place_id": mill.id,
        "code_id": code.id,
        "order_id": order.id,
        "payment_id": Payment.objects.get(reference="r1").id,
        "payout_id": Payout.objects.get().id,
        "file_id": DepositFile.objects.get().id,
        "deposit_id": Deposit.objects.get().id,
        "till_day_id": TillDay.objects.get().id,
        "item_id": FeeItem.objects.get(principal=mill.operator_id, code="adult").id,
        "delivery_id": delivery.id,
        "key_id": SigningKey.objects.get(organisation=mill.operator_id).key_id,
        "day": "2026-11-20",
        "kind": "csv",
        "plan_id": plan.id,
    }
    stray = {"payment_id": Payment.objects.get(reference="r2").id}
    unmatched = ("town:clear", "town:assign", "town:book", "town:refund")
    return Things(
        {
            "*": shared,
            **dict.fromkeys(unmatched, stray),
            **map_things(),
            **office_things(),
            **inbox_things(),
            **applicant_things(),
            **of_campaigns(),
            **reward_things(),
            **open_data_things(),
            "figures:figure": {"dataset": "places-by-municipality"},
            "figures:prefecture": {"dataset": "places-by-municipality", "prefecture": "10"},
            "guide:poster_file": {"slug": "fraud", "language": "ja", "kind": "pdf"},
            "guide:question": {"slug": "lost-card"},
            **{route: {"code": "week"} for route in ("api:get_campaign", "api:post_reward")},
            "services:service": {"code": "suica"},
        }
    )


def of_campaigns() -> dict[str, dict[str, Any]]:
    """What the routes of campaigns name, whose `code` and `kind` are not those of others."""
    made = campaign_things()
    rooms = ("campaigns:", "campaign_pages:")
    return {
        route: {name: made[name] for name in names}
        for route, names in PARAMETERS.items()
        if route.startswith(rooms) and names
    }


def outcome(client: Client, method: str, address: str) -> str:
    """`may`, `may not`, or `-` where the route does not know the method."""
    response = getattr(client, method)(address)
    if response.status_code == 405:
        return "-"
    sent_away = response.status_code == 302 and "/sign-in/" in response["Location"]
    return "may not" if sent_away or response.status_code in {401, 403, 404} else "may"


def test_every_route_is_in_the_table() -> None:
    """A new route is a decision about who may use it."""
    assert set(PARAMETERS) - {"api:api-root"} == set(ROUTES) | set(API)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_each_role_may_use_a_route_as_the_table_says(route: str, things: Things, settings: Any) -> None:
    settings.DEMO = True
    address = things.address(route)
    told: dict[str, dict[str, str]] = {"get": {}, "post": {}}
    for letter, username in PEOPLE.items():
        client = Client()
        if username:
            client.force_login(User.objects.get(username=username))
        for method, answers in told.items():
            answers[letter] = outcome(client, method, address)

    assert {method: who(answers) for method, answers in told.items()} == dict(zip(told, ROUTES[route], strict=True))


def who(answers: dict[str, str]) -> str:
    """The letters of those who may; `-` if nobody can because the route does not know the method."""
    if set(answers.values()) <= {"-", "may not"} and "-" in answers.values():
        return "-"
    return "".join(letter for letter, answer in answers.items() if answer == "may")


@pytest.mark.parametrize("route", sorted(API))
def test_a_session_opens_nothing_of_the_provider_api(route: str, things: Things) -> None:
    """Only a signature does; being signed in as a provider's staff is not enough."""
    client = Client()
    client.force_login(User.objects.get(username="provider-paypay"))
    address = things.address(route)

    assert getattr(client, API[route])(address, content_type="application/json").status_code == 401
