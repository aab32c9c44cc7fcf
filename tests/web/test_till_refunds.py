"""Cancelling a payment at the till (J-29)."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from madoguchi.events.models import Delivery
from madoguchi.payments.models import Payment, Refund
from madoguchi.payments.refunds import cut_off_of, note_provider_answer, receive_refunds
from madoguchi.payments.rules import RefundNotice
from madoguchi.people.access import provider_actor
from madoguchi.people.models import User
from madoguchi.registry.models import Place
from tests.conftest import Clock
from tests.web.conftest import Counter, People

Browse = Callable[[User | None], Client]
SENT = {"key": "k-1", "choice": "The amount was wrong", "words": ""}


def refund_page(payment: Payment) -> str:
    return reverse("till:refund", args=[payment.id])


def payment_page(payment: Payment) -> str:
    return reverse("till:payment", args=[payment.id])


def wrong_amount(counter: Counter) -> Payment:
    return counter.notice(counter.order(), 100)


def test_the_page_says_until_when_it_can_be_caught(till: Client, counter: Counter):
    payment = wrong_amount(counter)

    page = till.get(refund_page(payment)).text

    assert "It can be caught until 1 Dec 2026 (Tue) 00:00" in page
    assert "¥100" in page


def test_the_request_goes_to_the_provider_once(till: Client, counter: Counter):
    payment = wrong_amount(counter)

    for _ in range(2):
        assert till.post(refund_page(payment), SENT).headers["Location"] == payment_page(payment)

    refund = Refund.objects.get()
    assert (refund.amount_yen, refund.state, refund.reason) == (100, "requested", "The amount was wrong")
    assert Delivery.objects.filter(subject=str(refund.id)).count() == 1
    assert "Refund requested" in till.get(payment_page(payment)).text


def test_a_reason_is_needed_and_what_was_written_stays(till: Client, counter: Counter):
    payment = wrong_amount(counter)

    answer = till.post(refund_page(payment), {"key": "k-1", "words": "three zeros missing"})

    assert answer.status_code == 422
    assert "Choose a reason." in answer.text
    assert 'value="three zeros missing"' in answer.text
    assert 'value="k-1"' in answer.text
    assert not Refund.objects.exists()


def test_the_providers_answer_is_told_in_words(till: Client, counter: Counter):
    payment = wrong_amount(counter)
    till.post(refund_page(payment), SENT)
    refund = Refund.objects.get()
    provider = provider_actor("paypay")

    assert "every 3000ms" in till.get(payment_page(payment)).text
    note_provider_answer(actor=provider, refund_id=refund.id, accepted=True, answer="ok")
    assert "Refund accepted" in till.get(payment_page(payment), headers={"hx-request": "true"}).text
    told = RefundNotice("f-1", payment.reference, 100, counter.clock(), refund.id)
    receive_refunds(actor=provider, provider="paypay", notices=[told])
    page = till.get(payment_page(payment), headers={"hx-request": "true"}).text
    assert "The customer has the money back since" in page
    assert "hx-trigger" not in page


def test_a_refused_refund_leaves_the_order_paid_and_says_so(till: Client, counter: Counter):
    order = counter.paid()
    payment = Payment.objects.get(order=order)
    till.post(refund_page(payment), SENT)
    assert "Refund under way" in till.get(reverse("till:order", args=[order.id])).text

    refund = Refund.objects.get()
    note_provider_answer(actor=provider_actor("paypay"), refund_id=refund.id, accepted=False, answer="closed")

    page = till.get(reverse("till:order", args=[order.id])).text
    assert "The provider refused the refund" in page
    assert "Paid" in page


def test_after_the_cut_off_the_page_says_so_and_a_late_form_changes_nothing(
    till: Client, counter: Counter, clock: Clock
):
    payment = wrong_amount(counter)
    clock.move_to(cut_off_of(payment))

    page = till.get(refund_page(payment))
    answer = till.post(refund_page(payment), SENT)

    assert "Too late: it could be caught until 1 Dec 2026 (Tue) 00:00" in page.text
    assert "<form" not in page.text.split("order-page")[1]
    assert answer.status_code == 422
    assert not Refund.objects.exists()


def test_a_payment_given_back_already_has_nothing_to_cancel(till: Client, counter: Counter):
    payment = wrong_amount(counter)
    till.post(refund_page(payment), SENT)

    assert till.get(refund_page(payment)).headers["Location"] == payment_page(payment)


def test_only_the_till_and_the_accountant_cancel(
    browse: Browse, people: People, counter: Counter, post_office: Place, museum: Place
):
    payment = wrong_amount(counter)
    provider = browse(people.user("provider", provider="paypay"))
    administrator = browse(people.user("town_administrator", organisation_id=museum.operator_id))

    for client in (browse(people.clerk_at(post_office)), provider, administrator):
        assert client.get(refund_page(payment)).status_code == 403
        assert client.post(refund_page(payment), SENT).status_code == 403
    assert browse(people.accountant_of(museum.operator_id)).get(refund_page(payment)).status_code == 200
    assert not Refund.objects.exists()
