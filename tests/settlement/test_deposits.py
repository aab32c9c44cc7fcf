"""Deposits: read once whatever is read again, matched by rule, and by people where rules cannot (J-27)."""

from __future__ import annotations

from datetime import date

import pytest

from madoguchi.ledger.queries import balances, postings_about
from madoguchi.settlement.closing import close_until
from madoguchi.settlement.decisions import assign_deposit, release_deposit, resolve_difference, set_aside_deposit
from madoguchi.settlement.deposits import import_deposits, reconcile
from madoguchi.settlement.models import Deposit, DepositFile, Payout
from madoguchi.settlement.queries import (
    bad_rows_csv,
    bad_rows_table,
    bad_rows_xlsx,
    deposits,
    expected_payouts,
    open_payouts_for,
)
from tests.conftest import actor_named, refused
from tests.settlement.conftest import assert_books_agree, at, statement

NOVEMBER = date(2026, 11, 30)


@pytest.fixture
def payout(mill, sell, close):
    """¥984 due from PayPay on 15 December."""
    sell(mill, at(2), adult=1)
    return close(NOVEMBER)[0]


def state_of(payout: Payout) -> str:
    payout.refresh_from_db()
    return payout.state


def everything() -> list[object]:
    return [list(Deposit.objects.order_by("id").values()), list(Payout.objects.order_by("id").values())]


def test_a_deposit_pays_its_payout_and_is_booked(payout, town, read_in, system):
    read_in(("2026-12-15", "ｶ)ﾍﾟｲﾍﾟｲ", "984"))
    (deposit,) = Deposit.objects.all()

    assert (deposit.state, deposit.rule, deposit.payout) == ("matched", "amount_payer_due_day", payout)
    assert state_of(payout) == "paid"
    assert balances(town.id)["receivable:paypay"] == 0
    assert balances(town.id)["bank:main"] == 984
    assert_books_agree(system, town)


def test_a_deposit_to_a_named_account_is_booked_there(payout, town, read_in):
    """J-27: the one account named at application, as the bank writes it."""
    read_in(("2026-12-15", "ペイペイ", "984", "普通1234567"))

    assert balances(town.id)["bank:普通1234567"] == 984


def test_the_same_file_again_adds_nothing(payout, town, read_in, system):
    """A file read twice is the most common slip; it must not pay twice."""
    rows = [("2026-12-15", "ペイペイ", 984), ("2026-12-16", "ゼイムシヨ", 5000), ("2026-12-16", "ゼイムシヨ", 5000)]
    first = read_in(*rows)
    before = (everything(), balances(town.id))

    again = read_in(*rows)

    assert (first.rows_good, again.rows_good, again.rows_known) == (3, 0, 3)
    assert (everything(), balances(town.id)) == before


def test_overlapping_files_add_only_what_is_new(read_in):
    """Two genuine identical deposits are two, in one file or in two that overlap."""
    read_in(("2026-12-14", "A", 100), ("2026-12-15", "A", 100))

    later = read_in(("2026-12-15", "A", 100), ("2026-12-15", "A", 100), ("2026-12-16", "A", 100))

    assert (later.rows_good, later.rows_known) == (2, 1)
    assert Deposit.objects.count() == 4


def test_the_banks_own_id_tells_deposits_apart(read_in):
    one = read_in(
        ("2026-12-15", "A", 100, "", "T1"), ("2026-12-15", "A", 100, "", "T2"), ("2026-12-15", "A", 100, "", "T1")
    )

    assert (one.rows_good, one.rows_known, one.rows_bad) == (2, 1, 0)


def test_an_id_that_comes_back_with_another_amount_is_a_broken_row(read_in):
    """Error, and nothing lost: the first deposit stays, the row is kept as it was."""
    read_in(("2026-12-15", "A", 100, "", "T1"))

    again = read_in(("2026-12-15", "A", 900, "", "T1"))

    assert (again.rows_good, again.rows_bad) == (0, 1)
    assert (again.bad_rows[0]["code"], again.bad_rows[0]["cells"][2]) == ("bank_id_reused", "900")
    assert Deposit.objects.get().amount_yen == 100


