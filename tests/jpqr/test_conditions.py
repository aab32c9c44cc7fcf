"""What JPQR cannot say, said apart from it: until when, a fixed amount, and who vouches for the code (J-01, P-33)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.jpqr import PayloadError, SigningError, decode, encode, read_jpqr, sign
from madoguchi.jpqr.conditions import (
    GUID,
    Conditions,
    KeyPair,
    conditions_of,
    key_id_of,
    new_key,
    public_key_text,
    read_public_key,
    signature_state,
    with_conditions,
)
from madoguchi.jpqr.fields import Payload, leaf, template
from tests.jpqr.vectors import EMVCO_FOREIGN, JPQR_OUT_OF_ORDER, JPQR_STATIC, VECTORS, crc, static_with

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
# Test vector 1 of RFC 8032, 7.1.
RFC_KEY = KeyPair(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
)
TOWN, STRANGER = new_key(), new_key()
TRUSTED = {TOWN.key_id: TOWN.public}


def dynamic(**changes):
    return static_with(t01="12", t54="500", **changes)


def state_of(text, keys=TRUSTED):
    return signature_state(decode(text), keys)


@pytest.mark.parametrize("vector", VECTORS)
def test_a_code_without_our_templates_makes_no_conditions(vector):
    assert conditions_of(decode(vector)) == Conditions()
    assert state_of(vector) == "unsigned"


def test_an_expiry_and_a_locked_amount_stand_in_our_own_template_alone():
    """Other readers pass over it, and the JPQR part stays as it was."""
    plain = decode(dynamic())
    bound = encode(with_conditions(plain, expires_at=NEW_YEAR, is_amount_locked=True))

    said = conditions_of(decode(bound))
    assert (said.expires_at, said.is_amount_locked, said.signature) == (NEW_YEAR, True, None)
    assert decode(bound).fields[:-1] == plain.fields
    assert decode(bound).tree["80"] == {"00": GUID, "01": "1798761600", "02": "1"}
    assert read_jpqr(bound) == read_jpqr(dynamic())


def test_a_code_holds_through_its_last_second():
    said = Conditions(expires_at=NEW_YEAR)

    assert not said.has_expired(NEW_YEAR)
    assert said.has_expired(NEW_YEAR + timedelta(microseconds=1))
    assert not Conditions().has_expired(datetime.max.replace(tzinfo=UTC))


def test_an_expiry_means_the_same_in_every_zone():
    in_japan = NEW_YEAR.astimezone(timezone(timedelta(hours=9)))

    assert with_conditions(decode(JPQR_STATIC), expires_at=in_japan) == with_conditions(
        decode(JPQR_STATIC), expires_at=NEW_YEAR
    )
    with pytest.raises(ValueError, match="zone"):
        with_conditions(decode(JPQR_STATIC), expires_at=datetime(2027, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("vector", [*VECTORS, dynamic()])
def test_a_signed_code_is_genuine_and_says_the_same_as_before(vector):
    signed = sign(vector, TOWN)

    assert state_of(signed) == "genuine"
    assert conditions_of(decode(signed)).key_id == TOWN.key_id
    before = decode(vector).fields
    assert decode(signed).fields[: len(before)] == before


def test_a_signature_takes_two_templates_and_each_names_itself():
    signed = decode(sign(EMVCO_FOREIGN, TOWN))

    assert [one.tag for one in signed.fields[-4:]] == ["80", "81", "82", "83"]
    assert [signed.value(f"{tag}.00") for tag in ("82", "83")] == [GUID, GUID]


def test_signing_is_fixed_by_the_published_standard():
    """Ed25519 makes the same signature on every machine (RFC 8032), so a printed sticker can be made again."""
    assert sign(JPQR_STATIC, RFC_KEY) == sign(JPQR_STATIC, RFC_KEY)
    assert RFC_KEY.key_id == key_id_of(RFC_KEY.public) == "21fe31df"
    assert state_of(sign(JPQR_STATIC, RFC_KEY), {"21fe31df": RFC_KEY.public}) == "genuine"


def test_signing_again_replaces_the_signature_and_keeps_the_conditions():
    bound = encode(with_conditions(decode(dynamic()), expires_at=NEW_YEAR, is_amount_locked=True, key=STRANGER))
    again = sign(bound, TOWN)

    assert state_of(again) == "genuine"
    assert conditions_of(decode(again)).expires_at == NEW_YEAR
    assert len(decode(again).fields) == len(decode(bound).fields)


def test_a_sticker_by_somebody_else_is_not_the_towns():
    pasted = static_with(t26="0019jp.or.paymentsjapan011312345678901230204000103060000010406000001")

    assert state_of(pasted) == "unsigned"
    assert state_of(sign(pasted, STRANGER)) == "unknown_key"
    named_alike = KeyPair(STRANGER.private, TOWN.public)  # calls itself by the town's key
    assert state_of(sign(pasted, named_alike)) == "forged"


@pytest.mark.parametrize(
    "changes",
    [{"t59": "yyy"}, {"t61": "1066144"}, {"t54": "5000"}, {"t01": "11"}, {"t64": "0002JA0101字"}, {"t62": "0701x"}],
)
def test_whatever_is_changed_breaks_the_signature(changes):
    signed = decode(sign(dynamic(), TOWN))
    changed = decode(static_with(**({"t01": "12", "t54": "500"} | changes)))
    forged = Payload((*changed.fields, *signed.fields[-2:]))

    assert state_of(encode(forged)) == "forged"


def test_what_our_own_template_says_is_signed_too():
    bound = with_conditions(decode(dynamic()), expires_at=NEW_YEAR, key=TOWN)
    later = [
        template("80", *(leaf("01", "1898761600") if one.tag == "01" else one for one in field.fields))
        if field.tag == "80"
        else field
        for field in bound.fields
    ]

    assert signature_state(bound, TRUSTED) == "genuine"
    assert signature_state(Payload(tuple(later)), TRUSTED) == "forged"


@settings(deadline=None, max_examples=60)
@given(at=st.integers(0, 10_000), bits=st.integers(1, 7))
def test_no_character_of_a_signed_code_can_be_changed_and_resealed(at, bits):
    """A forger can compute a checksum, not a signature. Under which free number our template stands says nothing."""
    signed = sign(dynamic(), TOWN)
    body = signed[:-4]
    at %= len(body)
    changed = body[:at] + chr(ord(body[at]) ^ bits) + body[at + 1 :]
    try:
        payload = decode(changed + crc(changed))
        state = signature_state(payload, TRUSTED)
    except PayloadError:
        return
    if state == "genuine":
        assert (read_jpqr(changed + crc(changed)), conditions_of(payload)) == (
            read_jpqr(signed),
            conditions_of(decode(signed)),
        )


def ours(*fields):
    return template("80", leaf("00", GUID), *(leaf(*one) for one in fields))


SIGNED = sign(JPQR_STATIC, TOWN)
HEAD, TAIL = (decode(SIGNED).value(path) for path in ("80.04", "81.05"))


@pytest.mark.parametrize(
    ("templates", "code", "path"),
    [
        ([ours(("01", "soon"))], "bad_condition", "80.01"),
        ([ours(("01", "999999999999"))], "bad_condition", "80.01"),
        ([ours(("02", "0"))], "bad_condition", "80.02"),
        ([ours(("02", "1"))], "unexpected_tag", "80.02"),
        ([ours(("03", TOWN.key_id))], "missing_tag", "80"),
        ([ours(("04", HEAD))], "missing_tag", "80"),
        ([ours(("03", TOWN.key_id.upper() + "x"), ("04", HEAD[:30]), ("05", TAIL[:1]))], "bad_condition", "80.03"),
        ([ours(("03", TOWN.key_id), ("04", "x" * 30), ("05", "y"))], "bad_condition", "80.04"),
        ([ours(("01", "1")), template("81", leaf("00", GUID), leaf("01", "2"))], "duplicate_tag", "81.01"),
    ],
)
def test_conditions_that_make_no_sense_are_refused_with_their_place(templates, code, path):
    payload = decode(encode(Payload((*decode(JPQR_STATIC).fields, *templates))))

    with pytest.raises(PayloadError) as caught:
        conditions_of(payload)
    assert (caught.value.code, caught.value.path) == (code, path)


def test_an_amount_that_is_not_there_cannot_be_locked():
    with pytest.raises(PayloadError, match="unexpected_tag"):
        with_conditions(decode(JPQR_OUT_OF_ORDER), is_amount_locked=True)


def test_a_code_that_other_schemes_have_filled_has_no_room():
    full = (template(str(tag), leaf("00", "x")) for tag in range(80, 100))
    crowded = Payload((*decode(JPQR_STATIC).fields, *full))

    with pytest.raises(PayloadError, match="no_room"):
        with_conditions(crowded, key=TOWN)


def test_a_public_key_is_published_as_text_and_read_back():
    assert read_public_key(public_key_text(TOWN.public) + "\n") == TOWN.public
    for wrong in ("", "x", public_key_text(TOWN.public)[:-1], "*" * 43, public_key_text(TOWN.public) + "="):
        with pytest.raises(SigningError, match="bad_key"):
            read_public_key(wrong)
