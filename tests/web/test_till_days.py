"""A till's day: change money, the count, over and short, the report."""

from __future__ import annotations

from collections.abc import Callable

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.counter.actions import mark_seen, return_cash, take_cash
from madoguchi.counter.closing import close_day, set_float
from madoguchi.counter.models import TillDay
from madoguchi.payments.queries import service_lines
from madoguchi.payments.refunds import request_refund
from madoguchi.people.models import User
from madoguchi.registry.models import Place
from tests.conftest import Clock
from tests.web.conftest import Counter, People

Browse = Callable[[User | None], Client]
DAY = "2026-11-20"


def close_page(place: Place) -> str:
    return reverse("till:close", args=[place.id])


def report_page(place: Place) -> str:
    return reverse("till:report", args=[place.id, DAY])


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text


@pytest.fixture
def cash_taken(counter: Counter) -> None:
    """¥10,000 of change money, ¥3,000 taken in cash, ¥1,000 of it given back."""
    set_float(actor=counter.actor, place_id=counter.place.id, float_yen=10_000)
    take_cash(actor=counter.actor, order_id=counter.order(2).id, given_yen=2_000)
    back = take_cash(actor=counter.actor, order_id=counter.order().id, given_yen=1_000)
    return_cash(actor=counter.actor, order_id=back.id, reason="wrong item")


def test_the_change_money_is_noted(till: Client, museum: Place):
    answer = till.post(reverse("till:float", args=[museum.id]), {"float_yen": "10,000"}, follow=True)

    assert TillDay.objects.get().float_yen == 10_000
    assert "The change money is noted." in answer.text


@pytest.mark.parametrize("typed", ["", "-5", "lots"])
def test_wrong_change_money_is_told(till: Client, museum: Place, typed: str):
    assert till.post(reverse("till:float", args=[museum.id]), {"float_yen": typed}).status_code == 422


def test_before_the_first_order_there_is_nothing_to_close(till: Client, museum: Place):
    assert "There is nothing to close yet." in till.get(close_page(museum)).text


@pytest.mark.usefixtures("cash_taken")
def test_the_page_says_what_should_be_there(till: Client, museum: Place):
    page = till.get(close_page(museum))

    assert page.context["totals"].expected_cash_yen == 12_000
    assert 'data-expected="12000"' in page.text


@pytest.mark.usefixtures("cash_taken")
@pytest.mark.parametrize(
    ("counts", "named"),
    [
        ({"count-10000": "1", "count-1000": "2"}, "Even"),
        ({"count-10000": "1", "count-1000": "2", "count-100": "1"}, "¥100 over"),
        ({"count-10000": "1", "count-500": "3"}, "¥500 short"),
    ],
)
def test_over_and_short_are_named(till: Client, museum: Place, counts: dict[str, str], named: str):
    answer = till.post(close_page(museum), counts)

    assert answer.headers["Location"] == report_page(museum)
    assert named in till.get(report_page(museum)).text


@pytest.mark.usefixtures("cash_taken")
def test_an_untouched_count_does_not_close_the_day(till: Client, museum: Place):
    answer = till.post(close_page(museum), {})

    assert answer.status_code == 422
    assert "Count the cash first." in answer.text
    assert TillDay.objects.get().closed_at is None


@pytest.mark.usefixtures("cash_taken")
def test_a_wrong_count_is_named_and_the_rest_stays(till: Client, museum: Place):
    answer = till.post(close_page(museum), {"count-10000": "1", "count-500": "some"})

    assert answer.status_code == 422
    assert "Enter a whole number." in answer.text
    assert 'value="some"' in answer.text


def test_waiting_orders_block_closing_and_are_linked(till: Client, counter: Counter, museum: Place):
    order = counter.order()

    page = till.get(close_page(museum)).text
    answer = till.post(close_page(museum), {"count-1": "0"})

    assert reverse("till:order", args=[order.id]) in page
    assert "1 order still waits for its payment" in page
    assert answer.status_code == 422
    assert TillDay.objects.get().closed_at is None


def test_closing_twice_shows_the_report(till: Client, counter: Counter, museum: Place):
    counter.paid()

    for _ in range(2):
        assert till.post(close_page(museum), {"count-1": "0"}).headers["Location"] == report_page(museum)


