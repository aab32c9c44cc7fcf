"""The wallet in a browser and for programs: read a shop's code, pay, see that it was told (J-25, J-29)."""

from __future__ import annotations

import io
import json
import re

import pytest
from PIL import Image

from madoguchi.gateways.sandbox import SandboxConfig
from madoguchi.gateways.sandbox.words import WORDS
from madoguchi.jpqr import qr_png

STORE_ID = "0000000000001-0001-000001-000001"


def picture(payload: str) -> io.BytesIO:
    return io.BytesIO(qr_png(payload))


def pay_in_wallet(sandbox, payload: str, amount: str, **changes: str):
    form = {"payload": payload, "service": "paypay", "amount": amount, "key": "k1", **changes}
    return sandbox.client.post("/shop", data=form)


def test_a_picture_of_the_code_leads_to_the_shop_and_its_name(sandbox, payload):
    answer = sandbox.client.post("/read", data={"code": (picture(payload), "code.png")}, follow_redirects=True)

    assert answer.status_code == 200
    assert answer.request.path == "/shop"
    assert "城山町立博物館" in answer.text
    assert STORE_ID in answer.text


def test_the_text_of_the_code_does_as_well(sandbox, payload):
    answer = sandbox.client.post("/read?lang=en", data={"payload": f" {payload}\n"}, follow_redirects=True)

    assert '<html lang="en">' in answer.text
    assert "城山町立博物館" in answer.text


def blank() -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (80, 80), "white").save(made, "PNG")
    made.seek(0)
    return made


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (dict, "code_missing"),
        (lambda: {"payload": "https://example.com"}, "code_unreadable"),
        (lambda: {"code": (io.BytesIO(b"no picture"), "code.png")}, "picture_unreadable"),
        (lambda: {"code": (blank(), "code.png")}, "picture_without_code"),
        (lambda: {"code": (picture("https://example.com"), "code.png")}, "code_unreadable"),
    ],
)
def test_what_cannot_be_read_is_explained_where_it_was_entered(sandbox, form, code):
    answer = sandbox.client.post("/read", data=form())

    assert answer.status_code == 422
    assert WORDS[code][0] in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_paying_shows_the_reference_and_tells_madoguchi(sandbox, payload, madoguchi):
    answer = pay_in_wallet(sandbox, payload, "1,500")
    assert answer.status_code == 303
    sandbox.send()

    page = sandbox.client.get(answer.location).text

    reference = re.search(r'id="paid-reference">([^<]+)<', page)[1]
    assert madoguchi.references == [reference]
    assert re.fullmatch(r"PP-20261121-[0-9A-Z]{10}", reference)
    assert "¥1,500" in page
    assert "2026年11月21日（土）10:31:05" in page
    assert "送信済み" in page


def test_full_width_figures_are_understood(sandbox, payload):
    """What a Japanese keyboard types first."""
    pay_in_wallet(sandbox, payload, "￥１，５００円")

    assert sandbox.client.get("/payments").json["payments"][0]["amount_yen"] == 1500


def test_pressing_pay_twice_pays_once(sandbox, payload):
    first = pay_in_wallet(sandbox, payload, "500")
    second = pay_in_wallet(sandbox, payload, "500")

    assert first.location == second.location
    assert sandbox.send() == 1


@pytest.mark.parametrize("amount", ["", "0", "-5", "12.5", "10000001", "9" * 12, "いちえん"])
def test_an_impossible_amount_is_refused_and_stays_in_the_form(sandbox, payload, amount):
    answer = pay_in_wallet(sandbox, payload, amount)

    assert answer.status_code == 422
    assert "1円から10,000,000円まで" in answer.text
    assert f'value="{amount}"' in answer.text
    assert sandbox.client.get("/payments").json["payments"] == []


def test_late_lost_and_held_notices_are_told_apart_in_words(sandbox):
    sandbox.control(delay_seconds=60)
    late = sandbox.pay()
    sandbox.control(delay_seconds=0, reorder=True)
    held = sandbox.pay()
    sandbox.control(drop=True)
    lost = sandbox.pay()

    def words(reference: str) -> str:
        return sandbox.client.get(f"/paid/{reference}").text

    assert "遅らせています · 予定 10:32:05" in words(late)
    assert "次の通知のあとに送ります" in words(held)
    assert "送らずに失われました" in words(lost)


