"""EMVCo payloads are understood to the last character or refused with the place and the reason (J-01)."""

import pickle

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from madoguchi.jpqr import Field, Payload, PayloadError, decode, encode, leaf, template
from tests.jpqr.vectors import (
    EMVCO_FOREIGN,
    JPQR_OUT_OF_ORDER,
    JPQR_STATIC,
    STATIC_TAGS,
    VECTORS,
    crc,
    sealed,
    static_with,
)

ANS = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
# Letters of scripts a name may come in; no controls, which the codec refuses.
LETTERS = st.characters(categories=("L", "N"), include_characters=" ・ー")


def refusal(text):
    with pytest.raises(PayloadError) as caught:
        decode(text)
    return caught.value.code, caught.value.path, caught.value.offset


@pytest.mark.parametrize("vector", VECTORS)
def test_a_public_payload_reads_and_is_written_back_character_by_character(vector):
    """J-01: order, spaces and other schemes' accounts survive."""
    assert encode(decode(vector)) == vector


def test_the_tree_shows_every_tag_by_its_path():
    tree = decode(EMVCO_FOREIGN)

    assert tree.value("29.00") == "D15600000000"
    assert [tree.value(f"62.{tag}") for tag in ("03", "06", "07", "09")] == ["1234", "***", "A6008667", "ME"]
    assert tree.value("64.02") == "北京"
    assert tree.value("80.00") == "39401ff0c21a4543a8ed5fbaa30ab02e"
    assert tree.value("81.00") == "c2fbf6dd646f4f36b617f10747c0b961"
    assert tree.find("99") is None
    assert tree.find("52.01") is None
    assert [one.tag for one in tree.fields][:2] == ["00", "01"]


def test_each_value_knows_where_it_began():
    tree = decode(JPQR_OUT_OF_ORDER)

    for path in ("60", "26", "26.01", "64.01", "61"):
        found = tree.find(path)
        assert JPQR_OUT_OF_ORDER[found.offset :].startswith(found.value)


def test_lengths_count_characters_and_the_checksum_counts_bytes():
    text = static_with(t64="0002JA0106最佳运输北京")

    assert decode(text).value("64.01") == "最佳运输北京"