def test_broken_rows_come_back_with_the_reason_and_can_be_corrected_and_read_again(payout, read_in, system, town):
    file = read_in(("2026-12-15", "=cmd()", "九百"), ("2026-12-15", "ペイペイ", 984))
    head, (row,) = bad_rows_table(system, file.id)

    assert (file.rows_good, file.rows_bad) == (1, 1)
    assert head[:3] == ["date", "payer", "amount"]
    assert row[1:3] == ["=cmd()", "九百"]
    assert row[5:8] == ["2", "amount", "amount_wrong"]
    exported = bad_rows_csv(system, file.id)
    assert "'=cmd()" in exported.decode()
    assert bad_rows_xlsx(system, file.id)[:2] == b"PK"
    fixed = exported.decode("utf-8-sig").replace("九百", "900", 1).encode()
    assert import_deposits(actor=system, principal_id=town.id, name="fixed.csv", content=fixed).rows_good == 1
    assert Deposit.objects.get(amount_yen=900).payer == "=cmd()"


def test_a_file_that_cannot_be_read_changes_nothing(town, clock, system):
    with refused("file_undecodable"):
        import_deposits(actor=system, principal_id=town.id, name="x", content=b"date,payer,amount\n\xff\xff")
    assert DepositFile.objects.count() == 0


def test_a_deposit_read_before_its_period_was_closed_is_matched_at_the_close(mill, town, sell, system, clock):
    sell(mill, at(2), adult=1)
    clock.move_to(at(31, month=12))
    content = statement(("2026-12-15", "ペイペイ", 984))
    import_deposits(actor=system, principal_id=town.id, name="early.csv", content=content)
    assert Deposit.objects.get().state == "no_payout"

    (payout,) = close_until(actor=system, until=NOVEMBER)

    assert Deposit.objects.get().payout == payout
    assert state_of(payout) == "paid"


def test_another_amount_waits_for_a_person_with_its_difference_named(payout, town, read_in, system):
    read_in(("2026-12-15", "ペイペイ", 900))
    (deposit,) = deposits(system, town.id, state="waiting")

    assert (deposit.state, deposit.rule, deposit.difference_yen) == ("amount_differs", "short", -84)
    assert state_of(payout) == "differs"
    assert balances(town.id)["receivable:paypay"] == 984
    assert_books_agree(system, town)


@pytest.mark.parametrize(
    ("came", "kind", "state", "left", "account"),
    [
        (764, "transfer_fee", "explained", 0, ("transfer_fee:paypay", 220)),
        (1000, "other", "explained", 0, ("cash_difference:payout:paypay", -16)),
        (900, "provider_error", "owed", 84, ("receivable:paypay", 84)),
        (1000, "provider_error", "owed", -16, ("receivable:paypay", -16)),
    ],
)
def test_naming_a_difference_books_it(payout, town, read_in, accountant, came, kind, state, left, account):
    """Compensating postings, never row edits; repeating changes nothing."""
    read_in(("2026-12-15", "ペイペイ", came))
    deposit = Deposit.objects.get()
    for _ in range(2):
        resolve_difference(actor=accountant, deposit_id=deposit.id, reason_kind=kind, note="asked by telephone")

    assert state_of(payout) == state
    assert balances(town.id)[account[0]] == account[1]
    assert balances(town.id)["bank:main"] == came
    assert sum(row.left_yen for row in expected_payouts(accountant, town.id)) == left
    assert_books_agree(accountant, town)


def test_an_error_of_the_provider_is_made_good_by_a_later_deposit(payout, town, read_in, accountant):
    read_in(("2026-12-15", "ペイペイ", 900))
    resolve_difference(
        actor=accountant, deposit_id=Deposit.objects.get().id, reason_kind="provider_error", note="a line is missing"
    )

    read_in(("2026-12-28", "ペイペイ", 84))

    assert Deposit.objects.get(amount_yen=84).rule == "rest_made_good"
    assert state_of(payout) == "paid"
    assert_books_agree(accountant, town)


