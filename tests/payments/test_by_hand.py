"""What people do to payments that found no order: name it, book without one, write a memo (J-26, J-29)."""

from __future__ import annotations

import pytest

from madoguchi.core.ids import new_id
from madoguchi.counter.actions import take_cash
from madoguchi.counter.models import FeeItem, Order
from madoguchi.events.models import Event
from madoguchi.payments.actions import assign_payment, book_payment, write_memo
from madoguchi.payments.queries import unmatched_at, unmatched_of
from madoguchi.payments.refunds import request_refund
from tests.conftest import actor_named, refused
from tests.payments.conftest import booked, snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def two(order_at, mill, mill_clerk) -> list[Order]:
    """Two open orders of ¥1,000 at the mill."""
    return [order_at(mill, mill_clerk, adult=1) for _ in range(2)]


@pytest.fixture
def stray(two, payment):
    """A payment of ¥1,000 that fits both."""
    return payment("r1", 1_000)


@pytest.fixture
def adult(mill) -> FeeItem:
    return FeeItem.objects.get(principal=mill.operator, code="adult")


def refund(payment, actor, amount_yen) -> None:
    request_refund(actor=actor, payment_id=payment.id, amount_yen=amount_yen, reason="wrong", key=str(new_id()))


class TestAssign:
    @pytest.mark.parametrize("username", ["clerk-mill", "accountant-tomioka"])
    def test_the_clerk_or_the_accountant_names_the_order(self, stray, two, mill, username):
        found = assign_payment(actor=actor_named(username), payment_id=stray.id, order_id=two[1].id)

        assert (found.state, found.order, found.rule) == ("matched", two[1], "by_hand")
        assert [Order.objects.get(id=order.id).state for order in two] == ["open", "paid"]
        assert booked(mill) == {"receivable:paypay": 1_000, "revenue:here:adult": 1_000}

    def test_named_twice_it_is_done_once(self, stray, two, mill_clerk):
        assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=two[1].id)
        before = snapshot()

        assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=two[1].id)

        assert snapshot() == before

    def test_afterwards_the_other_order_finds_its_payment_by_itself(self, stray, two, payment, mill_clerk):
        assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=two[1].id)

        assert payment("r2", 1_000).order_id == two[0].id


class TestNotAssigned:
    @pytest.fixture(autouse=True)
    def _books_stay_right(self, stray, mill):
        yield
        stray.refresh_from_db()
        assert (stray.state, stray.order_id) == ("unmatched", None)

    def test_a_payment_whose_money_is_on_its_way_back(self, stray, two, mill_clerk):
        refund(stray, mill_clerk, 1)
        before = snapshot()

        with refused("payment_not_unmatched"):
            assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=two[0].id)
        assert snapshot() == before

    def test_an_order_paid_meanwhile(self, stray, two, mill_clerk):
        take_cash(actor=mill_clerk, order_id=two[0].id, given_yen=1_000)
        before = snapshot()

        with refused("order_not_waiting", state="paid"):
            assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=two[0].id)
        assert snapshot() == before

    def test_an_order_of_another_amount(self, stray, order_at, mill, mill_clerk):
        order = order_at(mill, mill_clerk, child=1)
        before = snapshot()

        with refused("amount_differs", order_yen=150, payment_yen=1_000):
            assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=order.id)
        assert snapshot() == before

    def test_an_order_at_another_place(self, stray, order_at, towns):
        takamori = actor_named("clerk-takamori")
        order = order_at(towns.places[0], takamori, playroom=5)
        before = snapshot()

        with refused("order_elsewhere"):
            assign_payment(actor=actor_named("accountant-tomioka"), payment_id=stray.id, order_id=order.id)
        assert snapshot() == before

    @pytest.mark.parametrize("username", ["clerk-citizens", "accountant-yasuoka", "admin-tomioka", "auditor"])
    def test_by_somebody_else(self, stray, two, username):
        before = snapshot()

        with refused("not_allowed", permission="till.use"):
            assign_payment(actor=actor_named(username), payment_id=stray.id, order_id=two[0].id)
        assert snapshot() == before

    def test_something_unknown(self, stray, two, mill_clerk):
        with refused("order_unknown"):
            assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=new_id())
        with refused("payment_unknown"):
            assign_payment(actor=mill_clerk, payment_id=new_id(), order_id=two[0].id)


