"""One payment, its memo, the list that a person clears, and the way of one yen."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.counter.models import FeeItem
from madoguchi.events.queries import events_about
from madoguchi.payments.models import Payment, Refund
from madoguchi.people.access import Actor
from tests.web.readers import order, paid, reader

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def demo_runs(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def accountant_page(clock: Any, towns: Any) -> Client:
    return reader("accountant-tomioka")


@pytest.fixture
def matched(clock: Any, mill: Any, mill_clerk: Actor) -> Payment:
    """A payment of a visit, with case number and payer."""
    visit = {"case_reference": "R8-77", "payer_name": "Hanako Yamada"}
    return paid(order(mill, mill_clerk, facts=visit, adult=1), clock())


@pytest.fixture
def stray(clock: Any, mill: Any, mill_clerk: Actor) -> Payment:
    """A payment that fits two open orders."""
    order(mill, mill_clerk, adult=1)
    return paid(order(mill, mill_clerk, adult=1), clock())


def test_one_payment_with_its_lines_and_payer(accountant_page: Client, matched: Payment) -> None:
    """J-19: the principal's own staff see whom it was for."""
    text = accountant_page.get(reverse("town:payment", args=[matched.id])).content.decode()
    for words in ("Admission, adult", "R8-77", "Hanako Yamada", "¥984", "amount_and_time", "15 Dec 2026"):
        assert words in text


def test_the_payer_is_hidden_from_auditors(matched: Payment) -> None:
    """J-19: an auditor reads the payment, not the person."""
    text = reader("auditor").get(reverse("town:payment", args=[matched.id])).content.decode()
    assert "Admission, adult" in text
    assert "R8-77" not in text
    assert "Hanako" not in text


@pytest.mark.parametrize(
    "username", ["accountant-yasuoka", "accountant-post", "clerk-mill", "provider-paypay", "programme-office"]
)
def test_a_payment_is_closed_to_everybody_else(matched: Payment, username: str) -> None:
    """H-24: not even the till that took it, the provider that told of it, or another town."""
    client = reader(username)
    assert client.get(reverse("town:payment", args=[matched.id])).status_code == 403
    assert client.post(reverse("town:memo", args=[matched.id]), {"memo": "x"}).status_code == 403
    assert client.post(reverse("town:book", args=[matched.id])).status_code == 403


def test_a_memo_is_written_in_place_and_without_script(accountant_page: Client, matched: Payment) -> None:
    """J-26: the earlier text stays in the log."""
    address = reverse("town:memo", args=[matched.id])
    form = accountant_page.get(address, headers=HTMX).content.decode()
    assert "<html" not in form
    assert 'name="memo"' in form
    cell = accountant_page.post(address, {"memo": "後日確認"}, headers=HTMX)
    assert "後日確認" in cell.content.decode()
    assert "後日確認" in accountant_page.get(address + "?read", headers=HTMX).content.decode()

    answer = accountant_page.post(address, {"memo": "確認済み"})
    assert answer.status_code == 302
    matched.refresh_from_db()
    assert matched.memo == "確認済み"
    assert [event.facts["before"] for event in events_about([matched.id]) if event.name == "payment.memo"] == [
        "",
        "後日確認",
    ]
    assert "<html" in accountant_page.get(address).content.decode()


def test_a_memo_too_long_comes_back_with_the_error(accountant_page: Client, matched: Payment) -> None:
    answer = accountant_page.post(reverse("town:memo", args=[matched.id]), {"memo": "あ" * 201}, headers=HTMX)
    assert answer.status_code == 422
    assert "あ" * 201 in answer.content.decode()


def test_auditors_read_but_do_not_write(matched: Payment, stray: Payment) -> None:
    auditor = reader("auditor")
    assert auditor.get(reverse("town:memo", args=[matched.id])).status_code == 403
    assert auditor.get(reverse("town:clear", args=[stray.id])).status_code == 403
    query = {"of": str(matched.principal_id)}
    assert "Clear" not in auditor.get(reverse("town:unmatched"), query).content.decode().split("<h1")[1]


def test_the_list_says_why_each_is_on_it(accountant_page: Client, stray: Payment) -> None:
    page = accountant_page.get(reverse("town:unmatched"))
    assert page.context["rows"] == [(stray, 2)]
    assert "Several waiting orders of this code have this amount" in page.content.decode()


