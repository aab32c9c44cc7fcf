"""The three figures that agree: gross, fee by netting, net received; and the ledger beside them (J-31, J-22)."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta

import pytest

from madoguchi.core.clock import jst_date
from madoguchi.settlement.actions import add_netting_rule
from madoguchi.settlement.agreement import agreement
from madoguchi.settlement.books import books, books_csv, books_xlsx
from madoguchi.settlement.decisions import resolve_difference
from madoguchi.settlement.demo import add_netting_rules
from madoguchi.settlement.journal import JOURNAL_HEAD
from madoguchi.settlement.models import Deposit, NettingRule, PayoutLine
from tests.conftest import actor_named, refused
from tests.settlement.conftest import assert_books_agree, at

NOVEMBER, DECEMBER = date(2026, 11, 30), date(2026, 12, 31)
IN_DECEMBER = {"from_on": date(2026, 12, 1), "to_on": DECEMBER}


def test_gross_less_fee_is_what_was_received(mill, ruled, sell, close, read_in, accountant):
    """J-31: 調定 gross, the fee as expenditure by netting under the town's own rule, net cash."""
    sell(mill, at(2), adult=1, student=1)
    close(NOVEMBER)
    read_in(("2026-12-15", "ペイペイ", 1230))

    made = books(accountant, ruled.id, **IN_DECEMBER)

    assert (made.gross_yen, made.fee_yen, made.net_yen, made.received_yen) == (1250, 20, 1230, 1230)
    assert made.agrees
    assert [(row.item_code, row.gross_yen, row.fee_yen, row.net_yen) for row in made.rows] == [
        ("adult", 1000, 16, 984),
        ("student", 250, 4, 246),
    ]
    assert {row.rule for row in made.rows} == {"会計規則第50条の2（2020-06-01 施行）"}
    assert {row.revenue_account for row in made.rows} == {"使用料／教育使用料／観覧料"}
    assert {row.deposited_on for row in made.rows} == {date(2026, 12, 15)}


def test_without_a_rule_in_force_a_netted_fee_cannot_be_booked(mill, town, sell, close, accountant):
    """J-31: blocked until the rule exists, and by the rule of the due day, not of a later one."""
    sell(mill, at(2), adult=1)
    close(NOVEMBER)
    with refused("netting_rule_missing", due_on=date(2026, 12, 15), payouts=1):
        books(accountant, town.id, **IN_DECEMBER)
    late = {"number": "第1条", "in_force_on": date(2026, 12, 16)}
    add_netting_rule(actor=accountant, principal_id=town.id, **late)
    with refused("netting_rule_missing"):
        books(accountant, town.id, **IN_DECEMBER)

    add_netting_rule(actor=accountant, principal_id=town.id, number="第2条", in_force_on=date(2026, 12, 15))

    assert books(accountant, town.id, **IN_DECEMBER).rows[0].rule == "第2条（2026-12-15 施行）"


def test_a_service_without_fee_needs_no_rule(mill, town, sell, close, accountant):
    """J-21: a town may choose only services that cost nothing."""
    from madoguchi.registry.models import ProviderTerms

    ProviderTerms.objects.filter(provider="paypay").update(fee_bps=0)
    sell(mill, at(2), adult=1)
    close(NOVEMBER)

    assert books(accountant, town.id, **IN_DECEMBER).net_yen == 1000


def test_a_rule_is_entered_once(town, accountant):
    rule = {"principal_id": town.id, "number": "第1条", "in_force_on": date(2026, 4, 1)}
    assert add_netting_rule(actor=accountant, **rule) == add_netting_rule(actor=accountant, **rule)

    with refused("netting_rule_exists", number="第1条"):
        add_netting_rule(actor=accountant, **{**rule, "number": "第2条"})
    with refused("number_missing"):
        add_netting_rule(actor=accountant, **{**rule, "number": " "})
    with refused("not_allowed"):
        add_netting_rule(actor=actor_named("admin-tomioka"), **rule)
    assert NettingRule.objects.count() == 1


def test_every_demo_town_has_a_rule(towns, system):
    add_netting_rules(towns, system)
    add_netting_rules(towns, system)

    assert NettingRule.objects.count() == len(towns.towns) + 1
    assert set(NettingRule.objects.values_list("number", flat=True)) == {"会計規則第○条（デモ）"}


