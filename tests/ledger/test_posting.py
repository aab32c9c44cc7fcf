"""Posting is the only way a balance changes, and the database holds what makes the books right."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.core.clock import now
from madoguchi.core.ids import new_id
from madoguchi.ledger.actions import accounts_for, post, post_many
from madoguchi.ledger.models import Account, Posting
from madoguchi.ledger.queries import balance_yen, balances, postings_about, sum_of_kind
from madoguchi.ledger.rules import DEBIT_KINDS, Leg, kind_of, leg

pytestmark = pytest.mark.django_db
CODES = ["receivable:paypay", "unmatched:p", "revenue:d:adult", "revenue:d:child", "cash:p", "bank", "payable:a"]


@pytest.fixture
def owner() -> UUID:
    return new_id()


def signed(owner: UUID) -> int:
    """All balances of an owner as debits less credits."""
    found = balances(owner).items()
    return sum(amount if kind_of(code) in DEBIT_KINDS else -amount for code, amount in found)


LEGS = st.lists(
    st.tuples(st.permutations(CODES).map(lambda codes: codes[:2]), st.integers(min_value=-(10**7), max_value=10**7)),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(LEGS)
def test_whatever_is_posted_the_books_sum_to_zero(db, moves):
    owner, expected = new_id(), dict.fromkeys(CODES, 0)
    for (debit, credit), amount_yen in moves:
        expected[debit] += amount_yen
        expected[credit] -= amount_yen
    post(subject_id=owner, rule="test", legs=[leg(owner, *codes, amount_yen) for codes, amount_yen in moves])

    assert signed(owner) == 0
    for code, amount_yen in expected.items():
        assert balance_yen(owner, code) == (amount_yen if kind_of(code) in DEBIT_KINDS else -amount_yen)


def test_a_posting_says_what_moved_between_which_accounts_and_why(owner, clock):
    subject = new_id()

    post(subject_id=subject, rule="cash_taken", legs=[Leg(owner, "cash:p", "revenue:d:adult", 300)])

    [posting] = postings_about([subject])
    assert (posting.debit.code, posting.credit.code, posting.amount_yen) == ("cash:p", "revenue:d:adult", 300)
    assert (posting.rule, posting.at) == ("cash_taken", now())


def test_the_legs_of_one_posting_share_a_transaction_and_two_postings_do_not(owner):
    legs = [Leg(owner, "cash:p", "revenue:d:adult", 300), Leg(owner, "cash:p", "revenue:d:child", 150)]
    first, second = new_id(), new_id()

    post_many([(first, "cash_taken", legs), (second, "cash_taken", legs)])

    ids = [{row.transaction_id for row in postings_about([subject])} for subject in (first, second)]
    assert [len(found) for found in ids] == [1, 1]
    assert ids[0] != ids[1]


@pytest.mark.parametrize("legs", [[], [None], [None, None]])
def test_nothing_to_move_posts_nothing_and_opens_no_account(owner, legs):
    before = Account.objects.count()

    post(subject_id=owner, rule="test", legs=legs)

    assert (postings_about([owner]), Account.objects.count()) == ([], before)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        (Leg(UUID(int=1), "cash:p", "bank", 0), "ledger_amount_positive"),
        (Leg(UUID(int=1), "cash:p", "bank", -1), "ledger_amount_positive"),
        (Leg(UUID(int=1), "bank", "bank", 5), "ledger_two_accounts"),
    ],
)
def test_the_database_refuses_an_amount_that_is_not_positive_and_one_account_on_both_sides(owner, wrong, constraint):
    good = Leg(owner, "cash:p", "bank", 5)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        post(subject_id=owner, rule="test", legs=[good, wrong])

    assert postings_about([owner]) == []


def test_an_account_of_an_unknown_kind_is_never_opened(owner):
    with pytest.raises(ValueError, match="unknown kind"), transaction.atomic():
        post(subject_id=owner, rule="test", legs=[Leg(owner, "cash:p", "pocket:me", 5)])

    assert not Account.objects.filter(owner_id=owner).exists()
    assert postings_about([owner]) == []


def test_an_account_is_opened_once(owner):
    names = {(owner, "bank"), (owner, "cash:p")}
    first = accounts_for(names)

    assert accounts_for(names) == first
    assert len(set(first.values())) == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(owner_id=owner, code="bank")


def test_two_owners_accounts_of_one_name_are_two(owner):
    """H-24: each principal has its own books."""
    other = new_id()
    post_many([(owner, "test", [Leg(owner, "bank", "unmatched:p", 5), Leg(other, "bank", "unmatched:p", 7)])])

    assert (balance_yen(owner, "bank"), balance_yen(other, "bank")) == (5, 7)


def test_a_balance_of_an_account_never_opened_is_zero(owner):
    assert balance_yen(owner, "bank") == 0
    assert balances(owner) == {}


def test_a_balance_until_an_instant_leaves_out_that_instant(owner, clock):
    post(subject_id=owner, rule="test", legs=[Leg(owner, "bank", "unmatched:p", 5)])
    midnight = now() + timedelta(hours=12)
    post(subject_id=owner, rule="test", legs=[Leg(owner, "bank", "unmatched:p", 7)], at=midnight)

    assert balances(owner, until=midnight) == {"bank": 5, "unmatched:p": 5}
    assert balances(owner) == {"bank": 12, "unmatched:p": 12}
    assert balances(owner, until=now()) == {"bank": 0, "unmatched:p": 0}


def test_the_sum_of_a_kind_is_over_all_its_accounts(owner):
    legs = [Leg(owner, "cash:p", "revenue:d:adult", 300), Leg(owner, "bank", "revenue:d:child", 150)]
    post(subject_id=owner, rule="test", legs=legs)

    assert sum_of_kind(owner, "revenue") == 450
    assert sum_of_kind(owner, "fee") == 0


def test_a_refusal_after_posting_takes_the_posting_back(owner):
    with pytest.raises(RuntimeError), transaction.atomic():
        post(subject_id=owner, rule="test", legs=[Leg(owner, "bank", "unmatched:p", 5)])
        raise RuntimeError

    assert not Posting.objects.filter(subject_id=owner).exists()
