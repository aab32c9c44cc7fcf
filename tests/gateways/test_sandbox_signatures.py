"""The wallet reads our own conditions in a code: until when, and who vouches for it (J-01, P-33)."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from PIL import Image

from madoguchi.gateways.sandbox import SandboxConfig, create_app
from madoguchi.gateways.sandbox.words import WORDS
from madoguchi.jpqr import decode, encode, new_key, qr_png, sign, with_conditions
from madoguchi.jpqr.conditions import GUID, KeyPair, public_key_text
from madoguchi.jpqr.payload import encode_tree
from tests.gateways.conftest import CONFIG, OPENING

TOWN = new_key()
IMPOSTOR = KeyPair(new_key().private, TOWN.public)  # calls itself by the town's key


@pytest.fixture
def config(tmp_path):
    """The sandbox's file with the town's key among those it trusts."""
    key = {"key_id": TOWN.key_id, "public_key": public_key_text(TOWN.public), "name": "城山町"}
    path = tmp_path / "sandbox.json"
    path.write_text(json.dumps({**CONFIG, "trusted_keys": [key]}), encoding="utf-8")
    return SandboxConfig.from_file(path)


def until(payload: str, **from_opening: float) -> str:
    return encode(with_conditions(decode(payload), expires_at=OPENING + timedelta(**from_opening), key=TOWN))


def shop_page(sandbox, payload: str, lang: str = "ja"):
    return sandbox.client.get("/shop", query_string={"payload": payload, "lang": lang})


def paid(sandbox):
    return sandbox.client.get("/payments").json["payments"]


def test_the_shops_page_says_quietly_who_vouches_for_its_code(sandbox, payload):
    assert "城山町の署名があります" in shop_page(sandbox, sign(payload, TOWN)).text
    assert "署名はありません" in shop_page(sandbox, payload).text
    assert "知らない鍵で署名されています" in shop_page(sandbox, sign(payload, new_key())).text
    assert "Signed by 城山町" in shop_page(sandbox, sign(payload, TOWN), "en").text


def test_without_keys_it_says_nothing_of_signatures(start, payload, tmp_path, config, clock):
    path = tmp_path / "other" / "sandbox.json"
    path.parent.mkdir()
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    app = create_app(SandboxConfig.from_file(path), clock=clock, starts_sender=False)

    page = app.test_client().get("/shop", query_string={"payload": sign(payload, TOWN)})

    assert page.status_code == 200
    assert 'id="signature"' not in page.text


@pytest.mark.parametrize("how", ["text", "picture", "page", "pay", "program"])
def test_a_forged_signature_is_refused_everywhere_and_nothing_is_paid(sandbox, payload, how):
    forged = sign(payload, IMPOSTOR)
    client = sandbox.client
    answer = {
        "text": lambda: client.post("/read", data={"payload": forged}),
        "picture": lambda: client.post("/read", data={"code": (io.BytesIO(qr_png(forged)), "code.png")}),
        "page": lambda: shop_page(sandbox, forged),
        "pay": lambda: client.post("/shop", data={"payload": forged, "service": "paypay", "amount": "100", "key": "k"}),
        "program": lambda: client.post("/pay", json={"service": "paypay", "payload": forged, "amount_yen": 100}),
    }[how]()

    assert answer.status_code == 422
    if how == "program":
        assert answer.json["error"]["code"] == "code_forged"
    else:
        assert WORDS["code_forged"][0] in answer.text
    assert paid(sandbox) == []


def test_an_expired_code_is_refused_with_its_time(sandbox, payload):
    answer = sandbox.client.post("/read?lang=en", data={"payload": until(payload, minutes=-1)})

    assert answer.status_code == 422
    assert "This code held until Sat 21 Nov 2026, 10:30:05. Ask the shop for a new one." in answer.text
    refused = sandbox.client.post(
        "/pay", json={"service": "paypay", "payload": until(payload, minutes=-1), "amount_yen": 100}
    )
    assert refused.json["error"]["code"] == "code_expired"
    assert refused.json["error"]["expired_at"] == "2026-11-21T01:30:05+00:00"


def test_a_code_that_expires_before_pay_is_pressed_pays_nothing(sandbox, payload, clock):
    text = until(payload, seconds=30)
    assert shop_page(sandbox, text).status_code == 200
    clock.move(seconds=30, milliseconds=1)

    answer = sandbox.client.post("/shop", data={"payload": text, "service": "paypay", "amount": "100", "key": "k"})

    assert (answer.status_code, paid(sandbox)) == (422, [])
    assert "2026年11月21日（土）10:31:35" in answer.text


def test_a_locked_amount_is_paid_as_it_is_or_not_at_all(sandbox, payload):
    tree = decode(payload).tree | {"01": "12", "54": "500"}
    locked = encode(with_conditions(decode(encode_tree(tree)), is_amount_locked=True, key=TOWN))
    facts = {"service": "paypay", "payload": locked}

    refused = sandbox.client.post("/pay", json={**facts, "amount_yen": 499})
    assert (refused.json["error"]["code"], paid(sandbox)) == ("amount_differs", [])
    assert sandbox.client.post("/pay", json={**facts, "amount_yen": 500}).status_code == 201
    assert [each["amount_yen"] for each in paid(sandbox)] == [500]


def test_conditions_that_make_no_sense_are_an_unreadable_code(sandbox, payload):
    answer = sandbox.client.post(
        "/pay",
        json={
            "service": "paypay",
            "payload": encode_tree(decode(payload).tree | {"80": {"00": GUID, "01": "soon"}}),
            "amount_yen": 1,
        },
    )

    assert answer.json["error"]["code"] == "code_unreadable"
    assert answer.json["error"]["reason"].startswith("bad_condition at 80.01")


def test_of_several_codes_on_a_picture_the_good_one_is_paid(sandbox, payload):
    """A sticker half under a forged one can still be read."""
    pictures = [Image.open(io.BytesIO(qr_png(text))) for text in (sign(payload, IMPOSTOR), sign(payload, TOWN))]
    both = Image.new("L", (sum(one.width for one in pictures), max(one.height for one in pictures)), 255)
    both.paste(pictures[0], (0, 0))
    both.paste(pictures[1], (pictures[0].width, 0))
    file = io.BytesIO()
    both.save(file, "PNG")
    file.seek(0)

    answer = sandbox.client.post("/read", data={"code": (file, "code.png")}, follow_redirects=True)

    assert answer.status_code == 200
    assert "城山町の署名があります" in answer.text


@pytest.mark.parametrize("wrong", [{"key_id": "x"}, {"key_id": "x", "public_key": "short", "name": "n"}, "x"])
def test_a_configuration_with_a_broken_key_is_refused(tmp_path, wrong):
    path = tmp_path / "broken.json"
    path.write_text(json.dumps({**CONFIG, "trusted_keys": [wrong]}))

    with pytest.raises(ValueError, match=r"not a sandbox configuration|bad_key"):
        SandboxConfig.from_file(path)
