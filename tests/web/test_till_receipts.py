"""Receipts, as a page and on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.core.errors import Refusal
from madoguchi.counter.actions import return_cash, take_cash
from madoguchi.counter.models import Order
from madoguchi.counter.queries import find_order
from madoguchi.counter.receipts import receipt_of, receipt_pdf
from madoguchi.people.models import User
from madoguchi.registry.models import Place
from tests.web.conftest import Counter, People

Browse = Callable[[User | None], Client]


def page_of(order: Order) -> str:
    return reverse("till:receipt", args=[order.id])


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text


def width_mm(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(pdf)
    width = document[0].get_width()
    document.close()
    return round(width / 72 * 25.4)


def test_the_page_has_payee_place_items_service_time_and_number(till: Client, counter: Counter):
    page = till.get(page_of(counter.paid(2))).text

    for words in ("Tomioka City, Gunma", "Tomioka Silk Mill", "Admission, adult", "¥1,000 × 2", "¥2,000", "PayPay"):
        assert words in page
    assert "20 Nov 2026 (Fri) 12:00" in page
    assert "20261120-0001" in page
    assert "DEMO" in page


@pytest.mark.parametrize(("paper", "width"), [("roll", 80), ("a4", 210), ("papyrus", 80)])
def test_the_pdf_says_the_same_in_japanese(till: Client, counter: Counter, paper: str, width: int):
    order = counter.paid(2)

    pdf = till.get(reverse("till:receipt_pdf", args=[order.id]), {"paper": paper}).content

    text = text_of(pdf)
    for words in ("領収書", "群馬県富岡市", "富岡製糸場", "観覧料 一般", "¥2,000", "PayPay", "2026年11月20日", "DEMO"):
        assert words in text
    assert order.number in text
    assert width_mm(pdf) == width


def test_cash_shows_what_was_given_and_the_change(till: Client, counter: Counter):
    order = take_cash(actor=counter.actor, order_id=counter.order().id, given_yen=5_000)

    page = till.get(page_of(order)).text
    text = text_of(till.get(reverse("till:receipt_pdf", args=[order.id])).content)

    assert "¥5,000" in page
    assert "¥4,000" in page
    assert "お釣り" in text
    assert "¥4,000" in text


def test_an_agents_receipt_names_the_principal_first(
    browse: Browse, people: People, post_office: Place, post_counter: Counter
):
    """H-24: the fee is the village's; the post office took it for the village."""
    order = post_counter.paid(code="residence")
    client = browse(people.clerk_at(post_office))

    page = client.get(page_of(order)).text
    text = text_of(client.get(reverse("till:receipt_pdf", args=[order.id])).content)

    assert "Taken by Post office operator (Yasuoka, demo) for Yasuoka Village, Nagano" in page
    assert "長野県泰阜村" in text
    assert "取扱：郵便局（泰阜村・デモ）" in text


def test_an_own_receipt_names_no_agent(clerk, counter: Counter):
    assert receipt_of(find_order(clerk, counter.paid().id)).agent == ""


def test_a_cancelled_orders_receipt_is_void(till: Client, counter: Counter):
    order = take_cash(actor=counter.actor, order_id=counter.order().id, given_yen=1_000)
    return_cash(actor=counter.actor, order_id=order.id, reason="wrong item")

    page = till.get(page_of(order)).text
    text = text_of(till.get(reverse("till:receipt_pdf", args=[order.id])).content)

    assert "this receipt is void" in page
    assert "取消済み" in text
    assert "この領収書は無効です" in text


def test_there_is_no_receipt_before_the_money(till: Client, counter: Counter, clerk):
    order = counter.order()

    assert till.get(page_of(order)).status_code == 422
    assert till.get(reverse("till:receipt_pdf", args=[order.id])).status_code == 422
    with pytest.raises(Refusal, match="receipt_not_ready"):
        receipt_of(find_order(clerk, order.id))


def test_the_principals_accountant_may_print_it_too(browse: Browse, people: People, counter: Counter, museum: Place):
    order = counter.paid()

    assert browse(people.accountant_of(museum.operator_id)).get(page_of(order)).status_code == 200


def test_a_name_that_looks_like_markup_stays_a_name(clerk, counter: Counter):
    receipt = receipt_of(find_order(clerk, counter.paid().id))

    text = text_of(receipt_pdf(replace(receipt, principal="#panic() *太字* $x$")))

    assert "#panic() *太字* $x$" in text
