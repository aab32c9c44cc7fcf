"""Deposits find their payouts by payer, amount and day; what is not certain is left to a person, and named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.settlement.matching import Arrived, Due, in_window, match_deposits, normalise_payer

DUE_ON = date(2026, 12, 15)


def due(key="p1", *, on=DUE_ON, yen=984, fee=0, rest=False, payers=("ペイペイ",)):
    return Due(key, frozenset(payers), on, yen, fee, rest)


def arrived(key="d1", *, on=DUE_ON, yen=984, payer="ペイペイ"):
    return Arrived(key, payer, on, yen)


def test_payer_amount_and_due_day_make_a_match():
    """J-27."""
    decision = match_deposits([arrived()], [due()])["d1"]

    assert (decision.state, decision.due, decision.rule) == ("matched", "p1", "amount_payer_due_day")


@pytest.mark.parametrize(("days", "state"), [(-2, "no_payout"), (-1, "matched"), (10, "matched"), (11, "no_payout")])
def test_a_deposit_fits_from_one_day_before_to_ten_days_after(days, state):
    decision = match_deposits([arrived(on=DUE_ON + timedelta(days=days))], [due()])["d1"]

    assert decision.state == state


@pytest.mark.parametrize(
    ("yen", "fee", "rule", "difference"),
    [
        (764, 220, "short_by_transfer_fee", -220),
        (1204, 220, "over_by_transfer_fee", 220),
        (900, 220, "short", -84),
        (1000, 0, "over", 16),
    ],
)
def test_a_difference_has_a_name(yen, fee, rule, difference):
    """A deposit that is off by the transfer fee says so; it still waits for a person."""
    decision = match_deposits([arrived(yen=yen)], [due(fee=fee)])["d1"]

    assert (decision.state, decision.rule, decision.due) == ("amount_differs", rule, "p1")
    assert decision.difference_yen == difference


def test_one_deposit_that_fits_two_payouts_is_left_to_a_person():
    decision = match_deposits([arrived()], [due("p1"), due("p2")])["d1"]

    assert (decision.state, decision.rule, decision.due) == ("ambiguous", "several_payouts", None)


def test_as_many_equal_deposits_as_equal_payouts_are_paired_in_order():
    """Friday's, Saturday's and Sunday's takings are due on one day and may be equal; nothing is ambiguous then."""
    decisions = match_deposits([arrived("d2"), arrived("d1")], [due("p2"), due("p1")])

    assert {key: row.due for key, row in decisions.items()} == {"d1": "p1", "d2": "p2"}
    assert {row.rule for row in decisions.values()} == {"as_many_alike"}


def test_the_due_day_decides_between_equal_payouts():
    days = [DUE_ON, DUE_ON + timedelta(days=1)]
    dues = [due(f"p{n}", on=day) for n, day in enumerate(days)]
    decisions = match_deposits([arrived(f"d{n}", on=day) for n, day in enumerate(days)], dues)

    assert {key: row.due for key, row in decisions.items()} == {"d0": "p0", "d1": "p1"}


def test_two_deposits_of_other_amounts_for_one_payout_are_left_to_a_person():
    decisions = match_deposits([arrived("d1", yen=500), arrived("d2", yen=484)], [due()])

    assert {row.rule for row in decisions.values()} == {"several_deposits"}


def test_what_is_left_of_a_payout_is_made_good_only_exactly_but_at_any_later_day():
    rest = due(yen=84, rest=True)
    late = DUE_ON + timedelta(days=60)

    assert match_deposits([arrived(on=late, yen=84)], [rest])["d1"].rule == "rest_made_good"
    assert match_deposits([arrived(on=late, yen=83)], [rest])["d1"].state == "no_payout"


def test_nothing_that_fits_says_whether_the_payer_is_known():
    assert match_deposits([arrived(payer="ゼイムシヨ", yen=1)], [due()])["d1"].rule == "payer_unknown"
    assert match_deposits([arrived(payer="ダイコウ")], [due()])["d1"].rule == "amount_fits"
    assert match_deposits([arrived(on=date(2026, 6, 1))], [due()])["d1"].rule == "none_in_window"


@pytest.mark.parametrize(
    "written",
    [
        *("ペイペイ", "ﾍﾟｲﾍﾟｲ", "ｶ)ﾍﾟｲﾍﾟｲ", "ﾍﾟｲﾍﾟｲ(ｶ", "カ）ペイペイ", "ペイペイ（カ）", "株式会社ペイペイ"),
        *("ペイペイ㈱", "振込 ｶ)ﾍﾟｲﾍﾟｲ", "フリコミ　ペイペイ", "ぺいぺい", "カブシキガイシャ ペイペイ"),
    ],
)
def test_however_a_bank_writes_a_payer_it_is_the_same(written):
    assert normalise_payer(written) == "ペイペイ"


def test_small_kana_and_long_vowels_do_not_tell_payers_apart():
    """Banks write no small kana, and a hyphen for the long vowel."""
    assert normalise_payer("エ-ユ-ペイ") == normalise_payer("エーユーペイ") == normalise_payer("ｴｰﾕｰﾍﾟｲ")
    assert normalise_payer("デイ-バライ") == normalise_payer("ディーバライ")
    assert normalise_payer("カ") == "カ"


names = st.sampled_from(["ペイペイ", "ラインペイ"])
window = st.integers(0, 20).map(lambda days: DUE_ON + timedelta(days=days))
amounts = st.integers(1, 6)
deposits = st.lists(st.tuples(window, amounts, names), max_size=9).map(
    lambda rows: [arrived(f"d{n}", on=on, yen=yen, payer=payer) for n, (on, yen, payer) in enumerate(rows)]
)
payouts = st.lists(st.tuples(window, amounts, names), max_size=9).map(
    lambda rows: [due(f"p{n}", on=on, yen=yen, payers=(payer,)) for n, (on, yen, payer) in enumerate(rows)]
)


@given(deposits, payouts)
def test_every_deposit_is_decided_and_no_payout_is_paid_twice(rows, dues):
    """A match is exact in payer, amount and window; what differs names its payout and by how much."""
    decisions = match_deposits(rows, dues)
    by_key = {row.key: row for row in dues}

    assert decisions.keys() == {row.key for row in rows}
    claimed = [decision.due for decision in decisions.values() if decision.due is not None]
    assert len(claimed) == len(set(claimed))
    for row in rows:
        decision = decisions[row.key]
        if decision.due is None:
            assert decision.state in {"ambiguous", "no_payout"}
            continue
        found = by_key[decision.due]
        assert row.payer in found.payers
        assert in_window(found, row.on)
        assert row.amount_yen - found.amount_yen == decision.difference_yen
        assert (decision.state == "matched") == (decision.difference_yen == 0)


@given(deposits, payouts, st.randoms(use_true_random=False))
def test_the_outcome_does_not_depend_on_the_order_of_rows(rows, dues, random):
    before = match_deposits(rows, dues)
    random.shuffle(rows)
    random.shuffle(dues)

    assert match_deposits(rows, dues) == before