def test_a_closed_day_takes_no_orders_and_says_so(till: Client, counter: Counter, museum: Place):
    counter.paid()
    till.post(close_page(museum), {"count-1": "0"})

    assert "Today was closed at 12:00." in till.get(reverse("till:till", args=[museum.id])).text


def test_a_forgotten_day_is_pointed_out_and_can_be_closed(till: Client, counter: Counter, museum: Place, clock: Clock):
    counter.paid()
    clock.move(days=1)

    page = till.get(reverse("till:till", args=[museum.id])).text
    answer = till.post(f"{close_page(museum)}?day={DAY}", {"count-1": "0"})

    assert "20 Nov 2026 (Fri) was not closed" in page
    assert answer.headers["Location"] == report_page(museum)


# Each service against the orders


def test_a_service_is_even_when_each_payment_has_its_order(counter: Counter):
    order = counter.paid(3)

    (line,) = service_lines(order.till_day)

    assert (line.service.code, line.orders_yen, line.payments_yen) == ("paypay", 3_000, 3_000)
    assert (line.over_yen, line.short_yen) == (0, 0)


def test_over_is_a_payment_without_an_order_and_short_an_order_without_its_notice(counter: Counter, clock: Clock):
    order = counter.paid()
    counter.notice(order, 100)
    clock.move(minutes=1)
    late = counter.order(2)
    mark_seen(actor=counter.actor, order_id=late.id, service_code="paypay")

    (line,) = service_lines(order.till_day)

    assert (line.over_yen, line.short_yen) == (100, 2_000)
    assert line.payments_yen - line.orders_yen == line.over_yen - line.short_yen


def test_a_wrong_amount_that_was_cancelled_leaves_no_trace(counter: Counter):
    """J-29: the day ends even although the customer paid twice."""
    order = counter.order()
    wrong = counter.notice(order, 100)
    request_refund(actor=counter.actor, payment_id=wrong.id, amount_yen=100, reason="wrong", key="k")
    counter.notice(order)

    (line,) = service_lines(order.till_day)

    assert (line.payments_yen, line.over_yen, line.short_yen) == (1_000, 0, 0)


# The report


def test_the_report_is_the_tills_and_the_operators_accountants(
    browse: Browse, people: People, counter: Counter, museum: Place, post_office: Place
):
    counter.paid()

    assert browse(people.clerk_at(museum)).get(report_page(museum)).status_code == 200
    assert browse(people.accountant_of(museum.operator_id)).get(report_page(museum)).status_code == 200
    assert browse(people.clerk_at(post_office)).get(report_page(museum)).status_code == 403
    assert browse(people.accountant_of(post_office.operator_id)).get(report_page(museum)).status_code == 403


def test_a_day_without_a_till_has_no_report(till: Client, museum: Place):
    assert till.get(reverse("till:report", args=[museum.id, "2026-01-01"])).status_code == 422
    assert till.get(reverse("till:report", args=[museum.id, "yesterday"])).status_code == 404


@pytest.mark.usefixtures("cash_taken")
def test_the_printed_report_has_the_count_and_names_the_difference(till: Client, counter: Counter, museum: Place):
    counter.paid()
    till.post(close_page(museum), {"count-10000": "1", "count-500": "3"})

    text = text_of(till.get(reverse("till:report_pdf", args=[museum.id, DAY])).content)

    for words in ("窓口日計表", "富岡製糸場", "2026年11月20日", "¥12,000", "¥500 不足", "PayPay", "過不足なし", "デモ"):
        assert words in text


def test_what_changed_after_closing_is_said_and_the_closed_figures_stay(till: Client, counter: Counter, museum: Place):
    order = counter.order()
    mark_seen(actor=counter.actor, order_id=order.id, service_code="paypay")
    close_day(actor=counter.actor, place_id=museum.id, day=counter.clock().date(), counts={1: 0})
    counter.notice(order)

    page = till.get(report_page(museum))

    assert page.context["report"].changed
    assert "as it was closed" in page.text
    assert page.context["report"].net_yen == 0
