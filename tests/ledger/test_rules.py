"""Accounts and legs: every leg moves yen from one account to another, so that books always sum to zero."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.ledger import rules as books
from madoguchi.ledger.rules import DEBIT_KINDS, KINDS, Leg, kind_of, leg

OWNER = UUID(int=1)


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_a_leg_carries_the_signed_amount_on_the_side_it_belongs(amount_yen):
    made = leg(OWNER, "cash:x", "revenue:x:y", amount_yen)

    if amount_yen == 0:
        assert made is None
    else:
        assert made.amount_yen == abs(amount_yen)
        assert (made.debit, made.credit) == (("cash:x", "revenue:x:y") if amount_yen > 0 else ("revenue:x:y", "cash:x"))


@given(st.integers(min_value=1, max_value=10**12))
def test_a_negative_leg_undoes_the_positive_one(amount_yen):
    assert leg(OWNER, "cash:x", "bank", -amount_yen) == leg(OWNER, "bank", "cash:x", amount_yen)
    assert leg(OWNER, "cash:x", "bank", amount_yen) == Leg(OWNER, "cash:x", "bank", amount_yen)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (books.receivable("paypay"), "receivable"),
        (books.unmatched(OWNER), "unmatched"),
        (books.revenue(OWNER, "adult"), "revenue"),
        (books.cash(OWNER), "cash"),
        (books.fee(OWNER, "adult"), "fee"),
        ("bank", "bank"),
    ],
)
def test_an_account_is_named_by_its_kind_first(code, kind):
    assert kind_of(code) == kind


@pytest.mark.parametrize("code", ["", "cashbox:x", "Cash:x", ":x"])
def test_an_account_of_an_unknown_kind_is_refused(code):
    with pytest.raises(ValueError, match="unknown kind of account"):
        kind_of(code)


def test_each_kind_grows_on_one_side():
    assert set(KINDS) - DEBIT_KINDS == {"unmatched", "revenue", "payable"}
    assert set(KINDS) >= DEBIT_KINDS


@given(st.uuids(), st.uuids(), st.sampled_from(["adult", "child"]), st.sampled_from(["adult", "child"]))
def test_two_divisions_or_items_never_share_a_revenue_account(division, other, item, other_item):
    """J-22: sales per division stay visible."""
    same = books.revenue(division, item) == books.revenue(other, other_item)

    assert same == ((division, item) == (other, other_item))
