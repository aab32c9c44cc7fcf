"""Identifiers sort by time, and a mistyped one is noticed instead of naming something else."""

from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from madoguchi.core import ids
from madoguchi.core.ids import ALPHABET, new_id, parse_id, short_form

IDENTIFIERS = st.one_of(st.uuids(), st.integers(min_value=0, max_value=2**16).map(lambda value: UUID(int=value)))


@given(IDENTIFIERS)
def test_the_short_form_is_read_back(identifier):
    assert len(short_form(identifier)) == 27
    assert parse_id(short_form(identifier)) == identifier


@given(IDENTIFIERS)
def test_the_long_form_is_read_too(identifier):
    assert parse_id(str(identifier)) == identifier


@given(IDENTIFIERS)
def test_case_spaces_and_hyphens_do_not_matter(identifier):
    short = short_form(identifier)
    typed = f"  {short[:4]}-{short[4:9].lower()} {short[9:].lower()} "

    assert parse_id(typed) == identifier


@given(IDENTIFIERS, st.sampled_from("IiLl"), st.sampled_from("Oo"))
def test_letters_that_look_like_digits_are_read_as_digits(identifier, one, zero):
    """Also in the check symbol: it is written by the same hand."""
    typed = short_form(identifier).replace("1", one).replace("0", zero)

    assert parse_id(typed) == identifier


@given(IDENTIFIERS, st.integers(min_value=0, max_value=25), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(identifier, position, symbol):
    short = short_form(identifier)
    assume(short[position] != symbol)

    with pytest.raises(ValueError, match="check symbol"):
        parse_id(short[:position] + symbol + short[position + 1 :])


@given(st.uuids(), st.integers(min_value=0, max_value=24))
def test_two_swapped_characters_are_noticed(identifier, position):
    short = short_form(identifier)
    first, second = short[position : position + 2]
    assume(first != second)

    with pytest.raises(ValueError, match="check symbol"):
        parse_id(short[:position] + second + first + short[position + 2 :])


@pytest.mark.parametrize("text", ["", "abc", "U" * 27, "0" * 26, "0" * 28, "あ" * 27, "8" + "0" * 26, "\x00" * 27])
def test_what_is_no_identifier_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_id(text)


def test_identifiers_sort_by_the_time_they_were_made(monkeypatch):
    made = []
    for milliseconds in (0, 1, 255, 1_795_000_000_000, 1_795_000_000_001, 2**48 - 1):
        monkeypatch.setattr(ids.time, "time_ns", lambda at=milliseconds: at * 1_000_000)
        made.append(new_id())

    assert made == sorted(made)
    assert [short_form(identifier) for identifier in made] == sorted(short_form(identifier) for identifier in made)


def test_an_identifier_is_a_uuid_of_version_7():
    made = {new_id() for _ in range(1_000)}

    assert len(made) == 1_000
    assert {(identifier.version, identifier.variant) for identifier in made} == {(7, "specified in RFC 4122")}


def test_identifiers_made_in_one_millisecond_still_sort_in_the_order_they_were_made():
    made = [new_id() for _ in range(2_000)]

    assert made == sorted(made)
    assert len(set(made)) == 2_000
    assert {identifier.version for identifier in made} == {7}
