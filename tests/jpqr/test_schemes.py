"""Codes that visitors bring are recognised and named (J-01: JPQR Global); a JPQR store comes before all others."""

import pytest

from madoguchi.jpqr import PayloadError, decode, encode
from madoguchi.jpqr.report import report
from madoguchi.jpqr.schemes import details_of, is_dynamic, scheme_of
from tests.jpqr.foreign import FOREIGN
from tests.jpqr.vectors import EMVCO_FOREIGN, JPQR_OUT_OF_ORDER, JPQR_STATIC, sealed, static_with

CASES = pytest.mark.parametrize("name", FOREIGN)


@CASES
def test_a_scheme_is_recognised_and_its_fields_are_named(name):
    payload, scheme, initiation, currency, amount, details = FOREIGN[name]
    found = report(payload)

    assert (found["ok"], found["scheme"], found["initiation"]) == (True, scheme, initiation)
    assert (found["currency"], found["amount"], found["store_id"]) == (currency, amount, None)
    assert found["details"] == details


@CASES
def test_a_foreign_code_is_written_back_character_by_character(name):
    payload = FOREIGN[name][0]

    assert encode(decode(payload)) == payload


@pytest.mark.parametrize("payload", [JPQR_STATIC, JPQR_OUT_OF_ORDER])
def test_a_jpqr_code_is_jpqr_whatever_accounts_stand_beside_it(payload):
    assert scheme_of(decode(payload)) == "jpqr"
    assert details_of(decode(payload), "jpqr") == {}


def test_a_jpqr_store_beside_a_visitors_account_stays_jpqr():
    """JPQR Global: one sticker, and a visitor's app finds its own account on it."""
    both = decode(static_with(t30="0009shop@bank"))

    assert scheme_of(both) == "jpqr"
    assert not is_dynamic(both, details_of(both, scheme_of(both)))


def test_a_scheme_nobody_knows_is_plain_emvco():
    assert scheme_of(decode(EMVCO_FOREIGN)) == "emvco"
    assert scheme_of(decode(static_with(t26="0009shop@bank"))) == "emvco"  # no KHQR outside Cambodia's code


@pytest.mark.parametrize("missing", ["52", "59", "60"])
def test_what_transfers_between_people_leave_out_is_missed_in_every_other_code(missing):
    with pytest.raises(PayloadError, match="missing_tag"):
        decode(static_with(**{f"t{missing}": None}))


@pytest.mark.parametrize("missing", ["52", "59", "60"])
def test_a_jpqr_store_needs_them_even_beside_a_transfer_account(missing):
    code = static_with(**{f"t{missing}": None, "t29": "0016A00000067701011101130066800000000"})

    assert report(code)["error"]["code"] == "missing_tag"
    assert report(code)["error"]["path"] == missing


def test_an_account_that_only_its_scheme_could_open_is_shown_as_it_stands():
    """A VietQR beneficiary that is no template of its own hides nothing and breaks nothing."""
    odd = sealed("000201" + "38240010A0000007270106000697" + "53037045802VN")

    assert details_of(decode(odd), "vietqr") == {}
    assert decode(odd).value("38.01") == "000697"
