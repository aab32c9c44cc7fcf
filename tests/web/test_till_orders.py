"""An order at the till: waiting, paid, cash, a late notice, a wrong amount, and what the town alone may see."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.counter.actions import mark_seen
from madoguchi.counter.models import Order
from madoguchi.counter.queries import sees_payer
from madoguchi.payments.models import Payment
from madoguchi.people.access import actor_for
from madoguchi.people.models import User
from madoguchi.registry.models import Place
from tests.conftest import Clock
from tests.web.conftest import Counter, People

Browse = Callable[[User | None], Client]


def at(name: str, order: Order) -> str:
    return reverse(f"till:{name}", args=[order.id])


def status(till: Client, order: Order, known: str = "") -> object:
    return till.get(at("status", order), {"known": known}, headers={"hx-request": "true"})


def test_the_amount_is_shown_and_the_page_asks_by_itself(till: Client, counter: Counter):
    order = counter.order(2)

    page = till.get(at("order", order)).text

    assert '<span class="amount">¥2,000</span>' in page
    assert f'hx-get="{at("status", order)}' in page
    assert 'hx-trigger="every 700ms"' in page


def test_nothing_new_is_answered_with_nothing(till: Client, counter: Counter):
    order = counter.order()
    mark = till.get(at("order", order)).context["mark"]

    answer = status(till, order, mark)

    assert (answer.status_code, answer.content) == (204, b"")


def test_asking_costs_the_database_three_queries_beside_the_session(
    till: Client, counter: Counter, django_assert_max_num_queries
):
    """A till asks about every second; session, user and roles take three, order, payments and their refunds three."""
    order = counter.order()
    mark = till.get(at("order", order)).context["mark"]

    with django_assert_max_num_queries(6):
        status(till, order, mark)


def test_the_notice_turns_the_page_to_paid_and_stops_the_asking(till: Client, counter: Counter):
    order = counter.order()
    mark = till.get(at("order", order)).context["mark"]
    counter.notice(order)

    answer = status(till, order, mark)

    assert answer.status_code == 286
    assert "Paid" in answer.text
    assert "PayPay" in answer.text
    assert "12:00" in answer.text
    assert "data-sound-now" in answer.text
    assert "hx-trigger" not in answer.text
    assert at("receipt", order) in answer.text


def test_a_session_that_ended_sends_the_window_to_sign_in_and_back(browse: Browse, counter: Counter):
    order = counter.order()
    visitor = browse(None)

    asked = status(visitor, order)

    assert asked.headers["HX-Redirect"] == f"/sign-in/?next={at('order', order)}"
    assert visitor.get(at("order", order)).headers["Location"] == f"/sign-in/?next={at('order', order)}"


def test_another_places_clerk_sees_nothing(browse: Browse, people: People, post_office: Place, counter: Counter):
    order = counter.order()
    other = browse(people.clerk_at(post_office))

    for name in ("order", "status", "cash", "seen", "abandon", "receipt", "receipt_pdf"):
        assert other.get(at(name, order)).status_code == 403


def test_after_ten_minutes_the_page_asks_less(till: Client, counter: Counter, clock: Clock):
    order = counter.order()
    clock.move(minutes=11)

    assert 'hx-trigger="every 5000ms"' in till.get(at("order", order)).text


# Cash


def test_cash_shows_what_was_given_and_the_change(till: Client, counter: Counter):
    order = counter.order()

    answer = till.post(at("cash", order), {"given_yen": "5,000"}, follow=True)

    order.refresh_from_db()
    assert (order.state, order.tender, order.cash_given_yen) == ("paid", "cash", 5_000)
    assert "¥4,000" in answer.text


@pytest.mark.parametrize(("typed", "word"), [("900", "¥100 short"), ("", "Enter the amount."), ("ten", "whole number")])
def test_wrong_cash_is_told_beside_the_field(till: Client, counter: Counter, typed: str, word: str):
    order = counter.order()

    answer = till.post(at("cash", order), {"given_yen": typed})

    order.refresh_from_db()
    assert (answer.status_code, order.state) == (422, "open")
    assert word in answer.text
    assert f'value="{typed}"' in answer.text or not typed


def test_taking_the_cash_twice_is_taking_it_once(till: Client, counter: Counter):
    order = counter.order()

    for _ in range(2):
        assert till.post(at("cash", order), {"given_yen": "1000"}).headers["Location"] == at("order", order)


def test_cash_is_given_back_with_a_reason(till: Client, counter: Counter):
    order = counter.order()
    till.post(at("cash", order), {"given_yen": "1000"})

    without = till.post(at("return_cash", order), {"choice": "other", "words": " "})
    till.post(at("return_cash", order), {"choice": "other", "words": "came for the library"})

    order.refresh_from_db()
    assert without.status_code == 422
    assert (order.state, order.close_reason) == ("cancelled", "came for the library")
    assert "Give ¥1,000 back in cash." in till.get(at("order", order)).text


def test_an_order_paid_with_a_service_is_not_given_back_in_cash(till: Client, counter: Counter):
    assert till.get(at("return_cash", counter.paid())).status_code == 422


# A late notice (J-25)


def test_a_late_notice_is_recorded_with_its_service_and_matched_when_it_comes(till: Client, counter: Counter):
    order = counter.order()

    page = till.post(at("seen", order), {"service": "paypay"}, follow=True)
    order.refresh_from_db()
    assert order.state == "seen"
    assert "The customer may go" in page.text

    counter.notice(order)
    order.refresh_from_db()
    assert order.state == "paid"


def test_the_service_must_be_chosen(till: Client, counter: Counter):
    order = counter.order()

    assert till.post(at("seen", order), {}).status_code == 422
    assert till.post(at("seen", order), {"service": "cheques"}).status_code == 422
    order.refresh_from_db()
    assert order.state == "open"


def test_an_order_nobody_pays_is_stopped_with_a_reason(till: Client, counter: Counter, museum: Place):
    order = counter.order()

    answer = till.post(at("abandon", order), {"choice": "The customer left", "words": ""})

    order.refresh_from_db()
    assert answer.headers["Location"] == reverse("till:till", args=[museum.id])
    assert (order.state, order.close_reason) == ("abandoned", "The customer left")


# A wrong amount (J-29) and an ambiguous one


def test_a_wrong_amount_appears_under_the_code_with_what_to_do(till: Client, counter: Counter):
    order = counter.order()
    mark = till.get(at("order", order)).context["mark"]
    wrong = counter.notice(order, 100)

    answer = status(till, order, mark)

    assert answer.status_code == 200
    assert "¥100 by PayPay at 12:00" in answer.text
    assert "Ask the customer to pay ¥1,000 again, then cancel the ¥100." in answer.text
    assert reverse("till:refund", args=[wrong.id]) in answer.text


def test_the_wrong_amount_is_still_there_once_the_right_one_is_paid(till: Client, counter: Counter):
    order = counter.order()
    wrong = counter.notice(order, 100)
    counter.notice(order)

    assert reverse("till:refund", args=[wrong.id]) in till.get(at("order", order)).text


def test_a_later_customers_wrong_amount_is_not_shown_with_this_order(till: Client, counter: Counter, clock: Clock):
    order = counter.paid()
    clock.move(minutes=10)
    counter.notice(order, 100)

    assert till.get(at("order", order)).context["strays"] == []


def test_an_ambiguous_payment_is_given_to_the_customer_who_shows_it(till: Client, counter: Counter):
    first, second = counter.order(), counter.order()
    payment = counter.notice(first)
    assert payment.rule == "ambiguous"
    assert (
        "This is our customer&#x27;s" in till.get(at("order", second)).text
        or "This is our customer's" in till.get(at("order", second)).text
    )

    till.post(at("assign", second), {"payment": str(payment.id)})

    payment.refresh_from_db()
    assert (payment.order_id, payment.rule) == (second.id, "by_hand")


def test_a_payment_is_not_given_to_two_orders(till: Client, counter: Counter):
    first, second = counter.order(), counter.order()
    payment = counter.notice(first)
    till.post(at("assign", second), {"payment": str(payment.id)})

    again = till.post(at("assign", first), {"payment": str(payment.id)})

    assert again.status_code == 422
    assert till.post(at("assign", first), {"payment": "nonsense"}).status_code == 404


# For a visit (J-19)


def visit(counter: Counter) -> Order:
    return counter.order(code="residence", case_reference="V-2026-17", payer_name="山田花子")


def test_the_towns_own_clerk_sees_whom_an_order_is_for(till: Client, counter: Counter):
    order = counter.order(case_reference="V-2026-17", payer_name="山田花子")

    page = till.get(at("order", order)).text

    assert "V-2026-17" in page
    assert "山田花子" in page


def test_a_post_offices_clerk_writes_it_but_does_not_see_it_again(
    browse: Browse, people: People, post_office: Place, post_counter: Counter, village_id: UUID
):
    """J-19: seen only by the town, on the page, in the part that changes, in the list and on the receipt."""
    order = visit(post_counter)
    client = browse(people.clerk_at(post_office))
    post_counter.notice(order)

    pages = [
        at("order", order),
        at("status", order),
        at("receipt", order),
        reverse("till:orders", args=[post_office.id]),
    ]
    for page in pages:
        text = client.get(page).text
        assert "V-2026-17" not in text
        assert "山田花子" not in text
    order.refresh_from_db()
    assert order.payer_name == "山田花子"
    assert sees_payer(actor_for(people.accountant_of(village_id)), order)
    assert not sees_payer(actor_for(people.accountant_of(post_office.operator_id)), order)


# Today's list, and what waits for a person


def test_the_days_list_has_each_order_with_its_state_and_sum(till: Client, counter: Counter, museum: Place):
    counter.paid(2)
    counter.order()

    page = till.get(reverse("till:orders", args=[museum.id]))

    assert "20261120-0001" in page.text
    assert "Waiting for payment" in page.text
    assert (page.context["paid_orders"], page.context["paid_yen"]) == (1, 2_000)


def test_an_empty_list_says_what_will_be_here(till: Client, museum: Place):
    page = till.get(reverse("till:orders", args=[museum.id]), {"day": "2026-11-19"}).text

    assert "No orders on 19 Nov 2026 (Thu)." in page


def test_what_matches_nothing_lands_in_a_list_that_a_person_clears(till: Client, counter: Counter, museum: Place):
    order = counter.order()
    wrong = counter.notice(order, 100)
    mark_seen(actor=counter.actor, order_id=order.id, service_code="paypay")

    page = till.get(reverse("till:unmatched", args=[museum.id])).text

    assert "¥100" in page
    assert reverse("till:refund", args=[wrong.id]) in page
    assert "It can be caught until" in page
    assert order.number in page


def test_the_list_offers_the_orders_that_fit(till: Client, counter: Counter, museum: Place):
    first, second = counter.order(), counter.order()
    payment = counter.notice(first)
    address = reverse("till:unmatched", args=[museum.id])
    assert "It is for order 20261120-0002" in till.get(address).text

    till.post(at("assign", second), {"payment": str(payment.id)})

    assert "Every payment has its order." in till.get(address).text
    assert Payment.objects.get(id=payment.id).order_id == second.id
