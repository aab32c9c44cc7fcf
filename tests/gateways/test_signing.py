"""A provider's message is taken only if one of its keys signed these bytes within five minutes (J-25, J-29)."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from madoguchi.gateways.signing import SignatureError, sign, signed_headers, verify

NOW = 1_795_224_665
SECRETS = {"old": "春のかぎ", "new": "autumn key"}
BODY = '{"reference":"PP-1","name":"城山町"}'.encode()


def headers(**changes: str | None) -> dict[str, str]:
    made = signed_headers("new", SECRETS["new"], BODY, now=NOW)
    for name, value in changes.items():
        header = f"Madoguchi-{name.title()}"
        if value is None:
            del made[header]
        else:
            made[header] = value
    return made


def refused_code(sent: dict[str, str], *, body: bytes = BODY, now: int = NOW) -> str:
    with pytest.raises(SignatureError) as refused:
        verify(secrets=SECRETS, headers=sent, body=body, now=now)
    assert refused.value.message
    return refused.value.code


def test_the_signature_is_hmac_sha256_of_time_stop_body_in_lower_case_hex():
    """J-25: another language's implementation needs nothing but this line."""
    expected = hmac.new(b"autumn key", b"1795224665." + BODY, hashlib.sha256).hexdigest()

    assert sign("autumn key", NOW, BODY) == expected
    assert headers() == {
        "Madoguchi-Key": "new",
        "Madoguchi-Timestamp": "1795224665",
        "Madoguchi-Signature": expected,
    }


def test_a_signed_message_names_its_key():
    assert verify(secrets=SECRETS, headers=headers(), body=BODY, now=NOW) == "new"


def test_a_get_signs_the_empty_body():
    sent = signed_headers("old", SECRETS["old"], b"", now=NOW)

    assert verify(secrets=SECRETS, headers=sent, body=b"", now=NOW) == "old"


def test_keys_are_changed_without_a_pause():
    """While both keys are valid either signs; once the old one is withdrawn only it is refused."""
    by_old = signed_headers("old", SECRETS["old"], BODY, now=NOW)
    by_new = headers()
    assert verify(secrets=SECRETS, headers=by_old, body=BODY, now=NOW) == "old"
    assert verify(secrets=SECRETS, headers=by_new, body=BODY, now=NOW) == "new"

    after = {"new": SECRETS["new"]}

    assert verify(secrets=after, headers=by_new, body=BODY, now=NOW) == "new"
    with pytest.raises(SignatureError) as refused:
        verify(secrets=after, headers=by_old, body=BODY, now=NOW)
    assert refused.value.code == "key_unknown"


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_the_case_of_header_names_does_not_matter(change):
    """HTTP/2 sends them in lower case, WSGI servers in whatever they like."""
    sent = {change(name): value for name, value in headers().items()}

    assert verify(secrets=SECRETS, headers=sent, body=BODY, now=NOW) == "new"


@pytest.mark.parametrize("missing", ["key", "timestamp", "signature"])
def test_a_missing_or_empty_header_is_refused(missing):
    assert refused_code(headers(**{missing: None})) == "signature_missing"
    assert refused_code(headers(**{missing: ""})) == "signature_missing"


def test_an_unknown_key_is_refused():
    assert refused_code(headers(key="NEW")) == "key_unknown"


@pytest.mark.parametrize("time", ["now", "-1795224665", "1795224665.0", "1_795", "１７９５２２４６６５", "9" * 5000])
def test_a_malformed_time_is_refused(time):
    assert refused_code(headers(timestamp=time)) == "timestamp_malformed"


@pytest.mark.parametrize("off_by", [-300, 300])
def test_the_edge_of_the_window_is_inside(off_by):
    assert verify(secrets=SECRETS, headers=headers(), body=BODY, now=NOW + off_by) == "new"


@pytest.mark.parametrize("off_by", [-301, 301])
def test_a_second_beyond_the_window_is_refused(off_by):
    assert refused_code(headers(), now=NOW + off_by) == "timestamp_outside_window"


def test_another_body_time_key_or_signature_is_refused():
    """A byte or a second changed on the way, or the right signature under another key's name."""
    assert refused_code(headers(), body=BODY + b" ") == "signature_wrong"
    assert refused_code(headers(timestamp=str(NOW + 1))) == "signature_wrong"
    assert refused_code(headers(key="old")) == "signature_wrong"
    assert refused_code(headers(signature="0" * 64)) == "signature_wrong"
    assert refused_code(headers(signature="署名")) == "signature_wrong"
    assert refused_code(headers(signature=sign(SECRETS["new"], NOW, BODY).upper())) == "signature_wrong"