INVALID = [
    # what is wrong                payload                                code, path, character
    ("nothing at all", "", "bad_header", "00", 0),
    ("another format", sealed("000202"), "bad_header", "00", 0),
    ("header not first", sealed("010211000201"), "bad_header", "00", 0),
    ("a control", static_with(t59="x\ny"), "bad_character", "", 110),
    ("text turned round", static_with(t59="x\u202ey"), "bad_character", "", 110),
    ("half a character", JPQR_STATIC[:109] + "\ud800" + JPQR_STATIC[110:], "bad_character", "", 109),
    ("a stray end", JPQR_STATIC + "0", "cut_short", "", 160),
    ("end lost", JPQR_STATIC[:-1], "past_end", "63", 154),
    ("a letter for a tag", static_with("A101x"), "bad_tag", "", 152),
    ("full-width digits", static_with("６５01x"), "bad_tag", "", 152),
    ("a sign in a length", static_with("65+1x"), "bad_length", "65", 154),
    ("no value", static_with("6500"), "empty_value", "65", 154),
    ("a tag twice", static_with("5903yyy"), "duplicate_tag", "59", 152),
    ("checksum missing", JPQR_STATIC[:152], "crc_missing", "63", 152),
    ("text after checksum", JPQR_STATIC + "6501x", "crc_not_last", "63", 152),
    ("small letters", JPQR_STATIC[:-4] + "01da", "bad_crc", "63", 156),
    ("no hexadecimals", JPQR_STATIC[:-4] + "01GA", "bad_crc", "63", 156),
    ("a short checksum", JPQR_STATIC[:152] + "630301D", "bad_crc", "63", 156),
    ("a wrong checksum", JPQR_STATIC[:-4] + "01DB", "crc_mismatch", "63", 156),
    ("category missing", static_with(t52=None), "missing_tag", "52", 144),
    ("currency missing", static_with(t53=None), "missing_tag", "53", 145),
    ("country missing", static_with(t58=None), "missing_tag", "58", 146),
    ("name missing", static_with(t59=None), "missing_tag", "59", 145),
    ("city missing", static_with(t60=None), "missing_tag", "60", 145),
    ("nobody to pay", static_with(t26=None), "missing_tag", "02-51", 80),
    ("third initiation", static_with(t01="13"), "bad_value", "01", 10),
    ("category in words", static_with(t52="food"), "bad_value", "52", 88),
    ("category too long", static_with(t52="05812"), "too_long", "52", 88),
    ("currency too short", static_with(t53="39"), "bad_value", "53", 96),
    ("amount zero", static_with(t54="0.00"), "bad_value", "54", 156),
    ("amount with comma", static_with(t54="3,705"), "bad_value", "54", 156),
    ("amount with two points", static_with(t54="1.2.3"), "bad_value", "54", 156),
    ("amount negative", static_with(t54="-5"), "bad_value", "54", 156),
    ("amount full-width", static_with(t54="５００"), "bad_value", "54", 156),
    ("amount of 14", static_with(t54="12345678901234"), "too_long", "54", 156),
    ("a fourth tip", static_with(t55="04"), "bad_value", "55", 156),
    ("fixed fee unsaid", static_with(t55="02"), "missing_tag", "56", 158),
    ("fixed fee unannounced", static_with(t56="5"), "unexpected_tag", "56", 152),
    ("both fees", static_with(t55="03", t56="5", t57="5"), "unexpected_tag", "56", 158),
    ("fee of no percent", static_with(t55="03", t57="00.00"), "bad_value", "57", 162),
    ("fee of 100 percent", static_with(t55="03", t57="100"), "bad_value", "57", 162),
    ("country in small", static_with(t58="jp"), "bad_value", "58", 103),
    ("Japanese in 59", static_with(t59="カフェ"), "bad_value", "59", 109),
    ("name of 26", static_with(t59="x" * 26), "too_long", "59", 109),
    ("city of 16", static_with(t60="x" * 16), "too_long", "60", 116),
    ("postal code of 11", static_with(t61="12345678901"), "too_long", "61", 123),
    ("bill of 26", static_with(t62="0126" + "x" * 26), "too_long", "62.01", 160),
    ("request unknown", static_with(t62="0902AX"), "bad_value", "62.09", 160),
    ("request repeated", static_with(t62="0902AA"), "bad_value", "62.09", 160),
    ("scheme data unsigned", static_with(t62="50050101x"), "missing_tag", "62.50.00", 165),
    ("language missing", static_with(t64="0101x"), "missing_tag", "64.00", 139),
    ("local name missing", static_with(t64="0002JA"), "missing_tag", "64.01", 140),
    ("language of digits", static_with(t64="0002110101x"), "bad_value", "64.00", 138),
    ("local name of 26", static_with(t64="0002JA0126" + "字" * 26), "too_long", "64.01", 144),
    ("account not a template", static_with(t27="free text"), "bad_tag", "27", 156),
    ("account unsigned", static_with(t27="0101x"), "missing_tag", "27.00", 161),
    ("account overrun", static_with(t27="0009x"), "past_end", "27.00", 158),
    ("account cut short", static_with(t27="0001x01"), "cut_short", "27", 161),
    ("account repeats", static_with(t27="0001x0001y"), "duplicate_tag", "27.00", 161),
    ("card account in Japanese", static_with(t04="カード"), "bad_value", "04", 156),
    ("GUID of 33", static_with(t80="0033" + "x" * 33), "too_long", "80.00", 160),
    ("GUID in Japanese", static_with(t80="0001字"), "bad_value", "80.00", 160),
    ("unreserved unsigned", static_with(t99="0101x"), "missing_tag", "99.00", 161),
]


@pytest.mark.parametrize(("text", "code", "path", "offset"), [row[1:] for row in INVALID], ids=[r[0] for r in INVALID])
def test_an_invalid_payload_is_refused_with_its_place(text, code, path, offset):
    assert refusal(text) == (code, path, offset)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("54", "98.73"),
        ("54", "98."),
        ("54", "98"),
        ("04", "no template, any text"),
        ("62", "0903AME"),
        ("62", "50110007example"),
        ("65", "ＲＦＵ"),
        ("99", "0032" + "x" * 32),
    ],
)
def test_what_emvco_allows_is_not_refused(tag, value):
    assert decode(static_with(**{f"t{tag}": value})).value(tag) == value


def test_a_refusal_survives_the_way_back_from_a_worker_process():
    with pytest.raises(PayloadError) as caught:
        decode("")

    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 — our own object
    assert (copy.code, copy.path, copy.offset, copy.message) == caught.value.args