def test_a_payment_that_pays_one_order_cannot_be_named_for_another(stray, two, mill_clerk):
    assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=two[0].id)
    before = snapshot()

    with refused("payment_not_unmatched"):
        assign_payment(actor=mill_clerk, payment_id=stray.id, order_id=two[1].id)

    assert snapshot() == before


class TestBook:
    def test_the_accountant_books_it_to_an_item_without_an_order(self, payment, adult, accountant, mill):
        found = book_payment(
            actor=accountant, payment_id=payment("r1", 999).id, item_id=adult.id, reason=" agreed by telephone "
        )

        assert (found.state, found.booked_item, found.memo) == ("booked", adult, "agreed by telephone")
        assert booked(mill) == {"receivable:paypay": 999, "revenue:here:adult": 999}
        assert unmatched_of(accountant) == []

    def test_given_back_later_it_comes_out_of_that_item_again(self, payment, adult, accountant, mill, refund_told):
        found = payment("r1", 999)
        book_payment(actor=accountant, payment_id=found.id, item_id=adult.id, reason="agreed")

        refund_told("f1", "r1", 400)
        assert booked(mill) == {"receivable:paypay": 599, "revenue:here:adult": 599}
        refund_told("f2", "r1", 599)
        assert booked(mill) == {}

    def test_a_clerk_may_not(self, payment, adult, mill_clerk):
        found = payment("r1", 999)
        before = snapshot()

        with refused("not_allowed", permission="payment.clear"):
            book_payment(actor=mill_clerk, payment_id=found.id, item_id=adult.id, reason="agreed")
        assert snapshot() == before

    def test_without_a_reason_it_is_not_booked(self, payment, adult, accountant):
        found = payment("r1", 999)
        before = snapshot()

        with refused("reason_missing", field="reason"):
            book_payment(actor=accountant, payment_id=found.id, item_id=adult.id, reason=" ")
        assert snapshot() == before

    def test_another_principals_item_is_refused(self, payment, accountant, towns):
        found = payment("r1", 999)
        item = FeeItem.objects.filter(principal=towns.towns["20414"]).first()
        before = snapshot()

        with refused("item_not_offered"):
            book_payment(actor=accountant, payment_id=found.id, item_id=item.id, reason="agreed")
        assert snapshot() == before

    @pytest.mark.parametrize("how", ["matched", "booked", "refund asked"])
    def test_a_payment_that_is_settled_or_on_its_way_back_is_not_booked(self, paid, payment, adult, accountant, how):
        found = paid if how == "matched" else payment("r2", 999)
        if how == "booked":
            book_payment(actor=accountant, payment_id=found.id, item_id=adult.id, reason="agreed")
        elif how == "refund asked":
            refund(found, accountant, 999)
        before = snapshot()

        with refused("payment_not_unmatched"):
            book_payment(actor=accountant, payment_id=found.id, item_id=adult.id, reason="agreed")
        assert snapshot() == before


class TestMemo:
    """J-26: the JPQR screen has no memo field; here a memo stays beside the payment."""

    def test_it_is_written_and_the_earlier_text_stays_in_the_log(self, paid, accountant):
        write_memo(actor=accountant, payment_id=paid.id, memo="first")
        found = write_memo(actor=accountant, payment_id=paid.id, memo=" second ")

        assert found.memo == "second"
        facts = [event.facts for event in Event.objects.filter(name="payment.memo").order_by("id")]
        assert facts == [{"before": "", "after": "first"}, {"before": "first", "after": "second"}]

    def test_it_is_kept_as_far_as_its_column_goes(self, paid, accountant):
        assert write_memo(actor=accountant, payment_id=paid.id, memo="あ" * 300).memo == "あ" * 200

    @pytest.mark.parametrize("username", ["clerk-mill", "accountant-yasuoka", "auditor", "provider-paypay"])
    def test_only_the_principals_office_writes(self, paid, username):
        before = snapshot()

        with refused("not_allowed", permission="sales.memo"):
            write_memo(actor=actor_named(username), payment_id=paid.id, memo="x")
        assert snapshot() == before


def test_what_is_on_its_way_back_no_longer_waits_for_a_person(payment, mill, mill_clerk, accountant):
    kept, going = payment("r1", 999), payment("r2", 998)
    refund(going, mill_clerk, 998)

    assert unmatched_at(mill_clerk, mill) == [kept]
    assert unmatched_of(accountant) == [kept]
    with refused("not_allowed", permission="till.use"):
        unmatched_at(actor_named("clerk-citizens"), mill)