def test_an_error_may_later_get_another_name(payout, town, read_in, accountant):
    read_in(("2026-12-15", "ペイペイ", 900))
    deposit = Deposit.objects.get()
    for kind in ("provider_error", "other"):
        resolve_difference(actor=accountant, deposit_id=deposit.id, reason_kind=kind, note="they will not pay")

    assert state_of(payout) == "explained"
    assert balances(town.id)["receivable:paypay"] == 0
    assert_books_agree(accountant, town)


@pytest.mark.parametrize(
    ("reason", "note", "code"),
    [("whim", "x", "reason_kind_wrong"), ("other", " ", "note_missing"), ("provider_error", "", "note_missing")],
)
def test_a_difference_needs_a_known_reason_and_a_note(payout, town, read_in, accountant, reason, note, code):
    read_in(("2026-12-15", "ペイペイ", 900))
    before = (everything(), balances(town.id))

    with refused(code):
        resolve_difference(actor=accountant, deposit_id=Deposit.objects.get().id, reason_kind=reason, note=note)
    assert (everything(), balances(town.id)) == before


def test_only_a_difference_can_be_named(payout, read_in, accountant):
    read_in(("2026-12-15", "ペイペイ", 984))

    with refused("deposit_not_differing", state="matched"):
        resolve_difference(actor=accountant, deposit_id=Deposit.objects.get().id, reason_kind="transfer_fee")


def test_a_person_names_the_payout_of_a_deposit_no_rule_knows(payout, town, read_in, accountant):
    read_in(("2026-12-15", "ﾕ)ﾀﾞｲｺｳ", 984))
    deposit = Deposit.objects.get()
    assert deposit.rule == "amount_fits"
    assert open_payouts_for(accountant, deposit.id) == [payout]

    for _ in range(2):
        assign_deposit(actor=accountant, deposit_id=deposit.id, payout_id=payout.id)

    assert state_of(payout) == "paid"
    assert len(postings_about([deposit.id])) == 1
    assert_books_agree(accountant, town)


def test_other_income_on_a_statement_does_not_wait_for_a_person(payout, town, read_in, accountant):
    """A town's account takes in more than payouts; only what may be one is put before the accountant."""
    read_in(("2026-12-14", "ゼイムシヨ", 5000), ("2026-12-15", "ﾕ)ﾀﾞｲｺｳ", 984), ("2026-06-15", "ペイペイ", 1))

    assert {row.rule for row in deposits(accountant, town.id, state="waiting")} == {"amount_fits", "none_in_window"}
    assert deposits(accountant, town.id, state="no_payout").count() == 3


def test_a_payout_named_by_hand_stays_when_rules_run_again(payout, read_in, accountant, town):
    read_in(("2026-12-15", "ﾕ)ﾀﾞｲｺｳ", 900))
    deposit = Deposit.objects.get()
    assign_deposit(actor=accountant, deposit_id=deposit.id, payout_id=payout.id)
    assert Deposit.objects.get().state == "amount_differs"

    read_in(("2026-12-15", "ペイペイ", 984))

    assert Deposit.objects.get(amount_yen=984).state == "no_payout"
    with refused("payout_taken"):
        assign_deposit(actor=accountant, deposit_id=Deposit.objects.get(amount_yen=984).id, payout_id=payout.id)
    assert state_of(payout) == "differs"


def test_a_person_overrules_a_rule(payout, town, read_in, accountant):
    """The deposit that a rule had tied waits again; the payout is paid by the one the person named."""
    read_in(("2026-12-15", "ペイペイ", 900), ("2026-12-16", "ﾕ)ﾀﾞｲｺｳ", 984))
    assert state_of(payout) == "differs"

    assign_deposit(actor=accountant, deposit_id=Deposit.objects.get(amount_yen=984).id, payout_id=payout.id)

    assert state_of(payout) == "paid"
    assert Deposit.objects.get(amount_yen=900).state == "no_payout"
    assert_books_agree(accountant, town)


