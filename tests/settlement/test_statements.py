"""A bank statement's rows are read in however the bank writes them; a broken one says why and loses nothing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.core.errors import Refusal
from madoguchi.core.tables import csv_lines
from madoguchi.settlement import statements
from madoguchi.settlement.statements import read_amount, read_date, read_statement
from tests.conftest import refused
from tests.settlement.conftest import statement

TODAY = date(2026, 12, 31)
HEAD = "date,payer,amount\n"


def read(text: str | bytes):
    return read_statement(text if isinstance(text, bytes) else text.encode(), today=TODAY)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21",
        "2026/11/21",
        "2026年11月21日",
        "令和8年11月21日",
        "R8.11.21",
        "Ｒ８．１１．２１",
        "令和08年11月21日",
        "2026/11/21 0:00:00",
    ],
)
def test_a_date_is_read_in_every_form_banks_use(written):
    assert read_date(written) == date(2026, 11, 21)


def test_the_first_year_of_an_era_has_a_name_of_its_own():
    assert read_date("令和元年5月1日") == date(2019, 5, 1)
    assert read_date("H31.4.30") == date(2019, 4, 30)


@pytest.mark.parametrize(
    "written", ["1234", "1,234", "¥1,234", "￥１，２３４", "1,234円", " 1,234 ", "\\1,234", "+1234"]
)
def test_an_amount_is_read_in_every_form_banks_use(written):
    assert read_amount(written) == 1234


@pytest.mark.parametrize("written", ["-1234", "▲1,234", "△1234", "−1234"])
def test_a_minus_sign_has_several_forms(written):
    assert read_amount(written) == -1234


@given(st.integers(0, 10**11))
def test_amounts_come_back_as_written_with_commas(amount):
    assert read_amount(f"¥{amount:,}") == read_amount(str(amount)) == amount


@pytest.mark.parametrize(
    ("row", "column", "code", "text"),
    [
        (",ペイペイ,984", "date", "date_missing", ""),
        ("2026-02-30,ペイペイ,984", "date", "date_wrong", "2026-02-30"),
        ("26-11-21,ペイペイ,984", "date", "date_wrong", "26-11-21"),
        ("2027-01-01,ペイペイ,984", "date", "date_in_future", "2027-01-01"),
        ("2026-12-15,,984", "payer", "payer_missing", ""),
        (f"2026-12-15,{'ペ' * 81},984", "payer", "payer_too_long", "ペ" * 81),
        ("2026-12-15,ペイペイ,", "amount", "amount_missing", ""),
        ("2026-12-15,ペイペイ,九百", "amount", "amount_wrong", "九百"),
        ("2026-12-15,ペイペイ,9.5", "amount", "amount_wrong", "9.5"),
        ('2026-12-15,ペイペイ,"12,34"', "amount", "amount_wrong", "12,34"),
        ("2026-12-15,ペイペイ,1234567890123", "amount", "amount_wrong", "1234567890123"),
        ("2026-12-15,ペイペイ,0", "amount", "amount_not_positive", "0"),
        ("2026-12-15,ペイペイ,-984", "amount", "amount_not_positive", "-984"),
        ("2026-12-15,ペイペイ,1,234", "", "too_many_cells", "2026-12-15,ペイペイ,1,234"),
    ],
)
def test_a_broken_row_says_where_and_why_and_the_rows_around_it_are_good(row, column, code, text):
    """Row number, column, code and the original text; an unquoted comma never turns ¥1,234 into ¥1."""
    found = read(f"{HEAD}2026-12-14,ペイペイ,1\n{row}\n2026-12-16,ペイペイ,2\n")

    assert [line.amount_yen for line in found.lines] == [1, 2]
    (bad,) = found.bad
    assert (bad["row"], bad["column"], bad["code"], bad["text"]) == (3, column, code, text)
    assert ",".join(bad["cells"]) == row.replace('"', "")
    assert code in statements.REASONS


@pytest.mark.parametrize(
    "head",
    ["取引日,摘要,入金額", "入金日,振込依頼人,金額", "Date,Payer,AMOUNT", "取引日,入金日,摘要,振込依頼人,金額"],
)
def test_japanese_heads_are_known(head):
    names = head.split(",")
    values = {"取引日": "2026-12-15", "入金日": "2026-12-15", "摘要": "ペイペイ", "振込依頼人": "ペイペイ"}
    values |= {"入金額": "984", "金額": "984", "Date": "2026-12-15", "Payer": "ペイペイ", "AMOUNT": "984"}
    (line,) = read(f"{head}\n{','.join(values[name] for name in names)}\n").lines

    assert (line.on, line.payer, line.amount_yen) == (date(2026, 12, 15), "ペイペイ", 984)


@pytest.mark.parametrize(("encoding", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp932", "cp932")])
def test_utf8_with_or_without_mark_and_cp932_are_told_apart(encoding, found):
    content = "入金日,振込依頼人,金額\n令和8年12月15日,ｶ)ﾍﾟｲﾍﾟｲ,¥984\n".replace("¥", "￥").encode(encoding)
    made = read(content)

    assert made.encoding == found
    assert (made.lines[0].payer, made.lines[0].amount_yen) == ("ｶ)ﾍﾟｲﾍﾟｲ", 984)


@pytest.mark.parametrize(
    ("content", "offset"),
    [
        (HEAD.encode() + b"2026-12-15,\xfd\xfd\xfd,984\n", 29),
        (b"\xef\xbb\xbf" + HEAD.encode() + b"\xff", 21),
        (b"\xff\xfed\x00a\x00", 3),
        (HEAD.encode() + b"\x00", 18),
    ],
)
def test_a_file_that_cannot_be_decoded_says_at_which_byte(content, offset):
    with refused("file_undecodable", offset=offset):
        read(content)


@pytest.mark.parametrize("content", ["", "\n\n", " , ,\n"])
def test_an_empty_file_is_refused(content):
    with refused("file_empty"):
        read(content)


def test_a_head_without_a_needed_column_names_it():
    with refused("head_missing", missing="payer, amount", row=1):
        read("date,who\n2026-12-15,x\n")


def test_a_file_that_is_too_large_or_too_long_is_refused(monkeypatch):
    with refused("file_too_large", limit_bytes=5 * 1024 * 1024):
        read(b"x" * (5 * 1024 * 1024 + 1))
    monkeypatch.setattr(statements, "MAX_ROWS", 2)
    with refused("file_too_long", limit_rows=2):
        read(HEAD + "2026-12-15,a,1\n" * 3)


def test_a_cell_beyond_every_limit_is_refused_with_its_row():
    with refused("file_unreadable", row=2):
        read(f'{HEAD}"{"x" * 200_000}",a,1\n')


def test_money_that_went_out_is_neither_good_nor_broken():
    found = read("取引日,摘要,出金額,入金額\n2026-12-15,電気料,5000,\n2026-12-15,ペイペイ,,984\n")

    assert (len(found.lines), found.bad, found.outgoing) == (1, [], 1)


def test_a_name_that_a_spreadsheet_would_run_comes_back_from_our_own_export():
    exported = b"".join(csv_lines(["date", "payer", "amount"], [["2026-12-15", "=cmd()", "984"]]))

    assert b"'=cmd()" in exported
    assert read(exported).lines[0].payer == "=cmd()"


@given(st.binary(max_size=300))
def test_any_bytes_are_either_read_or_refused(content):
    """Whatever is uploaded, the answer is a statement or a refusal with a code."""
    try:
        read(HEAD.encode() + content)
    except Refusal as refusal:
        assert refusal.code.startswith(("file_", "head_"))


rows = st.lists(
    st.tuples(st.sampled_from(["2026-12-14", "2026-12-15"]), st.sampled_from("ab"), st.integers(1, 3)), max_size=12
)


@given(rows)
def test_two_genuine_lines_that_look_alike_have_two_keys_and_keep_them_in_any_file(lines):
    """A line's key depends on that day's lines alike, not on what else is in the file."""
    keys = [(line.on, line.account, key) for line, key in read_statement(statement(*lines), today=TODAY).keyed()]
    doubled = read_statement(statement(("2026-12-13", "c", 9), *lines), today=TODAY).keyed()

    assert len(keys) == len(set(keys)) == len(lines)
    assert set(keys) <= {(line.on, line.account, key) for line, key in doubled}