@pytest.mark.parametrize("vector", VECTORS)
def test_no_single_wrong_character_goes_unnoticed(vector):
    """J-01: every printable ASCII character in every place of one. CRC-16 finds all errors within 16 bits."""
    accepted = []
    for at in range(len(vector)):
        for code in range(0x20, 0x7F):
            mutated = vector[:at] + chr(code) + vector[at + 1 :]
            if mutated != vector and is_accepted(mutated):
                accepted.append(mutated)
    assert accepted == []


@pytest.mark.parametrize("vector", VECTORS)
def test_no_lost_doubled_or_swapped_character_goes_unnoticed(vector):
    broken = set()
    for at in range(len(vector)):
        broken.add(vector[:at] + vector[at + 1 :])
        broken.add(vector[:at] + vector[at] + vector[at:])
        broken.add(vector[:at] + vector[at : at + 2][::-1] + vector[at + 2 :])
    broken.discard(vector)

    assert [text for text in broken if is_accepted(text)] == []


def is_accepted(text):
    try:
        decode(text)
    except PayloadError:
        return False
    return True


@settings(deadline=None)
@given(st.text(max_size=80) | st.text(max_size=60).map(lambda tail: sealed_or_not("000201" + tail)))
@example("0002016304")
def test_any_text_at_all_is_read_or_refused_and_nothing_else_happens(text):
    is_accepted(text)


def sealed_or_not(body):
    try:
        return sealed(body)
    except UnicodeEncodeError:
        return body


def plain(tag, characters, most):
    return st.text(characters, min_size=1, max_size=most).map(lambda value: leaf(tag, value))


def guided(tag):
    """A template signed with a GUID, and whatever else fits."""
    rest = st.dictionaries(
        st.integers(1, 99).map("{:02}".format), st.text(LETTERS, min_size=1, max_size=10), max_size=3
    )
    return st.builds(
        lambda guid, inner: template(tag, leaf("00", guid), *(leaf(*item) for item in inner.items())),
        st.text(ANS, min_size=1, max_size=32),
        rest,
    )


ALWAYS = st.tuples(
    st.integers(26, 51).map(str).flatmap(guided),
    st.from_regex("[0-9]{4}", fullmatch=True).map(lambda value: leaf("52", value)),
    st.just(leaf("53", "392")),
    st.from_regex("[A-Z]{2}", fullmatch=True).map(lambda value: leaf("58", value)),
    plain("59", ANS, 25),
    plain("60", ANS, 15),
)
SOMETIMES = st.lists(
    st.one_of(
        st.sampled_from(["11", "12"]).map(lambda value: leaf("01", value)),
        st.integers(1, 10**13 - 1).map(lambda amount: leaf("54", str(amount))),
        plain("02", ANS, 99),
        plain("61", ANS, 10),
        plain("70", LETTERS, 99),
        st.text(ANS, min_size=1, max_size=25).map(lambda value: template("62", leaf("07", value))),
        st.text(LETTERS, min_size=1, max_size=25).map(lambda name: template("64", leaf("00", "JA"), leaf("01", name))),
        st.integers(80, 99).map(str).flatmap(guided),
    ),
    max_size=6,
    unique_by=lambda one: one.tag,
)


@st.composite
def payloads(draw):
    middle = draw(st.permutations([*draw(ALWAYS), *draw(SOMETIMES)]))
    return Payload((leaf("00", "01"), *middle))


@settings(deadline=None)
@given(payloads())
def test_every_payload_written_reads_back_as_itself(payload):
    text = encode(payload)

    assert decode(text) == payload
    assert text.endswith("6304" + crc(text[:-4]))


def test_nothing_is_written_that_would_not_be_read():
    tags = [leaf(tag, value) for tag, value in STATIC_TAGS.items() if tag not in ("26", "64")]
    with pytest.raises(PayloadError, match="missing_tag"):
        encode(Payload(tuple(tags)))


def test_a_template_whose_inner_fields_tell_another_story_is_not_written():
    """Inner fields are what programs read, the value is what payers' apps read."""
    good = decode(JPQR_STATIC)
    forged = tuple(
        Field("64", one.value, (leaf("00", "JA"), leaf("01", "別の店"))) if one.tag == "64" else one
        for one in good.fields
    )
    with pytest.raises(PayloadError, match="tree_differs"):
        encode(Payload(forged))


def test_a_value_longer_than_a_length_can_say_is_refused_at_once():
    with pytest.raises(PayloadError, match="too_long"):
        leaf("70", "x" * 100)