def test_a_notice_is_resent_from_the_page(sandbox, madoguchi):
    reference = sandbox.pay()
    sandbox.send()

    sandbox.client.post(f"/paid/{reference}/resend")
    sandbox.send()

    assert madoguchi.references == [reference, reference]
    assert "2通送りました" in sandbox.client.get(f"/paid/{reference}").text
    other = sandbox.pay()
    assert sandbox.client.post(f"/paid/{reference}/resend", data={"notice": other}).status_code == 404


def test_the_providers_own_screen_refunds_and_explains_why_not(sandbox):
    """J-29: staff take the wrong payment back in the operator's screen."""
    reference = sandbox.pay(1000)

    too_much = sandbox.client.post(f"/paid/{reference}/refund", data={"refund_amount": "1001"})
    assert too_much.status_code == 422
    assert "返せるのは残りの1,000円まで" in too_much.text

    sandbox.client.post(f"/paid/{reference}/refund", data={"refund_amount": "1000"})
    page = sandbox.client.get(f"/paid/{reference}").text
    assert "決済事業者の画面から返金する" not in page
    (refund,) = sandbox.client.get(f"/payments/{reference}").json["refunds"]
    assert refund["refund_id"] is None

    sandbox.control(refund_cut_off="passed")
    late = sandbox.pay(1000)
    refused = sandbox.client.post(f"/paid/{late}/refund?lang=en", data={"refund_amount": "1000"})
    assert "cut-off for refunds (Sat 21 Nov 2026, 10:31:05) has passed" in refused.text


def test_the_faults_form_sets_all_and_refuses_nonsense_with_the_field(sandbox):
    form = {"delay_seconds": "2.5", "duplicate": "3", "drop": "on", "refund_cut_off": "end_of_day"}
    assert sandbox.client.post("/faults", data=form).status_code == 303
    expected = {
        "delay_seconds": 2.5,
        "duplicate": 3,
        "reorder": False,
        "drop": True,
        "refund_cut_off": "end_of_day",
    }
    assert sandbox.client.get("/control").json == expected

    refused = sandbox.client.post("/faults", data={**form, "duplicate": "many"})

    assert refused.status_code == 422
    assert "同じ通知を余分に送る（通）" in refused.text
    assert sandbox.client.get("/control").json == expected


def test_lost_notices_are_sent_from_the_faults_page(sandbox, madoguchi):
    sandbox.control(drop=True)
    reference = sandbox.pay()
    assert "失われた通知：1通" in sandbox.client.get("/faults").text

    sandbox.client.post("/faults/resend-all-dropped")
    sandbox.send()

    assert madoguchi.references == [reference]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"delay": 1}, "setting_unknown", "delay"),
        ({"delay_seconds": -1}, "setting_malformed", "delay_seconds"),
        ({"delay_seconds": True}, "setting_malformed", "delay_seconds"),
        ({"duplicate": 21}, "setting_malformed", "duplicate"),
        ({"drop": "yes"}, "setting_malformed", "drop"),
        ({"refund_cut_off": "noon"}, "setting_malformed", "refund_cut_off"),
        ({"action": "explode"}, "action_unknown", "action"),
    ],
)
def test_control_refuses_what_it_does_not_know(sandbox, changes, code, field):
    answer = sandbox.control(drop=True, **changes) if "drop" not in changes else sandbox.control(**changes)

    assert answer.status_code == 422
    assert (answer.json["error"]["code"], answer.json["error"]["field"]) == (code, field)
    assert sandbox.client.get("/control").json["drop"] is False


