"""JPQR codes: one store, in yen, in Japan; written and read (J-01)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.jpqr import PayloadError, StoreId, StoreIdError, read_jpqr, static_payload
from tests.jpqr.vectors import EMVCO_FOREIGN, JPQR_OUT_OF_ORDER, JPQR_STATIC, STATIC_TAGS, static_with

STORE = StoreId("0000000000001", "0001", "000001", "000001")
STORE_TAG = STATIC_TAGS["26"]
FACTS = {"store_id": STORE, "merchant_name": "xxx", "city": "xxx", "postal_code": "1066143", "mcc": "5812"}

ANS = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
JAPANESE = st.characters(min_codepoint=0x3041, max_codepoint=0x30FF)


def test_the_public_static_code_is_written_character_by_character():
    assert static_payload(**FACTS, local_name="メルペイ カフェ") == JPQR_STATIC


@pytest.mark.parametrize(("payload", "mcc"), [(JPQR_OUT_OF_ORDER, "4111"), (JPQR_STATIC, "5812")])
def test_a_jpqr_code_is_read_whatever_stands_around_its_store(payload, mcc):
    """J-01: one code serves many services, whose own accounts stand beside the store's."""
    code = read_jpqr(payload)

    assert code.store_id == STORE
    assert (code.merchant_name, code.city, code.mcc) == ("xxx", "xxx", mcc)
    assert (code.local_name, code.postal_code) == ("メルペイ カフェ", "1066143")
    assert (code.initiation, code.amount_yen, code.terminal) == ("static", None, None)


@pytest.mark.parametrize("tag", ["27", "38", "51"])
def test_the_store_is_found_in_any_merchant_account(tag):
    assert read_jpqr(static_with(t26=None, **{f"t{tag}": STORE_TAG})).store_id == STORE


@pytest.mark.parametrize("amount", ["1200", "1200."])
def test_a_dynamic_code_says_its_yen(amount):
    code = read_jpqr(static_with(t01="12", t54=amount))

    assert (code.initiation, code.amount_yen) == ("dynamic", 1200)


def test_a_code_that_does_not_say_how_it_began_is_static():
    assert read_jpqr(static_with(t01=None)).initiation == "static"


@pytest.mark.parametrize(
    ("payload", "code", "path", "offset"),
    [
        (EMVCO_FOREIGN, "not_jpqr", "26-51", 284),
        (static_with(t26="0003abc"), "not_jpqr", "26-51", 91),
        (static_with(t27=STORE_TAG), "duplicate_store", "27", 152),
        (static_with(t53="156"), "wrong_currency", "53", 96),
        (static_with(t58="CN"), "wrong_country", "58", 103),
        (static_with(t61=None), "missing_tag", "61", 141),
        (static_with(t61="106-6143"), "bad_postal_code", "61", 123),
        (static_with(t54="12.50"), "bad_amount", "54", 156),
        (static_with(t64="0002EN0101x"), "wrong_language", "64.00", 138),
        (static_with(t64="0002JA0101x0201y"), "unexpected_tag", "64.02", 145),
        (static_with(t26=STORE_TAG[:-10]), "missing_tag", "26.04", 74),
        (static_with(t26=STORE_TAG + "0501x"), "unexpected_tag", "26.05", 84),
        (static_with(t26=STORE_TAG.replace("01130000000000001", "0112000000000001")), "bad_store_id", "26.01", 43),
        (static_with(t26=STORE_TAG.replace("02040001", "0204000A")), "bad_store_id", "26.02", 60),
    ],
    ids=lambda value: "" if str(value).startswith("000201") else str(value),
)  # fmt: skip
def test_a_code_that_is_not_quite_jpqr_is_refused_with_its_place(payload, code, path, offset):
    with pytest.raises(PayloadError) as caught:
        read_jpqr(payload)

    assert (caught.value.code, caught.value.path, caught.value.offset) == (code, path, offset)


@pytest.mark.parametrize(
    ("facts", "code", "path"),
    [
        ({"merchant_name": "富岡市役所"}, "bad_value", "59"),
        ({"merchant_name": ""}, "empty_value", "59"),
        ({"merchant_name": "x" * 26}, "too_long", "59"),
        ({"merchant_name": "x" * 100}, "too_long", "59"),
        ({"merchant_name": "xxx\n"}, "bad_character", ""),
        ({"city": "x" * 16}, "too_long", "60"),
        ({"postal_code": "370-234"}, "bad_postal_code", "61"),
        ({"postal_code": "３７０２３４４"}, "bad_value", "61"),
        ({"mcc": "99"}, "bad_value", "52"),
        ({"local_name": "字" * 26}, "too_long", "64.01"),
        ({"terminal": "窓口1"}, "bad_value", "62.07"),
    ],
)
def test_a_code_is_not_written_with_facts_that_apps_would_refuse(facts, code, path):
    with pytest.raises(PayloadError) as caught:
        static_payload(**(FACTS | facts))

    assert (caught.value.code, caught.value.path) == (code, path)


def test_a_name_cannot_smuggle_in_another_tag():
    """Lengths fence values in, so a shop may be called like a tag."""
    code = read_jpqr(static_payload(**(FACTS | {"merchant_name": "x5402995802CN"})))

    assert code.merchant_name == "x5402995802CN"
    assert code.amount_yen is None


STORES = st.builds(
    StoreId,
    *(st.from_regex(f"[0-9]{{{digits}}}", fullmatch=True) for digits in (13, 4, 6, 6)),
)


@settings(deadline=None)
@given(
    store_id=STORES,
    merchant_name=st.text(ANS, min_size=1, max_size=25),
    city=st.text(ANS, min_size=1, max_size=15),
    postal_code=st.from_regex("[0-9]{7}", fullmatch=True),
    mcc=st.from_regex("[0-9]{4}", fullmatch=True),
    local_name=st.none() | st.text(JAPANESE, min_size=1, max_size=25),
    terminal=st.none() | st.text(ANS, min_size=1, max_size=25),
)
def test_whatever_is_written_is_what_is_read(**facts):
    code = read_jpqr(static_payload(**facts))

    assert {name: getattr(code, name) for name in facts} == facts
    assert (code.initiation, code.amount_yen) == ("static", None)


@settings(deadline=None)
@given(STORES)
def test_a_store_number_as_printed_reads_back(store_id):
    assert StoreId.parse(store_id.text) == store_id


def test_a_store_number_is_printed_in_four_groups():
    assert STORE.text == "0000000000001-0001-000001-000001"


@pytest.mark.parametrize(
    "text",
    ["", "0000000000001", "1-1-1-1", "0000000000001-0001-000001-00000A", "0000000000001-0001-000001-000001-1",
     "０000000000001-0001-000001-000001", "0000000000001-0001-000001-000001\n"],
)  # fmt: skip
def test_anything_else_is_no_store_number(text):
    with pytest.raises(StoreIdError, match="bad_store_id"):
        StoreId.parse(text)


def test_only_the_test_range_is_test():
    assert STORE.is_test
    assert not StoreId("0000000000002", "0001", "000001", "000001").is_test
    assert not StoreId("1000000000001", "0001", "000001", "000001").is_test
