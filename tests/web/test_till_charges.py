"""The customer shows a code instead: read at the till, asked for, and how the order's page tells what became of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from madoguchi.core.clock import today
from madoguchi.counter.models import Order
from madoguchi.events.models import Delivery
from madoguchi.jpqr import StoreId, qr_png, static_payload
from madoguchi.payments.charges import note_charge_answer
from madoguchi.payments.intake import receive_payments
from madoguchi.payments.models import Charge
from madoguchi.payments.rules import PaymentNotice
from madoguchi.people.access import provider_actor, system_actor
from madoguchi.people.models import User
from madoguchi.registry.models import Enrolment
from madoguchi.web.sentences import CHARGE_ANSWERS
from tests.conftest import Clock
from tests.payments.test_charges import shown
from tests.web.conftest import Counter

WORKER = system_actor("worker")
STICKER = static_payload(
    store_id=StoreId.parse("0000000000001-0001-000001-000001"),
    merchant_name="MILL",
    city="TOMIOKA",
    postal_code="3702316",
    mcc="7991",
)


def at(name: str, order: Order) -> str:
    return reverse(f"till:{name}", args=[order.id])


def read(till: Client, order: Order, code: str = "", *, key: str = "k1", **headers: str) -> object:
    """The scanner types a code and sends it."""
    return till.post(at("charge", order), {"key": key, "shown_code": code or shown()}, headers=headers)


def photograph(till: Client, order: Order, picture: bytes) -> object:
    upload = SimpleUploadedFile("code.png", picture, content_type="image/png")
    return till.post(at("charge", order), {"key": "k1", "shown_code": "", "picture": upload})


def answered(order: Order, accepted: bool, words: str = "") -> Charge:
    charge = Charge.objects.get(order=order, state="requested")
    return note_charge_answer(actor=WORKER, charge_id=charge.id, accepted=accepted, answer=words)


def notice_naming(order: Order, clock: Clock) -> None:
    notice = PaymentNotice("r1", "paypay", order.code.store_id, order.total_yen, clock(), order.number)
    receive_payments(actor=provider_actor("paypay"), provider="paypay", notices=[notice])


def status(till: Client, order: Order, known: str = "") -> object:
    return till.get(at("status", order), {"known": known}, headers={"hx-request": "true"})


class TestReading:
    def test_the_orders_page_offers_it_beside_our_own_code(self, till: Client, counter: Counter):
        page = till.get(at("order", order := counter.order())).text

        assert f'href="{at("charge", order)}"' in page
        assert "Read the customer&#x27;s code" in page or "Read the customer's code" in page

    def test_not_where_no_service_shows_codes(self, till: Client, counter: Counter):
        order = counter.order()
        Enrolment.objects.filter(code=order.code_id).update(ends_on=today() - timedelta(days=1))

        assert at("charge", order) not in till.get(at("order", order)).text

    def test_the_page_waits_for_the_scanner_or_the_camera(self, till: Client, counter: Counter):
        page = till.get(at("charge", counter.order())).text

        assert "¥1,000" in page
        assert "autofocus" in page
        assert 'accept="image/*"' in page
        assert 'capture="environment"' in page

    def test_what_the_scanner_types_asks_the_provider_and_shows_the_order(self, till: Client, counter: Counter):
        order = counter.order()

        answer = read(till, order)

        assert answer.headers["Location"] == at("order", order)
        assert Delivery.objects.get(event="charge.requested").data["shown_code"] == shown()

    def test_htmx_is_told_where_the_whole_window_goes(self, till: Client, counter: Counter):
        order = counter.order()

        answer = read(till, order, **{"hx-request": "true"})

        assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, at("order", order))

    def test_full_width_letters_of_a_japanese_keyboard_say_the_same(self, till: Client, counter: Counter):
        wide = "".join(chr(ord(sign) + 0xFEE0) for sign in shown())

        read(till, counter.order(), wide)

        assert Delivery.objects.get(event="charge.requested").data["shown_code"] == shown()

    def test_a_picture_of_the_code_does_as_well(self, till: Client, counter: Counter):
        order = counter.order()

        assert photograph(till, order, qr_png(shown())).headers["Location"] == at("order", order)
        assert Charge.objects.get(order=order).service_id == "paypay"

    def test_with_the_sticker_in_the_picture_the_customers_code_is_taken(self, till: Client, counter: Counter):
        order = counter.order()

        photograph(till, order, side_by_side(STICKER, shown()))

        assert Charge.objects.get(order=order).service_id == "paypay"

    def test_sent_twice_it_is_asked_once(self, till: Client, counter: Counter):
        order = counter.order()

        for _ in range(2):
            assert read(till, order).headers["Location"] == at("order", order)
        assert Charge.objects.count() == 1

    @pytest.mark.parametrize("end", ["paid", "running"])
    def test_an_order_that_is_paid_or_being_charged_shows_its_page(self, till: Client, counter: Counter, end: str):
        order = counter.paid() if end == "paid" else counter.order()
        if end == "running":
            read(till, order)

        assert till.get(at("charge", order)).headers["Location"] == at("order", order)


def side_by_side(*texts: str) -> bytes:
    pictures = [Image.open(io.BytesIO(qr_png(text))).convert("L") for text in texts]
    sheet = Image.new("L", (sum(one.width for one in pictures), max(one.height for one in pictures)), "white")
    left = 0
    for one in pictures:
        sheet.paste(one, (left, 0))
        left += one.width
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def blank() -> bytes:
    file = io.BytesIO()
    Image.new("L", (80, 80), "white").save(file, "PNG")
    return file.getvalue()


class TestNotRead:
    @pytest.mark.parametrize(
        ("code", "word", "refusal"),
        [
            ("かきくけこ", "Turn Japanese input off", "shown_code_unreadable"),
            (STICKER, "Read the code on the customer&#x27;s screen", "shown_code_is_merchants"),
            (shown("paypay").replace("TwSZmZAB", "TwSZmZAJ"), "not known here", "operator_unknown"),
        ],
    )
    def test_a_refusal_says_what_to_do_and_that_nothing_was_lost(
        self, till: Client, counter: Counter, code: str, word: str, refusal: str
    ):
        order = counter.order()

        answer = read(till, order, code, **{"hx-request": "true"})

        assert answer.status_code == 422
        assert answer.headers["HX-Retarget"] == "#refusal"  # what stands in the form stays
        assert word in answer.text
        assert "Nothing was changed, and nothing was lost." in answer.text
        assert f"<code>{refusal}</code>" in answer.text
        assert (Charge.objects.count(), Delivery.objects.filter(event="charge.requested").count()) == (0, 0)

    def test_a_service_that_is_not_taken_here_is_named(self, till: Client, counter: Counter):
        order = counter.order()
        Enrolment.objects.filter(code=order.code_id, service="paypay").update(ends_on=today() - timedelta(days=1))

        assert "PayPay is not taken at this counter today." in read(till, order).text

    @pytest.mark.parametrize(
        ("picture", "word"),
        [
            (b"no picture", "cannot be opened"),
            (blank(), "There is no code in the picture"),
            (side_by_side(shown(), shown(number="222")), "several codes"),
        ],
    )
    def test_a_picture_that_does_not_help_is_told_beside_the_field(
        self, till: Client, counter: Counter, picture: bytes, word: str
    ):
        answer = photograph(till, counter.order(), picture)

        assert answer.status_code == 422
        assert word in answer.text
        assert "data-scan" in answer.text
        assert not Charge.objects.exists()

    def test_a_picture_of_another_code_is_refused_by_its_name(self, till: Client, counter: Counter):
        assert "shown_code_is_merchants" in photograph(till, counter.order(), qr_png(STICKER)).text

    def test_nothing_at_all_is_told_beside_the_field(self, till: Client, counter: Counter):
        answer = till.post(at("charge", counter.order()), {"key": "k1", "shown_code": " "})

        assert answer.status_code == 422
        assert "Read the code with the scanner" in answer.text


class TestOrdersPage:
    def test_asked_it_says_whom_and_offers_neither_our_code_nor_cash(self, till: Client, counter: Counter):
        """The customer must not pay the same order in two ways."""
        order = counter.order()
        read(till, order)

        page = till.get(at("order", order))

        assert "Asking PayPay for the money" in page.text
        assert 'data-charge="requested"' in page.text
        assert 'hx-trigger="every 700ms"' in page.text
        assert '<div class="symbol">' not in page.text
        assert at("cash", order) not in page.text
        assert at("abandon", order) in page.text

    def test_cash_is_refused_while_it_is_asked(self, till: Client, counter: Counter):
        order = counter.order()
        read(till, order)

        answer = till.post(at("cash", order), {"given_yen": "1000"})

        order.refresh_from_db()
        assert (answer.status_code, order.state) == (422, "open")
        assert "charge_running" in answer.text

    def test_each_change_reaches_the_page_that_asks(self, till: Client, counter: Counter, clock: Clock):
        order = counter.order()
        marks = [till.get(at("order", order)).context["mark"]]
        assert status(till, order, marks[-1]).status_code == 204

        read(till, order)
        marks.append(status(till, order, marks[-1]).context["mark"])
        assert status(till, order, marks[-1]).status_code == 204
        answered(order, True)
        marks.append(status(till, order, marks[-1]).context["mark"])
        notice_naming(order, clock)
        paid = status(till, order, marks[-1])

        assert len(set(marks)) == 3
        assert paid.status_code == 286
        assert "data-sound-now" in paid.text

    def test_accepted_it_waits_for_the_notice_and_can_be_seen_on_the_screen(self, till: Client, counter: Counter):
        """J-25: the notice may be late for a charge as for any payment."""
        order = counter.order()
        read(till, order)
        answered(order, True)

        page = till.get(at("order", order)).text

        assert "PayPay has accepted" in page
        assert at("seen", order) in page
        assert at("cash", order) not in page

    @pytest.mark.parametrize("reason", [*CHARGE_ANSWERS, "something_else"])
    def test_declined_it_says_why_and_what_to_do(self, till: Client, counter: Counter, reason: str):
        order = counter.order()
        read(till, order)
        answered(order, False, reason)

        page = till.get(at("order", order)).text

        assert "PayPay did not take the payment" in page
        assert f"<code>{reason}</code>" in page
        assert "Read a fresh code" in page
        assert '<div class="symbol">' in page
        assert at("cash", order) in page

    def test_unanswered_for_a_minute_it_has_lapsed_by_itself(self, till: Client, counter: Counter, clock: Clock):
        """No process has to write that down first: the till's own question finds it."""
        order = counter.order()
        read(till, order)
        mark = till.get(at("order", order)).context["mark"]
        clock.move(seconds=59.9)
        assert status(till, order, mark).status_code == 204

        clock.move(seconds=0.1)
        answer = status(till, order, mark)

        assert "PayPay did not answer within a minute" in answer.text
        assert 'data-charge="lapsed"' in answer.text
        assert "Read a fresh code" in answer.text

    def test_after_that_cash_is_taken_or_a_fresh_code_read(self, till: Client, counter: Counter, clock: Clock):
        first, second = counter.order(), counter.order()
        for order in (first, second):
            read(till, order, key=f"k{order.number}")
        clock.move(seconds=60)

        read(till, first, shown(number="222"), key="k2")
        till.post(at("cash", second), {"given_yen": "1000"})

        second.refresh_from_db()
        assert list(Charge.objects.filter(order=first).order_by("id").values_list("state", flat=True)) == [
            "lapsed",
            "requested",
        ]
        assert (second.state, second.tender) == ("paid", "cash")

    def test_asking_costs_no_more_queries_than_before(
        self, till: Client, counter: Counter, django_assert_max_num_queries: Callable[[int], object]
    ):
        order = counter.order()
        read(till, order)
        mark = till.get(at("order", order)).context["mark"]

        with django_assert_max_num_queries(6):
            status(till, order, mark)

    @pytest.mark.parametrize(
        ("accepted", "word"), [(None, "請求しています"), (True, "受け付けました"), (False, "支払えませんでした")]
    )
    def test_in_japanese_too(
        self, browse: Callable[[User | None], Client], till: Client, counter: Counter, accepted: bool | None, word: str
    ):
        order = counter.order()
        read(till, order)
        if accepted is not None:
            answered(order, accepted, "shown_code_used")

        assert (
            f"PayPay{'に' if accepted is None else 'が' if accepted else 'で'}{word}"
            in till.get(at("order", order), headers={"accept-language": "ja"}).text
        )
