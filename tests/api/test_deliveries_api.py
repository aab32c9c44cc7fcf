"""GET /api/v1/provider/deliveries and its replay: a provider sees what it was sent, and asks for it again."""

from __future__ import annotations

from typing import Any

import pytest

from madoguchi.core import ids
from madoguchi.core.ids import new_id
from madoguchi.events.actions import note_attempt, send_later
from madoguchi.events.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(provider, monkeypatch, clock) -> list[Delivery]:
    """Three messages to PayPay, oldest first, and one to au PAY."""
    Delivery.objects.all().delete()
    made = []
    for second, receiver in enumerate(("paypay", "au_pay", "paypay", "paypay")):
        monkeypatch.setattr(ids.time, "time_ns", lambda second=second: (1_795_000_000 + second) * 10**9)
        send_later(receiver, "place.changed", f"s{second}", {"number": second})
        made.append(Delivery.objects.latest("id"))
    return [row for row in made if row.destination == "paypay"]


def ids_of(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [row["id"] for row in answer.json()["deliveries"]]


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_provider_sees_its_own_messages_newest_first(provider, sent):
    answer = provider.get("deliveries")

    assert ids_of(answer) == [str(row.id) for row in reversed(sent)]
    assert answer.json()["has_more"] is False


def test_each_message_comes_with_its_attempts_and_their_answers(provider, sent, clock):
    note_attempt(sent[0].id, status=None, answer="ConnectTimeout: timed out", milliseconds=5_000)
    note_attempt(sent[0].id, status=200, answer="ok", milliseconds=12)

    row = provider.get("deliveries").json()["deliveries"][-1]

    at = clock.at.isoformat()
    assert row == {
        "id": str(sent[0].id),
        "event": "place.changed",
        "state": "delivered",
        "created_at": at,
        "next_at": None,
        "data": {"number": 0},
        "attempts": [
            {"at": at, "status": None, "answer": "ConnectTimeout: timed out", "milliseconds": 5_000},
            {"at": at, "status": 200, "answer": "ok", "milliseconds": 12},
        ],
    }


def test_a_message_that_waits_says_until_when(provider, sent, clock):
    assert provider.get("deliveries").json()["deliveries"][0]["next_at"] == clock.at.isoformat()


def test_the_log_goes_on_below_the_cursor(provider, sent, monkeypatch):
    monkeypatch.setattr("madoguchi.api.provider.PAGE", 2)
    first = provider.get("deliveries")
    assert (ids_of(first), first.json()["has_more"]) == ([str(sent[2].id), str(sent[1].id)], True)

    second = provider.get("deliveries", cursor=first.json()["next_cursor"])

    assert (ids_of(second), second.json()["has_more"]) == ([str(sent[0].id)], False)


def test_the_log_is_asked_by_state(provider, sent):
    note_attempt(sent[1].id, status=409, answer="", milliseconds=1)

    assert ids_of(provider.get("deliveries", state="declined")) == [str(sent[1].id)]
    assert ids_of(provider.get("deliveries", state="given_up")) == []


@pytest.mark.parametrize("state", ["lost", "\x00", "waiting "])
def test_a_state_that_does_not_exist_is_refused(provider, sent, state):
    assert code_of(provider.get("deliveries", state=state)) == (422, "field_wrong")


@pytest.mark.parametrize("cursor", ["x", "5", "\x00"])
def test_a_cursor_that_was_never_given_out_is_refused(provider, cursor):
    assert code_of(provider.get("deliveries", cursor=cursor)) == (400, "cursor_wrong")


class TestReplay:
    def replay(self, provider, delivery_id) -> Any:
        return provider.post(f"deliveries/{delivery_id}/replay", b"")

    def test_a_finished_message_is_sent_again_with_the_same_id(self, provider, sent):
        note_attempt(sent[0].id, status=409, answer="", milliseconds=1)

        answer = self.replay(provider, sent[0].id)

        assert answer.status_code == 202
        assert (answer.json()["id"], answer.json()["state"]) == (str(sent[0].id), "waiting")
        assert len(answer.json()["attempts"]) == 1

    def test_one_that_still_waits_is_left_alone(self, provider, sent):
        assert code_of(self.replay(provider, sent[0].id)) == (409, "delivery_still_waiting")

    def test_a_charge_is_never_sent_again_and_does_not_tell_its_code(self, provider):
        send_later("paypay", "charge.requested", "c1", {"charge_id": "c1", "shown_code": "secret"})
        charge = Delivery.objects.get(event="charge.requested")
        note_attempt(charge.id, status=200, answer="", milliseconds=1)

        assert code_of(self.replay(provider, charge.id)) == (409, "delivery_not_repeatable")
        assert provider.get("deliveries").json()["deliveries"][0]["data"] == {"charge_id": "c1", "shown_code": ""}

    @pytest.mark.parametrize("delivery_id", [new_id(), "x", "5"])
    def test_an_unknown_one_is_refused(self, provider, sent, delivery_id):
        assert code_of(self.replay(provider, delivery_id)) == (404, "delivery_unknown")

    def test_another_providers_is_unknown_and_stays_as_it_is(self, provider, sent):
        other = Delivery.objects.get(destination="au_pay")
        note_attempt(other.id, status=200, answer="", milliseconds=1)

        assert code_of(self.replay(provider, other.id)) == (404, "delivery_unknown")
        other.refresh_from_db()
        assert other.state == "delivered"

    def test_only_a_signed_request_is_taken(self, provider, sent):
        note_attempt(sent[0].id, status=200, answer="", milliseconds=1)

        answer = provider.client.post(f"/api/v1/provider/deliveries/{sent[0].id}/replay")

        assert code_of(answer) == (401, "signature_missing")
        sent[0].refresh_from_db()
        assert sent[0].state == "delivered"