def test_a_deposit_that_is_no_payout_is_set_aside_with_a_reason(payout, town, read_in, accountant):
    read_in(("2026-12-15", "ペイペイ", 900))
    deposit = Deposit.objects.get()
    with refused("reason_missing"):
        set_aside_deposit(actor=accountant, deposit_id=deposit.id, reason=" ")

    set_aside_deposit(actor=accountant, deposit_id=deposit.id, reason="a campaign's bonus")

    assert state_of(payout) == "expected"
    assert list(deposits(accountant, town.id, state="waiting")) == []
    assert reconcile(actor=accountant, principal_id=town.id) == []
    assert_books_agree(accountant, town)
    assign_deposit(actor=accountant, deposit_id=deposit.id, payout_id=payout.id)
    assert Deposit.objects.get().state == "amount_differs"


@pytest.mark.parametrize(("came", "kind"), [(984, ""), (764, "transfer_fee"), (900, "provider_error")])
def test_a_booked_deposit_can_be_taken_off_again_and_put_back(payout, town, read_in, accountant, came, kind):
    """What was posted is posted back; no posting is ever changed."""
    before = balances(town.id)
    read_in(("2026-12-15", "ペイペイ", came))
    deposit = Deposit.objects.get()
    for _ in range(2):
        if deposit.state == "no_payout":
            assign_deposit(actor=accountant, deposit_id=deposit.id, payout_id=payout.id)
        if kind:
            resolve_difference(actor=accountant, deposit_id=deposit.id, reason_kind=kind, note="x")
        assert_books_agree(accountant, town)
        deposit = release_deposit(actor=accountant, deposit_id=deposit.id, reason="another town's")
        assert state_of(payout) == "expected"
        assert {code: yen for code, yen in balances(town.id).items() if yen} == {c: y for c, y in before.items() if y}
        assert_books_agree(accountant, town)
    assert deposit.state == "no_payout"


def test_equal_payouts_of_a_long_weekend_are_all_paid(mill, town, sell, close, read_in, system):
    """au PAY's demo terms: four equal days due on one day, four equal deposits, nothing ambiguous."""
    for day in (19, 20, 21, 22):
        sell(mill, at(day), provider="au_pay", adult=1)
    close(date(2026, 11, 22))

    read_in(*[("2026-11-24", "ｴｰﾕｰﾍﾟｲ", 980)] * 4)

    assert set(Payout.objects.values_list("state", flat=True)) == {"paid"}
    assert Deposit.objects.values("payout").distinct().count() == 4
    assert_books_agree(system, town)


def test_fewer_equal_deposits_than_payouts_wait_for_the_rest_or_a_person(mill, sell, close, read_in):
    for day in (21, 22):
        sell(mill, at(day), provider="au_pay", adult=1)
    close(date(2026, 11, 22))
    read_in(("2026-11-24", "エーユーペイ", 980))
    assert Deposit.objects.get().state == "ambiguous"

    read_in(("2026-11-25", "エーユーペイ", 980))

    assert set(Payout.objects.values_list("state", flat=True)) == {"paid"}


@pytest.mark.parametrize("username", ["clerk-mill", "admin-tomioka", "auditor", "accountant-yasuoka"])
def test_only_the_towns_accountant_reads_in_and_decides(payout, town, read_in, username):
    read_in(("2026-12-15", "ペイペイ", 900))
    deposit, actor = Deposit.objects.get(), actor_named(username)
    before = (everything(), balances(town.id))

    for attempt in (
        lambda: import_deposits(actor=actor, principal_id=town.id, name="x", content=statement()),
        lambda: reconcile(actor=actor, principal_id=town.id),
        lambda: resolve_difference(actor=actor, deposit_id=deposit.id, reason_kind="transfer_fee"),
        lambda: assign_deposit(actor=actor, deposit_id=deposit.id, payout_id=payout.id),
        lambda: set_aside_deposit(actor=actor, deposit_id=deposit.id, reason="x"),
        lambda: release_deposit(actor=actor, deposit_id=deposit.id, reason="x"),
    ):
        with refused("not_allowed"):
            attempt()
    assert (everything(), balances(town.id)) == before


def test_a_payout_of_another_town_cannot_be_named(payout, towns, read_in, system):
    village = towns.towns["20414"]
    read_in(("2026-12-15", "ペイペイ", 984), principal=village)

    with refused("payout_unknown"):
        assign_deposit(actor=system, deposit_id=Deposit.objects.get().id, payout_id=payout.id)