def test_cash_and_remuneration_stand_beside_the_payouts(towns, clock, order_at, system):
    """H-24, J-28: the village's takings at the post office, in cash, and what it owes the post office for each."""
    from madoguchi.counter.actions import return_cash, take_cash

    village = towns.towns["20414"]
    clock.move_to(at(2, month=12))
    orders = [order_at(towns.post_office, system, residence=2) for _ in range(3)]
    for order in orders:
        take_cash(actor=system, order_id=order.id, given_yen=1000)
    return_cash(actor=system, order_id=orders[0].id, reason="wrong person")

    made = books(system, village.id, **IN_DECEMBER)

    assert [(row.kind, row.division, row.item_code, row.net_yen, row.owed_yen) for row in made.rows] == [
        ("cash", "泰阜村役場 住民福祉課", "residence", 1800, 0),
        ("cash_returned", "泰阜村役場 住民福祉課", "residence", -600, 0),
        ("remuneration", "泰阜村の郵便局 窓口（デモ）", "", 0, 450),
        ("remuneration_cancelled", "泰阜村の郵便局 窓口（デモ）", "", 0, -150),
    ]
    assert (made.cash_yen, made.remuneration_yen, made.gross_yen) == (1200, 300, 0)
    assert_books_agree(system, village)


def test_transfer_fees_kept_back_or_found_later_are_expenditure_too(mill, ruled, sell, close, read_in, accountant):
    sell(mill, at(2), provider="line_pay", adult=1)  # 1,000 − 25 − 220 kept back
    sell(mill, at(3), adult=1)
    close(NOVEMBER)
    read_in(("2026-11-25", "ラインペイ", 755), ("2026-12-15", "ペイペイ", 764))
    deposit = Deposit.objects.get(state="amount_differs")
    resolve_difference(actor=accountant, deposit_id=deposit.id, reason_kind="transfer_fee", note="")

    made = books(accountant, ruled.id, from_on=date(2026, 11, 1), to_on=DECEMBER)

    assert (made.gross_yen, made.fee_yen, made.transfer_fee_yen, made.explained_yen) == (2000, 41, 220, 220)
    assert made.received_yen == 755 + 764
    assert made.agrees
    assert sum(row.net_yen for row in made.rows) == made.received_yen
    assert [row.kind for row in made.rows].count("difference") == 1


def test_a_match_after_the_month_was_booked_is_a_line_of_its_own_month(
    mill, ruled, notify, close, clock, read_in, accountant, system
):
    """J-22: December's journal stays as exported; the move is January's."""
    from madoguchi.counter.models import FeeItem
    from madoguchi.payments.actions import book_payment

    clock.move_to(at(2))
    payment = notify(mill, 1000, at(2))
    close(NOVEMBER)
    read_in(("2026-12-15", "ペイペイ", 984))
    before = books(accountant, ruled.id, **IN_DECEMBER)
    assert [(row.item, row.revenue_account) for row in before.rows] == [("照合待ち", "")]
    clock.move_to(at(31, month=12) + timedelta(days=9))
    item = FeeItem.objects.get(principal=ruled, code="adult")
    book_payment(actor=accountant, payment_id=payment.id, item_id=item.id, reason="seen at the gate")
    close(DECEMBER)

    january = books(accountant, ruled.id, from_on=date(2027, 1, 1), to_on=date(2027, 1, 31))

    assert books(accountant, ruled.id, **IN_DECEMBER) == before
    assert [(row.kind, row.item, row.gross_yen, row.fee_yen) for row in january.rows] == [
        ("moved", "照合待ち", -1000, -16),
        ("moved", "観覧料 一般", 1000, 16),
    ]
    assert january.agrees
    assert_books_agree(system, ruled)


def test_the_journal_opens_in_a_spreadsheet(mill, ruled, sell, close, accountant):
    from openpyxl import load_workbook

    sell(mill, at(2), adult=1)
    close(NOVEMBER)
    made = books(accountant, ruled.id, **IN_DECEMBER)
    head, row = csv.reader(io.StringIO(b"".join(books_csv(made)).decode("utf-8-sig")))
    sheet = load_workbook(io.BytesIO(books_xlsx(made))).active

    assert head == list(JOURNAL_HEAD)
    assert row[:3] == ["2026-12-15", "収納（払込）", "富岡製糸場"]
    assert [cell.value for cell in sheet[1]] == head
    assert sheet.cell(2, head.index("差引") + 1).value == 984


def test_a_period_that_ends_before_it_begins_is_refused(town, accountant):
    with refused("period_wrong"):
        books(accountant, town.id, from_on=DECEMBER, to_on=NOVEMBER)


