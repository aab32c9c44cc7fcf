"""Codes that customers show are read to the last byte or refused (J-01: every service at one till)."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.jpqr.cpm import CpmCode, TlvField, decode_cpm, encode_cpm, is_cpm, jpqr_cpm
from madoguchi.jpqr.errors import PayloadError

EMV = "hQVDUFYwMWEaTwegAAAAVVVVVw8SNFZ4kBI0WNGRIgESNF8="  # a public example: an AID, then track 2
JPQR = "hQVKUFFSMWEQTwSQAAACVwgSNFZ4kBI0Vg=="


def text_of(*parts: str) -> str:
    """Base64 of bytes given in hexadecimal."""
    return base64.b64encode(bytes.fromhex("".join(parts))).decode()


JPQR1, CPV01 = "85054A50515231", "85054350563031"
APPLICATION = "6110" + "4F0490000002" + "57081234567890123456"


def test_the_public_emv_code_shows_its_application_and_number():
    code = decode_cpm(EMV)

    assert code.scheme == "emv-cpm"
    assert code.operator_code == "A0000000555555"
    assert code.payment_id == "1234567890123458D191220112345"
    assert encode_cpm(code) == EMV


def test_a_jpqr_code_names_the_operator_and_the_payment():
    code = decode_cpm(JPQR)

    assert code.scheme == "jpqr-cpm"
    assert (code.operator_code, code.payment_id, code.free_data) == ("90000002", "1234567890123456", None)
    assert text_of(JPQR1, APPLICATION) == JPQR
    assert encode_cpm(jpqr_cpm(operator_code="90000002", payment_id="1234567890123456")) == JPQR


def test_what_an_operator_adds_for_itself_is_kept():
    code = decode_cpm(encode_cpm(jpqr_cpm(operator_code="1", payment_id="22", free_data="無料".encode())))

    assert code.free_data == "無料".encode()
    assert (code.operator_code, code.payment_id) == ("1", "22")


def test_several_applications_may_be_offered_and_the_first_is_shown():
    code = decode_cpm(text_of(CPV01, "61034F01A0", "61034F01A1", "6203500141"))

    assert code.values("61", "4F") == [b"\xa0", b"\xa1"]
    assert code.operator_code == "A0"
    assert code.values("62", "50") == [b"A"]


def test_tags_of_two_bytes_and_long_values_are_read():
    value = "41" * 200
    code = decode_cpm(text_of(CPV01, "6181CF", "4F01A0", "9F2481C8", value))

    assert code.values("61", "9F24") == [b"A" * 200]
    assert decode_cpm(encode_cpm(code)) == code


def test_an_operators_name_with_letters_is_read_as_it_stands():
    """No published table says that names are digits only; a till that knows nobody by them says so itself."""
    code = decode_cpm(text_of(JPQR1, "610C", "4F05A000000677", "5703" + "12D34F"))

    assert (code.operator_code, code.payment_id) == ("A000000677", "12D34")


@pytest.mark.parametrize(
    ("what", "text", "code", "path", "offset"),
    [
        ("nothing", "", "bad_header", "85", 0),
        ("a merchant's code", "000201", "bad_header", "85", 0),
        ("no Base64", JPQR[:20] + "*" + JPQR[21:], "bad_base64", "", 20),
        ("padding lost", JPQR[:-1], "bad_base64", "", 35),
        ("stray bits", JPQR[:-3] + "h==", "bad_base64", "", 33),
        ("another format", text_of("85064350563031", "31", APPLICATION), "bad_header", "85", 0),
        ("a longer indicator", text_of("85054350563032", APPLICATION), "bad_header", "85", 0),
        ("no application", text_of(JPQR1), "missing_tag", "61", 12),
        ("no application in EMV", text_of(CPV01), "missing_tag", "61-62", 12),
        ("no operator", text_of(JPQR1, "6104", "57021234"), "missing_tag", "61.4F", 12),
        ("no payment", text_of(JPQR1, "6104", "4F021234"), "missing_tag", "61.57", 12),
        ("a tag twice", text_of(JPQR1, "6108", "4F021234", "4F021234"), "duplicate_tag", "61.4F", 17),
        ("the indicator twice", text_of(JPQR1, JPQR1), "duplicate_tag", "85", 9),
        ("a value too far", text_of(JPQR1, "6108", "4F091234", "57021234"), "past_end", "61.4F", 13),
        ("a template too far", text_of(JPQR1, "6109", "4F021234", "57021234"), "past_end", "61", 10),
        ("an end lost", text_of(JPQR1, "6104", "4F0112", "57"), "cut_short", "61", 16),
        ("no value", text_of(JPQR1, "6105", "4F00", "570112"), "empty_value", "61.4F", 13),
        ("no tag", text_of(JPQR1, "6103", "000112"), "bad_tag", "61", 12),
        ("a tag of four bytes", text_of(JPQR1, "6106", "9F8181010112"), "bad_tag", "61", 12),
        ("an open length", text_of(JPQR1, "6103", "4F8012"), "bad_length", "61.4F", 13),
        ("a roundabout length", text_of(JPQR1, "6104", "4F810112"), "bad_length", "61.4F", 13),
        ("a length past everything", text_of(JPQR1, "6104", "4F8201AA"), "past_end", "61.4F", 13),
        ("half a length", text_of(JPQR1, "6103", "4F8201"), "cut_short", "61.4F", 13),
        ("too deep", text_of(CPV01, "610A", "6308", "6306", "6304", "6302", "6300"), "too_deep", "61.63.63.63.63", 22),
        ("too long", text_of(JPQR1, "618201F9", "4F8201F5", "12" * 501), "too_long", "", 0),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_a_code_that_cannot_be_understood_is_refused_with_its_place(what, text, code, path, offset):
    with pytest.raises(PayloadError) as caught:
        decode_cpm(text)

    assert (caught.value.code, caught.value.path, caught.value.offset) == (code, path, offset)


@pytest.mark.parametrize(
    ("facts", "code", "path"),
    [
        ({"operator_code": "9000000A"}, "bad_value", "61.4F"),
        ({"operator_code": ""}, "bad_value", "61.4F"),
        ({"operator_code": "1" * 33}, "too_long", "61.4F"),
        ({"payment_id": "１２３"}, "bad_value", "61.57"),
        ({"payment_id": "1" * 39}, "too_long", "61.57"),
        ({"free_data": bytes(512)}, "too_long", ""),
    ],
)
def test_a_code_is_not_written_with_facts_that_tills_would_refuse(facts, code, path):
    with pytest.raises(PayloadError) as caught:
        encode_cpm(jpqr_cpm(**{"operator_code": "90000002", "payment_id": "12", **facts}))

    assert (caught.value.code, caught.value.path) == (code, path)


def test_a_field_that_is_both_a_template_and_a_value_is_not_written():
    twofold = TlvField("61", b"x", (TlvField("4F", b"\x12"), TlvField("57", b"\x12")))

    with pytest.raises(PayloadError, match="tree_differs"):
        encode_cpm(CpmCode("jpqr-cpm", (TlvField("85", b"JPQR1"), twofold)))


DIGITS = st.from_regex("[0-9]{1,32}", fullmatch=True)


@settings(deadline=None)
@given(operator_code=DIGITS, payment_id=DIGITS, free_data=st.binary(max_size=300))
def test_whatever_is_written_is_what_is_read(operator_code, payment_id, free_data):
    text = encode_cpm(jpqr_cpm(operator_code=operator_code, payment_id=payment_id, free_data=free_data))
    code = decode_cpm(text)

    assert is_cpm(text)
    assert text.startswith("hQVKUFFS")
    assert (code.operator_code, code.payment_id) == (operator_code, payment_id)
    assert (code.free_data or b"") == free_data


@settings(deadline=None)
@given(st.binary(max_size=120), st.sampled_from([JPQR1, CPV01]))
def test_any_bytes_at_all_are_read_or_refused_and_what_is_read_is_written_back(data, indicator):
    text = base64.b64encode(bytes.fromhex(indicator) + data).decode()
    try:
        code = decode_cpm(text)
    except PayloadError as error:
        assert 0 <= error.offset <= len(text)
    else:
        assert encode_cpm(code) == text


@settings(deadline=None)
@given(st.text(max_size=40).map(lambda tail: "hQVKUFFS" + tail) | st.text(max_size=40))
def test_any_text_at_all_is_read_or_refused(text):
    try:
        decode_cpm(text)
    except PayloadError as error:
        assert error.code
