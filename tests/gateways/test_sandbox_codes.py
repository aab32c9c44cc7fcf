"""The wallet shows a code and the provider takes money from it: once, fresh, in time, and for its own service."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from madoguchi.gateways.sandbox.words import WORDS
from madoguchi.jpqr.cpm import decode_cpm
from tests.gateways.conftest import STORE_ID


def make(sandbox, service: str = "paypay") -> str:
    answer = sandbox.client.post("/codes", json={"service": service})
    assert answer.status_code == 201, answer.json
    return answer.json["payload"]


def asked(sandbox, code: str, *, delivery: str = "d1", charge: str = "c1", seconds: float = 60, **changed) -> dict:
    now = sandbox.clock()
    data = {
        "charge_id": charge,
        "store_id": STORE_ID,
        "service": "paypay",
        "amount_yen": 1000,
        "shown_code": code,
        "order_reference": "20261121-0001",
        "requested_at": now.isoformat(),
        "valid_until": (now + timedelta(seconds=seconds)).isoformat(),
        **changed,
    }
    return {"id": delivery, "event": "charge.requested", "created_at": now.isoformat(), "data": data}


def paid(sandbox) -> list[dict]:
    return sandbox.client.get("/payments").json["payments"]


class TestTaken:
    def test_the_money_is_taken_and_the_notice_names_the_order(self, sandbox, madoguchi):
        answer = sandbox.webhook(asked(sandbox, make(sandbox)))
        sandbox.send()

        assert (answer.status_code, answer.json["status"]) == (200, "accepted")
        [(path, told)] = madoguchi.arrived
        assert path == "/api/v1/provider/payments"
        assert told == {
            "reference": answer.json["reference"],
            "service": "paypay",
            "store_id": STORE_ID,
            "amount_yen": 1000,
            "paid_at": "2026-11-21T10:31:05+09:00",
            "order_reference": "20261121-0001",
        }

    def test_neither_the_delivery_nor_the_charge_again_takes_it_twice(self, sandbox, clock):
        """Also after the minute: whoever asks whether it was taken in time is told that it was."""
        code = make(sandbox)
        first = sandbox.webhook(asked(sandbox, code))
        again = sandbox.webhook(asked(sandbox, code))
        clock.move(seconds=61)
        other_delivery = sandbox.webhook(asked(sandbox, code, delivery="d2", seconds=-1))

        assert first.json == again.json == other_delivery.json
        assert len(paid(sandbox)) == 1
        assert sandbox.send() == 1

    def test_a_code_is_good_until_its_last_moment(self, sandbox, clock):
        code = make(sandbox)
        clock.move(minutes=5, seconds=-1)

        assert sandbox.webhook(asked(sandbox, code)).status_code == 200


class TestNotTaken:
    """Each refusal is final and takes nothing; asked again, it stays the same."""

    def refusal(self, sandbox, message: dict, provider: str = "demo-paypay") -> tuple[int, str]:
        before = len(paid(sandbox))
        answer = sandbox.webhook(message, provider=provider)
        assert sandbox.webhook(message, provider=provider).json == answer.json
        assert (len(paid(sandbox)), sandbox.send()) == (before, 0)
        return answer.status_code, answer.json["code"]

    def test_from_a_code_nobody_made(self, sandbox):
        assert self.refusal(sandbox, asked(sandbox, "hQVKUFFSMWEQTwSQAAACVwgSNFZ4kBI0Vg==")) == (
            422,
            "shown_code_unknown",
        )
        assert self.refusal(sandbox, asked(sandbox, "nonsense", delivery="d2", charge="c2")) == (
            422,
            "shown_code_unknown",
        )

    def test_from_a_code_of_another_service_or_provider(self, sandbox):
        other = make(sandbox, "dbarai")

        assert self.refusal(sandbox, asked(sandbox, other)) == (422, "shown_code_unknown")
        message = asked(sandbox, other, delivery="d2", charge="c2", service="dbarai")
        # Signed by PayPay, who has no business with d払い's codes.
        assert self.refusal(sandbox, message) == (422, "service_of_another_provider")
        assert sandbox.webhook(message, provider="demo-dbarai").status_code == 200

    def test_from_an_expired_code(self, sandbox, clock):
        code = make(sandbox)
        clock.move(minutes=5)

        assert self.refusal(sandbox, asked(sandbox, code)) == (409, "shown_code_expired")

    def test_from_a_used_code(self, sandbox):
        code = make(sandbox)
        sandbox.webhook(asked(sandbox, code))
        sandbox.send()

        assert self.refusal(sandbox, asked(sandbox, code, delivery="d2", charge="c2")) == (409, "shown_code_used")

    def test_after_the_minute(self, sandbox, clock):
        """A charge is never taken late: the customer may have paid in cash and left."""
        message = asked(sandbox, make(sandbox))
        clock.move(seconds=60)

        assert self.refusal(sandbox, message) == (409, "valid_until_passed")

    def test_an_impossible_amount_does_not_use_the_code_up(self, sandbox):
        code = make(sandbox)

        assert self.refusal(sandbox, asked(sandbox, code, amount_yen=0)) == (422, "amount_out_of_range")
        assert sandbox.webhook(asked(sandbox, code, delivery="d2", charge="c2")).status_code == 200

    def test_other_facts_under_a_charge_that_was_taken(self, sandbox):
        code = make(sandbox)
        sandbox.webhook(asked(sandbox, code))
        sandbox.send()

        assert self.refusal(sandbox, asked(sandbox, code, delivery="d2", amount_yen=2000)) == (409, "charge_id_reused")


@pytest.mark.parametrize("changed", [{"amount_yen": "1000"}, {"valid_until": "soon"}, {"valid_until": "2026-11-21"}])
def test_a_charge_that_cannot_be_read_is_not_taken_as_delivered(sandbox, changed):
    answer = sandbox.webhook(asked(sandbox, make(sandbox), **changed))

    assert (answer.status_code, answer.json["code"]) == (400, "webhook_malformed")
    assert sandbox.sandbox.store.rows("SELECT * FROM delivery") == []


def test_each_code_is_another_and_names_its_services_operator(sandbox):
    first, second = decode_cpm(make(sandbox)), decode_cpm(make(sandbox))

    assert (first.scheme, first.operator_code) == ("jpqr-cpm", "99999001")
    assert len(first.payment_id) == 20
    assert first.payment_id != second.payment_id


@pytest.mark.parametrize(("service", "code"), [("nobody", "service_unknown"), ("dcard", "service_shows_no_code")])
def test_a_service_without_codes_is_refused_to_programs_and_people(sandbox, service, code):
    program = sandbox.client.post("/codes", json={"service": service})
    page = sandbox.client.post("/code", data={"service": service})

    assert (program.status_code, program.json["error"]["code"]) == (422, code)
    assert page.status_code == 422
    assert WORDS[code][0] in page.text


class TestPage:
    def show(self, sandbox, query: str = "") -> str:
        answer = sandbox.client.post(f"/code{query}", data={"service": "paypay"})
        assert answer.status_code == 303
        return answer.location

    def code_on(self, page: str) -> str:
        return re.search(r"readonly[^>]*>([^<]+)</textarea>", page)[1]

    def test_only_services_that_show_codes_are_offered(self, sandbox):
        page = sandbox.client.get("/code").text

        assert 'value="paypay"' in page
        assert 'value="dbarai"' in page
        assert 'value="dcard"' not in page

    def test_the_code_stays_the_same_however_often_it_is_loaded(self, sandbox):
        address = self.show(sandbox)
        page = sandbox.client.get(address).text

        assert "<svg" in page
        assert "10:36:05 まで使えます" in page
        assert decode_cpm(self.code_on(page)).operator_code == "99999001"
        assert self.code_on(sandbox.client.get(address).text) == self.code_on(page)

    def test_used_it_says_what_was_paid_and_shows_no_code(self, sandbox):
        address = self.show(sandbox)
        reference = sandbox.webhook(asked(sandbox, self.code_on(sandbox.client.get(address).text))).json["reference"]

        page = sandbox.client.get(address).text

        assert WORDS["code_used"][0] in page
        assert "¥1,000" in page
        assert f'href="/paid/{reference}"' in page
        assert "<svg" not in page
        assert 'data-state="done"' in page

    def test_expired_it_says_so_and_offers_a_fresh_one(self, sandbox, clock):
        address = self.show(sandbox, "?lang=en")
        clock.move(minutes=5)

        page = sandbox.client.get(address).text

        assert "This code has expired" in page
        assert "Show a fresh code" in page
        assert "<svg" not in page

    def test_an_unknown_one_leads_back_to_the_wallet(self, sandbox):
        assert sandbox.client.get("/code/123").status_code == 404
