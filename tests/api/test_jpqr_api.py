"""POST /api/v1/jpqr/…: codes read, written and checked for anybody, with the reason and the place of every fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from madoguchi.jpqr import decode, encode_cpm, jpqr_cpm, new_key, sign, signature_state
from madoguchi.jpqr.conditions import conditions_of, read_public_key
from madoguchi.people.access import system_actor
from madoguchi.registry.codes import payload_of
from madoguchi.registry.models import StoreCode
from madoguchi.registry.signing import issue_signing_key, revoke_signing_key
from tests.jpqr.foreign import FOREIGN
from tests.jpqr.vectors import EMVCO_FOREIGN, JPQR_STATIC

FACTS = {
    "store_id": "0000000000001-0001-000001-000001", "merchant_name": "xxx", "city": "xxx", "postal_code": "1066143",
    "mcc": "5812", "local_name": "メルペイ カフェ",
}  # fmt: skip


def post(path: str, data: Any) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Client().post(f"/api/v1/jpqr/{path}", body, "application/json")


def refusal(answer: Any) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("field") or error.get("path") or None


def test_a_code_is_read():
    answer = post("decode", {"payload": JPQR_STATIC})

    assert answer.status_code == 200
    found = answer.json()
    assert (found["ok"], found["scheme"], found["merchant_name_local"]) == (True, "jpqr", "メルペイ カフェ")
    assert found["store_id"] == {"level1": "0000000000001", "level2": "0001", "level3": "000001", "level4": "000001"}
    assert found["fields"]["26"]["00"] == "jp.or.paymentsjapan"
    assert found["fields"]["63"] == "01DA"


def test_a_code_that_cannot_be_taken_says_why_and_where():
    answer = post("decode", {"payload": JPQR_STATIC[:-1] + "B"})

    assert answer.status_code == 422
    assert answer.json() == {
        "ok": False,
        "error": {"code": "crc_mismatch", "path": "63", "offset": 156, "message": "says 01DB, the text gives 01DA"},
    }


def test_several_codes_are_answered_in_their_order_and_one_fault_spoils_no_other():
    customers = encode_cpm(jpqr_cpm(operator_code="90000002", payment_id="12"))
    answer = post("decode", {"payloads": [customers, "x", EMVCO_FOREIGN]})

    assert answer.status_code == 200
    assert [one.get("scheme") for one in answer.json()["results"]] == ["jpqr-cpm", None, "emvco"]
    assert [one["ok"] for one in answer.json()["results"]] == [True, False, True]


def test_every_fault_is_told_if_asked():
    found = post("decode", {"payload": JPQR_STATIC.replace("5802JP", "5802jp"), "lenient": True}).json()

    assert [one["code"] for one in found["faults"]] == ["crc_mismatch", "bad_value"]
    assert found["fields"]["59"] == "xxx"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "json_malformed", None)),
        (b"[]", (422, "field_wrong", None)),
        ({}, (422, "field_wrong", None)),
        ({"payload": "x", "payloads": ["x"]}, (422, "field_wrong", None)),
        ({"payloads": []}, (422, "field_wrong", "payloads")),
        ({"payloads": ["x"] * 1_001}, (422, "field_wrong", "payloads")),
        ({"payload": 5}, (422, "field_wrong", "payload")),
        ({"payload": "x", "page": 1}, (422, "field_unknown", "page")),
        ({"payload": "\ud800"}, (400, "json_malformed", None)),
        (b" " * 3_000_000, (413, "body_too_large", None)),
    ],
    ids=["no JSON", "a list", "nothing", "both", "none", "too many", "a number", "unknown", "half a pair", "huge"],
)
def test_a_body_that_asks_nothing_sensible_is_refused(body: Any, expected: tuple[int, str, str | None]):
    assert refusal(post("decode", body)) == expected


def test_a_static_code_is_written_and_drawn():
    answer = post("encode", {**FACTS, "symbol": True})

    assert answer.status_code == 200
    assert answer.json()["payload"] == JPQR_STATIC
    assert answer.json()["svg"].startswith("<svg ")


def test_a_dynamic_code_with_its_conditions_is_written():
    answer = post(
        "encode",
        {**FACTS, "amount_yen": 500, "bill": "B-1", "expires_at": "2027-01-01T09:00:00+09:00", "amount_locked": True},
    )
    payload = decode(answer.json()["payload"])

    assert (payload.value("01"), payload.value("54"), payload.value("62.01")) == ("12", "500", "B-1")
    said = conditions_of(payload)
    assert (said.expires_at.isoformat(), said.is_amount_locked) == ("2027-01-01T00:00:00+00:00", True)


def test_a_customers_code_is_written():
    answer = post("encode", {"operator_code": "90000002", "payment_id": "1234567890123456"})

    assert answer.json() == {"ok": True, "payload": "hQVKUFFSMWEQTwSQAAACVwgSNFZ4kBI0Vg=="}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_was_read_can_be_written_again(name: str):
    payload = FOREIGN[name][0]
    fields = post("decode", {"payload": payload}).json()["fields"]

    assert post("encode", {"fields": fields}).json()["payload"] == payload


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mcc": None}, (422, "field_missing", "mcc")),
        ({"store_id": "1"}, (422, "bad_store_id", None)),
        ({"merchant_name": "富岡市役所"}, (422, "bad_value", "59")),
        ({"amount_yen": 0}, (422, "bad_value", "54")),
        ({"amount_yen": 1.5}, (422, "field_wrong", "amount_yen")),
        ({"amount_locked": True}, (422, "unexpected_tag", "80.02")),
        ({"expires_at": "2027-01-01T00:00:00"}, (422, "field_wrong", "expires_at")),
        ({"key": "x"}, (422, "field_unknown", "key")),
        ({"fields": {"00": ["01"]}}, (422, "field_wrong", "fields")),
        ({"fields": {"00": "01"}}, (422, "missing_tag", "52")),
        ({"operator_code": "x"}, (422, "bad_value", "61.4F")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_facts_that_make_no_code_are_refused_with_their_field(changes: Any, expected: tuple[int, str, str | None]):
    assert refusal(post("encode", {**FACTS, **changes})) == expected


@pytest.mark.django_db
def test_a_towns_own_code_is_genuine_and_one_pasted_over_it_is_not(mill: Any):
    """J-01, P-33: anybody can find out."""
    code = StoreCode.objects.get(place=mill)
    key = issue_signing_key(actor=system_actor("test"), organisation_id=code.principal_id)
    own = payload_of(code)

    def verdict(payload: str) -> str:
        answer = post("inspect", {"payload": payload})
        assert answer.status_code == 200
        return str(answer.json()["verdict"])

    assert verdict(own) == "genuine"
    assert verdict(sign(own, new_key())) == "unknown_key"
    assert verdict(JPQR_STATIC) == "unsigned"
    assert verdict("x") == "unreadable"
    revoke_signing_key(actor=system_actor("test"), key_id=key.key_id, reason="lost")
    assert verdict(own) == "unknown_key"


@pytest.mark.django_db
def test_public_keys_prove_a_towns_codes_to_anybody(mill: Any):
    code = StoreCode.objects.get(place=mill)
    key = issue_signing_key(actor=system_actor("test"), organisation_id=code.principal_id)
    rows = Client().get("/api/v1/jpqr/keys").json()["keys"]

    (row,) = [row for row in rows if row["key_id"] == key.key_id]
    assert (row["organisation"], row["municipality_code"], row["revoked_at"]) == ("群馬県富岡市", "10210", None)
    assert "private" not in json.dumps(rows)
    assert signature_state(decode(payload_of(code)), {key.key_id: read_public_key(row["public_key"])}) == "genuine"
