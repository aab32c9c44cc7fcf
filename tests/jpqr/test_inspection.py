"""Is this sticker ours? One verdict, the first that means something, with all that was found (J-01, P-33)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.jpqr import decode, encode, new_key, read_jpqr, sign, with_conditions
from madoguchi.jpqr.conditions import KeyPair
from madoguchi.jpqr.fields import Payload, leaf, template
from madoguchi.jpqr.inspection import NOTES, SEVERITIES, VERDICTS, inspect, inspect_all
from madoguchi.jpqr.reader import read_leniently
from tests.jpqr.vectors import EMVCO_FOREIGN, JPQR_STATIC, sealed, static_with

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TOWN, STRANGER = new_key(), new_key()
IMPOSTOR = KeyPair(STRANGER.private, TOWN.public)  # calls itself by the town's key
TRUSTED = {TOWN.key_id: TOWN.public}
STORE = read_jpqr(JPQR_STATIC).store_id
ELSEWHERE = static_with(t26="0019jp.or.paymentsjapan011312345678901230204000103060000010406000001")
ORDER = [verdict for verdict, _, _ in VERDICTS]


def judged(text, *, expected=(STORE,), at=NOW):
    return inspect(text, trusted=TRUSTED, expected=expected, at=at)


def found_in(inspection):
    return [one.code for one in inspection.findings]


def test_a_towns_own_code_is_genuine_and_says_what_to_compare():
    found = judged(sign(JPQR_STATIC, TOWN))

    assert (found.verdict, found.severity) == ("genuine", "good")
    assert (found.facts.store_id, found.facts.local_name) == (STORE, "メルペイ カフェ")
    assert (found.facts.merchant_name, found.facts.city) == ("xxx", "xxx")
    assert (found.facts.amount_yen, found.facts.expires_at, found.facts.key_id) == (None, None, TOWN.key_id)
    assert found_in(found) == ["genuine", "test_range"]


@pytest.mark.parametrize(
    ("text", "verdict", "severity"),
    [
        (JPQR_STATIC, "unsigned", "warning"),
        (sign(JPQR_STATIC, STRANGER), "unknown_key", "bad"),
        (sign(JPQR_STATIC, IMPOSTOR), "forged", "bad"),
        (sign(ELSEWHERE, TOWN), "another_store", "bad"),
        (EMVCO_FOREIGN, "not_jpqr", "bad"),
        (JPQR_STATIC[:-1] + "0", "unreadable", "bad"),
        ("", "unreadable", "bad"),
    ],
)
def test_each_kind_of_sticker_has_its_verdict(text, verdict, severity):
    found = judged(text)

    assert (found.verdict, found.severity, found.text) == (verdict, severity, text)


def test_an_expired_code_was_good_through_its_last_second():
    text = encode(with_conditions(decode(JPQR_STATIC), expires_at=NOW, key=TOWN))

    assert judged(text).verdict == "genuine"
    assert judged(text).has("expires")
    late = judged(text, at=NOW + timedelta(microseconds=1))
    assert (late.verdict, late.severity, late.facts.expires_at) == ("expired", "bad", NOW)


def test_a_sticker_pasted_over_the_towns_is_graver_than_unsigned():
    """P-33: whoever prints their own number cannot sign it; both stand among the findings."""
    pasted = judged(ELSEWHERE)

    assert found_in(pasted) == ["unsigned", "another_store"]
    assert (pasted.verdict, pasted.severity) == ("unsigned", "bad")


def test_where_any_store_may_stand_none_is_another():
    text = sign(ELSEWHERE, TOWN)

    assert judged(text, expected=None).verdict == "genuine"
    assert judged(text, expected=lambda store: store.level1 == "1234567890123").verdict == "genuine"
    assert judged(text, expected=lambda store: store == STORE).verdict == "another_store"
    assert judged(text, expected=set()).verdict == "another_store"


def test_a_code_that_asks_for_money_is_noted_with_its_amount():
    plain = decode(static_with(t01="12", t54="500"))
    found = judged(encode(with_conditions(plain, is_amount_locked=True, key=TOWN)))

    assert found_in(found) == ["genuine", "asks_amount", "amount_locked", "test_range"]
    assert (found.facts.amount_yen, found.facts.is_amount_locked) == (500, True)


def test_a_web_address_is_not_to_be_opened():
    for text in ("https://pay.example/1", "HTTP://PAY.EXAMPLE", " www.pay.example"):
        found = judged(text)
        assert found.verdict == "unreadable"
        assert found_in(found)[:2] == ["unreadable", "web_address"]
    assert not judged("pay.example").has("web_address")


def test_an_unreadable_code_lists_every_fault_and_what_could_be_made_out():
    """The first fault is the one the strict reader would name, with tag and character."""
    broken = static_with(t58="XY", t59="x" * 26)[:-4] + "0000"
    found = judged(broken)

    faults = read_leniently(broken).faults
    assert [(one.code, one.path, one.offset) for one in found.findings[1:]] == [
        (one.code, one.path, one.offset) for one in faults
    ]
    assert (found.findings[0].path, found.findings[0].offset) == (faults[0].path, faults[0].offset)
    misread = judged(JPQR_STATIC[:-4] + "0000")
    assert (misread.facts.store_id, misread.facts.key_id) == (STORE, None)
    assert found_in(misread) == ["unreadable", "crc_mismatch", "test_range"]


def test_a_fault_against_jpqr_or_against_our_own_template_is_unreadable_too():
    wrong_country = judged(static_with(t58="KH"))
    assert found_in(wrong_country)[:2] == ["unreadable", "wrong_country"]
    ours = template("80", leaf("00", "d3c388513e3f4c44a09b5cd0d7d21b40"), leaf("01", "soon"))
    no_time = judged(encode(Payload((*decode(JPQR_STATIC).fields, ours))))
    assert [(one.code, one.path) for one in no_time.findings[:2]] == [
        ("unreadable", "80.01"),
        ("bad_condition", "80.01"),
    ]


def test_all_codes_of_a_picture_are_judged_each_once():
    """A sticker pasted half over another leaves both to be read; a sheet of the same sticker is one answer."""
    genuine = sign(JPQR_STATIC, TOWN)
    found = inspect_all([genuine, ELSEWHERE, genuine], trusted=TRUSTED, expected={STORE}, at=NOW)

    assert [one.verdict for one in found] == ["genuine", "unsigned"]
    assert inspect_all([], trusted=TRUSTED, at=NOW) == []


@settings(deadline=None, max_examples=200)
@given(
    key=st.sampled_from([None, TOWN, STRANGER, IMPOSTOR]),
    is_elsewhere=st.booleans(),
    hours=st.sampled_from([None, -1, 0, 1]),
    amount_yen=st.sampled_from([None, 1, 500]),
)
def test_the_verdict_is_the_first_that_applies_and_nothing_is_left_out(key, is_elsewhere, hours, amount_yen):
    changes = {"t01": "12", "t54": str(amount_yen)} if amount_yen else {}
    plain = static_with(**changes, **({"t26": decode(ELSEWHERE).value("26")} if is_elsewhere else {}))
    until = None if hours is None else NOW + timedelta(hours=hours)
    found = judged(encode(with_conditions(decode(plain), expires_at=until, key=key)))

    state = {None: "unsigned", TOWN: None, STRANGER: "unknown_key", IMPOSTOR: "forged"}[key]
    due = {state, "another_store" if is_elsewhere else None, "expired" if hours == -1 else None} - {None} or {"genuine"}
    assert found.verdict == min(due, key=ORDER.index)
    assert {one for one in found_in(found) if one in ORDER} == due
    assert found.has("asks_amount") == (amount_yen is not None)
    assert found.has("expires") == (hours in (0, 1))
    assert found.facts.amount_yen == amount_yen
    assert found.severity == max((one.severity for one in found.findings), key=SEVERITIES.index)


@settings(deadline=None)
@given(st.text(max_size=200) | st.text("0123456789", max_size=300).map(lambda text: sealed("000201" + text)))
def test_no_text_breaks_it_and_none_that_is_not_signed_is_genuine(text):
    found = inspect(text, trusted=TRUSTED, at=NOW)

    assert found.verdict in ORDER
    assert found.verdict != "genuine"
    assert found.findings[0].code == found.verdict


@settings(deadline=None, max_examples=100)
@given(at=st.integers(0, 400), character=st.sampled_from("0123456789aZ-"))
def test_a_genuine_code_with_one_character_changed_is_never_genuine(at, character):
    signed = sign(JPQR_STATIC, TOWN)
    at %= len(signed)
    changed = signed[:at] + character + signed[at + 1 :]

    assert (judged(changed).verdict == "genuine") == (changed == signed)


def test_every_finding_has_one_sentence_and_a_severity():
    names = [name for name, _, _ in (*VERDICTS, *NOTES)]

    assert len(set(names)) == len(names)
    assert all(severity in SEVERITIES and sentence for _, severity, sentence in (*VERDICTS, *NOTES))
