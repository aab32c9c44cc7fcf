"""A provider's notices can come late, twice, swapped or not at all, and can be made to come after all (J-25)."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from madoguchi.gateways.sandbox import create_app
from madoguchi.gateways.sandbox.sender import MOST_ATTEMPTS, wait_before_retry
from madoguchi.gateways.sandbox.state import EXTENSION

PAYMENTS = "/api/v1/provider/payments"


def test_a_payment_is_told_to_madoguchi_signed_by_its_provider(sandbox, madoguchi):
    """J-25: what the operator's own screen shows at once is pushed at once."""
    reference = sandbox.pay(1200, service="dcard")

    assert sandbox.send() == 1

    told = {
        "reference": reference,
        "service": "dcard",
        "store_id": "0000000000001-0001-000001-000001",
        "amount_yen": 1200,
        "paid_at": "2026-11-21T10:31:05+09:00",
        "order_reference": None,
    }
    assert madoguchi.arrived == [(PAYMENTS, told)]
    assert madoguchi.keys == ["d-1"]
    assert sandbox.states(reference) == ["sent"]
    assert sandbox.send() == 0


def test_a_delayed_notice_leaves_when_its_time_has_come(sandbox, madoguchi, clock):
    """J-25: the lag of the JPQR screen, made to order."""
    sandbox.control(delay_seconds=90)
    reference = sandbox.pay()

    clock.move(seconds=89)
    assert sandbox.send() == 0
    clock.move(seconds=1)
    assert sandbox.send() == 1

    # Paid when it was paid, however late it is told.
    assert madoguchi.arrived[0][1]["paid_at"] == "2026-11-21T10:31:05+09:00"
    assert sandbox.states(reference) == ["sent"]


def test_a_duplicated_notice_is_the_same_request_again(sandbox, madoguchi):
    sandbox.control(duplicate=2)
    reference = sandbox.pay()

    assert sandbox.send() == 3

    assert madoguchi.references == [reference] * 3
    assert madoguchi.arrived[0] == madoguchi.arrived[1] == madoguchi.arrived[2]
    shown = sandbox.client.get(f"/payments/{reference}").json["notices"]
    assert sorted(notice["was_repeated"] for notice in shown) == [False, True, True]


def test_reordered_notices_arrive_in_swapped_pairs(sandbox, madoguchi):
    sandbox.control(reorder=True)
    first = sandbox.pay(1)
    assert sandbox.send() == 0

    second = sandbox.pay(2)
    assert sandbox.send() == 2
    third = sandbox.pay(3)
    assert sandbox.send() == 0
    fourth = sandbox.pay(4)
    sandbox.send()

    assert madoguchi.references == [second, first, fourth, third]


def test_a_held_notice_waits_until_the_next_one_has_really_gone(sandbox, madoguchi, clock):
    sandbox.control(reorder=True)
    first, second = sandbox.pay(1), sandbox.pay(2)
    madoguchi.answers = [httpx.Response(503)]

    assert sandbox.send() == 1
    clock.move(seconds=1)
    assert sandbox.send() == 2

    assert madoguchi.references == [second, second, first]


def test_the_last_held_notice_is_let_go_with_the_fault(sandbox, madoguchi):
    sandbox.control(reorder=True)
    reference = sandbox.pay()
    sandbox.control(reorder=False)

    sandbox.send()

    assert madoguchi.references == [reference]


def test_a_refund_can_overtake_its_payment(sandbox, madoguchi):
    """J-29: Madoguchi must hold a refund whose payment it has not heard of."""
    sandbox.control(reorder=True)
    reference = sandbox.pay(500)
    sandbox.client.post("/refund", json={"payment_reference": reference, "amount_yen": 500})

    sandbox.send()

    assert [path for path, _ in madoguchi.arrived] == ["/api/v1/provider/refunds", PAYMENTS]


