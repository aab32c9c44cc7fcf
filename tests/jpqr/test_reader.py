"""Two readers, one judgement: the quick one never says more than the careful one, which lists every fault (J-01)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.jpqr import PayloadError, decode, encode, read_leniently
from madoguchi.jpqr.payload import _tree_if_plainly_sound as quick
from madoguchi.jpqr.payload import encode_tree
from madoguchi.jpqr.rules import WAIVED
from tests.jpqr.foreign import FOREIGN
from tests.jpqr.test_payload import INVALID, payloads
from tests.jpqr.vectors import JPQR_STATIC, VECTORS, crc, sealed, static_with

EVERY_CODE = [*VECTORS, *(code[0] for code in FOREIGN.values())]


@pytest.mark.parametrize("text", EVERY_CODE)
def test_plain_sound_codes_are_read_the_quick_way(text):
    """Else the quick reader could always say "ask the other", and nobody would notice but the clock."""
    leaves_out_a_name = any(guid in text for guid in WAIVED)

    assert (quick(text) is None) == leaves_out_a_name


@pytest.mark.parametrize("text", EVERY_CODE)
def test_both_readers_read_the_same(text):
    reading = read_leniently(text)

    assert reading.faults == ()
    assert reading.payload == decode(text)
    assert reading.payload.tree == decode(text).tree


@settings(deadline=None)
@given(payloads())
def test_both_readers_read_the_same_of_any_sound_payload(payload):
    text = encode(payload)
    reading = read_leniently(text)

    assert reading.faults == ()
    assert reading.payload == payload
    assert decode(text).tree == payload.tree
    assert quick(text) in (None, payload.tree)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(EVERY_CODE), st.data())
def test_whatever_the_quick_reader_calls_sound_has_no_fault(text, data):
    """Codes changed in a few places and sealed anew, so that no checksum hides what the readers make of them."""
    body = list(text[:-8])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.text(st.sampled_from("0123456789AZaz .\u3000字\u200f\x7f０"), max_size=2)
        )
    changed = sealed("".join(body))

    if (tree := quick(changed)) is not None:
        reading = read_leniently(changed)
        assert reading.faults == ()
        assert reading.payload.tree == tree
        assert encode(reading.payload) == encode_tree(tree) == changed


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(EVERY_CODE), st.data())
def test_a_single_changed_character_is_caught_or_is_shown_to_be_a_collision(text, data):
    """CRC-16 finds any change within 16 bits. A character of three or four bytes for another is more than that, and
    one in 65,536 of those has the same checksum: only then may the changed text be read."""
    at = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters(exclude_characters=text[at], exclude_categories=("Cs",)))
    changed = text[:at] + character + text[at + 1 :]
    try:
        decode(changed)
    except PayloadError:
        return
    before, after = text.encode(), changed.encode()
    assert after[-4:].decode() == crc(changed[:-4])
    assert len(before) != len(after) or sum(one != other for one, other in zip(before, after, strict=True)) > 2


@pytest.mark.parametrize(("what", "text", "code", "path", "offset"), INVALID)
def test_the_first_fault_of_the_list_is_the_one_a_strict_reader_raises(what, text, code, path, offset):
    first = read_leniently(text).faults[0]

    assert (first.code, first.path, first.offset) == (code, path, offset)


def test_every_fault_is_listed_in_one_reading():
    text = static_with(t53="39", t58="jp", t59=None, t61="x" * 11)
    text = text[:-4] + "FFFF"

    assert [(one.code, one.path) for one in read_leniently(text).faults] == [
        ("crc_mismatch", "63"),
        ("missing_tag", "59"),
        ("bad_value", "53"),
        ("bad_value", "58"),
        ("too_long", "61"),
    ]


def test_what_stands_before_a_broken_length_can_still_be_read():
    """What is missing may stand in the rest that could not be read, so nothing is said of it."""
    reading = read_leniently(JPQR_STATIC[:105] + "59xxyyy")

    assert reading.payload.value("26.01") == "0000000000001"
    assert [(one.code, one.path, one.offset) for one in reading.faults] == [("bad_length", "59", 107)]


def test_a_tag_that_stands_twice_is_shown_twice():
    reading = read_leniently(static_with("5903yyy"))

    assert [one.code for one in reading.faults] == ["duplicate_tag"]
    assert (reading.payload.tree["59"], reading.payload.tree["59#2"]) == ("xxx", "yyy")


def test_a_wide_space_is_good_and_a_turning_mark_is_not():
    """U+3000 stands in Japanese names; U+202E would show another name than the one encoded."""
    assert decode(static_with(t64="0002JA0105富岡\u3000市役")).value("64.01") == "富岡\u3000市役"
    with pytest.raises(PayloadError, match="bad_character"):
        decode(static_with(t64="0002JA0105富岡\u202e市役"))


def test_more_than_a_symbol_can_hold_is_refused_at_once():
    with pytest.raises(PayloadError, match="too_long"):
        decode("000201" + "7099" + "x" * 99 + "7199" * 2_000)
    assert read_leniently("0" * 10_000).faults[0].code == "too_long"


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ({"00": "01"}, "missing_tag"),
        ({"26": {"00": "x"}, "00": "01"}, "bad_header"),
        (decode(JPQR_STATIC).tree | {"64": "0002JA0101x"}, "tree_differs"),
        (decode(JPQR_STATIC).tree | {"70": {"00": "x"}}, "tree_differs"),
        (decode(JPQR_STATIC).tree | {"59": ""}, "empty_value"),
        (decode(JPQR_STATIC).tree | {"59": "x" * 100}, "too_long"),
        (decode(JPQR_STATIC).tree | {"59": "\ud800"}, "bad_character"),
        (decode(JPQR_STATIC).tree | {"63": "ABCD"}, "duplicate_tag"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_values_that_make_no_code_are_not_written(tree, code):
    with pytest.raises(PayloadError) as caught:
        encode_tree(tree)
    assert caught.value.code == code


def test_values_by_tag_are_written_in_their_order():
    assert encode_tree(decode(JPQR_STATIC).tree) == JPQR_STATIC
