"""Madoguchi asks a provider for refunds and tells it of places; the provider believes only signed messages (J-29)."""

from __future__ import annotations

import json

import pytest

PLACE = {
    "place_id": "p1",
    "store_id": "0000000000001-0001-000001-000001",
    "name": "城山町立博物館",
    "name_en": "Shiroyama Museum",
    "state": "active",
    "services": ["paypay"],
    "changed_at": "2026-11-20T09:00:00+09:00",
}


def asked(reference: str, amount_yen: int, *, delivery: str = "d1", refund: str = "f1") -> dict:
    return {
        "id": delivery,
        "event": "refund.requested",
        "created_at": "2026-11-21T10:32:00+09:00",
        "data": {
            "refund_id": refund,
            "payment_reference": reference,
            "amount_yen": amount_yen,
            "reason": "金額ちがい",
            "requested_at": "2026-11-21T10:32:00+09:00",
        },
    }


def test_an_accepted_refund_is_confirmed_with_its_request_id(sandbox, madoguchi):
    """J-29: pay the right amount again, then take the wrong one back."""
    reference = sandbox.pay(1000)

    answer = sandbox.webhook(asked(reference, 1000))
    sandbox.send()

    assert (answer.status_code, answer.json["status"]) == (200, "accepted")
    path, told = madoguchi.arrived[-1]
    assert path == "/api/v1/provider/refunds"
    assert told.pop("reference").startswith("R")
    assert told == {
        "payment_reference": reference,
        "amount_yen": 1000,
        "refunded_at": "2026-11-21T10:31:05+09:00",
        "refund_id": "f1",
    }
    assert sandbox.client.get(f"/payments/{reference}").json["left_yen"] == 0


def test_a_repeated_delivery_gets_the_first_answer_and_does_nothing(sandbox, madoguchi):
    """Webhooks come at least once; neither the delivery nor a second delivery of the request gives money twice."""
    reference = sandbox.pay(1000)

    first = sandbox.webhook(asked(reference, 400))
    again = sandbox.webhook(asked(reference, 400))
    other_delivery = sandbox.webhook(asked(reference, 400, delivery="d2"))

    assert first.json == again.json == other_delivery.json
    assert sandbox.client.get(f"/payments/{reference}").json["left_yen"] == 600
    assert sandbox.send() == 2


def test_a_refused_delivery_stays_refused_when_repeated(sandbox):
    reference = sandbox.pay(1000)
    sandbox.control(refund_cut_off="passed")
    refused = sandbox.webhook(asked(reference, 400))
    sandbox.control(refund_cut_off="none")

    again = sandbox.webhook(asked(reference, 400))

    assert (again.status_code, again.json) == (refused.status_code, refused.json)


def test_after_the_days_end_a_refund_is_refused(sandbox, madoguchi, clock):
    """J-29: some pay out on the next business day; after the cut-off a refund is not taken."""
    sandbox.control(refund_cut_off="end_of_day")
    reference = sandbox.pay(1000)

    clock.move(hours=13, minutes=28, seconds=54)  # 23:59:59 in Japan
    assert sandbox.webhook(asked(reference, 1, delivery="d1", refund="f1")).status_code == 200
    clock.move(seconds=1)
    late = sandbox.webhook(asked(reference, 1, delivery="d2", refund="f2"))

    assert late.status_code == 409
    assert late.json == {"code": "refund_cut_off_passed", "closed_at": "2026-11-22T00:00:00+09:00"}
    assert sandbox.client.get(f"/payments/{reference}").json["left_yen"] == 999


def test_a_passed_cut_off_refuses_everything_and_tells_nobody(sandbox, madoguchi):
    reference = sandbox.pay(1000)
    sandbox.send()
    sandbox.control(refund_cut_off="passed")

    answer = sandbox.webhook(asked(reference, 1000))

    assert (answer.status_code, answer.json["code"]) == (409, "refund_cut_off_passed")
    assert sandbox.send() == 0


def test_no_more_than_what_is_left_is_given_back(sandbox):
    reference = sandbox.pay(1000)
    sandbox.webhook(asked(reference, 700))

    answer = sandbox.webhook(asked(reference, 301, delivery="d2", refund="f2"))

    assert (answer.status_code, answer.json) == (422, {"code": "refund_exceeds_payment", "left_yen": 300})


