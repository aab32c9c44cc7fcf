"""Names are shortened where a reader would shorten them, and wrapped between their parts."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.jpqr import fit_name
from madoguchi.jpqr.names import name_phrases


@pytest.mark.parametrize(
    ("name", "fitted"),
    [
        ("富岡市立美術博物館・福沢一郎記念美術館", "富岡市立美術博物館・福沢一郎記念美術館"),
        ("  富岡市　役所\n", "富岡市 役所"),
        # A katakana word and a Latin word stay whole …
        ("富岡市美術館・福沢一郎記念美術館附属図書館カフェテリア", "富岡市美術館・福沢一郎記念美術館附属図書館"),
        ("Tomioka City Museum of Art and Fukuzawa Memorial", "Tomioka City Museum of"),
        # … unless there is nothing else to cut.
        ("Supercalifragilisticexpialidocious", "Supercalifragilisticexpia"),
        # A long mark stays with its kana, and a bracket is not left open.
        ("道の駅みょうぎオリジナルスーパーマーケットコーーーーヒー", "道の駅みょうぎオリジナルスーパーマーケット"),
        ("富岡市役所（妙義庁舎・妙義ふるさと美術館・妙義中央公民館）", "富岡市役所"),
        ("群馬県富岡市一ノ宮地域づくりセンター、図書室分館", "群馬県富岡市一ノ宮地域づくりセンター、図書室分館"),
    ],
)  # fmt: skip
def test_a_long_name_is_cut_at_a_natural_place(name, fitted):
    assert fit_name(name) == fitted


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(1, 30))
def test_a_fitted_name_fits_and_begins_like_the_name(name, limit):
    fitted = fit_name(name, limit)

    assert len(fitted) <= limit
    assert " ".join(name.split()).startswith(fitted)
    assert fitted or not name.strip()


@settings(deadline=None)
@given(st.text(st.sampled_from("かカがーっa1 ・（）\u3099\u0301"), max_size=60))
def test_a_cut_never_takes_an_accent_from_its_letter(name):
    fitted = fit_name(name, 20)
    rest = " ".join(name.split())[len(fitted) :]

    # At the limit itself there may be nothing but accents in the whole second half; a shorter cut was chosen.
    if rest and len(fitted) < 20:
        assert not unicodedata.combining(rest[0])


def test_a_name_with_no_room_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        fit_name("富岡市", 0)


def test_a_name_wraps_after_its_middle_dot_and_before_its_bracket():
    assert name_phrases("富岡市立美術博物館・福沢一郎記念美術館") == ["富岡市立美術博物館・", "福沢一郎記念美術館"]
    assert name_phrases("富岡市役所（妙義庁舎）") == ["富岡市役所", "（妙義庁舎）"]


@settings(deadline=None)
@given(st.text(st.sampled_from("富岡市 ・（）a-"), max_size=20))
def test_the_parts_of_a_name_are_the_name(name):
    assert "".join(name_phrases(name)) == name
