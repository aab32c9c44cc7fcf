"""A till that lost its connection: what it kept is taken in once, and what cannot be is given back with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from madoguchi.core.clock import today
from madoguchi.counter.models import Order
from madoguchi.counter.queries import offers_at
from madoguchi.people.models import User
from madoguchi.registry.models import Place
from tests.conftest import Clock
from tests.web.conftest import Counter, People

Browse = Callable[[User | None], Client]


@pytest.fixture
def kept(museum: Place, clock: Clock) -> Callable[..., dict[str, Any]]:
    """An order as the till's script keeps it."""
    adult = next(offer for offer in offers_at(museum, today()) if offer.code == "adult")

    def made(key: str = "k-1", **changes: Any) -> dict[str, Any]:
        order = {
            "client_key": key,
            "taken_at": clock().isoformat(),
            "lines": [{"item": str(adult.item_id), "quantity": 2, "unit_yen": 1_000, "name": adult.name}],
            "tender": "cash",
            "given_yen": 5_000,
            "service": "",
            "case_reference": "",
            "payer_name": "",
        }
        return {**order, **changes}

    return made


def send(client: Client, place: Place, body: object) -> Any:
    address = reverse("till:offline", args=[place.id])
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(address, text, content_type="application/json", headers={"accept": "application/json"})


def answers(client: Client, place: Place, *orders: dict[str, Any]) -> list[dict[str, Any]]:
    response = send(client, place, list(orders))
    assert response.status_code == 200, response.text
    return response.json()["orders"]


def test_a_kept_cash_order_is_paid_at_the_time_it_was_taken(till: Client, museum: Place, kept, clock: Clock):
    order = kept()
    taken_at = clock()
    clock.move(minutes=40)

    (answer,) = answers(till, museum, order)

    found = Order.objects.get()
    assert answer == {"client_key": "k-1", "state": "paid", "number": found.number}
    assert (found.paid_at, found.cash_given_yen, found.was_offline) == (taken_at, 5_000, True)


def test_sending_twice_is_one_order_and_the_same_answer(till: Client, museum: Place, kept):
    first, second = (answers(till, museum, kept("a"), kept("b")) for _ in range(2))

    assert first == second
    assert Order.objects.count() == 2


def test_paid_by_the_printed_code_waits_for_its_notice(till: Client, museum: Place, kept, counter: Counter):
    """J-25: seen on the customer's screen, matched when the notice comes."""
    (answer,) = answers(till, museum, kept(tender="service", service="paypay", given_yen=None))
    assert answer["state"] == "seen"

    counter.notice(Order.objects.get())

    assert Order.objects.get().state == "paid"


def test_a_notice_that_came_before_the_order_is_matched_at_once(
    till: Client, museum: Place, kept, counter: Counter, clock: Clock
):
    """The customer's line was up while the till's was down; they paid four minutes after the items were picked."""
    order = kept(tender="service", service="paypay", given_yen=None)
    clock.move(minutes=4)
    payment = counter.notice(counter.order(3), 2_000)
    assert payment.order_id is None
    order["seen_at"] = clock().isoformat()
    clock.move(minutes=20)

    (answer,) = answers(till, museum, order)

    assert answer["state"] == "paid"


def test_an_order_the_server_already_has_is_finished_not_doubled(till: Client, museum: Place, kept, counter: Counter):
    """The line was lost while the code was on the screen; the customer then paid cash."""
    open_order = counter.order(2, client_key="k-9")

    (answer,) = answers(till, museum, kept("k-9"))

    open_order.refresh_from_db()
    assert answer["number"] == open_order.number
    assert (open_order.state, open_order.tender) == ("paid", "cash")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"given_yen": 1_999}, "cash_short"),
        ({"given_yen": None}, "cash_short"),
        ({"given_yen": "plenty"}, "amount_wrong"),
        ({"tender": "shells"}, "service_unknown"),
        ({"tender": "service", "service": "nowhere_pay"}, "service_unknown"),
        ({"taken_at": "yesterday"}, "taken_at_wrong"),
        ({"taken_at": "2026-11-20T10:30:00"}, "taken_at_wrong"),
        ({"taken_at": "2031-01-01T00:00:00Z"}, "taken_at_wrong"),
        ({"lines": []}, "order_empty"),
        ({"lines": None}, "order_too_large"),
        ({"lines": [{"item": "x"}]}, "quantity_wrong"),
        ({"client_key": ""}, "order_unknown"),
        ({"client_key": "k" * 65}, "order_unknown"),
    ],
)
def test_what_cannot_be_taken_in_comes_back_with_its_reason(
    till: Client, museum: Place, kept, changes: dict[str, Any], code: str
):
    (answer,) = answers(till, museum, kept(**changes))

    assert answer["error"]["code"] == code
    assert answer["error"]["message"]
    assert not Order.objects.exists()


def test_a_price_the_till_showed_wrongly_is_refused(till: Client, museum: Place, kept):
    order = kept()
    order["lines"][0]["unit_yen"] = 900

    (answer,) = answers(till, museum, order)

    assert answer["error"]["code"] == "price_changed"
    assert "¥1,000" in answer["error"]["message"]


def test_a_bad_order_does_not_hold_up_the_good_ones(till: Client, museum: Place, kept):
    found = answers(till, museum, kept("a"), kept("b", given_yen=1), kept("c"))

    assert [row["client_key"] for row in found] == ["a", "b", "c"]
    assert ["state" in row for row in found] == [True, False, True]
    assert Order.objects.count() == 2


@pytest.mark.parametrize("body", ["", "{", "{}", "null", json.dumps([{}] * 201)])
def test_what_is_no_list_of_orders_is_turned_away_whole(till: Client, museum: Place, body: str):
    assert send(till, museum, body).status_code == 400


def test_rows_that_are_no_orders_are_answered_one_by_one(till: Client, museum: Place):
    found = answers(till, museum, *["order", None, 3])  # type: ignore[list-item]

    assert [row["error"]["code"] for row in found] == ["order_unknown"] * 3


def test_only_the_places_own_clerk_may_send(browse: Browse, people: People, museum: Place, post_office: Place, kept):
    assert send(browse(people.clerk_at(post_office)), museum, [kept()]).status_code == 403
    assert send(browse(None), museum, [kept()]).headers["Location"].startswith("/sign-in/")
    assert not Order.objects.exists()


def test_a_foreign_site_cannot_send(people: People, museum: Place, kept):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people.clerk_at(museum))

    assert send(strict, museum, [kept()]).status_code == 403


def test_a_kept_order_from_before_midnight_counts_on_the_day_it_is_sent(
    till: Client, museum: Place, kept, clock: Clock
):
    """Yesterday's till may be closed and its cash handed over; the order's own time is kept beside."""
    order = kept()
    clock.move(days=1)

    answers(till, museum, order)

    found = Order.objects.get()
    assert found.till_day.day == clock().date()
    assert clock() - found.opened_at == timedelta(days=1)


def test_the_heartbeat_tells_a_session_that_ended_from_a_line_that_is_down(browse: Browse, till: Client):
    assert till.get("/till/ping/").status_code == 204
    assert browse(None).get("/till/ping/").status_code == 302


def test_the_worker_may_look_after_the_whole_till(till: Client):
    if finders.find("dist/till-worker.js") is None:
        pytest.skip("the scripts are not built; run `npm run build`")

    answer = till.get("/till/worker.js")

    assert answer.headers["Service-Worker-Allowed"] == "/till/"
    assert answer.headers["Content-Type"].startswith("text/javascript")