def test_a_refund_of_nothing_of_an_unknown_payment_or_under_a_used_id_is_refused(sandbox):
    reference = sandbox.pay(1000)
    sandbox.webhook(asked(reference, 100))

    def refused(message: dict, provider: str = "demo-paypay") -> tuple[int, str]:
        answer = sandbox.webhook(message, provider=provider)
        return answer.status_code, answer.json["code"]

    assert refused(asked(reference, 0, delivery="d2", refund="f2")) == (422, "amount_out_of_range")
    assert refused(asked("PP-none", 1, delivery="d3", refund="f3")) == (422, "payment_unknown")
    assert refused(asked(reference, 200, delivery="d4")) == (409, "refund_id_reused")
    # Another provider's key does not open this provider's payments.
    assert refused(asked(reference, 1, delivery="d5", refund="f5"), "demo-dbarai") == (422, "payment_unknown")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Madoguchi-Signature": ""}, "signature_missing"),
        ({"Madoguchi-Key": "d-hook"}, "key_unknown"),
        ({"Madoguchi-Timestamp": "soon"}, "timestamp_malformed"),
        ({"Madoguchi-Timestamp": "1"}, "timestamp_outside_window"),
        ({"Madoguchi-Signature": "0" * 64}, "signature_wrong"),
    ],
)
def test_an_untrusted_message_is_refused_and_changes_nothing(sandbox, headers, code):
    reference = sandbox.pay(1000)

    answer = sandbox.webhook(asked(reference, 1000), **headers)

    assert (answer.status_code, answer.json["code"]) == (401, code)
    assert sandbox.client.get(f"/payments/{reference}").json["left_yen"] == 1000


@pytest.mark.parametrize(
    "message",
    [
        {"id": "d1"},
        {"id": "d1", "event": "refund.requested", "data": {}},
        asked("PP-1", "100"),
        {"id": "d1", "event": "place.changed", "data": {**PLACE, "changed_at": "yesterday"}},
    ],
)
def test_a_message_that_cannot_be_read_is_not_taken_as_delivered(sandbox, message):
    """Its sender tries again, and may have mended it by then."""
    answer = sandbox.webhook(message)

    assert (answer.status_code, answer.json["code"]) == (400, "webhook_malformed")
    assert sandbox.sandbox.store.rows("SELECT * FROM delivery") == []


def test_an_unknown_provider_is_not_found_and_an_unknown_event_is_taken(sandbox):
    assert sandbox.client.post("/webhooks/nobody", data=b"{}").status_code == 404
    assert sandbox.webhook({"id": "d9", "event": "weather.changed", "data": {}}).json == {"status": "ignored"}


def test_a_place_keeps_its_latest_state_in_whatever_order_it_is_told(sandbox):
    """An overtaken message must not bring an old name back; a shop is then known by its number alone."""
    newer = {**PLACE, "name": "城山町立城山博物館", "changed_at": "2026-11-21T00:30:00Z"}
    sandbox.webhook({"id": "d1", "event": "place.changed", "data": newer})
    sandbox.webhook({"id": "d2", "event": "place.changed", "data": PLACE})

    reference = sandbox.pay()

    assert sandbox.client.get(f"/payments/{reference}").json["shop_name"] == "城山町立城山博物館"
    (row,) = sandbox.sandbox.store.rows("SELECT data FROM place")
    assert json.loads(row["data"]) == newer


@pytest.mark.parametrize("event", ["item.waiting", "item.answered", "item.corrected", "item.cancelled"])
def test_news_of_an_application_is_noted_once_and_decides_nothing(sandbox, event):
    """P-17: the provider's staff decide at the inbox; a demo's outbox must not fill with failures meanwhile."""
    news = {"id": "d1", "event": event, "data": {"item_id": "i1", "application": "AB12-CD34", "state": "at_provider"}}

    answers = [sandbox.webhook(news) for _ in range(2)]

    assert [(answer.status_code, answer.json) for answer in answers] == [(200, {"status": "noted"})] * 2
    assert len(sandbox.sandbox.store.rows("SELECT * FROM delivery")) == 1
    assert sandbox.sandbox.store.rows("SELECT * FROM place") == []