def test_a_program_pays_by_payload_and_names_its_own_time(sandbox, payload):
    facts = {
        "provider": "demo-paypay",
        "service": "paypay",
        "payload": payload,
        "amount_yen": 800,
        "paid_at": "2026-11-20T15:00:00Z",
        "order_reference": "T-17",
    }
    answer = sandbox.client.post("/pay", json=facts)

    assert answer.status_code == 201
    assert answer.json["paid_at"] == "2026-11-21T00:00:00+09:00"
    (paid,) = sandbox.client.get("/payments").json["payments"]
    assert (paid["shop_name"], paid["order_reference"], paid["delivery"]) == ("城山町立博物館", "T-17", "waiting")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"service": "suica"}, "service_unknown", "service"),
        ({"provider": "demo-dbarai"}, "service_of_another_provider", "provider"),
        ({"store_id": "1-2-3"}, "store_id_malformed", "store_id"),
        ({"store_id": None}, "shop_missing", "payload"),
        ({"amount_yen": 0}, "amount_out_of_range", "amount_yen"),
        ({"amount_yen": 10_000_001}, "amount_out_of_range", "amount_yen"),
        ({"amount_yen": "100"}, "field_malformed", "amount_yen"),
        ({"amount_yen": True}, "field_malformed", "amount_yen"),
        ({"amount_yen": None}, "amount_out_of_range", "amount_yen"),
        ({"paid_at": "2026-11-21T10:00:00"}, "instant_malformed", "paid_at"),
        ({"order_reference": "a b"}, "field_malformed", "order_reference"),
        ({"amount": 1}, "field_unknown", "amount"),
        ({"service": None}, "field_missing", "service"),
    ],
)
def test_a_program_learns_which_field_is_wrong(sandbox, changes, code, field):
    facts = {"service": "paypay", "store_id": STORE_ID, "amount_yen": 100, **changes}

    answer = sandbox.client.post("/pay", json=facts)

    assert answer.status_code == 422
    assert (answer.json["error"]["code"], answer.json["error"]["field"]) == (code, field)
    assert answer.json["error"]["message"]
    assert sandbox.client.get("/payments").json["payments"] == []


def test_what_is_not_there_is_said_in_the_form_its_reader_uses(sandbox):
    assert sandbox.client.get("/payments/PP-none").json["error"]["code"] == "payment_unknown"
    page = sandbox.client.get("/paid/PP-none?lang=en")
    assert (page.status_code, "There is no payment with this reference." in page.text) == (404, True)
    assert sandbox.client.get("/nowhere").status_code == 404
    assert sandbox.client.post("/resend", json={"reference": "PP-none"}).status_code == 404
    assert sandbox.client.get("/notices?limit=0").status_code == 422


def test_every_page_says_that_no_real_money_moves_and_asks_nothing_of_other_servers(sandbox, payload):
    reference = sandbox.pay()
    for address in ("/", f"/shop?payload={payload}", f"/paid/{reference}", "/faults"):
        for query, banner in (("", "実際のお金は動きません"), ("lang=en", "no real money moves")):
            answer = sandbox.client.get(address + ("&" if "?" in address else "?") + query)
            assert answer.status_code == 200
            assert banner in answer.text
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text)
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_button_on_another_site_does_not_pay(sandbox, payload):
    form = {"payload": payload, "service": "paypay", "amount": "100"}
    answer = sandbox.client.post("/shop", data=form, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert sandbox.client.get("/payments").json["payments"] == []


def test_a_too_large_picture_is_explained(sandbox):
    answer = sandbox.client.post("/read", data={"code": (io.BytesIO(b"\0" * (17 * 1024 * 1024)), "code.png")})

    assert answer.status_code == 413
    assert "16 MB" in answer.text


def test_a_shop_named_in_markup_is_only_text(sandbox):
    place = {"place_id": "p", "store_id": STORE_ID, "name": "<b>店</b>", "changed_at": "2026-11-21T00:00:00Z"}
    sandbox.webhook({"id": "d", "event": "place.changed", "data": place})
    sandbox.pay()

    assert "&lt;b&gt;店&lt;/b&gt;" in sandbox.client.get("/").text


def test_the_configuration_names_what_is_wrong_with_it(tmp_path):
    path = tmp_path / "sandbox.json"
    provider = {"provider": "p", "name": "P", "services": [{"id": "s", "name": "S"}], "key_id": "k", "secret": "x",
                "webhook_key_id": "h", "webhook_secret": "y"}  # fmt: skip

    def read(**facts: object) -> SandboxConfig:
        path.write_text(json.dumps({"madoguchi_url": "http://127.0.0.1:8000/", **facts}))
        return SandboxConfig.from_environment({"MADOGUCHI_SANDBOX_CONFIG": str(path)})

    config = read(providers=[provider])
    assert (config.madoguchi_url, config.database) == ("http://127.0.0.1:8000", tmp_path / "sandbox.sqlite3")
    assert "'x'" not in repr(config)  # secrets stay out of logs
    for wrong in ([], [{"provider": "p"}], [provider, provider]):
        with pytest.raises(ValueError, match="sandbox"):
            read(providers=wrong)
    with pytest.raises(ValueError, match="MADOGUCHI_SANDBOX_CONFIG"):
        SandboxConfig.from_environment({})