def test_dropped_notices_leave_only_when_asked_for_in_their_order(sandbox, madoguchi):
    sandbox.control(drop=True)
    first, second = sandbox.pay(1), sandbox.pay(2)
    assert sandbox.send() == 0
    assert sandbox.states(first) == ["dropped"]

    answer = sandbox.control(drop=False, action="resend_all_dropped")
    sandbox.send()

    assert answer.json["resent"] == 2
    assert madoguchi.references == [first, second]
    assert sandbox.control(action="resend_all_dropped").json["resent"] == 0


def test_resending_one_notice_hastens_what_waits_and_repeats_what_went(sandbox, madoguchi):
    sandbox.control(drop=True, delay_seconds=60)
    reference = sandbox.pay()

    for _ in range(2):
        assert sandbox.client.post("/resend", json={"reference": reference}).status_code == 202
        sandbox.send()

    assert madoguchi.references == [reference, reference]
    assert sandbox.states(reference) == ["sent", "sent"]


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(429)])
def test_a_passing_failure_is_tried_again_a_little_later(sandbox, madoguchi, clock, failure):
    madoguchi.answers = [failure]
    reference = sandbox.pay()

    assert sandbox.send() == 1
    assert sandbox.states(reference) == ["waiting"]
    clock.move(seconds=wait_before_retry(1))
    assert sandbox.send() == 1

    assert sandbox.states(reference) == ["sent"]


def test_retries_end(sandbox, madoguchi, clock):
    madoguchi.answers = [httpx.ConnectError("refused") for _ in range(MOST_ATTEMPTS)]
    reference = sandbox.pay()

    for _ in range(MOST_ATTEMPTS):
        assert sandbox.send() == 1
        clock.move(seconds=60)

    assert sandbox.states(reference) == ["failed"]
    assert sandbox.send() == 0


def test_a_refused_notice_is_shown_with_its_reason_and_not_tried_again(sandbox, madoguchi, clock):
    madoguchi.answers = [httpx.Response(409, json={"error": {"code": "reference_reused"}})]
    reference = sandbox.pay()

    sandbox.send()
    clock.move(hours=1)
    assert sandbox.send() == 0

    (notice,) = sandbox.client.get("/notices?state=failed").json["notices"]
    assert (notice["reference"], notice["answer_status"], notice["answer_code"]) == (
        reference, 409, "reference_reused",
    )  # fmt: skip
    page = sandbox.client.get(f"/paid/{reference}?lang=en").text
    assert "Not accepted · answer 409 reference_reused" in page


def test_a_restart_keeps_waiting_notices_and_faults(start, madoguchi, clock):
    before = start()
    before.control(delay_seconds=60)
    late = before.pay(1)
    before.control(delay_seconds=0, duplicate=1)
    twice = before.pay(2)

    after = start()
    after.send()
    clock.move(seconds=60)
    after.send()

    assert madoguchi.references == [twice, twice, late]
    assert after.client.get("/control").json["duplicate"] == 1


def test_the_background_thread_sends_over_the_network_at_once(config):
    """J-25: an un-delayed notice leaves without waiting for a next round."""
    arrived: list[dict] = []
    has_arrived = threading.Event()

    class Counter(BaseHTTPRequestHandler):
        def do_POST(self):
            arrived.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()
            self.wfile.write(b"{}")
            has_arrived.set()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Counter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        app = create_app(replace(config, madoguchi_url=f"http://127.0.0.1:{server.server_port}"))
        sandbox = app.extensions[EXTENSION]
        store_id = "0000000000001-0001-000001-000001"
        client = app.test_client()
        assert client.get("/healthz").json["is_sending"] is True
        paid = client.post("/pay", json={"service": "paypay", "store_id": store_id, "amount_yen": 300}).json

        assert has_arrived.wait(10)

        sandbox.sender.stop()
        sandbox.store.close()
        server.shutdown()
    assert [message["reference"] for message in arrived] == [paid["reference"]]
    assert not sandbox.sender.is_running
