"""POST /api/v1/provider/refunds: what is taken in, what is held, and what is turned away (J-29)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from madoguchi.core.ids import new_id
from madoguchi.ledger.models import Posting
from madoguchi.payments.models import Payment, Refund, RefundTold
from madoguchi.payments.refunds import request_refund
from madoguchi.people.access import system_actor

pytestmark = pytest.mark.django_db


def error_of(response: Any) -> tuple[int, str, str | None]:
    error = response.json()["error"]
    return response.status_code, error["code"], error.get("field")


def returned() -> list[int]:
    return sorted(Refund.objects.filter(state="returned").values_list("amount_yen", flat=True))


@pytest.fixture
def refund() -> Any:
    """`refund("f1", amount_yen=300)`: a refund of payment r1, made just now."""

    def make(reference: str, /, **changed: Any) -> dict[str, Any]:
        refunded_at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        base = {"reference": reference, "payment_reference": "r1", "amount_yen": 300, "refunded_at": refunded_at}
        return {**base, **changed}

    return make


@pytest.fixture
def paid(provider, notice) -> Payment:
    """A payment of ¥1,000 with the reference r1."""
    answer = provider.post("payments", notice("r1", amount_yen=1_000))
    return Payment.objects.get(id=answer.json()["payment_id"])


def test_a_refund_is_taken_in_and_booked(provider, paid, refund):
    answer = provider.post("refunds", refund("f1"))

    assert answer.status_code == 201
    assert set(answer.json()) == {"reference", "payment_reference", "received_at"}
    assert (answer.json()["reference"], answer.json()["payment_reference"]) == ("f1", "r1")
    assert returned() == [300]
    back = Posting.objects.filter(rule="refund_returned").values_list("credit__code", "amount_yen")
    assert list(back) == [("receivable:paypay", 300)]


def test_one_before_its_payment_gets_the_same_answer_and_is_applied_later(provider, notice, refund):
    answer = provider.post("refunds", refund("f1"))
    assert (answer.status_code, set(answer.json())) == (201, {"reference", "payment_reference", "received_at"})
    assert (RefundTold.objects.get().state, returned()) == ("held", [])

    provider.post("payments", notice("r1"))

    assert (RefundTold.objects.get().state, returned()) == ("applied", [300])


def test_the_same_again_gets_the_first_answer(provider, paid, refund):
    body = refund("f1")
    first = provider.post("refunds", body)

    again = provider.post("refunds", body)

    assert (again.status_code, again.json(), again["Idempotency-Hit"]) == (201, first.json(), "true")
    assert "Idempotency-Hit" not in first
    assert returned() == [300]


@pytest.mark.parametrize("changed", [{"amount_yen": 299}, {"payment_reference": "r2"}, {"refund_id": str(new_id())}])
def test_the_same_reference_with_other_facts_is_409_and_changes_nothing(provider, paid, refund, changed):
    body = refund("f1")
    provider.post("refunds", body)

    assert error_of(provider.post("refunds", {**body, **changed})) == (409, "reference_reused", "reference")
    assert returned() == [300]


def test_more_than_is_left_is_turned_away_and_changes_nothing(provider, paid, refund):
    provider.post("refunds", refund("f1", amount_yen=700))

    answer = provider.post("refunds", refund("f2", amount_yen=301))

    assert error_of(answer) == (422, "refund_exceeds_payment", "amount_yen")
    assert returned() == [700]


def test_the_answer_to_a_request_returns_it(provider, paid, refund):
    facts = {"amount_yen": 300, "reason": "wrong", "key": "k"}
    asked = request_refund(actor=system_actor("test"), payment_id=paid.id, **facts)

    answer = provider.post("refunds", refund("f1", refund_id=str(asked.id)))

    assert answer.status_code == 201
    assert Refund.objects.get().state == "returned"


def test_a_request_that_is_not_ours_is_turned_away(provider, paid, refund):
    answer = provider.post("refunds", refund("f1", refund_id=str(new_id())))

    assert error_of(answer) == (422, "refund_unknown", "refund_id")
    assert returned() == []


def test_another_providers_payment_is_not_touched(paid, refund):
    from tests.api.conftest import Signer

    assert Signer("au_pay").post("refunds", refund("f1")).status_code == 201

    assert (RefundTold.objects.get().state, returned()) == ("held", [])


def test_a_batch_answers_each_in_its_place(provider, paid, refund):
    rows = [
        refund("f1", amount_yen=600),
        refund("f2", amount_yen=401),
        refund("f1", amount_yen=600),
        {"reference": "f3"},
        refund("f4", amount_yen=400),
    ]
    rows[2]["refunded_at"] = rows[0]["refunded_at"]

    results = provider.post("refunds", rows).json()["results"]

    assert [row["status"] for row in results] == [201, 422, 201, 422, 201]
    assert [row.get("repeated") for row in results] == [False, None, True, None, False]
    assert (results[1]["error"]["position"], results[3]["error"]["code"]) == (1, "field_missing")
    assert returned() == [400, 600]


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"amount_yen": 0}, "amount_out_of_range", "amount_yen"),
        ({"amount_yen": 1.5}, "amount_out_of_range", "amount_yen"),
        ({"refunded_at": "2026-11-20T12:00:00"}, "field_wrong", "refunded_at"),
        ({"refunded_at": "2999-01-01T00:00:00Z"}, "paid_at_future", "refunded_at"),
        ({"refunded_at": "0001-01-01T00:00:00+14:00"}, "field_wrong", "refunded_at"),
        ({"refund_id": "mine"}, "field_wrong", "refund_id"),
        ({"reference": ""}, "field_wrong", "reference"),
        ({"payment_reference": "a b"}, "field_wrong", "payment_reference"),
        ({"note": "x"}, "field_unknown", "note"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(provider, paid, refund, changed, code, field):
    assert error_of(provider.post("refunds", refund("f1", **changed))) == (422, code, field)
    assert not RefundTold.objects.exists()


def test_an_unsigned_refund_is_turned_away(provider, paid, refund):
    answer = provider.post("refunds", refund("f1"), **{"Madoguchi-Signature": "0" * 64})

    assert error_of(answer) == (401, "signature_wrong", None)
    assert not RefundTold.objects.exists()


class TestStrangePayments:
    """Values that are well-formed but that a database refuses: the sender hears of it, and its other notices stand."""

    @pytest.mark.parametrize("paid_at", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z"])
    def test_a_time_before_there_was_any_such_payment(self, provider, notice, paid_at):
        rows = [notice("r1", paid_at=paid_at), notice("r2")]

        first, second = provider.post("payments", rows).json()["results"]

        assert (first["status"], first["error"]["code"], first["error"]["field"]) == (422, "field_wrong", "paid_at")
        assert second["status"] == 201
        assert Payment.objects.get().reference == "r2"

    @pytest.mark.parametrize("field", ["service", "order_reference"])
    def test_a_character_that_no_database_keeps(self, provider, notice, field):
        rows = [notice("r1", **{field: "a\u0000b"}), notice("r2")]
        # Turned away for its place as well, so that all of it is written into the office's list.
        rows[0]["store_id"] = "9999999999999-9999-999999-999999"

        results = provider.post("payments", rows).json()["results"]

        assert [row["status"] for row in results] == [422, 201]
