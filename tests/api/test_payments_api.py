"""POST /api/v1/provider/payments: what is taken in, what is turned away, and that neither harms the other."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from madoguchi.ledger.models import Posting
from madoguchi.payments.models import Payment, RefusedNotice
from madoguchi.people.access import system_actor
from madoguchi.registry.actions import revoke_key

pytestmark = pytest.mark.django_db


def error_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def nothing_stored() -> bool:
    return not Payment.objects.exists() and not Posting.objects.exists()


def test_one_payment_is_taken_in_and_booked(provider, notice):
    answer = provider.post("payments", notice("r1", amount_yen=1000))

    assert answer.status_code == 201
    payment = Payment.objects.get(id=answer.json()["payment_id"])
    assert (payment.reference, payment.amount_yen, payment.state) == ("r1", 1000, "unmatched")
    assert list(Posting.objects.filter(subject_id=payment.id).values_list("debit__code", "amount_yen")) == [
        ("receivable:paypay", 1000)
    ]


def test_the_same_again_gets_the_first_answer_for_ever(provider, notice):
    body = notice("r1")
    first = provider.post("payments", body)

    again = provider.post("payments", body)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Hit"] == "true"
    assert "Idempotency-Hit" not in first
    assert (Payment.objects.count(), Posting.objects.count()) == (1, 1)


def test_the_same_facts_written_differently_are_the_same_notice(provider, notice):
    body = notice("r1", paid_at="2026-11-20T12:00:00+09:00")
    first = provider.post("payments", body)
    other = {**dict(reversed(list(body.items()))), "paid_at": "2026-11-20T03:00:00Z"}

    again = provider.post("payments", json.dumps(other, indent=4).encode())

    assert (again.status_code, again.json()) == (201, first.json())


@pytest.mark.parametrize("changed", [{"amount_yen": 999}, {"paid_at": "2026-11-20T12:00:01+09:00"}])
def test_the_same_reference_with_other_facts_is_409_and_changes_nothing(provider, notice, changed):
    first = notice("r1", paid_at="2026-11-20T12:00:00+09:00")
    provider.post("payments", first)

    assert error_of(provider.post("payments", {**first, **changed})) == (409, "reference_reused")

    payment = Payment.objects.get()
    assert (payment.amount_yen, payment.paid_at.isoformat()) == (1000, "2026-11-20T03:00:00+00:00")
    assert Posting.objects.count() == 1


def test_references_belong_to_one_provider(provider, notice, mill):
    from tests.api.conftest import Signer

    provider.post("payments", notice("r1"))

    assert Signer("au_pay").post("payments", notice("r1", service="au_pay")).status_code == 201
    assert Payment.objects.filter(reference="r1").count() == 2


def test_a_batch_answers_each_notice_in_its_place_and_keeps_the_good_ones(provider, notice):
    rows = [
        notice("good-1"),
        notice("bad-amount", amount_yen=-5),
        notice("bad-place", store_id="9999999999999-9999-999999-999999"),
        notice("good-1"),
        notice("good-1", amount_yen=7),
        "not an object",
        notice("good-2"),
    ]

    results = provider.post("payments", rows).json()["results"]

    assert [row["status"] for row in results] == [201, 422, 422, 201, 409, 422, 201]
    errors = [
        (row["error"]["code"], row["error"].get("field"), row["error"]["position"]) for row in results if "error" in row
    ]
    assert errors == [
        ("amount_out_of_range", "amount_yen", 1),
        ("place_unknown", "store_id", 2),
        ("reference_reused", "reference", 4),
        ("field_wrong", None, 5),
    ]
    assert results[3]["repeated"] is True
    assert results[3]["payment_id"] == results[0]["payment_id"]
    assert sorted(Payment.objects.values_list("reference", flat=True)) == ["good-1", "good-2"]


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"amount_yen": 0}, "amount_out_of_range", "amount_yen"),
        ({"amount_yen": -1}, "amount_out_of_range", "amount_yen"),
        ({"amount_yen": 10_000_001}, "amount_out_of_range", "amount_yen"),
        ({"amount_yen": "1000"}, "amount_out_of_range", "amount_yen"),
        ({"amount_yen": 10.5}, "amount_out_of_range", "amount_yen"),
        ({"amount_yen": True}, "amount_out_of_range", "amount_yen"),
        ({"paid_at": "2026-11-20T12:00:00"}, "field_wrong", "paid_at"),
        ({"paid_at": "yesterday"}, "field_wrong", "paid_at"),
        ({"paid_at": "2999-01-01T00:00:00Z"}, "paid_at_future", "paid_at"),
        ({"reference": ""}, "field_wrong", "reference"),
        ({"reference": "a b"}, "field_wrong", "reference"),
        ({"reference": "r" * 65}, "field_wrong", "reference"),
        ({"reference": "r\u0000"}, "field_wrong", "reference"),
        ({"store_id": "1-2-3-4"}, "field_wrong", "store_id"),
        ({"amount": 5}, "field_unknown", "amount"),
        ({"service": "nobody_pay"}, "service_unknown", "service"),
        ({"service": "au_pay"}, "service_unknown", "service"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(provider, notice, changed, code, field):
    answer = provider.post("payments", notice("r1", **changed))

    assert error_of(answer) == (422, code)
    assert answer.json()["error"]["field"] == field
    assert nothing_stored()


def test_a_missing_field_is_named(provider, notice):
    body = notice("r1")
    del body["paid_at"]

    answer = provider.post("payments", body)

    assert (error_of(answer), answer.json()["error"]["field"]) == ((422, "field_missing"), "paid_at")


def test_a_notice_for_an_unknown_place_is_kept_for_the_office(provider, notice):
    """The money was paid: it must not be forgotten because an identifier is wrong."""
    body = notice("r1", store_id="9999999999999-9999-999999-999999")
    provider.post("payments", body)
    provider.post("payments", body)

    kept = RefusedNotice.objects.get()
    assert (kept.reference, kept.code, kept.times) == ("r1", "place_unknown", 2)
    assert kept.body["amount_yen"] == "1000"
    assert nothing_stored()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "json_malformed"),
        (b"{", 400, "json_malformed"),
        (b'{"reference": "r1",}', 400, "json_malformed"),
        (b"\xff\xfe", 400, "json_malformed"),
        (b"[]", 400, "batch_empty"),
        (b"5", 400, "body_wrong"),
        (b"null", 400, "body_wrong"),
        (b"[" + b"1," * 1000 + b"1]", 413, "batch_too_large"),
        (b" " * (2 * 1024 * 1024 + 1), 413, "body_too_large"),
        (b"[" * 100_000, 400, "json_malformed"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(provider, body, status, code):
    assert error_of(provider.post("payments", body)) == (status, code)
    assert nothing_stored()


def test_malformed_json_names_the_byte(provider):
    body = b'{"reference": "r1",\n "amount_yen": }'

    position = provider.post("payments", body).json()["error"]["position"]

    assert body[position : position + 1] == b"}"


def test_a_thousand_payments_in_one_call(provider, notice):
    answer = provider.post("payments", [notice(f"r{i}", amount_yen=i + 1) for i in range(1000)])

    assert {row["status"] for row in answer.json()["results"]} == {201}
    assert Payment.objects.count() == 1000


class TestSignature:
    def refused_with(self, answer: Any) -> str:
        status, code = error_of(answer)
        assert status == 401
        assert nothing_stored()
        return code

    def test_missing(self, provider, notice):
        assert (
            self.refused_with(provider.post("payments", notice("r1"), **{"Madoguchi-Signature": ""}))
            == "signature_missing"
        )

    def test_wrong(self, provider, notice):
        answer = provider.post("payments", notice("r1"), **{"Madoguchi-Signature": "0" * 64})
        assert self.refused_with(answer) == "signature_wrong"

    def test_of_another_body(self, provider, notice):
        headers = provider.headers(json.dumps(notice("r1")).encode())
        assert self.refused_with(provider.post("payments", notice("r1", amount_yen=9), **headers)) == "signature_wrong"

    def test_unknown_key(self, provider, notice):
        assert (
            self.refused_with(provider.post("payments", notice("r1"), **{"Madoguchi-Key": "nobody"})) == "key_unknown"
        )

    def test_revoked_key(self, provider, notice):
        revoke_key(actor=system_actor("test"), key_id=provider.key.key_id)
        assert self.refused_with(provider.post("payments", notice("r1"))) == "key_unknown"

    @pytest.mark.parametrize("off", [-301, 301])
    def test_replayed_later_or_sent_early(self, provider, notice, monkeypatch, off):
        received_at = int(time.time())
        # A second may pass between signing and checking, and 301 seconds early would be 300.
        monkeypatch.setattr("madoguchi.api.edges.time", lambda: received_at)
        body = json.dumps(notice("r1")).encode()
        headers = provider.headers(body, at=received_at + off)
        assert self.refused_with(provider.post("payments", body, **headers)) == "timestamp_outside_window"

    def test_replayed_at_once_changes_nothing(self, provider, notice):
        body = json.dumps(notice("r1")).encode()
        headers = provider.headers(body)
        first = provider.post("payments", body, **headers)

        again = provider.post("payments", body, **headers)

        assert again.json() == first.json()
        assert Payment.objects.count() == 1

    def test_two_keys_hold_at_once_while_one_is_replaced(self, provider, notice):
        from tests.api.conftest import Signer

        newer = Signer("paypay")
        assert provider.post("payments", notice("r1")).status_code == 201
        assert newer.post("payments", notice("r2")).status_code == 201