@pytest.mark.parametrize("username", ["clerk-mill", "accountant-yasuoka", "provider-paypay"])
def test_only_the_towns_own_staff_and_auditors_read_the_books(town, username):
    with refused("not_allowed"):
        books(actor_named(username), town.id, **IN_DECEMBER)
    with refused("not_allowed"):
        agreement(actor_named(username), town.id)
    assert agreement(actor_named("auditor"), town.id).holds


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_in_whatever_order_the_books_agree_every_day(
    mill, ruled, sell, notify, give_back, close, read_in, clock, system, seed
):
    """J-22, J-27, J-29, J-31: six weeks of sales, strays, late notices, refunds, bookings, closes and deposits."""
    chance = random.Random(seed)
    world = _World(chance, mill, ruled, system, sell, notify, give_back)
    first = date(2026, 11, 1)
    for offset in range(42):
        day = first + timedelta(days=offset)
        for _ in range(chance.randrange(4)):
            world.act(day)
        if chance.random() < 0.6:
            close(day)
            world.pay_out(day + timedelta(days=1))
            assert_books_agree(system, ruled)
    close(date(2027, 1, 31))
    world.pay_out(jst_date(clock.at))

    assert_books_agree(system, ruled)
    assert books(system, ruled.id, from_on=first, to_on=date(2027, 3, 31)).agrees
    lined = PayoutLine.objects.filter(refund=None).values_list("payment", flat=True)
    assert len(lined) == len(set(lined))


class _World:
    """Makes up what customers, clerks, providers and banks do."""

    def __init__(self, chance, place, town, system, sell, notify, give_back):
        self.chance, self.place, self.town, self.system = chance, place, town, system
        self.sell, self.notify, self.give_back = sell, notify, give_back
        self.payments = []

    def act(self, day: date) -> None:
        from madoguchi.core.clock import start_of_day

        when = start_of_day(day) + timedelta(hours=9, minutes=self.chance.randrange(500))
        provider = self.chance.choice(["paypay", "line_pay", "au_pay"])
        what = self.chance.choice(["sale", "sale", "sale", "stray", "late", "refund", "refund", "book"])
        if what == "sale":
            items = {code: self.chance.randint(1, 3) for code in self.chance.sample(["adult", "student", "child"], 2)}
            self.payments.append(self.sell(self.place, when, provider=provider, **items))
        elif what in {"stray", "late"}:
            back = timedelta(days=self.chance.randrange(20) if what == "late" else 0)
            self.payments.append(self.notify(self.place, self.chance.randint(1, 3000), when - back, provider=provider))
        elif self.payments:
            getattr(self, what)(self.chance.choice(self.payments), when)

    def refund(self, payment, when) -> None:
        left = payment.amount_yen - sum(payment.refunds.values_list("amount_yen", flat=True))
        if left > 0:
            self.give_back(payment, self.chance.choice([left, self.chance.randint(1, left)]), when)

    def book(self, payment, when) -> None:
        from madoguchi.counter.models import FeeItem
        from madoguchi.payments.actions import book_payment

        payment.refresh_from_db()
        if payment.state == "unmatched" and not payment.refunds.exists():
            item = FeeItem.objects.get(principal=self.town, code="adult")
            book_payment(actor=self.system, payment_id=payment.id, item_id=item.id, reason="by hand")

    def pay_out(self, day: date) -> None:
        """The bank's statement of everything due, now and then with a wrong amount; a person names differences."""
        from madoguchi.settlement.deposits import import_deposits
        from madoguchi.settlement.models import Payout
        from tests.settlement.conftest import statement

        names = {"paypay": "ｶ)ﾍﾟｲﾍﾟｲ", "line_pay": "ラインペイ", "au_pay": "ｴｰﾕｰﾍﾟｲ(ｶ"}
        rows = [
            (row.due_on, names[row.provider_id], row.net_yen - self.chance.choice([0, 0, 0, min(220, row.net_yen - 1)]))
            for row in Payout.objects.filter(state="expected", due_on__lte=day)
        ]
        content = statement(*rows)
        import_deposits(actor=self.system, principal_id=self.town.id, name="bank.csv", content=content)
        for deposit in Deposit.objects.filter(state="amount_differs"):
            kind = self.chance.choice(["transfer_fee", "provider_error", "other"])
            resolve_difference(actor=self.system, deposit_id=deposit.id, reason_kind=kind, note="x")