def test_an_empty_list_is_good_news(accountant_page: Client) -> None:
    assert "Nothing to clear" in accountant_page.get(reverse("town:unmatched")).content.decode()


def test_naming_the_order(accountant_page: Client, stray: Payment) -> None:
    page = accountant_page.get(reverse("town:clear", args=[stray.id]))
    chosen = page.context["orders"][1]
    answer = accountant_page.post(reverse("town:assign", args=[stray.id]), {"order": str(chosen.id)})
    assert answer.status_code == 302
    stray.refresh_from_db()
    assert (stray.state, stray.order_id, stray.rule) == ("matched", chosen.id, "by_hand")
    assert "cleared already" in accountant_page.get(reverse("town:clear", args=[stray.id])).content.decode()


def test_no_order_chosen_is_told_beside_the_choice(accountant_page: Client, stray: Payment) -> None:
    answer = accountant_page.post(reverse("town:assign", args=[stray.id]), {})
    assert answer.status_code == 422
    assert "Choose the order." in answer.content.decode()


def test_booking_to_a_fee_item_needs_a_reason_and_keeps_what_was_chosen(
    accountant_page: Client, stray: Payment
) -> None:
    item = FeeItem.objects.get(principal=stray.principal_id, code="adult")
    address = reverse("town:book", args=[stray.id])
    answer = accountant_page.post(address, {"item": str(item.id), "reason": ""})
    assert answer.status_code == 422
    assert "Write down the reason" in answer.content.decode()
    assert f'value="{item.id}" selected' in answer.content.decode()
    assert accountant_page.post(address, {"item": str(item.id), "reason": "紙で受付"}).status_code == 302
    stray.refresh_from_db()
    assert (stray.state, stray.booked_item) == ("booked", item)


def test_giving_it_back_asks_the_provider_once(accountant_page: Client, stray: Payment) -> None:
    """J-29."""
    page = accountant_page.get(reverse("town:clear", args=[stray.id]))
    form = {"key": page.context["refund"]["key"].value(), "amount_yen": "1000", "reason": "金額の誤り"}
    address = reverse("town:refund", args=[stray.id])
    assert accountant_page.post(address, form).status_code == 302
    again = accountant_page.post(address, form)
    assert again.status_code in {302, 422}
    refund = Refund.objects.get(payment=stray)
    assert (refund.amount_yen, refund.state) == (1_000, "requested")
    assert accountant_page.get(reverse("town:unmatched")).context["rows"] == []


def test_more_than_is_left_is_told_beside_the_amount(accountant_page: Client, stray: Payment) -> None:
    form = {"key": "k", "amount_yen": "1001", "reason": "x"}
    answer = accountant_page.post(reverse("town:refund", args=[stray.id]), form)
    assert answer.status_code == 422
    assert "Only ¥1,000 of this payment can still be given back." in answer.content.decode()


def test_after_the_cut_off_the_refusal_stands_in_the_form(accountant_page: Client, stray: Payment, clock: Any) -> None:
    """J-29: the accountant learns until when the provider took it; nothing changes."""
    clock.move(days=30)
    answer = accountant_page.post(
        reverse("town:refund", args=[stray.id]), {"key": "k", "amount_yen": "1000", "reason": "x"}
    )
    assert answer.status_code == 422
    assert "The provider took refunds of this payment until 1 Dec 2026" in answer.content.decode()
    assert not Refund.objects.exists()


def test_the_way_of_one_yen(accountant_page: Client, matched: Payment) -> None:
    address = reverse("town:trace", args=[matched.id])
    page = accountant_page.get(address)
    arrows = [step.arrow for step in page.context["steps"]]
    assert arrows[0] == "order.opened"
    assert {"payment.notice", "payment.matched", "ledger.posted"} <= set(arrows)
    assert "Matched to its order" in page.content.decode()
    assert reader("programme-office").get(address).status_code == 200
    assert reader("accountant-post").get(address).status_code == 403


def test_unknown_payments_are_not_found(accountant_page: Client, towns: Any) -> None:
    unknown = towns.towns["10210"].id
    for name in ("payment", "memo", "trace", "clear"):
        assert accountant_page.get(reverse(f"town:{name}", args=[unknown])).status_code == 404
